"""AU labels from tables that other programs wrote: py-feat (Fex CSV) and OpenFace (CSV).

py-feat has columns ``AU01`` .. with probabilities in 0..1 and counts frames from 0. OpenFace has ``AU01_r`` ..
(intensity, 0..5) and ``AU01_c`` .. (0 or 1), often with a blank before the name, and counts frames from 1. Both count
pictures in the order of their names, so ``frame`` is a position in a folder and a frame number in a video.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

import numpy as np
import pandas as pd

from unimer.errors import InputError
from unimer.records import AULabel, Clip

PYFEAT_CHANGE = 0.15
"""A py-feat probability must rise by this much from onset to apex; under twice as much the label is doubtful."""
PYFEAT_PRESENT = 0.5
"""Without an onset row: present from this probability on; doubtful under 0.75."""
OPENFACE_CHANGE = 0.5
"""An OpenFace intensity (0..5) must rise by this much; half a FACS grade."""
OPENFACE_PRESENT = 1.0
"""Without an onset row: an intensity of 1 is FACS grade A."""

_PYFEAT = re.compile(r"AU(\d{2})$")
_OPENFACE = re.compile(r"AU(\d{2})_([rc])$")
_IMAGE = re.compile(r"(\d+)\.(?:jpe?g|png|bmp|tiff?)$", re.IGNORECASE)
_CLIP_COLUMNS = ("clip", "input", "filename", "video")

Program = Literal["pyfeat", "openface"]


@dataclass(frozen=True)
class Table:
    """One AU table, checked.

    ``rows``: the AU columns as float64 (nan: no face), ``_clip`` (what the row is about, as written), ``_image``
    (number in a picture's name, nan for a video) and ``_index`` (frame, from 0); of several faces in a frame the
    largest (py-feat) or surest (OpenFace) first.
    """

    path: Path
    program: Program
    rows: pd.DataFrame

    def labels(self, clip: Clip, onset: int, apex: int, numbers: Sequence[int] = ()) -> list[AULabel]:
        """The AUs that the table gives for a clip, ascending; none where it has no row for the apex.

        Compares apex with onset where both have a row; else judges the apex alone, which also finds what the resting
        face shows.

        Args:
            clip: whose rows to take: those whose ``clip``, ``input``, ``filename`` or ``video`` column names the
                clip's id, its ``subject/clip`` or a path that ends in its folder or file. A table without such a
                column belongs to the clip it is named after (``subject_clip.csv``, or a video's name).
            onset, apex: frame numbers of the corpus.
            numbers: frame numbers that exist in the clip's folder, ascending; with them ``frame`` is understood
                as a position. Empty for a video.
        """
        first, last = self._row(clip, onset, numbers), self._row(clip, apex, numbers)
        if last is None:
            return []
        if self.program == "pyfeat":
            return from_probabilities(first, last, "pyfeat-table")
        return _from_intensities(first, last)

    def has(self, clip: Clip, frame: int, numbers: Sequence[int] = ()) -> bool:
        """Whether the table has AU values for a frame of a clip."""
        return self._row(clip, frame, numbers) is not None

    def _row(self, clip: Clip, frame: int, numbers: Sequence[int]) -> dict[str, float] | None:
        """AU values of a frame, None where it has no row or no face."""
        mine = [name for name in self.rows["_clip"].unique() if _names(clip, name)]
        rows = self.rows[self.rows["_clip"].isin(mine)]
        named = rows["_image"].notna()
        if named.any():
            rows = rows[rows["_image"] == frame]
        elif numbers:
            rows = rows[rows["_index"] == (list(numbers).index(frame) if frame in numbers else -1)]
        else:
            rows = rows[rows["_index"] == frame]
        if rows.empty:
            return None
        row = rows.iloc[0].drop(["_clip", "_image", "_index"]).astype(float)
        return None if row.isna().all() else {str(name): float(value) for name, value in row.items()}


def read_table(path: Path | str) -> Table:
    """Reads and checks a py-feat or OpenFace CSV.

    Raises:
        InputError: no such file, no CSV, no AU columns, a value that is no number or out of range; the message names
            row and column.
    """
    path = Path(path)
    raw = _read_csv(path)
    doubled = raw.columns[raw.columns.duplicated()]
    if len(doubled):
        raise InputError(f"column {doubled[0]!r} occurs twice", path=path, remedy="Keep one of the two.")
    openface = [column for column in raw.columns if _OPENFACE.match(column)]
    pyfeat = [column for column in raw.columns if _PYFEAT.match(column)]
    if bool(openface) == bool(pyfeat):
        raise InputError(
            "no AU columns" if not openface else "AU columns of py-feat (AU01) and of OpenFace (AU01_r) in one table",
            path=path,
            remedy="Wanted is a CSV by py-feat (columns AU01, AU02, ...) or by OpenFace (AU01_r, AU01_c, ...).",
        )
    program: Program = "openface" if openface else "pyfeat"
    if raw.empty:
        raise InputError("the table has no rows", path=path, remedy="Run the AU detector again; see its log.")
    rows = pd.DataFrame({column: _numbers(raw, column, path) for column in openface or pyfeat})
    _check_ranges(rows, path)
    if "success" in raw:  # OpenFace fills the AU columns with zeros where it lost the face
        rows[_numbers(raw, "success", path).to_numpy() == 0] = np.nan
    names = next((column for column in _CLIP_COLUMNS if column in raw.columns), None)
    clips = [name.strip().replace("\\", "/").rstrip("/") for name in raw[names]] if names else [path.stem] * len(raw)
    rows["_image"] = [float(match[1]) if (match := _IMAGE.search(clip)) else np.nan for clip in clips]
    folders = [str(PurePosixPath(clip).parent) if _IMAGE.search(clip) else clip for clip in clips]
    rows["_clip"] = [path.stem if folder == "." else folder for folder in folders]
    rows["_index"] = _indices(raw, rows, path, 1 if program == "openface" else 0)
    order = _sureness(raw, path).sort_values(ascending=False, kind="stable").index
    return Table(path=path, program=program, rows=rows.loc[order].reset_index(drop=True))


def _sureness(raw: pd.DataFrame, path: Path) -> pd.Series[float]:
    """What ranks several faces of a frame; 0 where unknown."""
    if {"FaceRectWidth", "FaceRectHeight"} <= set(raw):
        rank = _numbers(raw, "FaceRectWidth", path) * _numbers(raw, "FaceRectHeight", path)
    elif "confidence" in raw:
        rank = _numbers(raw, "confidence", path)
    else:
        rank = pd.Series(0.0, index=raw.index)
    return rank.fillna(0.0)


def _read_csv(path: Path) -> pd.DataFrame:
    """All cells as text; the header is read as a row, for pandas would rename columns that occur twice."""
    try:
        cells = pd.read_csv(
            path, header=None, dtype=str, keep_default_na=False, skipinitialspace=True, encoding="utf-8-sig"
        ).fillna("")
        raw = cells.iloc[1:].reset_index(drop=True)
        raw.columns = pd.Index([str(name).strip() for name in cells.iloc[0]])
        return raw
    except FileNotFoundError:
        raise InputError("no such file", path=path, remedy="Check the setting aus.table.") from None
    except (OSError, UnicodeDecodeError, pd.errors.EmptyDataError, pd.errors.ParserError) as error:
        raise InputError(
            f"cannot be read as CSV: {str(error).strip()}",
            path=path,
            remedy="Write it again as UTF-8 CSV with commas.",
        ) from error


def _numbers(raw: pd.DataFrame, column: str, path: Path) -> pd.Series[float]:
    """A column as floats; blank and ``nan`` are missing values."""
    text = raw[column].str.strip()
    values = pd.to_numeric(text.where(~text.str.lower().isin(["", "nan"])), errors="coerce").astype(float)
    bad = (values.isna() & ~text.str.lower().isin(["", "nan"])) | np.isinf(values)
    if bad.any():
        at = int(np.flatnonzero(bad)[0])
        raise InputError(
            f"column {column}: {text.iloc[at]!r} is not a number",
            path=path,
            row=at + 2,
            remedy="Correct the value, or leave it empty where no face was found.",
        )
    return values


def _check_ranges(rows: pd.DataFrame, path: Path) -> None:
    for column in rows:
        top = 5.0 if str(column).endswith("_r") else 1.0
        bad = (rows[column] < 0) | (rows[column] > top)
        if bad.any():
            at = int(np.flatnonzero(bad)[0])
            raise InputError(
                f"column {column}: {rows[column].iloc[at]:g} is not within 0..{top:g}",
                path=path,
                row=at + 2,
                remedy="AU columns must hold what the program wrote: not percent, not standardised values.",
            )


def _indices(raw: pd.DataFrame, rows: pd.DataFrame, path: Path, base: int) -> pd.Series[float]:
    """Frame positions from 0; without a ``frame`` column only rows named after pictures can be placed."""
    if "frame" in raw:
        return _numbers(raw, "frame", path) - base
    if rows["_image"].isna().any():
        raise InputError(
            "no column 'frame'", path=path, remedy="Add it (py-feat counts from 0, OpenFace from 1), one row a frame."
        )
    return pd.Series(np.nan, index=rows.index)


def _names(clip: Clip, name: str) -> bool:
    """Whether a table's name means this clip.

    A bare clip name is not enough where the corpus keeps clips in subjects' folders: clip names repeat there.
    """
    if name in (clip.id, f"{clip.subject}_{clip.clip}"):
        return True
    wanted, given = PurePosixPath(clip.frames.path).parts[-2:], PurePosixPath(name).parts
    if len(wanted) == 1 and len(given) == 1:
        return given[0] in (wanted[0], PurePosixPath(wanted[0]).stem)
    return given[-len(wanted) :] == wanted or given[-2:] == (clip.subject, clip.clip)


def from_probabilities(
    onset: dict[str, float] | None, apex: dict[str, float], source: Literal["pyfeat", "pyfeat-table"]
) -> list[AULabel]:
    """Labels from py-feat's probabilities (``{"AU01": 0.7, ...}``) at onset, where known, and apex."""
    least, sure = (PYFEAT_CHANGE, 2 * PYFEAT_CHANGE) if onset else (PYFEAT_PRESENT, 0.75)
    found = []
    for column, value in sorted(apex.items()):
        score = value - onset[column] if onset else value
        if score >= least:  # never for nan
            au = int(column.removeprefix("AU"))
            found.append(AULabel(au=au, source=source, score=round(score, 4), doubtful=score < sure))
    return found


def _from_intensities(onset: dict[str, float] | None, apex: dict[str, float]) -> list[AULabel]:
    """Present where the intensity rose or the presence switched on; doubtful where not both say so."""
    found = []
    for number in sorted({column[:4] for column in apex}):
        scores, votes = [], []
        for kind, least in (("r", OPENFACE_CHANGE if onset else OPENFACE_PRESENT), ("c", 1.0)):
            column = f"{number}_{kind}"
            score = apex.get(column, np.nan) - (onset[column] if onset and column in onset else 0.0)
            if not np.isnan(score):
                scores.append(score)
                votes.append(score >= least)
        if any(votes):
            sure = votes == [True, True]
            au = int(number.removeprefix("AU"))
            found.append(AULabel(au=au, source="openface", score=round(scores[0], 4), doubtful=not sure))
    return found
