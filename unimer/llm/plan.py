"""What a language model's part of a build will take, before it is spent: requests, tokens, cost, time, with ranges.

The number of requests is known only after measuring. Clips that the build folder holds already count exactly; of the
others a seeded sample is measured and stands for all. With a probe a few clips are written for good, by the very
stage that the build runs: their answers are in the request log and are not paid for again.
"""

from __future__ import annotations

import hashlib
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from unimer import stages
from unimer.build import build_folder, read_jobs
from unimer.errors import InputError, SettingsError
from unimer.llm.client import estimate_tokens, text_tokens
from unimer.llm.plan_ranges import Clip, Left, Range, Seen, ranges
from unimer.llm.prompt import first_messages, schema
from unimer.llm.write import Written, asked, load_written, write_all
from unimer.proportions import Estimate, wilson
from unimer.records import Reason, Record, Sample
from unimer.settings import BuildSettings, WriterSettings
from unimer.stages import MotionEntry, TextEntry, entry_path, load_entry
from unimer.text.check import answer_text
from unimer.workers import Job, process


class Prompt(Record):
    """A request as it would be sent first; pictures are named by their size only. ``tokens`` is an estimate."""

    sample: str
    task: str
    tokens: int
    messages: list[dict[str, Any]]


class RefusedDraft(Record):
    """A draft that did not pass. ``answer``: as the model gave it."""

    attempt: int
    reasons: list[Reason]
    answer: str


class Probed(Record):
    """What a real answer became. ``text``: the answer that would stand in the dataset, None where none passed."""

    sample: str
    task: str
    attempts: int
    text: str | None
    refused: list[RefusedDraft]


class Plan(Record):
    """What is left to be asked, and what it will take.

    Attributes:
        clips: of the recipe.
        measured: of these the estimate rests on; where it is all of them the number of first requests is exact.
        written: clips whose texts are written and paid already, those of the probe among them.
        first: first requests that are left, one a text.
        requests: all requests that are left, with repairs.
        cost: in the currency of the prices; None without prices.
        seconds: None where nothing tells how fast the server is.
        passed: of the texts of the probe, those with a draft that passed.
        notes: one sentence each.
    """

    clips: int
    measured: int
    written: int
    first: Range
    requests: Range
    tokens_in: Range
    tokens_out: Range
    cost: Range | None
    seconds: Range | None
    passed: Estimate
    prompts: list[Prompt]
    probed: list[Probed]
    notes: list[str]


@dataclass(frozen=True)
class _Measured:
    """A clip whose text entry lies in ``folder``."""

    job: Job
    text: TextEntry
    folder: Path


def plan(
    settings: BuildSettings,
    out: Path | None = None,
    clips: int = 24,
    probe: int = 0,
    workers: int = 1,
    report: Callable[[int, int], None] = lambda *_: None,
) -> Plan:
    """Plans the language model's part of a build.

    Args:
        settings: a recipe with a writer.
        out: the build folder, where there is one or will be; what is measured or answered here is not done again by
            the build. A finished build is left as it is.
        clips: how many clips are measured, at most, besides those that the folder holds.
        probe: for how many clips the model is really asked.
        workers: processes that measure.
        report: called with clips measured and to be measured.

    Raises:
        SettingsError: no writer, or a probe without a folder.
        InputError: a corpus or the server cannot be used, or there is nothing to probe.
        Stopped: the probe was stopped (budget, server, key); the same call goes on.
    """
    writer = settings.writer
    if writer is None:
        raise SettingsError("the recipe has no writer", remedy="see docs/writer.md")
    if probe and out is None:
        raise SettingsError("--probe needs --out", remedy="the answers are kept there, so that they are paid once")
    stages.preflight(settings)
    _, jobs = read_jobs(settings)
    with _folders(out) as (kept, spare):
        known = list(_known(jobs, settings, kept))
        drawn = _drawn(jobs, known, clips, settings.seed)
        for number, _ in enumerate(process(drawn, settings, spare, workers), 1):
            report(number, len(drawn))
        sampled = [_Measured(job, _text(spare, job), spare) for job in drawn]
        seen, probed = Seen(), list[Probed]()
        if probe and out is not None:
            probed, seen = _probe([*known, *sampled], settings, writer, out, probe, workers)
        done = {m.job.clip.id for m in [*known, *sampled] if out and _written(m, out, writer) is not None}
        weighed = [[_clip(m, writer, m.job.clip.id in done) for m in group] for group in (known, sampled)]
        left = Left(weighed[0], weighed[1], len(jobs) - len(known))
        prompts = _prompts([*known, *sampled], writer)
    found = ranges(left, seen, writer)
    return Plan(
        clips=len(jobs),
        measured=len(known) + len(sampled),
        written=len(done),
        **found,
        passed=_passed(probed),
        prompts=prompts,
        probed=probed,
        notes=list(_notes(found, writer, seen, left)),
    )


