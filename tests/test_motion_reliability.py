"""The verdict on a region from its signals alone."""

from __future__ import annotations

import numpy as np
import pytest

from tests.helpers_motion import face
from unimer.faces.crop import canonical_transform, transform_points
from unimer.motion.layout import layout
from unimer.motion.reliability import MAX_TURN, turns, verdict

ACROSS = np.array([0.0, 1.0, 0.5])
"""Weak axis of skin with contrast in all directions."""


def judged(
    dx: float, inconsistency: float = 0.0, strain: float = 0.0, turn: float = 0.0, residual: float = 2.0
) -> str | None:
    """Verdict on a motion of ``dx`` px to the right over a noise floor of 0.05 px."""
    return verdict(residual, inconsistency, np.array([dx, 0.0]), strain, turn, ACROSS, 0.05)


@pytest.mark.parametrize(
    ("dx", "inconsistency", "reliable"),
    [
        (0.3, 0.05, True),
        (0.3, 0.15, False),  # half of it does not come back
        (0.1, 0.15, True),  # at rest: there is no direction to get wrong
        (0.1, 0.25, False),
        (2.0, 0.50, True),
        (2.0, 0.70, False),
    ],
)
def test_what_moves_comes_back(dx: float, inconsistency: float, reliable: bool) -> None:
    assert (judged(dx, inconsistency) is None) == reliable


@pytest.mark.parametrize(
    ("dx", "strain", "reliable"),
    [
        (0.3, 0.03, True),  # a tenth of itself a px: a sheet
        (0.3, 0.08, False),  # a quarter of itself a px: patchy
        (0.1, 0.08, True),  # at rest
        (3.0, 0.30, True),  # the same two fields ten times as large
        (3.0, 0.80, False),
    ],
)
def test_patchy_motion_has_no_direction(dx: float, strain: float, reliable: bool) -> None:
    why = judged(dx, strain=strain)
    assert (why is None) == reliable
    assert why is None or why.startswith("direction")


@pytest.mark.parametrize(("dx", "turn", "reliable"), [(0.3, 5.0, True), (0.3, 8.0, False), (0.1, 8.0, True)])
def test_the_skin_around_moves_the_same_way(dx: float, turn: float, reliable: bool) -> None:
    why = judged(dx, turn=turn)
    assert (why is None) == reliable
    assert why is None or why.startswith("direction")


def test_a_region_is_compared_with_the_skin_around_it() -> None:
    lay = layout(transform_points(canonical_transform(face().points, 256), face().points), 256)
    field = np.zeros((256, 256, 2), np.float32)
    field[..., 0] = np.linspace(2.0, 1.0, 256)[:, None]  # fades, but points one way
    assert np.nanmax(turns(field, lay)) < 1e-3
    chin = lay.names.index("chin")
    own = lay.index[lay.starts[chin] : lay.starts[chin + 1]]
    field.reshape(-1, 2)[own] = (0.0, 1.0)
    assert turns(field, lay)[chin] > MAX_TURN


def test_residual_and_aperture() -> None:
    assert judged(0.3, residual=6.0) is not None
    along = np.array([1.0, 0.0, 0.03])
    why = verdict(2.0, 0.05, np.array([0.3, 0.0]), 0.0, 0.0, along, 0.05)
    assert why is not None
    assert why.startswith("aperture")
    assert verdict(2.0, 0.05, np.array([0.0, 0.3]), 0.0, 0.0, along, 0.05) is None


def test_what_cannot_be_told_is_not_reliable() -> None:
    assert judged(float("nan"), float("nan"), residual=float("nan")) is not None
