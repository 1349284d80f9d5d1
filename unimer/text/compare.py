"""Compares what a text says with what the evidence carries. Reason codes: docs/reasons.md.

The claims are compared one by one (``holds.py``); the rest of the text must add nothing that was not measured.
"""

from __future__ import annotations

import re

from unimer.records import Claim, Evidence, Labels, Reason
from unimer.resources import load_yaml
from unimer.text.amounts import find_amounts, find_whole, of_motion, whole_parts
from unimer.text.backrefs import find_adrift, find_unlike
from unimer.text.causes import find_causes, find_dangling, find_unblamed, find_unexplained, find_unshared
from unimer.text.claims import read_claims
from unimer.text.collective import find_collective
from unimer.text.comparisons import lift_denials
from unimer.text.effects import find_reversed
from unimer.text.endorsed import find_endorsed
from unimer.text.extras import find_extras
from unimer.text.facts import Facts, claimed
from unimer.text.gate import find_loose, find_strengths
from unimer.text.holds import check_claims
from unimer.text.labelsets import name_units
from unimer.text.labelturns import find_sets
from unimer.text.laws import find_laws, find_unattributed, find_unread
from unimer.text.manner import find_manner
from unimer.text.ties import find_untied
from unimer.text.unknowns import find_withheld, state_known

_REFUSAL = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, load_yaml('data/lexicon.yaml')['refusals']))})(?!\w)")


def check_text(text: str, evidence: Evidence, labels: Labels, claims: list[Claim] | None = None) -> list[Reason]:
    """Everything in a text that the evidence does not carry; an empty list means that all of it is carried.

    Args:
        text: any English text.
        evidence: the clip's evidence.
        labels: what the corpus says about the clip.
        claims: the text's claims where they have been read already.
    """
    reasons = _check_read(text, evidence, labels, claims)
    known = state_known(text, Facts.of(evidence), labels.emotion) if reasons else None
    if known is not None and not find_refusal(text):
        # What is said to be unknown is read again as what it presupposes; a text of nothing else presupposes nothing.
        text, reasons = known, _check_read(known, evidence, labels) if known else []
    if not reasons:
        return []
    # What is said of the labels as a set is read again with the units named that are meant.
    named = name_units(text, labels, lambda said: not _check_read(said, evidence, labels))
    return reasons if named is None or _check_read(named, evidence, labels) else []


def _check_read(text: str, evidence: Evidence, labels: Labels, claims: list[Claim] | None = None) -> list[Reason]:
    """As :func:`check_text`, of the text as it stands."""
    if claims is None:
        claims = read_claims(text)
    reasons = _declined(text, claims)
    facts = Facts.of(evidence)
    claims = lift_denials(text, claims, facts)
    unexplained, nothing = find_unexplained(text, claims)
    reasons += check_claims(text, evidence, labels, claims, unexplained)
    reasons += [_unread("says of nothing that no unit explains it", quote) for quote in nothing]
    reasons += _beside_claims(text, claims, labels, facts)
    for claim in find_whole(text, claims):
        parts = whole_parts(text, claim, facts)
        reasons += check_claims(text, evidence, labels, parts, parts if claim in unexplained else ())
    reasons += _strengths(text, claims, facts)
    reasons += _causes(text, claims, facts)
    for quote in find_unattributed(text):
        message = f'an emotion that is not said to be annotated: "{quote}"'
        reasons.append(Reason(code="emotion.source", message=message))
    for law in find_laws(text) + find_endorsed(text):
        reasons.append(Reason(code="emotion.law", message=f'argues from the face to the emotion: "{law}"'))
    return list(dict.fromkeys(reasons))


def _declined(text: str, claims: list[Claim]) -> list[Reason]:
    """A text that says nothing, or that it will say nothing."""
    refusal = find_refusal(text)
    if refusal:
        return [Reason(code="refusal", message=f'the writer declines: "{refusal}"')]
    if claims:
        return []
    message = "the text asserts nothing that can be checked" if text.strip() else "nothing is written"
    return [Reason(code="empty", message=message)]


