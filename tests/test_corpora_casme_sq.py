"""CAS(ME)^2: a small copy with every quirk of the real one, its options, and copies that look otherwise."""

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
from unimer.corpora import recognise
from unimer.errors import InputError, SettingsError
from unimer.records import AULabel, Clip, FrameMark, FrameSource
from unimer.resources import load_yaml
from unimer.synth.layouts.base import Cell, write_workbook
from unimer.synth.layouts.casme_sq import CODING, FRAMES, MACRO, MICRO, TRAPS, VIDEOS, Event

tree = trap_fixture("casme_sq", "corpus")


def write_sheet(path: Path, events: list[Event]) -> None:
    """Only the first sheet, as csv copies have it."""
    write_workbook(path, {"CASMEcode_final": [list(event) for event in events]})


def test_a_clip_in_full(tree: Path) -> None:
    corpus = read_corpus("casme_sq", tree)
    assert corpus.clips[0] == Clip(
        id="casme_sq/s15/disgust1_998",
        corpus="casme_sq",
        subject="s15",
        clip="disgust1_1",
        person="casme_sq/s15",
        expression="micro",
        frames=FrameSource(kind="folder", path="rawpic/s15/15_0101disgustingteeth", first=998, last=1010),
        fps=30.0,
        onset=FrameMark(frame=998, origin="annotated"),
        apex=FrameMark(frame=1004, origin="annotated"),
        offset=FrameMark(frame=1010, origin="annotated"),
        au_raw="4",
        aus=[AULabel(au=4)],
        emotion_raw="negative",
        emotion="negative",
        emotion_coarse="negative",
        flags=["self_report:disgust"],
    )
    assert (corpus.rows, corpus.folders, corpus.version) == (8, 8, "recordings")
    assert corpus.sums == {"onset": 9622, "apex": 7977, "offset": 8754}
    assert list(corpus.annotations) == [CODING]


def test_all_rows(tree: Path) -> None:
    found = {
        name: (clip.expression, *marks(clip), units(clip.aus), clip.emotion_coarse, clip.flags)
        for name, clip in by_id(read_corpus("casme_sq", tree)).items()
    }
    disgust, joy = "self_report:disgust", "self_report:happiness"
    assert found == {
        "s15/disgust1_998": ("micro", "998", "1004", "1010", "4", "negative", [disgust]),
        "s15/disgust1_1012": (
            "macro", "1012", "1020", "1028 estimated", "4 10", "negative", [disgust, "offset.not_visible"],
        ),
        "s22/happy2_12": ("macro", "12", "20", "30", "6 12", "positive", ["self_report:happyiness"]),
        "s23/happy1_40": ("micro", "40", "45", "50", "12", "positive", ["folder.misfiled:s19", joy]),
        "s27/disgust1_1221": ("macro", "1221", "-", "1224", "4", "negative", [disgust, "apex.outside"]),
        "s31/happy2_2169": ("macro", "2169", "-", "2202", "6 12", "positive", [joy, "apex.outside"]),
        "s32/anger1_2407": ("macro", "2407", "-", "2451", "14", "others", ["self_report:helpless", "apex.outside"]),
        "s34/anger1_1763": ("macro", "1763", "-", "1787", "1 2", "surprise", ["self_report:surprise", "apex.missing"]),
    }  # fmt: skip


def test_recording_without_an_expression(tree: Path) -> None:
    corpus = read_corpus("casme_sq", tree)
    text = f"rawpic/s40/40_0508funnydunkey has no row in {CODING}"
    assert refused(corpus) == [("s40/40_0508funnydunkey", "clip.orphan", text)]
    assert balanced(corpus)


def test_an_offset_that_was_not_visible(tree: Path) -> None:
    name = "s15/disgust1_1012"
    apex = by_id(read_corpus("casme_sq", tree, missing_offset="apex"))[name]
    assert marks(apex) == ("1012", "1020", "1020 estimated")
    assert (apex.frames.first, apex.frames.last) == (1012, 1020)
    dropped = read_corpus("casme_sq", tree, missing_offset="drop")
    assert (name, "offset.missing") in [(clip, code) for clip, code, _ in refused(dropped)]
    assert balanced(dropped)


