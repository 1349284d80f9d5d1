"""What the checker passes and what it refuses, and with which code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from benchmarks.synthetic_evidence import MOTION
from tests.helpers_text import hand_case, moved, verdict
from unimer.records import AUSource, Labels, Message, Part, RegionEvidence, Sample, Task, Verdict
from unimer.settings import TextSettings
from unimer.text.check import check_sample, check_text
from unimer.text.claims import read_claims
from unimer.text.composer import compose
from unimer.text.facts import deciding_regions

CASE = hand_case()
STATEMENTS: dict[str, Any] = yaml.safe_load(
    (Path(__file__).parent / "data" / "statements_small.yaml").read_text(encoding="utf-8")
)


def codes(text: str, **changes: Any) -> set[str]:
    evidence = CASE.evidence.model_copy(update=changes)
    return {r.code for r in check_text(text, evidence, CASE.labels)}


def test_carried_statements_pass() -> None:
    refused = [t for t in STATEMENTS["carried"] if codes(t)]
    # The price of the gate: rare words, comparisons and exclusions are refused though they may be true.
    assert len(refused) <= 0.11 * len(STATEMENTS["carried"]), refused


def test_statements_that_are_not_carried_are_refused() -> None:
    assert [s["text"] for s in STATEMENTS["refused"] if not codes(s["text"])] == []
    other = [s["text"] for s in STATEMENTS["refused"] if not codes(s["text"]) & set(s["codes"])]
    # "The left side of the jaw drops" is read as AU26, "refutes AU12" is not read.
    assert len(other) <= 2


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"),
        ("A nice day.", "empty"),
        ("I'm sorry, I cannot help with that.", "refusal"),
        ("The left cheek rises. Some skin was shifting upward in odd ways.", "unread"),
        ("AU17 is shown.", "au.unsupported"),
        ("AU7 is shown.", "au.unsupported"),
        ("AU12 is shown on the right.", "au.side"),
        ("The left jaw moves down.", "motion.unsupported"),
        ("The left inner brow moves down.", "motion.contradicted"),
        ("The left cheek moves inward.", "motion.direction"),
        ("The left lower lid moves up.", "motion.unmeasurable"),
        ("The left lower lid is still.", "motion.unmeasurable"),
        ("The chin moves up.", "motion.still"),
        ("The left cheek rises slightly.", "motion.strength"),
        ("The right cheek rises.", "side.mismatch"),
        ("The tongue moves out.", "region.unknown"),
        ("The left forehead rises.", "region.unknown"),
        ("The left cheek does not rise.", "negation.contradicted"),
        ("Nothing moves.", "negation.contradicted"),
        ("The clip is annotated as fear.", "emotion.mismatch"),
        ("AU12 always means happiness.", "emotion.law"),
        ("She raises the inner brows.", "identity"),
    ],
)
def test_codes(text: str, code: str) -> None:
    assert code in codes(text)


def test_contradicted_unit() -> None:
    assert "au.contradicted" in codes("AU4 is shown.", aus=[verdict(4, "both", "contradicted", ["inner_brow_left"])])


def test_unlabelled_emotion() -> None:
    reasons = check_text("The clip is annotated as fear.", CASE.evidence, Labels())
    assert [r.code for r in reasons] == ["emotion.unlabelled"]


def test_missing_evidence_never_passes() -> None:
    """Neither a region that was not measured nor a label that was not weighed is a fact."""
    assert codes("The inner brows rise.", regions=[]) == {"motion.unmeasurable"}
    assert codes("The chin is still.", regions=[]) == {"motion.unmeasurable"}
    assert codes("AU1 is shown.", aus=[]) == {"au.unsupported"}


def test_motion_needs_a_supported_unit() -> None:
    """Motion that only an unsupported label would explain is not carried."""
    regions = [moved("chin", 90.0, "slight", [17])]
    assert codes("The chin rises.", regions=regions, aus=[verdict(17, "both", "unverified", [])]) == {
        "motion.unsupported"
    }
    assert codes("The chin rises.", regions=regions, aus=[verdict(17, "both", "supported", ["chin"])]) == set()


def test_what_cannot_be_judged_may_be_said() -> None:
    assert codes("AU7 is annotated, but cannot be confirmed by the flow.") == set()
    assert codes("AU6 cannot be judged.") == set()
    assert codes("The left lower lid could not be measured.") == set()
    assert codes("The left cheek could not be measured.") == {"negation.contradicted"}


@pytest.mark.parametrize(
    ("state", "skin", "true"),
    [
        ("unverified", "still", {"motion", "support"}),
        ("unverified", "moved", {"support"}),
        ("unverified", "unmeasurable", {"support"}),
        ("unmeasurable", "unmeasurable", {"measurement", "judgement", "support"}),
        ("unobservable", "still", {"judgement", "support"}),
    ],
)
def test_why_a_unit_is_not_confirmed_must_be_true(state: Verdict, skin: str, true: set[str]) -> None:
    """ "No motion" needs skin at rest, "cannot be measured" and "cannot be judged" their own verdicts."""
    number = 6 if state == "unobservable" else 17
    chin = moved("chin", 0.0, "slight", []) if skin == "moved" else RegionEvidence(region="chin", status=skin)  # type: ignore[arg-type]
    regions = [r for r in CASE.evidence.regions if r.region != "chin"] + [chin]
    texts = {
        "motion": f"AU{number} is annotated, but shows no measurable motion.",
        "measurement": f"The motion of AU{number} cannot be measured here.",
        "judgement": f"AU{number} cannot be judged from optical flow.",
        "support": f"The flow does not confirm AU{number}.",
    }
    found = {k: codes(t, regions=regions, aus=[verdict(number, "both", state, [])]) for k, t in texts.items()}
    assert {k for k, refused in found.items() if not refused} == true
    for kind in set(texts) - true:
        assert found[kind] <= {"motion.unmeasurable", "negation.contradicted"}


def test_the_other_side_does_not_matter() -> None:
    """A one-sided label says nothing of the other side's motion."""
    right = [moved("mouth_corner_right", 270.0, "slight", [])]
    regions = right + [RegionEvidence(region=r, status="still") for r in deciding_regions(15, "left")]
    told = "AU15 is annotated, but shows no measurable motion."
    assert codes(told, regions=regions, aus=[verdict(15, "left", "unverified", [])]) == set()
    assert codes(told, regions=regions, aus=[verdict(15, "both", "unverified", [])]) != set()


