"""What the networks see of a flow picture, and its changes that keep the physics: vectors turn with the picture.

Tensors are (batch, 3, height, width): u to the right, v DOWN, strain.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from deft.bench.data import Clips


@dataclass(frozen=True)
class Augmentation:
    """How far a clip is changed at random, uniformly between minus and plus each limit.

    Attributes:
        degrees: turn of the face.
        cells: shift to each side, in cells of the picture.
        scale: change of size, as a share.
        gain: change of each channel's strength, as a share.
        mirror: half of the clips are mirrored.
    """

    degrees: float = 8.0
    cells: float = 1.0
    scale: float = 0.08
    gain: float = 0.1
    mirror: bool = True


def fields(clips: Clips) -> Tensor:
    """Motion of all clips, each channel divided by its standard deviation: a picture's scale is arbitrary anyway."""
    motion = torch.from_numpy(clips.motion).permute(0, 3, 1, 2)
    return motion / motion.std((2, 3), keepdim=True).clamp_min(1e-6)


def mirrored(flow: Tensor) -> Tensor:
    """The same faces in a mirror: sides change places and u its sign."""
    sign = torch.tensor([-1.0, 1.0, 1.0]).view(3, 1, 1)
    return flow.flip(-1) * sign


def varied(flow: Tensor, how: Augmentation, chance: torch.Generator) -> Tensor:
    """Each clip mirrored, turned, shifted and scaled at random; vectors turn with the picture."""
    count = len(flow)

    def uniform(*shape: int) -> Tensor:
        return torch.rand(*shape, generator=chance) * 2 - 1

    angle = uniform(count) * math.radians(how.degrees)
    size = 1 + uniform(count) * how.scale
    shift = uniform(count, 2) * how.cells * 2 / flow.shape[-1]
    if how.mirror:
        flips = torch.rand(count, generator=chance) < 0.5
        flow = torch.where(flips.view(-1, 1, 1, 1), mirrored(flow), flow)
    cosine, sine = torch.cos(angle), torch.sin(angle)
    # affine_grid asks where each new pixel comes from: this turns the content by minus the angle (y down).
    rows = [
        torch.stack([cosine * size, -sine * size, shift[:, 0]], 1),
        torch.stack([sine * size, cosine * size, shift[:, 1]], 1),
    ]
    grid = functional.affine_grid(torch.stack(rows, 1), list(flow.shape), align_corners=False)
    moved = functional.grid_sample(flow, grid, padding_mode="border", align_corners=False)
    u, v, strain = moved.unbind(1)
    cosine, sine = cosine.view(-1, 1, 1), sine.view(-1, 1, 1)
    turned = torch.stack([cosine * u + sine * v, cosine * v - sine * u, strain], 1)
    return turned * (1 + uniform(count, 3, 1, 1) * how.gain)


def tokens(flow: Tensor, cells: int) -> Tensor:
    """(batch, 3 * grid * grid): mean of each square of ``cells`` x ``cells``, square-rooted with its sign.

    The root keeps one strong region from hiding the others.
    """
    means = functional.avg_pool2d(flow, cells)
    return (means.sign() * (means.abs() + 1e-6).sqrt()).flatten(1)
