"""CASME II's layout: the frame tree and the coding spreadsheet (20140508 version), as its readers expect them.

Source: the published spreadsheet's header and the loaders of public repositories (docs/corpora.md).
"""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

from openpyxl import Workbook  # type: ignore[import-untyped]

from unimer.synth.plan import ClipPlan

CODING = "CASME2-coding-20140508.xlsx"
TREE = "CASME2_RAW_selected"
FPS = 200
JPEG_QUALITY = 90
HEADER = [
    "Subject", "Filename", None, "OnsetFrame", "ApexFrame", "OffsetFrame", None, "Action Units", "Estimated Emotion",
]  # fmt: skip


def subject(index: int) -> str:
    """Subject number as the spreadsheet has it: text, two digits."""
    return f"{index + 1:02d}"


def folder(index: int) -> str:
    """Subject's folder name."""
    return f"sub{subject(index)}"


def clip_folder(plan: ClipPlan) -> str:
    """Clip's folder relative to the corpus root."""
    return f"{TREE}/{folder(plan.subject)}/{plan.name}"


def frame_name(number: int) -> str:
    """File name of a frame; the number is not padded."""
    return f"img{number}.jpg"


def write_coding(path: Path, plans: list[ClipPlan]) -> None:
    """The coding spreadsheet, sorted by subject and clip; the same plans give the same bytes.

    A single unit without a side is a number and everything else text, as in the original.
    """
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Sheet1"
    sheet.append(HEADER)
    for plan in sorted(plans, key=lambda plan: (plan.subject, plan.name)):
        units = int(plan.labelled) if plan.labelled.isdigit() else plan.labelled
        sheet.append(
            [subject(plan.subject), plan.name, None, plan.onset, plan.apex, plan.offset, None, units, plan.emotion]
        )
    for name in ("Sheet2", "Sheet3"):
        book.create_sheet(name)
    raw = io.BytesIO()
    book.save(raw)
    _write_without_time(path, raw)


def _write_without_time(path: Path, raw: io.BytesIO) -> None:
    """Copies a workbook with the times of its making set to a fixed date."""
    with zipfile.ZipFile(raw) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for entry in source.infolist():
            data = source.read(entry)
            if entry.filename == "docProps/core.xml":
                data = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", b"2014-05-08T00:00:00Z", data)
            fixed = zipfile.ZipInfo(entry.filename, (2014, 5, 8, 0, 0, 0))
            fixed.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(fixed, data)
