"""The flow that picks up, what is expected of a unit, goals and frames of directions, the whole of a region."""

from __future__ import annotations

import pytest

from tests.contexts import passes

PAIRS = [
    (
        "d01",
        "What the flow picks up is a moderate upward movement of the left outer brow.",
        "What the flow picks up is a moderate upward movement of the right outer brow.",
    ),
    (
        "d10",
        "The flow does not pick up any movement in the brows.",
        "The flow picks up a slight lowering of the brows.",
    ),
    (
        "d04",
        "The chin moves upward, and this is the movement expected for AU17.",
        "The chin moves upward, and this is the movement expected for AU15.",
    ),
    (
        "d05",
        "The middle brows move down and inward, which matches the expected direction for AU4.",
        "The nose wings move up, which matches the expected direction for AU4.",
    ),
    (
        "d05",
        "The nose wings move in the direction expected for AU9.",
        "The brows and the nose wings move in the direction expected for AU9.",
    ),
    (
        "d05",
        "The nose wings rise, a movement typical of AU9.",
        "The middle brows sink and the nose wings rise, movements typical of AU9.",
    ),
    (
        "d12",
        "Both mouth corners move downward, which is the direction expected for the lip corner depressor (AU15).",
        "The chin moves up and the mouth corners sink, which is the movement expected for AU17.",
    ),
    (
        "d05",
        "The rise of the nose wings is characteristic of AU9.",
        "The fall of the middle brows and the rise of the nose wings are characteristic of AU9.",
    ),
    (
        "d08",
        "The right mouth corner is drawn up and outward, toward its own side.",
        "The left mouth corner is drawn up and outward, toward its own side.",
    ),
    (
        "d09",
        "Both mouth corners rise, the left one toward the picture's right and the right one toward its left.",
        "Both mouth corners rise, the left one toward the picture's left and the right one toward its right.",
    ),
    (
        "d08",
        "The right mouth corner moves up and to the left in the picture, which is outward for the person.",
        "The right mouth corner moves up and to the left in the picture, which is inward for the person.",
    ),
    (
        "d13",
        "The left mouth corner moves toward the upper right as seen in the picture.",
        "The left mouth corner moves toward the upper left as seen in the picture.",
    ),
    (
        "d13",
        "As seen by the viewer, the mouth corner on the right moves up.",
        "As seen by the viewer, the mouth corner on the left moves up.",
    ),
    (
        "d08",
        "The anatomical right mouth corner moves up, away from the middle of the face.",
        "The anatomical left mouth corner moves up, away from the middle of the face.",
    ),
    (
        "d06",
        "The brows are raised on both sides, including their inner, middle, and outer portions.",
        "The brows are moderately raised, including their inner, middle, and outer portions.",
    ),
    (
        "d03",
        "The lower lip rises across its whole width.",
        "The lower lip sinks across its whole width.",
    ),
    (
        "d11",
        "The left half of the upper lip is raised.",
        "The whole upper lip is raised.",
    ),
]


@pytest.mark.parametrize(("context", "true", "false"), PAIRS)
def test_a_true_statement_passes_and_its_false_twin_is_refused(context: str, true: str, false: str) -> None:
    """Each pair differs in what the evidence says, not in how it is put."""
    assert passes(context, true), true
    assert not passes(context, false), false
