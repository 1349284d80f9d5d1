"""``unimer vqa`` from end to end on a tiny CASME II."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest

from tests.casme2_fixture import write_casme2, write_frames
from tests.helpers_vqa import RIGHT, SAMM_TEST, answered, read_jsonl, write_jsonl
from tests.test_cli import refused, run


def vqa(*arguments: object) -> subprocess.CompletedProcess[str]:
    result = run("vqa", *arguments)
    assert result.returncode in (0, 1), result.stderr
    assert "Traceback" not in result.stderr
    return result


def test_the_sub_app_loads_nothing_heavy() -> None:
    heavy = "('numpy', 'pandas', 'pydantic', 'yaml')"
    code = f"import sys, unimer.vqa.command\nprint([m for m in {heavy} if m in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_make_submit_and_score(tmp_path: Path) -> None:
    root = write_casme2(tmp_path / "corpus")
    reference = tmp_path / "me_vqa_casme2_test_to_answer.jsonl"
    made = vqa("make", "--corpus", "casme2", "--root", root, "--out", reference)
    assert made.returncode == 0
    assert made.stdout == ""
    assert "left out: 4 clips without one of the three coarse classes" in made.stderr
    assert "(the 2019 coding is not here" in made.stderr
    assert "15 questions: 3 coarse, 3 fine, 2 aus, 4 shown, 2 combined, 1 side" in made.stderr
    rows = read_jsonl(reference)
    assert {row["dataset"] for row in rows} == {"casme2"}
    assert rows[0]["id"].endswith("_1")
    again = tmp_path / "again.jsonl"
    vqa("make", "--corpus", "casme2", "--root", root, "--out", again)
    assert again.read_bytes() == reference.read_bytes()

    answers = write_jsonl(tmp_path / "answers.jsonl", *({"id": row["id"], "pred": row["answer"]} for row in rows))
    written = vqa("submit", reference, answers, "--out", tmp_path / "out", "--json")
    assert written.returncode == 0
    prediction = tmp_path / "out" / "me_vqa_casme2_test_pred.jsonl"
    assert json.loads(written.stdout) == {"file": str(prediction), "answers": len(rows), "findings": []}
    assert prediction.read_bytes() == reference.read_bytes()

    assert vqa("check", prediction).returncode == 0
    found = json.loads(vqa("score", reference, prediction, "--json").stdout)
    assert found["findings"] == []
    assert found["scores"]["overall"]["kinds"]["coarse"]["uf1"] == 1
    table = vqa("score", reference, prediction)
    assert "rouge1_recall" in table.stdout
    assert table.stderr == ""


def write_long_videos(root: Path) -> Path:
    """SAMM Long Videos with two recordings: three events, and one."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "FACS_Movement_Only"
    for _ in range(9):
        sheet.append(["A preamble"])
    names = ["Subject", "Filename", "Inducement Code", "Onset", "Apex", "Offset", "Duration", "Type", "Action Units"]
    sheet.append([*names, "Notes"])
    sheet.append(["006", "006_1_2", 1, 30, 35, 40, 11, "Micro - 1/2", "4+7", None])
    sheet.append(["006", "006_1_1", 1, 2.4, 5, 9, 8, "Macro", "12", None])
    sheet.append(["006", "006_1_3", 1, 50, -1, 60, 11, "Macro", "L12+80", None])
    sheet.append(["007", "007_2_1", 2, 3, 5, 9, 7, "Macro", "26", None])
    root.mkdir()
    book.save(root / "SAMM_LongVideos_V3_Release.xlsx")
    write_frames(root / "SAMM_longvideos/006_1", list(range(1, 70)), "006_1_{}.jpg")
    write_frames(root / "SAMM_longvideos/007_2", list(range(1, 20)), "007_2_{}.jpg")
    return root


def test_make_long(tmp_path: Path) -> None:
    out = tmp_path / "me_lvqa_samm_casme3.jsonl"
    made = vqa("make", "--corpus", "samm_lv", "--root", write_long_videos(tmp_path / "lv"), "--long", "--out", out)
    assert "1 mentions of AU 80, which has no name" in made.stderr
    rows = read_jsonl(out)
    assert [row["video_id"] for row in rows if row["question"].startswith("How many expression")] == [
        "samm_train_6_006_1_1",
        "samm_train_7_007_2_1",
    ]
    assert [row["answer"] for row in rows[:4]] == [3, 1, 2, "lip corner puller, brow lowerer, lid tightener"]
    types = {1: "macro-expression", 2: "micro-expression", 3: "macro-expression"}
    for row in rows[4:6]:
        assert row["answer"] == types[int(row["question"].split("the ")[2].split("-")[0])]
    assert len(rows) == 6 + 5
    assert (
        vqa("check", out).stderr
        == "11 questions: 2 count_all, 2 count_micro, 2 count_macro, 2 distinct_aus, 3 nth_type\n"
    )


