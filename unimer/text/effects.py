"""Causes the wrong way round: motion that is said to bring about a unit, a unit in spite of which something moves.

A unit is a name for what moves the skin, so the motion is due to it, and not it to the motion. The text is read as it
was written, for rewriting puts both ways into the same words.
"""

from __future__ import annotations

import re

from unimer.records import Claim
from unimer.text.clauses import SENTENCE_ENDS
from unimer.text.facts import Facts, claimed, deciding_regions
from unimer.text.lexicon import Token, tokenise
from unimer.text.meaning import DOUBTS
from unimer.text.mentions import read_mentions
from unimer.text.reading import Reading

_NAME = r"(?:raiser|lowerer|puller|depressor|tightener|pressor|wrinkler)"
_UNIT = rf"(?:au \d+|(?:\w+ )?\w+ {_NAME}(?! of))"
# Not who labelled it and where: "credited to the left side by the annotators".
_WHO = r"(?:human|automatic|optical|annot|coder|detector|program|software|label|flow|observ|unreliable|lack|missing)"
_WHERE = r"(?:left|right)(?: (?:side|half))?(?: of the face)? (?:by|only|alone|and|but|[.,;])"
_OF = rf"(?:the|both|its|their|a|an|either|left|right|this|these|that|those|it|them)(?! (?:{_WHO}|{_WHERE}))"
_BE = r"(?:is|was|are|were)"
_MADE = (
    r"(?:caused|produced|brought about|triggered|driven|created|generated|induced|effected|raised|lifted|lowered) by"
)
_DUE = r"(?:due|owing|put down|down|attribut\w+|ascrib\w+|traced|traceable|credited) (?:back )?to"
_RESULT = r"(?:because|on account|(?:an?|the) (?:result|consequence|effect|product|work|doing|outcome|upshot)) of"
_FROM = r"(?:results?|stems?|arises?|follows?|springs?|derives?|ensues?) from|follows|followed|owes \w+ \w+ to"
_CAUSED = re.compile(
    rf"\b{_UNIT}(?: on the (?:left|right))?(?: ,)? (?:{_BE}(?: \w+ly)? (?:{_MADE}|{_DUE}|{_RESULT})|{_FROM}) {_OF} "
)
_MAKES = (
    r"causes?|caused|produces?|produced|brings? about|brought about|gives? rise to|gave rise to|triggers?|triggered"
    r"|induces?|induced|generates?|generated|creates?|created|leads? to|led to|results? in|resulted in|entails?"
    r"|drives?|drove|governs?|governed|determines?|determined|underl(?:ies|ie|ay)|sets? off|evokes?|elicits?"
)
_CAUSE = r"(?:the |a )?(?:cause|reason|source|origin|author|motor|driver) (?:of|for|behind)"
_ANSWERS = r"(?:responsible|answerable|accountable|to blame|to thank) for"
_CAUSING = re.compile(rf"\b(?:{_MAKES}|{_BE} {_CAUSE}|{_BE} {_ANSWERS}) (?:the |an? )?{_UNIT}")
_PART = r"(?:brow|lip|lid|chin|cheek|wing|fold|corner|forehead|glabella)s?"
_MOVES = r"(?:raise|lift|lower|pull|pushe|push|draw)(?:s|ed)?"
_PUT = re.compile(rf"\b{_PART} {_MOVES} (?:the |an? )?{_UNIT}")
_BACKWARD, _FORWARD = ("because", "since", "for"), ("so", "hence", "therefore", "thus")
_ENDS = frozenset((";", ":", "while", "whereas", "but"))
_DESPITE = ("despite", "notwithstanding")
# Words of reason as they are written, for rewriting leaves some out: the reason follows, or what it is given for.
_GROUND = re.compile(
    r"(?<![^ ])(?:because(?: of)?|since|given(?: that)?|due to|owing to|on account of|in (?:view|light) of"
    r"|seeing (?:that|as)|considering(?: that)?|inasmuch as"
    r"|(?:^|(?<=[,.;:] ))(?:as(?! (?:well|far|to|for|a|an|does|do|did|labelled|annotated) )|with))(?= )"
)
_OUTCOME = re.compile(
    r"(?<![^ ])(?:hence|therefore|thus|consequently|accordingly|in consequence|as a (?:result|consequence)"
    r"|for (?:this|that) reason|(?:which|this|that) is why|(?<=, )so|(?<=, and )so"
    r"|(?:(?:which|this|that) )?(?:means?|implies|leaves?|makes?|renders?|meaning|leaving|making|rendering))(?= )"
)


