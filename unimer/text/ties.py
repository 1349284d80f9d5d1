"""Units that are said to explain all motion told before them: "Together these match AU12", "with AU4 as explanation".

Rewriting puts such wording as "supports unparted AU12"; what the flow explains otherwise may not stand among it.
"""

from __future__ import annotations

import re

from unimer.records import Claim
from unimer.text.clauses import SENTENCE_ENDS
from unimer.text.facts import Facts, claimed
from unimer.text.lexicon import DETERMINERS
from unimer.text.mentions import read_mentions
from unimer.text.reading import Reading

_MARK = "unparted"
_CUTS = frozenset(("while", "whereas", "but", "although", "though"))
_NAMING = DETERMINERS | {"au", "aus", "and", ",", "(", ")", "on", "side", "sides", "sided", "unit", "units"}
_BESIDE = frozenset(("side", "annotated"))
_FARED = frozenset(
    ("supported", "confirmed", "verified", "validated", "corroborated", "measured", "observed", "active")
)
_CODED = frozenset(
    ("labelled", "annotated", "coded", "listed", "marked", "noted", "detected", "flagged", "identified")
)
_PLAIN = frozenset(
    ("present", "given", "unilateral", "bilateral", "action", "also", "already", "same", "only", "single")
)
_TELLING = _FARED | _CODED | _PLAIN
"""Words before a unit that tell how it fared: "the supported AU9", "the labelled and confirmed chin raiser"."""
_CLASSES = frozenset(("class", "category", "emotion", "classes", "expression"))
_WAY = re.compile(r"\b(up|(?<!put )(?<!set )down(?! to\b)|inward|outward)(?:wards?)?\b")

_WHOLE = re.compile(r"(?:the )?(?:measured|observed|recorded) (?:optical )?(?:motion|movement|flow)s?\b")
"""All the motion that was measured, where none was told of."""


def find_untied(text: str, claims: list[Claim], facts: Facts) -> list[str]:
    """What of the motion meant the units named for it do not explain, each in words; and units named for nothing."""
    reading = read_mentions(text)
    told = [c for c in claims if c.kind == "motion" and not c.negated and c.about == "itself"]
    found = []
    for i, token in enumerate(reading.tokens):
        if token.text != _MARK:
            continue
        quote = text[token.start : token.end]
        (units, after), meant = _units(reading, i), _meant(reading, i, told)
        if reading.word(after) in _CLASSES and reading.word(after + 1) not in ("is", "was"):
            found.append(f'a class is argued for: "{quote}"')
        moved = [facts.regions[r] for c in meant for r in claimed(c) if facts.moved(r)]
        whole = not told and _WHOLE.match(quote.lower()) is not None
        moved = [r for r in facts.regions.values() if r.status == "moved"] if whole else moved
        inside = any(token.start <= c.start < token.end for c in meant)  # "the cause of the fall is AU15"
        ways = set() if inside else set(_WAY.findall(quote.lower()))
        told_ways = [set(c.direction.split("-")) for c in meant if c.direction] if ways else []
        if not units or not (meant or (whole and moved)) or any(not ways & told_way for told_way in told_ways):
            found.append(f'which motion is meant: "{quote}"')
        each = reading.word(i - 1) == "unhalved"  # "AU4 and AU9 share these": each of them explains each of these
        strange = [r for r in moved if not (set(units) <= set(r.aus) if each else set(units) & set(r.aus))]
        idle = [u for u in units if moved and all(u not in r.aus for r in moved)]
        if strange or idle:
            listed = ", ".join(f"AU{u}" for u in idle or units)
            found.append(f'motion that {listed} does not explain is meant too: "{quote}"')
    return found


def _units(reading: Reading, i: int) -> tuple[list[int], int]:
    """The units named right after a token, no more than sides and joints between them; and the token that follows."""
    units: list[int] = []
    place = i + 1
    while place < len(reading.tokens):
        place = _past(reading, place)
        mention = next((m for m in reading.mentions if m.first <= place <= m.last), None)
        if mention is None and reading.word(place) not in _NAMING:
            break
        if mention is not None and mention.kind != "au" and mention.kind not in _BESIDE:
            break
        units += mention.aus if mention is not None and mention.kind == "au" else ()
        place = place + 1 if mention is None else mention.last + 1
    return units, place


def _past(reading: Reading, place: int) -> int:
    """Where the unit stands that words from a token on tell of ("labelled and supported AU9"); else that token."""
    units = {m.first for m in reading.mentions if m.kind == "au"}
    last = place
    while reading.word(last) in _TELLING or (last > place and reading.word(last) in (DETERMINERS | {"and", ","})):
        last += 1
    return last if last in units else place


def _meant(reading: Reading, i: int, told: list[Claim]) -> list[Claim]:
    """The motion that is meant: all since a unit was last named, in its part of the sentence or before it."""
    start = reading.tokens[min(i + 1, len(reading.tokens) - 1)].start  # the unit's: the mark stands for more
    opening = next((j + 1 for j in range(i - 1, -1, -1) if reading.word(j) in SENTENCE_ENDS), 0)
    part = next((j + 1 for j in range(i - 1, opening - 1, -1) if reading.word(j) in _CUTS), opening)
    named = max((m.last + 1 for m in reading.mentions if m.kind == "au" and m.last < i), default=0)
    for first in (max(part, named), max(opening, named), named, _previous(reading, opening), 0):
        low = min((t.start for t in reading.tokens[first:i]), default=start)  # rewriting may have moved them
        meant = [c for c in told if low <= c.start < start]
        if meant:
            return meant
    return []


def _previous(reading: Reading, opening: int) -> int:
    """Where the sentence before the one that opens at a token begins."""
    return next((j + 1 for j in range(opening - 2, -1, -1) if reading.word(j) in SENTENCE_ENDS), 0)
