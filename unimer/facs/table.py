"""The Action Units: FACS names, muscles and the skin motion that each should show (data/aus.yaml)."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

from unimer.resources import load_yaml

Direction = Literal["up", "down", "outward", "inward", "up-outward", "up-inward", "down-outward", "down-inward"]
Measure = Literal["direction", "relative"]
Reliability = Literal["good", "fair", "weak", "untested", "unobservable"]

_HALF = 2**-0.5
VECTORS: dict[Direction, tuple[float, float]] = {
    "up": (0.0, 1.0),
    "down": (0.0, -1.0),
    "outward": (1.0, 0.0),
    "inward": (-1.0, 0.0),
    "up-outward": (_HALF, _HALF),
    "up-inward": (-_HALF, _HALF),
    "down-outward": (_HALF, -_HALF),
    "down-inward": (-_HALF, -_HALF),
}
"""Unit vectors (outward, up). Outward is away from the mid-line: image right (0 degrees) for a ``_left`` region, image
left (180 degrees) for a ``_right`` one."""


@dataclass(frozen=True)
class Rule:
    """The motion that the dual constraint looks for.

    Attributes:
        measure: ``direction``: mean motion of the parts, each along its own direction. ``relative``: motion of the
            parts less that of ``against``.
        parts: regions without their side, and where each should move.
        against: regions that the parts are measured against (``relative`` only).
        mutual: ``against`` moves the opposite way by the AU itself, as the lips do when they part.
    """

    measure: Measure
    parts: dict[str, Direction]
    against: tuple[str, ...] = ()
    mutual: bool = False


@dataclass(frozen=True)
class ActionUnit:
    """One row of the table.

    Attributes:
        number: FACS number.
        name: FACS name in lower case, for example ``inner brow raiser``.
        sided: a one-sided label means that only that side moves.
        expected: the expected motion in words, both sides; None where FACS gives no skin motion to look for.
        expected_one: the same for one side, to be preceded by ``left`` or ``right``.
        rule: None where the AU has no usable rule: ``why`` says why not, and its verdict is ``unobservable``.
        accompanying: further regions that the AU moves; they decide nothing, but the AU explains their motion.
        reliability: how well the rule tells clips with the AU from clips without it.
        auc: of the rule's score on real clips, and ``clips``, how many of those had the AU.
        source: where the rule comes from.
    """

    number: int
    name: str
    muscle: str | None = None
    aliases: tuple[str, ...] = ()
    sided: bool = False
    expected: str | None = None
    expected_one: str | None = None
    rule: Rule | None = None
    why: str | None = None
    accompanying: dict[str, Direction] = field(default_factory=dict)
    reliability: Reliability = "unobservable"
    auc: float | None = None
    clips: int | None = None
    source: str | None = None


@cache
def au_table() -> dict[int, ActionUnit]:
    """All Action Units by number, in ascending order."""
    return {row["number"]: _action_unit(row) for row in load_yaml("data/aus.yaml")}


def au_name(number: int) -> str:
    """FACS name; ``AU 99`` for a number that is not in the table."""
    unit = au_table().get(number)
    return unit.name if unit else f"AU {number}"


def _action_unit(row: dict[str, Any]) -> ActionUnit:
    rule = row.get("rule")
    if rule is not None:
        rule = Rule(**{**rule, "against": tuple(rule.get("against", ()))})
    return ActionUnit(**{**row, "rule": rule, "aliases": tuple(row.get("aliases", ()))})
