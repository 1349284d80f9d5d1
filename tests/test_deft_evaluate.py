"""Scores, intervals, folds, faithfulness, and what the commands write."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from safetensors.torch import load_file

from deft import ablate, evaluation_report
from deft.data import load_examples
from deft.evaluate import evaluate_protocol, evaluate_run, fold_examples
from deft.faithful import class_in, habits_of, implied_classes, judge, kept, text_scores
from deft.predict import Marks, check_source, clip_of, predict
from deft.predictions import Prediction, asked, predict_heads
from deft.scores import au_scores, intervals_of, mean_f1, scores_of
from deft.train import load_finished, train
from tests.helpers_deft import small, tiny_llm
from unimer.errors import InputError, SettingsError
from unimer.files import read_jsonl
from unimer.records import ClipRecord, Sample
from unimer.settings import EvidenceSettings
from unimer.text.check import answer_text
from unimer.text.tasks import CER, parse_cer

QUICK: dict[str, Any] = {"epochs": 1, "batch": 4}
CLASSES = ("negative", "positive", "surprise")


def prediction(person: str, truth: str, called: str, aus: dict[int, tuple[bool, bool]] | None = None) -> Prediction:
    """``aus``: right and called."""
    units = aus or {}
    return Prediction(
        clip_id=f"{person}/{truth}/{called}",
        corpus="c",
        person=person,
        emotion=truth,
        probabilities={name: 0.8 if name == called else 0.1 for name in CLASSES},
        aus={au: float(said) for au, (_, said) in units.items()},
        right={au: right for au, (right, _) in units.items()},
    )


def of_counts(counts: list[list[int]], persons: int = 5) -> list[Prediction]:
    """Predictions with a given confusion, dealt out to persons."""
    cells = [(i, j) for i, row in enumerate(counts) for j, n in enumerate(row) for _ in range(n)]
    return [prediction(f"p{n % persons}", CLASSES[i], CLASSES[j]) for n, (i, j) in enumerate(cells)]


# --- scores ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("counts", "uf1", "uar"),
    [
        ([[219, 22, 9], [40, 62, 7], [21, 3, 59]], 0.7353, 0.7186),
        ([[83, 5, 0], [12, 19, 1], [2, 0, 23]], 0.8382, 0.8190),
    ],
)
def test_golden_confusions(counts: list[list[int]], uf1: float, uar: float) -> None:
    found = scores_of(of_counts(counts), CLASSES)
    assert round(found["uf1"], 4) == uf1
    assert round(found["uar"], 4) == uar
    low, high = found["intervals"]["uf1"]
    assert low < uf1 < high


def test_a_class_that_no_clip_has_counts_in_no_mean_but_calling_it_is_wrong() -> None:
    found = scores_of([prediction("a", "negative", "negative"), prediction("b", "positive", "surprise")], CLASSES)
    assert found["accuracy"] == 0.5
    assert found["uar"] == 0.5
    assert found["confusion"]["elsewhere"] == (0, 1)


def test_unknown_action_units_count_nowhere() -> None:
    pairs = [{4: (True, True)}, {4: (True, False), 12: (False, True)}, {}]
    found = au_scores([prediction("a", "negative", "negative", units) for units in pairs])
    assert (found[4].tp, found[4].fp, found[4].fn) == (1, 0, 1)
    assert (found[12].tp, found[12].fp) == (0, 1)
    assert mean_f1(found) == found[4].f1  # 12 is in no clip
    assert mean_f1(found, 3) is None


def test_intervals_treat_a_person_as_one_draw() -> None:
    """The same clips are far less certain where they are of few people."""
    rights = [True, True, True, False] * 24
    widths = []
    for persons in (4, 96):
        # each person is all right or all wrong where there are few
        made = [
            prediction(f"p{n * persons // 96}", "negative", "negative" if rights[n * persons // 96] else "positive")
            for n in range(96)
        ]
        low, high = intervals_of([made], CLASSES)["accuracy"]
        widths.append(high - low)
    assert widths[0] > 2.5 * widths[1]
    assert intervals_of([made], CLASSES) == intervals_of([made], CLASSES)


def test_nothing_predicted_is_wrong() -> None:
    nothing = prediction("a", "negative", "negative").model_copy(update={"probabilities": {}, "right": {4: True}})
    found = scores_of([nothing, prediction("b", "positive", "positive", {4: (True, True)})], CLASSES)
    assert found["accuracy"] == 0.5
    assert found["aus"][4]["fn"] == 1


# --- faithfulness ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def fulls(finished: Path) -> list[Any]:
    return load_examples(finished, small(data={"tasks": ["full"]}).data, "sample")


def test_the_composers_own_answers_are_faithful(fulls: list[Any]) -> None:
    habits = habits_of(fulls)
    for example in fulls:
        found = judge(answer_text(example.sample), example, ("negative", "positive", "surprise", "others"), "casme2",
                      habits, EvidenceSettings())  # fmt: skip
        assert found.parsed
        assert found.called == example.record.labels.emotion_coarse
        assert found.by_flow
        assert all(found.by_flow)
        assert all(found.by_both)
        assert not found.reasons


def test_an_invented_action_unit_is_caught(fulls: list[Any]) -> None:
    example = fulls[0]
    cer = parse_cer(answer_text(example.sample))
    absent = "AU5 (upper lid raiser): both upper eyelids move up strongly"
    text = CER(cer.emotion, (*cer.evidence, absent), cer.rationale).text()
    found = judge(text, example, CLASSES, "casme2", {}, EvidenceSettings())
    assert found.by_both[-1] is False
    assert found.by_flow[-1] is False
    assert found.reasons


def test_what_is_no_triple_is_not_parsed(fulls: list[Any]) -> None:
    found = judge("The brows move down.", fulls[0], CLASSES, "casme2", {}, EvidenceSettings())
    assert not found.parsed
    assert text_scores([found], [prediction("a", "negative", "negative")], CLASSES)["parsed"] == 0


def test_rationale_must_keep_to_the_evidence() -> None:
    line = "AU12 (lip corner puller): both lip corners move up"
    told = CER("happiness", (line,), "Both lip corners move up. AU12 is annotated. The annotated class is happiness.")
    assert kept(told) == [True] * len(kept(told))
    assert kept(told)
    more = CER("happiness", (line,), "Both inner brows move down. AU4 is annotated. The annotated class is anger.")
    assert kept(more)
    assert not any(kept(more))
    line = "AU14 (dimpler): both lip corners move apart"
    assert kept(CER("others", (line,), "Both lip corners move outward.")) == [True]
    assert kept(CER("others", (line,), "Both lip corners move up.")) == [False]
    assert kept(CER("others", (line,), "The left lip corner moves.")) == [True]


def test_class_follows_from_what_training_clips_show() -> None:
    habits = {"12": {"positive": 3, "others": 1}, "4": {"negative": 2}, "4+7": {"negative": 1, "others": 1}}
    assert implied_classes([12], habits) == {"positive"}
    assert implied_classes([6, 12], habits) == {"positive"}
    assert implied_classes([4, 7], habits) == {"negative", "others"}
    assert implied_classes([26], habits) == set()
    assert implied_classes([], habits) == set()


@pytest.mark.parametrize(
    ("said", "reader", "meant"),
    [("Disgust", "casme2", "negative"), ("repression", "casme2", "negative"), ("positive", "x", "positive"),
     ("nonsense", "x", None)],
)  # fmt: skip
def test_fine_words_in_coarse_classes(said: str, reader: str, meant: str | None) -> None:
    assert class_in(CER(said, ("a",), "b"), ("negative", "positive", "surprise", "others"), reader) == meant


# --- runs and folds --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def run(finished: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with a tiny language model. Read only."""
    folder = tmp_path_factory.mktemp("lm")
    settings = small(str(tiny_llm(folder / "llm")), train=QUICK, data={"tasks": ["full", "emotion_coarse"]})
    train(settings, finished, folder / "run", lambda _: None, live=False)
    return folder / "run"


