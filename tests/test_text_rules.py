"""Which rewriting rules a text can match: none that does match may be left out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from unimer.text.lexicon import tokenise
from unimer.text.rewrite import rewrite
from unimer.text.rules import all_rules, matching, required

DATA = Path(__file__).parent / "data"


@pytest.mark.parametrize(
    ("pattern", "fragments"),
    [
        ("rise slightly", {"slightly"}),
        ("(?:lift|raise)s? the brow", {"brow"}),
        ("(?:lifts|hoists) (?:quite )?up", {"lifts", "hoists"}),
        (r"(?:\w+ )?to (?=midline)", {"midline"}),
        ("(?:not )?(?:upward|up)?", None),
        (r"\w+", None),
        ("(?:upward|)", None),
        ("(?<!not )moved", {"moved"}),
        ("(?:goes )*away", {"away"}),
        ("(?:goes )+on", {"goes"}),
    ],
)
def test_required(pattern: str, fragments: set[str] | None) -> None:
    assert required(pattern) == fragments


def test_every_rule_that_matches_is_looked_for() -> None:
    rules = all_rules()
    texts = [json.loads(line)["text"] for line in (DATA / "gate_development.jsonl").read_text("utf-8").splitlines()]
    applied = 0
    for text in texts[::8]:
        tokens = tokenise(text)
        line = " ".join(t.text for t in tokens)
        meant = set(matching(line))
        matched = {i for i, rule in enumerate(rules) if rule.pattern.search(line)}
        applied += len(matched)
        assert matched <= meant
    assert applied > 20


def test_what_a_rule_writes_brings_in_later_rules() -> None:
    """Every text ends as it does where each rule is tried on it in turn."""
    for line in (DATA / "gate_development_2.jsonl").read_text("utf-8").splitlines()[::10]:
        tokens = tokenise(json.loads(line)["text"])
        written = " ".join(t.text for t in rewrite(tokens))
        again = " ".join(t.text for t in tokens)
        for i, rule in enumerate(all_rules()):
            if rule.pattern.search(again) is not None:
                assert i in {*matching(again)}
                again = rule.pattern.sub(lambda m, new=rule.new: f" {m.expand(new)} ", again)
                again = " ".join(again.split())
        assert written == again
