"""Pictures of motion for people: the field as colours, the regions as arrows."""

from __future__ import annotations

from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from unimer.faces.crop import EYE_DISTANCE
from unimer.faces.regions import polygons
from unimer.motion.flow import Field
from unimer.records import Motion, RegionMotion

Picture = NDArray[np.uint8]

MOVED = 3.0
"""Arrows are drawn from this multiple of the noise floor on."""
SMALLEST_FULL = 1.0
"""The longest arrow or the fullest colour stands for at least this motion, % of the inter-ocular distance."""
LONGEST = 0.11
"""Length of the longest arrow as a share of the picture's side."""
SCALE = 2
"""Arrows are drawn on a picture twice the crop's size."""
HATCH = 180
"""Grey of what could not be measured."""
SMOOTHING = 2.5
"""Standard deviation (px of a 256 px crop) of the blur of the field before it is coloured: single pixels carry more
noise than the regions, and small motions drown in specks."""
ARROW, RIM, TEXT = (0, 230, 255), (0, 0, 0), (255, 255, 255)


def colour_wheel(flow: Field, full: float | None = None) -> Picture:
    """The field, a little smoothed, as colours: hue = direction, saturation = length, white = none; with a legend.

    Args:
        flow: (h, w, 2) px, y down. full: length in px at full saturation; None: the 99th percentile, at least
            ``SMALLEST_FULL`` % of the inter-ocular distance.

    Returns:
        (h, w, 3) uint8 BGR.
    """
    size = flow.shape[0]
    percent = 100 / (EYE_DISTANCE * size)
    flow = cast(Field, cv2.GaussianBlur(flow, (0, 0), SMOOTHING * size / 256))
    if full is None:
        lengths = cv2.magnitude(flow[..., 0], flow[..., 1]).ravel()
        longest = float(np.partition(lengths, int(0.99 * lengths.size))[int(0.99 * lengths.size)])
        full = max(longest, SMALLEST_FULL / percent)
    picture = _hues(flow / np.float32(full))
    _legend(picture, full * percent)
    return picture


def _hues(flow: Field) -> Picture:
    """Colours of a field whose length 1 is full: red = right, green-yellow = up, cyan = left, violet = down."""
    length, angle = cv2.cartToPolar(flow[..., 0], -flow[..., 1], angleInDegrees=True)
    # OpenCV's 8-bit hue counts 180 steps a turn; convertScaleAbs rounds and saturates
    hue = cv2.convertScaleAbs(np.mod(angle, 359), alpha=0.5)
    value = np.full_like(hue, 255)
    return cast(
        Picture, cv2.cvtColor(cv2.merge([hue, cv2.convertScaleAbs(length, alpha=255), value]), cv2.COLOR_HSV2BGR)
    )


def _legend(picture: Picture, full_percent: float) -> None:
    """Draws the wheel into the lower right corner, and what full colour means beside it."""
    size = picture.shape[0]
    radius = max(14, size // 11)
    axis = np.arange(-radius, radius + 1, dtype=np.float32) / radius
    wheel = np.stack(np.meshgrid(axis, axis), axis=2)
    disc = np.linalg.norm(wheel, axis=2) <= 1
    corner = picture[-2 * radius - 5 : -4, -2 * radius - 5 : -4]
    corner[disc] = _hues(wheel)[disc]
    centre = (size - radius - 5, size - radius - 5)
    cv2.circle(picture, centre, radius, (90, 90, 90), 1, cv2.LINE_AA)
    text = f"{full_percent:.1f} %"
    scale = 0.38 * size / 256
    (width, _), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, 1)
    cv2.putText(picture, text, (size - 2 * radius - 12 - width, size - 8), cv2.FONT_HERSHEY_SIMPLEX, scale, RIM, 1,
                cv2.LINE_AA)  # fmt: skip


