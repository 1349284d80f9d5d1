"""ME-VQA questions put to a run: which clip each is about, what the model is asked, scores, files, bad input."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from deft.cli import main
from deft.data import Example
from deft.evaluate import evaluate_run
from deft.evaluation_report import write_evaluation
from deft.model import DeftModel
from deft.train import train
from deft.vqa import Questions, answer, clips_by_name, key_of, names_of
from tests.helpers_deft import example, small, tiny_llm
from tests.helpers_vqa import made_clip, read_jsonl, source_of, write_jsonl
from unimer.records import Clip, FrameMark
from unimer.vqa.clips import from_build
from unimer.vqa.make import make
from unimer.vqa.records import Row
from unimer.vqa.score import score
from unimer.vqa.templates import kinds_of

QUICK: dict[str, Any] = {"epochs": 1, "batch": 4}
SYSTEM = "Describe what moves."
ANYWHERE = Path("questions.jsonl")
Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def run(finished: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with a tiny language model. Read only."""
    folder = tmp_path_factory.mktemp("vqa")
    settings = small(str(tiny_llm(folder / "llm")), train=QUICK, data={"tasks": ["emotion_coarse"]})
    train(settings, finished, folder / "run", lambda _: None, live=False)
    return folder / "run"


def questions(build: Path, split: Any = None) -> Rows:
    """Questions and right answers, as `unimer vqa make` writes them."""
    return make(from_build(build, split), kinds_of(2025, long=False), 0).rows


@pytest.fixture
def says(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[Example], str]], None]:
    """Puts an answer into the model's mouth: a function of the example that it is asked about."""

    def put(words: Callable[[Example], str]) -> None:
        def generate(_: DeftModel, items: Sequence[Any], *__: Any) -> list[str]:
            return [words(asked) for asked, _ in items]

        monkeypatch.setattr(DeftModel, "generate", generate)

    return put


# --- which clip a question is about ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("corpus", "subject", "name", "image_id"),
    [
        ("casme2", "sub01", "EP19_05f", "sub01_EP19_05f"),
        ("samm", "006", "006_1_2", "006_1_2"),
        ("smic", "s1", "s1_ne_01", "s01_ne_01"),
        ("casme3_c", "01", "1", "01_1"),
        ("4dme", "S13", "S13_1st_001_01_1", "S13_1st_001_01_1"),
    ],
)
def test_a_question_finds_its_clip_as_the_files_name_it(corpus: str, subject: str, name: str, image_id: str) -> None:
    clip = made_clip(corpus, subject, name, "4", "disgust", emotion_coarse="negative")
    emotion = {"emotion": "negative"} if corpus == "smic" else {}
    row = make(source_of(clip.model_copy(update=emotion)), ["coarse"], 0).rows[0]
    assert row["image_id"] == image_id
    assert key_of(Row(row), ANYWHERE) in names_of(clip, corpus)
    by_file = {key: value for key, value in row.items() if key != "image_id"}
    assert key_of(Row(by_file), ANYWHERE) in names_of(clip, corpus)


def test_leading_zeros_of_a_subject_do_not_matter() -> None:
    clip = made_clip("samm", "006", "006_1_2")
    for subject in ("006", "6", 6):
        row = Row({"dataset": "samm", "subject": subject, "filename": "006_1_2"})
        assert key_of(row, ANYWHERE) in names_of(clip, "samm")
    other = Row({"dataset": "samm", "subject": "7", "filename": "006_1_2"})
    assert key_of(other, ANYWHERE) not in names_of(clip, "samm")


def test_a_name_that_two_clips_share_is_nobodys(finished: Path) -> None:
    """Several expressions of one video: only the name with the onset tells which is meant."""
    clips = [
        made_clip("casme3_a", "spNO.1", "a", "4", "disgust", id=f"casme3_a/spNO.1/a_{n}", onset=FrameMark(frame=n))
        for n in (338, 1735)
    ]
    found = clips_by_name([of_clip(finished, clip) for clip in clips], {})
    for row in make(source_of(*clips), ["coarse"], 0).rows:
        onset = row["onset_frame"]
        assert found[key_of(Row(row), ANYWHERE)].clip.onset.frame == onset
    assert ("casme3", "spNO.1", "a") not in found


