"""Sides that stand apart from their noun, emotions, and talk about people: what is read of a chunk beside motion."""

from __future__ import annotations

from unimer.records import Claim
from unimer.text.chunks import PREDICATES, Chunk, Group
from unimer.text.clauses import gap
from unimer.text.lexicon import Mention
from unimer.text.reading import Reading


def span(reading: Reading, mentions: list[Mention]) -> tuple[int, int]:
    """Characters from the first to the last of some mentions."""
    tokens = reading.tokens
    first, last = min(m.first for m in mentions), max(m.last for m in mentions)
    return min(t.start for t in tokens[first : last + 1]), max(t.end for t in tokens[first : last + 1])


def loose_sides(reading: Reading, claims: list[Claim], chunk: Chunk, groups: list[Group], units: list[Group]) -> None:
    """Gives sides that stand apart from their noun to it: "AU12 acts on the left"."""
    sides = [m for m in chunk.of("side") if not m.linked and not _counts(reading, m, groups)]
    nouns = [m for g in groups for m in g.members] or [m for g in units for m in g.members]
    for side in sides:
        earlier = [m for m in nouns if m.last < side.first]
        later = [m for m in nouns if m.first > side.last]
        if not nouns:
            if chunk.after_mention is not None and not chunk.of(*PREDICATES, "au", "region", "emotion"):
                _late_side(reading, claims, chunk.after_mention, side)
            continue
        if (
            later
            and reading.word(side.last + 1) == ","
            and reading.words(side.first - 3, side.first)[:2] == [",", "on"]
        ):
            earlier, later = [], later[:1]  # "..., and, on the left, lip corner puller"
        group = next((g for g in (groups or units) if earlier and earlier[-1] in g.members), None)
        targets = group.members if group else later
        for noun in targets:
            if noun.side is None:
                noun.side = side.value
                side.linked = True


def _counts(reading: Reading, side: Mention, groups: list[Group]) -> bool:
    """Whether "both" counts what was named, no sides: "both are explained by AU12", "lip and fold are both"."""
    before, after = reading.word(side.first - 1), reading.word(side.last + 1)
    if side.value != "both" or side.first < side.last or before in ("on", "at", "in", "from"):
        return False
    earlier = [m for m in reading.mentions if m.kind == "region" and m.last < side.first]
    if len({(m.value, m.side) for m in earlier}) < 2 and not any(m.plural or m.side == "both" for m in earlier):
        return False
    if groups:
        named = [g for g in groups if g.members[-1].last < side.first]
        return bool(named) and len(named[-1].members) > 1 and before in ("is", "are", "was", "were", "they", "these")
    return before in ("by", "for", "of", "supports") or (after.isalpha() and after not in ("left", "right", "and"))


def _late_side(reading: Reading, claims: list[Claim], mention: Mention, side: Mention) -> None:
    """ "AU12 (left)": the claim is already made and gets its side now."""
    side.linked = True
    for i, claim in enumerate(claims):
        if claim.start <= reading.tokens[mention.first].start < claim.end and claim.side is None:
            claims[i] = claim.model_copy(update={"side": side.value})


def read_emotions(reading: Reading, claims: list[Claim], chunk: Chunk) -> None:
    """Adds the claims about emotions of a chunk."""
    emotions = chunk.of("emotion")
    for i, emotion in enumerate(emotions):
        low = emotions[i - 1].last if i else -1
        high = emotions[i + 1].first if i + 1 < len(emotions) else 10**9
        ahead = [m for m in chunk.of("negation") if low < m.first < emotion.first and emotion.first - m.last <= 8]
        behind = [
            m
            for m in chunk.of("negation")
            if emotion.last < m.first < high
            and m.first - emotion.last <= 3
            and high - m.last > 4
            and not {",", "and"} & set(gap(reading, chunk, emotion, m))
        ]
        joined = i > 0 and ahead == [] and _denied_list(reading, claims, chunk, emotions[i - 1], emotion)
        start, end = span(reading, [emotion])
        claims.append(
            Claim(
                kind="emotion",
                start=start,
                end=end,
                emotion=emotion.value,
                negated=bool(ahead or behind or joined),
                hedged=bool(chunk.of("hedge")),
            )
        )


def _denied_list(reading: Reading, claims: list[Claim], chunk: Chunk, before: Mention, emotion: Mention) -> bool:
    between = gap(reading, chunk, before, emotion)
    last = next((c for c in reversed(claims) if c.kind == "emotion"), None)
    return "or" in between and last is not None and last.negated


def read_people(reading: Reading, claims: list[Claim]) -> None:
    """Adds a claim for every word about who the person is."""
    for mention in reading.mentions:
        if mention.kind == "identity":
            start, end = span(reading, [mention])
            claims.append(Claim(kind="identity", start=start, end=end))
