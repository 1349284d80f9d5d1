"""SMIC's layouts: rendered corpora are like SMIC-E (HS camera), the only form with frames around the expression.

Source: loaders of public repositories (docs/corpora/smic.md). They name Subject, Filename, OnsetF, OffsetF and
Emotion; of the other columns only the places are known, and the names here are made up.
"""

from __future__ import annotations

from pathlib import Path

from unimer.facs.emotions import coarse
from unimer.synth.layouts.base import Cell, Layout, write_tiny, write_workbook
from unimer.synth.plan import ClipPlan

LONG = "SMIC-E_raw image/HS_long"
CODING = f"{LONG}/SMIC-HS-E_annotation.xlsx"
TREE = f"{LONG}/SMIC-HS-E"
HEADER: list[Cell] = [
    "Subject", "Filename", "No", "OnsetF", "OffsetF", "Onset2F", "Offset2F", "Onset3F", "Offset3F", None, "FirstF",
    "LastF", "TotalMF1", "TotalMF2", "TotalMF3", "TotalVL", "Emotion",
]  # fmt: skip
_CLASSES = {"negative": "ne", "positive": "po", "surprise": "sur", "others": "ne"}

SHORT: list[tuple[str, range, str]] = [
    ("HS/s1/micro/positive/s1_po_01", range(559740, 559753), "image{:06d}.bmp"),
    ("HS/s1/micro/negative/s1_ne_02", range(90823, 90835), "image{:06d}.bmp"),
    ("HS/s2/micro/surprise/s2_sur_05", range(1001, 1013), "image{:06d}.bmp"),
    ("HS/s20/micro/negative/s20_ne_01", range(17581039, 17581051), "image{:06d}.bmp"),
    ("HS/s3/micro/negative/s3_ne_20", range(0), "image{:06d}.bmp"),
    ("HS/s1/non_micro/s1_01", range(200, 212), "image{:06d}.bmp"),
    ("VIS/s11/micro/negative/s11_ne_01", range(3, 13), "image {}.jpg"),
    ("NIR/s11/micro/negative/s11_ne_01", range(4, 14), "image{:06d}.bmp"),
]
"""Folder, frames and their names of short clips."""

FOLDERS: list[tuple[str, range]] = [
    ("s01/s1_ne_01", range(559730, 559771)),
    ("s02/s02_sur_05", range(990, 1031)),
    ("s03/s3_ne_07", range(5000, 5041)),
    ("s20/s20_ne_01", range(17581030, 17581071)),
]
"""Folders of long clips; s3_ne_07 has no row."""

ROWS: list[list[Cell]] = [
    [1, "s1_ne_01", 1, 559740, 559760, 559762, 559768, None, None, None, 559730, 559770, 41, 7, None, 41, "negative"],
    [2, "s2_sur_05", 1, 1001, 1013, None, None, None, None, None, "990?", 1030, 13, None, None, 41, "surprise"],
    [4, "s4_po_05", 1, 700, 712, None, None, None, None, None, 690, 730, 13, None, None, 41, "positive"],
    [20, "s20_ne_01", 1, 17581039, 17581051, *[None] * 5, 17581030, 17581070, 13, None, None, 41, "negative"],
    [None],
    ["Average of all", None, None, 38.5],
    ["MF: micro-expression frames, VL: length of the video"],
]
"""Rows and footers of the sheet of the HS camera. s4_po_05 has no folder, one first frame is text."""


def _subject(index: int) -> str:
    return f"s{index + 1:02d}"


def _name(subject: int, nth: int, emotion: str) -> str:
    return f"s{subject + 1}_{_CLASSES[coarse(emotion, 'smic') or 'others']}_{nth + 1:02d}"


def _frame(plan: ClipPlan, number: int) -> str:
    return f"{TREE}/{_subject(plan.subject)}/{plan.name}/image{number:06d}.jpg"


def _write(root: Path, plans: list[ClipPlan]) -> None:
    rows: list[list[Cell]] = [HEADER]
    for plan in sorted(plans, key=lambda plan: (plan.subject, plan.nth)):
        micro, total = plan.offset - plan.onset + 1, plan.last - plan.first + 1
        marks: list[Cell] = [plan.onset, plan.offset, *[None] * 5, plan.first, plan.last, micro, None, None, total]
        emotion = coarse(plan.emotion, "smic")
        emotion = "negative" if emotion in (None, "others") else emotion
        rows.append([plan.subject + 1, plan.name, 1, *marks, emotion])
    write_workbook(root / CODING, {"Sheet1": rows})


def _traps(root: Path) -> None:
    """All cameras, both forms; eight digits, blanks in names, holes, an empty folder, footers, a second expression."""
    for place, numbers, name in SHORT:
        write_tiny(root / "SMIC_all_raw" / place, numbers, name)
    (root / "SMIC_all_raw/HS/s2/micro/surprise/s2_sur_05/image001005.bmp").unlink()
    write_tiny(root / "SMIC_all_cropped" / SHORT[0][0], SHORT[0][1], "reg_image{:06d}.bmp")
    for place, numbers in FOLDERS:
        write_tiny(root / TREE / "HS" / place, numbers, "image{:06d}.jpg")
    for number in range(1009, 1017):
        (root / TREE / "HS/s02/s02_sur_05" / f"image{number:06d}.jpg").unlink()
    (root / TREE / "HS/s01/s1_ne_01/Thumbs.db").write_bytes(b"litter")
    write_workbook(root / CODING, {"Sheet1": [HEADER, *ROWS]})


LAYOUT = Layout(
    corpus="smic",
    fps=100,
    first=(100_000, 20_000_000),
    margin=6,
    subject=_subject,
    name=_name,
    key=lambda plan: plan.name,
    frame=_frame,
    write=_write,
    traps=_traps,
)
