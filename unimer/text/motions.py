"""The claim that a region moves, and the direction that a list of regions has in common."""

from __future__ import annotations

from typing import cast

from unimer.records import About, Claim, Side, Strength
from unimer.text.asides import span
from unimer.text.chunks import Run
from unimer.text.lexicon import Mention
from unimer.text.reading import Reading
from unimer.text.subjects import VAGUE


def motion_claim(
    reading: Reading,
    region: Mention,
    run: Run,
    words: list[Mention],
    *,
    direction: str | None,
    about: About,
    negated: bool,
) -> Claim:
    """What a run says of a region; ``words``: those it is read from, which the claim quotes."""
    value = region.value if negated or ".." not in region.value else f"?{region.value}"  # some part is not enough
    strengths = [] if negated else [m.value for m in run.of("strength")]
    start, end = span(reading, words)
    # A plural without a side speaks of both: "the lip corners fall". "The lips" are two anyway.
    side = region.side or ("both" if region.plural and region.value not in {"lips", *VAGUE} else None)
    return Claim(
        kind="motion",
        start=start,
        end=end,
        region=value,
        side=cast("Side | None", side),
        direction=direction,
        strength=cast("Strength | None", strengths[0] if strengths else None),
        about=about,
        negated=negated,
        hedged=bool(run.of("hedge")),
    )


def ways_of(runs: list[Run]) -> list[Mention]:
    """The directions of runs that have no verb of their own: "the fold slightly up"."""
    verbs = any(r.of("verb", "noun") or r.negated for r in runs)
    return [] if verbs else [m for r in runs for m in r.of("direction")]


def wayless(runs: list[Run]) -> bool:
    """Whether runs say how strongly something moves but not where to: "pulls the corner strongly"."""
    said = [m for r in runs for m in r.of("verb", "noun", "direction", "still")]
    return not any(m.value for m in said) and all(r.of("strength") and not r.negated for r in runs)
