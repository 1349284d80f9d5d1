"""The client and the probe against servers that behave in every odd way."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import httpx2
import pytest

from tests.fault_server import Running, Script, serving
from unimer.llm.answers import Answer
from unimer.llm.client import (
    Permanent,
    Server,
    Temporary,
    completion_of,
    estimate_tokens,
    message_of,
    plain,
    retry_after,
)
from unimer.llm.engine import Engine
from unimer.settings import WriterSettings

T = TypeVar("T")
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"text": {"type": "string"}},
    "required": ["text"],
    "additionalProperties": False,
}


def messages(text: str = "hello") -> list[dict[str, Any]]:
    return [{"role": "system", "content": "Be brief."}, {"role": "user", "content": text}]


def settings(url: str | None, **changes: Any) -> WriterSettings:
    return WriterSettings.model_validate({"model": "scripted", "base_url": url, "timeout": 5, **changes})


def with_server(chosen: WriterSettings, use: Callable[[Server], Awaitable[T]]) -> T:
    async def run() -> T:
        server = Server(chosen)
        try:
            return await use(server)
        finally:
            await server.close()

    return asyncio.run(run())


def send(running: Running, **changes: Any) -> Answer:
    async def use(server: Server) -> Answer:
        return await server.send(server.ask_for(messages(), SCHEMA, 1, "json_schema"))

    return with_server(settings(running.url, **changes), use)


# --- what is sent ----------------------------------------------------------------------------------------------------


def test_payloads() -> None:
    async def use(server: Server) -> None:
        schema = server.ask_for(messages(), SCHEMA, 7, "json_schema").payload
        assert schema == {
            "model": "scripted",
            "messages": messages(),
            "temperature": 0.7,
            "max_tokens": 700,
            "seed": 7,
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "answer", "strict": True, "schema": SCHEMA},
            },
            "reasoning_effort": "none",
        }
        for way in ("json_object", "prompt"):
            payload = server.ask_for(messages(), SCHEMA, 7, way).payload
            assert '"additionalProperties": false' in payload["messages"][0]["content"]
            assert payload["messages"][0]["content"].startswith("Be brief.\n\nAnswer with one JSON object")
            assert payload["messages"][1:] == messages()[1:]
        assert server.ask_for(messages()[1:], SCHEMA, 7, "prompt").payload["messages"][0]["role"] == "system"
        assert server.ask_for(messages(), SCHEMA, 7, "json_object").payload["response_format"] == {
            "type": "json_object"
        }
        assert "response_format" not in server.ask_for(messages(), SCHEMA, 7, "prompt").payload

    with_server(settings("http://127.0.0.1:1/v1", extra={"reasoning_effort": "none"}), use)


def test_extra_fields_replace_and_null_leaves_out() -> None:
    async def use(server: Server) -> None:
        payload = server.ask_for(messages(), SCHEMA, 7, "prompt").payload
        assert payload["max_completion_tokens"] == 900
        assert payload["top_p"] == 0.5
        assert not {"temperature", "seed", "max_tokens"} & set(payload)

    extra = {"max_completion_tokens": 900, "temperature": None, "seed": None, "top_p": 0.5}
    with_server(settings("http://127.0.0.1:1/v1", extra=extra), use)


def test_how_it_is_run_is_not_part_of_the_request() -> None:
    def key(**changes: Any) -> str:
        async def use(server: Server) -> str:
            return server.ask_for(messages(), SCHEMA, 7, "prompt").key

        return with_server(settings("http://127.0.0.1:1/v1", **changes), use)

    run = {"concurrency": 3, "timeout": 9, "retries": 1, "max_requests": 5, "requests_per_minute": 5, "price_in": 1}
    assert key(**run) == key()
    assert key(temperature=0.2) != key()


# --- what comes back -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("429", "429"),
        ("500", "500"),
        ("503", "503"),
        ("stall", "timeout"),
        ("reset", "reset"),
        ("cut", "reset"),
        ("garbage", "body"),
        ("shape", "body"),
    ],
)
def test_errors_that_may_pass(tmp_path: Path, fault: str, kind: str) -> None:
    script = Script(faults={fault: 1.0}, retry_after=0.25, stall=20)
    with serving(tmp_path, script) as running, pytest.raises(Temporary) as caught:
        send(running, timeout=2.0)
    assert caught.value.kind == kind
    assert caught.value.after == (0.25 if fault in ("429", "503") else None)


def test_no_server() -> None:
    async def use(server: Server) -> None:
        await server.send(server.ask_for(messages(), SCHEMA, 1, "prompt"))

    with pytest.raises(Temporary, match="no connection to http://127") as caught:
        with_server(settings("http://127.0.0.1:1/v1"), use)
    assert caught.value.kind == "connect"


@pytest.mark.parametrize(
    ("script", "scope", "words"),
    [
        (Script(contents={"400": 1.0}), "request", "too long"),
        (Script(structured="refuse"), "request", "not supported"),
        (Script(key="another"), "run", "check the key in the variable OPENAI_API_KEY"),
        (Script(model="another"), "run", "writer.model"),
    ],
)
def test_errors_that_stay(tmp_path: Path, script: Script, scope: str, words: str) -> None:
    with serving(tmp_path, script) as running, pytest.raises(Permanent) as caught:
        send(running)
    assert caught.value.scope == scope
    assert words in caught.value.message + (caught.value.remedy or "")


def test_a_wrong_path_is_said_to_be_the_base_url(tmp_path: Path) -> None:
    async def use(server: Server) -> None:
        await server.send(server.ask_for(messages(), SCHEMA, 1, "prompt"))

    with serving(tmp_path, Script()) as running, pytest.raises(Permanent) as caught:
        with_server(settings(running.url.removesuffix("/v1")), use)
    assert caught.value.scope == "run"
    assert "writer.base_url" in (caught.value.remedy or "")


def test_contents(tmp_path: Path) -> None:
    def answer(kind: str, **script: Any) -> Answer:
        with serving(tmp_path / kind, Script(contents={kind: 1.0}, **script)) as running:
            return send(running)

    good = answer("none")
    assert (good.finish_reason, good.tokens_in, good.tokens_out, good.model) == ("stop", 100, 20, "scripted")
    assert good.text.startswith('{"text": "')
    assert answer("refusal_field") == Answer(
        refusal="I can't help with that.", finish_reason="stop", model="scripted", tokens_in=100, tokens_out=20
    )
    assert answer("length").finish_reason == "length"
    assert answer("refusal").text.startswith("I'm sorry")
    uncounted = answer("schema", usage=False)
    assert uncounted.tokens_out == -(-len(uncounted.text) // 4)
    assert 20 < uncounted.tokens_in < 80


def test_empty_content_with_reasoning_is_counted(tmp_path: Path) -> None:
    async def use(server: Server) -> tuple[str, int]:
        answer = await server.send(server.ask_for(messages(), SCHEMA, 1, "json_schema"))
        return answer.text, server.only_thought

    with serving(tmp_path, Script(contents={"empty": 1.0})) as running:
        assert with_server(settings(running.url), use) == ("", 1)


def test_half_a_character_is_mended() -> None:
    body = b'{"choices": [{"message": {"content": "a \\ud83d b \\u00e9"}}]}'
    assert completion_of(body).choices[0].message.content == "a ? b \u00e9"
    for wrong in (b"<html>", b'{"error": 1}', b""):
        with pytest.raises(ValueError, match=r"."):
            completion_of(wrong)


def test_content_in_parts() -> None:
    assert plain([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}, {"type": "other"}]) == "ab"
    assert plain(None) == ""


def test_retry_after_is_seconds_milliseconds_or_a_date() -> None:
    assert retry_after(httpx2.Headers({"retry-after": "2.5"})) == 2.5
    assert retry_after(httpx2.Headers({"retry-after-ms": "1500", "retry-after": "9"})) == 1.5
    assert retry_after(httpx2.Headers({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"})) == 0.0
    assert retry_after(httpx2.Headers({"retry-after": "soon"})) is None
    assert retry_after(httpx2.Headers({})) is None


@pytest.mark.parametrize(
    "body",
    [
        {"message": "no\nway"},
        {"error": {"message": "no way"}},
        {"error": "no way"},
        {"detail": "no  way"},
        "no way",
    ],
)
def test_the_message_of_an_error_body(body: object) -> None:
    assert message_of(body) == "no way"


def test_tokens_of_a_picture_are_not_its_length() -> None:
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64," + "A" * 100_000}}
    content = [{"type": "text", "text": "x" * 400}, picture]
    assert 1000 < estimate_tokens({"messages": [{"role": "user", "content": content}]}) < 1200


# --- the probe -------------------------------------------------------------------------------------------------------


def probed(folder: Path, script: Script, **changes: Any) -> tuple[str, list[str], int]:
    """How the server is asked, the notes, and how many requests that took."""

    async def run(url: str) -> tuple[str, list[str]]:
        async with Engine(settings(url, **changes), folder / "log.jsonl", backoff=0.01) as engine:
            return engine.probe.structured, engine.probe.notes

    with serving(folder / "server", script) as running:
        structured, notes = asyncio.run(run(running.url))
        again = asyncio.run(run(running.url))  # from the log: the same choice, nothing is sent
        assert again[0] == structured
        return structured, notes, len(running.accesses())


@pytest.mark.parametrize(
    ("mode", "way", "requests", "note"),
    [
        ("honour", "json_schema", 1, "structured output: json_schema"),
        ("ignore", "prompt", 3, "json_schema: ignored by server or model"),
        ("refuse", "prompt", 3, "json_schema: refused: status 400: response_format is not supported"),
        ("object", "prompt", 3, "json_schema: refused"),
        ("hang", "prompt", 5, "json_schema: refused: no answer within 1.5 s"),
    ],
)
def test_the_probe_finds_what_the_server_can(tmp_path: Path, mode: str, way: str, requests: int, note: str) -> None:
    found = probed(tmp_path, Script(structured=mode, models="500"), timeout=1.5)
    assert (found[0], found[2]) == (way, requests)
    assert "the server does not list its models (status 500)" in found[1]
    assert any(line.startswith(note) for line in found[1])


def test_json_object_where_only_that_works(tmp_path: Path) -> None:
    script = Script(structured="object", answers="tests.test_llm_client:always_json")
    assert probed(tmp_path, script)[0] == "json_object"


def always_json(payload: dict[str, Any], kind: str, rng: Any) -> str:  # noqa: ARG001
    return '{"colour": "red"}'


def test_a_chosen_way_is_kept_and_a_failing_one_noted(tmp_path: Path) -> None:
    way, notes, requests = probed(tmp_path, Script(structured="ignore"), structured="json_schema")
    assert (way, requests) == ("json_schema", 1)
    assert "json_schema: ignored by server or model" in notes


def test_a_model_the_server_does_not_list_is_noted(tmp_path: Path) -> None:
    assert any("does not list the model 'other'" in note for note in probed(tmp_path, Script(), model="other")[1])
