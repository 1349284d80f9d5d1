"""What the benchmark reads, whom it leaves out, and its changes of a flow picture."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from deft.bench.data import CLASSES, Clips, development_persons, read_clips
from deft.bench.folds import loso
from tests.helpers_deft_bench import make_folder
from unimer.errors import InputError

pytest.importorskip("torch", reason="torch is not installed")

import torch

from deft.bench.flow import Augmentation, fields, means, mirrored, tokens, variants, varied


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_folder(tmp_path_factory.mktemp("flow") / "pictures", persons=3, clips=2)


@pytest.fixture(scope="module")
def clips(folder: Path) -> Clips:
    return read_clips(folder)


def test_reads_every_clip_with_its_own_person_in_each_set(clips: Clips) -> None:
    assert len(clips) == 2 * 3 * 3 * 2
    assert len(set(clips.persons)) == 6  # s0 of one set is not s0 of the other
    assert np.bincount(clips.classes).tolist() == [12, 12, 12]
    assert clips.aus[0] == frozenset({4, 10})
    assert clips.aus[-1] is None
    assert clips.pictures.shape == (36, 28, 28, 3)


def test_channels_are_u_v_strain_and_zero_is_the_median(clips: Clips) -> None:
    raised = clips.motion[clips.classes == CLASSES.index("surprise")].mean(0)
    assert raised[4:8, 4:24, 1].mean() < -30  # v is DOWN: brows go up
    assert abs(raised[4:8, 4:24, 0].mean()) < 10
    assert raised[4:8, 4:24, 2].mean() > 30
    assert np.abs(np.median(clips.motion, axis=(1, 2))).max() == 0


def _edit(row: int, **values: str) -> Callable[[list[dict[str, str]]], object]:
    return lambda rows: rows[row].update(values)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_edit(2, label="anger"), "row 4: label 'anger'"),
        (_edit(3, subject=""), "row 5: no subject"),
        (lambda rows: rows.append(dict(rows[0])), "is there twice"),
        (_edit(0, flow="flow/nothing.png"), "no such picture"),
        (_edit(0, flow="flow/text.png"), "no picture that can be read"),
        (_edit(0, flow="flow/large.png"), "32x30 pixels"),
        (lambda rows: rows.__delitem__(slice(6, None)), "fewer than two subjects"),
        (lambda rows: [row.update(label="negative", clip=str(i)) for i, row in enumerate(rows)], "positive, surprise"),
    ],
)
def test_says_what_is_wrong(tmp_path: Path, change: Callable[[list[dict[str, str]]], object], said: str) -> None:
    root = make_folder(tmp_path / "flow", persons=2, clips=2)
    (root / "flow" / "text.png").write_text("no picture")
    cv2.imwrite(str(root / "flow" / "large.png"), np.zeros((30, 32, 3), np.uint8))
    with (root / "labels.csv").open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    columns = list(rows[0])
    change(rows)
    with (root / "labels.csv").open("w", newline="") as out:
        writer = csv.DictWriter(out, columns)
        writer.writeheader()
        writer.writerows(rows)
    with pytest.raises(InputError, match=said):
        read_clips(root)


def test_says_which_file_or_column_is_missing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"labels\.csv: no such file"):
        read_clips(tmp_path)
    (tmp_path / "labels.csv").write_text("dataset,subject,clip,label,flow\n")
    with pytest.raises(InputError, match="no column aus"):
        read_clips(tmp_path)


def test_each_subject_is_left_out_once_and_weighs_nothing_there(clips: Clips) -> None:
    folds = loso(clips)
    assert sorted(folds.names) == sorted(set(clips.persons))
    assert folds.tested.sum(0).tolist() == [1] * len(clips)
    for name, tested, weights in zip(folds.names, folds.tested, folds.weights, strict=True):
        assert {clips.persons[i] for i in np.flatnonzero(tested)} == {name}
        assert (weights[tested] == 0).all()
        sums = [weights[clips.classes == i].sum() for i in range(3)]
        assert sums == pytest.approx([(~tested).sum() / 3] * 3)


def test_gathers_each_clip_from_its_own_fold(clips: Clips) -> None:
    folds = loso(clips)
    numbered = np.arange(len(folds), dtype=np.float32)[:, None, None] + np.zeros((1, len(clips), 3), np.float32)
    gathered = folds.gather(numbered)[:, 0].astype(int)
    assert [folds.names[i] for i in gathered] == list(clips.persons)


def test_half_of_the_subjects_of_each_set_may_be_looked_at(clips: Clips) -> None:
    chosen = development_persons(clips.persons)
    assert sorted(person.split("/")[0] for person in chosen) == ["casme2", "casme2", "smic", "smic"]
    assert chosen == development_persons(clips.persons[::-1])


def _expansion(size: int = 28) -> torch.Tensor:
    """Everything moves away from the centre: the same field however it is turned or mirrored."""
    y, x = torch.meshgrid(*[torch.arange(size) - (size - 1) / 2] * 2, indexing="ij")
    return torch.stack([x, y, torch.hypot(x, y)])[None]


@pytest.mark.parametrize("mirror", [False, True])
def test_vectors_turn_with_the_picture(mirror: bool) -> None:
    flow = _expansion().repeat(16, 1, 1, 1)
    how = Augmentation(degrees=40, cells=0, scale=0, gain=0, mirror=mirror)
    inside = (..., slice(8, 20), slice(8, 20))  # the corners come from outside
    moved = varied(flow, how, torch.Generator().manual_seed(1))
    assert torch.allclose(moved[:, :2][inside], flow[:, :2][inside], atol=1e-3)
    assert torch.allclose(moved[:, 2:][inside], flow[:, 2:][inside], atol=0.5)  # a cone: its tip is cut off


def test_a_turn_turns_a_uniform_field_by_as_much() -> None:
    flow = torch.zeros(8, 3, 28, 28)
    flow[:, 0] = 1.0
    moved = varied(flow, Augmentation(30, 0, 0, 0, mirror=False), torch.Generator().manual_seed(0))
    assert torch.allclose(torch.hypot(moved[:, 0], moved[:, 1]), torch.ones(8, 28, 28), atol=1e-5)
    angles = torch.atan2(moved[:, 1], moved[:, 0])[:, 14, 14].abs()
    assert angles.max() > math.radians(10)
    assert angles.max() <= math.radians(30)


def test_a_shift_moves_the_picture_without_turning_it() -> None:
    flow = torch.zeros(1, 3, 28, 28)
    flow[0, 1, 14, 14] = 1.0
    moved = varied(flow, Augmentation(0, 3, 0, 0, mirror=False), torch.Generator().manual_seed(3))
    assert float(moved[0, 1].sum()) == pytest.approx(1, abs=1e-4)
    assert float(moved[0, 0].abs().sum()) == pytest.approx(0, abs=1e-6)
    assert float(moved[0, 1, 14, 14]) < 0.9


def test_a_mirror_changes_sides_and_the_sign_of_u_alone(clips: Clips) -> None:
    flow = fields(clips)
    twice = mirrored(mirrored(flow))
    assert torch.equal(twice, flow)
    other = mirrored(flow)
    assert torch.equal(other[:, 0, :, 0], -flow[:, 0, :, -1])
    assert torch.equal(other[:, 1:, :, 0], flow[:, 1:, :, -1])


def test_fields_do_not_depend_on_a_pictures_scale(clips: Clips) -> None:
    flow = fields(clips)
    assert torch.allclose(flow.std((2, 3)), torch.ones(len(clips), 3), atol=1e-4)
    found = means(flow)
    assert found.shape == (len(clips), 3 * 7 * 7)
    assert torch.allclose(means(4 * flow), 2 * found, atol=1e-2)


def test_tokens_tell_stretching_from_moving_along() -> None:
    moving, stretching = torch.zeros(1, 3, 28, 28), _expansion() / 14
    moving[:, 1] = -1.0
    slopes = slice(3 * 49, 7 * 49)
    assert tokens(moving).shape == (1, 8 * 49)
    assert tokens(moving)[0, slopes].abs().max() < 0.01
    along_u, along_v, down_u, down_v = tokens(stretching)[0, slopes].view(4, 49)
    assert along_u.min() > 0.3  # u grows to the right, v downwards, and not the other way round
    assert down_v.min() > 0.3
    assert max(along_v.abs().max(), down_u.abs().max()) < 0.01


def test_variants_are_the_clip_and_its_mirror_image_shifted(clips: Clips) -> None:
    flow = fields(clips)[:2]
    found = variants(flow, 1)
    assert len(found) == 18
    assert torch.equal(found[4], flow)
    assert torch.equal(found[13], mirrored(flow))
    assert torch.equal(found[0][..., 1:, 1:], flow[..., :-1, :-1])
