"""Large motion: the landmarks' displacement leads the flow to within its capture range (about 3 px).

The micro presets look at 13 px and fail silently beyond that. Landmarks see any motion but jitter by 0.3 px, so they
are never the measurement: they only say from where the flow starts, and only where they moved far.
"""

from __future__ import annotations

from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from unimer.motion.flow import Field, Image, Method, flow, quantise, warp
from unimer.motion.head import fit_similarity

MESH = 468
"""The first 468 points are skin; the last ten are the irises, which turn with the gaze."""
SIGMAS = (5.0, 14.0, 60.0)
"""Widths (px of a 256 px crop) of the smoothing, finest first: each fills what the finer ones do not reach."""
FINE_SUPPORT = 0.02
"""Weight at which a finer width gives way to the next wider one, in landmarks per unit of the Gaussian."""
TRIGGER = 2.0
"""Landmarks that move farther (px of a 256 px crop, head motion removed) than this guide the flow."""
PASSES = 2


def displacement(
    onset: NDArray[np.floating], apex: NDArray[np.floating], size: int
) -> tuple[float, NDArray[np.float64]]:
    """How far landmarks move, px: the 98th percentile of the lengths with head motion removed, and all (468, 2)
    displacements with it."""
    moved = (apex[:MESH] - onset[:MESH]).astype(np.float64)
    _, residual = fit_similarity(onset[:MESH], moved, size)
    return float(np.percentile(np.linalg.norm(residual, axis=1), 98)), moved


def interpolate(points: NDArray[np.floating], vectors: NDArray[np.floating], size: int) -> Field:
    """Smooth (size, size, 2) field through scattered displacements: normalised Gaussian convolution at three widths.

    Args:
        points: (n, 2) px. vectors: (n, 2) px.
    """
    scale = size / 256
    splat = np.zeros((size, size, 3), np.float32)
    columns, rows = (np.clip(np.rint(points[:, i]), 0, size - 1).astype(np.intp) for i in (0, 1))
    values = np.concatenate([vectors, np.ones((len(points), 1))], axis=1).astype(np.float32)
    np.add.at(splat, (rows, columns), values)
    field = np.zeros((size, size, 2), np.float32)
    for sigma in reversed(SIGMAS):
        width = sigma * scale
        small = 4 if width > 12 else 1  # wide kernels run on a quarter of the resolution
        source = (
            splat if small == 1 else cv2.resize(splat, None, fx=1 / small, fy=1 / small, interpolation=cv2.INTER_AREA)
        )
        blurred: NDArray[Any] = cv2.GaussianBlur(source, (0, 0), width / small, borderType=cv2.BORDER_CONSTANT)
        if small > 1:
            blurred = cv2.resize(blurred, (size, size), interpolation=cv2.INTER_LINEAR)
        support = blurred[..., 2:] * np.float32(2 * np.pi * width * width)  # landmarks under a Gaussian of height 1
        mean = blurred[..., :2] / np.maximum(blurred[..., 2:], 1e-12)
        share = support / (support + FINE_SUPPORT) if sigma < SIGMAS[-1] else np.float32(1)
        field = (share * mean + (1 - share) * field).astype(np.float32)
    return field


def invert(field: Field, iterations: int = 4) -> Field:
    """The field g with g(y) = -field(y + g(y)): the way back, by fixed-point iteration."""
    back = -field
    for _ in range(iterations):
        back = -warp(field, back)
    return back


def guided_flow(first: Image, second: Image, start: Field, method: Method, passes: int = PASSES) -> Field:
    """Flow that starts from a field instead of from rest: warp, measure the rest, add; ``passes`` times."""
    total = start
    for _ in range(passes):
        total = quantise(total)
        total = total + flow(first, cast(Image, warp(second, total, cv2.INTER_LINEAR)), method)
    return total
