"""What a clip's evidence carries, in the terms of a text: regions by name and side, directions by word."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache

from unimer.faces.regions import base_of, mirror, region_names, side_of
from unimer.facs.rules import regions_of
from unimer.facs.table import au_table
from unimer.records import AUVerdict, Claim, Evidence, RegionEvidence, Side
from unimer.resources import load_yaml

OCTANT_DEGREES = {
    "right": 0.0,
    "up-right": 45.0,
    "up": 90.0,
    "up-left": 135.0,
    "left": 180.0,
    "down-left": 225.0,
    "down": 270.0,
    "down-right": 315.0,
}
_OPENING = ("upper_lip", "lower_lip", "upper_lid", "lower_lid")
WORD_ANGLE = 67.5
"""A direction word holds where the measured direction is at most this far from it: a word names one of eight octants
(+-22.5 degrees) or, alone, leaves the other component open (+-45 degrees more)."""


@cache
def _bases() -> tuple[str, ...]:
    return tuple(dict.fromkeys(base_of(r) for r in region_names()))


@lru_cache(maxsize=256)
def members(region: str) -> tuple[str, ...]:
    """Regions without side that a claim's region stands for; empty where it is none of ours."""
    groups = load_yaml("data/lexicon.yaml")["groups"]
    if region in groups:
        listed = groups[region]["members"]
        return _bases() if listed == "all" else tuple(listed)
    if ".." in region:
        return _between(*region.split("..", 1))
    return (region,) if region in _bases() else ()


def _between(one: str, other: str) -> tuple[str, ...]:
    """Regions that lie no higher and no lower than two of them and all between: "from the brows to the chin"."""
    places = load_yaml("data/lexicon.yaml")["places"]
    ends = [places["forehead"][1] for end in (one, other) if end == "?hairline"]
    ends += [places[base][1] for end in (one, other) for base in members(end)]
    if not all(members(end) or end == "?hairline" for end in (one, other)):
        return ()
    return tuple(base for base in _bases() if min(ends) <= places[base][1] <= max(ends))


@lru_cache(maxsize=256)
def lateral(base: str) -> bool:
    """Whether a region without side exists on both sides."""
    return base not in region_names()


def angles(region: str, direction: str) -> list[float] | None:
    """Degrees of each part of a direction word at a region with its side; None where the word has no meaning there."""
    side, base = side_of(region), base_of(region)
    found: list[float] = []
    rest = direction
    for word in ("image-left", "image-right", "together", "inward", "outward", "apart", "down", "up"):
        if word not in rest:
            continue
        rest = rest.replace(word, "")
        if word in ("up", "down"):
            found.append(90.0 if word == "up" else 270.0)
        elif word in ("image-left", "image-right"):
            found.append(180.0 if word == "image-left" else 0.0)
        elif base in _OPENING and word in ("together", "apart"):
            found.append(90.0 if (base.startswith("upper")) == (word == "apart") else 270.0)
        elif side is None:
            return None
        else:
            outward = word in ("outward", "apart")
            found.append(0.0 if outward == (side == "left") else 180.0)
    return found


def bearing(region: str, direction: str) -> float | None:
    """Degrees of ``toward-eye``, ``away-cheek_left``: from a region with its side to a place of the face.

    A place on either side is the one on the region's own side, for a region on the mid-line the middle between the
    two ("the chin moves towards the lower lip") unless they lie far to the sides; None where the region is the place.
    """
    places = load_yaml("data/lexicon.yaml")["places"]
    word, _, goal = direction.partition("-")
    base = goal.removesuffix("_left").removesuffix("_right")
    sides = {"left": 1.0, "right": -1.0}
    own = sides.get(side_of(region) or "", 0.0)
    there = sides.get(goal[len(base) + 1 :], own)
    here, place = places[base_of(region)], places[base]
    across, up = there * place[0] - own * here[0], place[1] - here[1]
    if across == up == 0 or (not there and place[0] > abs(up)):
        return None
    return (math.degrees(math.atan2(up, across)) + 180.0 * (word == "away")) % 360.0


