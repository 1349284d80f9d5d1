"""A clip's motion from onset to apex: which frames, landmarks, crops, flow, noise floor, regions."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from unimer.errors import ClipError
from unimer.faces.crop import canonical_transform, crop, inter_ocular, transform_points
from unimer.faces.landmarks import Face, shared_landmarker
from unimer.frames import Frames
from unimer.motion import guide, reliability
from unimer.motion.flow import PRESETS, Field, Preset
from unimer.motion.head import Floats
from unimer.motion.layout import Layout, layout
from unimer.motion.marks import Windows, find_marks, windows
from unimer.motion.pair import Moment, Pair, coarse_vectors, measure_pair, moment, noise_floor, statistics
from unimer.records import Clip, Motion, RegionMotion, octant_of
from unimer.settings import FaceSettings, MissingApex, MotionSettings

SMALLEST_FLOOR = 0.02
"""px of a 256 px crop; no floor is believed below the flow's own bias on a noiseless pair."""
EARLIER = (0.5, 0.25, 0.125)
"""Fractions of onset..apex at which a region that is unreliable at the apex is read instead, latest first."""
EARLY_SNR = 10.0
"""An earlier reading must stand out of the noise this far: a region at rest early on may well move later."""
EARLY_CONCENTRATION = 0.7
"""And its vectors must point one way: skin beside a tear is dragged along in several."""
GROWTH_SNR = 2.0
"""Below this multiple of the noise floor nothing is said about growth."""
OVERSHOOT = 1.25
"""Half-way the motion may exceed the apex's by this factor: a face that has gone furthest early has still moved."""
NOISE_SOURCE = "skin at rest between onset and apex"
SEQUENCE_SIZE = 128
"""Side of the crops of a kept sequence, px."""


@dataclass(frozen=True)
class Measured:
    """A clip's motion record (``media`` empty) and the arrays it was made from.

    ``flow``: (size, size, 2) float32 px, y **down**, head motion removed, defined on the onset crop. ``onset_crop``,
    ``apex_crop``: (size, size, 3) uint8 BGR. ``apex_face``: only where the apex frame's landmarks were looked at.
    ``points``: (478, 2) float32 landmarks of the onset in crop px. ``sequence``: (n, SEQUENCE_SIZE, SEQUENCE_SIZE)
    uint8 grey crops from the onset to the apex, where the settings ask for them.
    """

    motion: Motion
    flow: Field
    onset_crop: NDArray[np.uint8]
    apex_crop: NDArray[np.uint8]
    onset_face: Face
    apex_face: Face | None
    points: NDArray[np.float32]
    sequence: NDArray[np.uint8] | None = None


@dataclass
class Bench:
    """What one clip's measurement shares between its steps; crops and landmarks are made once a frame."""

    frames: Frames
    faces: FaceSettings
    preset: Preset
    matrix: NDArray[np.float64]
    layout: Layout
    onset: int
    onset_frame: NDArray[np.uint8]
    onset_face: Face
    colour: dict[int, NDArray[np.uint8]] = field(default_factory=dict)
    _grey: dict[int, NDArray[np.uint8]] = field(default_factory=dict)
    _faces: dict[int, Face] = field(default_factory=dict)

    def prefetch(self, numbers: Sequence[int], colour: Sequence[int]) -> None:
        """Reads frames in ascending order (cheap in a video); keeps colour crops of those in ``colour``."""
        for number in numbers:
            known = number == self.onset
            frame = self.onset_frame if known else self.frames.read(number, grey=number not in colour)
            self._grey[number] = self._crop(frame)
            if number in colour:
                self.colour[number] = crop(frame, self.matrix, self.layout.size)

    def _crop(self, frame: NDArray[np.uint8]) -> NDArray[np.uint8]:
        grey = cast("NDArray[np.uint8]", cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)) if frame.ndim == 3 else frame
        return crop(grey, self.matrix, self.layout.size, grey=True)

    def grey(self, number: int) -> NDArray[np.uint8]:
        """Grey canonical crop of a frame."""
        if number not in self._grey:
            self._grey[number] = self._crop(self.frames.read(number, grey=True))
        return self._grey[number]

    def moment(self, numbers: Sequence[int]) -> Moment:
        return moment([self.grey(n) for n in numbers], self.preset)

    def face(self, number: int) -> Face:
        """Landmarks of a frame, for guidance only.

        Raises:
            ClipError: face.none.
        """
        if number not in self._faces:
            self._faces[number] = shared_landmarker(self.faces).find(self.frames.read(number))
        return self._faces[number]

    def start(self, number: int) -> Field | None:
        """The landmarks' displacement field up to a frame where they moved far, else None."""
        points = transform_points(self.matrix, self.face(number).points)
        distance, moved = guide.displacement(self.layout.points, points, self.layout.size)
        if distance <= guide.TRIGGER * self.layout.size / 256:
            return None
        return guide.interpolate(self.layout.points[: guide.MESH], moved, self.layout.size)


