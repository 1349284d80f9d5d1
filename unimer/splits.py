"""Splits of a build that part no person."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from unimer.records import Split
from unimer.settings import SplitSettings

NAMES: tuple[Split, ...] = ("train", "validation", "test")


def assign(persons: Iterable[str], settings: SplitSettings, seed: int) -> dict[str, Split]:
    """Puts every person (``Clip.person``, ``corpus/subject``) into one split.

    Persons are ordered by a seeded hash of their name and cut at the shares, corpus by corpus, so that each corpus
    is divided alike. A split with a share above zero gets at least one person where the corpus has enough.
    """
    shares = [settings.train, settings.validation, settings.test]
    total = sum(shares) or 1.0
    by_corpus: dict[str, list[str]] = {}
    for person in sorted(set(persons)):
        by_corpus.setdefault(person.split("/")[0], []).append(person)
    result: dict[str, Split] = {}
    for names in by_corpus.values():
        names.sort(key=lambda name: hashlib.sha256(f"{seed}/{name}".encode()).hexdigest())
        sizes = _sizes([share / total for share in shares], len(names))
        labels = [split for split, size in zip(NAMES, sizes, strict=True) for _ in range(size)]
        result.update(zip(names, labels, strict=True))
    return result


def _sizes(shares: list[float], n: int) -> list[int]:
    """Whole numbers near shares * n that add up to n (largest remainder); a share above 0 gets at least 1."""
    sizes = [int(share * n) for share in shares]
    order = sorted(range(len(shares)), key=lambda i: (sizes[i] - shares[i] * n, i))
    for i in order[: n - sum(sizes)]:
        sizes[i] += 1
    wanted = [i for i, share in enumerate(shares) if share > 0]
    if n >= len(wanted):
        for i in wanted:
            if sizes[i] == 0:
                sizes[max(range(len(sizes)), key=lambda j: sizes[j])] -= 1
                sizes[i] = 1
    return sizes
