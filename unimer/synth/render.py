"""Renders a face whose skin moves by an exactly known field.

A picture is drawn from a *scene*: the face at four times the frame's resolution, smoothed by the camera's
point-spread function. Every frame, the onset included, samples that same continuous scene bilinearly, so OpenCV's
rounding of coordinates to 1/32 px becomes 1/128 px and no frame is sharper than another.

Truth is the motion of a skin point from the onset frame, in onset coordinates. Rendering needs the opposite map
(which skin point is seen at a pixel); it is found by fixed-point iteration.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from unimer.synth.displace import OVAL, Field, Floats, Movers, make_field

FINE = 4
"""Scene pixels a frame pixel."""
POINT_SPREAD = 0.45
"""Standard deviation of the camera's blur, frame px."""
MARGIN = 0.55
"""The rendered box reaches this far beyond the face's outline, in inter-ocular distances."""
TEETH = 0.075
"""Height of the upper teeth that show in an opening mouth, inter-ocular distances."""
TOLERANCE = 0.002
"""The fixed-point iteration ends when no pixel moves farther than this, px."""

NO_MAP: Any = None
"""remap takes positions as one two-channel map; OpenCV's type hints insist on a second."""

Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class Scene:
    """A still face, ready to be moved.

    ``frame``: (h, w, 3) float32 BGR, the picture at rest. ``points``: (478, 2) landmarks in it. ``box``: x0, y0, x1,
    y1 of the part that can move; ``fine``: that part at ``FINE`` times the resolution. ``head``: (box) 1 on the head,
    falling to 0 at the edges of the box.
    """

    frame: Floats
    points: Floats
    box: Box
    fine: Floats
    head: Floats
    iod: float

    @property
    def local(self) -> Floats:
        """Landmarks in coordinates of the box."""
        return self.points - np.array(self.box[:2], np.float32)

    @property
    def shape(self) -> tuple[int, int]:
        """(h, w) of the box."""
        return self.box[3] - self.box[1], self.box[2] - self.box[0]


@dataclass(frozen=True)
class State:
    """What one frame shows: ``expression`` 0..1 of the field, the head's similarity (2, 3) from onset coordinates,
    overall gain, and the light's gradient (x, y) across the box."""

    expression: float
    head: NDArray[np.float64]
    gain: float = 1.0
    gradient: tuple[float, float] = (0.0, 0.0)


STILL = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])


