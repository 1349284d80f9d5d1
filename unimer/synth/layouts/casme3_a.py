"""Layout of CAS(ME)^3 part A: recordings below spNO.1/a/color and the label sheet (version 2), every cell of it text.

Source: the published sheets' headers and the loaders of public repositories (docs/corpora/casme3_a.md).
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from pathlib import Path

from unimer.synth.layouts.base import Cell, Layout, write_tiny, write_workbook
from unimer.synth.plan import ClipPlan

LABELS = "cas(me)3_part_A_ME_label_JpgIndex_v2.xlsx"
HEADER: list[Cell] = ["Subject", "Filename", "Onset", "Apex", "Offset", "AU", "Objective class", "emotion"]
TREE = "part_A/data/part_A_split/part_A"
VIDEOS = "abcdefghijklm"
WORDS = {"happiness": "happy", "sadness": "sad"}
"""The sheet's words where they are not the canonical ones."""

Trap = tuple[str, str, int, int, int, str, str, str]
TRAPS: list[Trap] = [
    ("spNO.1", "a", 355, 360, 372, "4", "III", "disgust"),
    ("spNO.1", "a", 380, 383, 390, "T28+14", "VII", "Others"),
    ("spNO.2", "e", 138, 142, 150, "B23", "VII", "fear"),
    ("spNO.3", "J", 20, 24, 31, "2+1", "II", "happy"),
    ("spNO.4", "j", 569, 572, 575, "5", "II", "surprise"),
    ("spNO.7", "b", 12, 15, 20, "12+15+B28+B28", "V", "sad"),
    ("spNO.9", "c", 5, 7, 9, "4", "III", "disgust"),
    ("spNO.40", "e", 1812, 1820, 0, "L14", "VII", "others"),
    ("spNO.40", "e", 2327, 2335, 0, "R20", "VI", "fear"),
    ("spNO.149", "d", 112, 83, 358, "T28+14", "VII", "fear"),
    ("spNO.214", "c", 5, 5, 3460, "24+T18+16", "VII", "disgust"),
    ("spNO.215", "f", 2183, 2190, 2200, "4", "III", "disgust"),
    ("spNO.216", "d", 3647, 2668, 2694, "24", "VII", "anger"),
    ("spNO.216", "e", 0, 0, 25, "5", "II", "surprise"),
    ("spNO.216", "i", 1, 4, 9, "9", "IV", "disgust"),
]
"""Subject, video, onset, apex, offset, AUs, objective class, emotion: rows of the label sheet."""
ONLY_IN_V1: Trap = ("spNO.1", "a", 500, 505, 510, "12", "I", "happy")
CORRECTED = {("spNO.40", 1812): (1812, 1820, 1845), ("spNO.40", 2327): (2327, 2335, 2403)}
CORRECTED |= {("spNO.149", 112): (112, 160, 358), ("spNO.216", 3647): (2647, 2668, 2694)}
"""What the sheet of all expressions has where it differs."""
MACRO: list[tuple[str, str, int, int, int, str, str]] = [
    ("spNO.1", "a", 355, 380, 399, "r18", "happy"),
    ("spNO.1", "b", 10, 20, 30, "L12+6", "sadness"),
]
"""Subject, video, onset, apex, offset, AUs, emotion of macro-expressions; the first starts with a micro-expression."""

FRAMES: dict[str, list[Iterable[int]]] = {
    "spNO.1/a/color": [range(350, 401)],
    "spNO.1/b/color": [range(8, 31)],
    "spNO.1/m/color": [range(8, 12)],
    "spNO.2/e/color": [range(130, 160)],
    "spNO.3/J/color": [range(8, 40)],
    "spNO.4/j/color": [range(560, 568), range(577, 580)],
    "spNo.7/b": [range(8, 30)],
    "spNO.40/e/color": [range(1805, 1850), range(2320, 2410)],
    "spNO.149/d/color": [range(80, 90), range(112, 165), range(350, 360)],
    "spNO.214/c/color": [range(8, 40), range(3455, 3460)],
    "spNO215/f/color": [range(2180, 2188), range(2192, 2210)],
    "spNO.216/spNO.216/d/color": [range(2640, 2700)],
    "spNO.216/spNO.216/e/color": [range(1, 30)],
    "spNO.216/spNO.216/i/color": [range(1, 13)],
}
"""Frame numbers of each recording."""


