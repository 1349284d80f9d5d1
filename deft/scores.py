"""Scores of predictions, pooled over all clips, with intervals that treat a person's clips as one draw."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deft.predictions import Prediction
from unimer.metrics import Confusion, LabelScore, confusion

Scores = dict[str, Any]
DRAWS = 1000
SEED = 0
FEW = 10
"""An Action Unit with fewer positive clips says little; ``au_f1_10`` leaves it out."""


def emotion_confusion(predictions: Sequence[Prediction], classes: Sequence[str]) -> Confusion | None:
    """Confusion of the clips whose class is known and among ``classes``; None where there is none."""
    known = [p for p in predictions if p.emotion in classes]
    truth = [p.emotion or "" for p in known]
    present = [name for name in classes if name in truth]
    return confusion(truth, [p.called for p in known], present) if known else None


def au_scores(predictions: Sequence[Prediction]) -> dict[int, LabelScore]:
    """True and false positives and false negatives of each Action Unit, over the clips in which it is known."""
    found = {}
    for au in sorted({au for p in predictions for au in p.right}):
        pairs = [(p.right[au], au in p.shown) for p in predictions if au in p.right]
        found[au] = LabelScore(
            tp=sum(t and s for t, s in pairs),
            fp=sum(s and not t for t, s in pairs),
            fn=sum(t and not s for t, s in pairs),
        )
    return found


def mean_f1(scores: dict[int, LabelScore], positives: int = 1) -> float | None:
    """Mean F1 of the Action Units with so many positive clips; None where there is none."""
    chosen = [score.f1 for score in scores.values() if score.support >= positives]
    return sum(chosen) / len(chosen) if chosen else None


def scores_of(predictions: Sequence[Prediction], classes: Sequence[str], intervals: bool = True) -> Scores:
    """All scores of the heads.

    Args:
        classes: of the model, in order; those that no clip has count in no mean.
        intervals: 95 % bootstrap intervals (:func:`interval`), seeded.
    """
    found: Scores = {"clips": len(predictions), "persons": len({p.person for p in predictions})}
    matrix, units = emotion_confusion(predictions, classes), au_scores(predictions)
    if matrix is not None:
        found |= {"uf1": matrix.uf1, "uar": matrix.uar, "accuracy": matrix.accuracy}
        found["confusion"] = {"labels": matrix.labels, "counts": matrix.counts, "elsewhere": matrix.elsewhere}
        found["class_f1"] = dict(zip(matrix.labels, matrix.f1s, strict=True))
    if units:
        found |= {"au_f1": mean_f1(units), "au_f1_10": mean_f1(units, FEW)}
        found["aus"] = {au: {"f1": s.f1, "tp": s.tp, "fp": s.fp, "fn": s.fn} for au, s in units.items()}
    if intervals:
        found["intervals"] = intervals_of([predictions], classes)
    return found


# --- intervals -------------------------------------------------------------------------------------------------------

Counts = NDArray[np.float64]


def intervals_of(seeds: Sequence[Sequence[Prediction]], classes: Sequence[str]) -> dict[str, tuple[float, float]]:
    """95 % bootstrap intervals of UF1, UAR, accuracy and the Action Units' mean F1, as :func:`interval` draws them.

    Args:
        seeds: predictions of the same clips by models of several seeds; the interval is of the seeds' mean.
    """
    persons = sorted({p.person for p in seeds[0]})
    matrices = [_per_person(each, persons, classes) for each in seeds]
    units = [_units_per_person(each, persons) for each in seeds]
    found = {}
    if matrices[0].sum():
        for name, metric in (("uf1", _uf1), ("uar", _uar), ("accuracy", _accuracy)):
            found[name] = interval(matrices, metric, len(persons))
    if units[0].size and units[0][..., [0, 2]].sum():
        found["au_f1"] = interval(units, _au_f1, len(persons))
    return found


def interval(seeds: Sequence[Counts], metric: Callable[[Counts], Counts], persons: int) -> tuple[float, float]:
    """Percentiles 2.5 and 97.5 of the seeds' mean when persons are drawn again, with replacement.

    Args:
        seeds: (persons, ...) counts of each seed.
        metric: (draws, ...) summed counts to (draws,).
        persons: how many there are.
    """
    chance = np.random.default_rng(SEED)
    times = chance.multinomial(persons, np.full(persons, 1 / persons), DRAWS).astype(np.float64)
    drawn = np.mean([metric(np.tensordot(times, each, 1)) for each in seeds], axis=0)
    low, high = np.nanpercentile(drawn, [2.5, 97.5])
    return round(float(low), 4), round(float(high), 4)


def _per_person(predictions: Sequence[Prediction], persons: list[str], classes: Sequence[str]) -> Counts:
    """(persons, classes, classes + 1): rows truth, columns what was called, the last: none of the classes."""
    counts = np.zeros((len(persons), len(classes), len(classes) + 1))
    for p in predictions:
        if p.emotion in classes:
            column = classes.index(p.called) if p.called in classes else len(classes)
            counts[persons.index(p.person), classes.index(p.emotion), column] += 1
    return counts


def _units_per_person(predictions: Sequence[Prediction], persons: list[str]) -> Counts:
    """(persons, Action Units, 3): true and false positives, false negatives."""
    aus = sorted({au for p in predictions for au in p.right})
    counts = np.zeros((len(persons), len(aus), 3))
    for p in predictions:
        for au, right in p.right.items():
            kind = {(True, True): 0, (False, True): 1, (True, False): 2}.get((right, au in p.shown))
            if kind is not None:
                counts[persons.index(p.person), aus.index(au), kind] += 1
    return counts


def _uf1(counts: Counts) -> Counts:
    right, truth = np.einsum("dii->di", counts[..., :-1]), counts.sum(2)
    called = counts[..., :-1].sum(1)
    return _mean_present(2 * right / np.maximum(truth + called, 1), truth)


def _uar(counts: Counts) -> Counts:
    truth = counts.sum(2)
    return _mean_present(np.einsum("dii->di", counts[..., :-1]) / np.maximum(truth, 1), truth)


def _accuracy(counts: Counts) -> Counts:
    return np.asarray(np.einsum("dii->d", counts[..., :-1]) / np.maximum(counts.sum((1, 2)), 1))


def _au_f1(counts: Counts) -> Counts:
    tp, fp, fn = (counts[..., i] for i in range(3))
    return _mean_present(2 * tp / np.maximum(2 * tp + fp + fn, 1), tp + fn)


def _mean_present(values: Counts, truth: Counts) -> Counts:
    """Mean over what a draw has any clip of; NaN where it has none."""
    present = truth > 0
    with np.errstate(invalid="ignore"):
        return np.asarray((values * present).sum(1) / np.where(present.any(1), present.sum(1), np.nan))
