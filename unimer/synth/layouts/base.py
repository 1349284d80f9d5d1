"""What a layout is, and what all layouts write with: spreadsheets and tiny pictures, always the same bytes."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from openpyxl import Workbook  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from unimer.synth.plan import ClipPlan

Cell = str | int | float | None
JPEG_QUALITY = 90


@dataclass(frozen=True, kw_only=True)
class Layout:
    """How a corpus lies on disk.

    Attributes:
        corpus: the reader.
        fps: frames a second.
        first: range (least, most) of the number of a clip's first frame; of a recording's where clips share them.
        margin: frames before the onset and after the offset.
        recordings: recordings of a subject, in which its clips follow each other; None: each clip has a folder.
        grey: pictures without colour.
        subject: canonical subject of the n-th subject (from 0), as in clip ids.
        name: name of a subject's n-th clip (from 0) with this emotion (canonical), unique within the subject.
        key: last part of the clip's id.
        frame: path of a frame, relative to the corpus root.
        write: writes the coding file or files below the root.
        traps: writes below an empty root a small corpus with every known quirk of the real one; pictures are tiny.
    """

    corpus: str
    fps: float
    first: tuple[int, int]
    margin: int = 0
    recordings: int | None = None
    grey: bool = False
    subject: Callable[[int], str]
    name: Callable[[int, int, str], str]
    key: Callable[[ClipPlan], str]
    frame: Callable[[ClipPlan, int], str]
    write: Callable[[Path, list[ClipPlan]], None]
    traps: Callable[[Path], None]


def write_workbook(path: Path, sheets: Mapping[str, Iterable[Iterable[Cell]]]) -> None:
    """An xlsx with these sheets and rows, without the time of its making, so that equal rows give equal bytes."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    path.parent.mkdir(parents=True, exist_ok=True)
    raw = io.BytesIO()
    book.save(raw)
    with zipfile.ZipFile(raw) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for entry in source.infolist():
            data = source.read(entry)
            if entry.filename == "docProps/core.xml":
                data = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", b"2014-05-08T00:00:00Z", data)
            fixed = zipfile.ZipInfo(entry.filename, (2014, 5, 8, 0, 0, 0))
            fixed.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(fixed, data)


def write_tiny(folder: Path, numbers: Iterable[int], name: str) -> None:
    """Pictures of 16 x 12 px under many numbers; ``name`` such as ``reg_img{}.jpg`` or ``{:05d}.png``."""
    folder.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(0).integers(0, 255, (12, 16, 3), dtype=np.uint8)
    data = cv2.imencode(Path(name).suffix, noise)[1].tobytes()
    for number in numbers:
        (folder / name.format(number)).write_bytes(data)


def units(label: str) -> Cell:
    """A coder's cell of Action Units: a single one without a side is a number, everything else text."""
    return int(label) if label.isdigit() else label
