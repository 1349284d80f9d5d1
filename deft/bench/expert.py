"""The motion expert on small flow pictures: a network of one infinitely wide hidden layer, trained in closed form.

What it knows of faces and flow, not of this data: a picture's scale is arbitrary, the face is symmetric, a place is
registered only to about a cell, and skin that stretches is not skin that moves along. Such a network, trained on the
squared error, is ridge regression with the neural tangent kernel (Jacot et al. 2018; for one hidden layer of ReLU it
is made of the arc-cosine kernels of Cho and Saul 2009); the mean of the kernel over all variants of both clips is
training on all variants and averaging over them. There is no chance in it, and all folds are one batch of linear
systems.

All settings are fixed; docs/experiments.md says how they were chosen.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from deft.bench.data import CLASSES, Clips
from deft.bench.flow import fields, tokens, variants
from deft.bench.folds import Floats, Folds


@dataclass(frozen=True)
class Expert:
    """Settings of the motion expert.

    Attributes:
        reach: shifts in cells over which it is averaged, to every side.
        ridge: of the regression; the mean weight of a clip is 1, the kernel of a clip with itself about 2.
    """

    reach: int = 1
    ridge: float = 0.3


def run(clips: Clips, folds: Folds, how: Expert) -> Floats:
    """Scores (clips, classes); each clip's are from the fold that has not seen its subject."""
    kernel = kernel_of(clips, how.reach)
    return folds.gather(fit(kernel, clips, folds, how.ridge).numpy().astype("float32"))


def kernel_of(clips: Clips, reach: int) -> Tensor:
    """(clips, clips) float64: mean of the tangent kernel over all pairs of the two clips' variants."""
    seen = torch.stack([tokens(each) for each in variants(fields(clips), reach)]).double()
    seen = functional.normalize(seen, dim=-1)
    total = torch.zeros(len(clips), len(clips), dtype=torch.float64)
    for each in seen:
        total += tangent(each @ seen.transpose(1, 2)).sum(0)
    return total / len(seen) ** 2


def tangent(cosine: Tensor) -> Tensor:
    """Neural tangent kernel of one hidden ReLU layer, both layers trained, for unit vectors of this cosine: 2 at 1."""
    cosine = cosine.clamp(-1, 1)
    angle = cosine.arccos()
    return ((1 - cosine**2).sqrt() + 2 * (math.pi - angle) * cosine) / math.pi


def fit(kernel: Tensor, clips: Clips, folds: Folds, ridge: float) -> Tensor:
    """(folds, clips, classes): weighted ridge regression on +1 for the class and -1/2 for the others.

    With W the fold's weights, the scores are K W^1/2 (W^1/2 K W^1/2 + ridge I)^-1 W^1/2 Y: rows and columns of clips
    of weight 0 drop out exactly.
    """
    target = 1.5 * functional.one_hot(torch.from_numpy(clips.classes), len(CLASSES)).double() - 0.5
    root = torch.from_numpy(folds.weights).double().sqrt()
    system = root[:, :, None] * kernel * root[:, None, :] + ridge * torch.eye(len(clips), dtype=torch.float64)
    solved = torch.cholesky_solve(root[:, :, None] * target, torch.linalg.cholesky(system))
    return kernel @ (root[:, :, None] * solved)
