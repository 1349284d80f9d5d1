"""Intervals against published values and, by simulation, against what they promise; kappa against Cohen's example."""

from __future__ import annotations

import random

import pytest

from unimer.proportions import Estimate, Layer, kappa, part_of_sum, stratified, wilson


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    # Newcombe 1998, Stat. Med. 17, table I, method 3
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_is_as_published(hits: int, n: int, low: float, high: float) -> None:
    found = wilson(hits / n, n)
    assert (found.low, found.high) == (pytest.approx(low, abs=6e-5), pytest.approx(high, abs=6e-5))


def test_wilson_of_nothing_and_of_all_ends_there() -> None:
    assert wilson(0.0, 7).low == 0
    assert wilson(1.0, 7).high == 1


def test_layers_weigh_as_they_are_large() -> None:
    found = stratified([Layer(population=900, seen=10, hits=1), Layer(population=100, seen=10, hits=9)])
    assert found.value == pytest.approx(0.9 * 0.1 + 0.1 * 0.9)
    alike = stratified([Layer(population=500, seen=10, hits=1), Layer(population=500, seen=10, hits=2)])
    assert alike == wilson(0.15, 20)
    assert stratified([Layer(population=5, seen=0, hits=0)]) == Estimate()
    assert stratified([Layer(population=5, seen=0, hits=0), Layer(population=5, seen=4, hits=4)]).value == 1


def test_a_part_of_a_sum_at_the_edges() -> None:
    some, none = wilson(0.5, 40), wilson(0.0, 40)
    assert part_of_sum(none, none, (10, 10)) == Estimate()
    assert part_of_sum(Estimate(), some, (10, 10)) == Estimate()
    whole = part_of_sum(some, none, (100, 100))
    assert whole.value == whole.high == 1
    assert whole.low is not None
    assert 0.7 < whole.low < 1
    nothing = part_of_sum(none, some, (100, 100))
    assert nothing.value == nothing.low == 0
    assert nothing.high is not None
    assert nothing.high == pytest.approx(1 - whole.low, abs=2e-4)
    assert part_of_sum(Estimate(), some, (0, 10)).value == 0
    assert part_of_sum(some, Estimate(), (10, 0)).value == 1


@pytest.mark.parametrize(("rare", "common", "sizes"), [(0.05, 0.8, (600, 400)), (0.01, 0.5, (900, 100))])
def test_the_interval_of_a_part_of_a_sum_holds_what_it_promises(
    rare: float, common: float, sizes: tuple[int, int]
) -> None:
    rng = random.Random(1)
    truth = common * sizes[1] / (common * sizes[1] + rare * sizes[0])
    held = 0
    for _ in range(1000):
        first = wilson(sum(rng.random() < common for _ in range(100)) / 100, 100)
        second = wilson(sum(rng.random() < rare for _ in range(100)) / 100, 100)
        found = part_of_sum(first, second, (sizes[1], sizes[0]))
        assert found.low is not None
        assert found.value is not None
        assert found.high is not None
        assert 0 <= found.low <= found.value <= found.high <= 1
        held += found.low <= truth <= found.high
    assert 0.92 <= held / 1000 <= 0.99


def test_kappa() -> None:
    # both yes 20, first only 5, second only 10, both no 15: observed 0.7, by chance 0.5
    pairs = [(True, True)] * 20 + [(True, False)] * 5 + [(False, True)] * 10 + [(False, False)] * 15
    assert kappa(pairs) == pytest.approx(0.4)
    assert kappa([(True, True)] * 4) is None
    assert kappa([]) is None
    assert kappa([(True, False), (False, True)]) == pytest.approx(-1)
