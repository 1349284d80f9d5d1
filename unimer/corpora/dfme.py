"""Reader ``dfme``: DFME (Zhao et al. 2023) as in the CCAC 2024 contest and as released in full.

docs/corpora/dfme.md describes the packs, the coding files and how their parts are told apart.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from unimer.corpora.base import Clips, Corpus, check_version, reader
from unimer.corpora.places import Folders, around, clip_folders, find_annotations, matching_files, zero_filled
from unimer.corpora.rows import Coding, whole_folders
from unimer.corpora.table import Row, read_table
from unimer.errors import InputError
from unimer.facs.emotions import canonical
from unimer.settings import CorpusSettings

PARTS = ("train", "test_a", "test_b")
COLUMNS = {
    "clip": ("filename",),
    "subject": ("subject", "sub"),
    "onset": ("onsetframe", "onset"),
    "apex": ("apexframe", "apex"),
    "offset": ("offsetframe", "offset"),
    "emotion": ("emotion",),
    "emotion_id": ("emotionid",),
    "fps": ("fps",),
    "aus": ("au", "aus", "actionunits"),
}
_OPTIONAL = frozenset(COLUMNS) - {"clip"}
EMOTIONS = ("anger", "contempt", "disgust", "fear", "happiness", "sadness", "surprise")
"""By EmotionId."""
# The pictures as they were taken (no word) before the aligned crops that lie beside them in the full release.
PACKS = ("", "aligned", "crop")
_CLIP = re.compile(r"sub0*([0-9]{1,4})_0*([0-9]{1,3})", re.IGNORECASE)
_OWN = r"CCAC\s*2024.*|.*DFME.*|USTC_MEv4.*|(training|test\s?[AB])_full_with_AU.*"
_ENDING = r"\.(xlsx|xls|csv)"
_CODING = re.compile(rf"(?![.~])({_OWN}|train|test[\s_-]*[AB]\s?){_ENDING}", re.IGNORECASE)
_PART = re.compile(
    r"(?<![a-z])(?:(train)|(?:test[\s_-]*(?:data)?|ccac\s*2024)[\s_-]*(?:([ab])(?![a-z])))", re.IGNORECASE
)
_FULL = re.compile(r"USTC_MEv4.*", re.IGNORECASE)
_FPS = re.compile(r"_([0-9]{2,3})fps", re.IGNORECASE)


@reader(
    "dfme",
    folders=re.compile(r".*/sub[0-9]{4}_[0-9]{2}", re.IGNORECASE),
    table=re.compile(rf"(?![.~])({_OWN}){_ENDING}", re.IGNORECASE),
)
def read_dfme(settings: CorpusSettings) -> Corpus:
    """Read DFME: all parts of the contest that are there, or the full release.

    Raises:
        SettingsError: a ``version`` is set; the parts that are there decide.
        InputError: no clip folders, no coding file of a contest part, or one that cannot be read.
    """
    check_version(settings, ())
    root = Path(settings.root)
    folders = clip_folders(root, _CLIP, _key, PACKS)
    if not folders.found and not folders.unreadable:
        raise InputError(
            "no frame folders like sub0003_01 here",
            path=root,
            remedy="`root` is the folder with DFME_train, test_data_A or test_data_B, or one of these itself.",
        )
    clips = Clips(settings, root)
    tables = _tables(settings, root, folders)
    for path, part, rows in tables:
        coding = Coding(clips, path, folders, whole=True)
        for row in rows:
            _add(coding, row, part)
    if tables:
        coding.finish()
    else:
        _add_folders(clips, folders)
    clips.version = _version(folders, {part for _, part, _ in tables} | {clip.part for clip in clips.clips})
    return clips.corpus()


def _add(coding: Coding, row: Row, part: str | None) -> None:
    clip = _clip_name(row.value("clip"))
    if clip is None:
        name = row.value("clip")
        text = f"the file name is {name!r}, not like sub0003_01" if name else "no file name"
        return coding.reject(row, row.value("subject"), name, "annotation.invalid", text)
    named = row.value("subject")
    subject = f"sub{zero_filled(named, 4)}" if named else clip.split("_")[0]
    folder = coding.folders.found.get((subject, clip))
    fps, flags = _fps(row)
    return coding.add(
        row,
        subject,
        clip,
        fps=fps or (_fps_of(folder) if folder else None),
        part=(_part(folder, coding.folders.root) if folder else None) or part,
        emotion=_emotion(row) or (_emotion_of(folder) if folder else None),
        flags=flags,
    )


def _add_folders(clips: Clips, folders: Folders) -> None:
    """The full release without its coding file: the folders say the emotion and hold the expression exactly."""
    for draft in whole_folders(clips, folders):
        folder = folders.found[draft.subject, draft.clip]
        clips.add(replace(draft, emotion=_emotion_of(folder), fps=_fps_of(folder)))


def _emotion(row: Row) -> str | None:
    number = row.value("emotion_id")
    by_number = EMOTIONS[int(number)] if number and number.isdecimal() and int(number) < len(EMOTIONS) else None
    return row.raw("emotion") or by_number


def _fps(row: Row) -> tuple[float | None, tuple[str, ...]]:
    text = row.value("fps")
    if text is None:
        return None, ()
    fps = row.number_or_zero("fps")
    return (fps, ()) if fps > 0 else (None, (f"fps.unknown:{text}",))


# --- What names say --------------------------------------------------------------------------------------------------


def _key(folder: Path) -> tuple[str, str] | None:
    clip = _clip_name(folder.name)
    return (clip.split("_")[0], clip) if clip else None


def _clip_name(text: str | None) -> str | None:
    match = _CLIP.fullmatch(text) if text else None
    return f"sub{int(match[1]):04d}_{int(match[2]):02d}" if match else None


def _part(folder: Path, root: Path) -> str | None:
    """``train``, ``test_a`` or ``test_b`` by the innermost folder that says so, the root the last one asked."""
    return _part_below(folder.parent, root)


@lru_cache(maxsize=1024)
def _part_below(folder: Path, root: Path) -> str | None:
    names = folder.absolute().relative_to(root.absolute().parent).parts
    return next((part for name in reversed(names) if (part := _part_of(name))), None)


def _part_of(name: str) -> str | None:
    match = _PART.search(name)
    if match is None:
        return None
    return "train" if match[1] else f"test_{match[2].lower()}"


def _emotion_of(folder: Path) -> str | None:
    return folder.parent.name if canonical(folder.parent.name) else None


def _fps_of(folder: Path) -> float | None:
    found = [match for name in folder.parts if (match := _FPS.search(name))]
    return float(found[-1][1]) if found else None


# --- Coding files ----------------------------------------------------------------------------------------------------


def _tables(settings: CorpusSettings, root: Path, folders: Folders) -> list[tuple[Path, str | None, list[Row]]]:
    """The coding file of each part: path, part, rows. Of two of one part the one with emotions; in the order of parts.

    Raises:
        InputError: there is none, and the folders do not tell the emotions either.
    """
    paths = _files(settings, root, folders)
    if not paths and folders.found and all(_emotion_of(folder) for folder in folders.found.values()):
        return []
    if not paths:
        find_annotations(settings, [], _CODING, "coding file (CCAC2024.xlsx, train.csv, testA_full_with_AU.xlsx)")
    chosen: dict[str | None, tuple[bool, Path, list[Row]]] = {}
    for path in paths:
        rows = read_table(path, COLUMNS, _OPTIONAL)
        part = _part_of_file(path)
        labelled = any(_emotion(row) for row in rows)
        if part not in chosen or (labelled and not chosen[part][0]):
            chosen[part] = labelled, path, rows
    order = [part for part in (*PARTS, None) if part in chosen]
    return [(chosen[part][1], part, chosen[part][2]) for part in order]


def _files(settings: CorpusSettings, root: Path, folders: Folders) -> list[Path]:
    """The named coding file, else all in the root and one level below, else beside the root those of its parts."""
    if settings.annotations is not None:
        return find_annotations(settings, [], _CODING, "coding file")
    *inside, beside = around(root)
    if found := [path for place in inside for path in matching_files(place, _CODING)]:
        return found
    parts = {None, *(_part(folder, root) for folder in folders.found.values())}
    found = matching_files(beside, _CODING)
    return [path for path in found if parts == {None} or _part_of_file(path) in parts]


def _part_of_file(path: Path) -> str | None:
    return _part_of(path.stem) or ("train" if path.stem.lower().startswith("ccac") else None)


def _version(folders: Folders, parts: set[str | None]) -> str | None:
    """Which counts apply: those of the parts that are there, or of the full release."""
    if parts == {None}:
        packs = {name for folder in folders.found.values() for name in folder.parts}
        return "full" if any(_FULL.fullmatch(name) for name in packs) else None
    return "+".join(part for part in PARTS if part in parts)
