"""Whether single claims hold: each is compared with what was labelled and measured. Reason codes: docs/reasons.md.

A statement about motion needs both constraints: the flow shows the region moving so, and a supported Action Unit
explains it. What has no evidence is not checked and therefore refused, never passed.
"""

from __future__ import annotations

from collections.abc import Sequence

from unimer.faces.regions import mirror, side_of
from unimer.records import AUVerdict, Claim, Evidence, Labels, Reason, RegionEvidence
from unimer.text.facts import WORD_ANGLE, Facts, claimed, deciding_regions, deviation
from unimer.text.meaning import DOUBTS

_OPPOSED = 180 - WORD_ANGLE
_ROUNDING = 0.51  # degrees of an octant's border; the records keep four decimals, texts only words


def check_claims(
    text: str, evidence: Evidence, labels: Labels, claims: list[Claim], unexplained: Sequence[Claim] = ()
) -> list[Reason]:
    """What the evidence does not carry of the claims alone; ``text`` is only quoted.

    Of the motion in ``unexplained`` the text says that no labelled Action Unit explains it.
    """
    reasons = []
    facts = Facts.of(evidence)
    said = {r for c in claims if c.kind == "motion" for r in claimed(c) if c.region != "rest"}
    for claim in claims:
        found = _check(claim, facts.without_causes() if claim in unexplained else facts, labels, said)
        if found is not None:
            quote = " ".join(text[claim.start : claim.end].split())
            reasons.append(Reason(code=found[0], message=f'{found[1]}: "{quote}"'))
    return reasons


Finding = tuple[str, str] | None


def _check(claim: Claim, facts: Facts, labels: Labels, said: set[str]) -> Finding:
    if claim.kind == "identity":
        return "identity", "talks about the person instead of the face's motion"
    if claim.kind == "emotion":
        return _check_emotion(claim, labels)
    if claim.kind == "au":
        return _check_au(claim, facts, labels)
    return _check_motion(claim, facts, said)


# --- emotion ---------------------------------------------------------------------------------------------------------


def _check_emotion(claim: Claim, labels: Labels) -> Finding:
    known = {e for e in (labels.emotion, labels.emotion_coarse) if e}
    if claim.negated:
        return (
            ("negation.contradicted", f"the clip is annotated as {claim.emotion}") if claim.emotion in known else None
        )
    if claim.emotion in known:
        return None
    if not known:
        return "emotion.unlabelled", "the clip has no emotion label"
    return "emotion.mismatch", f"the clip is annotated as {labels.emotion or labels.emotion_coarse}"


# --- Action Units ----------------------------------------------------------------------------------------------------


def _check_au(claim: Claim, facts: Facts, labels: Labels) -> Finding:
    au = claim.au
    assert au is not None
    labelled = {label.side for label in labels.aus if label.au == au}
    verdicts = facts.verdicts.get(au, [])
    name = f"AU{au}"
    foreign = _check_labeller(claim, labels, verdicts)
    if foreign is not None:
        return foreign
    if claim.about == "label":
        if not labelled and not verdicts:
            return "au.unsupported", f"{name} is not among the labels"
        sides = labelled | {v.side for v in verdicts}
        wrong = claim.side is not None and claim.side not in sides
        return ("au.side", f"{name} is labelled {'/'.join(sorted(sides))}") if wrong else None
    if claim.about != "itself":
        return _check_doubt(claim, facts, verdicts)
    if claim.negated:
        if not labels.aus and not facts.verdicts:
            return "au.unsupported", "the clip has no Action Unit labels, so none can be called absent"
        if not labelled and not verdicts:
            return None
        if claim.side is not None and not ({claim.side, "both"} & (labelled | {v.side for v in verdicts})):
            return None
        return "negation.contradicted", f"{name} is labelled"
    if not verdicts:
        reason = "not among the labels" if not labelled else "labelled, but was not checked against the flow"
        return "au.unsupported", f"{name} is {reason}"
    supported = facts.supported(au)
    if not supported:
        code = "au.contradicted" if any(v.verdict == "contradicted" for v in verdicts) else "au.unsupported"
        return code, f"{name} is labelled, but {verdicts[0].verdict}"
    if claim.side is not None and claim.side not in {facts.side(v) for v in supported}:
        if claim.side == "both" and {v.side for v in supported} == {"left", "right"}:
            return None
        return "au.side", f"{name} is labelled and measured {'/'.join(sorted({v.side for v in supported}))}"
    if claim.strength is not None:
        strengths = {r.strength for r in facts.regions.values() if au in r.aus and r.strength}
        if claim.strength not in strengths:
            return "motion.strength", f"the regions of {name} move {'/'.join(sorted(strengths)) or 'unmeasured'}"
    return None


