"""Varied but plausible clips with Evidence and Labels, made up from a seed: what the text benchmarks and tests run on.

The regions and directions of an Action Unit come from the AU table; everything else (which are labelled, which side,
verdicts, extra motion, what could not be measured) is drawn at random.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from unimer.evidence import directions_of
from unimer.faces.regions import base_of, region_names, side_of
from unimer.facs.emotions import coarse, emotions
from unimer.facs.table import VECTORS, au_table
from unimer.records import (
    AULabel,
    AUSource,
    AUVerdict,
    Clip,
    Evidence,
    FrameSource,
    HeadMotion,
    Labels,
    Motion,
    RegionEvidence,
    Verdict,
    octant_of,
)

COMMON = [1, 2, 4, 4, 4, 6, 7, 7, 9, 10, 12, 12, 12, 14, 14, 15, 17, 17, 20, 24, 25, 26, 5, 16, 18, 43]
SOURCES: list[AUSource] = ["annotation", "openface", "pyfeat-table", "pyfeat", "blendshapes"]
MOTION = Motion(
    onset=1,
    apex=20,
    onset_origin="annotated",
    apex_origin="annotated",
    preset="balanced",
    frames_averaged=3,
    guided=False,
    face="found",
    inter_ocular_px=100.0,
    head=HeadMotion(dx=0, dy=0, rotation=0, scale=1),
    noise_floor=0.1,
    noise_source="stable",
    regions=[],
)


@dataclass(frozen=True)
class Case:
    """One made-up clip."""

    clip: Clip
    labels: Labels
    evidence: Evidence


def make_case(seed: int) -> Case:
    """The clip of a seed."""
    rng = random.Random(seed)
    labels, states = [], {}
    source: AUSource = rng.choices(SOURCES, weights=[60, 10, 5, 10, 15])[0]
    for au in dict.fromkeys(rng.choices(COMMON, k=rng.choice([1, 1, 2, 2, 3, 4]))):
        side = rng.choice(["both", "both", "both", "left", "right"])
        labels.append(AULabel(au=au, side=side, source=source))
        row = au_table()[au]
        if row.rule is None:
            states[au] = "unobservable"
        else:
            states[au] = rng.choices(
                ["supported", "unverified", "unmeasurable", "contradicted"], weights=[70, 18, 8, 4]
            )[0]
    stirred = {au for au in states if rng.random() < 0.5}
    regions: dict[str, RegionEvidence] = {}
    for name in region_names():
        regions[name] = _region(name, labels, states, stirred, rng)
    verdicts = [_verdict(label, states[label.au], regions) for label in labels]
    verdicts = [
        v if v.verdict != "supported" or v.regions else v.model_copy(update={"verdict": "unverified"})
        for v in verdicts
    ]
    carried = {v.au for v in verdicts if v.verdict == "supported"}
    entries = [r.model_copy(update={"aus": [a for a in r.aus if a in carried]}) for r in regions.values()]
    found = [v.verdict for v in verdicts]
    emotion = rng.choice([e for e in emotions() if e not in ("negative", "positive")] + [None])
    level = coarse(emotion, "casme2") if emotion else rng.choice([None, "negative", "positive"])
    evidence = Evidence(
        aus=verdicts,
        regions=entries,
        unexplained=[r.region for r in entries if r.status == "moved" and not r.aus],
        grounded="supported" in found and "contradicted" not in found,
    )
    clip = Clip(
        id=f"synth/s{seed % 30:02d}/c{seed}",
        corpus="synth",
        subject=f"s{seed % 30:02d}",
        clip=f"c{seed}",
        frames=FrameSource(kind="folder", path="x"),
        aus=labels,
        emotion=emotion,
        emotion_coarse=level,
    )
    return Case(clip, Labels(emotion=emotion, emotion_coarse=level, aus=labels), evidence)


def _region(
    name: str, labels: list[AULabel], states: dict[int, str], stirred: set[int], rng: random.Random
) -> RegionEvidence:
    """An unverified Action Unit that is ``stirred`` moves some skin, but otherwise than it should."""
    side, base = side_of(name), base_of(name)
    here = [x for x in labels if x.side == "both" or side in (None, x.side)]
    own = {
        states[x.au]
        for x in here
        if base in (au_table()[x.au].rule or _NO_RULE).parts and (states[x.au] != "unverified" or x.au in stirred)
    }
    if "unmeasurable" in own:
        return RegionEvidence(region=name, status="unmeasurable")
    if own == {"unverified"} and rng.random() < 0.7:
        return _moved(name, rng.uniform(0, 360), [], rng)
    if rng.random() < 0.06:
        return RegionEvidence(region=name, status="unmeasurable")
    acting = [
        label
        for label in labels
        if states[label.au] == "supported"
        and base in directions_of(au_table()[label.au])
        and (label.side == "both" or side in (None, label.side))
    ]
    deciding = [a for a in acting if base in (au_table()[a.au].rule or _NO_RULE).parts]
    if acting and (deciding or rng.random() < 0.6) and rng.random() < 0.93:
        leader = (deciding or acting)[0]
        out, up = VECTORS[directions_of(au_table()[leader.au])[base]]
        right = out if side == "left" else -out if side == "right" else 0.0
        degrees = _angle(right, up) + rng.uniform(-40, 40)
        aus = [a.au for a in acting]
        return _moved(name, degrees % 360, aus, rng)
    if not acting and rng.random() < 0.05:
        return _moved(name, rng.uniform(0, 360), [], rng)
    return RegionEvidence(region=name, status="still", magnitude=round(rng.uniform(0, 0.25), 4))


class _NoRule:
    parts: dict[str, str] = {}


_NO_RULE = _NoRule()


def _angle(right: float, up: float) -> float:
    import math

    return math.degrees(math.atan2(up, right)) % 360


def _moved(name: str, degrees: float, aus: list[int], rng: random.Random) -> RegionEvidence:
    magnitude = round(rng.uniform(0.3, 4.0), 4)
    strength = "slight" if magnitude < 1 else "moderate" if magnitude < 2.5 else "strong"
    return RegionEvidence(
        region=name,
        status="moved",
        octant=octant_of(degrees),
        degrees=round(degrees, 4),
        magnitude=magnitude,
        strength=strength,
        aus=aus,
    )


def _verdict(label: AULabel, state: str, regions: dict[str, RegionEvidence]) -> AUVerdict:
    row = au_table()[label.au]
    parts = row.rule.parts if row.rule else {}
    carrying = [
        n
        for n, r in regions.items()
        if base_of(n) in parts and r.status == "moved" and label.au in r.aus and state == "supported"
    ]
    verdict: Verdict = state  # type: ignore[assignment]
    return AUVerdict(
        au=label.au,
        name=row.name,
        side=label.side,
        source=label.source,
        verdict=verdict,
        measure="direction",
        expected=row.expected or "nothing to look for",
        regions=carrying,
        reason="made up",
    )