def test_make_from_a_recipe_with_chosen_kinds(tmp_path: Path) -> None:
    root = write_casme2(tmp_path / "corpus")
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text("corpora: [{corpus: casme2, root: nowhere}]\n")
    out = tmp_path / "rows.jsonl"
    vqa("make", recipe, "--set", f"corpora.0.root={root}", "--kind", "coarse", "--kind", "aus", "--out", out)
    assert {row["question"] for row in read_jsonl(out)} <= {
        "What is the coarse expression class?",
        "What is the action unit?",
        "What are the action units?",
    }


@pytest.mark.slow
def test_make_2026_from_a_build(own_build: Path, tmp_path: Path) -> None:
    out = tmp_path / "rows.jsonl"
    vqa("make", own_build, "--year", 2026, "--out", out)
    texts = [row["answer"] for row in read_jsonl(out) if "analys" in row["question"]]
    assert texts
    samples = [json.loads(line) for line in (own_build / "unimer.jsonl").read_text().splitlines()]
    composed = "\n".join(part["text"] or "" for s in samples for part in s["messages"][-1]["content"])
    assert all(text in composed for text in texts)
    vqa("make", own_build, "--split", "train", "--out", out)
    splits = {s["clip_id"].split("/", 1)[1].replace("/", "_"): s["split"] for s in samples}
    assert {splits[row["image_id"]] for row in read_jsonl(out)} == {"train"}


def test_findings_exit_1(tmp_path: Path) -> None:
    questions = write_jsonl(tmp_path / "me_vqa_samm_test_to_answer.jsonl", *SAMM_TEST)
    rows = answered(RIGHT)[:4]
    answers = write_jsonl(tmp_path / "answers.jsonl", *rows)
    result = vqa("submit", questions, answers, "--out", tmp_path / "out")
    assert result.returncode == 1
    assert "error unanswered samm_test_SAMM-1_5: no answer to: What are the action units present" in result.stderr
    assert "not written: me_vqa_samm_test_pred.jsonl" in result.stderr
    assert not (tmp_path / "out").exists()
    reference = write_jsonl(tmp_path / "reference.jsonl", *answered(RIGHT))
    scored = vqa("score", reference, answers)
    assert scored.returncode == 1
    assert "unanswered" in scored.stderr
    assert "overall" in scored.stdout
    broken = write_jsonl(tmp_path / "twice.jsonl", *rows, rows[0])
    checked = vqa("check", broken)
    assert checked.returncode == 1
    assert f"{broken}:5: error id.duplicate samm_test_SAMM-1_1: line 1 has this id already" in checked.stderr
    assert json.loads(vqa("check", broken, "--json").stdout)["findings"][0]["code"] == "id.duplicate"


def test_wrong_usage_exits_2(tmp_path: Path) -> None:
    root, out = write_casme2(tmp_path / "corpus"), tmp_path / "rows.jsonl"
    of_corpus = ("vqa", "make", "--corpus", "casme2", "--root", root, "--out", out)
    assert "unimer build" in refused(*of_corpus, "--year", 2026)
    assert "ME-LVQA needs long videos" in refused(*of_corpus, "--long")
    assert "ME-LVQA began in 2026" in refused(*of_corpus, "--long", "--year", 2025)
    assert "--year 2024" in refused(*of_corpus, "--year", 2024)
    assert "Kinds of ME-VQA: coarse" in refused(*of_corpus, "--kind", "count_all")
    assert "Kinds of ME-LVQA: count_all" in refused(*of_corpus, "--long", "--kind", "coarse")
    assert "--split goes with a build folder" in refused(*of_corpus, "--split", "train")
    assert "give either a recipe" in refused("vqa", "make", "--out", out)
    assert "needs --root" in refused("vqa", "make", "--corpus", "casme2", "--out", out)
    assert "no such recipe or build folder" in refused("vqa", "make", tmp_path / "none.yaml", "--out", out)
    assert "no finished build" in refused("vqa", "make", tmp_path, "--out", out)
    assert "cannot be read" in refused("vqa", "check", tmp_path / "none.jsonl")
    assert "in pairs" in refused("vqa", "score", tmp_path / "one.jsonl")
    assert not out.exists()
