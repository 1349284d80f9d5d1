"""Reader ``casme3_a``: CAS(ME)^3 part A (Li et al. 2022), 860 micro- and 3346 macro-expressions in videos of 30 fps.

docs/corpora/casme3_a.md describes the layouts, the label files, the known errors and what is done about them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from unimer.corpora.base import Clips, Corpus, reader
from unimer.corpora.cards import load_corrections
from unimer.corpora.places import Folders, clip_folders, find_annotations, subfolders
from unimer.corpora.rows import Coding
from unimer.corpora.table import Row, read_table
from unimer.errors import InputError, SettingsError
from unimer.records import Expression
from unimer.settings import CorpusSettings

FPS = 30.0
VERSIONS = ("v2", "v1", "v2-all")
COLUMNS = {
    "subject": ("subject", "sub"),
    "clip": ("filename", "seq"),
    "onset": ("onset",),
    "apex": ("apex",),
    "offset": ("offset",),
    "aus": ("au", "aus", "actionunits"),
    "type": ("expressiontype",),
    "objective": ("objectiveclass", "objectiveclasses"),
    "emotion": ("emotion",),
}
EMOTION_COLUMNS = {name: COLUMNS[name] for name in ("subject", "clip", "onset", "emotion")}
CORPUS = r"(?:cas\s?\(?me\)?\s?\^?\s?3[-_ ]*)?"
SHEET = r"\.(?:xlsx|xls|csv)"
_PART = rf"{CORPUS}part[-_ ]?a[-_ ]"
_MICRO = re.compile(rf"{_PART}(?:me[-_ ]label[-_ ]jpgindex|edited).*{SHEET}", re.IGNORECASE)
_MACRO = re.compile(rf"{_PART}mae[-_ ]label[-_ ]jpgindex.*{SHEET}", re.IGNORECASE)
_ALL = re.compile(rf"{_PART}v2{SHEET}", re.IGNORECASE)
_PUBLISHED = re.compile(rf".*_(?:v1|v2){SHEET}", re.IGNORECASE)
_SUBJECT = re.compile(r"sp\s?no[._ ]*0*([0-9]+)", re.IGNORECASE)
_VIDEO = re.compile(r"[a-m][0-9]{0,2}", re.IGNORECASE)
_CLIP = re.compile(rf"({_SUBJECT.pattern})_([a-m])_0*([0-9]+)", re.IGNORECASE)
# Part B has no labels, part C is another reader's, and depth pictures show no face.
_ELSEWHERE = re.compile(r"part[-_ ]?[bc](?![a-z]).*|(?!.*(?:rgb|colou?r)).*depth.*", re.IGNORECASE)
# Not searched for label files: there are thousands of them.
_FRAMES = re.compile(r"sp\s?no.*|[a-z]|colou?r|.*depth|frames?|video|(?:sub)?[0-9_]+", re.IGNORECASE)

Emotions = dict[tuple[str, str, int], str]
"""Emotion by subject, video and printed onset."""


@reader(
    "casme3_a",
    folders=re.compile(rf"(?i:{_SUBJECT.pattern}/{_VIDEO.pattern}|[^/]*/{_CLIP.pattern})"),
    table=re.compile(f"{_MICRO.pattern}|{_MACRO.pattern}|{_ALL.pattern}", re.IGNORECASE),
)
def read_casme3_a(settings: CorpusSettings) -> Corpus:
    """Read part A of CAS(ME)^3 from the recordings or the clip packs and any of its label files.

    Raises:
        SettingsError: ``version`` is not one of ``VERSIONS``.
        InputError: no label file, one without a needed column, or no frame folders.
    """
    if settings.version not in (None, *VERSIONS):
        raise SettingsError(f"casme3_a has no version {settings.version!r}", remedy=f"Versions: {', '.join(VERSIONS)}")
    root = Path(settings.root)
    path, version = _coding(settings, root)
    every = version == "v2-all"
    optional = frozenset({"emotion", "objective"} if every else {"type", "objective"})
    rows = read_table(path, COLUMNS, optional, sheet="label")
    folders, shared = _folders(root, every)
    # Recordings can be counted only where they are: the clip packs have counts of their own.
    counts = f"{version} clips" if version == "v2" and not shared else version
    clips = Clips(settings, root, version=counts if _PUBLISHED.fullmatch(path.name) else None)
    coding = Coding(clips, path, folders, zero_is_missing=frozenset({"offset"}))
    emotions = _emotions(clips, root, path) if every else {}
    names = _names(rows)
    for row in rows:
        _add(coding, row, names.get(row.number), emotions, every, shared)
    coding.finish()
    return clips.corpus()


def _add(
    coding: Coding,
    row: Row,
    name: str | None,
    emotions: dict[Expression, Emotions],
    every: bool,
    shared: bool,
) -> None:
    subject, video = _key(row)
    expression: Expression = "micro"
    if every:
        found = (row.value("type") or "").lower()
        if not found.startswith(("micro", "macro")):
            text = f"the expression type is {row.value('type')!r}, neither micro nor macro"
            return coding.reject(row, subject, name or video, "annotation.invalid", text)
        expression = "micro" if found.startswith("micro") else "macro"
    folder = name and "_".join(name.split("_")[:2])
    emotion = None
    if subject and video and folder:
        emotion = emotions.get(expression, {}).get((subject, video, int(folder.split("_")[1])))
    return coding.add(
        row,
        subject,
        video,
        folder=video if shared else folder,
        key=name,
        shared=shared,
        fps=FPS,
        expression=expression,
        emotion=emotion,
    )


def _key(row: Row) -> tuple[str | None, str | None]:
    """Canonical subject and video (in small letters, though some cells have ``J``)."""
    subject, video = row.value("subject"), row.value("clip")
    match = _SUBJECT.fullmatch(subject or "")
    return f"spNO.{match[1]}" if match else subject, video and video.lower()


def _names(rows: list[Row]) -> dict[int, str]:
    """Row number -> video and onset, the last part of the id, as in the clip packs.

    The onset is that of the micro-expression label file, uncorrected, so that an id does not depend on version and
    corrections. A macro-expression that starts with another expression has its offset there, too.
    """
    corrected = {
        (each.subject, each.clip, int(each.value)): int(each.was)
        for each in load_corrections("casme3_a")
        if each.field == "onset"
    }
    keys: dict[int, tuple[str, str, int]] = {}
    for row in rows:
        subject, video = _key(row)
        with suppress(ValueError):
            onset = row.frame("onset")
            if subject and video and onset is not None:
                keys[row.number] = (subject, video, corrected.get((subject, video, onset), onset))
    several = Counter(keys.values())
    names: dict[int, str] = {}
    for row in rows:
        if row.number not in keys:
            continue
        _, video, onset = key = keys[row.number]
        twin = several[key] > 1 and (row.value("type") or "").lower().startswith("macro")
        names[row.number] = f"{video}_{onset}_{row.value('offset')}" if twin else f"{video}_{onset}"
    return names


# --- Folders ---------------------------------------------------------------------------------------------------------


def _folders(root: Path, every: bool) -> tuple[Folders, bool]:
    """The recordings, else the clips of the clip packs; whether they are recordings.

    Raises:
        InputError: there are none.
    """
    folders = clip_folders(root, _VIDEO, lambda path: _recording(path, root))
    shared = bool(folders.found)
    if not shared:
        folders = clip_folders(root, _CLIP, lambda path: _clip(path, root), () if every else ("me_clip",))
    if not folders.found and not folders.unreadable:
        raise InputError(
            "no frame folders like spNO.1/a or spNO.1_a_355 here",
            path=root,
            remedy="`root` is the folder with the subjects, the folder Part_A_ME_clip, or one around them.",
        )
    folders.found = {key: colour(path) for key, path in folders.found.items()}
    return folders, shared


def _recording(path: Path, root: Path) -> tuple[str, str] | None:
    match = _SUBJECT.fullmatch(path.parent.name)
    return (f"spNO.{match[1]}", path.name) if match and not lies_in(path, root, _ELSEWHERE) else None


def _clip(path: Path, root: Path) -> tuple[str, str] | None:
    match = _CLIP.fullmatch(path.name)
    if match is None or lies_in(path, root, _ELSEWHERE):
        return None
    return f"spNO.{match[2]}", f"{match[3]}_{match[4]}"


def lies_in(path: Path, root: Path, name: re.Pattern[str]) -> bool:
    """Whether a folder on the way from the root to the path, or the path itself, has such a name."""
    return any(name.fullmatch(part) for part in path.relative_to(root).parts)


def colour(folder: Path) -> Path:
    """Where the colour pictures of a recording or clip are: in the folder, or in ``color`` beside ``depth``.

    Of a folder with depth pictures alone ``color`` is named, too, which then turns out to be missing.
    """
    for name in ("color", "Color", "colour"):
        if (folder / name).is_dir():
            return folder / name
    return folder / "color" if (folder / "depth").is_dir() else folder


# --- Label files -----------------------------------------------------------------------------------------------------


def sheets(root: Path, name: re.Pattern[str], beside: Path | None = None) -> list[Path]:
    """Files whose whole name matches, in the root, up to three levels below it (not among frames) and beside it, the
    nearest first.

    Args:
        root: the corpus folder.
        name: pattern of the file name.
        beside: a file whose folder is searched, too, first of all.
    """
    below = sorted(_searched(root, 3), key=lambda folder: len(folder.parts))
    folders = [*([beside.parent] if beside else []), *below, root.absolute().parent]
    found: dict[Path, Path] = {}
    for folder in folders:
        with suppress(PermissionError):
            for path in sorted(folder.iterdir()):
                if name.fullmatch(path.name) and path.is_file():
                    found.setdefault(path.absolute(), path)
    return list(found.values())


def _searched(folder: Path, depth: int) -> Iterable[Path]:
    yield folder
    names: list[str] = []
    with suppress(PermissionError):
        names = subfolders(folder) if depth else []
    for name in names:
        if not _FRAMES.fullmatch(name):
            yield from _searched(folder / name, depth - 1)


def _coding(settings: CorpusSettings, root: Path) -> tuple[Path, str]:
    """The label file of the version wanted (the first of ``VERSIONS`` that is there, where not said) and its version.

    Raises:
        InputError: it is not here.
    """
    what = "label file (cas(me)3_part_A_ME_label_JpgIndex_v2.xlsx)"
    pattern = re.compile(f"{_MICRO.pattern}|{_ALL.pattern}", re.IGNORECASE)
    paths = [] if settings.annotations else sheets(root, pattern)
    paths = paths or find_annotations(settings, [], pattern, what)
    # Where two files are of one version, a copy under the published name is preferred.
    paths.sort(key=lambda path: not _PUBLISHED.fullmatch(path.name))
    otherwise = (settings.annotations and settings.version) or VERSIONS[0]
    versions = [_version(path) or otherwise for path in paths]
    for wanted in VERSIONS if settings.version is None else (settings.version,):
        if wanted in versions:
            return paths[versions.index(wanted)], wanted
    raise InputError(
        f"the {settings.version} labels are not here, only {paths[0].name} ({versions[0]})",
        path=root,
        remedy=f"Add the label file (docs/corpora/casme3_a.md) or choose version {versions[0]}.",
    )


def _version(path: Path) -> str | None:
    """Version by the file name, None where it says nothing."""
    if _ALL.fullmatch(path.name):
        return "v2-all"
    match = re.search(r"_(v[12])(?![0-9])", path.name, re.IGNORECASE)
    return match[1].lower() if match else None


def _emotions(clips: Clips, root: Path, coding: Path) -> dict[Expression, Emotions]:
    """Emotions for the sheet of all expressions, which has none, from the other label files where they are there."""
    micro = [path for path in sheets(root, _MICRO, coding) if _version(path) == "v2"]
    micro.sort(key=lambda path: not _PUBLISHED.fullmatch(path.name))
    result: dict[Expression, Emotions] = {}
    sources: list[tuple[Expression, list[Path]]] = [("micro", micro), ("macro", sheets(root, _MACRO, coding))]
    for expression, paths in sources:
        for path in paths[:1]:
            clips.annotations.append(path)
            result[expression] = _emotions_of(path)
    return result


def _emotions_of(path: Path) -> Emotions:
    found: Emotions = {}
    for row in read_table(path, EMOTION_COLUMNS, sheet="label"):
        subject, video = _key(row)
        emotion = row.raw("emotion")
        with suppress(ValueError):
            onset = row.frame("onset")
            if subject and video and emotion and onset is not None:
                found[subject, video, onset] = emotion
    return found
