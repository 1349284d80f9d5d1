"""How well the checker tells true from false hand-written statements about evidence records.

    python benchmarks/gate.py [--development] [--wrong] [--kind plain ...]

Two sets are measured, each for itself: tests/data/gate_statements.jsonl, the language of a careful writer, and
tests/data/model_statements.jsonl, that of chat models. ``--development`` takes the files that tuning may look at.
Refusing is the positive class: recall is the share of the false statements that are refused, precision the share of
the refused ones that are false. Intervals are Wilson's at 95 %. ``--wrong`` lists what was misjudged.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from unimer.records import Evidence, Labels, Reason
from unimer.text.check import check_text

DATA = Path(__file__).resolve().parent.parent / "tests" / "data"
MEASURED = ("gate_statements.jsonl", "model_statements.jsonl")
DEVELOPMENT = (
    "gate_development.jsonl",
    *(f"gate_development_{part}.jsonl" for part in (2, 3, 4, 5)),
    "model_statements_development.jsonl",
)


@dataclass(frozen=True)
class Judged:
    """A statement, whether it is true, and the reasons for which it was refused (none: it passed)."""

    id: str
    kind: str
    text: str
    true: bool
    why: str
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class Confusion:
    """Counts of judged statements."""

    true_passed: int
    true_refused: int
    false_refused: int
    false_passed: int

    @classmethod
    def of(cls, rows: Sequence[Judged]) -> Confusion:
        counts = [sum(r.true is true and bool(r.reasons) is refused for r in rows) for true, refused in _CELLS]
        return cls(*counts)

    @property
    def recall(self) -> tuple[int, int]:
        """False statements refused, of all false ones."""
        return self.false_refused, self.false_refused + self.false_passed

    @property
    def precision(self) -> tuple[int, int]:
        """False statements refused, of all refused ones."""
        return self.false_refused, self.false_refused + self.true_refused


_CELLS = ((True, False), (True, True), (False, True), (False, False))


def wilson(hits: int, count: int, z: float = 1.96) -> tuple[float, float]:
    """Wilson's score interval of a share; (0, 1) where nothing was counted."""
    if count == 0:
        return 0.0, 1.0
    share, square = hits / count, z * z / count
    centre = (share + square / 2) / (1 + square)
    spread = z * (share * (1 - share) / count + square / (4 * count)) ** 0.5 / (1 + square)
    return max(0.0, centre - spread), min(1.0, centre + spread)


def _lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / name).read_text("utf-8").splitlines()]


def judge(names: Sequence[str]) -> list[Judged]:
    """The checker's verdict on every statement of the files."""
    contexts = {
        row["context"]: (Evidence.model_validate(row["evidence"]), Labels.model_validate(row["labels"]))
        for row in _lines("gate_contexts.jsonl")
    }
    return [
        Judged(
            r["id"], r["kind"], r["text"], r["true"], r["why"], tuple(check_text(r["text"], *contexts[r["context"]]))
        )
        for name in names
        for r in _lines(name)
    ]


def share(counted: tuple[int, int]) -> str:
    hits, count = counted
    low, high = wilson(hits, count)
    return f"{hits / max(count, 1):.3f} ({low:.3f}-{high:.3f}), {hits} of {count}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--development", action="store_true", help="the statements that may be used for tuning")
    parser.add_argument("--wrong", action="store_true", help="list the misjudged statements")
    parser.add_argument("--kind", nargs="*", default=[], help="only these kinds")
    options = parser.parse_args()
    for names in [DEVELOPMENT] if options.development else [(name,) for name in MEASURED]:
        start = time.perf_counter()
        rows = judge(names)
        took = time.perf_counter() - start
        print(f"\n{', '.join(names)}: {len(rows)} statements, {1000 * took / len(rows):.2f} ms each\n")
        rows = [r for r in rows if not options.kind or r.kind in options.kind]
        print_confusion(rows)
        if options.wrong:
            print_wrong(rows)
    return 0


def print_confusion(rows: Sequence[Judged]) -> None:
    """Recall and precision, then the counts by kind."""
    overall = Confusion.of(rows)
    print(f"recall    {share(overall.recall)}\nprecision {share(overall.precision)}\n")
    print(f"{'kind':12} {'true passed':>12} {'true refused':>13} {'false refused':>14} {'false passed':>13}")
    for kind in [*sorted({r.kind for r in rows}), "all"]:
        c = Confusion.of([r for r in rows if kind in (r.kind, "all")])
        print(f"{kind:12} {c.true_passed:12} {c.true_refused:13} {c.false_refused:14} {c.false_passed:13}")


def print_wrong(rows: Sequence[Judged]) -> None:
    """The misjudged statements with the reasons."""
    for row in rows:
        if row.true is bool(row.reasons):
            print(f"\n{'REFUSED' if row.true else 'PASSED'} {row.id} {row.kind}: {row.text}\n    ({row.why})")
            print("".join(f"    {r.code}: {r.message}\n" for r in row.reasons), end="")


if __name__ == "__main__":
    sys.exit(main())
