"""Head motion: a robust similarity fitted to the flow, led by skin that expressions hardly move.

A similarity as a field, with (x, y) measured from the crop's centre, y down, all in px:
``u = tx + a x - b y``, ``v = ty + b x + a y``; the map is x -> x + field(x), so its scale and rotation (clockwise on
the screen for b > 0) are those of (1 + a, b).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unimer.motion.flow import Field
from unimer.records import HeadMotion

ITERATIONS = 4
WIDE_ITERATIONS = 6
CAUCHY = 2.385
"""Tuning constant of Cauchy weights, in standard deviations: 95 % efficiency on Gaussian noise."""
TUKEY = 3.0
"""Tuning constant of Tukey's weights: tight, since the moving skin's flow fades out gradually around it."""
STABLE_WEIGHT = 3.0

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
    points: NDArray[np.floating], vectors: NDArray[np.floating], size: int, stable: int | None = None
) -> tuple[Similarity, Floats]:
    """Robust similarity (iteratively re-weighted least squares) of displacements.

    The scale of the residuals comes from the stable points alone. A first fit uses only them, with Cauchy weights;
    then all points join with Tukey weights, so that the skin that happens to be at rest in this clip steadies the fit
    and the skin that moves has no say in it.

    Args:
        points: (n, 2) px in the crop. vectors: (n, 2) px, y down. size: side of the crop, px.
        stable: the first so many points are stable skin; None: all.

    Returns:
        The similarity and the residuals (n, 2) px.
    """
    count = len(points) if stable is None else stable
    centre = (size - 1) / 2
    x, y = (points[:, 0] - centre) / size, (points[:, 1] - centre) / size
    u, v = vectors[:, 0].astype(np.float64), vectors[:, 1].astype(np.float64)
    prior = np.where(np.arange(len(points)) < count, STABLE_WEIGHT, 1.0)
    weights = (np.arange(len(points)) < count).astype(np.float64)
    for iteration in range(ITERATIONS + (0 if stable is None else WIDE_ITERATIONS)):
        # Normal equations in closed form: with x, y taken from their weighted mean the four unknowns decouple.
        total = weights.sum()
        mx, my, mu, mv = (float(weights @ q) / total for q in (x, y, u, v))
        cx, cy = x - mx, y - my
        extent = max(float(weights @ (cx * cx + cy * cy)), 1e-12)
        a = float(weights @ (cx * u + cy * v)) / extent
        b = float(weights @ (cx * v - cy * u)) / extent
        ru, rv = u - mu - a * cx + b * cy, v - mv - b * cx - a * cy
        squared = ru * ru + rv * rv
        # Median of a squared 2-D Gaussian residual is 2 ln 2 sigma^2.
        variance = max(float(np.median(squared[:count])) / (2 * np.log(2)), 1e-10)
        if iteration < ITERATIONS - 1 or stable is None:
            weights = 1 / (1 + squared / (CAUCHY**2 * variance))
            weights[count:] = 0
        else:
            weights = prior * np.maximum(0, 1 - squared / (TUKEY**2 * variance)) ** 2
    similarity = Similarity(centre, mu - a * mx + b * my, mv - b * mx - a * my, a / size, b / size)
    return similarity, np.stack([ru, rv], axis=1)
