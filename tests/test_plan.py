"""The plan: what it foretells is what a build then takes, and a probe is not paid for twice."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.batch_server import KEY, BatchServer, batch_server, drafted
from tests.conftest import settings_for, tree
from tests.test_cli import refused, run
from unimer.build import build
from unimer.errors import InputError, SettingsError
from unimer.llm.plan import Plan, plan
from unimer.llm.plan_ranges import Clip, Left, Range, Seen, ranges
from unimer.settings import BuildSettings, WriterSettings

PRICES = {"price_in": 1.0, "price_out": 4.0}


@pytest.fixture
def state(monkeypatch: pytest.MonkeyPatch) -> Iterator[BatchServer]:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with batch_server(lambda payload: drafted(payload, careless=2)) as server:
        yield server


def settings(corpus: Path, base_url: str, **writer: object) -> BuildSettings:
    return settings_for(corpus, writer={"model": "m", "base_url": base_url, **PRICES, **writer})


# --- ranges ----------------------------------------------------------------------------------------------------------


def test_all_measured_is_exact() -> None:
    left = Left([Clip(2, 100, 10), Clip(0, 0, 0)], [Clip(1, 60, 5)], 1)
    assert left.total(lambda clip: clip.asks) == Range(low=3, likely=3, high=3)


def test_extrapolation_holds_the_truth_as_often_as_it_says() -> None:
    rng = random.Random(2)
    population = [Clip(rng.choice([0, 1, 2, 2]), 0, 0) for _ in range(400)]
    truth = sum(clip.asks for clip in population)
    held = 0
    for _ in range(500):
        span = Left([], rng.sample(population, 24), 400).total(lambda clip: clip.asks)
        held += span.low <= truth <= span.high
    assert 0.91 <= held / 500 <= 0.985


def test_without_a_probe_from_no_repair_to_all() -> None:
    writer = WriterSettings(model="m", repairs=2, answer_tokens=100, price_in=1e6, price_out=1e6)
    found = ranges(Left([Clip(2, 100, 10)] * 5, [], 0), Seen(), writer)
    assert found["first"] == Range(low=10, likely=10, high=10)
    assert found["requests"] == Range(low=10, likely=None, high=30)
    # three prompts each, the second longer by an answer and reasons (250), the third by two
    assert found["tokens_in"] == Range(low=500, likely=None, high=1500 + 10 * 750)
    assert found["tokens_out"] == Range(low=50, likely=None, high=3000)
    assert found["cost"] == Range(low=550, likely=None, high=12_000)
    assert found["seconds"] is None
    paced = writer.model_copy(update={"requests_per_minute": 6})
    assert ranges(Left([Clip(2, 100, 10)] * 5, [], 0), Seen(), paced)["seconds"] == Range(
        low=100, likely=None, high=300
    )


def test_a_probe_narrows() -> None:
    writer = WriterSettings(model="m", repairs=2, answer_tokens=100, concurrency=2)
    seen = Seen([(2, 3, 400, 60), (2, 2, 300, 50), (1, 1, 150, 25)], latency=1.0)
    found = ranges(Left([Clip(2, 100, 10)] * 50, [], 0), seen, writer)
    requests = found["requests"]
    assert requests is not None
    assert requests.likely == 120
    assert 100 <= requests.low < 120 < requests.high < 300
    assert found["seconds"] is not None
    assert found["seconds"].likely == 60
    one = ranges(Left([Clip(2, 100, 10)] * 50, [], 0), Seen([(2, 3, 400, 60)]), writer)["requests"]
    assert one == Range(low=100, likely=150, high=300), "one clip tells no spread"


# --- plans of a corpus -----------------------------------------------------------------------------------------------


def test_a_finished_build_gives_the_exact_number(state: BatchServer, corpus: Path, own_build: Path) -> None:
    before = tree(own_build)
    found = plan(settings(corpus, state.base_url), own_build)
    assert (found.clips, found.measured, found.written) == (8, 8, 0)
    assert found.first.low == found.first.likely == found.first.high > 0
    assert state.calls == [], "nothing is asked without --probe"
    assert [prompt.task for prompt in found.prompts] == ["full", "motion_description"]
    assert "casme2" not in json.dumps(found.prompts[0].messages)
    assert tree(own_build) == before
    build(settings(corpus, state.base_url, repairs=0), own_build)
    sent = state.chats - 1  # the probe of the server
    assert sent == found.first.likely


def test_a_probe_is_paid_once(state: BatchServer, corpus: Path, own_build: Path) -> None:
    asked: list[str] = []
    answer = state.answer
    state.answer = lambda payload: (asked.append(json.dumps(payload, sort_keys=True)), answer(payload))[1]
    recipe = settings(corpus, state.base_url)
    before = plan(recipe, own_build)
    found = plan(recipe, own_build, probe=3)
    assert (found.written, found.measured) == (3, 8)
    assert 3 <= len(found.probed) <= 6
    assert any(each.refused for each in found.probed)
    assert found.passed.value == 1
    assert found.first.likely is not None
    assert before.first.likely == found.first.likely + len(found.probed)
    assert found.seconds is not None
    assert found.requests.likely is not None
    again = plan(recipe, own_build, probe=3)
    assert again.probed == found.probed
    probed = len(asked)
    build(recipe, own_build)
    assert len(asked) == len(set(asked))
    left = len(asked) - probed
    assert found.requests.low <= left <= found.requests.high
    tokens = found.tokens_in
    assert tokens.low <= 100 * left <= tokens.high, "the server counts 100 a request"
    assert plan(recipe, own_build).requests == Range(low=0, likely=None, high=0)
    assert sum("colour" in body for body in asked) == 1


@pytest.mark.slow
def test_without_a_build_a_sample_is_measured(
    state: BatchServer, corpus: Path, own_build: Path, tmp_path: Path
) -> None:
    recipe = settings(corpus, state.base_url, max_requests=1)
    found = plan(recipe, clips=4)
    exact = plan(recipe, own_build).first.likely
    assert (found.clips, found.measured) == (8, 4)
    assert exact is not None
    assert found.first.low <= exact <= found.first.high
    assert found.first.low < found.first.high
    assert any("extrapolated from 4 of 8" in note for note in found.notes)
    assert any("max_requests (1) will stop" in note for note in found.notes)
    kept = plan(recipe, tmp_path / "new", clips=4)
    assert kept.first == found.first
    assert plan(recipe, tmp_path / "new", clips=4).measured == 8
    assert build(settings_for(corpus), tmp_path / "new").redone == {}


def test_mistakes(state: BatchServer, corpus: Path, own_build: Path, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no writer"):
        plan(settings_for(corpus))
    with pytest.raises(SettingsError, match="--probe needs --out"):
        plan(settings(corpus, state.base_url), probe=1)
    strict = settings(corpus, state.base_url).model_copy(
        update={"evidence": settings_for(corpus, evidence={"floor_multiple": 1e6}).evidence}
    )
    with pytest.raises(InputError, match="no clip that the model could be asked about"):
        plan(strict, own_build, clips=2, probe=1)
    recipe = tmp_path / "r.yaml"
    recipe.write_text("corpora: []")
    assert str(recipe) in refused("plan", recipe)


def test_the_command(state: BatchServer, corpus: Path, own_build: Path, tmp_path: Path) -> None:
    recipe = tmp_path / "r.yaml"
    writer = {"model": "m", "base_url": state.base_url, **PRICES}
    recipe.write_text(yaml.safe_dump({"corpora": [{"corpus": "casme2", "root": str(corpus)}], "writer": writer}))
    shown = run("plan", recipe, "--out", own_build, "--probe", "2")
    assert shown.returncode == 0, shown.stderr
    assert "2 written already" in shown.stdout
    assert "passed at attempt" in shown.stdout
    assert "SYSTEM: " in shown.stdout
    document = run("plan", recipe, "--out", own_build, "--json")
    assert Plan.model_validate_json(document.stdout).written == 2
    assert KEY not in shown.stdout + document.stdout
