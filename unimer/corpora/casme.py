"""Reader ``casme``: CASME (Yan et al. 2013), micro-expressions at 60 fps, in two sections with two cameras.

docs/corpora/casme.md describes the layouts, the coding files, the known errors and what is done about them.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from unimer.corpora.base import Clips, Corpus, reader
from unimer.corpora.casme2 import sub_folders
from unimer.corpora.marks import Correction
from unimer.corpora.places import (
    Folders,
    Key,
    around,
    clip_folders,
    find_annotations,
    frame_folder,
    relative_to,
    subfolders,
    zero_filled,
)
from unimer.corpora.rows import Coding
from unimer.corpora.table import Row, is_missing, read_sheets, read_table
from unimer.errors import InputError, SettingsError
from unimer.facs.emotions import canonical
from unimer.facs.grammar import parse
from unimer.settings import CorpusSettings

FPS = 60.0
COLUMNS = {
    "subject": ("subject", "sub"),
    "clip": ("filename",),
    "onset": ("onsetf", "onsetframe", "onset"),
    "apex": ("apexf1", "apexf", "apexframe", "apex"),
    "apex2": ("apexf2",),
    "offset": ("offsetf", "offsetframe", "offset"),
    "aus": ("au", "aus", "actionunits"),
    "emotion": ("emotion", "estimatedemotion"),
}
# The header of the original files is not documented, so without these names columns go by place (from 0). Users of the
# files found the Action Units in the 9th or the 11th column and the emotion at the latest in the 12th.
PLACES = {"subject": 0, "clip": 1, "onset": 3, "apex": 4, "apex2": 5, "offset": 6}
AU_PLACES, EMOTION_PLACES = (8, 10, 9), range(8, 12)
ENOUGH = 0.8  # share of the cells that must look like it
BY_PLACE = "columns.by_position"
_CODING = re.compile(r"CASME(?:[-_ ]*Section[-_ ]*([AB])(?![A-Z]).*)?\.(?:xlsx|xls|csv)", re.IGNORECASE)
_CLIP = re.compile(r"EP[0-9]{1,2}(_[0-9]{1,2}){0,2}f?", re.IGNORECASE)


@dataclass
class _Table:
    """One coding file. ``part``: the section, None where it has both."""

    path: Path
    part: str | None
    rows: list[Row]
    flags: tuple[str, ...] = ()


@dataclass
class _Repack:
    """A copy that has the folder of the emotion in place of that of the subject. ``unclear``: why it cannot be told
    whose clip a folder holds."""

    folders: Folders
    unclear: dict[Key, str] = field(default_factory=dict)


@reader("casme", folders=re.compile(r"(?i:sub\s*[0-9]{1,2}/EP[0-9]{2}_[1-9][0-9]?)"), table=_CODING)
def read_casme(settings: CorpusSettings) -> Corpus:
    """Read CASME from any of its frame packs, with one coding file a section or one for both.

    Raises:
        SettingsError: a ``version`` is given.
        InputError: no coding file, one without a needed column, or no frame folders.
    """
    if settings.version is not None:
        raise SettingsError("casme has no versions", remedy="Leave `version` out.")
    root = Path(settings.root)
    tables = _tables(settings, root)
    place = _place(root, tables)
    clips = Clips(settings, root, version=_published(tables))
    for table in tables:
        coding = Coding(clips, table.path, place.folders, zero_is_missing=frozenset({"offset"}))
        for row in table.rows:
            subject, clip = _names(row)
            if subject and clip and (subject, clip.lower()) in place.unclear:
                coding.reject(row, subject, clip, "frames.ambiguous", place.unclear[subject, clip.lower()])
                continue
            if subject and clip and settings.corrections == "community":
                _correct(coding, row, subject, clip)
            second = row.value("apex2")
            flags = (*table.flags, f"apex.second:{second}") if second else table.flags
            coding.add(row, subject, clip, fps=FPS, part=table.part, flags=flags)
    coding.finish()
    return clips.corpus()


def _names(row: Row) -> tuple[str | None, str | None]:
    subject = row.value("subject")
    return subject and f"sub{zero_filled(subject, 2)}", row.value("clip")


def _correct(coding: Coding, row: Row, subject: str, clip: str) -> None:
    """Where none of the annotated frames exists: the first and last frame of the folder, and the one in the middle.

    So did users of the corpus with three clips, which they name only by the row of their copy.
    """
    folder = coding.folders.found.get((subject, clip.lower()))
    printed, numbers = {}, []
    with suppress(ValueError, OSError):  # the row or the folder is refused later
        printed = {name: row.frame(name) for name in ("onset", "apex", "offset")}
        numbers = list(frame_folder(folder)[1].files) if folder else []
    onset, offset = printed.get("onset"), printed.get("offset")
    if not numbers or onset is None or offset is None or (onset <= numbers[-1] and offset >= numbers[0]):
        return
    values = {"onset": numbers[0], "apex": (numbers[0] + numbers[-1]) // 2, "offset": numbers[-1]}
    for name, was in printed.items():
        cells = ("" if was is None else str(was), str(values[name]))
        coding.corrections.add(
            Correction("casme", subject, clip, str(onset), name, *cells, "community", "tvaranka/meb")
        )


# --- Coding files ----------------------------------------------------------------------------------------------------


def _tables(settings: CorpusSettings, root: Path) -> list[_Table]:
    """The file that has both sections, or one a section; of copies (``_modified``) that with the shortest name."""
    paths = find_annotations(settings, around(root), _CODING, "coding file (casme.xlsx or CASME_SectionA.xls)")
    if settings.annotations is None:
        # Each section's file may lie with its frames.
        paths += [path for each in subfolders(root) for path in _files(root / each)]
    by_part: dict[str | None, Path] = {}
    for path in sorted(paths, key=lambda path: (len(path.name), path.name)):
        match = _CODING.fullmatch(path.name)
        by_part.setdefault(match[1].lower() if match and match[1] else None, path)
    if None in by_part:
        by_part = {None: by_part[None]}
    return [_table(path, part) for part, path in sorted(by_part.items(), key=lambda item: item[0] or "")]


def _files(folder: Path) -> list[Path]:
    try:
        return [path for path in folder.iterdir() if _CODING.fullmatch(path.name) and path.is_file()]
    except PermissionError:
        return []


def _table(path: Path, part: str | None) -> _Table:
    try:
        return _Table(path, part, read_table(path, COLUMNS, frozenset({"apex2"})))
    except InputError:
        rows = _by_place(path)
        if not rows:
            raise
        return _Table(path, part, rows, flags=(BY_PLACE,))


def _by_place(path: Path) -> list[Row]:
    """Rows of a sheet without the usual column names; empty where it does not look like a coding file."""
    for _, sheet in read_sheets(path):
        rows = [[*cells, *[""] * (12 - len(cells))] for cells in sheet]
        first = next((at for at, cells in enumerate(rows) if _CLIP.fullmatch(cells[1].strip())), None)
        if first is None:
            continue
        data = rows[first:]
        places = dict(PLACES)
        aus = _place_of(data, AU_PLACES, lambda cell: bool(parse(cell).items) and not parse(cell).unparsed)
        emotion = _place_of(data, EMOTION_PLACES, lambda cell: canonical(cell) is not None)
        places |= {name: at for name, at in (("aus", aus), ("emotion", emotion)) if at is not None}
        return [
            Row(number, {name: cells[at] for name, at in places.items()})
            for number, cells in enumerate(data, first + 1)
            if any(cell.strip() for cell in cells)
        ]
    return []


def _place_of(rows: list[list[str]], places: tuple[int, ...] | range, fits: Callable[[str], bool]) -> int | None:
    for place in places:
        cells = [cells[place] for cells in rows if not is_missing(cells[place])]
        if cells and sum(map(fits, cells)) >= ENOUGH * len(cells):
            return place
    return None


def _published(tables: list[_Table]) -> str | None:
    parts = [table.part for table in tables]
    return {(None,): "one file", ("a", "b"): "two sections"}.get(tuple(parts))


# --- Folders ---------------------------------------------------------------------------------------------------------


def _place(root: Path, tables: list[_Table]) -> _Repack:
    try:
        return _Repack(sub_folders(root, _CLIP))
    except InputError:
        found = clip_folders(root, _CLIP, _emotion_key)
        if not found.found:
            raise
        return _with_subjects(found, tables)


def _emotion_key(folder: Path) -> Key | None:
    emotion = canonical(folder.parent.name)
    return (emotion, folder.name) if emotion else None


def _with_subjects(found: Folders, tables: list[_Table]) -> _Repack:
    """Folders like ``tense/EP01_5`` under the subject whose row names emotion and clip; two subjects may share one."""
    subjects: dict[Key, set[str]] = defaultdict(set)
    for table in tables:
        for row in table.rows:
            (subject, clip), emotion = _names(row), canonical(row.value("emotion"))
            if subject and clip and emotion:
                subjects[emotion, clip.lower()].add(subject)
    result = _Repack(Folders(found.root, unreadable=found.unreadable, twice=found.twice, unread=found.unread))
    for key, path in found.found.items():
        owners = sorted(subjects.get(key, [key[0]]))
        result.folders.found[owners[0], key[1]] = path
        text = f"{relative_to(path, found.root)} may be of {' or '.join(owners)}: this copy has no folders of subjects"
        result.unclear |= {(owner, key[1]): text for owner in owners if len(owners) > 1}
    result.folders.left = {key: path for key, path in result.folders.found.items() if key not in result.unclear}
    return result
