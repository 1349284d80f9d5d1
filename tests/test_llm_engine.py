"""The engine: every request once, through errors, limits, stops and kills."""

from __future__ import annotations

import asyncio
import json
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.fault_server import Script, body_hash, serving
from unimer.errors import InputError, Stopped, UnimerError
from unimer.llm.answers import Answer
from unimer.llm.engine import Engine, Unanswered
from unimer.llm.log import Entry
from unimer.settings import WriterSettings

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"text": {"type": "string"}},
    "required": ["text"],
    "additionalProperties": False,
}
ROOT = Path(__file__).parent.parent
MIXED = Script(
    faults={
        "429": 0.06,
        "500": 0.02,
        "503": 0.02,
        "stall": 0.003,
        "reset": 0.04,
        "cut": 0.04,
        "garbage": 0.03,
        "shape": 0.03,
    },
    contents={"400": 0.02, "refusal": 0.03, "empty": 0.03, "length": 0.03, "schema": 0.03, "duplicate": 0.05},
    latency=0.02,
    stall=30,
    usage=False,
)


def settings(url: str, **changes: Any) -> WriterSettings:
    return WriterSettings.model_validate({"model": "scripted", "base_url": url, "timeout": 3, **changes})


def messages(number: int) -> list[dict[str, Any]]:
    return [{"role": "user", "content": f"question {number}"}]


async def ask_all(engine: Engine, count: int, start: int = 0) -> list[Answer | BaseException]:
    asked = (engine.ask(messages(i), SCHEMA, i) for i in range(start, start + count))
    return await asyncio.gather(*asked, return_exceptions=True)


def run(chosen: WriterSettings, log: Path, count: int) -> tuple[list[Answer | BaseException], Engine]:
    async def inner() -> tuple[list[Answer | BaseException], Engine]:
        async with Engine(chosen, log, backoff=0.01) as engine:
            return await ask_all(engine, count), engine

    return asyncio.run(inner())


def answers_only(found: list[Answer | BaseException]) -> list[Answer]:
    assert [one for one in found if not isinstance(one, Answer)] == []
    return [one for one in found if isinstance(one, Answer)]


def test_nothing_is_asked_twice(tmp_path: Path) -> None:
    with serving(tmp_path / "server", Script(latency=0.02)) as running:
        first, engine = run(settings(running.url), tmp_path / "log.jsonl", 30)
        again, second = run(settings(running.url, concurrency=1), tmp_path / "log.jsonl", 30)
        assert len(running.accesses()) == 31  # and the probe
    assert again == answers_only(first)
    assert (engine.counters.asked, engine.counters.from_log) == (31, 0)
    assert (second.counters.asked, second.counters.from_log, second.counters.spent.requests) == (0, 31, 0)
    offline, _ = run(settings(running.url, max_requests=0), tmp_path / "log.jsonl", 30)  # the server is gone by now
    assert offline == first


def test_the_same_question_at_the_same_time_is_one_request(tmp_path: Path) -> None:
    async def inner(url: str) -> list[Answer]:
        async with Engine(settings(url), tmp_path / "log.jsonl") as engine:
            return await asyncio.gather(*(engine.ask(messages(1), SCHEMA, 1) for _ in range(20)))

    with serving(tmp_path / "server", Script(latency=0.1)) as running:
        found = asyncio.run(inner(running.url))
        assert len(running.accesses()) == 2
    assert found == [found[0]] * 20


