"""The gate for what stands between the claims: characters, numbers, words and sentences that nothing accounts for.

The reader finds statements that it knows. What it does not know could say anything, so an answer passes only where
every word is part of a known phrase or one of a closed list of fillers (``words`` in ``data/lexicon.yaml``), and
where what is known belongs to a statement. Foreign wording is thereby refused rather than passed unchecked.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from unimer.records import Claim
from unimer.resources import load_yaml
from unimer.text.clauses import SENTENCE_ENDS
from unimer.text.lexicon import DETERMINERS, Mention, grammar, tokenise
from unimer.text.mentions import NUMBER_WORDS, read_mentions
from unimer.text.reading import Reading

_STRANGE = re.compile(r"[^\x20-\x7e\n\t\u2010-\u2014\u2018\u2019\u201c\u201d\u2026\u2022\u00a0]")
_SYMBOL = re.compile(r"[<>@=#{}|\\^~`$%*_\[\]]")
_INTENSITY = re.compile(r"\d\s*[LR]?[A-E]$", re.IGNORECASE)
_JOINTS = frozenset("+&/")
_SPLIT = frozenset(
    (
        ",",
        "and",
        "or",
        "but",
        ":",
        "while",
        "whereas",
        "although",
        "though",
        "yet",
        "for",
        "so",
        "which",
        "since",
        "because",
        "as",
        "-",
        "—",
    )
)
_SIDED = frozenset(("left", "right"))
GREATER, LESSER = grammar("greater"), grammar("lesser")
COMPARING = frozenset(("than", "more", "most", "less"))
_PLACING = ("over", "above", "below", "beneath", "under", "beside", "near", "from")
_PAIRED = frozenset(("neither", "nor"))
_ANY_MOTION = frozenset(
    ("motion", "movement", "activity", "displacement", "change", "shift", "anything", "something", "what")
)


@cache
def words(name: str) -> frozenset[str]:
    """A closed list of words of the lexicon."""
    return frozenset(load_yaml("data/lexicon.yaml")["words"][name])


@cache
def _manner() -> frozenset[str]:
    """Words that manner.py checks."""
    return frozenset(w for listed in load_yaml("data/lexicon.yaml")["manner"].values() for w in listed)


@cache
def _patterns(name: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{p})" for p in load_yaml("data/lexicon.yaml")["words"][name]))


@cache
def _phrases() -> dict[str, list[list[str]]]:
    """Fixed phrases by their first word."""
    found: dict[str, list[list[str]]] = {}
    for phrase in load_yaml("data/lexicon.yaml")["words"]["phrases"]:
        tokens = [t.text for t in tokenise(phrase)]
        found.setdefault(tokens[0], []).append(tokens)
    return found


def find_strange(text: str) -> str | None:
    """The first character that is no plain English writing: other scripts, invisible characters, symbols."""
    found = _STRANGE.search(text) or _SYMBOL.search(text)
    return None if found is None else f"U+{ord(found.group()):04X} {found.group()!a}"


def find_loose(text: str, claims: list[Claim]) -> list[str]:
    """What of an answer nothing accounts for, each in words."""
    strange = find_strange(text)
    found = [] if strange is None else [f"a character that is not read, {strange}"]
    return found + list(_loose(text, tuple(claims)))


def find_strengths(text: str, claims: list[Claim]) -> list[tuple[str, str, list[Claim]]]:
    """Words of strength that no claim has taken up ("..., but only slightly"), with the claims of their sentence."""
    reading, found = read_mentions(text), []
    for mention in reading.mentions:
        if mention.kind != "strength":
            continue
        a, b = reading.tokens[mention.first].start, reading.tokens[mention.last].end
        low = max((t.end for t in reading.tokens if t.text in SENTENCE_ENDS and t.end <= a), default=0)
        high = min((t.start for t in reading.tokens if t.text in SENTENCE_ENDS and t.start >= b), default=len(text))
        told = [c for c in claims if c.start < high and low < c.end]
        if not any((c.start < b and a < c.end and c.kind == "motion") or c.strength == mention.value for c in told):
            found.append((text[a:b], mention.value, told))
    return found


@lru_cache(maxsize=64)
def _loose(text: str, claims: tuple[Claim, ...]) -> tuple[str, ...]:
    reading = read_mentions(text)
    known = reading.idle | {i for m in reading.mentions for i in range(m.first, m.last + 1)}
    known |= _phrased(reading)
    found: list[str] = []
    first = 0
    for i in range(len(reading.tokens) + 1):
        if i < len(reading.tokens) and reading.word(i) not in SENTENCE_ENDS:
            continue
        if i > first:
            start, end = reading.extent(first, i)
            inside = [m for m in reading.mentions if first <= m.first and m.last < i]
            told = [c for c in claims if c.start < end and start < c.end]
            sentence = _Sentence(reading, first, i, inside, told, known, text)
            quote = " ".join(text[start:end].split())[:120]
            found += [f'{problem} in "{quote}"' for problem in sentence.problems()]
        first = i + 1
    return tuple(dict.fromkeys(found))


def _phrased(reading: Reading) -> set[int]:
    """Tokens of the fixed phrases of ``words.phrases``."""
    found: set[int] = set()
    phrases = _phrases()
    for i, token in enumerate(reading.tokens):
        for phrase in phrases.get(token.text, ()):
            if reading.words(i, i + len(phrase)) == phrase:
                found.update(range(i, i + len(phrase)))
    return found


def of_regions(reading: Reading, i: int) -> bool:
    """Whether "only" or "alone" is said of regions: "only the chin", "only two regions", "the chin alone"."""
    if reading.word(i) == "alone":
        return any(m.kind == "region" and m.last == i - 1 for m in reading.mentions)
    after = i + 1
    while reading.word(after) in DETERMINERS or reading.word(after) in NUMBER_WORDS:
        after += 1
    named = any(m.kind == "region" and m.first == after for m in reading.mentions)
    return named or (reading.word(after) in ("regions", "parts", "areas", "places", "region") and after > i + 1)


def _singled_out(claim: Claim) -> bool:
    """Whether "only" can be checked of a claim: what moves, what could not be measured (amounts.py)."""
    return not claim.negated or claim.about == "measurement"


def of_one_of_a_pair(reading: Reading, i: int) -> bool:
    """Whether "only" or "alone" sets one of a pair apart: "a lift at the right corner only", "the left half alone".

    A "motion" at the right corner only leaves no room for any other; a lift there, for none at the other corner.
    """
    if reading.word(i + 1) == "by":
        return False  # "a lift at the left corner alone is due to AU12": elsewhere it is due to others
    if reading.word(i - 2) in _SIDED and reading.word(i - 1) in ("half", "side", "part", "end", "one"):
        return True
    region = next((m for m in reading.mentions if m.kind == "region" and m.last == i - 1 and m.side in _SIDED), None)
    if region is None:
        return False
    k = region.first - 1
    while reading.word(k) in DETERMINERS or reading.word(k) in _SIDED:
        k -= 1
    start = max((j for j in range(k) if reading.word(j) in SENTENCE_ENDS), default=-1)
    return reading.word(k) in ("at", "on", "in") and not _ANY_MOTION & set(reading.words(start + 1, k))


class _Sentence:
    """One sentence: tokens ``first..stop`` (exclusive), its mentions and the claims read from it."""

    def __init__(
        self,
        reading: Reading,
        first: int,
        stop: int,
        inside: list[Mention],
        told: list[Claim],
        known: set[int],
        text: str,
    ) -> None:
        self.reading, self.first, self.stop, self.inside, self.told = reading, first, stop, inside, told
        self.known = known
        emotion = any(m.kind == "emotion" for m in inside)
        self.allowed = words("filler") | _manner() | (words("emotion") if emotion else frozenset())
        self.start, self.end = reading.extent(first, stop)
        self.text = text[self.start : self.end]
        self.plain = " ".join(reading.words(first, stop)).replace(" ,", ",")

    def problems(self) -> list[str]:
        found = self._unknown()
        if _patterns("time").search(self.plain):
            found.append("an order in time that is not measured")
        if _patterns("exceptions").search(self.plain):
            found.append("an exception")
        if not self.told:
            return found if found or self._neutral() else ["nothing that could be checked"]
        return found + self._uncovered() + self._exclusive() + self._denied_twice() + self._sided()

    def _unknown(self) -> list[str]:
        """Words, numbers and signs that are neither known phrases nor fillers."""
        found = []
        for i in range(self.first, self.stop):
            word = self.reading.word(i)
            if i in self.known:
                continue
            if word in ("yes", "no") and i == 0:
                after = self.reading.word(1)
                if after and after not in ",.;:!-—\n":
                    found.append(f'"{word}" that is no answer')
            elif word[0].isdigit():
                if self.reading.word(i - 1) != "unblamed":  # causes.py looks at such a unit
                    found.append(f"the number {word}")
            elif word in _JOINTS:
                if not (self._unit(i - 1) and (self._unit(i + 1) or self._unit(i + 2))):
                    found.append(f'the sign "{word}"')
            elif word in ("other", "than") and (self._unit(i + 1) or self._unit(i + 2)):
                continue  # "no AU other than AU12"
            elif self.reading.words(i - 2, i) == ["than", "the"] and word == "other":
                continue  # "neither sinks farther than the other"
            elif word == "far" and self.reading.word(i - 1) in ("as", "so") and self.reading.word(i + 1) == "as":
                continue
            elif word in GREATER | LESSER | {"than"} or (
                COMPARING & set(self.plain.split()) and word.removesuffix("ly") in words("amounts")
            ):
                continue  # amounts.py compares
            elif word[0].isalpha() and not {word, word.removesuffix("'s")} & self.allowed:
                found.append(f'the word "{word}"')
            elif word == "none" and i > 0:
                found.append('the word "none"')
        for mention in self.inside:
            tokens = self.reading.tokens
            name = self.text[tokens[mention.first].start - self.start : tokens[mention.last].end - self.start]
            if mention.kind == "au" and _INTENSITY.search(name):
                found.append(f'the intensity in "{name}"')
        return found

    def _unit(self, i: int) -> bool:
        return any(m.kind == "au" and m.first <= i <= m.last for m in self.inside)

    def _neutral(self) -> bool:
        """Whether a sentence without a claim says nothing of the face."""
        plain = self.plain.strip(' ,-—"')
        if _patterns("sentences").fullmatch(plain):
            return True
        if self.plain.endswith(":"):
            return not any(m.kind in ("verb", "direction", "region", "still") for m in self.inside)
        if not any(c.isalnum() for c in plain):
            return True
        kinds = {m.kind for m in self.inside if self.reading.word(m.first) != "face"} - {"annotated", "side"}
        free = [self.reading.word(i) for i in range(self.first, self.stop)]
        taken = {i for m in self.inside for i in range(m.first, m.last + 1)}
        loose = [w for i, w in enumerate(free, self.first) if w.isalpha() and i not in taken]
        return not kinds - {"presence"} and bool(self.inside) and all(w in words("neutral") for w in loose)

    def _uncovered(self) -> list[str]:
        """Regions and directions that belong to no claim."""
        tokens, found = self.reading.tokens, []
        for mention in self.inside:
            a, b = tokens[mention.first].start, tokens[mention.last].end
            if mention.kind not in ("region", "direction", "still") or any(
                c.start < b and a < c.end for c in self.told if c.kind == "motion"
            ):
                continue
            name = " ".join(self.reading.words(mention.first, mention.last + 1))
            before = mention.first - 1
            while self.reading.word(before) in DETERMINERS:
                before -= 1
            if mention.kind == "region" and self.reading.word(before) in _PLACING:
                continue  # "slides down over the eye"
            if name == "face":
                continue
            if name == "out" and any(
                w.startswith("bear") for w in self.reading.words(mention.first - 3, mention.first)
            ):
                continue
            found.append(f'"{name}" that is said of nothing')
        return found

    def _exclusive(self) -> list[str]:
        """ "only the chin", "the chin alone": that nothing else does so is not checked."""
        found = []
        for i in range(self.first, self.stop):
            word = self.reading.word(i)
            if i in self.known or word not in ("only", "alone"):
                continue
            near = [m for m in self.inside if i < m.first <= i + 3 or m.last in (i - 1, i - 2)]
            ahead = [m for m in near if i < m.first]
            units = any(c.kind == "au" and c.side for c in self.told) and not any(
                c.kind == "motion" for c in self.told
            )
            fine = (
                (word == "only" and ahead and ahead[0].kind in ("strength", "annotated"))
                or (any(m.kind == "side" or m.side for m in near) and bool(_SIDED & set(self._near(i))))
                or (word == "only" and units and any(m.kind == "side" for m in near))
                or (
                    word == "alone"
                    and (any(m.kind == "annotated" for m in near) or self.reading.word(i - 1) == "flow")
                )
                or (of_regions(self.reading, i) and any(c.kind == "motion" and _singled_out(c) for c in self.told))
                or of_one_of_a_pair(self.reading, i)
            )
            if not fine:
                found.append(f'"{word}", which is not checked,')
        return found

    def _near(self, i: int) -> list[str]:
        return [*self.reading.words(i - 2, i), *self.reading.words(i + 1, i + 4)]

    def _denied_twice(self) -> list[str]:
        """ "AU4 is not missing": two negations in one clause turn the sense round."""
        count, before = 0, self.first
        for mention in self.inside:
            if mention.kind != "negation":
                continue
            if any(w in _SPLIT for w in self.reading.words(before, mention.first)):
                count = 0
            paired = mention.value in _PAIRED and count
            count += not paired
            before = mention.last + 1
            if count > 1:
                return ["two negations"]
        return []

    def _sided(self) -> list[str]:
        """Sides that no claim of the sentence has taken up."""
        sides = {c.side for c in self.told}
        if {"left", "right"} <= sides:
            sides.add("both")
        # "Both" alone counts two things; "on both sides" is a side.
        counting = [m for m in self.inside if m.first == m.last and self.reading.word(m.first) == "both"]
        heading = [m for m in self.inside if ":" in self.reading.words(m.last + 1, m.last + 5)]  # "On both sides: ..."
        counting += [m for m in heading if m.value == "both"]
        loose = [m for m in self.inside if m.kind == "side" and not m.linked and m not in counting]
        if sides == {None} and loose and loose[0] is self.inside[0]:
            loose = []  # "On the left, as both label and flow say of AU12": the sample's checker joins the two
        return ["a side that belongs to nothing"] if any(m.value not in sides for m in loose) else []
