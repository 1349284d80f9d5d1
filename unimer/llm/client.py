"""One server that speaks OpenAI's chat completions: what is sent to it, and what its answers and errors mean.

No retries here: every request is sent once (``unimer.llm.engine`` repeats). The key and any password of the base URL
are taken out of everything that leaves this module.
"""

from __future__ import annotations

import asyncio
import email.utils
import json
import os
import time
from base64 import b64encode
from typing import Any, Literal
from urllib.parse import unquote, urlsplit, urlunsplit

import aiohttp
import httpx2
import openai
from pydantic import BaseModel, ValidationError

from unimer.errors import SettingsError
from unimer.llm.answers import Answer, Ask
from unimer.settings import WriterSettings

VENDOR = "https://api.openai.com/v1"
Structured = Literal["json_schema", "json_object", "prompt"]
SCHEMA_NAME = "answer"
SCHEMA_TEXT = "Answer with one JSON object that follows this JSON Schema, and with nothing else:\n"
PICTURE_TOKENS = 1000
"""What a picture is counted as where the server says nothing; vendors take from 85 to about 1,500."""
CONNECT_SECONDS = 10.0
KEEP_SECONDS = 4.0
"""An idle connection is dropped before the usual servers do so (5 s), who would cut a request short."""
MESSAGE_LENGTH = 300
SHORTEST_SECRET = 7
"""Shorter keys are placeholders of local servers; taking them out would harm words."""
REFUSED = (400, 413, 414, 422, 451)
TEMPORARY = (408, 409, 425, 429)


class Temporary(Exception):
    """It may work later: try again.

    Attributes:
        kind: ``429`` and other statuses, ``timeout``, ``connect`` (no connection), ``reset`` (connection lost, body
            cut), ``body`` (what came is no chat completion).
        after: seconds the server asks to wait.
    """

    def __init__(self, kind: str, message: str, after: float | None = None) -> None:
        super().__init__(message)
        self.kind, self.message, self.after = kind, message, after


class Permanent(Exception):
    """It will never work.

    Attributes:
        scope: ``request``: this one request, others may; ``run``: no request will.
    """

    def __init__(self, scope: Literal["request", "run"], message: str, remedy: str | None = None) -> None:
        super().__init__(message)
        self.scope, self.message, self.remedy = scope, message, remedy


class _Message(BaseModel):
    content: str | list[Any] | None = None
    refusal: str | None = None
    reasoning: str | None = None
    reasoning_content: str | None = None


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None


class _Usage(BaseModel):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class _Completion(BaseModel):
    choices: list[_Choice]
    model: str | None = None
    usage: _Usage | None = None


