"""Reader ``samm``: SAMM (Davison et al. 2018), 159 micro-expressions of 29 subjects at 200 fps.

docs/corpora/samm.md describes the layout, the known errors and what is done about them.
"""

from __future__ import annotations

import re
from pathlib import Path

from unimer.corpora.base import Clips, Corpus, check_version, reader
from unimer.corpora.places import Folders, around, clip_folders, find_annotations, zero_filled
from unimer.corpora.rows import Coding
from unimer.corpora.table import Row, read_table
from unimer.errors import InputError
from unimer.settings import CorpusSettings

FPS = 200.0
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
CODING = re.compile(r"(?!.*long)SAMM([-_ ].*micro.*)?\.(xlsx|xls|csv)", re.IGNORECASE)
_CLIP = re.compile(r"[0-9]{3}_[0-9]_[0-9]{1,2}")
# Face crops of the community have the file names of the original and lie in SAMM_CROP or the like.
_PACKS = ("samm", "raw", "crop")


@reader("samm", folders=re.compile(rf"[0-9]{{3}}/{_CLIP.pattern}"), table=CODING)
def read_samm(settings: CorpusSettings) -> Corpus:
    """Read SAMM.

    Raises:
        SettingsError: a ``version`` is wanted.
        InputError: no coding file, one without a needed column, or no frame folders.
    """
    check_version(settings, ())
    root = Path(settings.root)
    folders = _folders(root)
    path = find_annotations(settings, around(root), CODING, "coding file (SAMM_Micro_FACS_Codes_v2.xlsx)")[0]
    clips = Clips(settings, root, version="v2")
    coding = Coding(clips, path, folders)
    for row in read_coding(path):
        subject = subject_of(row)
        coding.add(row, subject, row.value("clip"), fps=FPS, person=person_of(subject))
    coding.finish()
    return clips.corpus()


def read_coding(path: Path) -> list[Row]:
    """Rows of the coding file; also the long videos take their emotions from it."""
    return read_table(path, COLUMNS, frozenset({"objective"}))


def subject_of(row: Row) -> str | None:
    """``006``: three digits, which copies as numbers lose."""
    subject = row.value("subject")
    return subject and zero_filled(subject, 3)


def person_of(subject: str | None) -> str | None:
    """The long videos show the same people."""
    return subject and f"samm/{subject}"


def _folders(root: Path) -> Folders:
    folders = clip_folders(root, _CLIP, lambda folder: (folder.name[:3], folder.name), _PACKS)
    if not folders.found and not folders.unreadable:
        raise InputError(
            "no frame folders like 006/006_1_2 here",
            path=root,
            remedy="`root` is the folder with 006, 007, ... or the one around it.",
        )
    return folders
