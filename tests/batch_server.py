"""A small server for tests that speaks OpenAI's files and batches (and single chat completions) on loopback.

Nothing ends by itself: a test says how a batch ends. ``answer`` is a function from the body of a request to the text
of the answer, or to (status, error body).
"""

from __future__ import annotations

import hashlib
import json
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.llm_answers import draft

Reply = str | tuple[int, dict[str, Any]]
KEY = "sk-secret-of-the-tests"


def drafted(payload: dict[str, Any], careless: int) -> str:
    """A true draft; of the first drafts one in ``careless`` is wrong, and its repair right."""
    digest = hashlib.sha256(json.dumps(payload, sort_keys=True).encode()).digest()
    wrong = len(payload["messages"]) == 2 and digest[0] % careless == 0
    return draft(payload, "contradict" if wrong else "", random.Random(digest))


class BatchServer:
    """State of the server. ``drop``: calls ("files", "batches", "content") that are carried out, but whose next answer
    is cut off, each once; ``fail``: calls that answer this status so often."""

    def __init__(self, answer: Callable[[dict[str, Any]], Reply]) -> None:
        self.answer = answer
        self.files: dict[str, bytes] = {}
        self.batches: dict[str, dict[str, Any]] = {}
        self.drop: list[str] = []
        self.fail: dict[str, list[int]] = {}
        self.chats = 0
        self.calls: list[str] = []
        self.base_url = ""

    def requests(self, batch_id: str) -> list[dict[str, Any]]:
        """The requests of a batch."""
        content = self.files[self.batches[batch_id]["input_file_id"]]
        return [json.loads(line) for line in content.splitlines()]

    def end(self, batch_id: str, status: str = "completed", answered: int | None = None) -> None:
        """Ends a batch after so many of its requests (all where not given), last request first, as real ones do."""
        batch = self.batches[batch_id]
        outputs, errors = [], []
        for n, request in enumerate(reversed(self.requests(batch_id))):
            line: dict[str, Any] = {"id": f"r{n}", "custom_id": request["custom_id"], "response": None, "error": None}
            if answered is not None and n >= answered:
                code = "batch_cancelled" if status == "cancelled" else "batch_expired"
                errors.append(line | {"error": {"code": code, "message": f"This request: {code}."}})
                continue
            status_code, body = completion(request["body"], self.answer(request["body"]))
            line["response"] = {"status_code": status_code, "request_id": "q", "body": body}
            (outputs if status_code == 200 else errors).append(line)
        for name, lines in (("output_file_id", outputs), ("error_file_id", errors)):
            if lines:
                batch[name] = self.add_file("".join(json.dumps(line) + "\n" for line in lines).encode())
        batch["status"] = status
        batch["request_counts"] = {"total": n + 1, "completed": len(outputs), "failed": len(errors)}

    def reject(self, batch_id: str, message: str) -> None:
        """Fails a batch as a whole."""
        errors = {"object": "list", "data": [{"code": "invalid", "message": message, "line": 1, "param": None}]}
        self.batches[batch_id] |= {"status": "failed", "errors": errors}

    def add_file(self, content: bytes) -> str:
        """Keeps a file; its id."""
        name = f"file-{len(self.files) + 1}"
        self.files[name] = content
        return name


def completion(payload: dict[str, Any], reply: Reply) -> tuple[int, dict[str, Any]]:
    """Status and body of a chat completion."""
    if isinstance(reply, tuple):
        return reply
    message = {"role": "assistant", "content": reply}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    usage = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}
    return 200, {
        "id": "c",
        "object": "chat.completion",
        "created": 1,
        "model": payload["model"],
        "choices": [choice],
        "usage": usage,
    }


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    state: BatchServer

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        match parts.path.strip("/").split("/")[1:]:
            case ["models"]:
                self._send("models", 200, {"object": "list", "data": [{"id": "m", "object": "model"}]})
            case ["files", name, "content"]:
                self._send("content", 200, self.state.files[name])
            case ["batches"]:
                self._list(parse_qs(parts.query))
            case ["batches", name]:
                self._send("batch", 200, self.state.batches[name])
            case _:
                self._send("other", 404, {"error": {"message": "not found"}})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        match urlsplit(self.path).path.strip("/").split("/")[1:]:
            case ["chat", "completions"]:
                self.state.chats += 1
                payload = json.loads(body)
                self._send("chat", *completion(payload, self.state.answer(payload)))
            case ["files"]:
                head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
                parts = BytesParser(policy=HTTP).parsebytes(head + body).iter_parts()
                fields = {part.get_param("name", header="content-disposition"): part for part in parts}
                assert fields["purpose"].get_content().strip() == "batch"
                content = fields["file"].get_payload(decode=True)
                self._send("files", 200, lambda: file_object(self.state.add_file(content), len(content)))
            case ["batches"]:
                self._send("batches", 200, lambda: self._create(json.loads(body)))
            case _:
                self._send("other", 404, {"error": {"message": "not found"}})

    def _create(self, wanted: dict[str, Any]) -> dict[str, Any]:
        name = f"batch-{len(self.state.batches) + 1}"
        made = {"id": name, "object": "batch", "status": "validating", "created_at": len(self.state.batches)}
        self.state.batches[name] = {**wanted, **made, "request_counts": {"total": 0, "completed": 0, "failed": 0}}
        return self.state.batches[name]

    def _list(self, query: dict[str, list[str]]) -> None:
        """Newest first, two a page."""
        names = list(reversed(self.state.batches))
        start = names.index(query["after"][0]) + 1 if "after" in query else 0
        page = [self.state.batches[name] for name in names[start : start + 2]]
        more = len(names) > start + 2
        ids = {"first_id": page[0]["id"], "last_id": page[-1]["id"]} if page else {}
        self._send("list", 200, {"object": "list", "data": page, "has_more": more, **ids})

    def _send(self, call: str, status: int, body: Any) -> None:
        self.state.calls.append(call)
        if self.state.fail.get(call):
            status = self.state.fail[call].pop(0)
            body = {"error": {"message": f"failed for {self.headers['Authorization']}"}}
        body = body() if callable(body) else body
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        if call in self.state.drop:
            self.state.drop.remove(call)
            self.connection.close()
            self.close_connection = True
            return
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def file_object(name: str, size: int) -> dict[str, Any]:
    """What the server says of an uploaded file."""
    return {
        "id": name,
        "object": "file",
        "bytes": size,
        "created_at": 1,
        "filename": "x.jsonl",
        "purpose": "batch",
        "status": "processed",
    }


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """A connection that the test cut is no news."""


@contextmanager
def batch_server(answer: Callable[[dict[str, Any]], Reply]) -> Iterator[BatchServer]:
    """Runs the server while the context is open."""
    state = BatchServer(answer)
    handler = type("Handler", (_Handler,), {"state": state})
    with _Quiet(("127.0.0.1", 0), handler) as http:
        state.base_url = f"http://127.0.0.1:{http.server_address[1]}/v1"
        thread = threading.Thread(target=http.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield state
        finally:
            http.shutdown()
            thread.join()
