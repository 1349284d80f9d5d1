"""Is what a model writes carried by the flow, does its rationale keep to its evidence, does its class follow?

The measures are explained in docs/deft.md. All are of (C, E, R) answers (:func:`unimer.text.tasks.parse_cer`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from deft.data import Example
from deft.predictions import Prediction
from unimer.evidence import weigh
from unimer.facs.emotions import canonical, coarse
from unimer.metrics import confusion, set_scores
from unimer.records import AULabel, Claim, Labels, Reason, Record
from unimer.settings import EvidenceSettings
from unimer.text.check import check_text
from unimer.text.claims import read_claims
from unimer.text.facts import angles, claimed
from unimer.text.holds import check_claims
from unimer.text.tasks import CER, parse_cer

COARSE = ("negative", "positive", "surprise", "others")


class Judged(Record):
    """One answer.

    ``parsed``: it has the form (C, E, R); all else is empty where it has not. ``called``: its class in the terms of
    the head, None where it names none. ``aus`` that its evidence states. ``by_flow``: for each line of evidence,
    whether the flow alone supports it; ``by_both``: whether annotation and flow do. ``kept``: for each claim of the
    rationale, whether the evidence has it. ``implied``: whether the training clips with these Action Units are mostly
    of this class. ``reasons``: what the checker finds wrong with it, given the clip's own evidence.
    """

    clip_id: str
    parsed: bool
    called: str | None = None
    aus: list[int] = []
    by_flow: list[bool] = []
    by_both: list[bool] = []
    kept: list[bool] = []
    implied: bool = False
    reasons: list[Reason] = []


Habits = Mapping[str, Mapping[str, int]]
"""Of the training clips: sets of Action Units (``4+7``) and how often each class goes with them."""


def habits_of(examples: Sequence[Example]) -> dict[str, dict[str, int]]:
    """Which classes go with which Action Units; each clip once."""
    found: dict[str, Counter[str]] = {}
    for example in {each.clip.id: each for each in examples}.values():
        if example.emotion is not None and example.aus:
            found.setdefault(_key(label.au for label in example.aus), Counter())[example.emotion] += 1
    return {key: dict(sorted(counts.items())) for key, counts in sorted(found.items())}


def implied_classes(aus: Sequence[int], habits: Habits) -> set[str]:
    """The commonest classes of the training clips whose Action Units are most alike (Jaccard); none without any."""
    wanted = set(aus)
    alike: dict[float, Counter[str]] = {}
    for key, counts in habits.items():
        theirs = {int(au) for au in key.split("+")}
        alike.setdefault(len(wanted & theirs) / len(wanted | theirs), Counter()).update(counts)
    if not wanted or max(alike, default=0.0) == 0:
        return set()
    best = alike[max(alike)]
    return {name for name, n in best.items() if n == max(best.values())}


def _key(aus: Any) -> str:
    return "+".join(str(au) for au in sorted(set(aus)))


def judge(
    text: str, example: Example, classes: Sequence[str], reader: str, habits: Habits, settings: EvidenceSettings
) -> Judged:
    """Judges one answer against its clip.

    Args:
        classes: of the head.
        reader: that read the clip's corpus; a few corpora use a word differently.
        settings: the thresholds of the build.
    """
    try:
        cer = parse_cer(text)
    except ValueError:
        return Judged(clip_id=example.clip.id, parsed=False)
    record = example.record
    evidence = record.evidence or weigh(record.labels.aus, example.motion, settings)
    stated = stated_units(cer)
    alone = weigh(stated, example.motion, settings)
    called = class_in(cer, classes, reader)
    lines = [(line, read_claims(line)) for line in cer.evidence]
    return Judged(
        clip_id=example.clip.id,
        parsed=True,
        called=called,
        aus=sorted({label.au for label in stated}),
        by_flow=[bool(claims) and not check_claims(line, alone, Labels(aus=stated), claims) for line, claims in lines],
        by_both=[bool(claims) and not check_claims(line, evidence, record.labels, claims) for line, claims in lines],
        kept=kept(cer),
        implied=called in implied_classes([label.au for label in stated], habits),
        reasons=check_text(text, evidence, record.labels),
    )


def stated_units(cer: CER) -> list[AULabel]:
    """The Action Units that the lines of evidence state as present, as labels."""
    claims = [c for line in cer.evidence for c in read_claims(line) if c.kind == "au" and not c.negated]
    pairs = dict.fromkeys((c.au, c.side or "both") for c in claims if c.au is not None and c.about == "itself")
    return [AULabel(au=au, side=side) for au, side in pairs]


def class_in(cer: CER, classes: Sequence[str], reader: str) -> str | None:
    """The class of an answer in the terms of the head: coarse where the head's classes are."""
    name = cer.emotion.strip(" .").lower()
    if name in classes:
        return name
    emotion = canonical(name)
    if emotion in classes or not set(classes) <= set(COARSE):
        return emotion
    return coarse(emotion, reader)


