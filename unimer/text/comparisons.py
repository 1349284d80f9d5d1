"""Comparisons: "more than", "equally", "as far as", "the larger", "the strongest", and their denials.

A comparison holds by the strength words of what it compares: moderate is more than slight, slight more than still, two
slight motions are equal.
"""

from __future__ import annotations

from collections.abc import Iterator

from unimer.faces.regions import mirror, side_of
from unimer.records import Claim, RegionEvidence
from unimer.text.clauses import SENTENCE_ENDS
from unimer.text.facts import Facts, claimed, members
from unimer.text.gate import GREATER, LESSER
from unimer.text.gate import words as words_of
from unimer.text.lexicon import Mention
from unimer.text.mentions import read_mentions
from unimer.text.reading import Reading

_EQUAL = frozenset(("equally", "alike", "equal", "same"))
_SAME = frozenset(
    ("course", "direction", "path", "way", "side", "sense", "clip", "time", "region", "unit", "au", "action", "label")
)
_GREATEST = frozenset(("largest", "strongest", "greatest", "biggest", "most"))
_LEAST = frozenset(("weakest", "smallest", "faintest"))
_PARTING = frozenset((",", ";", ":", "while", "whereas", "but", "yet", "and", "though", "although"))
_CLAUSES = frozenset((";", ":", "while", "whereas", "but", "yet", "although", "though"))
_TURNS = frozenset(("is", "are", "was", "were", "does", "do", "did"))
_OUT_OF = ("of", "among", "amongst", "between", "from")
_MATCHING = frozenset(("match", "matches", "matched", "matching", "equal", "equals", "equalled", "rival", "rivals"))
_SIZES = frozenset(
    ("strength", "size", "extent", "degree", "amount", "magnitude", "amplitude", "distance", "intensity")
)
_HAVING = ("with", "by", "to", "at", "in", "has", "have", "had", "shows", "show", "reaches", "reach", "attains")
_DEGREES = frozenset(("far", "large", "great", "big")) | words_of("amounts") | {f"{w}ly" for w in words_of("amounts")}
_RANK = {"slight": 0, "moderate": 1, "strong": 2}


def sentences(reading: Reading) -> Iterator[tuple[int, int]]:
    """First token of every sentence, and the one after its last."""
    first = 0
    for i in range(len(reading.tokens) + 1):
        if i == len(reading.tokens) or reading.word(i) in SENTENCE_ENDS:
            if i > first:
                yield first, i
            first = i + 1


def find_compared(
    reading: Reading, first: int, words: list[str], told: list[Claim], facts: Facts, earlier: list[Claim]
) -> list[str]:
    """ "more than", "equally": by the strength words that hold for what is compared.

    ``earlier``: claims of the sentence before, "The chin rises; the rise of the lower lip is weaker".
    """
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
    if told and all(c.kind == "emotion" for c in told):
        return []  # "annotated as disgust, more coarsely as negative": laws.py looks at every word of it
    known = {i for m in reading.mentions if m.kind != "strength" for i in range(m.first, m.last + 1)}
    known |= reading.idle
    loose = [i for i, w in enumerate(words) if w in GREATER | LESSER | _GREATEST | _LEAST and first + i not in known]
    said = [c for c in earlier if c.kind == "motion" and not c.negated]
    return [problem for i in loose for problem in _outdone(reading, first, words, i, moves, said, facts)]


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
    before, after = _both_parts(reading, first, words, than, _on_one_side(moves), facts)
    if before and not after and denied and {"the", "other"} <= set(words[than + 1 : than + 4]):
        return _even(moves, facts)  # "no greater at one end than at the other"
    if not before or not after:
        return None
    if denied:
        return max(before) <= min(after) if up else min(before) >= max(after)
    return min(before) > max(after) if up else max(before) < min(after)


def _on_one_side(moves: list[Claim]) -> list[Claim]:
    """What is named without a side on the side of the rest: "The left cheek moves less than the mouth corner"."""
    sides = {c.side for c in moves} - {None}
    if len(sides) != 1 or not sides < {"left", "right"}:
        return moves
    return [c if c.side else c.model_copy(update={"side": next(iter(sides))}) for c in moves]


def _even(moves: list[Claim], facts: Facts) -> bool:
    """Whether all that is named moves by one strength, or by the same ones on both sides ("neither eyebrow")."""
    sizes = {n: _rank(facts.regions[n]) for c in moves for n in claimed(c) if n in facts.regions}
    paired = all(c.region not in ("lips", "lid") for c in moves)
    sided = paired and all(side_of(n) and sizes.get(mirror(n)) == size for n, size in sizes.items())
    return bool(sizes) and (sided or len(set(sizes.values())) == 1)


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
    for first, stop in sentences(reading):
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
    low = max((k for k in range(than) if words[k] in _CLAUSES), default=-1)
    high = next((k for k in range(than, len(words)) if words[k] in _CLAUSES), len(words))
    if turn and all(m.last > first + than for m in inside):  # "Larger than the rise of the lip is that of the chin"
        subject, against = [m for m in inside if m.first > first + turn], [m for m in inside if m.last < first + turn]
    else:
        ahead = [m for m in inside if m.last < first + than]
        subject = _without_wholes([m for m in ahead if m.first > first + low] or ahead, words[0] in _OUT_OF)
        against = [m for m in inside if first + than < m.first < first + high]
    one = [c for m in subject for c in _of(m, moves)]
    other = [c for m in against for c in _of(m, moves)]
    if one and other and not {(c.region, c.side) for c in one} & {(c.region, c.side) for c in other}:
        return _ranks(one, facts), _ranks(other, facts)
    place = reading.tokens[first + than].start  # "more on the left than on the right"
    one = [c for c in moves if c.end <= place]
    named = {(c.region, c.side) for c in one}
    return _ranks(one, facts), _ranks([c for c in moves if c.end > place and (c.region, c.side) not in named], facts)


