"""The dual constraint: what may be said about a clip is what its AU labels and its optical flow both say.

See docs/evidence.md for the meaning of the verdicts.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from unimer.faces.regions import base_of, phrase, side_of
from unimer.facs.rules import Projection, project, regions_of, sides, turn
from unimer.facs.table import VECTORS, ActionUnit, Direction, au_name, au_table
from unimer.records import AULabel, AUVerdict, Evidence, Motion, RegionEvidence, RegionMotion, Side, Strength, Verdict
from unimer.settings import EvidenceSettings

OPPOSITE: dict[Direction, Direction] = {
    a: b for a, (x, y) in VECTORS.items() for b, (u, v) in VECTORS.items() if abs(x + u) + abs(y + v) < 1e-9
}


@dataclass(frozen=True)
class _Result:
    """What the flow says about an AU on one side, or on both together."""

    verdict: Verdict
    reason: str
    projection: Projection | None = None
    regions: tuple[str, ...] = ()


def weigh(aus: list[AULabel], motion: Motion, settings: EvidenceSettings) -> Evidence:
    """Weigh every labelled AU against the measured motion.

    Args:
        aus: the labels, of any source; a one-sided label is checked on that side only.
        motion: the clip's region motions (% of inter-ocular distance, x to the image's right, y up).
        settings: the thresholds.

    Returns:
        One verdict a label in the labels' order, one entry a region in the motion's order.
    """
    scene = _Scene(motion, settings)
    alone = [scene.weigh(label) for label in aus]
    supported = [label for label, found in zip(aus, alone, strict=True) if found.verdict == "supported"]
    results = [scene.allow_for(found, supported) for found in alone]
    verdicts = [scene.verdict(label, found) for label, found in zip(aus, results, strict=True)]
    states = [verdict.verdict for verdict in verdicts]
    regions = [scene.region(region, supported) for region in motion.regions]
    return Evidence(
        aus=verdicts,
        regions=regions,
        unexplained=[region.region for region in regions if region.status == "moved" and not region.aus],
        grounded="supported" in states and "contradicted" not in states,
    )


def judge(aus: list[AULabel], motion: Motion, settings: EvidenceSettings) -> list[Verdict]:
    """What the verdict on each label would be if it were the clip's only one."""
    scene = _Scene(motion, settings)
    return [scene.weigh(label).verdict for label in aus]


def directions_of(unit: ActionUnit) -> dict[str, Direction]:
    """Every region (without its side) that the AU moves, and where to: decisive and accompanying ones."""
    if unit.rule is None:
        return {}
    mutual: dict[str, Direction] = {}
    if unit.rule.mutual:
        direction = next(iter(unit.rule.parts.values()))
        mutual = dict.fromkeys(unit.rule.against, OPPOSITE[direction])
    return {**unit.accompanying, **mutual, **unit.rule.parts}


def vectors_of(motion: Motion) -> dict[str, tuple[float, float]]:
    """Mean vectors (dx, dy) of the regions that could be measured."""
    return {r.region: (r.dx, r.dy) for r in motion.regions if r.reliable and r.dx is not None and r.dy is not None}


