"""Reader ``generic``: any set of frame folders and videos, described by a manifest (CSV or JSONL).

Columns: ``path`` (frame folder or video, relative to the root) is required; ``subject``, ``clip``, ``onset``,
``apex``, ``offset``, ``aus``, ``emotion``, ``fps``, ``first`` and ``last`` are optional. The defaults are in
docs/corpora.md.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from reprlib import repr as shown
from typing import Any

from unimer.corpora.base import UNSAFE, Clips, Corpus, Draft, reader
from unimer.corpora.places import find_annotations
from unimer.corpora.table import MAX_FRAME, column_name, is_missing, read_csv
from unimer.errors import ClipError, InputError
from unimer.frames import VIDEO_SUFFIXES, Listing, list_frames
from unimer.records import FrameMark, FrameSource
from unimer.settings import CorpusSettings

COLUMNS = ("path", "subject", "clip", "onset", "apex", "offset", "aus", "emotion", "fps", "first", "last")
_MANIFEST = re.compile(r"manifest\.(csv|jsonl)", re.IGNORECASE)
_NUMBERS = ("onset", "apex", "offset", "first", "last")


@dataclass(frozen=True)
class _Row:
    """One manifest row: text columns and whole numbers, None where empty."""

    number: int
    text: dict[str, str | None]
    frames: dict[str, int | None]
    fps: float | None


@reader("generic")
def read_manifest(settings: CorpusSettings) -> Corpus:
    """Read a manifest: the given one, else ``manifest.csv`` or ``manifest.jsonl`` in the root.

    A row that cannot be understood is an InputError; a row whose frames are missing is a Rejection.

    Raises:
        InputError: no manifest, a broken row (named), or two rows for one clip.
    """
    root = Path(settings.root)
    path = find_annotations(settings, [root], _MANIFEST, "manifest (manifest.csv or manifest.jsonl)")[0]
    cells = _jsonl(path) if path.suffix.lower() == ".jsonl" else _csv(path)
    if not cells:
        raise InputError("the manifest has no rows", path=path, remedy="It needs one for each clip.")
    rows = [_row(path, number, row, root) for number, row in cells]
    names = [_names(path, row) for row in rows]
    counts = Counter(names)
    seen: dict[tuple[str, str], int] = {}
    clips = Clips(settings, root, annotations=[path])
    for row, (subject, clip) in zip(rows, names, strict=True):
        # Several events of one video: the onset completes the id.
        onset = row.frames["onset"]
        key = clip if counts[subject, clip] == 1 or onset is None else f"{clip}_{onset}"
        if (subject, key) in seen:
            raise InputError(
                f"row {seen[subject, key]} describes the same clip: subject {subject!r}, clip {clip!r}",
                path=path,
                row=row.number,
                remedy="Give each row its own `clip`, or different onsets.",
            )
        seen[subject, key] = row.number
        _add(clips, row, subject, clip, key)
    return clips.corpus()


def _add(clips: Clips, row: _Row, subject: str, clip: str, key: str) -> None:
    flags = [] if row.text["subject"] else ["subject.unknown" if subject == "unknown" else "subject.from_path"]
    try:
        source, listing = _frames(clips.root, row)
    except ClipError as error:
        return clips.reject(subject, key, error.code, f"row {row.number}: {error.message}")
    except OSError as error:
        text = f"row {row.number}: {row.text['path']} cannot be listed: {error.strerror}"
        return clips.reject(subject, key, "frames.missing", text)
    onset, apex, offset = (_mark(row.frames[name]) for name in ("onset", "apex", "offset"))
    numbers: list[int] | None = None
    if listing:
        numbers = [n for n in listing.files if _in_range(n, source)]
        flags += ["frames.duplicate"] if listing.duplicates else []
        # A folder is taken to hold one expression; in a video the motion stage has to find it.
        onset = onset if onset.frame is not None else FrameMark(frame=numbers[0], origin="first")
        offset = offset if offset.frame is not None else FrameMark(frame=numbers[-1], origin="last")
    return clips.add(
        Draft(
            subject=subject,
            clip=clip,
            frames=source,
            key=key,
            fps=row.fps,
            onset=onset,
            apex=apex,
            offset=offset,
            numbers=numbers,
            aus=row.text["aus"],
            emotion=row.text["emotion"],
            flags=flags,
            place=f"row {row.number}",
        )
    )


def _frames(root: Path, row: _Row) -> tuple[FrameSource, Listing | None]:
    """The row's pictures; the listing only of a folder.

    Raises:
        ClipError: there are none.
        OSError: the folder cannot be listed.
    """
    path = row.text["path"] or ""
    place = root / path
    video = place.suffix.lower() in VIDEO_SUFFIXES and not place.is_dir()
    source = FrameSource(
        kind="video" if video else "folder", path=path, first=row.frames["first"], last=row.frames["last"]
    )
    if not (place.is_file() if video else place.is_dir()):
        raise ClipError("frames.missing", f"there is no {source.kind} {path}")
    if video:
        return source, None
    listing = list_frames(place)
    if not any(_in_range(n, source) for n in listing.files):
        raise ClipError("frames.empty", f"{path} holds no frame of the clip")
    return source, listing


def _in_range(number: int, source: FrameSource) -> bool:
    return number >= (source.first or 0) and (source.last is None or number <= source.last)


def _mark(frame: int | None) -> FrameMark:
    return FrameMark() if frame is None else FrameMark(frame=frame, origin="annotated")


def _names(path: Path, row: _Row) -> tuple[str, str]:
    """Subject and clip; by default the folder that holds ``path`` and the last part of ``path``."""
    place = PurePosixPath(row.text["path"] or "")
    inner = place.with_suffix("") if place.suffix.lower() in VIDEO_SUFFIXES else place
    subject = row.text["subject"] or (place.parent.name if len(place.parts) > 1 else "unknown")
    clip = row.text["clip"] or inner.name
    for name, value in (("subject", subject), ("clip", clip)):
        if not value:
            text = f"the {name} is empty: the path {place.as_posix()!r} gives none"
            raise InputError(text, path=path, row=row.number, remedy=f"Write it in the column {name!r}.")
        if UNSAFE.search(value) or not value.strip(". "):
            raise InputError(
                f"{name} is {value!r}", path=path, row=row.number, remedy="It becomes part of a path: no / or \\."
            )
    return subject, clip


# --- Reading the rows ------------------------------------------------------------------------------------------------


def _csv(path: Path) -> list[tuple[int, dict[str, Any]]]:
    lines = read_csv(path)
    names = [column_name(cell) for cell in lines[0]] if lines else []
    _check_columns(path, 1, names)
    rows: list[tuple[int, dict[str, Any]]] = []
    for number, cells in enumerate(lines[1:], 2):
        if len(cells) > len(names):
            raise InputError(
                f"{len(cells)} cells under {len(names)} columns",
                path=path,
                row=number,
                remedy='Put cells with a comma in quotes: "4,7".',
            )
        if any(cell.strip() for cell in cells):
            rows.append((number, dict(zip(names, cells, strict=False))))
    return rows


def _jsonl(path: Path) -> list[tuple[int, dict[str, Any]]]:
    rows = []
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot be read as UTF-8 text: {error}", path=path) from error
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line, object_pairs_hook=_unique)
        except (ValueError, RecursionError) as error:
            if isinstance(error, json.JSONDecodeError):
                text = f"is not JSON: {error.msg} at column {error.colno}"
            elif isinstance(error, RecursionError):
                text = "is nested too deeply"
            else:  # a key twice, or a number with thousands of digits
                text = f"cannot be read: {error}"
            raise InputError(text, path=path, row=number, remedy="One object a line.") from error
        if not isinstance(row, dict):
            raise InputError("is not a JSON object", path=path, row=number, remedy="One object a line.")
        _check_columns(path, number, list(row))
        rows.append((number, row))
    return rows


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(key for key, count in Counter(key for key, _ in pairs).items() if count > 1)
        raise ValueError(f"the key {twice!r} stands there twice")
    return found


def _check_columns(path: Path, number: int, names: list[str]) -> None:
    remedy = f"Columns are: {', '.join(COLUMNS)}"
    if "path" not in names:
        raise InputError("the column 'path' is missing", path=path, row=number, remedy=remedy)
    unknown = [name for name in names if name not in COLUMNS]
    if unknown:
        raise InputError(f"unknown column {unknown[0]!r}", path=path, row=number, remedy=remedy)
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise InputError(f"the column {twice[0]!r} stands there twice", path=path, row=number, remedy="Delete one.")


def _row(path: Path, number: int, cells: dict[str, Any], root: Path) -> _Row:
    try:
        texts = {name: _text(name, cells.get(name)) for name in ("path", "subject", "clip", "aus", "emotion")}
        if texts["path"] is None:
            raise ValueError("path is empty")
        texts["path"] = _relative(texts["path"], root)
        frames = {name: _whole(name, cells.get(name)) for name in _NUMBERS}
        fps = _number("fps", cells.get("fps"))
        if fps is not None and not 0 < fps < math.inf:
            raise ValueError(f"fps is {fps}")
    except ValueError as error:
        raise InputError(str(error), path=path, row=number, remedy="docs/corpora.md describes the columns.") from error
    return _Row(number, texts, frames, fps)


def _relative(text: str, root: Path) -> str:
    place = PurePosixPath(text.replace("\\", "/"))
    if place.is_absolute():
        if not place.is_relative_to(root.absolute().as_posix()):
            raise ValueError(f"path {text!r} lies outside the root")
        place = place.relative_to(root.absolute().as_posix())
    if ".." in place.parts:
        raise ValueError(f"path {text!r} leaves the root")
    return place.as_posix()


def _text(name: str, cell: Any) -> str | None:
    if isinstance(cell, list) and name == "aus":
        cell = "+".join(_one_text(name, item) or "" for item in cell)
    return _one_text(name, cell)


def _one_text(name: str, cell: Any) -> str | None:
    if cell is None:
        return None
    if isinstance(cell, bool) or not isinstance(cell, str | int):
        raise ValueError(f"{name} is {shown(cell)}, not text")
    text = str(cell)
    if not text.strip() or (name in ("aus", "emotion") and is_missing(text)):
        return None
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError(f"{name} is {shown(cell)}, which has half a character (a lone surrogate)") from None
    return text if name == "aus" else text.strip()


def _number(name: str, cell: Any) -> float | None:
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return None
    if isinstance(cell, bool) or not isinstance(cell, str | int | float):
        raise ValueError(f"{name} is {shown(cell)}, not a number")
    try:
        return float(cell)
    except OverflowError:
        raise ValueError(f"{name} is {shown(cell)}, which is too large") from None
    except ValueError:
        raise ValueError(f"{name} is {shown(cell)}, not a number") from None


def _whole(name: str, cell: Any) -> int | None:
    missing = is_missing(cell) if isinstance(cell, str) else cell == -1
    number = None if missing else _number(name, cell)
    if number is None:
        return None
    if not (0 <= number <= MAX_FRAME and number.is_integer()):
        raise ValueError(f"{name} is {shown(cell)}, not a frame number")
    return int(number)
