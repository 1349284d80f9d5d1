r"""Which regions the flow can be believed in: five signals, each measured a region.

*Residual*: mean absolute difference (13 x 13) of the contrast-normalised onset and warped apex, in grey levels: large
where the flow brings together what does not belong together, or where something new appears (teeth).
*Inconsistency*: how far one ends from the start after going forward along the flow and back along the flow in the
opposite direction. *Change*: how fast the motion changes from pixel to pixel, as a share of itself. Skin moves as a
sheet; what shading, a furrow or a moving neighbour leave on smooth skin is patchy, and there the flow errs by several
of the face's noise floors. *Turn*: the angle between a region's motion and that of the skin in and around it; a pull
at the skin reaches beyond the region, weaker but in much the same direction. *Aperture*: a motion along skin whose
contrast all lies across (the length of an eyebrow, the line of the lips) cannot be told from none.

The thresholds were chosen on synthetic clips of three faces; docs/motion.md has the figures of others.
"""

from __future__ import annotations

from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from unimer.motion.flow import Field, Image, odd, warp
from unimer.motion.layout import Layout

WINDOW = 13
REST_RESIDUAL = 5.0
"""Grey levels of the contrast-normalised images; more is allowed for each px of motion, up to ``MAX_RESIDUAL``: skin
that moves far also folds and turns to the light."""
RESIDUAL_PER_PX = 1.5
MAX_RESIDUAL = 30.0
MAX_INCONSISTENCY = 0.2
"""px of a 256 px crop; or ``MAX_RELATIVE`` of the motion, if that is more."""
MAX_RELATIVE = 0.3
"""Motion that stands out of the noise is held to this share of itself, however small it is."""
MAX_CHANGE = 0.18
"""Mean strain over mean motion, a px of a 256 px crop: no direction where the motion changes by all of itself within
5.6 px, about a quarter of a region."""
AROUND = 33
"""Side (px of a 256 px crop) of the box over which the skin around each pixel of a region counts as in and around it:
16 px beyond the region."""
MAX_TURN = 7.0
"""Degrees between a region's mean motion and the mean over its surroundings, which contain it."""
APERTURE_RATIO = 0.06
"""Weak over strong eigenvalue of a region's structure tensor."""
APERTURE_SHARE = 0.6
"""Share of the motion that lies along the weak axis: 37 degrees from the direction that is well measured."""
MOVED_SNR = 3.0
"""Below this multiple of the noise floor a region is at rest and has no direction to get wrong."""
SUSPICIOUS = (6.0, 0.3)
"""A region with a larger residual (grey levels) or inconsistency (px) makes large motion likely."""


def residual(first: Image, second: Image, field: Field) -> Image:
    """Photometric residual (h, w) of two contrast-normalised images, grey levels."""
    difference = cv2.absdiff(first, warp(second, field).astype(np.float32, copy=False))
    window = odd(WINDOW * first.shape[0] / 256)
    return cast(Image, cv2.blur(difference, (window, window), borderType=cv2.BORDER_REFLECT))


def inconsistency(forward: Field, backward: Field) -> Image:
    """Forward-backward inconsistency (h, w), px."""
    gap = forward + warp(backward, forward)
    return cast(Image, cv2.magnitude(np.ascontiguousarray(gap[..., 0]), np.ascontiguousarray(gap[..., 1])))


def weak_axes(contrast: Image, layout: Layout) -> NDArray[np.float64]:
    """Where a region's motion cannot be seen: (regions, 3) of unit vector (x, y) and eigenvalue ratio weak/strong.

    Args:
        contrast: contrast-normalised onset crop.
    """
    smooth = cv2.GaussianBlur(contrast, (0, 0), 1.0)
    gx, gy = (cv2.Scharr(smooth, cv2.CV_32F, dx, 1 - dx) for dx in (1, 0))
    xx, xy, yy = layout.means(cast(Image, cv2.merge([gx * gx, gx * gy, gy * gy]))).T
    mean, half = (xx + yy) / 2, np.hypot((xx - yy) / 2, xy)
    strong = np.arctan2(2 * xy, xx - yy) / 2
    ratio = (mean - half) / np.maximum(mean + half, 1e-9)
    return np.stack([-np.sin(strong), np.cos(strong), ratio], axis=1)


def turns(field: Field, layout: Layout) -> NDArray[np.float64]:
    """Angle (regions,) between a region's mean motion and that of the skin in and around it, degrees in 0..180.

    Args:
        field: (size, size, 2) px, head motion removed.
    """
    window = odd(AROUND * layout.size / 256)
    (u, v), (x, y) = layout.means(field).T, layout.means(cast(Field, cv2.blur(field, (window, window)))).T
    return cast(NDArray[np.float64], np.degrees(np.abs(np.arctan2(u * y - v * x, u * x + v * y))))


def verdict(
    residual: float,
    inconsistency: float,
    vector: NDArray[np.float64],
    strain: float,
    turn: float,
    weak_axis: NDArray[np.float64],
    floor: float,
) -> str | None:
    """Why a region is not reliable, or None.

    Args:
        residual: grey levels. inconsistency: px of a 256 px crop, as ``vector`` (the mean motion) and ``floor``.
        strain: mean strain, px a px. turn: degrees, of :func:`turns`.
        weak_axis: the region's row of :func:`weak_axes`.
    """
    length = float(np.linalg.norm(vector))
    relative = MAX_RELATIVE * length
    allowed = max(MAX_INCONSISTENCY, relative)
    tolerated = min(REST_RESIDUAL + RESIDUAL_PER_PX * length, MAX_RESIDUAL)
    if not residual <= tolerated:
        return f"photometric residual {residual:.1f} > {tolerated:.1f}"
    if not inconsistency <= allowed:
        return f"forward-backward inconsistency {inconsistency:.2f} px > {allowed:.2f} px"
    if length < MOVED_SNR * floor:
        return None
    if inconsistency > relative:
        return f"direction uncertain: {inconsistency:.2f} of {length:.2f} px do not come back"
    if strain > MAX_CHANGE * length:
        return f"direction uncertain: the motion changes by {100 * strain / length:.0f} % of itself a px"
    if turn > MAX_TURN:
        return f"direction uncertain: the skin around moves {turn:.0f} degrees off"
    share = abs(float(vector @ weak_axis[:2])) / length
    if weak_axis[2] < APERTURE_RATIO and share > APERTURE_SHARE:
        return f"aperture: {100 * share:.0f} % of the motion along an edge"
    return None


def suspicious(residual: NDArray[np.float64], inconsistency: NDArray[np.float64]) -> bool:
    """Whether some region looks like motion beyond the flow's capture range."""
    return bool((residual > SUSPICIOUS[0]).any() or (inconsistency > SUSPICIOUS[1]).any())
