"""The docs say what the code does. ``python -m tests.test_docs`` renews what is made from code and data: the settings
table in docs/recipes.md, the flags in docs/corpora.md and the pages of the corpora."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, get_args, get_origin

import pytest
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from deft.settings import DeftSettings
from unimer.card import environment
from unimer.corpora import names
from unimer.corpora.cards import FLAGS, CorpusCard, load_card, load_corrections, load_flags
from unimer.recipes import read_recipe, read_settings
from unimer.resources import load_yaml
from unimer.settings import BuildSettings

ROOT = Path(__file__).parent.parent
MARKS = ("<!-- settings -->\n", "<!-- /settings -->\n")
FLAG_MARKS = ("<!-- flags -->\n", "<!-- /flags -->\n")


def settings_table() -> str:
    """Markdown rows of every setting: key, values or type, default, meaning."""
    rows = ["| key | values | default | |", "|---|---|---|---|"]
    _add_rows(BuildSettings, "", rows)
    return "\n".join(rows) + "\n"


def _add_rows(model: type[BaseModel], prefix: str, rows: list[str]) -> None:
    for name, field in model.model_fields.items():
        of_list = get_origin(field.annotation) is list
        inner = next((kind for kind in (field.annotation, *get_args(field.annotation)) if _is_model(kind)), None)
        if inner is not None:
            _add_rows(inner, f"{prefix}{name}.{'N.' if of_list else ''}", rows)
            continue
        default = "needed" if field.default is PydanticUndefined else _shown(field.default)
        rows.append(f"| `{prefix}{name}` | {_values(field.annotation)} | {default} | {field.description} |")


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _shown(default: Any) -> str:
    if isinstance(default, list):
        return "all" if default else "none"
    if isinstance(default, dict):
        return "none"
    if isinstance(default, bool):
        return "yes" if default else "no"
    return "—" if default is None else f"`{default}`"


def _values(annotation: Any) -> str:
    arguments = [a for a in get_args(annotation) if a is not type(None)]
    if get_origin(annotation) is list:
        return "list of " + _values(arguments[0])
    if get_origin(annotation) is dict:
        return "mapping"
    if arguments and all(isinstance(a, str) for a in arguments):
        return ", ".join(f"`{a}`" for a in arguments)
    names = {str: "text", int: "whole number", float: "number", bool: "yes or no"}
    return names[arguments[0] if arguments else annotation]


def flags_table() -> str:
    """Markdown rows of every flag of a clip."""
    rows = [(", ".join(f"`{flag}`" for flag in entry["flags"]), entry["means"]) for entry in load_yaml(FLAGS)]
    return "".join(f"| {flags} | {means} |\n" for flags, means in [("flag", "meaning"), ("---", "---"), *rows])


def renewed(text: str, table: str, marks: tuple[str, str] = MARKS) -> str:
    """The page with the current table."""
    before, rest = text.split(marks[0])
    return before + marks[0] + table + marks[1] + rest.split(marks[1])[1]


def test_the_settings_table_is_current() -> None:
    text = (ROOT / "docs/recipes.md").read_text()
    assert renewed(text, settings_table()) == text, "run: python -m tests.test_docs"


def test_the_table_of_flags_is_current_and_complete() -> None:
    """Every flag that a reader can give, literally or by a correction, is in the table."""
    text = (ROOT / "docs/corpora.md").read_text()
    assert renewed(text, flags_table(), FLAG_MARKS) == text, "run: python -m tests.test_docs"
    used = {each.value for name in names() for each in load_corrections(name) if each.field == "flag"}
    groups = {name.split(".")[0] for name in load_flags()}
    for path in sorted((ROOT / "unimer/corpora").glob("*.py")):
        for found in re.findall(r"""["']([a-z_]+\.[a-z_]+|self_report)[:"']""", path.read_text()):
            used |= {found} if found.split(".")[0] in groups else set()
    rejections = set(re.findall(r"^\| `([a-z._]+)`", text, re.MULTILINE)) - set(load_flags())
    assert used - rejections <= set(load_flags())
    assert len(used & set(load_flags())) > 20


def test_every_recipe_is_valid() -> None:
    recipes = sorted((ROOT / "pipelines").glob("*.yaml"))
    assert len(recipes) >= 3
    for recipe in recipes:
        if recipe.stem.startswith("deft"):
            assert read_settings(DeftSettings, recipe).title
        else:
            assert read_recipe(recipe).corpora


def test_links_in_the_docs_lead_somewhere() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    for page in pages:
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text()):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name} links to {target}"


def corpus_page(card: CorpusCard) -> str:
    """The page of a corpus."""
    rows: dict[str, list[str]] = {}
    for at, counts in enumerate(card.counts.values()):
        for name, value in counts.model_dump().items():
            cells: dict[str, Any] = {name.replace("_", " "): value} if isinstance(value, int) else {}
            if isinstance(value, dict) and value:
                cells = {name.replace("_", " "): ", ".join(f"{key} {number:.12g}" for key, number in value.items())}
            for label, cell in cells.items():
                rows.setdefault(label, [""] * len(card.counts))[at] = str(cell)
    template = environment().get_template("corpus.md.j2")
    text = template.render(card=card, counts=list(rows.items()), corrections=load_corrections(card.name))
    return re.sub(r"\n{3,}", "\n\n", text).rstrip() + "\n"


@pytest.mark.parametrize("name", names())
def test_every_reader_has_a_card_and_its_page_is_current(name: str) -> None:
    card = load_card(name)
    assert card.name == name
    if card.layout:
        assert (ROOT / f"docs/corpora/{name}.md").read_text() == corpus_page(card), "run: python -m tests.test_docs"
        assert f"(corpora/{name}.md)" in (ROOT / "docs/corpora.md").read_text()


def test_every_card_has_a_reader() -> None:
    assert {path.stem for path in (ROOT / "data_cards").glob("*.yaml")} == set(names())


def test_reason_codes_are_documented() -> None:
    """Every literal reason code in the code is on the page of reason codes."""
    page = (ROOT / "docs/reasons.md").read_text()
    used: set[str] = set()
    for path in sorted((ROOT / "unimer").rglob("*.py")):
        text = path.read_text()
        used |= set(re.findall(r"""(?:ClipError|find|Reason)\(\s*(?:code=)?["']([a-z]+(?:\.[a-z_]+)?)["']""", text))
    assert len(used) > 20
    missing = sorted(code for code in used if f"`{code}`" not in page)
    assert not missing, missing


if __name__ == "__main__":
    recipes = ROOT / "docs/recipes.md"
    recipes.write_text(renewed(recipes.read_text(), settings_table()))
    overview = ROOT / "docs/corpora.md"
    overview.write_text(renewed(overview.read_text(), flags_table(), FLAG_MARKS))
    (ROOT / "docs/corpora").mkdir(exist_ok=True)
    for each in map(load_card, names()):
        if each.layout:
            (ROOT / f"docs/corpora/{each.name}.md").write_text(corpus_page(each))
