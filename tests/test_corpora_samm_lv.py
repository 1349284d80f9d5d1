"""SAMM long videos: a small copy with every quirk of the real one, its options, and copies that look otherwise."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.helpers_corpora import trap_fixture
from tests.helpers_samm import (
    balanced,
    by_id,
    check_rendered,
    differing,
    empty_frames,
    marks,
    read_corpus,
    refused,
    spread,
    units,
)
from unimer.errors import InputError, SettingsError
from unimer.records import AULabel, Clip, FrameMark, FrameSource
from unimer.resources import load_yaml
from unimer.synth.layouts import samm
from unimer.synth.layouts.base import Cell, write_workbook
from unimer.synth.layouts.samm_lv import CODING, HEADER, PREAMBLE, TRAPS, TREE

tree = trap_fixture("samm_lv", "corpus")


@pytest.fixture
def alone(tree: Path, tmp_path: Path) -> Path:
    """Without SAMM's own coding file."""
    (tmp_path / "home" / "corpus").mkdir(parents=True)
    (tmp_path / "home" / "corpus" / TREE).symlink_to(tree / TREE)
    shutil.copy(tree / CODING, tmp_path / "home" / "corpus" / CODING)
    return tmp_path / "home" / "corpus"


def test_a_clip_in_full(tree: Path) -> None:
    corpus = read_corpus("samm_lv", tree)
    assert corpus.clips[1] == Clip(
        id="samm_lv/006/006_1_2_micro",
        corpus="samm_lv",
        subject="006",
        clip="006_1_2",
        person="samm/006",
        expression="micro",
        frames=FrameSource(kind="folder", path="SAMM_longvideos/006_1", first=3562, last=3632),
        fps=200.0,
        onset=FrameMark(frame=3562, origin="annotated"),
        apex=FrameMark(frame=3588, origin="annotated"),
        offset=FrameMark(frame=3632, origin="annotated"),
        au_raw="4+7",
        aus=[AULabel(au=4), AULabel(au=7)],
        emotion_raw="Anger",
        emotion="anger",
        emotion_coarse="negative",
        objective_class=3,
        flags=["emotion.from_samm"],
    )
    assert (corpus.rows, corpus.folders, corpus.version) == (11, 10, "V3")
    assert corpus.sums == pytest.approx({"onset": 15420.4, "apex": 12461.2, "offset": 16139})
    assert list(corpus.annotations) == [CODING, samm.CODING]


def test_all_rows(tree: Path) -> None:
    corpus = read_corpus("samm_lv", tree)
    found = {name: (*marks(clip), units(clip.aus), clip.emotion, clip.flags) for name, clip in by_id(corpus).items()}
    joined = "emotion.from_samm"
    assert found == {
        "006/006_1_1_macro": ("566", "620", "701", "12B 24A/B", None, ["frames.rounded"]),
        "006/006_1_2_micro": ("3562", "3588", "3632", "4 7", "anger", [joined]),
        "008/008_2_1_macro": ("40", "52", "60", "", None, ["au.unparsed:Chewing"]),
        "010/010_1_3_macro": ("210", "-", "260", "4B/C 7B", None, ["apex.missing"]),
        "011/011_6_8_macro": ("1 first", "12", "40", "L12B/A", None, ["onset.before_start"]),
        "014/014_1_1_micro": ("120", "131", "150", "12? 14?", "contempt", [joined, "samm.frames_differ"]),
        "020/020_6_5_macro": ("4980", "4990", "5001 snapped", "26 R30", None, ["offset.snapped:5010->5001"]),
        "028/028_4_1_micro": ("1071", "-", "1134", "12 7", "others", [joined, "apex.missing"]),
        "032/032_3_1_micro": ("1896", "-", "1970", "31?", "surprise", [joined, "apex.missing"]),
        "037/037_4_1_micro": ("1488", "1529", "1577", "12", None, ["samm.no_row"]),
        "037/037_4_1_macro": ("1487", "1542", "1605", "12", None, []),
    }
    assert all(clip.expression == clip.id.rsplit("_", 1)[1] for clip in corpus.clips)
    assert {clip.person for clip in corpus.clips} == {f"samm/{clip.subject}" for clip in corpus.clips}


def test_recording_without_an_event(tree: Path) -> None:
    corpus = read_corpus("samm_lv", tree)
    assert refused(corpus) == [("008/008_1", "clip.orphan", f"SAMM_longvideos/008_1 has no row in {CODING}")]
    assert balanced(corpus)


