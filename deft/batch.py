"""Views put together into tensors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import torch
from torch import Tensor

from deft.chat import Chat
from deft.data import Example, Vocabulary, au_targets, emotion_index
from deft.views import View

IGNORED = -100
"""Label of a token that is not supervised."""

Item = tuple[Example, View]


@dataclass(frozen=True)
class TextBatch:
    """Tokens, padded at the **left** so that all answers end together. All (B, L).

    ``ids``: int64, with one placeholder for each token of an expert. ``mask``: 1 where there is a token.
    ``labels``: the id where it is supervised, else :data:`IGNORED`.
    """

    ids: Tensor
    mask: Tensor
    labels: Tensor


@dataclass(frozen=True)
class Batch:
    """What the model takes: shapes as in :class:`deft.views.View` with B in front.

    ``emotion``: (B,) int64, -1 unknown. ``aus``, ``known``: (B, A) 0 or 1, and whether that is known. ``text`` None:
    for the heads alone.
    """

    examples: list[Example]
    onset: Tensor
    texture: Tensor
    maps: Tensor
    regions: Tensor
    reliable: Tensor
    emotion: Tensor
    aus: Tensor
    known: Tensor
    text: TextBatch | None

    def __len__(self) -> int:
        return len(self.examples)

    def to(self, device: torch.device | str) -> Batch:
        """The same on another device."""
        tensors = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in ("examples", "text")}
        text = None if self.text is None else TextBatch(**{k: v.to(device) for k, v in vars(self.text).items()})
        return replace(self, text=text, **{name: tensor.to(device) for name, tensor in tensors.items()})


def collate(items: Sequence[Item], words: Vocabulary, chat: Chat | None, answers: bool = True) -> Batch:
    """A batch of examples and their views.

    Args:
        chat: None for the heads alone.
        answers: False leaves the last answer to the model.
    """
    views = [view for _, view in items]
    pairs = [au_targets(view.aus, words) for view in views]
    return Batch(
        examples=[example for example, _ in items],
        onset=torch.from_numpy(np.stack([view.onset for view in views])),
        texture=torch.from_numpy(np.stack([view.texture for view in views])),
        maps=torch.from_numpy(np.stack([view.maps for view in views])),
        regions=torch.from_numpy(np.stack([view.regions for view in views])),
        reliable=torch.from_numpy(np.stack([view.reliable for view in views])),
        emotion=torch.tensor([emotion_index(example.emotion, words) for example, _ in items]),
        aus=torch.from_numpy(np.stack([target for target, _ in pairs])),
        known=torch.from_numpy(np.stack([known for _, known in pairs])),
        text=None if chat is None else text_batch(views, chat, answers),
    )


def text_batch(views: Sequence[View], chat: Chat, answers: bool) -> TextBatch:
    """The tokens of views' turns."""
    encoded = [chat.encode(view.turns, view.findings, answers) for view in views]
    length = max(len(each.ids) for each in encoded)
    ids = torch.full((len(encoded), length), chat.pad)
    mask = torch.zeros_like(ids)
    labels = torch.full_like(ids, IGNORED)
    for row, each in enumerate(encoded):
        start = length - len(each.ids)
        ids[row, start:] = torch.tensor(each.ids)
        mask[row, start:] = 1
        supervised = torch.tensor(each.supervised)
        labels[row, start:] = torch.where(supervised, ids[row, start:], IGNORED)
    return TextBatch(ids, mask, labels)