class Server:
    """A server as the settings name it; close it with ``close``.

    Attributes:
        endpoint: its base URL without user and password, as it stands in records.
        settings: as given, with `endpoint` for the base URL.
        client: also for other endpoints than chat completions (``unimer.llm.batch``). Its errors may hold the key.
        only_thought: answers so far whose content was empty and whose reasoning was not.

    Raises:
        SettingsError: the base URL cannot be used, the vendor's own server without a key, or the key in the recipe.
    """

    def __init__(self, settings: WriterSettings) -> None:
        self.only_thought = 0
        key = os.environ.get(settings.key_env, "").strip()
        self.endpoint, login = endpoint_of(settings.base_url or os.environ.get("OPENAI_BASE_URL") or VENDOR)
        self.settings = settings.model_copy(update={"base_url": self.endpoint})
        if self.endpoint == VENDOR and not key:
            raise SettingsError("the vendor's server needs a key", remedy=f"set the variable {settings.key_env}")
        self._secrets = secrets_of(key, login)
        if self.redact(recipe := json.dumps(settings.extra, ensure_ascii=False)) != recipe:
            raise SettingsError("writer.extra holds the key", remedy=f"it belongs into {settings.key_env} only")
        basic = None if login is None else {"Authorization": "Basic " + b64encode(login.encode()).decode()}
        self.client = self._client(key, basic)

    def _client(self, key: str, basic: dict[str, str] | None) -> openai.AsyncOpenAI:
        """Over aiohttp: a quarter less processor time a request than openai's default (docs/writer.md)."""
        seconds = self.settings.timeout
        timeout = httpx2.Timeout(seconds, connect=min(CONNECT_SECONDS, seconds))
        limits = httpx2.Limits(max_connections=self.settings.concurrency, keepalive_expiry=KEEP_SECONDS)
        direct = urlsplit(self.endpoint).hostname in LOOPBACK
        http = openai.DefaultAioHttpClient(timeout=timeout, limits=limits, trust_env=not direct)
        return openai.AsyncOpenAI(
            api_key=key or "none",
            base_url=self.endpoint,
            max_retries=0,
            timeout=timeout,
            default_headers=basic,
            http_client=http,
        )

    async def close(self) -> None:
        """Closes the connections."""
        await self.client.close()

    def ask_for(
        self, messages: list[dict[str, Any]], schema: dict[str, Any], seed: int, structured: Structured
    ) -> Ask:
        """The request for an answer of this JSON schema.

        A field of ``settings.extra`` replaces the field of that name; null leaves it out.
        """
        fields: dict[str, Any] = {
            "model": self.settings.model,
            "messages": messages if structured == "json_schema" else with_schema(messages, schema),
            "temperature": self.settings.temperature,
            "max_tokens": self.settings.answer_tokens,
            "seed": seed,
        }
        if structured == "json_schema":
            named = {"name": SCHEMA_NAME, "strict": True, "schema": schema}
            fields["response_format"] = {"type": "json_schema", "json_schema": named}
        elif structured == "json_object":
            fields["response_format"] = {"type": "json_object"}
        if "max_completion_tokens" in self.settings.extra:
            del fields["max_tokens"]
        fields |= self.settings.extra
        payload = {name: value for name, value in fields.items() if value is not None}
        return Ask(endpoint=self.endpoint, payload=payload)

    async def send(self, ask: Ask) -> Answer:
        """Sends one request, once.

        Raises:
            Temporary: it may work later.
            Permanent: it will never work.
        """
        try:
            async with asyncio.timeout(self.settings.timeout):  # the whole of it; httpx2's is for one read
                response = await self.client.post("/chat/completions", cast_to=httpx2.Response, body=ask.payload)
        except TimeoutError:
            raise self._too_late() from None
        except openai.APIStatusError as error:
            raise self.status_error(error) from None
        except openai.APIConnectionError as error:
            raise self._lost(error) from None
        return self.read(ask, response.content)

    def read(self, ask: Ask, content: bytes) -> Answer:
        """The answer that the body of a response holds.

        Raises:
            Temporary: it is no chat completion.
        """
        try:
            completion = completion_of(content)
            return self._answer(ask, completion, completion.choices[0])
        except (ValueError, IndexError):
            raise Temporary("body", "what came back is no chat completion") from None

    async def models(self) -> list[str]:
        """Names of the models that the server lists.

        Raises:
            Temporary: it does not tell; not all servers do.
        """
        try:
            async with asyncio.timeout(min(CONNECT_SECONDS, self.settings.timeout)):
                response = await self.client.get("/models", cast_to=httpx2.Response)
            listed = response.json()["data"]
            return sorted(self.redact(str(model["id"])) for model in listed)
        except openai.APIStatusError as error:
            raise Temporary(str(error.status_code), f"status {error.status_code}") from None
        except (TimeoutError, openai.APITimeoutError):
            raise Temporary("timeout", "no answer") from None
        except openai.APIConnectionError:
            raise Temporary("connect", "no connection") from None
        except (ValueError, KeyError, TypeError):
            raise Temporary("body", "no list") from None

    def redact(self, text: str) -> str:
        """The text without the key and the password."""
        for secret in self._secrets:
            text = text.replace(secret, "[secret]")
        return text

    def _lost(self, error: openai.APIConnectionError) -> Temporary:
        """What became of a request without an answer: httpx2's own error tells a lost connection from none wrongly."""
        cause = error.__cause__
        origin = None if cause is None else cause.__cause__
        if isinstance(origin, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
            return Temporary("connect", f"no connection to {self.endpoint}")
        if isinstance(origin, TimeoutError):
            return self._too_late()
        return Temporary("reset", "the connection was lost")

    def _too_late(self) -> Temporary:
        return Temporary("timeout", f"no answer within {self.settings.timeout:g} s")

    def _answer(self, ask: Ask, completion: _Completion, choice: _Choice) -> Answer:
        message, usage = choice.message, completion.usage or _Usage()
        text = plain(message.content)
        if not text.strip() and (message.reasoning or message.reasoning_content):
            self.only_thought += 1
        return Answer(
            text=self.redact(text),
            refusal=None if message.refusal is None else self.redact(message.refusal),
            finish_reason=None if choice.finish_reason is None else self.redact(choice.finish_reason),
            model=self.redact(completion.model or self.settings.model),
            tokens_in=estimate_tokens(ask.payload) if usage.prompt_tokens is None else usage.prompt_tokens,
            tokens_out=text_tokens(text) if usage.completion_tokens is None else usage.completion_tokens,
        )

    def status_error(self, error: openai.APIStatusError) -> Temporary | Permanent:
        """What a status means: worth another try, this request's fault, or everybody's."""
        status, said = error.status_code, self.redact(message_of(error.body))
        message = f"status {status}" + (f": {said[:MESSAGE_LENGTH]}" if said else "")
        if status in TEMPORARY or status >= 500:
            if status == 429 and error.code == "insufficient_quota":
                return Permanent("run", message, "the account has no credit left; top it up, then run again")
            return Temporary(str(status), message, retry_after(error.response.headers))
        flagged = status == 403 and ("moderation" in said.lower() or "flagged" in said.lower())
        if status in REFUSED or flagged:
            return Permanent("request", message)
        return Permanent("run", message, self._remedy(status))

    def _remedy(self, status: int) -> str:
        if status in (401, 403):
            return f"check the key in the variable {self.settings.key_env}, and that it may use {self.settings.model}"
        if status in (404, 405):
            return f"check writer.base_url ({self.endpoint}, ends in /v1) and writer.model ({self.settings.model})"
        return "see the message of the server"


LOOPBACK = ("localhost", "127.0.0.1", "::1")
"""Hosts that are asked directly, whatever proxy is set."""


def endpoint_of(base_url: str) -> tuple[str, str | None]:
    """A base URL without user and password, and those as ``user:password`` (None where there are none).

    Raises:
        SettingsError: it is no http(s) URL, or has a query; never names what it holds.
    """
    remedy = "give it as http://HOST:PORT/v1"
    try:
        parts = urlsplit(base_url.strip())
        host = parts.hostname or ""
        port = "" if parts.port is None else f":{parts.port}"
    except ValueError:
        raise SettingsError("writer.base_url is no URL", remedy=remedy) from None
    if parts.scheme not in ("http", "https") or not host:
        raise SettingsError("writer.base_url is no URL", remedy=remedy)
    if parts.query or parts.fragment:
        raise SettingsError("writer.base_url has a query", remedy=remedy)
    login = None
    if parts.username is not None:
        login = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    shown = f"[{host}]" if ":" in host else host
    return urlunsplit((parts.scheme, shown + port, parts.path.rstrip("/"), "", "")), login


def secrets_of(key: str, login: str | None) -> list[str]:
    """Every text that must not leave: the key, the password, and the forms in which they are sent."""
    found = [key]
    if login is not None:
        found += [login, login.partition(":")[2], b64encode(login.encode()).decode()]
    return sorted({text for text in found if len(text) >= SHORTEST_SECRET}, key=lambda text: (-len(text), text))


def completion_of(body: bytes) -> _Completion:
    """Reads a body; half characters, which some models write, become question marks. ValueError: no completion."""
    try:
        return _Completion.model_validate_json(body)
    except ValidationError:
        mended = json.dumps(json.loads(body), ensure_ascii=False).encode("utf-8", "replace")
        return _Completion.model_validate_json(mended)


def with_schema(messages: list[dict[str, Any]], schema: dict[str, Any]) -> list[dict[str, Any]]:
    """The messages with the JSON schema in words, after the system message."""
    words = SCHEMA_TEXT + json.dumps(schema, ensure_ascii=False)
    if messages and messages[0]["role"] == "system" and isinstance(messages[0]["content"], str):
        return [messages[0] | {"content": f"{messages[0]['content']}\n\n{words}"}, *messages[1:]]
    return [{"role": "system", "content": words}, *messages]


def plain(content: str | list[Any] | None) -> str:
    """The text of a message's content, which some servers send in parts."""
    if isinstance(content, list):
        return "".join(str(part.get("text") or "") for part in content if isinstance(part, dict))
    return content or ""


def message_of(body: object) -> str:
    """What an error body says, in one line; servers differ in where they say it."""
    if isinstance(body, dict):
        for name in ("message", "error", "detail"):
            if body.get(name):
                return message_of(body[name])
        body = json.dumps(body, ensure_ascii=False)
    return " ".join(str(body or "").split())


def retry_after(headers: httpx2.Headers) -> float | None:
    """Seconds that a server asks to wait: a number or a date."""
    try:
        if "retry-after-ms" in headers:
            return max(0.0, float(headers["retry-after-ms"]) / 1000)
        return max(0.0, float(headers["retry-after"]))
    except KeyError:
        return None
    except ValueError:
        parsed = email.utils.parsedate_tz(headers.get("retry-after", ""))
        return None if parsed is None else max(0.0, email.utils.mktime_tz(parsed) - time.time())


def text_tokens(text: str) -> int:
    """Tokens of a text where nobody counts: one for four bytes of UTF-8, which is about right for English."""
    return -(-len(text.encode("utf-8")) // 4)


def estimate_tokens(payload: dict[str, Any]) -> int:
    """Tokens that a request has before it is sent: its texts and schema, PICTURE_TOKENS a picture."""
    tokens = text_tokens(json.dumps(payload["response_format"])) if "response_format" in payload else 0
    for message in payload["messages"]:
        content = message["content"]
        for part in [content] if isinstance(content, str) else content:
            is_text = isinstance(part, str) or "text" in part
            tokens += text_tokens(part if isinstance(part, str) else part["text"]) if is_text else PICTURE_TOKENS
        tokens += 4
    return tokens
