"""Places faces into camera frames: one scene a subject, always the same for the same arguments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from unimer.errors import ClipError, InputError
from unimer.faces.crop import eye_centres
from unimer.faces.landmarks import Landmarker
from unimer.settings import FaceSettings
from unimer.synth.faces import FaceImage, usable_points
from unimer.synth.render import FINE, Scene, scene_of

EYES_APART = 0.215
"""Inter-ocular distance over the frame's height: about 103 px in 480, as in the canonical crop of 256 px."""


@dataclass(frozen=True)
class Subject:
    """``face``: where the picture is from; ``variant``: how it differs from another subject with the same face."""

    face: str
    variant: str | None
    scene: Scene


def make_subjects(
    faces: list[FaceImage], count: int, size: tuple[int, int], seed: int, settings: FaceSettings | None = None
) -> list[Subject]:
    """One scene a subject. Where there are fewer faces than subjects, faces return mirrored, then with another
    contrast and brightness; ``Subject.variant`` says so.

    Args:
        size: (width, height) of the frames.

    Raises:
        InputError: no face is found any more in a frame that was made.
    """
    subjects = []
    landmarker = Landmarker(settings)
    try:
        for index in range(count):
            face = faces[index % len(faces)]
            rng = np.random.default_rng([seed, 0, index])
            turn = index // len(faces)
            canvas, variant = _place(face, turn, size, rng)
            frame = cast("NDArray[np.uint8]", cv2.resize(canvas, size, interpolation=cv2.INTER_AREA))
            try:
                points = usable_points(landmarker, frame)
            except ClipError as error:
                raise InputError(f"the face is lost once it is placed in a frame: {error}", path=face.name) from error
            subjects.append(Subject(face.name, variant, scene_of(canvas, points, fine=True)))
    finally:
        landmarker.close()
    return subjects


def _place(
    face: FaceImage, turn: int, size: tuple[int, int], rng: np.random.Generator
) -> tuple[NDArray[np.uint8], str | None]:
    """The frame at ``FINE`` times its size, with the eyes level within 2 degrees at the usual place."""
    image: MatLike = face.image
    points = face.points.astype(np.float64)
    variant = None if turn == 0 else "mirrored" if turn % 2 else "relit"
    right, left = eye_centres(points)
    if turn % 2:
        image = np.ascontiguousarray(image[:, ::-1])
        flip = np.array([image.shape[1] - 1.0, 0.0])
        right, left = flip + left * [-1, 1], flip + right * [-1, 1]
    if turn > 1:
        variant = f"{variant} (variation {turn})"
        image = cv2.convertScaleAbs(image, alpha=float(rng.uniform(0.8, 0.95)), beta=float(rng.uniform(0, 25)))
    distance = float(np.linalg.norm(left - right))
    target = EYES_APART * size[1] * float(rng.uniform(0.94, 1.06))
    angle = np.arctan2(*(left - right)[::-1]) - np.deg2rad(rng.uniform(-2, 2))
    if distance > 2 * target * FINE:  # halve first: one linear interpolation cannot shrink that much
        share = target * FINE / distance
        image = cv2.resize(image, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
        left, right, distance = left * share, right * share, distance * share
    scale = target * FINE / distance
    turned = scale * np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    centre = np.array([size[0] / 2 + rng.uniform(-12, 12), 0.42 * size[1] + rng.uniform(-8, 8)]) * FINE
    matrix = np.column_stack([turned, centre - turned @ ((left + right) / 2)])
    large = (size[0] * FINE, size[1] * FINE)
    canvas = cv2.warpAffine(image, matrix, large, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return _plain_surroundings(canvas, matrix, image.shape[:2], target), variant


def _plain_surroundings(
    canvas: MatLike, matrix: NDArray[np.float64], shape: tuple[int, ...], iod: float
) -> NDArray[np.uint8]:
    """Blurs what lies beyond the source picture, where the replicated border would leave streaks."""
    inside = np.full(shape, 255, np.uint8)
    size = (canvas.shape[1] // FINE, canvas.shape[0] // FINE)
    valid = cv2.warpAffine(inside, matrix / FINE, size, flags=cv2.INTER_LINEAR)
    if valid.min() == 255:
        return cast("NDArray[np.uint8]", canvas)
    tiny = (canvas.shape[1] // (8 * FINE), canvas.shape[0] // (8 * FINE))
    blurred = cv2.GaussianBlur(cv2.resize(canvas, tiny, interpolation=cv2.INTER_AREA), (0, 0), 0.5 * iod / 8)
    edge = cv2.erode(valid, np.ones((5, 5), np.uint8), borderValue=255)
    soft = cv2.GaussianBlur(edge, (0, 0), 0.06 * iod).astype(np.float32) / 255
    weight: MatLike = np.clip(2 * soft - 1, 0, 1)
    large = (canvas.shape[1], canvas.shape[0])
    weight = cv2.resize(weight, large, interpolation=cv2.INTER_LINEAR)
    around = cv2.resize(blurred, large, interpolation=cv2.INTER_CUBIC)
    return cast("NDArray[np.uint8]", cv2.blendLinear(canvas, around, weight, 1 - weight))
