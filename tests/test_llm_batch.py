"""Batches over real HTTP: nothing lost, nothing paid twice, whatever breaks in between."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.batch_server import KEY, BatchServer, Reply, batch_server
from unimer.errors import InputError, Stopped
from unimer.llm import batch as module
from unimer.llm import batch_calls
from unimer.llm.answers import Ask
from unimer.llm.batch import Batch, Collected, Store, Submitted, collect, poll, submit
from unimer.llm.client import Server
from unimer.llm.log import RequestLog
from unimer.settings import WriterSettings


def echo(payload: dict[str, Any]) -> Reply:
    """Says the question again; 0: a request that is refused, 1: one that fails."""
    text = payload["messages"][0]["content"]
    if text == "question 0":
        return 400, {"error": {"message": "flagged by moderation", "code": "content_policy"}}
    if text == "question 1":
        return 500, {"error": {"message": "internal"}}
    return f"answer to {text}"


@pytest.fixture(autouse=True)
def _settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setattr(batch_calls, "BACKOFF", 0.01)


@pytest.fixture
def state() -> Iterator[BatchServer]:
    with batch_server(echo) as server:
        yield server


class Client:
    """A build folder and the commands on it, each with a server connection of its own, as a new process has."""

    def __init__(self, state: BatchServer, folder: Path, **settings: Any) -> None:
        values = {"model": "m", "base_url": state.base_url, "retries": 2, **settings}
        self.settings = WriterSettings.model_validate(values)
        self.folder = folder

    def asks(self, count: int, first: int = 2) -> list[Ask]:
        payloads = (
            {"model": "m", "messages": [{"role": "user", "content": f"question {n}"}], "temperature": 0.7}
            for n in range(first, first + count)
        )
        return [Ask(endpoint=self.settings.base_url or "", payload=payload) for payload in payloads]

    def _with_server(self, call: Callable[[Server], Any]) -> Any:
        async def run() -> Any:
            server = Server(self.settings)
            try:
                return await call(server)
            finally:
                await server.close()

        return asyncio.run(run())

    def submit(self, asks: list[Ask]) -> Submitted:
        with RequestLog(self.folder / "log.jsonl") as log:
            left = [ask for ask in asks if ask.key not in log]
        found: Submitted = self._with_server(lambda server: submit(server, left, Store(self.folder)))
        return found

    def poll(self) -> list[Batch]:
        found: list[Batch] = self._with_server(lambda server: poll(server, Store(self.folder)))
        return found

    def collect(self) -> Collected:
        with RequestLog(self.folder / "log.jsonl") as log:
            found: Collected = self._with_server(lambda server: collect(server, log, Store(self.folder)))
        return found

    def texts(self, asks: list[Ask]) -> list[str | None]:
        with RequestLog(self.folder / "log.jsonl") as log:
            answers = [log.get(ask.key) for ask in asks]
        return [answer and (answer.text or answer.outcome) for answer in answers]


@pytest.fixture
def client(state: BatchServer, tmp_path: Path) -> Client:
    return Client(state, tmp_path)


def test_answers_come_into_the_log(state: BatchServer, client: Client) -> None:
    asks = client.asks(5)
    done = client.submit(asks)
    assert [batch.requests for batch in done.sent] == [5]
    assert state.batches["batch-1"]["completion_window"] == "24h"
    assert state.batches["batch-1"]["endpoint"] == "/v1/chat/completions"
    assert state.requests("batch-1")[0] == {
        "custom_id": asks[0].key,
        "method": "POST",
        "url": "/v1/chat/completions",
        "body": asks[0].payload,
    }
    assert client.collect().batches == []
    assert [batch.status for batch in client.poll()] == ["validating"]
    state.end("batch-1")
    assert [(batch.status, batch.finished) for batch in client.poll()] == [("completed", 5)]
    assert client.collect().answered == 5
    assert client.texts(asks) == [f"answer to question {n}" for n in range(2, 7)]
    assert not list((client.folder / "batches").iterdir())
    assert client.submit(asks).sent == []
    assert client.collect().batches == []
    assert len(state.batches) == 1


def test_submitting_twice_sends_once(state: BatchServer, client: Client) -> None:
    asks = client.asks(4)
    client.submit(asks)
    again = client.submit([*asks, *client.asks(2, first=50)])
    assert again.on_the_way == 4
    assert [batch.requests for batch in again.sent] == [2]
    assert sum(len(state.requests(name)) for name in state.batches) == 6


def test_what_has_no_answer_is_sent_again(state: BatchServer, client: Client) -> None:
    asks = client.asks(8, first=0)
    client.submit(asks)
    state.end("batch-1", "expired", answered=5)
    done = client.collect()
    assert (done.answered, done.refused, dict(done.again)) == (5, 0, {"batch_expired": 3})
    second = client.submit(asks)
    assert {line["custom_id"] for line in state.requests("batch-2")} == {ask.key for ask in asks[:3]}
    assert second.on_the_way == 0
    state.end("batch-2")
    done = client.collect()
    assert (done.answered, done.refused, dict(done.again)) == (1, 1, {"status 500: internal": 1})
    assert client.texts(asks[:3]) == ["refused", None, "answer to question 2"]
    assert client.submit(asks).sent[0].requests == 1


def test_a_batch_that_failed_says_why(state: BatchServer, client: Client) -> None:
    asks = client.asks(3)
    client.submit(asks)
    state.reject("batch-1", f"line 1 is bad, {KEY}")
    done = client.collect()
    assert done.batches[0].status == "failed"
    assert done.batches[0].message == "line 1 is bad, [secret]"
    assert dict(done.again) == {"no answer": 3}
    assert [batch.requests for batch in client.submit(asks).sent] == [3]


def test_lines_of_others_and_broken_ones_are_passed_over(state: BatchServer, client: Client) -> None:
    asks = client.asks(2)
    client.submit(asks)
    state.end("batch-1")
    name = state.batches["batch-1"]["output_file_id"]
    lines = state.files[name].splitlines()
    wrong = json.loads(lines[0])
    wrong["response"]["body"] = {"no": "choices"}
    other = json.loads(lines[1]) | {"custom_id": "f" * 64}
    state.files[name] = b"\n".join([json.dumps(wrong).encode(), b"{torn", json.dumps(other).encode(), lines[1]])
    done = client.collect()
    assert (done.answered, dict(done.again)) == (1, {"what came back is no chat completion": 1})
    assert client.texts(asks).count(None) == 1


@pytest.mark.parametrize("call", ["files", "batches"])
def test_a_lost_answer_neither_loses_a_batch_nor_pays_twice(state: BatchServer, client: Client, call: str) -> None:
    """The server did it, but its answer was cut off: the client tries again and finds the batch."""
    state.drop = [call]
    client.submit(client.asks(3))
    assert len(state.batches) == 1
    state.end("batch-1")
    assert client.collect().answered == 3


@pytest.mark.parametrize("call", ["files", "batches"])
@pytest.mark.parametrize("others", [0, 5])
def test_a_crash_between_the_steps(
    state: BatchServer, client: Client, monkeypatch: pytest.MonkeyPatch, call: str, others: int
) -> None:
    """Killed after the server did it and before its id was noted; the next call goes on with the same batch."""
    asks = client.asks(3)
    real = Store.put

    def killed(self: Store, batch: Batch) -> Batch:
        if (batch.file_id if call == "files" else batch.batch_id) is not None:
            raise KeyboardInterrupt
        return real(self, batch)

    monkeypatch.setattr(Store, "put", killed)
    with pytest.raises(KeyboardInterrupt):
        client.submit(asks)
    monkeypatch.undo()
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    for n in range(others):  # of other people of the account; the list comes in pages
        state.batches[f"other-{n}"] = {
            **{"id": f"other-{n}", "object": "batch", "status": "completed", "created_at": 0, "endpoint": "x"},
            **{"input_file_id": "f", "completion_window": "24h"},
        }
    done = client.submit(asks)
    assert [batch.requests for batch in done.resumed] == [3]
    assert (done.sent, done.on_the_way) == ([], 3)
    mine = [name for name in state.batches if name.startswith("batch")]
    assert len(mine) == 1
    state.end(mine[0])
    assert client.collect().answered == 3
    assert client.texts(asks) == [f"answer to question {n}" for n in range(2, 5)]


def test_a_crash_while_collecting(state: BatchServer, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    asks = client.asks(4)
    client.submit(asks)
    state.end("batch-1")
    real, left = RequestLog.put, [2]

    def killed(self: RequestLog, *arguments: Any) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        real(self, *arguments)

    monkeypatch.setattr(RequestLog, "put", killed)
    with pytest.raises(KeyboardInterrupt):
        client.collect()
    monkeypatch.undo()
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    assert client.collect().answered == 4
    assert None not in client.texts(asks)


def test_errors_that_pass_are_tried_again(state: BatchServer, client: Client) -> None:
    state.fail = {"files": [500], "batches": [429, 503], "batch": [502], "content": [500]}
    client.submit(client.asks(2))
    state.end("batch-1")
    state.drop = ["content"]
    assert client.collect().answered == 2
    assert len(state.batches) == 1


def test_errors_that_stay(state: BatchServer, client: Client) -> None:
    for call, status, kind, message in [
        ("files", 401, Stopped, "check the key"),
        ("files", 404, InputError, "has batches|has .* batches"),
        ("batches", 400, InputError, "the server refuses the batch"),
        ("batches", 503, Stopped, "run the same command again"),
    ]:
        state.fail = {call: [status] * 9}
        with pytest.raises(kind, match=message) as error:
            client.submit(client.asks(2))
        assert KEY not in str(error.value)
    state.fail = {}
    client.submit(client.asks(2))
    assert len(state.batches) == 1
    assert KEY not in (client.folder / "batches.json").read_text()


def test_large_rounds_are_cut(state: BatchServer, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_REQUESTS", 3)
    assert [batch.requests for batch in client.submit(client.asks(7)).sent] == [3, 3, 1]
    monkeypatch.setattr(module, "MOST_REQUESTS", 100)
    monkeypatch.setattr(module, "MOST_BYTES", 500)
    assert len(client.submit(client.asks(4, first=100)).sent) > 1
    for name in list(state.batches):
        state.end(name)
    assert client.collect().answered == 11


def test_the_budget_holds(state: BatchServer, tmp_path: Path) -> None:
    client = Client(state, tmp_path, max_requests=3)
    done = client.submit(client.asks(5))
    assert [batch.requests for batch in done.sent] == [3]
    assert done.held_back is not None
    assert "max_requests (3)" in done.held_back
    costly = Client(state, tmp_path / "b", price_in=1, price_out=1_000_000, max_cost=1.0, answer_tokens=50)
    assert costly.submit(costly.asks(1)).sent == []


def test_another_server_is_not_asked_for_these_batches(client: Client) -> None:
    client.submit(client.asks(1))
    with batch_server(echo) as other:
        elsewhere = Client(other, client.folder)
        for call in (elsewhere.poll, elsewhere.collect, lambda: elsewhere.submit([])):
            with pytest.raises(InputError, match="is at another server"):
                call()


def test_requests_that_were_changed_are_not_taken_for_others(state: BatchServer, client: Client) -> None:
    client.submit(client.asks(1))
    state.end("batch-1")
    path = next((client.folder / "batches").iterdir())
    path.write_bytes(path.read_bytes().replace(b"question 2", b"question 3"))
    with pytest.raises(InputError, match="were changed"):
        client.collect()
    path.unlink()
    with pytest.raises(InputError, match=r"delete the batch's entry in batches\.json"):
        client.collect()
