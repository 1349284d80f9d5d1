"""Plain words: what the gate skips beside a claim, and where it does not."""

from __future__ import annotations

import pytest

from tests.helpers_text import hand_case
from unimer.resources import load_yaml
from unimer.text.check import check_text
from unimer.text.lexicon import tokenise
from unimer.text.mentions import read_mentions

CASE = hand_case()
PLAIN: list[str] = load_yaml("data/plain_words.yaml")["plain"]


def codes(text: str) -> set[str]:
    return {r.code for r in check_text(text, CASE.evidence, CASE.labels)}


def test_plain_words_have_no_meaning_of_their_own() -> None:
    """A word that the lexicon reads as a region, direction, side, ... must not be skipped."""
    read = [w for w in PLAIN if read_mentions(w).mentions]
    assert read == []
    assert all(len(tokenise(w)) == 1 for w in PLAIN)


def test_a_plain_word_is_skipped_beside_a_claim() -> None:
    assert codes("Notably, both inner brows themselves rise slightly.") == set()
    assert "unread" in codes("Both inner brows rise slightly. The record offers an instance.")


@pytest.mark.parametrize(
    "text",
    [
        "No question: AU1 is shown.",
        "Yes, the record: AU1 is shown.",
        "Both inner brows rise slightly, failing notably.",
        "Both inner brows themselves almost rise slightly.",
        "Both inner brows rise slightly, as the record of joy states.",
        "Both inner brows rise slightly, the chin itself rises.",
        "Both inner brows rise slightly, and the chin is involved in such behaviour.",
    ],
)
def test_a_plain_word_hides_nothing(text: str) -> None:
    assert codes(text)
