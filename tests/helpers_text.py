"""One hand-made clip whose evidence holds every kind of verdict and region status."""

from __future__ import annotations

from benchmarks.synthetic_evidence import Case
from unimer.faces.regions import region_names
from unimer.facs.table import au_name
from unimer.records import (
    AULabel,
    AUVerdict,
    Clip,
    Evidence,
    FrameSource,
    Labels,
    RegionEvidence,
    Side,
    Strength,
    Verdict,
    octant_of,
)


def moved(region: str, degrees: float, strength: Strength, aus: list[int]) -> RegionEvidence:
    magnitude = {"slight": 0.6, "moderate": 1.8, "strong": 3.5}[strength]
    return RegionEvidence(
        region=region,
        status="moved",
        octant=octant_of(degrees),
        degrees=degrees,
        magnitude=magnitude,
        strength=strength,
        aus=aus,
    )


def verdict(au: int, side: Side, state: Verdict, regions: list[str]) -> AUVerdict:
    return AUVerdict(
        au=au,
        name=au_name(au),
        side=side,
        source="annotation",
        verdict=state,
        measure="direction",
        expected="see the table",
        regions=regions,
        reason="made up",
    )


def hand_case() -> Case:
    """AU1 both sides and AU12 left supported, AU7 unverified, AU24 unmeasurable, AU6 unobservable; happiness."""
    special = {
        "inner_brow_left": moved("inner_brow_left", 95.0, "slight", [1]),
        "inner_brow_right": moved("inner_brow_right", 85.0, "slight", [1]),
        "forehead": moved("forehead", 90.0, "slight", [1]),
        "mouth_corner_left": moved("mouth_corner_left", 45.0, "strong", [12]),
        "cheek_left": moved("cheek_left", 80.0, "moderate", [12]),
        "nasolabial_left": moved("nasolabial_left", 50.0, "moderate", [12]),
        "jaw_left": moved("jaw_left", 270.0, "moderate", []),
    }
    hidden = {"lower_lid_left", "upper_lip_left", "upper_lip_right"}
    regions = [
        special.get(n) or RegionEvidence(region=n, status="unmeasurable" if n in hidden else "still", magnitude=None)
        for n in region_names()
    ]
    labels = [AULabel(au=1), AULabel(au=12, side="left"), AULabel(au=7), AULabel(au=24), AULabel(au=6)]
    evidence = Evidence(
        aus=[
            verdict(1, "both", "supported", ["inner_brow_left", "inner_brow_right"]),
            verdict(12, "left", "supported", ["mouth_corner_left"]),
            verdict(7, "both", "unverified", []),
            verdict(24, "both", "unmeasurable", []),
            verdict(6, "both", "unobservable", []),
        ],
        regions=regions,
        unexplained=["jaw_left"],
        grounded=True,
    )
    clip = Clip(
        id="made/up/01",
        corpus="made",
        subject="up",
        clip="01",
        frames=FrameSource(kind="folder", path="x"),
        aus=labels,
        emotion="happiness",
        emotion_coarse="positive",
    )
    return Case(clip, Labels(emotion="happiness", emotion_coarse="positive", aus=labels), evidence)
