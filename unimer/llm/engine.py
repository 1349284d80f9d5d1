"""Asks a server many questions: each once, within limits, through errors that pass, every answer logged first."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from unimer.errors import InputError, OutputError, Stopped, UnimerError
from unimer.llm.answers import Answer, Ask
from unimer.llm.client import Permanent, Server, Temporary, estimate_tokens
from unimer.llm.limits import Breaker, Budget, Exhausted, Pace, Spent
from unimer.llm.log import RequestLog
from unimer.llm.probe import Probe, probe, probe_ask
from unimer.settings import WriterSettings

BACKOFF = 1.0
"""Seconds before the first repetition; doubles each time, up to LONGEST_BACKOFF."""
LONGEST_BACKOFF = 30.0
LONGEST_RETRY_AFTER = 120.0
"""Of a longer `Retry-After` only this is waited, then the request is tried all the same."""
SYNC_SECONDS = 1.0
GRACE_SECONDS = 5.0
"""How long a run that is interrupted waits for the answers in flight, which are paid for."""
REFUSED_IN_A_ROW = 10
"""Refused requests with no answer between, after which something is wrong with all of them."""
CHARGED = ("timeout", "reset", "body")
"""Failures after which the server may have written (and charged) an answer that never came."""
PROBE_PATIENCE = {"timeout": 2, "connect": 2}
"""Failures of a kind after which the probe gives up on a request, whatever `retries` is."""


class Unanswered(UnimerError):
    """This request failed again and again; it is not in the log and is asked anew in the next run.

    Attributes:
        kind: of the last failure, as in Temporary.
    """

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind, self.message = kind, message


@dataclass
class Counters:
    """What happened so far in this run.

    Attributes:
        asked: requests that were answered by the server, refused ones among them.
        from_log: answers that were taken from the log instead.
        refused: requests that the server will never answer.
        unanswered: requests left open after all retries, by kind of the last failure.
        failures: failed tries, by kind.
        lost_tokens: most tokens that failed tries may have cost; they count for the budget.
        spent: by answers: requests, tokens.
        cost: of `spent`, in the currency of the prices.
    """

    asked: int = 0
    from_log: int = 0
    refused: int = 0
    unanswered: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    lost_tokens: int = 0
    spent: Spent = field(default_factory=Spent)
    cost: float = 0.0

    def errors(self) -> list[str]:
        """The failures in words, most frequent first, one line a kind; empty where there were none."""
        kinds = sorted(self.failures, key=lambda kind: (-self.failures[kind], kind))
        return [
            f"{kind}: {self.failures[kind]} tries failed"
            + (f", {self.unanswered[kind]} requests left open" if self.unanswered[kind] else "")
            for kind in kinds
        ]


class Engine:
    """Server and log, open as an async context; then ``await engine.ask(...)`` from as many tasks as you like.

    Attributes:
        probe: how the server is asked.
        counters: for a live table.
        log: answers so far.

    Raises:
        InputError: the settings or the server cannot be used, or another process writes the log.
        Stopped: the key is wrong, or the budget does not allow the probe.
    """

    probe: Probe
    log: RequestLog

    def __init__(self, settings: WriterSettings, log: Path, *, backoff: float = BACKOFF) -> None:
        self.server = Server(settings)
        self.settings = self.server.settings
        self._path = log
        self.counters = Counters()
        self._backoff = backoff
        self._slots = asyncio.Semaphore(settings.concurrency)
        self._budget = Budget(self.settings)
        self._breaker = Breaker()
        self._refused = 0
        self._requests = Pace(settings.requests_per_minute)
        self._tokens = Pace(settings.tokens_per_minute)
        self._turn = asyncio.Lock()
        self._not_before = 0.0
        self._open: dict[str, asyncio.Task[Answer]] = {}
        self._reason: tuple[str, str] | None = None
        self._stopping = asyncio.Event()
        self._syncing: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Engine:
        self.log = RequestLog(self._path)
        try:
            self._syncing = asyncio.create_task(self._sync())
            self.probe = await self._probe()
        except BaseException:
            await self._close(0.0)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        waits = kind is None or self._reason is not None
        await self._close(self.settings.timeout if waits else GRACE_SECONDS)

    async def ask(self, messages: list[dict[str, Any]], schema: dict[str, Any], seed: int) -> Answer:
        """The answer to these messages; ``answer`` says what is raised."""
        return await self.answer(self.ask_for(messages, schema, seed))

    def ask_for(self, messages: list[dict[str, Any]], schema: dict[str, Any], seed: int) -> Ask:
        """The request that ``ask`` sends."""
        return self.server.ask_for(messages, schema, seed, self.probe.structured)

    async def answer(self, ask: Ask) -> Answer:
        """From the log, else from the server; a request that is in flight already is not sent twice.

        A caller that is cancelled does not cancel the request: it is paid for and goes to the log.

        Raises:
            Stopped: the run cannot go on.
            Unanswered: this request cannot be answered now; others may.
            OutputError: the disk is full.
        """
        return await self._answer(ask, {})

    async def _answer(self, ask: Ask, patience: Mapping[str, int]) -> Answer:
        key = ask.key
        logged = self.log.get(key)
        if logged is not None:
            self.counters.from_log += 1
            return logged
        task = self._open.get(key)
        if task is None:
            task = self._open[key] = asyncio.create_task(self._fetch(key, ask, patience))
            task.add_done_callback(lambda done: self._done(key, done))
        return await asyncio.shield(task)

    def _done(self, key: str, task: asyncio.Task[Answer]) -> None:
        del self._open[key]
        if not task.cancelled():
            task.exception()  # seen: its caller may have been cancelled

    async def _fetch(self, key: str, ask: Ask, patience: Mapping[str, int]) -> Answer:
        """Tries until there is an answer, and logs it. The slot is kept between tries: trouble slows everything."""
        seen: Counter[str] = Counter()
        async with self._slots:
            for attempt in range(self.settings.retries + 1):
                try:
                    answer = await self._try(ask)
                except Temporary as error:
                    last = error
                else:
                    self._keep(key, ask, answer)
                    return answer
                self.counters.failures[last.kind] += 1
                seen[last.kind] += 1
                if attempt == self.settings.retries or seen[last.kind] >= patience.get(last.kind, attempt + 2):
                    break
                await self._pause(self._delay(key, attempt, last))
        self.counters.unanswered[last.kind] += 1
        if self._breaker.failed():
            remedy = "see that the server runs, then run the same command again: it goes on from here"
            self._stop(f"{self._breaker.failures} requests in a row got no answer; the last: {last.message}", remedy)
        raise Unanswered(last.kind, last.message)

    async def _try(self, ask: Ask) -> Answer:
        """Sends once, within limits and budget; a request that the server will never answer is an answer, too."""
        most = Spent(1, estimate_tokens(ask.payload), self.settings.answer_tokens)
        actual = Spent()
        try:
            await self._budget.reserve(most)
        except Exhausted as error:
            raise self._stop(
                str(error), "raise the limit and run the same command again: it goes on from here"
            ) from None
        try:
            await self._wait_turn(most.tokens_in + most.tokens_out)
            actual = most  # a request that is cancelled in flight may be charged
            answer = await self.server.send(ask)
            actual = Spent(1, answer.tokens_in, answer.tokens_out)
            return answer
        except Temporary as error:
            actual = most if error.kind in CHARGED else Spent(0 if error.kind == "connect" else 1)
            self.counters.lost_tokens += actual.tokens_in + actual.tokens_out
            if error.after and error.kind in ("429", "503"):
                self._not_before = time.monotonic() + min(error.after, LONGEST_RETRY_AFTER)
            raise
        except Permanent as error:
            actual = Spent(1)
            if error.scope == "run":
                raise self._stop(error.message, error.remedy or "then run the same command again") from None
            return Answer(outcome="refused", refusal=error.message, model=self.settings.model)
        finally:
            self._tokens.take(actual.tokens_in + actual.tokens_out - most.tokens_in - most.tokens_out)
            self._budget.settle(most, actual)

    def _keep(self, key: str, ask: Ask, answer: Answer) -> None:
        """To the log before anybody uses it."""
        self.log.put(key, ask, answer)
        self._breaker.answered()
        self.counters.asked += 1
        if answer.outcome == "answered":
            self._refused = 0
        else:
            self.counters.refused += 1
            self._refused += 1
        if self._refused == REFUSED_IN_A_ROW:
            remedy = (
                "see its message; `writer.structured` and `writer.extra` change what is sent, then all is asked anew"
            )
            self._stop(f"the server refused {self._refused} requests in a row; the last: {answer.refusal}", remedy)
        self.counters.spent.add(Spent(1, answer.tokens_in, answer.tokens_out))
        self.counters.cost = self._budget.cost(self.counters.spent)

    async def _wait_turn(self, tokens: int) -> None:
        """Waits for the rate limits and for what the server asked all to wait; the first in line waits for all."""
        async with self._turn:
            self._check()
            while (seconds := self._turn_delay()) > 0:
                await self._pause(seconds)
            self._requests.take(1)
            self._tokens.take(tokens)

    def _turn_delay(self) -> float:
        return max(self._requests.delay(), self._tokens.delay(), self._not_before - time.monotonic())

    def _delay(self, key: str, attempt: int, error: Temporary) -> float:
        """Seconds before the next try: doubling, with a jitter that the request and the attempt decide."""
        jitter = random.Random(f"{key}/{attempt}").uniform(0.5, 1.0)
        backoff = min(self._backoff * 2.0**attempt, LONGEST_BACKOFF) * jitter
        return max(backoff, min(error.after or 0.0, LONGEST_RETRY_AFTER))

    async def _pause(self, seconds: float) -> None:
        """Sleeps, but not through a stop."""
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return
        self._check()

    def _stop(self, reason: str, remedy: str) -> Stopped:
        """No request starts any more; those in flight end. The first reason stands."""
        self._reason = self._reason or (reason, remedy)
        self._stopping.set()
        return Stopped(*self._reason)

    def _check(self) -> None:
        if self._reason is not None:
            raise Stopped(*self._reason)

    async def _probe(self) -> Probe:
        wanted = self.settings.structured
        first = probe_ask(self.server, "json_schema" if wanted == "auto" else wanted)
        hung: list[tuple[Ask, Answer]] = []

        async def answer(ask: Ask) -> Answer:
            try:
                return await self._answer(ask, PROBE_PATIENCE)
            except Unanswered as error:
                if error.kind != "timeout" or "response_format" not in ask.payload:
                    remedy = f"see that it runs, and check writer.base_url ({self.server.endpoint})"
                    raise InputError(f"the server does not answer: {error.message}", remedy=remedy) from None
                refused = Answer(outcome="refused", refusal=error.message, model=self.settings.model)
                hung.append((ask, refused))
                return refused

        found = await probe(self.server, answer, models=first.key not in self.log)
        for ask, refused in hung:  # some servers hang on response_format; a run that goes on decides the same
            self.log.put(ask.key, ask, refused)
        return found

    async def _sync(self) -> None:
        while True:
            await asyncio.sleep(SYNC_SECONDS)
            try:
                await asyncio.to_thread(self.log.sync)
            except OutputError as error:
                self._stop(str(error), "then run the same command again: it goes on from here")

    async def _close(self, grace: float) -> None:
        """Lets what is in flight end within the grace, then closes everything."""
        try:
            self._stop("the run has ended", "run the same command again")
            open_tasks = list(self._open.values())
            if open_tasks:
                _, late = await asyncio.wait(open_tasks, timeout=grace)
                for task in late:
                    task.cancel()
                await asyncio.gather(*open_tasks, return_exceptions=True)
            if self._syncing is not None:
                self._syncing.cancel()
                await asyncio.gather(self._syncing, return_exceptions=True)
            await self.server.close()
        finally:
            self.log.close()