def _check_labeller(claim: Claim, labels: Labels, verdicts: list[AUVerdict]) -> Finding:
    """ "the annotated AU12" of a label that a program made, "the detector lists AU12" of one that people made."""
    if claim.labeller is None or (claim.negated and claim.about == "itself"):
        return None
    sources = {label.source for label in labels.aus if label.au == claim.au} | {v.source for v in verdicts}
    if not sources or any((source == "annotation") == (claim.labeller == "annotation") for source in sources):
        return None
    return "au.source", f"the label of AU{claim.au} comes from {'/'.join(sorted(sources))}"


def _check_doubt(claim: Claim, facts: Facts, verdicts: list[AUVerdict]) -> Finding:
    """ "shows no motion", "cannot be measured", "cannot be judged", "is not confirmed": each has its own verdicts."""
    name = f"AU{claim.au}"
    if not verdicts:
        return "au.unsupported", f"{name} was not checked: it is not among the labels"
    if any(v.verdict == "supported" and claim.side in (None, v.side) for v in verdicts):
        return "negation.contradicted", f"the flow supports {name}"
    if claim.about != "support" and any(v.verdict == "contradicted" for v in verdicts):
        return "au.contradicted", f"the flow measures motion against {name}"
    meant = [v for v in verdicts if claim.side in (None, v.side)] or verdicts
    if claim.about == "motion":
        return next((found for v in meant if (found := _check_stillness(name, v, facts)) is not None), None)
    wrong = next((v for v in meant if v.verdict not in _DOUBTED_BY[claim.about]), None)
    if wrong is None:
        return None
    why = "was measured" if wrong.verdict == "unverified" else "has no motion that could be measured or not"
    return "negation.contradicted", f"{name} {why}: it is {wrong.verdict}"


_DOUBTED_BY: dict[str, tuple[str, ...]] = {
    "measurement": ("unmeasurable",),
    "judgement": ("unmeasurable", "unobservable"),
    "support": (
        "unverified",
        "unmeasurable",
        "unobservable",
        "contradicted",
    ),  # what runs against it bears it out least
}


def _check_stillness(name: str, verdict: AUVerdict, facts: Facts) -> Finding:
    """An Action Unit shows no motion only where all skin that decides it was measured and is still."""
    regions = deciding_regions(verdict.au, verdict.side)
    if not regions:
        return "motion.unmeasurable", f"no region shows whether {name} moves the skin"
    for region in regions:
        found = facts.regions.get(region)
        if found is None or found.status == "unmeasurable":
            return "motion.unmeasurable", f"the {_words(region)}, which {name} moves, could not be measured"
        if found.status == "moved":
            return "negation.contradicted", f"the {_words(region)}, which {name} moves, moved: {_state(found)}"
    return None


# --- motion ----------------------------------------------------------------------------------------------------------


def _check_motion(claim: Claim, facts: Facts, said: set[str]) -> Finding:
    names = claimed(claim)
    if not names:
        return "region.unknown", f"{(claim.region or '').removeprefix('?')} is no region that is measured"
    if claim.side in ("left", "right") and all(side_of(n) is None for n in names):
        return "region.unknown", f"{claim.region} lies on the mid-line and has no {claim.side} side"
    if claim.region == "rest":
        names = [n for n in names if n not in said]
    if claim.region in ("measurable", "rest"):
        names = [n for n in names if n in facts.regions and facts.regions[n].status != "unmeasurable"] or names
    if claim.about == "measurement" and not claim.negated:
        hidden = next((n for n in names if n not in facts.regions or facts.regions[n].status == "unmeasurable"), None)
        return None if hidden is None else ("motion.unmeasurable", f"{_words(hidden)} could not be measured")
    if claim.about in DOUBTS:
        return _check_unmeasurable(names, facts)
    if claim.negated:
        return _check_denial(claim, names, facts)
    return _check_assertion(claim, names, facts)


