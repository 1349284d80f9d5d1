"""Reader ``smic``: SMIC (Li et al. 2013), three cameras, short clips and the longer ones of SMIC-E.

docs/corpora/smic.md describes the packs, the coding files and how they are told apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from unimer.corpora.base import Clips, Corpus, check_version, reader
from unimer.corpora.places import Folders, around, clip_folders, find_annotations
from unimer.corpora.rows import Coding, whole_folders
from unimer.corpora.table import Row, column_name, read_sheets
from unimer.errors import InputError
from unimer.settings import CorpusSettings

FPS = {"HS": 100.0, "VIS": 25.0, "NIR": 25.0}
CLASSES = {"ne": "negative", "po": "positive", "sur": "surprise"}
PACKS = ("raw", "cropped")
_CLIP = re.compile(r"s0*([1-9][0-9]?)_(ne|po|sur)_0*([0-9]{1,3})", re.IGNORECASE)
_SUBJECT = re.compile(r"s?0*([1-9][0-9]?)(?:\.0+)?", re.IGNORECASE)
_CAMERA = re.compile(r"(?<![a-z])(HS|VIS|NIR)(?![a-z])", re.IGNORECASE)
_LONG = re.compile(r"(.*[-_ ])?long([-_ ].*)?|smic.*[-_ ]E([-_ ].*)?", re.IGNORECASE)
_CODING = r"(?![.~])SMIC[-_ ]?({})[-_ ]?E?[-_ ]annotation.*\.(xlsx|xls|csv)"

NAMES: dict[str, tuple[str, ...]] = {
    "subject": ("subject", "sub"),
    "clip": ("filename", "clip", "material"),
    "onset": ("onsetf", "onsetframe", "onset"),
    "apex": ("apexf", "apexframe", "apex"),
    "offset": ("offsetf", "offsetframe", "offset"),
    "emotion": ("emotion",),
}
# Loaders read the published sheets by these names or by these positions.
POSITIONS = {"subject": 0, "clip": 1, "onset": 3, "offset": 4}
FURTHER = ((5, 6), (7, 8))
"""Onset and offset of a second and a third expression, in the sheets of the HS camera."""
_HEADER_ROWS = 20


@dataclass(frozen=True)
class _Pack:
    camera: str | None
    short: bool


@reader(
    "smic",
    folders=re.compile(rf"(negative|positive|surprise|s0*[0-9]{{1,2}})/{_CLIP.pattern}", re.IGNORECASE),
    table=re.compile(_CODING.format("HS|VIS|NIR"), re.IGNORECASE),
)
def read_smic(settings: CorpusSettings) -> Corpus:
    """Read one camera of SMIC (setting ``version``, HS where not said): its short clips, else those of SMIC-E.

    Raises:
        SettingsError: ``version`` is none of HS, VIS and NIR.
        InputError: no clip folders of the camera, or no coding file of clips that need one.
    """
    check_version(settings, FPS)
    root = Path(settings.root)
    camera, short, folders = _choose(settings, root)
    clips = Clips(settings, root, version="HS-E" if camera == "HS" and not short else camera)
    path = _coding_file(settings, camera, short, folders)
    if path is None:
        for draft in whole_folders(clips, folders):
            emotion = _class_of(draft.clip)
            clips.add(
                replace(draft, emotion=emotion, fps=FPS[camera], person=f"smic/{draft.subject}", part=camera.lower())
            )
    else:
        _add_rows(Coding(clips, path, folders, whole=short), _rows(path), camera)
    return clips.corpus()


def _add_rows(coding: Coding, rows: list[tuple[Row, tuple[str, ...]]], camera: str) -> None:
    for row, flags in rows:
        subject, clip = _subject(row.value("subject")), _clip_name(row.value("clip"))
        if clip is None:
            coding.reject(row, subject, row.value("clip"), "annotation.invalid", "no clip like s1_ne_01")
            continue
        own = f"s{int(clip[1:].split('_')[0]):02d}"
        coding.add(
            row,
            subject or own,
            clip,
            fps=FPS[camera],
            person=f"smic/{subject or own}",
            part=camera.lower(),
            emotion=row.raw("emotion") or _class_of(clip),
            flags=flags,
        )
    coding.finish()


def _class_of(clip: str) -> str:
    return CLASSES[clip.split("_")[1]]


def _subject(text: str | None) -> str | None:
    match = _SUBJECT.fullmatch(text) if text else None
    return f"s{int(match[1]):02d}" if match else None


def _clip_name(text: str | None) -> str | None:
    """``s01_ne_1`` -> ``s1_ne_01``: one name whatever the pack calls it."""
    match = _CLIP.fullmatch(text) if text else None
    return f"s{match[1]}_{match[2].lower()}_{int(match[3]):02d}" if match else None


# --- Folders ---------------------------------------------------------------------------------------------------------


def _choose(settings: CorpusSettings, root: Path) -> tuple[str, bool, Folders]:
    """Camera, whether the clips are short, and their folders. A folder that names no camera goes for any."""
    packs: list[_Pack] = []

    def noted(folder: Path) -> tuple[str, str] | None:
        packs.append(_pack(folder))
        return _key(folder)

    everything = clip_folders(root, _CLIP, noted)
    cameras = [name for name in FPS if any(pack.camera in (name, None) for pack in packs)]
    if settings.version is not None and packs and settings.version not in cameras:
        raise InputError(f"no clips of {settings.version} here, only of {', '.join(cameras)}", path=root)
    if not everything.found and not everything.unreadable:
        raise InputError(
            "no frame folders like s1/micro/negative/s1_ne_01 or s01/s1_ne_01 here",
            path=root,
            remedy="`root` is the folder with SMIC_all_raw, SMIC_all_cropped or SMIC-E, or one of these itself.",
        )
    camera = settings.version or (cameras[0] if cameras else "HS")
    short = any(pack.short and pack.camera in (camera, None) for pack in packs)

    def wanted(folder: Path) -> tuple[str, str] | None:
        pack = _pack(folder)
        return _key(folder) if pack.camera in (camera, None) and pack.short == short else None

    return camera, short, clip_folders(root, _CLIP, wanted, PACKS)


def _key(folder: Path) -> tuple[str, str] | None:
    clip = None if "non_micro" in folder.parts else _clip_name(folder.name)
    subject = clip and _subject(clip.split("_")[0])
    return (subject, clip) if subject and clip else None


def _pack(folder: Path) -> _Pack:
    """What the path says. Short clips lie below their class or below SMIC_all_..., the long ones below the subject."""
    parts = folder.parent.absolute().parts
    cameras = [match[1].upper() for part in parts for match in _CAMERA.finditer(part)]
    short = parts[-1].lower() in CLASSES.values() or any(part.lower().startswith("smic_all") for part in parts)
    return _Pack(cameras[-1] if cameras else None, short)


# --- Coding files ----------------------------------------------------------------------------------------------------


def _coding_file(settings: CorpusSettings, camera: str, short: bool, folders: Folders) -> Path | None:
    """The coding file; short clips need none, so one is read only where it is named. Without a suffix comes first.

    Raises:
        InputError: long clips without one.
    """
    if short and settings.annotations is None:
        return None
    name = re.compile(_CODING.format(camera), re.IGNORECASE)
    inner = next(iter(folders.found.values()), folders.root)
    above = [place for place in inner.parents if place.is_relative_to(folders.root)]
    try:
        *inside, beside = around(folders.root)
        places = [*inside, *above, beside]
        found = find_annotations(settings, places, name, f"coding file (SMIC-{camera}-E_annotation.xlsx)")
    except InputError:
        if settings.annotations is None and not any(_LONG.fullmatch(part) for part in inner.absolute().parts):
            return None  # a repacked tree that holds the expressions only
        raise
    return min(found, key=lambda path: (len(path.name), path.name))


def _rows(path: Path) -> list[tuple[Row, tuple[str, ...]]]:
    """Rows of a coding file and their flags; footers, which name no clip, are left out.

    Columns go by name; without a name for onset and offset they go by position, as in the published sheets.

    Raises:
        InputError: no sheet has a row of a clip.
    """
    for _, table in read_sheets(path):
        positions, start = _columns(table[:_HEADER_ROWS])
        found: list[tuple[Row, tuple[str, ...]]] = []
        for number, cells in enumerate(table[start:], start + 1):
            row = Row(number, {field: _cell(cells, at) for field, at in positions.items()})
            if _clip_name(row.value("clip")) or _subject(row.value("subject")):
                found.append((row, _further(cells) if positions.get("onset") == POSITIONS["onset"] else ()))
        if found:
            return found
    raise InputError("no row names a clip like s1_ne_01", path=path, remedy="Is this a coding file of SMIC?")


def _columns(top: list[list[str]]) -> tuple[dict[str, int], int]:
    """Where the fields stand, and the index of the first row below the header."""
    for index, cells in enumerate(top):
        names = [column_name(cell) for cell in cells]
        if any(name in names for name in NAMES["subject"]):
            found = {field: _first(names, accepted) for field, accepted in NAMES.items()}
            named = {field: at for field, at in found.items() if at is not None}
            marks = "onset" in named or "label" in names  # a list of labels has no marks at all
            return (named if marks else {**POSITIONS, **named}), index + 1
    return dict(POSITIONS), 0


def _first(names: list[str], accepted: Iterable[str]) -> int | None:
    return next((names.index(name) for name in accepted if name in names), None)


def _further(cells: list[str]) -> tuple[str, ...]:
    """A flag for each further expression of the recording; the corpus counts the first only."""
    flags = []
    for onset, offset in FURTHER:
        row = Row(0, {"onset": _cell(cells, onset), "offset": _cell(cells, offset)})
        with suppress(ValueError):  # no number: the columns are others
            if None not in (marks := (row.frame("onset"), row.frame("offset"))):
                flags.append(f"expression.further:{marks[0]}-{marks[1]}")
    return tuple(flags)


def _cell(cells: list[str], at: int) -> str:
    return cells[at] if at < len(cells) else ""
