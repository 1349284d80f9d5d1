"""What a text is cut into: chunks of sentences, groups of regions or units, and runs of what is said of them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from unimer.text.lexicon import Mention

PREDICATES = frozenset(("verb", "noun", "direction", "still", "unmeasurable", "measuring", "presence"))
MODIFIERS = frozenset(("strength", "negation", "hedge"))


@dataclass
class Run:
    """What is said: directions (each a set that holds together), stillness, measurability, and how it is said."""

    atoms: list[Mention] = field(default_factory=list)
    words: list[str] = field(default_factory=list)

    def of(self, *kinds: str) -> list[Mention]:
        return [m for m in self.atoms if m.kind in kinds]

    def between(self, a: Mention, b: Mention) -> list[Mention]:
        """Predicates between two mentions."""
        return [m for m in self.atoms if a.last < m.first < b.first and m.kind in PREDICATES]

    @property
    def negated(self) -> bool:
        return bool(self.of("negation"))

    @property
    def moves(self) -> bool:
        return bool(self.of("verb", "noun", "direction"))

    @property
    def empty(self) -> bool:
        """Nothing but modifiers: "does not", "not"."""
        return not any(m.kind in PREDICATES for m in self.atoms)

    @property
    def unmeasurable(self) -> bool:
        """ "cannot be measured", "not reliable", "unmeasurable"; not "no motion could be measured"."""
        if self.of("unmeasurable"):
            return True
        if self.negated and self.of("measuring") and not self.moves:
            return True
        for i, atom in enumerate(self.atoms):
            if atom.kind == "negation":
                rest = [m for m in self.atoms[i + 1 :] if m.kind in PREDICATES]
                if rest and rest[0].kind == "measuring":
                    return True
        return False


@dataclass
class Group:
    """Regions or Action Units that share their predicates."""

    members: list[Mention]
    runs: list[Run] = field(default_factory=list)
    before: list[Mention] = field(default_factory=list)


@dataclass
class Chunk:
    """Part of a sentence: token numbers in order and the mentions among them.

    ``after_mention``: for a parenthesis, what it follows. ``open``: "whether ...", "if ...", nothing is asserted.
    ``leads``: ended by a colon. ``led``: begins after one.
    """

    tokens: list[int]
    mentions: list[Mention]
    after_mention: Mention | None = None
    open: bool = False
    leads: bool = False
    led: bool = False

    def of(self, *kinds: str) -> list[Mention]:
        return [m for m in self.mentions if m.kind in kinds]


def content(run: Run) -> bool:
    """Whether a run says more than that something is to be seen."""
    return run.moves or bool(run.of("still")) or run.unmeasurable


def adapted(runs: list[Run], negations: list[Mention], strengths: list[Mention], *, plain: bool = False) -> list[Run]:
    """Copies of runs that are denied (or no longer denied) by the given words and, where any is given, as strong.

    ``plain``: of no strength that is known, as what something else is stronger than.
    """
    dropped = ("negation", "strength") if strengths or plain else ("negation",)
    added = [*negations, *strengths]
    return [replace(run, atoms=[m for m in run.atoms if m.kind not in dropped] + added) for run in runs]


def modifiers(runs: list[Run]) -> tuple[list[Mention], list[Mention]]:
    """Negations and strengths that stand in runs of their own."""
    empty = [r for r in runs if r.empty]
    return [m for r in empty for m in r.of("negation")], [m for r in empty for m in r.of("strength")]
