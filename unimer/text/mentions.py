"""Finds the mentions of a text: lexicon phrases by longest match, Action Units by number, sides beside their nouns."""

from __future__ import annotations

import re
from functools import lru_cache

from unimer.resources import load_yaml
from unimer.text.lexicon import DETERMINERS, Entry, Mention, Token, grammar, lexicon, merge_sides, tokenise
from unimer.text.reading import Reading
from unimer.text.refer import refer
from unimer.text.rewrite import rewrite

_NUMBERS: list[str] = load_yaml("data/lexicon.yaml")["numbers"]
NUMBER_WORDS = {word: i for i, word in enumerate(_NUMBERS, 1)}
_UNIT = r"\s*(?:%|px\b|pixel|percent|frame|ms\b|fps\b)"
_ITEM = rf"(?:[LR](?=\d))?(?:\d{{1,4}}(?:[LRB]?[A-E]?)\b(?![.]\d|{_UNIT})|(?:{'|'.join(_NUMBERS[::-1])})\b)"
_SEPARATOR = r"\s*(?:,\s*(?:and|or|nor)\b|,|/|\+|&|\band\b|\bor\b|\bnor\b|\bas\s+well\s+as\b|\bplus\b)\s*"
_HEAD = r"(?:(?:facial\s+)?action[\s-]+units?|\bAUs?)\s*[-#:_]?\s*(?:numbers?\s+|nos?\.?\s*)?"
AU_LIST = re.compile(rf"(?<![^\W_]){_HEAD}({_ITEM}(?:{_SEPARATOR}(?:{_HEAD})?{_ITEM})*)", re.IGNORECASE)
AU_SIDED = re.compile(r"(?<!\w)[LR]\d{1,2}(?![\w.]|\s*%)")
AU_ITEM = re.compile(_ITEM, re.IGNORECASE)

# Between a side and its noun: "the left, slightly raised brow" is left to chance, "left and right" is not.
_BESIDE = DETERMINERS | {"and", "or", "nor", "hand", "own", "sided", "of", "neither"}
_NOT_UP = grammar("not_up")
_NOT_OUT = grammar("not_out")
_CONTEXT = grammar("context")
_AMBIGUOUS_EMOTIONS = grammar("ambiguous_emotions")


@lru_cache(maxsize=256)
def read_mentions(text: str) -> Reading:
    """All mentions of a text in order, sides attached where they stand beside their noun; never fails.

    The latest readings are kept, so callers must not change what they get, but a ``copy()``.
    """
    tokens = rewrite(tokenise(text))
    # "AU17, not AU15, lifts the chin": of the other unit nothing is said but that (causes.py).
    units = [m for m in _numbered_aus(text, tokens) if not m.first or tokens[m.first - 1].text != "unblamed"]
    at = {m.first: m for m in units}
    taken = {i for m in units for i in range(m.first, m.last + 1)}
    words = [t.text for t in tokens]
    mentions: list[Mention] = []
    idle: set[int] = set()
    trie = lexicon()
    i = 0
    while i < len(words):
        if i in at:
            mentions.append(at[i])
            i = at[i].last + 1
            continue
        found = None if i in taken else trie.longest(words, i)
        if found is None or (taken and not taken.isdisjoint(range(i, found[0] + 1))):
            i += 1
            continue
        last, entries, sides = found
        entry = _choose(words, i, last, entries)
        if entry is not None:
            mentions.append(_mention(entry, i, last, merge_sides(sides)))
        elif entries[0] == Entry("law", ""):
            idle.update(range(i, last + 1))
        i = last + 1
    reading = Reading(tokens, mentions, idle)
    _attach_sides(reading)
    refer(reading)
    return reading


def _mention(entry: Entry, first: int, last: int, side: str | None) -> Mention:
    aus = (int(entry.value),) if entry.kind == "au" else ()
    value = entry.value
    if entry.kind == "direction" and value.startswith(("toward-", "away-")) and side in ("left", "right"):
        value = f"{value}_{side}"
    elif entry.kind == "direction" and value == "outward" and side in ("left", "right"):
        value = f"toward-ear_{side}"  # "toward the right ear": outward only for what lies on that side
    return Mention(entry.kind, value, first, last, aus=aus, side=side, plural=entry.plural)


