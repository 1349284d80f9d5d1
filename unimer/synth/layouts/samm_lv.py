"""The layout of the SAMM long videos: grey recordings, their coding spreadsheet (V3) and SAMM's own beside it.

Source: the published spreadsheet's form and the loaders of public repositories (docs/corpora/samm_lv.md).
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from unimer.resources import load_yaml
from unimer.synth.layouts import samm
from unimer.synth.layouts.base import Cell, Layout, units, write_tiny, write_workbook
from unimer.synth.plan import ClipPlan

CODING = "SAMM_LongVideos_V3_Release.xlsx"
TREE = "SAMM_longvideos"
RECORDINGS = 2
MICRO, MACRO = "Micro - 1/2", "Macro"
PREAMBLE: list[list[Cell]] = [
    ["SAMM Long Videos"], ["FACS codes"], [], [], [], [],
    ["Subjects with Apex Frame not annotated were labelled as -1."], [], [],
]  # fmt: skip
HEADER: list[Cell] = [
    "Subject", "Filename", "Inducement Code", "Onset", "Apex", "Offset", "Duration", "Type", "Action Units", "Notes",
]  # fmt: skip

Event = tuple[str, float, float, float, str, Cell]
"""File name, onset, apex, offset, type, AUs."""

TRAPS: list[Event] = [
    ("006_1_1", 566.4000000000001, 620.2, 701, MACRO, "12B+24(A/B)"),
    ("006_1_2", 3562, 3588, 3632, MICRO, "4+7"),
    ("008_2_1", 40, 52, 60, MACRO, "Chewing"),
    ("010_1_3", 210, -1, 260, MACRO, "4(B/C)+7B"),
    ("011_6_8", 0, 12, 40, MACRO, "(L/A)12(B/A)"),
    ("014_1_1", 120, 131, 150, MICRO, "ref(12/14)"),
    ("020_6_5", 4980, 4990, 5010, MACRO, "26+ADR30"),
    ("028_4_1", 1071, -1, 1134, MICRO, "A12+A7"),
    ("032_3_1", 1896, -1, 1970, MICRO, "31?"),
    ("037_4_1", 1488, 1529, 1577, MICRO, "12"),
    ("037_4_1", 1487, 1542, 1605, MACRO, 12),
]
TRAPS_IN_SAMM: list[samm.Event] = [
    ("006_1_2", 5562, 5588, 5632, "4+7", "Anger", 3, None),
    ("014_1_1", 620, 631, 650, "12 or 14", "Contempt", 7, None),  # 620 is 120 + 500; the constant is 499
    ("028_4_1", 1071, 1143, 1134, "A12+A7", "Other", 7, None),
    ("032_3_1", 4896, 1930, 4970, "31?", "Surprise", 2, None),
]
"""037_4_1 is missing."""
FRAMES: dict[str, Iterable[int]] = {
    "006_1": [*range(560, 706), *range(3555, 3640)], "008_1": range(1, 4), "008_2": range(1, 70),
    "010_1": range(200, 270), "011_6": range(1, 50), "014_1": range(110, 160), "020_6": range(4975, 5002),
    "028_4": range(1065, 1141), "032_3": range(1890, 1976), "037_4": range(1480, 1611),
}  # fmt: skip
"""What is there of each recording. 008_1 has no event; 020_6 ends before its event does."""


def _rows(events: list[Event]) -> list[list[Cell]]:
    rows = [*PREAMBLE, HEADER]
    for name, onset, apex, offset, kind, aus in events:
        subject, code, _ = name.split("_")
        rows.append([subject, name, int(code), onset, apex, offset, offset - onset + 1, kind, aus, None])
    return rows


def _name(subject: int, nth: int, _emotion: str) -> str:
    return f"{samm.subject_name(subject)}_{nth % RECORDINGS + 1}_{nth // RECORDINGS + 1}"


def _frame(plan: ClipPlan, number: int) -> str:
    video = f"{samm.subject_name(plan.subject)}_{plan.recording + 1}"
    return f"{TREE}/{video}/{video}_{number:0{4 + plan.recording % 2}d}.jpg"


def _write(root: Path, plans: list[ClipPlan]) -> None:
    constants: dict[str, int] = load_yaml("data/samm_lv_offsets.yaml")
    events: list[Event] = []
    micro: list[samm.Event] = []
    for plan in sorted(plans, key=lambda plan: plan.name):
        events.append((plan.name, plan.onset, plan.apex, plan.offset, MICRO, units(plan.labelled)))
        micro.append(samm.event(plan, plan.name, constants.get(plan.name.rsplit("_", 1)[0], 0)))
    write_workbook(root / CODING, {"FACS_Movement_Only": _rows(events)})
    write_workbook(root / samm.CODING, {"MICRO_ONLY": samm.rows_of(micro)})


def _traps(root: Path) -> None:
    """Fractions, missing apexes, an event that began before the recording and one that ends after it, a file name
    twice, free text for AUs, emotions in another file whose frames are numbered otherwise and do not always fit."""
    for nth, (video, numbers) in enumerate(FRAMES.items()):
        write_tiny(root / TREE / video, numbers, f"{video}_{{:0{4 + nth % 2}d}}.jpg")
    (root / TREE / "006_1" / "Thumbs.db").write_bytes(b"litter")
    write_workbook(root / CODING, {"FACS_Movement_Only": _rows(TRAPS)})
    write_workbook(root / samm.CODING, {"MICRO_ONLY": samm.rows_of(TRAPS_IN_SAMM)})


LAYOUT = Layout(
    corpus="samm_lv",
    fps=200,
    first=(1, 1),
    margin=6,
    recordings=RECORDINGS,
    grey=True,
    subject=samm.subject_name,
    name=_name,
    key=lambda plan: f"{plan.name}_micro",
    frame=_frame,
    write=_write,
    traps=_traps,
)
