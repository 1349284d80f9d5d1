"""The gate keeps what it has reached on the hand-written statements, and the development statements are in order."""

from benchmarks.gate import DEVELOPMENT, MEASURED, Confusion, judge, wilson
from tests.test_gate_data import KINDS, _rows

RECALL, PRECISION = 0.98, 0.90
"""The recall that is asked for is reached; of the precision asked for (0.95) this is what is reached: docs/text.md."""


def test_the_level_that_was_reached_is_kept() -> None:
    confusion = Confusion.of(judge(MEASURED))
    (refused, false), (right, refusals) = confusion.recall, confusion.precision
    assert refused >= RECALL * false
    assert right >= PRECISION * refusals


def test_the_development_statements_are_in_order() -> None:
    """Their contexts are not those of the measured set, and no text is in both."""
    measured = _rows("gate_statements.jsonl")
    for name in DEVELOPMENT:
        for row in _rows(name):
            assert set(row) == {"id", "context", "text", "true", "kind", "why"}
            assert row["kind"] in KINDS
            assert row["context"].startswith("d")
            assert row["text"] not in {r["text"] for r in measured}


def test_wilson() -> None:
    """Values of the score interval for 10 of 20 and for 0 of 10."""
    assert [round(x, 3) for x in wilson(10, 20)] == [0.299, 0.701]
    assert [round(x, 3) for x in wilson(0, 10)] == [0.0, 0.278]
