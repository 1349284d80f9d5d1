"""Prints samples as a person reads them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from unimer.errors import InputError
from unimer.files import read_jsonl
from unimer.records import Sample

if TYPE_CHECKING:
    from rich.console import Console


def show(path: Path, count: int, task: str | None, console: Console) -> None:
    """Prints the first ``count`` samples, one a clip where there are enough clips.

    Raises:
        InputError: nothing to show, or a broken line.
    """
    jsonl = path / "unimer.jsonl" if path.is_dir() else path
    if not jsonl.is_file():
        raise InputError("no Uni-MER file there", path=jsonl)
    chosen = _choose(jsonl, count, task)
    if not chosen:
        raise InputError("the file has no such sample" if task else "the file has no samples", path=jsonl)
    for sample in chosen:
        console.rule(f"{sample.id}  ({sample.split})")
        for message in sample.messages:
            for part in message.content:
                if part.text is not None:
                    console.print(f"{message.role.upper()}: {part.text}\n")
        for verdict in sample.evidence.aus:
            seen = f"; seen: {verdict.observed}" if verdict.observed else ""
            console.print(
                f"  AU{verdict.au} {verdict.name} ({verdict.side}, {verdict.source}): {verdict.verdict.upper()}"
                f" — expected: {verdict.expected}{seen}"
            )
        console.print(f"  pictures: {', '.join(sample.images)}")


def _choose(jsonl: Path, count: int, task: str | None) -> list[Sample]:
    """The first sample of each clip in turn; more of the same clips where there are fewer clips than ``count``."""
    firsts: list[Sample] = []
    rest: list[Sample] = []
    seen: set[str] = set()
    for sample in read_jsonl(jsonl, Sample):
        if task is not None and sample.task != task:
            continue
        if sample.clip_id not in seen:
            seen.add(sample.clip_id)
            firsts.append(sample)
            if len(firsts) == count:
                break
        elif len(rest) < count:
            rest.append(sample)
    return (firsts + rest)[:count]
