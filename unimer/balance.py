"""Keeps common tasks from drowning the rare ones: a seeded choice of the samples that stay."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import NamedTuple

from unimer.records import Reason, Rejection, Sample, Task


class Kept(NamedTuple):
    """Of a task the samples whose draw is at most ``last`` stay; ``of`` were there."""

    last: int
    stay: int
    of: int


def draw(sample: Sample, seed: int) -> int:
    """A sample's number in the draw, 64 bits, whatever the order of samples."""
    return int.from_bytes(hashlib.sha256(f"{seed}\n{sample.id}".encode()).digest()[:8], "big")


def quotas(samples: Iterable[Sample], ratio: float, seed: int) -> dict[Task, Kept]:
    """What stays of each task: at most ``ratio`` times as many samples as the rarest task has (at least one)."""
    draws: dict[Task, list[int]] = {}
    for sample in samples:
        draws.setdefault(sample.task, []).append(draw(sample, seed))
    if not draws:
        return {}
    most = max(1, int(ratio * min(map(len, draws.values()))))
    return {task: Kept(sorted(found)[:most][-1], min(most, len(found)), len(found)) for task, found in draws.items()}


def apply(samples: list[Sample], quota: dict[Task, Kept], seed: int) -> tuple[list[Sample], list[Rejection]]:
    """The samples that stay, and rejections (``task.balance``) of the others."""
    stay = [sample for sample in samples if draw(sample, seed) <= quota[sample.task].last]
    kept = {sample.id for sample in stay}
    return stay, [_rejection(sample, quota[sample.task]) for sample in samples if sample.id not in kept]


def _rejection(sample: Sample, quota: Kept) -> Rejection:
    text = f"{quota.stay} of {quota.of} samples of the task {sample.task} stay, by draw"
    return Rejection(
        id=sample.id,
        clip_id=sample.clip_id,
        corpus=sample.corpus,
        subject=sample.subject,
        stage="text",
        reasons=[Reason(code="task.balance", message=text)],
        sample=sample,
    )