def test_mixed_faults_end_in_the_answers_of_a_server_without_faults(tmp_path: Path) -> None:
    chosen = {"concurrency": 32, "timeout": 1.0, "retries": 8}
    with serving(tmp_path / "faulty", MIXED) as running:
        found, engine = run(settings(running.url, **chosen), tmp_path / "faulty.jsonl", 300)
        tries = running.accesses()
    calm = Script(contents=MIXED.contents, usage=False)
    with serving(tmp_path / "calm", calm) as running:
        expected, _ = run(settings(running.url, concurrency=1), tmp_path / "calm.jsonl", 300)
    assert answers_only(found) == answers_only(expected)
    faults = {one["fault"] for one in tries} - {None}
    assert {"429", "500", "reset", "cut", "garbage", "shape"} <= faults
    assert engine.counters.failures.total() == sum(one["fault"] is not None for one in tries)
    assert engine.counters.refused == sum(answer.outcome == "refused" for answer in answers_only(found)) > 0
    assert len(engine.counters.errors()) == len(engine.counters.failures)
    assert all(re.fullmatch(r"\w+: \d+ tries failed", line) for line in engine.counters.errors())


def test_concurrency_is_kept_and_used(tmp_path: Path) -> None:
    with serving(tmp_path / "server", Script(latency=0.2, slots=6)) as running:
        began = time.monotonic()
        run(settings(running.url, concurrency=6), tmp_path / "log.jsonl", 24)
        seconds = time.monotonic() - began
    assert 0.2 + 4 * 0.2 <= seconds < 4  # the probe, then four rounds; one at a time would take 5


def test_a_retry_after_holds_everybody(tmp_path: Path) -> None:
    script = Script(faults={"429": 1.0}, faultless_from=1, retry_after=0.5)
    with serving(tmp_path / "server", script) as running:
        began = time.monotonic()
        found, engine = run(settings(running.url), tmp_path / "log.jsonl", 4)
        assert time.monotonic() - began > 1.0  # once for the probe, once for all others
    assert len(answers_only(found)) == 4
    assert engine.counters.failures == {"429": 5}


def test_requests_per_minute(tmp_path: Path) -> None:
    with serving(tmp_path / "server", Script()) as running:
        began = time.monotonic()
        found, _ = run(settings(running.url, requests_per_minute=600), tmp_path / "log.jsonl", 10)
        assert 1.0 <= time.monotonic() - began < 4
    assert len(answers_only(found)) == 10


def test_tokens_per_minute_count_what_was_used_not_what_was_feared(tmp_path: Path) -> None:
    with serving(tmp_path / "server", Script()) as running:
        began = time.monotonic()
        chosen = settings(running.url, tokens_per_minute=7200, concurrency=1, answer_tokens=5000)
        found, _ = run(chosen, tmp_path / "log.jsonl", 1)  # 120 tokens (1 s) for the probe
        assert 0.9 <= time.monotonic() - began < 5  # 5,000 tokens would take 42 s
    assert len(answers_only(found)) == 1


# --- stops -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limit", "answered", "words"),
    [
        ({"max_requests": 12}, 11, "max_requests"),
        ({"max_tokens": 3000}, 18, "max_tokens"),
        ({"max_cost": 3.0, "price_in": 1000, "price_out": 1000}, 18, "max_cost"),
    ],
)
def test_a_budget_stops_cleanly_and_the_next_run_goes_on(
    tmp_path: Path, limit: dict[str, Any], answered: int, words: str
) -> None:
    with serving(tmp_path / "server", Script(latency=0.01)) as running:
        chosen = settings(running.url, answer_tokens=690, concurrency=4)
        found, engine = run(chosen.model_copy(update=limit), tmp_path / "log.jsonl", 40)
        done = [one for one in found if isinstance(one, Answer)]
        stops = [one for one in found if isinstance(one, Stopped)]
        assert len(done) == answered
        assert len(stops) == 40 - answered
        assert words in stops[0].reason
        assert "goes on from here" in stops[0].remedy
        assert engine.counters.unanswered == {}
        rest, second = run(chosen, tmp_path / "log.jsonl", 40)
        assert len(answers_only(rest)) == 40
        assert second.counters.from_log == answered + 1
        assert len(running.accesses()) == 41


