""" "Only", comparisons and amounts as chat models word them: each true wording beside a false one."""

from __future__ import annotations

import pytest

from tests.contexts import passes

PAIRS = [
    (
        "d02",
        "The downward movement of the left upper eyelid is the only motion the flow picks up on the measured face.",
        "The upward movement of the left upper eyelid is the only motion the flow picks up on the measured face.",
    ),
    (
        "d02",
        "Among the measured regions, the left upper lid is the only one that moves. It lowers slightly.",
        "Among the measured regions, the left upper lid is the only one that moves. It rises slightly.",
    ),
    (
        "d02",
        "The left upper lid drops slightly; it is the only region for which motion was found.",
        "The left upper lid is the only region that moved upward.",
    ),
    (
        "d07",
        "The two mouth corners are the only regions with detectable motion.",
        "The left mouth corner is the only region with detectable motion.",
    ),
    (
        "d08",
        "The right mouth corner, the right nasolabial fold and the right upper lip are the only regions that move.",
        "The right nasolabial fold and the right upper lip rise, and the right mouth corner is the only region "
        "that moves.",
    ),
    (
        "d13",
        "The left cheek shows only a slight lift.",
        "The face shows only a slight lift of the left cheek.",
    ),
    (
        "d13",
        "The left mouth corner moves more strongly than the left cheek, since the former is rated as moderate and "
        "the latter only as slight.",
        "The left cheek moves more strongly than the left mouth corner, since the former is rated as moderate and "
        "the latter only as slight.",
    ),
    (
        "d07",
        "Both mouth corners drop to a similar degree.",
        "The left mouth corner drops twice as much, but to a similar degree.",
    ),
    (
        "d07",
        "The downward motion of the left mouth corner is comparable in strength to that of the right one.",
        "The lift of the left mouth corner is comparable in strength to that of the right one.",
    ),
    (
        "d03",
        "Both halves of the upper lip move down, which means that no difference in strength between the two halves "
        "is indicated.",
        "Both halves of the lower lip move up, which means that no difference in strength between the two halves "
        "is indicated.",
    ),
    (
        "d13",
        "The left mouth corner rises moderately, which makes it the most pronounced movement among the measured "
        "regions.",
        "The left cheek rises slightly, which makes it the most pronounced movement among the measured regions.",
    ),
    (
        "d01",
        "Of all measured regions, the left outer brow moves the most.",
        "Of all measured regions, the left middle brow moves the most.",
    ),
    (
        "d06",
        "The motion of the inner brows is slight, which applies to the left side as well as to the right.",
        "The motion of the outer brows is slight, which applies to the left side as well as to the right.",
    ),
    (
        "d12",
        "None of the labelled units involves the brows.",
        "None of the labelled units involves the chin.",
    ),
]


@pytest.mark.parametrize(("context", "true", "false"), PAIRS)
def test_what_alone_moves_and_how_much_is_checked(context: str, true: str, false: str) -> None:
    assert passes(context, true)
    assert not passes(context, false)


LIES = [
    ("d10", "None of the labelled units involves the brows."),
    ("d10", "No brow-related action unit is labelled."),
    ("d09", "The mouth corners are the only measured regions that moved."),
    ("d13", "The left mouth corner and the left cheek rise to a similar degree."),
    ("d08", "The right mouth corner shows the weakest motion on the measured face."),
    ("d15", "The outer brows are the strongest moving regions."),
]


@pytest.mark.parametrize(("context", "false"), LIES)
def test_unexplained_motion_and_labels_without_motion_count(context: str, false: str) -> None:
    assert not passes(context, false)
