from __future__ import annotations

import numpy as np
import pytest

from tests.helpers_faces import astronaut, photo, video
from unimer.errors import ClipError
from unimer.faces.crop import (
    EYE_DISTANCE,
    EYE_LINE,
    MIN_INTER_OCULAR,
    canonical_transform,
    crop,
    eye_centres,
    inter_ocular,
    transform_points,
)
from unimer.faces.landmarks import Face, shared_landmarker
from unimer.settings import FaceSettings


def find(frame: np.ndarray) -> Face:
    return shared_landmarker(FaceSettings()).find(frame)


@pytest.mark.parametrize("size", [128, 256, 512])
def test_eyes_lie_level_at_their_place(size: int) -> None:
    points = find(photo("0-f15-hao-ph.jpg")).points
    moved = transform_points(canonical_transform(points, size), points)
    right, left = eye_centres(moved)
    assert left[0] - right[0] == pytest.approx(EYE_DISTANCE * size, abs=1e-3)
    assert left[1] == pytest.approx(right[1], abs=1e-3)
    assert (left[0] + right[0]) / 2 == pytest.approx(size / 2 - 0.5, abs=1e-3)
    assert right[1] == pytest.approx(EYE_LINE * size - 0.5, abs=1e-3)


def test_it_is_a_similarity_without_mirroring() -> None:
    matrix = canonical_transform(find(photo("single_face.jpg")).points)
    linear = matrix[:, :2]
    scale = np.sqrt(np.linalg.det(linear))
    assert np.allclose(linear @ linear.T, scale**2 * np.eye(2))
    assert np.linalg.det(linear) > 0


def test_a_rotated_picture_gives_the_same_crop() -> None:
    import cv2

    frame = photo("single_face.jpg")
    points = find(frame).points
    height, width = frame.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), 12, 0.8)
    turned = cv2.warpAffine(frame, turn, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    direct = crop(frame, canonical_transform(points), grey=True)
    via = crop(turned, canonical_transform(transform_points(turn, points)), grey=True)
    inner = slice(40, 200)
    assert np.abs(direct[inner, inner].astype(float) - via[inner, inner]).mean() < 2.5


def test_crop_puts_pixels_where_transform_points_puts_points() -> None:
    points = find(video()[0]).points
    matrix = canonical_transform(points)
    frame = np.zeros((360, 640), np.uint8)
    x, y = np.round(points[1]).astype(int)
    frame[y - 1 : y + 2, x - 1 : x + 2] = 255
    cropped = crop(frame, matrix, grey=True).astype(float)
    rows, columns = np.mgrid[:256, :256]
    centroid = np.array([(columns * cropped).sum(), (rows * cropped).sum()]) / cropped.sum()
    assert centroid == pytest.approx(transform_points(matrix, np.array([[x, y]]))[0], abs=0.05)


@pytest.mark.parametrize("colour", [True, False])
def test_colour_and_grey_in_and_out(colour: bool) -> None:
    frame = video()[0]
    matrix = canonical_transform(find(frame).points)
    source = frame if colour else frame[:, :, 1]
    assert crop(source, matrix).shape == (256, 256, 3)
    assert crop(source, matrix, grey=True).shape == (256, 256)
    assert crop(source, matrix, grey=True).dtype == np.uint8


def test_border_is_replicated_not_black() -> None:
    frame = np.full((60, 60), 90, np.uint8)
    points = find(video()[0]).points / 4
    assert crop(frame, canonical_transform(points), grey=True).min() == 90


def test_a_small_face_is_refused_with_its_size() -> None:
    points = find(astronaut()).points
    factor = (MIN_INTER_OCULAR - 1) / inter_ocular(points)
    with pytest.raises(ClipError, match=r"15\.0 px apart") as caught:
        canonical_transform(points * factor)
    assert caught.value.code == "face.small"
    canonical_transform(points * factor * 1.1)


def test_points_that_are_not_numbers_are_refused() -> None:
    with pytest.raises(ClipError) as caught:
        canonical_transform(np.full((478, 2), np.nan))
    assert caught.value.code == "face.small"
