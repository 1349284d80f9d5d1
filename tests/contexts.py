"""The evidence records that statements in tests are about, and whether a statement about one of them passes."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from unimer.records import Evidence, Labels
from unimer.text.check import check_text

DATA = Path(__file__).parent / "data"


@cache
def contexts() -> dict[str, tuple[Evidence, Labels]]:
    """Evidence and labels by the name of the record (``d01`` and so on: those that tuning may look at)."""
    rows = map(json.loads, (DATA / "gate_contexts.jsonl").read_text("utf-8").splitlines())
    return {
        row["context"]: (Evidence.model_validate(row["evidence"]), Labels.model_validate(row["labels"]))
        for row in rows
    }


def passes(context: str, text: str) -> bool:
    """Whether nothing in a text is refused."""
    return not check_text(text, *contexts()[context])
