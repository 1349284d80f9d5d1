"""Long sentences that explain: a motion by a unit and how that unit fared, which units hold."""

from __future__ import annotations

import pytest

from tests.contexts import passes

PAIRS = [
    (
        "d05",
        "The nose wings both move upward with moderate strength, which is explained by the supported AU9.",
        "The nose wings both move upward with moderate strength, which is explained by the supported AU4.",
    ),
    (
        "d05",
        "The glabella moves down moderately, which is explained by the supported AU4 and AU9.",
        "The left middle brow moves down and inward moderately, which is explained by the supported AU4 and AU9.",
    ),
    (
        "d05",
        "The nose wings move upward moderately, which is explained by the confirmed and labelled AU9.",
        "The nose wings move up and the middle brows move down, which is explained by the labelled and confirmed AU9.",
    ),
    (
        "d13",
        "The left mouth corner rises, and this motion is attributed to the supported AU12 on the left side.",
        "The left mouth corner rises, and this motion is attributed to the supported AU12 on the right side.",
    ),
    (
        "d09",
        "The clip is labelled with AU6 and AU12, of which only AU12 is supported by the flow.",
        "The clip is labelled with AU6 and AU12, of which only AU6 is supported by the flow.",
    ),
    (
        "d05",
        "The clip is annotated with AU4 (brow lowerer) and AU9 (nose wrinkler).",
        "The clip is labelled with AU4 and AU9, of which only AU9 is supported by the flow.",
    ),
    (
        "d09",
        "Two action units are labelled, AU6 and AU12, and only AU12 is supported by the measured flow.",
        "Two action units are labelled, AU6 and AU10, and only AU12 is supported.",
    ),
    (
        "d09",
        "The annotation lists AU6 and AU12, of which only AU12 can be confirmed.",
        "The annotation lists AU6 and AU12, of which only AU6 can be confirmed.",
    ),
    (
        "d07",
        "Only AU15 is labelled; no other action unit is annotated in this clip.",
        "AU15 is not labelled in this clip; no other unit is labelled.",
    ),
    (
        "d06",
        "AU1, AU2 and AU25 are labelled; no other unit is labelled.",
        "AU1 and AU2 are labelled. No further action unit is annotated in this clip.",
    ),
    (
        "d16",
        "AU4 was assigned by an automatic detector, and the flow supports it.",
        "AU17 was assigned by an automatic detector, and the flow supports it.",
    ),
    (
        "d16",
        "The AU labels were assigned by an automatic detector.",
        "The AU labels were assigned by human annotators.",
    ),
    (
        "d16",
        "A detector, not a human coder, labelled AU4, AU7, AU17 and AU23, of which only AU4 is supported.",
        "A human coder, not a detector, labelled AU4, AU7, AU17 and AU23, of which only AU4 is supported.",
    ),
    (
        "d07",
        "The mouth corners move slightly down, which matches what the label AU15 predicts.",
        "The mouth corners move slightly up, which matches what the label AU15 predicts.",
    ),
    (
        "d04",
        "AU17 is labelled on both sides and is supported by the flow, which measures an upward motion of the chin.",
        "AU17 is supported by the flow, which measures a strong upward motion of the chin.",
    ),
    (
        "d04",
        "The measured motion is consistent with the label AU17.",
        "The measured motion is consistent with the label AU15.",
    ),
]


@pytest.mark.parametrize(("context", "true", "false"), PAIRS)
def test_explaining_is_read(context: str, true: str, false: str) -> None:
    assert passes(context, true)
    assert not passes(context, false)


@pytest.mark.parametrize("context", ["d09", "d12"])
def test_all_measured_motion_is_that_of_the_units(context: str) -> None:
    """Where motion is left that the units do not explain, "the measured motion" is not theirs."""
    unit = {"d09": "AU12", "d12": "AU17"}[context]
    assert not passes(context, f"The measured motion is consistent with the label {unit}.")


def test_further_words_before_the_unit_do_not_hide_what_it_fails_to_explain() -> None:
    assert not passes("d05", "The middle brows fall and the nose wings rise, which is explained by the given AU9.")
