"""Trains a model: from a recipe and a build to a run's folder. The same command goes on where it was interrupted."""

from __future__ import annotations

import shutil
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import torch
import yaml
from torch import Tensor

from deft.card import write_card
from deft.checkpoint import Best, newest, read_checkpoint, write_checkpoint
from deft.data import Example, Vocabulary, load_examples, refuse_leakage, vocabulary
from deft.faithful import habits_of
from deft.logs import Logs
from deft.loop import Loop, accelerator_for
from deft.model import DeftModel
from deft.predictions import predict_heads
from deft.runs import MODEL, RUN, Run, digest, facts_of, finished_run, manifest_of, read_run
from deft.saved import trained
from deft.scores import scores_of
from deft.settings import DeftSettings
from unimer.errors import InputError, OutputError, Stopped
from unimer.files import output_errors, write_text
from unimer.settings import SplitSettings
from unimer.splits import assign

CHECKPOINTS = "checkpoints"
Say = Callable[[str], None]


@dataclass(frozen=True)
class Parts:
    """Examples to train on, to choose the epoch on (where that is asked for), and to look at after each epoch."""

    train: list[Example]
    inner: list[Example]
    validation: list[Example]


def unit_of(settings: DeftSettings) -> Literal["clip", "sample"]:
    """What an example is: a sample for a language model, a clip for the heads alone."""
    return "clip" if settings.model.llm == "none" else "sample"


def split_examples(examples: Sequence[Example], settings: DeftSettings) -> Parts:
    """The examples by the splits of their build.

    Raises:
        InputError: a person is in two splits, or nothing is left to train on.
    """
    splits: dict[str, list[Example]] = {"train": [], "validation": [], "test": []}
    for example in examples:
        if example.split is not None:
            splits[example.split].append(example)
    refuse_leakage(dict(splits))
    if not splits["train"]:
        raise InputError("no clip is in the split train", path=examples[0].file, remedy="see `splits` of the build")
    train, inner = inner_split(splits["train"], settings)
    return Parts(train, inner, splits["validation"])


def inner_split(examples: list[Example], settings: DeftSettings) -> tuple[list[Example], list[Example]]:
    """Training examples, and those of the persons on whom the epoch is chosen (``train.inner``)."""
    share = settings.train.inner
    if share == 0:
        return examples, []
    splits = SplitSettings(train=1 - share, validation=share, test=0)
    held = assign((example.clip.person for example in examples), splits, settings.train.seed)
    parts = [[e for e in examples if held[e.clip.person] == name] for name in ("train", "validation")]
    if not all(parts):
        raise InputError("train.inner needs at least two persons to train on", path=examples[0].file)
    return parts[0], parts[1]


def make_model(settings: DeftSettings, words: Vocabulary) -> DeftModel:
    """A model with weights drawn from the seed."""
    torch.manual_seed(settings.train.seed)
    return DeftModel(settings, words)


def fit(examples: list[Example], settings: DeftSettings, words: Vocabulary, cpu: bool = False) -> DeftModel:
    """Trains in memory, as the folds of an evaluation do; chooses the epoch on inner persons where that is set."""
    train, inner = inner_split(examples, settings)
    loop = Loop(make_model(settings, words), train, settings, accelerator_for(settings.train, cpu))
    best: tuple[Best, dict[str, Tensor]] | None = None
    for _ in loop.run():
        if inner and loop.at_epoch_end:
            best = better(loop, inner, best)
    put_best(loop, best)
    return loop.raw.eval()


def better(
    loop: Loop, inner: list[Example], best: tuple[Best, dict[str, Tensor]] | None
) -> tuple[Best, dict[str, Tensor]]:
    """The best epoch after this one: its UF1 on the inner persons; of equals the first."""
    score = scores_of(predict_heads(loop.raw, once(inner)), loop.raw.words.classes, intervals=False).get("uf1", 0.0)
    if best is not None and best[0].score >= score:
        return best
    return Best(epoch=loop.epoch, score=score), {n: t.cpu().clone() for n, t in trained(loop.raw).items()}


