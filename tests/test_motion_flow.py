"""Flow, head fit, guidance, layout and strain on inputs whose answer is known."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.helpers_motion import face
from unimer.faces.crop import canonical_transform, crop, transform_points
from unimer.faces.regions import region_masks
from unimer.motion import guide
from unimer.motion.flow import PRESETS, flow, normalise, quantise, warp
from unimer.motion.head import Similarity, fit_similarity
from unimer.motion.layout import layout
from unimer.motion.pair import measure_pair, moment, strain

SIZE = 256


def onset_crop() -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    image, points = face().image, face().points
    matrix = canonical_transform(points, SIZE)
    return crop(image, matrix, SIZE, grey=True), transform_points(matrix, points)


def shifted(image: NDArray[np.uint8], dx: float, dy: float) -> NDArray[np.uint8]:
    """Exact sub-pixel shift by the Fourier theorem; a soft window keeps the borders from wrapping."""
    window = np.outer(np.hanning(SIZE), np.hanning(SIZE)) ** 0.25
    wave = np.fft.fft2((image - 128.0) * window)
    fy, fx = np.meshgrid(np.fft.fftfreq(SIZE), np.fft.fftfreq(SIZE), indexing="ij")
    moved = np.fft.ifft2(wave * np.exp(-2j * np.pi * (fx * dx + fy * dy))).real + 128
    return np.clip(np.rint(moved), 0, 255).astype(np.uint8)


@pytest.mark.parametrize(
    ("preset", "tolerance"), [("fast", 0.06), ("balanced", 0.06), ("accurate", 0.06), ("dis", 0.1)]
)
@pytest.mark.parametrize("shift", [(0.3, -0.2), (-1.2, 0.7)])
def test_known_shift_is_recovered(preset: str, tolerance: float, shift: tuple[float, float]) -> None:
    image, points = onset_crop()
    lay = layout(points, SIZE)
    first, last = (moment([shifted(image, *s)], PRESETS[preset]) for s in ((0.0, 0.0), shift))
    pair = measure_pair(first, last, lay, PRESETS[preset], check=False)
    means = lay.means(pair.total)
    assert np.abs(np.median(means, axis=0) - shift).max() < tolerance
    moved = np.linalg.norm(pair.vectors, axis=1)
    assert np.median(moved) < 0.1  # a shift of the picture is head motion, not expression


def test_contrast_normalisation_removes_gain_and_offset() -> None:
    image = onset_crop()[0].astype(np.float32)
    for kind in ("box", "gaussian"):
        change = np.abs(normalise(image, kind) - normalise(0.9 * image + 12, kind))
        assert change.mean() < 1.5


def test_flow_is_zero_between_equal_pictures() -> None:
    image = onset_crop()[0].astype(np.float32)
    inner = flow(image, image)[20:-20, 20:-20]  # OpenCV's border handling moves the very edge
    assert np.abs(inner).max() < 1e-3


def test_warp_with_quantised_field_undoes_a_shift() -> None:
    ramp = np.tile(np.arange(SIZE, dtype=np.float32), (SIZE, 1))
    field = quantise(np.full((SIZE, SIZE, 2), 0.3, np.float32))
    assert np.allclose(warp(ramp, field)[5:-5, 5:-5], (ramp + field[..., 0])[5:-5, 5:-5], atol=1e-3)


def test_region_means_equal_masked_means() -> None:
    _, points = onset_crop()
    lay = layout(points, SIZE)
    image = np.random.default_rng(0).normal(size=(SIZE, SIZE, 2)).astype(np.float32)
    masks = region_masks(points, SIZE)
    assert lay.names == tuple(masks)
    expected = [image[mask].mean(axis=0) for mask in masks.values()]
    assert np.allclose(lay.means(image), expected, atol=1e-5)
    assert np.array_equal(lay.pixels(image, 7), image[masks[lay.names[7]]])


def test_regions_outside_the_crop_have_no_mean() -> None:
    _, points = onset_crop()
    lay = layout(points + np.array([0, -90], np.float32), SIZE)  # the brows are above the picture now
    means = lay.means(np.ones((SIZE, SIZE), np.float32))
    empty = lay.counts == 0
    assert empty.any()
    assert not empty.all()
    assert np.isnan(means[empty]).all()
    assert (means[~empty] == 1).all()


def test_similarity_is_recovered_despite_moving_skin() -> None:
    rng = np.random.default_rng(1)
    points = rng.uniform(20, 236, (1500, 2))
    truth = Similarity((SIZE - 1) / 2, 0.7, -0.4, 0.002, 0.005)
    vectors = truth.at(points) + rng.normal(0, 0.05, points.shape)
    moving = points[:, 1] < 90
    vectors[moving] += [0.0, -2.0]
    vectors[:600] = truth.at(points[:600]) + rng.normal(0, 0.05, (600, 2))  # the stable ones
    found, _ = fit_similarity(points, vectors, SIZE, 600)
    assert np.abs(found.at(points) - truth.at(points)).max() < 0.03
    assert np.allclose(found.field(SIZE)[40, 200], found.at(np.array([[200.0, 40.0]]))[0], atol=1e-5)


def test_head_record_is_y_up_and_counter_clockwise() -> None:
    record = Similarity(127.5, 1.024, -2.048, 0.01, -0.0174533).record(102.4)
    assert (record.dx, record.dy) == (1.0, 2.0)
    assert record.rotation == pytest.approx(0.99, abs=0.01)  # b < 0 turns x towards the top of the picture
    assert record.scale == pytest.approx(1.01, abs=0.001)


def test_strain_of_a_linear_field() -> None:
    ys, xs = np.mgrid[0:64, 0:64].astype(np.float32)
    found = strain(0.01 * xs + 0.02 * ys, -0.03 * ys + 0.01 * xs)[5:-5, 5:-5]
    assert np.allclose(found, np.sqrt(0.01**2 + 0.03**2 + (0.02 + 0.01) ** 2 / 2), atol=1e-5)


def test_guide_interpolates_and_inverts() -> None:
    _, points = onset_crop()
    moved = np.stack([0.05 * (points[:468, 0] - 128), 0.02 * (points[:468, 1] - 128)], axis=1)
    field = guide.interpolate(points[:468], moved, SIZE)
    at = np.clip(np.rint(points[:468]), 0, SIZE - 1).astype(int)
    assert np.abs(field[at[:, 1], at[:, 0]] - moved).mean() < 0.25
    back = guide.invert(field)
    there_and_back = field + warp(back, field)
    assert np.abs(there_and_back[40:-40, 40:-40]).max() < 0.1


def test_far_shift_needs_guidance() -> None:
    image, _ = onset_crop()
    near, far = (normalise(i.astype(np.float32), "box") for i in (image, np.roll(image, (9, -12), axis=(0, 1))))
    inside = (slice(60, 200), slice(60, 200))
    plain = flow(near, far)[inside]
    start = np.zeros((SIZE, SIZE, 2), np.float32) + np.array([-11.0, 8.2], np.float32)
    guided = guide.guided_flow(near, far, start, "farneback")[inside]
    assert np.abs(np.median(guided, axis=(0, 1)) - [-12, 9]).max() < 0.1
    assert np.abs(np.median(plain, axis=(0, 1)) - [-12, 9]).max() > 5


def test_tvl1_runs_on_the_contrib_wheel() -> None:
    small = cv2.resize(onset_crop()[0], (96, 96)).astype(np.float32)
    assert np.abs(flow(small, small, "tvl1")).max() < 0.01