def _numbered_aus(text: str, tokens: list[Token]) -> list[Mention]:
    """``AU12``, ``AUs 1, 2 and L4``, ``action unit twelve``, ``R12``; one mention a number."""
    mentions: list[Mention] = []
    matches = [(m.start(), m.start(1), m.end()) for m in AU_LIST.finditer(text)]
    inside = [range(a, c) for a, _, c in matches]
    matches += [
        (m.start(), m.start(), m.end()) for m in AU_SIDED.finditer(text) if not any(m.start() in r for r in inside)
    ]
    for whole, start, end in sorted(matches):
        begin = whole
        for item in AU_ITEM.finditer(text, start, end):
            covered = [
                i for i, t in enumerate(tokens) if t.start < item.end() and t.end > begin and t.end <= item.end()
            ]
            # Words that rewriting put before the unit reach back beyond it: "does not support" of "no proof of AU7".
            low = whole if begin == whole else item.start()
            covered = [i for i in covered if tokens[i].start >= low]
            begin = item.end()
            if covered:
                number, side = _au_item(item.group())
                mentions.append(Mention("au", str(number), covered[0], covered[-1], aus=(number,), side=side))
    return mentions


def _au_item(item: str) -> tuple[int, str | None]:
    """Number and side of ``R12``, ``12L``, ``12RA``; a number no AU can have becomes 99, which no clip carries."""
    upper = item.upper()
    if upper.lower() in NUMBER_WORDS:
        return NUMBER_WORDS[upper.lower()], None
    number = int(re.sub(r"\D", "", upper))
    letters = upper.strip("0123456789")
    before = upper[0] if upper[0] in "LR" else ""
    after = letters.removeprefix(before)[:1] if not before else ""
    side = {"L": "left", "R": "right", "B": None}.get(before or after)
    return (number if 1 <= number <= 99 else 99), side


def _choose(words: list[str], first: int, last: int, entries: list[Entry]) -> Entry | None:
    """Settles a phrase of several senses by its neighbours; None drops it."""
    rank = {"au": 0, "region": 1, "still": 2}
    entry = min(entries, key=lambda e: rank.get(e.kind, 3))
    word = words[first] if first == last else ""
    before, after = words[first - 1] if first else "", words[last + 1] if last + 1 < len(words) else ""
    # "Up and in, moderately": what is no determiner after it, as in "up, and in the flow", leaves "in" a direction.
    paired = word == "in" and before in ("and", "or") and _upright(words, first - 2) and after not in _AFTER_IN
    drop = (
        (entry.value == "" and entry.kind == "law")
        or (entry.kind == "direction" and not (paired or _is_direction(word, before, after)))
        or (word == "both" and bool(_NOT_OF_THE_FACE & set(words[last + 1 : last + 4])))
        or (entry.kind == "strength" and before in _COMPARING)
        or (word == "lower" and after in ("part", "half", "third", "edge", "end", "portion"))
        or (word == "lower" and after == "and" and not _leads_lower(words, last))
        or (word in ("part", "parts") and entry.kind == "verb" and (after == "of" or before not in _PARTING))
        or (word == "no" and (after in (",", ".", ":", ";", "-", "—", "", "\n", "!")))
        or (word in _AMBIGUOUS_EMOTIONS and not (_CONTEXT & set(words) or len(words) <= 4))
        or (entry.kind == "still" and word in _STILL_WORDS and not _predicative(words, first, after))
        or (entry.kind == "side" and word == "left" and after in ("unchanged", "alone", "open", "out", "still"))
        or (
            entry.kind == "side"
            and word == "right"
            and before != "the"  # "on the right there is no motion"
            and after in ("after", "before", "at", "answer", "now", "there")
        )
        or (entry.kind == "region" and entry.value == "mouth_corner" and word == "corner" and after == "of")
    )
    return None if drop else entry


def _leads_lower(words: list[str], i: int) -> bool:
    """Whether "lower" before "and" says where something moves: not "the lower and the upper lip"."""
    following = [w for w in words[i + 2 : i + 5] if w not in DETERMINERS]
    return i > 0 and words[i - 1] not in DETERMINERS and following[:1] not in (["upper"], ["inner"], ["outer"])


def _upright(words: list[str], i: int) -> bool:
    return i >= 0 and words[i] in _UPRIGHT


