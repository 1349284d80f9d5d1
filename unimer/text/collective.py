"""One cause for several motions that were told before: "These motions are explained by AU12 and AU17".

It holds where each motion meant is explained by one of the units, and each unit explains one of the motions.
"""

from __future__ import annotations

import re

from unimer.records import Claim
from unimer.text.comparisons import sentences
from unimer.text.facts import Facts, claimed
from unimer.text.mentions import read_mentions
from unimer.text.reading import Reading
from unimer.text.sharing import find_idle, find_nameless

_NOUN = r"(?:motion|movement|displacement|shift|change|pattern|combination|action|deed)s?"
_POINTING = re.compile(
    r"\b(?:these|those|this(?! (?:clip|face|side|sequence|video|recording))|all|together|both"
    rf"|(?:the|that)(?: \w+)? {_NOUN})\b"
)
_SEVERAL = re.compile(r"\b(?:these|those|both of (?:these|those|them|this|which)|all|together)\b")
_TYING = re.compile(
    r"\b(?:by|through|due to|because of|accounts? for|explains?|match(?:es|ing)?|fits?|suits?|supports?|confirms?"
    r"|agrees? with|in (?:keeping|line|agreement|accordance) with|consistent with|corresponds? to|support|bears? out"
    r"|points? to|reflects?|shows?|indicates?)\b"
)
_PICKED = frozenset(("former", "latter", "first", "second", "last", "one", "other", "some", "part", "most"))
_WAYS = frozenset(("up", "down", "inward", "outward"))
_LONG = 5
"""From this many motions on a description may have left out the smaller ones, also those of a unit that it names."""


def find_collective(text: str, claims: list[Claim], facts: Facts) -> list[str]:
    """What is said to explain several motions and does not, each in words."""
    reading = read_mentions(text)
    told = [c for c in claims if c.kind == "motion" and not c.negated and c.about == "itself"]
    shown = [c for c in claims if c.kind == "au" and not c.negated and c.about == "itself"]
    found = _by_both(text, claims, facts) + find_idle(reading, told, facts) + find_nameless(reading)
    past: list[list[Claim]] = []
    for first, stop in sentences(reading):
        start, end = reading.extent(first, stop)
        own = [c for c in told if start <= c.start < end]
        units = [c for c in shown if start <= c.start < end]
        place = max((c.end for c in own), default=start)
        tail = [i for i in range(first, stop) if reading.tokens[i].start >= place]
        units = [c for c in units if c.start >= place]
        if units and tail and _ties(reading, tail, bool(own)):
            said = " ".join(reading.word(i) for i in tail)
            shortest = len(past) if "all" in said.split() else 1
            spans = [own] if own else [[c for cs in past[-n:] for c in cs] for n in range(shortest, len(past) + 1)]
            named = sorted({c.au for c in units if c.au is not None})
            wrong = [_held(_going(reading, tail, meant), named, facts) for meant in spans]
            found += wrong[0] if wrong and all(wrong) else []  # "this" may reach back over several sentences
        past += [own] if own else []
    return found


def _by_both(text: str, claims: list[Claim], facts: Facts) -> list[str]:
    """ "The forehead is explained by both units": by each of the two that were named; else what is wrong, in words."""
    reading = read_mentions(text)
    found = []
    for i, token in enumerate(reading.tokens):
        both = reading.words(i, i + 2) in (["both", "units"], ["both", "aus"])
        if not both or reading.word(i - 1) not in ("by", "through"):
            continue
        units = sorted({a for m in reading.mentions if m.kind == "au" and m.last < i for a in m.aus})
        told = [c for c in claims if c.kind == "motion" and not c.negated and c.start < token.start]
        named = [m for m in reading.mentions if m.kind == "region" and m.last < i][-1:]
        meant = {r for c in told for r in claimed(c) if named and c.region == named[0].value and facts.moved(r)}
        if len(units) != 2 or any(not set(units) <= set(facts.regions[r].aus) for r in meant):
            found.append("motion that is not explained by both of two units")
    return found


def _ties(reading: Reading, tail: list[int], after_motion: bool) -> bool:
    """Whether words point back to motion and tie it to units; after motion in the same sentence only to several."""
    said = " ".join(reading.word(i) for i in tail)
    pointing = (_SEVERAL if after_motion else _POINTING).search(said)
    inside = {m.kind for m in reading.mentions if m.first in tail}
    free = not (inside & {"region", "negation"} or _PICKED & set(said.split()))
    return bool(pointing and _TYING.search(said)) and free


def _going(reading: Reading, tail: list[int], meant: list[Claim]) -> list[Claim]:
    """Of the motions those that go the way that the words name: "this rise"."""
    ways = {m.value for m in reading.mentions if m.first in tail and m.kind in ("noun", "direction")} & _WAYS
    return [c for c in meant if not ways or not c.direction or ways & set(c.direction.split("-"))]


def _held(motions: list[Claim], units: list[int], facts: Facts) -> list[str]:
    moved = [[r for r in claimed(c) if facts.moved(r)] for c in motions]
    names = ", ".join(f"AU{au}" for au in units)
    if any(not set(units) & set(facts.regions[r].aus) for regions in moved for r in regions):
        return [f"motions, some of which {names} does not explain"]
    if len(motions) >= _LONG:
        return []
    idle = [au for au in units if moved and not any(au in facts.regions[r].aus for regions in moved for r in regions)]
    return [f"AU{au} for motions none of which it explains" for au in idle]
