"""Finds the apex (and the onset) of a clip that names none: the first principal component of its regions' motions.

Every examined frame is measured against the first one, head motion removed, which gives one vector a region. The
strongest common pattern of these vectors over time is the expression; its strength over time is the curve whose peak
is the apex. Frame differences and texture descriptors find other frames (docs/motion.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from unimer.errors import ClipError
from unimer.faces.crop import canonical_transform, crop, transform_points
from unimer.faces.landmarks import shared_landmarker
from unimer.frames import Frames
from unimer.motion import guide
from unimer.motion.flow import PRESETS, Preset
from unimer.motion.layout import layout
from unimer.motion.pair import measure_pair, moment
from unimer.settings import FaceSettings

FULL = 64
"""Clips up to this many frames are measured at each; longer ones coarse to fine, at about as many."""
SMOOTHING = 2.0
"""Standard deviation of the curve's smoothing, in examined frames at >= 100 fps; half of it below."""
SLOW_FPS = 60.0
RISE = 0.05
"""The onset is the last frame before the peak at which the curve is below this share of it (or within the noise)."""

Curve = NDArray[np.float64]


@dataclass(frozen=True)
class Spotted:
    """``onset``: last neutral frame before the rise; ``apex``: the peak; ``numbers`` and ``curve``: what was examined
    (px of the crop, root mean square over regions)."""

    onset: int
    apex: int
    numbers: tuple[int, ...]
    curve: Curve


def spot(
    frames: Frames, numbers: Sequence[int], faces: FaceSettings, preset: Preset, fps: float | None = None
) -> Spotted:
    """Onset and apex among ``numbers`` (ascending; the first is the reference and shows the neutral face).

    Raises:
        ClipError: motion.short, face.none, face.small, frames.*.
    """
    if len(numbers) < 2:
        raise ClipError("motion.short", f"{frames.path(numbers[0])}: a single frame shows no motion")
    probe = _Probe(frames, numbers[0], faces, preset, slow=fps is not None and fps < SLOW_FPS)
    step = max(1, -(-len(numbers) // FULL))
    wide = SMOOTHING if fps is None or fps >= 100 else SMOOTHING / 2
    examined = list(range(0, len(numbers), step))
    if examined[-1] != len(numbers) - 1:
        examined.append(len(numbers) - 1)
    vectors = {i: probe.vectors(numbers[i]) for i in examined}
    pattern = _pattern(np.array([vectors[i] for i in examined]))
    raw = {i: float(vectors[i] @ pattern) for i in examined}
    smoothing = wide if step == 1 else 1.0
    while True:
        curve = _smooth([raw[i] for i in examined], smoothing)
        peak = examined[1 + int(np.argmax(curve[1:]))]
        start = _rise(curve[: examined.index(peak) + 1], examined)
        if step == 1:
            break
        step = max(1, step // 2)
        near = {i for centre in (peak, start) for i in range(centre - 3 * step, centre + 3 * step + 1, step)}
        for i in sorted(near):
            if 0 <= i < len(numbers) and i not in raw:
                raw[i] = float(probe.vectors(numbers[i]) @ pattern)
        examined = sorted(raw)
        smoothing = 1.0
    return Spotted(
        numbers[start], numbers[peak], tuple(numbers[i] for i in examined), curve / np.sqrt(len(pattern) / 2)
    )


class _Probe:
    """Region vectors of any frame against the reference frame."""

    def __init__(self, frames: Frames, reference: int, faces: FaceSettings, preset: Preset, slow: bool) -> None:
        self.frames, self.slow = frames, slow
        self.preset = replace(preset if preset.method == "farneback" else PRESETS["balanced"], passes=1)
        self.landmarker = shared_landmarker(faces)
        frame = frames.read(reference)
        points = self.landmarker.find(frame).points
        self.matrix = canonical_transform(points, faces.size)
        self.layout = layout(transform_points(self.matrix, points), faces.size)
        self.reference = moment([crop(frame, self.matrix, faces.size, grey=True)], self.preset)

    def vectors(self, number: int) -> Curve:
        """(2 x regions,) px; below 60 fps the landmarks lead the flow where they moved far."""
        frame = self.frames.read(number, grey=not self.slow)
        size = self.layout.size
        now = moment([crop(frame, self.matrix, size, grey=True)], self.preset)
        start = None
        if self.slow:
            try:
                points = transform_points(self.matrix, self.landmarker.find(frame).points)
            except ClipError:
                points = self.layout.points
            distance, moved = guide.displacement(self.layout.points, points, size)
            if distance > guide.TRIGGER * size / 256:
                start = guide.interpolate(self.layout.points[: guide.MESH], moved, size)
        pair = measure_pair(self.reference, now, self.layout, self.preset, start, check=False)
        return np.nan_to_num(pair.vectors).reshape(-1)


def _pattern(matrix: Curve) -> Curve:
    """First right singular vector of (frames, values), signed so that the strongest frame is positive."""
    pattern = np.linalg.svd(matrix, full_matrices=False)[2][0]
    scores = matrix @ pattern
    sign = 1.0 if scores[int(np.argmax(np.abs(scores)))] >= 0 else -1.0
    return np.asarray(pattern * sign)


def _smooth(values: Sequence[float], sigma: float) -> Curve:
    row = np.array(values, np.float64)[None]
    smooth: Curve = cv2.GaussianBlur(row, (0, 0), sigma, sigmaY=1e-6, borderType=cv2.BORDER_REPLICATE)[0]
    return smooth


def _rise(curve: Curve, examined: Sequence[int]) -> int:
    """Last examined position before the rise to the end of ``curve``."""
    peak = curve[-1]
    below = np.flatnonzero(curve[:-1] <= RISE * peak)
    return examined[int(below[-1])] if len(below) else examined[0]
