"""The benchmark's training leaks nothing, learns what can be learnt, and reports what it found."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

pytest.importorskip("torch", reason="torch is not installed")

import torch

from deft.bench import baselines, expert, megc2019, network
from deft.bench.data import CLASSES, Clips, read_clips
from deft.bench.flow import fields, mirrored
from deft.bench.folds import loso
from deft.bench.nets import Perceptron, Shared, SmallCNN
from deft.bench.score import ALL, gains, scores
from deft.bench.training import Schedule, train
from deft.cli import app
from tests.helpers_deft_bench import make_folder

QUICK = network.Network(hidden=16, members=2, schedule=Schedule(epochs=15, rate=1e-2, decay=0.05, batch=32))
SHARED = Path(__file__).parents[2] / "shared" / "data" / "megc2019-flow"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_folder(tmp_path_factory.mktemp("flow") / "pictures", persons=3, clips=3)


@pytest.fixture(scope="module")
def clips(folder: Path) -> Clips:
    return read_clips(folder)


def spoilt(clips: Clips, person: str) -> Clips:
    """The same clips, but this person's labels are wrong and the pictures noise."""
    own = np.array([each == person for each in clips.persons])
    chance = np.random.default_rng(1)
    pictures = clips.pictures.copy()
    pictures[own] = chance.integers(0, 256, pictures[own].shape, dtype=np.uint8)
    return replace(clips, classes=np.where(own, (clips.classes + 1) % 3, clips.classes), pictures=pictures)


def _perceptron(groups: int, chance: torch.Generator) -> Shared:
    return Perceptron(3 * 14 * 14, 8, groups, 0.3, 0.1, chance)


def _cnn(groups: int, chance: torch.Generator) -> Shared:
    return SmallCNN(groups, 0.5, chance)


@pytest.mark.parametrize("kind", ["perceptron", "cnn"])
def test_a_subject_leaves_no_trace_in_the_networks_of_its_own_fold(clips: Clips, kind: str) -> None:
    folds = loso(clips)
    number = 2
    how = Schedule(epochs=3, rate=1e-2, decay=0.05, batch=16)

    def trained(given: Clips) -> dict[str, torch.Tensor]:
        small = baselines._halved(given)
        inputs = small.flatten(1) if kind == "perceptron" else small
        build = _perceptron if kind == "perceptron" else _cnn
        weights = torch.from_numpy(loso(given).weights)
        nets = train(build, inputs, lambda x, _: x, torch.from_numpy(given.classes), weights, how, seed=0)
        return {name: value.detach() for name, value in nets.named_parameters()}

    before, after = trained(clips), trained(spoilt(clips, folds.names[number]))
    for name, value in before.items():
        # Weights of all folds lie along one axis, the first or the last, fold by fold.
        axis = 1 if name == "mix" else 0
        own, others = [], []
        for tensor in (value, after[name]):
            parts = tensor.chunk(len(folds), axis)
            own.append(parts[number])
            others.append(torch.stack([part for i, part in enumerate(parts) if i != number]))
        assert torch.allclose(own[0], own[1], atol=1e-6), name
        assert not torch.allclose(others[0], others[1], atol=1e-3), name


def test_predictions_do_not_depend_on_the_subjects_own_labels(clips: Clips) -> None:
    person = loso(clips).names[1]
    own = np.array([each == person for each in clips.persons])
    wrong = replace(clips, classes=np.where(own, (clips.classes + 1) % 3, clips.classes))
    quick = replace(QUICK, schedule=replace(QUICK.schedule, epochs=2))
    called = [network.run(given, loso(given), quick, 0) for given in (clips, wrong)]
    assert np.allclose(called[0][own], called[1][own], atol=1e-5)
    assert not np.allclose(called[0][~own], called[1][~own], atol=1e-5)


def test_the_expert_of_a_fold_knows_nothing_of_its_subject(clips: Clips) -> None:
    folds = loso(clips)
    number = 2
    wrong = spoilt(clips, folds.names[number])
    scores_of = [expert.fit(expert.kernel_of(each, 1), each, loso(each), 0.3) for each in (clips, wrong)]
    others = torch.from_numpy(~folds.tested[number])
    assert torch.allclose(scores_of[0][number, others], scores_of[1][number, others], atol=1e-9)
    assert not torch.allclose(scores_of[0][0, others], scores_of[1][0, others], atol=1e-3)


