"""``unimer batch`` from recipe to finished build: the build finds every answer in the log and asks nothing itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.batch_server import KEY, BatchServer, batch_server, drafted
from tests.test_cli import refused, run
from unimer.files import read_jsonl
from unimer.records import Manifest, Rejection, Sample


@pytest.fixture
def state(monkeypatch: pytest.MonkeyPatch) -> Iterator[BatchServer]:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with batch_server(lambda payload: drafted(payload, careless=2)) as server:
        yield server


def recipe_for(corpus: Path, folder: Path, base_url: str) -> Path:
    path = folder / "recipe.yaml"
    writer = {"model": "m", "base_url": base_url, "repairs": 1}
    path.write_text(yaml.safe_dump({"corpora": [{"corpus": "casme2", "root": str(corpus)}], "writer": writer}))
    return path


@pytest.mark.slow
def test_from_recipe_to_build(state: BatchServer, corpus: Path, own_build: Path, tmp_path: Path) -> None:
    recipe = recipe_for(corpus, tmp_path, state.base_url)
    first = run("batch", "submit", recipe, "--out", own_build, "--json")
    assert first.returncode == 0, first.stderr
    (sent,) = json.loads(first.stdout)["sent"]
    chats = state.chats
    assert 0 < sent["requests"] < 30
    waiting = run("batch", "status", recipe, "--out", own_build)
    assert "validating" in waiting.stderr
    assert "1 of 1 batches are not collected" in waiting.stderr
    state.end(sent["batch_id"], "expired", answered=sent["requests"] - 2)
    document = json.loads(run("batch", "collect", recipe, "--out", own_build, "--json").stdout)
    assert document["again"] == {"batch_expired": 2}
    assert document["open"] > 2, "some first drafts fail and want a repair"

    second = run("batch", "submit", recipe, "--out", own_build)
    assert f"{document['open']} requests" in second.stderr
    again = run("batch", "submit", recipe, "--out", own_build)
    assert f"{document['open']} requests are on the way already" in again.stderr
    state.end("batch-2")
    rounds = 2
    while json.loads(run("batch", "collect", recipe, "--out", own_build, "--json").stdout)["open"]:
        rounds += 1
        assert run("batch", "submit", recipe, "--out", own_build).returncode == 0
        state.end(f"batch-{rounds}")
    assert rounds <= 3
    assert "nothing is open: unimer build" in run("batch", "submit", recipe, "--out", own_build).stderr

    built = run("build", recipe, "--out", own_build)
    assert built.returncode == 0, built.stderr
    assert state.chats == chats, "the build asked for something that was in the log"
    samples = list(read_jsonl(own_build / "unimer.jsonl", Sample))
    written = [sample for sample in samples if sample.provenance.writer == "llm"]
    assert len(written) > sent["requests"] // 2
    repaired = [each for each in read_jsonl(own_build / "rejected.jsonl", Rejection) if each.draft is not None]
    assert repaired
    assert "llm.item" in {reason.code for each in repaired for reason in each.reasons}
    Manifest.model_validate_json((own_build / "manifest.json").read_bytes())
    assert not [path for path in own_build.rglob("*") if path.is_file() and KEY.encode() in path.read_bytes()]


def test_usage(corpus: Path, tmp_path: Path) -> None:
    (tmp_path / "r.yaml").write_text(yaml.safe_dump({"corpora": [{"corpus": "casme2", "root": str(corpus)}]}))
    assert "the recipe has no writer" in refused("batch", "submit", tmp_path / "r.yaml", "--out", tmp_path / "o")
    recipe = recipe_for(corpus, tmp_path, "http://127.0.0.1:9/v1")
    assert "no build is here" in refused("batch", "collect", recipe, "--out", tmp_path / "o")
    nothing = run("batch", "status", recipe, "--out", tmp_path / "o")
    assert (nothing.returncode, nothing.stderr) == (0, "0 of 0 batches are not collected\n")
