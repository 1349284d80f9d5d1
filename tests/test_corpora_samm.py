"""SAMM: a small copy with every quirk of the real one, its options, and copies that look otherwise."""

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
from unimer.synth.layouts.base import write_workbook
from unimer.synth.layouts.samm import CODING, TRAPS, Event, rows_of

EMOTIONS = {
    "Anger": 57, "Other": 26, "Happiness": 26, "Surprise": 15, "Contempt": 12, "Disgust": 9, "Fear": 8, "Sadness": 6,
}  # fmt: skip
CLASSES = {7: 84, 1: 24, 3: 20, 2: 13, 4: 8, 6: 7, 5: 3}
CLIPS_OF = (
    "006:11 007:10 009:4 010:4 011:20 012:3 013:6 014:11 015:3 016:5 017:6 018:4 019:3 020:9 021:2 022:5 023:1 024:1 "
    "025:4 026:13 028:3 030:3 031:1 032:6 033:5 034:3 035:9 036:1 037:3"
)

tree = trap_fixture("samm", "corpus")


def test_the_first_clip_in_full(tree: Path) -> None:
    corpus = read_corpus("samm", tree)
    assert corpus.clips[0] == Clip(
        id="samm/006/006_1_2",
        corpus="samm",
        subject="006",
        clip="006_1_2",
        person="samm/006",
        frames=FrameSource(kind="folder", path="SAMM/006/006_1_2"),
        fps=200.0,
        onset=FrameMark(frame=5562, origin="annotated"),
        apex=FrameMark(frame=5588, origin="annotated"),
        offset=FrameMark(frame=5632, origin="annotated"),
        au_raw="4+7",
        aus=[AULabel(au=4), AULabel(au=7)],
        emotion_raw="Anger",
        emotion="anger",
        emotion_coarse="negative",
        objective_class=3,
    )
    assert (corpus.rows, corpus.folders, corpus.version) == (8, 9, "v2")
    assert corpus.sums == {"onset": 20828, "apex": 18009, "offset": 21253}
    assert list(corpus.annotations) == [CODING]


def test_all_rows(tree: Path) -> None:
    found = {
        name: (*marks(clip), units(clip.aus), clip.emotion, clip.objective_class, clip.flags)
        for name, clip in by_id(read_corpus("samm", tree)).items()
    }
    assert found == {
        "006/006_1_2": ("5562", "5588", "5632", "4 7", "anger", 3, []),
        "007/007_6_1": ("412", "430", "470", "R6? R12? R15", "others", 7, []),
        "009/009_3_1": ("3577", "3590", "3610", "12", "happiness", 1, []),
        "014/014_5_2": ("120", "131", "150", "R14A? 17A? 24A?", "contempt", 7, []),
        "017/017_3_3": ("64", "70", "80", "12 15", "sadness", 6, []),
        "028/028_4_1": ("1071", "-", "1134", "12 7", "others", 7, ["apex.outside"]),
        "032/032_3_1": ("4896", "-", "4970", "R14 17", "surprise", 2, ["apex.outside", "au.unparsed:soft focus"]),
        "032/032_3_2": ("5126", "5127", "5207", "18 39", "fear", 7, []),
    }


def test_folder_without_a_row(tree: Path) -> None:
    corpus = read_corpus("samm", tree)
    assert refused(corpus) == [("008/008_1_1", "clip.orphan", f"SAMM/008/008_1_1 has no row in {CODING}")]
    assert balanced(corpus)


@pytest.mark.parametrize("level", ["none", "official", "community"])
def test_corrections(tree: Path, level: str) -> None:
    """There are no official ones."""
    clips = by_id(read_corpus("samm", tree, corrections=level))
    names = ("028/028_4_1", "032/032_3_1", "032/032_3_2")
    apexes = [(clips[name].apex.frame, clips[name].apex.origin) for name in names]
    community = [(1105, "corrected"), (4930, "corrected"), (5130, "corrected")]
    assert apexes == (
        community if level == "community" else [(None, "missing"), (None, "missing"), (5127, "annotated")]
    )
    corrected = [name for name, clip in clips.items() if "apex.corrected:community" in clip.flags]
    assert corrected == (list(names) if level == "community" else [])


def test_options(tree: Path) -> None:
    middle = by_id(read_corpus("samm", tree, missing_apex="midpoint"))
    assert marks(middle["028/028_4_1"])[1] == "1102 midpoint"
    dropped = read_corpus("samm", tree, missing_apex="drop")
    assert [(name, code) for name, code, _ in refused(dropped)] == [
        ("028/028_4_1", "apex.missing"),
        ("032/032_3_1", "apex.missing"),
        ("008/008_1_1", "clip.orphan"),
    ]
    assert balanced(dropped)
    first = by_id(read_corpus("samm", tree, au_alternatives="first"))
    assert units(first["007/007_6_1"].aus) == "R6 R15"
    assert units(by_id(read_corpus("samm", tree, au_alternatives="none"))["007/007_6_1"].aus) == "R15"
    with pytest.raises(SettingsError, match=r"samm has no version 'v1'\n  Leave `version` out"):
        read_corpus("samm", tree, version="v1")


def test_the_person_stays_the_same_under_another_name(tree: Path) -> None:
    clip = read_corpus("samm", tree, name="mine").clips[0]
    assert (clip.id, clip.person) == ("mine/006/006_1_2", "samm/006")