def open_bench(frames: Frames, onset: int, faces: FaceSettings, preset: Preset) -> Bench:
    """Finds the face in the onset frame and lays the canonical crop over it.

    Raises:
        ClipError: face.none, face.several, face.small, frames.*.
    """
    frame = frames.read(onset)
    face = shared_landmarker(faces).find(frame)
    matrix = canonical_transform(face.points, faces.size)
    points = transform_points(matrix, face.points)
    return Bench(frames, faces, preset, matrix, layout(points, faces.size), onset, frame, face)


def measure(
    frames: Frames, clip: Clip, faces: FaceSettings, motion: MotionSettings, missing_apex: MissingApex = "spot"
) -> Measured:
    """Measures the motion of a clip from onset to apex.

    Raises:
        ClipError: motion.short, apex.missing, apex.outside, face.none, face.several, face.small, frames.*.
    """
    preset = PRESETS[motion.preset]
    marks = find_marks(frames, clip, faces, preset, missing_apex)
    fps = clip.fps or frames.fps
    bench = open_bench(frames, marks.onset, faces, preset)
    plan = windows(frames.numbers, marks, preset.frames, fps)
    bench.prefetch(sorted({*plan.onset, *plan.apex}), colour=(marks.onset, marks.apex))
    first, last = bench.moment(plan.onset), bench.moment(plan.apex)
    pair = _pair(bench, first, last, marks.apex, motion.guide)
    floor = _floor(bench, pair)
    regions = _regions(bench, plan, first, pair, floor)
    percent = bench.layout.percent
    record = Motion(
        onset=marks.onset,
        apex=marks.apex,
        onset_origin=marks.onset_origin,
        apex_origin=marks.apex_origin,
        preset=motion.preset,
        frames_averaged=min(len(plan.onset), len(plan.apex)),
        guided=pair.guided,
        face=bench.onset_face.status,
        inter_ocular_px=round(inter_ocular(bench.onset_face.points), 4),
        head=pair.head.record(100 / percent),
        noise_floor=round(floor * percent, 4),
        noise_source=NOISE_SOURCE,
        regions=regions,
    )
    return Measured(
        motion=record,
        flow=pair.field,
        onset_crop=bench.colour[marks.onset],
        apex_crop=bench.colour[marks.apex],
        onset_face=bench.onset_face,
        apex_face=bench._faces.get(marks.apex),
        points=bench.layout.points,
        sequence=_sequence(bench, marks.onset, marks.apex, motion.sequence) if motion.sequence else None,
    )


def _sequence(bench: Bench, onset: int, apex: int, count: int) -> NDArray[np.uint8]:
    """At most ``count`` grey crops at even steps from onset to apex; fewer where there are fewer frames."""
    numbers = [n for n in bench.frames.numbers if onset <= n <= apex]
    chosen = np.unique(np.linspace(0, len(numbers) - 1, count).round().astype(int))
    size = (SEQUENCE_SIZE, SEQUENCE_SIZE)
    crops = [cv2.resize(bench.grey(numbers[i]), size, interpolation=cv2.INTER_AREA) for i in chosen]
    return np.stack(crops).astype(np.uint8)


def _verdicts(pair: Pair, bench: Bench, weak: Floats, values: dict[str, Floats], floor: float) -> list[str | None]:
    """Verdict on each region; ``values`` are those of :func:`statistics`."""
    unit = 256 / bench.layout.size
    rows = zip(pair.residual, pair.inconsistency, pair.vectors, values["strain"], values["turn"], weak, strict=True)
    return [
        reliability.verdict(float(r), float(i) * unit, v * unit, float(s) / 100, float(turn), axis, floor * unit)
        for r, i, v, s, turn, axis in rows
    ]


def _pair(bench: Bench, first: Moment, last: Moment, apex: int, mode: str) -> Pair:
    """Onset to apex, guided where the setting or the signs ask for it.

    The signs for ``auto``: some region's residual or inconsistency. Only then is a second face detection worth its
    time; only landmarks that really moved far guide the flow; and only if that explains the pictures better.
    """
    plain = measure_pair(first, last, bench.layout, bench.preset)
    if mode == "never":
        return plain
    if mode == "auto" and not reliability.suspicious(plain.residual, plain.inconsistency * 256 / bench.layout.size):
        return plain
    start = None
    with suppress(ClipError):  # no face at the apex: reliability says how well it went without
        start = bench.start(apex)
    return _better(plain, first, last, bench, start)


def _better(plain: Pair, first: Moment, last: Moment, bench: Bench, start: Field | None) -> Pair:
    """The guided pair if it leaves less residual than the plain one: landmarks can be wrong by many pixels."""
    if start is None:
        return plain
    guided = measure_pair(first, last, bench.layout, bench.preset, start)
    return guided if np.nansum(guided.residual) < np.nansum(plain.residual) else plain


def _floor(bench: Bench, pair: Pair) -> float:
    """Noise floor in px, from the skin at rest in the pair itself.

    A pair of neutral frames beside the onset would know the camera's noise but not what head motion and changing light
    add by the apex: it came out 1.6 times too small (docs/motion.md).
    """
    return max(noise_floor(pair, bench.layout), SMALLEST_FLOOR * bench.layout.size / 256)


