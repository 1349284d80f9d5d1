"""Synthetic motion: the displacement data, and that what is drawn is what the truth says."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import map_coordinates

from tests.helpers_synth import flow_error, people
from unimer.errors import InputError
from unimer.faces.crop import eye_centres, inter_ocular
from unimer.synth import displacement_field, displacements, movers, render_pair
from unimer.synth.displace import SQUEEZE, Field, _least_area, make_field
from unimer.synth.render import STILL, Noise, Renderer, State, similarity

REQUIRED = [1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 16, 17, 18, 20, 23, 24, 25, 26, 43]
SHAPE = (480, 640)


def at(field: np.ndarray, point: int) -> np.ndarray:
    x, y = people()[0].scene.points[point]
    return field[round(float(y)), round(float(x))]


def test_table_covers_the_units_and_mirrors_its_points() -> None:
    assert set(REQUIRED) <= set(displacements())
    points = people()[0].scene.points.astype(float)
    right, left = eye_centres(points)
    axis = (left - right) / np.linalg.norm(left - right)
    face = (points - (left + right) / 2) @ np.array([[axis[0], -axis[1]], [axis[1], axis[0]]])
    for unit in displacements().values():
        lists = [patch.anchors for patch in unit.patches] + [furrow.lines for furrow in unit.furrows]
        for sides in lists:
            assert len(sides.get("left", [])) == len(sides.get("right", []))
            for one, two in zip(sides.get("left", []), sides.get("right", []), strict=True):
                assert face[one, 0] > 0 > face[two, 0], (unit.au, one, two)
                gap = np.linalg.norm(face[one] * [-1, 1] - face[two]) / inter_ocular(points)
                assert gap < 0.13, (unit.au, one, two, gap)
            for middle in sides.get("mid", []):
                assert abs(face[middle, 0]) < 0.35 * inter_ocular(points)


@pytest.mark.parametrize(
    ("aus", "point", "towards"),
    [
        ("1", 107, (0, -1)),
        ("2", 63, (0, -1)),
        ("4", 55, (0.5, 0.8)),
        ("4", 285, (-0.5, 0.8)),
        ("12", 61, (-0.7, -0.7)),
        ("12", 291, (0.7, -0.7)),
        ("15", 61, (0, 1)),
        ("17", 199, (0, -1)),
        ("20", 291, (1, 0.1)),
        ("25", 17, (0, 1)),
        ("26", 152, (0, 1)),
        ("43", 159, (0, 1)),
    ],
)
def test_direction_and_size_at_known_points(aus: str, point: int, towards: tuple[float, float]) -> None:
    """Image coordinates, y down; 61 is the subject's right lip corner, at the image's left."""
    shift = at(displacement_field(people()[0].scene.points, movers(aus), 2.0, SHAPE), point)
    length = float(np.linalg.norm(shift))
    assert 1.0 < length < 3.2
    assert shift @ np.array(towards) / length / np.linalg.norm(towards) > 0.9


@pytest.mark.parametrize(
    ("aus", "moves", "rests"), [("L12", 291, 61), ("R12", 61, 291), ("L2", 293, 63), ("R4", 55, 285)]
)
def test_one_side_moves_alone(aus: str, moves: int, rests: int) -> None:
    field = displacement_field(people()[0].scene.points, movers(aus), 2.0, SHAPE)
    assert np.linalg.norm(at(field, moves)) > 1.5
    assert np.linalg.norm(at(field, rests)) < 0.15


def test_motion_is_local() -> None:
    """Brows leave mouth and eyeballs alone; nothing reaches the corners of the frame."""
    points = people()[0].scene.points
    brows = displacement_field(points, movers("1+2+4"), 3.0, SHAPE)
    for point in (61, 291, 17, 468, 473, 1):
        assert np.linalg.norm(at(brows, point)) < 0.03, point
    every = displacement_field(points, [(au, "both") for au in REQUIRED], 3.0, SHAPE)
    edge = np.concatenate([every[:8].ravel(), every[-8:].ravel(), every[:, :60].ravel(), every[:, -60:].ravel()])
    assert np.abs(edge).max() < 1e-3


def test_only_opening_units_tear_the_lips() -> None:
    scene = people()[0].scene
    assert make_field(scene.local, movers("12"), 3.0, scene.shape).opening is None
    opened = displacement_field(scene.points, movers("25"), 4.0, SHAPE)
    x, y = scene.points[13]
    column = opened[round(float(y)) - 3 : round(float(y)) + 5, round(float(x)), 1]
    assert np.abs(np.diff(column)).max() > 2.5  # the tear
    assert np.abs(np.diff(column)).max() == pytest.approx(np.diff(column).max())  # and it opens, downward


@pytest.mark.parametrize("size", [3.0, 20.0])
def test_skin_never_folds(size: float) -> None:
    scene = people()[0].scene
    for aus in ("1+2", "4+9", "6+12", "12+25", "26", "15+17", "24", "43"):
        assert _least_area(make_field(scene.local, movers(aus), size, scene.shape)) >= SQUEEZE, aus


@pytest.mark.parametrize(
    ("aus", "size"), [("1+2", 0.5), ("4", 2.0), ("12", 0.5), ("L12", 3.0), ("9", 2.0), ("17", 1.0)]
)
@pytest.mark.parametrize("person", [0, 1])
def test_rendered_motion_equals_the_truth(aus: str, size: float, person: int) -> None:
    """Bias below 0.02 px along and across the motion, with the head moving; measured on the pictures."""
    scene = people()[person].scene
    field = make_field(scene.local, movers(aus), size, scene.shape)
    field = Field(field.upper, field.opening, field.below, np.zeros_like(field.shade))
    head = similarity(scene.points.mean(axis=0), (0.37, -0.41), 0.2)
    renderer = Renderer(scene, field)
    onset, apex = renderer.draw(State(0.0, STILL)), renderer.draw(State(1.0, head))
    x0, y0, x1, y1 = scene.box
    flow = np.zeros((*SHAPE, 2), np.float32)
    flow[y0:y1, x0:x1] = field.flow
    grid = np.stack(np.meshgrid(np.arange(640), np.arange(480)), axis=-1)
    total = (grid + flow) @ head[:, :2].T + head[:, 2] - grid
    error, textured = flow_error(onset, apex, total.astype(np.float32))
    length = np.linalg.norm(flow, axis=-1)
    moving = textured & (length > 0.5 * length.max())
    assert moving.sum() > 300
    assert np.abs(error[moving].mean(axis=0)).max() < 0.02
    wrong, _ = flow_error(onset, apex, (total - flow).astype(np.float32))
    assert np.linalg.norm(wrong[moving], axis=-1).mean() > 0.3 * length[moving].mean()  # the test can fail


def test_large_motion_lands_where_the_truth_says() -> None:
    """At 20 px: the inverse used for drawing undoes the truth."""
    scene = people()[0].scene
    field = make_field(scene.local, movers("12+25"), 20.0, scene.shape)
    renderer = Renderer(scene, field)
    grid = np.stack(np.meshgrid(*(np.arange(n, dtype=np.float32) for n in scene.shape[::-1])), axis=-1)
    back = renderer._inverse("upper", renderer.upper, 1.0, grid)
    at_back = np.stack(
        [map_coordinates(field.upper[..., i], [back[..., 1], back[..., 0]], order=3) for i in (0, 1)], -1
    )
    inner = (slice(30, -30), slice(30, -30))
    assert np.abs(back + at_back - grid)[inner].max() < 0.04
    assert np.abs(field.upper).max() > 10


def test_mouth_interior_shows_only_where_lips_part() -> None:
    scene = people()[0].scene
    field = make_field(scene.local, movers("25"), 8.0, scene.shape)
    renderer = Renderer(scene, field)
    shut, opened = renderer.draw(State(0.0, STILL)), renderer.draw(State(1.0, STILL))
    changed = np.abs(opened - shut).max(axis=-1)
    x, y = scene.points[14]
    gap = opened[round(float(y)) + 2 : round(float(y)) + 5, round(float(x)) - 3 : round(float(x)) + 4]
    lip = shut[round(float(y)) + 8, round(float(x))]
    red = gap.reshape(-1, 3)[:, 2] - gap.reshape(-1, 3)[:, 1]
    assert red.max() < 0.6 * (lip[2] - lip[1])  # teeth and darkness, no stretched lip
    assert changed[:, :150].max() == 0
    corner = scene.points[291]
    beyond = changed[round(float(corner[1])) - 2 : round(float(corner[1])) + 3, round(float(corner[0])) + 25]
    assert beyond.max() < 1.0  # no seam goes on past the lip corner


def test_pair_repeats_under_its_seed_and_differs_under_another() -> None:
    scene = people()[0].scene
    image = np.clip(scene.frame, 0, 255).astype(np.uint8)
    first, again, other = (render_pair(image, scene.points, movers("12"), 1.0, seed) for seed in (3, 3, 4))
    assert len(first.onset) == len(first.apex) == 3
    assert all(np.array_equal(a, b) for a, b in zip(first.apex, again.apex, strict=True))
    assert not np.array_equal(first.apex[0], other.apex[0])
    assert not np.array_equal(first.onset[0], first.onset[1])  # each frame has its own noise
    assert np.array_equal(first.flow, other.flow)
    assert np.abs(first.total_flow - first.flow).max() > 0.2


def test_noise_has_the_size_asked_for() -> None:
    noise = Noise(np.random.default_rng(0), 1.5, (200, 200))
    grey = np.full((200, 200, 3), 100.0, np.float32)
    one, two = noise.add(grey).astype(float), noise.add(grey).astype(float)
    assert one.std() == pytest.approx(1.5, abs=0.1)
    assert abs(np.corrcoef(one.ravel(), two.ravel())[0, 1]) < 0.02


@pytest.mark.parametrize("text", ["99", "L17", "R25", "12,14", "", "U12"])
def test_units_that_cannot_be_synthesised_are_named(text: str) -> None:
    with pytest.raises(InputError):
        movers(text)
