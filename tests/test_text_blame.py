"""Units that are said to be behind a motion: verbs, nouns and adjectives of explaining, headings, inversions."""

from __future__ import annotations

import pytest

from tests.contexts import passes

PAIRS = [
    (
        "d11",
        "The left upper lip rises moderately. AU10 on the left covers this displacement.",
        "The left upper lip rises moderately. AU9 on the left covers this displacement.",
    ),
    (
        "d05",
        "Underlying the moderate rise of both nose wings is AU9, the nose wrinkler.",
        "Underlying the moderate rise of both nose wings is AU4, the brow lowerer.",
    ),
    (
        "d04",
        "The chin moves moderately up and the lower lip slightly up on both sides. All these shifts are down to AU17.",
        "The chin moves moderately up and the lower lip slightly up on both sides. All these shifts are down to AU15.",
    ),
    (
        "d13",
        "The left mouth corner moves moderately up and outward. Unit responsible: AU12, left side.",
        "The left mouth corner moves moderately up and outward. Unit responsible: AU12, both sides.",
    ),
    (
        "d07",
        "Both mouth corners sink slightly. FACS interpretation: AU15, bilateral.",
        "Both mouth corners sink slightly. FACS interpretation: AU17, bilateral.",
    ),
    (
        "d12",
        "Responsible for the moderate rise of the chin is AU17.",
        "Responsible for the moderate fall of both mouth corners and the moderate rise of the chin is AU17.",
    ),
    (
        "d05",
        "The nose wings rise moderately on both sides. The explanatory unit is AU9.",
        "Both nose wings rise moderately and both middle brows move moderately down and inward. "
        "The explanatory unit is AU9.",
    ),
    (
        "d08",
        "The right mouth corner owes its moderate motion up and outward to AU12.",
        "The left mouth corner owes its moderate motion up and outward to AU12.",
    ),
    (
        "d05",
        "To AU9 are due a moderate rise of both nose wings and a slight rise of both nasolabial folds.",
        "To AU9 are due a moderate rise of both nose wings and a moderate fall of both middle brows.",
    ),
    (
        "d12",
        "Both mouth corners are moderately lowered, a manifestation of AU15, the lip corner depressor.",
        "The chin is moderately raised, a manifestation of AU15, the lip corner depressor.",
    ),
    (
        "d05",
        "AU9 raises both nose wings moderately, and the upper lip, which it also reaches, goes slightly up.",
        "AU9 raises both nose wings moderately, and the middle brows, which it also reaches, go down and inward.",
    ),
    (
        "d12",
        "AU15 lowers both mouth corners. This unit governs the slight fall of both nasolabial folds as well.",
        "AU17 raises the chin moderately. This unit governs the moderate fall of both mouth corners as well.",
    ),
    (
        "d12",
        "Supporting AU15 on both sides, both mouth corners move moderately down.",
        "Supporting AU17 on both sides, both mouth corners move moderately down.",
    ),
    (
        "d13",
        "AU12 supplies the pull that takes the left mouth corner moderately up and outward.",
        "AU12 supplies the pull that takes both mouth corners moderately up and outward.",
    ),
    (
        "d11",
        "The left upper lip moves moderately up. This motion stems from AU10.",
        "The left upper lip moves moderately up. AU10 stems from this motion.",
    ),
    (
        "d11",
        "The left upper lip moves moderately up. Its source is AU10.",
        "The left upper lip moves moderately up. Its source is not AU10.",
    ),
]


@pytest.mark.parametrize(("context", "true", "false"), PAIRS)
def test_what_is_behind_a_motion_is_checked(context: str, true: str, false: str) -> None:
    assert passes(context, true)
    assert not passes(context, false)
