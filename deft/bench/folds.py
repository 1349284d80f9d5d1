"""Leave one subject out: one fold a subject, as weights, so that all folds can be trained in one pass."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deft.bench.data import CLASSES, Clips
from unimer.folds import Member, make_folds

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Folds:
    """One row a fold; a clip takes part in a fold's training only with a weight above 0.

    Attributes:
        names: the subject that is left out of each fold.
        tested: (folds, clips) bool: clips of that subject.
        weights: (folds, clips) float32: 0 where tested; else inverse to the frequency of the clip's class among the
            fold's training clips, 1 on average over them.
    """

    names: tuple[str, ...]
    tested: NDArray[np.bool_]
    weights: Floats

    def __len__(self) -> int:
        return len(self.names)

    def gather(self, probabilities: Floats) -> Floats:
        """Of (folds, clips, classes), each clip's row from the fold that has not seen its subject."""
        own: Floats = probabilities[self.tested.argmax(0), np.arange(self.tested.shape[1])]
        return own


def loso(clips: Clips) -> Folds:
    """One fold for each subject, in the order of their names.

    Raises:
        InputError: fewer than two subjects.
    """
    members = [
        Member(str(i), dataset, person, CLASSES[label], dataset)
        for i, (dataset, person, label) in enumerate(zip(clips.datasets, clips.persons, clips.classes, strict=True))
    ]
    folds = make_folds("loso", members)
    tested = np.zeros((len(folds), len(clips)), bool)
    for row, fold in zip(tested, folds, strict=True):
        row[[int(member.clip_id) for member in fold.test]] = True
    weights = np.stack([balanced(clips.classes, ~row) for row in tested])
    return Folds(tuple(fold.name for fold in folds), tested, weights)


def balanced(classes: NDArray[np.int64], trained: NDArray[np.bool_]) -> Floats:
    """Weights that give each class that is trained on the same sum; 0 for clips that are not trained on."""
    counts = np.bincount(classes[trained], minlength=len(CLASSES))
    share = trained.sum() / np.count_nonzero(counts) / np.maximum(counts, 1)
    return np.where(trained, share[classes], 0).astype(np.float32)
