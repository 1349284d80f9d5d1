"""Places, parts, pronouns and measurements that fail: each wording once true and once false.

The clips are those of the statements that may be used for tuning.
"""

from __future__ import annotations

import pytest

from tests.contexts import passes

PAIRS = [
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
    (
        "d01",
        "In the upper face it is the left brow that moves.",
        "In the lower face it is the left brow that moves.",
    ),
    (
        "d01",
        "The outer brow of the left eye rises.",
        "The outer brow of the right eye rises.",
    ),
    (
        "d04",
        "As to the chin, it rises moderately; as to the lower lip, it rises slightly.",
        "As to the chin, it rises slightly; as to the lower lip, it rises moderately.",
    ),
    (
        "d12",
        "The lower lip was measured. It is like the chin: it rises.",
        "The nose bridge was measured. It is like the chin: it rises.",
    ),
    (
        "d13",
        "The motion, slight at the left cheek, is moderate at the left mouth corner.",
        "The motion, moderate at the left cheek, is slight at the left mouth corner.",
    ),
    (
        "d03",
        "What comes down is the upper lip, and what goes up is the lower one.",
        "What comes down is the lower lip, and what goes up is the upper one.",
    ),
    (
        "d12",
        "The lower lip accompanies the chin upward.",
        "The mouth corners accompany the chin upward.",
    ),
]


@pytest.mark.parametrize(("context", "true", "false"), PAIRS)
def test_a_wording_passes_where_it_is_true_and_only_there(context: str, true: str, false: str) -> None:
    assert passes(context, true)
    assert not passes(context, false)