def _subject(index: int) -> str:
    return f"spNO.{index + 1}"


def _frame(plan: ClipPlan, number: int) -> str:
    return f"{TREE}/{_subject(plan.subject)}/{VIDEOS[plan.recording]}/color/{number}.jpg"


def _key(plan: ClipPlan) -> str:
    return f"{VIDEOS[plan.recording]}_{plan.onset}"


def _write(root: Path, plans: list[ClipPlan]) -> None:
    rows: list[list[Cell]] = [HEADER]
    for plan in sorted(plans, key=lambda plan: (plan.subject, plan.recording, plan.onset)):
        marks = [str(mark) for mark in (plan.onset, plan.apex, plan.offset)]
        emotion = WORDS.get(plan.emotion, plan.emotion)
        rows.append([_subject(plan.subject), VIDEOS[plan.recording], *marks, plan.labelled, None, emotion])
    write_workbook(root / "part_A/annotation" / LABELS, {"label": rows, "Sheet1": [], "Sheet3": []})


def _text(row: Trap) -> list[Cell]:
    return [str(cell) for cell in row]


def _traps(root: Path) -> None:
    """Every spelling of the folders, holes, depth beside colour and instead of it, part B, a clip pack, all sheets."""
    for recording, numbers in FRAMES.items():
        write_tiny(root / TREE / recording, chain(*numbers), "{}.jpg")
    write_tiny(root / TREE / "spNO.1/a/depth", range(350, 401), "{}.png")
    write_tiny(root / TREE / "spNO.9/c/depth", range(1, 12), "{}.png")
    write_tiny(root / "part_B/Compressed_version1_seperate_compress/spNO.1/a/color", range(1, 4), "{}.jpg")
    write_tiny(root / "part_A/Part_A_ME_clip/frame/spNO.1_a_355", range(355, 373), "{}.jpg")
    write_tiny(root / "part_A/Part_A_ME_clip/depth/spNO.1_a_355", range(355, 373), "{}.png")
    for litter in (f"{TREE}/spNO.1/a/color/Thumbs.db", f"{TREE}/spNO.2.zip", ".DS_Store"):
        (root / litter).write_bytes(b"litter")
    folder = root / "part_A/annotation"
    blank: list[list[Cell]] = [[None] * 17] * 3
    micro = [_text(row) for row in TRAPS]
    write_workbook(folder / LABELS, {"label": [HEADER, *micro], "Sheet1": blank, "Sheet3": []})
    older = [[*row, 1, 0.5] for row in [*micro, _text(ONLY_IN_V1)]]
    write_workbook(folder / LABELS.replace("v2", "v1"), {"Sheet1": [[*HEADER, None, None], *older]})
    write_workbook(
        folder / "CAS(ME)3_part_A_wrongly_labeled_me_in_V1.xlsx",
        {"Sheet1": [_text(ONLY_IN_V1), [], [*_text(ONLY_IN_V1)[:6], "Micro-expression", "I"]]},
    )
    write_all_expressions(folder)


def write_all_expressions(folder: Path) -> None:
    """The sheet of all expressions (published as xls), and the sheet with the macro-expressions' emotions."""
    every: list[list[Cell]] = [[*HEADER[:6], "Expression type", "Objective class"]]
    for row in TRAPS:
        marks = CORRECTED.get((row[0], row[2]), row[2:5])
        every.append([*row[:2], *marks, row[5], "Micro-expression", row[6]])
    every += [[*macro[:6], "Macro-expression", None] for macro in MACRO]
    write_workbook(folder / "CAS(ME)3_part_A_v2.xlsx", {"Sheet1": every})
    emotions: list[list[Cell]] = [["sub", "seq", "onset", "apex", "offset", "emotion"]]
    emotions += [[*macro[:5], macro[6]] for macro in MACRO]
    write_workbook(folder / "cas(me)3_part_A_MaE_label_JpgIndex_v2_emotion.xlsx", {"Sheet1": emotions})


LAYOUT = Layout(
    corpus="casme3_a",
    fps=30,
    first=(1, 8),
    margin=6,
    recordings=2,
    subject=_subject,
    name=lambda _subject, nth, _emotion: f"{VIDEOS[nth % 2]}{nth}",
    key=_key,
    frame=_frame,
    write=_write,
    traps=_traps,
)
