"""Changes of a clip that keep its physics: mirroring, a small turn, brightness.

What a change does to the picture it does to the motion, the labels and the words as well: mirrored, a left mouth
corner that rises outward is a right one that rises outward; turned, vectors turn with the skin.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache

import cv2
import numpy as np

from deft.data import FEATURES
from deft.settings import AugmentSettings
from deft.views import Floats, View
from unimer.faces.regions import mirror, region_names
from unimer.facs.table import au_table
from unimer.records import AULabel, Side

DX, DY = FEATURES.index("dx"), FEATURES.index("dy")
U, V = 0, 1
_SIDES = re.compile(r"(?<![a-z])(left|right)(?=(?:wards?|most|)(?![a-z]))", re.IGNORECASE)
OTHER: dict[Side, Side] = {"left": "right", "right": "left", "both": "both"}


def augment(view: View, settings: AugmentSettings, random: np.random.Generator) -> View:
    """A view changed at random; always the same number of draws, so that a resumed run goes on alike."""
    flipped, turn, gain, shift = random.random(), *random.uniform(-1, 1, 3)
    if flipped < settings.flip and can_flip(view):
        view = flip(view)
    if settings.rotation:
        view = rotate(view, settings.rotation * turn)
    if settings.brightness:
        view = brighten(view, 1 + settings.brightness * gain, settings.brightness * shift / 2)
    return view


# --- mirroring -------------------------------------------------------------------------------------------------------


def flip(view: View) -> View:
    """The clip in a mirror: pictures, maps and u, regions and dx, sides in labels and in words. Twice is once none."""
    order = _mirrored_regions()
    maps = _mirrored(view.maps)
    maps[U] *= -1
    regions = view.regions[order].copy()
    regions[:, DX] *= -1
    return View(
        onset=_mirrored(view.onset),
        texture=_mirrored(view.texture),
        maps=maps,
        regions=regions,
        reliable=view.reliable[order],
        aus=None if view.aus is None else tuple(_other_side(label) for label in view.aus),
        turns=tuple(replace(turn, text=swap_sides(turn.text)) for turn in view.turns),
        findings=swap_sides(view.findings),
    )


def can_flip(view: View) -> bool:
    """False where an Action Unit has a side in its name: eyes left is AU 61, eyes right AU 62, and texts give both."""
    return not any(label.au in _one_way() for label in view.aus or ())


def swap_sides(text: str) -> str:
    """Left for right and the reverse, whatever is named by it: a side of the face, or of the picture."""
    return _SIDES.sub(_swapped, text)


def _swapped(match: re.Match[str]) -> str:
    word = match.group()
    other = "right" if word.lower() == "left" else "left"
    return other.upper() if word.isupper() else other.capitalize() if word[0].isupper() else other


@cache
def _one_way() -> frozenset[int]:
    return frozenset(number for number, row in au_table().items() if _SIDES.search(row.name))


def _other_side(label: AULabel) -> AULabel:
    return label.model_copy(update={"side": OTHER[label.side]})


@cache
def _mirrored_regions() -> list[int]:
    names = region_names()
    return [names.index(mirror(name)) for name in names]


def _mirrored(picture: Floats) -> Floats:
    return np.ascontiguousarray(picture[..., ::-1])


# --- turning ---------------------------------------------------------------------------------------------------------


def rotate(view: View, degrees: float) -> View:
    """The clip turned counter-clockwise (as one sees it) about the middle of the crop, and its vectors with it."""
    size = view.onset.shape[-1]
    middle = (size - 1) / 2
    matrix = cv2.getRotationMatrix2D((middle, middle), degrees, 1.0)
    cos, sin = float(np.cos(np.radians(degrees))), float(np.sin(np.radians(degrees)))
    maps = _turned(view.maps, matrix)
    u, v = maps[U].copy(), maps[V].copy()
    maps[U], maps[V] = cos * u + sin * v, cos * v - sin * u  # y down
    regions = view.regions.copy()
    dx, dy = view.regions[:, DX], view.regions[:, DY]
    regions[:, DX], regions[:, DY] = cos * dx - sin * dy, sin * dx + cos * dy  # y up
    return replace(
        view, onset=_turned(view.onset, matrix), texture=_turned(view.texture, matrix), maps=maps, regions=regions
    )


def _turned(picture: Floats, matrix: cv2.typing.MatLike) -> Floats:
    turned = [
        cv2.warpAffine(plane, matrix, plane.shape, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        for plane in picture
    ]
    return np.asarray(np.stack(turned), np.float32)


# --- light -----------------------------------------------------------------------------------------------------------


def brighten(view: View, gain: float, offset: float) -> View:
    """Another exposure of the whole clip: onset x gain + offset (in 0..1); differences change by the gain alone."""
    onset = np.clip(view.onset * gain + offset, 0, 1)
    return replace(view, onset=np.asarray(onset, np.float32), texture=np.asarray(view.texture * gain, np.float32))
