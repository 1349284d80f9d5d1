"""CAS(ME)^2's layout: recordings and the coding spreadsheet without a header.

Source: the published spreadsheet's form and the loaders of public repositories (docs/corpora/casme_sq.md).
"""

from __future__ import annotations

from pathlib import Path

from unimer.facs.emotions import coarse
from unimer.resources import load_yaml
from unimer.synth.layouts.base import Cell, Layout, units, write_tiny, write_workbook
from unimer.synth.plan import ClipPlan

CODING = "CAS(ME)^2code_final.xlsx"
RECORDINGS = 2
MICRO, MACRO = "micro-expression", "macro-expression"
VIDEOS = {
    "disgust1": "0101disgustingteeth", "disgust2": "0102eatingworms", "anger1": "0401girlcrashing",
    "anger2": "0402beatingpregnantwoman", "happy1": "0502funnyerrors", "happy2": "0503unnyfarting",
    "happy3": "0505funnyinnovations", "happy4": "0507climbingthewall", "happy5": "0508funnydunkey",
}  # fmt: skip
"""Label in the coding file: video."""

Event = tuple[int, str, int, int, int, Cell, str, str, str]
"""Subject's number, expression, onset, apex, offset, AUs, emotion, type, self-report: the columns of the sheet."""

TRAPS: list[Event] = [
    (1, "disgust1_1", 998, 1004, 1010, 4, "negative", MICRO, "disgust"),
    (1, "disgust1_2", 1012, 1020, 0, "4+10", "negative", MACRO, "disgust"),
    (6, "happy2_1", 12, 20, 30, "6+12", "positive", MACRO, "happyiness"),
    (7, "happy1_1", 40, 45, 50, 12, "positive", MICRO, "happiness"),
    (11, "disgust1_5", 1221, 1230, 1224, 4, "negative", MACRO, "disgust"),
    (14, "happy2_1", 2169, 2203, 2202, "6+12", "positive", MACRO, "happiness"),
    (15, "anger1_12", 2407, 2455, 2451, 14, "others", MACRO, "helpless"),
    (17, "anger1_1", 1763, 0, 1787, "1+2", "surprise", MACRO, "surprise"),
]
FRAMES = {
    "s15/15_0101disgustingteeth": range(990, 1040), "s22/22_0503unnyfarting": range(1, 36),
    "s19/23_0502funnyerrors": range(30, 60), "s27/27_0101disgustingteeth": range(1215, 1235),
    "s31/31_0503unnyfarting": range(2165, 2210), "s32/32_0401girlcrashing": range(2400, 2460),
    "s34/34_0401girlcrashing": range(1760, 1790), "s40/40_0508funnydunkey": range(1, 4),
}  # fmt: skip
"""What is there of each recording: one lies in another subject's folder, the last has no expression."""


def _subject(index: int) -> str:
    """The published folders, then further ones."""
    published = list(load_yaml("data/casme_sq.yaml")["subjects"].values())
    return str(published[index]) if index < len(published) else f"s{index + 41 - len(published)}"


def _workbook(path: Path, events: list[Event]) -> None:
    numbers = sorted({event[0] for event in events})
    named = {number: _subject(number - 1) for number in numbers}
    # The published sheet repeats the rule of a subject in each of its rows.
    first: list[list[Cell]] = [[int(named[event[0]][1:]), named[event[0]], event[0]] for event in events]
    second: list[list[Cell]] = [[folder[:4], label] for label, folder in VIDEOS.items()]
    sheets = {"CASFEcode_final": [list(event) for event in events], "naming rule1": first, "naming rule2": second}
    write_workbook(path, sheets)


def _video(recording: int) -> str:
    return list(VIDEOS)[recording]


def _name(_subject: int, nth: int, _emotion: str) -> str:
    return f"{_video(nth % RECORDINGS)}_{nth // RECORDINGS + 1}"


def _key(plan: ClipPlan) -> str:
    return f"{_video(plan.recording)}_{plan.onset}"


def _frame(plan: ClipPlan, number: int) -> str:
    subject = _subject(plan.subject)
    return f"rawpic/{subject}/{subject[1:]}_{VIDEOS[_video(plan.recording)]}/img{number:03d}.jpg"


def _write(root: Path, plans: list[ClipPlan]) -> None:
    events: list[Event] = []
    for plan in sorted(plans, key=lambda plan: (plan.subject, plan.recording, plan.onset)):
        marks = plan.onset, plan.apex, plan.offset
        emotion = coarse(plan.emotion, "casme_sq") or "others"
        labels = units(plan.labelled), emotion, MICRO, "confused"
        events.append((plan.subject + 1, plan.name, *marks, *labels))
    _workbook(root / CODING, events)


def _traps(root: Path) -> None:
    """No header, apex 0 and offset 0, apexes behind the offset, a recording in another subject's folder, one without
    an expression, numbers that grow beyond three digits, videos and the file of blinks beside."""
    for folder, numbers in FRAMES.items():
        write_tiny(root / "rawpic" / folder, numbers, "img{:03d}.jpg")
    (root / "rawvideo" / "s15").mkdir(parents=True)
    (root / "rawvideo" / "s15" / "15_0101disgustingteeth.avi").write_bytes(b"RIFF")
    (root / "rawpic" / "s15" / "15_0101disgustingteeth" / "Thumbs.db").write_bytes(b"litter")
    write_workbook(root / "CAS(ME)^2blink-code.xlsx", {"blink": [["subject", "video"], ["s15", "0101"]]})
    _workbook(root / CODING, TRAPS)


LAYOUT = Layout(
    corpus="casme_sq",
    fps=30,
    first=(1, 1),
    margin=3,
    recordings=RECORDINGS,
    subject=_subject,
    name=_name,
    key=_key,
    frame=_frame,
    write=_write,
    traps=_traps,
)
