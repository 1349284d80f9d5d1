"""Helpers of the tests of synthetic clips."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates, spline_filter

from unimer.synth.faces import face_images
from unimer.synth.subjects import Subject, make_subjects


@cache
def people() -> tuple[Subject, ...]:
    """Two subjects with real faces in 640x480 frames."""
    return tuple(make_subjects(face_images()[:2], 2, (640, 480), 0))


def digest(folder: Path) -> dict[str, str]:
    """sha256 of every file below a folder."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def flow_error(
    onset: NDArray[np.float32], apex: NDArray[np.float32], flow: NDArray[np.float32]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """How far a flow is off, by least squares on the picture itself, independent of the renderer.

    The apex is brought back by ``flow`` with a fifth-order spline; what motion is left is solved from the gradients in
    Gaussian windows. Returns (h, w, 2) px and where there is texture enough to tell.
    """
    a, b = onset.mean(axis=-1).astype(np.float64), apex.mean(axis=-1).astype(np.float64)
    rows, columns = np.indices(a.shape)
    where = np.stack([rows + flow[..., 1], columns + flow[..., 0]])
    back = map_coordinates(spline_filter(b, 5), where, order=5, prefilter=False, mode="nearest")
    dy, dx = np.gradient((a + back) / 2)
    change = back - a

    def window(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(cv2.GaussianBlur(values, (0, 0), 6))

    xx, xy, yy = window(dx * dx), window(dx * dy), window(dy * dy)
    xt, yt = window(dx * change), window(dy * change)
    determinant = xx * yy - xy**2
    error = -np.stack([yy * xt - xy * yt, xx * yt - xy * xt], axis=-1) / (determinant + 1e-9)[..., None]
    return error, determinant > np.percentile(determinant, 60)
