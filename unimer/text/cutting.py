"""Cuts a text into sentences, and these into chunks.

A chunk ends at a full stop, semicolon, colon, dash or a word such as "while", "but", "which"; parentheses are chunks
of their own.
"""

from __future__ import annotations

from unimer.text import cuts
from unimer.text.chunks import PREDICATES, Chunk
from unimer.text.lexicon import grammar
from unimer.text.reading import Reading

_HARD = grammar("hard")
_OPEN = ("if", "whether", "unless", "unlike")
_SUBORDINATING = ("as", "since", "because", "while", "whereas", "although", "though", "when", "having")


def chunks(reading: Reading) -> list[list[Chunk]]:
    """The sentences of a text, each a list of its chunks in order; a parenthesis follows the chunk it interrupts."""
    cutter = _Cutter(reading)
    for i in range(len(reading.tokens)):
        cutter.take(i)
    cutter.close()
    return [s for s in cutter.sentences if s]


class _Cutter:
    """Takes the tokens of a text one by one, and keeps the chunk and the parenthesis that are open."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.starts = {m.first: m for m in reading.mentions}
        self.inside = {i for m in reading.mentions if m.kind != "law" for i in range(m.first, m.last + 1)}
        self.sentences: list[list[Chunk]] = [[]]
        self.current, self.held = Chunk([], []), list[Chunk]()
        self.parenthesis: Chunk | None = None
        self.resume = -1  # where an aside ends
        self.subordinate = False  # the sentence began with "as", "while" ...

    def close(self) -> None:
        """Ends the chunk; what interrupted it follows it."""
        self.sentences[-1].extend(c for c in [self.current, *self.held] if c.tokens)
        self.current, self.held = Chunk([], []), []

    def take(self, i: int) -> None:
        """Ends or opens a chunk at token ``i``, or adds the token to the one that is open."""
        word, marks = self.reading.word(i), i not in self.inside
        listed = self._free and word == "which" and cuts.listed_relative(self.reading, i, self.current.tokens)
        aside = cuts.aside(self.reading, i, self.inside) if self._free and word in _HARD and not listed else None
        if self._free and not self.current.tokens and not self.sentences[-1]:
            leading = word in _SUBORDINATING and self.reading.word(i + 1) not in ("for", "well", "measured", "is")
            self.subordinate = self.subordinate or leading
        if aside is not None:
            self.resume = aside
            self._interrupt(word in _OPEN)
        elif word in "([" and marks:
            self._interrupt(False)
        elif (word in ")]" and marks) or i == self.resume:
            self.parenthesis = None
        elif word in cuts.SENTENCE_ENDS and marks:
            self.close()
            self.parenthesis, self.subordinate = None, False
            self.sentences.append([])
        elif listed or (self._free and cuts.joins_a_direction(self.reading, i, self.current.mentions)):
            self._open_chunk.tokens.append(i)  # "Upward is the way in which the brow moves"
        elif self._parts(i):
            self._part(word)
        elif word == "-" and marks:
            self.close()
        elif self._free and word == "," and self.subordinate and self.current.of(*PREDICATES, "annotated"):
            self.close()  # "As the brows are still, AU4 lacks support"
            self.subordinate = False
        elif self._free and word == "and" and cuts.new_source(self.reading, i):
            self.close()  # "the chin does not move, and the flow does not support it"
        else:
            self._add(i)

    @property
    def _free(self) -> bool:
        """Whether no parenthesis is open."""
        return self.parenthesis is None

    @property
    def _open_chunk(self) -> Chunk:
        return self.current if self.parenthesis is None else self.parenthesis

    def _interrupt(self, opens: bool) -> None:
        """Opens a parenthesis or an aside behind what was named last."""
        last = self.current.mentions[-1] if self.current.mentions else None
        self.parenthesis = Chunk([], [], after_mention=last, open=opens)
        self.held.append(self.parenthesis)

    def _parts(self, i: int) -> bool:
        """Whether a clause begins with the token: "while", ", for", "other than"."""
        word, before = self.reading.word(i), self.reading.word(i - 1)
        if word in _HARD and i not in self.inside and not (word == "with" and before in ("together", "along")):
            return True
        return (word in ("for", "as") and before == ",") or (word == "than" and before == "other")

    def _part(self, word: str) -> None:
        if self.parenthesis is not None:
            self.parenthesis = Chunk([], [], after_mention=self.parenthesis.after_mention)
            self.held.append(self.parenthesis)
            return
        self.current.leads = word == ":"
        self.close()
        self.current.led = word == ":"
        self.current.open = word in _OPEN

    def _add(self, i: int) -> None:
        if self._free and cuts.all_of_it(self.reading, i):
            self.close()
        self._open_chunk.tokens.append(i)
        if i in self.starts:
            self._open_chunk.mentions.append(self.starts[i])
