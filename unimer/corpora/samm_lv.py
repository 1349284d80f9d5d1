"""Reader ``samm_lv``: SAMM Long Videos (Yap et al. 2020), 147 recordings of 30 subjects at 200 fps with 343 macro- and
159 micro-expressions.

docs/corpora/samm_lv.md describes the layout, the known errors and what is done about them.
"""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

from unimer.corpora import samm
from unimer.corpora.base import Clips, Corpus, check_version, reader
from unimer.corpora.places import Folders, around, clip_folders, find_annotations, subfolders
from unimer.corpora.rows import Coding
from unimer.corpora.table import Row, read_table
from unimer.errors import InputError
from unimer.records import Expression
from unimer.resources import load_yaml
from unimer.settings import CorpusSettings

FPS = 200.0
VERSIONS = ("V3", "V2", "V1")
COLUMNS = {
    "subject": ("subject", "sub"),
    "clip": ("filename",),
    "onset": ("onset", "onsetframe"),
    "apex": ("apex", "apexframe"),
    "offset": ("offset", "offsetframe"),
    "type": ("type",),
    "aus": ("actionunits", "au", "aus"),
}
_CODING = re.compile(r"SAMM[-_ ]?(Long.*|LV.*)\.(xlsx|xls|csv)", re.IGNORECASE)
_VIDEO = re.compile(r"[0-9]{3}_[0-9]")
_PACKS = ("samm", "raw", "crop")


@reader("samm_lv", folders=re.compile(rf"[^/]*/{_VIDEO.pattern}"), table=_CODING)
def read_samm_lv(settings: CorpusSettings) -> Corpus:
    """Read SAMM Long Videos; emotions come from SAMM's coding file where it lies beside.

    Raises:
        SettingsError: ``version`` is none of V1, V2, V3.
        InputError: no coding file (of that version), one without a needed column, or no recordings.
    """
    check_version(settings, VERSIONS)
    root = Path(settings.root)
    folders = _folders(root)
    path, version = _coding_file(settings, root)
    clips = Clips(settings, root, version="V1 and V2" if version in ("V1", "V2") else "V3")
    coding = Coding(clips, path, folders, zero_is_missing=frozenset({"onset"}))
    beside = samm_coding(root, path)
    emotions = {row.value("clip"): row for row in samm.read_coding(beside)} if beside else None
    for row in read_table(path, COLUMNS):
        _add(coding, row, emotions)
    coding.finish()
    if beside:
        clips.annotations.append(beside)
    return clips.corpus()


def _add(coding: Coding, row: Row, emotions: dict[str | None, Row] | None) -> None:
    subject, clip = samm.subject_of(row), row.value("clip")
    expression = _expression(row.value("type"))
    if expression is None or clip is None:
        text = "no clip" if clip is None else f"the type {row.value('type')!r} is neither Macro nor Micro"
        return coding.reject(row, subject, clip, "annotation.invalid", text)
    video = clip.rsplit("_", 1)[0]
    flags = ["frames.rounded"] if any("." in (row.value(name) or "") for name in ("onset", "apex", "offset")) else []
    if emotions is not None and expression == "micro":
        row, noted = _joined(row, emotions.get(clip), video)
        flags += noted
    return coding.add(
        row,
        subject,
        clip,
        folder=video,
        key=f"{clip}_{expression}",  # 037_4_1 is a micro- and a macro-expression
        shared=True,
        fps=FPS,
        person=samm.person_of(subject),
        expression=expression,
        flags=tuple(flags),
    )


def _expression(text: str | None) -> Expression | None:
    """``Macro``, ``Micro - 1/2``."""
    word = (text or "").lower()
    return "micro" if word.startswith("micro") else "macro" if word.startswith("macro") else None


# --- SAMM's own coding -----------------------------------------------------------------------------------------------


def samm_coding(root: Path, coding: Path) -> Path | None:
    """SAMM's coding file beside that of the long videos, in or around the root, or in a folder ``samm...`` next to
    it; None where there is none."""
    home = root.absolute().parent
    folders = [coding.parent, *around(root)]
    with suppress(PermissionError):
        folders += [home / name for name in subfolders(home) if name.lower().startswith("samm")]
    for folder in folders:
        with suppress(PermissionError):
            found = sorted(path for path in folder.iterdir() if samm.CODING.fullmatch(path.name))
            if found:
                return found[0]
    return None


def _joined(row: Row, other: Row | None, video: str) -> tuple[Row, list[str]]:
    """A micro-expression with the emotion and the objective class that SAMM gives it.

    A frame of SAMM is the frame here plus a constant of the recording; marks that do not fit it are flagged
    ``samm.frames_differ``.
    """
    if other is None:
        return row, ["samm.no_row"]
    labels = {name: other.cells.get(name, "") for name in ("emotion", "objective")}
    flags = ["emotion.from_samm"]
    constants: dict[str, int] = load_yaml("data/samm_lv_offsets.yaml")
    if any(_shift(row, other, name) != constants.get(video, 0) for name in ("onset", "offset")):
        flags.append("samm.frames_differ")
    return Row(row.number, {**row.cells, **labels}), flags


def _shift(row: Row, other: Row, name: str) -> int | None:
    try:
        here, there = row.frame(name), other.frame(name)
    except ValueError:
        return None
    return None if here is None or there is None else there - here


# --- Files -----------------------------------------------------------------------------------------------------------


def _folders(root: Path) -> Folders:
    folders = clip_folders(root, _VIDEO, lambda folder: (folder.name[:3], folder.name), _PACKS)
    if not folders.found and not folders.unreadable:
        raise InputError(
            "no recordings like 006_1 here",
            path=root,
            remedy="`root` is the folder with SAMM_longvideos, or that folder itself.",
        )
    return folders


def _coding_file(settings: CorpusSettings, root: Path) -> tuple[Path, str | None]:
    """The coding file of the version wanted, the newest where not said; its version, None where its name has none."""
    what = "coding file (SAMM_LongVideos_V3_Release.xlsx)"
    paths = find_annotations(settings, around(root), _CODING, what)
    found = {_version(path): path for path in reversed(paths)}
    if settings.version is None:
        version = next((version for version in VERSIONS if version in found), None)
        return found[version], version
    if settings.version in found:
        return found[settings.version], settings.version
    raise InputError(
        f"the {settings.version} coding is not here, only {paths[0].name}",
        path=root,
        remedy=f"Add SAMM_LongVideos_{settings.version}_Release.xlsx or leave `version` out.",
    )


def _version(path: Path) -> str | None:
    match = re.search(r"(?<![A-Za-z0-9])v([1-3])(?![0-9])", path.stem, re.IGNORECASE)
    return f"V{match[1]}" if match else None
