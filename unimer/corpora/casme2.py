"""Reader ``casme2``: CASME II (Yan et al. 2014), 255 clips of 26 subjects at 200 fps.

docs/corpora/casme2.md describes the layouts, the coding versions, the known errors and what is done about them.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from unimer.corpora.base import Clips, Corpus, check_version, reader
from unimer.corpora.places import Folders, around, clip_folders, find_annotations, zero_filled
from unimer.corpora.rows import Coding
from unimer.corpora.table import Row, read_table
from unimer.errors import InputError
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
OBJECTIVE_COLUMNS = {name: COLUMNS[name] for name in ("subject", "clip", "objective")}
_CODING = re.compile(r"CASME\s*2[-_ ]?(coding|label).*\.(xlsx|xls|csv)", re.IGNORECASE)
_OBJECTIVE = re.compile(r"CASME\s*2[-_ ]?Objective[-_ ]?Class(es)?.*\.(xlsx|xls|csv)", re.IGNORECASE)
_SUBJECT = re.compile(r"sub\s*0*([0-9]{1,2})", re.IGNORECASE)
_CLIP = re.compile(r"EP[0-9]{2}(_[0-9]{1,2}){0,2}f?", re.IGNORECASE)
# The raw pack has frames before the onset, from which the noise of a clip is measured; the crops are the tightest.
PACKS = ("raw", "selected", "cropped")
# The clips whose AUs are unknown in the coding of 2014; a copy in use leaves them out.
UNKNOWN_AUS = {
    ("sub05", "EP05_03"),
    ("sub05", "EP07_01"),
    ("sub05", "EP13_04f"),
    ("sub19", "EP11_01f"),
    ("sub26", "EP13_01"),
}
_Key = tuple[str | None, str | None]


@reader("casme2", folders=re.compile(rf"(?i:sub\s*[0-9]{{1,2}}/{_CLIP.pattern})"), table=_CODING)
def read_casme2(settings: CorpusSettings) -> Corpus:
    """Read CASME II from any of its frame packs and coding versions.

    Raises:
        SettingsError: ``version`` is neither 2014 nor 2019.
        InputError: no coding file, one without a needed column, or no frame folders.
    """
    check_version(settings, VERSIONS)
    root = Path(settings.root)
    folders = sub_folders(root, _CLIP)
    path, version, rows = _coding(settings, root)
    classes = _objective_classes(path) if version == "2014" else None
    clips = Clips(settings, root, version=_published(path, version, rows, classes is not None))
    coding = Coding(clips, path, folders)
    if classes is not None:
        clips.annotations.append(classes[0])
    for row in rows:
        subject, clip = _names(row)
        flags: tuple[str, ...] = ()
        if classes is not None:
            number = classes[1].get((subject, clip))
            flags = () if number else ("objective.missing",)
            row = replace(row, cells={**row.cells, "objective": number or ""})
        coding.add(row, subject, clip, fps=FPS, flags=flags)
    coding.finish()
    return clips.corpus()


def sub_folders(root: Path, clip: re.Pattern[str]) -> Folders:
    """Clip folders like ``sub01/EP02_01f``, in the best frame pack.

    Raises:
        InputError: there are none.
    """
    folders = clip_folders(root, clip, _key, PACKS)
    if not folders.found and not folders.unreadable:
        raise InputError(
            "no frame folders like sub01/EP02_01f here",
            path=root,
            remedy="`root` is the folder with the frame packs or one of them; docs/corpora has a page on them.",
        )
    return folders


def _key(folder: Path) -> tuple[str, str] | None:
    match = _SUBJECT.fullmatch(folder.parent.name)
    return (f"sub{match[1].zfill(2)}", folder.name) if match else None


def _coding(settings: CorpusSettings, root: Path) -> tuple[Path, str, list[Row]]:
    """The coding file of the version wanted (2014 where not said and present), its version and rows."""
    optional = frozenset({"objective"})
    paths = find_annotations(settings, around(root), _CODING, "coding file (CASME2-coding-20140508.xlsx)")
    tables = [(path, read_table(path, COLUMNS, optional)) for path in paths]
    versions = [_version(path, rows) for path, rows in tables]
    wanted = settings.version or "2014"
    if wanted in versions or settings.version is None:
        at = versions.index(wanted) if wanted in versions else 0
        return tables[at][0], versions[at], tables[at][1]
    raise InputError(
        f"the {wanted} coding is not here, only the {versions[0]} one ({paths[0].name})",
        path=root,
        remedy=f"Add CASME2-coding-{VERSIONS[wanted]}.xlsx or choose version {versions[0]}.",
    )


def _names(row: Row) -> _Key:
    subject = row.value("subject")
    return subject and f"sub{zero_filled(subject, 2)}", row.value("clip")


def _objective_classes(coding: Path) -> tuple[Path, dict[_Key, str]] | None:
    """The file beside the coding of 2014 that has its objective classes (Davison et al. 2017), and what it says."""
    found = sorted(path for path in coding.parent.iterdir() if _OBJECTIVE.fullmatch(path.name) and path.is_file())
    if not found:
        return None
    rows = read_table(found[0], OBJECTIVE_COLUMNS)
    return found[0], {_names(row): row.value("objective") or "" for row in rows}


def _published(path: Path, version: str, rows: list[Row], objective: bool) -> str | None:
    """Which of the data card's counts a copy should have; there are none for the older label files (247 clips)."""
    if "label" in path.name.lower():
        return None
    if version == "2014" and len(rows) == 250 and not UNKNOWN_AUS & {_names(row) for row in rows}:
        return "2014, known AUs"
    return "2014, objective classes" if objective else version


def _version(path: Path, rows: list[Row]) -> str:
    for version, date in VERSIONS.items():
        if date in path.name:
            return version
    # Only the 2019 coding has objective classes.
    return "2019" if any(row.value("objective") for row in rows) else "2014"