def of_clip(build: Path, clip: Clip) -> Example:
    """Any example, of that clip."""
    any_one = example(build, "clip")
    return replace(any_one, record=any_one.record.model_copy(update={"clip": clip}))


# --- what is asked, and what the answers score -----------------------------------------------------------------------


def test_right_answers_have_full_scores(run: Path, finished: Path, tmp_path: Path, says: Any) -> None:
    rows = questions(finished, "test")
    right = {(row["subject"], row["filename"], row["question"]): str(row["answer"]) for row in rows}
    says(lambda e: right.get((e.clip.subject, e.clip.clip, e.turns[-1].text), ""))
    found = evaluate_run(run, finished, "test", write_jsonl(tmp_path / "q.jsonl", *rows))
    scores = found.document["vqa"]["scores"]
    assert list(scores) == ["overall"]  # a single dataset
    assert scores["overall"]["questions"] == len(rows) > 5
    assert scores["overall"]["rouge1_f1"] == 1
    assert scores["overall"]["unanswered"] == 0
    kinds = scores["overall"]["kinds"]
    assert [kinds[kind]["accuracy"] for kind in ("coarse", "fine", "shown")] == [1, 1, 1]
    assert kinds["aus"]["au_exact"] == kinds["combined"]["fine_uf1"] == 1
    assert [(row["answer"], row["reference"]) for row in found.answers] == [(row["answer"],) * 2 for row in rows]


def test_a_model_that_always_says_no_is_half_right(run: Path, finished: Path, tmp_path: Path, says: Any) -> None:
    """Of the questions whether an Action Unit is shown, half have the answer yes."""
    says(lambda _: " No. ")
    rows = [row for row in questions(finished, "test") if row["answer"] in ("yes", "no")]
    found = evaluate_run(run, finished, "test", write_jsonl(tmp_path / "q.jsonl", *rows))
    shown = found.document["vqa"]["scores"]["overall"]["kinds"]["shown"]
    assert (shown["accuracy"], shown["uar"], shown["uf1"]) == (0.5, 0.5, pytest.approx(1 / 3))
    assert shown["uar_exact_union"] == 0  # "no." is not "no"
    assert {row["answer"] for row in found.answers} == {"No."}


def test_what_cannot_be_judged_is_left_out_and_counted(run: Path, finished: Path, tmp_path: Path, says: Any) -> None:
    """Questions about another corpus, and one without a right answer."""
    says(lambda _: "negative")
    rows = [row for row in questions(finished, "test") if "coarse expression class?" in row["question"]]
    strange = [{**row, "dataset": "samm_train", "id": f"samm{row['id']}"} for row in rows]
    unanswered = [{**rows[0], "answer": ""}]
    file = write_jsonl(tmp_path / "q.jsonl", *rows, *strange, *unanswered)
    found = evaluate_run(run, finished, "test", file).document["vqa"]
    assert found["left_out"] == {"other_clips": len(rows), "no_reference": 1}
    assert found["scores"]["overall"]["questions"] == len(rows)


