"""A real server and a real model, which is small and makes things up: every sample ends accepted or refused.

Needs torch and others (benchmarks/local_server.py); where they are missing it is skipped, naming them.
"""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks import local_server
from benchmarks.synthetic_evidence import make_case
from tests.helpers_llm import samples_of
from unimer.llm.answers import Answer
from unimer.llm.engine import Engine
from unimer.llm.judge import judge
from unimer.llm.prompt import first_messages, repair_messages, schema
from unimer.records import Sample
from unimer.settings import WriterSettings
from unimer.text.check import check_sample

pytestmark = [
    pytest.mark.slow,
    pytest.mark.server,
    pytest.mark.skipif(bool(local_server.missing()), reason=f"not installed: {', '.join(local_server.missing())}"),
]


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WriterSettings]:
    """A writer with a server behind it."""
    folder = tmp_path_factory.mktemp("model")
    saving = [sys.executable, local_server.__file__, "save", str(folder / "smollm2")]
    subprocess.run(saving, check=True, capture_output=True, timeout=600)
    with local_server.serving(folder / "smollm2", free_port(), folder / "server.log") as url:
        yield WriterSettings(
            model=str(folder / "smollm2"), base_url=url, answer_tokens=100, concurrency=1, timeout=300, retries=1
        )


def samples() -> list[Sample]:
    found = [s for seed in range(20) for s in samples_of(make_case(seed)).values()]
    return found[:2]  # one of each task


async def _ask(settings: WriterSettings, log: Path) -> tuple[Engine, list[tuple[Sample, Answer, Answer]]]:
    """Each sample asked about twice: a draft, and a repair of it."""
    answers = []
    async with Engine(settings, log) as engine:
        for sample in samples():
            messages = first_messages(sample, False, Path())
            first = await engine.ask(messages, schema(sample.task), 1)
            judged = judge(sample, first, 1, "hash")
            reasons = [] if judged.rejection is None else judged.rejection.reasons
            again = repair_messages(messages, first.text, reasons)
            answers.append((sample, first, await engine.ask(again, schema(sample.task), 1)))
    return engine, answers


def test_every_sample_ends_accepted_or_refused_and_nothing_is_asked_twice(
    settings: WriterSettings, tmp_path: Path
) -> None:
    engine, answers = asyncio.run(_ask(settings, tmp_path / "log.jsonl"))
    # It lists no models (500) and ignores response_format: the probe survives both and asks in words.
    assert engine.probe.models == []
    assert engine.probe.structured == "prompt"
    assert engine.counters.asked >= 2 * len(answers)
    for sample, *given in answers:
        for attempt, answer in enumerate(given, 1):
            assert answer.text
            assert answer.tokens_out > 0
            found = judge(sample, answer, attempt, "hash")
            assert (found.sample is None) != (found.rejection is None)
            if found.sample is not None:
                assert check_sample(found.sample) == []
            else:
                assert found.rejection is not None
                assert found.rejection.reasons
                assert found.rejection.draft is not None
                assert found.rejection.draft.answer == answer.text
    engine, again = asyncio.run(_ask(settings, tmp_path / "log.jsonl"))
    assert engine.counters.asked == 0
    assert again == answers


def test_the_server_has_the_traps_that_it_is_here_for(settings: WriterSettings) -> None:
    with pytest.raises(urllib.error.HTTPError) as error:
        urllib.request.urlopen(f"{settings.base_url}/models", timeout=30)
    assert error.value.code == 500
    payload = {
        "model": settings.model,
        "messages": [{"role": "user", "content": "Name a colour."}],
        "max_tokens": 12,
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "x", "strict": True, "schema": schema("full")},
        },
    }
    request = urllib.request.Request(
        f"{settings.base_url}/chat/completions", json.dumps(payload).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=120) as reply:
        text = json.load(reply)["choices"][0]["message"]["content"]
    assert not text.startswith("{")
