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


def means(flow: Tensor, cells: int = 4) -> Tensor:
    """(batch, 3 * grid * grid): mean of each square of ``cells`` x ``cells``, square-rooted with its sign."""
    return _rooted(functional.avg_pool2d(flow, cells)).flatten(1)


def tokens(flow: Tensor) -> Tensor:
    """(batch, 392): eight numbers for each of 7x7 places: mean u, v and strain; mean of the four derivatives of u and
    v, which say whether skin is stretched, squeezed, sheared or turned, what strain does not; and how much moves
    there, whatever the direction, half as heavy."""
    halved = functional.avg_pool2d(flow[:, :2], 2)
    along = halved[..., 1:, 1:] - halved[..., 1:, :-1]
    down = halved[..., 1:, 1:] - halved[..., :-1, 1:]
    slopes = functional.adaptive_avg_pool2d(torch.cat([along, down], 1), 7)
    size = functional.avg_pool2d(torch.linalg.vector_norm(flow[:, :2], dim=1, keepdim=True), 4)
    size = size - size.mean((2, 3), keepdim=True)
    return torch.cat([means(flow), _rooted(slopes).flatten(1), 0.5 * _rooted(size).flatten(1)], 1)


def variants(flow: Tensor, reach: int) -> list[Tensor]:
    """The clips and their mirror images, each shifted by up to ``reach`` cells to every side; edges are repeated."""
    high, wide = flow.shape[-2:]
    found = []
    for face in (flow, mirrored(flow)):
        padded = functional.pad(face, [reach] * 4, mode="replicate")
        steps = range(2 * reach + 1)
        found += [padded[..., down : down + high, along : along + wide] for down in steps for along in steps]
    return found


def _rooted(x: Tensor) -> Tensor:
    """Square root that keeps the sign: it keeps one strong region from hiding the others."""
    return x.sign() * (x.abs() + 1e-6).sqrt()
