"""What keeps a run within bounds: the server's rate limits, the user's budget, a breaker for a server that is gone.

All for one event loop; times are of ``time.monotonic``.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

from unimer.settings import WriterSettings

BREAK_AFTER = 5
"""Requests in a row that failed for good, with no answer between, after which the server counts as gone."""


class Pace:
    """Lets units (requests or tokens) through at a rate a minute, evenly: nothing is saved up.

    A taker goes as soon as all that was taken before is paid off by the time that went by; so in any minute at most
    the limit is taken, and what the last taker took.
    """

    def __init__(self, per_minute: int | None) -> None:
        self._rate = None if per_minute is None else per_minute / 60
        self._level = 0.0  # units, at most 0: below, they are still owed
        self._at = time.monotonic()

    def delay(self) -> float:
        """Seconds until the next taker may go; 0: now. Less than a microsecond is rounding."""
        seconds = 0.0 if self._rate is None else -self._now() / self._rate
        return seconds if seconds > 1e-6 else 0.0

    def take(self, units: float) -> None:
        """Takes units (below 0: gives back what was taken too much)."""
        if self._rate is not None:
            self._level = min(0.0, self._now() - units)

    def _now(self) -> float:
        assert self._rate is not None
        now = time.monotonic()
        self._level, self._at = min(0.0, self._level + (now - self._at) * self._rate), now
        return self._level


@dataclass
class Spent:
    """Requests, tokens and cost (currency of the prices)."""

    requests: int = 0
    tokens_in: int = 0
    tokens_out: int = 0

    def add(self, other: Spent, sign: int = 1) -> None:
        """Adds (or with -1 takes away) in place."""
        self.requests += sign * other.requests
        self.tokens_in += sign * other.tokens_in
        self.tokens_out += sign * other.tokens_out


class Exhausted(Exception):
    """The budget does not allow another request; the message says which limit."""


class Budget:
    """max_requests, max_tokens and max_cost of a run, never exceeded as far as estimates hold.

    A request reserves the most it can take before it is sent. While that does not fit only because of what others in
    flight have reserved, it waits for them; where it does not fit even so, the budget is used up.

    Attributes:
        spent: by requests that are done.
    """

    def __init__(self, settings: WriterSettings) -> None:
        self.settings = settings
        self.spent = Spent()
        self._open = Spent()
        self._changed = asyncio.Event()

    async def reserve(self, most: Spent) -> None:
        """Waits until the request fits and reserves for it.

        Raises:
            Exhausted: it does not fit.
        """
        while (reason := self.over(self._open, most)) is not None:
            if self._open.requests == 0 or self.over(most) is not None:
                raise Exhausted(reason)
            self._changed.clear()
            await self._changed.wait()
        self._open.add(most)

    def settle(self, reserved: Spent, actual: Spent) -> None:
        """The request is done: what it took really counts."""
        self._open.add(reserved, -1)
        self.spent.add(actual)
        self._changed.set()

    def cost(self, spent: Spent) -> float:
        """In the currency of the prices; 0 without prices."""
        prices = (self.settings.price_in or 0.0, self.settings.price_out or 0.0)
        return (spent.tokens_in * prices[0] + spent.tokens_out * prices[1]) / 1e6

    def over(self, *more: Spent) -> str | None:
        """Which limit would be exceeded with this on top of what is spent; None: none."""
        total = Spent()
        for part in (self.spent, *more):
            total.add(part)
        limits = self.settings
        if limits.max_requests is not None and total.requests > limits.max_requests:
            return f"max_requests ({limits.max_requests}) is reached: {self.spent.requests} were sent"
        if limits.max_tokens is not None and total.tokens_in + total.tokens_out > limits.max_tokens:
            used = self.spent.tokens_in + self.spent.tokens_out
            return f"the next request could exceed max_tokens ({limits.max_tokens:,}): {used:,} are used"
        if limits.max_cost is not None and self.cost(total) > limits.max_cost:
            return (
                f"the next request could exceed max_cost ({limits.max_cost:g}): {self.cost(self.spent):.4f} is spent"
            )
        return None


class Breaker:
    """Opens after BREAK_AFTER requests in a row failed for good."""

    def __init__(self) -> None:
        self.failures = 0

    def failed(self) -> bool:
        """Counts a failure; True when the server counts as gone."""
        self.failures += 1
        return self.failures >= BREAK_AFTER

    def answered(self) -> None:
        """The server is there."""
        self.failures = 0
