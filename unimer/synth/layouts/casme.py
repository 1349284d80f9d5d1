"""CASME's layout: the frame tree and the merged coding spreadsheet, as its readers expect them.

Source: the loaders of public repositories (docs/corpora/casme.md); the header beyond the named columns is not known.
"""

from __future__ import annotations

from pathlib import Path

from unimer.synth.layouts.base import Cell, Layout, units, write_tiny, write_workbook
from unimer.synth.plan import ClipPlan

CODING = "casme.xlsx"
TREE = "CASME_raw_selected"
HEADER: list[Cell] = [
    "Subject", "Filename", None, "OnsetF", "ApexF1", "ApexF2", "OffsetF", None, "AU", None, None, "Emotion",
]  # fmt: skip
NO_APEX = "\\"

# Clip, onset, first and second apex, offset, AUs, emotion; the frames on disk.
Trap = tuple[int, str, int, Cell, Cell, Cell, Cell, str, tuple[int, int]]
SECTION_A: list[Trap] = [
    (1, "EP01_5", 73, 81, NO_APEX, 91, 4, "tense", (60, 100)),
    (1, "EP03_1", 21, 30, 36, 44, "4+L10", "disgust", (21, 44)),
    (2, "EP01_5", 5, 12, NO_APEX, NO_APEX, "R12", "comtempt", (1, 60)),  # no offset
    (3, "EP12_3", 8, 12, NO_APEX, 20, 1, "surprise", (100, 149)),  # none of the frames exists
    (4, "EP02_2", 57, 65, NO_APEX, 79, "1+2", "fear", (57, 74)),  # the offset is later than the last frame
]
SECTION_B: list[Trap] = [
    (20, "EP08_2", 40, 47, NO_APEX, 55, 15, "repression", (31, 120)),
    (20, "EP09_1", 112, 112, NO_APEX, 130, 12, "happiness", (100, 140)),  # the apex is the onset
    (21, "EP04_1", 10, 16, NO_APEX, 24, "15+17", "sadness", (1, 30)),
]


def _subject(index: int) -> str:
    return f"sub{index + 1:02d}"


def _frame(plan: ClipPlan, number: int) -> str:
    return f"{TREE}/{_subject(plan.subject)}/{plan.name}/{plan.name}-{number}.jpg"


def _write(root: Path, plans: list[ClipPlan]) -> None:
    rows: list[list[Cell]] = [HEADER]
    for plan in sorted(plans, key=lambda plan: (plan.subject, plan.nth)):
        # CASME has no "others"; what fits nothing else is "tense".
        emotion = "tense" if plan.emotion == "others" else plan.emotion
        marks: list[Cell] = [plan.onset, plan.apex, NO_APEX, plan.offset]
        rows.append([plan.subject + 1, plan.name, None, *marks, None, units(plan.labelled), None, None, emotion])
    write_workbook(root / CODING, {"Sheet1": rows})


def cells(traps: list[Trap]) -> list[list[Cell]]:
    return [
        [subject, clip, None, onset, apex, second, offset, None, aus, None, None, emotion]
        for subject, clip, onset, apex, second, offset, aus, emotion, _ in traps
    ]


def _traps(root: Path) -> None:
    """A file a section, the numbers of section B padded, doubly nested, a folder without a row, two apexes, no offset,
    marks outside the frames, a misspelt emotion."""
    tree = root / "Cropped" / "Cropped"
    for traps, number in ((SECTION_A, "{}"), (SECTION_B, "{:03d}")):
        for subject, clip, *_, (first, last) in traps:
            write_tiny(tree / f"sub{subject:02d}" / clip, range(first, last + 1), f"reg_{clip}-{number}.jpg")
    write_tiny(tree / "sub05" / "EP06_1", range(1, 4), "reg_EP06_1-{}.jpg")
    (tree / "sub01" / "Thumbs.db").write_bytes(b"litter")
    write_workbook(root / "CASME_SectionA.xlsx", {"Sheet1": [HEADER, *cells(SECTION_A)], "Sheet2": []})
    write_workbook(root / "CASME_SectionB.xlsx", {"Sheet1": [HEADER, *cells(SECTION_B)]})


LAYOUT = Layout(
    corpus="casme",
    fps=60,
    first=(1, 100),
    margin=4,
    subject=_subject,
    name=lambda _subject, nth, _emotion: f"EP{nth // 9 + 1:02d}_{nth % 9 + 1}",
    key=lambda plan: plan.name,
    frame=_frame,
    write=_write,
    traps=_traps,
)
