"""Nouns that take up a motion told before: "this descent", "such an upward motion", "both slight displacements".

What such a noun says of its motion, the way and the strength, must be that of the motion that it takes up; rewriting
drops some of these nouns, so they are read as they were written.
"""

from __future__ import annotations

import re
from functools import cache

from unimer.records import Claim
from unimer.resources import load_yaml
from unimer.text.facts import Facts, claimed, sense
from unimer.text.lexicon import tokenise
from unimer.text.mentions import read_mentions
from unimer.text.reading import Reading

_ONE = r"(?:this|that|such(?: an?)?|the same|the said|its|which (?:is|are|was|were) the|it is the)"
_SEVERAL = r"(?:these|those|such|all(?: of)?(?: these| those| the)?|both(?: of)?(?: these| those| the)?|their)"
_PLAIN = r"(?:motions?|movements?|displacements?|shifts?|travel|pulls?|tugs?|changes?|drifts?|push(?:es)?|slides?)"
_WAY = r"(?:up|down|in|out)wards?"
_FRESH = r"(?! (?:of|at|in|on|for|around|near|about) (?:the|both|its|their|either|each|left|right|all)\b)"
_PARTING = frozenset((",", ";", ".", ":", "!", "?", "\n", "(", "and", "while", "whereas", "but", "plus", "which"))
_ENDING = frozenset((",", ";", ".", ":", "!", "?", "\n", ")", "while", "whereas", "but"))
_JOINING = frozenset(
    (
        "likewise",
        "similarly",
        "equally",
        "correspondingly",
        "accordingly",
        "in",
        "the",
        "a",
        "same",
        "way",
        "manner",
        "turn",
        "addition",
        "also",
        "too",
        "as",
        "well",
        "for",
        "its",
        "their",
        "part",
        "so",
        "additionally",
        "alike",
    )
)
_NOUN = r"(?:motion|movement|displacement|shift|travel|pull|change|lift|rise|drop|descent)s?"
# In the same way, and by the same strength where none is told.
_SO = re.compile(
    r"\b(?:likewise|alike|similarly|identically|correspondingly|accordingly|equally"
    r"|(?:in|by) (?:the|a|an|this|that|much the|just the) ?(?:same|similar|like|identical)?"
    r" (?:way|manner|fashion|means)"
    r"|do(?:es)? (?:so|the same|likewise))\b"
)
_SAME = re.compile(
    rf"\b(?:(?:the same|this|that|these|an identical|an equal|such an?) (?:same )?{_NOUN}"
    rf"|an? {_NOUN} (?:that |which )?(?:is |was |are )?(?:also |too )?"
    r"(?:seen|found|shared|shown|measured|present|visible))\b"
)
# In the same direction.
_THERE = re.compile(
    r"\b(?:the same|that|this|the) (?:direction|way)\b|\bfollow(?:s|ed|ing)?\b|\bjoin(?:s|ed|ing)? in\b"
    r"|\bwith (?:it|them)\b|\bin (?:unison|concert|step|tandem|company)\b|\bgo(?:es)? along\b|\balong with\b"
)
_EXACTLY = re.compile(r"\b(?:the same|that|this) (?:direction|way)\b")
_COMPARING = re.compile(r"\b(?:than|more|less|compar\w+|contra\w+|oppos\w+|unlike|against|versus|other)\b", re.I)
_ASUNDER = 90.0  # degrees: from here on two motions no longer go the same way


@cache
def _nouns() -> dict[str, str]:
    """Nouns of motion that tell its way, with the way."""
    listed = load_yaml("data/lexicon.yaml")["motion_nouns"]
    return {noun: way for way in ("up", "down") for noun in listed[way] if " " not in noun}


@cache
def _strengths() -> dict[str, str]:
    """Adjectives of strength, each with the strength that it tells."""
    listed = load_yaml("data/lexicon.yaml")["strengths"]
    return {word: strength for strength, words in listed.items() for word in words if " " not in word}


@cache
def _taken_up() -> re.Pattern[str]:
    telling = "|".join(sorted(_nouns(), key=len, reverse=True))
    way = rf"{_WAY}(?: and (?:up|down|in|out)(?:wards?)?)?"
    return re.compile(
        rf"\b(?P<what>{_SEVERAL}|{_ONE})(?: (?:two|three|four|last|latter|bilateral|measured|observed|other))*"
        rf"(?: (?P<strength>{'|'.join(_strengths())}))?(?: (?P<way>{way}))?"
        rf" (?:(?P<noun>{telling})s?|{_PLAIN})\b{_FRESH}"
    )


def find_adrift(text: str, claims: list[Claim], facts: Facts) -> list[str]:
    """Nouns that take up a motion and tell another way or strength than it has, each in words."""
    tokens = tokenise(text)
    line = " ".join(t.text for t in tokens)
    moves = [c for c in claims if c.kind == "motion" and not c.negated and c.about == "itself"]
    found = []
    for hit in _taken_up().finditer(line):
        ways, one = _ways(hit), re.fullmatch(_ONE, hit["what"])
        verb = not one and hit["noun"] and not hit.group().endswith(("s", "ing"))  # "both lift"
        if verb or not (ways or hit["strength"]):
            continue
        first = tokens[line[: hit.start()].count(" ")].start
        meant = [c for c in _before(moves, text, first) if c.direction or not ways]
        going = [c for c in meant if ways <= set((c.direction or "").split("-"))]
        if meant and not going:
            found.append(f'"{hit.group()}", where nothing that was told moves so')
        elif hit["strength"] and not _as_strong(going, _strengths()[hit["strength"]], facts, one):
            found.append(f'"{hit.group()}", where what was told is of another strength')
    return found


