"""A whole clip: known motion on a real face, marks, reliability, growth."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from tests.helpers_motion import Memory, clip_of, face, measure_two, region
from unimer.errors import ClipError
from unimer.faces.crop import canonical_transform, transform_points
from unimer.faces.regions import polygons
from unimer.motion.flow import PRESETS
from unimer.motion.marks import Marks, find_marks, windows
from unimer.motion.measure import Measured, measure
from unimer.records import Motion, RegionMotion
from unimer.settings import FaceSettings, MotionSettings
from unimer.synth import Pair, movers, render_pair

BROWS = ("inner_brow_left", "inner_brow_right", "outer_brow_left", "outer_brow_right")
LOWER_FACE = ("mouth_corner_left", "mouth_corner_right", "chin", "lower_lip_left", "lower_lip_right")


def rendered(aus: str, magnitude: float, seed: int = 5, **options: bool) -> Pair:
    return render_pair(
        face().image, face().points, movers(aus) if aus else [], magnitude, seed, frames_each_end=1, **options
    )


@pytest.fixture(scope="module")
def raised() -> Measured:
    """AU 1+2 of 2 px with drift, light and noise."""
    pair = rendered("1+2", 2.5)
    return measure_two(pair.onset[0], pair.apex[0])


def test_raised_brows_are_seen_where_they_are(raised: Measured) -> None:
    for name in BROWS:
        found = region(raised, name)
        assert found.reliable
        assert found.octant in ("up", "up-left", "up-right")
        assert found.dy is not None
        assert found.dy > 0.5
        assert found.snr is not None
        assert found.snr > 3
    assert all((region(raised, name).snr or 0) < 3 for name in LOWER_FACE)


def test_record_agrees_with_the_field(raised: Measured) -> None:
    percent = 100 / 102.4
    size = raised.flow.shape
    assert size == (256, 256, 2)
    assert raised.flow.dtype == np.float32
    assert raised.onset_crop.shape == raised.apex_crop.shape == (256, 256, 3)
    found = region(raised, "inner_brow_left")
    x, y = raised.points[296].astype(int)  # a mesh point inside that region
    assert found.dy == pytest.approx(-raised.flow[y - 4 : y + 5, x - 4 : x + 5, 1].mean() * percent, abs=0.8)
    assert Motion.model_validate_json(raised.motion.model_dump_json()) == raised.motion


def test_one_sided_motion_keeps_to_the_subjects_side() -> None:
    pair = rendered("L12", 3.0)
    measured = measure_two(pair.onset[0], pair.apex[0])
    left, right = region(measured, "mouth_corner_left"), region(measured, "mouth_corner_right")
    assert left.octant == "up-right"  # outwards, and the subject's left is at the picture's right
    assert (left.snr or 0) > 3 > (right.snr or 0)


def test_head_motion_is_removed_and_told() -> None:
    pair = rendered("", 0.0)
    measured = measure_two(pair.onset[0], pair.apex[0])
    centre = face().points[[10, 152]].mean(axis=0)
    shift = (pair.head[:, :2] @ centre + pair.head[:, 2] - centre) / measured.motion.inter_ocular_px * 100
    assert measured.motion.head.dx == pytest.approx(shift[0], abs=0.35)
    assert measured.motion.head.dy == pytest.approx(-shift[1], abs=0.35)
    moved = [r.region for r in measured.motion.regions if (r.snr or 0) >= 3]
    assert len(moved) <= 1, moved


def test_the_same_twice(raised: Measured) -> None:
    pair = rendered("1+2", 2.5)
    again = measure_two(pair.onset[0], pair.apex[0])
    assert again.motion == raised.motion
    assert np.array_equal(again.flow, raised.flow)


@pytest.mark.parametrize("preset", ["fast", "accurate"])
def test_presets_agree(raised: Measured, preset: str) -> None:
    pair = rendered("1+2", 2.5)
    other = measure_two(pair.onset[0], pair.apex[0], preset=preset)
    assert other.motion.preset == preset
    for name in BROWS:
        a, b = region(raised, name), region(other, name)
        assert a.dy is not None
        assert b.dy == pytest.approx(a.dy, abs=0.6)


def test_covered_skin_carries_no_number() -> None:
    pair = rendered("1", 2.0)
    apex = pair.apex[0].copy()
    low, high = face().points[:468].min(axis=0).astype(int), face().points[:468].max(axis=0).astype(int)
    noise = np.random.default_rng(0).integers(0, 255, apex.shape, dtype=np.uint8)
    third = (low[1] + 2 * high[1]) // 3  # a scarf over the lower third
    apex[third : high[1], low[0] : high[0]] = noise[third : high[1], low[0] : high[0]]
    measured = measure_two(pair.onset[0], apex, guide="never")
    for name in ("chin", "lower_lip_left", "lower_lip_right"):
        found = region(measured, name)
        assert not found.reliable
        assert found.why_unreliable is not None
        assert "residual" in found.why_unreliable or "inconsistency" in found.why_unreliable
        given = {key for key, value in found.model_dump().items() if value is not None}
        assert given == {"region", "reliable", "why_unreliable", "residual", "inconsistency"}
    assert region(measured, "inner_brow_left").octant == "up"


def cheek_moved(patchiness: float) -> RegionMotion:
    """The left cheek after its skin went up by 0.3 px of the crop, plus a random field of ``patchiness`` px."""
    picture, points = face().image, face().points
    matrix = canonical_transform(points, 256)
    scale = float(np.hypot(*matrix[0, :2]))
    cheek = polygons(transform_points(matrix, points))["cheek_left"]
    middle = cv2.invertAffineTransform(matrix) @ [*cheek.mean(axis=0), 1]
    height, width = picture.shape[:2]
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    weight = np.exp(-((xs - middle[0]) ** 2 + (ys - middle[1]) ** 2) / (2 * (22 / scale) ** 2))
    noise = np.random.default_rng(3).normal(size=(height, width, 2))
    patches = cv2.GaussianBlur(noise, (0, 0), 5 / scale)
    shift = weight[..., None] * (np.array([0.0, -0.3]) + patchiness * patches / patches.std()) / scale
    u, v = shift.astype(np.float32).transpose(2, 0, 1)
    apex = cv2.remap(picture, xs - u, ys - v, cv2.INTER_CUBIC)
    return region(measure_two(picture, np.asarray(apex, np.uint8)), "cheek_left")


def test_skin_that_moves_as_a_sheet_has_a_direction_and_patches_have_none() -> None:
    sheet, patches = cheek_moved(0.0), cheek_moved(1.0)
    assert sheet.octant == "up"
    assert not patches.reliable
    assert patches.why_unreliable is not None
    assert "changes by" in patches.why_unreliable


def test_grey_frames_measure_the_same(raised: Measured) -> None:
    pair = rendered("1+2", 2.5)
    grey = [
        np.asarray(p.astype(np.float32) @ [0.114, 0.587, 0.299], np.float32) for p in (pair.onset[0], pair.apex[0])
    ]
    measured = measure_two(*(np.rint(p).astype(np.uint8) for p in grey))
    for name in BROWS:
        assert region(measured, name).dy == pytest.approx(region(raised, name).dy, abs=0.5)
    assert measured.onset_crop.shape == (256, 256, 3)


def test_face_that_fills_the_frame(raised: Measured) -> None:
    pair = rendered("1+2", 2.5)
    low, high = face().points[:468].min(axis=0).astype(int) - 4, face().points[:468].max(axis=0).astype(int) + 4
    cut = [p[max(low[1], 0) : high[1], max(low[0], 0) : high[0]] for p in (pair.onset[0], pair.apex[0])]
    measured = measure_two(*(np.ascontiguousarray(p) for p in cut))
    up = [region(measured, name) for name in BROWS]
    assert all(r.dy is None or r.dy > 0.3 for r in up)
    assert sum(r.reliable for r in up) >= 3
    assert len(measured.motion.regions) == len(raised.motion.regions)


def test_other_crop_sizes_give_the_same_percentages(raised: Measured) -> None:
    pair = rendered("1+2", 2.5)
    frames = Memory({1: pair.onset[0], 2: pair.apex[0]})
    measured = measure(frames, clip_of(1, 2), FaceSettings(size=320), MotionSettings())
    assert measured.flow.shape == (320, 320, 2)
    for name in ("inner_brow_left", "outer_brow_right"):
        assert region(measured, name).dy == pytest.approx(region(raised, name).dy, rel=0.25)


def sequence(shares: list[float]) -> Memory:
    """Frames that show AU 1+2 at these shares of 2.5 px, without drift."""
    made = {share: rendered("1+2", 2.5 * share, drift=False, lighting=False).apex[0] for share in set(shares)}
    return Memory({10 + i: made[share] for i, share in enumerate(shares)}, fps=30.0)


def test_steady_rise_grows_and_a_flash_does_not() -> None:
    settings = (FaceSettings(), MotionSettings())
    rise = measure(sequence([0.01, 0.3, 0.6, 1.0]), clip_of(10, 13), *settings)
    flash = measure(sequence([0.01, 0.01, 0.01, 1.0]), clip_of(10, 13), *settings)
    assert [region(rise, name).grows for name in BROWS] == [True] * 4
    assert [region(flash, name).grows for name in BROWS] == [False] * 4


def test_two_frames_do_not_tell_growth(raised: Measured) -> None:
    assert all(r.grows is None for r in raised.motion.regions)


def test_missing_apex() -> None:
    frames = sequence([0.01, 0.2, 0.6, 1.0, 0.7, 0.3, 0.01])
    faces, motion = FaceSettings(), MotionSettings()
    spotted = measure(frames, clip_of(10, None, 16, fps=30), faces, motion, "spot").motion
    assert (spotted.apex_origin, abs(spotted.apex - 13) <= 1) == ("spotted", True)
    middle = measure(frames, clip_of(10, None, 14), faces, motion, "midpoint").motion
    assert (middle.apex_origin, middle.apex) == ("midpoint", 12)
    with pytest.raises(ClipError) as caught:
        measure(frames, clip_of(10, None, 16), faces, motion, "drop")
    assert caught.value.code == "apex.missing"
    unlabelled = measure(frames, clip_of(None, 13), faces, motion)
    assert (unlabelled.motion.onset, unlabelled.motion.onset_origin) == (10, "first")


@pytest.mark.parametrize(
    ("onset", "apex", "offset", "code"),
    [
        (10, 10, None, "apex.outside"),
        (10, 13, 12, "apex.outside"),
        (10, 99, None, "frames.outside"),
        (10, 99, 100, "frames.outside"),
        (99, 100, None, "frames.outside"),
        (9, 13, None, "frames.outside"),
        (99, None, None, "frames.outside"),
        (13, None, None, "motion.short"),
    ],
)
def test_marks_that_do_not_fit(onset: int, apex: int | None, offset: int | None, code: str) -> None:
    picture = face().image
    frames = Memory(dict.fromkeys(range(10, 14), picture))
    with pytest.raises(ClipError) as caught:
        measure(frames, clip_of(onset, apex, offset), FaceSettings(), MotionSettings())
    assert caught.value.code == code


@pytest.mark.parametrize("name", ["onset", "apex"])
def test_a_mark_beyond_the_end_names_the_frames_of_the_video(name: str) -> None:
    frames = Memory(dict.fromkeys(range(10, 14), face().image))
    clip = clip_of(*((9999, None) if name == "onset" else (10, 9999)), kind="video")
    with pytest.raises(ClipError, match=rf"^memory: the {name} 9999 lies outside the frames 10 to 13$"):
        find_marks(frames, clip, FaceSettings(), PRESETS["balanced"], "spot")


def test_an_offset_beyond_the_end_is_the_last_frame() -> None:
    frames = Memory(dict.fromkeys(range(10, 19), face().image))
    marks = find_marks(frames, clip_of(10, None, 9999), FaceSettings(), PRESETS["balanced"], "midpoint")
    assert (marks.onset, marks.apex) == (10, 14)


def test_single_frame_is_too_short() -> None:
    with pytest.raises(ClipError) as caught:
        measure(Memory({1: face().image}), clip_of(None, None), FaceSettings(), MotionSettings())
    assert caught.value.code == "motion.short"


def test_averaging_windows() -> None:
    numbers = list(range(100, 160))

    def at(onset: int, apex: int, fps: float | None, wanted: int = 3) -> tuple[tuple[int, ...], tuple[int, ...]]:
        plan = windows(numbers, Marks(onset, apex, "annotated", "annotated"), wanted, fps)
        assert set(plan.between) == set(range(onset + 1, apex))
        return plan.onset, plan.apex

    assert at(110, 150, 200) == ((109, 110, 111), (149, 150, 151))
    assert at(100, 150, 200) == ((100, 101, 102), (149, 150, 151))  # nothing before the onset: from it on
    assert at(110, 159, 200) == ((109, 110, 111), (158, 159))
    assert at(110, 150, 30) == ((110,), (150,))
    assert at(110, 114, 200) == ((110,), (114,))  # too quick a rise
    assert at(100, 108, 200) == ((100, 101), (107, 108, 109))  # the third frame would show motion
    assert at(110, 150, None) == ((109, 110, 111), (149, 150, 151))
    assert at(110, 120, None) == ((110,), (120,))
    assert at(110, 150, 200, 5) == ((108, 109, 110, 111, 112), (148, 149, 150, 151, 152))
