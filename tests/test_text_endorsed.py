"""What is said of labels, frames and units in a free style, and an emotion that the flow is said to bear out."""

from __future__ import annotations

import pytest

from tests.contexts import passes


@pytest.mark.parametrize(
    "said",
    [
        ", and the flow confirms it.",
        ", and the flow says so as well.",
        ", and so says the flow.",
        ", and this is what the flow shows.",
        ", and the left mouth corner shows it.",
        ", as the flow shows.",
        ", which the flow confirms.",
        "; the motion of the left mouth corner reflects this.",
        ". This is visible in the left mouth corner.",
        ", but the flow says otherwise.",
        ", and the label is supported by the flow.",
    ],
)
def test_nothing_measured_bears_on_an_emotion(said: str) -> None:
    assert not passes("d13", "The annotated class is happiness" + said)


@pytest.mark.parametrize(
    "said",
    [
        ".",
        ", and the flow supports AU12.",
        "; AU12 is labelled on the left, and the flow confirms it.",
        ", and the flow shows that the left mouth corner moves up and outward.",
        ". The left mouth corner moves up, and so does the left cheek.",
        ". The forehead does not move, nor do the brows.",
    ],
)
def test_motion_may_stand_beside_an_emotion(said: str) -> None:
    assert passes("d13", "The annotated class is happiness" + said)


# d01: left outer brow up moderately by AU2. d04: chin up by AU17, lower lip up slightly. d08: right mouth corner up
# and out by AU12. d10: AU4, AU7 not confirmed. d13: happiness. d15: AU4 contradicted. d16: a program labelled.
@pytest.mark.parametrize(
    ("context", "true", "false"),
    [
        ("d13", "Happiness is annotated, and it counts as positive.", "Happiness is annotated, a negative one."),
        ("d13", "Happiness is annotated, not inferred.", "Happiness is inferred, not annotated."),
        ("d04", "The experts who annotated it deem the clip repression.", "The experts deem the chin repression."),
        (
            "d15",
            "The annotated AU4 is contested by the flow.",
            "The claim that AU4 is present is borne out by the flow.",
        ),
        ("d10", "The flow gives no clue of AU4.", "The flow gives grounds to reject AU4."),
        ("d10", "The flow speaks neither for AU4 nor for AU7.", "The flow shows the label AU4 to be accurate."),
        (
            "d16",
            "The identification of AU17 comes from a detector, not from human coders.",
            "The identification of AU4 comes from the coders, not from a detector.",
        ),
        ("d08", "The puller of the lip corners acts on the right.", "The puller of the lip corners acts on the left."),
        (
            "d08",
            "The pull on the right mouth corner is smile-like.",
            "The pull on the left mouth corner is reminiscent of a smile.",
        ),
        (
            "d01",
            "It would be an error to say that the right brow rises.",
            "It would be an error to say that the left outer brow rises.",
        ),
        (
            "d04",
            "At the apex the left side of the jaw occupies the same position as at onset.",
            "At the apex the chin occupies the same position as at onset.",
        ),
        ("d04", "At onset the chin lies lower than at the apex.", "At onset the chin lies higher than at the apex."),
        (
            "d04",
            "Nothing separates the forehead at the apex from the forehead at the onset.",
            "Nothing separates the chin at the apex from the chin at the onset.",
        ),
        (
            "d04",
            "The changes consist in a rise of the chin and of the lower lip.",
            "The changes consist in a rise of the chin.",
        ),
    ],
)
def test_labels_frames_and_units(context: str, true: str, false: str) -> None:
    assert passes(context, true)
    assert not passes(context, false)