class _Scene:
    """One clip's motion with the thresholds that apply to it."""

    def __init__(self, motion: Motion, settings: EvidenceSettings) -> None:
        self.settings = settings
        self.floor = motion.noise_floor
        self.vectors = vectors_of(motion)
        self.motions = {region.region: region for region in motion.regions}

    @property
    def threshold(self) -> float:
        """Length from which a region's mean vector counts as motion, in % of inter-ocular distance."""
        return self.settings.floor_multiple * self.floor

    def moved(self, region: str) -> bool:
        """The region's mean vector stands out of the noise."""
        return region in self.vectors and _above(math.hypot(*self.vectors[region]), self.threshold)

    def coherent(self, region: str) -> bool:
        """Most of the region moves in one direction."""
        concentration = self.motions[region].concentration
        return concentration is not None and concentration >= self.settings.concentration

    def agrees(self, region: str, direction: Direction) -> bool:
        """The region by itself moves that way: above the floor, coherent, within tolerance and growing."""
        if region not in self.vectors or not self.coherent(region) or self.motions[region].grows is False:
            return False
        along, across = turn(self.vectors[region], region, direction)
        angle = abs(math.degrees(math.atan2(across, along)))
        return _above(along, self.threshold) and angle <= self.settings.tolerance

    # --- labels

    def weigh(self, label: AULabel) -> _Result:
        """The label by itself, over all sides that it speaks of."""
        unit = au_table().get(label.au)
        if unit is None or unit.rule is None:
            why = unit.why if unit is not None else None
            return _Result("unobservable", why or "the AU is not in the table")
        if label.doubtful and label.source != "annotation":  # another AU of the clip may have raised the score
            return _Result("unverified", "the detector itself is not sure of this label")
        return _combine([self._weigh_side(unit, side) for side in sides(unit, label.side)])

    def allow_for(self, found: _Result, supported: list[AULabel]) -> _Result:
        """An antagonist hides an AU, it does not refute it: in 1+4 the inner brows may well rise."""
        if found.verdict != "contradicted":
            return found
        stronger = [{x.au for x in supported if self._explains(x, region)} for region in found.regions]
        if not all(stronger):
            return found
        names = ", ".join(f"AU {au} ({au_name(au)})" for au in sorted(set().union(*stronger)))
        reason = f"hidden by {names}, which is also labelled and moves the same skin the other way"
        return _Result("unverified", reason, found.projection)

    def _weigh_side(self, unit: ActionUnit, side: Side) -> _Result:
        assert unit.rule is not None
        projection = project(unit.rule, self.vectors, side)
        if projection is None:
            return _Result("unmeasurable", self._why_unmeasurable(unit, side))
        threshold = self.threshold * projection.noise
        if abs(projection.along) < threshold or projection.along == 0:
            return _Result("unverified", self._below(projection, threshold), projection)
        toward = projection.along > 0
        angle = projection.angle if toward else 180 - projection.angle
        if angle > self.settings.tolerance:
            reason = f"the motion lies {projection.angle:.0f} degrees off the expected direction"
            return _Result("unverified", reason, projection)
        candidates = [
            (region, direction if toward else OPPOSITE[direction])
            for region, direction in self._deciding(unit, side)
            if region in self.vectors
        ]
        carriers = tuple(region for region, direction in candidates if self.agrees(region, direction))
        if not carriers:
            return _Result("unverified", self._why_no_carrier(candidates), projection)
        size = f"{abs(projection.along):.1f} % of the inter-ocular distance"
        if toward:
            return _Result("supported", f"the flow shows {size} in the expected direction", projection, carriers)
        return _Result("contradicted", f"the flow shows {size} in the opposite direction", projection, carriers)

    def _deciding(self, unit: ActionUnit, side: Side) -> Iterator[tuple[str, Direction]]:
        assert unit.rule is not None
        bases = [*unit.rule.parts, *(unit.rule.against if unit.rule.mutual else ())]
        expected = directions_of(unit)
        return ((region, expected[base]) for base in bases for region in regions_of(base, side))

    def _why_unmeasurable(self, unit: ActionUnit, side: Side) -> str:
        assert unit.rule is not None
        bases = [*unit.rule.parts, *unit.rule.against]
        missing = [r for base in bases for r in regions_of(base, side) if r not in self.vectors]
        why = next((w for r in missing if r in self.motions and (w := self.motions[r].why_unreliable)), None)
        names = ", ".join(phrase(region) for region in missing)
        return f"no reliable flow at the {names}" + (f" ({why})" if why else "")

    def _below(self, projection: Projection, threshold: float) -> str:
        if projection.along == 0:
            return "no motion along the expected direction"
        return (
            f"{projection.along:+.2f} % of the inter-ocular distance along the expected direction is within the noise "
            f"(below {threshold:.2f} %)"
        )

    def _why_no_carrier(self, candidates: list[tuple[str, Direction]]) -> str:
        strong = [region for region, _ in candidates if self.moved(region)]
        if not strong:
            return "no single region moves clearly"
        if not any(self.coherent(region) for region in strong):
            return "the motion there has no common direction"
        if any(self.motions[region].grows is False for region in strong):
            return "the motion does not grow from onset to apex"
        return "no single region moves that way by itself"

    # --- records

    def verdict(self, label: AULabel, found: _Result) -> AUVerdict:
        """The result as a record."""
        unit = au_table().get(label.au)
        projection = found.projection
        decided = projection is not None and abs(projection.along) >= self.threshold * projection.noise > 0
        return AUVerdict(
            au=label.au,
            name=au_name(label.au),
            side=label.side,
            source=label.source,
            verdict=found.verdict,
            measure=unit.rule.measure if unit and unit.rule else "none",
            expected=_expected(unit, label.side),
            observed=None if unit is None or projection is None else self._observed(unit, label.side, found),
            projection=None if projection is None else _round(projection.along),
            snr=None if projection is None or self.floor <= 0 else _round(projection.along / self.floor),
            angle_error=_round(projection.angle) if projection is not None and decided else None,
            regions=list(found.regions),
            reason=found.reason,
        )

    def _observed(self, unit: ActionUnit, side: Side, found: _Result) -> str:
        """The motion of the regions that carry the verdict; where none does, of the deciding ones that move most."""
        named = list(found.regions)
        if not named:
            deciding = {r: None for s in sides(unit, side) for r, _ in self._deciding(unit, s) if self.moved(r)}
            named = sorted(deciding, key=lambda region: -math.hypot(*self.vectors[region]))[:2]
        return ", ".join(self._describe(region) for region in named) or "no clear motion"

    def _describe(self, region: str) -> str:
        vector = self.vectors[region]
        return f"{phrase(region)} {_direction_words(vector, region)} {math.hypot(*vector):.1f} %"

    def region(self, motion: RegionMotion, supported: list[AULabel]) -> RegionEvidence:
        """What may be said about one region, given the supported labels."""
        if motion.region not in self.vectors:
            return RegionEvidence(region=motion.region, status="unmeasurable")
        magnitude = math.hypot(*self.vectors[motion.region])
        if not self.moved(motion.region):
            return RegionEvidence(region=motion.region, status="still", magnitude=_round(magnitude))
        coherent = self.coherent(motion.region)
        explaining = {label.au for label in supported if self._explains(label, motion.region)}
        return RegionEvidence(
            region=motion.region,
            status="moved",
            octant=motion.octant if coherent else None,
            degrees=motion.degrees if coherent else None,
            magnitude=_round(magnitude),
            strength=_strength(magnitude, self.settings),
            frame=motion.frame,
            aus=sorted(explaining),
        )

    def _explains(self, label: AULabel, region: str) -> bool:
        """The AU moves this region, on a side that the label speaks of, in the direction in which it moved."""
        direction = directions_of(au_table()[label.au]).get(base_of(region))
        on_side = label.side == "both" or side_of(region) in (None, label.side)
        return direction is not None and on_side and self.agrees(region, direction)


