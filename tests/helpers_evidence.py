"""Hand-made Motion records for the tests of evidence and calibration."""

from __future__ import annotations

import math
from typing import Any

from unimer.faces.regions import mirror, region_names
from unimer.records import AULabel, AUVerdict, HeadMotion, Motion, Octant, RegionMotion, Side
from unimer.settings import EvidenceSettings

FLOOR = 0.1
OCTANTS: list[Octant] = ["right", "up-right", "up", "up-left", "left", "down-left", "down", "down-right"]
SETTINGS = EvidenceSettings()


def region(name: str, dx: float = 0.0, dy: float = 0.0, **changes: Any) -> RegionMotion:
    """A reliable region that moves by (dx, dy), x to the image's right, y up, % of inter-ocular distance."""
    degrees = math.degrees(math.atan2(dy, dx)) % 360
    fields: dict[str, Any] = {
        "reliable": True,
        "dx": dx,
        "dy": dy,
        "magnitude": math.hypot(dx, dy),
        "degrees": degrees,
        "octant": OCTANTS[round(degrees / 45) % 8],
        "concentration": 0.9,
        "snr": math.hypot(dx, dy) / FLOOR,
    }
    return RegionMotion(region=name, **{**fields, **changes})


def lost(name: str) -> RegionMotion:
    return RegionMotion(region=name, reliable=False, why_unreliable="residual 9.1")


def motion(*moving: RegionMotion, floor: float = FLOOR) -> Motion:
    """All 30 regions; those not given stand still."""
    given = {r.region: r for r in moving}
    assert set(given) <= set(region_names())
    return Motion(
        onset=1,
        apex=9,
        onset_origin="annotated",
        apex_origin="annotated",
        preset="balanced",
        frames_averaged=3,
        guided=False,
        face="found",
        inter_ocular_px=100.0,
        head=HeadMotion(dx=0.0, dy=0.0, rotation=0.0, scale=1.0),
        noise_floor=floor,
        noise_source="frames before onset",
        regions=[given.get(name) or region(name) for name in region_names()],
    )


def moves(**vectors: tuple[float, float]) -> Motion:
    """``moves(chin=(0, 1))``."""
    return motion(*(region(name, *vector) for name, vector in vectors.items()))


def label(au: int, side: Side = "both") -> AULabel:
    return AULabel(au=au, side=side)


def mirrored(subject: Motion) -> Motion:
    """The same face in a mirror."""
    turned = [
        lost(mirror(r.region))
        if r.dx is None or r.dy is None
        else region(mirror(r.region), -r.dx, r.dy, concentration=r.concentration, grows=r.grows)
        for r in subject.regions
    ]
    order = region_names()
    return subject.model_copy(update={"regions": sorted(turned, key=lambda r: order.index(r.region))})


def of(verdicts: list[AUVerdict], au: int) -> AUVerdict:
    return next(v for v in verdicts if v.au == au)
