"""A scripted server that speaks OpenAI's chat completions over HTTP on loopback, and fails in every way real ones do.

    python -m tests.fault_server [--port 0] [--seed 0] [--script script.json] [--accesses accesses.jsonl]

Prints its base URL, then serves until it is killed. What happens to a request depends on nothing but the seed, the
hash of its body and how often it came before: faults of the transport on body and attempt, what the answer says on the
body alone. So what a client has in the end does not depend on order, concurrency or interruptions of the client. Every
body of an error quotes the request's Authorization header, as careless servers do.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import importlib
import json
import random
import socket
import struct
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

TRANSPORT = ("429", "500", "503", "stall", "reset", "cut", "garbage", "shape")
"""500 comes in bursts; reset: RST amid the body; cut: closed amid it; garbage: no JSON; shape: no completion."""
CONTENT = ("400", "refusal", "refusal_field", "empty", "length", "schema", "contradict", "duplicate")
"""400: refused for good; empty: text in `reasoning`; schema, contradict, duplicate: as the answers make them."""
PROBE = '"colour"'


@dataclass(frozen=True)
class Script:
    """What the server does.

    Attributes:
        faults: share of the tries that fail in a way of TRANSPORT (of 500: share of the requests that meet a burst).
        contents: share of the requests whose answer is of a kind of CONTENT.
        faultless_from: attempt from which on nothing of the transport fails (0: never fails).
        poison: share of the requests that get 500 whatever the attempt.
        burst: attempts in a row that fail in a burst.
        structured: `honour`, `ignore` (plain text), `refuse` (400), `object` (400 for json_schema), `hang` (stalls).
        key: 401 for another key; empty: any.
        model: 404 for another model; empty: any.
        usage: whether answers say how many tokens they took.
        answers: `module:function` called with (payload, kind, random.Random) that returns the answer's text.
    """

    faults: dict[str, float] = field(default_factory=dict)
    contents: dict[str, float] = field(default_factory=dict)
    faultless_from: int = 4
    poison: float = 0.0
    burst: int = 3
    retry_after: float = 0.02
    latency: float = 0.0
    slots: int = 1024
    stall: float = 30.0
    models: str = "ok"
    structured: str = "honour"
    key: str = ""
    model: str = ""
    usage: bool = True
    answers: str = "tests.fault_server:filled"

    def transport(self, seed: int, body: str, attempt: int) -> str | None:
        """The fault of this try."""
        if _share(seed, body, "poison") < self.poison:
            return "500"
        if attempt >= self.faultless_from:
            return None
        if attempt < self.burst and _share(seed, body, "burst") < self.faults.get("500", 0.0):
            return "500"
        tries = {kind: share for kind, share in self.faults.items() if kind != "500"}
        return _pick(tries, _share(seed, body, str(attempt)))

    def content(self, seed: int, body: str) -> str | None:
        """What is wrong with the answer to this request."""
        return _pick(self.contents, _share(seed, body, "content"))


def _share(*parts: object) -> float:
    return random.Random("/".join(map(str, parts))).random()


def _pick(shares: dict[str, float], drawn: float) -> str | None:
    for kind in sorted(shares):
        drawn -= shares[kind]
        if drawn < 0:
            return kind
    return None


def body_hash(payload: dict[str, Any]) -> str:
    """Identifies a request."""
    return hashlib.sha256(json.dumps(payload, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def filled(payload: dict[str, Any], kind: str, rng: random.Random) -> str:
    """An answer to any request: its JSON schema filled with words, or a line of plain text."""
    words = ["left", "right", "brow", "cheek", "rises", "sinks", "slightly", "corner", "lid", "lip"]
    asked = payload.get("response_format", {})
    if kind == "schema" or asked.get("type") != "json_schema":
        return "The " + " ".join(rng.choices(words, k=8)) + "."
    return json.dumps(_fill(asked["json_schema"]["schema"], rng, words))


def _fill(schema: dict[str, Any], rng: random.Random, words: list[str]) -> Any:
    if "enum" in schema:
        return rng.choice(schema["enum"])
    match schema.get("type"):
        case "object":
            return {name: _fill(part, rng, words) for name, part in schema["properties"].items()}
        case "array":
            return [_fill(schema["items"], rng, words)]
        case "integer" | "number":
            return rng.randrange(1, 30)
        case "boolean":
            return rng.random() < 0.5
    return " ".join(rng.choices(words, k=8))


class FaultServer:
    """The server. Its access log has a line for a try that arrived and another, ``answered``, when all was sent."""

    def __init__(self, script: Script, seed: int, accesses: Path | None) -> None:
        self.script, self.seed = script, seed
        module, _, name = script.answers.partition(":")
        self._text: Callable[[dict[str, Any], str, random.Random], str] = getattr(
            importlib.import_module(module), name
        )
        self._tries: Counter[str] = Counter()
        self._slots = asyncio.Semaphore(script.slots)
        self._accesses = None if accesses is None else accesses.open("a", buffering=1, encoding="utf-8")

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serves one connection until one side closes it."""
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                due = asyncio.get_running_loop().time() + self.script.latency
                request, *lines = head.split("\r\n")
                headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                if not await self._serve(writer, request.split(" ")[1], headers, body, due):
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _serve(
        self, writer: asyncio.StreamWriter, path: str, headers: dict[str, str], body: bytes, due: float
    ) -> bool:
        """Answers one request, not before it is due by the loop's clock; whether the connection stays."""
        said = headers.get("authorization", "")
        if path.endswith("/models"):
            if self.script.models == "500":
                return await _reply(writer, 500, _error("no models for you", said))
            return await _reply(writer, 200, {"data": [{"id": self.script.model or "scripted"}]})
        if not path.endswith("/v1/chat/completions"):
            return await _reply(writer, 404, _error(f"no such path {path}", said))
        if self.script.key and said != f"Bearer {self.script.key}":
            return await _reply(writer, 401, _error("wrong key", said))
        payload = json.loads(body)
        if self.script.model and payload["model"] != self.script.model:
            return await _reply(writer, 404, _error(f"no model {payload['model']}", said))
        queued = self._slots.locked()
        async with self._slots:
            if queued:
                due = asyncio.get_running_loop().time() + self.script.latency
            return await self._complete(writer, payload, said, due)

    async def _complete(self, writer: asyncio.StreamWriter, payload: dict[str, Any], said: str, due: float) -> bool:
        request = body_hash(payload)
        attempt = self._tries[request]
        self._tries[request] += 1
        fault = self.script.transport(self.seed, request, attempt)
        if fault is None:
            fault = self._format_fault(payload)
        content = None if PROBE in json.dumps(payload) else self.script.content(self.seed, request)
        tried = {"request": request, "attempt": attempt, "fault": fault, "content": content}
        self._note(tried | {"answered": False})
        if fault is not None and fault != "format":
            await _until(due)
            return await self._fail(writer, fault, said)
        if fault == "format":
            status, body = 400, _error("response_format is not supported", said)
        elif content == "400":
            status, body = 400, _error("this prompt is too long", said)
        else:
            status, body = 200, self._completion(payload, content or "good", request)
        await _until(due)
        stays = await _reply(writer, status, body)
        self._note(tried | {"answered": True})
        return stays

    def _format_fault(self, payload: dict[str, Any]) -> str | None:
        asked = payload.get("response_format", {}).get("type")
        mode = self.script.structured
        if asked is not None and (mode == "refuse" or (mode == "object" and asked == "json_schema")):
            return "format"
        return "stall" if asked is not None and mode == "hang" else None

    async def _fail(self, writer: asyncio.StreamWriter, fault: str, said: str) -> bool:
        whole = json.dumps({"choices": [{"message": {"content": "never arrives"}}]}).encode()
        match fault:
            case "429" | "503":
                extra = f"Retry-After: {self.script.retry_after}\r\n"
                return await _reply(writer, int(fault), _error("slow down", said), extra)
            case "500":
                return await _reply(writer, 500, _error("internal error", said))
            case "stall":
                await asyncio.sleep(self.script.stall)
                return False
            case "garbage":
                return await _reply(writer, 200, b"<html>Bad gateway</html>")
            case "shape":
                return await _reply(writer, 200, _error("nothing to choose from", said))
        writer.write(_head(200, len(whole)) + whole[: len(whole) // 2])
        await writer.drain()
        if fault == "reset":
            sock = writer.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
        return False

    def _completion(self, payload: dict[str, Any], kind: str, request: str) -> dict[str, Any]:
        rng = random.Random(f"{self.seed}/{'' if kind == 'duplicate' else request}")
        wanted = kind if kind in ("schema", "contradict", "duplicate") else "good"
        heeded = payload if self.script.structured != "ignore" else {**payload, "response_format": {}}
        text: str | None = self._text(heeded, wanted, rng)
        message: dict[str, Any] = {"role": "assistant", "content": text}
        finish = "stop"
        assert text is not None
        if kind == "refusal":
            message["content"] = "I'm sorry, but I can't identify emotions from a person's face."
        elif kind == "refusal_field":
            message |= {"content": None, "refusal": "I can't help with that."}
        elif kind == "empty":
            message |= {"content": "", "reasoning": text}
        elif kind == "length":
            message["content"], finish = text[: len(text) // 2], "length"
        completion: dict[str, Any] = {
            "id": "x",
            "object": "chat.completion",
            "model": payload["model"],
            "choices": [{"index": 0, "message": message, "finish_reason": finish}],
        }
        if self.script.usage:
            completion["usage"] = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}
        return completion

    def _note(self, tried: dict[str, Any]) -> None:
        if self._accesses is not None:
            self._accesses.write(json.dumps(tried) + "\n")


async def _until(due: float) -> None:
    """Waits for a time by the loop's clock: what the server computes is part of its latency, not on top of it."""
    await asyncio.sleep(max(0.0, due - asyncio.get_running_loop().time()))


def _error(message: str, said: str) -> dict[str, Any]:
    return {"error": {"message": f"{message} (your header was: {said})", "type": "scripted"}}


def _head(status: int, length: int, extra: str = "") -> bytes:
    kind = "Content-Type: application/json\r\n"
    return f"HTTP/1.1 {status} Scripted\r\n{kind}Content-Length: {length}\r\n{extra}\r\n".encode()


async def _reply(writer: asyncio.StreamWriter, status: int, body: dict[str, Any] | bytes, extra: str = "") -> bool:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    writer.write(_head(status, len(data), extra) + data)
    await writer.drain()
    return True


@dataclass(frozen=True)
class Running:
    """A server that runs as a process of its own."""

    url: str
    port: int
    log: Path
    process: subprocess.Popen[str]

    def accesses(self) -> list[dict[str, Any]]:
        """The tries so far, in the order in which they arrived."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        tries: dict[tuple[str, int], dict[str, Any]] = {}
        for tried in map(json.loads, lines):
            tries[tried["request"], tried["attempt"]] = tried
        return list(tries.values())


@contextmanager
def serving(folder: Path, script: Script, seed: int = 0, port: int = 0) -> Iterator[Running]:
    """Runs the server as a process while the context is open; script and access log lie in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    path, log = folder / "script.json", folder / "accesses.jsonl"
    path.write_text(json.dumps(asdict(script)))
    command = [sys.executable, "-m", "tests.fault_server", "--script", str(path), "--accesses", str(log)]
    command += ["--seed", str(seed), "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parent.parent)
    try:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        if not url:
            raise RuntimeError("the fault server did not start")
        yield Running(url, int(url.split(":")[2].split("/")[0]), log, process)
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


async def _run(options: argparse.Namespace) -> None:
    loaded = {} if options.script is None else json.loads(options.script.read_text())
    server = FaultServer(Script(**loaded), options.seed, options.accesses)
    listening = await asyncio.start_server(server.connected, "127.0.0.1", options.port, backlog=1024)
    print(f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/v1", flush=True)
    async with listening:
        await listening.serve_forever()


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0, help="0: any that is free")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--script", type=Path, help="JSON file with the fields of Script")
    parser.add_argument("--accesses", type=Path, help="access log, JSONL, appended to")
    asyncio.run(_run(parser.parse_args()))


if __name__ == "__main__":
    main()
