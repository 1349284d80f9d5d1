"""UF1 and UAR of each set and of all together, with intervals that treat a subject's clips as one draw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deft.bench.data import CLASSES, Clips, development_persons
from unimer.metrics import confusion

ALL = "all"
RESERVED = "reserved"
DRAWS = 2000

Counts = NDArray[np.float64]


@dataclass(frozen=True)
class Figure:
    """A score of one method on one part of the data.

    Attributes:
        seeds: the score of each seed.
        low, high: 95 % bootstrap interval of the seeds' mean: subjects drawn again within each set.
    """

    seeds: tuple[float, ...]
    low: float
    high: float

    @property
    def mean(self) -> float:
        return float(np.mean(self.seeds))

    @property
    def deviation(self) -> float:
        """Sample standard deviation over the seeds; 0 for a single one."""
        return float(np.std(self.seeds, ddof=1)) if len(self.seeds) > 1 else 0.0


@dataclass(frozen=True)
class Gain:
    """Pooled score of the expert less that of one baseline: seeds' means, and the 95 % interval of paired draws."""

    mean: float
    low: float
    high: float


Figures = dict[str, dict[str, dict[str, Figure]]]


def scores(clips: Clips, called: Mapping[str, Sequence[NDArray[np.int64]]], draws: int = DRAWS) -> Figures:
    """Method -> part (see ``parts``) -> ``uf1`` or ``uar``.

    Args:
        clips: the clips.
        called: class index of each clip, for each method and seed.
        draws: of the bootstrap.
    """
    found: Figures = {}
    for method, seeds in called.items():
        found[method] = {}
        for name, members in parts(clips).items():
            drawn = _drawn(clips, seeds, members, draws)
            exact = [confusion(*_names(clips, each, members), classes=CLASSES) for each in seeds]
            found[method][name] = {
                "uf1": _figure([each.uf1 for each in exact], drawn[0]),
                "uar": _figure([each.uar for each in exact], drawn[1]),
            }
    return found


def gains(
    clips: Clips, called: Mapping[str, Sequence[NDArray[np.int64]]], expert: str, draws: int = DRAWS
) -> dict[str, dict[str, Gain]]:
    """Other method -> ``uf1`` or ``uar`` -> what the expert has more, on all clips."""
    everyone = np.ones(len(clips), bool)
    ours = _drawn(clips, called[expert], everyone, draws)
    mine = [confusion(*_names(clips, each, everyone), classes=CLASSES) for each in called[expert]]
    found: dict[str, dict[str, Gain]] = {}
    for method, seeds in called.items():
        if method == expert:
            continue
        theirs = _drawn(clips, seeds, everyone, draws)
        other = [confusion(*_names(clips, each, everyone), classes=CLASSES) for each in seeds]
        found[method] = {}
        for row, metric in enumerate(("uf1", "uar")):
            means = [float(np.mean([getattr(each, metric) for each in side])) for side in (mine, other)]
            low, high = np.percentile(ours[row] - theirs[row], [2.5, 97.5])
            found[method][metric] = Gain(means[0] - means[1], float(low), float(high))
    return found


def parts(clips: Clips) -> dict[str, NDArray[np.bool_]]:
    """The clips of each part that is scored: each set, the subjects that no choice has looked at, and all."""
    datasets = np.array(clips.datasets)
    seen = development_persons(clips.persons)
    found = {name: datasets == name for name in clips.sets}
    found[RESERVED] = np.array([person not in seen for person in clips.persons])
    return {**found, ALL: np.ones(len(clips), bool)}


def matrix(clips: Clips, called: NDArray[np.int64]) -> list[list[int]]:
    """Confusion of all clips: rows truth, columns what was called, in the order of ``CLASSES``."""
    counts = _per_person(clips, called, np.ones(len(clips), bool)).sum(0)
    return [[int(n) for n in row] for row in counts]


def _names(clips: Clips, called: NDArray[np.int64], members: NDArray[np.bool_]) -> tuple[list[str], list[str]]:
    return [CLASSES[i] for i in clips.classes[members]], [CLASSES[i] for i in called[members]]


def _figure(seeds: list[float], drawn: Counts) -> Figure:
    low, high = np.percentile(drawn, [2.5, 97.5])
    return Figure(tuple(seeds), float(low), float(high))


def _per_person(clips: Clips, called: NDArray[np.int64], members: NDArray[np.bool_]) -> Counts:
    """(persons, classes, classes): confusion of each subject."""
    persons = sorted(set(clips.persons))
    row = np.array([persons.index(each) for each in clips.persons])
    counts = np.zeros((len(persons), len(CLASSES), len(CLASSES)))
    np.add.at(counts, (row[members], clips.classes[members], called[members]), 1)
    return counts


def _drawn(clips: Clips, seeds: Sequence[NDArray[np.int64]], members: NDArray[np.bool_], draws: int) -> Counts:
    """(2, draws): UF1 and UAR, each the mean over the seeds; the same draws of subjects whatever was called."""
    persons = sorted(set(clips.persons))
    groups = np.array([person.split("/")[0] for person in persons])
    taking_part = np.isin(persons, np.array(clips.persons)[members])
    chance = np.random.default_rng(0)
    times = np.zeros((draws, len(persons)))
    for name in clips.sets:
        chosen = np.flatnonzero((groups == name) & taking_part)
        if len(chosen):
            times[:, chosen] = chance.multinomial(len(chosen), np.full(len(chosen), 1 / len(chosen)), draws)
    found = [_uf1_uar(np.einsum("dp,pij->dij", times, _per_person(clips, each, members))) for each in seeds]
    mean: Counts = np.mean(found, axis=0)
    return mean


def _uf1_uar(counts: Counts) -> Counts:
    """(2, draws) of (draws, classes, classes); a draw without any clip of a class is averaged over the others."""
    right = np.einsum("dii->di", counts)
    truth, called = counts.sum(2), counts.sum(1)
    present = truth > 0
    f1 = 2 * right / np.maximum(truth + called, 1)
    recall = right / np.maximum(truth, 1)
    return np.stack([(each * present).sum(1) / present.sum(1) for each in (f1, recall)])