def test_other_options(tree: Path) -> None:
    middle = by_id(read_corpus("casme_sq", tree, missing_apex="midpoint"))
    assert [marks(middle[name])[1] for name in ("s34/anger1_1763", "s27/disgust1_1221")] == [
        "1775 midpoint",
        "1222 midpoint",
    ]
    dropped = read_corpus("casme_sq", tree, missing_apex="drop")
    assert [code for _, code, _ in refused(dropped)].count("apex.missing") == 4
    assert len(read_corpus("casme_sq", tree, expressions=["macro"]).clips) == 6
    left = read_corpus("casme_sq", tree, drop=["folder.misfiled"])
    assert ("s23/happy1_40", "flag.dropped") in [(clip, code) for clip, code, _ in refused(left)]
    for level in ("none", "official", "community"):
        assert read_corpus("casme_sq", tree, corrections=level).clips == read_corpus("casme_sq", tree).clips
    with pytest.raises(SettingsError, match="casme_sq has no version '2'"):
        read_corpus("casme_sq", tree, version="2")


# --- Where things lie, and other copies ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pack", "name"),
    [
        ("rawpic/rawpic", "img{:03d}.jpg"),
        ("rawpic_crop", "img{:03d}.jpg"),
        ("CASME_2_longVideoFaceCropped/longVideoFaceCropped", "img_{}.jpg"),
        (".", "img_{}.jpg"),
    ],
)
def test_packs_of_recordings(tree: Path, tmp_path: Path, pack: str, name: str) -> None:
    for folder, numbers in FRAMES.items():
        empty_frames(tmp_path / pack / folder, numbers, name)
    shutil.copy(tree / CODING, tmp_path / "CAS(ME)^2code_final(Updated).xlsx")
    corpus = read_corpus("casme_sq", tmp_path)
    assert {name: marks(clip) for name, clip in by_id(corpus).items()} == {
        name: marks(clip) for name, clip in by_id(read_corpus("casme_sq", tree)).items()
    }
    place = "s15/15_0101disgustingteeth"
    assert corpus.clips[0].frames.path == (place if pack == "." else f"{pack}/{place}")


@pytest.mark.parametrize(
    ("pack", "subject", "name"),
    [("selectedpic/selectedpic", "s{}", "img{}.jpg.jpg"), ("cropped/cropped", "{}", "img{}.jpg")],
)
def test_packs_of_cut_expressions(tree: Path, tmp_path: Path, pack: str, subject: str, name: str) -> None:
    """The offset that was not visible lies behind the last frame that was cut out."""
    root = tmp_path / "x"
    known = load_yaml("data/casme_sq.yaml")["subjects"]
    for number, clip, onset, apex, offset, *_ in TRAPS:
        folder = root / pack / subject.format(known[number][1:]) / clip
        empty_frames(folder, range(onset, max(apex, offset) + 1), name)
    shutil.copy(tree / CODING, root / CODING)
    corpus = read_corpus("casme_sq", root)
    assert recognise(root) == ["casme_sq"]
    assert list(by_id(corpus)) == list(by_id(read_corpus("casme_sq", tree)))
    assert corpus.clips[0].frames == FrameSource(kind="folder", path=f"{pack}/{subject.format(15)}/disgust1_1")
    assert marks(by_id(corpus)["s15/disgust1_1012"])[2] == "1020 estimated"
    assert (corpus.version, corpus.rejections) == ("cut expressions", [])
    assert balanced(corpus)


def test_recordings_come_before_cut_expressions(tree: Path, tmp_path: Path) -> None:
    shutil.copytree(tree, tmp_path, dirs_exist_ok=True)
    empty_frames(tmp_path / "selectedpic/s15/disgust1_1", range(998, 1011), "img{}.jpg")
    empty_frames(tmp_path / "longVideoFaceCropped/s15/15_0101disgustingteeth", range(1, 2000), "img_{}.jpg")
    assert read_corpus("casme_sq", tmp_path).clips == read_corpus("casme_sq", tree).clips
    shutil.rmtree(tmp_path / "rawpic")
    only = read_corpus("casme_sq", tmp_path)
    assert only.clips[0].frames.path == "longVideoFaceCropped/s15/15_0101disgustingteeth"


