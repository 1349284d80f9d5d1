"""Reading answers: strict inside the object, tolerant around it, and never an exception."""

from __future__ import annotations

import json
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers_llm import draft_of, samples_of
from tests.helpers_text import hand_case
from unimer.llm.drafts import (
    DescriptionDraft,
    FullDraft,
    WrittenTask,
    direction_words,
    draft_text,
    midline_words,
    parse_draft,
    region_words,
    schema,
)
from unimer.records import Side, Strength
from unimer.text.claims import read_claims
from unimer.text.tasks import parse_cer

ITEM: dict[str, Any] = {
    "au": 12,
    "side": "left",
    "region": "mouth corner",
    "direction": "up-outward",
    "strength": "strong",
}
FULL: dict[str, Any] = {"class": "happiness", "evidence": [ITEM], "rationale": "The left mouth corner rises."}
TEXT: dict[str, Any] = {"evidence": [ITEM], "text": "The left mouth corner rises."}


def problems(task: WrittenTask, value: Any) -> list[str]:
    found = parse_draft(task, value if isinstance(value, str) else json.dumps(value))
    if not isinstance(found, list):
        return []
    assert {r.code for r in found} == {"llm.schema"}
    return [r.message for r in found]


def test_whole_answers_are_read() -> None:
    full = parse_draft("full", json.dumps(FULL))
    assert isinstance(full, FullDraft)
    assert (full.emotion_class, full.prose, full.tolerated) == ("happiness", FULL["rationale"], ())
    assert full.evidence[0].base == "mouth_corner"
    assert isinstance(parse_draft("motion_description", json.dumps(TEXT)), DescriptionDraft)


@pytest.mark.parametrize(
    ("around", "tolerated"),
    [
        ("```json\n%s\n```", ("a code fence",)),
        ("```\n%s```", ("a code fence",)),
        ("Here you are:\n%s\nAnything else?", ("text around the object",)),
        ("Sure!\n```json\n%s\n```", ("a code fence", "text around the code fence")),
        ('<think>The record {says} so {"a": 1}</think>\n%s', ("a thought before the answer",)),
        ("{braces} first %s", ("text around the object",)),
    ],
)
def test_what_stands_around_is_passed_over_and_recorded(around: str, tolerated: tuple[str, ...]) -> None:
    draft = parse_draft("full", around.replace("%s", json.dumps(FULL)))
    assert isinstance(draft, FullDraft)
    assert draft.tolerated == tolerated
    assert draft == parse_draft("full", json.dumps(FULL)) or draft.tolerated


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no object",
        "[1, 2]",
        '"text"',
        "{",
        '{"a": 1',
        "{'class': 'x'}",
        json.dumps(FULL) + json.dumps(FULL),
        json.dumps(FULL)[:-1] + ', "class": "disgust"}',  # twice, and the second would win
        '{"class": NaN}',
        '{"evidence": [{"au": 12}}, {"au": 1}}]}',
        '{"evidence": ' + "[" * 5000,
        '{"a": ' * 5000 + "1" + "}" * 5000,
        '{"au": ' + "9" * 5000 + "}",
    ],
)
def test_what_is_no_single_object_is_refused(text: str) -> None:
    assert problems("full", text)


@pytest.mark.parametrize(
    "change",
    [
        {"extra": 1},
        {"class": None},
        {"class": 3},
        {"rationale": ["a"]},
        {"evidence": []},
        {"evidence": {}},
        {"evidence": [ITEM | {"note": "x"}]},
        {"evidence": [{k: v for k, v in ITEM.items() if k != "strength"}]},
        {"evidence": [ITEM | {"au": "12"}]},
        {"evidence": [ITEM | {"au": 12.0}]},
        {"evidence": [ITEM | {"au": True}]},
        {"evidence": [ITEM | {"au": 0}]},
        {"evidence": [ITEM | {"side": "Left"}]},
        {"evidence": [ITEM | {"region": "ear"}]},
        {"evidence": [ITEM | {"region": "left mouth corner"}]},
        {"evidence": [ITEM | {"direction": "diagonal"}]},
        {"evidence": [ITEM | {"direction": None}]},
        {"evidence": [ITEM | {"strength": "huge"}]},
    ],
)
def test_inside_the_object_nothing_is_tolerated(change: dict[str, Any]) -> None:
    assert problems("full", FULL | change)


