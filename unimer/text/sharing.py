"""Which of several units explains which of several regions: "the outer brows by AU2, the inner brows by AU1".

Where a sentence names more than one unit, each takes either the regions told before it ("both outer brows (AU2)") or
those after it ("AU1 for the glabella"), as far as the next unit. Nothing is then said of it and the other regions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from unimer.records import Claim
from unimer.text.facts import Facts, claimed
from unimer.text.lexicon import DETERMINERS, Mention
from unimer.text.reading import Reading

Caused = tuple[list[int], Claim, bool]

_STOPS = frozenset(".!?\n")
_AFTER_REGIONS = frozenset(
    ("by", "through", "via", "to", "(", ":", "with", "supports", "support", "fits", "fit", "confirms")
)
_BEFORE_REGIONS = frozenset(("for", "at", "accounts", "account", ":", "in", "on"))
_RELATIVE = frozenset(
    (",", "which", "that", "jointly", "also", "what", "both", "likewise", "unhalved", "is", "are", "seen", "to")
)
_JOINING = frozenset(("and", "with", "together", "as", "well", "au", "aus", "the", "&", "/", "+", "(", ")", "sided"))
_RESETS = frozenset((";", "while", "whereas", "but", "although", "though"))
_LABELLED = frozenset(
    ("unshared", "unparted", "unhalved", "annotated", "labelled", "coded", "automatically", "bilateral")
)
_BEFORE_BOTH = frozenset(
    (
        "by",
        "for",
        "to",
        "with",
        "under",
        "from",
        "via",
        "through",
        "and",
        ",",
        ";",
        "supports",
        "fits",
        ":",
        "here",
        ".",
        "then",
    )
)


@dataclass
class _Series:
    """Units that are named together, and the regions that they are said to explain."""

    first: int
    last: int
    units: set[int]
    both: bool = False
    jointly: bool = False
    regions: list[Mention] = field(default_factory=list)


def name_both(reading: Reading) -> None:
    """Puts the units named before in place of "both units", "by the latter", "this unit", where it is plain which."""
    for i in range(len(reading.tokens)):
        said = reading.words(i, i + 2)
        named = [m for m in reading.mentions if m.kind == "au" and m.last < i]
        units = list(dict.fromkeys(a for m in named for a in m.aus))
        if not units or reading.mentioned(i + 1, "au"):
            continue
        if said in (["both", "aus"], ["both", "units"]) and reading.word(i - 1) in _BEFORE_BOTH:
            meant = units if len(units) == 2 else []
        elif said in (["the", "former"], ["the", "latter"]) and reading.word(i - 1) in ("by", "through"):
            latest = list(_series(reading, 0, i))[-1]
            pair = [a for a in units if a in latest.units]
            meant = [pair[said[1] == "latter"]] if len(pair) == 2 else []
        elif said == ["this", "unit"] and (
            reading.word(i - 1) in ("by", "through", "to", "with") or reading.word(i + 2) in ("and", "accounts")
        ):
            latest = list(_series(reading, 0, i))[-1]
            meant = [*latest.units] if len(latest.units) == 1 else []
        else:
            continue
        places = [i, i + 1] if len(meant) == 2 else [i]
        new = [Mention("au", str(au), k, k, aus=(au,)) for k, au in zip(places, meant, strict=bool(meant))]
        if len(new) == 1:
            new[0].last = i + 1
        kept = [m for m in reading.mentions if not new or m.last < i or m.first > i + 1]
        reading.mentions[:] = sorted([*kept, *new], key=lambda m: m.first)


def find_shares(reading: Reading, told: list[Claim]) -> tuple[list[Caused], set[int]]:
    """Units with the motion that they alone of the units of a sentence are said to cause; whether each must.

    And the tokens at which these units are named.
    """
    found: list[Caused] = []
    placed: set[int] = set()
    for series in _told_apart(reading):
        for one in series:
            parts = [s for s in series if s.units < one.units and s.regions]
            detailed = {r.value for s in parts for r in s.regions}
            several = len(one.units) > 1
            strict = several and (one.both or one.jointly or bool(parts))
            for region, claims in _claims_of(reading, one, told):
                each = (strict and region.value not in detailed) or (several and len(one.regions) == 1)
                found += [(sorted(one.units), c, each) for c in claims]
                placed |= set(range(one.first, one.last + 1)) if claims else set()
    return found, placed


def find_idle(reading: Reading, told: list[Claim], facts: Facts) -> list[str]:
    """Units named beside others for motion none of which they explain, each in words."""
    found = []
    for one in (s for series in _told_apart(reading) for s in series if len(s.units) > 1 and s.regions):
        moved = [r for _, cs in _claims_of(reading, one, told) for c in cs for r in claimed(c) if facts.moved(r)]
        idle = [au for au in sorted(one.units) if moved and not any(au in facts.regions[r].aus for r in moved)]
        found += [f"AU{au} for motions none of which it explains" for au in idle]
    for one in (s for first, stop in _sentences(reading) for s in _paired(reading, first, stop) if s.regions):
        first, stop = sorted((one.last, one.regions[-1].first))
        denied = [w for w in reading.words(first, stop) if w in ("neither", "nor", "not")]
        found += [f'a motion set apart from the units that explain others: "{w}"' for w in denied]
    return found


def find_nameless(reading: Reading) -> list[str]:
    """ "Both units raise ..." where not just two were named before, "by AU1, AU2 and the glabella"."""
    places = [i for i in range(len(reading.tokens)) if reading.words(i, i + 2) == ["both", "aus"]]
    acting = ("unhalved", "accounts", "account", "explain")
    loose = [i for i in places if not reading.mentioned(i, "au")]
    found = ["units that are not named: both" for i in loose if reading.word(i + 2) in acting]
    for one in _series(reading, 0, len(reading.tokens)):
        i = one.last + 1
        if reading.word(one.first - 1) != "by" or reading.word(i) != "and":
            continue
        i += 1
        while reading.word(i) in DETERMINERS:
            i += 1
        region = next((m for m in reading.mentions if m.kind == "region" and m.first == i), None)
        if region is not None and reading.word(region.last + 1) in (".", ",", ";", ""):
            found.append("a region named as a cause beside units")
    return found


def _told_apart(reading: Reading) -> Iterator[list[_Series]]:
    """The units of each sentence in which several have their regions."""
    for first, stop in _sentences(reading):
        series = _paired(reading, first, stop)
        several = sum(bool(s.regions) for s in series) > 1
        marked = [s for s in series if s.regions and (s.jointly or s.both or len(s.units) > 2)]
        if several or marked or any(_heads(reading, s, first) for s in series):
            yield series


def _claims_of(reading: Reading, one: _Series, told: list[Claim]) -> Iterator[tuple[Mention, list[Claim]]]:
    """The regions of units, each with what is told of its motion."""
    for region in one.regions:
        yield region, [c for c in told if _region(reading, c) is region]


def _paired(reading: Reading, first: int, stop: int) -> list[_Series]:
    """The units of a sentence with their regions; none where it leaves open which are whose."""
    if {"unblamed", "respectively"} & set(reading.words(first, stop)):
        return []
    series = list(_series(reading, first, stop))
    for one in series:
        one.jointly = "unhalved" in (*reading.words(one.first - 3, one.first), *reading.words(one.last, one.last + 3))
    places = {i: s for s in series for i in range(s.first, s.last + 1)}
    regions = {m.first: m for m in reading.mentions if m.kind == "region" and first <= m.first < stop}
    waiting: list[Mention] = []
    leading: _Series | None = None
    for i in range(first, stop):
        if reading.word(i) in _RESETS:
            waiting, leading = [], None
        elif i in regions and leading is not None:
            leading.regions.append(regions[i])
        elif i in regions:
            waiting.append(regions[i])
        elif i in places and places[i].first == i:
            one = places[i]
            behind = _behind(reading, one)
            if waiting and behind:
                one.regions, leading = waiting, None
            elif _ahead(reading, one):
                leading = one
            elif waiting:
                return []
            waiting = []
    return series


def _series(reading: Reading, first: int, stop: int) -> Iterator[_Series]:
    """Units side by side: "AU1 and AU2", "AU1, AU2" in brackets, a number with the unit's name."""
    units = [m for m in reading.mentions if m.kind == "au" and first <= m.first < stop]
    current: _Series | None = None
    for unit in units:
        between = [w for w in reading.words(current.last + 1, unit.first) if w not in ("au", "aus")] if current else []
        same = current is not None and set(unit.aus) <= current.units and set(between) <= _JOINING | {","}
        listed = current is not None and (reading.word(current.first - 1) == "(" or between in ([","], [",", "and"]))
        joined = set(between) <= _JOINING - {"(", ")"} or (listed and set(between) <= {",", "and"})
        joined = joined or (set(between) <= {","} and _goes_on(reading, units, unit))
        again = current is not None and set(unit.aus) <= current.units and "and" in between  # "with AU1, and AU1 ..."
        if current is not None and (same or joined) and not again:
            current.last, current.units = unit.last, current.units | set(unit.aus)
            continue
        if current is not None:
            yield current
        both = reading.word(unit.first) == "both"
        current = _Series(unit.first, unit.last, set(unit.aus), both)
    if current is not None:
        yield current