def test_a_recording_in_two_subjects_folders(tree: Path, tmp_path: Path) -> None:
    shutil.copytree(tree, tmp_path, dirs_exist_ok=True)
    shutil.copytree(tmp_path / "rawpic/s19", tmp_path / "rawpic/s23")
    corpus = read_corpus("casme_sq", tmp_path)
    clip = by_id(corpus)["s23/happy1_40"]
    assert (clip.frames.path, clip.flags) == ("rawpic/s23/23_0502funnyerrors", ["self_report:happiness"])
    text = "rawpic/s19/23_0502funnyerrors: another folder holds the same clip"
    assert ("s23/23_0502funnyerrors", "clip.orphan", text) in refused(corpus)
    assert balanced(corpus)


def test_a_copy_as_csv_with_a_header(tree: Path, tmp_path: Path) -> None:
    """No naming rules, a file of another name."""
    lines = ["Subject,Code,Onset,Apex,Offset,AU,Emotion,Type,Self-report"]
    lines += [",".join(str(cell) for cell in event) for event in TRAPS]
    (tmp_path / "code_final.csv").write_text("\n".join(lines), encoding="utf-8")
    corpus = read_corpus("casme_sq", tree, annotations=str(tmp_path / "code_final.csv"))
    assert corpus.clips == read_corpus("casme_sq", tree).clips


def test_the_naming_rules_of_a_copy_win(tree: Path, tmp_path: Path) -> None:
    rules: list[list[Cell]] = [[15, "s15", 30]]
    videos: list[list[Cell]] = [[101, "teeth1"], ["0101", "disgust2"]]
    row: list[Cell] = [30, "disgust2_7", 998, 1004, 1010, 4, "negative", MICRO, "disgust"]
    write_workbook(tmp_path / CODING, {"a": [row], "b": rules, "c": videos})
    corpus = read_corpus("casme_sq", tree, annotations=str(tmp_path / CODING))
    assert list(by_id(corpus)) == ["s15/disgust2_998"]
    assert corpus.clips[0].frames.path == "rawpic/s15/15_0101disgustingteeth"


def test_rows_that_cannot_be_used(tree: Path, tmp_path: Path) -> None:
    bad: list[list[Cell]] = [
        list(TRAPS[0]),
        [23, "disgust1_1", 998, 1004, 1010, 4, "negative", MICRO, "disgust"],
        [1, "sad1_1", 998, 1004, 1010, 4, "negative", MICRO, "disgust"],
        [1, "disgust1_3", 998, 1004, 1010, 4, "negative", "?", "disgust"],
        [1, "disgust2_1", 998, 1004, 1010, 4, "negative", MICRO, "disgust"],
        [1, "disgust1_4", None, 1004, 1010, 4, "negative", MICRO, "disgust"],
        [17, "anger1_1", 1763, 0, 0, 4, "negative", MICRO, "disgust"],
        [1, "disgust1_9", 998, 1004, 1010, 4, "negative", MICRO, "disgust"],
    ]
    write_workbook(tmp_path / CODING, {"CASFEcode_final": bad})
    corpus = read_corpus("casme_sq", tree, annotations=str(tmp_path / CODING))
    assert len(corpus.clips) == 1
    invalid, kind = "annotation.invalid", f"type '{MICRO}'"
    unknown = "one of them is missing, or the naming rules do not know it"
    assert [each for each in refused(corpus) if each[1] != "clip.orphan"] == [
        ("unknown/disgust1_1", invalid, f"{CODING}, row 2: subject '23', clip 'disgust1_1', {kind}: {unknown}"),
        ("s15/sad1_1", invalid, f"{CODING}, row 3: subject '1', clip 'sad1_1', {kind}: {unknown}"),
        ("s15/disgust1_3", invalid, f"{CODING}, row 4: subject '1', clip 'disgust1_3', type '?': {unknown}"),
        ("s15/disgust2_998", "frames.missing", f"{CODING}, row 5: no folder s15/0102"),
        ("s15/disgust1_4", invalid, f"{CODING}, row 6: no onset or offset"),
        ("s34/anger1_1763", invalid, f"{CODING}, row 7: no apex, and no onset or no offset"),
        ("s15/disgust1_998", "clip.duplicate", f"{CODING}, row 8: {CODING}, row 1 has this id already"),
    ]  # fmt: skip
    assert corpus.rows == 8


