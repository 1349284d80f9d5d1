"""The losses, each on its own; the model weighs and adds them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import torch
from torch import Tensor
from torch.nn import functional

TEMPERATURE = 0.1
"""Of the alignment's cosines."""


def emotion_loss(logits: Tensor, target: Tensor, weights: Tensor | None = None, focal: float = 0.0) -> Tensor:
    """Cross-entropy, or focal loss (Lin et al. 2017, gamma ``focal``), mean over the clips whose class is known.

    Args:
        logits: (B, C).
        target: (B,) class, -1 unknown.
        weights: (C,) of the classes. The sum is divided by the number of clips, not by their weights, so that a clip
            weighs the same in every batch.

    Returns:
        0 where no class is known.
    """
    known = target >= 0
    log = functional.log_softmax(logits.float(), dim=1)
    own = log.gather(1, target.clamp(min=0)[:, None])[:, 0]
    each = -own if focal == 0 else -((1 - own.exp()).clamp(min=0) ** focal) * own
    if weights is not None:
        each = each * weights[target.clamp(min=0)]
    return (each * known).sum() / known.sum().clamp(min=1)


def au_loss(logits: Tensor, target: Tensor, known: Tensor, positive: Tensor | None = None) -> Tensor:
    """Binary cross-entropy, mean over what is known.

    Args:
        logits, target, known: (B, A).
        positive: (A,) weight of a present Action Unit.
    """
    each = functional.binary_cross_entropy_with_logits(logits.float(), target, pos_weight=positive, reduction="none")
    return (each * known).sum() / known.sum().clamp(min=1)


def language_loss(logits: Tensor, target: Tensor, ignored: int = -100) -> Tensor:
    """Cross-entropy (B, k, V) against (B, k), mean over the supervised tokens; 0 where there is none."""
    total = functional.cross_entropy(
        logits.float().flatten(0, 1), target.flatten(), ignore_index=ignored, reduction="sum"
    )
    return total / (target != ignored).sum().clamp(min=1)


def alignment_loss(tokens: Tensor, phrases: Tensor, target: Tensor, known: Tensor) -> Tensor:
    """Contrast between motion tokens and phrases of Action Units, both ways.

    A clip and a phrase are as alike as the clip's most alike tokens are (a soft maximum of cosines). Among the
    phrases known for a clip those of its Action Units should win, and among the clips those that show a phrase.

    Args:
        tokens: (B, n, d).
        phrases: (A, d).
        target, known: (B, A).

    Returns:
        0 where no known Action Unit is present.
    """
    cosines = torch.einsum(
        "bnd,ad->bna", functional.normalize(tokens.float(), dim=-1), functional.normalize(phrases.float(), dim=-1)
    )
    alike = torch.logsumexp(cosines / TEMPERATURE, dim=1) - torch.log(cosines.new_tensor(tokens.shape[1]))
    alike = alike.masked_fill(~known, -1e4)
    shown = target * known
    both = [functional.log_softmax(alike, dim=dim) for dim in (0, 1)]
    return -sum((log * shown).sum() for log in both) / (2 * shown.sum().clamp(min=1))


def decorrelation_loss(pooled: Sequence[Tensor]) -> Tensor:
    """Mean squared correlation, over the batch, between each dimension of one expert and each of another.

    Args:
        pooled: (B, d) of each expert.

    Returns:
        0 for one expert, or a batch too small to correlate anything (below 3).
    """
    if len(pooled) < 2 or len(pooled[0]) < 3:
        return pooled[0].new_zeros(())
    whitened = [_standardised(each.float()) for each in pooled]
    pairs = [(one.T @ other / len(one)).square().mean() for one, other in combinations(whitened, 2)]
    return torch.stack(pairs).mean()


def _standardised(values: Tensor) -> Tensor:
    centred = values - values.mean(0)
    return centred / (centred.square().mean(0) + 1e-5).sqrt()
