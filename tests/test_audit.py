"""The audit: what raters see, who is drawn, and that the figures are those of the people's verdicts."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.test_cli import refused, run
from unimer.audit import Drawn, Stratum, allocate, draw, texts
from unimer.audit_score import score
from unimer.errors import InputError, OutputError, SettingsError
from unimer.files import read_jsonl
from unimer.records import Draft, Message, Part, Provenance, Reason, Rejection, Sample

FORM = {"llm.truncated": "cut off", "llm.schema": "no JSON"}


def rewritten(sample: Sample, answer: str, writer: str = "llm") -> Sample:
    """The sample with another answer, as a model would have written it."""
    messages = [*sample.messages[:-1], Message(role="assistant", content=[Part(type="text", text=answer)])]
    provenance = Provenance(writer=writer, writer_version="1", model="m", settings_sha256="x", seed=0)
    return sample.model_copy(update={"messages": messages, "provenance": provenance})


def rejection(sample: Sample, *codes: str, readable: bool = True) -> Rejection:
    return Rejection(
        id=sample.id,
        clip_id=sample.clip_id,
        corpus=sample.corpus,
        subject=sample.subject,
        stage="text",
        reasons=[Reason(code=code, message="made up") for code in codes],
        evidence=sample.evidence,
        sample=sample if readable else None,
        draft=Draft(attempt=1, model="m", prompt_sha256="x", answer="?"),
    )


@pytest.fixture(scope="session")
def audited(finished: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The finished build, with some answers of a model, accepted and refused. Read only."""
    folder = Path(shutil.copytree(finished, tmp_path_factory.mktemp("audit") / "unimer"))
    samples = list(read_jsonl(folder / "unimer.jsonl", Sample))
    written = [s for s in samples if s.task in ("motion_description", "full")]
    own = {s.id: rewritten(s, f"=A model's text about {s.id}.") for s in written[:4]}
    lines = [own.get(s.id, s).model_dump_json() for s in samples]
    (folder / "unimer.jsonl").write_text("\n".join(lines) + "\n")
    bad = [rejection(rewritten(s, f"False text {i}."), "motion.still") for i, s in enumerate(written)]
    bad += [rejection(rewritten(s, f"Mixed {s.id}."), "llm.length", "llm.item") for s in written[:2]]
    bad += [rejection(rewritten(s, f"Only form {s.id}."), "llm.truncated") for s in written[:3]]
    bad += [rejection(written[0], "llm.schema", readable=False), bad[0]]
    with (folder / "rejected.jsonl").open("a") as file:
        file.writelines(each.model_dump_json() + "\n" for each in bad)
    return folder


def rows_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))


def fill(path: Path, verdicts: dict[str, str], to: Path | None = None) -> Path:
    """Writes the sheet with these verdicts."""
    rows = [row | {"verdict": verdicts.get(row["id"], "")} for row in rows_of(path)]
    text = io.StringIO()
    table = csv.DictWriter(text, list(rows[0]))
    table.writeheader()
    table.writerows(rows)
    to = to or path
    to.write_text(text.getvalue(), encoding="utf-8", newline="")
    return to


def outcomes(build: Path) -> dict[str, str]:
    return {text.id: text.stratum.outcome for text in texts(build)}


def test_which_texts_can_be_audited(audited: Path) -> None:
    left_out: Counter[str] = Counter()
    found = list(texts(audited, left_out))
    accepted = sum(1 for _ in read_jsonl(audited / "unimer.jsonl", Sample))
    written = sum(text.sample.provenance.writer == "llm" for text in found if not text.reasons)
    assert written == 4
    assert sum(not text.reasons for text in found) == accepted
    refused_texts = [text for text in found if text.reasons]
    assert {text.reasons[-1].code for text in refused_texts} == {"motion.still", "llm.item"}
    assert left_out == {"refused for their form only": 3, "could not be read": 1, "same as another text": 1}