@pytest.mark.parametrize(
    ("text", "source", "true"),
    [
        ("The annotated AU12 is shown on the left.", "annotation", True),
        ("The annotated AU12 is shown on the left.", "blendshapes", False),
        ("The annotators coded AU12.", "openface", False),
        ("AU12, though annotated, is shown.", "pyfeat", False),
        ("AU12 is labelled, and the flow supports it.", "pyfeat", True),
        ("The detector lists AU12.", "pyfeat-table", True),
        ("AU12 is labelled by MediaPipe's blendshapes.", "blendshapes", True),
        ("The detector lists AU12.", "annotation", False),
        ("AU12 was automatically labelled.", "annotation", False),
        ("AU12 is shown. The clip is annotated as happiness.", "blendshapes", True),
        ("AU4 is not annotated.", "blendshapes", True),
    ],
)
def test_who_labelled_must_be_true(text: str, source: AUSource, true: bool) -> None:
    own = [v.model_copy(update={"source": source}) for v in CASE.evidence.aus]
    labels = CASE.labels.model_copy(update={"aus": [x.model_copy(update={"source": source}) for x in CASE.labels.aus]})
    found = {r.code for r in check_text(text, CASE.evidence.model_copy(update={"aus": own}), labels)}
    assert found == (set() if true else {"au.source"})


