"""Processes that measure and compose clips, one clip after another, and outlive a crash of one of them."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, ThreadPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path

from unimer import stages
from unimer.files import write_text
from unimer.records import Clip, Reason, Split
from unimer.settings import BuildSettings, MissingApex
from unimer.stages import Done, MotionEntry, entry_path

MANY = 100
"""From this many clips on a process writes: it takes seconds to start, but needs no lock of this interpreter's."""
AHEAD = 2
"""Clips that may wait to be written; each holds its arrays in memory."""
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True)
class Job:
    """One clip and what its worker needs to know."""

    clip: Clip
    root: Path
    split: Split
    missing_apex: MissingApex


def process(jobs: list[Job], settings: BuildSettings, out: Path, workers: int) -> Iterator[Done]:
    """Measures and composes every clip that is not done already, into the cache of a build folder."""
    if workers <= 1:
        yield from _run_here(jobs, settings, out)
        return
    for name in THREADS:
        os.environ.setdefault(name, "1")
    todo = list(reversed(jobs))
    crashed: list[Job] = []
    while todo:
        running: dict[Future[Done], Job] = {}
        try:
            with _pool(workers) as pool:
                while todo or running:
                    while todo and len(running) < 2 * workers:
                        job = todo.pop()
                        running[pool.submit(_process, job, settings, out)] = job
                    ready, _ = wait(running, return_when=FIRST_COMPLETED)
                    for future in ready:
                        done = future.result()
                        del running[future]
                        yield done
        except BrokenProcessPool:
            crashed.extend(running.values())
    for job in crashed:  # one of these killed a worker: each alone, so that only the guilty one is refused
        try:
            with _pool(1) as pool:
                yield pool.submit(_process, job, settings, out).result()
        except BrokenProcessPool:
            yield _crash(job, settings, out)


def _run_here(jobs: list[Job], settings: BuildSettings, out: Path) -> Iterator[Done]:
    """In this process; a thread, or with many clips another process, writes one clip while the next is measured."""
    _quiet_threads()
    with ThreadPoolExecutor(1) if len(jobs) < MANY else _pool(1) as writer:
        pending: deque[Future[Done]] = deque()
        for job in jobs:
            begun = stages.begin(job.clip, job.root, settings, out, job.missing_apex)
            pending.append(writer.submit(stages.finish, begun, job.clip, job.split, settings, out))
            if len(pending) > AHEAD:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()


def _pool(workers: int) -> ProcessPoolExecutor:
    # spawn: MediaPipe's threads do not survive a fork
    return ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn"), initializer=start_worker)


def start_worker() -> None:
    """What a worker does first: leave Ctrl-C to the parent, use one thread, and end when the parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _quiet_threads()


def _end_with_parent() -> None:
    # A pool's workers wait for ever for a parent that was killed: each holds the others' end of the pipe open.
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _quiet_threads() -> None:
    import cv2

    cv2.setNumThreads(1)


def _process(job: Job, settings: BuildSettings, out: Path) -> Done:
    begun = stages.begin(job.clip, job.root, settings, out, job.missing_apex)
    return stages.finish(begun, job.clip, job.split, settings, out)


def _crash(job: Job, settings: BuildSettings, out: Path) -> Done:
    """Notes a clip whose processing killed the worker (out of memory, a crash inside a native library)."""
    reason = Reason(code="worker.crashed", message="the process that worked on this clip died")
    key = stages.motion_key(job.clip, job.root, settings, job.missing_apex)
    entry = MotionEntry(key=key, stage="motion", reason=reason)
    write_text(entry_path(out, "motion", job.clip.id), entry.model_dump_json())
    text_key = stages.text_key(job.clip, entry, job.split, settings)
    written = stages.write(job.clip, entry, job.split, settings, text_key)
    write_text(entry_path(out, "text", job.clip.id), written.model_dump_json())
    return Done(clip_id=job.clip.id, redone=["motion", "text"])