def test_a_run_is_judged_with_its_texts(run: Path, finished: Path, tmp_path: Path) -> None:
    found = evaluate_run(run, finished, "test")
    evaluation_report.write_evaluation(tmp_path, found)
    document = json.loads((tmp_path / "evaluation.json").read_text())
    assert document["reference_texts"]["accepted"] == 1
    records = [r for r in read_jsonl(finished / "clips.jsonl", ClipRecord) if r.split == "test" and r.motion]
    assert document["heads"]["clips"] == len(records)
    asked_for = [s for s in read_jsonl(finished / "unimer.jsonl", Sample) if s.split == "test" and s.task == "full"]
    assert document["texts"]["asked"] == len(asked_for)
    assert "| part |" in (tmp_path / "evaluation.md").read_text()
    assert cv2.imread(str(tmp_path / "confusion.png")) is not None
    assert len(list(read_jsonl(tmp_path / "predictions-0.jsonl", Prediction))) == len(records)


def test_people_of_the_training_are_no_test(run: Path, finished: Path) -> None:
    with pytest.raises(InputError, match="was trained on"):
        evaluate_run(run, finished, "all")


def test_folds_part_people_and_pool_every_clip(finished: Path, tmp_path: Path) -> None:
    settings = small(train=QUICK)
    found = evaluate_protocol(settings, finished, "loso", seeds=2)
    evaluation_report.write_evaluation(tmp_path, found)
    folded = fold_examples(settings, finished, "loso", 10, 0)
    assert [p.clip_id for p in found.predictions[0]] == sorted(m.clip_id for m in folded.division.members)
    assert found.document["folds"] == len({m.person for m in folded.division.members})
    assert found.document["parts"]["all"]["uf1_seeds"] == pytest.approx(
        [scores_of(each, folded.classes)["uf1"] for each in found.predictions]
    )
    assert (tmp_path / "predictions-1.jsonl").is_file()
    assert "±" in (tmp_path / "evaluation.md").read_text()


