"""Words that refer back ("both", "such a rise", "likewise", "in that direction") and what lasts or comes back."""

from __future__ import annotations

import pytest

from tests.contexts import passes

PAIRS = [
    (
        "d13",
        "The left mouth corner moves moderately up and outward and the left cheek slightly. They "
        "are both explained by AU12.",
        "The left mouth corner moves moderately up and outward; both sides support AU12.",
    ),
    (
        "d11",
        "The left upper lip lifts moderately. Accompanying it, the nasolabial fold of that side "
        "lifts slightly. AU10 is "
        "supported by both motions.",
        "The left upper lip is raised moderately, as is its right counterpart. Both are moved by AU10.",
    ),
    (
        "d01",
        "The left outer brow is moderately raised; it is accompanied by the left middle brow, which "
        "rises slightly. Both "
        "motions are explained by AU2 on that side.",
        "The left outer brow and the left middle brow both rise moderately, in unison. They are explained by AU2.",
    ),
    (
        "d04",
        "The chin rises moderately. Such a rise belongs to AU17.",
        "The chin rises moderately. Such a descent belongs to AU17.",
    ),
    (
        "d04",
        "The chin rises moderately; this moderate upward motion is explained by AU17.",
        "The chin rises moderately; this slight upward motion is explained by AU17.",
    ),
    (
        "d12",
        "The chin rises moderately, and AU17 explains this upward motion.",
        "The chin rises moderately, and AU17 explains this descent.",
    ),
    (
        "d06",
        "Both inner brows rise slightly. Both outer brows rise moderately. These last motions are explained by AU2.",
        "Both inner brows rise slightly. Both outer brows rise moderately. These last motions are explained by AU1.",
    ),
    (
        "d06",
        "AU1 lifts both inner brows slightly. AU1 does so for the glabella.",
        "AU1 lifts both inner brows slightly. AU25 does so for the lower lips.",
    ),
    (
        "d06",
        "Both inner brows rise slightly; the glabella moves likewise.",
        "Both inner brows rise slightly; the lower lips move likewise.",
    ),
    (
        "d06",
        "Both inner brows rise slightly, and, for its part, the glabella.",
        "Both inner brows rise slightly, and, for their part, the lower lips.",
    ),
    (
        "d04",
        "The chin rises moderately; the lower lips move in that direction.",
        "The chin rises moderately; the lower lips show the same motion.",
    ),
    (
        "d13",
        "Sharing a slight motion up and outward, the cheek, the nasolabial fold and the upper lip, "
        "all on the subject's "
        "left, bear out AU12.",
        "Sharing a slight motion up and outward, the mouth corner and the cheek, both on the "
        "subject's left, bear out AU12.",
    ),
    (
        "d07",
        "The mouth corners descend slightly together. From this motion AU15 is supported on both sides.",
        "Both mouth corners are pulled slightly down by turns. From this motion AU15 is supported.",
    ),
]

LASTING = [
    "Chin moderately up, held there for a while; chin raiser AU17.",
    "The chin rises moderately for a while; AU17 explains it.",
    "Chin moderately up, and stays there; AU17.",
    "Chin moderately up, all along; AU17.",
    "Chin moderately up, in one go; AU17.",
    "The chin is kept moderately raised by AU17.",
    "The chin rises moderately over and over. AU17 explains it.",
    "Chin moderately up, put there; AU17.",
]

JOINED = [
    "Specifically, the chin rises moderately. As such, AU17 is supported.",
    "The chin rises moderately, hence supporting AU17.",
    "The chin rises moderately, and the lower lips slightly. Collectively, they support AU17.",
    "The chin rises moderately, and the lower lips slightly. In sum, AU17 is supported.",
    "As a side note, the jaw is still. The chin rises moderately.",
    "Firstly, the chin rises moderately. Secondly, the lower lips rise slightly. AU17 explains both.",
]


@pytest.mark.parametrize(("context", "true", "false"), PAIRS)
def test_what_refers_back_says_what_it_refers_to(context: str, true: str, false: str) -> None:
    assert passes(context, true)
    assert not passes(context, false)


@pytest.mark.parametrize("text", LASTING)
def test_how_long_and_how_often_is_not_measured(text: str) -> None:
    assert not passes("d04", text)


@pytest.mark.parametrize("text", JOINED)
def test_words_that_only_join_add_nothing(text: str) -> None:
    assert passes("d04", text)


def test_the_same_direction_is_the_same_octant() -> None:
    """c18: the left upper lip goes up, the mouth corners up and outward."""
    told = (
        "Both mouth corners and nasolabial folds move slightly up and outward, and the {} moves in the same direction"
    )
    assert passes("c18", f"{told.format('right upper lip')}.")
    assert not passes("c18", f"{told.format('left upper lip')}.")


def test_a_clause_that_opens_with_its_joint_is_read() -> None:
    text = "While the left mouth corner is the only thing that moves, the chin cannot be measured."
    assert not passes("d13", text)
