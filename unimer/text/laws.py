"""Finds sentences that argue from Action Units or motion to an emotion ("AU4, hence disgust").

The relation differs from corpus to corpus, so no text may state it as a law; "annotated as disgust" is fine.
"""

from __future__ import annotations

from unimer.text.clauses import SENTENCE_ENDS
from unimer.text.lexicon import Mention, grammar
from unimer.text.mentions import read_mentions

_DEICTIC = grammar("deictic")
_FACIAL = frozenset(("au", "region", "verb", "noun"))


def find_laws(text: str) -> list[str]:
    """The sentences (shortened) that draw an emotion from the face."""
    reading = read_mentions(text)
    sentences: list[tuple[int, int, list[Mention]]] = []
    start = 0
    for i in range(len(reading.tokens) + 1):
        if i == len(reading.tokens) or reading.word(i) in SENTENCE_ENDS:
            inside = [m for m in reading.mentions if start <= m.first and m.last < i]
            if i > start:
                sentences.append((start, i, inside))
            start = i + 1
    found = []
    for start, end, inside in sentences:
        emotions = [m for m in inside if m.kind == "emotion"]
        laws = [m for m in inside if m.kind == "law" and not _of_annotation(m, inside)]
        facial = [m for m in inside if m.kind in _FACIAL] or set(reading.words(start, end)) & _DEICTIC
        if emotions and laws and facial:
            a, b = reading.tokens[start].start, reading.tokens[end - 1].end
            found.append(" ".join(text[a:b].split())[:160])
    return found


def _of_annotation(law: Mention, inside: list[Mention]) -> bool:
    """ "the annotation means": an inference word that the annotation governs is no law."""
    return any(m.kind == "annotated" and 0 < law.first - m.last <= 2 for m in inside)