def deviation(region: str, direction: str, degrees: float) -> float | None:
    """Largest angle between the measured direction and a part of the word; None where the word has no meaning."""
    if direction.startswith("straight-"):  # within one octant
        wide = deviation(region, direction.removeprefix("straight-"), degrees)
        return None if wide is None else wide * WORD_ANGLE / 22.5
    if direction.startswith(("toward-", "away-")):
        wanted = bearing(region, direction)
        return None if wanted is None else abs((degrees - wanted + 180) % 360 - 180)
    readings = [angles(region, direction)]
    if base_of(region) in _OPENING and ("together" in direction or "apart" in direction):
        # Lips and lids come together up and down, their left and right halves also sideways.
        readings.append(angles(region, direction.replace("together", "inward").replace("apart", "outward")))
    found = [max(abs((degrees - a + 180) % 360 - 180) for a in wanted) for wanted in readings if wanted]
    return min(found) if found else None


def sense(region: str, octant: str) -> str:
    """The octant of a region's motion in the words of a text: ``up-outward``; ``image-left`` on the mid-line."""
    side = side_of(region)
    words = []
    for part in octant.split("-"):
        if part in ("up", "down"):
            words.append(part)
        elif side is None:
            words.append(f"image-{part}")
        else:
            words.append("outward" if (part == "right") == (side == "left") else "inward")
    return "-".join(words)


@cache
def deciding_regions(au: int, side: Side = "both") -> tuple[str, ...]:
    """Regions with side that the verdict on an Action Unit rests on; none where it has no rule."""
    row = au_table().get(au)
    if row is None or row.rule is None:
        return ()
    return tuple(r for base in (*row.rule.parts, *row.rule.against) for r in regions_of(base, side))


@dataclass(frozen=True)
class Facts:
    """Evidence by name. ``regions``: all measured regions; ``verdicts``: all verdicts of an Action Unit.

    ``causeless``: only motion that no supported Action Unit explains counts as such.
    """

    regions: dict[str, RegionEvidence] = field(default_factory=dict)
    verdicts: dict[int, list[AUVerdict]] = field(default_factory=dict)
    causeless: bool = False

    @classmethod
    def of(cls, evidence: Evidence) -> Facts:
        verdicts: dict[int, list[AUVerdict]] = {}
        for verdict in evidence.aus:
            verdicts.setdefault(verdict.au, []).append(verdict)
        return cls({r.region: r for r in evidence.regions}, verdicts)

    def supported(self, au: int) -> list[AUVerdict]:
        """Verdicts of the Action Unit that are ``supported``."""
        return [v for v in self.verdicts.get(au, []) if v.verdict == "supported"]

    def moved(self, region: str) -> bool:
        """Whether a text may say that the region moves: it moved and a supported Action Unit explains it."""
        found = self.regions.get(region)
        explained = found is not None and any(self.supported(au) for au in found.aus)
        return found is not None and found.status == "moved" and explained is not self.causeless

    def without_causes(self) -> Facts:
        """The same for motion of which a text says that no Action Unit explains it."""
        return replace(self, causeless=True)

    def degrees(self, region: str) -> float | None:
        """Measured direction; the octant's centre where the degrees are not given."""
        found = self.regions.get(region)
        if found is None:
            return None
        return found.degrees if found.degrees is not None else OCTANT_DEGREES.get(found.octant or "")

    def both_sides(self, verdict: AUVerdict) -> bool:
        """Whether the flow carries an Action Unit on both sides: some region moves on either side because of it."""
        moved = {r for r, e in self.regions.items() if e.status == "moved" and verdict.au in e.aus}
        carried = moved | set(verdict.regions)
        return verdict.side == "both" and any(side_of(r) and mirror(r) in carried for r in carried)

    def side(self, verdict: AUVerdict) -> Side | None:
        """The side a text may name: the label's where it is one-sided, both where the flow shows both, else none."""
        if verdict.side != "both":
            return verdict.side
        return "both" if self.both_sides(verdict) else None

    def shows_nothing(self, verdict: AUVerdict) -> bool:
        """Whether a text may say that the Action Unit shows no motion: all skin that decides it is still."""
        regions = deciding_regions(verdict.au, verdict.side)
        return bool(regions) and all(r in self.regions and self.regions[r].status == "still" for r in regions)


def claimed(claim: Claim) -> list[str]:
    """Regions with their sides that a motion claim speaks of."""
    names: list[str] = []
    for base in members(claim.region or ""):
        if not lateral(base):
            names.append(base)
        else:
            names += [f"{base}_{s}" for s in ("left", "right") if claim.side in (None, "both", s)]
    return names
