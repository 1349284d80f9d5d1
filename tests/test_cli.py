"""The command line as a user meets it: messages, exit codes, what goes where. Runs the installed entry point."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from unimer.cli import main; main()", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def refused(*arguments: object) -> str:
    """Runs a command that must fail as bad input does; returns what it said."""
    result = run(*arguments)
    assert result.returncode == 2, result.stderr
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    return result.stderr


def test_help_loads_nothing_heavy() -> None:
    code = "import sys; sys.argv = ['unimer', '--help']\nfrom unimer.cli import main\n"
    code += "try: main()\nexcept SystemExit: pass\n"
    heavy = "print([m for m in ('numpy', 'pandas', 'cv2', 'mediapipe', 'torch', 'pydantic') if m in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code + heavy], capture_output=True, text=True, check=True)
    assert result.stdout.splitlines()[-1] == "[]"


def test_no_command_imports_torch() -> None:
    code = (
        "import sys, unimer.build, unimer.validate, unimer.calibrate, unimer.synth, unimer.show, unimer.report\n"
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_version() -> None:
    assert run("--version").stdout.startswith("unimer 0.")


def test_schema_is_json_schema() -> None:
    everything = json.loads(run("schema").stdout)
    assert set(everything) >= {"clip", "motion", "au-label", "evidence", "sample", "rejection", "manifest"}
    assert json.loads(run("schema", "sample").stdout)["properties"]["messages"]
    assert "no record is called 'smaple'" in refused("schema", "smaple")


def test_corpora_lists_licences() -> None:
    cards = json.loads(run("corpora", "--json").stdout)
    assert set(cards) >= {"casme2", "generic", "video"}
    assert "casme2" in run("corpora").stdout


def test_build_without_anything_to_build(tmp_path: Path) -> None:
    assert "give either a recipe or --corpus" in refused("build", "--out", tmp_path / "o")
    assert "--corpus casme2 needs --root" in refused("build", "--corpus", "casme2", "--out", tmp_path / "o")
    said = refused("build", "--corpus", "casme9", "--root", tmp_path, "--out", tmp_path / "o")
    assert "casme9" in said
    assert "casme2" in said
    assert not (tmp_path / "o").exists()


def test_recipe_mistakes(tmp_path: Path) -> None:
    recipe = tmp_path / "r.yaml"

    def said(text: str, *more: object) -> str:
        recipe.write_text(text)
        return refused("build", recipe, "--out", tmp_path / "o", *more)

    corpora = f"corpora: [{{corpus: casme2, root: {tmp_path}}}]\n"
    message = said(corpora + "motoin: {preset: fast}\n")
    assert str(recipe) in message
    assert "unknown key 'motoin'; did you mean 'motion'?" in message
    assert "unknown key 'motion.pre_set'; did you mean 'preset'?" in said(corpora + "motion: {pre_set: fast}\n")
    assert "motion.preset" in said(corpora + "motion: {preset: quick}\n")
    assert "the recipe is not YAML" in said("corpora: [")
    assert "the recipe must be a mapping" in said("- 1\n")
    assert "corpora" in said("seed: 1\n")
    assert "expected key=value" in said(corpora, "--set", "seed")
    assert "unknown key 'sede'; did you mean 'seed'?" in said(corpora, "--set", "sede=1")
    assert "did you mean 'corpora.0.version'?" in said(corpora, "--set", "version=2019")
    assert "is not an item number" in said(corpora, "--set", "corpora.4.root=x")
    assert "the recipe cannot be read" in refused("build", tmp_path / "none.yaml", "--out", tmp_path / "o")


def test_impossible_settings(tmp_path: Path) -> None:
    def said(*changes: str) -> str:
        arguments = [argument for change in changes for argument in ("--set", change)]
        return refused("build", "--corpus", "casme2", "--root", tmp_path, "--out", tmp_path / "o", *arguments)

    assert "at least one share must be above 0" in said("splits.train=0", "splits.validation=0", "splits.test=0")
    assert "must be above moderate" in said("evidence.moderate=5")
    assert "evidence.floor_multiple" in said("evidence.floor_multiple=.inf")
    assert "text.tasks" in said("text.tasks=[]")
    assert "/nope.task: no such face landmark model" in said("faces.model=/nope.task")
    assert "/nope.csv: no such file" in said("aus.table=/nope.csv")
    assert not (tmp_path / "o").exists()


def test_recipe_pitfalls(tmp_path: Path) -> None:
    recipe = tmp_path / "r.yaml"
    recipe.write_text(f"corpora: [{{corpus: casme2, root: {tmp_path}}}]\nseed: 1\nseed: 2\n")
    assert "key 'seed' stands twice" in refused("build", recipe, "--out", tmp_path / "o")
    said = refused("build", recipe, "--root", tmp_path, "--out", tmp_path / "o")
    assert "with a recipe say --set corpora.0.root=" in said


def test_a_setting_that_cannot_work_leaves_a_finished_build_alone(corpus: Path, own_build: Path) -> None:
    refused("build", "--corpus", "casme2", "--root", corpus, "--out", own_build, "--set", "faces.model=/nope.task")
    assert (own_build / "manifest.json").is_file()


def test_corpus_mistakes_name_the_folder(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    said = refused("build", "--corpus", "casme2", "--root", tmp_path / "empty", "--out", tmp_path / "o")
    assert str(tmp_path / "empty") in said
    said = refused("build", "--corpus", "casme2", "--root", tmp_path / "nowhere", "--out", tmp_path / "o")
    assert str(tmp_path / "nowhere") in said
    assert not (tmp_path / "o").exists()


@pytest.mark.slow
def test_the_main_job(corpus: Path, tmp_path: Path) -> None:
    out = tmp_path / "unimer"
    built = run("build", "--corpus", "casme2", "--root", corpus, "--out", out)
    assert built.returncode == 0, built.stderr
    assert built.stdout == ""
    assert "samples from 8 clips" in built.stderr
    assert "W0000" not in built.stderr, "native libraries must not chat"

    checked = run("validate", out, "--json")
    assert checked.returncode == 0
    assert json.loads(checked.stdout)["errors"] == 0

    shown = run("show", out, "--task", "full", "-n", "1")
    assert "ASSISTANT: " in shown.stdout
    assert "SUPPORTED" in shown.stdout

    calibrated = run("calibrate", out, "--json", "--plot", tmp_path / "c.png")
    assert json.loads(calibrated.stdout)["rows"]
    assert (tmp_path / "c.png").stat().st_size > 5_000

    lines = (out / "unimer.jsonl").read_text().splitlines()
    (out / "unimer.jsonl").write_text("\n".join([*lines, lines[0]]) + "\n")
    found = run("validate", out / "unimer.jsonl")
    assert found.returncode == 1
    assert "id.duplicate" in found.stderr


def test_validate_usage(tmp_path: Path) -> None:
    assert "no such file or folder" in refused("validate", tmp_path / "nothing")


def test_synth_refuses_a_full_folder(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("")
    assert str(tmp_path) in refused("synth", "--out", tmp_path)
    assert "seed" in refused("synth", "--seed", "-1", "--out", tmp_path / "o")
    assert "casme2" in refused("synth", "--layout", "casme9", "--out", tmp_path / "o")


def test_python_dash_m() -> None:
    command = [sys.executable, "-m", "unimer", "--version"]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.startswith("unimer ")


def test_show_usage(tmp_path: Path) -> None:
    assert "no Uni-MER file there" in refused("show", tmp_path)