def put_best(loop: Loop, best: tuple[Best, dict[str, Tensor]] | None) -> None:
    """The weights of the best epoch, where one was chosen."""
    if best is None:
        return
    with torch.no_grad():
        for name, tensor in trained(loop.raw).items():
            tensor.copy_(best[1][name])


def once(examples: Sequence[Example]) -> list[Example]:
    """One example a clip."""
    return list({example.clip.id: example for example in reversed(examples)}.values())[::-1]


# --- a run -----------------------------------------------------------------------------------------------------------


def train(settings: DeftSettings, data: Path, out: Path, say: Say = print, live: bool = True) -> Run:
    """Trains, or goes on, in the folder ``out``.

    Args:
        data: build folder, or its JSONL.
        say: told what is going on, a line at a time.
        live: show progress on a terminal.

    Raises:
        InputError: the data cannot be used, or ``out`` is a run of other settings or data.
        OutputError: ``out`` cannot be written, or is something else.
        Stopped: Ctrl-C or SIGTERM; a checkpoint was written.
    """
    began = time.perf_counter()
    examples = load_examples(data, settings.data, unit_of(settings))
    parts = split_examples(examples, settings)
    words = vocabulary(parts.train, settings.data)
    facts = facts_of(data, manifest_of(data), parts.train + parts.inner, habits_of(parts.train + parts.inner))
    run = Run(sha256=digest(settings, facts), settings=settings, data=facts)
    known = _known(out, run)
    if known is not None and known.steps is not None:
        say(f"{out} is finished already")
        return known
    accelerator = accelerator_for(settings.train)
    loop = Loop(make_model(settings, words), parts.train, settings, accelerator)
    checkpoint = newest(out / CHECKPOINTS)
    best = None if checkpoint is None else read_checkpoint(checkpoint, loop)
    if accelerator.is_main_process:
        _announce(out, run, loop, parts, say)
    best = _run(loop, parts, out, best, live)
    put_best(loop, best)
    if accelerator.is_main_process:
        run = _finish(run, loop, parts, best, out, time.perf_counter() - began)
    accelerator.wait_for_everyone()
    return run


def _known(out: Path, run: Run) -> Run | None:
    """The run that is in the folder already.

    Raises:
        OutputError: something else is.
        InputError: it is of other settings or data.
    """
    if not (out / RUN).is_file():
        if out.exists() and (not out.is_dir() or any(out.iterdir())):
            raise OutputError(f"{out}: is not empty and no run; choose another --out")
        return None
    known = read_run(out)
    if known.sha256 != run.sha256:
        raise InputError(
            "was begun with other settings or data", path=out, remedy="choose another --out, or remove this one"
        )
    return known


def _announce(out: Path, run: Run, loop: Loop, parts: Parts, say: Say) -> None:
    text = yaml.safe_dump(run.settings.model_dump(mode="json"), sort_keys=False)
    write_text(out / RUN, run.model_dump_json(indent=1) + "\n")  # first: it says what the folder is
    write_text(out / "settings.yaml", text)
    say(text.rstrip())
    words, schedule = loop.raw.words, loop.schedule
    counts = {name: f"{n:,} ({t:,} trained)" for name, (n, t) in loop.raw.parameter_counts().items()}
    say(f"classes: {', '.join(words.classes)}; Action Units: {', '.join(map(str, words.aus)) or 'none'}")
    say(f"parameters: {', '.join(f'{name} {text}' for name, text in counts.items())}")
    unit = unit_of(run.settings)
    say(
        f"{len(parts.train)} {unit}s of {len({e.clip.person for e in parts.train})} persons; {schedule.steps} steps, "
        f"{schedule.per_epoch} an epoch; {loop.accelerator.num_processes} x {loop.accelerator.device}"
        + (f"; goes on after step {loop.step}" if loop.step else "")
    )


