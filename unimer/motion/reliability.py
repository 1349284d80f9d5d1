"""Which regions the flow can be believed in: two signals, both measured a region.

*Residual*: mean absolute difference (13 x 13) of the contrast-normalised onset and warped apex, in grey levels: large
where the flow brings together what does not belong together, or where something new appears (teeth).
*Inconsistency*: how far one ends from the start after going forward along the flow and back along the flow in the
opposite direction. Neither the flow's size nor its concentration tells a wrong region from a right one.
"""

from __future__ import annotations

from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from unimer.motion.flow import Field, Image, odd, warp

WINDOW = 13
MAX_RESIDUAL = 8.0
MAX_INCONSISTENCY = 0.25


def residual(first: Image, second: Image, field: Field) -> Image:
    """Photometric residual (h, w) of two contrast-normalised images, grey levels."""
    difference = cv2.absdiff(first, warp(second, field).astype(np.float32))
    window = odd(WINDOW * first.shape[0] / 256)
    return cast(Image, cv2.blur(difference, (window, window), borderType=cv2.BORDER_REFLECT))


def inconsistency(forward: Field, backward: Field) -> Image:
    """Forward-backward inconsistency (h, w), px."""
    gap = forward + warp(backward, forward)
    return cast(Image, cv2.magnitude(np.ascontiguousarray(gap[..., 0]), np.ascontiguousarray(gap[..., 1])))


def verdict(residual: float, inconsistency: float, max_inconsistency: float = MAX_INCONSISTENCY) -> str | None:
    """Why a region is not reliable, or None; ``residual`` in grey levels, ``inconsistency`` in px."""
    if not residual <= MAX_RESIDUAL:
        return f"photometric residual {residual:.1f} > {MAX_RESIDUAL:.1f}"
    if not inconsistency <= max_inconsistency:
        return f"forward-backward inconsistency {inconsistency:.2f} px > {max_inconsistency:.2f} px"
    return None


Flags = NDArray[np.bool_]
