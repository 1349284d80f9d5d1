"""Head motion: a robust similarity fitted to the flow on skin that expressions hardly move.

A similarity as a field, with (x, y) measured from the crop's centre, y down, all in px:
``u = tx + a x - b y``, ``v = ty + b x + a y``; the map is x -> x + field(x), so its scale and rotation (clockwise on
the screen for b > 0) are those of (1 + a, b).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from unimer.motion.flow import Field
from unimer.records import HeadMotion

ITERATIONS = 6
CAUCHY = 2.385
"""Tuning constant of Cauchy weights, in standard deviations: 95 % efficiency on Gaussian noise."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Similarity:
    """A similarity about ``centre`` px (both axes): shift ``tx, ty`` px, ``a`` = scale cos - 1, ``b`` = scale sin."""

    centre: float
    tx: float = 0.0
    ty: float = 0.0
    a: float = 0.0
    b: float = 0.0

    def at(self, points: NDArray[np.floating]) -> Floats:
        """Displacement (n, 2) px of points (n, 2) px."""
        x, y = points[:, 0] - self.centre, points[:, 1] - self.centre
        return np.stack([self.tx + self.a * x - self.b * y, self.ty + self.b * x + self.a * y], axis=1)

    def field(self, size: int) -> Field:
        """The (size, size, 2) field."""
        axis = np.arange(size, dtype=np.float32) - np.float32(self.centre)
        field = np.empty((size, size, 2), np.float32)
        field[..., 0] = (self.tx + self.a * axis)[None, :] - (self.b * axis)[:, None]
        field[..., 1] = (self.ty + self.a * axis)[:, None] + (self.b * axis)[None, :]
        return field

    def record(self, inter_ocular: float) -> HeadMotion:
        """As a record: % of the inter-ocular distance (px), y up, degrees counter-clockwise."""
        percent = 100 / inter_ocular
        return HeadMotion(
            dx=_tidy(self.tx * percent),
            dy=_tidy(-self.ty * percent),
            rotation=_tidy(-float(np.degrees(np.arctan2(self.b, 1 + self.a)))),
            scale=round(float(np.hypot(1 + self.a, self.b)), 6),
        )


def _tidy(value: float) -> float:
    return round(value, 4) + 0.0  # + 0.0 turns -0.0 into 0.0


def fit_similarity(
    points: NDArray[np.floating], vectors: NDArray[np.floating], size: int
) -> tuple[Similarity, Floats]:
    """Robust similarity (iteratively re-weighted least squares, Cauchy weights) of displacements.

    Args:
        points: (n, 2) px in the crop. vectors: (n, 2) px, y down. size: side of the crop, px.

    Returns:
        The similarity and its residuals (n, 2) px.
    """
    centre = (size - 1) / 2
    x, y = (points[:, 0] - centre) / size, (points[:, 1] - centre) / size
    u, v = vectors[:, 0].astype(np.float64), vectors[:, 1].astype(np.float64)
    weights = np.ones(len(points))
    for _ in range(ITERATIONS):
        # Normal equations in closed form: with x, y taken from their weighted mean the four unknowns decouple.
        total = weights.sum()
        mx, my, mu, mv = (float(weights @ q) / total for q in (x, y, u, v))
        cx, cy = x - mx, y - my
        spread = max(float(weights @ (cx * cx + cy * cy)), 1e-12)
        a = float(weights @ (cx * u + cy * v)) / spread
        b = float(weights @ (cx * v - cy * u)) / spread
        ru, rv = u - mu - a * cx + b * cy, v - mv - b * cx - a * cy
        squared = ru * ru + rv * rv
        # Median of a squared 2-D Gaussian residual is 2 ln 2 sigma^2.
        variance = max(float(np.median(squared)) / (2 * np.log(2)), 1e-10)
        weights = 1 / (1 + squared / (CAUCHY**2 * variance))
    similarity = Similarity(centre, mu - a * mx + b * my, mv - b * mx - a * my, a / size, b / size)
    return similarity, cast(Floats, np.stack([ru, rv], axis=1))
