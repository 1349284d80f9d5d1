"""From what was measured and answered to what the rest will take."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from unimer.llm.limits import Budget, Spent
from unimer.proportions import Z95
from unimer.records import Record
from unimer.settings import WriterSettings

REPAIR_TOKENS = 150
"""Of the reasons that go back with a refused draft."""


class Range(Record):
    """From, to, and the likeliest value; None where nothing tells."""

    low: float
    likely: float | None
    high: float

    def plus(self, other: Range) -> Range:
        """The sum, as if both were low or high together."""
        likely = None if self.likely is None or other.likely is None else self.likely + other.likely
        return Range(low=self.low + other.low, likely=likely, high=self.high + other.high)

    def rounded(self, digits: int = 0) -> Range:
        """Outwards to so many decimals."""
        unit = 10.0**digits
        likely = None if self.likely is None else round(self.likely * unit) / unit
        return Range(low=math.floor(self.low * unit) / unit, likely=likely, high=math.ceil(self.high * unit) / unit)


@dataclass(frozen=True)
class Clip:
    """What a clip's first requests take: their number, their tokens, and tokens of the composer's answers to them."""

    asks: int
    tokens_in: int
    composed: int


@dataclass(frozen=True)
class Left:
    """``known`` clips count for themselves, those of ``sample`` stand for ``unknown`` ones, themselves included."""

    known: Sequence[Clip]
    sample: Sequence[Clip]
    unknown: int

    @property
    def exact(self) -> bool:
        """Whether the sample is all there is."""
        return len(self.sample) == self.unknown

    def total(self, value: Callable[[Clip], float]) -> Range:
        """Of all clips, with 95 % of what the sample leaves open (finite population)."""
        sure = sum(map(value, self.known))
        values = [value(clip) for clip in self.sample]
        if self.exact:
            return Range(low=sure + sum(values), likely=sure + sum(values), high=sure + sum(values))
        n = len(values)
        mean = sum(values) / n
        variance = sum((each - mean) ** 2 for each in values) / (n - 1) if n > 1 else mean**2
        error = Z95 * self.unknown * math.sqrt(variance / n * (1 - n / self.unknown))
        likely = sure + mean * self.unknown
        return Range(low=max(sure + sum(values), likely - error), likely=likely, high=likely + error)


@dataclass
class Seen:
    """What a probe showed: of each clip first requests, all requests, tokens in and out; ``latency`` of a request,
    seconds."""

    clips: list[tuple[int, int, int, int]] = field(default_factory=list)
    latency: float | None = None

    def ratio(self, column: int) -> Range | None:
        """Of a column to the first requests (a ratio estimate over clips); None where nothing was asked.

        One clip tells no spread: half to twice.
        """
        asks = sum(clip[0] for clip in self.clips)
        if not asks:
            return None
        ratio = sum(clip[column] for clip in self.clips) / asks
        n = len(self.clips)
        if n == 1:
            return Range(low=ratio / 2, likely=ratio, high=ratio * 2)
        spread = sum((clip[column] - ratio * clip[0]) ** 2 for clip in self.clips) / (n - 1)
        error = Z95 * math.sqrt(spread / n) / (asks / n)
        return Range(low=max(0.0, ratio - error), likely=ratio, high=ratio + error)


def ranges(left: Left, seen: Seen, writer: WriterSettings) -> dict[str, Range | None]:
    """``first``, ``requests``, ``tokens_in``, ``tokens_out``, ``cost`` and ``seconds``, as in Plan.

    Without a probe from no repair at all to every repair there may be; with one, 95 % around what it showed, within
    those bounds (but the server's count of prompt tokens stands, whatever was estimated).
    """
    first = left.total(lambda clip: clip.asks)
    tries = 1 + writer.repairs
    back = writer.answer_tokens + REPAIR_TOKENS  # what each repair's prompt is longer by, at most
    prompts = left.total(lambda clip: clip.tokens_in)
    bounds = {
        "requests": (first.low, first.high * tries),
        "tokens_in": (prompts.low, prompts.high * tries + first.high * back * tries * writer.repairs / 2),
        "tokens_out": (0.0, first.high * tries * writer.answer_tokens),
    }
    if seen.clips:
        bounds["tokens_in"] = (0.0, math.inf)
    spans = {name: _span(first, seen.ratio(i), *bounds[name]) for i, name in enumerate(bounds, 1)}
    if not seen.clips:
        composed = left.total(lambda clip: clip.composed)
        spans["tokens_out"] = Range(low=composed.low, likely=None, high=spans["tokens_out"].high)
    return {
        "first": first.rounded(),
        **{name: span.rounded() for name, span in spans.items()},
        "cost": _cost(spans["tokens_in"], spans["tokens_out"], writer),
        "seconds": _seconds(spans, seen.latency, writer),
    }


def _span(first: Range, ratio: Range | None, low: float, high: float) -> Range:
    if ratio is None:
        return Range(low=low, likely=None, high=high)
    assert first.likely is not None
    assert ratio.likely is not None
    likely = first.likely * ratio.likely
    low = min(likely, max(low, first.low * ratio.low))
    high = max(likely, min(high, first.high * ratio.high if first.high else 0.0))
    return Range(low=low, likely=likely, high=high)


def _cost(tokens_in: Range, tokens_out: Range, writer: WriterSettings) -> Range | None:
    if writer.price_in is None or writer.price_out is None:
        return None
    budget = Budget(writer)

    def cost(asked: float, answered: float) -> float:
        return budget.cost(Spent(0, round(asked), round(answered)))

    likely = None
    if tokens_in.likely is not None and tokens_out.likely is not None:
        likely = cost(tokens_in.likely, tokens_out.likely)
    low, high = cost(tokens_in.low, tokens_out.low), cost(tokens_in.high, tokens_out.high)
    return Range(low=low, likely=likely, high=high).rounded(4)


def _seconds(spans: dict[str, Range], latency: float | None, writer: WriterSettings) -> Range | None:
    """By the latency of the probe and the rate limits, whichever is slower."""
    if latency is None and writer.requests_per_minute is None and writer.tokens_per_minute is None:
        return None
    tokens = spans["tokens_in"].plus(spans["tokens_out"])

    def seconds(requests: float, tokens: float) -> float:
        times = [requests * (latency or 0.0) / writer.concurrency]
        times += [60 * requests / writer.requests_per_minute] if writer.requests_per_minute else []
        times += [60 * tokens / writer.tokens_per_minute] if writer.tokens_per_minute else []
        return max(times)

    likely = None
    if latency is not None and spans["requests"].likely is not None and tokens.likely is not None:
        likely = seconds(spans["requests"].likely, tokens.likely)
    low, high = seconds(spans["requests"].low, tokens.low), seconds(spans["requests"].high, tokens.high)
    return Range(low=low, likely=likely, high=high).rounded()
