"""Training: the schedule, a run's folder, and that an interrupted run ends like one that was not."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml
from safetensors.torch import load_file

from deft.checkpoint import newest
from deft.data import load_examples, vocabulary
from deft.loop import Loop, Schedule, accelerator_for, parameter_groups
from deft.runs import read_run
from deft.settings import DeftSettings, TrainSettings
from deft.train import inner_split, load_finished, make_model, split_examples, train
from tests.helpers_deft import small, tiny_llm
from unimer.errors import InputError, OutputError, Stopped

TRAIN: dict[str, Any] = {"epochs": 2, "batch": 2, "checkpoint": 2}


def quiet(_: str) -> None:
    """Says nothing."""


def recipe(**train_settings: Any) -> DeftSettings:
    return small(train=TRAIN | train_settings)


CLASSES = {"classes": ["negative", "positive", "surprise", "others"]}
"""Given, for the few training persons that are left beside inner ones may show fewer."""


@pytest.fixture(scope="module")
def heads(finished: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run without a language model. Read only."""
    out = tmp_path_factory.mktemp("run") / "run"
    train(recipe(), finished, out, quiet, live=False)
    return out


# --- the schedule ----------------------------------------------------------------------------------------------------


def test_every_example_once_an_epoch() -> None:
    schedule = Schedule(11, 1, TrainSettings(batch=2, accumulation=2, epochs=3))
    assert schedule.per_epoch == 3
    for epoch in range(3):
        steps = range(epoch * 3, epoch * 3 + 3)
        assert sorted(i for step in steps for batch in schedule.indices(step, 0) for i in batch) == list(range(11))
    assert schedule.indices(0, 0) != schedule.indices(3, 0)


def test_devices_share_a_step_and_have_as_many_batches() -> None:
    one, three = (Schedule(10, world, TrainSettings(batch=2)) for world in (1, 3))
    for step in range(three.steps):
        shares = [three.indices(step, rank) for rank in range(3)]
        assert len({tuple(len(batch) for batch in share) for share in shares}) == 1
    seen = [i for step in range(three.per_epoch) for rank in range(3) for b in three.indices(step, rank) for i in b]
    assert set(seen) == set(range(10))
    assert len(seen) == 12  # two of them twice
    assert one.per_epoch == 5


def test_learning_rate_rises_then_falls_to_nothing() -> None:
    schedule = Schedule(100, 1, TrainSettings(batch=1, epochs=1, warmup=0.1))
    factors = [schedule.factor(step) for step in range(100)]
    assert np.argmax(factors) == 10
    assert factors[10] == 1
    assert 0 < factors[0] < 0.1
    assert factors[99] < 0.001
    assert np.all(np.diff(factors[:11]) > 0)
    assert np.all(np.diff(factors[10:]) < 0)


def test_vectors_do_not_decay(finished: Path) -> None:
    settings = recipe()
    model = make_model(settings, vocabulary(load_examples(finished, settings.data, "clip"), settings.data))
    groups = parameter_groups(model, settings.train)
    assert sum(len(group["params"]) for group in groups) == sum(p.requires_grad for p in model.parameters())
    for group in groups:
        assert all((p.ndim > 1) == (group["weight_decay"] > 0) for p in group["params"])


def test_accumulation_is_one_larger_batch(finished: Path) -> None:
    """Without dropout and batch statistics, two batches of two make the step of one of four."""
    changes = {"au": 0.0, "alignment": 0.0, "decorrelation": 0.0, "balanced": False}
    augment = {"flip": 0, "rotation": 0, "brightness": 0}
    after = []
    for batch, accumulation in ((4, 1), (2, 2)):
        settings = small(
            model={"experts": {"image": 32, "frames": 2, "width": 16, "channels": 8, "dropout": 0}},
            losses=changes,
            train={"epochs": 1, "batch": batch, "accumulation": accumulation, "augment": augment},
        )
        examples = load_examples(finished, settings.data, "clip")[:4]
        words = vocabulary(load_examples(finished, settings.data, "clip"), settings.data)
        loop = Loop(make_model(settings, words), examples, settings, accelerator_for(settings.train, cpu=True))
        (done,) = list(loop.run())
        after.append((done.loss, done.norm))
    assert after[0] == pytest.approx(after[1], rel=1e-4)


