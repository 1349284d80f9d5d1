"""Batch endpoints of the OpenAI API: cheaper answers within a day, put into the request log like any other.

What is on the way stands in ``batches.json``, written before every step: a plan before its file is uploaded, the
file's id before the batch is created. After a crash or a lost answer in between, the server's list is searched for the
batch by name: it is neither lost nor paid for twice. Requests on the way are never submitted again.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import openai
from pydantic import BaseModel, ValidationError

from unimer.errors import InputError
from unimer.files import explain, open_input, output_errors, write_text
from unimer.llm.answers import Answer, Ask
from unimer.llm.batch_calls import Calls
from unimer.llm.client import Permanent, Server, Temporary, estimate_tokens
from unimer.llm.limits import Budget, Spent
from unimer.llm.log import RequestLog
from unimer.records import Record
from unimer.settings import WriterSettings

MOST_REQUESTS = 50_000
MOST_BYTES = 190_000_000
"""Of one file; the vendor's limit is 200 MB."""
URL = "/v1/chat/completions"
ENDED = ("completed", "failed", "expired", "cancelled")
LOST = ("failed", "expired", "cancelled")


class Batch(Record):
    """One batch.

    Attributes:
        name: number and hash of its requests; the batch carries it on the server as metadata ``unimer``.
        endpoint: server it was planned for.
        status: ``planned``, ``uploaded``, then as the server says.
        finished: requests that the server is done with, failed ones among them.
        collected: its answers are in the request log.
        answered, refused: of its requests; what is in neither is open again.
        message: why it failed, as the server says.
    """

    name: str
    endpoint: str
    requests: int
    file_id: str | None = None
    batch_id: str | None = None
    status: str = "planned"
    finished: int = 0
    collected: bool = False
    answered: int = 0
    refused: int = 0
    message: str | None = None


class State(Record):
    """``batches.json``."""

    batches: list[Batch] = []


