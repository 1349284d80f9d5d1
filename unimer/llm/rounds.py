"""Which requests of a build are open, told from the request log: first drafts, then repairs of failed ones.

It follows ``unimer.llm.write`` request by request, so a build finds every answer in the log that was asked for here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from unimer.llm.answers import Ask
from unimer.llm.judge import judge
from unimer.llm.log import RequestLog
from unimer.llm.write import Drafts, asked, load_written, named, prompt_sha256
from unimer.records import Sample
from unimer.settings import BuildSettings, WriterSettings
from unimer.stages import TextEntry, entry_path

AskFor = Callable[[list[dict[str, Any]], dict[str, Any], int], Ask]
"""``Engine.ask_for``: messages, schema and seed to the request."""


def open_asks(
    clip_ids: Sequence[str], settings: BuildSettings, out: Path, ask_for: AskFor, log: RequestLog
) -> Iterator[Ask]:
    """The next request of every sample that needs one, in the order of the clips.

    Args:
        clip_ids: clips whose text entry is on disk.
        settings: a recipe with a writer.
        out: the build folder.
        ask_for: makes the request.
        log: answers so far.
    """
    writer = settings.writer
    assert writer is not None
    for clip_id in clip_ids:
        if load_written(out, clip_id, writer) is not None:
            continue
        text = TextEntry.model_validate_json(entry_path(out, "text", clip_id).read_bytes())
        for sample in asked(text, writer):
            ask = next_ask(sample, settings.seed, writer, out, ask_for, log)
            if ask is not None:
                yield ask


def next_ask(
    sample: Sample, seed: int, writer: WriterSettings, out: Path, ask_for: AskFor, log: RequestLog
) -> Ask | None:
    """The request whose answer the sample needs next; None where it is accepted, or has failed for good."""
    drafts = Drafts(sample, seed, writer, out)
    while drafts.open:
        ask = ask_for(*drafts.request())
        answer = log.get(ask.key)
        if answer is None:
            return ask
        drafts.take(answer, judge(sample, named(answer, writer), drafts.attempt, prompt_sha256(drafts.messages)))
    return None
