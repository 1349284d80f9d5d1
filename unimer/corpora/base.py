"""What all readers share: the corpus they return, how it is collected, finding folders and coding files.

A reader lists folders and reads one coding file; it opens no picture. Whatever it cannot use becomes a Rejection and
whatever it changes or doubts becomes a flag of the clip, so that nothing disappears silently. docs/corpora.md lists
the codes and flags.
"""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from unimer.corpora.marks import settle
from unimer.errors import InputError
from unimer.facs.emotions import canonical, coarse
from unimer.facs.grammar import parse
from unimer.frames import Listing, list_frames
from unimer.records import AULabel, Clip, FrameMark, FrameSource, Reason, Rejection
from unimer.settings import CorpusSettings

UNSAFE = re.compile(r"[/\\\x00-\x1f]")  # would change the path that an id becomes
MAX_NAME = 150  # bytes of one part of an id: file systems take 255, and a stage may add an ending


@dataclass(frozen=True)
class Corpus:
    """A corpus as read.

    Attributes:
        name: the corpus part of clip ids.
        root: folder that ``Clip.frames.path`` is relative to.
        clips: usable clips in the order of the coding file.
        rejections: rows and folders that were refused, stage ``read``.
        annotations: coding files, relative to the root where they lie under it, to their sha256.
    """

    name: str
    root: Path
    clips: list[Clip]
    rejections: list[Rejection]
    annotations: dict[str, str] = field(default_factory=dict)


Reader = Callable[[CorpusSettings], Corpus]
READERS: dict[str, Reader] = {}


def reader(name: str) -> Callable[[Reader], Reader]:
    """Decorator that registers a reader under the name that recipes use."""

    def register(function: Reader) -> Reader:
        READERS[name] = function
        return function

    return register


# --- Files and folders -----------------------------------------------------------------------------------------------


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def relative_to(path: Path, root: Path) -> str:
    """``path`` relative to ``root`` with ``/``; only the name where it lies elsewhere, so no private path leaks."""
    path, root = path.absolute(), root.absolute()
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name


def subfolders(folder: Path) -> list[str]:
    """Names of the visible folders in a folder, sorted."""
    with os.scandir(folder) as entries:
        return sorted(entry.name for entry in entries if not entry.name.startswith(".") and entry.is_dir())


def folders_with(root: Path, child: re.Pattern[str], depth: int = 3) -> list[Path]:
    """Folders, at most ``depth`` levels below ``root``, that have a subfolder whose whole name matches ``child``.

    Finds a corpus whether ``root`` is the frame folder itself, its parent or doubly nested by an unpacked archive.
    """
    names = subfolders(root)
    if any(child.fullmatch(name) for name in names):
        return [root]
    found: list[Path] = []
    for name in names if depth else []:
        # What may not be listed is skipped: it need not belong to the corpus.
        with suppress(PermissionError):
            found += folders_with(root / name, child, depth - 1)
    return found


def frame_folder(folder: Path) -> tuple[Path, Listing]:
    """A clip's folder and its frames; goes one level down where the folder only wraps another one."""
    listing = list_frames(folder)
    inner = [] if listing.files else subfolders(folder)
    if len(inner) == 1:
        return folder / inner[0], list_frames(folder / inner[0])
    return folder, listing


def find_annotations(
    settings: CorpusSettings, folders: Iterable[Path], name: re.Pattern[str], what: str
) -> list[Path]:
    """The coding files: the given one, else all that match by name in the first folder that has any.

    Args:
        settings: ``annotations`` is relative to the working directory or the root.
        folders: where to look, the root first.
        name: pattern of the whole file name.
        what: how to call the file in the error message.

    Raises:
        InputError: there is none.
    """
    if settings.annotations is not None:
        path = Path(settings.annotations)
        path = path if path.exists() else Path(settings.root) / path
        if not path.is_file():
            raise InputError("the annotation file does not exist", path=settings.annotations)
        return [path]
    for folder in folders:
        try:
            found = sorted(path for path in folder.iterdir() if name.fullmatch(path.name) and path.is_file())
        except PermissionError:
            continue
        if found:
            return found
    raise InputError(f"no {what} here", path=settings.root, remedy="Put it there or name it with `annotations`.")