def test_seeds_differ_and_repeat(finished: Path) -> None:
    settings = small(train=QUICK)
    one, again = (evaluate_protocol(settings, finished, "kfold", 2, 1).predictions for _ in range(2))
    assert one == again
    other = settings.model_copy(update={"train": settings.train.model_copy(update={"seed": 1})})
    assert evaluate_protocol(other, finished, "kfold", 2, 1).predictions != one


def test_clips_without_motion_count_as_wrong(own_build: Path) -> None:
    path = own_build / "clips.jsonl"
    records = list(read_jsonl(path, ClipRecord))
    lost = next(i for i, r in enumerate(records) if r.labels.emotion)
    records[lost] = records[lost].model_copy(update={"motion": None, "evidence": None})
    path.write_text("".join(r.model_dump_json() + "\n" for r in records))
    found = evaluate_protocol(small(train=QUICK), own_build, "kfold", 2, 1)
    assert found.document["not_measured"] == [records[lost].clip.id]
    missing = next(p for p in found.predictions[0] if p.clip_id == records[lost].clip.id)
    assert missing.called == ""
    assert found.document["parts"]["all"]["clips"] == len(found.predictions[0])


def test_ablation_switches_experts(finished: Path, tmp_path: Path) -> None:
    settings = small(train=QUICK)
    assert list(ablate.variants(settings)) == [
        "all", "without structure", "without texture", "without motion",
        "structure alone", "texture alone", "motion alone",
    ]  # fmt: skip
    assert ablate.variants(settings)["without motion"].model.experts.enabled == ("structure", "texture")
    two = ablate.with_experts(settings, ("texture", "motion"))
    found = ablate.ablate(two, finished, "kfold", 2)
    ablate.write_ablation(tmp_path, found)
    assert list(json.loads((tmp_path / "ablation.json").read_text())["variants"]) == [
        "all", "texture alone", "motion alone",
    ]  # fmt: skip
    assert (tmp_path / "ablation.md").read_text().count("\n| ") == 4


def test_unknown_protocol(finished: Path) -> None:
    with pytest.raises(SettingsError, match="no protocol is called 'losso'"):
        evaluate_protocol(small(), finished, "losso")


