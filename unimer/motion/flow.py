"""Dense optical flow between two canonical crops, tuned for motions of a fraction of a pixel.

A *field* is an (h, w, 2) float32 array (u right, v **down**) in pixels with ``first(x) = second(x + field(x))``.
The recipes and the figures behind them are in docs/motion.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, cast

import cv2
import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]
Image = NDArray[np.float32]
Method = Literal["farneback", "dis", "tvl1"]

WINDOW = 11
"""Farneback's averaging window in a 256 px crop; scales with the crop."""
LCN_BOX = 25
LCN_GAIN = 40.0
"""Grey levels that one local standard deviation becomes."""
LCN_EPS = 2.0
"""Grey levels added to the local standard deviation, so that noise on smooth skin is not blown up."""
PLAIN_GAIN = 8.0
"""Of images that are not normalised: OpenCV's Farneback adds a constant to its equations that halves small motions on
smooth skin at the usual grey levels (region error 0.107 px instead of 0.072 px)."""
REMAP_STEP = 32.0
"""OpenCV rounds remap offsets to 1/32 px; fields are rounded alike before a warp so that no error hides there."""


@dataclass(frozen=True)
class Preset:
    """How one pair is measured: ``frames`` averaged at each end, contrast normalisation, method, passes.

    ``passes`` 2: the second image is warped back by what was found and the rest is measured, which halves the
    shrinkage of motions that are local.
    """

    frames: int
    lcn: Literal["none", "box", "gaussian"]
    method: Method
    passes: int = 1


PRESETS: dict[str, Preset] = {
    "fast": Preset(1, "none", "farneback"),
    "balanced": Preset(3, "box", "farneback", passes=2),
    "accurate": Preset(5, "gaussian", "farneback", passes=2),
    "dis": Preset(3, "box", "dis"),
    "tvl1": Preset(3, "box", "tvl1"),
}


def odd(length: float, at_least: int = 3) -> int:
    """The odd integer nearest to a length (px)."""
    return max(at_least, 2 * round((length - 1) / 2) + 1)


def normalise(image: Image, kind: Literal["none", "box", "gaussian"]) -> Image:
    """Local contrast normalisation of an (h, w) float32 image in 0..255: 128 + gain * (I - mean) / (std + eps)."""
    if kind == "none":
        return image * np.float32(PLAIN_GAIN)
    size = image.shape[0]
    if kind == "box":
        box = (odd(LCN_BOX * size / 256),) * 2
        mean = cv2.blur(image, box, borderType=cv2.BORDER_REFLECT)
        square = cv2.sqrBoxFilter(image, cv2.CV_32F, box, borderType=cv2.BORDER_REFLECT)
    else:
        sigma = 16 * size / 256
        mean = cv2.GaussianBlur(image, (0, 0), sigma, borderType=cv2.BORDER_REFLECT)
        square = cv2.GaussianBlur(image * image, (0, 0), sigma, borderType=cv2.BORDER_REFLECT)
    deviation = np.sqrt(np.maximum(square - mean * mean, 0))
    return cast(Image, 128 + LCN_GAIN * (image - mean) / (deviation + LCN_EPS))


def flow(first: Image, second: Image, method: Method = "farneback") -> Field:
    """The field from ``first`` to ``second``, both (h, w) float32 of equal preparation (:func:`normalise`)."""
    if method == "farneback":
        window = odd(WINDOW * first.shape[0] / 256)
        field = cv2.calcOpticalFlowFarneback(first, second, cast(Any, None), 0.5, 1, window, 1, 3, 0.8, 0)
    elif method == "dis":
        field = cv2.GaussianBlur(_dis().calc(_bytes(first), _bytes(second), cast(Any, None)), (0, 0), 2)
    else:
        field = _tvl1().calc(_bytes(first), _bytes(second), None)
    return cast(Field, field)


def coarse_flow(first: Image, second: Image, method: Method = "farneback") -> Field:
    """:func:`flow` at half the resolution, a quarter of the cost: for what needs no sub-pixel accuracy.

    Too coarse for the forward-backward check: a fifth of the regions would be refused.
    """
    halves = [cv2.resize(each, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA) for each in (first, second)]
    small = flow(cast(Image, halves[0]), cast(Image, halves[1]), method)
    return cast(Field, 2 * cv2.resize(small, first.shape[::-1], interpolation=cv2.INTER_LINEAR))


def _bytes(image: Image) -> NDArray[np.uint8]:
    return cast(NDArray[np.uint8], cv2.convertScaleAbs(np.maximum(image, 0)))


@cache
def _dis() -> cv2.DISOpticalFlow:
    """DIS at full resolution without its variational step: three times as accurate as the preset "medium"."""
    dis = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    dis.setFinestScale(0)
    dis.setVariationalRefinementIterations(0)
    dis.setPatchStride(4)
    return dis


@cache
def _tvl1() -> Any:
    contrib: Any = cv2.optflow  # only in the contrib wheel
    return contrib.DualTVL1OpticalFlow_create()


@cache
def grid(size: int) -> tuple[Image, Image]:
    """Pixel coordinates (x, y) of a square image, float32; shared, so never written to."""
    ys, xs = np.mgrid[0:size, 0:size].astype(np.float32)
    return xs, ys


def quantise(field: Field) -> Field:
    """The field as :func:`warp` really applies it (multiples of 1/32 px)."""
    return cast(Field, np.round(field * REMAP_STEP) / np.float32(REMAP_STEP))


def warp(image: NDArray[Any], field: Field, interpolation: int = cv2.INTER_LINEAR) -> NDArray[Any]:
    """``image(x + field(x))``: brings the second image back onto the first."""
    xs, ys = grid(image.shape[0])
    u, v = field[..., 0], field[..., 1]
    return cast(NDArray[Any], cv2.remap(image, xs + u, ys + v, interpolation, borderMode=cv2.BORDER_REPLICATE))
