"""Smooth, FACS-local displacement fields with exact ground truth (unimer/data/displacements.yaml, docs/synth.md)."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeAlias, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from unimer.errors import InputError
from unimer.faces.crop import LEFT_EYE, RIGHT_EYE, eye_centres
from unimer.records import Side
from unimer.resources import load_yaml

Movers: TypeAlias = Sequence[tuple[int, Side]]
"""Action Units that move, each with the subject's own side."""
Floats: TypeAlias = NDArray[np.float32]

OVAL = (
    *(10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377),
    *(152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109),
)
"""Mesh points of the face's outline, in order."""
LOWER_LIP_EDGE = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308)
"""Inner edge of the lower lip from the subject's right corner to the left: where the lips part."""
EYES_STILL = 7.0
"""Motion of brows and cheeks fades to nothing over this distance to the eye opening, % of inter-ocular distance."""
OUTSIDE = 45.0
"""Motion fades to nothing over this distance outside the face's outline, % of inter-ocular distance."""
LOWER_LIP = 18.0
"""Fall-off of the opening below the lower lip's inner edge, % of inter-ocular distance."""
SPREAD = 1.15
"""A patch's fall-off is at least this many times its displacement: skin that is moved far is moved widely, or it would
fold over itself."""
SQUEEZE = 0.2
"""Least share of its area to which skin is squeezed; a larger displacement is smoothed."""
FURROW_FULL = 3.0
"""A furrow has its full depth where the magnitude is this, % of inter-ocular distance; it grows up to twice that."""


@dataclass(frozen=True)
class Patch:
    """Skin that moves together; see the head of displacements.yaml for the fields."""

    anchors: dict[str, list[int]]
    pull: tuple[float, float]
    reach: float
    limit: float
    lid: bool


@dataclass(frozen=True)
class Furrow:
    lines: dict[str, list[int]]
    width: float
    depth: float


@dataclass(frozen=True)
class Displacement:
    """How one Action Unit displaces the skin."""

    au: int
    name: str
    muscle: str
    source: str
    opens: float
    patches: list[Patch]
    furrows: list[Furrow]

    @property
    def sided(self) -> bool:
        """Whether the unit can move on one side only: its main part does not lie on the mid-line."""
        return not self.opens and "mid" not in self.patches[0].anchors


@dataclass(frozen=True)
class Field:
    """Displacement of the skin at full intensity, in onset coordinates.

    ``upper``: (h, w, 2) px, x right, y down, of everything but the parting of the lips. ``opening``: the same for
    what lies below the lip line, or None where the lips do not part. ``below``: (h, w) signed vertical distance
    to the lip line in px, positive below it. ``shade``: (h, w) share of light lost in furrows.
    """

    upper: Floats
    opening: Floats | None
    below: Floats
    shade: Floats

    @property
    def flow(self) -> Floats:
        """The exact motion of each skin point of the onset frame, torn at the lip line where the lips part."""
        if self.opening is None:
            return self.upper
        return cast(Floats, np.where(self.below[..., None] > 0, self.upper + self.opening, self.upper))


@cache
def displacements() -> dict[int, Displacement]:
    """The table of all Action Units that can be synthesised."""
    table = {}
    for au, entry in load_yaml("data/displacements.yaml").items():
        patches = [
            Patch(_sides(p), (p["pull"][0], p["pull"][1]), p["reach"], p["limit"], p.get("lid", False))
            for p in entry["parts"]
        ]
        furrows = [Furrow(_sides(f), f["width"], f["depth"]) for f in entry.get("furrows", [])]
        table[au] = Displacement(
            au, entry["name"], entry["muscle"], entry["source"], entry.get("opens", 0.0), patches, furrows
        )
    return table


def _sides(entry: dict[str, Any]) -> dict[str, list[int]]:
    return {side: entry[side] for side in ("right", "left", "mid") if side in entry}


def movers(text: str) -> list[tuple[int, Side]]:
    """``"1+2+L14"`` as [(1, both), (2, both), (14, left)].

    Raises:
        InputError: not of that form, or a unit that cannot be synthesised (on that side).
    """
    found: list[tuple[int, Side]] = []
    for part in text.split("+"):
        match = re.fullmatch(r"([LR]?)(\d{1,2})", part.strip())
        if match is None:
            raise InputError(f"{text!r} is not a sum of Action Units such as 1+2+L14")
        side: Side = {"L": "left", "R": "right"}.get(match[1], "both")  # type: ignore[assignment]
        found.append((int(match[2]), side))
    _check(found)
    return found


