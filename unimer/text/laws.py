"""What only whole sentences tell: talk of motion that could not be read, and arguments from the face to an emotion.

How Action Units relate to emotions differs from corpus to corpus, so no text may argue "AU4, hence disgust";
"annotated as disgust" is fine.
"""

from __future__ import annotations

from functools import lru_cache

from unimer.records import Claim
from unimer.text.clauses import SENTENCE_ENDS
from unimer.text.lexicon import Mention, grammar
from unimer.text.mentions import read_mentions

_DEICTIC = grammar("deictic")
_FACIAL = frozenset(("au", "region", "verb", "noun"))


def find_laws(text: str) -> list[str]:
    """The sentences (shortened) that draw an emotion from the face."""
    found = []
    for quote, words, inside, _, _ in _sentences(text):
        emotions = [m for m in inside if m.kind == "emotion"]
        laws = [m for m in inside if m.kind == "law" and not _of_annotation(m, inside)]
        facial = [m for m in inside if m.kind in _FACIAL] or set(words) & _DEICTIC
        if emotions and laws and facial:
            found.append(quote)
    return found


def find_unread(text: str, claims: list[Claim]) -> list[str]:
    """The sentences (shortened) that speak of motion but of which no claim could be read."""
    found = []
    for quote, words, inside, start, end in _sentences(text):
        kinds = {m.kind for m in inside}
        moving = bool(kinds & {"verb", "noun"}) and "unmeasurable" not in kinds
        heading = words[-1] == ":" or (words[-1] == "," and len(words) < 8)  # "Measured motion:"
        if moving and not heading and not any(c.start < end and start < c.end for c in claims):
            found.append(quote)
    return found


@lru_cache(maxsize=16)
def _sentences(text: str) -> list[tuple[str, list[str], list[Mention], int, int]]:
    """Quote, words, mentions and place of every sentence."""
    reading = read_mentions(text)
    sentences = []
    first = 0
    for i in range(len(reading.tokens) + 1):
        if i < len(reading.tokens) and reading.word(i) not in SENTENCE_ENDS:
            continue
        if i > first:
            inside = [m for m in reading.mentions if first <= m.first and m.last < i]
            start, end = reading.tokens[first].start, reading.tokens[i - 1].end
            sentences.append((" ".join(text[start:end].split())[:160], reading.words(first, i), inside, start, end))
        first = i + 1
    return sentences


def _of_annotation(law: Mention, inside: list[Mention]) -> bool:
    """ "the annotation means": an inference word that the annotation governs is no law."""
    return any(m.kind == "annotated" and 0 < law.first - m.last <= 2 for m in inside)
