"""Common tasks are thinned to a multiple of the rarest, by a draw that the order of samples does not change."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from tests.conftest import settings_for
from tests.test_cli import run
from unimer import balance
from unimer.build import build
from unimer.files import read_jsonl
from unimer.records import Sample


def samples_of(path: Path) -> list[Sample]:
    return list(read_jsonl(path / "unimer.jsonl", Sample))


def test_quotas(finished: Path) -> None:
    samples = samples_of(finished)
    counts = Counter(sample.task for sample in samples)
    quota = balance.quotas(samples, 1.5, 3)
    most = int(1.5 * min(counts.values()))
    assert {task: kept.stay for task, kept in quota.items()} == {task: min(n, most) for task, n in counts.items()}
    assert balance.quotas(samples[::-1], 1.5, 3) == quota
    stay, dropped = balance.apply(samples, quota, 3)
    assert len(stay) + len(dropped) == len(samples)
    assert Counter(sample.task for sample in stay) == {task: kept.stay for task, kept in quota.items()}
    assert balance.quotas([], 1.0, 0) == {}


def test_a_balanced_build(corpus: Path, tmp_path: Path) -> None:
    plain = build(settings_for(corpus), tmp_path / "plain").manifest
    even = build(settings_for(corpus, text={"balance": 1.0}), tmp_path / "even").manifest
    assert set(even.tasks) == set(plain.tasks)
    assert len(set(even.tasks.values())) == 1
    assert even.reasons["task.balance"] == plain.counts["samples"] - even.counts["samples"] > 0
    kept = [json.loads(line)["id"] for line in (tmp_path / "even" / "unimer.jsonl").read_text().splitlines()]
    assert kept == [sample.id for sample in samples_of(tmp_path / "plain") if sample.id in set(kept)]
    assert run("validate", tmp_path / "even").returncode == 0
