"""Small networks, one for each fold, computed together: fold g has the g-th slice of every weight and nothing else.

All folds see the same batch of clips, so that the first layer of all of them is one product of matrices. There is no
normalisation over the batch: its statistics would carry clips from one fold's test into its training.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from deft.bench.data import CLASSES


class Shared(nn.Module):
    """A network for each of ``groups`` folds; ``forward`` gives logits (groups, batch, classes)."""

    def __init__(self, groups: int, dropout: float, chance: torch.Generator) -> None:
        super().__init__()
        self.groups, self.dropout, self.chance = groups, dropout, chance

    def _normal(self, *shape: int, scale: float) -> nn.Parameter:
        return nn.Parameter(torch.randn(*shape, generator=self.chance) * scale)

    def _drop(self, x: Tensor, share: float) -> Tensor:
        if not self.training or share == 0:
            return x
        return x * (torch.rand(x.shape, generator=self.chance) >= share) / (1 - share)

    def _heads(self, hidden: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        """(batch, groups * width) -> (groups, batch, classes)."""
        grouped = hidden.view(len(hidden), self.groups, -1).transpose(0, 1)
        return torch.baddbmm(bias, grouped, weight)


class Perceptron(Shared):
    """One hidden layer over the tokens of all cells of the face: each unit weighs every place and direction."""

    def __init__(
        self, inputs: int, hidden: int, groups: int, dropout: float, input_dropout: float, chance: torch.Generator
    ) -> None:
        super().__init__(groups, dropout, chance)
        self.input_dropout = input_dropout
        self.mix = self._normal(inputs, groups * hidden, scale=inputs**-0.5)
        self.mix_bias = nn.Parameter(torch.zeros(groups * hidden))
        self.head = self._normal(groups, hidden, len(CLASSES), scale=0.5 * hidden**-0.5)
        self.head_bias = nn.Parameter(torch.zeros(groups, 1, len(CLASSES)))

    def forward(self, x: Tensor) -> Tensor:
        """(batch, inputs)."""
        x = self._drop(x, self.input_dropout)
        hidden = torch.addmm(self.mix_bias, x, self.mix).relu()
        return self._heads(self._drop(hidden, self.dropout), self.head, self.head_bias)


class SmallCNN(Shared):
    """STSTNet's size and shape (Liong et al. 2019): 16 filters of 3x3, maximum over 3x3, mean to 5x5, a linear layer.

    Its three streams of 3, 5 and 8 filters on the same input are one layer of 16.
    """

    FILTERS, PLACES = 16, 25

    def __init__(self, groups: int, dropout: float, chance: torch.Generator) -> None:
        super().__init__(groups, dropout, chance)
        self.filters = self._normal(groups * self.FILTERS, 3, 3, 3, scale=27**-0.5)
        self.filters_bias = nn.Parameter(torch.zeros(groups * self.FILTERS))
        width = self.FILTERS * self.PLACES
        self.head = self._normal(groups, width, len(CLASSES), scale=0.5 * width**-0.5)
        self.head_bias = nn.Parameter(torch.zeros(groups, 1, len(CLASSES)))

    def forward(self, x: Tensor) -> Tensor:
        """(batch, 3, 28, 28) or (batch, 3, 14, 14)."""
        # With the channels last, twice as fast: a fold's 16 filters are few, those of all folds many.
        x, filters = [each.contiguous(memory_format=torch.channels_last) for each in (x, self.filters)]
        found = functional.conv2d(x, filters, self.filters_bias, padding=1)
        found = functional.max_pool2d(found, 3, 3, padding=1).relu()
        found = functional.adaptive_avg_pool2d(found, 5)
        return self._heads(self._drop(found.flatten(1), self.dropout), self.head, self.head_bias)