def _beside_claims(text: str, claims: list[Claim], labels: Labels, facts: Facts) -> list[Reason]:
    """What a text says beside its claims, or makes of them together."""
    reasons = [
        _unread("speaks of motion, but of what is not understood", quote) for quote in find_unread(text, claims)
    ]
    reasons += [Reason(code="unread", message=f"cannot be checked: {loose}") for loose in find_loose(text, claims)]
    found = [
        *find_manner(text, claims, facts),
        *find_extras(text, claims, facts),
        *find_sets(text, labels),
        *find_reversed(text, claims, facts),
        *find_amounts(text, claims, labels, facts),
        *find_collective(text, claims, facts),
        *find_adrift(text, claims, facts),
        *find_unlike(text, claims, facts),
        *find_withheld(text, claims),
    ]
    return reasons + [Reason(code="unread", message=f"cannot be carried: {what}") for what in found]


def _strengths(text: str, claims: list[Claim], facts: Facts) -> list[Reason]:
    """Strengths set apart from their motion ("all of them slight") that some motion or unit beside them lacks."""
    reasons = []
    for word, strength, beside in find_strengths(text, claims):
        moves = [c for c in beside if c.kind == "motion" and not c.negated]
        sizes = [{facts.regions[r].strength for r in claimed(c) if r in facts.regions} for c in moves]
        sizes += [
            {r.strength for r in facts.regions.values() if c.au in r.aus}
            for c in beside
            if c.kind == "au" and not c.negated and c.about == "itself" and not moves
        ]
        if not sizes or any(strength not in size for size in sizes):
            reasons.append(Reason(code="motion.strength", message=f'a strength of nothing that moves so: "{word}"'))
    return reasons


def _causes(text: str, claims: list[Claim], facts: Facts) -> list[Reason]:
    """Motion that is told to come of a unit that does not explain it, or of nothing in particular."""
    reasons = []
    for units, claim, each in find_causes(text, claims):
        names = [r for r in claimed(claim) if facts.moved(r)]
        explained = [any(au in facts.regions[r].aus for r in names) for au in units]
        covered = all(set(units) & set(facts.regions[r].aus) for r in names) or not of_motion(text, claim)
        if names and not (covered and (all(explained) if each else any(explained))):
            listed = ", ".join(f"AU{au}" for au in units)
            reasons.append(_unexplained(f"motion that {listed} does not explain", text, claim))
    alone, unheld = find_unshared(text, claims)
    for units, claim in alone:
        if any(set(facts.regions[r].aus) != set(units) for r in claimed(claim) if facts.moved(r)):
            reasons.append(_unexplained("motion that another unit explains too", text, claim))
    others, untold = find_unblamed(text, claims)
    for unit, claim in others:
        doubtful = bool(facts.verdicts.get(unit)) and not facts.supported(unit)
        if doubtful or any(unit in facts.regions[r].aus for r in claimed(claim) if facts.moved(r)):
            reasons.append(_unexplained(f"AU{unit} may explain the motion", text, claim))
    reasons += [_unread("says of nothing which unit explains it", quote) for quote in [*unheld, *untold]]
    for untied in find_untied(text, claims, facts):
        reasons.append(Reason(code="au.motion", message=f"cannot be carried: {untied}"))
    return reasons + [
        _unread("explains motion that is told of nothing", quote) for quote in find_dangling(text, claims)
    ]


def _unread(message: str, quote: str) -> Reason:
    return Reason(code="unread", message=f'{message}: "{quote}"')


def _unexplained(message: str, text: str, claim: Claim) -> Reason:
    return Reason(code="au.motion", message=f'{message}: "{text[claim.start : claim.end]}"')


def find_refusal(text: str) -> str | None:
    """The words with which a writer refuses to answer, if any."""
    found = _REFUSAL.search(text.lower().replace("’", "'"))
    return None if found is None else found.group()
