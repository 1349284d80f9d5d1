"""A wrong folder is called by its right name, from the folders and coding files that lie in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from unimer.corpora import READERS, read, recognise
from unimer.corpora.cards import load_card
from unimer.errors import InputError
from unimer.settings import CorpusSettings
from unimer.synth import LAYOUTS, make_traps


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_layout_is_recognised_and_read(name: str, tmp_path: Path) -> None:
    make_traps(name, tmp_path / "x")
    assert recognise(tmp_path / "x")[0] == name
    corpus = read(CorpusSettings(corpus=name, root=str(tmp_path / "x")))
    assert corpus.clips
    orphans = sum(rejection.reasons[0].code == "clip.orphan" for rejection in corpus.rejections)
    assert corpus.rows == len(corpus.clips) + len(corpus.rejections) - orphans
    assert corpus.version in load_card(name).counts, "inspect has counts to compare with"


def test_every_corpus_with_a_layout_of_its_own_can_be_made() -> None:
    assert set(LAYOUTS) == set(READERS) - {"generic", "video"}


def test_another_corpus_is_named(tmp_path: Path) -> None:
    make_traps("casme2", tmp_path / "x")
    with pytest.raises(InputError, match="The folder looks like casme2"):
        read(CorpusSettings(corpus="generic", root=str(tmp_path / "x")))


def test_the_likelier_of_two_corpora_with_like_folders_is_named(tmp_path: Path) -> None:
    make_traps("casme", tmp_path / "x")
    with pytest.raises(InputError, match=r"no coding file.*\n.*\n  The folder looks like casme\.$"):
        read(CorpusSettings(corpus="casme2", root=str(tmp_path / "x")))


def test_nothing_is_recognised_in_a_folder_of_something_else(tmp_path: Path) -> None:
    (tmp_path / "holiday").mkdir()
    (tmp_path / "holiday" / "beach.jpg").write_bytes(b"")
    assert recognise(tmp_path) == []
    with pytest.raises(InputError) as caught:
        read(CorpusSettings(corpus="casme2", root=str(tmp_path)))
    assert "looks like" not in str(caught.value)
