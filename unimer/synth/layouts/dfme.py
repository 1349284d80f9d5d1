"""DFME's layouts: rendered corpora are like the training part of the CCAC 2024 contest.

Source: the contest's tables and the loaders of public repositories (docs/corpora/dfme.md).
"""

from __future__ import annotations

from pathlib import Path

from unimer.corpora.dfme import EMOTIONS
from unimer.synth.layouts.base import Cell, Layout, units, write_tiny, write_workbook
from unimer.synth.plan import ClipPlan

TREE = "DFME_train"
HEADER: list[Cell] = [
    "Subject", "Filename", "OnsetFrame", "ApexFrame", "OffsetFrame", "Emotion", "EmotionId", "Fps", "AU",
]  # fmt: skip
_WITHOUT = {"others": "disgust", "repression": "sadness"}  # words that DFME does not have

TRAIN: list[list[Cell]] = [
    ["sub0003", "sub0003_01", 109, 120, 131, "happiness", 4, 500, 12],
    ["sub0003", "sub0003_02", 0, 7, 19, "anger", 0, 500, "4+23"],
    ["sub0004", "sub0004_01", 12, 20, 30, "disgust", 2, 300, "4+7+AD38"],
    ["sub0004", "sub0004_02", 5, 9, 15, "surprise", 6, 300, "1+2+5+M58"],
    ["sub0671", "sub0671_10", 3, 8, 16, "contempt", 1, 200, "L12"],
]
"""Rows of the table of the training part; the third clip has no folder."""
TEST_A: list[list[Cell]] = [
    ["sub0008", "sub0008_01", 0, 11, 20, "fear", 3, 300, "R1"],
    ["sub0008", "sub0008_02", 40, 52, 60, "sadness", 5, 300, "15+17"],
]
TEST_B: list[list[Cell]] = [["sub0001_01", "sub0001", 200], ["sub0001_02", "sub0001", 200]]
"""As handed out during the contest: file name, subject, frames a second."""


def _subject(index: int) -> str:
    return f"sub{index + 1:04d}"


def _name(subject: int, nth: int, _emotion: str) -> str:
    return f"{_subject(subject)}_{nth + 1:02d}"


def _frame(plan: ClipPlan, number: int) -> str:
    return f"{TREE}/{plan.name}/{number:05d}.png"


def _write(root: Path, plans: list[ClipPlan]) -> None:
    rows: list[list[Cell]] = [HEADER]
    for plan in sorted(plans, key=lambda plan: plan.name):
        emotion = _WITHOUT.get(plan.emotion, plan.emotion)
        marks: list[Cell] = [plan.onset, plan.apex, plan.offset]
        labels: list[Cell] = [emotion, EMOTIONS.index(emotion), 500, units(plan.labelled)]
        rows.append([_subject(plan.subject), plan.name, *marks, *labels])
    write_workbook(root / "CCAC2024.xlsx", {"Sheet1": rows})


def _traps(root: Path) -> None:
    """Three parts with a table each: one labelled, one with and without labels, one of the contest, doubly nested."""
    for row in TRAIN:
        if row[1] != "sub0004_01":
            write_tiny(root / TREE / str(row[1]), range(int(row[2] or 0), int(row[4] or 0) + 1), "{:05d}.png")
    write_tiny(root / TREE / "sub0005_01", range(4), "{:05d}.png")
    for row in TEST_A:
        write_tiny(root / "test_data_A" / str(row[1]), range(int(row[2] or 0), int(row[4] or 0) + 1), "{:05d}.png")
    write_tiny(root / "test_data_B/test_data_B/sub0001_01", range(20, 35), "{:05d}.png")
    write_tiny(root / "test_data_B/test_data_B/sub0001_02", range(12), "{:05d}.png")
    write_workbook(root / "CCAC2024.xlsx", {"Sheet1": [HEADER, *TRAIN]})
    write_workbook(root / "CCAC2024_B.xlsx", {"Sheet1": [["Filename", "Subject", "Fps"], *TEST_B]})
    unlabelled = [f"{row[1]},{row[0]},{row[7]}" for row in TEST_A]
    (root / "test A .csv").write_text("\n".join(["Filename,Subject,Fps", *unlabelled]) + "\n", encoding="utf-8")
    write_workbook(root / "testA_full_with_AU.xlsx", {"Sheet1": [HEADER, *TEST_A]})


LAYOUT = Layout(
    corpus="dfme",
    fps=500,
    first=(0, 300),
    subject=_subject,
    name=_name,
    key=lambda plan: plan.name,
    frame=_frame,
    write=_write,
    traps=_traps,
)
