"""The writing stage: a model answers the composer's questions, clip by clip; what passes takes the composer's place.

Every clip leaves a cache entry, so a build that was stopped goes on where it was; every answer is in the request log
before it is used, so nothing is asked or paid twice.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from unimer.errors import Stopped
from unimer.files import write_text
from unimer.llm.answers import Answer
from unimer.llm.duplicates import Seen
from unimer.llm.engine import Counters, Engine, Unanswered
from unimer.llm.judge import Judged, judge
from unimer.llm.prompt import PROMPT_VERSION, first_messages, repair_messages, schema
from unimer.records import Reason, Rejection, Sample
from unimer.settings import WRITER_RUN, BuildSettings, WriterSettings, portable_model
from unimer.stages import WORK, KeyedEntry, TextEntry, entry_path, load_entry

LOG = f"{WORK}/llm/requests.jsonl"
STAGE = "written"


class Written(KeyedEntry):
    """Cache entry of one clip.

    Attributes:
        accepted: samples whose answer a model wrote, by the id of the composer's sample that they may replace.
        attempts: drafts asked for, by the same id; also where none passed.
        rejections: refused drafts.
        tokens_in, tokens_out: of all drafts.
    """

    accepted: dict[str, Sample] = {}
    attempts: dict[str, int] = {}
    rejections: list[Rejection] = []
    tokens_in: int = 0
    tokens_out: int = 0


@dataclass
class Progress:
    """How far the writing is; handed to the caller's ``report`` after each clip. ``cached`` clips were done before."""

    done: int = 0
    total: int = 0
    cached: int = 0
    started: float = field(default_factory=time.monotonic)
    accepted: int = 0
    repaired: int = 0
    failed: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    counters: Counters = field(default_factory=Counters)
    notes: list[str] = field(default_factory=list)

    def add(self, written: Written) -> None:
        """Counts a clip."""
        self.done += 1
        self.accepted += len(written.accepted)
        self.repaired += sum(written.attempts[name] > 1 for name in written.accepted)
        self.failed += len(written.attempts) - len(written.accepted)
        self.reasons.update(reason.code for each in written.rejections for reason in each.reasons)


def written_key(text: TextEntry, writer: WriterSettings) -> str:
    """Hash of all that a clip's written texts depend on, the model's answers apart."""
    parts = [text.key, PROMPT_VERSION, writer.model_dump(mode="json", exclude=set(WRITER_RUN))]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def seed_of(seed: int, sample_id: str) -> int:
    """The seed that goes with a sample's requests, 31 bits."""
    return int.from_bytes(hashlib.sha256(f"{seed}\n{sample_id}".encode()).digest()[:4], "big") >> 1


def prompt_sha256(messages: list[dict[str, Any]]) -> str:
    """Identifies a prompt in records."""
    return hashlib.sha256(json.dumps(messages, sort_keys=True).encode()).hexdigest()


def named(answer: Answer, writer: WriterSettings) -> Answer:
    """The answer with the model's name from the settings: servers call a model by the folder it lies in, or otherwise
    on another day, and neither belongs into records."""
    return answer.model_copy(update={"model": portable_model(writer.model)})


def asked(text: TextEntry, writer: WriterSettings) -> list[Sample]:
    """The composer's samples whose question the model gets."""
    return [sample for sample in text.samples if sample.task in writer.tasks]


class Drafts:
    """The drafts of one sample: the first, then a repair for each that is refused, until one passes or none is left.

    Attributes:
        open: whether another draft is to be asked for.
        attempt: its number, from 1.
        messages: its prompt.
    """

    def __init__(self, sample: Sample, seed: int, writer: WriterSettings, out: Path) -> None:
        self.open, self.attempt = True, 1
        self.messages = first_messages(sample, writer.pictures, out)
        self._schema, self._seed, self._most = schema(sample.task), seed_of(seed, sample.id), writer.repairs + 1

    def request(self) -> tuple[list[dict[str, Any]], dict[str, Any], int]:
        """Messages, schema and seed of the next draft."""
        return self.messages, self._schema, self._seed

    def take(self, answer: Answer, judged: Judged) -> None:
        """Notes what became of the draft that was asked for."""
        self.open = judged.sample is None and answer.outcome != "refused" and self.attempt < self._most
        if self.open:
            assert judged.rejection is not None
            self.messages = repair_messages(self.messages, answer.text, judged.rejection.reasons)
            self.attempt += 1


def write_all(
    clip_ids: Sequence[str],
    settings: BuildSettings,
    out: Path,
    workers: int = 1,
    report: Callable[[Progress], None] = lambda _: None,
) -> Progress:
    """Lets the model write for every clip that has no written entry yet; where all have one no server is needed.

    Args:
        clip_ids: clips whose text entry is on disk.
        settings: a recipe with a writer.
        out: the build folder.
        workers: processes that judge answers.
        report: called after each clip, and once before the first.

    Raises:
        Stopped: budget used up, server gone, key wrong, or requests left without an answer; run again to go on.
        InputError: the server or the settings cannot be used.
        OutputError: the disk is full.
    """
    writer = settings.writer
    assert writer is not None
    progress = Progress(total=len(clip_ids))
    missing = []
    for clip_id in clip_ids:
        written = load_written(out, clip_id, writer)
        if written is None:
            missing.append(clip_id)
        else:
            progress.add(written)
            progress.cached += 1
    report(progress)
    if missing:
        with _judges(workers) as pool:
            asyncio.run(_write_missing(missing, settings, writer, out, pool, progress, report))
    return progress


