"""Reader ``casme_sq``: CAS(ME)^2 (Qu et al. 2018), 300 macro- and 57 micro-expressions of 22 subjects at 30 fps.

docs/corpora/casme_sq.md describes the layouts, the known errors and what is done about them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from unimer.corpora.base import Clips, Corpus, check_version, reader
from unimer.corpora.places import Folders, around, clip_folders, find_annotations
from unimer.corpora.rows import Coding
from unimer.corpora.table import Row, read_sheets
from unimer.errors import InputError
from unimer.records import Expression
from unimer.resources import load_yaml
from unimer.settings import CorpusSettings

FPS = 30.0
FIELDS = ("subject", "clip", "onset", "apex", "offset", "aus", "emotion", "type", "report")
"""The columns of the first sheet, which has no header."""
_CODING = re.compile(
    r"(CAS\(ME\)\^?2[-_ ]*)?code[-_ ]*final.*\.(xlsx|xls|csv)|CASME_sq.*\.(xlsx|xls|csv)", re.IGNORECASE
)
_VIDEO = re.compile(r"([0-9]{2,3})_([0-9]{4}).*")
_CLIP = re.compile(r"((?:anger|disgust|happy)[0-9])_[0-9]{1,2}", re.IGNORECASE)
_SUBJECT = re.compile(r"s?0*([0-9]{2,3})", re.IGNORECASE)
# Recordings before cut expressions: an offset that was not visible may lie behind the end of these.
_PACKS = ("rawpic", "rawpic_crop", "longvideo", "selectedpic", "/crop")


@reader(
    "casme_sq",
    folders=re.compile(rf"(?i:s?[0-9]{{2}}/([0-9]{{2}}_[0-9]{{4}}[a-z]+|{_CLIP.pattern}))"),
    table=_CODING,
)
def read_casme_sq(settings: CorpusSettings) -> Corpus:
    """Read CAS(ME)^2 from its recordings or from the pack of cut expressions.

    Raises:
        SettingsError: a ``version`` is wanted.
        InputError: no coding file, one that cannot be read, or no frame folders.
    """
    check_version(settings, ())
    root = Path(settings.root)
    folders = _folders(root)
    path = find_annotations(settings, around(root), _CODING, "coding file (CAS(ME)^2code_final.xlsx)")[0]
    naming, rows = _read(path)
    recordings = any(clip.isdigit() for _, clip in folders.found)
    clips = Clips(settings, root, version="recordings" if recordings else "cut expressions")
    coding = Coding(clips, path, folders, zero_is_missing=frozenset({"apex", "offset"}))
    for row in rows:
        _add(coding, row, naming, recordings)
    coding.finish()
    return clips.corpus()


@dataclass(frozen=True)
class Naming:
    """``subjects``: number in the coding file -> ``s15``; ``videos``: ``disgust1`` -> ``0101``."""

    subjects: dict[str, str]
    videos: dict[str, str]


def _add(coding: Coding, row: Row, naming: Naming, recordings: bool) -> None:
    number, clip = row.value("subject"), row.value("clip")
    subject = naming.subjects.get(number or "")
    label = _CLIP.fullmatch(clip or "")
    video = naming.videos.get(label[1].lower()) if label else None
    expression = _expression(row.value("type"))
    if subject is None or clip is None or label is None or video is None or expression is None:
        text = f"subject {number!r}, clip {clip!r}, type {row.value('type')!r}: "
        text += "one of them is missing, or the naming rules do not know it"
        return coding.reject(row, subject, clip, "annotation.invalid", text)
    folder = video if recordings else clip
    onset, report = row.value("onset"), row.value("report")
    flags = (*_misfiled(coding.folders, subject, folder), *([f"self_report:{report.lower()}"] if report else []))
    return coding.add(
        row,
        subject,
        clip,
        folder=folder,
        key=f"{label[1].lower()}_{onset}" if onset else None,
        shared=recordings,
        fps=FPS,
        expression=expression,
        flags=flags,
    )


def _expression(text: str | None) -> Expression | None:
    """``micro-expression``, ``macro-expression``."""
    word = (text or "").lower()
    return "micro" if word.startswith("micro") else "macro" if word.startswith("macro") else None


# --- Coding file -----------------------------------------------------------------------------------------------------


def _read(path: Path) -> tuple[Naming, list[Row]]:
    """The rules of the second and third sheet (the published ones where they are not there) and the rows of the
    first. Sheets go by their place, since their names vary."""
    tables = [table for _, table in read_sheets(path)]
    rules = load_yaml("data/casme_sq.yaml")
    subjects = {str(number): str(folder) for number, folder in rules["subjects"].items()}
    videos = {str(label): str(code) for label, code in rules["videos"].items()}
    for cells in tables[1] if len(tables) > 1 else []:
        if len(cells) > 2 and cells[1].strip() and cells[2].strip():
            subjects[cells[2].strip()] = cells[1].strip().lower()
    for cells in tables[2] if len(tables) > 2 else []:
        if len(cells) > 1 and cells[0].strip() and cells[1].strip():
            videos[cells[1].strip().lower()] = cells[0].strip().zfill(4)
    rows = [
        Row(number, dict(zip(FIELDS, [*cells, *[""] * len(FIELDS)], strict=False)))
        for number, cells in enumerate(tables[0] if tables else [], 1)
        if any(cell.strip() for cell in cells)
    ]
    if rows and rows[0].cells["onset"].strip().isalpha():
        rows = rows[1:]  # an edited copy that has a header
    if not any(_CLIP.fullmatch(row.value("clip") or "") for row in rows):
        raise InputError(
            "no row of the first sheet has an expression such as anger1_1 in its second column",
            path=path,
            remedy="Is this the coding file of CAS(ME)^2?",
        )
    return Naming(subjects, videos), rows


# --- Folders ---------------------------------------------------------------------------------------------------------


def _folders(root: Path) -> Folders:
    name = re.compile(rf"{_VIDEO.pattern}|{_CLIP.pattern}", re.IGNORECASE)
    folders = clip_folders(root, name, _key, _PACKS)
    if not folders.found and not folders.unreadable:
        raise InputError(
            "no folders like s15/15_0101disgustingteeth or s15/disgust1_1 here",
            path=root,
            remedy="`root` is the folder with rawpic, longVideoFaceCropped, selectedpic or cropped, or one of these.",
        )
    _prefer_own_parent(folders)
    return folders


def _key(folder: Path) -> tuple[str, str] | None:
    """A recording goes by the two numbers in its name, the rest is misspelt and one lies in another subject's folder;
    a cut expression by its parent."""
    if video := _VIDEO.fullmatch(folder.name):
        return f"s{video[1]}", video[2]
    parent = _SUBJECT.fullmatch(folder.parent.name)
    return (f"s{parent[1]}", folder.name) if parent else None


def _prefer_own_parent(folders: Folders) -> None:
    """Where a recording lies in two subjects' folders the one in its own subject's is used."""
    for at, (subject, path) in enumerate(folders.twice):
        key = _key(path)
        if key is not None and _strange(subject, folders.found[key]) and not _strange(subject, path):
            folders.twice[at] = (subject, folders.found[key])
            folders.found[key] = folders.left[key] = path


def _strange(subject: str, folder: Path) -> bool:
    parent = _SUBJECT.fullmatch(folder.parent.name)
    return parent is not None and f"s{parent[1]}" != subject


def _misfiled(folders: Folders, subject: str, clip: str) -> list[str]:
    folder = folders.found.get((subject, clip.lower()))
    return [f"folder.misfiled:{folder.parent.name}"] if folder is not None and _strange(subject, folder) else []
