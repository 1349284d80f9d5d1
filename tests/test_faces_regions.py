from __future__ import annotations

import time

import cv2
import numpy as np
import pytest

from tests.helpers_faces import astronaut, photo, video
from unimer.faces.crop import canonical_transform, transform_points
from unimer.faces.landmarks import shared_landmarker
from unimer.faces.regions import (
    base_of,
    mirror,
    phrase,
    polygons,
    region_masks,
    region_names,
    side_of,
    stable_mask,
)
from unimer.resources import load_yaml
from unimer.settings import FaceSettings

LATERAL = [
    "inner_brow",
    "middle_brow",
    "outer_brow",
    "upper_lid",
    "lower_lid",
    "infra_orbital",
    "cheek",
    "nose_wing",
    "nasolabial",
    "upper_lip",
    "mouth_corner",
    "lower_lip",
    "jaw",
]
FACES = ["neutral", "single_face.jpg", "0-f1-su-ph.jpg", "0-f15-hao-ph.jpg", "15-f13-anc-ph.jpg", "astronaut"]


def in_crop(name: str) -> np.ndarray:
    frame = video()[0] if name == "neutral" else astronaut() if name == "astronaut" else photo(name)
    points = shared_landmarker(FaceSettings()).find(frame).points
    return transform_points(canonical_transform(points), points)


def test_the_thirty_names() -> None:
    names = region_names()
    assert set(names) == {"forehead", "glabella", "nose_bridge", "chin"} | {
        f"{base}_{side}" for base in LATERAL for side in ("left", "right")
    }
    assert len(names) == 30
    assert all(mirror(mirror(name)) == name and mirror(name) in names for name in names)
    assert (side_of("cheek_left"), side_of("chin")) == ("left", None)
    assert (base_of("inner_brow_right"), base_of("glabella")) == ("inner_brow", "glabella")
    assert phrase("inner_brow_left") == "left inner brow"
    assert phrase("nose_bridge") == "nose bridge"


@pytest.mark.parametrize("face", FACES)
def test_areas_and_overlap(face: str) -> None:
    masks = region_masks(in_crop(face))
    for name, mask in masks.items():
        assert mask.shape == (256, 256)
        assert mask.dtype == bool
        assert mask.sum() >= (60 if "lid" in name else 120), (name, mask.sum())
    layers = np.sum(list(masks.values()), axis=0)
    assert (layers > 1).sum() < 0.015 * (layers > 0).sum()
    assert stable_mask(in_crop(face)).sum() >= 1600


@pytest.mark.parametrize("face", FACES)
def test_left_regions_lie_at_the_images_right(face: str) -> None:
    centres = {name: polygon.mean(axis=0) for name, polygon in polygons(in_crop(face)).items()}
    for base in LATERAL:
        assert centres[f"{base}_left"][0] > centres[f"{base}_right"][0] + 10


@pytest.mark.parametrize("face", FACES)
def test_regions_lie_where_anatomy_wants_them(face: str) -> None:
    points = in_crop(face)
    masks = region_masks(points)
    for name, mask in masks.items():  # no region but the lids may touch an eye
        for eye in (468, 473):
            x, y = np.round(points[eye]).astype(int)
            assert not mask[y, x], name
    y = {name: float(np.mean(np.nonzero(mask)[0])) for name, mask in masks.items()}
    for side in ("left", "right"):
        order = ["inner_brow", "upper_lid", "lower_lid", "infra_orbital", "nasolabial", "lower_lip"]
        heights = [y[f"{name}_{side}"] for name in order]
        assert heights == sorted(heights)
        assert y[f"upper_lip_{side}"] < y[f"lower_lip_{side}"] < y["chin"]
        brow = points[[105, 66, 107] if side == "right" else [334, 296, 336]]
        hair = points[[52, 65, 55] if side == "right" else [282, 295, 285]]
        band = masks[f"inner_brow_{side}"] | masks[f"middle_brow_{side}"] | masks[f"outer_brow_{side}"]
        for x, row in np.round((brow + hair) / 2).astype(int)[:2]:
            assert band[row, x]
        corner = points[61 if side == "right" else 291]
        rows, columns = np.nonzero(masks[f"mouth_corner_{side}"])
        assert np.hypot(rows - corner[1], columns - corner[0]).min() < 2
    assert y["forehead"] < y["glabella"] < y["nose_bridge"]


def test_the_left_polygons_mirror_the_right_ones() -> None:
    """Every left vertex is the mirror of the right one, on the mean of a face and its mirror image."""
    frame = video()[0]
    landmarker = shared_landmarker(FaceSettings())
    points = landmarker.find(frame).points
    flipped = landmarker.find(np.ascontiguousarray(frame[:, ::-1])).points
    here = polygons(transform_points(canonical_transform(points), points))
    there = polygons(transform_points(canonical_transform(flipped), flipped))
    for base in LATERAL:
        mirrored = there[f"{base}_right"] * [-1, 1] + [255, 0]
        assert np.abs(here[f"{base}_left"] - mirrored).max() < 5


def test_polygons_do_not_cross_themselves() -> None:
    points = in_crop("neutral")
    for name, polygon in polygons(points).items():
        fine = np.round(polygon * 16).astype(np.int32)
        canvas = np.zeros((256, 256), np.uint8)
        cv2.fillPoly(canvas, [fine], 1, cv2.LINE_8, 4)
        whole = polygon.min() >= 0 and polygon.max() <= 255
        area = cv2.contourArea(polygon)
        boundary = cv2.arcLength(polygon, True)
        assert not whole or abs(canvas.sum() - area) <= boundary, name


def test_the_data_file_names_mesh_points_only() -> None:
    for group in load_yaml("data/regions.yaml").values():
        for vertices in group.values():
            flat = [i for vertex in vertices for i in (vertex if isinstance(vertex, list) else [vertex])]
            assert all(0 <= index < 468 for index in flat)  # 468 and more are the irises


def test_masks_scale_with_the_crop() -> None:
    points = in_crop("neutral")
    small, large = region_masks(points), region_masks((points + 0.5) * 2 - 0.5, 512)
    for name, mask in small.items():
        assert large[name].sum() == pytest.approx(4 * mask.sum(), rel=0.2)


def test_outside_the_crop_there_is_nothing() -> None:
    assert not any(mask.any() for mask in region_masks(in_crop("neutral") + 1000).values())


def test_masks_are_fast() -> None:
    points = in_crop("neutral")
    region_masks(points)
    times = []
    for _ in range(20):
        start = time.perf_counter()
        region_masks(points)
        times.append(time.perf_counter() - start)
    assert min(times) < 0.002
