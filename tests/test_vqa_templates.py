"""The wording is the official one, letter by letter, and every question is known again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unimer.facs.table import au_table
from unimer.vqa.templates import (
    KINDS,
    Asked,
    Kind,
    answer_forms,
    asked,
    au_word,
    kinds_of,
    official_aus,
    questions,
    read_aus,
)

WORDING: dict[Kind, list[str]] = {
    "coarse": ["What is the coarse expression class?"],
    "fine": ["What is the fine-grained expression class?"],
    "aus": ["What is the action unit?", "What are the action units?"],
    "side": ["Is the action unit {au} located on the left or right face?"],
    "shown": ["Is the action unit {au} shown on the face?"],
    "combined": [
        "What is the action unit present, and based on it, what is the fine-grained expression and the coarse "
        "expression class?",
        "What are the action units present, and based on them, what is the fine-grained expression and the coarse "
        "expression class?",
    ],
    "analysis": [
        "Please analyse the micro-expression shown in this video in detail.",
        "Provide a detailed analysis of the micro-expression observed in this clip.",
        "Provide a comprehensive analysis of the facial micro-expression shown in this clip.",
    ],
    "count_all": ["How many expression events appear in this video?"],
    "count_micro": ["How many micro-expression events appear in this video?"],
    "count_macro": ["How many macro-expression events appear in this video?"],
    "distinct_aus": ["What distinct action units appear in this video?"],
    "nth_type": ["What is the expression type of the {n}-th expression event in this video?"],
}

WORDS = {
    **{1: "inner brow raiser", 2: "outer brow raiser", 4: "brow lowerer", 5: "upper lid raiser", 6: "cheek raiser"},
    **{7: "lid tightener", 9: "nose wrinkler", 10: "upper lip raiser", 12: "lip corner puller", 14: "dimpler"},
    **{15: "lip corner depressor", 16: "lower lip depressor", 17: "chin raiser", 20: "lip stretcher"},
    **{21: "neck tightener", 23: "lip tightener", 24: "lip pressor", 25: "lips part", 26: "jaw drop"},
    **{31: "jaw clencher", 38: "nostril dilater", 39: "nostril compress", 43: "eye closure", 56: "tilt right"},
    **{61: "eyes left"},
}


@pytest.mark.parametrize("kind", KINDS)
def test_wording(kind: Kind) -> None:
    assert questions(kind) == WORDING[kind]


def test_answer_sentences() -> None:
    one, several = answer_forms("combined")
    assert one.format(aus="dimpler", fine="contempt", coarse="negative") == (
        "The action unit present is: dimpler. Therefore, the fine-grained expression class is contempt, and the "
        "coarse expression class is negative."
    )
    assert several.format(aus="lips part, jaw drop", fine="surprise", coarse="surprise") == (
        "The action units present are: lips part, jaw drop. Therefore, the fine-grained expression class is "
        "surprise, and the coarse expression class is surprise."
    )


def test_the_25_words() -> None:
    assert official_aus() == WORDS
    assert au_word(45) == "blink"  # in the test pack of CAS(ME)^3
    assert au_word(99) is None


def test_kinds_of_the_years() -> None:
    common: list[Kind] = ["coarse", "fine", "aus", "side", "shown"]
    assert kinds_of(2025, long=False) == [*common, "combined"]
    assert kinds_of(2026, long=False) == [*common, "analysis"]
    assert kinds_of(2026, long=True) == ["count_all", "count_micro", "count_macro", "distinct_aus", "nth_type"]
    assert kinds_of(2025, long=True) == []


@given(st.sampled_from(KINDS), st.sampled_from(sorted(WORDS.values())), st.integers(1, 99), st.data())
def test_every_question_is_known_again(kind: Kind, word: str, number: int, data: st.DataObject) -> None:
    form = data.draw(st.sampled_from(questions(kind)))
    what = asked(form.format(au=word, n=number))
    assert what == Asked(kind, word if "{au}" in form else None, number if "{n}" in form else None)
    assert asked("  " + form.format(au=word, n=number).upper().replace(" ", "  ")) is not None


@given(st.text(max_size=60))
def test_other_questions_are_unknown(text: str) -> None:
    assert asked(text) is None
    assert asked(f"What is the coarse expression class? {text}x") is None


@given(st.lists(st.sampled_from(sorted(WORDS.values())), unique=True, max_size=6))
def test_listed_units_are_read_back(words: list[str]) -> None:
    assert read_aus(", ".join(words)) == words
    for form in answer_forms("combined"):
        assert read_aus(form.format(aus=", ".join(words), fine="fear", coarse="negative")) == words


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("none", []),
        ("", []),
        ("AU4, AU 07 and au12", ["brow lowerer", "lid tightener", "lip corner puller"]),
        ("AU01 (brow lowerer)", ["brow lowerer"]),
        ("Lip Corner Puller.", ["lip corner puller"]),
        ("nostril dilator, nostril compressor", ["nostril dilater", "nostril compress"]),
        ("left brow lowerer and the lips part", ["brow lowerer", "lips part"]),
        ("negative head tilt, dimpler", ["negative head tilt", "dimpler"]),
        ("dimpler, dimpler", ["dimpler"]),
        ("AU 99", ["au 99"]),
        ("action units: chin raiser, dimpler. fine-grained class: disgust.", ["chin raiser", "dimpler"]),
    ],
)
def test_units_in_free_answers(answer: str, words: list[str]) -> None:
    assert read_aus(answer) == words


def test_every_name_in_the_table_is_read() -> None:
    for unit in au_table().values():
        for name in (unit.name, *unit.aliases):
            assert read_aus(name) == [au_word(unit.number)], name