def find_reversed(text: str, claims: list[Claim], facts: Facts) -> list[str]:
    """What of a text makes a unit the effect of motion, or sets motion against a unit that moves it, each in words."""
    line = " ".join(t.text for t in tokenise(text))
    told = any(c.kind == "au" for c in claims)
    found = [m.group().strip() for p in (_CAUSED, _CAUSING, _PUT) for m in p.finditer(line) if told]
    turned = [f'a unit as the effect of motion: "{quote}"' for quote in found]
    return turned + _despite(text, claims, facts) + (_reasons(text, claims, facts) or _grounds(text, claims, facts))


def _despite(text: str, claims: list[Claim], facts: Facts) -> list[str]:
    """ "Despite AU2, the brow rises", "in spite of AU2": of a unit that the flow supports."""
    reading = read_mentions(text)
    moving = any(c.kind == "motion" and not c.negated for c in claims)
    found = []
    for unit in (m for m in reading.mentions if m.kind == "au"):
        before = [w for w in reading.words(unit.first - 5, unit.first) if w not in ("the", "au", "label", "labelled")]
        spite = before[-1:] and (before[-1] in _DESPITE or before[-2:] in (["spite", "of"], ["regardless", "of"]))
        if spite and moving and any(facts.supported(a) for a in unit.aus):
            found.append(f'motion in spite of the unit that moves it: "{" ".join([*before[-2:], unit.value])}"')
    return found


def _reasons(text: str, claims: list[Claim], facts: Facts) -> list[str]:
    """ "AU4 is not confirmed because the cheeks are still": a reason that does not bear on it."""
    reading, found = read_mentions(text), []
    for i, token in enumerate(reading.tokens):
        if token.text not in _BACKWARD + _FORWARD or (token.text in ("for", "so") and reading.word(i - 1) != ","):
            continue
        sides = _sides(reading, i)
        if sides is None:
            continue
        cause, effect = ([c for c in claims if c.start < high and low < c.end] for low, high in sides)
        if not _follows(cause, effect, facts):
            found.append(f'a reason that does not bear on what it is given for: "{token.text}"')
    return found


def _sides(reading: Reading, i: int) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """Characters of the reason that a word introduces and of what it is given for; None where either is empty."""
    stops = SENTENCE_ENDS | _ENDS
    before_so = SENTENCE_ENDS - {";"} if reading.word(i) in _FORWARD else stops  # "A rises; B falls, so AU1 and AU15"
    low, high = i, i + 1
    while low and reading.word(low - 1) not in before_so:
        low -= 1
    while high < len(reading.tokens) and reading.word(high) not in stops:
        high += 1
    before, after = (low, i), (i + 1, high)
    if low == i:
        comma = next((j for j in range(i, high) if reading.word(j) == ","), high)
        before, after = (i + 1, comma), (comma + 1, high)
    if before[0] >= before[1] or after[0] >= after[1]:
        return None
    one, other = _extent(reading, *before), _extent(reading, *after)
    if one is None or other is None:
        return None
    return (one, other) if low == i or reading.word(i) in _FORWARD else (other, one)


def _grounds(text: str, claims: list[Claim], facts: Facts) -> list[str]:
    """ "As the chin could not be measured, AU4 is not confirmed": doubt of a unit for a reason that is not its own."""
    if not any(_doubted(c) for c in claims):
        return []
    tokens, found = tokenise(text), []
    line = " ".join(t.text for t in tokens)
    for pattern in (_GROUND, _OUTCOME):
        for match in pattern.finditer(line):
            first = line[: match.start()].count(" ")
            stop = first + match.group().strip().count(" ") + 1
            cause, effect = _parts(tokens, first, stop, claims, pattern is _GROUND)
            if not _bears(cause, effect, facts):
                found.append(f'a reason that does not bear on what it is given for: "{match.group()}"')
    return found


def _doubted(claim: Claim) -> bool:
    return claim.kind == "au" and claim.negated and claim.about in DOUBTS | {"motion"}