def around(root: Path) -> list[Path]:
    """Where people put a coding file: in the root, one level below, beside the root."""
    return [root, *(root / name for name in subfolders(root)), root.absolute().parent]


# --- Clips -----------------------------------------------------------------------------------------------------------


def au_labels(raw: str | None, flags: list[str]) -> list[AULabel]:
    """AUs of a cell; flags ``au.unknown`` (a bare ?), ``au.excluded:<aus>`` and ``au.unparsed:<text>``."""
    parsed = parse(raw)
    if parsed.unknown:
        flags.append("au.unknown")
    flags.extend(f"au.excluded:{label.au}" for label in parsed.excluded)
    flags.extend(f"au.unparsed:{text}" for text in parsed.unparsed)
    return parsed.items


def emotion_names(raw: str | None, corpus: str, flags: list[str]) -> tuple[str | None, str | None]:
    """Canonical and coarse emotion; flags ``emotion.unknown:<raw>`` where the word is in no vocabulary."""
    emotion = canonical(raw)
    if raw and emotion is None:
        flags.append(f"emotion.unknown:{raw}")
    return emotion, coarse(emotion, corpus)


def _apart(onset: FrameMark, offset: FrameMark, numbers: list[int]) -> bool:
    """Whether no frame of the clip exists; snapping would invent one."""
    begins_after = onset.frame is not None and onset.frame > numbers[-1]
    return begins_after or (offset.frame is not None and offset.frame < numbers[0])


def _printable(text: str) -> str:
    """File names that are not UTF-8 reach Python as lone surrogates, which no JSON file can hold."""
    return text.encode("utf-8", "backslashreplace").decode()


def _folded(subject: str) -> str:
    """The same for all spellings that people and file systems take for one name."""
    text = unicodedata.normalize("NFKC", subject).casefold()
    return " ".join(text.split()).strip(". ")


def _safe(part: str) -> str:
    """A name as a part of an id, which becomes a path."""
    return UNSAFE.sub("_", _printable(part)).strip(". ") or "_"


def _short(part: str) -> str:
    data = part.encode()
    if len(data) <= MAX_NAME:
        return part
    return f"{data[:60].decode(errors='ignore')}~{hashlib.sha256(data).hexdigest()[:8]}"


def zero_filled(subject: str, width: int) -> str:
    """``1``, ``1.0``, ``sub01`` -> ``01``: subjects are text, but spreadsheets and CSV copies lose the zeros."""
    match = re.fullmatch(r"[A-Za-z]*\s*0*([0-9]+)(?:\.0+)?", subject.strip())
    return match[1].zfill(width) if match else subject.strip()


