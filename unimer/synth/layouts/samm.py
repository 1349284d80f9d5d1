"""SAMM's layout: grey frames with the numbers of the raw recording, and the coding spreadsheet (v2).

Source: the published spreadsheet's form and the loaders of public repositories (docs/corpora/samm.md).
"""

from __future__ import annotations

from pathlib import Path

from unimer.synth.layouts.base import Cell, Layout, units, write_tiny, write_workbook
from unimer.synth.plan import ClipPlan

CODING = "SAMM_Micro_FACS_Codes_v2.xlsx"
PREAMBLE: list[list[Cell]] = [
    ["SAMM Dataset - Master FACS Codes"], [], ["Key"], ['"/" = or'],
    ['"?" = some AUs continue for a while and have an unclear offset'], ["L2 or R2 = unilateral"], ["A2 = asymmetric"],
    [], [], [], [], [], [],
]  # fmt: skip
HEADER: list[Cell] = [
    "Subject", "Filename", "Inducement Code", "Onset Frame", "Apex Frame", "Offset Frame", "Duration", "Micro",
    "Action Units", "Estimated Emotion", "Objective Classes", "Notes",
]  # fmt: skip
WORDS = {"others": "Other", "repression": "Other"}
"""What the coders call an emotion, where they do not use its name."""

Event = tuple[str, int, int, int, Cell, str, int, str | None]
"""File name, onset, apex, offset, AUs, emotion, objective class, notes."""

TRAPS: list[Event] = [
    ("006_1_2", 5562, 5588, 5632, "4+7", "Anger", 3, None),
    ("007_6_1", 412, 430, 470, "(R6 or R12)+R15", "Other", 7, "head turns"),
    ("009_3_1", 3577, 3590, 3610, 12, "Happiness", 1, None),
    ("014_5_2", 120, 131, 150, "R14A or 17A or 24A", "Contempt", 7, None),
    ("017_3_3", 64, 70, 80, "12+15 ", "Sadness", 6, None),
    ("028_4_1", 1071, 1143, 1134, "A12+A7", "Other", 7, None),
    ("032_3_1", 4896, 1930, 4970, "R14+17+soft focus", "Surprise", 2, None),
    ("032_3_2", 5126, 5127, 5207, "T18+39", "Fear", 7, None),
]


def rows_of(events: list[Event], types: Cell = "Micro - 1/2") -> list[list[Cell]]:
    """The sheet. Durations are formulas without a value, as in copies that a program has saved."""
    rows = [*PREAMBLE, HEADER]
    for name, onset, apex, offset, aus, emotion, objective, notes in events:
        subject, code, _ = name.split("_")
        at = len(rows) + 1
        marks: list[Cell] = [onset, apex, offset, f"=SUM(F{at}-D{at})+1"]
        rows.append([subject, name, int(code), *marks, types, aus, emotion, objective, notes])
    return rows


def event(plan: ClipPlan, name: str, shift: int = 0) -> Event:
    """A synthetic clip as a row; its marks moved by ``shift`` frames."""
    marks = plan.onset + shift, plan.apex + shift, plan.offset + shift
    emotion = WORDS.get(plan.emotion, plan.emotion.capitalize())
    return name, *marks, units(plan.labelled), emotion, 7, None


def subject_name(index: int) -> str:
    return f"{index + 6:03d}"


def _name(subject: int, nth: int, _emotion: str) -> str:
    return f"{subject_name(subject)}_{nth // 20 + 1}_{nth % 20 + 1}"


def _frame(plan: ClipPlan, number: int) -> str:
    subject = subject_name(plan.subject)
    return f"SAMM/{subject}/{plan.name}/{subject}_{number:0{4 + plan.index % 2}d}.jpg"


def _write(root: Path, plans: list[ClipPlan]) -> None:
    events = [event(plan, plan.name) for plan in sorted(plans, key=lambda plan: plan.name)]
    write_workbook(root / CODING, {"MICRO_ONLY": rows_of(events)})


def _traps(root: Path) -> None:
    """Wrong apexes, alternatives, a word that is not an AU, names of four and five digits, crops beside the frames,
    a folder without a row, litter of file managers."""
    for nth, (name, onset, _, offset, *_) in enumerate(TRAPS):
        for pack in ("SAMM", "SAMM_CROP"):
            file = f"{name[:3]}_{{:0{4 + (nth + 1) % 2}d}}.jpg"
            write_tiny(root / pack / name[:3] / name, range(onset, offset + 1), file)
    write_tiny(root / "SAMM" / "008" / "008_1_1", range(1, 4), "008_{:04d}.jpg")
    (root / "SAMM" / "006" / "006_1_2" / "._006_05562.jpg").write_bytes(b"litter")
    (root / "SAMM" / "006" / "Thumbs.db").write_bytes(b"litter")
    (root / ".DS_Store").write_bytes(b"litter")
    write_workbook(root / CODING, {"MICRO_ONLY": rows_of(TRAPS)})


LAYOUT = Layout(
    corpus="samm",
    fps=200,
    first=(100, 9000),
    margin=6,
    grey=True,
    subject=subject_name,
    name=_name,
    key=lambda plan: plan.name,
    frame=_frame,
    write=_write,
    traps=_traps,
)