def test_without_labels_no_unit_can_be_called_absent() -> None:
    nothing = CASE.evidence.model_copy(update={"aus": []})
    assert {r.code for r in check_text("AU4 is not shown.", nothing, Labels())} == {"au.unsupported"}


def sample(task: Task, question: str, answer: str, **changes: Any) -> Sample:
    found = compose(CASE.clip, CASE.labels, CASE.evidence, MOTION, [], None, TextSettings(), "train", 0, "0" * 64)
    messages = [
        Message(role="user", content=[Part(type="text", text=question)]),
        Message(role="assistant", content=[Part(type="text", text=answer)]),
    ]
    return found[0].model_copy(update={"task": task, "messages": messages, "claims": read_claims(answer), **changes})


@pytest.mark.parametrize(
    ("task", "question", "answer", "code"),
    [
        ("au_present", "Is AU12 shown?", "Yes.", None),
        ("au_present", "Is AU12 shown?", "No.", "negation.contradicted"),
        ("au_present", "Is AU4 shown?", "Yes.", "au.unsupported"),
        ("au_present", "Is AU4 shown?", "No, it is not.", None),
        ("au_present", "Is AU12 shown?", "The left cheek rises.", "answer.incomplete"),
        ("au_side", "Which side does AU12 act on?", "Left.", None),
        ("au_side", "Which side does AU12 act on?", "On the right side.", "au.side"),
        ("au_side", "Which side does AU12 act on?", "Both sides.", "au.side"),
        ("au_list", "Which AUs?", "AU1 and AU12.", "answer.incomplete"),
        ("au_list", "Which AUs?", "AU1 and AU12. AU6 and AU24 cannot be judged; AU7 is not confirmed.", None),
        ("au_list", "Which AUs?", "AU1. AU6, AU7 and AU24 cannot be judged.", "answer.incomplete"),
        ("emotion_fine", "Which emotion?", "Annotated as happiness.", None),
        ("emotion_fine", "Which emotion?", "Annotated as positive.", "answer.incomplete"),
        ("emotion_coarse", "Which class?", "Positive.", None),
        ("emotion_coarse", "Which class?", "Negative.", "emotion.mismatch"),
        ("motion_description", "What moves?", "The chin is still.", "answer.incomplete"),
        ("no_motion", "Does the chin move?", "No, the chin stays still.", None),
        ("full", "Analyse.", "Class: happiness\nEvidence:\n- AU1\n- AU12\nRationale: AU1 is shown.", None),
        ("full", "Analyse.", "Class: happiness\nEvidence:\n- AU1\nRationale: AU1 is shown.", "answer.incomplete"),
        ("full", "Analyse.", "Happiness. AU1 and AU12 are shown.", "schema"),
    ],
)
def test_answers(task: Task, question: str, answer: str, code: str | None) -> None:
    found = [r.code for r in check_sample(sample(task, question, answer))]
    assert found == [] if code is None else code in found


def test_motion_of_a_listed_unit_must_be_its_own() -> None:
    """Both halves are true, but the cheek does not move because of AU1."""
    answer = "Class: happiness\nEvidence:\n- AU1: the left cheek rises\n- AU12\nRationale: Both are annotated."
    assert [r.code for r in check_sample(sample("full", "Analyse.", answer))] == ["au.motion"]
    right = answer.replace("the left cheek rises", "the inner brows rise")
    assert check_sample(sample("full", "Analyse.", right)) == []


def test_stored_claims_are_not_believed() -> None:
    told = sample("no_motion", "Does the chin move?", "The chin stays still.", claims=[])
    assert [r.code for r in check_sample(told)] == ["claims.mismatch"]


def test_structure() -> None:
    told = sample("no_motion", "Does the chin move?", "The chin stays still.", images=["onset.png"])
    assert [r.code for r in check_sample(told)] == ["schema"]
    alone = told.model_copy(update={"messages": told.messages[1:], "images": []})
    assert {r.code for r in check_sample(alone)} == {"schema"}