@dataclass
class Clips:
    """Collects what a reader finds; ``corpus()`` checks and returns it."""

    settings: CorpusSettings
    root: Path
    clips: list[Clip] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)
    annotations: list[Path] = field(default_factory=list)
    places: dict[int, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.settings.name or self.settings.corpus

    def clip_id(self, *parts: str) -> str:
        """``corpus/subject/clip``; characters that would change the path are replaced, a name that is too long is cut
        (a clip that has one is rejected)."""
        return "/".join([self.name, *(_short(_safe(part)) for part in parts)])

    def reject(self, subject: str, clip: str, code: str, message: str) -> None:
        clip_id = self.clip_id(subject, clip)
        self.rejections.append(
            Rejection(
                id=clip_id,
                clip_id=clip_id,
                corpus=self.name,
                subject=_printable(subject),
                stage="read",
                reasons=[Reason(code=code, message=_printable(message))],
            )
        )

    def add(
        self,
        subject: str,
        clip: str,
        frames: FrameSource,
        *,
        key: str | None = None,
        fps: float | None = None,
        onset: FrameMark = FrameMark(),  # noqa: B008 - records are immutable
        apex: FrameMark = FrameMark(),  # noqa: B008
        offset: FrameMark = FrameMark(),  # noqa: B008
        numbers: list[int] | None = None,
        aus: str | None = None,
        emotion: str | None = None,
        flags: Iterable[str] = (),
        place: str = "",
    ) -> None:
        """Add a clip as annotated: marks are settled (see ``settle``), labels are parsed.

        Args:
            subject: canonical subject.
            clip: clip name.
            frames: where the pictures are.
            key: last part of the id where ``clip`` is not unique within the subject; default ``clip``.
            fps: frames a second, None where not known.
            onset, apex, offset: as annotated or corrected.
            numbers: existing frame numbers, ascending; None for a video, which is not opened here.
            aus: AU string as it stands.
            emotion: emotion as it stands.
            flags: what the reader noticed.
            place: where the clip is described, for messages: ``row 3`` or a path.
        """
        noted = list(flags)
        if unusable := _unusable(subject, key or clip, frames.path):
            text = f"{place}: {unusable}" if place else unusable
            return self.reject(subject, key or clip, "annotation.invalid", text)
        if _safe(subject) != subject or _safe(key or clip) != (key or clip):
            noted.append("name.changed")
        if numbers and _apart(onset, offset, numbers):
            text = f"annotated from {onset.frame} to {offset.frame}, but the frames are {numbers[0]} to {numbers[-1]}"
            return self.reject(subject, key or clip, "frames.outside", text)
        onset, apex, offset = settle((onset, apex, offset), numbers, self.settings.missing_apex, noted)
        if onset.frame is not None and offset.frame is not None and onset.frame >= offset.frame:
            text = f"the onset {onset.frame} is not before the offset {offset.frame}"
            return self.reject(subject, key or clip, "annotation.order", text)
        if apex.frame is None and self.settings.missing_apex == "drop":
            text = "no usable apex is annotated and missing_apex is drop"
            return self.reject(subject, key or clip, "apex.missing", text)
        labels = au_labels(aus, noted)
        fine, broad = emotion_names(emotion, self.settings.corpus, noted)
        self.places[len(self.clips)] = place or frames.path
        self.clips.append(
            Clip(
                id=self.clip_id(subject, key or clip),
                corpus=self.name,
                subject=subject,
                clip=clip,
                frames=frames,
                fps=fps,
                onset=onset,
                apex=apex,
                offset=offset,
                au_raw=aus,
                aus=labels,
                emotion_raw=emotion,
                emotion=fine,
                emotion_coarse=broad,
                flags=noted,
            )
        )
        return None

    def corpus(self) -> Corpus:
        """What was collected; of clips with one id only the first stays, the others are rejected.

        Raises:
            InputError: no clip can be used, or one subject is written in two ways.
        """
        self._check_subjects()
        first: dict[str, int] = {}
        kept: list[Clip] = []
        for index, clip in enumerate(self.clips):
            if first.setdefault(clip.id, index) == index:
                kept.append(clip)
            else:
                text = f"{self.places[index]}: {self.places[first[clip.id]]} has this id already"
                self.reject(clip.subject, clip.id.rsplit("/", 1)[1], "clip.duplicate", text)
        if not kept:
            count = len(self.rejections)
            reason = f"; the first of {count} reasons: {self.rejections[0].reasons[0].message}" if count else ""
            raise InputError(
                f"no usable clip of {self.settings.corpus} here{reason}",
                path=self.root,
                remedy="`root` must be the folder that holds the frames; docs/corpora.md shows the layouts.",
            )
        files = {relative_to(path, self.root): sha256_of(path) for path in self.annotations}
        return Corpus(self.name, self.root, kept, self.rejections, files)

    def _check_subjects(self) -> None:
        """Two spellings of one subject would be two people: the same face in training and test."""
        first: dict[str, int] = {}
        for index, clip in enumerate(self.clips):
            other = first.setdefault(_folded(clip.subject), index)
            if self.clips[other].subject != clip.subject:
                raise InputError(
                    f"{self.places[index]} writes the subject {clip.subject!r}, but {self.places[other]} writes "
                    f"{self.clips[other].subject!r}",
                    path=self.annotations[0] if self.annotations else self.root,
                    remedy="Write the subject the same way everywhere, or give two people different names.",
                )


def _unusable(subject: str, clip: str, path: str) -> str | None:
    """Why no id or record can be made of these names, None where it can."""
    for what, name in (("subject", subject), ("clip", clip)):
        if (size := len(_safe(name).encode())) > MAX_NAME:
            return f"the name of the {what} is {size} bytes long, more than {MAX_NAME}"
    if any(_printable(name) != name for name in (subject, clip, path)):
        return f"the name {_printable(path)} is not UTF-8"
    return None
