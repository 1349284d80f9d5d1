"""What has been found in a clip, in words: the class, the Action Units, and what the flow says of each.

The language model reads it before the instruction and is to put it into words, not to guess again beside the heads.
While it learns it reads what the annotators found; when it answers, what the heads find. The flow is weighed
(docs/evidence.md, with the default thresholds) against these Action Units, not against the annotation, which a new
clip does not have.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from unimer.evidence import weigh
from unimer.records import AULabel, AUVerdict, Motion
from unimer.settings import EvidenceSettings
from unimer.text import phrases
from unimer.text.facts import Facts
from unimer.text.tasks import explained_regions


def findings(emotion: str | None, aus: Sequence[AULabel], motion: Motion) -> str:
    """One line for the class, then one an Action Unit, those that the flow supports first.

    Args:
        emotion: None where nobody knows it: no line.
    """
    evidence = weigh(list(aus), motion, EvidenceSettings())
    facts = Facts.of(evidence)
    supported = [verdict for verdict in evidence.aus if verdict.verdict == "supported"]
    lines = [] if emotion is None else [f"class {emotion}"]
    lines += [f"{_name(verdict)}: {_motion(verdict, facts)}" for verdict in supported]
    lines += [f"{_name(verdict)}: {verdict.verdict}" for verdict in evidence.aus if verdict not in supported]
    return "\n".join(lines)


def _name(verdict: AUVerdict) -> str:
    return phrases.unit(verdict.au, None if verdict.side == "both" else verdict.side, 0)


def _motion(verdict: AUVerdict, facts: Facts) -> str:
    """ "both inner brows, the glabella down and inward slight"; of the skin that decides, where it moved."""
    told = []
    for statement in phrases.statements(facts, explained_regions(facts, verdict)):
        subjects, _ = phrases.subject_phrase(statement.subjects, random.Random(0))
        told.append(f"{subjects} {statement.sense.replace('-', ' and ')} {statement.strength or ''}".strip())
    return "; ".join(told) or "supported"