# --- who is trained on -----------------------------------------------------------------------------------------------


def test_leakage_between_splits_is_refused(finished: Path) -> None:
    examples = load_examples(finished, small().data, "clip")
    person = next(e for e in examples if e.split == "train").clip.person
    leaked = [
        e.__class__(**{**vars(e), "record": e.record.model_copy(update={"split": "test"})})
        if e.clip.person == person and n == 0
        else e
        for n, e in enumerate(sorted(examples, key=lambda e: e.clip.person != person))
    ]
    with pytest.raises(InputError, match="would know the face"):
        split_examples(leaked, small())


def test_inner_persons_are_of_the_training_part(finished: Path) -> None:
    settings = recipe(inner=0.5)
    parts = split_examples(load_examples(finished, settings.data, "clip"), settings)
    inner, outer = ({e.clip.person for e in part} for part in (parts.inner, parts.train))
    assert inner
    assert outer
    assert not inner & outer
    assert {e.split for e in parts.inner} == {"train"}
    assert inner_split(parts.train, recipe()) == (parts.train, [])


# --- a run -----------------------------------------------------------------------------------------------------------


def test_a_run_leaves_what_it_should(heads: Path) -> None:
    run = read_run(heads)
    assert run.steps is not None
    rows = list(csv.DictReader((heads / "steps.csv").open()))
    assert len(rows) == run.steps
    assert all(float(row["emotion"]) > 0 and float(row["au"]) > 0 and row["language"] == "" for row in rows)
    assert DeftSettings.model_validate(yaml.safe_load((heads / "settings.yaml").read_text())) == recipe()
    assert list((heads / "tensorboard").iterdir())
    assert not (heads / "checkpoints").exists()
    assert not [path for path in heads.rglob("*") if path.suffix in (".pt", ".bin", ".pkl", ".pth")]
    card = (heads / "README.md").read_text()
    assert f"{run.data.clips} clips of {len(run.data.persons)} persons" in card
    assert "Limits" in card
    assert run.data.readers == {"casme2": "casme2"}


def test_the_model_of_a_run_says_the_same_again(heads: Path, finished: Path) -> None:
    from deft.predictions import predict_heads

    run, model = load_finished(heads)
    examples = [e for e in load_examples(finished, run.settings.data, "clip") if e.split == "train"]
    once, again = predict_heads(model, examples), predict_heads(load_finished(heads)[1], examples)
    assert once == again
    right = sum(p.called == p.emotion for p in once) / len(once)
    assert run.scores["train"]["accuracy"] == pytest.approx(right)


def test_a_finished_run_is_not_trained_again(heads: Path, finished: Path) -> None:
    said: list[str] = []
    train(recipe(), finished, heads, said.append, live=False)
    assert said == [f"{heads} is finished already"]


def test_another_recipe_is_refused(heads: Path, finished: Path) -> None:
    with pytest.raises(InputError, match="other settings or data"):
        train(recipe(seed=1), finished, heads, quiet, live=False)


