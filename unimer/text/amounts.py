"""What a text says of how many and how much: numbers, "only", "all", "along its whole length", comparisons.

Each is checked where it can be told from claims, labels and evidence; what cannot be told so is a problem.
"""

from __future__ import annotations

import re
from itertools import pairwise

from unimer.faces.regions import mirror, region_names, side_of
from unimer.records import Claim, Labels
from unimer.text.comparisons import find_compared, sentences
from unimer.text.facts import Facts, claimed, members
from unimer.text.gate import of_one_of_a_pair, of_regions
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
_HOLDING = frozenset(
    ("take", "takes", "took", "has", "have", "carry", "carries", "makes", "make", "shows", "does", "bears", "holds")
)
_MOTION = frozenset(("motion", "movement", "activity", "displacement", "action", "change"))
_OUT_OF_ALL = (" of which ", " of these ", " of them ", " among them ")
_ALL_MOTION = re.compile(
    r"\b((all|whole|entire|entirety|every|each|any)( of)?( the)?( (?!these|those|this)\w+)?"
    r" (motion|movement|displacement|activity)s?"
    r"(?! (?:of|at|in) (?:the|both|its|this|that) (?!face|clip))|everything|all that|whatever moves|is all by)\b"
)
_ALL_CAUSED = re.compile(rf"(?:^|[,;:] )[^,;:]*{_ALL_MOTION.pattern}[^,;:]* (?:by|through) |is all by ")
_BARE_CAUSED = re.compile(
    r"^(?:the|these) (?:motion|movement)s?(?: (?:is|are|here|seen|found|of the (?:face|clip)))* (?:by|through) "
    r"|^[^,;:]*account(?:s|ed)? for the (?:motion|movement)s?(?: (?:here|seen|measured|found|in the clip))*(?= [.;]|$)"
)
_ALONE = re.compile(r"\b(?:only|sole|solely|single|lone)\b", re.IGNORECASE)
_SIDED = frozenset(("left", "right"))
_PARTING = frozenset((";", ":", "while", "whereas", "but", "although", "though", "yet"))


def find_amounts(text: str, claims: list[Claim], labels: Labels, facts: Facts) -> list[str]:
    """What is said of amounts and does not hold or cannot be told, each in words."""
    reading = read_mentions(text)
    found: list[str] = []
    earlier: list[Claim] = []
    for first, stop in sentences(reading):
        a, b = reading.extent(first, stop)
        told = [c for c in claims if c.start < b and a < c.end]
        words = reading.words(first, stop)
        found += _counts(reading, first, words, told, labels, facts)
        found += _totals(reading, first, words, told, labels, facts)
        found += _exclusive(reading, first, words, told, claims, facts)
        found += _set_apart(text, told, facts)
        found += find_compared(reading, first, words, told, facts, earlier)
        earlier = told
    return found


def _set_apart(text: str, told: list[Claim], facts: Facts) -> list[str]:
    """ "The cheek rises, and the chin is the only region that moves": of what it is said of, nothing else may move.

    Such wording is read as "the chin moves; the rest of the face is motionless", and "the rest" leaves out the cheek.
    """
    moves = [c for c in told if c.kind == "motion" and not c.negated and c.about == "itself"]
    for rest in told:
        if rest.region != "rest" or not rest.negated or not _ALONE.search(text[rest.start : rest.end]):
            continue
        inside = [c for c in moves if c.start < rest.end and rest.start < c.end]
        named = {n for c in inside or [c for c in moves if c.start < rest.start] for n in claimed(c)}
        if named and any(r.status == "moved" and n not in named for n, r in facts.regions.items()):
            return ['"only" where something else moves']
    return []


_ALL_OF = re.compile(
    r"\b(?:all|any|every|each)(?: of)?(?: the| that| its| this)? (?:\w+ )?(?:motion|movement|displacement|shift)s?"
    r"(?: (?:of|in|at|on|around|near|about)(?: the| both| either)*)?$",
    re.IGNORECASE,
)


def find_whole(text: str, claims: list[Claim]) -> list[Claim]:
    """The claims of groups of regions that are said to hold for all of them: "along its whole length"."""
    reading, found = read_mentions(text), []
    for first, stop in sentences(reading):
        words = reading.words(first, stop)
        pairs = set(pairwise(words))
        if not (
            _WHOLE & set(words) or _MANY & set(words) or {("all", "parts"), ("all", "of"), ("each", "part")} & pairs
        ):
            continue
        a, b = reading.extent(first, stop)
        found += [c for c in claims if c.kind == "motion" and not c.negated and c.start < b and a < c.end]
    told = (c for c in claims if c.kind == "motion" and not c.negated and c not in found)
    return found + [c for c in told if of_motion(text, c)]