def _parts(
    tokens: list[Token], first: int, stop: int, claims: list[Claim], backward: bool
) -> tuple[list[Claim], list[Claim]]:
    """Claims of a reason and of what it is given for, around a word of reason."""
    words = [t.text for t in tokens]
    low = max((i + 1 for i in range(first) if words[i] in SENTENCE_ENDS), default=0)
    high = next((i for i in range(stop, len(words)) if words[i] in SENTENCE_ENDS), len(words))

    def told(a: int, b: int) -> list[Claim]:
        return [c for c in claims if a < b and c.start < tokens[b - 1].end and tokens[a].start < c.end]

    if backward and first == low:  # the reason ends at a comma before what is doubted
        doubted = min((c.start for c in told(stop, high) if _doubted(c)), default=0)
        commas = [i for i in range(stop, high) if words[i] == ","]
        comma = max((i for i in commas if tokens[i].end <= doubted), default=commas[0] if commas else high)
        return told(stop, comma), told(comma + 1, high)
    if backward:
        low = max((i + 1 for i in range(low, first) if words[i] in _ENDS), default=low)
        high = next((i for i in range(stop, high) if words[i] in _ENDS), high)
        return told(stop, high), told(low, first)
    if not told(low, first):  # "... . Therefore, AU4 is not confirmed"
        low, first = max((i + 1 for i in range(max(low - 1, 0)) if words[i] in SENTENCE_ENDS), default=0), low
    return told(low, first), told(stop, high)


def _bears(cause: list[Claim], effect: list[Claim], facts: Facts) -> bool:
    """Whether a reason bears on the units that are doubted for it: theirs are its regions, or it is said of them."""
    units = {c.au for c in effect if _doubted(c)}
    motions = [c for c in cause if c.kind == "motion"]
    regions = {r for c in motions for r in claimed(c)}
    if not regions:
        others = {c.au for c in cause if c.kind == "au"}
        return not units or not others or bool(units & others)
    return all(_decides(unit or 0, regions, facts) or _moving(motions, unit, facts) for unit in units)


def _decides(unit: int, regions: set[str], facts: Facts) -> bool:
    """Whether regions decide a unit; none do where no region's motion tells of it."""
    verdicts = facts.verdicts.get(unit, [])
    seen = [v for v in verdicts if v.verdict != "unobservable"]
    return not verdicts or any(r in regions for v in seen for r in deciding_regions(v.au, v.side))


def _moving(motions: list[Claim], unit: int | None, facts: Facts) -> bool:
    """ "The cheeks rise with AU12, so AU6 cannot be judged": what moves is a reason where no region decides."""
    hidden = any(v.verdict == "unobservable" for v in facts.verdicts.get(unit or 0, []))
    return hidden and not any(c.negated for c in motions)


def _extent(reading: Reading, first: int, stop: int) -> tuple[int, int] | None:
    """Characters between which tokens stand, without those that rewriting has put in: they stand for more."""
    kept = [t for t in reading.tokens[first:stop] if t.end - t.start == len(t.text) and t.text.isalnum()]
    return (min(t.start for t in kept), max(t.end for t in kept)) if kept else None


def _follows(cause: list[Claim], effect: list[Claim], facts: Facts) -> bool:
    """Whether what is measured of the regions in a reason can bear on the units or the motion it is given for."""
    motions = [c for c in cause if c.kind == "motion"]
    regions = {r for c in motions for r in claimed(c)}
    units = [c for c in effect if c.kind == "au" and c.au is not None]
    moving = [c for c in effect if c.kind == "motion"]
    meant = {r for c in moving for r in claimed(c)}
    if cause and moving and all(_doubted(c) for c in cause) and all(c.about in DOUBTS for c in moving):
        return all(
            _decides(c.au or 0, meant, facts) for c in cause
        )  # "whether the lids tighten is open, since AU7 ..."
    if not _bears(cause, effect, facts):
        return False
    if not regions or {c.au for c in cause if c.kind == "au"} - {c.au for c in units}:
        return not (cause and moving and not units and all(c.kind == "au" for c in cause) and moving[0].negated)
    for unit in units:
        deciding = {r for v in facts.verdicts.get(unit.au or 0, []) for r in deciding_regions(v.au, v.side)}
        explained = {r for r in regions if r in facts.regions and unit.au in facts.regions[r].aus}
        if unit.about == "label" and not unit.negated:
            if any(_doubted(c) and c.au == unit.au for c in units):
                continue  # "although AU25 is labelled, it is not confirmed, since ..."
            return False
        if _doubted(unit) and not (_decides(unit.au or 0, regions, facts) or _moving(motions, unit.au, facts)):
            return False
        hidden = any(c.kind == "motion" and c.about in DOUBTS for c in cause)
        unmeasured = any(v.verdict == "unmeasurable" for v in facts.verdicts.get(unit.au or 0, []))
        if unit.about in ("measurement", "judgement") and unmeasured and not hidden:
            return False  # what is still was measured
        if unit.about in DOUBTS and deciding and not deciding & regions:
            return False
        if unit.about == "itself" and not unit.negated and not explained:
            return False
    shared = {a for r in regions if r in facts.regions for a in facts.regions[r].aus}
    return (
        not moving
        or bool(meant & regions)
        or any(shared & set(facts.regions[r].aus) for r in meant & facts.regions.keys())
    )