def test_a_server_that_dies_stops_the_run_and_what_is_there_stays(tmp_path: Path) -> None:
    async def inner(url: str) -> tuple[list[Answer | BaseException], list[Answer | BaseException]]:
        async with Engine(settings(url, retries=2, concurrency=4), tmp_path / "log.jsonl", backoff=0.01) as engine:
            before = await ask_all(engine, 10)
            running.process.kill()
            running.process.wait()
            after = await ask_all(engine, 50, start=10)
            assert "connect: " in engine.counters.errors()[0]
            return before, after

    with serving(tmp_path / "server", Script()) as running:
        before, after = asyncio.run(inner(running.url))
    assert len(answers_only(before)) == 10
    kinds = [type(one) for one in after]
    assert set(kinds) == {Unanswered, Stopped}
    assert kinds.count(Unanswered) <= 5 + 4
    assert "got no answer; the last: no connection to" in str(next(one for one in after if isinstance(one, Stopped)))
    with serving(tmp_path / "again", Script(), port=running.port) as running:
        found, _ = run(settings(running.url), tmp_path / "log.jsonl", 60)
        assert len(answers_only(found)) == 60
        assert len(running.accesses()) == 50


def test_a_request_that_always_fails_is_left_open_and_the_others_go_on(tmp_path: Path) -> None:
    with serving(tmp_path / "server", Script(poison=0.1), seed=8) as running:
        found, engine = run(settings(running.url, retries=2), tmp_path / "log.jsonl", 60)
    left = [one for one in found if isinstance(one, Unanswered)]
    assert 0 < len(left) < 20
    assert len(left) + sum(isinstance(one, Answer) for one in found) == 60
    assert engine.counters.unanswered == {"500": len(left)}
    assert engine.counters.errors() == [f"500: {3 * len(left)} tries failed, {len(left)} requests left open"]
    logged = [Entry.model_validate_json(line) for line in (tmp_path / "log.jsonl").read_bytes().splitlines()]
    assert len(logged) == 61 - len(left)


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (Script(key="another"), "check the key in the variable OPENAI_API_KEY"),
        (Script(model="another"), r"writer\.model \(scripted\)"),
        (Script(contents={}, answers="tests.fault_server:filled", structured="honour", poison=1.0), "does not answer"),
    ],
)
def test_a_run_that_cannot_begin_says_why_and_logs_nothing(tmp_path: Path, script: Script, words: str) -> None:
    with serving(tmp_path / "server", script) as running, pytest.raises(UnimerError, match=words):
        run(settings(running.url, retries=1), tmp_path / "log.jsonl", 1)
    assert (tmp_path / "log.jsonl").read_bytes() == b""


def test_no_server_is_said_at_once(tmp_path: Path) -> None:
    began = time.monotonic()
    with pytest.raises(InputError, match=r"no connection to http://127\.0\.0\.1:1/v1"):
        run(settings("http://127.0.0.1:1/v1"), tmp_path / "log.jsonl", 1)
    assert time.monotonic() - began < 5


def test_a_server_that_refuses_everything_is_an_input_error(tmp_path: Path) -> None:
    with serving(tmp_path / "server", Script(structured="refuse")) as running:
        chosen = settings(running.url, structured="json_schema")
        with pytest.raises(InputError, match="refuses even a tiny request"):
            run(chosen, tmp_path / "log.jsonl", 1)


def test_a_server_that_refuses_one_after_the_other_stops_the_run(tmp_path: Path) -> None:
    """The probe's tiny schema may pass where the real one does not."""
    with serving(tmp_path / "server", Script(contents={"400": 1.0})) as running:
        found, engine = run(settings(running.url, concurrency=1), tmp_path / "log.jsonl", 30)
        assert len(running.accesses()) == 11
    stops = [one for one in found if isinstance(one, Stopped)]
    assert len(stops) == 20
    assert stops[0].reason.startswith("the server refused 10 requests in a row; the last: status 400: this prompt")
    assert engine.counters.refused == 10


