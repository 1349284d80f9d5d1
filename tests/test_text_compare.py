"""Comparisons, counts, "only", and units beside motion: each wording once true and once false."""

from __future__ import annotations

import pytest

from tests.contexts import passes

# d01: outer left brow up moderately, middle slightly. d03: lower lip up, moderately left, slightly right;
# upper lip down slightly. d04: chin up moderately, lower lip slightly. d06: AU1, AU2, AU25 supported; three parts of
# each brow rise. d08: mouth corner, upper lip and fold on the right rise. d12: mouth corners fall moderately,
# nasolabial folds slightly. d13: left mouth corner moderately, left cheek slightly up and outward.
# d05: AU4 lowers the brows, AU9 raises the nose wings, both lower the glabella.
CAUSES = [
    ("d12", "The rise of the chin supports AU17.", "The rise of the chin supports AU15."),
    ("d12", "AU17 is borne out by the motion of the chin.", "AU15 is borne out by the motion of the chin."),
    ("d16", "The flow and the label AU4 agree.", "The flow and the label AU17 agree."),
    ("d16", "No unit other than AU4 is supported.", "No unit other than AU17 is supported."),
    (
        "d12",
        "AU15 moves the mouth corners; the same unit lowers the nasolabial folds.",
        "AU15 moves the mouth corners; the same unit raises the chin.",
    ),
    (
        "d12",
        "The mouth corners and the nasolabial folds are moved by the same unit, AU15.",
        "The same unit moves the mouth corners and the chin.",
    ),
    ("d12", "Since the chin rises, AU17 is supported.", "Since the chin rises, AU15 is supported."),
    ("d12", "The chin rises. The flow thus supports AU17.", "The chin rises. The flow thus supports AU15."),
    ("d05", "AU4 as well as AU9 lowers the glabella.", "AU4 as well as AU9 lowers the middle brows."),
    ("d08", "AU12 explains all of the motion.", "AU12 explains the motion of the chin."),
    ("d05", "AU9 explains the rise of the nose wings.", "AU9 explains all of the motion."),
    ("d12", "The chin speaks for AU17.", "The fall of the mouth corners speaks against AU15."),
    ("d05", "The glabella sinks by AU4 and AU9.", "The middle brows sink by AU4 and AU9."),
    (
        "d12",
        "The mouth corners and the chin are moved by AU15 and AU17, respectively.",
        "The mouth corners and the chin are moved by AU17 and AU15, respectively.",
    ),
    ("d05", "AU9 is visible at the nose wings.", "AU4 is visible at the nose wings."),
    ("d05", "The rise of the nose wings fits AU9.", "The rise of the nose wings fits AU4."),
    ("d05", "The nose wings rise, which supports AU9.", "The nose wings rise, which supports AU4."),
    ("d05", "The nose wings rise. This confirms AU9.", "The nose wings rise. This confirms AU4."),
    ("d05", "The nose wings rise, in agreement with AU9.", "The nose wings rise, in agreement with AU4."),
    ("d05", "With AU9, the nose wings rise.", "With AU4, the nose wings rise."),
    ("d05", "AU9 is confirmed: the nose wings rise.", "AU4 is confirmed: the nose wings rise."),
    (
        "d12",
        "The mouth corners fall (AU15) and the chin rises (AU17).",
        "The mouth corners fall (AU17) and the chin rises (AU15).",
    ),
    ("d05", "The middle brows sink, and AU9 is supported as well.", "The middle brows sink under AU9."),
]

