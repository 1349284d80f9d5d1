"""Samples of the composer and drafts about them, for the tests of the writer."""

from __future__ import annotations

import json
from typing import Any

from benchmarks.synthetic_evidence import MOTION, Case
from unimer.llm.answers import Answer
from unimer.llm.judge import Judged, judge
from unimer.llm.prompt import record
from unimer.records import Sample, Task
from unimer.settings import TextSettings
from unimer.text.check import answer_text
from unimer.text.composer import compose

TASKS: list[Task] = ["motion_description", "full"]
SIDES = ("side", "region", "direction", "strength")


def samples_of(case: Case, images: list[str] | None = None) -> dict[str, Sample]:
    """The composer's samples of a made-up clip that a model may write, by task."""
    found = compose(
        case.clip, case.labels, case.evidence, MOTION, images or [], None, TextSettings(tasks=TASKS), "train", 0, "x"
    )
    return {s.task: s for s in found}


def items_of(sample: Sample) -> list[dict[str, Any]]:
    """Every item that the record carries."""
    return [
        {"au": au} | {name: move[name] for name in SIDES} for move in record(sample)["moves"] for au in move["aus"]
    ]


def draft_of(sample: Sample, prose: str | None = None, **changes: Any) -> dict[str, Any]:
    """A draft of true items; its prose is the composer's unless given."""
    text = answer_text(sample)
    own = text.rpartition("Rationale: ")[2] if sample.task == "full" else text
    said = own if prose is None else prose
    draft: dict[str, Any] = {"evidence": items_of(sample)}
    if sample.task == "full":
        draft |= {"class": sample.labels.emotion or sample.labels.emotion_coarse, "rationale": said}
    else:
        draft |= {"text": said}
    return draft | changes


def answer(draft: dict[str, Any] | str, **changes: Any) -> Answer:
    text = draft if isinstance(draft, str) else json.dumps(draft)
    return Answer(text=text, finish_reason="stop", model="m").model_copy(update=changes)


def judged(sample: Sample, draft: dict[str, Any] | str, **changes: Any) -> Judged:
    return judge(sample, answer(draft, **changes), 1, "hash")


def codes(found: Judged) -> set[str]:
    """Reason codes; none where the draft was let through."""
    assert (found.sample is None) != (found.rejection is None)
    return set() if found.rejection is None else {r.code for r in found.rejection.reasons}