def test_answers_in_flight_are_kept_when_the_caller_is_cancelled(tmp_path: Path) -> None:
    async def inner(url: str) -> None:
        async with Engine(settings(url), tmp_path / "log.jsonl") as engine:
            task = asyncio.create_task(engine.ask(messages(1), SCHEMA, 1))
            await asyncio.sleep(0.2)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    with serving(tmp_path / "server", Script(latency=0.6)) as running:
        asyncio.run(inner(running.url))
        found, engine = run(settings(running.url), tmp_path / "log.jsonl", 2)
    assert engine.counters.from_log == 2  # the probe and the cancelled one
    assert len(answers_only(found)) == 2


def test_two_engines_cannot_write_one_log(tmp_path: Path) -> None:
    async def inner(url: str) -> None:
        async with Engine(settings(url), tmp_path / "log.jsonl"):
            with pytest.raises(InputError, match="another process"):
                await Engine(settings(url), tmp_path / "log.jsonl").__aenter__()

    with serving(tmp_path / "server", Script()) as running:
        asyncio.run(inner(running.url))


# --- kills -----------------------------------------------------------------------------------------------------------

CLIENT = """
import asyncio, sys
from pathlib import Path
from tests.test_llm_engine import CHOSEN, ask_all, settings
from unimer.llm.engine import Engine

async def main():
    async with Engine(settings(sys.argv[1], **CHOSEN), Path(sys.argv[2]), backoff=0.02) as engine:
        print("begun", flush=True)
        found = await ask_all(engine, int(sys.argv[3]))
        print(sum(isinstance(one, BaseException) for one in found), engine.counters.unanswered.total(), flush=True)

asyncio.run(main())
"""
CHOSEN = {"concurrency": 64, "timeout": 2.0, "retries": 10}
KILLS = 10


def start_client(url: str, log: Path, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", CLIENT, url, str(log), str(count)]
    client = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert client.stdout is not None
    assert client.stdout.readline() == "begun\n"
    return client


def logged(path: Path) -> dict[str, Answer]:
    """Answers of a log by the hash of the body, whatever the server's port; a torn last line does not count."""
    whole = [line for line in path.read_bytes().splitlines(keepends=True) if line.endswith(b"\n")]
    entries = [Entry.model_validate_json(line) for line in whole]
    assert len({entry.key for entry in entries}) == len(entries)
    return {body_hash(entry.payload): entry.answer for entry in entries}


def wait_for_lines(path: Path, count: int) -> None:
    """Until the log has so many lines."""
    deadline = time.monotonic() + 30
    while not path.exists() or path.read_bytes().count(b"\n") < count:
        assert time.monotonic() < deadline
        time.sleep(0.005)


@pytest.mark.slow
def test_ten_kills_over_2000_requests_with_mixed_faults(tmp_path: Path) -> None:
    """Nothing that was logged is sent again, and in the end there is what an undisturbed run has."""
    count, log = 2000, tmp_path / "killed.jsonl"
    moments = sorted(random.Random(11).sample(range(20, 1900), KILLS))
    kept: list[tuple[set[str], int]] = []
    with serving(tmp_path / "server", MIXED, seed=1) as running:
        for moment in moments:
            client = start_client(running.url, log, count)
            wait_for_lines(log, moment)
            client.kill()
            client.communicate()
            assert client.returncode == -signal.SIGKILL
            kept.append((set(logged(log)), len(running.log.read_text().splitlines())))
        client = start_client(running.url, log, count)
        assert client.communicate() == ("0 0\n", None)
        lines = [json.loads(line) for line in running.log.read_text().splitlines()]
    for before, arrived in kept:  # the line of a try that arrives says answered: false
        assert before.isdisjoint(line["request"] for line in lines[arrived:] if not line["answered"])
    with serving(tmp_path / "undisturbed", MIXED, seed=1) as running:
        client = start_client(running.url, tmp_path / "undisturbed.jsonl", count)
        assert client.communicate() == ("0 0\n", None)
    final = logged(log)
    assert len(final) == count + 1
    assert final == logged(tmp_path / "undisturbed.jsonl")
    assert {line["fault"] for line in lines} >= {None, *MIXED.faults}