def _check(aus: Movers) -> None:
    for au, side in aus:
        entry = displacements().get(au)
        if entry is None:
            known = ", ".join(str(n) for n in sorted(displacements()))
            raise InputError(f"AU{au} cannot be synthesised; known: {known}")
        if side != "both" and not entry.sided:
            raise InputError(f"AU{au} lies on the mid-line and cannot move on the {side} side only")


def displacement_field(
    points: NDArray[np.floating], aus: Movers, magnitude_px: float, shape: tuple[int, int]
) -> Floats:
    """Exact motion of the skin from onset to apex without head motion.

    Args:
        points: (478, 2) landmarks of the onset frame, px, y down.
        aus: what moves.
        magnitude_px: displacement of a part of relative size 1, px of the frame.
        shape: (h, w) of the frame.

    Returns:
        (h, w, 2) float32 (u right, v down) px, in onset coordinates; smooth but for the lip line where lips part.

    Raises:
        InputError: an Action Unit that cannot be synthesised.
    """
    return make_field(points, aus, magnitude_px, shape).flow


def make_field(points: NDArray[np.floating], aus: Movers, magnitude_px: float, shape: tuple[int, int]) -> Field:
    """As :func:`displacement_field`, with the pieces that rendering needs."""
    _check(aus)
    face = _Geometry(points, shape)
    upper = np.zeros((*shape, 2), np.float64)
    shade = np.zeros(shape, np.float64)
    opens = 0.0
    for au, side in aus:
        entry = displacements()[au]
        opens += entry.opens
        for patch in entry.patches:
            upper += face.patch(patch, _selected(patch.anchors, side), magnitude_px)
        for furrow in entry.furrows:
            for _, line in _selected(furrow.lines, side):
                shade += face.furrow(furrow, line, magnitude_px)
    flat = (upper * face.inside[..., None]).astype(np.float32)
    opening = face.opening(opens * magnitude_px) if opens > 0 else None
    return _unfolded(Field(flat, opening, face.below, shade.astype(np.float32)), face.iod)


def _unfolded(field: Field, iod: float) -> Field:
    """Smooths a large displacement until it nowhere squeezes skin to less than ``SQUEEZE`` of its area.

    Skin that folded over itself would have no visible motion to compare with the truth, and no inverse to draw it by.
    Displacements of up to 3 px at an inter-ocular distance of 100 px are never touched.
    """
    width = 0.01 * iod
    while _least_area(field) < SQUEEZE:
        upper = cv2.GaussianBlur(field.upper, (0, 0), width)
        opening = None if field.opening is None else field.opening * np.float32(0.97)
        field = Field(cast(Floats, upper), opening, field.below, field.shade)
        width *= 1.25
    return field


def _least_area(field: Field) -> float:
    """Smallest Jacobian determinant of the displacement, the tear at the lip line left out."""
    least = _area(field.upper)
    if field.opening is None:
        return float(least.min())
    lower = _area(field.upper + field.opening)
    return float(np.where(field.below > 0, lower, least).min())


def _area(shift: Any) -> Floats:
    by_y, by_x = np.gradient(shift, axis=(0, 1))
    return cast(Floats, (1 + by_x[..., 0]) * (1 + by_y[..., 1]) - by_y[..., 0] * by_x[..., 1])


def _selected(sides: dict[str, list[int]], side: Side) -> list[tuple[str, list[int]]]:
    return [(where, points) for where, points in sides.items() if side == "both" or where == side]


