"""Reports in nominal style: headings, sides and strengths set apart, brackets, units as tags, a coder's nouns."""

from __future__ import annotations

import pytest

from tests.contexts import passes

PAIRS = [
    (
        "d01",
        "Outer brow, left: moderate upward motion. Middle brow, left: slight upward motion.",
        "Outer brow, right: moderate upward motion. Middle brow, left: slight upward motion.",
    ),
    (
        "d01",
        "Upward motion on the left: moderate at the outer brow, slight at the middle brow.",
        "Upward motion on the left: slight at the outer brow, moderate at the middle brow.",
    ),
    (
        "d01",
        "Elevation of the left outer brow (moderate) and left middle brow (slight), attributable to AU2.",
        "Elevation of the left outer brow (slight) and left middle brow (moderate), attributable to AU2.",
    ),
    (
        "d04",
        "Upward displacement: moderate (chin) and slight (lower lip, bilateral).",
        "Upward displacement: moderate (lower lip, bilateral) and slight (chin).",
    ),
    (
        "d05",
        "Nose wings (bilateral): moderate elevation, AU9.",
        "Nose wings (bilateral): moderate elevation, AU4.",
    ),
    (
        "d05",
        "Down and inward displacement, bilateral: moderate at the middle brow, slight at the outer brow.",
        "Down and inward displacement, bilateral: moderate at the outer brow, slight at the middle brow.",
    ),
    (
        "d05",
        "AU9-related findings: moderate elevation of the nose wings, slight elevation of the nasolabial folds.",
        "AU4-related findings: moderate elevation of the nose wings, slight elevation of the nasolabial folds.",
    ),
    (
        "d06",
        "Upward motion, slight at every listed site: forehead, glabella, inner brows bilaterally.",
        "Downward motion, slight at every listed site: forehead, glabella, inner brows bilaterally.",
    ),
    (
        "d08",
        "Right-sided finding: moderate up and outward displacement of the mouth corner, plus slight displacement in "
        "that direction of the upper lip.",
        "Left-sided finding: moderate up and outward displacement of the mouth corner, plus slight displacement in "
        "that direction of the upper lip.",
    ),
    (
        "d08",
        "Lip (upper, right): slight up and outward motion — AU12.",
        "Lip (upper, left): slight up and outward motion — AU12.",
    ),
    (
        "d08",
        "A moderate tug runs up and outward through the right mouth corner.",
        "A moderate tug runs down and outward through the right mouth corner.",
    ),
    (
        "d09",
        "Cheeks: slight elevation, bilateral. Mouth corners: slight up and outward displacement, bilateral. Both "
        "findings explained by AU12.",
        "Cheeks: slight elevation, bilateral. Mouth corners: slight up and outward displacement, bilateral. Both "
        "findings explained by AU6.",
    ),
    (
        "d12",
        "Mouth corners: moderate descent. Attribution: AU15.",
        "Mouth corners: moderate descent. Attribution: AU17.",
    ),
    (
        "d12",
        "Moderate downward traction on the mouth corners; moderate upward excursion of the chin.",
        "Moderate downward traction on the mouth corners; moderate downward excursion of the chin.",
    ),
    (
        "d13",
        "Left side: mouth corner, up and outward, moderate; cheek and upper lip, up and outward, slight.",
        "Right side: mouth corner, up and outward, moderate; cheek and upper lip, up and outward, slight.",
    ),
    (
        "d13",
        "The left cheek receives a slight tug up and outward.",
        "The left cheek receives a moderate tug up and outward.",
    ),
]


@pytest.mark.parametrize(("context", "true", "wrong"), PAIRS)
def test_reports(context: str, true: str, wrong: str) -> None:
    """What a report says in fragments is read, and the same with another side, strength, way or unit is refused."""
    assert passes(context, true)
    assert not passes(context, wrong)
