"""A text cut into tokens, with what the lexicon knows among them."""

from __future__ import annotations

from dataclasses import dataclass, field

from unimer.text.lexicon import Mention, Token


@dataclass
class Reading:
    """A tokenised text with its mentions in order. ``idle``: tokens of known phrases that say nothing."""

    tokens: list[Token]
    mentions: list[Mention]
    idle: set[int] = field(default_factory=set)

    def copy(self) -> Reading:
        """The same with mentions of its own, whose sides may be set."""
        return Reading(
            self.tokens,
            [Mention(m.kind, m.value, m.first, m.last, m.aus, m.side, m.plural, m.linked) for m in self.mentions],
            self.idle,
        )

    def word(self, i: int) -> str:
        """Token ``i``; empty outside the text."""
        return self.tokens[i].text if 0 <= i < len(self.tokens) else ""

    def words(self, start: int, stop: int) -> list[str]:
        """Tokens ``start..stop`` (exclusive)."""
        return [t.text for t in self.tokens[max(start, 0) : max(stop, 0)]]

    def extent(self, first: int, stop: int) -> tuple[int, int]:
        """Characters between which tokens ``first..stop`` (exclusive) lie; rewriting may have moved them."""
        tokens = self.tokens[first:stop]
        return min(t.start for t in tokens), max(t.end for t in tokens)

    def put(self, mention: Mention) -> None:
        """Puts a mention in place of what else is read at its tokens."""
        kept = [m for m in self.mentions if m.last < mention.first or m.first > mention.last]
        self.mentions[:] = sorted([*kept, mention], key=lambda m: m.first)

    def mentioned(self, i: int, *kinds: str) -> bool:
        """Whether token ``i`` is part of a mention, of one of the kinds if any are named."""
        return any(m.first <= i <= m.last and (not kinds or m.kind in kinds) for m in self.mentions)
