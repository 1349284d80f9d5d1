"""What the reader finds in sentences of any style."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unimer.records import Claim
from unimer.resources import load_yaml
from unimer.text.claims import _claims, read_claims
from unimer.text.mentions import read_mentions


def brief(claim: Claim) -> dict[str, Any]:
    return {
        k: v
        for k, v in claim.model_dump().items()
        if v not in (None, False, "itself") and k not in ("kind", "start", "end")
    }


def read(text: str) -> list[dict[str, Any]]:
    return [brief(c) for c in read_claims(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Both inner brows rise.", [{"region": "inner_brow", "side": "both", "direction": "up"}]),
        (
            "The inner corners of the eyebrows are drawn together.",
            [{"region": "inner_brow", "side": "both", "direction": "together"}],
        ),
        (
            "The left lip corner is pulled slightly up and outward.",
            [{"region": "mouth_corner", "side": "left", "direction": "up-outward", "strength": "slight"}],
        ),
        ("The chin does not move.", [{"region": "chin", "negated": True}]),
        ("The chin remains still.", [{"region": "chin", "negated": True}]),
        ("The left mouth corner is not still.", [{"region": "mouth_corner", "side": "left"}]),
        (
            "Neither the left cheek nor the chin moves.",
            [{"region": "cheek", "side": "left", "negated": True}, {"region": "chin", "negated": True}],
        ),
        (
            "The left inner brow rises; the right one does not.",
            [
                {"region": "inner_brow", "side": "left", "direction": "up"},
                {"region": "inner_brow", "side": "right", "direction": "up", "negated": True},
            ],
        ),
        (
            "The inner brows rise, the outer ones do not.",
            [
                {"region": "inner_brow", "side": "both", "direction": "up"},
                {"region": "outer_brow", "side": "both", "direction": "up", "negated": True},
            ],
        ),
        (
            "A slight upward motion of the forehead and a downward motion of the chin can be seen.",
            [
                {"region": "forehead", "direction": "up", "strength": "slight"},
                {"region": "chin", "direction": "down"},
            ],
        ),
        ("The right cheek could not be measured.", [
            {"region": "cheek", "side": "right", "about": "measurement", "negated": True}
        ]),
        ("The cheek on the left of the image rises.", [{"region": "cheek", "side": "right", "direction": "up"}]),
        ("The left mouth corner moves towards the right ear.", [
            {"region": "mouth_corner", "side": "left", "direction": "toward-ear_right"}
        ]),
        ("The chin shifts to the left of the picture.", [{"region": "chin", "direction": "image-left"}]),
        ("The left cheek might rise.", [{"region": "cheek", "side": "left", "direction": "up", "hedged": True}]),
        ("AUs 1, 2 and 4 are shown.", [{"au": 1}, {"au": 2}, {"au": 4}]),
        ("AU1+L2+R4", [{"au": 1}, {"au": 2, "side": "left"}, {"au": 4, "side": "right"}]),
        ("Both AU12 and AU1 are active.", [{"au": 12}, {"au": 1}]),
        (
            "The chin rises; nothing else moves.",
            [{"region": "chin", "direction": "up"}, {"region": "rest", "negated": True}],
        ),
        ("R12 is active.", [{"au": 12, "side": "right"}]),
        ("Action unit twelve is visible.", [{"au": 12}]),
        ("AU12 (lip corner puller, left side) is shown.", [{"au": 12, "side": "left"}]),
        ("AU4 (brow lowerer) is not shown.", [{"au": 4, "negated": True}]),
        ("There is no sign of AU4.", [{"au": 4, "negated": True}]),
        ("AU7 is annotated.", [{"au": 7, "about": "label", "labeller": "annotation"}]),
        ("AU7 is labelled.", [{"au": 7, "about": "label"}]),
        ("The detector lists AU7.", [{"au": 7, "about": "label", "labeller": "program"}]),
        ("AU7 was detected by OpenFace.", [{"au": 7, "about": "label", "labeller": "program"}]),
        ("The annotated AU12 is shown.", [{"au": 12, "labeller": "annotation"}]),
        ("AU12 is shown, and the clip is annotated as disgust.", [{"au": 12}, {"emotion": "disgust"}]),
        (
            "AU7, though annotated, shows no measurable motion.",
            [
                {"au": 7, "about": "motion", "negated": True},
                {"au": 7, "about": "label", "labeller": "annotation"},
            ],
        ),
        ("No motion is found for AU7.", [{"au": 7, "about": "motion", "negated": True}]),
        ("The motion of AU7 cannot be measured.", [{"au": 7, "about": "measurement", "negated": True}]),
        ("AU7 cannot be judged from optical flow.", [{"au": 7, "about": "judgement", "negated": True}]),
        ("The flow does not bear AU7 out.", [{"au": 7, "about": "support", "negated": True}]),
        ("The flow cannot confirm the annotated AU7.", [
            {"au": 7, "about": "support", "labeller": "annotation", "negated": True}
        ]),
        ("It cannot be told whether AU7 is there.", [{"au": 7, "about": "judgement", "negated": True}]),
        ("No motion confirms AU7.", [{"au": 7, "about": "support", "negated": True}]),
        ("The clip is annotated as disgust, not happiness.", [
            {"emotion": "disgust"}, {"emotion": "happiness", "negated": True}
        ]),
        ("A bearded man.", [{}, {}]),
        ("The ears move back.", [{"region": "?ear", "side": "both", "direction": "outward"}]),
        ("Yes, the lower lip drops.", [{"region": "lower_lip", "direction": "down"}]),
        ("The weather is fine today.", []),
        ("", []),
    ],
)  # fmt: skip
def test_reads(text: str, expected: list[dict[str, Any]]) -> None:
    assert read(text) == expected


def test_numbers_that_are_no_action_units() -> None:
    assert read("AU12 moves by 3 pixels within 7 frames, at 0.5 %.") == [{"au": 12}]
    assert read("AU 250 is shown.") == [{"au": 99}]  # no such unit: no clip carries it


def test_places_are_those_of_the_words() -> None:
    text = "Look: the “left cheek” rises – AU6 is here."
    for claim in read_claims(text):
        assert text[claim.start : claim.end].strip()
    (motion, unit) = read_claims(text)
    assert text[motion.start : motion.end] == "cheek” rises"
    assert text[unit.start : unit.end] == "AU6"


def test_a_reading_that_is_kept_stays_as_it_was() -> None:
    """Readings are cached: reading the claims of a text may change neither them nor what is read next time."""
    text = "The brow rises, on the left. AU12 (left) is shown."
    before = read_mentions(text).copy()
    first = read_claims(text)
    assert read_mentions(text).mentions == before.mentions
    first.clear()
    assert [c.side for c in read_claims(text)] == ["left", "left"]
    for cached in (read_mentions, _claims):
        assert cached.cache_info().maxsize is not None


WORDS = sorted(
    {
        word
        for part in ("regions", "directions", "verbs", "strengths", "emotions")
        for phrases in load_yaml("data/lexicon.yaml")[part].values()
        for phrase in phrases
        for word in phrase.split()
    }
    | set(load_yaml("data/lexicon.yaml")["negations"])
    | {"left", "right", "both", "AU12", "R4", ",", ";", ".", "(", ")", "and", "or", "nor", "the", "one", "ones", "too"}
    | {"which", "while", "İ", "ß", "’", "AU", "99999", ":", "-", "\n", "not", "for", "unlike", "without"}
)


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=200), st.lists(st.sampled_from(WORDS), max_size=40).map(" ".join)))
def test_any_text_can_be_read(text: str) -> None:
    claims = read_claims(text)
    assert claims == read_claims(text)
    for claim in claims:
        assert 0 <= claim.start < claim.end <= len(text)
