"""4DME's layout: the grey frames and the coding spreadsheet (release v1), as its one public reader expects them.

Source: the library meb (docs/corpora/4dme.md). How frame files are called is not documented; numbers do.
"""

from __future__ import annotations

from pathlib import Path

from unimer.synth.layouts.base import Cell, Layout, write_tiny, write_workbook
from unimer.synth.plan import ClipPlan

CODING = "4DME_Labelling_Micro_release v1.xlsx"
EXTRAS = "4DME_Labelling_Micro_extras_release v1.xlsx"
TREE = "gray_micro"
EMOTIONS = ("Positive", "Negative", "Surprise", "Repression", "Others")
AUS = (1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 16, 17, 18, 20, 24, 25, 26, 43, 45)
HEADER: list[Cell] = [
    "sub_ID", "fold_name", "Emotion", "Onset", "Apex", "Offset", "AUs", "fold", "eye blink",
    *(f"AU{number}" for number in AUS), *EMOTIONS, "Total",
]  # fmt: skip
WORDS = {"happiness": "Positive", "surprise": "Surprise", "repression": "Repression", "others": "Others"}

# Subject, clip, emotion, onset, apex, offset, AUs, AUs of the columns, emotions of the columns.
Trap = tuple[str, str, str, Cell, Cell, Cell, str, set[int], set[str]]
TRAPS: list[Trap] = [
    ("S13", "S13_1st_001_01_1", "Surprise+Positive", 2470, 2490.0, 2510, "AU1+2", {1, 2}, {"Surprise", "Positive"}),
    ("S13", "S13_1st_002_01_1", "Negative", 31, 38, 50, "AU4(k)+L7", {4, 7}, {"Negative"}),
    ("S04", "S04_1st_01_01_1", "Negative+Repression", 9, 16, 24, "AUR2+12(k)+45", {2, 45}, {"Negative", "Repression"}),
    # Of these two the labels were exchanged.
    ("S15", "S15_1st_003_01_1", "Positive", 5, 9, 15, "AU4", {4}, {"Negative"}),
    ("S15", "S15_1st_003_02_1", "Negative", 40, 46, 55, "AU4", {6, 12}, {"Positive"}),
]  # fmt: skip


def _subject(index: int) -> str:
    return f"S{index + 1:02d}"


def _frame(plan: ClipPlan, number: int) -> str:
    return f"{TREE}/{_subject(plan.subject)}/{plan.name}/{number:05d}.jpg"


def _cells(trap: Trap) -> list[Cell]:
    subject, clip, emotion, onset, apex, offset, aus, numbers, words = trap
    columns: list[Cell] = [*(int(number in numbers) for number in AUS), *(int(word in words) for word in EMOTIONS)]
    return [subject, clip, emotion, onset, apex, offset, aus, 1, 0, *columns, len(words)]


def _write(root: Path, plans: list[ClipPlan]) -> None:
    rows: list[list[Cell]] = [HEADER]
    for plan in sorted(plans, key=lambda plan: plan.name):
        word = WORDS.get(plan.emotion, "Negative")
        numbers = {int(unit.lstrip("LR")) for unit in plan.labelled.split("+")}
        subject, marks = _subject(plan.subject), (plan.onset, plan.apex, plan.offset)
        rows.append(_cells((subject, plan.name, word, *marks, f"AU{plan.labelled}", numbers, {word})))
    write_workbook(root / CODING, {"Sheet1": rows})


def _traps(root: Path) -> None:
    """Several emotions, AUs that were there before, labels in the wrong row, a sheet whose column names end with an
    apostrophe, both frame packs, a folder without a row, a row of totals."""
    for subject, clip, _, onset, _, offset, *_ in TRAPS:
        for tree in (TREE, f"{TREE}_crop"):
            write_tiny(root / tree / subject / clip, range(int(str(onset)), int(str(offset)) + 1), "{:05d}.bmp")
    write_tiny(root / TREE / "S16" / "S16_1st_001_01_1", range(1, 4), "{:05d}.bmp")
    total: list[Cell] = [None, None, "Total", *[None] * (len(HEADER) - 4), len(TRAPS)]
    write_workbook(root / CODING, {"Sheet1": [HEADER, *map(_cells, TRAPS), total]})
    extras: list[list[Cell]] = [["sub_ID'", "fold'", "fold_name'", "video emo'", "self-report emo'"]]
    extras += [[subject, 1, clip, "1'", "1,3'"] for subject, clip, *_ in TRAPS]
    write_workbook(root / EXTRAS, {"Sheet1": extras})


LAYOUT = Layout(
    corpus="4dme",
    fps=60,  # of the rendered clips; what the corpus has is not established
    first=(1, 3000),
    grey=True,
    subject=_subject,
    name=lambda subject, nth, _emotion: f"{_subject(subject)}_1st_{nth + 1:03d}_01_1",
    key=lambda plan: plan.name,
    frame=_frame,
    write=_write,
    traps=_traps,
)