# --- measuring -------------------------------------------------------------------------------------------------------


@contextmanager
def _folders(out: Path | None) -> Iterator[tuple[Path | None, Path]]:
    """The build folder, and where clips are measured: there, but in a passing folder where the build is finished."""
    with tempfile.TemporaryDirectory(prefix="unimer-plan-") as passing:
        if out is None:
            yield None, Path(passing)
            return
        with build_folder(out):
            finished = (out / "manifest.json").is_file()
            yield out, Path(passing) if finished else out


def _known(jobs: list[Job], settings: BuildSettings, folder: Path | None) -> Iterator[_Measured]:
    """Clips that the folder holds as the recipe wants them."""
    for job in jobs if folder is not None else []:
        assert folder is not None
        motion_path = entry_path(folder, "motion", job.clip.id)
        if not motion_path.is_file():
            continue
        key = stages.motion_key(job.clip, job.root, settings, job.missing_apex)
        motion = load_entry(motion_path, MotionEntry, key)
        if motion is None:
            continue
        text_key = stages.text_key(job.clip, motion, job.split, settings)
        text = load_entry(entry_path(folder, "text", job.clip.id), TextEntry, text_key)
        if text is not None:
            yield _Measured(job, text, folder)


def _drawn(jobs: list[Job], known: list[_Measured], clips: int, seed: int) -> list[Job]:
    """A seeded sample of the clips that are not known."""
    have = {m.job.clip.id for m in known}
    rest = [job for job in jobs if job.clip.id not in have]
    return sorted(sorted(rest, key=lambda job: _rank(seed, job))[:clips], key=lambda job: job.clip.id)


def _rank(seed: int, job: Job) -> bytes:
    return hashlib.sha256(f"plan/{seed}/{job.clip.id}".encode()).digest()


def _text(folder: Path, job: Job) -> TextEntry:
    return TextEntry.model_validate_json(entry_path(folder, "text", job.clip.id).read_bytes())


def _written(clip: _Measured, out: Path, writer: WriterSettings) -> Written | None:
    """The clip's written texts, None where the build still has to ask for them."""
    return load_written(out, clip.job.clip.id, writer) if clip.folder == out else None


def _clip(clip: _Measured, writer: WriterSettings, done: bool) -> Clip:
    """What the clip's first requests take; nothing where they are done."""
    samples = [] if done else asked(clip.text, writer)
    return Clip(
        asks=len(samples),
        tokens_in=sum(_tokens(sample, _messages(sample, writer, clip.folder)) for sample in samples),
        composed=sum(text_tokens(answer_text(sample)) for sample in samples),
    )


def _messages(sample: Sample, writer: WriterSettings, folder: Path) -> list[dict[str, Any]]:
    return first_messages(sample, writer.pictures, folder)


def _tokens(sample: Sample, messages: list[dict[str, Any]]) -> int:
    """The schema counts the same whether it is sent as such or in words."""
    return estimate_tokens({"messages": messages, "response_format": {"json_schema": schema(sample.task)}})


