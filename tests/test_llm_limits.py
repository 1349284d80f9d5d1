"""Rate limits, budgets, the breaker."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from unimer.llm import limits
from unimer.llm.limits import BREAK_AFTER, Breaker, Budget, Exhausted, Pace, Spent
from unimer.settings import WriterSettings


class Clock:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        monkeypatch.setattr(limits.time, "monotonic", lambda: self.now)


def taken(pace: Pace, clock: Clock, seconds: float, units: float) -> list[float]:
    """When a taker who never rests takes."""
    end, times = clock.now + seconds, []
    while clock.now < end:
        if (delay := pace.delay()) > 0:
            clock.now += delay
        else:
            pace.take(units)
            times.append(clock.now)
    return times


@pytest.mark.parametrize("per_minute", [1, 7, 60, 5000])
def test_a_pace_takes_no_more_than_its_limit_in_any_minute(monkeypatch: pytest.MonkeyPatch, per_minute: int) -> None:
    clock = Clock(monkeypatch)
    pace = Pace(per_minute)
    times = taken(pace, clock, 100, 1)
    clock.now += 500  # what is not used is not saved up
    times += taken(pace, clock, 100, 1)
    assert min(later - time for time, later in zip(times, times[per_minute:], strict=False)) > 59.999
    assert len(times) >= 2 * int(per_minute * 100 / 60)


def test_no_limit_never_waits() -> None:
    pace = Pace(None)
    pace.take(1e9)
    assert pace.delay() == 0


def test_tokens_given_back_let_the_next_go_earlier(monkeypatch: pytest.MonkeyPatch) -> None:
    Clock(monkeypatch)
    pace = Pace(6000)
    pace.take(1000)
    assert pace.delay() == pytest.approx(10)
    pace.take(-900)
    assert pace.delay() == pytest.approx(1)
    pace.take(-900)
    assert pace.delay() == 0
    pace.take(100)
    assert pace.delay() == pytest.approx(1)  # nothing was saved up


def budget(**settings: Any) -> Budget:
    return Budget(WriterSettings(model="m", **settings))


async def spend(budget: Budget, most: Spent, actual: Spent) -> None:
    await budget.reserve(most)
    await asyncio.sleep(0.001)
    budget.settle(most, actual)


@pytest.mark.parametrize(
    ("settings", "fits", "words"),
    [
        ({"max_requests": 5}, 5, "max_requests"),
        ({"max_requests": 0}, 0, "max_requests"),
        ({"max_tokens": 1000}, 10, "max_tokens"),  # 10 x 90 used; the eleventh could take 110
        ({"max_cost": 1.0, "price_in": 1000, "price_out": 5000}, 3, "max_cost"),  # 0.25 each, at most 0.31
    ],
)
def test_a_budget_stops_before_it_is_exceeded(settings: dict[str, Any], fits: int, words: str) -> None:
    async def run() -> int:
        counted, limit, most = budget(**settings), 0, Spent(1, 60, 50)
        while limit < 50:
            if (reason := counted.over(most)) is not None:
                assert words in reason
                with pytest.raises(Exhausted, match=words):
                    await counted.reserve(most)
                break
            await spend(counted, most, Spent(1, 50, 40))
            limit += 1
        assert counted.over() is None
        return limit

    assert asyncio.run(run()) == fits


def test_reservations_in_flight_count_and_are_waited_for() -> None:
    async def run() -> tuple[int, int, int]:
        counted, done, refused, highest = budget(max_tokens=1000), 0, 0, 0

        async def one() -> None:
            nonlocal done, refused, highest
            try:
                await counted.reserve(Spent(1, 60, 40))
            except Exhausted:
                refused += 1
                return
            highest = max(highest, counted._open.tokens_in + counted._open.tokens_out)
            await asyncio.sleep(0.001)
            counted.settle(Spent(1, 60, 40), Spent(1, 20, 5))
            assert counted.over() is None
            done += 1

        await asyncio.gather(*(one() for _ in range(60)))
        return done, refused, highest

    done, refused, highest = asyncio.run(run())
    assert highest == 1000  # ten at once, not one more
    assert done == 37  # 36 x 25 used leaves room for 100; after 37 it does not
    assert done + refused == 60


def test_the_breaker_opens_after_failures_in_a_row_only() -> None:
    breaker = Breaker()
    for _ in range(3):
        assert [breaker.failed() for _ in range(BREAK_AFTER - 1)] == [False] * (BREAK_AFTER - 1)
        breaker.answered()
    assert [breaker.failed() for _ in range(BREAK_AFTER)][-1]
