"""Builds a Uni-MER folder: reads corpora, processes clip by clip with workers, assembles the files. Resumable."""

from __future__ import annotations

import fcntl
import hashlib
import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from unimer import __version__, balance, stages
from unimer.card import read_card, write_card
from unimer.corpora import Corpus, read
from unimer.errors import OutputError, SettingsError
from unimer.files import PART, JsonlWriter, output_errors, sha256_file, write_text
from unimer.records import (
    ClipRecord,
    Manifest,
    SourceInfo,
)
from unimer.settings import WRITER_RUN, BuildSettings, CorpusSettings, portable_model
from unimer.splits import assign
from unimer.stages import MotionEntry, TextEntry, entry_path, media_folder
from unimer.tally import Tally
from unimer.workers import Job, process


@dataclass(frozen=True)
class Progress:
    """How far a build is; handed to the caller's ``report`` after each clip."""

    done: int
    total: int
    reused: int
    clip_id: str


@dataclass(frozen=True)
class BuildResult:
    """``manifest`` as written; ``redone`` counts the clips for which a stage had to run."""

    manifest: Manifest
    redone: dict[str, int]


def build(
    settings: BuildSettings,
    out: Path,
    workers: int = 1,
    report: Callable[[Progress], None] = lambda _: None,
    report_writing: Callable[[Any], None] = lambda _: None,
) -> BuildResult:
    """Builds or resumes a build folder.

    The same input, settings and seed give byte-identical files, whatever ``workers`` and however often the build was
    interrupted. A changed setting or source file re-does the stages that depend on it.

    Args:
        settings: a whole recipe.
        out: the build folder; created, or resumed where it is one already.
        workers: processes.
        report: called in this process after each clip.
        report_writing: called with a ``unimer.llm.write.Progress`` where a language model writes.

    Raises:
        InputError: a corpus cannot be read; nothing is written then.
        OutputError: the folder cannot be written, belongs to something else, or another build is running in it.
        Stopped: the language model's part stopped early (budget, server gone); the same call goes on.
    """
    stages.preflight(settings)
    corpora, jobs = read_jobs(settings)
    with build_folder(out):
        (out / "manifest.json").unlink(missing_ok=True)  # its presence says that the folder is whole
        redone: Counter[str] = Counter()
        reused = 0
        for number, done in enumerate(process(jobs, settings, out, workers), 1):
            redone.update(done.redone)
            reused += not done.redone
            report(Progress(number, len(jobs), reused, done.clip_id))
        if settings.writer is not None:
            from unimer.llm.write import write_all  # the openai package takes half a second to import

            write_all([job.clip.id for job in jobs], settings, out, workers, report_writing)
        return BuildResult(_assemble(settings, corpora, jobs, out), dict(redone))


def read_jobs(settings: BuildSettings) -> tuple[list[Corpus], list[Job]]:
    """The corpora of a recipe and all that is to be done, in the order of clip ids.

    Raises:
        InputError: a corpus cannot be read.
    """
    corpora = _read_all(settings)
    splits = assign((c.person for corpus in corpora for c in corpus.clips), settings.splits, settings.seed)
    jobs = [
        Job(clip, corpus.root, splits[clip.person], each.missing_apex)
        for each, corpus in zip(settings.corpora, corpora, strict=True)
        for clip in corpus.clips
    ]
    return corpora, sorted(jobs, key=lambda job: job.clip.id)


def _read_all(settings: BuildSettings) -> list[Corpus]:
    corpora = [read(each) for each in settings.corpora]
    names = Counter(corpus.name for corpus in corpora)
    twice = [name for name, n in names.items() if n > 1]
    if twice:
        raise SettingsError(
            f"two corpora are called '{twice[0]}'", remedy="give one of them another name (corpora.N.name)"
        )
    return corpora


@contextmanager
def build_folder(out: Path) -> Iterator[None]:
    """Makes the build folder and holds its lock.

    Raises:
        OutputError: it cannot be written, belongs to something else, or another build is running in it.
    """
    if out.exists() and not out.is_dir():
        raise OutputError(f"{out}: a file is in the way; choose another --out")
    if (
        out.is_dir()
        and any(out.iterdir())
        and not (out / stages.WORK).is_dir()
        and not (out / "manifest.json").is_file()
    ):
        raise OutputError(f"{out}: the folder is not empty and no Uni-MER build; choose another --out")
    with output_errors(out):
        (out / stages.WORK).mkdir(parents=True, exist_ok=True)
        lock = (out / stages.WORK / "lock").open("w")
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise OutputError(f"{out}: another build is running in this folder") from error
        yield


# --- assembling ------------------------------------------------------------------------------------------------------


def _entries(jobs: list[Job], out: Path) -> Iterator[tuple[Job, MotionEntry, TextEntry]]:
    """The cached results in the order of clip ids, one at a time."""
    for job in jobs:
        motion = MotionEntry.model_validate_json(entry_path(out, "motion", job.clip.id).read_bytes())
        text = TextEntry.model_validate_json(entry_path(out, "text", job.clip.id).read_bytes())
        yield job, motion, text


