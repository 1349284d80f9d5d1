"""What known words say when they are put together, and what no claim holds: "frame by frame", "stays there".

Every word of these is harmless alone, so the gate lets them pass, and rewriting drops some of them; here the text is
read as it was written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import combinations, pairwise

from unimer.records import Claim
from unimer.text.facts import Facts, claimed
from unimer.text.gate import words
from unimer.text.lexicon import tokenise
from unimer.text.mentions import read_mentions
from unimer.text.reading import Reading

_PICTURES = r"(?:frames?|pictures?|images?)"
_CLIP = r"(?:clip|sequence|video|recording|episode|excerpt|footage|interval|sample|expression|time|while)"
_TOLD = r"(?:account|story|tale|version|view|picture|opinion)"
# Of whatever is said to happen: how often, in which picture, by what rule, to what end.
_ANYWHERE = re.compile(
    r"\b(?:(?!side )(\w+) by \1|by (?:definition|nature|design|law|rule|default|convention|right)"
    r"|as (?:an?|the|some|its|their) (?:act|role|sign|hint|pose|show|mask|reason|gesture|trace|fact)"
    r"|to (?:the|its|their) (?:very )?(?:entire|full|fullest|whole|utmost|largest|complete|last)"
    r" (?:extent|degree|size|length|amount)"
    r"|(?<!not )only (?:the|both) [^.;]* (?:while|whereas|but|and|with) [^.;]*(?:too|also|likewise|as well)"
    r"|(?:staying|remaining|holding|keeping|resting|lingering) (?:there|so|thus|up|down|that way|like that"
    r"|raised|lowered|lifted|elevated|depressed|aloft)"
    r"|(?:extent|degree|amount|size|way) possible|as (?:far|much) as (?:possible|it can|they can|can be))\b"
)
# Beside motion only: what is still is so throughout, and in both pictures.
_LASTING = re.compile(
    rf"\b(?:(?:in|on|at|of|across|over) (?:both|each|every|either|all)(?: of)?(?: the)?(?: two)? {_PICTURES}"
    rf"|(?:throughout|all through|all along)(?= [.,;]|$)"
    rf"|(?:throughout|all through|all along) (?:the |this )?(?:\w+ )?{_CLIP}"
    r"|(?:and|then|to|where it|where they) (?:then |just |also |is |are )*"
    r"(?:stays?|stayed|remains?|remained|holds?|held|keeps?|kept|lies?|rests?)"
    r" (?:there|so|thus|up|down|that way|like that|raised|lowered))\b"
    # How long, how often, what comes back.
    r"|\b(?:held|kept|holding|keeping|sustained|maintained|staying|remaining|lingering)"
    r"(?= (?:there|so|thus|up|down|out|aloft|in place|in position|for|at|by|throughout|until|slightly|moderately"
    r"|strongly|raised|lowered|lifted|elevated|depressed|[.,;)])|$)|\bput (?:there|so|thus)\b"
    r"|\b(?:and|then|,)(?: (?:it|they|this|these|then|just|all|both))*"
    r" (?:stays?|stayed|remains?|remained|holds?|lasts?|lasted|lingers?|lingered|persists?|persisted|endures?|endured)"
    r"(?= [.,;]|$)"
    r"|\bfor (?:an?|some|the|quite an?|all the|most of the|much of the|part of the|a (?:little|short|long|good))"
    r"(?: \w+)? (?:while|time|length|duration|span|run|rest|spell|stretch)\b"
    r"|\b(?:all the (?:while|time)|all (?:along|through)|throughout)(?= (?:[.,;)]|by)|$)"
    r"|\b(?:over and over|by and by|time and again|time after time|on and off|off and on|by turns|in turns"
    r"|in (?:a|one) (?:go|sweep|stroke|move|step|run)|one (?:at a time|by one|after the other)"
    r"|(?:with|after|before|without) (?:a|any) (?:hold|stay|rest|return|stop|halt|turn|pause|wait))\b"
    r"|(?<!,) in turn(?= [.;]|$)"
)
_UTTERLY = r"(?:completely|entirely|fully|perfectly|totally|wholly)"
_STILL = re.compile(
    r"\b(?:still|motionless|unmoved|rests?|rest|calm|stationary|put(?! there| so)|unmoving|fixed|unchanged|not)\b"
)
_CUT = re.compile(
    r"(?: (?:,|;|:|(?<!a )(?<!the )(?<!some )while|whereas|but|although|though|yet) "
    r"| and (?=the |both |neither |all |au |it ))"
)
_OWN = re.compile(rf"\b(?:its own|a different|another|an other|quite another|a separate) {_TOLD}\b")
_HAS_IT = re.compile(
    r"\b(?:(?:as|so|thus)(?: far as)? (?:the )?(?:optical |measured )?(?:flow|motion)"
    r" (?:has|says?|shows?|tells?|puts?|gives?|sees?|reports?|records?|would have|describes?|looks)(?: it)?"
    r"|(?:according to|in (?:keeping|agreement|accordance|accord|line|harmony|step) with) (?:the )?(?:optical )?flow"
    r"|the flow has it so|in the (?:optical |measured )?flow(?= ,)|in (?:the )?flow 's (?:account|view|eyes|terms))\b"
)
_MERE = re.compile(
    r"\b(?:(?:label|entry|name|annotation) ,? ?(?:and |but )?(?:nothing|no) (?:more|else|further)"
    r"|(?:stays?|remains?|stayed|remained|keeps being|is just|is merely|is only|is no more than|is nothing but) "
    r"(?:just |merely |only )?(?:an?|the) (?:label|entry|name|annotation|code|mere label|coding)"
    r"|(?:in|by) name (?:only|alone))(?= [.,;]|$)"
)
_UNDENIED = re.compile(
    r"\b(?:(?:neither|not) (?!only|just|merely|simply)(?:[\w ]{3,40} (?:nor|or) )?(?:\w+ )?"
    r"(?:contradict|refut|reject|disprov|den(?=i)|rul\w+ out|oppos|rebut|invalidat|overturn|dismiss)\w*)"
)
_ONE_WAY = re.compile(r"\b(?:in|shares?|takes?|has|have) (?:exactly |just |one and )?the same direction(?= [.,;]|$)")
_CLAUSE = re.compile(r" (?:,|;|:|while|whereas|but|although|though|yet) ")
_ASUNDER = 90.0  # degrees: from here on two motions no longer go the same way
_JOINS_IN = re.compile(r"\b(?:joins?|joined|joining|comes?|came|chimes?|steps?|sets?|kicks?) in(?= [.,;]|$)")
# What may stand between the names of two units that no joint parts.
_BETWEEN = words("between_units")
_JOINTS = frozenset(
    (",", ";", ":", "and", "or", "nor", "(", ")", "&", "/", "+", "but", "while", "whereas", "as", "-", "—")
)
_APPOSING = frozenset((",", "(", ")"))
_BOUND = frozenset(
    ("is", "are", "was", "were", "a", "an", "the", "also", "by", "of", "through", "for", "from", "to", "in", "au")
)
_ACTING = {"supports", "support", "confirms", "confirm", "agrees", "agree", "matches", "corroborates", "backs"}
_MOVING = {"verb", "noun", "law"}


def find_extras(text: str, claims: list[Claim], facts: Facts) -> list[str]:
    """What such wordings add to the claims beside them, each in words."""
    tokens = tokenise(text)
    line = " ".join(t.text for t in tokens)
    places = _places([len(t.text) for t in tokens])
    found = []

    def beside(start: int, end: int) -> list[Claim]:
        a, b = tokens[places[start]].start, tokens[places[end]].end
        return [c for c in claims if c.start < b and a < c.end]

    for first, stop in _spans(line, re.compile(r" [.!?] ")):
        sentence = line[first:stop]
        told = beside(first, stop - 1)
        acting = [c for c in told if not c.negated and c.about in ("itself", "motion")]
        units = [c for c in told if c.kind == "au" and c.au is not None]
        hit = _ANYWHERE.search(sentence) if acting else None
        found += [hit.group()] if hit else []
        supported = [c for c in units if c.au is not None and facts.supported(c.au)]
        hit = _MERE.search(sentence)
        found += [hit.group()] if hit and supported else []
        hit = _OWN.search(sentence)
        if hit and any({v.verdict for v in facts.verdicts.get(c.au or 0, [])} != {"contradicted"} for c in units):
            found.append(hit.group())
        hit = _HAS_IT.search(sentence)
        if hit and len(supported) < len(units) and not any(c.negated for c in units):
            found.append(hit.group())
        hit = _UNDENIED.search(sentence)
        if hit and any(v.verdict == "contradicted" for c in units for v in facts.verdicts.get(c.au or 0, [])):
            found.append(hit.group())
        found += [
            hit.group()
            for a, b in _spans(sentence, _CLAUSE)
            if (hit := _ONE_WAY.search(sentence[a:b])) and _asunder(beside(first + a, first + b - 1), facts)
        ]
        hit = _JOINS_IN.search(sentence)
        if hit and any(c.kind == "au" for c in told):
            ahead = max((c.end for c in told if c.end <= tokens[places[first + hit.start()]].start), default=0)
            found += [hit.group()] if any(c.kind == "au" and c.end == ahead for c in told) else []
        found += _lasting(sentence, first, beside)
    reading = read_mentions(text)
    return [f'"{quote.strip()}", which is not measured' for quote in found] + _ties(reading) + _misnamed(reading)


def _lasting(sentence: str, first: int, beside: Callable[[int, int], list[Claim]]) -> list[str]:
    """ "The chin rises and stays there", "chin up, held there": of the motion of a clause or of the one before."""
    found, moving = [], list[Claim]()
    for a, b in _spans(sentence, _CUT):
        clause, own = sentence[a:b], [c for c in beside(first + a, first + b - 1) if c.kind == "motion"]
        moving = [c for c in own if not c.negated] if own else moving
        before = sentence[max(a - 3, 0) : a] if not own else ""
        if not moving or _STILL.search(clause):
            continue
        hit = _LASTING.search(before + clause) or _utterly(clause)
        found += [hit.group().strip()] if hit else []
    return found


def _asunder(told: list[Claim], facts: Facts) -> bool:
    """Whether of what is said to move in the same direction two go apart, left and right being mirrored."""
    moves = [c for c in told if c.kind == "motion" and c.about == "itself" and not c.negated]
    ways = [d for c in moves for n in claimed(c) if facts.moved(n) and (d := facts.degrees(n)) is not None]
    apart = (min(abs((x - y + 180) % 360 - 180), abs((x + y) % 360 - 180)) for x, y in combinations(ways, 2))
    return any(a >= _ASUNDER for a in apart)


def _utterly(clause: str) -> re.Match[str] | None:
    """ "goes down completely": after the motion, with nothing that it could be said of but that."""
    return re.search(rf"\b\w+ {_UTTERLY}(?= [.,;]| (?:up|down|upwards?|downwards?|closed|open)\b|$)", clause)


def _places(lengths: list[int]) -> list[int]:
    """For each character of tokens joined by spaces the number of its token."""
    return [i for i, n in enumerate(lengths) for _ in range(n + 1)]


def _spans(line: str, cut: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    """The parts of a line between what a pattern finds."""
    first = 0
    for match in cut.finditer(line):
        if match.start() > first:
            yield first, match.start()
        first = match.end()
    if first < len(line):
        yield first, len(line)


def _ties(reading: Reading) -> list[str]:
    """ "AU1 is a type of AU2", "AU17 makes AU15 possible": what ties one unit to another is not measured."""
    units = [m for m in reading.mentions if m.kind == "au"]
    found = []
    for one, other in pairwise(units):
        between = range(one.last + 1, other.first)
        joints = [i for i in between if reading.word(i) in _JOINTS or reading.word(i) in ".!?\n"]
        if one.aus == other.aus or not between or any(reading.word(i) not in _APPOSING for i in joints):
            continue
        last = max(joints, default=one.last)
        loose = [reading.word(i) for i in range(last + 1, other.first) if not _known(reading, i, bool(joints))]
        acting = not joints and any(reading.word(i) in _ACTING for i in between)
        if (
            acting
            or any(w not in _BETWEEN for w in loose)
            or (not joints and len(loose) == len(between) and set(loose) <= _BOUND)
        ):
            found.append(f'one unit tied to another by "{" ".join(loose)}"')
    return found


def _misnamed(reading: Reading) -> list[str]:
    """ "AU15, the chin raiser, ...", "AU15 (chin raiser)": a number beside the name of another unit.

    Also a unit that a fronted one is said to bring about: "By AU15, AU17 is supported".
    """
    found = []
    units = [m for m in reading.mentions if m.kind == "au"]
    for one, other in pairwise(units):
        between = [
            w for w in reading.words(one.last + 1, other.first) if w not in ("the", "a", "or", "alias", "au", "unit")
        ]
        numbered = [any(w.isdigit() for w in reading.words(m.first, m.last + 1)) for m in (one, other)]
        after = reading.word(other.last + 1)
        if set(one.aus) & set(other.aus) or between not in ([","], ["("], []):
            continue
        named = numbered[0] != numbered[1] and (between != [","] or after in (",", ".", ")"))
        fronted = reading.word(one.first - 1) in ("by", "through") and one.first <= 1
        if named or fronted:
            found.append(f'two units as one: "{" ".join(reading.words(one.first, other.last + 1))}"')
    return found


def _known(reading: Reading, place: int, apart: bool) -> bool:
    """Whether a word belongs to what is said of a unit; ``apart``: motion too, which a comma parts from the other."""
    inside = {m.kind for m in reading.mentions if m.first <= place <= m.last}
    return place in reading.idle or bool(inside - ({"law"} if apart else _MOVING))
