"""Measures an Action Unit's rule on region motions: how far the skin moved the way the AU should move it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from unimer.faces.regions import base_of, region_names, side_of
from unimer.facs.table import VECTORS, ActionUnit, Direction, Rule
from unimer.records import Side

Vectors = Mapping[str, tuple[float, float]]
"""Region to mean motion (dx, dy): x to the image's right, y up. A region that is not there was not measured."""


@dataclass(frozen=True)
class Projection:
    """A rule's measure on one side (or on both sides together).

    Attributes:
        side: the side measured.
        along, across: mean motion along the expected direction and at right angles to it, in the unit of the vectors.
        noise: standard deviation of ``along`` when that of a single region's mean vector is 1.
    """

    side: Side
    along: float
    across: float
    noise: float

    @property
    def angle(self) -> float:
        """Degrees between the motion and the expected direction, 0..180."""
        return abs(math.degrees(math.atan2(self.across, self.along)))


def sides(unit: ActionUnit, label: Side) -> list[Side]:
    """The sides to measure apart from each other: one for a one-sided label, two for an AU that can be one-sided."""
    if label != "both":
        return [label]
    return ["left", "right"] if unit.sided else ["both"]


@cache
def regions_of(base: str, side: Side) -> tuple[str, ...]:
    """Full names of a region on a side: one, two for ``both``; a mid-line region belongs to either side."""
    return tuple(name for name in region_names() if base_of(name) == base and side in ("both", side_of(name) or side))


def turn(vector: tuple[float, float], region: str, direction: Direction) -> tuple[float, float]:
    """(along, across) of an image vector with respect to a region's direction. On the mid-line outward is image right.

    ``across`` changes its sign with the side, so mirrored motion gives the same pair.
    """
    x, y = VECTORS[direction]
    outward = -vector[0] if side_of(region) == "right" else vector[0]
    return outward * x + vector[1] * y, vector[1] * x - outward * y


def project(rule: Rule, vectors: Vectors, side: Side) -> Projection | None:
    """The rule's measure on one side; None where nothing could be measured there.

    It is the mean over the measured parts of their motion, turned so that the expected direction is the first axis.
    With measure ``relative`` the mean motion of ``against`` on the same side is subtracted first.
    """
    turned = [turn(vector, region, direction) for region, direction, vector in _parts(rule, vectors, side)]
    if not turned:
        return None
    count = len(turned)
    references = len(_measured(rule.against, vectors, side))
    noise = math.sqrt(1 / count + (1 / references if references else 0.0))
    return Projection(side, sum(a for a, _ in turned) / count, sum(c for _, c in turned) / count, noise)


def score(unit: ActionUnit, vectors: Vectors, side: Side = "both") -> float | None:
    """The rule's single number for a clip: the motion along the expected direction on the side where it is largest.

    None for an AU without a rule and where nothing could be measured.
    """
    if unit.rule is None:
        return None
    found = [p.along for s in sides(unit, side) if (p := project(unit.rule, vectors, s)) is not None]
    return max(found, default=None)


def _parts(rule: Rule, vectors: Vectors, side: Side) -> Iterator[tuple[str, Direction, tuple[float, float]]]:
    for base, direction in rule.parts.items():
        for region in _measured((base,), vectors, side):
            vector = vectors[region]
            if rule.measure == "relative":
                references = [vectors[r] for r in _measured(rule.against, vectors, side_of(region) or side)]
                if not references:
                    continue
                vector = (
                    vector[0] - sum(x for x, _ in references) / len(references),
                    vector[1] - sum(y for _, y in references) / len(references),
                )
            yield region, direction, vector


def _measured(bases: tuple[str, ...], vectors: Vectors, side: Side) -> list[str]:
    return [region for base in bases for region in regions_of(base, side) if region in vectors]