def _texts(
    jobs: list[Job], settings: BuildSettings, out: Path, writing: Counter[str]
) -> Iterator[tuple[Job, MotionEntry, TextEntry]]:
    """The entries with the language model's texts in place of the composer's; counts them."""
    if settings.writer is None:
        yield from _entries(jobs, out)
        return
    from unimer.llm.duplicates import Seen
    from unimer.llm.write import choose, load_written

    seen = Seen(settings.writer.duplicates)
    for job, motion, text in _entries(jobs, out):
        written = load_written(out, job.clip.id, settings.writer)
        assert written is not None
        samples, rejections = choose(text, written, settings.writer, seen)
        writing["drafts"] += sum(written.attempts.values())
        writing["passed at once"] += sum(written.attempts[name] == 1 for name in written.accepted)
        writing["passed after repair"] += sum(written.attempts[name] > 1 for name in written.accepted)
        writing["composer stands in"] += sum(sample.provenance.stands_in for sample in samples)
        writing["tokens in"] += written.tokens_in
        writing["tokens out"] += written.tokens_out
        yield job, motion, text.model_copy(update={"samples": samples, "rejections": rejections})


def _balanced(
    jobs: list[Job], settings: BuildSettings, out: Path, writing: Counter[str]
) -> Iterator[tuple[Job, MotionEntry, TextEntry]]:
    """The entries with as many samples of each task as ``text.balance`` allows; reads all entries once before."""
    if settings.text.balance is None:
        yield from _texts(jobs, settings, out, writing)
        return
    everything = (sample for _, _, text in _texts(jobs, settings, out, Counter()) for sample in text.samples)
    quota = balance.quotas(everything, settings.text.balance, settings.seed)
    for job, motion, text in _texts(jobs, settings, out, writing):
        samples, dropped = balance.apply(text.samples, quota, settings.seed)
        yield job, motion, text.model_copy(update={"samples": samples, "rejections": [*text.rejections, *dropped]})


def _assemble(settings: BuildSettings, corpora: list[Corpus], jobs: list[Job], out: Path) -> Manifest:
    """Writes the JSONL files, card and report, and last the manifest; streams, so memory does not grow with clips."""
    from unimer.report import write_report

    _sweep(jobs, out)
    tally, files, writing = Tally(), dict[str, str](), Counter[str]()
    with (
        JsonlWriter(out / "unimer.jsonl") as samples,
        JsonlWriter(out / "rejected.jsonl") as rejected,
        JsonlWriter(out / "clips.jsonl") as clips,
    ):
        unread = sorted((r for corpus in corpora for r in corpus.rejections), key=lambda r: r.id)
        for rejection in unread:
            tally.rejection(rejection)
            rejected.write(rejection)
        for job, motion, text in _balanced(jobs, settings, out, writing):
            for sample in text.samples:
                tally.sample(sample)
                samples.write(sample)
            for rejection in text.rejections:
                tally.rejection(rejection)
                rejected.write(rejection)
            record = ClipRecord(
                clip=job.clip, labels=text.labels, motion=motion.motion, evidence=text.evidence, split=job.split
            )
            tally.clip(record)
            clips.write(record)
            files.update(motion.files)
    files.update({writer.path.name: writer.sha256 for writer in (samples, rejected, clips)})
    shown = portable(settings)
    manifest = Manifest(
        unimer=__version__,
        settings=shown,
        settings_sha256=hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest(),
        versions=stages.versions(),
        sources=[_source(each, corpus) for each, corpus in zip(settings.corpora, corpora, strict=True)],
        verdicts=tally.verdicts(),
        writing=dict(writing),
        files={},
        **tally.fields(),
    )
    for name, writer in (("README.md", write_card), ("report.html", write_report)):
        writer(out, manifest)
        files[name] = sha256_file(out / name)
    manifest = manifest.model_copy(update={"files": dict(sorted(files.items()))})
    write_text(out / "manifest.json", manifest.model_dump_json(indent=1) + "\n")
    return manifest


def portable(settings: BuildSettings) -> dict[str, Any]:
    """The settings as the manifest keeps them: paths cut to their last part, which tells a stranger enough."""
    tree = settings.model_dump(mode="json")
    for holder, key in [(tree["faces"], "model"), (tree["aus"], "table")]:
        holder[key] = holder[key] and Path(holder[key]).name
    if tree["writer"] is not None:
        # How the asking is run changes nothing in the files, and a server's address is nobody's business.
        for key in WRITER_RUN - {"otherwise", "duplicates"}:
            del tree["writer"][key]
        tree["writer"]["model"] = portable_model(tree["writer"]["model"])
    for corpus in tree["corpora"]:
        for key in ("root", "annotations"):
            corpus[key] = corpus[key] and Path(corpus[key]).resolve().name
    return tree


def _source(settings: CorpusSettings, corpus: Corpus) -> SourceInfo:
    card = read_card(settings.corpus, corpus.root)
    return SourceInfo(
        corpus=corpus.name,
        clips=len(corpus.clips),
        subjects=len({clip.subject for clip in corpus.clips}),
        annotations=corpus.annotations,
        **card,
    )


def _sweep(jobs: list[Job], out: Path) -> None:
    """Removes what earlier runs left and this one does not use: parts, entries and media of clips that are gone."""
    for stage in ("motion", "text", "written"):
        wanted = {entry_path(out, stage, job.clip.id) for job in jobs}
        for path in sorted((out / stages.WORK / stage).rglob("*.json*")):
            if path not in wanted:
                path.unlink()
    folders = {media_folder(out, job.clip.id) for job in jobs}
    keep = folders | {parent for folder in folders for parent in folder.parents}
    media = out / "media"
    if media.is_dir():
        for path in sorted((p for p in media.rglob("*") if p.is_dir()), reverse=True):
            if path.is_dir() and path not in keep:
                shutil.rmtree(path)
        for path in media.rglob(f"*{PART}"):
            path.unlink()
