"""Checking, submitting and scoring files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.helpers_vqa import RIGHT, SAMM_TEST, answered, read_jsonl, write_jsonl
from unimer.errors import InputError
from unimer.vqa.findings import Finding, check, submission, submission_name, write_submission
from unimer.vqa.score import class_in, count_in, score

EARLY = {"dataset": "samm_test", "image_id": "dzw_a1_338", "subject": "dzw", "filename": "a1"}
LONG_QUESTIONS = [
    "How many expression events appear in this video?",
    "How many micro-expression events appear in this video?",
    "How many macro-expression events appear in this video?",
    "What distinct action units appear in this video?",
    "What is the expression type of the 2-th expression event in this video?",
]
LONG_TEST: list[dict[str, Any]] = [
    {"video_id": f"casme3_test_dzw_a1_{n}", "video": "dzw_a1", "question": question, "answer": ""}
    for n, question in enumerate(LONG_QUESTIONS, 1)
]
LONG_RIGHT = [3, 1, 2, "brow lowerer, dimpler", "micro-expression"]


def codes(findings: list[Finding], errors: bool = True) -> list[tuple[str, str]]:
    return [(finding.code, finding.id) for finding in findings if finding.error == errors]


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    return write_jsonl(tmp_path / "me_vqa_samm_test_to_answer.jsonl", *SAMM_TEST)


# --- check -----------------------------------------------------------------------------------------------------------


def test_a_question_file_and_a_right_answer_file_are_clean(questions: Path, tmp_path: Path) -> None:
    assert check(questions)[0] == []
    findings, kinds = check(write_jsonl(tmp_path / "me_vqa_samm_test_pred.jsonl", *answered(RIGHT)))
    assert findings == []
    assert kinds == {"coarse": 1, "fine": 1, "aus": 1, "shown": 1, "combined": 1}
    assert check(write_jsonl(tmp_path / "long.jsonl", *answered(LONG_RIGHT, LONG_TEST)))[0] == []


def test_what_check_finds(tmp_path: Path) -> None:
    rows = answered(["sad", "confused", "brow lowerer, blink", "", "anything"])
    rows[4]["video_id"] = rows[0]["video_id"]
    rows.append({"video_id": "x", "question": "And what else?", "answer": "nothing"})
    findings, kinds = check(write_jsonl(tmp_path / "pred.jsonl", *rows))
    assert codes(findings) == [("unanswered", "samm_test_SAMM-1_4"), ("id.duplicate", "samm_test_SAMM-1_1")]
    assert [(f.line, f.code, f.message) for f in findings if not f.error] == [
        (1, "answer.unusual", "'sad' is none of negative, positive, surprise"),
        (2, "answer.unusual", findings[1].message),
        (3, "answer.unusual", "not among the 25 Action Units: blink"),
        (6, "question.unknown", "no official wording: And what else?"),
    ]
    assert kinds["unknown"] == 1


def test_the_wrong_dataset_in_the_casme3_file_is_a_note(tmp_path: Path) -> None:
    row = {"id": "samm_test_dzw_a1_338_1", **EARLY, "question": "What is the coarse expression class?", "answer": ""}
    findings, _ = check(write_jsonl(tmp_path / "me_vqa_casme3_test_to_answer.jsonl", row))
    assert codes(findings, errors=False) == [("dataset.wrong", row["id"])]
    assert codes(findings) == []


def test_unusual_counts_and_sides(tmp_path: Path) -> None:
    rows = answered(["three", "-1", "², 2", "none", "macro"], LONG_TEST)
    rows.append(
        {"id": "s", "question": "Is the action unit dimpler located on the left or right face?", "answer": "up"}
    )
    findings, _ = check(write_jsonl(tmp_path / "pred.jsonl", *rows))
    assert [finding.line for finding in findings] == [1, 2, 3, 5, 6]


# --- submit ----------------------------------------------------------------------------------------------------------


def test_a_submission_has_order_ids_and_keys_of_the_questions(questions: Path, tmp_path: Path) -> None:
    answers = [
        {"video_id": row["video_id"], "prediction": f" {answer} "}
        for row, answer in zip(SAMM_TEST, RIGHT, strict=True)
    ]
    found = submission(questions, write_jsonl(tmp_path / "answers.jsonl", *reversed(answers)))
    assert codes(found.findings, errors=False) == [("order", "")]
    path = write_submission(found, tmp_path / "out")
    assert path == tmp_path / "out" / "me_vqa_samm_test_pred.jsonl"
    assert read_jsonl(path) == answered(RIGHT)
    assert [list(row) for row in read_jsonl(path)] == [["video_id", "video", "question", "answer"]] * 5


def test_answers_without_ids_go_by_video_and_question(questions: Path, tmp_path: Path) -> None:
    answers = [
        {"video": row["video"], "question": row["question"].upper(), "response": answer}
        for row, answer in zip(SAMM_TEST, RIGHT, strict=True)
    ]
    found = submission(questions, write_jsonl(tmp_path / "answers.jsonl", *answers))
    assert found.findings == []
    assert [dict(row) for row in found.rows] == answered(RIGHT)


def test_counts_are_written_as_numbers_and_extra_keys_stay(tmp_path: Path) -> None:
    rows = [{**row, "source": "part A"} for row in LONG_TEST]
    path = write_jsonl(tmp_path / "me_lvqa_casme3_test_to_answer.jsonl", *rows)
    given = answered(["3", 1, " 2", "none", "macro-expression"], LONG_TEST)
    found = submission(path, write_jsonl(tmp_path / "answers.jsonl", *given))
    assert [row["answer"] for row in found.rows] == [3, 1, 2, "none", "macro-expression"]
    assert {row["source"] for row in found.rows} == {"part A"}
    assert found.name == "me_lvqa_casme3_test_pred.jsonl"


def test_nothing_is_written_of_an_unfit_submission(questions: Path, tmp_path: Path) -> None:
    rows = answered(RIGHT)
    rows[1]["answer"] = "  "
    rows[2]["question"] = "What is the action unit?"
    rows[4]["video_id"] = "samm_test_SAMM-9_5"
    found = submission(questions, write_jsonl(tmp_path / "answers.jsonl", *rows, rows[0]))
    assert sorted(codes(found.findings)) == [
        ("id.duplicate", "samm_test_SAMM-1_1"),
        ("id.unknown", "samm_test_SAMM-9_5"),
        ("question.mismatch", "samm_test_SAMM-1_3"),
        ("unanswered", "samm_test_SAMM-1_2"),
        ("unanswered", "samm_test_SAMM-1_3"),
        ("unanswered", "samm_test_SAMM-1_5"),
    ]
    assert found.rows == []


def test_answers_that_belong_to_no_question_at_all(questions: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"answers.jsonl, row 2: neither an id nor video and question"):
        submission(questions, write_jsonl(tmp_path / "answers.jsonl", SAMM_TEST[0], {"answer": "negative"}))
    lost = {"video": "SAMM-9", "question": "Who?", "answer": "x"}
    found = submission(questions, write_jsonl(tmp_path / "answers.jsonl", *answered(RIGHT), lost))
    assert [(f.code, f.message) for f in found.findings] == [("id.unknown", "no such question: Who?")]


@pytest.mark.parametrize(
    ("name", "official"),
    [
        ("me_vqa_casme3_test_to_answer.jsonl", "me_vqa_casme3_test_pred.jsonl"),
        ("me_vqa_samm_v2_test_to_answer.jsonl", "me_vqa_samm_v2_test_pred.jsonl"),
        ("me_lvqa_samm_test_to_answer.jsonl", "me_lvqa_samm_test_pred.jsonl"),
        ("mine.jsonl", "mine_pred.jsonl"),
    ],
)
def test_official_names(name: str, official: str) -> None:
    assert submission_name(Path("x") / name) == official


# --- score -----------------------------------------------------------------------------------------------------------


def scored(tmp_path: Path, answers: list[Any], rows: list[dict[str, Any]], right: list[Any]) -> dict[str, Any]:
    reference = write_jsonl(tmp_path / "reference.jsonl", *answered(right, rows))
    prediction = write_jsonl(tmp_path / "prediction.jsonl", *answered(answers, rows))
    scores, findings = score([(reference, prediction)])
    assert list(scores) == ["overall"]
    assert findings == []
    return scores["overall"]


def test_right_answers_have_full_scores(tmp_path: Path) -> None:
    for rows, right in ((SAMM_TEST, RIGHT), (LONG_TEST, LONG_RIGHT)):
        found = scored(tmp_path, right, rows, right)
        assert found["questions"] == 5
        assert found["rouge1_f1"] == found["rouge1_recall"] == 1
        assert len(found["kinds"]) == 5
        for scores in found["kinds"].values():
            own = {k: v for k, v in scores.items() if isinstance(v, float) and not k.startswith(("bleu", "rouge"))}
            assert all(value == (0 if key == "mean_absolute_error" else 1) for key, value in own.items()), own
            assert own


def test_classes_are_read_out_of_answers_or_taken_as_they_stand(tmp_path: Path) -> None:
    rows = [{**SAMM_TEST[0], "video_id": f"samm_test_SAMM-{n}_1"} for n in range(4)]
    right = ["negative", "negative", "positive", "surprise"]
    answers = ["It is negative.", "negative", "positive or negative", "Surprise"]
    found = scored(tmp_path, answers, rows, right)["kinds"]["coarse"]
    assert found["uar"] == pytest.approx(2 / 3)
    assert found["uf1"] == pytest.approx(2 / 3)
    assert found["accuracy"] == 0.75
    # Classes negative, positive, surprise, and the two sentences.
    assert found["uar_exact_union"] == pytest.approx((1 / 2 + 0 + 1) / 5)
    assert found["uf1_exact_union"] == pytest.approx((2 / 3 + 0 + 1) / 5)
    assert found["confusion"]["labels"] == ("negative", "positive", "surprise")


def test_action_units_counts_and_types(tmp_path: Path) -> None:
    answers = ["about 5", "none", 2, "brow lowerer, AU12", "it is a macro expression"]
    found = scored(tmp_path, answers, LONG_TEST, LONG_RIGHT)["kinds"]
    assert (found["count_all"]["accuracy"], found["count_all"]["mean_absolute_error"]) == (0, 2)
    assert (found["count_micro"]["accuracy"], found["count_micro"]["mean_absolute_error"]) == (0, 1)
    assert found["count_macro"]["accuracy"] == 1
    assert found["distinct_aus"]["au_sample_f1"] == pytest.approx(0.5)
    assert found["distinct_aus"]["aus"]["lip corner puller"]["support"] == 0
    assert found["nth_type"]["accuracy"] == 0


def test_the_parts_of_a_combined_answer(tmp_path: Path) -> None:
    answers = [
        *RIGHT[:4],
        "action units: brow lowerer. fine-grained expression: happy; coarse expression class: negative",
    ]
    found = scored(tmp_path, answers, SAMM_TEST, RIGHT)["kinds"]["combined"]
    assert found["au_sample_f1"] == pytest.approx(2 / 3)
    assert (found["fine_accuracy"], found["coarse_accuracy"]) == (0, 1)
    for sentence in ("the coarse expression class is: negative.", "coarse expression class is negative"):
        answers[4] = f"The fine-grained expression is disgust, and {sentence}"
        found = scored(tmp_path, answers, SAMM_TEST, RIGHT)["kinds"]["combined"]
        assert (found["fine_accuracy"], found["coarse_accuracy"]) == (1, 1), sentence


def test_a_missing_prediction_counts_as_wrong_and_is_found(tmp_path: Path) -> None:
    reference = write_jsonl(tmp_path / "reference.jsonl", *answered(RIGHT))
    prediction = write_jsonl(tmp_path / "prediction.jsonl", *answered(RIGHT)[1:], {"id": "x", "answer": "y"})
    scores, findings = score([(reference, prediction)])
    assert sorted(codes(findings)) == [("id.unknown", "x"), ("unanswered", "samm_test_SAMM-1_1")]
    assert scores["overall"]["kinds"]["coarse"]["uf1"] == 0
    assert scores["overall"]["unanswered"] == 1
    assert scores["overall"]["rouge1_recall"] == pytest.approx(4 / 5)


def test_several_datasets_are_scored_each_and_together(tmp_path: Path) -> None:
    cas = [{**row, "video_id": row["video_id"].replace("samm_test_SAMM", "casme3_test_CAS")} for row in SAMM_TEST]
    pairs = []
    for name, rows, answers in (("samm", SAMM_TEST, RIGHT), ("casme3", cas, ["positive", *RIGHT[1:]])):
        reference = write_jsonl(tmp_path / f"me_vqa_{name}_test.jsonl", *answered(RIGHT, rows))
        pairs.append((reference, write_jsonl(tmp_path / f"me_vqa_{name}_test_pred.jsonl", *answered(answers, rows))))
    scores, _ = score(pairs)
    assert list(scores) == ["overall", "samm", "casme3"]
    assert [scores[name]["kinds"]["coarse"]["accuracy"] for name in scores] == [0.5, 1, 0]
    assert [scores[name]["questions"] for name in scores] == [10, 5, 5]


def test_references_must_be_answered_and_unambiguous(questions: Path, tmp_path: Path) -> None:
    prediction = write_jsonl(tmp_path / "prediction.jsonl", *answered(RIGHT))
    with pytest.raises(InputError, match=r"row 1: the reference has no answer here"):
        score([(questions, prediction)])
    twice = write_jsonl(tmp_path / "twice.jsonl", *answered(RIGHT), *answered(RIGHT)[:1])
    with pytest.raises(InputError, match="the id samm_test_SAMM-1_1 twice"):
        score([(twice, prediction)])


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("Happy", "happiness"),
        ("The fine-grained class is anger!", "anger"),
        ("anger or fear", "anger or fear"),
        ("confused", "confused"),
        ("", ""),
    ],
)
def test_classes_in_answers(answer: str, expected: str) -> None:
    assert class_in(answer, ["anger", "fear", "happiness"]) == expected


def test_other_readings() -> None:
    assert class_in("a micro expression", ["micro-expression", "macro-expression"]) == "micro-expression"
    assert class_in("Yes, the brow lowerer is shown.", ["yes", "no"]) == "yes"
    assert [count_in(text) for text in ("12 events", "none", "3", "1234567", "-2")] == [12, None, 3, None, -2]
