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
from unimer.text.lexicon import Mention
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
_CLAUSES = frozenset((";", ":", "while", "whereas", "but", "yet", "although", "though"))
_TURNS = frozenset(("is", "are", "was", "were", "does", "do", "did"))
_OUT_OF = ("of", "among", "amongst", "between", "from")
_MATCHING = frozenset(("match", "matches", "matched", "matching", "equal", "equals", "equalled", "rival", "rivals"))
_SIZES = frozenset(
    ("strength", "size", "extent", "degree", "amount", "magnitude", "amplitude", "distance", "intensity")
)
_DEGREES = frozenset(
    (
        "far",
        "much",
        "strong",
        "strongly",
        "large",
        "great",
        "big",
        "marked",
        "pronounced",
        "slight",
        "slightly",
        "little",
    )
)
_RANK = {"slight": 0, "moderate": 1, "strong": 2}


def find_amounts(text: str, claims: list[Claim], labels: Labels, facts: Facts) -> list[str]:
    """What is said of amounts and does not hold or cannot be told, each in words."""
    reading = read_mentions(text)
    found: list[str] = []
    for first, stop in _sentences(reading):
        a, b = reading.tokens[first].start, reading.tokens[stop - 1].end
        told = [c for c in claims if c.start < b and a < c.end]
        words = reading.words(first, stop)
        found += _counts(reading, first, words, told, labels, facts)
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


def _counts(
    reading: Reading, first: int, words: list[str], told: list[Claim], labels: Labels, facts: Facts
) -> list[str]:
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
        close = 2 if near & _UNITS else 6 if near & _AREAS and "of" in near else 4
        if words[i + 1 : i + 2] in (["sides"], ["halves"]):
            fine = number == 2
        elif region is not None and region.first <= first + i + close:
            fine = _of_region(number, region, near, facts)
        elif near & _UNITS:
            fine = _of_units(number, reading, first + i, told, labels, facts)
        elif near & _AREAS:
            fine = number in {len(names), len({(c.region, c.side) for c in regions})}
        else:
            fine = number in {2, len(units)}  # "the two lips", "all three"
        if not fine:
            found.append(f'the number "{word}" is not that of what is named')
    return found


def _of_region(number: int, region: Mention, near: set[str], facts: Facts) -> bool:
    """ "Both lips", "the two moving parts of the left brow": the parts that there are, or that move, or are still."""
    bases = members(region.value)
    size = len(bases)
    if size > 2 and number < size and near & _AREAS:
        sides = (region.side,) if region.side in _SIDED else ("left", "right")
        for status in ("moved", "still"):
            names = [[f"{b}_{s}" for b in bases] for s in sides]
            if all(sum(_status(n, facts) == status for n in listed) == number for listed in names):
                return True
        return False
    return number in {2 * size, 2, size} and not (number > 2 and number % size)


def _of_units(number: int, reading: Reading, place: int, told: list[Claim], labels: Labels, facts: Facts) -> bool:
    """ "Two units are supported": as many as are; "both of the two labelled units": as many as are labelled."""
    units = {c.au for c in told if c.kind == "au"}
    named = {len(units), len({label.au for label in labels.aus})}
    listed = [c for c in told if c.kind == "au" and c.about == "label"]
    later = [m for m in reading.mentions if m.first > place]
    verdict = next((m for m in later if m.kind in ("measuring", "region")), None)
    between = {m.kind for m in later if verdict is not None and m.first < verdict.first}
    if (
        reading.word(place - 1) != "the"
        and verdict is not None
        and verdict.kind == "measuring"
        and "negation" not in between
    ):
        named = {sum(bool(facts.supported(au)) for au in facts.verdicts)}
        return number in named and len(units) in (0, number)
    if reading.word(place - 1) == "the" and any(m.kind == "annotated" for m in later if m.first <= place + 2):
        named = {len({label.au for label in labels.aus})}
    return number in named and (len(named) == 1 or len(listed) < len(units))