PAIRS = [
    (
        "d01",
        "Only the outer and middle parts of the left brow rise.",
        "Only the outer third of the left eyebrow rises.",
    ),
    ("d03", "The lips alone move.", "The lower lip alone moves."),
    (
        "d11",
        "On the left the lip ascends farther than the fold.",
        "On the left the fold ascends farther than the lip.",
    ),
    ("d04", "AU17 lifts the chin and, slightly, the lower lip.", "AU17 lifts the lower lip and, slightly, the chin."),
    ("d07", "Neither corner of the mouth sinks farther than the other.", "The chin sinks farther than the other."),
    ("d06", "Neither eyebrow rises more than the other.", "Neither lip sinks more than the other."),
    (
        "d12",
        "The nasolabial folds do not fall as far as the mouth corners.",
        "The mouth corners do not fall as far as the nasolabial folds.",
    ),
    (
        "d12",
        "AU15 for the falling mouth corners, AU17 for the rising chin.",
        "AU17 for the falling mouth corners, AU15 for the rising chin.",
    ),
    (
        "d01",
        "Of the two moving parts of the left brow, the outer one rises farther than the middle one.",
        "Of the two moving parts of the left brow, the middle one rises farther than the outer one.",
    ),
    (
        "d04",
        "Larger than the rise of the lower lip is that of the chin.",
        "Larger than the rise of the chin is that of the lower lip.",
    ),
    ("d04", "The lower lip rises no farther than the chin.", "The chin rises no farther than the lower lip."),
    ("d04", "The lower lip is not raised more than the chin.", "The chin is not raised more than the lower lip."),
    ("d04", "The cheeks move no more than the brows.", "The chin moves no more than the brows."),
    ("d04", "The lower lip rises no farther than the chin.", "The lower lip falls no farther than the chin."),
    (
        "d03",
        "The lower lip rises no less on the left than on the right.",
        "The lower lip rises no less on the right than on the left.",
    ),
    ("d03", "The upper lip falls equally on both sides.", "The lower lip rises equally on both sides."),
    (
        "d13",
        "The left cheek matches the left nasolabial fold in strength.",
        "The left cheek matches the left mouth corner in strength.",
    ),
    (
        "d12",
        "The lower lip rises as much as the chin.",
        "The nasolabial folds fall as much as the mouth corners.",
    ),
    (
        "d12",
        "The nasolabial folds are not drawn down as strongly as the mouth corners.",
        "The mouth corners are not drawn down as strongly as the nasolabial folds.",
    ),
    (
        "d08",
        "Only the right half of the upper lip is lifted; the left half rests.",
        "Only the upper lip is lifted.",
    ),
    ("d01", "The two moving parts of the left brow rise.", "The three moving parts of the left brow rise."),
    ("d12", "Two units are supported: AU15 and AU17.", "Three units are supported: AU15 and AU17."),
    ("d06", "Three units are supported: AU1, AU2 and AU25.", "Two units are supported: AU1 and AU2."),
    (
        "d04",
        "Less height is gained by the lower lip than by the chin.",
        "Less height is gained by the chin than by the lower lip.",
    ),
    (
        "d05",
        "The brows lose more height at their middle portions than at their outer ends.",
        "The brows lose more height at their outer ends than at their middle portions.",
    ),
    (
        "d12",
        "The nasolabial folds fall, but they move less than the mouth corners.",
        "The mouth corners fall, but they move less than the nasolabial folds.",
    ),
    ("d04", "The chin takes part in the motion.", "The chin takes all of the motion."),
    ("d03", "The upper lip is lowered symmetrically.", "The lower lip is raised symmetrically."),
    (
        "d06",
        "The outer and the middle brows are raised to the same extent, the inner brows less.",
        "The outer and the inner brows are raised to the same extent, the middle brows less.",
    ),
    (
        "d04",
        "There is upward movement at the chin and, to a lesser extent, at the lower lip.",
        "There is upward movement at the lower lip and, to a lesser extent, at the chin.",
    ),
    (
        "d16",
        "AU4 is the one unit of the four that the flow supports.",
        "AU4 is the one unit of the three that the flow supports.",
    ),
]


@pytest.mark.parametrize(("context", "true", "false"), PAIRS + CAUSES)
def test_comparisons_and_causes_are_checked(context: str, true: str, false: str) -> None:
    assert passes(context, true)
    assert not passes(context, false)


@pytest.mark.parametrize(
    ("context", "text"),
    [
        ("d15", "The flow does not support AU4, which is annotated."),
        ("d15", "AU4 is not borne out by the flow."),
        ("d14", "The lower lip could not be measured, and AU25 can therefore not be judged."),
        ("d04", "The chin rises, and the lower lip joins in."),
        ("d06", "Both AU1 and AU2 are shown, as the flow shows."),
        ("d10", "Neither AU4 nor AU7 is confirmed, as the flow has it."),
        ("d01", "The chin stays still throughout the clip."),
    ],
)
def test_doubts_and_harmless_turns_pass(context: str, text: str) -> None:
    assert passes(context, text)


@pytest.mark.parametrize("text", ["AU4 cannot be judged.", "AU4 cannot be measured here.", "AU4 shows no motion."])
def test_a_contradicted_unit_was_measured(text: str) -> None:
    assert not passes("d15", text)
