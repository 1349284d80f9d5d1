"""Lies that slip between the claims: fillers, numbers, retractions, laws, other scripts, questions that assert."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from benchmarks.synthetic_evidence import MOTION
from tests.helpers_text import hand_case
from unimer.records import Message, Part, Sample
from unimer.settings import TextSettings
from unimer.text.check import check_sample, check_text
from unimer.text.claims import read_claims
from unimer.text.composer import compose

CASE = hand_case()
DATA = Path(__file__).parent / "data"
EVASIONS: dict[str, Any] = yaml.safe_load((DATA / "evasions.yaml").read_text(encoding="utf-8"))
PARAPHRASES: list[str] = yaml.safe_load((DATA / "statements_small.yaml").read_text(encoding="utf-8"))["paraphrases"]
TRUE = {
    "motion_description": ("What moves?", "Both inner brows rise slightly."),
    "au_list": ("Which AUs are shown?", "AU1 and AU12. AU6 and AU24 cannot be judged; AU7 is not confirmed."),
    "au_present": ("Is AU12 shown?", "Yes, AU12 is shown."),
    "au_side": ("Which side does AU12 act on?", "On the left."),
    "emotion_fine": ("Which emotion is this clip annotated with?", "The clip is annotated as happiness."),
    "emotion_coarse": ("Which coarse class is this clip annotated with?", "The clip is annotated as positive."),
    "full": (
        "Analyse the clip.",
        "Class: happiness\nEvidence:\n- AU1: the inner brows rise\n- AU12: the left cheek rises\n"
        "Rationale: AU1 and AU12 are annotated. The class happiness comes from the annotation.",
    ),
    "no_motion": ("Does the chin move?", "No, the chin stays still."),
}
SAMPLE = compose(CASE.clip, CASE.labels, CASE.evidence, MOTION, [], None, TextSettings(), "train", 0, "0" * 64)[0]


def build(case: dict[str, str]) -> Sample:
    """The sample of a case: its texts, the true ones of its task where it gives none."""
    task = case.get("task", "motion_description")
    question, answer = TRUE[task]
    answer = case.get("text", f"{answer} {case['append']}" if "append" in case else answer)
    texts = [("system", case.get("system")), ("user", case.get("question", question)), ("assistant", answer)]
    messages = [Message(role=r, content=[Part(type="text", text=t)]) for r, t in texts if t is not None]
    return SAMPLE.model_copy(update={"task": task, "messages": messages, "claims": read_claims(answer)})


def codes_of(case: dict[str, str]) -> set[str]:
    return {r.code for r in check_sample(build(case))}


@pytest.mark.parametrize("task", list(TRUE))
def test_the_true_answers_pass(task: str) -> None:
    """Else a case would be refused for another reason than the one that it tests."""
    assert codes_of({"task": task}) == set()


@pytest.mark.parametrize("part", ["reviewer", "own", "later", "last", "attack"])
def test_evasions_are_refused(part: str) -> None:
    cases = EVASIONS[part]
    passed = [c for c in cases if not codes_of(c)]
    assert len(passed) <= 0.02 * len(cases), passed


def test_other_wording_mostly_passes() -> None:
    """The closed list of words costs some true sentences; most must still pass."""
    passed = [t for t in PARAPHRASES if not check_text(t, CASE.evidence, CASE.labels)]
    assert len(passed) >= 0.85 * len(PARAPHRASES), set(PARAPHRASES) - set(passed)


@pytest.mark.parametrize(
    ("case", "code"),
    [
        ({"append": "The skin flushes."}, "unread"),
        ({"task": "full", "append": "The flow shows happiness."}, "emotion.source"),
        ({"task": "full", "append": "AU1 is shown, hence the class."}, "emotion.law"),
        ({"text": "The forehead is pushed up by AU12."}, "au.motion"),
        ({"text": "Both inner brows rise, but only strongly."}, "motion.strength"),
        ({"question": "What does the subject feel?"}, "prompt"),
        ({"question": "AU4 is shown. What moves?"}, "au.unsupported"),
        ({"system": "Raised brows reveal surprise."}, "emotion.law"),
        ({"system": "The person is a young man."}, "identity"),
    ],
)
def test_codes(case: dict[str, str], code: str) -> None:
    assert code in codes_of(case)


@pytest.mark.parametrize(
    "texts",
    [
        {"system": "You are a careful FACS coder. Answer only from the pictures."},
        {"question": "Look at the three pictures. Which regions of the face move, and how far?"},
        {"question": "The annotation lists AU12. Is it borne out by the flow?"},
        {"question": "Is the clip annotated as happiness, anger or fear?"},
    ],
)
def test_plain_questions_pass(texts: dict[str, str]) -> None:
    assert codes_of(texts) == set()
