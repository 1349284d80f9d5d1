"""``unimer vqa``: make, check, submit and score question-and-answer files. Parses, calls the library, prints."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from unimer.errors import InputError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from unimer.records import Split
    from unimer.vqa.clips import Source
    from unimer.vqa.findings import Finding
    from unimer.vqa.templates import Kind

app = typer.Typer(
    help="ME-VQA and ME-LVQA (MEGC 2025 and 2026): official questions and answers, submissions, scores.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]


@app.command()
def make(
    out: Annotated[Path, typer.Option("--out", help="JSONL file to write.")],
    source: Annotated[Path | None, typer.Argument(help="Recipe (YAML) or build folder.")] = None,
    corpus: Annotated[str | None, typer.Option(help="Without a recipe: the reader, e.g. casme2 or samm_lv.")] = None,
    root: Annotated[Path | None, typer.Option(help="Without a recipe: the corpus folder.")] = None,
    annotations: Annotated[Path | None, typer.Option(help="Coding file, if not found under the root.")] = None,
    changes: Annotated[list[str] | None, typer.Option("--set", help="Change a setting: corpora.0.root=/data")] = None,
    year: Annotated[int | None, typer.Option(help="Whose kinds of question: 2025 (default) or 2026.")] = None,
    long: Annotated[bool, typer.Option("--long", help="ME-LVQA (2026): ask about long videos.")] = False,
    kind: Annotated[list[str] | None, typer.Option(help="Only this kind of question; may be repeated.")] = None,
    split: Annotated[str | None, typer.Option(help="Of a build folder, only this split.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of what is drawn, such as the Action Unit that is absent.")] = 0,
) -> None:
    """Make questions and answers from a corpus, a recipe or a build folder."""
    from unimer.vqa.make import make as run
    from unimer.vqa.records import write_rows

    kinds = _kinds(year, long, kind or [])
    found = _source(source, corpus, root, annotations, changes or [], split, long)
    made = run(found, kinds, seed)
    count = write_rows(out, made.rows)
    for note in found.notes:
        _say(note)
    for reason, n in made.left_out.items():
        _say(f"  left out: {n} {reason}")
    _say(f"{count} questions: {_counted([row['question'] for row in made.rows])}")
    _say(str(out))


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="Any question-and-answer file of the challenges.")],
    as_json: AsJson = False,
) -> None:
    """Check one file: ids, wording, answers."""
    from unimer.vqa.findings import check as run

    findings, kinds = run(file)
    if as_json:
        _print_json({"questions": kinds.total(), "kinds": kinds, "findings": [f.as_dict() for f in findings]})
    else:
        _print_findings(findings, file)
        _say(f"{kinds.total()} questions: {', '.join(f'{n} {name}' for name, n in kinds.items())}")
    _exit(findings)


@app.command()
def submit(
    questions: Annotated[Path, typer.Argument(help="..._to_answer.jsonl of the organisers.")],
    answers: Annotated[Path, typer.Argument(help="Answers, one JSON object a line, with id and answer.")],
    out: Annotated[Path, typer.Option("--out", help="Folder for the submission file.")] = Path(),
    as_json: AsJson = False,
) -> None:
    """Write the submission file ..._pred.jsonl; nothing is written where an answer is missing or does not fit."""
    from unimer.vqa.findings import submission, write_submission

    found = submission(questions, answers)
    fit = not any(finding.error for finding in found.findings)
    path = write_submission(found, out) if fit else None
    if as_json:
        listed = [finding.as_dict() for finding in found.findings]
        _print_json({"file": path and str(path), "answers": len(found.rows), "findings": listed})
    else:
        _print_findings(found.findings, answers)
        _say(f"{len(found.rows)} answers: {path}" if fit else f"not written: {found.name}")
    _exit(found.findings)


@app.command()
def score(
    files: Annotated[list[Path], typer.Argument(help="REFERENCE PREDICTION, and further such pairs (one a dataset).")],
    as_json: AsJson = False,
) -> None:
    """Score predictions against answered questions."""
    from unimer.vqa.score import score as run

    if len(files) % 2:
        raise SettingsError("give files in pairs: REFERENCE PREDICTION")
    scores, findings = run(list(zip(files[::2], files[1::2], strict=True)))
    if as_json:
        _print_json({"scores": scores, "findings": [finding.as_dict() for finding in findings]})
    else:
        _print_scores(scores)
        _print_findings(findings, files[1] if len(files) == 2 else None)
    _exit(findings)


# --- what to make, from what -----------------------------------------------------------------------------------------


def _kinds(year: int | None, long: bool, wanted: Sequence[str]) -> list[Kind]:
    from unimer.vqa.templates import KINDS, is_long, kinds_of

    if long and year == 2025:
        raise SettingsError("--long --year 2025: ME-LVQA began in 2026")
    if year not in (None, 2025, 2026):
        raise SettingsError(f"--year {year}: there are 2025 and 2026")
    possible = [kind for kind in KINDS if is_long(kind) == long]
    if wrong := [name for name in wanted if name not in possible]:
        remedy = f"Kinds of {'ME-LVQA' if long else 'ME-VQA'}: {', '.join(possible)}"
        raise SettingsError(f"--kind {wrong[0]}: no such kind", remedy=remedy)
    if wanted:
        return [kind for kind in possible if kind in wanted]
    return kinds_of(2026 if long or year == 2026 else 2025, long)


def _source(
    source: Path | None,
    corpus: str | None,
    root: Path | None,
    annotations: Path | None,
    changes: list[str],
    split: str | None,
    long: bool,
) -> Source:
    from unimer.recipes import read_recipe
    from unimer.vqa.clips import from_build, from_corpora

    if (source is None) == (corpus is None):
        raise SettingsError("give either a recipe, a build folder or --corpus with --root")
    if source is not None and (root is not None or annotations is not None):
        raise SettingsError("--root and --annotations go with --corpus; with a recipe say --set corpora.0.root=...")
    if split is not None and (source is None or not source.is_dir()):
        raise SettingsError("--split goes with a build folder")
    if source is not None and source.is_dir():
        if changes:
            raise SettingsError("--set goes with a recipe or --corpus; a build folder is as it is")
        return from_build(source, _split(split))
    if source is not None and not source.exists():
        raise InputError("no such recipe or build folder", path=source)
    if corpus is not None and root is None:
        raise SettingsError(f"--corpus {corpus} needs --root, the folder that holds it")
    entry: dict[str, Any] = {"corpus": corpus, "root": str(root)}
    if annotations is not None:
        entry["annotations"] = str(annotations)
    base = None if corpus is None else {"corpora": [entry]}
    return from_corpora(read_recipe(source, changes, base).corpora, long)


def _split(name: str | None) -> Split | None:
    from unimer.splits import NAMES

    if name is None:
        return None
    found = next((known for known in NAMES if known == name), None)
    if found is None:
        raise SettingsError(f"--split {name}: there are {', '.join(NAMES)}")
    return found


# --- printing --------------------------------------------------------------------------------------------------------


def _say(text: str) -> None:
    typer.echo(text, err=True)


def _print_json(document: Mapping[str, Any]) -> None:
    typer.echo(json.dumps(document, indent=1, ensure_ascii=False))


def _print_findings(findings: Sequence[Finding], file: Path | None) -> None:
    for finding in findings:
        level = "error" if finding.error else "note"
        place = ":".join(str(part) for part in (file, finding.line or None) if part is not None)
        _say(f"{place}: {level} {finding.code} {finding.id}: {finding.message}".removeprefix(": "))


def _exit(findings: Sequence[Finding]) -> None:
    raise typer.Exit(1 if any(finding.error for finding in findings) else 0)


def _counted(asked_questions: Sequence[str]) -> str:
    from collections import Counter

    from unimer.vqa.templates import asked

    kinds = Counter(what.kind for what in map(asked, asked_questions) if what is not None)
    return ", ".join(f"{n} {name}" for name, n in kinds.items())


def _print_scores(scores: Mapping[str, Mapping[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False, markup=False, soft_wrap=True)
    for dataset, found in scores.items():
        table = Table("kind", "questions", "metric", "value", title=dataset)
        for name, of_kind in {"all": found, **found["kinds"]}.items():
            shown = {key: value for key, value in of_kind.items() if isinstance(value, float)}
            for i, (key, value) in enumerate(shown.items()):
                table.add_row(*((name, str(of_kind["questions"])) if i == 0 else ("", "")), key, f"{value:.4f}")
        console.print(table)
