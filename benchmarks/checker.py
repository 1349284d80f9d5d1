"""How well the checker tells true texts from texts with one fact broken.

    python benchmarks/checker.py [--texts 5000] [--seed 0] [--show 5]

True texts are the composer's, on made-up evidence (synthetic_evidence.py); none of them may be refused. Broken texts
are made from them with corruptions.py.
Exit code 1 where a target is missed.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.corruptions import CORRUPTIONS, Broken
from benchmarks.synthetic_evidence import MOTION, make_case
from unimer.records import Message, Part, Sample
from unimer.settings import TextSettings
from unimer.text.check import check_sample
from unimer.text.claims import read_claims
from unimer.text.composer import compose


@dataclass
class Score:
    """Counts of one corruption."""

    applicable: int = 0
    rejected: int = 0
    right: int = 0
    misses: list[tuple[Sample, Broken, list[str]]] = field(default_factory=list)


def answer(sample: Sample) -> str:
    return sample.messages[-1].content[-1].text or ""


def with_answer(sample: Sample, text: str) -> Sample:
    """The sample with another answer, its claims read again: only the facts are broken, not the record."""
    message = Message(role="assistant", content=[Part(type="text", text=text)])
    return sample.model_copy(update={"messages": [*sample.messages[:-1], message], "claims": read_claims(text)})


def samples(count: int, seed: int) -> list[Sample]:
    """Composed samples of made-up clips."""
    found: list[Sample] = []
    number = 0
    while len(found) < count:
        case = make_case(seed * 1_000_003 + number)
        found += compose(
            case.clip,
            case.labels,
            case.evidence,
            MOTION,
            ["onset.png", "apex.png", "flow.png"],
            None,
            TextSettings(),
            "train",
            seed,
            "0" * 64,
        )
        number += 1
    return found[:count]


def run(count: int, seed: int) -> tuple[list[tuple[Sample, list[str]]], dict[str, Score]]:
    """False rejections, and the score of every corruption."""
    refused: list[tuple[Sample, list[str]]] = []
    scores = {name: Score() for name in CORRUPTIONS}
    for i, sample in enumerate(samples(count, seed)):
        codes = [f"{r.code}: {r.message}" for r in check_sample(sample)]
        if codes:
            refused.append((sample, codes))
        for k, (name, (corrupt, right)) in enumerate(CORRUPTIONS.items()):
            broken = corrupt(sample, answer(sample), random.Random(seed * 7919 + i * 31 + k))
            if broken is None or broken.text == answer(sample):
                continue
            found = [r.code for r in check_sample(with_answer(sample, broken.text))]
            score = scores[name]
            score.applicable += 1
            score.rejected += bool(found)
            score.right += bool(right & set(found))
            if not right & set(found):
                score.misses.append((sample, broken, found))
    return refused, scores


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--show", type=int, default=0, help="show this many misses of each kind")
    options = parser.parse_args()
    start = time.perf_counter()
    refused, scores = run(options.texts, options.seed)
    took = time.perf_counter() - start
    print(
        f"{options.texts} true texts, {len(refused)} refused ({100 * len(refused) / options.texts:.2f} %), "
        f"{took:.0f} s in all\n"
    )
    for sample, codes in refused[: options.show]:
        print(f"  {sample.id}\n    {answer(sample)}\n    {codes}")
    print(f"{'corruption':20} {'applicable':>10} {'rejected':>9} {'right code':>10}")
    for name, score in scores.items():
        n = max(score.applicable, 1)
        print(f"{name:20} {score.applicable:10} {100 * score.rejected / n:8.2f}% {100 * score.right / n:9.2f}%")
        for sample, broken, found in score.misses[: options.show]:
            print(f"    {sample.id}: {broken.what}; found {found}\n      {broken.text}")
    missed = [s for s in scores.values() if s.applicable and s.right < 0.99 * s.applicable]
    return 1 if refused or missed else 0


if __name__ == "__main__":
    sys.exit(main())
