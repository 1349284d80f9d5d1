"""Causes the wrong way round: motion that is said to bring about a unit, a unit in spite of which something moves.

A unit is a name for what moves the skin, so the motion is due to it, and not it to the motion. The text is read as it
was written, for rewriting puts both ways into the same words.
"""

from __future__ import annotations

import re

from unimer.records import Claim
from unimer.text.facts import Facts
from unimer.text.lexicon import tokenise
from unimer.text.mentions import read_mentions

_NAME = r"(?:raiser|lowerer|puller|depressor|tightener|pressor|wrinkler)"
_UNIT = rf"(?:au \d+|(?:\w+ )?\w+ {_NAME}(?! of))"
# Not who labelled it and where: "credited to the left side by the annotators".
_WHO = r"(?:human|automatic|optical|annot|coder|detector|program|software|label|flow|observ|unreliable|lack|missing)"
_WHERE = r"(?:left|right)(?: (?:side|half))?(?: of the face)? (?:by|only|alone|and|but|[.,;])"
_OF = rf"(?:the|both|its|their|a|an|either|left|right)(?! (?:{_WHO}|{_WHERE}))"
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
)
_CAUSE = r"(?:the |a )?(?:cause|reason|source|origin|author|motor|driver) (?:of|for|behind)"
_ANSWERS = r"(?:responsible|answerable|accountable|to blame|to thank) for"
_CAUSING = re.compile(rf"\b(?:{_MAKES}|{_BE} {_CAUSE}|{_BE} {_ANSWERS}) (?:the |an? )?{_UNIT}")
_PART = r"(?:brow|lip|lid|chin|cheek|wing|fold|corner|forehead|glabella)s?"
_MOVES = r"(?:raise|lift|lower|pull|pushe|push|draw)(?:s|ed)?"
_PUT = re.compile(rf"\b{_PART} {_MOVES} (?:the |an? )?{_UNIT}")
_DESPITE = ("despite", "notwithstanding")


def find_reversed(text: str, claims: list[Claim], facts: Facts) -> list[str]:
    """What of a text makes a unit the effect of motion, or sets motion against a unit that moves it, each in words."""
    line = " ".join(t.text for t in tokenise(text))
    told = any(c.kind == "au" for c in claims)
    found = [m.group().strip() for p in (_CAUSED, _CAUSING, _PUT) for m in p.finditer(line) if told]
    return [f'a unit as the effect of motion: "{quote}"' for quote in found] + _despite(text, claims, facts)


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