def load_written(out: Path, clip_id: str, writer: WriterSettings) -> Written | None:
    """The written entry of a clip, None where it is missing or out of date."""
    text = TextEntry.model_validate_json(entry_path(out, "text", clip_id).read_bytes())
    return load_entry(entry_path(out, STAGE, clip_id), Written, written_key(text, writer))


def _judges(workers: int) -> AbstractContextManager[Executor | None]:
    if workers <= 1:
        return nullcontext()
    return ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=judge_worker)


def judge_worker() -> None:
    """What a process that judges does first."""
    from unimer.workers import start_worker

    start_worker()


async def _write_missing(
    clip_ids: list[str],
    settings: BuildSettings,
    writer: WriterSettings,
    out: Path,
    pool: Executor | None,
    progress: Progress,
    report: Callable[[Progress], None],
) -> None:
    async with Engine(writer, out / LOG) as engine:
        progress.notes, progress.counters = engine.probe.notes, engine.counters
        report(progress)
        todo = iter(clip_ids)
        open_clips: list[str] = []

        async def work() -> None:
            for clip_id in todo:
                try:
                    written = await _write_clip(engine, clip_id, settings, writer, out, pool)
                except Unanswered:
                    open_clips.append(clip_id)
                    continue
                write_text(entry_path(out, STAGE, clip_id), written.model_dump_json())
                progress.add(written)
                report(progress)

        # A few more than requests: while one is judged, another is asked.
        async with _all_or_none(work() for _ in range(min(writer.concurrency * 5 // 4 + 1, len(clip_ids)))):
            pass
        if open_clips:
            lines = "\n  ".join(engine.counters.errors())
            raise Stopped(
                f"{len(open_clips)} clips are left without an answer:\n  {lines}",
                "run the same command again: it goes on from here",
            )


@asynccontextmanager
async def _all_or_none(coroutines: Iterator[Any]) -> AsyncIterator[None]:
    """Waits for all; the first that fails cancels the others and is raised itself, not in a group."""
    try:
        async with asyncio.TaskGroup() as group:
            for coroutine in coroutines:
                group.create_task(coroutine)
            yield
    except* Exception as errors:
        raise errors.exceptions[0] from None


async def _write_clip(
    engine: Engine,
    clip_id: str,
    settings: BuildSettings,
    writer: WriterSettings,
    out: Path,
    pool: Executor | None,
) -> Written:
    text = TextEntry.model_validate_json(entry_path(out, "text", clip_id).read_bytes())
    accepted: dict[str, Sample] = {}
    attempts: dict[str, int] = {}
    refused: list[Rejection] = []
    tokens = [0, 0]
    for sample in asked(text, writer):
        drafts = Drafts(sample, settings.seed, writer, out)
        while drafts.open:
            answer = named(await engine.ask(*drafts.request()), writer)
            attempts[sample.id] = drafts.attempt
            tokens[0] += answer.tokens_in
            tokens[1] += answer.tokens_out
            judged = await _judged(pool, sample, answer, drafts.attempt, prompt_sha256(drafts.messages))
            drafts.take(answer, judged)
            if judged.sample is not None:
                accepted[sample.id] = judged.sample
            if judged.rejection is not None:
                refused.append(judged.rejection)
    return Written(
        key=written_key(text, writer),
        accepted=accepted,
        attempts=attempts,
        rejections=refused,
        tokens_in=tokens[0],
        tokens_out=tokens[1],
    )


async def _judged(pool: Executor | None, *arguments: Any) -> Judged:
    if pool is None:
        return judge(*arguments)
    return await asyncio.get_running_loop().run_in_executor(pool, judge, *arguments)


# --- assembling ------------------------------------------------------------------------------------------------------


def choose(
    text: TextEntry, written: Written, writer: WriterSettings, seen: Seen
) -> tuple[list[Sample], list[Rejection]]:
    """A clip's final samples and rejections: the model's text where it passed and is not too like an earlier one.

    Called for all clips in the order of their ids, since ``seen`` remembers.
    """
    samples, rejections = [], [*text.rejections, *written.rejections]
    for sample in text.samples:
        if sample.id not in written.attempts:
            samples.append(sample)
            continue
        draft = written.accepted.get(sample.id)
        if draft is not None:
            like = seen.similar(_answer(draft), sample.id)
            if like is None:
                samples.append(draft)
                continue
            rejections.append(_too_like(draft, like))
        if writer.otherwise == "composer":
            stands_in = sample.provenance.model_copy(update={"stands_in": True})
            samples.append(sample.model_copy(update={"provenance": stands_in}))
    return samples, rejections


def _answer(sample: Sample) -> str:
    return "\n".join(part.text or "" for part in sample.messages[-1].content)


def _too_like(draft: Sample, like: str) -> Rejection:
    return Rejection(
        id=draft.id,
        clip_id=draft.clip_id,
        corpus=draft.corpus,
        subject=draft.subject,
        stage="text",
        reasons=[Reason(code="llm.duplicate", message=f"nearly the same text as {like}")],
        sample=draft,
    )
