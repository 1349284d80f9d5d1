"""A small CASME II as it is found on disk, with every trap of the real one; the pictures are noise."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import openpyxl

HEADER = ["Subject", "Filename", None, "OnsetFrame", "ApexFrame", "OffsetFrame", None, "Action Units"]
HEADER += ["Estimated Emotion"]

# Subject, file name, onset, apex, offset, AUs, emotion.
Row = tuple[str, str, int, int | str, int, int | str, str]
ROWS: list[Row] = [
    ("01", "EP02_01f", 46, 59, 86, 12, "happiness"),
    ("01", "EP03_02", 131, 161, 181, "4+L10", "disgust"),
    ("04", "EP12_01f", 261, "/", 321, "R12 + 14", "others"),
    ("05", "EP09_05f", 69, 69, 123, "4", "repression"),
    ("05", "EP16_04f", 141, 181, 181, 4, "Other"),
    ("05", "EP05_03", 31, 45, 71, "?", "surprise"),
    ("07", "EP06_01", 15, 49, 68, "4+7", "sadness"),
]


def write_picture(path: Path, seed: int = 0, size: tuple[int, int] = (12, 16)) -> None:
    """A noise picture of (height, width)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(seed).integers(0, 255, (*size, 3), dtype=np.uint8)
    assert cv2.imwrite(str(path), noise)


def write_frames(folder: Path, numbers: list[int], name: str = "img{}.jpg") -> None:
    """The same picture under many numbers: readers only look at names."""
    write_picture(folder / name.format(numbers[0]))
    data = (folder / name.format(numbers[0])).read_bytes()
    for number in numbers[1:]:
        (folder / name.format(number)).write_bytes(data)


def write_coding(path: Path, rows: list[Row], header: list[Any] = HEADER, objective: bool = False) -> None:
    """A coding sheet with the blank columns and empty extra sheets of the published one."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append([*header, "Objective Classes"] if objective else header)
    for subject, clip, onset, apex, offset, aus, emotion in rows:
        cells = [subject, clip, None, onset, apex, offset, None, aus, emotion]
        sheet.append([*cells, 3] if objective else cells)
    book.create_sheet("Sheet2")
    book.create_sheet("Sheet3")
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)


def write_casme2(
    root: Path, rows: list[Row] = ROWS, pack: str = "Cropped/Cropped", name: str = "reg_img{}.jpg"
) -> Path:
    """The corpus below ``root``: doubly nested, an orphan folder, an avi beside the clips, litter of file managers."""
    for subject, clip, onset, _, offset, _, _ in rows:
        # The published offset of sub07/EP06_01 comes before its last picture.
        last = 91 if clip == "EP06_01" else offset
        write_frames(root / pack / f"sub{subject}" / clip, list(range(onset, last + 1)), name)
    write_frames(root / pack / "sub09" / "EP02_02f", [1, 2, 3], name)
    first = root / pack / f"sub{rows[0][0]}"
    (first / f"{rows[0][1]}.avi").write_bytes(b"RIFF")
    (first / rows[0][1] / "._reg_img46.jpg").write_bytes(b"litter")
    (first / rows[0][1] / "Thumbs.db").write_bytes(b"litter")
    (root / ".DS_Store").write_bytes(b"litter")
    write_coding(root / "CASME2-coding-20140508.xlsx", rows)
    return root