def _status(name: str, facts: Facts) -> str:
    return facts.regions[name].status if name in facts.regions else "unmeasurable"


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
    of_pair = of_pair or any(
        words[i + 2 : i + 3] in (["left"], ["right"])
        and words[i + 3 : i + 4] in (["half"], ["part"], ["side"], ["end"])
        for i, w in enumerate(words)
        if w == "only"
    )  # "only the left half of the lip"
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
        holds = _more(reading, first, words, moves, told, facts)
        if holds is None:
            return ["a comparison that is not understood"]
        inside = [m for m in reading.mentions if m.kind == "place" and first <= m.first < first + len(words)]
        told_of_first = {_RANK[m.value[1:]] for m in inside if m.value.startswith("/")}
        before = _ranks([c for c in moves if c.end <= reading.tokens[first + words.index("than")].start], facts)
        holds = holds and (not told_of_first or told_of_first == set(before))
        return [] if holds else ["a comparison that does not hold"]
    equal = _equal(words)
    if equal is not None and not _alike(reading, first, words, equal, moves, facts):
        return ["an equality that does not hold"]
    known = {i for m in reading.mentions if m.kind != "strength" for i in range(m.first, m.last + 1)}
    known |= reading.idle
    loose = [i for i, w in enumerate(words) if w in GREATER | LESSER | _GREATEST and first + i not in known]
    return [problem for i in loose for problem in _outdone(reading, first, words, i, moves, facts)]


def _more(
    reading: Reading, first: int, words: list[str], moves: list[Claim], told: list[Claim], facts: Facts
) -> bool | None:
    """Whether "X moves more than Y" holds; None where it cannot be told what is compared."""
    than = words.index("than")
    word = _comparative(words, than)
    up = words[word] in GREATER
    if any((w in GREATER) != up for w in words[:than] if w in GREATER | LESSER):
        return None
    denied = _denied(reading, first, words, word)
    if denied:  # of "X moves no more than Y" X may also be still
        moves = [c for c in told if c.kind == "motion" and c.about == "itself"]
    before, after = _both_parts(reading, first, words, than, moves, facts)
    if before and not after and denied and {"the", "other"} <= set(words[than + 1 : than + 4]):
        return len(set(before)) == 1  # "no greater at one end than at the other"
    if not before or not after:
        return None
    if denied:
        return max(before) <= min(after) if up else min(before) >= max(after)
    return min(before) > max(after) if up else max(before) < min(after)


def _comparative(words: list[str], than: int) -> int:
    """The comparative that "than" belongs to."""
    listed = [i for i, w in enumerate(words) if w in GREATER | LESSER]
    return max((i for i in listed if i < than), default=listed[0])


def _denied(reading: Reading, first: int, words: list[str], place: int) -> bool:
    """Whether a negation of its clause takes a comparison back: "does not rise more than", "no stronger than"."""
    low = max((k + 1 for k in range(place) if words[k] in _PARTING), default=0)
    return sum(m.kind == "negation" and low <= m.first - first < place for m in reading.mentions) == 1


def lift_denials(text: str, claims: list[Claim], facts: Facts) -> list[Claim]:
    """The claims, those of a denied comparison as measured: it denies that one moves more, not that it moves.

    "The lip rises no farther than the chin" holds of a lip that rises as of one that is still.
    """
    reading, found = read_mentions(text), list(claims)
    for first, stop in _sentences(reading):
        words = reading.words(first, stop)
        than = words.index("than") if "than" in words else 0
        compared = than and (GREATER | LESSER) & set(words)
        place = _comparative(words, than) if compared else _equal(words)
        if place is None or not _denied(reading, first, words, place):
            continue
        low = max((k + 1 for k in range(place) if words[k] in _PARTING), default=0)
        high = next((k for k in range(place, len(words)) if words[k] in _CLAUSES), len(words))
        start, end = reading.tokens[first + low].start, reading.tokens[first + high - 1].end
        for i, c in enumerate(found):
            names = [n for n in claimed(c) if n in facts.regions]
            if c.kind == "motion" and c.about == "itself" and start <= c.start < end and names:
                still = all(facts.regions[n].status == "still" for n in names)
                found[i] = c.model_copy(update={"negated": still})
    return found