def test_the_sheet_does_not_say_what_the_checker_said(audited: Path, tmp_path: Path) -> None:
    drawn = draw(audited, tmp_path / "a.csv", count=30)
    rows = rows_of(tmp_path / "a.csv")
    assert len(rows) == 30 == sum(drawn.rows.values())
    told = outcomes(audited)
    assert Counter(told[row["id"]] for row in rows) == {"refused": 15, "accepted": 15}
    order = [told[row["id"]] for row in rows]
    assert order not in (sorted(order), sorted(order, reverse=True))
    for row in rows:
        assert row["verdict"] == row["comment"] == ""
        assert not {"accepted", "refused", "motion.still", "llm", "composer"} & set(row.values())
        assert "AU" in row["evidence"]
        assert "SUPPORTED" in row["evidence"] or row["task"] not in ("full", "motion_description")
        assert row["question"]
        for kind in ("onset", "apex", "flow", "arrows"):
            assert (audited / row[kind]).is_file()


def test_a_text_cannot_become_a_formula(audited: Path, tmp_path: Path) -> None:
    draw(audited, tmp_path / "a.csv", count=60)
    answers = [row["answer"] for row in rows_of(tmp_path / "a.csv")]
    assert any(answer.startswith("'=A model") for answer in answers)
    assert not any(answer.startswith("=") for answer in answers)


def test_the_same_seed_draws_the_same(audited: Path, tmp_path: Path) -> None:
    for name, seed in [("a", 1), ("b", 1), ("c", 2)]:
        draw(audited, tmp_path / f"{name}.csv", count=20, seed=seed)
    a, b, c = (tmp_path / f"{name}.csv" for name in "abc")
    assert a.read_bytes() == b.read_bytes()
    assert {row["id"] for row in rows_of(a)} != {row["id"] for row in rows_of(c)}


def test_filters_and_absolute_paths(audited: Path, tmp_path: Path) -> None:
    drawn = draw(audited, tmp_path / "a.csv", count=6, writer="llm", tasks=["full"], absolute=True)
    assert {(stratum.writer, stratum.task) for stratum in drawn.rows} == {("llm", "full")}
    assert all(Path(row["onset"]).is_absolute() for row in rows_of(tmp_path / "a.csv"))


def test_every_stratum_gets_its_share() -> None:
    population = {
        Stratum("accepted", "llm", "full"): 900,
        Stratum("accepted", "composer", "full"): 90,
        Stratum("accepted", "composer", "au_list"): 1,
        Stratum("refused", "llm", "full"): 12,
    }
    rows = allocate(population, 100)
    assert list(rows.values()) == [1, 8, 79, 12]
    assert sum(allocate(population, 5000).values()) == 1003
    assert set(allocate(population, 4).values()) == {1}
    with pytest.raises(SettingsError, match="4 kinds of texts"):
        allocate(population, 3)


def test_people_s_work_is_not_overwritten(audited: Path, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("my verdicts")
    with pytest.raises(OutputError, match="verdicts may be in it"):
        draw(audited, tmp_path / "a.csv")
    with pytest.raises(SettingsError, match="lies in the build folder"):
        draw(audited, audited / "a.csv")
    with pytest.raises(SettingsError, match="no task is called 'ful'"):
        draw(audited, tmp_path / "b.csv", tasks=["ful"])
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=r"no manifest\.json"):
        draw(tmp_path / "empty", tmp_path / "b.csv")


# --- scores ----------------------------------------------------------------------------------------------------------


def judged(build: Path, sheet: Path, drawn: Drawn, false_accepted: int, fine_refused: int) -> dict[str, str]:
    """Verdicts in which the checker errs so often, the first in the sheet."""
    told = outcomes(build)
    errs = {"accepted": false_accepted, "refused": fine_refused}
    verdicts = {}
    for row in rows_of(sheet):
        side = told[row["id"]]
        wrong = errs[side] > 0
        errs[side] -= 1
        verdicts[row["id"]] = "true" if (side == "accepted") != wrong else "false"
    assert len(verdicts) == sum(drawn.rows.values())
    return verdicts


