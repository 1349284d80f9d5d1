"""Where a sentence is cut and where it is not: asides, directions put first, clauses about flow and label."""

from __future__ import annotations

from unimer.text.lexicon import Mention
from unimer.text.reading import Reading

FOLLOWING = ("follow", "accompan", "join", "share", "copies", "copy", "echo", "imitat", "match")
SENTENCE_ENDS = frozenset(".!?\n;")
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
    for j in range(i + 1, min(i + 9, len(reading.tokens))):
        if reading.word(j) in SENTENCE_ENDS:
            return None
        if reading.word(j) == "," and j not in inside:
            named = any(m.kind in ("region", "au", "emotion") and i < m.first < j for m in reading.mentions)
            return None if named and reading.word(i) != "unlike" else j
    return None


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