def _both_parts(
    reading: Reading, first: int, words: list[str], than: int, moves: list[Claim], facts: Facts
) -> tuple[list[int], list[int]]:
    """Ranks of what is said to move more (or less), and of what it is measured against."""
    inside = [m for m in reading.mentions if m.kind == "region" and first <= m.first < first + len(words)]
    turn = next((i for i in range(than + 1, len(words)) if words[i] in _TURNS), 0)
    if turn and all(m.last > first + than for m in inside):  # "Larger than the rise of the lip is that of the chin"
        against = [c for m in inside if m.last < first + turn for c in _of(m, moves)]
        subject = [c for m in inside if m.first > first + turn for c in _of(m, moves)]
        return _ranks(subject, facts), _ranks([c for c in against if c not in subject], facts)
    place = reading.tokens[first + than].start
    ahead = [c for c in moves if c.end <= place]
    named = {(c.region, c.side) for c in ahead}
    behind = [c for c in moves if c.end > place and (c.region, c.side) not in named]
    if words[0] in _OUT_OF:  # "Of the two parts of the left brow, the outer one rises farther than the middle one"
        cut = reading.tokens[first + (words.index(",") if "," in words[:than] else 0)].start
        inner = [{*members(m.value)} for m in inside if reading.tokens[m.first].start > cut]
        ahead = [c for c in ahead if not any(part < {*members(c.region or "")} for part in inner)]
        late = [m for m in inside if m.first > first + than]
        if late:
            standard = {(c.region, c.side) for m in late for c in _of(m, moves)}
            ahead = [c for c in ahead if (c.region, c.side) not in standard]
            behind = [c for c in moves if (c.region, c.side) in standard]
    return _ranks(ahead, facts), _ranks(behind, facts)


def _of(mention: Mention, moves: list[Claim]) -> list[Claim]:
    """The claims that speak of a region where it is named."""
    return [c for c in moves if c.region == mention.value and mention.side in (c.side, None)]


def _equal(words: list[str]) -> int | None:
    """Where a sentence says that motions are equal in strength: "equally", "the same strength", "match in size"."""
    for i, word in enumerate(words):
        near = set(words[i + 1 : i + 9])
        if word in _EQUAL and not (word == "same" and words[i + 1 : i + 2] in _SAME):
            return i
        if word in _MATCHING and near & _SIZES:
            return i
        if word == "as" and (words[i + 1 : i + 2] == ["as"] or (words[i + 2 : i + 3] == ["as"] and near & _DEGREES)):
            return i  # "as far as"
    return None


def _alike(reading: Reading, first: int, words: list[str], place: int, moves: list[Claim], facts: Facts) -> bool:
    """Whether what is said to be equal is; where that is denied of "X ... as far as Y", whether X moves less."""
    own = _compared_ones(reading, first, words, place, moves)
    if not _denied(reading, first, words, place):
        return len(set(_ranks(own, facts))) < 2
    start = reading.tokens[first + place].start
    before = _ranks([c for c in own if c.end <= start], facts)
    named = {(c.region, c.side) for c in own if c.end <= start}
    after = _ranks([c for c in own if (c.region, c.side) not in named], facts)
    return max(before) < min(after) if before and after else len(set(_ranks(own, facts))) > 1


def _compared_ones(reading: Reading, first: int, words: list[str], place: int, moves: list[Claim]) -> list[Claim]:
    """The claims whose strengths a word such as "equally" sets side by side: those of its clause, else all."""
    low = max((k + 1 for k in range(place) if words[k] in _CLAUSES), default=0)
    high = next((k for k in range(place, len(words)) if words[k] in _CLAUSES), len(words))
    start, end = reading.tokens[first + low].start, reading.tokens[first + high - 1].end
    own = [c for c in moves if c.start < end and start < c.end]
    alone = len(own) == 1 and own[0].side != "both"
    return moves if alone or not own else own


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