def _goes_on(reading: Reading, units: list[Mention], unit: Mention) -> bool:
    """Whether "and" joins another unit to one: "AU1, AU2 and AU4"."""
    following = next((u for u in units if u.first > unit.last), None)
    between = reading.words(unit.last + 1, following.first) if following else []
    return bool({"and"} & set(between)) and set(between) <= {",", "and", "au", "the"}


def _behind(reading: Reading, one: _Series) -> bool:
    """Whether units stand behind the regions that they explain: "... (AU1)", "... by AU2"."""
    sides = {i for m in reading.mentions if m.kind in ("side", "annotated") for i in range(m.first, m.last + 1)}
    i = one.first - 1
    while reading.word(i) in DETERMINERS or reading.word(i) in _LABELLED or i in sides:
        i -= 1
    return reading.word(i) in _AFTER_REGIONS


def _ahead(reading: Reading, one: _Series) -> bool:
    """Whether units stand before the regions that they explain: "AU1 for ...", "AU2 lifts ...", "AU2: ..."."""
    starts = {m.first: m for m in reading.mentions}
    i = one.last + 1
    while i < len(reading.tokens):
        mention = starts.get(i)
        if reading.word(i) in _BEFORE_REGIONS or (mention is not None and mention.kind in ("verb", "region")):
            return True
        if mention is not None and mention.kind in ("side", "strength", "hedge", "presence"):
            i = mention.last + 1
        elif reading.word(i) in _RELATIVE or reading.word(i) in DETERMINERS or reading.word(i) in ("(", ")", "on"):
            i += 1
        else:
            return False
    return False


def _heads(reading: Reading, one: _Series, first: int) -> bool:
    """Whether units open a sentence as its heading: "AU7 (lid tightener): ..."."""
    after = one.last + 1
    while reading.word(after) in (")", ",", "both", "left", "right", "sides", "on", "the", "side", "bilateral"):
        after += 1
    return bool(one.regions) and reading.word(after) == ":" and one.first - first <= 1


def _sentences(reading: Reading) -> Iterator[tuple[int, int]]:
    """First token of each sentence, and the one after its last; semicolons end none."""
    first = 0
    for i in range(len(reading.tokens) + 1):
        if i == len(reading.tokens) or reading.word(i) in _STOPS:
            if i > first:
                yield first, i
            first = i + 1


def _region(reading: Reading, claim: Claim) -> Mention | None:
    """The words that name the region of a claim."""
    inside = [
        m
        for m in reading.mentions
        if m.kind == "region"
        and m.value == claim.region
        and claim.start <= reading.tokens[m.first].start
        and reading.tokens[m.last].end <= claim.end
    ]
    sided = [m for m in inside if m.side == claim.side]
    return (sided or inside)[-1] if inside else None
