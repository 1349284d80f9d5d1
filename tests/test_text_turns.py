"""Turns of a free style that rewrites.yaml brings into plain words: each wording once true and once false."""

from __future__ import annotations

import pytest

from tests.contexts import passes

# d04: chin up moderately, lower lip up slightly, by AU17. d07: mouth corners down slightly, nothing else moves.
# d12: chin up by AU17, mouth corners down by AU15. d14: the lower lip could not be measured. d15: AU4 is annotated
# and contradicted. d16: of AU4, AU7, AU17 and AU23 only AU4 is supported.
PAIRS = [
    ("d04", "At the apex the chin lies higher than it did at the onset.", "The chin stands lower than at the onset."),
    ("d04", "The chin gains a moderate amount of height.", "The chin loses a little height."),
    ("d07", "The lip corners give way downward.", "The lip corners give way upward."),
    ("d04", "The cheeks keep out of it.", "The lower lip keeps out of it."),
    ("d04", "Motionless are the cheeks and the brows.", "Motionless are the cheeks and the chin."),
    ("d07", "All the activity lies in the lip corners.", "All the activity lies in the chin."),
    ("d14", "The flow at the lower lip cannot be trusted.", "The flow at the upper lip cannot be trusted."),
    ("d04", "AU17 is credited with the rise of the chin.", "AU24 is credited with the rise of the chin."),
    (
        "d12",
        "Two units share the work: AU15 sends the mouth corners down, and AU17 sends the chin up.",
        "Two units share the work: AU17 sends the mouth corners down, and AU15 sends the chin up.",
    ),
    ("d15", "The annotated AU4 is contradicted by the flow.", "The annotated AU4 is not contradicted by the flow."),
    ("d16", "AU4 alone is supported.", "AU17 alone is supported."),
    ("d04", "The cheeks sit out the whole movement.", "The chin sits out the whole movement."),
    (
        "d06",
        "The lower lip sinks, leaving the upper one behind.",
        "The upper lip sinks, leaving the lower one behind.",
    ),
    ("d01", "The chin belongs to the still regions.", "The left outer brow belongs to the still regions."),
    ("d08", "The eyes and everything above them are still.", "The lips and everything below them move."),
    ("d11", "The lift spares the right half of the upper lip.", "The lift spares the left half of the upper lip."),
    ("d03", "The upper lip settles a shade lower.", "The upper lip settles a shade higher."),
    ("d13", "The mouth is pulled up at its left end.", "The mouth is pulled up at its right end."),
    ("d08", "The right mouth corner moves up and out.", "The right mouth corner moves up and in moderately."),
    ("d16", "A detector, not a human coder, listed AU4.", "A human coder, not a detector, listed AU4."),
    ("d04", "The flow vindicates AU17.", "The flow offers no corroboration of AU17."),
    ("d10", "The flow offers no corroboration of AU7.", "AU7 stands confirmed by the motion."),
    ("d06", "On record are AU1, AU2 and AU25, all of them confirmed.", "AU1 is the coders' sole entry."),
    ("d15", "Far from confirming AU4, the flow runs against it.", "AU4 has the flow on its side."),
    ("d10", "Of the chin nothing is known.", "Of the forehead nothing is known."),
    ("d09", "Whether AU6 is at work is past telling.", "Whether AU12 is at work is past telling."),
    ("d14", "Surprise is what the coders settled on.", "Disgust is what the coders settled on."),
    ("d07", "A fall of the mouth corners is the sole motion here.", "The fall of the mouth corners is the sole rise."),
    ("d12", "AU17 finds support, with the chin taking part.", "AU15 finds support, with the chin taking part."),
    ("d10", "The flow declines to confirm AU7.", "AU7 checks out with the flow."),
    ("d12", "The list of labels consists of AU15 and AU17.", "The list of labels consists of AU15."),
    ("d04", "The brows are mere bystanders.", "The lower lip is a mere bystander."),
    ("d06", "The gap between the lips widens.", "The gap between the lips narrows."),
]


# The same of rewrites_style.yaml and rewrites_verses.yaml. d01: left outer brow up moderately, left middle brow
# slightly, by AU2 left. d05: glabella by AU4 and AU9. d06: brows by AU1 and AU2, glabella by AU1.
# d09: AU6 is unobservable. d10: AU4 and AU7 are unverified.
STYLE = [
    (
        "d05",
        "When onset and apex are compared, the glabella goes down.",
        "When onset and apex are compared, it goes up.",
    ),
    ("d06", "Both brow raisers find support in the flow.", "Both brow lowerers find support in the flow."),
    ("d01", "The coders ascribed AU2 to the left side.", "The coders ascribed AU2 to the right side."),
    ("d01", "AU2 stands alone among the labels.", "AU1 stands alone among the labels."),
    ("d10", "The flow leaves both AU4 and AU7 unconfirmed.", "The flow leaves both AU4 and AU2 unconfirmed."),
    ("d01", "The flow vouches for AU2.", "The flow does not vouch for AU2."),
    ("d09", "On AU6 the flow has to stay silent.", "On AU12 the flow has to stay silent."),
    (
        "d15",
        "AU4 is labelled, but the flow goes the opposite way.",
        "AU4 is labelled, and the flow goes the same way.",
    ),
    ("d01", "Unmeasured are the left upper lid and the right cheek.", "Unmeasured are the lids and the right cheek."),
    ("d10", "What can be measured of this face is rest.", "What can be measured of this face is unrest."),
    (
        "d05",
        "Beneath the right eye the infra-orbital skin goes up, whereas beneath the left one it rests.",
        "Beneath the left eye the infra-orbital skin goes up, whereas beneath the right one it rests.",
    ),
    (
        "d05",
        "Two actions lie behind the fall of the glabella, AU4 and AU9.",
        "Two actions lie behind the fall of the middle brows, AU4 and AU9.",
    ),
    (
        "d06",
        "The inner brows rise slightly. The outer brows do the same, but moderately.",
        "The lower lip sinks slightly. The outer brows do the same, but moderately.",
    ),
    ("d04", "What the chin gains in height exceeds what the lower lip gains.", "What the lip gains exceeds the chin."),
    (
        "d06",
        "The inner brows do not rise as far as the outer ones.",
        "The outer brows do not rise as far as the inner.",
    ),
    ("d06", "AU1 and AU2 join forces to raise the middle brows.", "AU1 and AU2 join forces to raise the glabella."),
    (
        "d01",
        "Only one eyebrow is raised, the left, and the other is left where it was.",
        "Only one eyebrow is raised, the right, and the other is left where it was.",
    ),
    ("d03", "At the chin and at the cheeks nothing moves.", "At the chin and at the lower lip nothing moves."),
]


@pytest.mark.parametrize(("context", "true", "false"), PAIRS + STYLE)
def test_turns_are_checked(context: str, true: str, false: str) -> None:
    assert passes(context, true)
    assert not passes(context, false)


@pytest.mark.parametrize(
    ("context", "text"),
    [
        ("d04", "The flow contradicts AU17."),
        ("d16", "AU17 is contradicted by the flow."),
        ("d15", "Nothing contradicts AU4."),
        ("d05", "Only AU4 is supported by the flow."),
    ],
)
def test_contradiction_and_sole_support_are_checked(context: str, text: str) -> None:
    assert not passes(context, text)
