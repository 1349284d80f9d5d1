"""What a server can do, found out with at most three tiny requests before the run.

The requests go through the engine's log like any other: a run that goes on asks in the same way as the one it
continues, even where the server would answer the probe otherwise today.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, get_args

from unimer.errors import InputError
from unimer.llm.answers import Answer, Ask
from unimer.llm.client import MESSAGE_LENGTH, Server, Structured, Temporary

PROBE_TEXT = "Name a colour."
COLOURS = ["red", "green", "blue"]
PROBE_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"colour": {"type": "string", "enum": COLOURS}},
    "required": ["colour"],
    "additionalProperties": False,
}


@dataclass(frozen=True)
class Probe:
    """What the probe found.

    Attributes:
        structured: how JSON is asked for.
        models: names that the server lists; empty where it does not tell or was not asked.
        notes: one sentence each, for the user.
    """

    structured: Structured
    models: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def probe_ask(server: Server, structured: Structured) -> Ask:
    """The tiny request. For ``json_schema`` nothing but the schema says what is wanted."""
    return server.ask_for([{"role": "user", "content": PROBE_TEXT}], PROBE_SCHEMA, 0, structured)


async def probe(server: Server, answer: Callable[[Ask], Awaitable[Answer]], *, models: bool = True) -> Probe:
    """Asks with JSON schema, with JSON object, then with the schema in words, until the answer is as asked.

    Where the settings name one way, only that is tried, and kept.

    Args:
        answer: how a request is answered (with log and retries); a refused request is an Answer that says so.
        models: whether the server is asked for its models.

    Raises:
        InputError: the server refuses even the plain request.
    """
    listed, notes = await _models(server) if models else ([], [])
    wanted = server.settings.structured
    ways: tuple[Structured, ...] = get_args(Structured) if wanted == "auto" else (wanted,)
    for way in ways:
        found = await answer(probe_ask(server, way))
        if found.outcome == "answered" and as_asked(found.text, way):
            return Probe(way, listed, [*notes, f"structured output: {way}"])
        notes.append(f"{way}: {_why_not(found)}")
        if found.outcome == "refused" and way == ways[-1]:
            remedy = "see the message of the server; `writer.extra` changes fields of the request, null leaves one out"
            raise InputError(f"the server refuses even a tiny request ({way}): {found.refusal}", remedy=remedy)
    notes.append(f"structured output: {ways[-1]}; every answer is checked here in any case")
    return Probe(ways[-1], listed, notes)


def as_asked(text: str, way: Structured) -> bool:
    """Whether the answer shows that the server heeds the way: the schema's object, or any JSON object."""
    try:
        found = json.loads(text)
    except ValueError:
        return False
    if way == "json_object":
        return isinstance(found, dict)
    return isinstance(found, dict) and list(found) == ["colour"] and found["colour"] in COLOURS


async def _models(server: Server) -> tuple[list[str], list[str]]:
    model = server.settings.model
    try:
        listed = await server.models()
    except Temporary as error:
        return [], [f"the server does not list its models ({error.message})"]
    if model in listed:
        return listed, []
    few = ", ".join(listed[:5]) or "none"
    return listed, [f"the server does not list the model {model!r}; it lists {few}"]


def _why_not(answer: Answer) -> str:
    if answer.outcome == "refused":
        return f"refused: {(answer.refusal or '')[:MESSAGE_LENGTH]}"
    if not answer.text.strip():
        return (
            "the answer is empty; a model that thinks first needs more `writer.answer_tokens`"
            " or `writer.extra: {reasoning_effort: none}`"
        )
    if answer.finish_reason == "length":
        return "the answer was cut off at `writer.answer_tokens`"
    return "ignored by server or model"
