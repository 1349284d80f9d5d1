"""One pair of moments: flow, head motion, region vectors and the two reliability signals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from unimer.motion import guide, reliability
from unimer.motion.flow import Field, Image, Preset, coarse_flow, flow, normalise, quantise, warp
from unimer.motion.head import Floats, Similarity, fit_similarity
from unimer.motion.layout import Layout

PASS_SMOOTHING = 3.0
"""Standard deviation (px of a 256 px crop) of the blur between two passes, so that noise is not warped in."""
REST = 0.25
"""Share of the cells that is taken to be at rest in any clip."""


@dataclass(frozen=True)
class Moment:
    """Grey crops of one moment, averaged: ``plain`` in 0..255, ``prepared`` for the flow, ``contrast`` for the
    residual; (size, size) float32. ``frames``: how many were averaged."""

    plain: Image
    prepared: Image
    contrast: Image
    frames: int


@dataclass(frozen=True)
class Pair:
    """What was measured between two moments; y down, px.

    ``field``: head motion removed; ``total``: with it. ``vectors``: (regions, 2) mean of ``field``. ``residuals``:
    (n, 2) of the head fit at the layout's points. ``residual`` (grey levels), ``inconsistency`` (px):
    (regions,), nan where not asked for.
    """

    field: Field
    total: Field
    head: Similarity
    vectors: Floats
    residuals: Floats
    residual: Floats
    inconsistency: Floats
    guided: bool


def moment(crops: Sequence[NDArray[np.uint8]], preset: Preset) -> Moment:
    """Averages grey crops (size, size) of neighbouring frames; noise falls with the root of their number."""
    plain = crops[0].astype(np.float32)
    for each in crops[1:]:
        cv2.accumulate(each, plain)  # in place
    plain = plain / np.float32(len(crops))
    prepared = normalise(plain, preset.lcn)
    return Moment(plain, prepared, prepared if preset.lcn == "box" else normalise(plain, "box"), len(crops))


def measure_pair(
    first: Moment, second: Moment, layout: Layout, preset: Preset, start: Field | None = None, check: bool = True
) -> Pair:
    """Flow from ``first`` to ``second``, head motion fitted and subtracted.

    Args:
        start: a field (size, size, 2) px to start from where the motion is large.
        check: also measure residual and inconsistency (a second flow).
    """
    size = layout.size
    if start is None:
        total = flow(first.prepared, second.prepared, preset.method)
    else:
        total = guide.guided_flow(first.prepared, second.prepared, start, preset.method)
    for _ in range(1, preset.passes):
        known = quantise(cast(Field, cv2.GaussianBlur(total, (0, 0), PASS_SMOOTHING * size / 256)))
        returned = cast(Image, warp(second.plain, known, cv2.INTER_LANCZOS4))
        total = known + flow(first.prepared, normalise(returned, preset.lcn), preset.method)
    head, residuals = _fit(total, layout)
    field = total - head.field(size)
    residual = inconsistency = np.full(len(layout.names), np.nan)
    if check:
        residual = layout.means(reliability.residual(first.contrast, second.contrast, total))
        inconsistency = layout.means(reliability.inconsistency(total, _back(first, second, preset, start)))
    return Pair(field, total, head, layout.means(field), residuals, residual, inconsistency, start is not None)


def _fit(total: Field, layout: Layout) -> tuple[Similarity, Floats]:
    return fit_similarity(layout.fit_xy, total.reshape(-1, 2)[layout.fit], layout.size, layout.stable)


def _back(first: Moment, second: Moment, preset: Preset, start: Field | None) -> Field:
    if start is None:
        return flow(second.prepared, first.prepared, preset.method)
    return guide.guided_flow(second.prepared, first.prepared, guide.invert(start), preset.method)


def coarse_vectors(first: Moment, second: Moment, layout: Layout, preset: Preset) -> Floats:
    """Mean vectors (regions, 2) px, head motion removed, at half the resolution and in one pass: tells which way and
    about how far, in a fifth of the time of :func:`measure_pair`."""
    total = coarse_flow(first.prepared, second.prepared, preset.method)
    head, _ = _fit(total, layout)
    return layout.means(total - head.field(layout.size))


def statistics(pair: Pair, layout: Layout) -> dict[str, Floats]:
    """Per region, px: ``magnitude`` (mean length), ``p90``, ``concentration`` (\\|sum v\\| / sum \\|v\\|), ``strain``
    (mean sqrt(ux² + vy² + (uy + vx)²/2), in percent) and ``turn`` (degrees, see :func:`reliability.turns`); each
    (regions,), nan for an empty region."""
    u, v = (np.ascontiguousarray(pair.field[..., i]) for i in (0, 1))
    length = cast(Image, cv2.magnitude(u, v))
    magnitude = layout.means(length)
    p90 = np.array([_p90(layout.pixels(length, i)) for i in range(len(layout.names))])
    with np.errstate(invalid="ignore", divide="ignore"):
        concentration = np.linalg.norm(pair.vectors, axis=1) / magnitude
    return {
        "magnitude": magnitude,
        "p90": p90,
        "concentration": np.nan_to_num(concentration),
        "strain": 100 * layout.means(strain(u, v)),
        "turn": reliability.turns(pair.field, layout),
    }


def strain(u: Image, v: Image) -> Image:
    """Optical strain magnitude sqrt(ux² + vy² + (uy + vx)²/2), (h, w), dimensionless (px a px)."""
    scale = 1 / 32  # of the 3 x 3 Scharr kernel
    ux, uy, vx, vy = (cv2.Scharr(p, cv2.CV_32F, dx, dy, scale=scale) for p in (u, v) for dx, dy in ((1, 0), (0, 1)))
    return cast(Image, np.sqrt(ux * ux + vy * vy + (uy + vx) ** 2 / 2))


def _p90(values: NDArray[np.float32]) -> float:
    """90th percentile by nearest rank: ten times as fast as np.percentile on so few values."""
    rank = int(0.9 * (len(values) - 1) + 0.5)
    return float(np.partition(values, rank)[rank]) if len(values) else float("nan")


def noise_floor(pair: Pair, layout: Layout) -> float:
    """Standard deviation (px) of a component of a region's mean vector where nothing moves.

    From the pair itself: residuals of the head fit, averaged over cells about as large as a region. The quietest
    quarter of all cells tells, since moving skin is in others, or the median of the stable cells where that is less.
    For a 2-D Gaussian the q-quantile of |v| is sigma sqrt(-2 ln(1 - q)).
    """
    quiet = [
        float(np.quantile(_cell_lengths(pair, layout.cells[:count]), share)) / float(np.sqrt(-2 * np.log(1 - share)))
        for count, share in ((len(layout.cells), REST), (layout.stable, 0.5))
        if (layout.cells[:count] >= 0).any()
    ]
    return min(quiet)


def _cell_lengths(pair: Pair, cells: NDArray[np.intp]) -> Floats:
    """Lengths of the head fit's mean residual in each cell; ``cells`` numbers the first points, -1 = none."""
    kept = cells >= 0
    counts = np.bincount(cells[kept])
    sums = [np.bincount(cells[kept], pair.residuals[: len(cells)][kept, i])[counts > 0] for i in (0, 1)]
    return np.hypot(*sums) / counts[counts > 0]
