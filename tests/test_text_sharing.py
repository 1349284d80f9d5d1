"""Several units and which of them explains which region: lists, shares, pairs, "both", "the latter"."""

from __future__ import annotations

import pytest

from tests.contexts import passes

PAIRS = [
    (
        "d06",
        "Moderate rise of both outer brows (AU2) and both middle brows (AU1, AU2).",
        "Moderate rise of both outer brows (AU1, AU2) and both middle brows (AU1, AU2).",
    ),
    (
        "d06",
        "Moderate upward motion: outer brows on both sides via AU2, both middle brows via AU1 and AU2.",
        "Moderate upward motion: outer brows on both sides via AU1, both middle brows via AU1 and AU2.",
    ),
    (
        "d06",
        "AU1 for inner brows and glabella, AU2 for outer brows, AU1 with AU2 for middle brows and forehead.",
        "AU1 for inner brows, AU2 for outer brows and glabella, AU1 with AU2 for middle brows and forehead.",
    ),
    (
        "d06",
        "The middle brows rise moderately. AU2 explains the outer brow, AU1 the inner brow, both AUs the middle brow.",
        "The middle brows rise moderately. AU2 explains the outer brow, AU1 the middle brow, both AUs the inner brow.",
    ),
    (
        "d06",
        "The outer part of the brows is explained by AU2, the inner part by AU1 and the middle part by both.",
        "The outer part of the brows is explained by AU2, and the inner part by both.",
    ),
    (
        "d06",
        "AU1 and AU2 share the moderate rise of both middle brows and the slight rise of the forehead.",
        "AU1 and AU2 share the moderate rise of both middle brows and the slight rise of the glabella.",
    ),
    (
        "d06",
        "The forehead rises slightly, shared by AU1 and AU2.",
        "The forehead rises slightly, shared by AU1, AU2 and AU25.",
    ),
    (
        "d06",
        "Both inner brows rise slightly. Together, AU1 and AU2 lift both middle brows moderately.",
        "Both inner brows rise slightly. Together, AU1 and AU25 lift both middle brows moderately.",
    ),
    (
        "d05",
        "AU9 raises both nose wings moderately; with AU4 it also lowers the glabella moderately.",
        "AU9 raises both nose wings moderately; with AU4 it also raises both nasolabial folds slightly.",
    ),
    (
        "d05",
        "The glabella sinks moderately; units for this: AU4 and AU9.",
        "Glabella: moderate descent; middle brows: moderate descent; units for both: AU4 and AU9.",
    ),
    (
        "d05",
        "The glabella moves moderately down. AU4 and AU9 share this motion.",
        "Both middle brows move moderately down. AU4 and AU9 share this motion.",
    ),
    (
        "d12",
        "AU15: both mouth corners moderately down. AU17: chin moderately up, both lower lips moderately up.",
        "AU15: both mouth corners moderately down, and chin moderately up. AU17: both lower lips moderately up.",
    ),
    (
        "d12",
        "The chin supports AU17, just as the mouth corners support AU15.",
        "The chin supports AU15, just as the mouth corners support AU17.",
    ),
    (
        "d12",
        "AU15 and AU17 are supported. By the latter, the chin is raised moderately.",
        "AU15 and AU17 are supported. By the former, the chin is raised moderately.",
    ),
    (
        "d12",
        "AU17 explains the chin, AU15 the mouth corners.",
        "AU17 explains the chin, AU15 neither the mouth corners.",
    ),
    (
        "d12",
        "By AU15 both mouth corners are lowered moderately, by AU17 the chin is raised moderately.",
        "By AU15 both mouth corners are lowered moderately, by AU17 the chin and both nasolabial folds move.",
    ),
    (
        "d06",
        "The forehead rises slightly. AU1 and AU2 are the explanation for it.",
        "The glabella and the forehead rise slightly. AU1 and AU2 are the explanation for both.",
    ),
    (
        "d06",
        "The forehead is lifted by AU1 and AU2.",
        "The forehead is lifted by AU1, AU2 and the glabella.",
    ),
]


@pytest.mark.parametrize(("context", "true", "false"), PAIRS)
def test_each_region_has_its_own_units(context: str, true: str, false: str) -> None:
    assert passes(context, true)
    assert not passes(context, false)


def test_strength_is_not_carried_to_what_a_unit_explains() -> None:
    assert passes(
        "d06",
        "Outer and middle brows rise moderately on both sides. Slight upward motion touches the glabella and inner "
        "brows. AU2 explains the outer brow, AU1 the inner brow and the glabella, and both AUs the middle brow.",
    )
