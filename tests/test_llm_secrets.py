"""Addresses and keys of a server: what is refused, and that no secret reaches a log, a record, an error or a repr."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Any

import pytest

from tests.fault_server import Script, serving
from tests.test_llm_client import SCHEMA, messages, send, settings, with_server
from unimer.errors import SettingsError
from unimer.llm.answers import Ask
from unimer.llm.client import VENDOR, Permanent, Server, endpoint_of
from unimer.llm.engine import Engine

CANARY = "sk-canary/7f3a9b2c+Quark=="


def test_base_urls() -> None:
    assert endpoint_of("http://localhost:8000/v1/") == ("http://localhost:8000/v1", None)
    assert endpoint_of("https://me:p%40ss@host.example/v1") == ("https://host.example/v1", "me:p@ss")
    assert endpoint_of("http://[::1]:8000/v1") == ("http://[::1]:8000/v1", None)
    for wrong in ("localhost:8000/v1", "ftp://host/v1", f"https://host/v1?key={CANARY}", "http://host:port/v1"):
        with pytest.raises(SettingsError, match=r"writer\.base_url") as caught:
            endpoint_of(wrong)
        assert CANARY not in str(caught.value)


def test_the_vendor_needs_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    with pytest.raises(SettingsError, match="OPENAI_API_KEY"):
        Server(settings(None))
    monkeypatch.setenv("OPENAI_API_KEY", CANARY)
    assert Server(settings(None)).endpoint == VENDOR


def test_a_key_in_the_recipe_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", CANARY)
    with pytest.raises(SettingsError, match=r"writer\.extra holds the key") as caught:
        Server(settings("http://127.0.0.1:1/v1", key_env="MY_KEY", extra={"api_key": CANARY}))
    assert CANARY not in str(caught.value)


def test_only_the_named_variable_is_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", CANARY)
    monkeypatch.delenv("NO_SUCH_KEY", raising=False)
    with serving(tmp_path / "a", Script(key=CANARY)) as running, pytest.raises(Permanent):
        send(running, key_env="NO_SUCH_KEY")
    with serving(tmp_path / "b", Script(key=CANARY)) as running:
        assert send(running).outcome == "answered"


ECHO = Script(answers="tests.test_llm_secrets:echo_secret")


@pytest.mark.parametrize(
    ("script", "login"),
    [
        (ECHO, ""),
        (ECHO, "user:hunter2secret@"),
        (Script(contents={"400": 1.0}), ""),
        (Script(contents={"400": 1.0}), "user:hunter2secret@"),
        (Script(faults={"429": 1.0}), ""),
        (Script(faults={"500": 1.0}), "user:hunter2secret@"),
        (Script(faults={"shape": 1.0}), ""),
        (Script(faults={"reset": 1.0}), "user:hunter2secret@"),
        (Script(model="another"), ""),
        (Script(key="another"), ""),
        (Script(key="another"), "user:hunter2secret@"),
        (Script(structured="refuse"), ""),
    ],
)
def test_the_key_reaches_no_log_record_error_or_repr(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    script: Script,
    login: str,
) -> None:
    """The server quotes the Authorization header in every error; an echoing model says the key itself."""
    monkeypatch.setenv("MY_KEY", CANARY)
    caplog.set_level(logging.DEBUG)
    seen: list[str] = []

    async def run(url: str) -> None:
        chosen = settings(url, key_env="MY_KEY", retries=1, timeout=2)
        try:
            async with Engine(chosen, tmp_path / "log.jsonl", backoff=0.01) as engine:
                seen.append(repr(engine.probe))
                for i in range(3):
                    try:
                        seen.append(repr(await engine.ask(messages(f"q{i}"), SCHEMA, i)))
                    except Exception as error:
                        seen.extend(everything(error))
                seen.append(repr([engine, engine.server, vars(engine), engine.counters.errors()]))
        except Exception as error:
            seen.extend(everything(error))

    with serving(tmp_path / "server", script) as running:
        asyncio.run(run(running.url.replace("http://", f"http://{login}")))
    assert seen
    logged = (tmp_path / "log.jsonl").read_text() if (tmp_path / "log.jsonl").exists() else ""
    captured = capfd.readouterr()
    text = "\n".join([*seen, logged, caplog.text, captured.out, captured.err])
    for secret in (CANARY, *(("hunter2secret", "dXNlcjpodW50ZXIyc2VjcmV0") if login else ())):
        assert secret not in text


def everything(error: BaseException | None) -> list[str]:
    """Texts and representations of an error and of all that led to it."""
    found = []
    while error is not None:
        found += [str(error), repr(error), repr(vars(error))]
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return found


def echo_secret(payload: dict[str, Any], kind: str, rng: Any) -> str:  # noqa: ARG001
    return f'{{"text": "the key is {CANARY} and hunter2secret"}}'


def test_an_ask_has_the_endpoint_without_the_login() -> None:
    async def use(server: Server) -> Ask:
        return server.ask_for(messages(), SCHEMA, 1, "prompt")

    ask = with_server(settings("http://user:hunter2secret@127.0.0.1:1/v1"), use)
    assert ask.endpoint == "http://127.0.0.1:1/v1"
