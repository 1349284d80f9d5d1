"""The motion expert on small flow pictures: mean motion of 7x7 places of the face, one hidden layer, several networks.

What it knows of faces and flow, not of this data: a picture's scale is arbitrary, the face is symmetric, vectors turn
with the head, and a place is registered only to about a cell. All settings are fixed; docs/experiments.md says how
they were chosen.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor

from deft.bench.data import SIZE, Clips
from deft.bench.flow import Augmentation, fields, mirrored, tokens, varied
from deft.bench.folds import Floats, Folds
from deft.bench.nets import Perceptron, Shared
from deft.bench.training import Schedule, cross_validate


@dataclass(frozen=True)
class Expert:
    """Settings of the motion expert.

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
    hidden: int = 48
    members: int = 4
    dropout: float = 0.3
    input_dropout: float = 0.1
    augmentation: Augmentation = field(default_factory=Augmentation)
    schedule: Schedule = field(default_factory=lambda: Schedule(epochs=60, rate=3e-3, decay=0.05))


def run(clips: Clips, folds: Folds, how: Expert, seed: int) -> Floats:
    """Probabilities (clips, classes), each clip's from the fold that has not seen its subject."""
    inputs = 3 * (SIZE // how.cells) ** 2

    def build(groups: int, chance: torch.Generator) -> Shared:
        return Perceptron(inputs, how.hidden, groups, how.dropout, how.input_dropout, chance)

    def prepare(batch: Tensor, chance: torch.Generator) -> Tensor:
        return tokens(varied(batch, how.augmentation, chance), how.cells)

    def straight(flow: Tensor) -> Tensor:
        return tokens(flow, how.cells)

    def reflected(flow: Tensor) -> Tensor:
        return tokens(mirrored(flow), how.cells)

    given = (fields(clips), prepare, [straight, reflected])
    return cross_validate(build, clips, folds, given, how.schedule, seed, how.members)