@pytest.mark.parametrize("level", ["none", "official", "community"])
def test_corrections(tree: Path, level: str) -> None:
    clips = by_id(read_corpus("samm_lv", tree, corrections=level))
    community = level == "community"
    assert marks(clips["028/028_4_1_micro"])[1] == ("1105 corrected" if community else "-")
    assert marks(clips["032/032_3_1_micro"])[1] == ("1930 corrected" if community else "-")
    assert ("apex.corrected:community" in clips["032/032_3_1_micro"].flags) == community


def test_an_event_that_began_before_the_recording(tree: Path) -> None:
    name = "011/011_6_8_macro"
    apex = by_id(read_corpus("samm_lv", tree, missing_onset="apex"))[name]
    assert marks(apex) == ("12 estimated", "-", "40")
    assert (apex.frames.first, apex.frames.last) == (12, 40)
    dropped = read_corpus("samm_lv", tree, missing_onset="drop")
    assert (name, "onset.missing") in [(clip, code) for clip, code, _ in refused(dropped)]
    assert balanced(dropped)


def test_one_kind_of_expression(tree: Path) -> None:
    corpus = read_corpus("samm_lv", tree, expressions=["micro"])
    assert [clip.expression for clip in corpus.clips] == ["micro"] * 5
    assert [code for _, code, _ in refused(corpus)].count("expression.left_out") == 6
    assert corpus.rows == 11


def test_versions(alone: Path) -> None:
    shutil.copy(alone / CODING, alone / "SAMM_LongVideos_V1_Release.xlsx")
    assert list(read_corpus("samm_lv", alone).annotations) == [CODING]
    old = read_corpus("samm_lv", alone, version="V1")
    assert (list(old.annotations), old.version) == (["SAMM_LongVideos_V1_Release.xlsx"], "V1 and V2")
    with pytest.raises(InputError, match="the V2 coding is not here"):
        read_corpus("samm_lv", alone, version="V2")
    with pytest.raises(SettingsError, match="samm_lv has no version 'v9'\n  Versions: V3, V2, V1"):
        read_corpus("samm_lv", alone, version="v9")


# --- SAMM's coding file ----------------------------------------------------------------------------------------------


def test_without_the_emotions(alone: Path) -> None:
    clip = by_id(read_corpus("samm_lv", alone))["006/006_1_2_micro"]
    assert (clip.emotion_raw, clip.emotion, clip.objective_class, clip.flags) == (None, None, None, [])


@pytest.mark.parametrize("place", ["labels", ".", "..", "../SAMM", "../samm_micro"])
def test_where_the_emotions_may_lie(tree: Path, alone: Path, place: str) -> None:
    (alone / place).mkdir(exist_ok=True)
    shutil.copy(tree / samm.CODING, alone / place / samm.CODING)
    corpus = read_corpus("samm_lv", alone)
    assert by_id(corpus)["006/006_1_2_micro"].emotion == "anger"
    assert len(corpus.annotations) == 2


def test_the_constants_between_the_two_numberings() -> None:
    constants = load_yaml("data/samm_lv_offsets.yaml")
    assert (len(constants), sum(constants.values())) == (43, 122699)
    assert all(isinstance(video, str) and video.count("_") == 1 for video in constants)


# --- Other copies ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pack", ["SAMM_longvideos/SAMM_longvideos", ".", "videos"])
def test_nesting_and_frames_of_another_name(tmp_path: Path, tree: Path, pack: str) -> None:
    empty_frames(tmp_path / pack / "006_1", [*range(560, 710), *range(3560, 3640)], "{:04d}.jpg")
    shutil.copy(tree / CODING, tmp_path / "SAMMLV_gt.xlsx")
    corpus = read_corpus("samm_lv", tmp_path)
    assert list(by_id(corpus)) == ["006/006_1_1_macro", "006/006_1_2_micro"]
    assert [code for _, code, _ in refused(corpus)] == ["frames.missing"] * 9
    assert corpus.version == "V3"
    assert balanced(corpus)


def test_crops_are_only_taken_where_they_are_wanted(tree: Path, alone: Path) -> None:
    shutil.copytree(tree / TREE, alone / "SAMM_longvideos_crop")
    assert read_corpus("samm_lv", alone).clips[0].frames.path == "SAMM_longvideos/006_1"
    assert read_corpus("samm_lv", alone / "SAMM_longvideos_crop").clips[0].frames.path == "006_1"


def test_a_copy_as_csv(alone: Path) -> None:
    lines = ["Subject;Filename;Onset;Apex;Offset;Type;Action Units"]
    lines += [f"{int(name[:3])};{name};{on};{apex};{off};{kind};{aus}" for name, on, apex, off, kind, aus in TRAPS]
    (alone / "copy.csv").write_text("\n".join(lines), encoding="utf-8")
    assert read_corpus("samm_lv", alone, annotations="copy.csv").clips == read_corpus("samm_lv", alone).clips


