"""Reads a Uni-MER build into examples: one a clip for the heads, or one a sample for the language model.

Labels stay in the corpus's words here; :class:`Vocabulary` turns them into numbers. Pictures and maps are read later
(:mod:`deft.views`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from deft.findings import findings
from deft.settings import DataSettings
from unimer.errors import InputError, SettingsError
from unimer.faces.regions import region_names
from unimer.facs.emotions import emotions
from unimer.files import read_jsonl
from unimer.records import AULabel, Clip, ClipRecord, Message, Motion, Record, RegionMotion, Sample, Split

FEATURES = ("dx", "dy", "magnitude", "p90", "concentration", "strain", "snr", "grows", "shrinks", "directed", "early")
"""Of a region: dx, dy (y **up**), magnitude, p90 in % of inter-ocular distance; concentration 0..1; strain in %; log
of 1 + snr; the others 0 or 1: grows and shrinks (both 0: not known), has a direction, was read before the apex."""
COARSE = ("negative", "positive", "surprise", "others")
RAREST = 0.1
"""A class's or an Action Unit's weight is at most the tenfold of the commonest one's."""


@dataclass(frozen=True)
class Turn:
    """One message, text only: pictures reach the model through the experts."""

    role: Literal["system", "user", "assistant"]
    text: str


@dataclass(frozen=True)
class Media:
    """Files of a clip. ``sequence`` None: the build kept none (setting ``motion.sequence``)."""

    onset: Path
    apex: Path
    flow: Path
    sequence: Path | None


@dataclass(frozen=True)
class Example:
    """What one prediction is about.

    ``id``: of the sample, or of the clip where there is none. ``file`` and ``row``: where it stands (for messages).
    ``emotion``: the class by the setting ``data.emotion``, None where unknown. ``aus``: None where nobody has coded
    the clip. ``turns`` and ``findings`` (:func:`deft.findings.findings`): empty for the heads alone.
    """

    id: str
    file: Path
    row: int
    record: ClipRecord
    media: Media
    emotion: str | None
    aus: tuple[AULabel, ...] | None
    turns: tuple[Turn, ...] = ()
    sample: Sample | None = None
    findings: str = ""

    @property
    def clip(self) -> Clip:
        return self.record.clip

    @property
    def motion(self) -> Motion:
        assert self.record.motion is not None
        return self.record.motion

    @property
    def split(self) -> Split | None:
        return self.record.split


class Vocabulary(Record):
    """What the heads tell: ``classes`` of emotion and numbers of Action Units, in the order of the outputs."""

    classes: tuple[str, ...]
    aus: tuple[int, ...]


# --- reading ---------------------------------------------------------------------------------------------------------


def load_examples(path: Path, settings: DataSettings, unit: Literal["clip", "sample"]) -> list[Example]:
    """All examples of a build, in its order.

    Args:
        path: a build folder, or its ``unimer.jsonl``; ``clips.jsonl`` and ``media`` lie beside it.
        unit: ``clip``: one a clip that has motion, whether or not a text could be written for it. ``sample``: one a
            sample of the wanted tasks.

    Raises:
        InputError: a file is missing or a row is no such record; a sample's clip is not in ``clips.jsonl``; nothing
            is left.
    """
    root = path if path.is_dir() else path.parent
    lines = root / "unimer.jsonl" if path.is_dir() else path
    clips = root / "clips.jsonl"
    for needed in (clips, lines) if unit == "sample" else (clips,):
        if not needed.is_file():
            raise InputError("is missing", path=needed, remedy="give the folder that `unimer build` wrote")
    records = {
        record.clip.id: (row, record)
        for row, record in enumerate(read_jsonl(clips, ClipRecord), 1)
        if record.motion is not None
    }
    if unit == "clip":
        found = [_example(record, settings, root, clips, row) for row, record in records.values()]
    else:
        found = list(_samples(lines, root, records, settings))
    if not found:
        wanted = "" if settings.tasks is None else f" of the tasks {', '.join(settings.tasks)}"
        raise InputError(f"holds no {unit}{wanted if unit == 'sample' else ' with motion'}", path=lines)
    return found


def _samples(
    lines: Path, root: Path, records: dict[str, tuple[int, ClipRecord]], settings: DataSettings
) -> Iterable[Example]:
    for row, sample in enumerate(read_jsonl(lines, Sample), 1):
        if settings.tasks is not None and sample.task not in settings.tasks:
            continue
        if sample.clip_id not in records:
            raise InputError(
                f"its clip {sample.clip_id} has no motion in clips.jsonl",
                path=lines,
                row=row,
                remedy="both files must be of one build",
            )
        yield _example(records[sample.clip_id][1], settings, root, lines, row, sample)


def _example(
    record: ClipRecord, settings: DataSettings, root: Path, file: Path, row: int, sample: Sample | None = None
) -> Example:
    assert record.motion is not None
    emotion = record.labels.emotion_coarse if settings.emotion == "coarse" else record.labels.emotion
    return Example(
        id=record.clip.id if sample is None else sample.id,
        file=file,
        row=row,
        record=record,
        media=media_of(record, root, file, row),
        emotion=emotion,
        aus=coded_units(record),
        turns=() if sample is None else turns_of(sample.messages),
        sample=sample,
        findings="" if sample is None else findings(emotion, record.labels.aus, record.motion),
    )