def test_a_folder_of_something_else_is_refused(tmp_path: Path, finished: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(OutputError, match="no run"):
        train(recipe(), finished, tmp_path, quiet, live=False)


def test_the_best_inner_epoch_is_kept(finished: Path, tmp_path: Path) -> None:
    run = train(
        small(train=TRAIN | {"inner": 0.34, "epochs": 3}, data=CLASSES), finished, tmp_path / "run", quiet, live=False
    )
    rows = [row for row in csv.DictReader((tmp_path / "run" / "epochs.csv").open()) if row["part"] == "inner"]
    scores = [float(row["uf1"]) for row in rows]
    assert run.epoch == 1 + scores.index(max(scores))
    assert run.scores["inner"]["uf1"] == pytest.approx(max(scores), abs=1e-4)
    assert not {"validation", "test"} & {row["part"] for row in rows} - {"validation"}


# --- interrupted -----------------------------------------------------------------------------------------------------


def weights(run: Path) -> dict[str, torch.Tensor]:
    return load_file(run / "model" / "weights.safetensors")


def equal(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def losses(run: Path) -> list[tuple[str, ...]]:
    with (run / "steps.csv").open() as file:
        return [tuple(v for k, v in row.items() if k != "seconds") for row in csv.DictReader(file)]


SCRIPT = """
import sys, torch
torch.set_num_threads(1)
from pathlib import Path
from deft.settings import DeftSettings
from deft.train import train
settings = DeftSettings.model_validate_json(Path(sys.argv[1]).read_text())
train(settings, Path(sys.argv[2]), Path(sys.argv[3]), print, live=False)
"""


def interrupted(settings: DeftSettings, data: Path, out: Path, tmp: Path, sign: signal.Signals, row: int) -> int:
    """Runs the training in another process, which gets a signal once ``row`` steps are in the log; its exit code."""
    (tmp / "settings.json").write_text(settings.model_dump_json())
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(tmp / "settings.json"), str(data), str(out)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )
    until = time.monotonic() + 120
    while time.monotonic() < until and process.poll() is None:
        if (out / "steps.csv").is_file() and len((out / "steps.csv").read_text().splitlines()) > row:
            process.send_signal(sign)
            break
        time.sleep(0.005)
    return process.wait(timeout=60)


@pytest.mark.parametrize("model", ["none", pytest.param("tiny", marks=pytest.mark.slow)])
def test_killed_and_resumed_is_bit_for_bit_the_same(model: str, finished: Path, tmp_path: Path) -> None:
    llm = "none" if model == "none" else str(tiny_llm(tmp_path / "llm"))
    tasks = None if model == "none" else ["full"]
    settings = small(llm, train=TRAIN | {"epochs": 6, "checkpoint": 3, "inner": 0.34}, data=CLASSES | {"tasks": tasks})
    torch.set_num_threads(1)
    whole = train(settings, finished, tmp_path / "whole", quiet, live=False)
    code = interrupted(settings, finished, tmp_path / "cut", tmp_path, signal.SIGKILL, 5)
    assert code == -signal.SIGKILL
    checkpoint = newest(tmp_path / "cut" / "checkpoints")
    assert checkpoint is not None
    at = int(checkpoint.name.removeprefix("step-"))
    assert 0 < at < (whole.steps or 0)
    again = train(settings, finished, tmp_path / "cut", quiet, live=False)
    assert equal(weights(tmp_path / "whole"), weights(tmp_path / "cut"))
    assert losses(tmp_path / "whole") == losses(tmp_path / "cut")
    assert (tmp_path / "whole/epochs.csv").read_text() == (tmp_path / "cut/epochs.csv").read_text()
    assert again.epoch == whole.epoch
    assert again.scores == whole.scores


def test_stopped_by_the_user_leaves_a_checkpoint(finished: Path, tmp_path: Path, monkeypatch: Any) -> None:
    """In this process: the signal arrives in the third step, which is finished and saved."""
    from deft import train as module

    settings = recipe(epochs=3, checkpoint=100)
    original, sent = module.Logs.step, []

    def step(self: Any, done: Any) -> None:
        original(self, done)
        if done.step == 3:
            sent.append(done.step)
            os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(module.Logs, "step", step)
    with pytest.raises(Stopped, match="after step 3"):
        train(settings, finished, tmp_path / "run", quiet, live=False)
    assert sent == [3]
    assert newest(tmp_path / "run/checkpoints") == tmp_path / "run/checkpoints/step-0000003"
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


def test_a_damaged_checkpoint_is_named(finished: Path, tmp_path: Path, monkeypatch: Any) -> None:
    from deft import train as module

    def finish(*_: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "_finish", finish)
    with pytest.raises(KeyboardInterrupt):
        train(recipe(), finished, tmp_path / "run", quiet, live=False)
    checkpoint = newest(tmp_path / "run/checkpoints")
    assert checkpoint is not None
    (checkpoint / "optimizer.safetensors").write_bytes(b"\x00" * 100)
    with pytest.raises(InputError, match=r"optimizer\.safetensors: is damaged"):
        train(recipe(), finished, tmp_path / "run", quiet, live=False)
