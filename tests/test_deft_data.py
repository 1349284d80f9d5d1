"""Examples, their arrays and labels, leakage; the kept sequence."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from pydantic import ValidationError

from deft.data import (
    FEATURES,
    au_targets,
    class_weights,
    coded_units,
    emotion_index,
    load_examples,
    positive_weights,
    refuse_leakage,
    region_features,
    vocabulary,
)
from deft.settings import DataSettings, DeftSettings, ExpertSettings
from deft.views import Views, differences, load_view, motion_maps
from tests.conftest import settings_for
from tests.helpers_deft import example
from unimer.build import build
from unimer.errors import InputError, SettingsError
from unimer.faces.regions import region_names
from unimer.recipes import read_settings
from unimer.records import AULabel
from unimer.resources import resource
from unimer.settings import MotionSettings

DATA = DataSettings()


def test_one_example_a_clip_or_a_sample(finished: Path) -> None:
    clips = load_examples(finished, DATA, "clip")
    samples = load_examples(finished / "unimer.jsonl", DATA, "sample")
    assert len(clips) == len((finished / "clips.jsonl").read_text().splitlines())
    assert len(samples) == len((finished / "unimer.jsonl").read_text().splitlines()) > len(clips)
    assert all(not e.turns and e.sample is None for e in clips)
    assert {e.clip.id for e in samples} <= {e.clip.id for e in clips}
    only = load_examples(finished, DataSettings(tasks=["full"]), "sample")
    assert {e.sample.task for e in only if e.sample} == {"full"}
    assert only[0].row > 1  # rows are those of the file, not of what was kept
    assert json.loads((finished / "unimer.jsonl").read_text().splitlines()[only[0].row - 1])["id"] == only[0].id


def test_turns_hold_text_alone(finished: Path) -> None:
    found = example(finished, task="full")
    assert [turn.role for turn in found.turns] == ["user", "assistant"]
    assert found.turns[1].text.startswith("Class: ")


@pytest.mark.parametrize("gone", ["clips.jsonl", "unimer.jsonl"])
def test_a_missing_file_is_named(own_build: Path, gone: str) -> None:
    (own_build / gone).unlink()
    with pytest.raises(InputError, match=f"{gone}: is missing"):
        load_examples(own_build, DATA, "sample")


def test_a_sample_of_another_build_is_refused(own_build: Path) -> None:
    path = own_build / "unimer.jsonl"
    lines = path.read_text().splitlines()
    lines[2] = lines[2].replace('"clip_id":"casme2', '"clip_id":"other')
    path.write_text("\n".join(lines))
    with pytest.raises(InputError, match="row 3: its clip other"):
        load_examples(own_build, DATA, "sample")


def test_damaged_media_name_file_and_row(own_build: Path) -> None:
    found = example(own_build, "clip")
    found.media.flow.write_bytes(b"nothing")
    with pytest.raises(InputError, match=r"clips.jsonl, row 1: flow.npy of .* is damaged"):
        load_view(found, ExpertSettings())
    found.media.onset.unlink()
    with pytest.raises(InputError, match=r"onset.png of .* is missing"):
        load_view(found, ExpertSettings())


def test_no_array_is_unpickled(own_build: Path) -> None:
    found = example(own_build, "clip")
    np.save(found.media.flow, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(InputError, match="damaged"):
        load_view(found, ExpertSettings())


def test_shapes_and_units(finished: Path) -> None:
    found = example(finished, "clip")
    view = load_view(found, ExpertSettings(image=64, frames=6))
    assert view.onset.shape == (3, 64, 64)
    assert view.texture.shape == (6, 64, 64)
    assert view.maps.shape == (3, 64, 64)
    assert view.regions.shape == (30, len(FEATURES))
    assert {a.dtype for a in (view.onset, view.texture, view.maps, view.regions)} == {np.dtype(np.float32)}
    picture = cv2.cvtColor(cv2.imread(str(found.media.onset)), cv2.COLOR_BGR2RGB)
    assert np.allclose(view.onset.mean((1, 2)), picture.mean((0, 1)) / 255, atol=1e-3)
    flow = np.load(found.media.flow).astype(np.float32)
    assert np.allclose(view.maps[:2].mean((1, 2)), flow.mean((0, 1)) * 100 / (0.4 * 256), atol=1e-3)


def test_strain_of_a_stretched_skin() -> None:
    y, x = np.mgrid[:256, :256].astype(np.float32)
    maps = motion_maps(np.stack([0.02 * x, 0.01 * y], -1), 128)
    assert np.allclose(maps[2, 5:-5, 5:-5], 100 * np.hypot(0.02, 0.01), atol=1e-3)


def test_region_features_are_those_of_the_record(finished: Path) -> None:
    motion = example(finished, "clip").motion
    features, reliable = region_features(motion)
    by_name = {r.region: r for r in motion.regions}
    for i, name in enumerate(region_names()):
        assert reliable[i] == by_name[name].reliable
        if by_name[name].reliable:
            assert features[i, FEATURES.index("dx")] == pytest.approx(by_name[name].dx)
            assert features[i, FEATURES.index("dy")] == pytest.approx(by_name[name].dy)
        else:
            assert not features[i].any()
    assert reliable.any()


# --- texture ---------------------------------------------------------------------------------------------------------


def test_a_static_picture_on_all_frames_changes_nothing() -> None:
    random = np.random.default_rng(0)
    sequence = random.integers(0, 120, (5, 16, 16)).astype(np.float32)
    face = random.integers(0, 120, (1, 16, 16)).astype(np.float32)
    assert np.array_equal(differences(sequence, 8), differences(sequence + face, 8))


def test_a_still_clip_has_no_texture() -> None:
    assert not differences(np.repeat(np.random.default_rng(0).random((1, 8, 8), np.float32), 4, 0), 6).any()


@pytest.mark.parametrize("n", [2, 4, 9, 16])
def test_differences_are_at_even_steps(n: int) -> None:
    ramp = np.linspace(0, 8, n, dtype=np.float32)[:, None, None] + np.ones((1, 4, 4), np.float32)
    assert np.allclose(differences(ramp, 8)[:, 0, 0], np.arange(1, 9), atol=1e-5)


def test_the_kept_sequence_is_read(corpus: Path, tmp_path: Path) -> None:
    out = tmp_path / "build"
    build(settings_for(corpus, motion=MotionSettings(sequence=5)), out)
    for found in load_examples(out, DATA, "clip"):
        assert found.media.sequence is not None
        kept = np.load(found.media.sequence)
        assert kept.dtype == np.uint8
        assert kept.shape[1:] == (128, 128)
        assert 2 <= len(kept) <= 5
        view = load_view(found, ExpertSettings(frames=4))
        assert np.allclose(view.texture[-1], kept[-1].astype(np.float32) - kept[0])
        # Its ends are the crops that the build keeps anyway.
        onset = cv2.imread(str(found.media.onset), cv2.IMREAD_GRAYSCALE)
        assert np.abs(cv2.resize(onset, (128, 128), interpolation=cv2.INTER_AREA) - kept[0].astype(float)).mean() < 1
    manifest = json.loads((out / "manifest.json").read_text())
    assert any(name.endswith("sequence.npy") for name in manifest["files"])


def test_a_sequence_has_both_ends() -> None:
    with pytest.raises(ValidationError, match="onset and apex"):
        MotionSettings(sequence=1)


def test_views_are_read_once_a_clip(finished: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    examples = load_examples(finished, DATA, "sample")
    views = Views(examples, ExpertSettings())
    first = views[0]
    monkeypatch.setattr("deft.views.load_arrays", lambda *_: pytest.fail("read again"))
    assert examples[1].clip.id == examples[0].clip.id
    assert views[1].maps is first.maps
    assert views[1].turns != first.turns


# --- labels ----------------------------------------------------------------------------------------------------------


def test_vocabulary_of_the_training_clips(finished: Path) -> None:
    examples = load_examples(finished, DATA, "clip")
    words = vocabulary(examples, DATA)
    assert set(words.classes) == {e.emotion for e in examples}
    assert words.aus == tuple(sorted({label.au for e in examples for label in e.clip.aus if not label.doubtful}))
    assert vocabulary(examples, DataSettings(aus=[4, 12])).aus == (4, 12)
    fine = load_examples(finished, DataSettings(emotion="fine"), "clip")
    assert set(vocabulary(fine, DataSettings(emotion="fine")).classes) == {e.clip.emotion for e in fine}
    with pytest.raises(SettingsError, match="'joy'"):
        vocabulary(examples, DataSettings(classes=["joy", "negative"]))
    with pytest.raises(SettingsError, match="1 coarse class"):
        vocabulary(examples[:1], DATA)


def test_targets_are_masked_where_nobody_knows(finished: Path) -> None:
    words = vocabulary(load_examples(finished, DATA, "clip"), DataSettings(aus=[4, 12]))
    target, known = au_targets((AULabel(au=4), AULabel(au=12, doubtful=True)), words)
    assert target.tolist() == [1, 0]
    assert known.tolist() == [True, False]
    assert not au_targets(None, words)[1].any()
    assert au_targets((), words)[1].all()
    assert emotion_index(None, words) == -1


def test_only_what_people_coded_counts_as_known(finished: Path) -> None:
    record = example(finished, "clip").record
    guessed = record.labels.model_copy(update={"aus": [AULabel(au=4, source="blendshapes")]})
    uncoded = record.clip.model_copy(update={"au_raw": None, "aus": []})
    assert coded_units(record.model_copy(update={"labels": guessed, "clip": uncoded})) is None
    assert coded_units(record) == tuple(record.labels.aus)
    none = record.labels.model_copy(update={"aus": []})
    assert coded_units(record.model_copy(update={"labels": none})) == ()  # coded, and nothing found


def test_weights_even_out_the_classes(finished: Path) -> None:
    some = load_examples(finished, DATA, "clip")[0]
    examples = [replace(some, emotion=name) for name in ["negative"] * 6 + ["positive"] * 2]
    words = vocabulary(examples, DATA)
    weights = class_weights(examples, words)
    assert (weights * [6, 2]).sum() / 8 == pytest.approx(1)
    assert weights[1] == pytest.approx(3 * weights[0])
    clips = [replace(some, aus=(AULabel(au=4),))] + [replace(some, aus=())] * 3 + [replace(some, aus=None)] * 9
    assert positive_weights(clips, words.model_copy(update={"aus": (4, 12)})).tolist() == [3, 1]


def test_a_person_in_two_parts_is_refused(finished: Path) -> None:
    examples = load_examples(finished, DATA, "clip")
    person = examples[0].clip.person
    rest = [e for e in examples if e.clip.person != person]
    refuse_leakage({"train": rest, "test": [examples[0]]})
    with pytest.raises(InputError, match=f"{person} is in train and in test"):
        refuse_leakage({"train": [*rest, examples[0]], "test": [examples[0]]})


def test_the_build_may_lie_anywhere(finished: Path, tmp_path: Path) -> None:
    moved = Path(shutil.copytree(finished, tmp_path / "moved"))
    assert example(moved, "clip").media.onset.is_file()
    assert str(example(moved, "clip").media.onset).startswith(str(moved))


def test_settings_refuse_nonsense() -> None:
    with pytest.raises(ValidationError, match="at least one expert"):
        ExpertSettings(structure=False, texture=False, motion=False)
    with pytest.raises(ValidationError, match="Extra inputs"):
        DeftSettings.model_validate({"model": {"size": 3}})


@pytest.mark.parametrize("name", ["deft_demo", "deft"])
def test_recipes_that_come_with_the_package(name: str) -> None:
    settings = read_settings(DeftSettings, resource(f"pipelines/{name}.yaml"), ["model.llm=none"])
    assert settings.model.llm == "none"
    with pytest.raises(SettingsError, match="did you mean 'epochs'"):
        read_settings(DeftSettings, resource(f"pipelines/{name}.yaml"), ["train.epoch=3"])
