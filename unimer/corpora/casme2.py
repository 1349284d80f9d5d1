"""Reader ``casme2``: CASME II (Yan et al. 2014), 255 clips of 26 subjects at 200 fps.

docs/corpora/casme2.md describes the layouts, the coding versions, the known errors and what is done about them.
"""

from __future__ import annotations

import re
from pathlib import Path

from unimer.corpora.base import Clips, Corpus, reader
from unimer.corpora.places import Folders, around, clip_folders, find_annotations, zero_filled
from unimer.corpora.rows import Coding
from unimer.corpora.table import Row, read_table
from unimer.errors import InputError, SettingsError
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
_CLIP = re.compile(r"EP[0-9]{2}(_[0-9]{1,2}){0,2}f?", re.IGNORECASE)
# The raw pack has frames before the onset, from which the noise of a clip is measured; the crops are the tightest.
PACKS = ("raw", "selected", "cropped")


@reader("casme2", folders=re.compile(rf"(?i:sub\s*[0-9]{{1,2}}/{_CLIP.pattern})"), table=_CODING)
def read_casme2(settings: CorpusSettings) -> Corpus:
    """Read CASME II from any of its frame packs and coding versions.

    Raises:
        SettingsError: ``version`` is neither 2014 nor 2019.
        InputError: no coding file, one without a needed column, or no frame folders.
    """
    if settings.version not in (None, *VERSIONS):
        raise SettingsError(f"casme2 has no version {settings.version!r}", remedy=f"Versions: {', '.join(VERSIONS)}")
    root = Path(settings.root)
    folders = sub_folders(root, _CLIP)
    path, version, rows = _coding(settings, root)
    clips = Clips(settings, root, version=version)
    coding = Coding(clips, path, folders)
    for row in rows:
        subject = row.value("subject")
        coding.add(row, subject and f"sub{zero_filled(subject, 2)}", row.value("clip"), fps=FPS)
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
            remedy="`root` is the folder with Cropped, CASME2_RAW_selected or CASME2-RAW, or one of these itself.",
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


def _version(path: Path, rows: list[Row]) -> str:
    for version, date in VERSIONS.items():
        if date in path.name:
            return version
    # Only the 2019 coding has objective classes.
    return "2019" if any(row.value("objective") for row in rows) else "2014"
