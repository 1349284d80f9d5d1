"""``unimer build`` with a language model behind a real HTTP server: what passes stands, nothing is paid twice."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import settings_for, tree
from tests.fault_server import Script, serving
from tests.test_cli import run
from unimer.build import build
from unimer.errors import Stopped
from unimer.files import read_jsonl
from unimer.records import Manifest, Rejection, Sample

ANSWERS = "tests.llm_answers:draft"
MIXED = Script(
    answers=ANSWERS,
    faults={"429": 0.05, "500": 0.05, "reset": 0.04, "cut": 0.03, "garbage": 0.03, "shape": 0.03, "stall": 0.01},
    contents={
        "400": 0.02,
        "refusal": 0.06,
        "refusal_field": 0.03,
        "empty": 0.06,
        "length": 0.06,
        "schema": 0.08,
        "contradict": 0.15,
        "duplicate": 0.1,
    },
)


def writer(url: str, **changes: Any) -> dict[str, Any]:
    return {"model": "scripted", "base_url": url, "timeout": 2.0, "concurrency": 8, **changes}


def samples_of(out: Path) -> dict[str, Sample]:
    return {sample.id: sample for sample in read_jsonl(out / "unimer.jsonl", Sample)}


def manifest_of(out: Path) -> Manifest:
    return Manifest.model_validate_json((out / "manifest.json").read_bytes())


def test_a_models_texts_stand_in_the_build(corpus: Path, finished: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with serving(tmp_path, Script(answers=ANSWERS)) as server:
        manifest = build(settings_for(corpus, writer=writer(server.url)), out).manifest
        asked = len(server.accesses())
        build(settings_for(corpus, writer=writer(server.url)), out)
        assert len(server.accesses()) == asked, "a finished build asks nothing"
    ours, composed = samples_of(out), samples_of(finished)
    assert list(ours) == list(composed)
    written = {name: sample for name, sample in ours.items() if sample.provenance.writer == "llm"}
    wanted = [name for name, sample in composed.items() if sample.task in ("motion_description", "full")]
    assert set(written) <= set(wanted)
    assert len(written) + manifest.writing["composer stands in"] == len(wanted)
    assert len(written) >= 0.8 * len(wanted)
    for name, sample in written.items():
        assert sample.messages[:-1] == composed[name].messages[:-1], "the question is the composer's"
        assert sample.messages[-1] != composed[name].messages[-1]
        assert sample.provenance.model == "scripted"
        assert sample.provenance.prompt_sha256
    assert manifest.writing["drafts"] >= len(wanted)
    assert manifest.writing["tokens in"] > 0
    assert "by the language model `scripted`" in (out / "README.md").read_text()
    assert "base_url" not in json.dumps(manifest.settings)
    assert run("validate", out).returncode == 0


def test_a_draft_that_lies_goes_back_and_then_the_composer_stands_in(corpus: Path, tmp_path: Path) -> None:
    script = Script(answers=ANSWERS, contents={"contradict": 1.0})
    with serving(tmp_path, script) as server:
        build(settings_for(corpus, writer=writer(server.url, repairs=1)), tmp_path / "kept")
        build(settings_for(corpus, writer=writer(server.url, repairs=1, otherwise="reject")), tmp_path / "dropped")
    kept, dropped = samples_of(tmp_path / "kept"), samples_of(tmp_path / "dropped")
    stand_ins = {name for name, sample in kept.items() if sample.provenance.stands_in}
    assert stand_ins
    assert all(kept[name].provenance.writer == "composer" for name in stand_ins)
    assert set(kept) - set(dropped) == stand_ins
    refused = [r for r in read_jsonl(tmp_path / "kept" / "rejected.jsonl", Rejection) if r.draft]
    assert len(refused) == 2 * len(stand_ins), (
        "the draft and its repair, with what was answered and why it was refused"
    )
    for rejection in refused:
        assert rejection.draft is not None
        assert rejection.draft.answer
        assert "llm.item" in {reason.code for reason in rejection.reasons}
    assert run("validate", tmp_path / "kept").returncode == 0


@pytest.mark.slow
def test_neither_order_nor_workers_nor_faults_change_a_byte(corpus: Path, tmp_path: Path) -> None:
    calm = Script(answers=ANSWERS, contents=MIXED.contents)
    with serving(tmp_path / "a", calm, seed=5) as server:
        build(settings_for(corpus, writer=writer(server.url, concurrency=1)), tmp_path / "one")
    with serving(tmp_path / "b", MIXED, seed=5) as server:
        build(settings_for(corpus, writer=writer(server.url, concurrency=16)), tmp_path / "many", workers=2)
    assert tree(tmp_path / "many") == tree(tmp_path / "one")


def test_a_budget_stops_cleanly_and_the_build_goes_on(corpus: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with serving(tmp_path, Script(answers=ANSWERS)) as server:
        with pytest.raises(Stopped, match="raise the limit and run the same command again"):
            build(settings_for(corpus, writer=writer(server.url, max_requests=4)), out)
        assert not (out / "manifest.json").exists()
        first = len(server.accesses())
        assert first <= 4
        build(settings_for(corpus, writer=writer(server.url)), out)
        bodies = [access["request"] for access in server.accesses()]
        assert len(bodies) == len(set(bodies)), "nothing was asked twice"


def test_a_model_in_a_folder_leaves_no_path(corpus: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with serving(tmp_path, Script(answers=ANSWERS)) as server:
        build(settings_for(corpus, writer=writer(server.url, model=f"{tmp_path}/models/mine/")), out)
    written = [sample for sample in samples_of(out).values() if sample.provenance.writer == "llm"]
    assert {sample.provenance.model for sample in written} == {"mine"}
    for name in ("unimer.jsonl", "rejected.jsonl", "manifest.json", "README.md", "report.html"):
        assert str(tmp_path) not in (out / name).read_text()
    assert run("validate", out).returncode == 0


def test_a_server_that_is_not_there(corpus: Path, tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.json"
    recipe.write_text(settings_for(corpus, writer=writer("http://127.0.0.1:9/v1", retries=0)).model_dump_json())
    result = run("build", recipe, "--out", tmp_path / "out")
    assert result.returncode == 2
    assert "the server does not answer" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.slow
def test_killed_at_any_moment_it_ends_as_if_undisturbed(corpus: Path, tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.json"
    with serving(tmp_path, MIXED, seed=9) as server:
        settings = settings_for(corpus, writer=writer(server.url, concurrency=4))
        recipe.write_text(settings.model_dump_json())
        build(settings, tmp_path / "calm")
    out = tmp_path / "killed"
    shutil.copytree(tmp_path / "calm" / "media", out / "media")
    for stage in ("motion", "text"):
        shutil.copytree(tmp_path / "calm" / ".unimer" / stage, out / ".unimer" / stage)
    slow = Script(**{**MIXED.__dict__, "latency": 0.05})
    with serving(tmp_path / "again", slow, seed=9, port=server.port) as server:
        moments = random.Random(1)
        command = [sys.executable, "-m", "unimer", "build", str(recipe), "--out", str(out)]
        for _ in range(6):
            process = subprocess.Popen(command, stderr=subprocess.DEVNULL, env=os.environ)
            time.sleep(1.5 + moments.random() * 2.5)
            process.send_signal(signal.SIGKILL)
            process.wait()
        assert subprocess.run(command, check=False, capture_output=True).returncode == 0
        answered = [access["request"] for access in server.accesses() if access["answered"]]
    assert tree(out) == tree(tmp_path / "calm")
    lost = len(answered) - len(set(answered))
    assert lost <= 6 * 4, "at most what was in flight when it was killed is asked again"