# --- Where things lie, and other copies ------------------------------------------------------------------------------


def test_crops_are_only_taken_where_they_are_wanted(tree: Path) -> None:
    crops = read_corpus("samm", tree / "SAMM_CROP")
    assert crops.clips[0].frames.path == "006/006_1_2"
    assert (len(crops.clips), crops.rejections) == (8, [])


@pytest.mark.parametrize("pack", ["SAMM/SAMM", ".", "frames"])
def test_nesting(tree: Path, tmp_path: Path, pack: str) -> None:
    shutil.copytree(tree / "SAMM", tmp_path / pack, dirs_exist_ok=True)
    shutil.copy(tree / CODING, tmp_path / "SAMM_20181215_Micro_FACS_Codes_v2.xlsx")
    corpus = read_corpus("samm", tmp_path)
    assert [clip.flags for clip in corpus.clips] == [clip.flags for clip in read_corpus("samm", tree).clips]
    assert corpus.clips[0].frames.path == ("006/006_1_2" if pack == "." else f"{pack}/006/006_1_2")


def test_a_copy_as_csv_without_a_preamble(tree: Path, tmp_path: Path) -> None:
    """Subjects have lost their zeros, columns have other names, the duration is not there."""
    lines = ["Subject,Filename,Onset,Apex,Offset,AU,Emotion,Objective Classes"]
    for name, onset, apex, offset, aus, emotion, objective, _ in TRAPS:
        lines.append(f'{int(name[:3])},{name},{onset}.0,{apex},{offset},"{aus}",{emotion},{objective}.0')
    (tmp_path / "SAMM.csv").write_text("\n".join(lines), encoding="utf-8")
    corpus = read_corpus("samm", tree, annotations=str(tmp_path / "SAMM.csv"))
    assert corpus.clips == read_corpus("samm", tree).clips


def test_rows_that_cannot_be_used(tree: Path, tmp_path: Path) -> None:
    events: list[Event] = [
        TRAPS[0],
        ("006_9_9", 1, 2, 3, 4, "Anger", 1, None),
        ("009_3_1", 3610, 3600, 3590, 12, "Happiness", 1, None),
        TRAPS[0],
    ]
    rows = rows_of(events)
    rows[-2][3] = "early"
    rows.append([None, "009_3_2", 1, 1, 2, 3])
    write_workbook(tmp_path / CODING, {"MICRO_ONLY": rows})
    corpus = read_corpus("samm", tree, annotations=str(tmp_path / CODING))
    assert [clip.id for clip in corpus.clips] == ["samm/006/006_1_2"]
    assert refused(corpus)[:3] == [
        ("006/006_9_9", "frames.missing", f"{CODING}, row 16: no folder 006/006_9_9"),
        ("009/009_3_1", "annotation.invalid", f"{CODING}, row 17: onset is 'early', not a frame number"),
        ("unknown/009_3_2", "annotation.invalid", f"{CODING}, row 19: no subject or clip"),
    ]
    assert refused(corpus)[-1][:2] == ("006/006_1_2", "clip.duplicate")
    assert corpus.rows == 5
    assert balanced(corpus)


def test_a_folder_of_something_else(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no frame folders like 006/006_1_2 here"):
        read_corpus("samm", tmp_path)
    empty_frames(tmp_path / "x/006/006_1_2", [1, 2, 3], "006_{:05d}.jpg")
    (tmp_path / "x" / "SAMM_LongVideos_V3_Release.xlsx").touch()
    with pytest.raises(InputError, match=r"no coding file \(SAMM_Micro_FACS_Codes_v2.xlsx\) here"):
        read_corpus("samm", tmp_path / "x")


def test_published_counts(tmp_path: Path) -> None:
    """A copy with the published classes, subjects and sums has no difference; one row less has."""
    emotions = [word for word, count in EMOTIONS.items() for _ in range(count)]
    classes = [number for number, count in CLASSES.items() for _ in range(count)]
    names = [
        f"{subject}_1_{nth + 1}"
        for subject, count in (entry.split(":") for entry in CLIPS_OF.split())
        for nth in range(int(count))
    ]
    columns = [[int(value) for value in spread(total, 159)] for total in (517825, 520114, 529482)]
    events: list[Event] = [
        (name, onset, apex, offset, 4, emotion, objective, None)
        for name, onset, apex, offset, emotion, objective in zip(names, *columns, emotions, classes, strict=True)
    ]
    for name, onset, apex, offset, *_ in events:
        empty_frames(tmp_path / name[:3] / name, (onset, apex, offset), f"{name[:3]}_{{:05d}}.jpg")
    write_workbook(tmp_path / CODING, {"MICRO_ONLY": rows_of(events)})
    assert differing("samm", tmp_path) == []
    write_workbook(tmp_path / CODING, {"MICRO_ONLY": rows_of(events[1:])})
    assert differing("samm", tmp_path) == [
        "clips", "emotion anger", "objective class 7", "frame sums onset", "frame sums apex", "frame sums offset",
    ]  # fmt: skip


def test_rendered_clips_are_read_back(tmp_path: Path) -> None:
    corpus = check_rendered("samm", tmp_path / "x")
    assert {clip.person for clip in corpus.clips} == {"samm/006", "samm/007"}
    assert {clip.emotion_raw for clip in corpus.clips} <= set(EMOTIONS)
