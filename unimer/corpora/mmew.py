"""Reader ``mmew``: the micro-expressions of MMEW (Ben et al. 2021), 300 clips of 30 subjects at 90 fps.

docs/corpora/mmew.md describes the layouts, the coding file, the known errors and what is done about them.
"""

from __future__ import annotations

import re
from pathlib import Path

from unimer.corpora.base import Clips, Corpus, reader
from unimer.corpora.places import Folders, Key, around, clip_folders, find_annotations, zero_filled
from unimer.corpora.rows import Coding
from unimer.corpora.table import Row, read_table
from unimer.errors import InputError, SettingsError
from unimer.facs.emotions import canonical
from unimer.settings import CorpusSettings

FPS = 90.0
COLUMNS = {
    "clip": ("filename",),
    "subject": ("subject", "sub"),
    "onset": ("onsetframe", "onset"),
    "apex": ("apexframe", "apex"),
    "offset": ("offsetframe", "offset"),
    "aus": ("actionunits", "au", "aus"),
    "emotion": ("estimatedemotion", "emotion"),
}
# The number of the emotion in a clip's name. 04 is the folder "repression", which the coding file calls "others".
EMOTIONS = {
    "01": ("happiness",),
    "02": ("surprise",),
    "03": ("disgust",),
    "04": ("others", "repression"),
    "05": ("fear",),
    "06": ("sadness",),
    "07": ("anger",),
}
_CODING = re.compile(r"MMEW[-_ ]*Micro[-_ ]*Exp.*\.(xlsx|xls|csv)", re.IGNORECASE)
_CLIP = re.compile(r"S([0-9]{1,2})-([0-9]{2})-[0-9]{3}", re.IGNORECASE)
# A macro-expression may have the name of a micro-expression.
PACKS = ("micro",)


@reader("mmew", folders=re.compile(rf"[^/]*/(?i:{_CLIP.pattern})"), table=_CODING)
def read_mmew(settings: CorpusSettings) -> Corpus:
    """Read the micro-expressions of MMEW, whether folders go by emotion or by subject first.

    Raises:
        SettingsError: a ``version`` is given.
        InputError: no coding file, one without a needed column, or no frame folders.
    """
    if settings.version is not None:
        raise SettingsError("mmew has no versions", remedy="Name another coding file with `annotations`.")
    root = Path(settings.root)
    folders = _folders(root)
    path = find_annotations(settings, around(root), _CODING, "coding file (MMEW_Micro_Exp.xlsx)")[0]
    clips = Clips(settings, root, version="micro")
    coding = Coding(clips, path, folders)
    for row in read_table(path, COLUMNS, frozenset({"subject"})):
        clip = row.value("clip")
        coding.add(row, _subject(row.value("subject"), clip), clip, fps=FPS, flags=_doubts(row, clip))
    coding.finish()
    return clips.corpus()


def _folders(root: Path) -> Folders:
    folders = clip_folders(root, _CLIP, _key, PACKS)
    if not folders.found and not folders.unreadable:
        raise InputError(
            "no frame folders like happiness/S03-01-002 here",
            path=root,
            remedy="`root` is the folder with Micro_Expression (MMEW_Final) or Micro_Expression itself.",
        )
    return folders


def _key(folder: Path) -> Key | None:
    match = _CLIP.fullmatch(folder.name)
    return (f"S{match[1].zfill(2)}", folder.name) if match else None


def _subject(cell: str | None, clip: str | None) -> str | None:
    """``S03`` from the clip's name, whose first part it is; from the column where the name is another one."""
    match = _CLIP.fullmatch(clip or "")
    number = match[1] if match else cell
    return number and f"S{zero_filled(number, 2)}"


def _doubts(row: Row, clip: str | None) -> tuple[str, ...]:
    """Where the name of a clip contradicts what its row says."""
    match = _CLIP.fullmatch(clip or "")
    if match is None:
        return ()
    flags = []
    cell, emotion = row.value("subject"), canonical(row.value("emotion"))
    if cell and zero_filled(cell, 2) != match[1].zfill(2):
        flags.append(f"subject.differs:{cell}")
    if emotion and emotion not in EMOTIONS.get(match[2], (emotion,)):
        flags.append(f"emotion.differs:{EMOTIONS[match[2]][0]}")
    return tuple(flags)
