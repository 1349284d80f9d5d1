"""A clip's regions as index lists, so that region statistics cost microseconds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from unimer.faces.crop import EYE_DISTANCE
from unimer.faces.regions import region_masks, stable_mask

FIT_POINTS = 1000
"""The head fit uses about this many points of stable skin and as many of the regions; more gain nothing."""
CELL = 24
"""Side (px of a 256 px crop) of the cells of skin that stand in for regions in the noise floor."""


@dataclass(frozen=True)
class Layout:
    """Regions of one crop.

    ``index``: flat pixel indices of all regions, one after the other (and one idle pixel at the end); region i is
    ``index[starts[i]:starts[i + 1]]`` of ``counts[i]`` pixels.
    ``fit``: flat indices of the head fit's points, the first ``stable`` of them on stable skin, the others in the
    regions; ``fit_xy``: the same as (n, 2) px. ``cells``: for each of them the number of its cell (-1: the cell holds
    too few points).
    ``points``: (478, 2) landmarks in the crop, px.
    """

    size: int
    points: NDArray[np.float32]
    names: tuple[str, ...]
    index: NDArray[np.intp]
    starts: NDArray[np.intp]
    counts: NDArray[np.intp]
    fit: NDArray[np.intp]
    fit_xy: NDArray[np.float32]
    stable: int
    cells: NDArray[np.intp]

    @property
    def percent(self) -> float:
        """Percent of the inter-ocular distance in one pixel of the crop."""
        return 100 / (EYE_DISTANCE * self.size)

    def means(self, image: NDArray[np.float32]) -> NDArray[np.float64]:
        """Mean a region of an (h, w) or (h, w, c) image: (regions,) or (regions, c); nan for an empty region."""
        values = image.reshape(self.size * self.size, -1)[self.index].astype(np.float64)
        sums = np.add.reduceat(values, self.starts, axis=0)[:-1]
        means = np.where(self.counts[:, None] > 0, sums / np.maximum(self.counts, 1)[:, None], np.nan)
        return cast(NDArray[np.float64], means.reshape(-1, *image.shape[2:]))

    def pixels(self, image: NDArray[Any], region: int) -> NDArray[Any]:
        """The values of one region, (n,) or (n, c)."""
        flat = image.reshape(self.size * self.size, *image.shape[2:])
        return flat[self.index[self.starts[region] : self.starts[region + 1]]]


def layout(points: NDArray[np.float32], size: int) -> Layout:
    """Regions and stable points of a crop with landmarks ``points`` (478, 2) px."""
    masks = region_masks(points, size)
    lists = [np.flatnonzero(mask) for mask in masks.values()]
    counts = np.array([len(each) for each in lists], np.intp)
    # reduceat sums from one start to the next and wants every start inside: one pixel more, whose sum is dropped.
    index = np.concatenate([*lists, np.zeros(1, np.intp)])
    starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.intp)
    stable = np.flatnonzero(stable_mask(points, size))
    stable = stable[:: max(1, round(len(stable) / FIT_POINTS))]
    anywhere = np.zeros(size * size, bool)
    anywhere[index[:-1]] = True
    skin = np.flatnonzero(anywhere)
    fit = np.concatenate([stable, skin[:: max(1, round(len(skin) / FIT_POINTS))]])
    xy = np.stack(np.divmod(fit, size)[::-1], axis=1)
    cell = CELL * size // 256
    cells = (xy // cell) @ np.array([1, size // cell + 1])
    populations = np.bincount(cells)
    enough = populations >= 0.5 * np.median(populations[populations > 0])
    return Layout(
        size=size,
        points=points,
        names=tuple(masks),
        index=index,
        starts=starts,
        counts=counts,
        fit=fit,
        fit_xy=xy.astype(np.float32),
        stable=len(stable),
        cells=np.where(enough[cells], cells, -1).astype(np.intp),
    )