def test_each_dataset_has_scores_of_its_own(finished: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All clips are called negative; in one dataset that is right."""
    monkeypatch.setattr("deft.vqa.write_texts", lambda _, wanted, **__: ["negative"] * len(wanted))
    asks = "What is the coarse expression class?"
    keys = [("casme2", "negative"), ("samm", "positive"), ("samm", "surprise")]
    rows = [Row({"id": str(n), "dataset": name, "question": asks, "answer": a}) for n, (name, a) in enumerate(keys)]
    model: Any = None
    found = answer(model, Questions(ANYWHERE, [(row, example(finished, "clip")) for row in rows], {}))
    scores = found.document["scores"]
    assert {name: of["questions"] for name, of in scores.items()} == {"overall": 3, "casme2": 1, "samm": 2}
    accuracy = {name: of["kinds"]["coarse"]["accuracy"] for name, of in scores.items()}
    assert accuracy == {"overall": pytest.approx(1 / 3), "casme2": 1, "samm": 0}


def test_the_model_is_asked_as_in_training(
    run: Path, finished: Path, tmp_path: Path, says: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the system message of the build, the official wording and nothing else."""
    monkeypatch.setattr("deft.runs.DataFacts.system", property(lambda _: SYSTEM))
    seen: list[list[tuple[str, str]]] = []

    def note(asked: Example) -> str:
        seen.append([(turn.role, turn.text) for turn in asked.turns])
        return "yes"

    says(note)
    rows = questions(finished, "test")[:3]
    evaluate_run(run, finished, "test", write_jsonl(tmp_path / "q.jsonl", *rows))
    ours = [turns for turns in seen if turns[0][0] == "system"]  # the others are the build's own samples
    assert sorted(ours) == sorted([("system", SYSTEM), ("user", row["question"])] for row in rows)


def test_the_tiny_model_answers_and_its_file_scores_the_same(
    run: Path, finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No stand-in: what the model writes, however silly, reaches the files, and `unimer vqa score` agrees."""
    write = DeftModel.generate
    monkeypatch.setattr(DeftModel, "generate", lambda model, items, _: write(model, items, 6))
    rows, every = questions(finished, "test"), questions(finished)
    found = evaluate_run(run, finished, "test", write_jsonl(tmp_path / "q.jsonl", *every))
    write_evaluation(tmp_path, found)
    document = json.loads((tmp_path / "evaluation.json").read_text(encoding="utf-8"))["vqa"]
    assert document["left_out"] == {"other_clips": len(every) - len(rows), "no_reference": 0}
    written = read_jsonl(tmp_path / "vqa.jsonl")
    assert [(row["id"], row["question"]) for row in written] == [(row["id"], row["question"]) for row in rows]
    scores, _ = score([(write_jsonl(tmp_path / "test.jsonl", *rows), tmp_path / "vqa.jsonl")])
    assert json.loads(json.dumps(scores)) == document["scores"]
    table = (tmp_path / "evaluation.md").read_text(encoding="utf-8")
    coarse = document["scores"]["overall"]["kinds"]["coarse"]
    assert f"| overall | coarse | {coarse['questions']} | {coarse['accuracy']:.3f} |" in table
    assert f"{len(every) - len(rows)} questions about other clips, 0 without" in table


# --- bad input -------------------------------------------------------------------------------------------------------


def exit_of(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str]:
    """Exit code and stderr of the command."""
    sys.argv = ["deft", *map(str, arguments)]
    with pytest.raises(SystemExit) as stopped:
        main()
    assert isinstance(stopped.value.code, int)
    return stopped.value.code, capsys.readouterr().err


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command line is put back after the test; nothing is predicted where the questions are no good."""
    monkeypatch.setattr(sys, "argv", sys.argv)
    monkeypatch.setattr("deft.evaluate.predict_heads", lambda *_: pytest.fail("judged before the questions were read"))


@pytest.mark.usefixtures("command")
def test_questions_that_cannot_be_judged(
    run: Path, finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = questions(finished, "test")
    broken = write_jsonl(tmp_path / "broken.jsonl", *rows)
    broken.write_text(broken.read_text(encoding="utf-8") + '{"id": "x"\n', encoding="utf-8")
    other = questions(finished, "train")
    cases = [
        (write_jsonl(tmp_path / "other.jsonl", *other), f"first question is about casme2 {other[0]['subject']}"),
        (
            write_jsonl(tmp_path / "empty.jsonl", *({**row, "answer": ""} for row in rows)),
            "no answer to score against",
        ),
        (broken, f"broken.jsonl, row {len(rows) + 1}: not JSON"),
        (tmp_path / "none.jsonl", "none.jsonl: cannot be read"),
    ]
    for file, words in cases:
        code, said = exit_of(capsys, "evaluate", run, "--data", finished, "--vqa", file)
        assert (code, words in said) == (2, True), said
    assert not (run / "evaluation-test").exists()


@pytest.mark.usefixtures("command")
def test_a_model_without_a_language_model(finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    train(small(train=QUICK), finished, tmp_path / "heads", lambda _: None, live=False)
    file = write_jsonl(tmp_path / "q.jsonl", *questions(finished, "test"))
    code, said = exit_of(capsys, "evaluate", tmp_path / "heads", "--data", finished, "--vqa", file)
    assert code == 2
    assert "has no language model (model.llm is none), so it answers no questions" in said
