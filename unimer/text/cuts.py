"""Where a sentence is cut and where it is not: asides, directions put first, clauses about flow and label."""

from __future__ import annotations

from unimer.text.lexicon import DETERMINERS, Mention
from unimer.text.reading import Reading

FOLLOWING = ("follow", "accompan", "join", "share", "copies", "copy", "echo", "imitat", "match")
SENTENCE_ENDS = frozenset(".!?\n;")
_EXPLAINS = ("accounts", "account", "explains", "explain")
_SINGULAR = ("is", "was", "does", "has")
_DOING = ("do", "does", "did")
_ADVERBS = {"on", "at", "the", "also", "likewise", "itself", "too", "in", "turn"}
_BEFORE_ITEM = {"and", "also", "by", "for", "at", "in", "on", "of", "from", "through"}
_SOURCES = (
    "flow",
    "label",
    "labels",
    "annotation",
    "annotators",
    "coders",
    "detector",
    "program",
    "software",
    "class",
)


def aside(reading: Reading, i: int, inside: set[int]) -> int | None:
    """Where ", though annotated," or ", which are also labelled," ends: its second comma; None if it is no aside."""
    if reading.word(i - 1) != "," and reading.word(i) != "unlike":
        return None
    told = related(reading, i + 1)
    end = object_relative(reading, i) if told else None
    for j in range(i + 1, min(i + (16 if told else 9), len(reading.tokens))) if end is None else ():
        if reading.word(j) in SENTENCE_ENDS:
            return None
        if reading.word(j) == "," and j not in inside:
            within = [m for m in reading.mentions if i < m.first < j and m.kind in ("region", "au", "emotion")]
            named = within[0] if within else None
            caused = told and len(within) == 1 and within[0].kind == "au" and _caused(reading, within[0])
            return None if named and not caused and reading.word(i) != "unlike" else j
    return end


def _caused(reading: Reading, unit: Mention) -> bool:
    """Whether a unit is named as the cause: "which are pulled down by AU15"."""
    i = unit.first - 1
    while reading.word(i) in DETERMINERS or reading.word(i) == "au":
        i -= 1
    return reading.word(i) == "by"


def object_relative(reading: Reading, i: int) -> int | None:
    """Where ", which AU7, the lid tightener, explains," after a region ends: its last comma; None if it is no such.

    What stands behind it goes on to be said of the region.
    """
    unit = next((m for m in reading.mentions if m.first > i), None)
    if unit is None or unit.kind not in ("au", "side") or unit.first > i + 3:
        return None
    acted = False
    for j in range(unit.last + 1, min(i + 18, len(reading.tokens))):
        word = reading.word(j)
        mention = next((m for m in reading.mentions if m.first <= j <= m.last), None)
        if word in SENTENCE_ENDS or (mention is not None and mention.kind in ("region", "emotion", "negation")):
            return None
        if word == "," and acted:
            return j
        acted = acted or word in _EXPLAINS or (mention is not None and mention.kind == "verb")
    return None


def related(reading: Reading, i: int) -> bool:
    """Whether what begins at token ``i`` is a relative clause about the region right before it: "the lip, which"."""
    k = i - 2 - (reading.word(i - 2) == ",")
    return reading.word(i - 1) == "which" and any(m.kind == "region" and m.last == k for m in reading.mentions)


def singular(reading: Reading, i: int) -> bool:
    """Whether the verb that follows a relative pronoun, with nothing but adverbs and sides between, is singular."""
    adverbs = {k for m in reading.mentions if m.kind in ("strength", "side") for k in range(m.first, m.last + 1)}
    while i in adverbs or reading.word(i) in _ADVERBS:
        i += 1
    verb = any(m.kind == "verb" and m.first == i for m in reading.mentions)
    word = reading.word(i)
    return word in _SINGULAR or (verb and word.endswith("s") and not word.endswith("ss"))


def listed_relative(reading: Reading, i: int, before: list[int]) -> bool:
    """Whether "which" belongs to one item of a list: "the brows, which rise moderately, and the lid, which sinks".

    What follows the list's next "and" or comma is then a region of its own, not what the relative clause is about.
    """
    if not related(reading, i + 1):
        return False
    if any(reading.word(k) == "which" for k in before):
        return True
    said = False
    for j in range(i + 1, min(i + 20, len(reading.tokens))):
        word = reading.word(j)
        mention = next((m for m in reading.mentions if m.first <= j <= m.last), None)
        if word in SENTENCE_ENDS or word in "():" or (mention is not None and mention.kind in ("region", "au")):
            return False
        said = said or word in _DOING or (mention is not None and mention.kind in ("verb", "still"))
        if said and word in (",", "and") and _item_follows(reading, j + 1):
            return True
    return False


def _item_follows(reading: Reading, i: int) -> bool:
    """Whether a list goes on with a region at token ``i``: "and for the outer brows"."""
    named = {m.first for m in reading.mentions if m.kind == "region"}
    skipped = {k for m in reading.mentions if m.kind == "side" for k in range(m.first, m.last + 1)}
    while i not in named and (i in skipped or reading.word(i) in DETERMINERS | _BEFORE_ITEM):
        i += 1
    return i in named


def joins_a_direction(reading: Reading, i: int, before: list[Mention]) -> bool:
    """Whether "which" or "where" joins a direction to what follows: "Upward is where the brow goes"."""
    joins = reading.word(i) == "where" or reading.words(i - 1, i + 1) == ["in", "which"]
    directed = any(m.kind == "direction" for m in before)
    return joins and directed and all(m.kind in ("direction", "strength") for m in before)


def new_source(reading: Reading, i: int) -> bool:
    """Whether "and" at ``i`` starts a clause about what flow or label say, or "what goes up is the lip"."""
    moves = any(m.first == i + 2 and m.kind in ("verb", "still") for m in reading.mentions)
    if reading.word(i + 1) == "what" and (moves or reading.word(i + 2) in ("does", "stays", "remains")):
        return True
    return reading.word(i + 1) in ("the", "its") and reading.word(i + 2) in _SOURCES


def all_of_it(reading: Reading, i: int) -> bool:
    """Whether "is all the motion that was found" begins a clause of its own at ``i``."""
    return reading.word(i) == "all" and any(m.first == m.last == i and m.value == "rest" for m in reading.mentions)
