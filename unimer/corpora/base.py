"""What all readers share: the corpus they return, the registry, how clips are collected and checked.

A reader lists folders and reads one coding file; it opens no picture. Whatever it cannot use becomes a Rejection and
whatever it changes or doubts becomes a flag of the clip, so that nothing disappears silently. docs/corpora.md lists
the codes and flags.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from unimer.corpora.marks import fill, settle
from unimer.corpora.places import relative_to, sha256_of
from unimer.errors import InputError, SettingsError
from unimer.facs.emotions import canonical, coarse
from unimer.facs.grammar import parse
from unimer.records import AULabel, Clip, Expression, FrameMark, FrameSource, Reason, Rejection
from unimer.settings import CorpusSettings

UNSAFE = re.compile(r"[/\\\x00-\x1f]")  # would change the path that an id becomes
MAX_NAME = 150  # bytes of one part of an id: file systems take 255, and a stage may add an ending
ORPHAN = "clip.orphan"
_parsed = lru_cache(maxsize=8192)(parse)  # the same few strings stand in thousands of rows
_SEVERAL = re.compile(r"[+/,;&]")  # between the emotions of one clip


@dataclass(frozen=True)
class Corpus:
    """A corpus as read. Kept clips and rejections together are all rows and all folders left over.

    Attributes:
        name: the corpus part of clip ids.
        root: folder that ``Clip.frames.path`` is relative to.
        clips: usable clips in the order of the coding file.
        rejections: rows and folders that were refused, stage ``read``. Folders that no row describes have the code
            ``clip.orphan``; all others are rows (folders, where a corpus has no coding file).
        annotations: coding files, relative to the root where they lie under it, to their sha256.
        reader: name of the reader.
        version: which of the published sets of counts (data card of the reader) this should be; None: none of them.
        rows: rows of the coding file (clip folders, where a corpus has none): kept clips plus rejected rows.
        folders: clip folders (recordings, where clips share them) on disk, in the frame pack that is used.
        sums: sums of the onset, apex and offset cells as printed, which tell an edited coding file.
        unread: other folders with pictures, relative to the root: other frame packs, folders not called like a clip;
            and folders that may not be listed.
    """

    name: str
    root: Path
    clips: list[Clip]
    rejections: list[Rejection]
    annotations: dict[str, str] = field(default_factory=dict)
    reader: str = ""
    version: str | None = None
    rows: int = 0
    folders: int = 0
    sums: dict[str, float] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Reader:
    """A reader and how its corpus is recognised.

    Attributes:
        read: reads the corpus.
        folders: pattern of ``parent/name`` of a clip folder, None where any folder may be one.
        table: pattern of the coding file's name.
    """

    read: Callable[[CorpusSettings], Corpus]
    folders: re.Pattern[str] | None = None
    table: re.Pattern[str] | None = None


READERS: dict[str, Reader] = {}


def reader(
    name: str, folders: re.Pattern[str] | None = None, table: re.Pattern[str] | None = None
) -> Callable[[Callable[[CorpusSettings], Corpus]], Callable[[CorpusSettings], Corpus]]:
    """Decorator that registers a reader under the name that recipes use; see :class:`Reader`."""

    def register(function: Callable[[CorpusSettings], Corpus]) -> Callable[[CorpusSettings], Corpus]:
        READERS[name] = Reader(function, folders, table)
        return function

    return register


def check_version(settings: CorpusSettings, versions: Collection[str]) -> None:
    """Raises a SettingsError where the setting ``version`` is none of these."""
    if settings.version is not None and settings.version not in versions:
        remedy = f"Versions: {', '.join(versions)}" if versions else "Leave `version` out: there is only one."
        raise SettingsError(f"{settings.corpus} has no version {settings.version!r}", remedy=remedy)


# --- Clips -----------------------------------------------------------------------------------------------------------


def au_labels(raw: str | None, settings: CorpusSettings, flags: list[str]) -> list[AULabel]:
    """AUs of a cell; flags ``au.unknown`` (a bare ?), ``au.excluded:<aus>`` and ``au.unparsed:<text>``."""
    parsed = _parsed(
        raw, alternatives=settings.au_alternatives, references=settings.au_references, kept=settings.au_kept
    )
    if parsed.unknown:
        flags.append("au.unknown")
    flags.extend(f"au.excluded:{label.au}" for label in parsed.excluded)
    flags.extend(f"au.unparsed:{text}" for text in parsed.unparsed)
    return list(parsed.items)


def emotion_names(raw: str | None, corpus: str, flags: list[str]) -> tuple[str | None, str | None]:
    """Canonical and coarse emotion; flags ``emotion.unknown:<raw>`` where the word is in no vocabulary.

    A clip with several emotions (``Surprise+Positive``) has no canonical one, a coarse one where all agree, and the
    flag ``emotion.several:<raw>``.
    """
    emotion = canonical(raw)
    if emotion is not None or not raw:
        return emotion, coarse(emotion, corpus)
    several = [canonical(part) for part in _SEVERAL.split(raw)]
    if len(several) < 2 or None in several:
        flags.append(f"emotion.unknown:{raw}")
        return None, None
    flags.append(f"emotion.several:{raw}")
    broad = {coarse(each, corpus) for each in several}
    return None, broad.pop() if len(broad) == 1 else None


def _absent(onset: FrameMark, offset: FrameMark, numbers: list[int]) -> str | None:
    """What to tell where no frame of the clip exists (snapping would invent one), None where one does."""
    first = numbers[0] if onset.frame is None else onset.frame
    last = numbers[-1] if offset.frame is None else offset.frame
    if first > numbers[-1] or last < numbers[0]:
        return f"the frames are {numbers[0]} to {numbers[-1]}"
    in_a_hole = first <= last and bisect_left(numbers, first) == bisect_right(numbers, last)
    return "none of these frames exists" if in_a_hole else None


def _printable(text: str) -> str:
    """File names that are not UTF-8 reach Python as lone surrogates, which no JSON file can hold."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def _folded(subject: str) -> str:
    """The same for all spellings that people and file systems take for one name."""
    text = unicodedata.normalize("NFKC", subject).casefold()
    return " ".join(text.split()).strip(". ")


