"""A network that is trained: mean motion of 7x7 places of the face, one hidden layer, clips varied at random.

It is the motion expert (deft.bench.expert) with finitely many hidden units and plainer tokens, and is reported beside
it. All settings are fixed; docs/experiments.md says how they were chosen.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor

from deft.bench.data import SIZE, Clips
from deft.bench.flow import Augmentation, fields, means, mirrored, varied
from deft.bench.folds import Floats, Folds
from deft.bench.nets import Perceptron, Shared
from deft.bench.training import Schedule, cross_validate


@dataclass(frozen=True)
class Network:
    """Settings of the network.

    Attributes:
        cells: side of the squares whose mean motion is one token.
        hidden: units of the hidden layer.
        members: networks a fold; their probabilities are averaged.
        dropout: share of hidden units dropped.
        input_dropout: share of inputs dropped.
        augmentation: random changes of the clips in training.
        schedule: of the training.
    """

    cells: int = 4
    hidden: int = 256
    members: int = 2
    dropout: float = 0.3
    input_dropout: float = 0.1
    augmentation: Augmentation = field(default_factory=Augmentation)
    schedule: Schedule = field(default_factory=lambda: Schedule(epochs=60, rate=3e-3, decay=0.05))


def run(clips: Clips, folds: Folds, how: Network, seed: int) -> Floats:
    """Probabilities (clips, classes), each clip's from the fold that has not seen its subject."""
    inputs = 3 * (SIZE // how.cells) ** 2

    def build(groups: int, chance: torch.Generator) -> Shared:
        return Perceptron(inputs, how.hidden, groups, how.dropout, how.input_dropout, chance)

    def prepare(batch: Tensor, chance: torch.Generator) -> Tensor:
        return means(varied(batch, how.augmentation, chance), how.cells)

    def straight(flow: Tensor) -> Tensor:
        return means(flow, how.cells)

    def reflected(flow: Tensor) -> Tensor:
        return means(mirrored(flow), how.cells)

    given = (fields(clips), prepare, [straight, reflected])
    return cross_validate(build, clips, folds, given, how.schedule, seed, how.members)
