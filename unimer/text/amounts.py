"""What a text says of how many and how much: numbers, "only", "all", "along its whole length", comparisons.

Each is checked where it can be told from claims, labels and evidence; what cannot be told so is a problem.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from unimer.faces.regions import mirror, side_of
from unimer.records import Claim, Labels, RegionEvidence
from unimer.text.clauses import SENTENCE_ENDS
from unimer.text.facts import Facts, claimed, members
from unimer.text.gate import GREATER, LESSER
from unimer.text.mentions import NUMBER_WORDS, read_mentions
from unimer.text.reading import Reading

_UNITS = frozenset(("unit", "units", "au", "aus", "action", "label", "labels", "entry", "entries"))
_AREAS = frozenset(("region", "regions", "part", "parts", "area", "areas", "motion", "motions", "movements", "places"))
_TOTAL = frozenset(("only", "sole", "single", "all", "every", "one", "whole"))
_QUALIFYING = frozenset(
    ("labelled", "labeled", "annotated", "coded", "listed", "supported", "confirmed", "of", "the", "its")
)
_WHOLE = frozenset(("whole", "entire", "full", "length", "every", "throughout"))
_MANY = frozenset(("three", "four", "six"))
_EQUAL = frozenset(("equally", "alike", "equal", "same"))
_SAME = (["course"], ["direction"], ["path"], ["way"], ["side"], ["sense"], ["clip"], ["time"], ["region"])
_GREATEST = frozenset(("largest", "strongest", "greatest", "biggest", "most"))
_PARTING = frozenset((",", ";", ":", "while", "whereas", "but", "yet", "and", "though", "although"))
_SIDED = frozenset(("left", "right"))
_RANK = {"slight": 0, "moderate": 1, "strong": 2}


def find_amounts(text: str, claims: list[Claim], labels: Labels, facts: Facts) -> list[str]:
    """What is said of amounts and does not hold or cannot be told, each in words."""
    reading = read_mentions(text)
    found: list[str] = []
    for first, stop in _sentences(reading):
        a, b = reading.tokens[first].start, reading.tokens[stop - 1].end
        told = [c for c in claims if c.start < b and a < c.end]
        words = reading.words(first, stop)
        found += _counts(reading, first, words, told, labels)
        found += _totals(reading, first, words, told, labels, facts)
        found += _exclusive(reading, first, words, told, claims, facts)
        found += _compared(reading, first, words, told, facts)
    return found


def find_whole(text: str, claims: list[Claim]) -> list[Claim]:
    """The claims of groups of regions that are said to hold for all of them: "along its whole length"."""
    reading, found = read_mentions(text), []
    for first, stop in _sentences(reading):
        words = reading.words(first, stop)
        pairs = set(pairwise(words))
        if not (
            _WHOLE & set(words) or _MANY & set(words) or {("all", "parts"), ("all", "of"), ("each", "part")} & pairs
        ):
            continue
        a, b = reading.tokens[first].start, reading.tokens[stop - 1].end
        found += [c for c in claims if c.kind == "motion" and not c.negated and c.start < b and a < c.end]
    return found


def _sentences(reading: Reading) -> Iterator[tuple[int, int]]:
    first = 0
    for i in range(len(reading.tokens) + 1):
        if i == len(reading.tokens) or reading.word(i) in SENTENCE_ENDS:
            if i > first:
                yield first, i
            first = i + 1


def _counts(reading: Reading, first: int, words: list[str], told: list[Claim], labels: Labels) -> list[str]:
    """ "Four regions", "both of the two labelled units": the number must be that of what is named."""
    found = []
    for i, word in enumerate(words):
        number, near = NUMBER_WORDS.get(word, 0), set(words[i + 1 : i + 5])
        if number < 2 or (i and words[i - 1] in ("unit", "units", "au", "aus")):
            continue
        units = {c.au for c in told if c.kind == "au"}
        regions = [c for c in told if c.kind == "motion"]
        names = {n for c in regions for n in claimed(c)}
        region = next((m for m in reading.mentions if m.kind in ("region", "place") and m.last >= first + i + 1), None)
        close = 4 if not near & _UNITS else 2
        if region is not None and region.first <= first + i + close:
            size = len(members(region.value))
            fine = number in {2 * size, 2, size} and not (number > 2 and number % size)
        elif near & _UNITS:
            named = {len(units), len({label.au for label in labels.aus})}
            listed = [c for c in told if c.kind == "au" and c.about == "label"]
            fine = number in named and (len(named) == 1 or len(listed) < len(units))
        elif near & _AREAS:
            fine = number in {len(names), len({(c.region, c.side) for c in regions})}
        else:
            fine = number in {2, len(units)}  # "the two lips", "all three"
        if not fine:
            found.append(f'the number "{word}" is not that of what is named')
    return found


def _totals(
    reading: Reading, first: int, words: list[str], told: list[Claim], labels: Labels, facts: Facts
) -> list[str]:
    """ "The only labelled unit is AU2", "all labelled units": those named must be all that are labelled."""
    for i, word in enumerate(words):
        near = words[i + 1 : i + 5]
        if word not in _TOTAL or not _UNITS & set(near):
            continue
        near = near[: next(k for k, w in enumerate(near) if w in _UNITS)]
        if not all(w in _QUALIFYING or w in NUMBER_WORDS for w in near):
            continue
        inside = [m for m in reading.mentions if first + i < m.first <= first + i + 1 + len(near)]
        labelled = {label.au for label in labels.aus}
        wanted = (
            labelled if any(m.kind == "annotated" for m in inside) else {a for a in labelled if facts.supported(a)}
        )
        if {c.au for c in told if c.kind == "au"} != wanted:
            return [f'"{word}" of units that are not all there are']
    return []


def _exclusive(
    reading: Reading, first: int, words: list[str], told: list[Claim], claims: list[Claim], facts: Facts
) -> list[str]:
    """ "Only on the left does the lip move": the other side must be measured and still."""
    near = [{*words[max(i - 3, 0) : i], *words[i + 1 : i + 4]} for i, w in enumerate(words) if w in ("only", "alone")]
    if not any(_SIDED & around for around in near):
        return []
    pairs = [m for m in reading.mentions if m.kind == "place" and first <= m.first < first + len(words)]
    of_pair = any(
        reading.word(m.first) in ("of", "among", "amongst", "between") for m in pairs
    ) or "one of" in " ".join(words)
    if not of_pair and not any({"on", "at", "to"} & around for around in near):  # "only the left cheek moves"
        named = {n for c in told if c.kind == "motion" and not c.negated for n in claimed(c)}
        resting = any(c.kind == "motion" and c.negated and c.region in ("rest", "measurable") for c in claims)
        free = ("still", "unmeasurable") if resting else ("still",)  # "...; the rest that was measured is still"
        fine = all(r.status in free or name in named for name, r in facts.regions.items())
        return [] if fine or not named else ['"only" where something else may move']
    halves = {c.region for c in told if c.kind == "motion" and c.side in _SIDED}
    for claim in told:
        if claim.kind != "motion" or claim.negated or (claim.side is None and claim.region in halves):
            continue  # "on one side only: its left half rises, its right half does not"
        others = [mirror(n) for n in claimed(claim) if side_of(n)]
        if claim.side not in _SIDED or any(
            n not in facts.regions or facts.regions[n].status != "still" for n in others
        ):
            return ['"only" of a side where the other one is not still']
    return []


def _compared(reading: Reading, first: int, words: list[str], told: list[Claim], facts: Facts) -> list[str]:
    """ "more than", "equally": by the strength words that hold for what is compared."""
    moves = [c for c in told if c.kind == "motion" and not c.negated]
    if "than" in words and (GREATER | LESSER) & set(words):
        place = reading.tokens[first + words.index("than")].start
        before = _ranks([c for c in moves if c.end <= place], facts)
        first_ones = {(c.region, c.side) for c in moves if c.end <= place}
        after = _ranks([c for c in moves if c.end > place and (c.region, c.side) not in first_ones], facts)
        up = bool(GREATER & set(words))
        if not before or not after or bool(LESSER & set(words)) == up:
            return ["a comparison that is not understood"]
        holds = min(before) > max(after) if up else max(before) < min(after)
        inside = [m for m in reading.mentions if m.kind == "place" and first <= m.first < first + len(words)]
        told_of_first = {_RANK[m.value[1:]] for m in inside if m.value.startswith("/")}
        holds = holds and (not told_of_first or told_of_first == set(before))
        return [] if holds else ["a comparison that does not hold"]
    equal = any(w in _EQUAL and not (w == "same" and words[i + 1 : i + 2] in _SAME) for i, w in enumerate(words))
    if equal and len(moves) > 1 and len(set(_ranks(moves, facts))) > 1:
        return ["an equality that does not hold"]
    known = {i for m in reading.mentions if m.kind != "strength" for i in range(m.first, m.last + 1)}
    known |= reading.idle
    loose = [i for i, w in enumerate(words) if w in GREATER | LESSER | _GREATEST and first + i not in known]
    return [problem for i in loose for problem in _outdone(reading, first, words, i, moves, facts)]


def _outdone(reading: Reading, first: int, words: list[str], i: int, moves: list[Claim], facts: Facts) -> list[str]:
    """ "The chin shows the larger displacement", "the largest": than what else of the sentence, or the clip, moves."""
    low = max((k + 1 for k in range(i) if words[k] in _PARTING), default=0)
    high = next((k for k in range(i, len(words)) if words[k] in _PARTING), len(words))
    inside = [m for m in reading.mentions if m.kind == "region" and low <= m.first - first < high]
    own = [c for c in moves if any(m.value == c.region and m.side in (c.side, None) for m in inside)]
    if not inside:  # "on the right it rises less"
        start, end = reading.tokens[first + low].start, reading.tokens[first + high - 1].end
        own = [c for c in moves if start <= c.start < end]
    named = {n for c in own for n in claimed(c)}
    others = {n for c in moves for n in claimed(c)} - named
    if words[i] in _GREATEST:
        others = {n for n, r in facts.regions.items() if r.status == "moved"} - named
    mine = _ranks(own, facts)
    rest = [_rank(facts.regions[n]) for n in others if n in facts.regions]
    if not mine or not rest:
        return ["a comparison that is not understood"]
    holds = max(mine) < min(rest) if words[i] in LESSER else min(mine) > max(rest)
    return [] if holds else ["a comparison that does not hold"]


def _ranks(claims: list[Claim], facts: Facts) -> list[int]:
    """Ranks of the strength of all that moves among what the claims name; -1 for what is still."""
    regions = [facts.regions[n] for c in claims for n in claimed(c) if n in facts.regions]
    return [_rank(r) for r in regions]


def _rank(region: RegionEvidence) -> int:
    return _RANK[region.strength] if region.status == "moved" and region.strength else -1
