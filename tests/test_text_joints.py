"""Clauses joined by commas and "and", pairs, comparisons and causes: each wording once true and once false.

The clips are those of the statements that may be used for tuning; what moves in them is said beside each.
"""

from __future__ import annotations

import pytest

from tests.contexts import passes
from unimer.text.claims import read_claims

# d01: left middle brow up slightly, left outer brow up moderately. d03: lips together, lower left moderately.
# d04: chin up moderately, lower lip up slightly. d07: mouth corners down slightly. d09: infraorbital areas up,
# explained by no unit. d12: chin and lower lip up moderately, mouth corners down, nasolabial folds down slightly.
# d02: AU43 is labelled on both sides and supported, only the left upper lid could be measured.
PAIRS = [
    (
        "d07",
        "Both mouth corners sink slightly, and the lower lip stays still.",
        "Both mouth corners stay still, and the lower lip sinks slightly.",
    ),
    (
        "d12",
        "There is a downward motion of both mouth corners, and the chin rises moderately.",
        "There is a downward motion of the chin, and both mouth corners rise moderately.",
    ),
    (
        "d04",
        "A slight upward motion is found at the lower lip, the mouth corners remaining still.",
        "A slight upward motion is found at the mouth corners, the lower lip remaining still.",
    ),
    (
        "d04",
        "No motion is found at the nose wings, and the chin goes up.",
        "No motion is found at the chin, and the nose wings go up.",
    ),
    (
        "d12",
        "The chin rises moderately, the nasolabial folds sink slightly, and the nose bridge does not move.",
        "The chin rises moderately, the nasolabial folds do not move, and the nose bridge sinks slightly.",
    ),
    (
        "d03",
        "AU24 explains the downward shift of the upper lip as well as the upward shift of the lower lip.",
        "AU24 explains the upward shift of the upper lip as well as the downward shift of the lower lip.",
    ),
    (
        "d12",
        "A fall of the mouth corners is accompanied by a moderate rise of the chin.",
        "A rise of the mouth corners is accompanied by a moderate fall of the chin.",
    ),
    (
        "d01",
        "The outer brow moves upward on the left and remains still on the right.",
        "The outer brow moves upward on the right and remains still on the left.",
    ),
    (
        "d03",
        "Both halves of the lower lip move upward, moderately on the left and slightly on the right.",
        "Both halves of the lower lip move upward, slightly on the left and moderately on the right.",
    ),
    (
        "d03",
        "Both halves of the lower lip move upward: the left one moderately, the right one slightly.",
        "Both halves of the lower lip move upward: the left one slightly, the right one moderately.",
    ),
    (
        "d01",
        "Of the two outer brows, only the left one moves; it moves upward.",
        "Of the two outer brows, only the right one moves; it moves upward.",
    ),
    ("d01", "Only the left one of the two outer brows rises.", "Only the left one of the two inner brows rises."),
    (
        "d07",
        "The chin, like the lower lip, is still.",
        "The mouth corners, like the lower lip, are still.",
    ),
    (
        "d07",
        "The chin does not move, and neither does the left side of the lower lip.",
        "The chin does not move, and neither does the left mouth corner.",
    ),
    (
        "d04",
        "The chin moves moderately and thus more than the lower lip, which moves slightly.",
        "The lower lip moves moderately and thus more than the chin, which moves slightly.",
    ),
    (
        "d04",
        "The chin shows the larger displacement, the lower lip the smaller one.",
        "The lower lip shows the larger displacement, the chin the smaller one.",
    ),
    (
        "d04",
        "The chin shows a larger displacement than the lower lip, namely a moderate one.",
        "The chin shows a larger displacement than the lower lip, namely a slight one.",
    ),
    (
        "d09",
        "The infraorbital areas rise slightly on both sides, although no labelled unit explains this.",
        "The lower lids rise slightly on both sides, although no labelled unit explains this.",
    ),
    (
        "d09",
        "None of the labelled action units accounts for the rise of the infraorbital areas.",
        "None of the labelled action units accounts for the rise of the cheeks.",
    ),
    ("d12", "Both mouth corners sink, and AU15 explains it.", "Both mouth corners sink, and AU17 explains it."),
    ("d12", "The chin rises. AU17 accounts for this.", "The chin rises. AU15 accounts for this."),
    (
        "d02",
        "AU43 is labelled on both sides, and the flow confirms it.",
        "AU43 is labelled, and the flow confirms it on both sides.",
    ),
    (
        "d07",
        "On the left, the mouth corner sinks and the cheek stays still.",
        "On the left, the mouth corner stays still and the cheek sinks.",
    ),
    ("d12", "On each side of the nose the fold sinks slightly.", "On each side of the nose the fold rises slightly."),
    ("d01", "The left outer brow rises, the other does not.", "The left outer brow does not move, the other does."),
    ("d03", "The lips, both upper and lower, move.", "The lips, both upper and lower, are motionless."),
    ("d07", "The lips, upper and lower, are motionless.", "The lips, upper and lower, sink slightly."),
    (
        "d07",
        "The mouth corners sink on the left and on the right alike.",
        "The mouth corners are still on the left and on the right alike.",
    ),
    (
        "d04",
        "The brows do not move on the left or on the right.",
        "The lower lip does not move on the left or on the right.",
    ),
    (
        "d04",
        "The chin rises moderately, and the mouth corners rest on both sides.",
        "The mouth corners rise moderately, and the chin rests.",
    ),
    (
        "d07",
        "Without motion are the chin, the lower lip and the cheeks.",
        "Without motion are the chin, the mouth corners and the cheeks.",
    ),
    (
        "d01",
        "Of the left eyebrow, the outer third rises moderately.",
        "Of the right eyebrow, the outer third rises moderately.",
    ),
    ("d01", "In the left brow, the inner part keeps still.", "In the left brow, the outer part keeps still."),
    (
        "d03",
        "On the right the lower lip rises slightly, on the left it rises more, namely moderately.",
        "On the left the lower lip rises moderately, on the right it rises more, namely slightly.",
    ),
    (
        "d07",
        "The mouth corners sink. Elsewhere in the face, nothing moves.",
        "The chin is still. Elsewhere in the face, nothing moves.",
    ),
    (
        "d01",
        "The outer brow rises on one side only: its left part rises, its right part stays still.",
        "The outer brow rises on one side only: its right part rises, its left part stays still.",
    ),
    (
        "d12",
        "AU15 accounts for the fall of the mouth corners as well as for that of the nasolabial folds.",
        "AU15 accounts for the fall of the mouth corners as well as for the rise of the chin.",
    ),
    (
        "d04",
        "The chin outdoes the lower lip: the one moves moderately, the other slightly.",
        "The chin outdoes the lower lip: the one moves slightly, the other moderately.",
    ),
    (
        "d01",
        "Only the left eyebrow moves; the rest of the measured face is still.",
        "Only the left outer brow moves; the chin is still.",
    ),
    (
        "d01",
        "Having coded AU2 on the left, the annotators did not assign it to the right side as well.",
        "Having coded AU2 on the left, the annotators assigned it to the right side as well.",
    ),
    (
        "d12",
        "AU15 on both sides and AU17 are labelled.",
        "AU15 on the left and AU17 on both sides are labelled.",
    ),
    (
        "d07",
        "The corners of the mouth are lowered, but the folds that run down to them from the nose are still.",
        "The corners of the mouth are lowered, and so are the folds that run down to them from the nose.",
    ),
    (
        "d08",
        "The fold that runs from the nose to the right corner of the mouth rises slightly.",
        "The fold that runs from the nose to the left corner of the mouth rises slightly.",
    ),
    (
        "d02",
        "The lid that covers the left eye from above has come down slightly.",
        "The lid that covers the left eye from below has come down slightly.",
    ),
    (
        "d05",
        "Beside a mouth whose corners are motionless, the nasolabial folds rise slightly.",
        "Beside a nose whose wings are motionless, the nasolabial folds rise slightly.",
    ),
    (
        "d11",
        "With the right half at rest, the left half of the upper lip is raised.",
        "With the left half at rest, the right half of the upper lip is raised.",
    ),
    (
        "d13",
        "The annotators entered AU12 for the left side, and the mouth corner there moves up.",
        "The annotators entered AU12 for the left side, and the mouth corner there is still.",
    ),
    (
        "d03",
        "The left side of the lower lip moves more than the right side: moderately rather than slightly.",
        "The left side of the lower lip moves more than the right side: strongly rather than slightly.",
    ),
    (
        "d11",
        "Beside the left nose wing, itself motionless, the nasolabial fold is raised slightly.",
        "Beside the left upper lip, itself motionless, the nasolabial fold is raised slightly.",
    ),
    (
        "d02",
        "A slight fall of the left upper eyelid is all the motion that was found on this face.",
        "A slight fall of the left lower eyelid is all the motion that was found on this face.",
    ),
    (
        "d07",
        "A slight fall of both mouth corners is all that was measured.",
        "A slight fall of the left mouth corner is all that was measured.",
    ),
    (
        "d11",
        "One of the two nasolabial folds, the left one, is raised slightly.",
        "One of the two nasolabial folds, the right one, is raised slightly.",
    ),
    (
        "d13",
        "The right side of the mouth does not move: its corner is still.",
        "The left side of the mouth moves: its corner is still.",
    ),
    (
        "d01",
        "The lift is moderate at the outer end of the left brow and slight at its middle.",
        "The lift is slight at the outer end of the left brow and moderate at its middle.",
    ),
    (
        "d12",
        "On the nose and across the brows the face is still.",
        "On the nose and across the chin the face is still.",
    ),
    (
        "d07",
        "The cheeks do not sink with the mouth corners, and the jaw could not be measured.",
        "The cheeks do not sink with the mouth corners, and the chin could not be measured.",
    ),
    (
        "d04",
        "The lower but not the upper lip rises.",
        "The upper and the lower lip rise.",
    ),
]