def _prompts(clips: list[_Measured], writer: WriterSettings) -> list[Prompt]:
    """The first request of each task."""
    found: dict[str, Prompt] = {}
    for clip in clips:
        for sample in asked(clip.text, writer):
            if sample.task not in found:
                messages = _messages(sample, writer, clip.folder)
                shown = [message | {"content": _without_pictures(message["content"])} for message in messages]
                tokens = _tokens(sample, messages)
                found[sample.task] = Prompt(sample=sample.id, task=sample.task, tokens=tokens, messages=shown)
        if len(found) == len(writer.tasks):
            break
    return [found[task] for task in sorted(found)]


def _without_pictures(content: str | list[dict[str, Any]]) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(
        part["text"] if part["type"] == "text" else f"[picture, {len(part['image_url']['url']) // 1000} kB]"
        for part in content
    )


# --- probing ---------------------------------------------------------------------------------------------------------


def _probe(
    clips: list[_Measured], settings: BuildSettings, writer: WriterSettings, out: Path, count: int, workers: int
) -> tuple[list[Probed], Seen]:
    """Lets the model write for some clips, as the build will."""
    ours = [clip for clip in clips if clip.folder == out and asked(clip.text, writer)]
    if not ours:
        text = "there is no clip that the model could be asked about: none is grounded, or the build here is of others"
        raise InputError(text, path=out, remedy="choose another --out, or more --clips")
    chosen = sorted(ours, key=lambda clip: _rank(settings.seed, clip.job))[:count]
    names = sorted(clip.job.clip.id for clip in chosen)
    began = time.monotonic()
    progress = write_all(names, settings, out, workers)
    elapsed = time.monotonic() - began
    probed: list[Probed] = []
    seen = Seen()
    for clip in chosen:
        written = load_written(out, clip.job.clip.id, writer)
        assert written is not None
        attempts = sum(written.attempts.values())
        seen.clips.append((len(written.attempts), attempts, written.tokens_in, written.tokens_out))
        probed += _results(clip, written)
    if progress.counters.asked:
        lanes = min(writer.concurrency, len(chosen) - progress.cached)
        seen.latency = elapsed * lanes / progress.counters.asked
    return probed, seen


def _results(clip: _Measured, written: Written) -> list[Probed]:
    return [
        Probed(
            sample=sample.id,
            task=sample.task,
            attempts=written.attempts[sample.id],
            text=answer_text(written.accepted[sample.id]) if sample.id in written.accepted else None,
            refused=[
                RefusedDraft(attempt=each.draft.attempt, reasons=each.reasons, answer=each.draft.answer)
                for each in written.rejections
                if each.id == sample.id and each.draft is not None
            ],
        )
        for sample in clip.text.samples
        if sample.id in written.attempts
    ]


def _passed(probed: list[Probed]) -> Estimate:
    if not probed:
        return Estimate()
    return wilson(sum(each.text is not None for each in probed) / len(probed), len(probed)).rounded()


# --- what to say -----------------------------------------------------------------------------------------------------


def _notes(found: dict[str, Any], writer: WriterSettings, seen: Seen, left: Left) -> Iterator[str]:
    if left.exact:
        yield "every clip is measured: the number of first requests is exact"
    else:
        yield f"extrapolated from {len(left.sample)} of {left.unknown} clips that are not measured yet"
    if not seen.clips:
        yield (
            "nothing was asked: ranges go from no repair and answers as short as the composer's to all repairs and "
            "the longest answers; --probe N narrows them"
        )
    if found["cost"] is None:
        yield "no cost without writer.price_in and writer.price_out"
    if found["seconds"] is None:
        yield "how fast the server is tells only --probe N"
    limits = {"requests": writer.max_requests, "cost": writer.max_cost}
    spans: dict[str, Range | None] = {name: found[name] for name in limits}
    if writer.max_tokens is not None:
        limits["tokens"] = writer.max_tokens
        spans["tokens"] = found["tokens_in"].plus(found["tokens_out"])
    for name, limit in limits.items():
        span = spans[name]
        if limit is not None and span is not None and span.high > limit:
            sure = "will" if span.low > limit else "may"
            yield f"writer.max_{name} ({limit:g}) {sure} stop the build before its end; run it again to go on"
