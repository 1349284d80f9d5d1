"""``unimer splits`` on corpora and builds on disk: the file of folds, findings, wrong usage."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from tests.casme2_fixture import write_casme2
from tests.test_protocols import casme2
from unimer.cli import main
from unimer.folds import FoldLine
from unimer.protocols import protocols
from unimer.records import ClipRecord, Labels, Manifest


class Ran:
    """What the command said and its exit code."""

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: object
    ) -> None:
        monkeypatch.setattr("sys.argv", ["unimer", "splits", *map(str, arguments)])
        with pytest.raises(SystemExit) as stop:
            main()
        self.code = stop.value.code or 0
        captured = capsys.readouterr()
        self.out, self.err = captured.out, captured.err


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):  # type: ignore[no-untyped-def]
    return lambda *arguments: Ran(monkeypatch, capsys, *arguments)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_casme2(tmp_path / "CASME2")


def test_loso_of_a_corpus_on_disk(run, root: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    out = tmp_path / "folds.jsonl"
    ran = run("--corpus", f"casme2={root}", "--protocol", "loso", "--out", out)
    assert ran.code == 0
    assert ran.out == ""
    assert "4 folds of 7 clips and 4 persons, 28 lines" in ran.err
    assert "not read: 1 rows or folders of casme2" in ran.err
    found = [FoldLine.model_validate_json(line) for line in out.read_text().splitlines()]
    assert len(found) == 28
    first = [line for line in found if line.fold == "casme2/sub01"]
    assert [line.role for line in first] == ["train"] * 5 + ["test"] * 2
    assert first[-1] == FoldLine(
        fold="casme2/sub01",
        role="test",
        clip_id="casme2/sub01/EP03_02",
        corpus="casme2",
        person="casme2/sub01",
        label="disgust",
    )
    before = out.read_bytes()
    assert run("--corpus", f"casme2={root}", "--protocol", "loso", "--out", out).code == 0
    assert out.read_bytes() == before


def test_csv_and_json(run, root: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    recipe = tmp_path / "r.yaml"
    recipe.write_text(f"corpora: [{{corpus: casme2, name: mine, root: {root}}}]\n")
    out = tmp_path / "new" / "folds.csv"
    ran = run(recipe, "--protocol", "kfold", "--folds", 2, "--seed", 5, "--out", out, "--json")
    assert ran.code == 0
    document = json.loads(ran.out)
    assert (document["folds"], document["clips"], document["lines"]) == (2, 7, 14)
    rows = list(csv.DictReader(out.open()))
    assert len(rows) == 14
    assert set(rows[0]) == set(FoldLine.model_fields)
    assert {row["corpus"] for row in rows} == {"mine"}


def test_counts_that_differ_are_a_finding_and_the_file_is_written(run, root: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    out = tmp_path / "folds.jsonl"
    ran = run("--corpus", f"casme2={root}", "--protocol", "casme2-5", "--out", out)
    assert ran.code == 1
    assert "finding: casme2: others 2, disgust 1" in ran.err
    assert "left out: 1 of casme2: emotion sadness" in ran.err
    assert len(out.read_text().splitlines()) == 18


def test_a_build_folder_knows_its_readers(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    items = casme2(corpus="mine")
    build = tmp_path / "build"
    build.mkdir()
    names = "versions counts tasks splits reasons label_sources verdicts files"
    empty: dict[str, object] = {name: {} for name in names.split()}
    settings = {"corpora": [{"corpus": "casme2", "name": "mine"}]}
    manifest = Manifest.model_validate(
        {**empty, "unimer": "0", "settings": settings, "settings_sha256": "", "sources": []}
    )
    (build / "manifest.json").write_text(manifest.model_dump_json())
    records = [ClipRecord(clip=item, labels=Labels()).model_dump_json() + "\n" for _, item in items]
    (build / "clips.jsonl").write_text("".join(records))
    (build / "rejected.jsonl").write_text("")
    ran = run(build, "--protocol", "casme2-5", "--out", tmp_path / "o.jsonl")
    assert ran.code == 0, ran.err
    assert "26 folds of 246 clips" in ran.err
    inside = run(build, "--protocol", "casme2-5", "--out", build / "o.jsonl")
    assert (inside.code, "lies in the build folder" in inside.err) == (2, True)
    assert (
        "--set goes with a recipe" in run(build, "--protocol", "loso", "--out", tmp_path / "o.csv", "--set", "a=1").err
    )
    (build / "clips.jsonl").write_text(ClipRecord(clip=casme2()[0][1], labels=Labels()).model_dump_json() + "\n")
    foreign = run(build, "--protocol", "loso", "--out", tmp_path / "o.csv")
    assert (foreign.code, "clips.jsonl, row 1: the manifest knows no corpus casme2" in foreign.err) == (2, True)
    (build / "manifest.json").unlink()
    unfinished = run(build, "--protocol", "loso", "--out", tmp_path / "o.csv")
    assert (unfinished.code, "no finished build" in unfinished.err) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--protocol", "loso"], "give --protocol and --out"),
        (["--protocol", "losso", "--out", "{o}"], "Did you mean loso"),
        (["--protocol", "loso", "--out", "{o}"], "give either a recipe or build folder, or --corpus"),
        (["x.yaml", "--corpus", "a=b", "--protocol", "loso", "--out", "{o}"], "give either a recipe"),
        (["--corpus", "casme2", "--protocol", "loso", "--out", "{o}"], "expected READER=ROOT"),
        (["--corpus", "casme9={root}", "--protocol", "loso", "--out", "{o}"], "no reader is called 'casme9'"),
        (["--corpus", "casme2=/none", "--protocol", "loso", "--out", "{o}"], "does not exist"),
        (["--corpus", "casme2={root}", "--protocol", "megc2019", "--out", "{o}"], "needs samm, smic"),
        (["--corpus", "casme2={root}", "--protocol", "megc2018", "--out", "{o}"], "needs samm"),
        (["--corpus", "casme2={root}", "--protocol", "loso", "--folds", "3", "--out", "{o}"], "go with kfold"),
        (["--corpus", "casme2={root}", "--protocol", "kfold", "--out", "{o}"], "4 persons cannot be divided into 10"),
        (["--corpus", "casme2={root}", "--protocol", "loso", "--out", "{o}.txt"], "must end in .jsonl or .csv"),
        (
            ["--corpus", "casme2={root}", "--corpus", "casme2={root}", "--protocol", "loso", "--out", "{o}"],
            "two clips are called casme2/sub01/EP02_01f",
        ),
    ],
)
def test_wrong_usage(run, root: Path, tmp_path: Path, arguments: list[str], message: str) -> None:  # type: ignore[no-untyped-def]
    out = tmp_path / "o.jsonl"
    ran = run(*[argument.format(o=out, root=root) for argument in arguments])
    assert ran.code == 2
    assert message in ran.err
    assert ran.out == ""
    assert not out.exists()


def test_list(run) -> None:  # type: ignore[no-untyped-def]
    shown = run("--list")
    assert shown.code == 0
    assert set(json.loads(run("--list", "--json").out)) == set(protocols())
    for name in protocols():
        assert f" {name} " in shown.out