def test_a_folder_of_something_else(tree: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no folders like s15/15_0101disgustingteeth or s15/disgust1_1 here"):
        read_corpus("casme_sq", tmp_path)
    empty_frames(tmp_path / "x/s15/15_0101disgustingteeth", [1, 2, 3], "img{:03d}.jpg")
    shutil.copy(tree / "CAS(ME)^2blink-code.xlsx", tmp_path / "x")
    with pytest.raises(InputError, match=r"no coding file \(CAS\(ME\)\^2code_final.xlsx\) here"):
        read_corpus("casme_sq", tmp_path / "x")
    with pytest.raises(InputError, match="no row of the first sheet has an expression such as anger1_1"):
        read_corpus("casme_sq", tmp_path / "x", annotations="CAS(ME)^2blink-code.xlsx")


def published() -> list[Event]:
    """As many rows of each kind as the real file has, with its sums: 44 offsets and one apex are 0."""
    counts = {
        MACRO: {"negative": 105, "others": 63, "positive": 116, "surprise": 16},
        MICRO: {"negative": 21, "others": 19, "positive": 8, "surprise": 9},
    }
    classes = [(kind, word) for kind, words in counts.items() for word, count in words.items() for _ in range(count)]
    apexes = spread(527975, 356)
    apexes.insert(100, 0)
    columns = zip(spread(525228, 357), apexes, [0.0] * 44 + spread(477953, 313), classes, strict=True)
    rows: list[Event] = []
    for at, (onset, apex, offset, (kind, word)) in enumerate(columns):
        recording = at % 95
        name = f"{list(VIDEOS)[recording // 22]}_{at // 95 + 1}"
        # Expressions of one recording begin one after another; the shifts add up to 0.
        begin = int(onset) + round((at - 178) / 20)
        rows.append((recording % 22 + 1, name, begin, int(apex), int(offset), 4, word, kind, "disgust"))
    return rows


def test_published_counts(tmp_path: Path) -> None:
    """A copy with the published classes, recordings and sums has no difference; one row less has."""
    rows = published()
    subjects = load_yaml("data/casme_sq.yaml")["subjects"]
    for number, clip, *_ in rows:
        folder = f"{subjects[number]}/{subjects[number][1:]}_{VIDEOS[clip.split('_')[0]]}"
        if not (tmp_path / "rawpic" / folder).exists():
            empty_frames(tmp_path / "rawpic" / folder, range(1450, 1550, 3), "img{:03d}.jpg")
    write_sheet(tmp_path / CODING, rows)
    assert differing("casme_sq", tmp_path) == []
    assert len([clip for clip in read_corpus("casme_sq", tmp_path).clips if "offset.not_visible" in clip.flags]) == 44
    write_sheet(tmp_path / CODING, rows[:-1])
    assert differing("casme_sq", tmp_path) == [
        "clips", "expression micro", "coarse surprise", "frame sums onset", "frame sums apex", "frame sums offset",
    ]  # fmt: skip


def test_rendered_clips_are_read_back(tmp_path: Path) -> None:
    corpus = check_rendered("casme_sq", tmp_path / "x", clips=4, subjects=1)
    assert len({clip.frames.path for clip in corpus.clips}) == 2
    assert {clip.person for clip in corpus.clips} == {"casme_sq/s15"}
    assert all(clip.emotion_coarse == clip.emotion_raw for clip in corpus.clips)