def test_rows_that_cannot_be_used(alone: Path) -> None:
    rows: list[list[Cell]] = [
        *PREAMBLE,
        HEADER,
        ["006", "006_1_1", 1, 566, 620, 701, 1, "Macro", 12, None],
        ["006", "006_1_2", 1, 566, 620, 701, 1, "Neither", 12, None],
        ["006", None, 1, 566, 620, 701, 1, "Macro", 12, None],
        ["006", "006_1_3", 1, 566, 620, None, 1, "Macro", 12, None],
        ["006", "006_1_1", 1, 600, 620, 701, 1, "Macro", 12, None],
        ["011", "011_6_8", 1, 0, -1, 40, 1, "Macro", 12, None],
    ]
    write_workbook(alone / CODING, {"FACS_Movement_Only": rows})
    corpus = read_corpus("samm_lv", alone)
    assert list(by_id(corpus)) == ["006/006_1_1_macro"]
    assert sorted(refused(corpus))[:5] == [
        ("006/006_1_1_macro", "clip.duplicate", f"{CODING}, row 15: {CODING}, row 11 has this id already"),
        ("006/006_1_2", "annotation.invalid", f"{CODING}, row 12: the type 'Neither' is neither Macro nor Micro"),
        ("006/006_1_3_macro", "annotation.invalid", f"{CODING}, row 14: no onset or offset"),
        ("006/row-13", "annotation.invalid", f"{CODING}, row 13: no clip"),
        ("008/008_1", "clip.orphan", f"SAMM_longvideos/008_1 has no row in {CODING}"),
    ]
    assert ("011/011_6_8_macro", "annotation.invalid", f"{CODING}, row 16: no apex, and no onset or no offset") in (
        refused(corpus)
    )
    assert corpus.rows == 6


def test_a_folder_of_something_else(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no recordings like 006_1 here"):
        read_corpus("samm_lv", tmp_path)
    empty_frames(tmp_path / "x/006_1", [1, 2, 3], "006_1_{:05d}.jpg")
    with pytest.raises(InputError, match=r"no coding file \(SAMM_LongVideos_V3_Release.xlsx\) here"):
        read_corpus("samm_lv", tmp_path / "x")


def test_published_counts(tmp_path: Path) -> None:
    """A copy with the published events, recordings and sums has no difference; one row less has."""
    subjects = [f"{number:03d}" for number in [*range(6, 27), 28, *range(30, 38)]]
    videos = [f"{subjects[at % 30]}_{at // 30 + 1}" for at in range(147)]
    # Ten onsets are 0 and six apexes -1; the others have the rest of the sums.
    onsets = [0.0] * 10 + spread(1071475.4, 492)
    apexes = spread(1144601 + 6, 496) + [-1.0] * 6
    offsets = spread(1231922.4, 502)
    rows: list[list[Cell]] = [*PREAMBLE, HEADER]
    frames: dict[str, set[int]] = {video: {1} for video in videos}
    for at, values in enumerate(zip(onsets, apexes, offsets, strict=True)):
        video, kind = videos[at % 147], "Macro" if at < 343 else "Micro - 1/2"
        rows.append([video[:3], f"{video}_{at // 147 + 1}", 1, *values, 1, kind, 12, None])
        frames[video] |= {round(value) for value in values if value > 0}
    for video, numbers in frames.items():
        empty_frames(tmp_path / TREE / video, numbers, f"{video}_{{:05d}}.jpg")
    write_workbook(tmp_path / CODING, {"FACS_Movement_Only": rows})
    assert differing("samm_lv", tmp_path) == []
    write_workbook(tmp_path / CODING, {"FACS_Movement_Only": rows[:-1]})
    assert differing("samm_lv", tmp_path) == [
        "clips", "expression micro", "frame sums onset", "frame sums apex", "frame sums offset",
    ]  # fmt: skip


def test_rendered_clips_are_read_back(tmp_path: Path) -> None:
    corpus = check_rendered("samm_lv", tmp_path / "x", clips=4, subjects=1)
    assert len({clip.frames.path for clip in corpus.clips}) == 2
    assert {clip.person for clip in corpus.clips} == {"samm/006"}
    # The first recording is numbered otherwise in SAMM; all emotions are found there all the same.
    assert all(clip.flags == ["emotion.from_samm"] and clip.emotion for clip in corpus.clips)