class _Geometry:
    """Face coordinates of one frame: origin between the eyes, x to the subject's left, y down, px."""

    def __init__(self, points: NDArray[np.floating], shape: tuple[int, int]) -> None:
        self.points = np.asarray(points, np.float64)[:, :2]
        right, left = eye_centres(self.points)
        self.iod = float(np.linalg.norm(left - right))
        self.axis = (left - right) / self.iod
        self.down = np.array([-self.axis[1], self.axis[0]])
        self.grid = np.stack(np.meshgrid(np.arange(shape[1]), np.arange(shape[0])), axis=-1).astype(np.float64)
        self.shape = shape
        self.inside = 1 - _smoothstep(self._distance(OVAL) / (OUTSIDE / 100 * self.iod))
        eyes = np.minimum(self._distance(RIGHT_EYE), self._distance(LEFT_EYE))
        self.eyes_still = _smoothstep(eyes / (EYES_STILL / 100 * self.iod))
        self.along, self.below = self._lip_coordinates()

    def _distance(self, indices: Sequence[int]) -> NDArray[np.float64]:
        """Distance to a polygon in px, 0 inside it; drawn at 2x so that it has no steps."""
        margin, fine = 4, 2
        height, width = self.shape[0] + 2 * margin, self.shape[1] + 2 * margin
        mask = np.full((height * fine, width * fine), 255, np.uint8)
        corners = ((self.points[list(indices)] + margin + 0.5) * fine - 0.5) * 16
        cv2.fillPoly(mask, [np.round(corners).astype(np.int32)], 0, shift=4)
        rough = cv2.distanceTransform(mask, cv2.DIST_L2, cv2.DIST_MASK_PRECISE).astype(np.float64)
        # OpenCV's last bits depend on where the array lies in memory; the square is a whole number, which mends them
        distance = np.sqrt(np.rint(rough**2)) / fine
        small = (distance[::2, ::2] + distance[1::2, ::2] + distance[::2, 1::2] + distance[1::2, 1::2]) / 4
        return small[margin:-margin, margin:-margin]

    def _lip_coordinates(self) -> tuple[NDArray[np.float64], Floats]:
        """Position along the lip line (-1 right corner, 1 left corner) and signed distance below it (px)."""
        line = self.points[list(LOWER_LIP_EDGE)]
        middle = (line[0] + line[-1]) / 2
        x, y = (line - middle) @ self.axis, (line - middle) @ self.down
        half = (x[-1] - x[0]) / 2
        order = np.argsort(x)
        curve = np.poly1d(np.polyfit(x[order], y[order], 4))
        gx, gy = (self.grid - middle) @ self.axis, (self.grid - middle) @ self.down
        below = gy - curve(np.clip(gx, x[0], x[-1]))
        return np.clip(gx / half, -1.2, 1.2), below.astype(np.float32)

    def patch(self, patch: Patch, sides: list[tuple[str, list[int]]], magnitude: float) -> NDArray[np.float64]:
        """Displacement (h, w, 2) of one patch: soft unions of Gaussians, 1 near the anchors and never above.

        Where its sides overlap near the mid-line they share that 1: what they have in common (up, down) stays, what
        they have in opposite (out) cancels.
        """
        length = float(np.hypot(*patch.pull)) * magnitude
        if length == 0 or not sides:
            return np.zeros((*self.shape, 2))
        share = _capped(length, patch.limit / 100 * self.iod) / length
        reach = max(patch.reach / 100 * self.iod, SPREAD * share * length)
        weights, nowhere = [], np.ones(self.shape)
        for _, anchors in sides:
            rest = np.ones(self.shape)
            for anchor in anchors:
                distance = ((self.grid - self.points[anchor]) ** 2).sum(axis=-1)
                rest *= 1 - np.exp(-distance / (2 * reach**2))
            weights.append(1 - rest)
            nowhere *= rest
        scale = (1 - nowhere) / np.maximum(sum(weights), 1e-12) * (1.0 if patch.lid else self.eyes_still)
        field = np.zeros((*self.shape, 2))
        for (where, _), weight in zip(sides, weights, strict=True):
            out = {"left": 1.0, "right": -1.0, "mid": 0.0}[where]
            pull = patch.pull[0] * out * self.axis - patch.pull[1] * self.down
            field += (weight * scale)[..., None] * (pull * magnitude * share)
        return field

    def opening(self, size: float) -> Floats:
        """Displacement (h, w, 2) of what lies below the lip line: down, most in the middle, none at the corners."""
        half = float(np.linalg.norm(self.points[308] - self.points[78])) / 2
        along = np.clip(1 - self.along**2, 0, None) ** 1.5
        fall = np.exp(-(np.maximum(self.below, 0) ** 2) / (2 * (LOWER_LIP / 100 * self.iod) ** 2))
        weight = along * fall * self.inside
        return cast(Floats, (weight[..., None] * (_capped(size, 0.9 * half) * self.down)).astype(np.float32))

    def furrow(self, furrow: Furrow, line: list[int], magnitude: float) -> NDArray[np.float64]:
        """Share of light (h, w) that a furrow takes away: a Gaussian across the polyline."""
        width = furrow.width / 100 * self.iod
        depth = furrow.depth * min(2.0, 100 * magnitude / self.iod / FURROW_FULL)
        corners = self.points[line]
        square = np.full(self.shape, np.inf)
        for a, b in itertools.pairwise(corners):
            t = np.clip(((self.grid - a) @ (b - a)) / max(float((b - a) @ (b - a)), 1e-9), 0, 1)
            square = np.minimum(square, ((self.grid - (a + t[..., None] * (b - a))) ** 2).sum(axis=-1))
        return depth * np.exp(-square / (2 * width**2))


def _capped(length: float, limit: float) -> float:
    """``length`` for small lengths, approaching ``limit`` smoothly: exact below 60 % of it."""
    knee = 0.6 * limit
    return length if length <= knee else knee + (limit - knee) * float(np.tanh((length - knee) / (limit - knee)))


def _smoothstep(t: NDArray[np.float64]) -> NDArray[np.float64]:
    t = np.clip(t, 0, 1)
    return t * t * (3 - 2 * t)
