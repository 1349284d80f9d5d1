"""Reader ``casme3_c``: CAS(ME)^3 part C (Li et al. 2022), 165 micro-expressions of 30 subjects in a mock crime.

docs/corpora/casme3_c.md describes the layouts, the known quirks and what is done about them.
"""

from __future__ import annotations

import re
from pathlib import Path

from unimer.corpora.base import Clips, Corpus, reader
from unimer.corpora.casme3_a import CORPUS, SHEET, colour, lies_in, sheets
from unimer.corpora.places import Folders, clip_folders, find_annotations, zero_filled
from unimer.corpora.rows import Coding
from unimer.corpora.table import read_table
from unimer.errors import InputError, SettingsError
from unimer.settings import CorpusSettings

FPS = 30.0
VERSION = "part_C_ME"
COLUMNS = {
    "subject": ("sub", "subject"),
    "clip": ("count",),
    "onset": ("onset",),
    "apex": ("apex",),
    "offset": ("offset",),
    "aus": ("au", "aus"),
    "emotion": ("emotion",),
}
_CODING = re.compile(rf"{CORPUS}part[-_ ]?c[-_ ](?:all[-_ ])?me(?![a-z]).*{SHEET}", re.IGNORECASE)
_SUBJECT = re.compile(r"(?:sub)?0*([0-9]{1,2})", re.IGNORECASE)
_CLIP = re.compile(r"0*([0-9]{1,2})(?:_0*([0-9]{1,2}))?")
_RECORDING = re.compile(r"[a-z]|colou?r", re.IGNORECASE)
_WHOLE = "recording"  # stands for a clip's name in the key of a recording with all clips of a subject
_ELSEWHERE = re.compile(r"part[-_ ]?[ab](?![a-z]).*|(?!.*(?:rgb|colou?r)).*depth.*", re.IGNORECASE)


@reader(
    "casme3_c",
    folders=re.compile(r"(?i:colou?r/[0-9]{1,2}_[0-9]{1,2}|[0-9]{2}/[0-9]{1,2}|[0-9]{2}/a)"),
    table=_CODING,
)
def read_casme3_c(settings: CorpusSettings) -> Corpus:
    """Read part C of CAS(ME)^3 from clip folders in either arrangement, or from whole recordings.

    Raises:
        SettingsError: ``version`` is something else than ``VERSION``.
        InputError: no coding file, one without a needed column, or no frame folders.
    """
    if settings.version not in (None, VERSION):
        raise SettingsError(f"casme3_c has no version {settings.version!r}", remedy=f"The only one is {VERSION}.")
    root = Path(settings.root)
    found = [] if settings.annotations else sheets(root, _CODING)
    path = (found or find_annotations(settings, [], _CODING, "coding file (CAS(ME)3_part_C_ME.xlsx)"))[0]
    rows = read_table(path, COLUMNS, frozenset({"apex"}), sheet="mockCrimeME")
    folders, shared = _folders(root)
    coding = Coding(Clips(settings, root, version=VERSION), path, folders)
    for row in rows:
        subject, count = row.value("subject"), row.value("clip")
        subject = subject and zero_filled(subject, 2)
        coding.add(
            row,
            subject,
            count and zero_filled(count, 1),
            folder=_WHOLE if shared else None,
            shared=shared,
            fps=FPS,
        )
    coding.finish()
    return coding.clips.corpus()


def _folders(root: Path) -> tuple[Folders, bool]:
    """The clips' folders, else whole recordings, one a subject; whether they are recordings.

    Raises:
        InputError: there are none.
    """
    folders = clip_folders(root, _CLIP, lambda path: _clip(path, root))
    shared = not folders.found
    if shared:
        folders = clip_folders(root, _RECORDING, lambda path: _recording(path, root))
    if not folders.found and not folders.unreadable:
        raise InputError(
            "no frame folders like 01/1/color, 01/color/1_1 or 01/a/color here",
            path=root,
            remedy="`root` is the folder with the subjects 01 ... 31, or one around it.",
        )
    folders.found = {key: colour(path) for key, path in folders.found.items()}
    return folders, shared


def _clip(path: Path, root: Path) -> tuple[str, str] | None:
    """``01/1`` and ``01/color/1_1`` -> subject 01, clip 1."""
    match, parent = _CLIP.fullmatch(path.name), _SUBJECT.fullmatch(path.parent.name)
    if match is None or lies_in(path, root, _ELSEWHERE):
        return None
    if match[2] is not None:
        return match[1].zfill(2), match[2]
    return (parent[1].zfill(2), match[1]) if parent else None


def _recording(path: Path, root: Path) -> tuple[str, str] | None:
    parent = _SUBJECT.fullmatch(path.parent.name)
    return (parent[1].zfill(2), _WHOLE) if parent and not lies_in(path, root, _ELSEWHERE) else None