_UPRIGHT = frozenset(("up", "down", "upward", "upwards", "downward", "downwards"))
_AFTER_IN = DETERMINERS | {"addition", "particular", "fact", "line", "keeping", "accordance", "agreement"}
_NOT_OF_THE_FACE = grammar("not_of_the_face")
_PARTING = grammar("parting")
_STILL_WORDS = grammar("still_words")
_COPULAS = grammar("copulas")
_COMPARING = frozenset(("more", "less", "as", "so", "how"))


def _predicative(words: list[str], i: int, after: str) -> bool:
    """Whether "still" and the like say that something is so: "is still", "Still are the ...", ": still"."""
    before = words[i - 1] if i else "."
    inverted = before in (".", ";", ":", "\n", "(") and after in (
        "is",
        "are",
        "was",
        "were",
        ":",
        "",
        ".",
        ")",
        "region",
        "regions",
    )
    return inverted or _after_copula(words, i, after)


def _after_copula(words: list[str], i: int, after: str) -> bool:
    before = words[i - 1] if i else ""
    return before in _COPULAS and (
        after
        in (
            "",
            ".",
            ",",
            ";",
            "and",
            "from",
            "in",
            "at",
            "throughout",
            "while",
            ")",
            "here",
            "there",
            "too",
            "or",
            "as",
            "but",
            "\n",
            "between",
            "on",
            "during",
        )
        or before not in ("is", "are", "was", "were")
    )


def _is_direction(word: str, before: str, after: str) -> bool:
    """Whether a little word is a direction: "move in" is, "in the flow" is not."""
    if word in ("in", "inside"):
        if after in ("toward", "towards"):
            return True
        return (
            after in ("", ".", ",", ";", "and", "or", "\n", ")", "on", "at") and before not in ("and", ",")
        ) or after in ("and", "or")
    if word == "out":
        return before not in _NOT_OUT and after != "of"
    if word == "up":
        return before not in _NOT_UP and after not in ("to", "of")
    if word == "together":
        return before not in ("taken", "", ".") and after not in ("with", "as")
    if word == "apart":
        return after != "from"
    if word == "closer":
        return after not in ("look", "inspection")
    if word in ("medial", "lateral"):
        return True
    return not (word == "back" and after == "to")


def _attach_sides(reading: Reading) -> None:
    """Gives regions and Action Units the sides that stand right before or after them."""
    sides = {m.last: m for m in reading.mentions if m.kind == "side"}
    for target in (m for m in reading.mentions if m.kind in ("region", "au")):
        found = [] if target.side is None else [target.side]
        i = target.first - 1
        while i >= 0 and (i in sides or reading.word(i) in _BESIDE or _strength_at(reading, i)):
            if i in sides:
                sides[i].linked = True
                # "both AU1 and AU12" counts the units, not the sides.
                if target.kind == "region" or reading.word(i) != "both" or sides[i].first < i:
                    found.append(sides[i].value)
                i = sides[i].first
            elif reading.word(i) in ("and", "or", "nor", "of", "neither") and not _side_before(reading, sides, i):
                break
            i -= 1
        # "each brow", "neither cheek" speak of both sides.
        if not found and reading.word(target.first - 1) in ("each", "every", "either", "neither", "two"):
            found.append("both")
        target.side = merge_sides(found)
    for target in (m for m in reading.mentions if m.kind in ("region", "au") and m.side is None):
        i = target.last + 1
        if reading.word(i) in ("on", "at", "in", "to", "of", "("):
            i += 1
        elif target.kind == "region":
            continue
        while reading.word(i) in ("the", "its", "on", "at"):
            i += 1
        side = next((m for m in reading.mentions if m.kind == "side" and m.first == i and not m.linked), None)
        if side is not None:
            target.side, side.linked = side.value, True


def _strength_at(reading: Reading, i: int) -> bool:
    return any(m.kind == "strength" and m.last == i for m in reading.mentions)


def _side_before(reading: Reading, sides: dict[int, Mention], i: int) -> bool:
    """Whether "and" at ``i`` joins two sides ("left and right") rather than two things."""
    j = i - 1
    while j >= 0 and reading.word(j) in DETERMINERS and j not in sides:
        j -= 1
    return j in sides and reading.word(j) not in ("sides", "both")  # "on both sides and the jaw on the left"
