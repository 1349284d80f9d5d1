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