def _combine(results: list[_Result]) -> _Result:
    """One result of one or two sides: a verdict of one side holds unless the other side says the opposite."""
    verdicts = {result.verdict for result in results}
    measured = [result for result in results if result.projection is not None]
    if not measured:
        return results[0]
    for verdict in ("supported", "contradicted"):
        ours = [result for result in measured if result.verdict == verdict]
        if ours and not {"supported", "contradicted"} <= verdicts:
            best = max(ours, key=_size)
            return _Result(verdict, best.reason, best.projection, tuple(r for o in ours for r in o.regions))
    best = max(measured, key=_size)
    reason = "the two sides move in opposite directions" if "supported" in verdicts else best.reason
    return _Result("unverified", reason, best.projection)


def _size(result: _Result) -> float:
    return abs(result.projection.along) if result.projection is not None else 0.0


def _expected(unit: ActionUnit | None, side: Side) -> str:
    if unit is None or unit.expected is None or unit.expected_one is None:
        return "no motion that a region shows"
    return f"{side} {unit.expected_one}" if unit.sided and side != "both" else unit.expected


def _strength(magnitude: float, settings: EvidenceSettings) -> Strength:
    return "strong" if magnitude >= settings.strong else "moderate" if magnitude >= settings.moderate else "slight"


def _direction_words(vector: tuple[float, float], region: str) -> str:
    """``up and outward``; sideways motion on the mid-line goes to the image's left or right."""
    along = {direction: turn(vector, region, direction)[0] for direction in VECTORS}
    words = max(along, key=lambda direction: along[direction]).replace("-", " and ")
    if side_of(region) is None:
        words = words.replace("outward", "to the image's right").replace("inward", "to the image's left")
    return words


def _above(value: float, threshold: float) -> bool:
    return value > 0 and value >= threshold


def _round(value: float) -> float:
    return round(value, 4)
