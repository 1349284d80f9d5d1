"""The texts around an answer: a question or system text may ask, but assert nothing that the evidence does not carry.

Questions are worded freely, so no closed list of words holds here. Refused are talk about the person and about what
is felt or meant, laws, other scripts, and statements ("Both cheeks rise. What moves?", "As AU4 is active, ...") that
the checker would refuse in an answer.
"""

from __future__ import annotations

import re
from functools import cache

from unimer.records import Evidence, Labels, Reason
from unimer.resources import load_yaml
from unimer.text.claims import read_claims
from unimer.text.compare import check_text
from unimer.text.gate import find_strange, words
from unimer.text.laws import FACIAL, find_laws
from unimer.text.lexicon import grammar, tokenise
from unimer.text.mentions import read_mentions

_SENTENCE = re.compile(r"[^.!?;\n]+[.!?;\n]?")
_PART = re.compile(r"\s*(?:[,:—]|\s-\s)\s*")
_WHY = re.compile(r"\b(?:why|how come|for what reason)\b", re.IGNORECASE)
_BEING = re.compile(r"\bbeing\b", re.IGNORECASE)
_CLASSES = grammar("context") | {"classes", "categories", "emotions"}


@cache
def _starting(name: str) -> re.Pattern[str]:
    phrases = sorted(load_yaml("data/lexicon.yaml")["words"][name], key=len, reverse=True)
    return re.compile(rf"\W*(?:i |then |and |now )?(?:{'|'.join(map(re.escape, phrases))})\b", re.IGNORECASE)


@cache
def _beliefs() -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, words('beliefs')))})\b", re.IGNORECASE)


def check_prompt(text: str, evidence: Evidence, labels: Labels) -> list[Reason]:
    """What a question or system text says that may not be said; an empty list where it only asks."""
    found = [
        Reason(code="identity", message="the question or system text talks about the person")
        for m in read_mentions(text).mentions
        if m.kind == "identity"
    ]
    strange = find_strange(text)
    if strange is not None:
        found.append(Reason(code="prompt", message=f"a character that is not read: {strange}"))
    belief = _beliefs().search(text)
    if belief is not None:
        found.append(Reason(code="prompt", message=f'asks for or tells what cannot be seen: "{belief.group()}"'))
    found += [
        Reason(code="emotion.law", message=f'the question or system text argues from the face: "{law}"')
        for law in find_laws(text)
    ]
    for match in _SENTENCE.finditer(text):
        found += _check_sentence(match.group().strip(), evidence, labels)
    return list(dict.fromkeys(found))


def _check_sentence(sentence: str, evidence: Evidence, labels: Labels) -> list[Reason]:
    mentions = read_mentions(sentence).mentions
    emotions = {m.value for m in mentions if m.kind == "emotion"}
    facial = any(m.kind in FACIAL for m in mentions)
    named = {t.text for t in tokenise(sentence)}
    asked = named & _CLASSES or len(emotions | named & grammar("ambiguous_emotions")) > 1
    if emotions and (facial or not asked):
        return [Reason(code="prompt", message=f'names an emotion other than as a class: "{sentence}"')]
    if facial and _WHY.search(sentence):
        return [Reason(code="prompt", message=f'asks why, and so takes it for granted: "{sentence}"')]
    found = []
    for part in _asserted(sentence):
        if read_claims(part):
            found += [
                Reason(code=r.code, message=f"{r.message}, in the question or system text")
                for r in check_text(part, evidence, labels)
                if r.code not in ("empty", "unread", "refusal")
            ]
    return found


def _asserted(sentence: str) -> list[str]:
    """The parts of a sentence that assert something: all of a statement; of a question or command what it presumes."""
    parts = _PART.split(sentence)
    command = next((i for i, part in enumerate(parts) if _starting("commands").match(part)), None)
    if sentence.endswith("?"):
        return [p for p in parts if _starting("presuming").match(p) or _BEING.search(p)]
    return [sentence] if command is None else parts[:command]
