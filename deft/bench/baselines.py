"""What the motion expert must beat: a support vector machine, logistic regression and a CNN of STSTNet's size.

They see the picture as it is usually given, less its median: no augmentation, no mirror.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from deft.bench.data import Clips
from deft.bench.folds import Floats, Folds
from deft.bench.nets import Shared, SmallCNN
from deft.bench.training import Schedule, cross_validate
from unimer.errors import DependencyError

GREY = 40.0  # grey levels of one unit of input: about the standard deviation of a picture
CHUNK = 17  # folds of the CNN trained at once: their maps must fit the cache


def svm(clips: Clips, folds: Folds) -> NDArray[np.int64]:
    """Class index of each clip: standardised pixels, 60 principal components, RBF kernel, balanced classes, C = 3."""
    need_sklearn()
    from sklearn.decomposition import PCA
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC

    def make(count: int) -> Any:
        reduce = PCA(min(60, count), svd_solver="randomized", random_state=0)
        return make_pipeline(StandardScaler(), reduce, SVC(C=3.0, class_weight="balanced"))

    return _each_fold(make, clips.motion.reshape(len(clips), -1), clips, folds)


def logistic(clips: Clips, folds: Folds) -> NDArray[np.int64]:
    """Class index of each clip: L2-regularised logistic regression (C = 0.01) on means of 2x2 cells."""
    need_sklearn()
    from sklearn.linear_model import LogisticRegression

    def make(_: int) -> Any:
        return LogisticRegression(C=0.01, class_weight="balanced", max_iter=1000)

    return _each_fold(make, _halved(clips).flatten(1).numpy(), clips, folds)


def cnn(clips: Clips, folds: Folds, seed: int) -> Floats:
    """Probabilities (clips, classes) of the small CNN, on means of 2x2 cells."""

    def build(groups: int, chance: torch.Generator) -> Shared:
        return SmallCNN(groups, 0.5, chance)

    def prepare(batch: Tensor, _: torch.Generator) -> Tensor:
        return batch

    def view(batch: Tensor) -> Tensor:
        return batch

    how = Schedule(epochs=60, rate=3e-3, decay=0.05, batch=32)
    return cross_validate(build, clips, folds, (_halved(clips), prepare, [view]), how, seed, chunk=CHUNK)


def need_sklearn() -> None:
    """Tells how to install scikit-learn where it is missing.

    Raises:
        DependencyError: it is.
    """
    try:
        import sklearn  # noqa: F401
    except ImportError as error:
        raise DependencyError('scikit-learn is missing\n  Install it: pip install "unimer[deft]"') from error


def _halved(clips: Clips) -> Tensor:
    return functional.avg_pool2d(torch.from_numpy(clips.motion).permute(0, 3, 1, 2), 2) / GREY


def _each_fold(make: Any, inputs: Floats, clips: Clips, folds: Folds) -> NDArray[np.int64]:
    """Trains a model for each fold and lets it name the clips of the subject that is left out."""
    called = np.zeros(len(clips), np.int64)
    for tested in folds.tested:
        present = np.unique(clips.classes[~tested])
        model = make(int((~tested).sum())).fit(inputs[~tested], clips.classes[~tested])
        scores = model.decision_function(inputs[tested])
        if scores.ndim == 1:  # two classes only
            scores = np.stack([-scores, scores], 1)
        called[tested] = present[scores.argmax(1)]
    return called