def _regions(bench: Bench, plan: Windows, first: Moment, pair: Pair, floor: float) -> list[RegionMotion]:
    """All regions; those unreliable at the apex are read at an earlier frame where they stand out."""
    lay = bench.layout
    weak = reliability.weak_axes(first.contrast, lay)
    final = statistics(pair, lay)
    bad = _verdicts(pair, bench, weak, final, floor)
    halfway = _halfway(bench, plan, first, pair, weak)
    records = [
        _record(lay, i, why, pair, final, floor, None, _grows(pair, halfway, i, floor) if why is None else None)
        for i, why in enumerate(bad)
    ]
    # An edge hides the same direction at every frame, and motion too small to have a direction is smaller earlier.
    pending = [i for i, why in enumerate(bad) if why and not why.startswith(("aperture", "direction"))]
    for fraction in EARLIER:
        if not pending or not plan.between:
            break
        number = plan.at(fraction)
        early = _earlier(bench, first, plan, number, pair.guided)
        values = statistics(early, lay)
        early_floor = _floor(bench, early)
        why_early = _verdicts(early, bench, weak, values, early_floor)
        for i in list(pending):
            clear = np.linalg.norm(early.vectors[i]) >= EARLY_SNR * early_floor
            if why_early[i] is None and clear and values["concentration"][i] >= EARLY_CONCENTRATION:
                pending.remove(i)
                records[i] = _record(lay, i, None, early, values, early_floor, number, None)
    return records


def _earlier(bench: Bench, first: Moment, plan: Windows, number: int, guided: bool) -> Pair:
    """A frame between onset and apex; where landmarks lead at the apex they may lead here."""
    then = bench.moment(plan.around(number))
    plain = measure_pair(first, then, bench.layout, bench.preset)
    if not guided:
        return plain
    start = None
    with suppress(ClipError):
        start = bench.start(number)
    return _better(plain, first, then, bench, start)


def _halfway(bench: Bench, plan: Windows, first: Moment, pair: Pair, weak: Floats) -> NDArray[np.float64] | None:
    """Mean vectors of the regions (px) in the middle of onset..apex; None without frames, NaN where not reliable."""
    if not plan.between:
        return None
    number = plan.at(0.5)
    if not pair.guided:  # small motion: a coarse look tells, and is never unreliable where the apex is not
        return coarse_vectors(first, bench.moment([number]), bench.layout, bench.preset)
    middle = _earlier(bench, first, plan, number, guided=True)
    values = statistics(middle, bench.layout)
    bad = [why is not None for why in _verdicts(middle, bench, weak, values, _floor(bench, middle))]
    return np.where(np.array(bad)[:, None], np.nan, middle.vectors)


def _grows(pair: Pair, halfway: NDArray[np.float64] | None, region: int, floor: float) -> bool | None:
    """Whether the middle lies on the way: not before the start, and not far beyond the end, since faces overshoot."""
    if halfway is None or np.isnan(halfway[region]).any():
        return None
    end = pair.vectors[region]
    length = float(np.linalg.norm(end))
    if not length >= GROWTH_SNR * floor:
        return None
    along = float(halfway[region] @ end) / length
    return bool(0.1 * length <= along <= OVERSHOOT * length + GROWTH_SNR * floor)


def _record(
    lay: Layout,
    region: int,
    why: str | None,
    pair: Pair,
    values: dict[str, NDArray[np.float64]],
    floor: float,
    frame: int | None,
    grows: bool | None,
) -> RegionMotion:
    percent = lay.percent
    signals = {
        "residual": _round(pair.residual[region]),
        "inconsistency": _round(pair.inconsistency[region] * percent),
    }
    if lay.counts[region] == 0:
        return RegionMotion(region=lay.names[region], reliable=False, why_unreliable="outside the picture")
    if why is not None:
        return RegionMotion(region=lay.names[region], reliable=False, why_unreliable=why, **signals)
    dx, dy = float(pair.vectors[region, 0]), -float(pair.vectors[region, 1])
    degrees = float(np.degrees(np.arctan2(dy, dx))) % 360
    snr = float(np.hypot(dx, dy)) / floor
    moved = snr >= reliability.MOVED_SNR  # the direction of what is within the noise is the noise's
    return RegionMotion(
        region=lay.names[region],
        reliable=True,
        dx=_round(dx * percent),
        dy=_round(dy * percent),
        magnitude=_round(values["magnitude"][region] * percent),
        p90=_round(values["p90"][region] * percent),
        degrees=_round(degrees) % 360 if moved else None,
        octant=octant_of(degrees) if moved else None,
        concentration=_round(values["concentration"][region]),
        strain=_round(values["strain"][region]),
        snr=_round(snr),
        grows=grows,
        frame=frame,
        **signals,
    )


def _round(value: float) -> float:
    return round(float(value), 4) + 0.0
