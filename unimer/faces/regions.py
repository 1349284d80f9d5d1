"""The 30 facial regions: names, polygons and masks over the MediaPipe mesh (data/regions.yaml).

Names end in ``_left`` or ``_right``, the subject's own side (the subject's left is at the image's right), except for
the four regions on the mid-line.
"""

from __future__ import annotations

from functools import cache
from typing import Literal, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from unimer.resources import load_yaml

MESH_POINTS = 478
_SHIFT = 4  # fillPoly takes fixed-point vertices: 4 bits are 1/16 px


@cache
def _weights(group: Literal["regions", "stable"]) -> dict[str, NDArray[np.float64]]:
    """Per polygon an (n, 478) matrix that turns mesh points into its n vertices."""
    weights = {}
    for name, vertices in load_yaml("data/regions.yaml")[group].items():
        matrix = np.zeros((len(vertices), MESH_POINTS))
        for row, vertex in zip(matrix, vertices, strict=True):
            indices = vertex if isinstance(vertex, list) else [vertex]
            for index in indices:
                row[index] += 1 / len(indices)
        weights[name] = matrix
    return weights


def region_names() -> list[str]:
    """The 30 names, in the order of the data file: mid-line first, then left and right in turn."""
    return list(_weights("regions"))


@cache
def side_of(region: str) -> Literal["left", "right"] | None:
    """The subject's side a region lies on; None on the mid-line."""
    side = region.rpartition("_")[2]
    return cast("Literal['left', 'right']", side) if side in ("left", "right") else None


@cache
def base_of(region: str) -> str:
    """The name without the side: ``inner_brow`` of ``inner_brow_left``."""
    side = side_of(region)
    return region.removesuffix(f"_{side}") if side else region


def mirror(region: str) -> str:
    """The same region on the other side; a mid-line region is its own mirror."""
    side = side_of(region)
    return f"{base_of(region)}_{'right' if side == 'left' else 'left'}" if side else region


def phrase(region: str) -> str:
    """For people: ``left inner brow`` of ``inner_brow_left``."""
    side = side_of(region)
    words = base_of(region).replace("infra_orbital", "infra-orbital area").replace("_", " ")
    return f"{side} {words}" if side else words


def polygons(points: NDArray[np.floating]) -> dict[str, NDArray[np.float32]]:
    """Outlines of the 30 regions.

    Args:
        points: (478, 2) mesh points, in the crop or any other picture, pixels, y down.

    Returns:
        Name to (n, 2) float32 vertices in the same coordinates.
    """
    return _outlines("regions", points)


def region_masks(points: NDArray[np.floating], size: int = 256) -> dict[str, NDArray[np.bool_]]:
    """Masks of the 30 regions.

    Args:
        points: (478, 2) mesh points in the crop, pixels, y down.
        size: side of the crop in pixels.

    Returns:
        Name to (size, size) bool. What lies outside the crop is missing; a region wholly outside has an empty mask.
    """
    return {name: _fill([outline], size).view(bool) for name, outline in polygons(points).items()}


def stable_mask(points: NDArray[np.floating], size: int = 256) -> NDArray[np.bool_]:
    """(size, size) bool mask of the skin that Action Units move least: dorsum of the nose, temples, before the ears.

    Args:
        points: (478, 2) mesh points in the crop, pixels, y down.
        size: side of the crop in pixels.
    """
    return _fill(list(_outlines("stable", points).values()), size).view(bool)


def _outlines(group: Literal["regions", "stable"], points: NDArray[np.floating]) -> dict[str, NDArray[np.float32]]:
    xy = np.asarray(points, np.float64)[:, :2]
    return {name: (weights @ xy).astype(np.float32) for name, weights in _weights(group).items()}


def _fill(outlines: list[NDArray[np.float32]], size: int) -> NDArray[np.uint8]:
    mask = np.zeros((size, size), np.uint8)
    for outline in outlines:  # one call each: overlapping polygons in one call would cancel out
        cv2.fillPoly(mask, [np.round(outline * (1 << _SHIFT)).astype(np.int32)], 1, cv2.LINE_8, _SHIFT)
    return mask
