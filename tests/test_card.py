"""The data card: front matter that parses, honest sources, a corpus that describes itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import settings_for, tree
from unimer.build import build
from unimer.card import read_card, size_category
from unimer.errors import InputError


def front_matter(folder: Path) -> dict[str, Any]:
    _, head, _ = (folder / "README.md").read_text().split("---\n", 2)
    matter: dict[str, Any] = yaml.safe_load(head)
    return matter


def test_front_matter_and_sources(finished: Path) -> None:
    matter = front_matter(finished)
    assert matter["size_categories"] == ["n<1K"]
    assert matter["annotations_creators"] == ["expert-generated", "machine-generated"]
    text = (finished / "README.md").read_text()
    assert "Synthetic clips" in text
    assert "casme.psych.ac.cn" not in text, "a synthetic corpus is not under CASME II's licence"


@pytest.mark.parametrize("title", ["a: b # c", '"x', "{{ 1 }}", "- y", "Müller's"])
def test_any_title_parses(corpus: Path, own_build: Path, title: str) -> None:
    build(settings_for(corpus, title=title), own_build)
    assert front_matter(own_build)["pretty_name"] == title


def test_a_corpus_may_describe_itself(tmp_path: Path) -> None:
    card = tmp_path / "unimer-card.yaml"
    card.write_text("title: Mine\nlicence: CC0\naccess: ask me\n")
    assert read_card("generic", tmp_path) == {"title": "Mine", "licence": "CC0", "access": "ask me", "citation": None}
    card.write_text("title: Mine\n")
    with pytest.raises(InputError, match="'licence' is missing"):
        read_card("generic", tmp_path)
    card.write_text("title: [")
    with pytest.raises(InputError, match="cannot be read as YAML"):
        read_card("generic", tmp_path)


def test_tables_are_tables(finished: Path) -> None:
    """Every table row has as many cells as its head, and no blank line tears a table apart."""
    lines = (finished / "README.md").read_text().splitlines()
    for i, line in enumerate(lines):
        if line.startswith("|---"):
            width = line.count("|")
            assert lines[i - 1].count("|") == width
            body = lines[i + 1 : i + 40]
            rows = body[: next(j for j, row in enumerate(body) if not row.startswith("|"))]
            assert rows, lines[i - 1]
            assert all(row.count("|") == width for row in rows)


@pytest.mark.parametrize(("samples", "name"), [(0, "n<1K"), (1_000, "1K<n<10K"), (2_000_000, "n>1M")])
def test_size_category(samples: int, name: str) -> None:
    assert size_category(samples) == name


@pytest.mark.slow
def test_the_spelling_of_a_root_does_not_matter(
    corpus: Path, finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(corpus.parent)
    build(settings_for(Path(corpus.name)), tmp_path / "unimer")
    assert tree(tmp_path / "unimer") == tree(finished)