def test_a_broken_object_is_named_as_such_and_not_by_its_parts() -> None:
    broken = json.dumps(FULL).replace("}]", "}}]")
    assert problems("full", broken) == [
        "the answer is no JSON object with the key \"evidence\": Expecting ',' delimiter"
    ]


def test_a_missing_key_and_the_other_tasks_answer_are_refused() -> None:
    assert problems("full", {k: v for k, v in FULL.items() if k != "class"}) == ["class: Field required"]
    assert problems("full", TEXT)
    assert problems("motion_description", FULL)


def test_a_lone_surrogate_cannot_get_in() -> None:
    assert problems("full", json.dumps(FULL).replace("rises", "\\ud800"))


@settings(max_examples=300, deadline=None)
@given(
    st.text() | st.text(alphabet='{}[]":,`\\ abcdu0129\n') | st.binary().map(lambda b: b.decode("utf-8", "replace"))
)
def test_no_text_makes_it_raise(text: str) -> None:
    for task in get_args(WrittenTask):
        assert isinstance(parse_draft(task, text), list)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*FULL, *TEXT, *ITEM, "x"]), inner),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(JSON, st.sampled_from(["evidence", "class", "text", "rationale", "x"]))
def test_no_object_makes_it_raise(value: Any, key: str) -> None:
    for task, whole in (("full", FULL), ("motion_description", TEXT)):
        for answer in (whole | {key: value}, value):
            found = parse_draft(task, json.dumps(answer))  # type: ignore[arg-type]
            reasons = found if isinstance(found, list) else []
            assert isinstance(found, DescriptionDraft | FullDraft) or {r.code for r in reasons} == {"llm.schema"}


def test_the_schema_is_strict_and_says_what_the_reader_takes() -> None:
    for task, whole in (("full", FULL), ("motion_description", TEXT)):
        found = schema(task)  # type: ignore[arg-type]
        objects = [found, found["properties"]["evidence"]["items"]]
        for each in objects:
            assert each["additionalProperties"] is False
            assert each["required"] == list(each["properties"])
        assert set(found["properties"]) == set(whole)
    item = objects[1]["properties"]
    assert set(item) == set(ITEM)
    assert set(item["side"]["enum"]) == {*get_args(Side), None}
    assert set(item["strength"]["enum"]) == {*get_args(Strength), None}
    for name in ("side", "region", "direction", "strength"):
        for word in item[name]["enum"]:
            assert problems("full", FULL | {"evidence": [ITEM | {name: word}]}) == []


def test_the_reader_of_claims_knows_every_region_and_direction_word() -> None:
    for word, base in region_words().items():
        side = "" if word in midline_words() else "left "
        claims = read_claims(f"The {side}{word} moves up.")
        assert [(c.region, c.direction) for c in claims] == [(base, "up")], word
    for direction in direction_words():
        spoken = direction.replace("image-left", "to the left of the image").replace(
            "image-right", "to the right of the image"
        )
        claims = read_claims(f"The left cheek moves {spoken.replace('-', ' and ', 1)}.")
        assert [c.direction for c in claims] == [direction], direction
    assert midline_words() == {"forehead", "glabella", "nose bridge", "chin"}
    assert len(direction_words()) == 14


def test_a_full_draft_becomes_the_line_format_always_the_same() -> None:
    sample = samples_of(hand_case())["full"]
    draft = parse_draft("full", json.dumps(draft_of(sample, "AU1 and AU12 are\n supported.")))
    assert isinstance(draft, FullDraft)
    text = draft_text(draft, sample)
    assert text == draft_text(draft, sample)
    found = parse_cer(text)
    assert found.emotion == "happiness"
    assert found.rationale == "AU1 and AU12 are supported."
    assert [line.split(":")[0] for line in found.evidence] == [
        "AU12 (lip corner puller, left side)",
        "AU1 (inner brow raiser)",
    ]


def test_a_description_is_the_models_own_text() -> None:
    sample = samples_of(hand_case())["motion_description"]
    draft = parse_draft("motion_description", json.dumps(draft_of(sample, "  The left  cheek\n- rises. ")))
    assert isinstance(draft, DescriptionDraft)
    assert draft_text(draft, sample) == "The left cheek\n- rises."
