"""Questions and answers by the rules of the official file, and in its numbers."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.casme2_fixture import ROWS, write_casme2, write_coding
from tests.helpers_vqa import event, made_clip, source_of
from unimer.errors import InputError, SettingsError
from unimer.records import Clip, FrameMark, FrameSource
from unimer.settings import CorpusSettings
from unimer.vqa.clips import Source, from_corpora
from unimer.vqa.make import au_words, make, official_subject, recording
from unimer.vqa.templates import Kind, asked, kinds_of, official_aus

SHORT: list[Kind] = kinds_of(2025, long=False)
LONG: list[Kind] = kinds_of(2026, long=True)


def rows_of(*clips: Clip, kinds: list[Kind] = SHORT, seed: int = 0) -> list[dict[str, Any]]:
    return make(source_of(*clips), kinds, seed).rows


def pairs(rows: list[dict[str, Any]]) -> list[tuple[str, Any]]:
    return [(row["question"], row["answer"]) for row in rows]


# --- one clip --------------------------------------------------------------------------------------------------------


def test_a_clip_of_casme2_as_in_the_official_file() -> None:
    rows = rows_of(made_clip("casme2", "sub01", "EP19_05f", "4+7+L10", "disgust"))
    yes, no = rows[4], rows[5]
    assert [{k: v for k, v in row.items() if k not in ("question", "answer")} for row in rows] == [
        {
            "id": f"casme2_sub01_EP19_05f_{n}",
            "dataset": "casme2",
            "image_id": "sub01_EP19_05f",
            "subject": "sub01",
            "filename": "EP19_05f",
        }
        for n in range(1, 8)
    ]
    assert list(rows[0]) == ["id", "dataset", "image_id", "subject", "filename", "question", "answer"]
    assert pairs(rows[:4]) == [
        ("What is the coarse expression class?", "negative"),
        ("What is the fine-grained expression class?", "disgust"),
        ("What are the action units?", "brow lowerer, lid tightener, upper lip raiser"),
        ("Is the action unit upper lip raiser located on the left or right face?", "left"),
    ]
    shown = ["brow lowerer", "lid tightener", "upper lip raiser"]
    assert (yes["answer"], no["answer"]) == ("yes", "no")
    assert asked(yes["question"]).au in shown  # type: ignore[union-attr]
    assert asked(no["question"]).au in set(official_aus().values()) - set(shown)  # type: ignore[union-attr]
    assert pairs(rows[6:]) == [
        (
            "What are the action units present, and based on them, what is the fine-grained expression and the coarse "
            "expression class?",
            "The action units present are: brow lowerer, lid tightener, upper lip raiser. Therefore, the fine-grained "
            "expression class is disgust, and the coarse expression class is negative.",
        )
    ]


def test_samm_loses_the_padding_and_one_unit_has_the_singular() -> None:
    rows = rows_of(made_clip("samm", "006", "006_1_3", "4", "anger"))
    assert (rows[0]["id"], rows[0]["image_id"], rows[0]["subject"]) == ("samm_006_1_3_1", "006_1_3", "6")
    assert pairs(rows)[2] == ("What is the action unit?", "brow lowerer")
    assert pairs(rows)[-1] == (
        "What is the action unit present, and based on it, what is the fine-grained expression and the coarse "
        "expression class?",
        "The action unit present is: brow lowerer. Therefore, the fine-grained expression class is anger, and the "
        "coarse expression class is negative.",
    )


def test_smic_has_only_the_coarse_class_even_of_a_surprise() -> None:
    clips = [
        made_clip("smic", "s01", "s1_ne_01", None, "negative"),
        made_clip("smic", "s01", "s1_sur_01", None, "surprise"),
    ]
    rows = rows_of(*clips)
    assert pairs(rows) == [
        ("What is the coarse expression class?", "negative"),
        ("What is the coarse expression class?", "surprise"),
    ]
    assert rows[0] == {
        **{"id": "smic_s01_ne_01_1", "dataset": "smic", "image_id": "s01_ne_01", "subject": "s01"},
        **{"filename": "s01_ne_01", "question": "What is the coarse expression class?", "answer": "negative"},
    }


@pytest.mark.parametrize(
    ("cell", "words", "side"),
    [
        ("A12+A7", "lip corner puller, lid tightener", None),  # in the order of the cell; A is no side
        ("(R6 or R12)+R15", "cheek raiser, lip corner puller, lip corner depressor", ("cheek raiser", "right")),
        ("L12 or L14", "lip corner puller, dimpler", ("lip corner puller", "left")),
        ("ref(L10)+A12B", "upper lip raiser, lip corner puller", ("upper lip raiser", "left")),
        ("ref(7B)+43C", "lid tightener, eye closure", None),
        ("A/L12", "lip corner puller", ("lip corner puller", "left")),
        ("L12 + 61", "lip corner puller, eyes left", ("lip corner puller", "left")),
        ("R14+17+soft focus", "dimpler, chin raiser", ("dimpler", "right")),
        ("10A/B", "upper lip raiser", None),
        ("7B+56", "lid tightener, tilt right", None),
        ("4+4", "brow lowerer", None),
        ("12.0", "lip corner puller", None),
        ("4-7", "brow lowerer, lid tightener", None),
    ],
)
def test_action_units_by_the_official_rule(cell: str, words: str, side: tuple[str, str] | None) -> None:
    rows = rows_of(made_clip("samm", "011", "011_3_5", cell, "happiness"), kinds=["aus", "side"])
    assert rows[0]["answer"] == words
    assert [(asked(r["question"]).au, r["answer"]) for r in rows[1:]] == ([side] if side else [])  # type: ignore[union-attr]


def test_cells_without_action_units() -> None:
    for cell in (None, "?", "-1", "Chewing"):
        rows = rows_of(made_clip("samm", "011", "011_3_5", cell, "happiness"))
        assert [asked(row["question"]).kind for row in rows] == ["coarse", "fine"], cell  # type: ignore[union-attr]


def test_a_unit_without_a_name_is_counted_not_lost() -> None:
    left_out: Counter[str] = Counter()
    assert au_words(made_clip("samm", "011", "x", "24 or 31 or 80"), left_out) == ["lip pressor", "jaw clencher"]
    assert left_out == {"mentions of AU 80, which has no name": 1}


@given(st.integers(0, 2**32), st.lists(st.sampled_from(sorted(official_aus())), min_size=1, unique=True))
def test_the_absent_unit_is_absent_and_drawn_by_the_seed(seed: int, aus: list[int]) -> None:
    clip = made_clip("casme2", "sub01", "EP01", "+".join(map(str, aus)), "disgust")
    rows = rows_of(clip, kinds=["shown"], seed=seed)
    shown = {official_aus()[au] for au in aus}
    for row in rows:
        assert (asked(row["question"]).au in shown) == (row["answer"] == "yes")  # type: ignore[union-attr]
    assert [row["answer"] for row in rows] == ["yes", "no"] if len(aus) < 25 else ["yes"]
    assert rows == rows_of(clip, kinds=["shown"], seed=seed)
    alone = [row["question"] for row in rows_of(clip, seed=seed) if asked(row["question"]).kind == "shown"]  # type: ignore[union-attr]
    assert alone == [row["question"] for row in rows]


def test_seeds_draw_different_units() -> None:
    clip = made_clip("casme2", "sub01", "EP01", "4", "disgust")
    assert len({rows_of(clip, kinds=["shown"], seed=seed)[1]["question"] for seed in range(20)}) > 5


# --- which clips -----------------------------------------------------------------------------------------------------


def test_clips_that_are_not_asked_about_are_counted() -> None:
    clips = [
        made_clip("casme2", "sub01", "EP01", "4", "disgust"),
        made_clip("casme2", "sub01", "EP02", "4", "others"),
        made_clip("casme2", "sub04", "EP12_01f", "4", "disgust"),  # not in MEGC2019
        made_clip("casme2", "sub01", "EP03", "4", "sadness"),  # a class that MEGC2019 leaves out
        made_clip("casme_sq", "s15", "anger1_1", "4", "anger", expression="macro"),
    ]
    made = make(source_of(*clips), ["coarse"], 0)
    assert [row["image_id"] for row in made.rows] == ["sub01_EP01"]
    assert made.left_out == {
        "clips without one of the three coarse classes, or outside MEGC2019": 3,
        "macro-expressions": 1,
    }


def test_a_corpus_keeps_its_rules_under_another_name() -> None:
    clip = made_clip("mine", "sub04", "EP12_01f", "4", "disgust", emotion_coarse="negative")
    assert rows_of(clip, kinds=["coarse"])[0]["dataset"] == "mine"
    with pytest.raises(InputError, match="nothing to ask: 1 clips without"):
        make(source_of(clip, mine="casme2"), ["coarse"], 0)


def test_several_expressions_of_one_video_have_the_onset_in_the_id() -> None:
    clips = [
        made_clip("casme3_a", "spNO.1", "a", "4", "disgust", id=f"casme3_a/spNO.1/a_{n}", onset=FrameMark(frame=n))
        for n in (338, 1735)
    ]
    rows = rows_of(*clips, kinds=["coarse"])
    assert [row["id"] for row in rows] == ["casme3_spNO.1_a_1735_1", "casme3_spNO.1_a_338_1"]
    assert (rows[1]["filename"], rows[1]["onset_frame"], rows[1]["offset_frame"]) == ("a", 338, 9)


def test_clips_that_would_get_one_id_are_refused() -> None:
    clips = [
        made_clip("casme3_a", "spNO.1", "1", "4", "disgust"),
        made_clip("casme3_c", "spNO.1", "1", "4", "disgust"),
    ]
    with pytest.raises(InputError, match=r"two clips get the id casme3_spNO\.1_1_1"):
        rows_of(*clips)


def test_rows_are_sorted_within_each_corpus() -> None:
    clips = [made_clip("samm", "006", f"006_1_{n}", "4", "anger") for n in (2, 10, 1)]
    rows = rows_of(*clips, made_clip("casme2", "sub01", "EP01", "4", "disgust"), kinds=["coarse"])
    assert [row["image_id"] for row in rows] == ["006_1_1", "006_1_10", "006_1_2", "sub01_EP01"]


# --- the numbers of the official training file -----------------------------------------------------------------------


def official_distribution() -> list[Clip]:
    """As many clips of each sort as the training file of 2025 has, with made-up names and labels."""
    emotions = {
        "casme2": ["disgust"] * 61 + ["repression"] * 27 + ["happiness"] * 32 + ["surprise"] * 25,
        "samm": ["anger"] * 57 + ["contempt"] * 12 + ["disgust"] * 9 + ["fear"] * 8 + ["sadness"] * 6,
        "smic": ["negative"] * 70 + ["positive"] * 51 + ["surprise"] * 43,
    }
    emotions["samm"] += ["happiness"] * 26 + ["surprise"] * 15
    lateral = {"casme2": 41, "samm": 30}
    several = iter([True] * 128 + [False] * 150)
    left = iter(["L"] * 44 + ["R"] * 27)
    clips = []
    for corpus, names in emotions.items():
        for n, emotion in enumerate(names):
            cell = None
            if corpus != "smic":
                cell = (next(left) if n < lateral[corpus] else "") + ("12+14" if next(several) else "12")
            clips.append(made_clip(corpus, "s01", f"clip_{n:03d}", cell, emotion))
    return clips


def test_the_numbers_of_the_official_training_file() -> None:
    rows = rows_of(*official_distribution())
    assert Counter(row["dataset"] for row in rows) == {"casme2": 911, "samm": 828, "smic": 164}
    assert Counter(asked(row["question"]).kind for row in rows) == {  # type: ignore[union-attr]
        **{"coarse": 442, "fine": 278, "aus": 278, "side": 71, "shown": 556, "combined": 278}
    }
    questions = Counter(row["question"] for row in rows)
    assert questions["What is the action unit?"] == 150
    assert questions["What are the action units?"] == 128
    starts = Counter(row["question"].split(",")[0] for row in rows)
    assert (starts["What is the action unit present"], starts["What are the action units present"]) == (150, 128)
    answers = Counter((asked(row["question"]).kind, row["answer"]) for row in rows)  # type: ignore[union-attr]
    assert (answers["shown", "yes"], answers["shown", "no"]) == (278, 278)
    assert (answers["side", "left"], answers["side", "right"]) == (44, 27)
    assert len({row["id"] for row in rows}) == len(rows) == 1903


# --- 2026 ------------------------------------------------------------------------------------------------------------


def test_analysis_needs_a_build() -> None:
    clip = made_clip("casme2", "sub01", "EP01", "4", "disgust")
    with pytest.raises(InputError, match="unimer build"):
        rows_of(clip, kinds=kinds_of(2026, long=False))


def test_analysis_takes_the_composed_text() -> None:
    clips = [made_clip("casme2", "sub01", f"EP0{n}", "4", "disgust") for n in (1, 2)]
    source = Source(clips, {"casme2": "casme2"}, {clips[0].id: "Both brows go down."})
    made = make(source, kinds_of(2026, long=False), 0)
    texts = [row for row in made.rows if asked(row["question"]).kind == "analysis"]  # type: ignore[union-attr]
    assert [(row["image_id"], row["answer"]) for row in texts] == [("sub01_EP01", "Both brows go down.")]
    assert made.left_out == {"clips without a composed text (not grounded in the motion)": 1}


def test_a_long_video_as_in_the_official_file() -> None:
    events = [
        event("samm_lv", "006", "SAMM_longvideos/006_1", 900, "micro", "4+7"),
        event("samm_lv", "006", "SAMM_longvideos/006_1", 100, "macro", "12"),
        event("samm_lv", "006", "SAMM_longvideos/006_1", 400, "macro", "4+L12"),
        event("samm_lv", "006", "SAMM_longvideos/006_2", 50, "macro", "Chewing"),
    ]
    rows = rows_of(*events, kinds=LONG)
    assert list(rows[0]) == ["video_id", "video", "question", "answer"]
    assert [row["video_id"] for row in rows] == [
        *(f"samm_train_6_006_1_{n}" for n in range(1, 7)),
        *(f"samm_train_6_006_2_{n}" for n in range(1, 6)),
    ]
    assert pairs(rows[:4]) == [
        ("How many expression events appear in this video?", 3),
        ("How many micro-expression events appear in this video?", 1),
        ("How many macro-expression events appear in this video?", 2),
        ("What distinct action units appear in this video?", "lip corner puller, brow lowerer, lid tightener"),
    ]
    types = {1: "macro-expression", 2: "macro-expression", 3: "micro-expression"}
    numbers = [asked(row["question"]).number for row in rows[4:6]]  # type: ignore[union-attr]
    assert len(set(numbers)) == 2
    assert [row["answer"] for row in rows[4:6]] == [types[n] for n in numbers]  # type: ignore[index]
    assert pairs(rows[6:]) == [
        ("How many expression events appear in this video?", 1),
        ("How many micro-expression events appear in this video?", 0),
        ("How many macro-expression events appear in this video?", 1),
        ("What distinct action units appear in this video?", "none"),
        ("What is the expression type of the 1-th expression event in this video?", "macro-expression"),
    ]
    assert {row["video"] for row in rows} == {"6_006_1", "6_006_2"}


@given(st.lists(st.tuples(st.integers(1, 10**4), st.booleans()), min_size=2, max_size=9), st.integers(0, 99))
def test_long_answers_agree_with_each_other(found: list[tuple[int, bool]], seed: int) -> None:
    events = [
        event("casme3_a", "spNO.1", "spNO.1/a/color", n, "micro" if m else "macro").model_copy(update={"id": str(i)})
        for i, (n, m) in enumerate(found)
    ]
    if all(m for _, m in found):
        with pytest.raises(InputError, match="no macro-expressions among the clips"):
            rows_of(*events, kinds=LONG, seed=seed)
        return
    rows = rows_of(*events, kinds=LONG, seed=seed)
    total, micro, macro = (row["answer"] for row in rows[:3])
    assert total == micro + macro == len(found)
    assert micro == sum(m for _, m in found)
    assert {row["video"] for row in rows} == {"spNO.1_a"}
    assert rows == rows_of(*reversed(events), kinds=LONG, seed=seed)


def test_long_videos_are_needed_and_what_was_refused_is_said() -> None:
    with pytest.raises(InputError, match="ME-LVQA needs long videos"):
        rows_of(made_clip("casme2", "sub01", "EP01", "4", "disgust"), kinds=LONG)
    events = [event("casme_sq", "s15", "s15/15_0101disgustingteeth", n, "macro") for n in (1, 9)]
    made = make(Source(events, {"casme_sq": "casme_sq"}, refused=2), LONG, 0)
    assert list(made.left_out.values()) == [2]
    assert made.rows[0]["video_id"] == "casme_sq_train_s15_15_0101disgustingteeth_1"


def test_names() -> None:
    assert official_subject("samm", "006") == official_subject("samm_lv", "006") == "6"
    assert official_subject("smic", "s1") == official_subject("smic", "s01") == "s01"
    assert official_subject("casme2", "sub01") == "sub01"
    assert official_subject("samm", "unknown") == "unknown"
    assert recording("spNO.1/a/color") == recording("spNO.1/a") == "a"
    assert recording("s15/15_0101.avi") == "15_0101"
    assert recording("SAMM_longvideos/006_1") == "006_1"
    assert recording("video.1/part.2") == "part.2"


# --- from corpora ----------------------------------------------------------------------------------------------------


def test_casme2_has_the_classes_of_2014_and_the_action_units_of_2019(tmp_path: Path) -> None:
    root = write_casme2(tmp_path)
    rows = [(*row[:5], "4+7", "surprise" if row[1] == "EP03_02" else row[6]) for row in ROWS]
    write_coding(root / "CASME2-coding-20190701.xlsx", rows, objective=True)
    source = from_corpora([CorpusSettings(corpus="casme2", root=str(root))])
    clip = next(clip for clip in source.clips if clip.clip == "EP03_02")
    assert (clip.emotion, clip.au_raw, [label.au for label in clip.aus]) == ("disgust", "4+7", [4, 7])
    assert any("2019" in note for note in source.notes)
    older = from_corpora([CorpusSettings(corpus="casme2", root=str(root), version="2014")])
    assert next(clip for clip in older.clips if clip.clip == "EP03_02").au_raw == "4+L10"
    assert older.notes == []


def test_without_the_2019_coding_the_2014_one_serves_and_that_is_said(tmp_path: Path) -> None:
    source = from_corpora([CorpusSettings(corpus="casme2", root=str(write_casme2(tmp_path)))])
    assert next(clip for clip in source.clips if clip.clip == "EP03_02").au_raw == "4+L10"
    assert source.refused > 0
    assert len(source.notes) == 1
    assert "those of the 2014 coding" in source.notes[0]


def test_two_corpora_of_one_name(tmp_path: Path) -> None:
    settings = CorpusSettings(corpus="casme2", root=str(write_casme2(tmp_path)))
    with pytest.raises(SettingsError, match="two corpora are called casme2"):
        from_corpora([settings, settings])


def test_a_video_file_is_a_recording() -> None:
    clips = [
        event("generic", "p1", "p1/talk.mp4", n, "micro").model_copy(
            update={"frames": FrameSource(kind="video", path="p1/talk.mp4", first=n)}
        )
        for n in (1, 50)
    ]
    rows = rows_of(*clips, event("generic", "p1", "p1/other", 1, "macro"), kinds=LONG)
    assert [row["video"] for row in islice(rows, 1)] == ["p1_talk"]