def test_the_expert_of_a_fold_is_the_regression_on_the_clips_it_trains_on(clips: Clips) -> None:
    folds = loso(clips)
    kernel = expert.kernel_of(clips, 1)
    together = expert.fit(kernel, clips, folds, 0.3)[1]
    inside = torch.from_numpy(~folds.tested[1])
    weights = torch.from_numpy(folds.weights[1]).double()[inside]
    target = 1.5 * torch.eye(3, dtype=torch.float64)[torch.from_numpy(clips.classes)] - 0.5
    solved = torch.linalg.solve(kernel[inside][:, inside] + 0.3 * torch.diag(1 / weights), target[inside])
    assert torch.allclose(together, kernel[:, inside] @ solved, atol=1e-9)


def test_the_kernel_is_that_of_a_wide_network() -> None:
    chance = torch.Generator().manual_seed(0)
    both = torch.nn.functional.normalize(torch.randn(2, 12, generator=chance), dim=-1)
    hidden = torch.randn(12, 200_000, generator=chance)
    out = torch.randn(200_000, generator=chance)
    before = both @ hidden
    # Gradients of sqrt(2 / width) * out @ relu(hidden x) by out and by hidden.
    by_out = 2 * (before[0].relu() * before[1].relu()).mean()
    by_hidden = 2 * ((before > 0).all(0) * out**2).mean() * (both[0] @ both[1])
    assert float(expert.tangent(both[0] @ both[1])) == pytest.approx(float(by_out + by_hidden), abs=0.02)
    assert float(expert.tangent(torch.tensor(1.0))) == pytest.approx(2)


def test_a_face_and_its_mirror_image_are_the_same_to_the_expert(clips: Clips) -> None:
    seen = fields(clips)[:3]
    assert not torch.allclose(seen, mirrored(seen), atol=0.1)
    pictures = clips.pictures.copy()
    pictures[0] = pictures[0][:, ::-1]
    pictures[0, :, :, 0] = 255 - pictures[0, :, :, 0]
    kernel, other = expert.kernel_of(clips, 1), expert.kernel_of(replace(clips, pictures=pictures), 1)
    assert torch.allclose(kernel[0], other[0], atol=1e-4)


def test_the_expert_learns_what_can_be_learnt(clips: Clips) -> None:
    found = expert.run(clips, loso(clips), expert.Expert()).argmax(1)
    assert (found == clips.classes).mean() > 0.95


def test_a_fold_learns_the_same_whoever_is_trained_beside_it(clips: Clips) -> None:
    weights = torch.from_numpy(loso(clips).weights)
    inputs = baselines._halved(clips).flatten(1)
    how = Schedule(epochs=2, rate=1e-2, decay=0.0, batch=16)
    found = [
        train(_perceptron, inputs, lambda x, _: x, torch.from_numpy(clips.classes), weights[chosen], how, 0)
        for chosen in ([0, 1], [0, 5])
    ]
    first, second = [nets.state_dict()["head"] for nets in found]
    assert torch.allclose(first[0], second[0], atol=1e-6)
    assert not torch.allclose(first[1], second[1], atol=1e-4)


def test_the_network_learns_what_can_be_learnt_and_nothing_else(clips: Clips) -> None:
    folds = loso(clips)
    right = network.run(clips, folds, QUICK, 0).argmax(1) == clips.classes
    assert right.mean() > 0.95
    chance = np.random.default_rng(0)
    shuffled = replace(clips, classes=chance.permutation(clips.classes))
    lucky = network.run(shuffled, loso(shuffled), QUICK, 0).argmax(1) == shuffled.classes
    assert lucky.mean() < 0.55


