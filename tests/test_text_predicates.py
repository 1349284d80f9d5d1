"""Sentences of several regions that move in different ways or by different strengths: each has its own predicate."""

from __future__ import annotations

import pytest

from tests.contexts import passes
from unimer.text.claims import read_claims

PAIRS = [
    (
        "d05",
        "AU9 explains the nose wings, which rise moderately, and the upper lip, which rises slightly on both sides.",
        "AU9 explains the nose wings, which rise slightly, and the upper lip, which rises moderately on both sides.",
    ),
    (
        "d05",
        "AU4 accounts for the middle brows, which move moderately down and inward, and for the outer brows, which do "
        "so slightly.",
        "AU4 accounts for the middle brows, which move slightly down and inward, and for the outer brows, which do "
        "so moderately.",
    ),
    (
        "d16",
        "AU4 works on the left inner brow, which moves moderately down and inward, and on the glabella, which moves "
        "slightly down.",
        "AU4 works on the left inner brow, which moves slightly down, and on the glabella, which moves moderately "
        "down and inward.",
    ),
    (
        "d12",
        "AU15 is seen in both mouth corners, which move moderately down, and in both nasolabial folds, which move "
        "slightly down.",
        "AU15 is seen in both mouth corners, which move moderately down, and in the chin, which moves moderately up.",
    ),
    (
        "d05",
        "The nose wings, which AU9, the nose wrinkler, explains, rise moderately, while the folds rise slightly.",
        "The nose wings, which AU9, the nose wrinkler, explains, sink moderately, while the folds rise slightly.",
    ),
    (
        "d12",
        "The mouth corners, which are pulled moderately down by AU15, are accompanied by the nasolabial folds, which "
        "move slightly down.",
        "The mouth corners, which are pulled moderately down by AU17, are accompanied by the nasolabial folds, which "
        "move slightly down.",
    ),
    (
        "d03",
        "AU24 explains the upper lip, which goes slightly down on both sides, and the lower lip, which rises "
        "moderately on the left and slightly on the right.",
        "AU24 explains the upper lip, which goes slightly down on both sides, and the lower lip, which rises slightly "
        "on the left and moderately on the right.",
    ),
    (
        "d03",
        "The lower lip, moving moderately up on the left and slightly up on the right, is explained by AU24.",
        "The lower lip, moving slightly up on the left and moderately up on the right, is explained by AU24.",
    ),
    (
        "d05",
        "AU9 lifts both nose wings moderately and the nasolabial folds and the upper lip slightly.",
        "AU9 lifts both nose wings slightly and the nasolabial folds and the upper lip moderately.",
    ),
    (
        "d05",
        "Moderate upward motion at the nose wings, slight at the nasolabial folds and the upper lip.",
        "Moderate upward motion at the nose wings, slight at the nasolabial folds and the cheeks.",
    ),
    (
        "d12",
        "AU15 draws the mouth corners moderately and the nasolabial folds slightly down.",
        "AU24 moves the upper lip slightly and the lower lip moderately up.",
    ),
    (
        "d06",
        "The slight rise of the glabella and the outer brows that go moderately up are explained by AU1 and AU2 "
        "respectively.",
        "The moderate rise of the glabella and the outer brows that go slightly up are explained by AU1 and AU2 "
        "respectively.",
    ),
    (
        "d06",
        "Brows up: outer and middle moderately on both sides, inner slightly on both sides.",
        "Brows up: outer and inner moderately on both sides, middle slightly on both sides.",
    ),
    (
        "d12",
        "AU15 explains the downward motion in which both mouth corners take part moderately, the left nasolabial fold "
        "slightly.",
        "AU15 explains the downward motion in which both mouth corners take part slightly, the left nasolabial fold "
        "moderately.",
    ),
    (
        "d13",
        "Left mouth corner up and outward (moderate), left cheek up and outward (slight), as AU12 predicts.",
        "Left mouth corner up and outward (slight), left cheek up and outward (moderate), as AU12 predicts.",
    ),
    (
        "d05",
        "AU9 raises the nose wings moderately. It also accounts for the upper lip, as this goes slightly up.",
        "AU9 raises the nose wings moderately. It also accounts for the outer brows, as these go slightly down.",
    ),
    (
        "d12",
        "AU15 explains the mouth corners (moderately down) and the nasolabial folds (slightly down).",
        "AU15 explains the mouth corners (slightly down) and the nasolabial folds (moderately down).",
    ),
]


@pytest.mark.parametrize(("context", "true", "false"), PAIRS)
def test_each_predicate_reaches_its_own_regions(context: str, true: str, false: str) -> None:
    assert passes(context, true)
    assert not passes(context, false)


def test_the_direction_that_ends_a_list_is_said_of_all_of_it() -> None:
    assert not passes("d03", "AU24 moves the upper lip slightly and the lower lip moderately up.")
    claims = read_claims("It pulls the cheek moderately, the chin strongly, and the jaw slightly up.")
    assert {c.region for c in claims if c.direction == "up"} == {"cheek", "chin", "jaw"}


def test_a_singular_relative_clause_is_about_the_last_region_only() -> None:
    claims = read_claims("The chin and the left cheek, which rises slightly, are seen.")
    assert {c.region for c in claims if c.direction == "up"} == {"cheek"}
    claims = read_claims("The chin and the left cheek, which rise slightly, are seen.")
    assert {c.region for c in claims if c.direction == "up"} == {"chin", "cheek"}


@pytest.mark.parametrize(
    "text", ["The chin, which, rises.", "the chin , which , ,", ", which ,", "The lip, which AU12"]
)
def test_broken_relative_clauses_do_no_harm(text: str) -> None:
    assert isinstance(read_claims(text), list)
