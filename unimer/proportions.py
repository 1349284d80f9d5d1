"""Shares estimated from samples: confidence intervals and agreement. Plain Python, no randomness."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence

from unimer.records import Record

Z95 = 1.959963984540054
"""Normal quantile of two-sided 95 %."""


class Estimate(Record):
    """A share with the ends of its 95 % confidence interval; all None where nothing was seen that it could rest on."""

    value: float | None = None
    low: float | None = None
    high: float | None = None

    def rounded(self) -> Estimate:
        """To 4 decimals."""
        return Estimate(**{name: None if x is None else round(x, 4) for name, x in self.model_dump().items()})


class Layer(Record):
    """One stratum: ``population`` items, of which ``seen`` were looked at and ``hits`` had what is counted."""

    population: int
    seen: int
    hits: int


def wilson(share: float, n: float) -> Estimate:
    """Wilson's score interval (Wilson 1927, J. Am. Stat. Assoc. 22) of a share among ``n`` (more than 0) items.

    ``n`` need not be whole: for a weighted share it is the effective number.
    """
    z2 = Z95 * Z95
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = Z95 / (1 + z2 / n) * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    low = 0.0 if share == 0 else max(0.0, middle - half)
    high = 1.0 if share == 1 else min(1.0, middle + half)
    return Estimate(value=share, low=low, high=high)


def stratified(layers: Iterable[Layer]) -> Estimate:
    """The share in the population of all layers in which something was seen: each layer weighs as it is large.

    The interval is Wilson's with Kish's effective number, (sum of weights)² / sum of squared weights (Kish 1965,
    Survey Sampling). It takes no credit for the stratification nor for a population that was seen whole, so it is
    rather too wide than too narrow.
    """
    seen = [layer for layer in layers if layer.seen and layer.population]
    if not seen:
        return Estimate()
    population = sum(layer.population for layer in seen)
    share = sum(layer.population * layer.hits / layer.seen for layer in seen) / population
    effective = population**2 / sum(layer.population**2 / layer.seen for layer in seen)
    return wilson(min(1.0, share), effective)


def part_of_sum(first: Estimate, second: Estimate, sizes: tuple[float, float]) -> Estimate:
    """``a / (a + b)`` where a and b are two independent shares, each times its size.

    The interval is the one of the ratio b / a by the method of variance estimates recovery (Donner and Zou 2012,
    Stat. Methods Med. Res. 21, MOVER-R), from the intervals of the two shares.
    """
    a, b = _scaled(first, sizes[0]), _scaled(second, sizes[1])
    if a is None or b is None or a[0] + b[0] == 0:
        return Estimate()
    if a[0] == 0:
        smallest, largest = _ratio_ends(a, b)
        ends = (smallest / (1 + smallest), _share_of(largest))
    else:
        smallest, largest = _ratio_ends(b, a)
        ends = (1 - _share_of(largest), 1 / (1 + smallest))
    return Estimate(value=a[0] / (a[0] + b[0]), low=ends[0], high=ends[1])


def _share_of(ratio: float) -> float:
    return 1.0 if math.isinf(ratio) else ratio / (1 + ratio)


def _scaled(share: Estimate, size: float) -> tuple[float, float, float] | None:
    if size == 0:
        return 0.0, 0.0, 0.0
    if share.value is None or share.low is None or share.high is None:
        return None
    return share.value * size, share.low * size, share.high * size


def _ratio_ends(top: tuple[float, float, float], bottom: tuple[float, float, float]) -> tuple[float, float]:
    """Ends of the interval of top / bottom (each value, low, high; the bottom value above 0)."""
    (a, a_low, a_high), (b, b_low, b_high) = top, bottom
    product = a * b
    below, above = b_high * (2 * b - b_high), b_low * (2 * b - b_low)
    # The lower end in a form that stays finite where the bottom's upper end is twice its value.
    root = math.sqrt(max(0.0, product**2 - a_low * (2 * a - a_low) * below))
    low = a_low * (2 * a - a_low) / (product + root) if product + root else 0.0
    root = math.sqrt(max(0.0, product**2 - a_high * (2 * a - a_high) * above))
    high = math.inf if above <= 0 else (product + root) / above
    return max(0.0, low), high


def kappa(pairs: Sequence[tuple[Hashable, Hashable]]) -> float | None:
    """Cohen's kappa (Cohen 1960, Educ. Psychol. Meas. 20) of two raters.

    None where it is not defined: no pairs, or both said one and the same throughout.
    """
    if not pairs:
        return None
    n = len(pairs)
    observed = sum(a == b for a, b in pairs) / n
    firsts, seconds = Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    chance = sum(firsts[name] * seconds[name] for name in firsts) / n**2
    return None if chance == 1 else round((observed - chance) / (1 - chance), 4)
