"""The commands of deft as a user meets them: what goes where, exit codes, what is loaded."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import yaml

from tests.helpers_deft import SMALL


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from deft.cli import main; main()", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)


def test_help_loads_nothing_heavy() -> None:
    code = "import sys; sys.argv = ['deft', '--help']\nfrom deft.cli import main\n"
    code += "try: main()\nexcept SystemExit: pass\n"
    heavy = "print([m for m in ('numpy', 'torch', 'cv2', 'transformers', 'pydantic') if m in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code + heavy], capture_output=True, text=True, check=True)
    assert result.stdout.splitlines()[-1] == "[]"
    assert all(name in result.stdout for name in ("train", "evaluate", "predict", "ablate", "bench"))


def test_train_then_evaluate(finished: Path, tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(yaml.safe_dump({"model": {"experts": SMALL}, "train": {"epochs": 1, "batch": 4}}))
    out = tmp_path / "run"
    trained = run("train", recipe, "--data", finished, "--out", out, "--set", "train.seed=3")
    assert trained.returncode == 0, trained.stderr
    assert trained.stdout == ""
    assert "seed: 3" in trained.stderr
    assert "\x1b" not in trained.stderr  # quiet where there is no terminal
    judged = run("evaluate", out, "--data", finished, "--json")
    assert judged.returncode == 0, judged.stderr
    assert json.loads(judged.stdout)["seeds"] == [3]
    assert (out / "evaluation-test" / "evaluation.md").is_file()


def test_what_does_not_go_together_is_refused(finished: Path, tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text("model: {experts: {width: 32, wdth: 3}}")
    cases = [
        (("train", recipe, "--data", finished, "--out", tmp_path / "a"), "did you mean 'width'?"),
        (("evaluate", recipe, "--data", finished), "a recipe with --protocol"),
        (("evaluate", recipe, "--data", finished, "--protocol", "loso"), "needs --protocol and --out"),
        (("evaluate", tmp_path, "--data", finished, "--part", "tests"), "there are train"),
        (("evaluate", tmp_path, "--data", finished), "is no run"),
    ]
    for arguments, words in cases:
        result = run(*arguments)
        assert result.returncode == 2, result.stderr
        assert words in result.stderr
        assert "Traceback" not in result.stderr