def test_a_seed_gives_the_same_every_time_and_another_seed_another(clips: Clips) -> None:
    folds = loso(clips)
    quick = replace(QUICK, schedule=replace(QUICK.schedule, epochs=1))
    first, again, other = [network.run(clips, folds, quick, seed) for seed in (0, 0, 1)]
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def _like(matrix: list[list[int]]) -> tuple[Clips, np.ndarray]:
    """Clips of ten subjects, and calls that give this confusion."""
    truth = np.concatenate([np.full(sum(row), i) for i, row in enumerate(matrix)])
    called = np.concatenate([np.repeat(range(3), row) for row in matrix])
    count = len(truth)
    persons = tuple(f"one/{i}" for i in np.random.default_rng(0).integers(0, 10, count))
    blank = np.zeros((count, 28, 28, 3), np.uint8)
    names = tuple(str(i) for i in range(count))
    return Clips(("one",) * count, persons, names, truth, (None,) * count, blank), called


def test_scores_are_those_of_the_published_confusion() -> None:
    clips, called = _like([[219, 22, 9], [40, 62, 7], [21, 3, 59]])
    found = scores(clips, {"method": [called, called]}, draws=300)["method"][ALL]
    assert found["uf1"].seeds == pytest.approx([0.7353] * 2, abs=5e-5)
    assert found["uar"].mean == pytest.approx(0.7186, abs=5e-5)
    assert found["uar"].deviation == 0
    assert found["uf1"].low < 0.7353 < found["uf1"].high
    assert 0.02 < found["uf1"].high - found["uf1"].low < 0.2  # about +-0.05 with 442 clips


def test_gains_are_paired() -> None:
    clips, called = _like([[219, 22, 9], [40, 62, 7], [21, 3, 59]])
    found = gains(clips, {"mine": [clips.classes, called], "same": [clips.classes, called], "other": [called]}, "mine")
    assert (found["same"]["uf1"].low, found["same"]["uf1"].high) == (0, 0)
    assert found["other"]["uar"].mean == pytest.approx((1 - 0.7186) / 2, abs=5e-5)
    assert 0 < found["other"]["uar"].low < found["other"]["uar"].mean < found["other"]["uar"].high


def test_an_unreadable_folder_is_a_message_not_a_traceback(tmp_path: Path) -> None:
    answer = CliRunner().invoke(app, ["bench", "megc2019-flow", "--root", str(tmp_path)])
    assert answer.exit_code != 0
    assert "labels.csv: no such file" in str(answer.exception)


@pytest.mark.slow
def test_the_command_prints_the_same_scores_as_markdown_and_as_json(folder: Path) -> None:
    pytest.importorskip("sklearn", reason="scikit-learn is not installed")
    arguments = ["bench", "megc2019-flow", "--root", str(folder), "--seeds", "2"]
    plain = CliRunner().invoke(app, arguments)
    assert plain.exit_code == 0, plain.output
    document = json.loads(CliRunner().invoke(app, [*arguments, "--json"]).stdout)
    assert document["clips"] == 54
    assert document["subjects"] == 6
    assert document["parts"]["smic"]["clips"] == 27
    assert document["parts"]["reserved"]["subjects"] == 2
    assert set(document["methods"]) == {"SVM", "logistic regression", "small CNN", megc2019.NETWORK, megc2019.EXPERT}
    for method, found in document["methods"].items():
        pooled = found["scores"][ALL]
        assert pooled["uf1"]["mean"] > 0.9, method
        assert f"| {method} | " in plain.stdout
        for counts in found["confusion"]["seeds"]:
            assert np.sum(counts, axis=1).tolist() == [18, 18, 18]
    assert len(document["methods"][megc2019.NETWORK]["scores"][ALL]["uf1"]["seeds"]) == 2
    assert set(document["gain"]) == {"SVM", "logistic regression", "small CNN", megc2019.NETWORK}


@pytest.mark.slow
def test_real_pictures_are_read_and_can_be_learnt_from() -> None:
    if not (SHARED / "labels.csv").is_file():
        pytest.skip("the flow pictures of real clips are not here")
    clips = read_clips(SHARED)
    assert np.bincount(clips.classes).sum() == len(clips)
    # Only whether the chain works: the scores themselves are in docs/bench.md.
    found = expert.run(clips, loso(clips), expert.Expert())
    recalls = [(found.argmax(1) == i)[clips.classes == i].mean() for i in range(len(CLASSES))]
    assert np.mean(recalls) > 0.6
