"""The hand-written statements that measure the gate: the files are well formed and balanced.

`gate_contexts.jsonl` holds labels and evidence of synthetic clips as a build writes them (c29, c30, d15, d16: the
motion of a synthetic clip weighed against other labels, for a contradicted AU and for labels of a program).
`gate_statements.jsonl` is the test set, written before the checker was touched and never edited to fit it,
`model_statements.jsonl` one in the language of chat models, never used for tuning; `gate_development.jsonl` may be.
`true` means that the evidence and the labels carry all of the text
under the policy of docs/text.md and docs/evidence.md.
"""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from unimer.records import Evidence, Labels

DATA = Path(__file__).parent / "data"
KINDS = {
    "plain",
    "paraphrase",
    "negation",
    "hedging",
    "passive",
    "both_sides",
    "lists",
    "pronouns",
    "strength",
    "direction",
    "emotion",
    "au",
    "causal",
    "comparison",
    "temporal",
}
SETS = {"gate_statements.jsonl": 200, "gate_development.jsonl": 120, "model_statements.jsonl": 200}


def _rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / name).read_text("utf-8").splitlines()]


def test_contexts_are_records() -> None:
    rows = _rows("gate_contexts.jsonl")
    assert len({row["context"] for row in rows}) == len(rows)
    for row in rows:
        labels, evidence = Labels.model_validate(row["labels"]), Evidence.model_validate(row["evidence"])
        assert [(label.au, label.side, label.source) for label in labels.aus] == [
            (verdict.au, verdict.side, verdict.source) for verdict in evidence.aus
        ]


@pytest.mark.parametrize("name", SETS)
def test_statements_are_well_formed_and_balanced(name: str) -> None:
    rows = _rows(name)
    contexts = {row["context"] for row in _rows("gate_contexts.jsonl")}
    assert len({row["id"] for row in rows}) == len(rows)
    assert len({row["text"].casefold() for row in rows}) == len(rows)
    for row in rows:
        assert set(row) == {"id", "context", "text", "true", "kind", "why"}
        assert row["context"] in contexts
        assert row["kind"] in KINDS
        assert row["why"]
        assert 8 <= len(row["text"].split()) <= 45, row["text"]
    counts = Counter((row["kind"], row["true"]) for row in rows)
    for truth in (True, False):
        assert sum(row["true"] is truth for row in rows) >= SETS[name]
        assert all(counts[kind, truth] >= SETS[name] // 20 for kind in KINDS)


def test_the_sets_share_no_context_and_no_text() -> None:
    measured, development = (_rows(name) for name in list(SETS)[:2])
    for key in ("context", "text", "id"):
        assert not {row[key] for row in measured} & {row[key] for row in development}