def _without_wholes(named: list[Mention], listed: bool) -> list[Mention]:
    """Without the region whose part is compared: "The brows sink more in the middle than at the outer ends".

    ``listed``: the sentence begins "Of the two parts of the brow ...", which names the whole anyway.
    """
    parts = [
        m for m in named if not any({*members(o.value)} < {*members(m.value)} and o.first > m.first for o in named)
    ]
    return parts[1:] if listed and len(parts) == len(named) > 1 else parts


def _of(mention: Mention, moves: list[Claim]) -> list[Claim]:
    """The claims that speak of a region where it is named."""
    return [c for c in moves if c.region == mention.value and mention.side in (c.side, None)]


def _equal(words: list[str]) -> int | None:
    """Where a sentence says that motions are equal in strength: "equally", "the same strength", "match in size"."""
    for i, word in enumerate(words):
        near = set(words[i + 1 : i + 9])
        if word in _EQUAL and not (word == "same" and _SAME & set(words[i + 1 : i + 2])):
            return i
        if word in _MATCHING and near & _SIZES:
            return i
        if word in _SIZES and words[i - 1 : i + 2 : 2] == ["the", "of"] and words[i - 2] in _HAVING:
            return i  # "rises with the amplitude of the outer brow"
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
    if (GREATER | LESSER) & set(words[place:high]) and "," in words[place:high]:
        high = words.index(",", place)  # "rise to the same extent, the inner brows less"
    start, end = reading.tokens[first + low].start, reading.tokens[first + high - 1].end
    own = [c for c in moves if c.start < end and start < c.end]
    alone = len(own) == 1 and own[0].side != "both"
    return moves if alone or not own else own


def _outdone(
    reading: Reading, first: int, words: list[str], i: int, moves: list[Claim], earlier: list[Claim], facts: Facts
) -> list[str]:
    """ "The chin shows the larger displacement", "the largest": than what else of the sentence, or the clip, moves."""
    low = max((k + 1 for k in range(i) if _parts(words, k)), default=0)
    high = next((k for k in range(i, len(words)) if _parts(words, k)), len(words))
    inside = [m for m in reading.mentions if m.kind == "region" and low <= m.first - first < high]
    own = [c for c in moves if any(m.value == c.region and m.side in (c.side, None) for m in inside)]
    if not inside:  # "on the right it rises less"
        start, end = reading.tokens[first + low].start, reading.tokens[first + high - 1].end
        own = [c for c in moves if start <= c.start < end]
    if not own and words[i + 1 : i + 2] in (["extent"], ["degree"]):  # "and, to a lesser extent, the lower lip"
        following = [m for m in reading.mentions if m.kind == "region" and first + i < m.first < first + len(words)]
        own = _of(following[0], moves) if following else []
    if not own and words[i] in _GREATEST | _LEAST:  # "..., the strongest motion", of all that was named before it
        own = [c for c in moves if c.start < reading.tokens[first + i].start]
    named = {n for c in own for n in claimed(c)}
    others = {n for c in moves for n in claimed(c)} - named or {n for c in earlier for n in claimed(c)} - named
    if words[i] in _GREATEST | _LEAST:
        others = {n for n, r in facts.regions.items() if r.status == "moved"} - named
    mine = _ranks(own, facts)
    rest = [_rank(facts.regions[n]) for n in others if n in facts.regions]
    if not mine or not rest:
        return ["a comparison that is not understood"]
    holds = max(mine) < min(rest) if words[i] in LESSER | _LEAST else min(mine) > max(rest)
    return [] if holds else ["a comparison that does not hold"]


def _parts(words: list[str], k: int) -> bool:
    """Whether one clause ends at a word and another begins; not at the marks of "weaker, namely slight, ..."."""
    named = words[k] == "," and "namely" in (*words[k + 1 : k + 2], *words[max(k - 2, 0) : max(k - 1, 0)])
    return words[k] in _PARTING and not named


def _ranks(claims: list[Claim], facts: Facts) -> list[int]:
    """Ranks of the strength of all that moves among what the claims name; -1 for what is still.

    Of "the lips", of which one moves, only that one counts.
    """
    ranks: list[int] = []
    for claim in claims:
        regions = [facts.regions[n] for n in claimed(claim) if n in facts.regions]
        for side in ("left", "right", None):
            own = [_rank(r) for r in regions if side_of(r.region) == side]
            moved = [rank for rank in own if rank >= 0]
            ranks += moved or own
    return ranks


def _rank(region: RegionEvidence) -> int:
    return _RANK[region.strength] if region.status == "moved" and region.strength else -1