@lru_cache(maxsize=1024)
def _safe(part: str) -> str:
    """A name as a part of an id, which becomes a path."""
    return UNSAFE.sub("_", _printable(part)).strip(". ") or "_"


def _short(part: str) -> str:
    data = part.encode()
    if len(data) <= MAX_NAME:
        return part
    return f"{data[:60].decode(errors='ignore')}~{hashlib.sha256(data).hexdigest()[:8]}"


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A clip as annotated or corrected, before it is checked.

    Attributes:
        subject: canonical subject.
        clip: clip name.
        frames: where the pictures are.
        shared: the folder holds other clips, too; the clip is then limited to its onset..offset.
        key: last part of the id where ``clip`` is not unique within the subject; default ``clip``.
        fps: frames a second, None where not known.
        onset, apex, offset: as annotated or corrected.
        numbers: existing frame numbers, ascending; None for a video, which is not opened here.
        aus: AU string as it stands.
        emotion: emotion as it stands.
        objective_class: 1..7.
        person: see ``Clip``; default the reader and the subject, whatever the recipe calls the corpus (two packs
            of one corpus show the same people); only people of ``generic`` and ``video`` go by the corpus's name.
        part, expression: see ``Clip``.
        flags: what the reader noticed.
        place: where the clip is described, for messages: ``row 3`` or a path.
    """

    subject: str
    clip: str
    frames: FrameSource
    shared: bool = False
    key: str | None = None
    fps: float | None = None
    onset: FrameMark = FrameMark()  # noqa: RUF009 - records are immutable
    apex: FrameMark = FrameMark()  # noqa: RUF009
    offset: FrameMark = FrameMark()  # noqa: RUF009
    numbers: list[int] | None = None
    aus: str | None = None
    emotion: str | None = None
    objective_class: int | None = None
    person: str | None = None
    part: str | None = None
    expression: Expression = "micro"
    flags: Iterable[str] = ()
    place: str = ""

    @property
    def name(self) -> str:
        """Last part of the id."""
        return self.key or self.clip


@dataclass
class Clips:
    """Collects what a reader finds; ``corpus()`` checks and returns it. The attributes are those of Corpus."""

    settings: CorpusSettings
    root: Path
    clips: list[Clip] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)
    annotations: list[Path] = field(default_factory=list)
    places: dict[int, str] = field(default_factory=dict)
    version: str | None = None
    folders: int = 0
    sums: dict[str, float] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)

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

    def add(self, draft: Draft) -> None:
        """Check a clip, settle its marks (see ``marks.fill`` and ``marks.settle``), parse its labels, and keep or
        reject it."""
        flags = list(draft.flags)
        if unusable := _unusable(draft.subject, draft.name, draft.frames.path):
            return self._reject(draft, "annotation.invalid", unusable)
        if _safe(draft.subject) != draft.subject or _safe(draft.name) != draft.name:
            flags.append("name.changed")
        marks = fill((draft.onset, draft.apex, draft.offset), draft.numbers, self.settings, flags)
        if draft.numbers and (absent := _absent(marks[0], marks[2], draft.numbers)):
            text = f"annotated from {marks[0].frame} to {marks[2].frame}, but {absent}"
            return self._reject(draft, "frames.outside", text)
        clip = self._clip(draft, settle(marks, draft.numbers, self.settings.missing_apex, flags), flags)
        if reason := self._refused(clip):
            return self._reject(draft, *reason)
        self.places[len(self.clips)] = draft.place or draft.frames.path
        self.clips.append(clip)
        return None

    def _reject(self, draft: Draft, code: str, text: str) -> None:
        self.reject(draft.subject, draft.name, code, f"{draft.place}: {text}" if draft.place else text)

    def _clip(self, draft: Draft, marks: tuple[FrameMark, FrameMark, FrameMark], flags: list[str]) -> Clip:
        onset, apex, offset = marks
        frames = draft.frames
        if draft.shared:
            frames = frames.model_copy(update={"first": onset.frame, "last": offset.frame})
        labels = au_labels(draft.aus, self.settings, flags)
        fine, broad = emotion_names(draft.emotion, self.settings.corpus, flags)
        return Clip(
            id=self.clip_id(draft.subject, draft.name),
            corpus=self.name,
            subject=draft.subject,
            clip=draft.clip,
            person=draft.person or f"{self._people()}/{draft.subject}",
            part=draft.part,
            expression=draft.expression,
            frames=frames,
            fps=draft.fps,
            onset=onset,
            apex=apex,
            offset=offset,
            au_raw=draft.aus,
            aus=labels,
            emotion_raw=draft.emotion,
            emotion=fine,
            emotion_coarse=broad,
            objective_class=draft.objective_class,
            flags=flags,
        )

    def _people(self) -> str:
        known = READERS.get(self.settings.corpus)
        return self.settings.corpus if known and known.folders else self.name

    def _refused(self, clip: Clip) -> tuple[str, str] | None:
        """Code and message of what keeps a clip from being used."""
        onset, offset = clip.onset.frame, clip.offset.frame
        if onset is not None and offset is not None and onset >= offset:
            return "annotation.order", f"the onset {onset} is not before the offset {offset}"
        absent = {
            "onset.before_start": self.settings.missing_onset,
            "offset.not_visible": self.settings.missing_offset,
        }
        for flag, policy in absent.items():
            if flag in clip.flags and policy == "drop":
                name = flag.split(".")[0]
                return f"{name}.missing", f"no {name} is annotated ({flag}) and missing_{name} is drop"
        if clip.apex.frame is None and self.settings.missing_apex == "drop":
            return "apex.missing", "no usable apex is annotated and missing_apex is drop"
        if clip.expression not in self.settings.expressions:
            return "expression.left_out", f"a {clip.expression}-expression; expressions is {self.settings.expressions}"
        for flag in clip.flags:
            if flag.split(":")[0] in self.settings.drop:
                return "flag.dropped", f"the clip has the flag {flag}, which is in drop"
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
        orphans = sum(each.reasons[0].code == ORPHAN for each in self.rejections)
        return Corpus(
            name=self.name,
            root=self.root,
            clips=kept,
            rejections=self.rejections,
            annotations=files,
            reader=self.settings.corpus,
            version=self.version,
            rows=len(kept) + len(self.rejections) - orphans,
            folders=self.folders,
            sums=self.sums,
            unread=self.unread,
        )

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
