"""The instruction types: which of them a clip's evidence allows, and the line format of the (C, E, R) answer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from unimer.evidence import directions_of
from unimer.faces.regions import base_of, region_names, side_of
from unimer.facs.rules import regions_of
from unimer.facs.table import au_table
from unimer.records import AUVerdict, Evidence, Labels, Side, Task
from unimer.text.facts import Facts, deciding_regions

TASKS: tuple[Task, ...] = (
    "motion_description",
    "au_list",
    "au_present",
    "au_side",
    "emotion_coarse",
    "emotion_fine",
    "full",
    "no_motion",
)

_TOP_DOWN = (
    "forehead",
    "glabella",
    "inner_brow",
    "middle_brow",
    "outer_brow",
    "upper_lid",
    "lower_lid",
    "infra_orbital",
    "cheek",
    "nose_bridge",
    "nose_wing",
    "nasolabial",
    "upper_lip",
    "mouth_corner",
    "lower_lip",
    "jaw",
    "chin",
)
_CLASS = re.compile(r"Class: (\S.*)")
_ITEM = re.compile(r"- (\S.*)")
_RATIONALE = re.compile(r"Rationale: (\S.*)")


@dataclass(frozen=True)
class CER:
    """A (C, E, R) answer: class, one line of evidence an Action Unit, rationale."""

    emotion: str
    evidence: tuple[str, ...]
    rationale: str

    def text(self) -> str:
        """The line format that ``parse_cer`` reads."""
        lines = [
            f"Class: {self.emotion}",
            "Evidence:",
            *(f"- {e}" for e in self.evidence),
            f"Rationale: {self.rationale}",
        ]
        return "\n".join(lines)


def parse_cer(text: str) -> CER:
    """Reads the line format of a (C, E, R) answer::

        Class: disgust
        Evidence:
        - AU4 (brow lowerer): both inner brows move down and together
        Rationale: ...

    Raises:
        ValueError: a line is missing, out of order, empty or more than there should be.
    """
    lines = text.split("\n")
    if len(lines) < 4:
        raise ValueError("a (C, E, R) answer has at least four lines: Class, Evidence, one item, Rationale")
    emotion = _CLASS.fullmatch(lines[0])
    rationale = _RATIONALE.fullmatch(lines[-1])
    items = [_ITEM.fullmatch(line) for line in lines[2:-1]]
    if emotion is None:
        raise ValueError('line 1 must be "Class: ..."')
    if lines[1] != "Evidence:":
        raise ValueError('line 2 must be "Evidence:"')
    if rationale is None:
        raise ValueError('the last line must be "Rationale: ..."')
    for number, item in enumerate(items, 3):
        if item is None:
            raise ValueError(f'line {number} must be "- ..."')
    return CER(emotion.group(1), tuple(i.group(1) for i in items if i is not None), rationale.group(1))


def supported(evidence: Evidence) -> list[AUVerdict]:
    """Supported verdicts in the order of their numbers."""
    return sorted((v for v in evidence.aus if v.verdict == "supported"), key=lambda v: (v.au, v.side))


def unclear(evidence: Evidence) -> list[AUVerdict]:
    """Annotated Action Units that a text may neither call present nor absent; supported numbers left out."""
    carried = {v.au for v in evidence.aus if v.verdict == "supported"}
    return sorted(
        (
            v
            for v in evidence.aus
            if v.verdict in ("unverified", "unmeasurable", "unobservable") and v.au not in carried
        ),
        key=lambda v: (v.au, v.side),
    )


def moving_regions(facts: Facts) -> list[str]:
    """Regions that a text may say to move, top to bottom."""
    return sorted((r for r in facts.regions if facts.moved(r)), key=_height)


def explained_regions(facts: Facts, verdict: AUVerdict) -> list[str]:
    """Moving regions that an Action Unit explains, on the labelled side: those that decide it, else all."""
    own = [r for r in moving_regions(facts) if verdict.au in facts.regions[r].aus]
    own = [r for r in own if verdict.side == "both" or side_of(r) in (None, verdict.side)]
    return [r for r in own if r in verdict.regions] or own


@cache
def _height(region: str) -> tuple[int, int]:
    base, order = base_of(region), region_names()
    return (
        _TOP_DOWN.index(base) if base in _TOP_DOWN else len(_TOP_DOWN),
        order.index(region) if region in order else 0,
    )


@cache
def claimed_regions(au: int, side: Side = "both") -> frozenset[str]:
    """Regions with side that an Action Unit may move."""
    row = au_table().get(au)
    if row is None:
        return frozenset()
    bases = {*directions_of(row), *(row.rule.against if row.rule else ())}
    return frozenset(r for base in bases for r in regions_of(base, side))


def has_side(facts: Facts, verdict: AUVerdict) -> bool:
    """Whether it makes sense to ask for the side of an Action Unit, and label and flow answer it.

    An Action Unit that is never one-sided (the lips part, the jaw drops) has none worth asking for.
    """
    row = au_table().get(verdict.au)
    return verdict.side != "both" or (row is not None and row.sided and facts.side(verdict) is not None)


def quiet_regions(evidence: Evidence, labels: Labels) -> list[str]:
    """Still regions that no labelled Action Unit should move: saying that they are still contradicts no label."""
    busy = {r for label in labels.aus for r in claimed_regions(label.au, label.side)}
    busy |= {r for v in evidence.aus for r in v.regions}
    return [r.region for r in evidence.regions if r.status == "still" and r.region not in busy]


def absent_units(facts: Facts, labels: Labels) -> list[int]:
    """Action Units that neither the label nor the flow shows: not labelled, and all skin they would move is still.

    None where the clip has no labels at all: nobody has looked for Action Units in it.
    """
    known = {label.au for label in labels.aus} | set(facts.verdicts)
    found = []
    for au in au_table() if known else ():
        regions = () if au in known else deciding_regions(au)
        if regions and all(r in facts.regions and facts.regions[r].status == "still" for r in regions):
            found.append(au)
    return found


def applicable(evidence: Evidence, labels: Labels) -> list[Task]:
    """Tasks for which a truthful sample can be written, in the order of ``TASKS``.

    A clip that is not grounded gets only what rests on the label alone (emotion, said to be the annotation's) and
    on what does not move.
    """
    facts, carried = Facts.of(evidence), supported(evidence)
    allowed: set[Task] = set()
    if evidence.grounded:
        if any(facts.moved(r) for r in facts.regions):
            allowed.add("motion_description")
        if carried:
            allowed |= {"au_list", "au_present"}
        if any(has_side(facts, v) for v in carried):
            allowed.add("au_side")
        if carried and (labels.emotion or labels.emotion_coarse):
            allowed.add("full")
    if absent_units(facts, labels):
        allowed.add("au_present")
    if labels.emotion_coarse:
        allowed.add("emotion_coarse")
    if labels.emotion:
        allowed.add("emotion_fine")
    hidden = any(r.status == "unmeasurable" for r in evidence.regions)
    if quiet_regions(evidence, labels) or unclear(evidence) or hidden:
        allowed.add("no_motion")
    return [t for t in TASKS if t in allowed]
