"""What only whole sentences tell: talk of motion that could not be read, and arguments from the face to an emotion.

How Action Units relate to emotions differs from corpus to corpus, so no text may argue "AU4, hence disgust";
"annotated as disgust" is fine.
"""

from __future__ import annotations

import re
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
_SHOW = ("reveal", "demonstrate", "indicate", "suggest", "signal", "reflect", "explain", "mean", "show", "point")
_SHOWING = _FITS | frozenset(f"{stem}{end}" for stem in (*_SHOW, "correspond") for end in ("", "s", "ing", "d", "ed"))
_SHOWING |= {"demonstrating", "indicating", "signalling", "consistent"}
_SHOWN = frozenset(("revealed", "demonstrated", "indicated", "suggested", "signalled", "evidenced", "implied"))
_BE = frozenset(("is", "are", "was", "were"))
_EXPLAINING = _FITS | {"explain", "explains"}
_MOVED = frozenset(("region", "noun", "direction", "verb"))
_LEADING = frozenset(
    ("a", "an", "the", "both", "each", "that", "any", "clear", "measurable", "visible", "measured", "and")
)
_HENCE = frozenset(("hence", "therefore", "thus", "accordingly", "consequently"))
_ENDED: tuple[list[str], ...] = ([], [","], ["and"], ["while"], ["but"], [")"])
_UNITS = frozenset(("unit", "units", "aus", "both", "latter", "former"))
_MEANT = frozenset(("this", "it", "them", "these", "that", "those", "all"))
_BORNE = frozenset(("supported", "confirmed", "present", "shown", "seen", "explained", "indicated"))
_BESIDE = frozenset(("(", ")", ",", "also", "on", "the", "side", "sides", "both", "of", "and", "together"))
_MISREAD = FACIAL | {"measuring", "presence"}
_AROUND = frozenset(("emotion", "annotated", "negation", "hedge"))
_PROGRAM = grammar("program")
_CUTS = frozenset(("but", "while", "whereas", "yet", "(", ")"))
_JOINING = frozenset("+&/=")
_NAMING = frozenset(
    ("a", "an", "the", "its", "this", "of", "for", "clip", "class", "category", "emotion", "label", "and", "coarse")
)
_BARE = frozenset(("and", "or", "not", "a", "the"))
_FROM = re.compile(
    r"(?:and |so )?(?:with|by|from|through|on|given|following|after|in) (?:all )?(?:this|that|these|those|it|them) ,"
)
"""What is before a class without being it: "With this, the clip is annotated as happiness"."""
_SHOWN_IT = re.compile(
    r"(?<!flow )\b(?:show|display|exhibit|manifest|betray)s? (?:it|this)(?: too| also| as well)?(?: [,.]|$)"
)
"""A face that shows a class: "annotated as happiness, and the mouth corners show it"."""
_STATED = frozenset(("while the clip is annotated as", "and the clip is annotated as"))
_NEAR = 5
"""Tokens from a word of inference to the unit it is about: "consistent with the automatically labelled AU1"."""


def find_laws(text: str) -> list[str]:
    """The sentences (shortened) that draw an emotion from the face."""
    if all(m.kind != "emotion" for m in read_mentions(text).mentions):
        return []
    found = []
    for quote, words, inside, _, _ in _sentences(text, apart=True):
        emotions = [m for m in inside if m.kind == "emotion"]
        laws = [m for m in inside if m.kind == "law" and not _of_annotation(m, inside)]
        facial = [m for m in inside if m.kind in FACIAL] or set(words) & _DEICTIC
        if emotions and ((laws and facial) or _SHOWN_IT.search(" ".join(words))):
            found.append(quote)
    return found + _across(text)


def _across(text: str) -> list[str]:
    """Arguments over several sentences: an emotion in one, "hence the class", "this fits the class" in another."""
    found = []
    named = False
    for quote, words, inside, first, _ in _sentences(text, apart=True):
        before, named = named, any(m.kind == "emotion" for m in inside)
        if named:
            continue
        arguing = [(m.first, m.last) for m in inside if m.kind == "law" and not _of_annotation(m, inside)]
        arguing += [(first + i, first + i) for i, word in enumerate(words) if word in _FITS]
        ties = not (before and words[0] in _DEICTIC | _HENCE) and all(
            _of_unit(last, inside)
            or _of_motion(words[i - first], last, words, inside, first)
            or (not before and _by_unit(i, words, inside, first))
            for i, last in arguing
        )
        bare = [first + i for i, word in enumerate(words) if word == "accounts" and words[i + 2 : i + 3] in _ENDED]
        ties = ties and all(not before and _of_units(i, words, inside, first) for i in bare)
        if (
            ((arguing or bare) and not ties)
            or _SHOWN_IT.search(" ".join(words))
            or _CLASSES & set(words)
            or _points_back(words)
        ):
            found.append(quote)
    return found


