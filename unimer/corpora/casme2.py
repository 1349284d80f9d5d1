"""Reader ``casme2``: CASME II (Yan et al. 2014), 255 clips of 26 subjects at 200 fps.

docs/corpora.md describes the layouts, the coding versions, the known errors and what is done about them.
"""

from __future__ import annotations

import re
from pathlib import Path

from unimer.corpora.base import (
    Clips,
    Corpus,
    around,
    find_annotations,
    folders_with,
    frame_folder,
    reader,
    relative_to,
    subfolders,
    zero_filled,
)
from unimer.corpora.marks import Corrections
from unimer.corpora.table import Row, read_table
from unimer.errors import InputError, SettingsError
from unimer.records import FrameSource
from unimer.settings import CorpusSettings

FPS = 200.0
VERSIONS = {"2014": "20140508", "2019": "20190701"}
COLUMNS = {
    "subject": ("subject", "sub"),
    "clip": ("filename",),
    "onset": ("onsetframe", "onset"),
    "apex": ("apexframe", "apex"),
    "offset": ("offsetframe", "offset"),
    "aus": ("actionunits", "au", "aus"),
    "emotion": ("estimatedemotion", "emotion"),
    "objective": ("objectiveclasses", "objectiveclass"),
}
_CODING = re.compile(r"CASME\s*2[-_ ]?(coding|label).*\.(xlsx|xls|csv)", re.IGNORECASE)
_SUBJECT = re.compile(r"sub\s*0*([0-9]{1,2})", re.IGNORECASE)
# The raw pack has frames before the onset, from which the noise of a clip is measured; the crops are the tightest.
_PACKS = ("raw", "selected", "cropped")


@reader("casme2")
def read_casme2(settings: CorpusSettings) -> Corpus:
    """Read CASME II from any of its frame packs and coding versions.

    Raises:
        SettingsError: ``version`` is neither 2014 nor 2019.
        InputError: no coding file, one without a needed column, or no frame folders.
    """
    if settings.version not in (None, *VERSIONS):
        raise SettingsError(f"casme2 has no version {settings.version!r}", remedy=f"Versions: {', '.join(VERSIONS)}")
    root = Path(settings.root)
    folders, unreadable = _clip_folders(root)
    path, rows = _coding(settings, root)
    clips = Clips(settings, root, annotations=[path])
    corrections = Corrections("casme2", settings.corrections)
    unused = dict(folders)
    for row in rows:
        subject, clip = row.value("subject"), row.value("clip")
        if subject is None or clip is None:
            clips.reject("unknown", f"row-{row.number}", "annotation.invalid", _where(path, row, "no subject or clip"))
            continue
        subject = f"sub{zero_filled(subject, 2)}"
        unused.pop((subject, clip.lower()), None)
        folder = folders.get((subject, clip.lower()), unreadable.get(subject))
        _add(clips, corrections, path, row, subject, clip, folder)
    for (subject, _), folder in unused.items():
        text = f"{relative_to(folder, root)} has no row in {path.name}"
        clips.reject(subject, folder.name, "clip.orphan", text)
    return clips.corpus()


def _add(
    clips: Clips, corrections: Corrections, path: Path, row: Row, subject: str, clip: str, folder: Path | None
) -> None:
    try:
        onset, apex, offset = (row.frame(name) for name in ("onset", "apex", "offset"))
    except ValueError as error:
        return clips.reject(subject, clip, "annotation.invalid", _where(path, row, str(error)))
    if onset is None or offset is None:
        return clips.reject(subject, clip, "annotation.invalid", _where(path, row, "no onset or offset"))
    if folder is None:
        return clips.reject(subject, clip, "frames.missing", _where(path, row, f"no folder {subject}/{clip}"))
    try:
        folder, listing = frame_folder(folder)
    except OSError as error:
        text = f"{relative_to(folder, clips.root)} cannot be listed: {error.strerror}"
        return clips.reject(subject, clip, "frames.missing", _where(path, row, text))
    if not listing.files:
        return clips.reject(subject, clip, "frames.empty", f"{relative_to(folder, clips.root)} holds no frame")
    flags = ["frames.duplicate"] if listing.duplicates else []
    return clips.add(
        subject,
        clip,
        FrameSource(kind="folder", path=relative_to(folder, clips.root)),
        fps=FPS,
        onset=corrections.apply(subject, clip, onset, "onset", onset, flags),
        apex=corrections.apply(subject, clip, onset, "apex", apex, flags),
        offset=corrections.apply(subject, clip, onset, "offset", offset, flags),
        numbers=list(listing.files),
        aus=row.raw("aus"),
        emotion=row.raw("emotion"),
        flags=flags,
        place=f"{path.name}, row {row.number}",
    )


def _where(path: Path, row: Row, text: str) -> str:
    return f"{path.name}, row {row.number}: {text}"


def _clip_folders(root: Path) -> tuple[dict[tuple[str, str], Path], dict[str, Path]]:
    """(subject, clip name in lower case) to folder, of the best pack under the root; subjects' folders that cannot be
    listed."""
    packs = sorted(folders_with(root, _SUBJECT), key=lambda folder: (_preference(folder, root), folder))
    for pack in packs:
        folders: dict[tuple[str, str], Path] = {}
        unreadable: dict[str, Path] = {}
        for name in subfolders(pack):
            match = _SUBJECT.fullmatch(name)
            if match:
                subject = f"sub{zero_filled(match[1], 2)}"
                try:
                    clips = subfolders(pack / name)
                except OSError:
                    unreadable[subject] = pack / name
                    continue
                for clip in clips:
                    folders.setdefault((subject, clip.lower()), pack / name / clip)
        if folders:
            return folders, unreadable
    raise InputError(
        "no frame folders like sub01/EP02_01f here",
        path=root,
        remedy="`root` is the folder with Cropped, CASME2_RAW_selected or CASME2-RAW, or one of these itself.",
    )


def _preference(pack: Path, root: Path) -> int:
    names = pack.absolute().relative_to(root.absolute().parent).as_posix().lower()
    ranks = [rank for rank, word in enumerate(_PACKS) if word in names]
    return max(ranks, default=len(_PACKS))


def _coding(settings: CorpusSettings, root: Path) -> tuple[Path, list[Row]]:
    """The coding file of the version wanted (2014 where not said and present) and its rows."""
    optional = frozenset({"objective"})
    paths = find_annotations(settings, around(root), _CODING, "coding file (CASME2-coding-20140508.xlsx)")
    tables = [(path, read_table(path, COLUMNS, optional)) for path in paths]
    versions = [_version(path, rows) for path, rows in tables]
    wanted = settings.version or "2014"
    if wanted in versions:
        return tables[versions.index(wanted)]
    if settings.version is None:
        return tables[0]
    raise InputError(
        f"the {wanted} coding is not here, only the {versions[0]} one ({paths[0].name})",
        path=root,
        remedy=f"Add CASME2-coding-{VERSIONS[wanted]}.xlsx or choose version {versions[0]}.",
    )


def _version(path: Path, rows: list[Row]) -> str:
    for version, date in VERSIONS.items():
        if date in path.name:
            return version
    # Only the 2019 coding has objective classes.
    return "2019" if any(row.value("objective") for row in rows) else "2014"
