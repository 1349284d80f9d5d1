"""Trains the networks of all folds in one pass and predicts each clip with the fold that has not seen its subject."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from deft.bench.data import CLASSES, Clips
from deft.bench.folds import Floats, Folds
from deft.bench.nets import Shared

Build = Callable[[int, torch.Generator], Shared]
Prepare = Callable[[Tensor, torch.Generator], Tensor]
View = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Schedule:
    """Fixed beforehand and the same for every fold; the last state is the one that is used.

    AdamW, learning rate rising to its peak over the first fifth and falling to 0 along a cosine.
    """

    epochs: int
    rate: float
    decay: float
    batch: int = 64
    smoothing: float = 0.1


def train(
    build: Build, fields: Tensor, prepare: Prepare, classes: Tensor, weights: Tensor, how: Schedule, seed: int
) -> Shared:
    """Trains one network for each row of ``weights``, all on the same batches.

    Args:
        build: makes the networks from their number and a source of chance.
        fields: (clips, ...) input of every clip.
        prepare: turns a batch of ``fields`` into the networks' input, augmented at random.
        classes: (clips,) class of each clip.
        weights: (networks, clips); a clip of weight 0 leaves no trace in that network.
        how: the schedule.
        seed: of all chance.
    """
    chance = torch.Generator().manual_seed(seed)
    nets = build(len(weights), chance).train()
    size = min(how.batch, len(fields))
    steps = how.epochs * (len(fields) // size)
    optimizer = torch.optim.AdamW(nets.parameters(), lr=how.rate, weight_decay=how.decay, betas=(0.9, 0.99))
    scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, how.rate, max(steps, 2), pct_start=0.2)
    truth = functional.one_hot(classes, len(CLASSES)) * (1 - how.smoothing) + how.smoothing / len(CLASSES)
    for _ in range(how.epochs):
        order = torch.randperm(len(fields), generator=chance)
        for first in range(0, len(order) - size + 1, size):
            batch = order[first : first + size]
            logs = nets(prepare(fields[batch], chance)).log_softmax(-1)
            # Summed over networks: each has its own weights, so each has the gradient of its own mean alone.
            loss = -((logs * truth[batch]).sum(-1) * weights[:, batch]).sum() / size
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            scheduler.step()
    return nets.eval()


def cross_validate(
    build: Build,
    clips: Clips,
    folds: Folds,
    inputs: tuple[Tensor, Prepare, Sequence[View]],
    how: Schedule,
    seed: int,
    members: int = 1,
    chunk: int = 1000,
) -> Floats:
    """(clips, classes): mean probability of each clip in its own fold.

    Args:
        build: makes the networks.
        clips: the clips.
        folds: whom to leave out.
        inputs: all clips' fields, what to do with a batch in training, and the views whose mean is the prediction.
        how: the schedule.
        seed: of all chance.
        members: networks a fold, which differ by their first weights and what they drop.
        chunk: folds trained at once, for memory.
    """
    fields, prepare, views = inputs
    classes = torch.from_numpy(clips.classes)
    parts = []
    for first in range(0, len(folds), chunk):
        weights = torch.from_numpy(folds.weights[first : first + chunk])
        nets = train(build, fields, prepare, classes, weights.repeat_interleave(members, 0), how, seed)
        with torch.no_grad():
            seen = torch.stack([nets(view(fields)).softmax(-1) for view in views]).mean(0)
        parts.append(seen.view(len(weights), members, *seen.shape[1:]).mean(1).numpy())
    return folds.gather(np.concatenate(parts))