def arrows(onset_crop: Picture, motion: Motion, points: NDArray[np.floating]) -> Picture:
    """Arrows on the onset crop, one for each reliable region that moved; the longest is named with its size.

    Args:
        onset_crop: (size, size, 3) BGR. points: (478, 2) landmarks in the crop, px.

    Returns:
        (2 size, 2 size, 3) uint8 BGR. Unreliable regions are hatched; regions at rest carry nothing.
    """
    size = onset_crop.shape[0] * SCALE
    picture = cast(Picture, cv2.resize(onset_crop, (size, size), interpolation=cv2.INTER_CUBIC))
    outlines = {name: outline * np.float32(SCALE) for name, outline in polygons(points).items()}
    moved = [r for r in motion.regions if r.reliable and (r.snr or 0) >= MOVED]
    for region in motion.regions:
        if not region.reliable:
            _hatch(picture, outlines[region.region])
    longest = max([SMALLEST_FULL, *(_length(r) for r in moved)])
    for region in sorted(moved, key=_length):
        _arrow(picture, region, outlines[region.region], LONGEST * size / longest)
    _scale_bar(picture, longest)
    return picture


def _length(region: RegionMotion) -> float:
    return float(np.hypot(region.dx or 0, region.dy or 0))


def _arrow(picture: Picture, region: RegionMotion, outline: NDArray[np.float32], px_a_percent: float) -> None:
    """An arrow with a dark rim through the region's centre; a thin outline shows which skin it speaks for."""
    size = picture.shape[0]
    cv2.polylines(picture, [_fixed(outline)], True, ARROW, 1, cv2.LINE_AA, 4)
    assert region.dx is not None
    assert region.dy is not None
    vector = np.array([region.dx, -region.dy]) * px_a_percent
    centre = outline.mean(axis=0)
    start, end = centre - vector / 2, centre + vector / 2
    head = max(0.3, 7 / max(float(np.linalg.norm(vector)), 1e-6))
    for colour, width in ((RIM, 5), (ARROW, 2)):
        thick = max(1, round(width * size / 512))
        cv2.arrowedLine(picture, _point(start), _point(end), colour, thick, cv2.LINE_AA, 4, min(head, 0.6))


def _hatch(picture: Picture, outline: NDArray[np.float32]) -> None:
    """Diagonal lines over a region that could not be measured."""
    corners = np.rint(outline).astype(np.int32)
    left, top, width, height = cv2.boundingRect(corners)
    left, top = max(left, 0), max(top, 0)
    part = picture[top : top + height, left : left + width]
    if part.size == 0:  # outside the picture
        return
    mask = np.zeros(part.shape[:2], np.uint8)
    cv2.fillPoly(mask, [corners - (left, top)], 255)
    ys, xs = np.ogrid[top : top + part.shape[0], left : left + part.shape[1]]
    lines = (mask > 0) & ((xs + ys) % 10 < 2)
    part[lines] = (0.4 * part[lines] + 0.6 * HATCH).astype(np.uint8)
    cv2.polylines(picture, [_fixed(outline)], True, (HATCH,) * 3, 1, cv2.LINE_AA, 4)


def _scale_bar(picture: Picture, percent: float) -> None:
    """A bar as long as the longest arrow, with its size."""
    size = picture.shape[0]
    left, bottom = size // 40, size - size // 32
    length = round(LONGEST * size)
    scale = 0.8 * size / 512
    for colour, width in ((RIM, 4), (TEXT, 2)):
        cv2.line(picture, (left, bottom), (left + length, bottom), colour, width, cv2.LINE_AA)
        cv2.putText(picture, f"{percent:.1f} %", (left, bottom - 8), cv2.FONT_HERSHEY_SIMPLEX, scale, colour,
                    width + (1 if colour == RIM else -1), cv2.LINE_AA)  # fmt: skip


def _fixed(outline: NDArray[np.float32]) -> NDArray[np.int32]:
    return np.rint(outline * 16).astype(np.int32)


def _point(xy: NDArray[np.floating]) -> tuple[int, int]:
    return round(float(xy[0]) * 16), round(float(xy[1]) * 16)