def _of_unit(last: int, inside: list[Mention]) -> bool:
    """Whether a word of inference speaks of the unit that follows it: "explained by AU14", "match AU4"."""
    after = [m for m in inside if m.first > last and m.kind not in ("annotated", "side", "strength", "law")]
    return bool(after) and after[0].kind == "au" and after[0].first - last <= _NEAR


def _of_motion(verb: str, last: int, words: list[str], inside: list[Mention], first: int) -> bool:
    """Whether a verb that shows or fits has motion for its object: "the flow reveals a slight lift of the chin"."""
    if verb not in _SHOWING:
        return False
    after = [m for m in inside if m.first > last and m.kind not in ("side", "strength")]
    if not after or after[0].kind not in _MOVED:
        return False
    sizes = {i for m in inside if m.kind in ("side", "strength") for i in range(m.first, m.last + 1)}
    between = range(last + 1, after[0].first)
    return all(i in sizes or words[i - first] in _LEADING for i in between)


def _by_unit(place: int, words: list[str], inside: list[Mention], first: int) -> bool:
    """Whether a unit is what fits or shows ("AU12 fits this"), or what is inferred ("AU12 is therefore supported").

    Only where the sentence before names no emotion, for which a pronoun might stand.
    """
    verb, ahead = words[place - first], [m for m in inside if m.last < place and m.kind not in ("side", "negation")]
    following = [*words[place - first + 1 : place - first + 3], ""]
    if verb in _EXPLAINING and following[0] == "both" and following[1] in ("", ".", ",", ";"):
        return True  # two units, or two motions: the class is one
    if not ahead or ahead[-1].kind != "au":
        return False
    between = set(words[ahead[-1].last + 1 - first : place - first])
    if verb in _EXPLAINING:
        return following[0] in _MEANT and between <= _BESIDE
    if following[0] == "by" and verb in _SHOWN:
        return between <= _BESIDE | _BE and _of_motion("shows", place + 1, words, inside, first)
    return verb in _HENCE and following[0] in _BORNE and between <= _BESIDE | _BE


def _of_units(place: int, words: list[str], inside: list[Mention], first: int) -> bool:
    """Whether units explain what is not named again: "a lift that AU2 accounts for", "..., which both account for"."""
    ahead = [m for m in inside if m.last < place and m.kind not in ("side", "negation", "annotated", "hedge")]
    near = set(words[max(place - first - 3, 0) : place - first])
    return bool(ahead) and (ahead[-1].kind == "au" or bool(near & _UNITS))


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
    for number, (quote, words, inside, first, _) in enumerate(_sentences(text)):
        if any(m.kind == "emotion" for m in inside):
            clauses, alone = _clauses(text, first), number == 0 and not facial and "flow" not in words
            told = [bool(FACIAL & {m.kind for _, before in clauses[:i] for m in before}) for i in range(len(clauses))]
            fine = not _FROM.match(" ".join(words)) and all(
                _is_attributed(clause, alone=alone, later=later) for clause, later in zip(clauses, told, strict=True)
            )
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


def _is_attributed(clause: tuple[list[str], list[Mention]], *, alone: bool, later: bool) -> bool:
    """Whether a clause that names an emotion says no more than who gave it.

    Args:
        clause: its free words and its mentions.
        alone: the bare name will do.
        later: it follows on what is said of the face, which a class may not be listed with.
    """
    free, inside = clause
    if not any(m.kind == "emotion" for m in inside):
        return True
    allowed, attributing = words_of("emotion"), words_of("attributing")
    if later and set(free) <= _NAMING:
        return False  # "AU12 explains the mouth corner, and the annotated class happiness"
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


@lru_cache(maxsize=32)
def _sentences(text: str, *, apart: bool = False) -> list[tuple[str, list[str], list[Mention], int, int]]:
    """Quote, words, mentions, first token and the one after the last of every sentence.

    Args:
        text: any English text.
        apart: take ", while the clip is annotated as ..." as a sentence of its own.
    """
    reading = read_mentions(text)
    sentences = []
    first = 0
    for i in range(len(reading.tokens) + 1):
        stated = apart and reading.word(i) == "," and " ".join(reading.words(i + 1, i + 7)) in _STATED
        if i < len(reading.tokens) and reading.word(i) not in SENTENCE_ENDS and not stated:
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
