"""Clauses joined by commas and "and", pairs, comparisons and causes: each wording once true and once false.

The clips are those of the statements that may be used for tuning; what moves in them is said beside each.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from unimer.records import Evidence, Labels
from unimer.text.claims import read_claims
from unimer.text.compare import check_text

_ROWS = (Path(__file__).parent / "data" / "gate_contexts.jsonl").read_text("utf-8").splitlines()
CONTEXTS = {
    row["context"]: (Evidence.model_validate(row["evidence"]), Labels.model_validate(row["labels"]))
    for row in map(json.loads, _ROWS)
}

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
        "d04",
        "Below the mouth the skin of the chin is raised moderately.",
        "Below the mouth the skin of the chin is raised slightly.",
    ),
    (
        "d02",
        "Above the left eye the lid sinks slightly.",
        "Below the left eye the lid sinks slightly.",
    ),
    (
        "d01",
        "Over the left eye the brow's outer end travels upward.",
        "Over the right eye the brow's outer end travels upward.",
    ),
    (
        "d03",
        "Among the still regions are the chin, both cheeks and both nose wings.",
        "Among the still regions are the chin and the lower lip.",
    ),
    (
        "d03",
        "The chin and both cheeks belong to the still regions.",
        "The chin and the upper lip belong to the still regions.",
    ),
    (
        "d07",
        "Neither on the left nor on the right does the upper lip move.",
        "Neither on the left nor on the right does the lip corner move.",
    ),
    (
        "d08",
        "No conclusion can be drawn about the right cheek.",
        "No conclusion can be drawn about the right mouth corner.",
    ),
    (
        "d14",
        "Measurement succeeds at the upper lip but fails at the lower one.",
        "Measurement succeeds at the lower lip but fails at the upper one.",
    ),
    (
        "d10",
        "Wherever the face could be measured, it is still.",
        "Wherever the chin could be measured, it is still.",
    ),
    (
        "d10",
        "All areas that could be measured remain still.",
        "All areas that could not be measured remain still.",
    ),
    (
        "d11",
        "The fold that runs past the mouth on the left moves up slightly.",
        "The fold that runs past the mouth on the right moves up slightly.",
    ),
    (
        "d05",
        "To the left and to the right of the mid-line, the nasolabial fold rises slightly.",
        "To the left and to the right of the mid-line, the chin rises slightly.",
    ),
    (
        "d13",
        "The left cheek was measured. It rises as the left mouth corner does.",
        "The right cheek is measured as well. It rises as its fellow on the left does.",
    ),
    (
        "d11",
        "The right mouth corner does not move. The same applies to the chin.",
        "The right mouth corner does not move. The same applies to the upper lip.",
    ),
    (
        "d11",
        "The left mouth corner could not be measured. The same holds for the left infra-orbital area.",
        "The left mouth corner could not be measured. The same holds for the right mouth corner.",
    ),
    (
        "d10",
        "The chin defied measurement. The lips did not, and they are still.",
        "The lips were still. The chin did not defy measurement.",
    ),
    (
        "d07",
        "Nothing in the upper face moves, be it brow, lid or forehead.",
        "Nothing in the lower face moves, be it chin or mouth corner.",
    ),
    (
        "d08",
        "The right lip corner moves more than the right half of the upper lip, although both go up and outward.",
        "The right lip corner moves more than the right half of the upper lip, although both go down.",
    ),
    (
        "d15",
        "Nothing in the lower half of the face is active.",
        "Nothing in the upper half of the face is active.",
    ),
    (
        "d03",
        "The motion is moderate at the left lower lip and slight at the right.",
        "The motion is slight at the left lower lip and moderate at the right.",
    ),
    (
        "d10",
        "From the upper lip to the hairline, nothing moves.",
        "From the upper lip to the chin, nothing moves.",
    ),
    (
        "d04",
        "From the nose up to the forehead the face is still.",
        "From the nose down to the chin the face is still.",
    ),
    (
        "d15",
        "The lower half of the face is still, from the cheeks down to the chin.",
        "The upper half of the face is still, from the forehead down to the nose.",
    ),
    (
        "d01",
        "Unlike its counterpart on the left, the outer end of the right brow is still.",
        "Unlike its counterpart on the right, the outer end of the left brow is still.",
    ),
    (
        "d01",
        "The left outer brow rises, unlike the right one.",
        "The left outer brow rises, unlike the left middle brow.",
    ),
    (
        "d13",
        "Like the left cheek, the left nasolabial fold goes up and outward.",
        "Like the right cheek, the left nasolabial fold goes up and outward.",
    ),
    (
        "d13",
        "The left nasolabial fold goes up and outward like the left cheek.",
        "The left nasolabial fold goes up and outward like the right cheek.",
    ),
    (
        "d01",
        "Upward is the direction in which the left outer brow moves.",
        "Downward is the direction in which the left outer brow moves.",
    ),
    (
        "d01",
        "One brow, the left, rises at its outer end. The other does not move.",
        "One brow, the right, rises at its outer end. The other does not move.",
    ),
    (
        "d02",
        "The left upper lid sinks, while the lower does not move.",
        "The left lower lid sinks, while the upper does not move.",
    ),
    (
        "d13",
        "On the right side of the face, neither cheek nor lip corner shows any motion.",
        "On the left side of the face, neither cheek nor lip corner shows any motion.",
    ),
    (
        "d09",
        "In the left cheek as in the right one, the flow finds a slight upward motion.",
        "In the left cheek as in the right one, the flow finds a slight downward motion.",
    ),
    (
        "d13",
        "The mouth is pulled to one side, its left end going up while its right end does not move.",
        "The mouth is pulled to one side, its right end going up while its left end does not move.",
    ),
    (
        "d13",
        "The motion is moderate at the left mouth corner but only slight at the left cheek.",
        "The motion is slight at the left mouth corner but only moderate at the left cheek.",
    ),
    (
        "d13",
        "AU12 is assigned to the left side by the annotators.",
        "AU12 is assigned to the right side by the annotators.",
    ),
    (
        "d16",
        "The left inner brow moves moderately, in contrast to the slight descent of the glabella.",
        "The left inner brow moves moderately, in contrast to the moderate descent of the glabella.",
    ),
    (
        "d01",
        "Neither the forehead nor the glabella moves, nor does the right brow.",
        "Neither the forehead nor the glabella moves, nor does the left brow.",
    ),
    (
        "d08",
        "For the right cheek no reading is available, nor is there one for the right lower lip.",
        "For the right cheek no reading is available, nor is there one for the left lower lip.",
    ),
    (
        "d04",
        "Moderately the chin rises, slightly the lower lip.",
        "Slightly the chin rises, moderately the lower lip.",
    ),
    (
        "d13",
        "The right lower lid is still; nothing moves on the forehead.",
        "The right lower lid is still; nothing moves on the left.",
    ),
    (
        "d11",
        "Beside the left half of the upper lip, the nasolabial fold goes up slightly.",
        "Beside the right half of the upper lip, the nasolabial fold goes up slightly.",
    ),
    (
        "d01",
        "It is the left outer brow, not the right one, that rises.",
        "It is the left outer brow, not the right one, that sinks.",
    ),
    (
        "d04",
        "Above the chin, the lower lip rises slightly.",
        "Above the mouth, the lower lip rises slightly.",
    ),
    (
        "d11",
        "The left mouth corner defied measurement, and so did the left infra-orbital area.",
        "The left mouth corner defied measurement. The upper lip did too.",
    ),
    (
        "d12",
        "The lower lip was measured. It follows the chin upward.",
        "The nose bridge was measured. It follows the chin upward.",
    ),
    (
        "d12",
        "The mouth corners were measured. Both sink as the nasolabial folds do.",
        "The cheeks were measured. Both rise as the chin does.",
    ),
    (
        "d01",
        "The left brow rises at its outer end moderately, at its middle slightly.",
        "The left brow rises at its outer end slightly, at its middle moderately.",
    ),
    (
        "d06",
        "The upper lid of the left eye is still; that of the right eye could not be measured.",
        "The upper lid of the right eye is still; that of the left eye could not be measured.",
    ),
    (
        "d01",
        "The left outer brow rises rather than the right one.",
        "The chin rises rather than the left outer brow.",
    ),
    (
        "d12",
        "The chin rises, and with it the lower lip.",
        "The chin rises, and with it the mouth corners.",
    ),
    (
        "d09",
        "Unlike AU12, AU6 cannot be judged from the flow.",
        "Unlike AU6, AU12 cannot be judged from the flow.",
    ),
    (
        "d09",
        "Unlike AU6, AU12 is supported by the flow.",
        "Unlike AU6, AU12 is labelled.",
    ),
]


@pytest.mark.parametrize(("context", "true", "false"), PAIRS)
def test_a_wording_passes_where_it_is_true_and_only_there(context: str, true: str, false: str) -> None:
    assert check_text(true, *CONTEXTS[context]) == []
    assert check_text(false, *CONTEXTS[context])


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
    assert check_text(text, *CONTEXTS["d04"])