def _ways(hit: re.Match[str]) -> set[str]:
    """The ways that a noun and the words before it tell."""
    told = {"up": "up", "down": "down", "in": "inward", "out": "outward"}
    words = re.findall(r"\b(up|down|in|out)(?:wards?)?\b", hit["way"] or "")
    return {told[w] for w in words} | ({_nouns()[hit["noun"]]} if hit["noun"] else set())


def _before(moves: list[Claim], text: str, place: int) -> list[Claim]:
    """The motion told before a place in its sentence, else in what was told before that."""
    opening = max(text.rfind(mark, 0, place) for mark in ".!?\n")
    return [c for c in moves if opening < c.start < place] or [c for c in moves if c.start < place]


def _as_strong(moves: list[Claim], strength: str, facts: Facts, one: object) -> bool:
    """Whether the motions that are taken up have a strength, one of them where one is meant."""
    sizes = [{facts.regions[n].strength for n in claimed(c) if facts.moved(n)} for c in moves]
    return not sizes or (any if one else all)(strength in size for size in sizes)


def find_unlike(text: str, claims: list[Claim], facts: Facts) -> list[str]:
    """Regions that are said to move as others do ("the lips likewise", "... share this motion") and do not, in words.

    A region that stands without a verb beside what moves ("..., plus the lips") is said to move so too.
    """
    reading = read_mentions(text)
    moves = [c for c in claims if c.kind == "motion" and not c.negated and c.about == "itself"]
    found = []
    for claim in moves:
        place = next((i for i, t in enumerate(reading.tokens) if t.start >= claim.start), None)
        names = [n for n in claimed(claim) if facts.moved(n)]
        if claim.direction is not None or place is None or not names:
            continue
        first, stop = _clause(reading, place)
        like = _likeness(reading, first, stop, text, claims)
        low, high = _bounds(text, claim.start)
        told = [c for c in moves if c.direction and c.start < claim.start and (like != "bare" or low <= c.start)]
        own = [c for c in moves if c.direction and (c.region, c.side) == (claim.region, claim.side)]
        if not like or not told or any(low <= c.start < high for c in own):
            continue
        last = max(told, key=lambda c: c.start)
        others = [n for n in claimed(last) if facts.moved(n)]
        exactly = like == "there" and bool(_EXACTLY.search(text[low:high].lower()))
        apart = any(_part_ways(a, b, facts, exactly) for a in names for b in others)
        weaker = like != "there" and not claim.strength and last.strength
        if _COMPARING.search(text[last.start : reading.extent(first, stop)[1]]):
            continue
        if apart or (weaker and any(facts.regions[n].strength != last.strength for n in names)):
            found.append(f'"{text[claim.start : claim.end]}" as moving like what was told before')
    return found


def _clause(reading: Reading, place: int) -> tuple[int, int]:
    """The clause of a token, with what stands before it and only joins it ("likewise, ...")."""
    first = place
    while first > 0 and (reading.word(first - 1) not in _PARTING or _joins(reading, first - 1)):
        first -= 1
    stop = place
    while stop < len(reading.tokens) and reading.word(stop) not in _ENDING:
        stop += 1
    return first, max(stop, place + 1)


def _joins(reading: Reading, comma: int) -> bool:
    """Whether nothing but words of connection stands between a comma and the mark before it."""
    start = next((k + 1 for k in range(comma - 1, -1, -1) if reading.word(k) in _PARTING), 0)
    return reading.word(comma) == "," and start < comma and set(reading.words(start, comma)) <= _JOINING


def _likeness(reading: Reading, first: int, stop: int, text: str, claims: list[Claim]) -> str:
    """How a clause says that its regions move as others do: "so", "bare" without a verb, or only "there"."""
    start, end = reading.extent(first, stop)
    said = f"{' '.join(reading.words(first, stop))} ; {text[start:end].lower()}"  # rewriting drops some
    acting = any(m.kind in ("verb", "noun") and first <= m.first < stop for m in reading.mentions)
    units = any(c.kind == "au" and start <= c.start < end for c in claims)
    if not acting:
        aside = units or reading.word(first - 1) == "(" or "which" in reading.words(stop, stop + 2)
        return "" if aside else "bare"
    if _SO.search(said) or (_SAME.search(said) and not units):
        return "so"
    return "there" if _THERE.search(said) else ""


def _bounds(text: str, place: int) -> tuple[int, int]:
    """Characters between which the sentence of a place stands."""
    ends = [text.find(mark, place) for mark in ".!?\n"]
    low = max(text.rfind(mark, 0, place) for mark in ".!?\n")
    return low + 1, min((e for e in ends if e >= 0), default=len(text))


def _part_ways(one: str, other: str, facts: Facts, exactly: bool) -> bool:
    """Whether two regions go different ways, left and right being mirrored: by octants, or only by a right angle."""
    x, y = facts.regions[one].octant, facts.regions[other].octant
    if exactly and x and y:
        return sense(one, x) != sense(other, y)
    a, b = facts.degrees(one), facts.degrees(other)
    if a is None or b is None:
        return False
    return min(abs((d + 180) % 360 - 180) for d in (a - b, a + b - 180)) >= _ASUNDER