# --- prediction ------------------------------------------------------------------------------------------------------


def test_a_clip_of_a_build_is_read(run: Path, finished: Path, tmp_path: Path) -> None:
    record = next(r for r in read_jsonl(finished / "clips.jsonl", ClipRecord) if r.motion)
    found = predict(run, record.clip.id, tmp_path, finished)
    assert found.labels == record.labels
    assert found.answer is not None
    assert sum(found.probabilities.values()) == pytest.approx(1, abs=0.001)
    assert {unit.au for unit in found.aus} == {au for au, p in found.all_aus.items() if p >= 0.5}
    assert all(verdict.source == "deft" for verdict in found.evidence.aus)
    picture = cv2.imread(str(tmp_path / "prediction.png"))
    assert picture is not None
    assert picture.shape == (512 + 190, 512, 3)
    assert json.loads((tmp_path / "prediction.json").read_text())["emotion"] == found.emotion


def test_a_folder_of_frames_is_read_as_the_build_reads_it(
    run: Path, finished: Path, corpus: Path, tmp_path: Path
) -> None:
    """The same frames, with the annotated onset and apex, give the head the same clip."""
    record = next(r for r in read_jsonl(finished / "clips.jsonl", ClipRecord) if r.motion)
    loaded, model = load_finished(run)
    model.chat = None
    example = next(e for e in load_examples(finished, loaded.settings.data, "clip") if e.clip.id == record.clip.id)
    expected = predict_heads(model, [example])[0]
    from deft.predict import measured, read_clip

    marks = Marks(record.clip.onset.frame, record.clip.apex.frame, record.clip.offset.frame)
    settings = loaded.data.build_settings()
    new = measured(corpus / record.clip.frames.path, settings, tmp_path, marks)
    found = read_clip(model, loaded, new, None, settings)
    assert found.answer is None
    assert (found.onset, found.apex) == (record.clip.onset.frame, record.clip.apex.frame)
    for name, p in expected.probabilities.items():
        assert found.probabilities[name] == pytest.approx(p, abs=0.02)


def test_pictures_without_a_face_are_refused(run: Path, tmp_path: Path) -> None:
    folder = tmp_path / "grey"
    folder.mkdir()
    for number in range(5):
        cv2.imwrite(str(folder / f"img{number}.png"), np.full((240, 320, 3), 100 + number, np.uint8))
    with pytest.raises(InputError, match=r"face\.none"):
        predict(run, folder, tmp_path / "out")


def test_sources_that_are_no_clip_are_refused(run: Path, finished: Path, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    (tmp_path / "empty").mkdir()
    for name, words in (("none.mp4", "no such file"), ("a.txt", "no video"), ("empty", "no frames")):
        with pytest.raises(InputError, match=words):
            check_source(tmp_path / name)
    with pytest.raises(InputError, match="has no clip x/y"):
        predict(run, "x/y", tmp_path / "out", finished)
    with pytest.raises(InputError, match="is no run"):
        predict(tmp_path, "x/y", tmp_path / "out", finished)


def test_a_video_is_searched_and_a_folder_is_one_expression(tmp_path: Path) -> None:
    for number in (3, 4, 5):
        cv2.imwrite(str(tmp_path / f"img{number}.png"), np.zeros((8, 8, 3), np.uint8))
    clip = clip_of(tmp_path, Marks(apex=4))
    assert (clip.onset.frame, clip.apex.frame, clip.offset.frame) == (3, 4, 5)
    assert clip.apex.origin == "annotated"
    (tmp_path / "a b.mp4").write_bytes(b"")
    assert clip_of(tmp_path / "a b.mp4", Marks()).onset.frame is None


def test_the_question_is_the_composers(fulls: list[Any]) -> None:
    turns = asked(fulls[0], system="Be brief.").turns
    assert [turn.role for turn in turns] == ["system", "user"]
    assert "class, evidence and rationale" in turns[1].text


def test_the_tiny_models_weights_are_only_its_own(run: Path) -> None:
    assert all(not name.startswith("llm.") or "lora" in name for name in load_file(run / "model/weights.safetensors"))
