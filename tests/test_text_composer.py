"""The composer: deterministic, varied, complete and true."""

from __future__ import annotations

import json
import random
import re

import pytest

from benchmarks.checker import CORRUPTIONS, run
from benchmarks.synthetic_evidence import MOTION, Case, make_case
from tests.helpers_text import hand_case, verdict
from unimer.faces.regions import mirror
from unimer.facs.table import au_table
from unimer.records import Evidence, Sample
from unimer.resources import load_yaml
from unimer.settings import TextSettings
from unimer.text import phrases
from unimer.text.check import answer_text, check_sample
from unimer.text.claims import read_claims
from unimer.text.composer import compose
from unimer.text.facts import Facts, sense
from unimer.text.tasks import CER, applicable, parse_cer

IMAGES = ["onset.png", "apex.png", "flow.png"]


def composed(case: Case, seed: int = 0, settings: TextSettings | None = None) -> list[Sample]:
    wanted, sha256 = settings or TextSettings(), "0" * 64
    return compose(case.clip, case.labels, case.evidence, MOTION, IMAGES, "flow.npz", wanted, "train", seed, sha256)


def test_same_seed_same_text_and_other_seed_other_text() -> None:
    first, again, other = composed(hand_case()), composed(hand_case()), composed(hand_case(), seed=1)
    assert [s.model_dump_json() for s in first] == [s.model_dump_json() for s in again]
    assert [answer_text(s) for s in first] != [answer_text(s) for s in other]


def test_text_of_a_task_does_not_depend_on_the_other_tasks() -> None:
    alone = composed(hand_case(), settings=TextSettings(tasks=["full"]))
    assert [s.task for s in alone] == ["full"]
    assert alone[0] in composed(hand_case())


def test_all_tasks_of_a_rich_clip_and_unique_ids() -> None:
    found = composed(hand_case())
    assert {s.task for s in found} == set(TextSettings().tasks)
    assert len({s.id for s in found}) == len(found)
    assert {s.id.rpartition("/")[2] for s in found if s.task == "au_present"} == {"yes", "no"}


def test_message_form() -> None:
    system = TextSettings(system="You read faces.")
    for sample in composed(hand_case(), settings=system):
        assert [m.role for m in sample.messages] == ["system", "user", "assistant"]
        assert [p.type for p in sample.messages[1].content] == ["image", "image", "image", "text"]
        assert sample.images == IMAGES
        assert sample.provenance.writer == "composer"
        assert json.loads(sample.model_dump_json())["format"] == 1


@pytest.mark.parametrize("first", [0, 1000])
def test_every_sample_passes_the_checker(first: int) -> None:
    for seed in range(first, first + 60):
        for sample in composed(make_case(seed), seed=seed):
            assert check_sample(sample) == [], answer_text(sample)


def test_ungrounded_clips_say_only_what_rests_on_labels_or_stillness() -> None:
    case = hand_case()
    against = [*case.evidence.aus, verdict(4, "both", "contradicted", ["inner_brow_left"])]
    evidence = case.evidence.model_copy(update={"grounded": False, "aus": against})
    tasks = set(applicable(evidence, case.labels))
    assert tasks == {"au_present", "emotion_coarse", "emotion_fine", "no_motion"}
    told = composed(Case(case.clip, case.labels, evidence))
    assert not any(s.id.endswith("/yes") for s in told)
    assert not any(c.kind == "motion" and not c.negated for s in told for c in s.claims)


def test_unexplained_motion_is_never_mentioned() -> None:
    for seed in range(40):
        claims = [c for s in composed(hand_case(), seed=seed) for c in s.claims]
        assert not [c for c in claims if c.region == "jaw" and c.side != "right"]


def test_labelled_units_without_motion_are_named_in_the_list() -> None:
    (answer,) = [answer_text(s) for s in composed(hand_case()) if s.task == "au_list"]
    for number in (1, 12, 7, 24, 6):
        assert re.search(rf"\b{number}\b", answer)


def test_nothing_labelled_gives_no_emotion() -> None:
    labels = hand_case().labels.model_copy(update={"emotion": None, "emotion_coarse": None})
    assert not {"emotion_fine", "emotion_coarse", "full"} & set(applicable(hand_case().evidence, labels))
    assert (
        applicable(Evidence(aus=[], regions=[], unexplained=[], grounded=False), labels.model_copy(update={"aus": []}))
        == []
    )


def test_at_least_twelve_structures_a_task() -> None:
    for task, parts in load_yaml("data/phrases.yaml")["tasks"].items():
        for name, frames in parts.items():
            if isinstance(frames, list):
                bare = {re.sub(r"\{\w+\}|\(.*?\)", "_", f).lower() for f in frames}
                assert len(bare) >= 12, (task, name)


