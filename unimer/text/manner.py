"""Words of manner that the evidence can check: "one-sided", "asymmetric", "oblique", "vertical", "opposite".

The gate lets these words pass (``manner`` in ``data/lexicon.yaml``); here each must hold for the motions that it
is said of.
"""

from __future__ import annotations

from collections.abc import Callable

from unimer.faces.regions import mirror, side_of
from unimer.records import Claim, Side
from unimer.resources import load_yaml
from unimer.text.clauses import SENTENCE_ENDS
from unimer.text.facts import Facts, claimed
from unimer.text.meaning import BEARING
from unimer.text.mentions import read_mentions
from unimer.text.reading import Reading

_OPPOSED = 135.0  # degrees: at least three octants lie between
_AGREEING = {
    "agree",
    "agrees",
    "agreed",
    "agreeing",
    "agreement",
    "concur",
    "concurs",
    "coincide",
    "coincides",
    "harmony",
}
_AGREEING |= {
    "accord",
    "accords",
    "unison",
    "consistent",
    "compatible",
    "correspond",
    "corresponds",
    "match",
    "matches",
}
_SYMMETRIC = {"symmetric", "symmetrical", "symmetrically", "evenly", "symmetry"}
_OTHER: dict[str | None, Side] = {"left": "right", "right": "left"}
_REACH = 3  # words before, in which a negation takes the word back


def find_manner(text: str, claims: list[Claim], facts: Facts) -> list[str]:
    """Words of manner that do not hold or cannot be told, each in words."""
    kinds = {word: kind for kind, listed in load_yaml("data/lexicon.yaml")["manner"].items() for word in listed}
    reading, found = read_mentions(text), []
    for i, token in enumerate(reading.tokens):
        kind = kinds.get(token.text)
        if kind is None or (token.text == "sided" and reading.word(i - 1) != "one"):
            continue
        denied = any(m.kind == "negation" and i - _REACH <= m.last < i for m in reading.mentions)
        told = _sentence(reading, i, claims)
        holds = (
            _of_units(kind, reading, i, claims, facts)
            if kind in ("belied", "solely")
            else _holds(kind, told, claims, token.start, facts)
        )
        if denied or not holds:
            found.append(f'"{token.text}" does not hold or cannot be told')
    return found + _agreements(reading, claims, facts) + _symmetries(reading, claims, facts)


def _shown(told: list[Claim]) -> bool:
    return any(c.kind == "au" and c.about == "itself" and not c.negated for c in told)


def _symmetries(reading: Reading, claims: list[Claim], facts: Facts) -> list[str]:
    """ "The lip rises symmetrically": by the same strength on both sides, not only on both."""
    found = []
    for i, token in enumerate(reading.tokens):
        moves = [c for c in _sentence(reading, i, claims) if _moves(c)] if token.text in _SYMMETRIC else []
        names = [n for c in moves for n in claimed(c) if facts.moved(n) and side_of(n)]
        if any(_status(mirror(n), facts) != "moved" or _uneven(n, facts) for n in names):
            found.append(f'"{token.text}" of what moves by unequal strengths')
    return found


def _agreements(reading: Reading, claims: list[Claim], facts: Facts) -> list[str]:
    """ "The flow and the label AU4 agree": only of units that the flow supports."""
    found = []
    for i, token in enumerate(reading.tokens):
        if token.text == "against" and not any(m.first <= i <= m.last for m in reading.mentions):
            found += ['"against" of a unit that the flow supports'] if _shown(_sentence(reading, i, claims)) else []
        if token.text not in _AGREEING and not _borne_out(reading, i, claims):
            continue
        named = [c for c in _sentence(reading, i, claims) if c.kind == "au" and not c.negated and c.about == "label"]
        if any(not facts.supported(c.au) for c in named if c.au is not None):
            found.append(f'"{token.text}" of a unit that the flow does not support')
    return found


def _borne_out(reading: Reading, place: int, claims: list[Claim]) -> bool:
    """Whether a word of support is read of no unit of its sentence: "AU17 is labelled, a unit that the flow backs"."""
    word = next((m for m in reading.mentions if m.first <= place <= m.last and m.kind == "measuring"), None)
    if word is None or word.value not in BEARING or word.first != place:
        return False
    start = max((k for k in range(place) if reading.word(k) in SENTENCE_ENDS), default=-1)
    denied = any(m.kind == "negation" and start < m.first < place for m in reading.mentions)
    return not denied and all(c.about == "label" for c in _sentence(reading, place, claims) if c.kind == "au")


