"""The verdict on a region from its signals alone."""

from __future__ import annotations

import numpy as np
import pytest

from unimer.motion.reliability import verdict

ACROSS = np.array([0.0, 1.0, 0.5])
"""Weak axis of skin with contrast in all directions."""


def judged(dx: float, inconsistency: float, concentration: float, residual: float = 2.0) -> str | None:
    """Verdict on a motion of ``dx`` px to the right over a noise floor of 0.05 px."""
    return verdict(residual, inconsistency, np.array([dx, 0.0]), concentration, ACROSS, 0.05)


@pytest.mark.parametrize(
    ("dx", "inconsistency", "concentration", "reliable"),
    [
        (0.3, 0.15, 0.9, True),  # small, but its vectors point one way
        (0.3, 0.15, 0.5, False),  # neither one way nor back again
        (0.3, 0.05, 0.5, True),  # several ways, but all of them come back
        (0.1, 0.15, 0.5, True),  # at rest: there is no direction to get wrong
        (0.3, 0.25, 0.9, False),
        (2.0, 0.50, 0.5, True),  # 0.3 of the motion are allowed in any case
        (2.0, 0.70, 0.9, False),
    ],
)
def test_small_motion_needs_one_way_or_a_way_back(
    dx: float, inconsistency: float, concentration: float, reliable: bool
) -> None:
    assert (judged(dx, inconsistency, concentration) is None) == reliable


def test_residual_and_aperture() -> None:
    assert judged(0.3, 0.05, 0.9, residual=6.0) is not None
    along = np.array([1.0, 0.0, 0.03])
    why = verdict(2.0, 0.05, np.array([0.3, 0.0]), 0.9, along, 0.05)
    assert why is not None
    assert why.startswith("aperture")
    assert verdict(2.0, 0.05, np.array([0.0, 0.3]), 0.9, along, 0.05) is None


def test_what_cannot_be_told_is_not_reliable() -> None:
    assert judged(float("nan"), float("nan"), 0.0, residual=float("nan")) is not None
