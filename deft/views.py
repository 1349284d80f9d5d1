"""What the experts see of a clip: pictures and maps as arrays, read once and kept while memory allows.

Arrays are (channels, height, width) float32 with y down; see :class:`Arrays` for units.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from deft.data import Example, Turn, region_features
from deft.settings import ExpertSettings
from unimer.errors import InputError
from unimer.faces.crop import EYE_DISTANCE
from unimer.motion.pair import strain
from unimer.records import AULabel

Floats = NDArray[np.float32]
KEPT = 1000
"""Clips that stay in memory, about 0.7 MB each at 128 px."""


@dataclass(frozen=True)
class Arrays:
    """What the experts see of one clip, whatever is asked about it.

    ``onset``: (3, s, s) RGB, 0..1. ``texture``: (frames, s, s) grey levels less the onset's, at even steps from onset
    to apex. ``maps``: (3, s, s) u (right), v (**down**) in % of the inter-ocular distance, strain in %.
    ``regions``: (30, features) of :func:`deft.data.region_features`, y **up**; ``reliable``: (30,).
    """

    onset: Floats
    texture: Floats
    maps: Floats
    regions: Floats
    reliable: NDArray[np.bool_]


@dataclass(frozen=True)
class View(Arrays):
    """Arrays with the labels and texts that must change with them."""

    aus: tuple[AULabel, ...] | None
    turns: tuple[Turn, ...]
    findings: str = ""


def load_view(example: Example, settings: ExpertSettings) -> View:
    """Reads one example's media.

    Raises:
        InputError: a file is missing or damaged; names the file and the example's row.
    """
    return _view(example, load_arrays(example, settings))


def _view(example: Example, arrays: Arrays) -> View:
    return View(**vars(arrays), aus=example.aus, turns=example.turns, findings=example.findings)


def load_arrays(example: Example, settings: ExpertSettings) -> Arrays:
    """The arrays of :func:`load_view`."""
    size = settings.image
    onset, apex = (_picture(path, example) for path in (example.media.onset, example.media.apex))
    regions, reliable = region_features(example.motion)
    return Arrays(
        onset=np.ascontiguousarray(_resize(onset, size)[..., ::-1].transpose(2, 0, 1)) / np.float32(255),
        texture=differences(_sequence(example, onset, apex, size), settings.frames),
        maps=motion_maps(_flow(example), size),
        regions=regions,
        reliable=reliable,
    )


def differences(sequence: Floats, frames: int) -> Floats:
    """What changed since the onset: static appearance is gone by construction.

    Args:
        sequence: (n, s, s) grey levels, onset first, apex last, at even steps; n >= 2.
        frames: how many differences to give.

    Returns:
        (frames, s, s): the sequence less its first picture, at times 1/frames .. 1 of the way, interpolated linearly.
    """
    moved = sequence[1:] - sequence[:1]
    known = np.concatenate([np.zeros_like(moved[:1]), moved])
    at = np.arange(1, frames + 1) * (len(known) - 1) / frames
    low = np.minimum(at.astype(int), len(known) - 2)
    share = (at - low).astype(np.float32)[:, None, None]
    return np.asarray(known[low] * (1 - share) + known[low + 1] * share, np.float32)


def motion_maps(flow: Floats, size: int) -> Floats:
    """(h, h, 2) flow in px of the crop, y down -> (3, size, size) u, v in % of the inter-ocular distance and optical
    strain in %, averaged over areas."""
    full = flow.shape[0]
    u, v = (np.ascontiguousarray(flow[..., i], np.float32) for i in (0, 1))
    percent = 100 / (EYE_DISTANCE * full)
    return np.stack([_resize(u * percent, size), _resize(v * percent, size), _resize(100 * strain(u, v), size)])


def _resize(picture: NDArray[np.generic], size: int) -> NDArray[np.float32]:
    if picture.shape[0] == size:
        return np.asarray(picture, np.float32)
    method = cv2.INTER_AREA if picture.shape[0] > size else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(np.asarray(picture, np.float32), (size, size), interpolation=method), np.float32)


def _sequence(example: Example, onset: NDArray[np.uint8], apex: NDArray[np.uint8], size: int) -> Floats:
    """(n, size, size) grey levels from onset to apex: as the build kept them, else these two."""
    if example.media.sequence is None:
        grey = [_resize(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), size) for picture in (onset, apex)]
        return np.stack(grey)
    kept = _array(example.media.sequence, example)
    if kept.ndim != 3 or len(kept) < 2 or kept.shape[1] != kept.shape[2]:
        raise InputError(f"has shape {kept.shape}, not (n, s, s)", path=example.media.sequence)
    return np.stack([_resize(picture, size) for picture in kept])


def _flow(example: Example) -> Floats:
    flow = _array(example.media.flow, example).astype(np.float32)
    if flow.ndim != 3 or flow.shape[2] != 2 or flow.shape[0] != flow.shape[1]:
        raise InputError(f"has shape {flow.shape}, not (h, h, 2)", path=example.media.flow)
    if not np.isfinite(flow).all():
        raise InputError("holds values that are no numbers", path=example.media.flow, remedy="build the clip anew")
    return flow


def _picture(path: Path, example: Example) -> NDArray[np.uint8]:
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR) if path.is_file() else None
    if picture is None:
        raise _unreadable(path, example)
    return np.asarray(picture, np.uint8)


def _array(path: Path, example: Example) -> NDArray[np.generic]:
    try:
        return np.asarray(np.load(path, allow_pickle=False))
    except (OSError, ValueError, EOFError) as error:
        raise _unreadable(path, example) from error


def _unreadable(path: Path, example: Example) -> InputError:
    what = "is damaged" if path.is_file() else "is missing"
    return InputError(
        f"{path.name} of {example.clip.id} {what} ({path})",
        path=example.file,
        row=example.row,
        remedy="`unimer validate` finds all such files; the same `unimer build` makes them anew",
    )


class Views:
    """Views of examples by their number; the arrays of the first :data:`KEPT` clips stay in memory."""

    def __init__(self, examples: Sequence[Example], settings: ExpertSettings) -> None:
        self.examples = examples
        self.settings = settings
        self._kept: dict[str, Arrays] = {}

    def __len__(self) -> int:
        return len(self.examples)

    def __getitem__(self, index: int) -> View:
        example = self.examples[index]
        arrays = self._kept.get(example.clip.id)
        if arrays is None:
            arrays = load_arrays(example, self.settings)
            if len(self._kept) < KEPT:
                self._kept[example.clip.id] = arrays
        return _view(example, arrays)
