"""Reader ``4dme``: the micro-expressions of 4DME (Li et al. 2022), grey frames of the 2D camera.

docs/corpora/4dme.md describes the layout, the coding file, the known errors and what is done about them.
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
from unimer.facs.grammar import parse
from unimer.settings import CorpusSettings

COLUMNS = {
    "subject": ("subid", "subject"),
    "clip": ("foldname",),
    "onset": ("onset",),
    "apex": ("apex",),
    "offset": ("offset",),
    "aus": ("aus", "au"),
    "emotion": ("emotion",),
}
# One column an emotion and one an AU repeat, as 0 or 1, what two columns say in words.
EMOTIONS = ("positive", "negative", "surprise", "repression", "others")
AUS = tuple(range(1, 65))
MARKED = {name: (name,) for name in (*EMOTIONS, *(f"au{number}" for number in AUS))}
# `...Micro_extras_release...` has self-reports and no frames; it is not the coding file.
_CODING = re.compile(r"4DME[-_ ]*Labell?ing[-_ ]*Micro(?!.*extras).*\.(xlsx|xls|csv)", re.IGNORECASE)
_SUBJECT = re.compile(r"(?:sub|s)?[-_ ]*0*([0-9]{1,3})", re.IGNORECASE)
_CLIP = re.compile(r"S0*([0-9]{1,3})_.+", re.IGNORECASE)


@reader("4dme", folders=re.compile(r"(?i)[^/]*/S[0-9]{1,3}_[0-9a-z]+_[0-9]+_[0-9]+.*"), table=_CODING)
def read_4dme(settings: CorpusSettings) -> Corpus:
    """Read the micro-expressions of 4DME.

    Raises:
        SettingsError: a ``version`` is given.
        InputError: no coding file, one without a needed column, or no frame folders.
    """
    if settings.version is not None:
        raise SettingsError("4dme has no versions", remedy="Leave `version` out.")
    root = Path(settings.root)
    folders = _folders(root)
    path = find_annotations(settings, around(root), _CODING, "coding file (4DME_Labelling_Micro_release v1.xlsx)")[0]
    clips = Clips(settings, root, version="release v1")
    coding = Coding(clips, path, folders)
    for row in read_table(path, COLUMNS | MARKED, frozenset(MARKED)):
        subject = row.value("subject")
        coding.add(row, subject and f"S{zero_filled(subject, 2)}", row.value("clip"), flags=_doubts(row))
    coding.finish()
    return clips.corpus()


def _folders(root: Path) -> Folders:
    folders = clip_folders(root, re.compile(".*[0-9].*"), _key, ("gray_micro", "crop"))
    if not folders.found and not folders.unreadable:
        raise InputError(
            "no frame folders like S13/S13_1st_001_01_1 here",
            path=root,
            remedy="`root` is the folder with gray_micro or gray_micro_crop, or one of these itself.",
        )
    return folders


def _key(folder: Path) -> Key | None:
    """The subject is the parent, or, in trees without folders of subjects, the first part of the name."""
    if _SUBJECT.fullmatch(folder.name) and not folder.name.isdecimal():
        return None  # the folder of a subject
    match = _SUBJECT.fullmatch(folder.parent.name) or _CLIP.fullmatch(folder.name)
    return (f"S{match[1].zfill(2)}", folder.name) if match else None


def _doubts(row: Row) -> tuple[str, ...]:
    """Where the columns of 0 and 1 contradict the words: labels that were put into the wrong row do."""
    flags = []
    marked = {name for name in EMOTIONS if row.number_or_zero(name)}
    if marked and marked != {canonical(part) for part in (row.value("emotion") or "").split("+")}:
        flags.append(f"emotion.columns_differ:{'+'.join(sorted(marked))}")
    columns = {number for number in AUS if row.number_or_zero(f"au{number}")}
    parsed = parse(row.raw("aus"))
    moving, kept = ({label.au for label in labels} for labels in (parsed.items, parsed.excluded))
    if columns and columns not in (moving, moving | kept):
        flags.append(f"au.columns_differ:{'+'.join(map(str, sorted(columns)))}")
    return tuple(flags)
