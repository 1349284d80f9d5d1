"""The three experts. Each sees its own input only and gives tokens, for the language model, and a pooled vector.

Structure: the onset picture. Texture: differences against the onset. Motion: flow maps and region features. d is
``ExpertSettings.width``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from deft.data import FEATURES
from deft.settings import ExpertSettings
from unimer.errors import SettingsError
from unimer.faces.regions import region_names

GRID = 4
"""Tokens of a map: GRID x GRID."""
REGIONS = len(region_names())
HALVES = 2
"""Map tokens of the motion expert that the language model sees: the upper and the lower face."""
HEADS = 4
SQUEEZED = 16
"""Length that a token is cut to before all are pooled together, so that the pooled vector knows where things are."""


@dataclass(frozen=True)
class Tokens:
    """``tokens``: (B, n, d); ``pooled``: (B, d)."""

    tokens: Tensor
    pooled: Tensor


class Block(nn.Sequential):
    """Makes the picture smaller by ``step``: convolution, then norm and activation."""

    def __init__(self, inside: int, outside: int, step: int = 2) -> None:
        side = 2 * step - 1
        super().__init__(
            nn.Conv2d(inside, outside, side, stride=step, padding=side // 2, bias=False),
            nn.GroupNorm(8, outside),
            nn.GELU(),
        )


class ConvNet(nn.Module):
    """(B, c, s, s) to (B, GRID * GRID, d), row by row from the top left."""

    def __init__(self, inside: int, settings: ExpertSettings) -> None:
        super().__init__()
        c, d = settings.channels, settings.width
        self.layers = nn.Sequential(Block(inside, c, step=4), Block(c, 3 * c), Block(3 * c, d))
        self.grid = nn.AdaptiveAvgPool2d(GRID)
        self.place = nn.Parameter(torch.randn(GRID * GRID, d) * 0.02)

    def forward(self, picture: Tensor) -> Tensor:
        features: Tensor = self.grid(self.layers(picture))
        return features.flatten(2).transpose(1, 2) + self.place


class Pool(nn.Module):
    """(B, n, d) to (B, d), knowing which token is which."""

    def __init__(self, tokens: int, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.LayerNorm(width),
            nn.Linear(width, SQUEEZED),
            nn.Flatten(),
            nn.GELU(),
            nn.Linear(tokens * SQUEEZED, width),
        )

    def forward(self, tokens: Tensor) -> Tensor:
        pooled: Tensor = self.layers(tokens)
        return pooled


class StructureExpert(nn.Module):
    """The onset picture (B, 3, s, s), RGB 0..1: who, and where the parts of this face are.

    A compact ConvNet, or a frozen vision model of transformers with a trained projection.
    """

    tokens = GRID * GRID

    def __init__(self, settings: ExpertSettings) -> None:
        super().__init__()
        d = settings.width
        self.net = ConvNet(3, settings) if settings.backbone is None else Backbone(settings.backbone, d)
        self.pool = Pool(self.tokens, d)

    def forward(self, onset: Tensor) -> Tokens:
        tokens = self.net((onset - 0.45) / 0.25)
        return Tokens(tokens, self.pool(tokens))


class Backbone(nn.Module):
    """A frozen vision model by hub id or folder: (B, 3, s, s) to (B, GRID * GRID, d).

    Raises:
        SettingsError: there is no such model, or its output is not one of patches or of a map.
    """

    def __init__(self, name: str, width: int) -> None:
        super().__init__()
        from transformers import AutoModel

        try:
            self.body: Any = AutoModel.from_pretrained(name, use_safetensors=True).eval().requires_grad_(False)
        except (OSError, ValueError) as error:
            raise SettingsError(
                f"model.experts.backbone: {name} cannot be loaded: {str(error).strip().splitlines()[0]}"
            ) from error
        config = self.body.config
        self.side: int = config.image_size if isinstance(getattr(config, "image_size", None), int) else 224
        hidden = getattr(config, "hidden_size", None) or config.hidden_sizes[-1]
        self.project = nn.Sequential(nn.LayerNorm(hidden), nn.Linear(hidden, width))
        self.name = name

    def train(self, mode: bool = True) -> Backbone:
        """The body stays in evaluation mode."""
        super().train(mode)
        self.body.eval()
        return self

    def forward(self, picture: Tensor) -> Tensor:
        size = (self.side, self.side)
        with torch.no_grad():
            seen = nn.functional.interpolate(picture, size, mode="bilinear", antialias=True, align_corners=False)
            last: Tensor = self.body(pixel_values=seen).last_hidden_state
        if last.ndim == 3:
            side = int((last.shape[1]) ** 0.5)  # whatever stands before the patches (a class token) is left out
            last = last[:, -side * side :].transpose(1, 2).reshape(len(last), -1, side, side)
        grid = nn.functional.adaptive_avg_pool2d(last, GRID).flatten(2).transpose(1, 2)
        projected: Tensor = self.project(grid)
        return projected


class TextureExpert(nn.Module):
    """How the picture changes (B, frames, s, s), grey levels against the onset: furrows, wrinkles, bulges."""

    tokens = GRID * GRID

    def __init__(self, settings: ExpertSettings) -> None:
        super().__init__()
        self.net = ConvNet(settings.frames, settings)
        self.pool = Pool(self.tokens, settings.width)

    def forward(self, texture: Tensor) -> Tokens:
        tokens = self.net(torch.asinh(texture / 2))  # a few grey levels matter, fifty say no more than ten
        return Tokens(tokens, self.pool(tokens))


class MotionExpert(nn.Module):
    """Flow maps (B, 3, s, s) and region features (B, 30, f): which skin moves where.

    Its tokens are the 30 regions and the halves of the map. A transformer layer lets regions and map see each other.
    """

    tokens = REGIONS + HALVES

    def __init__(self, settings: ExpertSettings) -> None:
        super().__init__()
        d = settings.width
        self.net = ConvNet(3, settings)
        self.feature = nn.Linear(len(FEATURES), d)
        self.region = nn.Parameter(torch.randn(REGIONS, d) * 0.02)
        self.unreliable = nn.Parameter(torch.randn(d) * 0.02)
        self.mix = nn.TransformerEncoderLayer(
            d, HEADS, 2 * d, settings.dropout, "gelu", batch_first=True, norm_first=True
        )
        self.pool = Pool(REGIONS + GRID * GRID, d)

    def forward(self, maps: Tensor, regions: Tensor, reliable: Tensor) -> Tokens:
        seen = torch.where(reliable[..., None], self.feature(compressed(regions)), self.unreliable)
        grid = self.net(torch.asinh(maps * maps.new_tensor([2.0, 2.0, 0.5])[:, None, None]))
        mixed: Tensor = self.mix(torch.cat([seen + self.region, grid], dim=1))
        halves = mixed[:, REGIONS:].reshape(len(mixed), HALVES, -1, mixed.shape[2]).mean(2)
        return Tokens(torch.cat([mixed[:, :REGIONS], halves], dim=1), self.pool(mixed))


def compressed(regions: Tensor) -> Tensor:
    """Features of which those without a bound (all but strain in % of the inter-ocular distance) are squeezed."""
    scale = regions.new_tensor([{"strain": 0.5}.get(name, 2.0) for name in FEATURES])
    bounded = torch.tensor([name not in UNBOUNDED for name in FEATURES], device=regions.device)
    return torch.where(bounded, regions, torch.asinh(regions * scale))


UNBOUNDED = ("dx", "dy", "magnitude", "p90", "strain")


class AUHead(nn.Module):
    """Logits (B, A) of Action Units: each looks for its own tokens (B, n, d) and is judged by what it finds."""

    def __init__(self, aus: int, width: int) -> None:
        super().__init__()
        self.query = nn.Parameter(torch.randn(aus, width) * 0.02)
        self.key = nn.Linear(width, width)
        self.value = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, width), nn.GELU())
        self.weight = nn.Parameter(torch.randn(aus, width) * width**-0.5)
        self.bias = nn.Parameter(torch.zeros(aus))

    def forward(self, tokens: Tensor) -> Tensor:
        scores = torch.einsum("ad,bnd->ban", self.query, self.key(tokens)) * self.query.shape[1] ** -0.5
        found = torch.einsum("ban,bnd->bad", scores.softmax(-1), self.value(tokens))
        return (found * self.weight).sum(-1) + self.bias