def scene_of(image: NDArray[np.uint8], points: NDArray[np.floating], fine: bool = False) -> Scene:
    """Makes a scene of a picture.

    Args:
        image: (h, w, 3) BGR; where ``fine`` is set already ``FINE`` times the frame's size.
        points: (478, 2) landmarks in px of the frame.
    """
    height, width = (n // FINE for n in image.shape[:2]) if fine else image.shape[:2]
    points = np.asarray(points, np.float32)[:, :2]
    right, left = points[[33, 133]].mean(axis=0), points[[263, 362]].mean(axis=0)
    iod = float(np.linalg.norm(left - right))
    low, high = points.min(axis=0) - MARGIN * iod, points.max(axis=0) + MARGIN * iod
    x0, y0 = (max(0, int(v)) for v in np.floor(low))
    x1, y1 = min(width, int(high[0]) + 2), min(height, int(high[1]) + 2)
    large = image if fine else cv2.resize(image, None, fx=FINE, fy=FINE, interpolation=cv2.INTER_CUBIC)
    large = cv2.GaussianBlur(large, (0, 0), POINT_SPREAD * FINE)
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    frame = _sample(large, np.stack([x, y], axis=-1)).astype(np.float32)
    box = (x0, y0, x1, y1)
    part = np.ascontiguousarray(large[y0 * FINE : y1 * FINE, x0 * FINE : x1 * FINE]).astype(np.float32)
    return Scene(frame, points, box, part, _head_mask(points, box, iod), iod)


def _head_mask(points: Floats, box: Box, iod: float) -> Floats:
    """1 up to 0.3 inter-ocular distances around the face's outline, 0 at the edges of the box."""
    outline = np.zeros((box[3] - box[1], box[2] - box[0]), np.uint8)
    cv2.fillPoly(outline, [np.round(points[list(OVAL)] - np.array(box[:2])).astype(np.int32)], 1)
    distance = cv2.distanceTransform(1 - outline, cv2.DIST_L2, cv2.DIST_MASK_PRECISE) / iod
    t = np.clip((distance - 0.3) / (MARGIN - 0.08 - 0.3), 0, 1)
    return cast(Floats, (1 - t * t * (3 - 2 * t)).astype(np.float32))


def _sample(fine: MatLike, at: Floats) -> Floats:
    """Values of the scene at positions (h, w, 2) given in frame px of the same origin."""
    where: MatLike = at * FINE + np.float32((FINE - 1) / 2)
    return cast(Floats, cv2.remap(fine, where, NO_MAP, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))


class Renderer:
    """Draws frames of one scene under one displacement field; keeps the last inverse as the next one's start."""

    def __init__(self, scene: Scene, field: Field) -> None:
        self.scene, self.field = scene, field
        height, width = scene.shape
        self.x, self.y = np.arange(width, dtype=np.float32)[None, :], np.arange(height, dtype=np.float32)[:, None]
        # sampled like the scene, four times as fine: OpenCV's rounding of positions would grow on steep fields
        self.upper = _enlarged(field.upper)
        self.lower = None if field.opening is None else _enlarged(field.upper + field.opening)
        self.part = _moving_part(field)
        # full steps overshoot for ever where skin is stretched to more than twice its length
        steep = max(float(np.abs(part).max()) for part in np.gradient(field.flow, axis=(0, 1)))
        self.relaxation = np.float32(1.0 if steep < 0.3 else 0.7)
        self._start: dict[str, tuple[float, Floats]] = {}

    def draw(self, state: State) -> Floats:
        """One frame without noise, (h, w, 3) float32 BGR."""
        head = self._head_removed(state.head)
        skin, part = head, self.part
        if state.expression > 0:
            skin = head.copy()
            skin[part] = self._inverse("upper", self.upper, state.expression, head[part])
        picture = _sample(self.scene.fine, skin)
        if self.lower is not None and state.expression > 0:
            picture[part] = self._with_open_mouth(picture[part], skin[part], head[part], state.expression)
        if state.expression > 0 and self.field.shade.any():
            picture *= (1 - state.expression * _at(self.field.shade, skin))[..., None]
        frame = self.scene.frame.copy()
        x0, y0, x1, y1 = self.scene.box
        frame[y0:y1, x0:x1] = picture
        return _lit(frame, state)

    def _head_removed(self, matrix: NDArray[np.float64]) -> Floats:
        """Where each pixel of the box lies once the head is moved back, box coordinates."""
        x0, y0 = self.scene.box[:2]
        a, b, c, d, e, f = (float(v) for v in cv2.invertAffineTransform(matrix).ravel())
        dx = np.float32(a - 1) * self.x + (np.float32(b) * self.y + np.float32((a - 1) * x0 + b * y0 + c))
        dy = np.float32(d) * self.x + (np.float32(e - 1) * self.y + np.float32(d * x0 + (e - 1) * y0 + f))
        return cast(Floats, np.stack([self.x + self.scene.head * dx, self.y + self.scene.head * dy], axis=-1))

    def _inverse(self, name: str, field: MatLike, share: float, target: Floats) -> Floats:
        """The skin point x with x + share * field(x) = target, for each pixel."""
        before = self._start.get(name)
        shift = np.zeros_like(target) if before is None else before[1] * np.float32(share / before[0])
        for _ in range(80):
            new = _sample(field, target - shift)
            new *= np.float32(share)
            new -= shift
            step = float(max(new.max(), -new.min()))
            shift += self.relaxation * new
            if step < TOLERANCE:
                break
        self._start[name] = (share, shift)
        return cast(Floats, target - shift)

    def _with_open_mouth(self, part: Floats, skin: Floats, head: Floats, share: float) -> Floats:
        """Draws the lower lip where it has gone and the inside of the mouth in the gap that it leaves."""
        assert self.lower is not None
        low = self._inverse("lower", self.lower, share, head)
        above = np.clip(0.5 - _at(self.field.below, skin), 0, 1)[..., None]
        under = np.clip(0.5 + _at(self.field.below, low), 0, 1)[..., None]
        total = np.maximum(above + under, 1)  # beyond the corners both show the same skin and add up to one
        rest = 1 - (above + under) / total
        lips = (above * part + under * _sample(self.scene.fine, low)) / total
        return cast(Floats, (lips + rest * self._inside(skin)).astype(np.float32))

    def _inside(self, skin: Floats) -> Floats:
        """Dark mouth with the upper teeth's band, fixed to the upper jaw; none is added to a mouth open at onset."""
        iod, points = self.scene.iod, self.scene.local
        depth = _at(self.field.below, skin) / iod
        across = (skin[..., 0] - (points[78, 0] + points[308, 0]) / 2) / iod
        dark = np.array([22.0, 20.0, 38.0], np.float32)
        was_open = float(np.linalg.norm(points[14] - points[13])) / iod > 0.03
        height = 0.0 if was_open else TEETH
        height_here = height * np.clip(1 - (across / 0.3) ** 2, 0, 1)
        edge = 0.5 + 0.5 * np.tanh((height_here - depth) / 0.016)
        lit = np.clip(depth / 0.03, 0, 1) * np.clip(1 - (across / 0.32) ** 2, 0, 1) * edge * (height_here > 0)
        gaps = 1 - 0.18 * np.exp(-((((across / 0.085) % 1) - 0.5) ** 2) / 0.004)
        skin_level = float(self.scene.fine.mean()) / 128
        teeth = np.array([150.0, 165.0, 172.0], np.float32) * min(1.15, max(0.6, skin_level))
        share = (lit * gaps)[..., None]
        return cast(Floats, (dark + share * (teeth - dark)).astype(np.float32))


def _moving_part(field: Field) -> tuple[slice, slice]:
    """The part of the box outside which nothing moves by more than a ten-thousandth of a pixel."""
    size = np.abs(field.upper).max(axis=-1)
    if field.opening is not None:
        size = np.maximum(size, np.abs(field.opening).max(axis=-1))
    rows, columns = np.nonzero((size > 1e-4).any(axis=1))[0], np.nonzero((size > 1e-4).any(axis=0))[0]
    if not len(rows):
        return slice(0, 1), slice(0, 1)
    reach = int(size.max()) + 4  # what moves may land outside the part where it came from
    return (
        slice(max(0, int(rows[0]) - reach), int(rows[-1]) + reach + 1),
        slice(max(0, int(columns[0]) - reach), int(columns[-1]) + reach + 1),
    )


def _enlarged(field: Any) -> MatLike:
    return cast(MatLike, cv2.resize(field, None, fx=FINE, fy=FINE, interpolation=cv2.INTER_CUBIC))


def _at(values: MatLike, where: Floats) -> Floats:
    """Bilinear values of a box-sized array at positions in box px."""
    return cast(Floats, cv2.remap(values, where, NO_MAP, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))


def _lit(frame: Floats, state: State) -> Floats:
    """Gain and a linear change of the light across the frame."""
    if state.gain == 1 and state.gradient == (0.0, 0.0):
        return frame
    height, width = frame.shape[:2]
    x = (np.arange(width, dtype=np.float32) / width - 0.5) * np.float32(state.gradient[0])
    y = (np.arange(height, dtype=np.float32) / height - 0.5) * np.float32(state.gradient[1]) + np.float32(state.gain)
    frame *= (x[None, :] + y[:, None])[..., None]
    return frame


def similarity(centre: NDArray[np.floating], shift: Sequence[float], degrees: float) -> NDArray[np.float64]:
    """(2, 3) matrix: rotation about ``centre`` (positive = clockwise on screen, y down), then a shift in px."""
    angle = np.deg2rad(degrees)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return np.column_stack([turn, centre - turn @ centre + np.asarray(shift)])


class Noise:
    """Gaussian sensor noise from a bank drawn once: each frame takes another window of it, so that it costs little."""

    def __init__(self, rng: np.random.Generator, sigma: float, shape: tuple[int, int]) -> None:
        self.rng, self.sigma = rng, sigma
        height, width = shape
        self.bank = rng.standard_normal((height + 251, width + 257, 3), np.float32) * np.float32(sigma)

    def add(self, frame: Floats) -> NDArray[np.uint8]:
        """The frame as a camera stores it: noise, rounding, 0..255."""
        height, width = frame.shape[:2]
        if self.sigma:
            dy, dx = (int(self.rng.integers(n)) for n in (252, 258))
            sign = 1.0 if self.rng.integers(2) else -1.0
            frame = frame + self.bank[dy : dy + height, dx : dx + width] * np.float32(sign)
        return cast("NDArray[np.uint8]", np.clip(np.rint(frame), 0, 255).astype(np.uint8))


@dataclass(frozen=True)
class Pair:
    """Onset and apex of one rendered motion with its truth; see :func:`render_pair`."""

    onset: list[NDArray[np.uint8]]
    apex: list[NDArray[np.uint8]]
    flow: Floats
    head: NDArray[np.float64]

    @property
    def total_flow(self) -> Floats:
        """(h, w, 2) motion of each onset pixel with the head's motion included (exact on the head)."""
        return with_head(self.flow, self.head)


def with_head(flow: Floats, head: NDArray[np.float64]) -> Floats:
    """Adds a head similarity (2, 3) to a skin flow: H(x + flow(x)) - x."""
    height, width = flow.shape[:2]
    grid = np.stack(np.meshgrid(np.arange(width), np.arange(height)), axis=-1)
    return cast(Floats, ((grid + flow) @ head[:, :2].T + head[:, 2] - grid).astype(np.float32))


def render_pair(
    image: NDArray[np.uint8],
    points: NDArray[np.floating],
    aus: Movers,
    magnitude_px: float,
    seed: int,
    *,
    noise: float = 1.5,
    drift: bool = True,
    lighting: bool = True,
    jpeg: int | None = 90,
    frames_each_end: int = 3,
) -> Pair:
    """Onset and apex frames of a known motion, as a corpus clip has them; for benchmarks.

    Args:
        image: (h, w, 3) BGR, a whole frame or a canonical crop.
        points: (478, 2) landmarks in it, px, y down.
        aus: what moves, for example ``movers("1+2")``; empty = nothing but head, light and noise.
        magnitude_px: displacement of a part of relative size 1, px of ``image``.
        seed: of noise, head motion and light.
        noise: standard deviation of the sensor noise, grey levels.
        drift: the head shifts by 0.3-1 px and turns by up to 0.3 degrees.
        lighting: gain of 1-3 %, a gradient of as much and darker furrows.
        jpeg: quality of a JPEG round trip, or None.
        frames_each_end: frames at either end, all with the same motion but their own noise.

    Returns:
        ``onset`` and ``apex`` frames; ``flow`` (h, w, 2) float32, px, y down: the skin's motion without the head's, in
        onset coordinates; ``head`` (2, 3): the similarity that the head makes on top of it.
    """
    rng = np.random.default_rng([seed, 7])
    scene = scene_of(image, points)
    x0, y0, x1, y1 = scene.box
    field = make_field(scene.local, aus, magnitude_px, scene.shape)
    if not lighting:
        field = Field(field.upper, field.opening, field.below, np.zeros_like(field.shade))
    head, gain, gradient = disturbance(rng, scene, drift, lighting)
    renderer = Renderer(scene, field)
    sensor = Noise(rng, noise, scene.frame.shape[:2])

    def shots(state: State) -> list[NDArray[np.uint8]]:
        picture = renderer.draw(state)
        return [_through_jpeg(sensor.add(picture), jpeg) for _ in range(frames_each_end)]

    flow = np.zeros((*scene.frame.shape[:2], 2), np.float32)
    flow[y0:y1, x0:x1] = field.flow
    return Pair(shots(State(0.0, STILL)), shots(State(1.0, head, gain, gradient)), flow, head)


def disturbance(
    rng: np.random.Generator, scene: Scene, drift: bool, lighting: bool
) -> tuple[NDArray[np.float64], float, tuple[float, float]]:
    """Head similarity, gain and light gradient that a clip reaches at its apex."""
    way = rng.uniform(0, 2 * np.pi)
    far, turn = rng.uniform(0.3, 1.0), rng.uniform(-0.3, 0.3)
    gain, gx, gy = rng.uniform(0.01, 0.03) * rng.choice([-1, 1]), *rng.uniform(-0.03, 0.03, 2)
    centre = scene.points[list(OVAL)].mean(axis=0).astype(np.float64)
    head = similarity(centre, (far * np.cos(way), far * np.sin(way)), turn) if drift else STILL
    return head, 1 + float(gain) * lighting, (float(gx) * lighting, float(gy) * lighting)


def _through_jpeg(image: NDArray[np.uint8], quality: int | None) -> NDArray[np.uint8]:
    if quality is None:
        return image
    return cast("NDArray[np.uint8]", cv2.imdecode(encode_jpeg(image, quality), cv2.IMREAD_COLOR))


def encode_jpeg(image: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    """JPEG bytes of a BGR picture."""
    return cast("NDArray[np.uint8]", cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1])
