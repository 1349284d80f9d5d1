"""Action Units from MediaPipe's blendshape network: the offline fallback (data/blendshapes.yaml).

Not validated against FACS coders; every label says ``source="blendshapes"`` and never replaces an annotated one.
"""

from __future__ import annotations

from functools import cache

from unimer.faces.landmarks import Face
from unimer.records import AULabel, Side
from unimer.resources import load_yaml
from unimer.settings import Settings


class Rule(Settings):
    """How one AU is read; see data/blendshapes.yaml. Either ``both`` or ``left`` and ``right`` are given."""

    au: int
    threshold: float
    both: list[str] = []
    left: str | None = None
    right: str | None = None
    shadowed_by: list[int] = []


class Rules(Settings):
    """The whole data file."""

    doubtful_below: float
    one_sided: float
    aus: list[Rule]


@cache
def rules() -> Rules:
    """The parsed data file."""
    return Rules.model_validate(load_yaml("data/blendshapes.yaml"))


def labels(onset: Face, apex: Face) -> list[AULabel]:
    """The AUs whose blendshapes rose from onset to apex by at least their threshold, ascending.

    ``score`` is the rise of the blendshape (the greater one of two sides), 0..1; ``intensity`` is None, for the rise
    is not a FACS intensity. ``doubtful``: under twice the threshold, or explained by a stronger AU
    (``shadowed_by`` in the data file).
    """
    table = rules()
    rises = {name: apex.blendshapes[name] - score for name, score in onset.blendshapes.items()}
    found = {rule.au: _read(rule, rises, table.one_sided) for rule in table.aus}
    kept = {rule.au: rule for rule in table.aus if found[rule.au][0] >= rule.threshold}
    result = []
    for au, rule in sorted(kept.items()):
        rise, side = found[au]
        shadowed = any(found[other][0] > rise for other in rule.shadowed_by if other in kept)
        result.append(
            AULabel(
                au=au,
                side=side,
                source="blendshapes",
                score=round(rise, 4),
                doubtful=shadowed or rise < table.doubtful_below * rule.threshold,
            )
        )
    return result


def _read(rule: Rule, rises: dict[str, float], one_sided: float) -> tuple[float, Side]:
    """Greatest rise of a rule's blendshapes, and the side it is on."""
    if rule.left is None or rule.right is None:
        return max(rises[name] for name in rule.both), "both"
    left, right = rises[rule.left], rises[rule.right]
    if left >= rule.threshold and right < one_sided * left:
        return left, "left"
    if right >= rule.threshold and left < one_sided * right:
        return right, "right"
    return max(left, right), "both"
