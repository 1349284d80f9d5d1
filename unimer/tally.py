"""Counts what a build holds: while it is written, and again when it is validated."""

from __future__ import annotations

from collections import Counter

from unimer.records import ClipRecord, Rejection, Sample


class Tally:
    """Counters of the records that went by; ``counts`` and the others are what the manifest says."""

    def __init__(self) -> None:
        self.clips = self.grounded = self.samples = self.rejections = 0
        self._tasks: Counter[str] = Counter()
        self._splits: Counter[str] = Counter()
        self._reasons: Counter[str] = Counter()
        self._sources: Counter[str] = Counter()
        self._verdicts: dict[str, Counter[str]] = {}

    def sample(self, sample: Sample) -> None:
        """One line of unimer.jsonl."""
        self.samples += 1
        self._tasks[sample.task] += 1
        self._splits[sample.split] += 1

    def rejection(self, rejection: Rejection) -> None:
        """One line of rejected.jsonl; a reason counts once a line."""
        self.rejections += 1
        self._reasons.update({reason.code for reason in rejection.reasons})

    def clip(self, record: ClipRecord) -> None:
        """One line of clips.jsonl."""
        self.clips += 1
        self._sources.update(label.source for label in record.labels.aus)
        if record.evidence is None:
            return
        self.grounded += record.evidence.grounded
        for verdict in record.evidence.aus:
            self._verdicts.setdefault(f"AU{verdict.au}", Counter())[verdict.verdict] += 1

    def fields(self) -> dict[str, dict[str, int]]:
        """The manifest's simple counters, in a fixed order."""
        return {
            "counts": {
                "clips": self.clips,
                "grounded_clips": self.grounded,
                "samples": self.samples,
                "rejections": self.rejections,
            },
            "tasks": dict(sorted(self._tasks.items())),
            "splits": dict(sorted(self._splits.items())),
            "reasons": dict(sorted(self._reasons.items())),
            "label_sources": dict(sorted(self._sources.items())),
        }

    def verdicts(self) -> dict[str, dict[str, int]]:
        """Verdicts by AU, in the order of AU numbers."""
        order = sorted(self._verdicts, key=lambda name: int(name[2:]))
        return {name: dict(sorted(self._verdicts[name].items())) for name in order}