class Store:
    """``batches.json`` and, in the folder ``batches``, the requests of each batch until it is collected.

    Raises:
        InputError: the file cannot be read.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / "batches.json"
        self.folder = folder / "batches"
        self.batches: list[Batch] = []
        if self.path.is_file():
            with open_input(self.path) as file:
                content = file.read()
            try:
                self.batches = State.model_validate_json(content).batches
            except ValidationError as error:
                raise InputError(explain(error), path=self.path) from error

    def requests(self, batch: Batch) -> Path:
        """The file with its requests."""
        return self.folder / f"{batch.name}.jsonl"

    def put(self, batch: Batch) -> Batch:
        """Adds or replaces a batch, on disk too."""
        kept = [batch if each.name == batch.name else each for each in self.batches]
        self.batches = kept if batch in kept else [*kept, batch]
        write_text(self.path, State(batches=self.batches).model_dump_json(indent=1) + "\n")
        return batch

    def open(self) -> list[Batch]:
        """Batches that are not collected."""
        return [batch for batch in self.batches if not batch.collected]


@dataclass
class Submitted:
    """``sent``: batches created now; ``resumed``: planned before; ``on_the_way``: requests not sent, since they are.

    ``held_back``: why not all was submitted (a limit of the budget); None: all was."""

    sent: list[Batch] = field(default_factory=list)
    resumed: list[Batch] = field(default_factory=list)
    on_the_way: int = 0
    held_back: str | None = None


@dataclass
class Collected:
    """Of the batches collected now; ``again``: requests that stay open, by why."""

    batches: list[Batch] = field(default_factory=list)
    answered: int = 0
    refused: int = 0
    again: Counter[str] = field(default_factory=Counter)


# --- submitting ------------------------------------------------------------------------------------------------------


async def submit(server: Server, asks: Iterable[Ask], store: Store) -> Submitted:
    """Sends requests as batches; those that are on the way already are left out.

    Args:
        server: its settings limit what is sent: ``max_requests``, ``max_tokens``, ``max_cost``.
        asks: requests that the log lacks.
        store: what is on the way.

    Raises:
        InputError: the server has no batch endpoint, refuses the batch, or another server has the open ones.
        Stopped: the server is gone or the key is wrong; the same call goes on.
    """
    calls = Calls(server)
    done = Submitted()
    _same_server(server, store)
    for batch in store.open():
        if batch.batch_id is None:
            done.resumed.append(await _send(calls, batch, store, resumed=True))
    taken = {key for batch in store.open() for key, _, _ in _places(store.requests(batch))}
    fresh = _affordable(pending(asks, taken, done), server.settings, done)
    while (planned := _plan(fresh, server, store)) is not None:
        done.sent.append(await _send(calls, store.put(planned), store, resumed=False))
    return done


def pending(asks: Iterable[Ask], taken: set[str], done: Submitted) -> Iterator[tuple[str, Ask]]:
    """Requests that are not on the way, each once, with their keys; counts the others."""
    seen: set[str] = set()
    for ask in asks:
        key = ask.key
        if key in taken:
            done.on_the_way += 1
        elif key not in seen:
            seen.add(key)
            yield key, ask


def _affordable(
    asks: Iterable[tuple[str, Ask]], settings: WriterSettings, done: Submitted
) -> Iterator[tuple[str, Ask]]:
    """Requests as far as the budget of a run goes, each counted as long as it can become."""
    budget, total = Budget(settings), Spent()
    for key, ask in asks:
        total.add(Spent(1, estimate_tokens(ask.payload), settings.answer_tokens))
        done.held_back = budget.over(total)
        if done.held_back is not None:
            return
        yield key, ask


def _plan(fresh: Iterator[tuple[str, Ask]], server: Server, store: Store) -> Batch | None:
    """Writes the next file of requests; None where there are no more."""
    digest, count, size = hashlib.sha256(server.endpoint.encode()), 0, 0
    part = store.folder / "next.part"
    with output_errors(part):
        store.folder.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            for key, ask in fresh:
                request = {"custom_id": key, "method": "POST", "url": URL, "body": ask.payload}
                line = json.dumps(request, ensure_ascii=False).encode() + b"\n"
                file.write(line)
                digest.update(line)
                count, size = count + 1, size + len(line)
                if count == MOST_REQUESTS or size >= MOST_BYTES:
                    break
        if not count:
            part.unlink()
            return None
        name = f"{len(store.batches) + 1:03d}-{digest.hexdigest()[:16]}"
        batch = Batch(name=name, endpoint=server.endpoint, requests=count)
        part.replace(store.requests(batch))
    return batch


async def _send(calls: Calls, batch: Batch, store: Store, resumed: bool) -> Batch:
    """Uploads and creates; where an earlier try may have got as far, looks for the batch on the server first."""
    there = await calls.patiently(lambda: _living(calls, batch.name)) if resumed else None
    if there is None:
        if batch.file_id is None:
            file_id = await calls.patiently(lambda: calls.upload(store.requests(batch)))
        else:
            file_id = batch.file_id
        store.put(batch.model_copy(update={"file_id": file_id, "status": "uploaded"}))
        tries = 0

        async def created() -> openai.types.Batch:
            nonlocal tries
            tries += 1
            found = await _living(calls, batch.name) if tries > 1 else None
            return found or await calls.create(file_id, batch.name, URL)

        there = await calls.patiently(created)
    return store.put(
        batch.model_copy(update={"file_id": there.input_file_id, "batch_id": there.id, "status": there.status})
    )


async def _living(calls: Calls, name: str) -> openai.types.Batch | None:
    """The batch of this name, unless it ended without all its answers."""
    found = await calls.find(name)
    return None if found is None or found.status in LOST else found


def _same_server(server: Server, store: Store) -> None:
    for batch in store.open():
        if batch.endpoint != server.endpoint:
            remedy = f"collect it first, with writer.base_url={batch.endpoint}"
            raise InputError(f"batch {batch.name} is at another server", path=store.path, remedy=remedy)


# --- polling and collecting ------------------------------------------------------------------------------------------


async def poll(server: Server, store: Store) -> list[Batch]:
    """All batches as they are now; writes nothing.

    Raises:
        InputError, Stopped: as ``submit``.
    """
    calls = Calls(server)
    _same_server(server, store)
    return [batch if batch.collected else await _state(calls, batch) for batch in store.batches]


async def _state(calls: Calls, batch: Batch) -> Batch:
    if batch.batch_id is None:
        return batch
    return _updated(batch, await calls.patiently(lambda: calls.batch(batch.batch_id or "")), calls.server)


def _updated(batch: Batch, there: openai.types.Batch, server: Server) -> Batch:
    counts = there.request_counts
    errors = (there.errors.data if there.errors else None) or []
    message = "; ".join(dict.fromkeys(server.redact(error.message or error.code or "") for error in errors[:3]))
    return batch.model_copy(
        update={
            "status": there.status,
            "finished": counts.completed + counts.failed if counts else batch.finished,
            "message": message or None,
        }
    )


async def collect(server: Server, log: RequestLog, store: Store) -> Collected:
    """Puts the answers of all batches that have ended into the log; the others are left as they are.

    A request that has no answer there (expired, cancelled, an error that may pass) stays open for the next ``submit``.

    Raises:
        InputError, Stopped: as ``submit``; InputError also where the file with the requests is gone.
        OutputError: the disk is full.
    """
    calls = Calls(server)
    done = Collected()
    _same_server(server, store)
    for batch in store.open():
        if batch.batch_id is None:
            continue
        batch_id = batch.batch_id
        there = await calls.patiently(lambda batch_id=batch_id: calls.batch(batch_id))  # type: ignore[misc]
        batch = _updated(batch, there, server)
        if batch.status in ENDED:
            batch = await _collect(calls, batch, there, log, store, done)
            done.batches.append(batch)
        store.put(batch)
        if batch.collected:
            store.requests(batch).unlink(missing_ok=True)
    return done


async def _collect(
    calls: Calls, batch: Batch, there: openai.types.Batch, log: RequestLog, store: Store, done: Collected
) -> Batch:
    """Reads the output and the error file, as far as there are such."""
    path = store.requests(batch)
    places = {key: (start, length) for key, start, length in _places(path)}
    outcomes: dict[str, str] = {}
    for file_id in (there.output_file_id, there.error_file_id):
        if file_id is None:
            continue
        content = await calls.patiently(lambda file_id=file_id: calls.content(file_id))  # type: ignore[misc]
        for line in content.split(b"\n"):
            found = _line(line, places, path, calls.server)
            if found is not None:
                key, outcome = found[0].key, found[1]
                if isinstance(outcome, Answer):
                    log.put(key, found[0], outcome)
                    outcomes[key] = outcome.outcome
                else:
                    outcomes.setdefault(key, outcome)
    log.sync()
    counts = Counter(outcomes.values())
    counts["no answer"] += len(places) - len(outcomes)
    answered, refused = counts.pop("answered", 0), counts.pop("refused", 0)
    done.answered += answered
    done.refused += refused
    done.again.update(+counts)
    return batch.model_copy(update={"collected": True, "answered": answered, "refused": refused})


class _Response(BaseModel):
    status_code: int
    body: Any = None


class _Error(BaseModel):
    code: str | None = None
    message: str | None = None


class _Line(BaseModel):
    custom_id: str
    response: _Response | None = None
    error: _Error | None = None


def _line(
    line: bytes, places: dict[str, tuple[int, int]], path: Path, server: Server
) -> tuple[Ask, Answer | str] | None:
    """The request of a line and its answer, or why it has none; None where the line is none of ours."""
    try:
        read = _Line.model_validate_json(line)
    except ValidationError:
        return None
    if read.custom_id not in places:
        return None
    ask = _ask(path, *places[read.custom_id], server.endpoint)
    if ask.key != read.custom_id:
        raise InputError("the requests of this batch were changed", path=path)
    return ask, _outcome(ask, read, server)


def _outcome(ask: Ask, line: _Line, server: Server) -> Answer | str:
    if line.response is None:
        said = None if line.error is None else line.error.code or line.error.message
        return server.redact(said or "no answer")
    body = line.response.body
    if line.response.status_code == 200:
        try:
            return server.read(ask, json.dumps(body).encode())
        except Temporary as error:
            return error.message
    failed = Calls.error_of(server, line.response.status_code, body)
    if isinstance(failed, Permanent) and failed.scope == "request":
        return Answer(outcome="refused", refusal=failed.message, model=server.settings.model)
    return failed.message


def _places(path: Path) -> Iterator[tuple[str, int, int]]:
    """Key, start and length of each request in a file."""
    start = 0
    head = len(b'{"custom_id": "')
    try:
        with open_input(path) as lines:
            for line in lines:
                yield line[head : head + 64].decode("ascii", errors="replace"), start, len(line)
                start += len(line)
    except InputError as error:
        remedy = "without it the answers cannot be told apart; delete the batch's entry in batches.json to give it up"
        raise InputError(error.message, path=path, remedy=remedy) from error


def _ask(path: Path, start: int, length: int, endpoint: str) -> Ask:
    with open_input(path) as file:
        file.seek(start)
        return Ask(endpoint=endpoint, payload=json.loads(file.read(length))["body"])