def kept(cer: CER) -> list[bool]:
    """For each thing that the rationale asserts, whether class or evidence says it, too."""
    evidence = [c for line in cer.evidence for c in read_claims(line) if not c.negated]
    rationale = [c for c in read_claims(cer.rationale) if not c.negated]
    emotion = canonical(cer.emotion) or cer.emotion.lower()
    return [_is_kept(claim, evidence, emotion) for claim in rationale]


def _is_kept(claim: Claim, evidence: Sequence[Claim], emotion: str) -> bool:
    if claim.kind == "emotion":
        return claim.emotion == emotion
    if claim.kind == "au":
        sides = [e.side or "both" for e in evidence if e.kind == "au" and e.au == claim.au]
        return bool(sides) and (claim.side is None or claim.side in sides)
    if claim.kind == "motion":
        return bool(claimed(claim)) and all(_has_motion(name, claim, evidence) for name in claimed(claim))
    return False


def _has_motion(region: str, claim: Claim, evidence: Sequence[Claim]) -> bool:
    """Whether the evidence moves the region, too, and in every direction that the claim names: of corners that move
    apart one may say that they move outward."""
    said = [e for e in evidence if e.kind == "motion" and region in claimed(e)]
    known = {angle for e in said if e.direction for angle in angles(region, e.direction) or ()}
    wanted = angles(region, claim.direction) if claim.direction else []
    return bool(said) and wanted is not None and set(wanted) <= known


# --- over many -------------------------------------------------------------------------------------------------------


def text_scores(judged: Sequence[Judged], predictions: Sequence[Prediction], classes: Sequence[str]) -> dict[str, Any]:
    """Scores of answers, and of the heads on the same clips.

    Args:
        judged, predictions: of the same clips, in the same order.
    """
    parsed = [each for each in judged if each.parsed]
    pairs = [(j, p) for j, p in zip(judged, predictions, strict=True) if p.emotion in classes]
    truth = [p.emotion or "" for _, p in pairs]
    present = [name for name in classes if name in truth]
    found: dict[str, Any] = {"asked": len(judged), "parsed": _share(j.parsed for j in judged)}
    if pairs:
        text = confusion(truth, [j.called for j, _ in pairs], present)
        head = confusion(truth, [p.called for _, p in pairs], present)
        found |= {"class_accuracy": text.accuracy, "class_uf1": text.uf1, "class_uar": text.uar}
        found |= {"head_accuracy": head.accuracy, "head_uf1": head.uf1, "head_uar": head.uar}
    found["class_agreement"] = _share(j.called == p.called for j, p in zip(judged, predictions, strict=True))
    stated = [[str(au) for au in j.aus] for j in judged]
    coded = [(s, p) for s, p in zip(stated, predictions, strict=True) if p.right]
    if coded:
        right = [[str(au) for au, there in p.right.items() if there] for _, p in coded]
        found["au_f1"] = set_scores(right, [s for s, _ in coded]).macro_f1
    found["au_agreement"] = set_scores([[str(a) for a in p.shown] for p in predictions], stated).sample_f1
    return found | {
        "items": sum(len(j.by_flow) for j in parsed),
        "items_by_flow": _share(ok for j in parsed for ok in j.by_flow),
        "items_by_both": _share(ok for j in parsed for ok in j.by_both),
        "rationale_claims": sum(len(j.kept) for j in parsed),
        "rationale_in_evidence": _share(ok for j in parsed for ok in j.kept),
        "class_implied": _share(j.implied for j in parsed),
        "accepted": _share(j.parsed and not j.reasons for j in judged),
        "reasons": dict(Counter(r.code for j in judged for r in j.reasons).most_common()),
    }


def _share(values: Any) -> float | None:
    found = list(values)
    return sum(found) / len(found) if found else None
