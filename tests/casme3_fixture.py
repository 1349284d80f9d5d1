"""What the tests of CAS(ME)^3 part A share."""

from __future__ import annotations

from pathlib import Path

from unimer.corpora import Corpus, read
from unimer.records import Clip
from unimer.settings import CorpusSettings
from unimer.synth.layouts.base import Cell, write_workbook
from unimer.synth.layouts.casme3_a import HEADER, LABELS

ANNOTATION = "part_A/annotation"
ALL = "CAS(ME)3_part_A_v2.xlsx"
MACRO = "cas(me)3_part_A_MaE_label_JpgIndex_v2_emotion.xlsx"


def casme3(root: Path, **changes: object) -> Corpus:
    return read(CorpusSettings.model_validate({"corpus": "casme3_a", "root": str(root), **changes}))


def by_name(corpus: Corpus) -> dict[str, Clip]:
    return {clip.id.removeprefix("casme3_a/"): clip for clip in corpus.clips}


def frames(clip: Clip) -> tuple[int | None, int | None, int | None]:
    return clip.onset.frame, clip.apex.frame, clip.offset.frame


def reasons(corpus: Corpus) -> list[tuple[str, str, str]]:
    return [(r.clip_id.removeprefix("casme3_a/"), r.reasons[0].code, r.reasons[0].message) for r in corpus.rejections]


def balanced(corpus: Corpus) -> bool:
    orphans = sum(each.reasons[0].code == "clip.orphan" for each in corpus.rejections)
    return corpus.rows == len(corpus.clips) + len(corpus.rejections) - orphans


def small(root: Path, rows: list[list[Cell]], folder: str = "", name: str = LABELS) -> Path:
    write_workbook(root / folder / name, {"label": [HEADER, *rows]})
    return root