def of_motion(text: str, claim: Claim) -> bool:
    """ "All of the motion around the mouth is slight": said of what moves there, not of each part."""
    first = re.match(r"(?:\w+ )?(?:motion|movement|displacement|shift)s?\b", text[claim.start :])
    return _ALL_OF.search(text[: claim.start + (first.end() if first else 0)].rstrip()) is not None


def whole_parts(text: str, claim: Claim, facts: Facts) -> list[Claim]:
    """The parts for each of which a claim of ``find_whole`` must hold."""
    parts = [claim.model_copy(update={"region": base}) for base in members(claim.region or "")]
    if of_motion(text, claim):
        return [part for part in parts if any(facts.moved(name) for name in claimed(part))] or parts
    return parts


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
        parted = bool({":", ","} & near)
        close = 2 if near & _UNITS else 6 if near & _AREAS and "of" in near and not parted else 4
        if words[i + 1 : i + 2] in (["sides"], ["halves"]):
            fine = number == 2
        elif region is not None and region.first <= first + i + close:
            fine = _of_region(number, region, near, facts)
        elif words[max(i - 2, 0) : i] in (["of", "the"], ["out", "of"]) and _UNITS & set(words[max(i - 5, 0) : i]):
            fine = number == len({label.au for label in labels.aus})  # "the one unit of the four"
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
    coded = any(m.kind == "annotated" for m in later if verdict is not None and m.first < verdict.first)
    text = " ".join(t.text for t in reading.tokens[place:])
    if coded and any(p in text for p in _OUT_OF_ALL):  # "Four units are labelled, of which AU4 is supported"
        return number == len({label.au for label in labels.aus})
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
    said = " ".join(words)
    accounts = {"accounts", "account"} & set(words) and _ALL_MOTION.search(said)
    bare = first == 0 and _BARE_CAUSED.search(said) and not any(c.kind == "motion" for c in told)
    if accounts or bare or _ALL_CAUSED.search(said):  # "All the motion is due to AU17", "The motions are due to AU17"
        units = {c.au for c in told if c.kind == "au" and not c.negated}
        if units and any(r.status == "moved" and not units & set(r.aus) for r in facts.regions.values()):
            return ["all motion, some of which those units do not explain"]
    moves = [c for c in told if c.kind == "motion" and not c.negated]
    if len(moves) > 1 and re.search(r"\b(same|one and the same) (action )?(unit|au)\b", said):
        by = [{au for n in claimed(c) if n in facts.regions for au in facts.regions[n].aus} for c in moves]
        if not set.intersection(*by):
            return ["one unit for motions that no one unit explains"]
    excepted = next((words.index(w) for w in ("other", "but", "except", "save") if w in words), 0)
    if words[0] in ("no", "none") and excepted and _UNITS & set(words[:excepted]):  # "No unit other than AU4 is ..."
        shown = {c.au for c in told if c.kind == "au" and c.about == "itself" and not c.negated}
        if any(facts.supported(au) for au in facts.verdicts if au not in shown):
            return ["an exception besides which there are others"]
    for i, word in enumerate(words):
        near = words[i + 1 : i + 5]
        if word not in _TOTAL or not _UNITS & set(near):
            continue
        near = near[: next(k for k, w in enumerate(near) if w in _UNITS)]
        if not all(w in _QUALIFYING or w in NUMBER_WORDS for w in near):
            continue
        inside = [m for m in reading.mentions if first + i < m.first <= first + i + 1 + len(near)]
        labelled = {label.au for label in labels.aus}
        verdict = any(m.kind == "measuring" and m.first > first + i for m in reading.mentions)
        annotated = any(m.kind == "annotated" for m in inside) and not (word == "one" and verdict)
        wanted = labelled if annotated else {a for a in labelled if facts.supported(a)}
        if {c.au for c in told if c.kind == "au"} != wanted:
            return [f'"{word}" of units that are not all there are']
    return []


