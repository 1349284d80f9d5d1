"""Reads coding tables (xlsx, xls, csv): finds the header, names the columns, cleans the cells.

The same table circulates with and without preamble rows, blank columns and renamed columns, so columns go by name.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from unimer.errors import InputError

_HEADER_ROWS = 20
_NAME_NOISE = re.compile(r"[\s_]+")
_INTEGRAL = re.compile(r"-?[0-9]+\.0+")
_MISSING = frozenset({"", "/", "\\", "-", "-1", "nan", "none", "n/a"})
MAX_FRAME = 10**9  # a larger number is a slip, and might be too large for what counts with it

Columns = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Row:
    """One data row; ``number`` is the 1-based row of the sheet, ``cells`` maps our field names to text."""

    number: int
    cells: dict[str, str]

    def raw(self, name: str) -> str | None:
        """The cell verbatim, None where ``value`` is."""
        return None if self.value(name) is None else self.cells[name]

    def value(self, name: str) -> str | None:
        """The cell without outer blanks, None where it is blank or missing or holds a missing marker such as ``/``."""
        text = self.cells.get(name, "").strip()
        return None if text.lower() in _MISSING else text

    def frame(self, name: str) -> int | None:
        """A frame number; fractions (SAMM long videos) are rounded, missing markers and -1 are None.

        Raises:
            ValueError: the cell is something else.
        """
        text = self.value(name)
        try:
            number = -1.0 if text is None else float(text)
        except ValueError:
            number = math.inf
        if number == -1 or math.isnan(number):
            return None
        if not 0 <= number <= MAX_FRAME:
            raise ValueError(f"{name} is {text!r}, not a frame number")
        return round(number)

    def number_or_zero(self, name: str) -> float:
        """The cell as a number as it stands (-1, too), 0 where it is none: for sums that tell copies apart."""
        try:
            number = float(self.cells.get(name, ""))
        except ValueError:
            return 0.0
        return number if math.isfinite(number) else 0.0


def is_missing(text: str) -> bool:
    """Whether a cell is blank or holds a marker that means "not annotated": ``/``, ``-1``, ``n/a`` ..."""
    return text.strip().lower() in _MISSING


def column_name(cell: str) -> str:
    """``" Estimated Emotion"`` -> ``estimatedemotion``, ``sub_ID'`` -> ``subid``."""
    return _NAME_NOISE.sub("", cell.strip().rstrip("'")).lower()


def read_table(
    path: Path, columns: Columns, optional: frozenset[str] = frozenset(), sheet: str | None = None
) -> list[Row]:
    """Data rows of the first sheet that has the header (or of the sheet of that name, where there is one).

    The header is the first of the top 20 rows with a cell that is one of the names of the first column wanted. Empty
    rows are left out.

    Args:
        path: xlsx, xls or csv.
        columns: our field name to the accepted column names, normalised as by ``column_name``, best first.
        optional: fields whose column may be absent.
        sheet: name of the sheet in any case; None: any.

    Raises:
        InputError: the file cannot be read, has no header or lacks a column.
    """
    key = next(iter(columns))
    sheets = list(read_sheets(path))
    named = [entry for entry in sheets if sheet is not None and entry[0].strip().lower() == sheet.lower()]
    for _, table in named or sheets:
        for index, cells in enumerate(table[:_HEADER_ROWS]):
            names = [column_name(cell) for cell in cells]
            if any(name in columns[key] for name in names):
                return _rows(path, table, index, _positions(path, index, names, columns, optional))
    raise InputError(
        f"no header: none of the first {_HEADER_ROWS} rows of any sheet has a column {columns[key][0]!r}",
        path=path,
        remedy="Is this the coding file of the corpus?",
    )


def _positions(path: Path, index: int, names: list[str], columns: Columns, optional: frozenset[str]) -> dict[str, int]:
    positions: dict[str, int] = {}
    for field, accepted in columns.items():
        found = next((name for name in accepted if name in names), None)
        if found is not None and names.count(found) > 1:
            raise InputError(
                f"the column {found!r} stands there twice", path=path, row=index + 1, remedy="Delete one."
            )
        if found is not None:
            positions[field] = names.index(found)
        elif field not in optional:
            raise InputError(
                f"the column {field!r} is missing (accepted names: {', '.join(accepted)})",
                path=path,
                row=index + 1,
                remedy=f"Columns found: {', '.join(name for name in names if name)}",
            )
    return positions


def _rows(path: Path, sheet: list[list[str]], header: int, positions: dict[str, int]) -> list[Row]:
    rows = []
    for number, cells in enumerate(sheet[header + 1 :], header + 2):
        values = {field: cells[at] if at < len(cells) else "" for field, at in positions.items()}
        if any(value.strip() for value in values.values()):
            rows.append(Row(number, values))
    if not rows:
        raise InputError("the table has a header but no rows", path=path, row=header + 1)
    return rows


def read_sheets(path: Path) -> Iterator[tuple[str, list[list[str]]]]:
    """Name and cells of each sheet of an xlsx, xls or csv, row 1 first, for tables without a usable header.

    Raises:
        InputError: the file cannot be read.
    """
    if path.suffix.lower() == ".csv":
        yield "", [[_clean(cell) for cell in cells] for cells in read_csv(path)]
        return
    try:
        book = CalamineWorkbook.from_path(path)
        for name in book.sheet_names:
            sheet = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            yield name, [[_clean(cell) for cell in cells] for cells in sheet]
    except (CalamineError, OSError) as error:
        raise InputError(f"cannot be read as a spreadsheet: {error}", path=path) from error


def read_csv(path: Path) -> list[list[str]]:
    """Rows of a CSV in UTF-8, separated by comma, semicolon or tab.

    Other encodings are refused: each byte string of Latin-1 may also be GB 18030 (``Müller`` becomes ``M黮ler``), and
    a name that is read wrong would not be noticed.

    Raises:
        InputError: unreadable, in another encoding, or with a quote that is not closed.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", path=path) from error
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        remedy = 'Save it again as "CSV UTF-8" (Excel), or as UTF-8 in a text editor.'
        raise InputError("is not UTF-8 text", path=path, row=line, remedy=remedy) from error
    first = text.lstrip().split("\n", 1)[0]
    rows: list[list[str]] = []
    try:
        rows.extend(csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count), strict=True))
    except csv.Error as error:
        unclosed = "unexpected end of data" in str(error)
        message = "a quote is opened and not closed" if unclosed else f"is not a CSV row: {error}"
        remedy = 'A cell in quotes ends with a quote; a quote inside it is written twice: "".'
        raise InputError(message, path=path, row=len(rows) + 1, remedy=remedy) from error
    return rows


def _clean(cell: Any) -> str:
    """Text of a cell; 4.0 and ``4.0`` become ``4``, as spreadsheets and CSV copies of them hold integers as floats."""
    if not isinstance(cell, float):
        text = str(cell)
        return text.split(".")[0].strip() if _INTEGRAL.fullmatch(text.strip()) else text
    return str(int(cell)) if cell.is_integer() else str(cell)
