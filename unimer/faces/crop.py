"""The canonical crop: one similarity transform per clip, computed from the onset frame's landmarks.

The eye centres come to lie level, ``EYE_DISTANCE`` x size apart, at ``EYE_LINE`` x size from the top, mirror-symmetric
about the vertical mid-line of the crop. Every frame of a clip is cropped with the same matrix: aligning each frame
on its own landmarks would add jitter larger than a micro-expression.

Pixel centres are at integers; the crop covers -0.5 .. size - 0.5 on both axes.
"""

from __future__ import annotations

from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from unimer.errors import ClipError

EYE_DISTANCE = 0.40
EYE_LINE = 0.30
"""Share of the height. The mesh reaches from 0.7-0.9 inter-ocular distances above the eyes to 1.7-1.9 below (9 real
faces), 2.8 in all, and the crop holds 2.5: at 0.30 the chin boss and the lower forehead are both inside, at 0.40 the
chin would be cut off."""
MIN_INTER_OCULAR = 16.0
"""Pixels of the original frame. Below it the crop is magnified more than six times and a micro-expression (1 % of the
inter-ocular distance) moves the skin by less than 0.16 px of what the camera recorded."""

RIGHT_EYE = (33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246)
"""Mesh indices of the contour of the subject's right eye (at the image's left)."""
LEFT_EYE = (263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466)


def eye_centres(points: NDArray[np.floating]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Centres (x, y) of the subject's right and left eye: the means of their 16 contour points."""
    xy = np.asarray(points, np.float64)[:, :2]
    return xy[list(RIGHT_EYE)].mean(axis=0), xy[list(LEFT_EYE)].mean(axis=0)


def inter_ocular(points: NDArray[np.floating]) -> float:
    """Distance between the two eye centres, in the unit of ``points`` (pixels, for landmarks)."""
    right, left = eye_centres(points)
    return float(np.linalg.norm(left - right))


def canonical_transform(points: NDArray[np.floating], size: int = 256) -> NDArray[np.float64]:
    """The similarity that takes pixels of the frame to pixels of the crop.

    Args:
        points: (478, 2) landmarks of the onset frame, pixels, y down.
        size: side of the square crop in pixels.

    Returns:
        (2, 3) float64 matrix M: crop point = M @ (x, y, 1).

    Raises:
        ClipError: ``face.small`` where the eye centres are closer than ``MIN_INTER_OCULAR`` pixels.
    """
    right, left = eye_centres(points)
    distance = float(np.linalg.norm(left - right))
    if not distance >= MIN_INTER_OCULAR:  # catches nan as well
        raise ClipError(
            "face.small", f"the eyes are {distance:.1f} px apart; at least {MIN_INTER_OCULAR:.0f} px are needed"
        )
    x, y = (left - right) * (EYE_DISTANCE * size / distance**2)
    rotation = np.array([[x, y], [-y, x]])
    centre = np.array([size / 2, EYE_LINE * size]) - 0.5
    shift = centre - rotation @ ((left + right) / 2)
    return np.column_stack([rotation, shift])


def transform_points(matrix: NDArray[np.floating], points: NDArray[np.floating]) -> NDArray[np.float32]:
    """Applies a (2, 3) matrix to (n, 2) points."""
    xy = np.asarray(points, np.float64)[:, :2]
    return cast("NDArray[np.float32]", (xy @ matrix[:, :2].T + matrix[:, 2]).astype(np.float32))


def crop(
    frame: NDArray[np.uint8], matrix: NDArray[np.floating], size: int = 256, grey: bool = False
) -> NDArray[np.uint8]:
    """The canonical crop of a frame: bilinear, border replicated.

    Args:
        frame: (h, w) grey or (h, w, 3) BGR.
        matrix: of :func:`canonical_transform`, from the clip's onset frame.
        size: side of the crop in pixels; the one ``matrix`` was made for.
        grey: return (size, size) grey instead of (size, size, 3) BGR.
    """
    cropped = cv2.warpAffine(frame, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    if grey and cropped.ndim == 3:
        cropped = cv2.cvtColor(cropped, cv2.COLOR_BGR2GRAY)
    elif not grey and cropped.ndim == 2:
        cropped = cv2.cvtColor(cropped, cv2.COLOR_GRAY2BGR)
    return cast("NDArray[np.uint8]", cropped)
