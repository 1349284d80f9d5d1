"""CASME II's layout: the frame tree and the coding spreadsheet (20140508 version), as its readers expect them.

Source: the published spreadsheet's header and the loaders of public repositories (docs/corpora/casme2.md).
"""

from __future__ import annotations

from pathlib import Path

from unimer.synth.layouts.base import Cell, Layout, units, write_tiny, write_workbook
from unimer.synth.plan import ClipPlan

CODING = "CASME2-coding-20140508.xlsx"
OBJECTIVE = "CASME2-ObjectiveClasses.xlsx"
TREE = "CASME2_RAW_selected"
HEADER: list[Cell] = [
    "Subject", "Filename", None, "OnsetFrame", "ApexFrame", "OffsetFrame", None, "Action Units", "Estimated Emotion",
]  # fmt: skip

TRAPS: list[tuple[str, str, int, Cell, int, Cell, str]] = [
    ("01", "EP02_01f", 46, 59, 86, 12, "happiness"),
    ("01", "EP03_02", 131, 161, 181, "4+L10", "disgust"),
    ("04", "EP12_01f", 261, "/", 321, "R12 + 14", "others"),
    ("05", "EP09_05f", 69, 69, 123, "4", "repression"),
    ("05", "EP16_04f", 141, 181, 181, 4, "others"),
    ("05", "EP05_03", 31, 45, 71, "?", "surprise"),
    ("07", "EP06_01", 15, 49, 68, "4+7", "sadness"),
]
"""Subject, file name, onset, apex, offset, AUs, emotion."""
CLASSES = {"EP02_01f": 1, "EP03_02": 4, "EP12_01f": 7, "EP09_05f": 3, "EP16_04f": 3, "EP05_03": 7}
"""Objective classes; one clip has none."""


def _subject(index: int) -> str:
    return f"sub{index + 1:02d}"


def _frame(plan: ClipPlan, number: int) -> str:
    return f"{TREE}/{_subject(plan.subject)}/{plan.name}/img{number}.jpg"


def _write(root: Path, plans: list[ClipPlan]) -> None:
    rows: list[list[Cell]] = [HEADER]
    for plan in sorted(plans, key=lambda plan: (plan.subject, plan.name)):
        subject = _subject(plan.subject).removeprefix("sub")
        marks = [plan.onset, plan.apex, plan.offset]
        rows.append([subject, plan.name, None, *marks, None, units(plan.labelled), plan.emotion])
    write_workbook(root / CODING, {"Sheet1": rows, "Sheet2": [], "Sheet3": []})


def _traps(root: Path) -> None:
    """Doubly nested, a folder without a row, an avi beside the clips, litter of file managers, every wrong apex; the
    objective classes in a file of their own, which lacks a clip and has one that the coding lacks."""
    tree = root / "Cropped" / "Cropped"
    for subject, clip, onset, _, offset, _, _ in TRAPS:
        # The published offset of sub07/EP06_01 comes before its last picture.
        last = 91 if clip == "EP06_01" else offset
        write_tiny(tree / f"sub{subject}" / clip, range(onset, last + 1), "reg_img{}.jpg")
    write_tiny(tree / "sub09" / "EP02_02f", range(1, 4), "reg_img{}.jpg")
    (tree / "sub01" / "EP02_01f.avi").write_bytes(b"RIFF")
    (tree / "sub01" / "EP02_01f" / "._reg_img46.jpg").write_bytes(b"litter")
    (tree / "sub01" / "EP02_01f" / "Thumbs.db").write_bytes(b"litter")
    (root / ".DS_Store").write_bytes(b"litter")
    classes: list[list[Cell]] = [[row[0], row[1], CLASSES[row[1]]] for row in TRAPS if row[1] in CLASSES]
    objective: list[list[Cell]] = [["Subject", "Filename", "Objective Class"], *classes, ["24", "EP02_07", 6]]
    # The second sheet of the published file has stray rows without a header.
    write_workbook(root / OBJECTIVE, {"Sheet1": objective, "Sheet2": [["01", "EP02_01f", 5]], "Sheet3": []})
    rows: list[list[Cell]] = [HEADER, *([*row[:2], None, *row[2:5], None, *row[5:]] for row in TRAPS)]
    write_workbook(root / CODING, {"Sheet1": rows, "Sheet2": [], "Sheet3": []})


LAYOUT = Layout(
    corpus="casme2",
    fps=200,
    first=(1, 120),
    margin=6,
    subject=_subject,
    name=lambda _subject, nth, _emotion: f"EP{nth // 20 + 1:02d}_{nth % 20 + 1:02d}",
    key=lambda plan: plan.name,
    frame=_frame,
    write=_write,
    traps=_traps,
)
