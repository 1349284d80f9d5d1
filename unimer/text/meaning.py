"""What a run of predicate words means: its directions, and what it says of an Action Unit."""

from __future__ import annotations

from unimer.records import About, Claim, Labeller
from unimer.text.chunks import PREDICATES, Run
from unimer.text.lexicon import Mention, grammar

_MEASUREMENT, _JUDGEMENT = grammar("measurement"), grammar("judgement")
_HUMAN, _PROGRAM = grammar("human"), grammar("program")
DOUBTS = frozenset(("measurement", "judgement", "support"))
"""``Claim.about`` of what denies not a motion but that the flow could tell."""

BEARING = grammar("bearing")
_HORIZONTAL = ("inward", "outward", "together", "apart", "image-left", "image-right")
_OPPOSITES = (
    ("up", "down"),
    ("inward", "outward"),
    ("together", "apart"),
    ("image-left", "image-right"),
    ("inward", "apart"),
    ("outward", "together"),
)


def doubt(said: list[Mention]) -> About:
    """What cannot be done with a motion: measure it, judge it, or only confirm that it belongs to something."""
    denials = [m.first for m in said if m.kind == "negation"]
    words = [m for m in said if m.kind == "unmeasurable" or (m.kind == "measuring" and _after(denials, m.first))]
    values = {m.value for m in words or said if m.kind in ("unmeasurable", "measuring")}
    return "measurement" if values & _MEASUREMENT else "judgement" if values & _JUDGEMENT else "support"


def _after(places: list[int], place: int) -> bool:
    return any(p < place for p in places)


def labeller(said: list[Mention]) -> Labeller | None:
    """Who is said to have labelled: "annotated", "the annotators" are people, "the detector" is a program."""
    values = {m.value for m in said if m.kind == "annotated"}
    return "program" if values & _PROGRAM else "annotation" if values & _HUMAN else None


def unit_mode(said: list[Mention]) -> tuple[About, bool]:
    """What is said of Action Units: (about, negated) of their claims."""
    run = Run([m for m in said if m.kind in PREDICATES | {"negation", "hedge"}])
    coded = [m for m in said if m.kind == "annotated"]
    if any(0 < c.first - n.last <= 3 and not run.between(n, c) for c in coded for n in run.of("negation")):
        return "itself", True  # "not annotated", "neither the annotation nor ..."
    if run.unmeasurable:
        return doubt(said), True
    if run.of("still") and not run.negated:
        return "motion", True
    if run.negated:
        denials = run.of("negation")
        denied_motion = bool(run.of("noun")) or any(
            n.first < m.first for m in run.of("verb", "direction") for n in denials
        )
        if denied_motion and any(m.value in BEARING for m in run.of("measuring")):
            return "support", True  # "no motion bears it out"
        return ("motion", True) if denied_motion else ("itself", True)
    if coded and not run.of("presence", "measuring", "verb", "noun"):
        return "label", False
    if labeller(coded) == "program" and {m.value for m in run.of(*PREDICATES)} == {"detect"}:
        return "label", False  # "detected by OpenFace"
    return "itself", False


def directions(run: Run) -> list[str | None]:
    """The directions of a run; one that holds together is one string such as ``up-outward``."""
    named: list[str] = []
    for atom in run.of("verb", "noun", "direction"):
        if atom.value and atom.value not in named:
            named.append(atom.value)
    if not named:
        return [None]
    opposed = any(a in named and b in named for a, b in _OPPOSITES)
    if len(named) == 1 or opposed or any(w in ("or", "nor") for w in run.words):
        return list(named)
    vertical = [d for d in named if d in ("up", "down")]
    horizontal = [d for d in named if d in _HORIZONTAL]
    if len(vertical) == 1 and horizontal:
        rest = [d for d in named if d not in (*vertical, *_HORIZONTAL)]
        return [f"{vertical[0]}-{horizontal[0]}", *horizontal[1:], *rest]
    return list(named)


def clone(mention: Mention, side: str | None, place: Mention) -> Mention:
    plural = mention.plural and side is None
    return Mention(mention.kind, mention.value, place.first, place.last, aus=mention.aus, side=side, plural=plural)


def here(regions: list[Mention], runs: list[Run]) -> list[Mention]:
    """The regions a pronoun stands for, placed where it is said."""
    place = runs[0].atoms[0]
    return [clone(m, m.side, place) for m in regions]


def without_repeats(claims: list[Claim]) -> list[Claim]:
    """Drops the second half of "AU12 (lip corner puller)" where it says nothing new."""
    kept: list[Claim] = []
    for claim in claims:
        twin = next(
            (
                k
                for k in kept
                if claim.kind == k.kind == "au"
                and claim.au == k.au
                and claim.start - k.end <= 3
                and claim.side in (k.side, None)
                and (claim.about, claim.negated) == (k.about, k.negated)
            ),
            None,
        )
        if twin is None:
            kept.append(claim)
    return kept
