"""Draws docs/img/regions.png: the named regions over a portrait by NASA (public domain, comes with scikit-image).

    python benchmarks/draw_regions.py [OUT.png]

Solid colour: the 30 regions, named once a pair. White outlines: the stable skin that head motion is fitted to.
"""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
import skimage.data
from numpy.typing import NDArray

from unimer.faces.crop import canonical_transform, crop, transform_points
from unimer.faces.landmarks import shared_landmarker
from unimer.faces.regions import base_of, polygons, side_of, stable_mask
from unimer.settings import FaceSettings

SIZE = 1024
PALETTE = (  # BGR, light enough for black labels; neighbours differ
    (80, 175, 76), (34, 126, 230), (219, 152, 52), (182, 89, 155), (60, 76, 231), (18, 196, 241), (156, 188, 26),
)  # fmt: skip


def draw() -> NDArray[np.uint8]:
    """(SIZE, SIZE, 3) BGR picture."""
    frame = np.ascontiguousarray(skimage.data.astronaut()[:, :, ::-1])
    points = shared_landmarker(FaceSettings()).find(frame).points
    matrix = canonical_transform(points, SIZE)
    grey = crop(frame, matrix, SIZE, grey=True)
    picture = cv2.cvtColor((grey * 0.6 + 90).clip(0, 255).astype(np.uint8), cv2.COLOR_GRAY2BGR)
    moved = transform_points(matrix, points)
    outlines = polygons(moved)
    bases = list(dict.fromkeys(base_of(name) for name in outlines))
    layer = picture.copy()
    for name, outline in outlines.items():
        colour = PALETTE[bases.index(base_of(name)) % len(PALETTE)]
        cv2.fillPoly(layer, [np.round(outline * 16).astype(np.int32)], colour, cv2.LINE_AA, 4)
    picture = cv2.addWeighted(layer, 0.45, picture, 0.55, 0)
    for outline in outlines.values():
        cv2.polylines(picture, [np.round(outline * 16).astype(np.int32)], True, (40, 40, 40), 1, cv2.LINE_AA, 4)
    stable = stable_mask(moved, SIZE).astype(np.uint8)
    cv2.drawContours(picture, cv2.findContours(stable, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0], -1, (255,) * 3, 2)
    for name, outline in outlines.items():
        if side_of(name) != "right":
            _label(picture, base_of(name), outline)
    _write(picture, "the subject's right", 0, SIZE - 20)
    _write(picture, "the subject's left", SIZE, SIZE - 20)
    return picture


def _label(picture: NDArray[np.uint8], text: str, outline: NDArray[np.float32]) -> None:
    low, high = outline.min(axis=0), outline.max(axis=0)
    x, y = (low + high) / 2
    _write(picture, text, x, low[1] - 12 if text == "middle_brow" else y)  # its neighbours' labels need the room


def _write(picture: NDArray[np.uint8], text: str, x: float, y: float) -> None:
    """Black on white, centred on (x, y) but inside the picture."""
    (width, height), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 0.5, 1)
    left, base = int(np.clip(x - width / 2, 6, SIZE - width - 6)), int(y + height / 2)
    cv2.rectangle(picture, (left - 3, base - height - 3), (left + width + 3, base + 4), (255, 255, 255), -1)
    cv2.putText(picture, text, (left, base), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (0, 0, 0), 1, cv2.LINE_AA)


if __name__ == "__main__":
    default = Path(__file__).parent.parent / "docs" / "img" / "regions.png"
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else default
    out.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(out), draw(), [cv2.IMWRITE_PNG_COMPRESSION, 9])
