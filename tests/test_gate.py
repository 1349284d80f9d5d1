"""The gate keeps what it has reached on hand-written statements and on drafts of models; their files are in order."""

import pytest

from benchmarks import drafts
from benchmarks.gate import DEVELOPMENT, MEASURED, Confusion, judge, wilson
from tests.test_gate_data import KINDS, _rows

RECALL = 0.98
PRECISION = dict(zip(MEASURED, (0.93, 0.92), strict=True))
"""The recall that is asked for is reached; of the precision asked for (0.95) this is what is reached: docs/text.md."""
DRAFTS = dict(zip((*drafts.MEASURED, *drafts.DEVELOPMENT), (0.88, 0.97, 0.99, 0.93), strict=True))
"""Precision that is kept, by file."""


@pytest.mark.parametrize("name", MEASURED)
def test_the_level_that_was_reached_is_kept(name: str) -> None:
    confusion = Confusion.of(judge([name]))
    (refused, false), (right, refusals) = confusion.recall, confusion.precision
    assert refused >= RECALL * false
    assert right >= PRECISION[name] * refusals


def test_the_development_statements_are_in_order() -> None:
    """No text is in a measured set; those after the style of its author speak of other contexts than the first."""
    measured = {row["text"] for name in MEASURED for row in _rows(name)}
    for name in DEVELOPMENT:
        for row in _rows(name):
            assert set(row) == {"id", "context", "text", "true", "kind", "why"}
            assert row["kind"] in KINDS
            assert row["context"].startswith("d" if name.startswith("gate") else "c")
            assert row["text"] not in measured


def test_wilson() -> None:
    """Values of the score interval for 10 of 20 and for 0 of 10."""
    assert [round(x, 3) for x in wilson(10, 20)] == [0.299, 0.701]
    assert [round(x, 3) for x in wilson(0, 10)] == [0.0, 0.278]


@pytest.mark.parametrize("name", DRAFTS)
def test_drafts_of_models_are_in_order(name: str) -> None:
    """Each model answered each prompt once truly, some or all once falsely, and no answer is in two files."""
    asked = set(drafts.samples())
    rows, others = _rows(name), [r["answer"] for other in DRAFTS if other != name for r in _rows(other)]
    for model in {row["model"] for row in rows}:
        told = [(r["prompt"], r["true"] is True) for r in rows if r["model"] == model]
        assert len(set(told)) == len(told)
        assert {prompt for prompt, right in told if right} == asked
        assert name not in drafts.MEASURED or {prompt for prompt, right in told if not right} == asked
    assert len({row["id"] for row in rows}) == len(rows)
    assert not any(row["answer"] in others for row in rows)


@pytest.mark.parametrize("name", DRAFTS)
def test_drafts_of_models_are_told_apart(name: str) -> None:
    """What is reached, and the recall that is asked for."""
    asked = drafts.samples()
    judged = [(row["true"], bool(drafts.reasons_of(asked[row["prompt"]], row))) for row in _rows(name)]
    false = [refused for true, refused in judged if true is False]
    assert sum(false) >= 0.98 * len(false)
    assert sum(false) >= DRAFTS[name] * sum(refused for true, refused in judged if true is not None)
