"""What tests of the readers share: reading, and short forms of clips and rejections to compare with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from unimer.corpora import Corpus, read
from unimer.facs.grammar import format_aus
from unimer.records import Clip
from unimer.settings import CorpusSettings
from unimer.synth import make_corpus, make_traps

_ORIGINS = {"annotated": "", "missing": "-"}


def read_corpus(name: str, root: Path, /, **changes: object) -> Corpus:
    corpus = read(CorpusSettings.model_validate({"corpus": name, "root": str(root), **changes}))
    orphans = [each for each in corpus.rejections if each.reasons[0].code == "clip.orphan"]
    assert corpus.rows == len(corpus.clips) + len(corpus.rejections) - len(orphans), "a row was lost"
    return corpus


def trap_tree(name: str, out: Path, folder: str | None = None) -> Path:
    """Writes a tree with every known quirk of the corpus to a folder in ``out``, called as the reader or as said."""
    root = out / (folder or name)
    make_traps(name, root)
    return root


def trap_fixture(name: str, folder: str | None = None) -> Any:
    """The fixture ``tree`` of a module: :func:`trap_tree`, read only."""

    @pytest.fixture(scope="module")
    def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
        return trap_tree(name, tmp_path_factory.mktemp("traps"), folder)

    return tree


def marks(clip: Clip) -> str:
    """``46 59 86``; a mark that is not annotated with its origin (``19:estimated``), a missing one ``-``."""
    texts = []
    for mark in (clip.onset, clip.apex, clip.offset):
        origin = _ORIGINS.get(mark.origin, f":{mark.origin}")
        texts.append("-" if mark.frame is None else f"{mark.frame}{origin}")
    return " ".join(texts)


def short(clip: Clip) -> tuple[str, str, str, str | None, str | None]:
    """Id, marks, AUs, emotion and coarse emotion."""
    return clip.id, marks(clip), format_aus(clip.aus), clip.emotion, clip.emotion_coarse


def flags(corpus: Corpus) -> dict[str, list[str]]:
    """Flags of the clips that have some."""
    return {f"{clip.subject}/{clip.clip}": clip.flags for clip in corpus.clips if clip.flags}


def refused(corpus: Corpus) -> list[tuple[str, str, str]]:
    """Id, code and message of each rejection."""
    return [(each.clip_id, each.reasons[0].code, each.reasons[0].message) for each in corpus.rejections]


def check_rendered(name: str, out: Path) -> None:
    """A rendered corpus is read as it was made."""
    summary = make_corpus(name, out / "made", 3, 2, 5, mislabelled=0.0, frames=(3, 4), size=(320, 240))
    corpus = read_corpus(name, summary.root)
    assert corpus.rejections == []
    clips = {clip.id: clip for clip in corpus.clips}
    truth = [json.loads(line) for line in (summary.truth / "truth.jsonl").read_text().splitlines()]
    assert sorted(clips) == sorted(line["clip_id"] for line in truth)
    for line in truth:
        clip = clips[line["clip_id"]]
        assert (clip.onset.frame, clip.apex.frame, clip.offset.frame) == (line["onset"], line["apex"], line["offset"])
        assert [(unit.au, unit.side) for unit in clip.aus] == [(u["au"], u["side"]) for u in line["aus_labelled"]]
        assert clip.frames.path == line["folder"]
        assert clip.flags == []