def _run(
    loop: Loop, parts: Parts, out: Path, best: tuple[Best, dict[str, Tensor]] | None, live: bool
) -> tuple[Best, dict[str, Tensor]] | None:
    main, schedule = loop.accelerator.is_main_process, loop.schedule
    logs = Logs(out, loop.step, loop.epoch, schedule.steps, live) if main else None
    with _interrupts() as stop:
        try:
            for done in loop.run():
                if logs is not None:
                    logs.step(done)
                if loop.at_epoch_end:
                    if parts.inner:
                        best = better(loop, parts.inner, best)
                    if logs is not None:
                        _look(loop, parts, logs)
                last = loop.step == schedule.steps
                wanted = _agreed(loop, bool(stop))
                if wanted or last or loop.step % loop.settings.train.checkpoint == 0:
                    write_checkpoint(out / CHECKPOINTS, loop, best)
                if wanted and not last:
                    raise Stopped(f"interrupted after step {loop.step}", "the same command goes on from here")
        finally:
            if logs is not None:
                logs.close()
    return best


def _look(loop: Loop, parts: Parts, logs: Logs) -> None:
    """Scores of the heads on who is not trained on; nothing is chosen by those of the validation part."""
    for name, examples in (("inner", parts.inner), ("validation", parts.validation)):
        if examples:
            found = scores_of(predict_heads(loop.raw, once(examples)), loop.raw.words.classes, intervals=False)
            logs.epoch(loop.epoch, name, {k: found.get(k) for k in ("clips", "uf1", "uar", "accuracy", "au_f1")})


def _agreed(loop: Loop, stop: bool) -> bool:
    """Whether any process was told to stop: they must do so at the same step."""
    if loop.accelerator.num_processes == 1:
        return stop
    told = loop.accelerator.reduce(torch.tensor(float(stop), device=loop.accelerator.device), "sum")
    return bool(told > 0)


@contextmanager
def _interrupts() -> Iterator[list[int]]:
    """Ctrl-C and SIGTERM are noted, so that the step is finished and a checkpoint written; a second one is final."""
    told: list[int] = []
    kinds = (signal.SIGINT, signal.SIGTERM)

    def note(number: int, _: Any) -> None:
        told.append(number)
        for kind, handler in zip(kinds, before, strict=True):
            signal.signal(kind, handler)

    before = [signal.getsignal(kind) for kind in kinds]
    for kind in kinds:
        signal.signal(kind, note)
    try:
        yield told
    finally:
        for kind, handler in zip(kinds, before, strict=True):
            signal.signal(kind, handler)


def _finish(
    run: Run, loop: Loop, parts: Parts, best: tuple[Best, dict[str, Tensor]] | None, out: Path, seconds: float
) -> Run:
    model = loop.raw
    model.save(out / MODEL)
    scores = {
        name: scores_of(predict_heads(model, once(examples)), model.words.classes)
        for name, examples in (("train", parts.train), ("inner", parts.inner), ("validation", parts.validation))
        if examples
    }
    run = run.model_copy(
        update={
            "steps": loop.step,
            "seconds": round(seconds, 1),
            "epoch": best[0].epoch if best else run.settings.train.epochs,
            "device": f"{loop.accelerator.num_processes} x {_device(loop.accelerator.device)}",
            "versions": {name: version(name) for name in ("torch", "transformers", "peft", "accelerate", "numpy")},
            "parameters": model.parameter_counts(),
            "scores": scores,
        }
    )
    write_card(out, run)
    write_text(out / RUN, run.model_dump_json(indent=1) + "\n")
    with output_errors(out):
        shutil.rmtree(out / CHECKPOINTS, ignore_errors=True)
    return run


def _device(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else f"{device.type}"


def load_finished(folder: Path) -> tuple[Run, DeftModel]:
    """A finished run and its model, on the GPU where there is one."""
    run = finished_run(folder)
    model = DeftModel.load(folder / MODEL)
    return run, model.to("cuda") if torch.cuda.is_available() else model
