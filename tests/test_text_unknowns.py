"""What evidence cannot tell: speed, duration, order, frames between, feelings, where a class comes from."""

from __future__ import annotations

import pytest

from tests.contexts import contexts, passes
from unimer.text.facts import Facts
from unimer.text.unknowns import state_known

PAIRS = [
    (
        "d12",
        "The flow does not tell how quickly the chin rose.",
        "The flow does not tell how quickly the left brow rose.",
    ),
    (
        "d12",
        "How long the lowering of the mouth corners lasted cannot be read from the flow.",
        "How long the lifting of the mouth corners lasted cannot be read from the flow.",
    ),
    (
        "d12",
        "It cannot be determined from the flow whether the chin or the mouth corners moved first.",
        "It cannot be determined from the flow whether the chin or the left brow moved first.",
    ),
    (
        "d12",
        "The flow does not tell how fast or when the chin moved.",
        "The flow does not tell how fast or in which direction the chin moved.",
    ),
    (
        "d12",
        "The chin rose, but the evidence does not indicate how long it stayed raised.",
        "The chin rose, but the evidence does not indicate how long it stayed lowered.",
    ),
    (
        "d12",
        "The speed of the moderate chin rise cannot be determined.",
        "The speed of the strong chin rise cannot be determined.",
    ),
    (
        "d12",
        "The data do not reveal whether AU15 or AU17 came first.",
        "The data do not reveal whether AU12 or AU17 came first.",
    ),
    (
        "d12",
        "The chin rose moderately, though how fast is not known.",
        "The chin rose quickly, though how fast is not known.",
    ),
    (
        "d13",
        "The flow compares only the onset and the apex, so it cannot tell how fast the left lip corner went up.",
        "The flow compares only the onset and the apex, so the left lip corner went up strongly.",
    ),
    (
        "d13",
        "The label is happiness, but this does not mean that the person is happy.",
        "The label is happiness, and this means that the person is happy.",
    ),
    (
        "d13",
        "The class comes from the annotation, not from the motion.",
        "The class comes from the annotation and from the motion.",
    ),
    (
        "d13",
        "The annotated emotion is happiness, which belongs to the coarse class of positive emotions.",
        "The annotated emotion is happiness, which belongs to the coarse class of negative emotions.",
    ),
    (
        "d13",
        "The annotation gives happiness; that is what the label says, not something inferred from the face.",
        "The annotation gives happiness; that is what the face says, not something inferred from the label.",
    ),
    (
        "d13",
        "The flow says nothing about what the person feels.",
        "The flow says nothing about what the person feels, but the smile shows joy.",
    ),
    (
        "d13",
        "The emotion cannot be determined from the flow.",
        "The emotion cannot be determined from the annotation.",
    ),
    (
        "d06",
        "It is unknown which of the action units was active first.",
        "It is unknown which of the action units was active.",
    ),
    (
        "d08",
        "The right mouth corner moved up, but nothing is known about the duration.",
        "The right mouth corner moved up, but nothing is known about the direction.",
    ),
    (
        "d08",
        "The flow does not say how fast the mouth corner on the right moved.",
        "The flow does not say on which side the mouth corner moved.",
    ),
    (
        "d07",
        "The mouth corners sank slightly; no statement can be made about the duration.",
        "The left brow is still; no statement can be made about the duration of its motion.",
    ),
]


@pytest.mark.parametrize(("context", "true", "false"), PAIRS)
def test_a_true_wording_passes_and_a_false_one_like_it_does_not(context: str, true: str, false: str) -> None:
    assert passes(context, true)
    assert not passes(context, false)


FALSE = [
    ("d13", "It is unknown which mouth corner moved first."),
    ("d13", "The order of the movements of both mouth corners is unknown."),
    ("d10", "The timing of the movement cannot be inferred from the flow."),
    ("d14", "The flow does not tell how quickly the lips parted."),
    ("d15", "How fast the brows were lowered is not known."),
    ("d13", "The emotion of the clip is unknown."),
    ("d13", "The left mouth corner rose. It comes from the annotation, not from the motion."),
    ("d13", "The flow does not reveal the feelings of the young woman."),
    ("d12", "The chin did not move, and how fast is unknown."),
    ("d12", "Nothing is known about the motion of the mouth corners."),
]


@pytest.mark.parametrize(("context", "text"), FALSE)
def test_what_is_presupposed_must_hold_and_what_is_carried_is_not_unknown(context: str, text: str) -> None:
    assert not passes(context, text)


def test_what_is_unknown_is_replaced_by_what_it_presupposes() -> None:
    evidence, labels = contexts()["d12"]
    facts = Facts.of(evidence)
    told = state_known("The flow does not tell how quickly the chin rose.", facts, labels.emotion)
    assert told == "The chin rose."
    assert state_known("Nothing is known about the frames between onset and apex.", facts, labels.emotion) == ""
    assert state_known("The chin rose.", facts, labels.emotion) is None
