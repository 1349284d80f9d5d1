"""An emotion that flow or face are said to bear out: "annotated as happiness, and the flow confirms it".

A pronoun after an emotion stands for it until an Action Unit is named. Nothing measured bears on an emotion, so such a
sentence is refused, whether it confirms the class or denies it.
"""

from __future__ import annotations

import re

from unimer.text.clauses import SENTENCE_ENDS
from unimer.text.mentions import read_mentions
from unimer.text.reading import Reading

_MEASURED = frozenset(
    ("flow", "face", "motion", "motions", "movement", "movements", "measurement", "measurements", "skin", "features")
)
_FACIAL = frozenset(("region", "noun"))
_CUTS = frozenset((",", ";", ":", "but", "while", "whereas", "yet", "(", ")", "and", "as"))
_SAYS = (
    r"(?:confirm|support|corroborat|bear|bore|back|show|prov|betray|reveal|attest|express|sa(?:y|id)|tell|told|agree"
    r"|match|fit|correspond|testif|justif|warrant|contradict|belie|den(?:y|ie)|reflect|display|point|speak|argue|vouch"
    r"|echo|second|endors|underlin|document|evidenc|indicat|suggest|mirror)\w*"
)
_IT = r"(?:it|this|so|the same|same|as much|likewise|otherwise|too|that(?= [.,;]|$))"
_ENDORSING = re.compile(
    rf"\b{_SAYS}(?: (?:to|with|of|for|at|against|just|exactly|also|quite|out|up)){{0,2}} {_IT}\b"
    r"|\b(?:it|this|that|which|label|labels|annotation|class|emotion) (?:is|was|finds|gets|has|stands|can be|could be"
    r"|may be)\b[^.;,]*?"
    r" (?:confirmed|supported|corroborated|borne|backed|shown|proved|proven|reflected|mirrored|visible|seen|evident"
    r"|support|confirmation|backing|belied|contradicted|denied|apparent|documented|justified|warranted)\b"
    r"| to (?:match|suit|fit|show|prove)$"
    rf"|^(?:and |but |as |which |so |just as |this is |that is |it is |what )*(?:{_SAYS} )?(?:the )?(?:optical )?"
    rf"(?:measured )?(?:flow|face|motion|movement|measurement)(?: itself| also| too| as well)?(?: {_SAYS})?"
    r"(?: too| also| as well)?$"
)


def find_endorsed(text: str) -> list[str]:
    """The clauses by which flow or face are said to bear out an emotion, or to deny it."""
    reading = read_mentions(text)
    if all(m.kind != "emotion" for m in reading.mentions):
        return []
    found, felt = [], False
    for first, stop in _clauses(reading):
        inside = [m for m in reading.mentions if first <= m.first and m.last < stop]
        kinds = {m.kind for m in inside}
        words = reading.words(first, stop)
        if "au" in kinds:
            felt = False
        elif felt and (set(words) & _MEASURED or kinds & _FACIAL) and _ENDORSING.search(" ".join(words)):
            start, end = reading.extent(first, stop)
            found.append(" ".join(text[start:end].split())[:160])
        if "emotion" in kinds:
            felt = "au" not in kinds
    return found


def _clauses(reading: Reading) -> list[tuple[int, int]]:
    """First and last (exclusive) token of what stands between marks and joints; no clause is empty."""
    found, first = [], 0
    for i in range(len(reading.tokens) + 1):
        if i < len(reading.tokens) and reading.word(i) not in _CUTS and reading.word(i) not in SENTENCE_ENDS:
            continue
        if i > first:
            found.append((first, i))
        first = i + 1
    return found