def _exclusive(
    reading: Reading, first: int, words: list[str], told: list[Claim], claims: list[Claim], facts: Facts
) -> list[str]:
    """ "Only on the left does the lip move": the other side must be measured and still."""
    whole = (["all", "of"], ["all", "the"])
    taking = any(words[i : i + 2] in whole and words[i - 1] in _HOLDING for i in range(1, len(words)))
    if taking and _MOTION & set(words):  # "The chin takes all of the motion"
        return _sole(told, claims, facts)
    near = [{*words[max(i - 3, 0) : i], *words[i + 1 : i + 4]} for i, w in enumerate(words) if w in ("only", "alone")]
    for i, word in enumerate(words):
        sided = word not in ("only", "alone") or _SIDED & {*words[max(i - 3, 0) : i], *words[i + 1 : i + 4]}
        if word in ("only", "alone") and first + i not in reading.idle:
            unread = _unmeasured(reading, first, words, i, told)
            if unread:
                return _alone_unmeasured(unread, facts)
        pair = word in ("only", "alone") and of_one_of_a_pair(reading, first + i)
        if not sided and not pair and of_regions(reading, first + i) and first + i not in reading.idle:
            return _of_regions_alone(reading, first, words, i, told, facts)
    of_pair = any(w in ("only", "alone") and of_one_of_a_pair(reading, first + i) for i, w in enumerate(words))
    if not of_pair and not any(_SIDED & around for around in near):
        return []
    pairs = [m for m in reading.mentions if m.kind == "place" and first <= m.first < first + len(words)]
    of_pair = (
        of_pair
        or any(reading.word(m.first) in ("of", "among", "amongst", "between") for m in pairs)
        or "one of" in " ".join(words)
    )
    of_pair = of_pair or any(
        words[i + 2 : i + 3] in (["left"], ["right"])
        and words[i + 3 : i + 4] in (["half"], ["part"], ["side"], ["end"])
        for i, w in enumerate(words)
        if w == "only"
    )  # "only the left half of the lip"
    if not of_pair and not any({"on", "at", "to"} & around for around in near):  # "only the left cheek moves"
        return _sole(told, claims, facts)
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


def _clause(reading: Reading, first: int, words: list[str], place: int) -> tuple[int, int, int, int]:
    """The words of the clause of a word, from and to, and the characters that they stand for."""
    low = max((k + 1 for k in range(place) if words[k] in _PARTING), default=0)
    high = next((k for k in range(place, len(words)) if words[k] in _PARTING), len(words))
    tokens = reading.tokens[first + low : first + high]
    return low, high, min(t.start for t in tokens), max(t.end for t in tokens)


def _of_regions_alone(
    reading: Reading, first: int, words: list[str], place: int, told: list[Claim], facts: Facts
) -> list[str]:
    """ "Only the chin moves": all else that was measured is still.

    "Only the outer end of the brow rises" speaks of the brow: all of it must have been measured.
    """
    low, high, start, end = _clause(reading, first, words, place)
    own = [c for c in told if c.kind == "motion" and not c.negated and start <= c.start < end]
    if any(c.about == "measurement" for c in own):  # "only the left of the two lids could be measured"
        others = {mirror(n) for c in own for n in claimed(c) if side_of(n)} if "two" in words[low:high] else set()
        hidden = bool(others) and all(_status(n, facts) == "unmeasurable" for n in others)
        return [] if hidden else ['"only" where more could be measured']
    named = {n for c in own for n in claimed(c) if n in facts.regions}
    inside = [m for m in reading.mentions if m.kind == "region" and low <= m.first - first < high]
    brow = members("brow")
    of_brow = bool(inside) and all("of" in reading.words(m.first, m.last) and m.value in brow for m in inside)
    strict = {f"{b}_{s}" for b in brow for s in ({m.side for m in inside} & _SIDED or _SIDED)}
    for name, region in facts.regions.items():
        hidden = region.status == "unmeasurable" and of_brow and name in strict
        if name not in named and (region.status == "moved" or hidden):
            return ['"only" where something else may move']
    return [] if named else ['"only" where something else may move']


def _unmeasured(reading: Reading, first: int, words: list[str], place: int, told: list[Claim]) -> list[Claim]:
    """What the clause of a word says could not be measured, if it says nothing else of regions."""
    _, _, start, end = _clause(reading, first, words, place)
    own = [c for c in told if c.kind == "motion" and start <= c.start < end]
    return own if all(c.negated and c.about == "measurement" for c in own) else []


def _alone_unmeasured(told: list[Claim], facts: Facts) -> list[str]:
    """ "The chin alone could not be measured": all else was measured."""
    named = {n for c in told for n in claimed(c)}
    missing = {n for n in region_names() if _status(n, facts) == "unmeasurable"}
    return [] if missing <= named else ['"only" where more could not be measured']


def _sole(told: list[Claim], claims: list[Claim], facts: Facts) -> list[str]:
    """ "Only the left cheek moves": all that is not named was measured and is still."""
    named = {n for c in told if c.kind == "motion" and not c.negated for n in claimed(c)}
    resting = any(c.kind == "motion" and c.negated and c.region in ("rest", "measurable") for c in claims)
    free = ("still", "unmeasurable") if resting else ("still",)  # "...; the rest that was measured is still"
    fine = all(r.status in free or name in named for name, r in facts.regions.items())
    return [] if fine or not named else ['"only" where something else may move']
