"""Turns the rows of a coding table into clips: the same steps for every corpus."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from unimer.corpora.base import ORPHAN, Clips, Draft
from unimer.corpora.marks import Corrections
from unimer.corpora.places import Folders, frame_folder, relative_to
from unimer.corpora.table import Row
from unimer.errors import ClipError
from unimer.frames import Listing
from unimer.records import Expression, FrameMark, FrameSource

_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6, "vii": 7}
_MARKS = ("onset", "apex", "offset")


class Coding:
    """A coding table that is being read; each of its rows goes into ``add`` or ``reject`` exactly once.

    The rows need the fields ``onset`` and ``offset``; ``apex``, ``aus``, ``emotion`` and ``objective`` are used where
    they are there. Where the coding is spread over several files each has its own ``Coding`` of the same clips and
    folders, and only the last one is finished.
    """

    def __init__(
        self,
        clips: Clips,
        path: Path,
        folders: Folders,
        zero_is_missing: frozenset[str] = frozenset(),
        whole: bool = False,
    ):
        """
        Args:
            clips: takes what is read.
            path: the coding file.
            folders: the clip folders, or the recordings where clips share them.
            zero_is_missing: of ``onset``, ``apex`` and ``offset`` those that the coders wrote 0 for where they could
                not see them (everywhere else 0 is a frame).
            whole: a folder holds exactly one expression, so where a row names no onset or offset it is the folder's
                first or last frame.
        """
        self.clips, self.path, self.folders, self._whole = clips, path, folders, whole
        self.corrections = Corrections(clips.settings.corpus, clips.settings.corrections)
        self._zero_is_missing = zero_is_missing
        self._listed = lru_cache(maxsize=64)(frame_folder)
        clips.annotations.append(path)
        _count_folders(clips, folders)
        clips.unread += [f"{relative_to(path, clips.root)} ({reason})" for path, reason in folders.unreadable.items()]

    def place(self, row: Row) -> str:
        """Where a row is, for messages."""
        return f"{self.path.name}, row {row.number}"

    def reject(self, row: Row, subject: str | None, clip: str | None, code: str, text: str) -> None:
        """Refuse a row; without a name it goes under its number."""
        self._count(row)
        self._reject(row, subject or "unknown", clip or f"row-{row.number}", code, text)

    def add(
        self,
        row: Row,
        subject: str | None,
        clip: str | None,
        *,
        folder: str | None = None,
        key: str | None = None,
        shared: bool = False,
        fps: float | None = None,
        person: str | None = None,
        part: str | None = None,
        expression: Expression = "micro",
        emotion: str | None = None,
        flags: tuple[str, ...] = (),
    ) -> None:
        """Make a clip of a row: correct its marks, find its frames, parse its labels; or reject it with the reason.

        Args:
            row: the row.
            subject: canonical subject, None where the cell is empty.
            clip: clip name, None where the cell is empty; also the clip's part of the key of corrections.
            folder: clip's part of the folder's key; default ``clip``.
            key: last part of the id where ``clip`` is not unique; default ``clip``.
            shared: the folder is a recording with several clips.
            fps, person, part, expression: see ``Draft``.
            emotion: default the row's field ``emotion``.
            flags: what the reader noticed.
        """
        if subject is None or clip is None:
            return self.reject(row, subject, clip, "annotation.invalid", "no subject or clip")
        self._count(row)
        name = key or clip
        place = self.folders.take(subject, folder or clip)
        noted = list(flags)
        try:
            onset, apex, offset = self._marks(row, subject, clip, noted)
        except ValueError as error:
            return self._reject(row, subject, name, "annotation.invalid", str(error))
        if place is None:
            text = self.folders.why_missing(subject, folder or clip)
            return self._reject(row, subject, name, "frames.missing", text)
        try:
            place, listing = self._list(place, shared)
        except ClipError as error:
            return self._reject(row, subject, name, error.code, error.message)
        numbers = list(listing.files)
        if self._whole:
            onset, offset = _ends(onset, offset, numbers)
        return self.clips.add(
            Draft(
                subject=subject,
                clip=clip,
                key=key,
                frames=FrameSource(kind="folder", path=relative_to(place, self.clips.root)),
                shared=shared,
                fps=fps,
                onset=onset,
                apex=apex,
                offset=offset,
                numbers=numbers,
                aus=row.raw("aus"),
                emotion=emotion if emotion is not None else row.raw("emotion"),
                objective_class=objective_class(row.value("objective")),
                person=person,
                part=part,
                expression=expression,
                flags=[*noted, *(["frames.duplicate"] if listing.duplicates else [])],
                place=self.place(row),
            )
        )

    def finish(self) -> None:
        """Report folders that no row of any coding file describes."""
        files = ", ".join(path.name for path in self.clips.annotations)
        for (subject, _), path in self.folders.left.items():
            text = f"{relative_to(path, self.clips.root)} has no row in {files}"
            self.clips.reject(subject, path.name, ORPHAN, text)
        _reject_twice(self.clips, self.folders)

    def _list(self, folder: Path, shared: bool) -> tuple[Path, Listing]:
        """The folder with the frames and its listing.

        Raises:
            ClipError: it cannot be listed, or holds no frame.
        """
        where = relative_to(folder, self.clips.root)
        try:
            folder, listing = self._listed(folder) if shared else frame_folder(folder)
        except OSError as error:
            raise ClipError("frames.missing", f"{where} cannot be listed: {error.strerror}") from error
        if not listing.files:
            raise ClipError("frames.empty", f"{relative_to(folder, self.clips.root)} holds no frame")
        return folder, listing

    def _marks(self, row: Row, subject: str, clip: str, flags: list[str]) -> tuple[FrameMark, FrameMark, FrameMark]:
        """Onset, apex and offset after correction; what the coders did not see is missing and flagged.

        Raises:
            ValueError: a cell is no frame number, or there is no onset or offset.
        """
        printed = {name: row.frame(name) for name in _MARKS}
        onset, apex, offset = (self._mark(subject, clip, printed, name, flags) for name in _MARKS)
        if not self._whole:
            self._check_seen(onset, apex, offset, flags)
        flags += self.corrections.flags(subject, clip, printed["onset"])
        return onset, apex, offset

    def _check_seen(self, onset: FrameMark, apex: FrameMark, offset: FrameMark, flags: list[str]) -> None:
        for name, mark, flag in (("onset", onset, "onset.before_start"), ("offset", offset, "offset.not_visible")):
            if mark.frame is None and name not in self._zero_is_missing:
                raise ValueError("no onset or offset")
            if mark.frame is None:
                flags.append(flag)
        if apex.frame is None and (onset.frame is None or offset.frame is None):
            raise ValueError("no apex, and no onset or no offset")

    def _mark(self, subject: str, clip: str, printed: dict[str, int | None], name: str, flags: list[str]) -> FrameMark:
        mark = self.corrections.apply(subject, clip, printed["onset"], name, printed[name], flags)
        if mark.frame == 0 and mark.origin == "annotated" and name in self._zero_is_missing:
            return FrameMark()
        return mark

    def _reject(self, row: Row, subject: str, name: str, code: str, text: str) -> None:
        self.clips.reject(subject, name, code, f"{self.place(row)}: {text}")

    def _count(self, row: Row) -> None:
        for name in _MARKS:
            self.clips.sums[name] = self.clips.sums.get(name, 0.0) + row.number_or_zero(name)


def whole_folders(clips: Clips, folders: Folders) -> Iterator[Draft]:
    """Clips of a corpus without a coding file: each folder from its first to its last frame.

    Folders that cannot be used are rejected. The caller fills in what it knows of the others (``replace``) and adds
    them; a clip is called as in the folders' keys, in lower case.
    """
    _count_folders(clips, folders)
    clips.folders += len(folders.unreadable)  # each of them is rejected
    for folder, reason in folders.unreadable.items():
        text = f"{relative_to(folder, clips.root)} cannot be listed: {reason}"
        clips.reject(folder.parent.name, folder.name, "frames.missing", text)
    for (subject, clip), folder in folders.found.items():
        path = relative_to(folder, clips.root)
        try:
            folder, listing = frame_folder(folder)
        except OSError as error:
            clips.reject(subject, clip, "frames.missing", f"{path} cannot be listed: {error.strerror}")
            continue
        numbers = list(listing.files)
        if not numbers:
            clips.reject(subject, clip, "frames.empty", f"{path} holds no frame")
            continue
        onset, offset = _ends(FrameMark(), FrameMark(), numbers)
        yield Draft(
            subject=subject,
            clip=clip,
            frames=FrameSource(kind="folder", path=relative_to(folder, clips.root)),
            onset=onset,
            offset=offset,
            numbers=numbers,
            flags=["frames.duplicate"] if listing.duplicates else [],
        )
    _reject_twice(clips, folders)


def _ends(onset: FrameMark, offset: FrameMark, numbers: list[int]) -> tuple[FrameMark, FrameMark]:
    """The first and the last frame where nothing else is said."""
    return (
        onset if onset.frame is not None else FrameMark(frame=numbers[0], origin="first"),
        offset if offset.frame is not None else FrameMark(frame=numbers[-1], origin="last"),
    )


def _count_folders(clips: Clips, folders: Folders) -> None:
    clips.folders = len(folders.found) + len(folders.twice)
    clips.unread = [relative_to(path, clips.root) for path in folders.unread]


def _reject_twice(clips: Clips, folders: Folders) -> None:
    for subject, path in folders.twice:
        text = f"{relative_to(path, clips.root)}: another folder holds the same clip"
        clips.reject(subject, path.name, ORPHAN, text)


def objective_class(text: str | None) -> int | None:
    """``3``, ``III`` or ``iii`` -> 3; None for anything else."""
    if text is None:
        return None
    number = _ROMAN.get(text.strip().lower(), int(text) if text.strip().isdecimal() else 0)
    return number if 1 <= number <= 7 else None
