"""Whether a record agrees with itself and with the clip it was made from; no file is opened here."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from math import cos, radians, sin
from typing import NamedTuple, get_args

from unimer.evidence import directions_of
from unimer.faces.regions import base_of, region_names
from unimer.facs.emotions import Coarse, coarse, emotions
from unimer.facs.rules import turn
from unimer.facs.table import Direction, au_table
from unimer.records import ClipRecord, Evidence, Labels, Reason, Record, RegionEvidence, Sample, octant_of

COARSE: tuple[str, ...] = get_args(Coarse)
GROUNDED_TASKS = ("motion_description", "au_list", "au_side", "full")


class ClipFacts(NamedTuple):
    """What samples of a clip must agree with; short, so that a build of any size fits in memory."""

    split: str | None
    subject: str
    person: str
    labels: str
    evidence: str
    images: tuple[str, ...]
    flow: str | None


def digest(record: Record | None) -> str:
    """Stands for a record in comparisons."""
    return "" if record is None else hashlib.sha256(record.model_dump_json().encode()).hexdigest()


def facts(record: ClipRecord) -> ClipFacts:
    """What samples of this clip must say."""
    media = record.motion.media if record.motion else {}
    return ClipFacts(
        split=record.split,
        subject=f"{record.clip.corpus}/{record.clip.subject}",
        person=record.clip.person,
        labels=digest(record.labels),
        evidence=digest(record.evidence),
        images=tuple(media[name] for name in ("onset", "apex", "flow") if name in media),
        flow=media.get("flow_data"),
    )


def against_clip(sample: Sample, clip: ClipFacts) -> Iterator[Reason]:
    """Where a sample differs from its clip in clips.jsonl."""
    pairs = {
        "split": (sample.split, clip.split),
        "subject": (f"{sample.corpus}/{sample.subject}", clip.subject),
        "person": (sample.person, clip.person),
        "labels": (digest(sample.labels), clip.labels),
        "images": (tuple(sample.images), clip.images),
        "flow": (sample.flow, clip.flow),
    }
    for name, (ours, theirs) in pairs.items():
        if ours != theirs:
            yield Reason(code="clip.mismatch", message=f"'{name}' differs from the clip's in clips.jsonl")
    if digest(sample.evidence) != clip.evidence:
        message = "the sample's evidence differs from the clip's in clips.jsonl"
        yield Reason(code="evidence.mismatch", message=message)


def of_sample(sample: Sample) -> Iterator[Reason]:
    """Where a sample contradicts itself, text apart."""
    if not sample.clip_id.startswith(f"{sample.corpus}/{sample.subject}/"):
        yield Reason(code="id.mismatch", message=f"clip_id {sample.clip_id} does not begin with corpus/subject/")
    if not sample.id.startswith(f"{sample.clip_id}/{sample.task}"):
        yield Reason(code="id.mismatch", message="the id is not made of clip_id and task")
    if len(set(sample.images)) != 3:
        yield Reason(code="media.mismatch", message="a sample has three pictures: onset, apex and flow")
    yield from of_labels(sample.labels)
    ours = [(label.au, label.side, label.source) for label in sample.labels.aus]
    weighed = [(verdict.au, verdict.side, verdict.source) for verdict in sample.evidence.aus]
    if ours != weighed:
        names = ", ".join(f"AU{au} ({side}, {source})" for au, side, source in sorted(set(ours) ^ set(weighed)))
        yield Reason(code="label.mismatch", message=f"labels and evidence speak of different AUs: {names or 'order'}")
    yield from of_evidence(sample.evidence)
    if sample.task in GROUNDED_TASKS and not sample.evidence.grounded:
        yield Reason(code="evidence.inconsistent", message=f"task {sample.task} needs grounded evidence")


def of_labels(labels: Labels) -> Iterator[Reason]:
    """Vocabulary, and whether the coarse emotion fits the fine one."""
    emotion, group = labels.emotion, labels.emotion_coarse
    if emotion is not None and emotion not in emotions():
        message = f"emotion '{emotion}' is not in the vocabulary ({', '.join(emotions())})"
        yield Reason(code="label.vocabulary", message=message)
    if group is not None and group not in COARSE:
        message = f"coarse emotion '{group}' is not one of {', '.join(COARSE)}"
        yield Reason(code="label.vocabulary", message=message)
    elif emotion in emotions() and group not in {coarse(emotion, ""), coarse(emotion, "mmew")}:
        yield Reason(code="label.mismatch", message=f"emotion '{emotion}' is not of the coarse class '{group}'")


def of_evidence(evidence: Evidence) -> Iterator[Reason]:
    """Whether verdicts, regions and summary of an evidence record fit each other and the AU table."""
    supported = {v.au for v in evidence.aus if v.verdict == "supported"}
    contradicted = any(v.verdict == "contradicted" for v in evidence.aus)
    problems: list[str] = []
    if evidence.grounded != (bool(supported) and not contradicted):
        problems.append("'grounded' does not follow from the verdicts")
    if evidence.unexplained != [r.region for r in evidence.regions if r.status == "moved" and not r.aus]:
        problems.append("'unexplained' does not follow from the regions")
    if [r.region for r in evidence.regions] != region_names():
        problems.append("the regions are not the 30 of the mesh, in their order")
    by_name = {r.region: r for r in evidence.regions}
    for verdict in evidence.aus:
        unit = au_table().get(verdict.au)
        if verdict.verdict not in ("supported", "contradicted"):
            continue
        if unit is None or unit.rule is None:
            problems.append(f"AU{verdict.au} is {verdict.verdict}, but has no rule")
        elif not verdict.regions or not all(base_of(name) in directions_of(unit) for name in verdict.regions):
            problems.append(f"AU{verdict.au}: the verdict rests on regions that its rule does not name")
        elif any(name not in by_name or by_name[name].status != "moved" for name in verdict.regions):
            problems.append(f"AU{verdict.au}: the verdict rests on a region that did not move")
    problems += [problem for region in evidence.regions for problem in _of_region(region, supported)]
    return (Reason(code="evidence.inconsistent", message=problem) for problem in problems)


def _of_region(region: RegionEvidence, supported: set[int]) -> Iterator[str]:
    name = region.region
    if region.degrees is not None and region.octant != octant_of(region.degrees):
        yield f"{name}: octant and degrees disagree"
    if region.status != "moved" and (region.aus or region.octant or region.strength):
        yield f"{name} did not move, yet has a direction, a strength or an explanation"
    if region.status == "moved" and region.strength is None:
        yield f"{name} moved, yet has no strength"
    for au in region.aus:
        unit = au_table().get(au)
        direction = directions_of(unit).get(base_of(name)) if unit else None
        if au not in supported or direction is None:
            yield f"{name}: AU{au} does not explain its motion"
        elif region.degrees is None or not _toward(name, region.degrees, direction):
            yield f"{name}: moves against AU{au}, which is said to explain it"


def _toward(region: str, degrees: float, direction: Direction) -> bool:
    angle = radians(degrees)
    return turn((cos(angle), sin(angle)), region, direction)[0] > 0


def of_clip(record: ClipRecord) -> Iterator[Reason]:
    """Where a clip record contradicts itself; weighing its evidence again is the caller's."""
    clip, labels = record.clip, record.labels
    if not clip.id.startswith(f"{clip.corpus}/{clip.subject}/"):
        yield Reason(code="id.mismatch", message="the id does not begin with corpus/subject/")
    if (clip.emotion, clip.emotion_coarse) != (labels.emotion, labels.emotion_coarse):
        yield Reason(code="label.mismatch", message="the emotion of 'labels' is not the clip's")
    if clip.aus and clip.aus != labels.aus:
        yield Reason(code="label.mismatch", message="the AUs of 'labels' are not the clip's")
    if not clip.aus and any(label.source == "annotation" for label in labels.aus):
        yield Reason(code="label.mismatch", message="'labels' has annotated AUs that the clip has not")
    yield from of_labels(labels)
    for name in record.motion.media.values() if record.motion else ():
        if not name.startswith(f"media/{clip.id}/") or ".." in name.split("/"):
            yield Reason(code="media.outside", message=f"{name} is not in the clip's own media folder")
    if record.evidence is not None:
        yield from of_evidence(record.evidence)
