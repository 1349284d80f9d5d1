"""What only whole sentences tell: talk of motion that could not be read, and arguments from the face to an emotion.

How Action Units relate to emotions differs from corpus to corpus, so no text may argue "AU4, hence disgust";
"annotated as disgust" is fine.
"""

from __future__ import annotations

from functools import lru_cache

from unimer.records import Claim
from unimer.text.clauses import SENTENCE_ENDS
from unimer.text.gate import words as words_of
from unimer.text.lexicon import Mention, grammar
from unimer.text.mentions import read_mentions

_DEICTIC = grammar("deictic")
FACIAL = frozenset(("au", "region", "verb", "noun"))
_CLASSES = frozenset(("class", "category", "emotion", "expression"))
_LABEL = frozenset(("label", "annotation", "labelling"))
_FITS = frozenset(("fit", "fits", "fitting", "match", "matches", "matching", "correspond"))
_MISREAD = FACIAL | {"measuring", "presence"}
_AROUND = frozenset(("emotion", "annotated", "negation", "hedge"))
_PROGRAM = grammar("program")
_CUTS = frozenset(("but", "while", "whereas", "yet", "(", ")"))
_JOINING = frozenset("+&/=")
_BARE = frozenset(("and", "or", "not", "a", "the"))
_NEAR = 5
"""Tokens from a word of inference to the unit it is about: "consistent with the automatically labelled AU1"."""


def find_laws(text: str) -> list[str]:
    """The sentences (shortened) that draw an emotion from the face."""
    if all(m.kind != "emotion" for m in read_mentions(text).mentions):
        return []
    found = []
    for quote, words, inside, _, _ in _sentences(text):
        emotions = [m for m in inside if m.kind == "emotion"]
        laws = [m for m in inside if m.kind == "law" and not _of_annotation(m, inside)]
        facial = [m for m in inside if m.kind in FACIAL] or set(words) & _DEICTIC
        if emotions and laws and facial:
            found.append(quote)
    return found + _across(text)


def _across(text: str) -> list[str]:
    """Arguments over several sentences: an emotion in one, "hence the class", "this fits the class" in another."""
    found = []
    named = False
    for quote, words, inside, first, _ in _sentences(text):
        before, named = named, any(m.kind == "emotion" for m in inside)
        if named:
            continue
        arguing = [m.last for m in inside if m.kind == "law" and not _of_annotation(m, inside)]
        arguing += [first + i for i, word in enumerate(words) if word in _FITS]
        ties = not (before and words[0] in _DEICTIC) and all(_of_unit(i, inside) for i in arguing)
        if (arguing and not ties) or _CLASSES & set(words) or _points_back(words):
            found.append(quote)
    return found


def _of_unit(last: int, inside: list[Mention]) -> bool:
    """Whether a word of inference speaks of the unit that follows it: "explained by AU14", "match AU4"."""
    after = [m for m in inside if m.first > last and m.kind not in ("annotated", "side", "strength")]
    return bool(after) and after[0].kind == "au" and after[0].first - last <= _NEAR


def _points_back(words: list[str]) -> bool:
    """ "this label", "such an annotation"."""
    return any(
        a in ("this", "that", "such") and _LABEL & {b, c}
        for a, b, c in zip(words, words[1:], [*words[2:], ""], strict=False)
    )


def find_unattributed(text: str) -> list[str]:
    """The sentences (shortened) that name an emotion otherwise than as the annotation's.

    An emotion may stand only among words that say who gave it. The bare name passes as an answer, first of all and
    where the text says nothing of the face.
    """
    kinds = {m.kind for m in read_mentions(text).mentions}
    if "emotion" not in kinds:
        return []
    facial = bool(kinds & FACIAL)
    found = []
    for number, (quote, _, inside, first, _) in enumerate(_sentences(text)):
        if any(m.kind == "emotion" for m in inside):
            fine = all(_is_attributed(clause, number == 0 and not facial) for clause in _clauses(text, first))
            found += [] if fine else [quote]
    return found


def _clauses(text: str, place: int) -> list[tuple[list[str], list[Mention]]]:
    """Free words and mentions of the clauses of the sentence that starts at a token, cut at ", and" and "but"."""
    reading = read_mentions(text)
    starts = {m.first: m for m in reading.mentions}
    clauses: list[tuple[list[str], list[Mention]]] = [([], [])]
    while place < len(reading.tokens) and reading.word(place) not in SENTENCE_ENDS:
        word = reading.word(place)
        mention = starts.get(place)
        if mention is not None and mention.kind in _MISREAD and word in words_of("emotion"):
            clauses[-1][0].append(word)  # "comes from the annotation", "falls into the class"
        elif mention is not None:
            clauses[-1][1].append(mention)
            place = mention.last
        elif word in _CUTS or (word == "and" and reading.word(place - 1) == ","):
            clauses.append(([], []))
        elif word[0].isalnum() or word in _JOINING:
            clauses[-1][0].append(word)
        place += 1
    return clauses


def _is_attributed(clause: tuple[list[str], list[Mention]], alone: bool) -> bool:
    """Whether a clause that names an emotion says no more than who gave it; ``alone``: the bare name will do."""
    free, inside = clause
    if not any(m.kind == "emotion" for m in inside):
        return True
    allowed, attributing = words_of("emotion"), words_of("attributing")
    if any(m.kind not in _AROUND or m.value in _PROGRAM for m in inside) or not set(free) <= allowed:
        return False
    return bool(
        any(m.kind == "annotated" for m in inside) or set(free) & attributing or (alone and not set(free) - _BARE)
    )


def find_unread(text: str, claims: list[Claim]) -> list[str]:
    """The sentences (shortened) that speak of motion but of which no claim could be read."""
    found = []
    for quote, words, inside, first, stop in _sentences(text):
        start, end = read_mentions(text).extent(first, stop)
        kinds = {m.kind for m in inside}
        moving = bool(kinds & {"verb", "noun"}) and "unmeasurable" not in kinds
        heading = words[-1] == ":" or (words[-1] == "," and len(words) < 8)  # "Measured motion:"
        if moving and not heading and not any(c.start < end and start < c.end for c in claims):
            found.append(quote)
    return found


@lru_cache(maxsize=16)
def _sentences(text: str) -> list[tuple[str, list[str], list[Mention], int, int]]:
    """Quote, words, mentions, first token and the one after the last of every sentence."""
    reading = read_mentions(text)
    sentences = []
    first = 0
    for i in range(len(reading.tokens) + 1):
        if i < len(reading.tokens) and reading.word(i) not in SENTENCE_ENDS:
            continue
        if i > first:
            inside = [m for m in reading.mentions if first <= m.first and m.last < i]
            start, end = reading.extent(first, i)
            sentences.append((" ".join(text[start:end].split())[:160], reading.words(first, i), inside, first, i))
        first = i + 1
    return sentences


def _of_annotation(law: Mention, inside: list[Mention]) -> bool:
    """ "the annotation means": an inference word that the annotation governs is no law."""
    return any(m.kind == "annotated" and 0 < law.first - m.last <= 2 for m in inside)
