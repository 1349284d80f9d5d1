"""Which words of a chunk are said of which Action Units, and the claims that come of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from unimer.records import Claim, Side, Strength
from unimer.text.asides import span
from unimer.text.chunks import PREDICATES, Chunk, Group
from unimer.text.lexicon import Mention
from unimer.text.meaning import labeller, unit_mode
from unimer.text.reading import Reading

SAID = PREDICATES | {"negation", "hedge", "annotated"}
_TOPIC = ("for", "of", "among", "regarding", "concerning", "about")


def said_of(reading: Reading, chunk: Chunk, groups: list[Group]) -> Iterator[tuple[Group, list[Mention]]]:
    """Every group of Action Units with what is said of it; a mere topic ("For AU7, which ...") is left out."""
    relevant = [m for m in chunk.mentions if m.kind in SAID and not _of_emotion(chunk, m)]
    for i, group in enumerate(groups):
        first, last = group.members[0].first, group.members[-1].last
        low = groups[i - 1].members[-1].last if i else -1
        high = groups[i + 1].members[0].first if i + 1 < len(groups) else 10**9
        behind = [m for m in relevant if last < m.first < high]
        ahead = [m for m in relevant if low < m.first < first]
        behind, ahead = _own_clause(reading, chunk, group, behind, ahead)
        if i:
            ahead = _leading(ahead, first, groups[i - 1].members[0].first)
        if i + 1 < len(groups):  # and what leads up to the next is not this group's
            behind = [m for m in behind if not (m.kind == "negation" and high - m.last <= 3)]
        within = [m for m in relevant if first < m.first < last]
        if i == 0 and not relevant and reading.word(chunk.tokens[0]) in _TOPIC:
            continue
        denied = ahead and ahead[-1].kind == "negation" and first - ahead[-1].last <= 3
        if denied and not any(m.kind in ("measuring", "unmeasurable", "verb", "noun") for m in behind):
            ahead = [m for m in ahead[:-1] if m.kind == "measuring"] + ahead[
                -1:
            ]  # "neither a lowering of the brows nor a wrinkling of the nose"
        yield group, ahead + within + behind


def unit_claims(reading: Reading, group: Group, said: list[Mention], chunk: Chunk) -> list[Claim]:
    """Claims of one group of Action Units: the same is said of every member."""
    found: list[Claim] = []
    about, negated = unit_mode(said)
    sided = _label_sided(chunk, said) if about == "itself" and not negated else None
    for unit in group.members:
        if sided is not None and unit.side == "both":
            start, end = span(reading, [unit, sided])
            found.append(Claim(kind="au", start=start, end=end, au=unit.aus[0], side="both", about="label"))
            unit.side = None
        lead = [m for m in chunk.of("strength") if m.last in (unit.first - 1, unit.first - 2)]
        start, end = span(reading, [unit])
        found.append(
            Claim(
                kind="au",
                start=start,
                end=end,
                au=unit.aus[0],
                side=cast("Side | None", unit.side),
                strength=cast(
                    "Strength | None", lead[0].value if lead and about == "itself" and not negated else None
                ),
                about=about,
                labeller=labeller(said),
                negated=negated,
                hedged=any(m.kind == "hedge" for m in said),
            )
        )
    return found


def _label_sided(chunk: Chunk, said: list[Mention]) -> Mention | None:
    """The word of label that a side belongs to: "is labelled on both sides and supported by the flow"."""
    both = next((m for m in chunk.of("side") if m.value == "both"), None)
    coded = [m for m in said if m.kind == "annotated" and both is not None and m.first < both.first]
    others = [m for m in said if m.kind not in ("annotated", "hedge")]
    told = coded and others and both is not None and all(m.first > both.last for m in others)
    return coded[-1] if told else None


def _of_emotion(chunk: Chunk, mention: Mention) -> bool:
    """ "annotated as happiness", "the annotated class is happiness": that label is no Action Unit's."""
    following = next((m for m in chunk.mentions if m.first > mention.last), None)
    return mention.kind == "annotated" and following is not None and following.kind == "emotion"


def _leading(ahead: list[Mention], first: int, previous: int) -> list[Mention]:
    """What stands between two groups belongs to the second only where it leads up to it."""
    cut = max((k for k, m in enumerate(ahead) if m.kind not in ("negation", "hedge")), default=-1)
    lead = [m for m in ahead if first - m.last <= 4 and m.kind in ("negation", "hedge", "annotated")]
    kept = lead if cut < 0 or not previous < ahead[cut].first else ahead[cut + 1 :]
    return kept or [m for m in lead if m.kind == "negation"]


def _own_clause(
    reading: Reading, chunk: Chunk, group: Group, behind: list[Mention], ahead: list[Mention]
) -> tuple[list[Mention], list[Mention]]:
    """Leaves out what another clause says of a region: "AU2 is absent, and the outer brows do not move"."""
    first, last = group.members[0].first, group.members[-1].last
    for region in chunk.of("region"):
        if region.first > last and _joined(reading, region):
            behind = [
                m
                for m in behind
                if m.first < region.first and not (m.kind == "negation" and region.first - m.last <= 3)
            ]
        if region.last < first and _joined(reading, group.members[0]):
            ahead = [m for m in ahead if m.first > region.last and first - m.last <= 4 and m.kind == "negation"]
    return behind, ahead


def _joined(reading: Reading, mention: Mention) -> bool:
    """Whether a comma or "and" stands before a mention and its determiners."""
    i = mention.first - 1
    while reading.word(i) in {"the", "a", "an", "both", "neither", "left", "right", "also", "no", "each"}:
        i -= 1
    return reading.word(i) in (",", "and", "or")
