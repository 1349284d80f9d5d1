"""MMEW's layout: the frame tree and the coding spreadsheet of the micro-expressions, as its readers expect them.

Source: the description on the corpus's site and the loaders of public repositories (docs/corpora/mmew.md).
"""

from __future__ import annotations

from pathlib import Path

from unimer.synth.layouts.base import Cell, Layout, units, write_tiny, write_workbook
from unimer.synth.plan import ClipPlan

CODING = "MMEW_Micro_Exp.xlsx"
TREE = "Micro_Expression"
HEADER: list[Cell] = [
    "Subject", "Filename", "OnsetFrame", "ApexFrame", "OffsetFrame", "Action Units", "Estimated Emotion", "remarks",
]  # fmt: skip
CODES = {"happiness": 1, "surprise": 2, "disgust": 3, "repression": 4, "fear": 5, "sadness": 6, "anger": 7}

# Subject, clip, onset, apex, offset, AUs, emotion, remarks.
TRAPS: list[tuple[list[Cell], str, int]] = [
    ([3, "S03-01-002", 1, 12, 25, 12, "happiness", None], "happiness", 30),
    ([3, "S03-04-001", 2, 11, 20, "4+L10", "others", None], "repression", 20),  # folder and sheet differ
    ([5, "S05-04-003", 1, 9, 18, 24, "others", "eye blink"], "others", 18),
    ([7, "S07-02-001", 1, 96, 120, "1+2", "surprise", None], "surprise", 40),  # apex and offset are not there
    ([7, "S07-03-004", 1, 14, 48, "4+9", "disgust", None], "disgust", 32),  # the offset is not there
    ([12, "S12-05-001", 1, 8, 22, 20, "sadness", None], "fear", 22),  # the name says fear
]
"""Row of the sheet, folder of the emotion, frames on disk."""


def _subject(index: int) -> str:
    return f"S{index + 1:02d}"


def _folder(emotion: str) -> str:
    """The folder "repression" holds what the sheet calls "others"."""
    return "repression" if emotion == "others" else emotion


def _name(subject: int, nth: int, emotion: str) -> str:
    return f"{_subject(subject)}-{CODES[_folder(emotion)]:02d}-{nth + 1:03d}"


def _frame(plan: ClipPlan, number: int) -> str:
    return f"{TREE}/{_folder(plan.emotion)}/{plan.name}/{number}.jpg"


def _write(root: Path, plans: list[ClipPlan]) -> None:
    rows: list[list[Cell]] = [HEADER]
    for plan in sorted(plans, key=lambda plan: plan.name):
        emotion = "others" if plan.emotion == "repression" else plan.emotion
        marks: list[Cell] = [plan.onset, plan.apex, plan.offset]
        rows.append([plan.subject + 1, plan.name, *marks, units(plan.labelled), emotion, None])
    write_workbook(root / CODING, {"Sheet1": rows})


def _traps(root: Path) -> None:
    """Emotion first, one clip subject first, both names of a class, marks behind the last frame, a folder without a
    row, and macro-expressions, which are single pictures, but for one folder with the name of a micro-expression."""
    for row, emotion, last in TRAPS:
        subject_first = row[1] == "S05-04-003"
        folder = root / "MMEW_Final" / TREE / (f"S05/{emotion}" if subject_first else emotion) / str(row[1])
        write_tiny(folder, range(1, last + 1), "{}.jpg")
    write_tiny(root / "MMEW_Final" / TREE / "anger" / "S30-07-001", range(1, 4), "{}.jpg")
    macro = root / "MMEW_Final" / "Macro_Expression" / "S03"
    write_tiny(macro / "anger", [1, 2], "S03-07-00{}.jpg")
    write_tiny(macro / "happiness" / "S03-01-002", range(1, 4), "{}.jpg")
    write_workbook(root / "MMEW_Final" / CODING, {"Sheet1": [HEADER, *(row for row, _, _ in TRAPS)]})


LAYOUT = Layout(
    corpus="mmew",
    fps=90,
    first=(1, 1),
    subject=_subject,
    name=_name,
    key=lambda plan: plan.name,
    frame=_frame,
    write=_write,
    traps=_traps,
)