def test_symmetric_regions_are_merged() -> None:
    facts = Facts.of(hand_case().evidence)
    (statement,) = phrases.statements(facts, ["inner_brow_left", "inner_brow_right"])
    assert statement.subjects == (phrases.Subject("inner_brow", "both"),)
    assert sense("mouth_corner_left", "up-right") == sense(mirror("mouth_corner_left"), "up-left") == "up-outward"
    assert sense("chin", "up-left") == "up-image-left"


def test_only_people_annotate() -> None:
    """Texts about labels of a program speak of no annotation of Action Units, and the other way round."""
    emotion = re.compile(r"[^.\n]*\b(?:class|annotated as|Annotated as)\b[^.\n]*")
    seen = set()
    for seed in range(150):
        for sample in composed(make_case(seed), seed=seed):
            sources = {v.source for v in sample.evidence.aus}
            if sample.task.startswith("emotion") or not sources:
                continue
            text = emotion.sub("", " ".join(m.content[-1].text or "" for m in sample.messages))
            by_people = re.search(r"annotat|\bcoded\b", text)
            by_program = re.search(r"detector|automatic|MediaPipe|OpenFace|Py-Feat", text)
            assert not (by_program if sources == {"annotation"} else by_people), text
            seen |= sources if by_people or by_program else set()
    assert seen == {"annotation", "openface", "pyfeat", "pyfeat-table", "blendshapes"}


def test_no_motion_is_said_only_of_skin_at_rest() -> None:
    told = 0
    for seed in range(150):
        case = make_case(seed)
        still = {v.au for v in case.evidence.aus if Facts.of(case.evidence).shows_nothing(v)}
        claims = [c for s in composed(case, seed=seed) for c in s.claims if c.kind == "au" and c.about == "motion"]
        assert {c.au for c in claims} <= still
        told += len(claims)
    assert told > 10


def test_grammar_of_all_texts() -> None:
    """No slot is left open, no blank or mark doubled, and "a" stands before consonants, "an" before vowels."""
    for seed in range(120):
        for sample in composed(make_case(seed), seed=seed):
            for message in sample.messages:
                text = message.content[-1].text or ""
                assert not re.search(r"[{}|]|  |\.\.|,,| ,|it_they|\(s\)", text), text
                assert not re.search(r"\ba [aeio]|\ban [^aeiou]|\bboth [\w -]+ do not\b", text), text
                assert text[0].isupper() or text[0] == '"', text
                assert not re.search(r"\b(?:inner brows|corners|cheeks|lids|eyelids) (?:rises|moves|is)\b", text), text


def test_parse_cer_is_strict() -> None:
    good = CER("fear", ("AU1: up", "AU2"), "Because of the label.")
    assert parse_cer(good.text()) == good
    for bad in (
        "", "Class: fear", good.text() + "\n", good.text().replace("Evidence:", "Evidence"), "\n" + good.text(),
        good.text().replace("- AU2", "AU2"), good.text().replace("Class: fear", "Class: "),
        good.text().replace("Rationale", "Reason"), "Class: fear\nEvidence:\nRationale: none",
    ):  # fmt: skip
        with pytest.raises(ValueError):  # noqa: PT011  (messages differ by line)
            parse_cer(bad)


@pytest.mark.slow
def test_broken_texts_are_refused() -> None:
    refused, scores = run(1500, 11)
    assert refused == []
    for name in CORRUPTIONS:
        assert scores[name].applicable >= 20, name
        assert scores[name].right >= 0.99 * scores[name].applicable, name


def test_only_units_that_can_be_one_sided_are_asked_for_their_side() -> None:
    """The lips part and the chin rises on both sides or not at all."""
    asked = set()
    for seed in range(150):
        for sample in composed(make_case(seed), seed=seed):
            if sample.task == "au_side" and {v.side for v in sample.evidence.aus} == {"both"}:
                asked |= {c.au for c in sample.claims if c.kind == "au"}
    assert {4, 12} <= asked
    assert not asked & {n for n, row in au_table().items() if not row.sided}


def test_others_is_quoted_in_prose_and_bare_as_a_class() -> None:
    labels = hand_case().labels.model_copy(update={"emotion": "others", "emotion_coarse": "others"})
    for seed in range(12):
        for sample in composed(Case(hand_case().clip, labels, hand_case().evidence), seed=seed):
            text = answer_text(sample).replace("Class: others\n", "")
            assert "thers" not in re.sub('"[Oo]thers"', "", text), text
            assert check_sample(sample) == []


def test_the_jaw_does_not_drop_in_the_words_of_a_unit() -> None:
    """ "... and the right half of the jaw drop" would be read as AU26, jaw drop."""
    parts = (phrases.Subject("lower_lip", "left"), phrases.Subject("jaw", "right"))
    for seed in range(60):
        told = phrases.clause(phrases.Statement(parts, "down", None), random.Random(seed))
        assert {c.kind for c in read_claims(told)} == {"motion"}, told
