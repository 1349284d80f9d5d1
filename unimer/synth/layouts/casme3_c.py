"""Layout of CAS(ME)^3 part C: a folder a clip, coarse emotions, AUs between commas and no apex.

Source: the published sheet's header and the loaders of public repositories (docs/corpora/casme3_c.md).
"""

from __future__ import annotations

from pathlib import Path

from unimer.facs.emotions import coarse
from unimer.synth.layouts.base import Cell, Layout, units, write_tiny, write_workbook
from unimer.synth.plan import ClipPlan

CODING = "CAS(ME)3_part_C_ME.xlsx"
SHEET = "mockCrimeME"
HEADER: list[Cell] = ["sub", "count", "onset", "offset", "au", "emotion"]

Trap = tuple[int, int, int, int, int | str, str]
TRAPS: list[Trap] = [
    (1, 1, 373, 385, "R4,5", "negative"),
    (2, 1, 311, 316, 1, "surprise"),
    (3, 1, 1360, 1372, 17, "positive"),
    (4, 1, 520, 525, "4,18", "others"),
    (4, 5, 4150, 4163, "14,L24,", "negative"),
    (4, 11, 13939, 13948, "4，11", "negative"),
    (10, 1, 2704, 2718, "13?", "negative"),
    (31, 10, 16427, 16440, 2, "surprise"),
]
"""Subject, count, onset, offset, AUs, emotion."""


def _subject(index: int) -> str:
    return f"{index + 1:02d}"


def _frame(plan: ClipPlan, number: int) -> str:
    return f"ME_C/{_subject(plan.subject)}/{plan.name}/color/{number}.jpg"


def _write(root: Path, plans: list[ClipPlan]) -> None:
    rows: list[list[Cell]] = [HEADER]
    for plan in sorted(plans, key=lambda plan: (plan.subject, plan.nth)):
        aus = units(plan.labelled.replace("+", ","))
        marks = [plan.onset, plan.offset]
        rows.append([plan.subject + 1, plan.nth + 1, *marks, aus, coarse(plan.emotion, "casme3_c")])
    write_workbook(root / CODING, {SHEET: rows})


def _traps(root: Path) -> None:
    """Both arrangements of the folders, depth beside colour, a dropped frame, an orphan, the other sheet."""
    for subject, count, onset, offset, _, _ in TRAPS:
        numbers = [number for number in range(onset, offset + 1) if number != 13939]
        folder = f"ME_C/{subject:02d}/{count}/color" if subject < 10 else f"ME_C/{subject:02d}/color/{subject}_{count}"
        write_tiny(root / folder, numbers, "{}.jpg")
        write_tiny(root / folder.replace("color", "depth"), numbers, "{}.png")
    write_tiny(root / "ME_C/22/1/color", range(1, 4), "{}.jpg")
    (root / "ME_C/01/1/color/Thumbs.db").write_bytes(b"litter")
    write_workbook(root / CODING, {SHEET: [HEADER, *(list(row) for row in TRAPS)]})
    other: list[list[Cell]] = [
        ["Subject", "Onset", "Offset", "diff", "Exp_type", "risk"],
        [1, 373, 385, 12, 1, 0],
    ]
    write_workbook(root / "CAS(ME)3_part_C.xlsx", {"organize": other})


LAYOUT = Layout(
    corpus="casme3_c",
    fps=30,
    first=(300, 16000),
    subject=_subject,
    name=lambda _subject, nth, _emotion: str(nth + 1),
    key=lambda plan: plan.name,
    frame=_frame,
    write=_write,
    traps=_traps,
)
