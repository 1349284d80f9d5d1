"""Synthetic corpora: layout, coding sheet, truth, curves, disagreement, errors."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import openpyxl
import pytest

from tests.helpers_synth import digest
from unimer.errors import DependencyError, InputError, SettingsError
from unimer.synth import SynthSummary, face_images, get_layout, make_corpus
from unimer.synth import faces as faces_module
from unimer.synth.plan import curve, plan_clips

SMALL: dict[str, Any] = {"frames": (3, 5), "size": (320, 240)}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> SynthSummary:
    out = tmp_path_factory.mktemp("synth") / "new"
    return make_corpus("casme2", out, 6, 2, 11, mislabelled=0.5, **SMALL)


def truth(summary: SynthSummary) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (summary.truth / "truth.jsonl").read_text().splitlines()]


def test_same_arguments_same_bytes(made: SynthSummary, tmp_path: Path) -> None:
    again = make_corpus("casme2", tmp_path / "b", 6, 2, 11, mislabelled=0.5, **SMALL)
    assert digest(again.root.parent) == digest(made.root.parent)
    other = make_corpus("casme2", tmp_path / "c", 6, 2, 12, mislabelled=0.5, **SMALL)
    assert digest(other.root.parent) != digest(made.root.parent)


def test_coding_sheet_has_casme2s_layout(made: SynthSummary) -> None:
    book = openpyxl.load_workbook(made.root / "CASME2-coding-20140508.xlsx")
    assert book.sheetnames == ["Sheet1", "Sheet2", "Sheet3"]
    header, *rows = book["Sheet1"].iter_rows(values_only=True)
    frames = ("OnsetFrame", "ApexFrame", "OffsetFrame")
    assert header == ("Subject", "Filename", None, *frames, None, "Action Units", "Estimated Emotion")
    assert len(rows) == 6
    for subject, clip, blank, onset, apex, offset, blank2, aus, emotion in rows:
        assert isinstance(subject, str)
        assert len(subject) == 2
        assert blank is None
        assert blank2 is None
        assert onset < apex < offset
        assert isinstance(aus, int) == str(aus).isdigit()
        assert emotion in {"others", "disgust", "happiness", "repression", "surprise", "sadness", "fear"}
        folder = made.root / "CASME2_RAW_selected" / f"sub{subject}" / clip
        numbers = sorted(int(path.stem.removeprefix("img")) for path in folder.iterdir())
        assert numbers == list(range(onset - 6, offset + 7))
        frame = cv2.imread(str(folder / f"img{onset}.jpg"))
        assert frame is not None
        assert frame.shape == (240, 320, 3)


def test_truth_agrees_with_the_sheet_and_the_flow(made: SynthSummary) -> None:
    lines = truth(made)
    assert sorted(path.name for path in made.root.parent.iterdir()) == ["corpus", "truth"]
    assert made.clips == len(lines) == 6
    assert made.frames == sum(line["last"] - line["first"] + 1 for line in lines)
    assert len(list(made.truth.glob("flow/*.npy"))) == 6
    assert sum(line["disagreement"] is not None for line in lines) == made.disagreeing == 3
    for line in lines:
        flow = np.load(made.truth / line["flow"])
        assert flow.dtype == np.float16
        assert flow.shape == (240, 320, 2)
        peak = np.linalg.norm(flow.astype(float), axis=-1).max()
        assert peak == pytest.approx(line["peak_px"], abs=1e-3)
        assert (peak > 0) == bool(line["aus_moved"])
        moved = [(unit["au"], unit["side"]) for unit in line["aus_moved"]]
        labelled = [(unit["au"], unit["side"]) for unit in line["aus_labelled"]]
        assert (moved == labelled) == (line["disagreement"] is None)
        if line["disagreement"] == "no-motion":
            assert moved == []
        if line["disagreement"] == "wrong-side":
            assert [au for au, _ in moved] == [au for au, _ in labelled]


def test_corpus_reader_takes_it_without_complaint(made: SynthSummary) -> None:
    corpora = pytest.importorskip("unimer.corpora")
    from unimer.settings import CorpusSettings

    corpus = corpora.read(CorpusSettings(corpus="casme2", root=str(made.root)))
    assert corpus.rejections == []
    lines = {line["clip_id"]: line for line in truth(made)}
    assert {clip.id for clip in corpus.clips} == set(lines)
    for clip in corpus.clips:
        line = lines[clip.id]
        assert (clip.onset.frame, clip.apex.frame, clip.offset.frame) == (line["onset"], line["apex"], line["offset"])
        assert [(a.au, a.side) for a in clip.aus] == [(u["au"], u["side"]) for u in line["aus_labelled"]]


def test_curve_rises_to_one_at_the_apex_and_returns() -> None:
    for plan in plan_clips(20, 3, 0, (0.3, 3.0), 0.1, (15, 40), get_layout("casme2")):
        values = [curve(plan, number) for number in range(plan.first, plan.last + 1)]
        apex = plan.apex - plan.first
        assert values[apex] == 1
        assert 15 <= plan.apex - plan.onset <= 40
        assert all(value == 0 for value in values[: plan.onset - plan.first + 1])
        assert all(value == 0 for value in values[plan.offset - plan.first :])
        assert all(np.diff(values[: apex + 1]) >= 0)
        assert all(np.diff(values[apex:]) <= 0)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.25, 1.0])
def test_share_of_disagreement_is_met_exactly(share: float) -> None:
    plans = plan_clips(200, 10, 5, (0.3, 3.0), share, (15, 40), get_layout("casme2"))
    kinds = Counter(plan.disagreement for plan in plans)
    assert 200 - kinds[None] == round(200 * share)
    if share == 1:
        assert set(kinds) == {"wrong-side", "wrong-au", "extra-au", "no-motion"}
    assert all((plan.moved == plan.labelled) == (plan.disagreement is None) for plan in plans)
    assert len({(plan.subject, plan.name) for plan in plans}) == 200
    assert all(0.3 <= plan.magnitude <= 3 for plan in plans if plan.moved)


def test_chosen_units_only() -> None:
    plans = plan_clips(30, 2, 0, (1, 1), 0, (5, 6), get_layout("casme2"), ["L12", "4"])
    assert {plan.labelled for plan in plans} == {"L12", "4"}
    with pytest.raises(InputError, match="AU99"):
        plan_clips(1, 1, 0, (1, 1), 0, (5, 6), get_layout("casme2"), ["99"])


def test_more_subjects_than_faces_are_reported(tmp_path: Path) -> None:
    folder = tmp_path / "faces"
    folder.mkdir()
    cv2.imwrite(str(folder / "one.png"), face_images()[0].image)
    summary = make_corpus("casme2", tmp_path / "out", 3, 3, 0, faces=folder, **SMALL)
    assert summary.subjects == 3
    assert summary.faces == ["one.png"]
    assert [line.split(" of ")[0] for line in summary.reused] == ["sub02: mirrored", "sub03: relit (variation 2)"]
    assert {line["variant"] for line in truth(summary)} == {None, "mirrored", "relit (variation 2)"}


def test_progress_is_called_once_a_clip(tmp_path: Path) -> None:
    calls: list[tuple[int, int]] = []
    still: dict[str, Any] = {"noise": 0, "drift": False, "lighting": False}
    make_corpus("casme2", tmp_path / "o", 2, 1, 0, progress=lambda *call: calls.append(call), **still, **SMALL)
    assert calls == [(1, 2), (2, 2)]


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"layout": "casme9"}, "casme2"),
        ({"clips": 0}, "at least one clip"),
        ({"subjects": 0}, "at least one"),
        ({"magnitude": (3.0, 0.3)}, "magnitude"),
        ({"magnitude": (1.0, 80.0)}, "magnitude"),
        ({"mislabelled": 1.5}, "mislabelled"),
        ({"frames": (1, 5)}, "frames"),
        ({"size": (64, 48)}, "size"),
        ({"noise": -1.0}, "noise"),
    ],
)
def test_impossible_settings(change: dict[str, Any], match: str, tmp_path: Path) -> None:
    arguments: dict[str, Any] = {"layout": "casme2", "out": tmp_path / "x", "clips": 1, "subjects": 1, "seed": 0}
    with pytest.raises(SettingsError, match=match):
        make_corpus(**(arguments | change))
    assert not (tmp_path / "x").exists()


def test_folder_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("mine")
    with pytest.raises(InputError, match="not empty"):
        make_corpus("casme2", tmp_path, 1, 1, 0)
    with pytest.raises(InputError, match="not empty"):
        make_corpus("casme2", tmp_path / "note.txt", 1, 1, 0)


def test_faces_that_cannot_be_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="no such folder"):
        face_images(tmp_path / "none")
    with pytest.raises(InputError, match="no picture"):
        face_images(tmp_path)
    cv2.imwrite(str(tmp_path / "grey.png"), np.full((300, 300, 3), 128, np.uint8))
    with pytest.raises(InputError, match=r"grey.png"):
        face_images(tmp_path)
    monkeypatch.setattr(faces_module, "CATALOGUE", [("nobody", [("no_such_package", "a.jpg", 0, (0, 1))])])
    with pytest.raises(DependencyError, match="name a folder"):
        face_images()


def test_installed_faces_are_different_frontal_people() -> None:
    found = face_images()
    assert len(found) >= 4
    assert len({face.name.split(":")[0] for face in found}) == len(found)
