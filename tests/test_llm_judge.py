"""The judge: every code, exactness of the items, and that true drafts pass."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.synthetic_evidence import make_case
from tests.helpers_llm import codes, draft_of, items_of, judged, samples_of
from tests.helpers_text import hand_case
from unimer.llm.drafts import direction_words, midline_words, region_words
from unimer.llm.judge import find_language
from unimer.llm.prompt import PROMPT_VERSION, record
from unimer.text.check import answer_text, check_sample

CASE = hand_case()
SAMPLES = samples_of(CASE)
FULL, TEXT = SAMPLES["full"], SAMPLES["motion_description"]
TRUE = "The left mouth corner is drawn strongly up and outward. Both inner brows rise slightly."
OPPOSITE = {"up": "down", "down": "up", "inward": "outward", "outward": "inward"}


def reversed_(direction: str) -> str:
    words = direction.replace("image-left", "IR").replace("image-right", "image-left").replace("IR", "image-right")
    return "-".join(OPPOSITE.get(w, w) for w in words.split("-"))


def test_an_accepted_draft_takes_the_composers_place() -> None:
    found = judged(TEXT, draft_of(TEXT, TRUE))
    assert found.rejection is None
    sample = found.sample
    assert sample is not None
    assert answer_text(sample) == TRUE
    assert check_sample(sample) == []
    kept = {"id", "clip_id", "task", "images", "labels", "evidence", "split", "person"}
    assert sample.model_dump(include=kept) == TEXT.model_dump(include=kept)
    assert sample.messages[:-1] == TEXT.messages[:-1]
    made = sample.provenance
    assert (made.writer, made.writer_version, made.model, made.prompt_sha256) == ("llm", PROMPT_VERSION, "m", "hash")
    assert (made.seed, made.settings_sha256) == (TEXT.provenance.seed, TEXT.provenance.settings_sha256)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"outcome": "refused", "refusal": "status 400: blocked"}, "llm.refusal"),
        ({"refusal": "I can't help with that."}, "llm.refusal"),
        ({"finish_reason": "content_filter"}, "llm.refusal"),
        ({"finish_reason": "length"}, "llm.truncated"),  # though it can be read
        ({"finish_reason": None}, "llm.truncated"),
        ({"text": ""}, "llm.empty"),
        ({"text": " \n"}, "llm.empty"),
        ({"text": "I'm sorry, but I can't identify people in images."}, "llm.refusal"),
        ({"text": "Unable to analyse faces."}, "llm.refusal"),
        ({"text": "As an AI language model I do not see pictures."}, "llm.refusal"),
        ({"text": "The left cheek rises."}, "llm.schema"),
        ({"text": "{}"}, "llm.schema"),
    ],
)
def test_what_is_no_whole_answer_is_refused(changes: dict[str, Any], code: str) -> None:
    found = judged(FULL, draft_of(FULL), **changes)
    assert codes(found) == {code}
    assert found.rejection is not None
    assert found.rejection.sample is None
    draft = found.rejection.draft
    assert draft is not None
    assert (draft.attempt, draft.model, draft.prompt_sha256) == (1, "m", "hash")
    assert found.rejection.evidence == FULL.evidence


@pytest.mark.parametrize(
    ("prose", "code"),
    [
        ("", "llm.empty"),
        ("  ", "llm.empty"),
        ("I cannot describe this face.", "llm.refusal"),
        ("Die linke Wange bewegt sich nach oben und die Brauen sind still.", "llm.language"),
        ("La joue gauche monte et les sourcils sont vers le haut.", "llm.language"),
        ("左脸颊向上移动。", "llm.language"),
        ("Левая щека поднимается.", "llm.language"),
        ("AU12.", "llm.length"),
        (" ".join(["The left cheek rises."] * 60), "llm.length"),
        ("The chin moves up in this clip.", "motion.still"),
        ("A young woman raises the left cheek.", "identity"),
        ("The left cheek rises, hence happiness.", "emotion.law"),
        ("The left cheek rises in a dreamy way.", "unread"),
    ],
)
@pytest.mark.parametrize("sample", [FULL, TEXT], ids=["full", "description"])
def test_what_the_prose_may_not_be(sample: Any, prose: str, code: str) -> None:
    found = judged(sample, draft_of(sample, prose))
    assert code in codes(found)
    assert found.rejection is not None
    assert found.rejection.sample is not None  # it could be read


def test_the_class_must_be_the_label() -> None:
    assert codes(judged(FULL, draft_of(FULL))) == set()
    for wrong in ("disgust", "Happiness", "", "positive"):
        assert "llm.class" in codes(judged(FULL, draft_of(FULL, **{"class": wrong})))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"au": 1}, "AU1 does not explain"),
        ({"au": 7}, "unverified"),
        ({"au": 9}, "not among the labels"),
        ({"side": "right"}, "other side only"),
        ({"side": "both"}, "one side only"),
        ({"side": None}, "needs a side"),
        ({"region": "cheek", "direction": "down"}, "moved otherwise"),
        ({"region": "cheek", "direction": "up"}, "is moderate"),
        ({"region": "jaw"}, "no supported Action Unit"),
        ({"region": "upper lip"}, "could not be measured"),
        ({"region": "nose wing"}, "is still"),
        ({"region": "forehead"}, "lies on the mid-line"),
        ({"direction": "up-inward"}, "moved otherwise"),
        ({"direction": "image-left"}, "moved otherwise"),
        ({"strength": "slight"}, "is strong"),
    ],
)
@pytest.mark.parametrize("sample", [FULL, TEXT], ids=["full", "description"])
def test_items_are_compared_exactly(sample: Any, change: dict[str, Any], told: str) -> None:
    item = {"au": 12, "side": "left", "region": "mouth corner", "direction": "up-outward", "strength": "strong"}
    assert codes(judged(sample, draft_of(sample, evidence=[*items_of(sample), item]))) == set()
    found = judged(sample, draft_of(sample, evidence=[*items_of(sample), item | change]))
    assert found.rejection is not None
    messages = [r.message for r in found.rejection.reasons if r.code == "llm.item"]
    assert len(messages) == 1
    assert told in messages[0]
    assert messages[0].startswith(f"evidence {len(items_of(sample)) + 1}: ")


@pytest.mark.parametrize("change", [{"direction": "up"}, {"direction": "outward"}, {"strength": None}])
def test_what_the_checker_lets_a_word_leave_open_an_item_may_too(change: dict[str, Any]) -> None:
    items = [i | change if i["region"] == "mouth corner" else i for i in items_of(FULL)]
    assert codes(judged(FULL, draft_of(FULL, evidence=items))) == set()


def test_a_supported_unit_without_an_item_or_a_word_is_missed() -> None:
    items = [i for i in items_of(FULL) if i["au"] == 12]
    prose = "AU12 on the left is shown. The clip is annotated as happiness."
    assert codes(judged(FULL, draft_of(FULL, prose, evidence=items))) == {"answer.incomplete"}


def test_a_rationale_that_only_repeats_the_class_is_none() -> None:
    assert codes(judged(FULL, draft_of(FULL, "The annotated class is happiness."))) == {"answer.incomplete"}


def test_a_draft_with_wrong_items_still_has_its_prose_read() -> None:
    items = [*items_of(FULL), items_of(FULL)[0] | {"au": 9}]
    found = judged(FULL, draft_of(FULL, "The chin moves up. The clip is annotated as happiness.", evidence=items))
    assert codes(found) == {"llm.item", "motion.still"}


def test_too_many_items_are_too_long() -> None:
    assert "llm.length" in codes(judged(TEXT, draft_of(TEXT, TRUE, evidence=items_of(TEXT) * 7)))


def test_true_drafts_about_many_clips_pass_and_broken_items_do_not() -> None:
    passed = broken = 0
    for seed in range(30):
        for sample in samples_of(make_case(seed)).values():
            items = items_of(sample)
            assert codes(judged(sample, draft_of(sample))) == set(), (seed, sample.task)
            passed += 1
            for number, item in enumerate(items[:2]):
                for change in _lies(item, sample):
                    wrong = [*items[:number], item | change, *items[number + 1 :]]
                    assert "llm.item" in codes(judged(sample, draft_of(sample, evidence=wrong))), (seed, change)
                    broken += 1
    assert passed > 25
    assert broken > 150


def _lies(item: dict[str, Any], sample: Any) -> list[dict[str, Any]]:
    """Changes that make a true item false."""
    moves = record(sample)["moves"]
    lies: list[dict[str, Any]] = [{"direction": reversed_(item["direction"])}]
    lies += [{"strength": s} for s in ("slight", "moderate", "strong") if s != item["strength"]]
    told = {(m["region"], s) for m in moves for s in (("left", "right") if m["side"] == "both" else (m["side"],))}
    other = {"left": "right", "right": "left"}.get(item["side"])
    if other and (item["region"], other) not in told:
        lies += [{"side": other}, {"side": "both"}]
    still = [w for w in region_words() if w not in midline_words() and not any(m["region"] == w for m in moves)]
    lies += [{"region": w} for w in still[:2] if item["side"]]
    lies += [{"au": au} for au in (99, 51) if au not in item_aus(sample)]
    return [x for x in lies if x.get("direction", "up") in direction_words()]


def item_aus(sample: Any) -> set[int]:
    return {u["au"] for u in record(sample)["action_units"]}


@pytest.mark.parametrize(
    "text",
    [
        "The left mouth corner rises slightly.",
        "AU12 (lip corner puller).",
        "Both inner brows move up – the “left” one too.",
        "",
        "1234 !?",
    ],
)
def test_english_is_english(text: str) -> None:
    assert find_language(text) is None


def test_the_composers_texts_are_english() -> None:
    for seed in range(40):
        for sample in samples_of(make_case(seed)).values():
            assert find_language(answer_text(sample)) is None


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Beide Mundwinkel werden leicht nach oben und nach außen gezogen.", "German"),
        ("Les deux coins de la bouche se déplacent vers le haut et vers l'extérieur.", "French"),
        ("Las comisuras de los labios se mueven hacia arriba y hacia afuera.", "Spanish"),
        ("Gli angoli della bocca si muovono verso l'alto con una leggera intensità.", "Italian"),
        ("Os cantos da boca se movem para cima e para fora com uma leve força.", "Portuguese"),
        ("Beide mondhoeken bewegen zich naar boven en het is niet van de linkerkant.", "Dutch"),
        ("両方の口角が上がる。", "letter"),
        ("كلا زاويتي الفم ترتفعان.", "letter"),
    ],
)
def test_other_languages_are_seen(text: str, language: str) -> None:
    assert language in (find_language(text) or "")