def _sentence(reading: Reading, place: int, claims: list[Claim]) -> list[Claim]:
    """The claims of the sentence of a token."""
    ends = [t for t in reading.tokens if t.text in SENTENCE_ENDS]
    token = reading.tokens[place]
    low = max((t.end for t in ends if t.end <= token.start), default=0)
    high = min((t.start for t in ends if t.start >= token.end), default=reading.tokens[-1].end)
    return [c for c in claims if c.start < high and low < c.end]


def _holds(kind: str, told: list[Claim], claims: list[Claim], place: int, facts: Facts) -> bool:
    moves = [c for c in told if _moves(c)] or [c for c in claims if _moves(c)]
    if kind == "one_sided":
        if not moves:  # "One-sided, the lift spares the right half": of the other half
            moves = [c.model_copy(update={"side": _OTHER[c.side]}) for c in told if c.side in _OTHER and c.negated]
            moves = [c for c in moves if c.kind == "motion" and c.about == "itself"]
        return _labelled_on_one_side(told, claims) if not moves else all(_one_sided(c, facts) for c in moves)
    names = [n for c in moves for n in claimed(c) if facts.moved(n)]
    if kind == "uneven":
        return any(_uneven(n, facts) for n in names)
    if kind == "opposite":
        return any(_apart(a, b, facts) >= _OPPOSED for a in names for b in names)
    if kind == "same_way":
        return _same_way(sorted(moves, key=lambda c: _distance(c, place)), facts)
    near = min((_distance(c, place) for c in moves), default=0)
    meant = [n for c in moves if _distance(c, place) == near for n in claimed(c) if facts.moved(n)]
    octants = {facts.regions[n].octant or "" for n in meant}
    return bool(octants) and all(_OCTANTS[kind](o) for o in octants)


_OCTANTS: dict[str, Callable[[str], bool]] = {
    "oblique": lambda octant: "-" in octant,
    "vertical": lambda octant: octant in ("up", "down"),
    "horizontal": lambda octant: octant in ("left", "right"),
}


def _moves(claim: Claim) -> bool:
    return claim.kind == "motion" and claim.about == "itself" and not claim.negated


def _of_units(kind: str, reading: Reading, place: int, claims: list[Claim], facts: Facts) -> bool:
    """Of the unit named last: "belied", it is labelled and the flow contradicts it; "solely", only it is supported."""
    named = [m for m in reading.mentions if m.kind == "au" and m.first < place]
    units = set(named[-1].aus) if named else set()
    if kind == "solely":
        return units == {au for au in facts.verdicts if facts.supported(au)}
    labelled = {c.au for c in claims if c.kind == "au" and c.about == "label" and not c.negated}
    verdicts = [v.verdict for au in units for v in facts.verdicts.get(au, [])]
    return bool(verdicts) and units <= labelled and set(verdicts) == {"contradicted"}


def _labelled_on_one_side(told: list[Claim], claims: list[Claim]) -> bool:
    units = {c.au for c in told if c.kind == "au"}
    return bool(units) and units <= {c.au for c in claims if c.kind == "au" and c.side in ("left", "right")}


def _one_sided(claim: Claim, facts: Facts) -> bool:
    """Whether what a claim names moves on one side, while the other was measured and is still."""
    names = [n for n in claimed(claim) if facts.moved(n)]
    return bool(names) and all(side_of(n) and _status(mirror(n), facts) == "still" for n in names)


def _uneven(name: str, facts: Facts) -> bool:
    """Whether the same region of the other side was measured, and is still or moves by another strength."""
    if side_of(name) is None or _status(mirror(name), facts) not in ("still", "moved"):
        return False
    return facts.regions[mirror(name)].strength != facts.regions[name].strength


def _status(name: str, facts: Facts) -> str:
    return facts.regions[name].status if name in facts.regions else "unmeasurable"


def _same_way(moves: list[Claim], facts: Facts) -> bool:
    """Whether the first two regions that are spoken of move alike, left and right being mirrored."""
    pair = list(dict.fromkeys((c.region, c.side) for c in moves))[:2]
    if len(pair) < 2:
        return False
    one, other = ([n for c in moves if (c.region, c.side) == p for n in claimed(c) if facts.moved(n)] for p in pair)
    ways = [[d for d in (facts.degrees(a), facts.degrees(b)) if d is not None] for a in one for b in other]
    pairs = [(way[0], way[1]) for way in ways if len(way) == 2]
    apart = [min(abs((x - y + 180) % 360 - 180), abs((x + y) % 360 - 180)) for x, y in pairs]
    return bool(apart) and max(apart) < 90


def _apart(a: str, b: str, facts: Facts) -> float:
    """Degrees between the directions of two regions."""
    one, other = facts.degrees(a), facts.degrees(b)
    return 0.0 if one is None or other is None else abs((one - other + 180) % 360 - 180)


def _distance(claim: Claim, place: int) -> int:
    return max(claim.start - place, place - claim.end, 0)
