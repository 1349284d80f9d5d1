"""What a model says about one clip, and whether the flow bears it out: a record, a picture, a few lines to read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from deft.data import Example, coded_units, media_of
from deft.model import DeftModel
from deft.predictions import asked, predict_heads, write_texts
from deft.runs import Run
from deft.train import load_finished
from unimer.errors import InputError
from unimer.evidence import weigh
from unimer.faces.regions import phrase
from unimer.facs.table import au_name
from unimer.files import read_jsonl, write_bytes, write_text
from unimer.frames import VIDEO_SUFFIXES, list_frames
from unimer.records import (
    AULabel,
    Clip,
    ClipRecord,
    Evidence,
    FrameMark,
    FrameSource,
    Labels,
    Reason,
    Record,
    RegionEvidence,
)
from unimer.settings import BuildSettings
from unimer.stages import MotionEntry, begin, entry_path, finish, load_entry, preflight
from unimer.text.check import check_text

_UNSAFE = re.compile(r"[^\w.-]+")


class UnitGuess(Record):
    """An Action Unit that the head calls present, and what the flow says of it (docs/evidence.md)."""

    au: int
    name: str
    probability: float
    verdict: str
    reason: str


class Moved(Record):
    """A region that moved: octant and % of the inter-ocular distance."""

    region: str
    name: str
    direction: str | None
    magnitude: float | None
    strength: str | None
    aus: list[int]


class Said(Record):
    """What the language model wrote; ``accepted``: the checker finds that flow and called Action Units carry it."""

    text: str
    accepted: bool
    reasons: list[Reason]


class Reading(Record):
    """The JSON record of a prediction.

    ``emotion`` is the most probable of ``probabilities``. ``aus`` are the head's, of ``all_aus`` those from 0.5 on.
    ``evidence``: the flow weighed against them as labels of the program ``deft``, on both sides: nobody annotated the
    clip. ``labels``: what the corpus says, where the clip is one of a build.
    """

    clip: str
    model: str
    emotion: str
    probabilities: dict[str, float]
    aus: list[UnitGuess]
    all_aus: dict[int, float]
    moved: list[Moved]
    answer: Said | None
    evidence: Evidence
    labels: Labels | None
    onset: int
    apex: int
    picture: str | None = None


@dataclass(frozen=True)
class Marks:
    """Frames that the user knows; None: found by the program."""

    onset: int | None = None
    apex: int | None = None
    offset: int | None = None


def predict(
    run_folder: Path, source: Path | str, out: Path, build: Path | None = None, marks: Marks | None = None
) -> Reading:
    """Reads a clip with a finished run; writes ``prediction.json`` and ``prediction.png`` into ``out``.

    Args:
        source: a video, a folder of frames, or with ``build`` the id of one of its clips.
        marks: frames of a video or folder.

    Raises:
        InputError: the run or the clip cannot be used, for example because no face is found.
        OutputError: ``out`` cannot be written.
    """
    if build is None:
        check_source(Path(source))  # before seconds are spent on the model
    run, model = load_finished(run_folder)
    settings = run.data.build_settings()
    if build is not None:
        example, labels = of_build(build, str(source))
    else:
        preflight(settings)
        example, labels = measured(Path(source), settings, out, marks or Marks()), None
    reading = read_clip(model, run, example, labels, settings)
    picture = overlay(example, reading)
    write_bytes(out / "prediction.png", picture)
    reading = reading.model_copy(update={"picture": "prediction.png"})
    write_text(out / "prediction.json", reading.model_dump_json(indent=1) + "\n")
    return reading


# --- the clip --------------------------------------------------------------------------------------------------------


def of_build(build: Path, clip_id: str) -> tuple[Example, Labels]:
    """A clip of a build, and its labels.

    Raises:
        InputError: there is none of that id, or it could not be measured.
    """
    path = build / "clips.jsonl"
    for row, record in enumerate(read_jsonl(path, ClipRecord), 1):
        if record.clip.id == clip_id:
            if record.motion is None:
                raise InputError(f"{clip_id} could not be measured", path=path, row=row, remedy="see rejected.jsonl")
            return example_of(record, build, path, row), record.labels
    raise InputError(f"has no clip {clip_id}", path=path, remedy="the ids are in its field clip.id")


def example_of(record: ClipRecord, root: Path, file: Path, row: int) -> Example:
    """A measured clip as an example without a question."""
    return Example(
        id=record.clip.id,
        file=file,
        row=row,
        record=record,
        media=media_of(record, root, file, row),
        emotion=None,
        aus=coded_units(record),
    )


def check_source(source: Path) -> None:
    """Raises InputError where the source is neither a video nor a folder of frames."""
    if not source.exists():
        raise InputError("there is no such file or folder", path=source)
    if source.is_file() and source.suffix.lower() not in VIDEO_SUFFIXES:
        raise InputError("is no video", path=source, remedy=f"suffixes: {', '.join(sorted(VIDEO_SUFFIXES))}")
    if source.is_dir() and not list_frames(source).files:
        raise InputError("holds no frames", path=source, remedy="give one folder with the numbered frames of one clip")


def clip_of(source: Path, marks: Marks) -> Clip:
    """A video or a folder of frames as a clip. A folder is taken to hold one expression, from its first frame to its
    last; in a video it has to be found."""
    name = _UNSAFE.sub("_", source.stem if source.is_file() else source.resolve().name) or "clip"
    onset, apex, offset = (_mark(frame) for frame in (marks.onset, marks.apex, marks.offset))
    if source.is_dir():
        numbers = sorted(list_frames(source).files)
        onset = onset if onset.frame is not None else FrameMark(frame=numbers[0], origin="first")
        offset = offset if offset.frame is not None else FrameMark(frame=numbers[-1], origin="last")
    return Clip(
        id=f"clip/{name}",
        corpus="clip",
        subject="unknown",
        clip=name,
        frames=FrameSource(kind="folder", path=".")
        if source.is_dir()
        else FrameSource(kind="video", path=source.name),
        onset=onset,
        apex=apex,
        offset=offset,
    )


def _mark(frame: int | None) -> FrameMark:
    return FrameMark() if frame is None else FrameMark(frame=frame, origin="annotated")


def measured(source: Path, settings: BuildSettings, out: Path, marks: Marks) -> Example:
    """Measures the clip as the training clips were; its media lie in ``out``.

    Raises:
        InputError: it cannot be measured: no face, too few frames, unreadable.
    """
    clip, root = clip_of(source, marks), source if source.is_dir() else source.parent
    begun = begin(clip, root, settings, out, "spot")
    if begun.entry.reason is not None:
        reason = begun.entry.reason
        raise InputError(f"{reason.message} ({reason.code})", path=source, remedy="docs/reasons.md explains the code")
    finish(begun, clip, "test", settings, out)
    entry = load_entry(entry_path(out, "motion", clip.id), MotionEntry, begun.entry.key)
    assert entry is not None
    record = ClipRecord(clip=clip, labels=Labels(), motion=entry.motion)
    return example_of(record, out, source, 1)


# --- what the model says ---------------------------------------------------------------------------------------------


def read_clip(model: DeftModel, run: Run, example: Example, labels: Labels | None, settings: BuildSettings) -> Reading:
    """What the model says about a measured clip."""
    found = predict_heads(model, [example])[0]
    guessed = [AULabel(au=au, source="deft", score=found.aus[au]) for au in found.shown]
    evidence = weigh(guessed, example.motion, settings.evidence)
    answer = None
    if model.chat is not None:
        text = write_texts(model, [asked(example, system=run.data.system)])[0]
        answer = checked(text, evidence, found.called, guessed)
    return Reading(
        clip=example.clip.id,
        model=f"{run.settings.title} ({run.sha256[:12]})",
        emotion=found.called,
        probabilities=found.probabilities,
        aus=[
            UnitGuess(au=v.au, name=au_name(v.au), probability=found.aus[v.au], verdict=v.verdict, reason=v.reason)
            for v in evidence.aus
        ],
        all_aus=found.aus,
        moved=[_moved(region) for region in evidence.regions if region.status == "moved"],
        answer=answer,
        evidence=evidence,
        labels=labels,
        onset=example.motion.onset,
        apex=example.motion.apex,
    )


def checked(text: str, evidence: Evidence, called: str, aus: Sequence[AULabel]) -> Said:
    """The answer with the checker's verdict, in which the heads' class and Action Units stand for the labels."""
    coarse = called if called in ("negative", "positive", "surprise", "others") else None
    labels = Labels(emotion=None if coarse else called, emotion_coarse=coarse, aus=list(aus))
    reasons = check_text(text, evidence, labels)
    return Said(text=text, accepted=not reasons, reasons=reasons)


def _moved(region: RegionEvidence) -> Moved:
    return Moved(
        region=region.region,
        name=phrase(region.region),
        direction=region.octant,
        magnitude=region.magnitude,
        strength=region.strength,
        aus=region.aus,
    )


# --- for people ------------------------------------------------------------------------------------------------------

Picture = NDArray[np.uint8]
PANEL = 190
"""Height of the strip of words under the picture, px."""
INK, PALE, PAPER = (30, 30, 30), (205, 180, 150), (250, 250, 250)
SHOWN = 5
"""Findings of the checker that are printed."""
FONT = cv2.FONT_HERSHEY_SIMPLEX


def overlay(example: Example, reading: Reading) -> bytes:
    """The onset with an arrow for each region that moved, and under it classes and Action Units; PNG."""
    name = example.motion.media.get("arrows")
    root = Path(str(example.media.onset).removesuffix(example.motion.media["onset"]))
    arrows = None if name is None else cv2.imread(str(root / name), cv2.IMREAD_COLOR)
    if arrows is None:
        onset = cv2.imread(str(example.media.onset), cv2.IMREAD_COLOR)
        if onset is None:
            raise InputError("cannot be read as a picture", path=example.media.onset)
        arrows = cv2.resize(onset, None, fx=2, fy=2)
    picture = np.vstack([arrows, _panel(arrows.shape[1], reading)])
    ok, data = cv2.imencode(".png", picture)
    assert ok
    return bytes(data)


def _panel(width: int, reading: Reading) -> Picture:
    panel = np.full((PANEL, width, 3), PAPER, np.uint8)
    classes = sorted(reading.probabilities.items(), key=lambda pair: -pair[1])[:5]
    half = width // 2
    for row, (name, p) in enumerate(classes):
        top = 16 + 34 * row
        cv2.rectangle(panel, (10, top), (10 + int(p * (half - 30)), top + 24), PALE, -1)
        _write(panel, f"{name} {p:.2f}", (14, top + 17), bold=row == 0)
    if not reading.aus:
        _write(panel, "no Action Unit", (half + 6, 33))
    for row, unit in enumerate(reading.aus[:5]):
        _write(panel, f"AU{unit.au} {unit.probability:.2f} {unit.verdict}", (half + 6, 33 + 34 * row))
    return panel


def _write(panel: Any, text: str, place: tuple[int, int], bold: bool = False) -> None:
    cv2.putText(panel, text, place, FONT, 0.45, INK, 2 if bold else 1, cv2.LINE_AA)


def lines(reading: Reading) -> list[str]:
    """The prediction for people."""
    classes = sorted(reading.probabilities.items(), key=lambda pair: -pair[1])
    found = [f"{reading.clip}: onset frame {reading.onset}, apex frame {reading.apex}"]
    found.append("class: " + ", ".join(f"{name} {p:.2f}" for name, p in classes))
    found += [f"AU{u.au} ({u.name}) {u.probability:.2f}: {u.verdict}, {u.reason}" for u in reading.aus]
    found += [] if reading.aus else ["no Action Unit reaches 0.5"]
    moved = sorted(reading.moved, key=lambda region: -(region.magnitude or 0))
    found.append(
        "moved: " + ("; ".join(f"{m.name} {m.direction or ''} {m.magnitude:.1f} %" for m in moved) or "nothing")
    )
    if reading.answer is not None:
        found += ["", reading.answer.text, ""]
        if reading.answer.accepted:
            found.append("checker: all of this is carried by the flow and the called Action Units")
        reasons = reading.answer.reasons
        found += [f"checker: {reason.code}: {reason.message}" for reason in reasons[:SHOWN]]
        if len(reasons) > SHOWN:
            found.append(f"checker: and {len(reasons) - SHOWN} more, in the record")
    if reading.labels is not None:
        aus = "+".join(str(label.au) for label in reading.labels.aus)
        found.append(f"annotated: {reading.labels.emotion or reading.labels.emotion_coarse or '-'}, AU {aus or '-'}")
    return found