def test_a_checker_that_is_always_right(audited: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "a.csv"
    verdicts = judged(audited, sheet, draw(audited, sheet, count=40), 0, 0)
    found = score(audited, [fill(sheet, verdicts)])
    assert found.precision.value == found.recall.value == 1
    assert found.false_acceptances.value == 0
    assert found.recall.low is not None
    assert 0.5 < found.recall.low < 1
    assert found.disagreements == []
    assert found.uncovered == 0


def test_the_whole_build_judged_gives_its_exact_figures(audited: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "a.csv"
    drawn = draw(audited, sheet, count=10_000)
    assert drawn.rows == drawn.population
    verdicts = judged(audited, sheet, drawn, 3, 2)
    found = score(audited, [fill(sheet, verdicts)])
    accepted, refused_ = found.texts["accepted"], found.texts["refused"]
    assert found.precision.value == pytest.approx((refused_ - 2) / refused_, abs=1e-4)
    assert found.recall.value == pytest.approx((refused_ - 2) / (refused_ - 2 + 3), abs=1e-4)
    assert found.false_acceptances.value == pytest.approx(3 / accepted, abs=1e-4)
    assert [each.outcome for each in found.disagreements] == ["accepted"] * 3 + ["refused"] * 2
    assert found.disagreements[-1].reasons


def test_strata_are_weighed_by_their_size(audited: Path, tmp_path: Path) -> None:
    """One false text in a stratum drawn thinly stands for more texts than one in a stratum drawn whole."""
    sheet = tmp_path / "a.csv"
    drawn = draw(audited, sheet, count=20)
    found_texts = {text.id: text for text in texts(audited)}
    rows = rows_of(sheet)
    name = next(r["id"] for r in rows if found_texts[r["id"]].stratum == Stratum("accepted", "composer", "au_present"))
    told = outcomes(audited)
    verdicts = {row["id"]: "yes" if told[row["id"]] == "accepted" and row["id"] != name else "no" for row in rows}
    found = score(audited, [fill(sheet, verdicts)])
    stratum = found_texts[name].stratum
    weight = drawn.population[stratum] / drawn.rows[stratum]
    assert weight > 1
    assert found.false_acceptances.value == pytest.approx(weight / found.texts["accepted"], abs=1e-4)
    refused_ = found.texts["refused"]
    assert found.recall.value == pytest.approx(refused_ / (refused_ + weight), abs=1e-4)


def test_several_raters(audited: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "a.csv"
    verdicts = judged(audited, sheet, draw(audited, sheet, count=40), 0, 0)
    names = list(verdicts)
    other = {"true": "false", "false": "true"}
    second = verdicts | {name: other[verdicts[name]] for name in names[:4]} | {names[4]: "unsure", names[5]: ""}
    anna, ben = fill(sheet, verdicts, tmp_path / "anna.csv"), fill(sheet, second, tmp_path / "ben.csv")
    found = score(audited, [anna, ben])
    assert found.undecided == names[:4]
    assert found.disagreements == []
    assert found.agreement[0].texts == 38
    assert found.agreement[0].same.value == pytest.approx(34 / 38, abs=1e-4)
    assert found.agreement[0].kappa is not None
    assert 0.7 < found.agreement[0].kappa < 0.9
    assert (found.raters[1].unsure, found.raters[1].empty) == (1, 1)
    three = score(audited, [anna, ben, fill(sheet, second, tmp_path / "cleo.csv")])
    assert {each.id for each in three.disagreements} == set(names[:4])
    assert three.undecided == []
    with pytest.raises(InputError, match="given twice"):
        score(audited, [anna, anna])


def test_strata_that_nobody_judged_are_reported(audited: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "a.csv"
    verdicts = judged(audited, sheet, draw(audited, sheet, count=40), 0, 0)
    told = outcomes(audited)
    found = score(audited, [fill(sheet, {name: v for name, v in verdicts.items() if told[name] == "accepted"})])
    assert found.precision.value is None
    assert found.recall.value is None
    assert found.false_acceptances.value == 0
    assert found.uncovered == found.texts["refused"]


def test_a_build_without_refused_texts_tells_no_recall(finished: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "a.csv"
    draw(finished, sheet, count=20)
    names = [row["id"] for row in rows_of(sheet)]
    found = score(finished, [fill(sheet, dict.fromkeys(names, "true") | {names[0]: "false"})])
    assert found.recall.value is None
    assert found.precision.value is None
    assert found.false_acceptances.value is not None
    assert 0 < found.false_acceptances.value < 0.2


# --- sheets as spreadsheets save them --------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_what_spreadsheets_save(audited: Path, tmp_path: Path, encoding: str, delimiter: str) -> None:
    sheet = tmp_path / "a.csv"
    draw(audited, sheet, count=20)
    told = outcomes(audited)
    text = io.StringIO()
    table = csv.writer(text, delimiter=delimiter, lineterminator="\r\n")
    table.writerow(["Verdict", " ID ", "comment", "extra"])
    words = {"accepted": ["TRUE", "yes", "1", "WAHR"], "refused": ["FALSE", "No", "0", "falsch"]}
    for i, row in enumerate(rows_of(sheet)):
        table.writerow([words[told[row["id"]]][i % 4], row["id"], 'schön; "gut"\nzweite Zeile', ""])
    table.writerow(["", "", "", ""])
    (tmp_path / "b.csv").write_bytes(text.getvalue().encode(encoding))
    found = score(audited, [tmp_path / "b.csv"])
    assert found.precision.value == found.recall.value == 1


def edited(sheet: Path, row: int, **cells: str) -> Path:
    rows: list[dict[str, Any]] = list(rows_of(sheet))
    rows[row - 2].update(cells)
    text = io.StringIO()
    table = csv.DictWriter(text, list(rows[0]))
    table.writeheader()
    table.writerows(rows)
    to = sheet.with_name("edited.csv")
    to.write_text(text.getvalue(), newline="")
    return to


def test_bad_sheets_name_file_and_row(audited: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "a.csv"
    draw(audited, sheet, count=20)
    first = rows_of(sheet)[0]["id"]
    for cells, message in [
        ({"verdict": "maybe"}, "the verdict 'maybe' is no known word"),
        ({"id": "t0"}, "the build has no text with the id 't0'"),
        ({"id": first}, rf"the id '{first}' stands here and in row 2"),
        ({"id": "", "verdict": "true"}, "a verdict without an id"),
    ]:
        with pytest.raises(InputError, match=rf"edited\.csv, row 7: {message}"):
            score(audited, [edited(sheet, 7, **cells)])
    with pytest.raises(InputError, match="no text has a verdict"):
        score(audited, [sheet])
    for content in (b"", b"a,b\n1,2\n"):
        (tmp_path / "b.csv").write_bytes(content)
        with pytest.raises(InputError, match="no columns `id` and `verdict`"):
            score(audited, [tmp_path / "b.csv"])
    (tmp_path / "b.csv").write_bytes(b"PK\x03\x04\0\0")
    with pytest.raises(InputError, match="save the sheet as CSV"):
        score(audited, [tmp_path / "b.csv"])


def test_the_command(audited: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "a.csv"
    drawn = run("audit", "draw", audited, "--out", sheet, "--count", "30")
    assert drawn.returncode == 0, drawn.stderr
    assert drawn.stdout == ""
    assert "30 texts (15 accepted, 15 refused)" in drawn.stderr
    told = outcomes(audited)
    verdicts = {row["id"]: "true" if told[row["id"]] == "accepted" else "false" for row in rows_of(sheet)}
    wrong = next(name for name in verdicts if told[name] == "accepted")
    fill(sheet, verdicts | {wrong: "false"})
    shown = run("audit", "score", audited, sheet)
    assert shown.returncode == 0, shown.stderr
    assert "accepted, people differ" in shown.stdout
    assert "precision" in shown.stdout
    document = json.loads(run("audit", "score", audited, sheet, "--json").stdout)
    assert document["disagreements"][0]["id"] == wrong
    assert 0 < document["recall"]["low"] < document["recall"]["value"] < 1
    assert "there are all, llm, composer" in refused(
        "audit", "draw", audited, "--out", tmp_path / "b", "--writer", "x"
    )
    assert str(tmp_path / "no.csv") in refused("audit", "score", audited, tmp_path / "no.csv")