def _check_unmeasurable(names: list[str], facts: Facts) -> Finding:
    for name in names:
        found = facts.regions.get(name)
        if found is not None and found.status != "unmeasurable":
            return "negation.contradicted", f"{_words(name)} was measured: {_state(found)}"
    return None


def _check_denial(claim: Claim, names: list[str], facts: Facts) -> Finding:
    """ "X does not move (so)": no region that it speaks of may have moved (so), and all must have been measured."""
    for name in names:
        found = facts.regions.get(name)
        if found is None or found.status == "unmeasurable":
            return "motion.unmeasurable", f"{_words(name)} could not be measured"
        if found.status == "moved":
            degrees = facts.degrees(name)
            angle = None if claim.direction is None or degrees is None else deviation(name, claim.direction, degrees)
            if claim.direction is None or angle is None or angle <= WORD_ANGLE + _ROUNDING:
                return "negation.contradicted", f"{_words(name)} moved: {_state(found)}"
    return None


def _check_assertion(claim: Claim, names: list[str], facts: Facts) -> Finding:
    """ "X moves (so)": on each side named, some region that it speaks of must do so, and an Action Unit explain it."""
    whole = claim.region in _WHOLES or (claim.region or "").startswith(("above_", "below_"))
    parts = [[n] for n in names] if whole else [names]
    if claim.side == "both" and not whole:
        parts = [[n for n in names if side_of(n) in (None, side)] for side in ("left", "right")]
    failures = []
    for part in parts:
        findings = [_assert_one(claim, name, facts) for name in part]
        if all(findings):
            failures.append(min((f for f in findings if f), key=lambda f: _CLOSENESS.index(f[0])))
    if not failures:
        return None
    worst = failures[0]
    if worst[0] in ("motion.strength", "motion.direction", "motion.contradicted"):
        return worst  # the region itself moved, but not so
    if claim.side == "both" and len(failures) == 1:
        return "side.mismatch", f"holds for one side only ({worst[1]})"
    if claim.side in ("left", "right"):
        others = [mirror(n) for n in names if side_of(n)]
        plain = claim.model_copy(update={"strength": None})
        if any(_assert_one(plain, name, facts) is None for name in others):
            return "side.mismatch", f"holds for the other side only ({worst[1]})"
    return worst


_WHOLES = ("face", "measurable", "rest", "upper_face", "lower_face")
_CLOSENESS = [
    "motion.strength",
    "motion.direction",
    "motion.contradicted",
    "motion.unsupported",
    "motion.still",
    "motion.unmeasurable",
]


def _assert_one(claim: Claim, name: str, facts: Facts) -> Finding:
    found = facts.regions.get(name)
    if found is None or found.status == "unmeasurable":
        return "motion.unmeasurable", f"{_words(name)} could not be measured"
    if found.status == "still":
        return "motion.still", f"{_words(name)} is still"
    if not facts.moved(name):
        known = "some" if facts.causeless else "no"
        return "motion.unsupported", f"{known} supported Action Unit explains the motion of the {_words(name)}"
    if claim.direction is not None:
        degrees = facts.degrees(name)
        angle = None if degrees is None else deviation(name, claim.direction, degrees)
        if angle is None:
            return "motion.direction", f"{claim.direction} was not measured at the {_words(name)}"
        if angle > WORD_ANGLE + _ROUNDING:
            code = "motion.contradicted" if angle >= _OPPOSED - _ROUNDING else "motion.direction"
            return code, f"{_words(name)} moved otherwise: {_state(found)}"
    if claim.strength is not None and claim.strength != found.strength:
        return "motion.strength", f"the motion of the {_words(name)} is {found.strength or 'without a strength'}"
    return None


def _words(region: str) -> str:
    side = side_of(region)
    return f"{side} {region.rpartition('_')[0]}".replace("_", " ") if side else region.replace("_", " ")


def _state(found: RegionEvidence) -> str:
    where = f" {found.octant}" if found.octant else ""
    size = "" if found.magnitude is None else f", {found.magnitude:.2f} % of the inter-ocular distance"
    return f"{found.status}{where}{size}"