@pytest.mark.parametrize(("context", "true", "false"), PAIRS)
def test_a_wording_passes_where_it_is_true_and_only_there(context: str, true: str, false: str) -> None:
    assert passes(context, true)
    assert not passes(context, false)


@pytest.mark.parametrize(
    "text",
    [
        "A rise of the chin and a fall of the lips are absent.",
        "Neither a rise of the chin nor a fall of the lips is seen.",
        "A motion of the chin upward and a motion of the lips downward are not seen.",
        "The rise of the chin and the fall of the lips cannot be measured.",
    ],
)
def test_a_shared_denial_is_not_cut_off(text: str) -> None:
    denied = {c.region for c in read_claims(text) if c.negated}
    assert denied == {c.region for c in read_claims(text)} == {"chin", "lips"}


def test_a_list_with_two_readings_is_not_cut() -> None:
    """Either "the chin and the lips" have the motion, or the lips do not move: no reading may pass."""
    text = "A motion is found at the chin and the lower lip and the nose bridge do not move."
    assert not passes("d04", text)


@pytest.mark.parametrize(
    ("context", "text"),
    [
        ("d13", "The left nasolabial fold is a lateral motion of the left mouth corner."),
        ("d04", "The AU annotation is on the lower lip and chin."),
        ("d12", "The chin looks like the mouth corners."),
        ("d12", "The chin is AU17."),
        ("d06", "All the motion that was found is at the brows."),
        ("d12", "The motion of the chin is that of the mouth corners."),
        ("d12", "The chin rises. It follows the mouth corners."),
        ("d12", "The chin rises and follows the mouth corners."),
        ("d12", "The chin rises. It is followed by the mouth corners."),
        ("d12", "The chin rises together with the mouth corners."),
        ("d12", "The chin rises and carries the mouth corners along."),
    ],
)
def test_a_region_is_no_motion_of_another_and_goes_where_its_companion_goes(context: str, text: str) -> None:
    assert not passes(context, text)


@pytest.mark.parametrize(
    "text",
    [
        "The lower lip rises slightly. It follows the chin.",
        "The chin rises. It is followed by the lower lip.",
        "The chin rises moderately and carries the lower lip along.",
        "The chin rises together with the lower lip.",
    ],
)
def test_a_companion_that_goes_the_same_way_is_carried(text: str) -> None:
    assert passes("d04", text)