def media_of(record: ClipRecord, root: Path, file: Path, row: int) -> Media:
    """The files of a clip below ``root``; that they exist is looked at when they are read, or by the guard."""
    media = record.motion.media if record.motion is not None else {}
    missing = [name for name in ("onset", "apex", "flow_data") if name not in media]
    if missing:
        raise InputError(f"{record.clip.id} names no {missing[0]}", path=file, row=row)
    sequence = media.get("sequence")
    return Media(
        onset=root / media["onset"],
        apex=root / media["apex"],
        flow=root / media["flow_data"],
        sequence=None if sequence is None else root / sequence,
    )


def coded_units(record: ClipRecord) -> tuple[AULabel, ...] | None:
    """A clip's Action Units as annotated; None where only a program has looked, or nobody."""
    if any(label.source == "annotation" for label in record.labels.aus) or (record.clip.au_raw or "").strip():
        return tuple(label for label in record.labels.aus if label.source == "annotation")
    return None


def turns_of(messages: Sequence[Message]) -> tuple[Turn, ...]:
    """Messages without their picture parts."""
    return tuple(
        Turn(message.role, "\n".join(part.text for part in message.content if part.text)) for message in messages
    )


def region_features(motion: Motion) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """(30, len(FEATURES)) in the order of ``region_names`` and :data:`FEATURES`, and (30,) which are reliable; the
    features of the others are 0."""
    by_name = {region.region: region for region in motion.regions}
    features = np.zeros((len(region_names()), len(FEATURES)), np.float32)
    mask = np.zeros(len(features), bool)
    for i, name in enumerate(region_names()):
        region = by_name.get(name)
        if region is not None and region.reliable:
            features[i], mask[i] = _features(region), True
    return features, mask


def _features(region: RegionMotion) -> list[float]:
    return [
        region.dx or 0.0,
        region.dy or 0.0,
        region.magnitude or 0.0,
        region.p90 or 0.0,
        region.concentration or 0.0,
        region.strain or 0.0,
        float(np.log1p(region.snr or 0.0)),
        float(region.grows is True),
        float(region.grows is False),
        float(region.degrees is not None),
        float(region.frame is not None),
    ]


# --- labels ----------------------------------------------------------------------------------------------------------


def vocabulary(examples: Sequence[Example], settings: DataSettings) -> Vocabulary:
    """What the heads are to tell: as the settings say, else what the (training) examples are labelled with.

    Raises:
        SettingsError: fewer than two classes, or a class that no emotion has.
    """
    order = list(COARSE) if settings.emotion == "coarse" else emotions()
    present = {example.emotion for example in examples}
    classes = settings.classes or [name for name in order if name in present]
    unknown = [name for name in classes if name not in order]
    if unknown:
        raise SettingsError(f"data.classes: no {settings.emotion} class is called '{unknown[0]}'")
    if len(classes) < 2:
        raise SettingsError(
            f"the training clips have {len(classes)} {settings.emotion} class(es)", remedy="two or more are needed"
        )
    coded = {label.au for example in examples for label in example.aus or () if not label.doubtful}
    return Vocabulary(classes=tuple(classes), aus=tuple(settings.aus or sorted(coded)))


def emotion_index(emotion: str | None, words: Vocabulary) -> int:
    """Number of the class, -1 where it is unknown or not among them."""
    return words.classes.index(emotion) if emotion in words.classes else -1


def au_targets(aus: Sequence[AULabel] | None, words: Vocabulary) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """(A,) 1 where present and (A,) where known: nothing in a clip that nobody coded; not what the coder doubted."""
    target = np.zeros(len(words.aus), np.float32)
    known = np.full(len(words.aus), aus is not None)
    sure = {label.au for label in aus or () if not label.doubtful}
    doubted = {label.au for label in aus or ()} - sure
    for i, au in enumerate(words.aus):
        target[i] = au in sure
        known[i] &= au not in doubted
    return target, known


def class_weights(examples: Sequence[Example], words: Vocabulary) -> NDArray[np.float32]:
    """(C,) inverse frequencies, mean 1 over the examples; a class without examples has weight 0."""
    counts = Counter(example.emotion for example in examples)
    n = np.array([counts[name] for name in words.classes], np.float64)
    n = np.where(n > 0, np.maximum(n, RAREST * n.max(initial=1)), 0)
    weights = np.divide(1, n, out=np.zeros_like(n), where=n > 0)
    mean = (weights * [counts[name] for name in words.classes]).sum() / max(1, sum(counts[c] for c in words.classes))
    return np.asarray(weights / mean if mean else weights + 1, np.float32)


def positive_weights(examples: Sequence[Example], words: Vocabulary) -> NDArray[np.float32]:
    """(A,) clips without the Action Unit for one with it, in 1..10; 1 where no example shows it."""
    pairs = [au_targets(example.aus, words) for example in examples]
    known = sum((k for _, k in pairs), np.zeros(len(words.aus)))
    shown = sum((t * k for t, k in pairs), np.zeros(len(words.aus)))
    ratio = np.divide(known - shown, shown, out=np.ones(len(words.aus)), where=shown > 0)
    return np.clip(ratio, 1, 1 / RAREST).astype(np.float32)


# --- leakage ---------------------------------------------------------------------------------------------------------


def refuse_leakage(parts: dict[str, Sequence[Example]]) -> None:
    """Raises InputError where one person is in two parts, for example ``{"train": ..., "test": ...}``."""
    seen: dict[str, str] = {}
    for part, examples in parts.items():
        for example in examples:
            other = seen.setdefault(example.clip.person, part)
            if other != part:
                raise InputError(
                    f"{example.clip.person} is in {other} and in {part}: the model would know the face",
                    path=example.file,
                    row=example.row,
                    remedy="split by person (`unimer splits`, or the split that the build wrote)",
                )
