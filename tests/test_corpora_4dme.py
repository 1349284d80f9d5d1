"""Reader ``4dme`` on a tree with every known quirk."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.helpers_corpora import check_rendered, flags, read_corpus, refused, short, trap_fixture
from unimer.errors import InputError, SettingsError
from unimer.inspection import inspect
from unimer.records import AULabel, Clip, FrameMark, FrameSource
from unimer.settings import CorpusSettings
from unimer.synth.layouts.base import Cell, write_workbook
from unimer.synth.layouts.fourdme import CODING, EXTRAS, HEADER, TRAPS

tree = trap_fixture("4dme")


def test_every_clip(tree: Path) -> None:
    corpus = read_corpus("4dme", tree)
    assert corpus.clips[1] == Clip(
        id="4dme/S13/S13_1st_002_01_1",
        corpus="4dme",
        subject="S13",
        clip="S13_1st_002_01_1",
        person="4dme/S13",
        frames=FrameSource(kind="folder", path="gray_micro/S13/S13_1st_002_01_1"),
        fps=None,
        onset=FrameMark(frame=31, origin="annotated"),
        apex=FrameMark(frame=38, origin="annotated"),
        offset=FrameMark(frame=50, origin="annotated"),
        au_raw="AU4(k)+L7",
        aus=[AULabel(au=7, side="left")],
        emotion_raw="Negative",
        emotion="negative",
        emotion_coarse="negative",
        flags=["au.excluded:4"],
    )
    assert [short(clip) for clip in corpus.clips] == [
        ("4dme/S13/S13_1st_001_01_1", "2470 2490 2510", "1+2", None, None),
        ("4dme/S13/S13_1st_002_01_1", "31 38 50", "L7", "negative", "negative"),
        ("4dme/S04/S04_1st_01_01_1", "9 16 24", "R2+45", None, "negative"),
        ("4dme/S15/S15_1st_003_01_1", "5 9 15", "4", "positive", "positive"),
        ("4dme/S15/S15_1st_003_02_1", "40 46 55", "4", "negative", "negative"),
    ]
    assert [clip.emotion_raw for clip in corpus.clips][:3] == ["Surprise+Positive", "Negative", "Negative+Repression"]
    assert flags(corpus) == {
        "S13/S13_1st_001_01_1": ["emotion.several:Surprise+Positive"],
        "S13/S13_1st_002_01_1": ["au.excluded:4"],
        "S04/S04_1st_01_01_1": ["au.excluded:12", "emotion.several:Negative+Repression"],
        "S15/S15_1st_003_01_1": ["emotion.columns_differ:negative"],
        "S15/S15_1st_003_02_1": ["emotion.columns_differ:positive", "au.columns_differ:6+12"],
    }
    assert refused(corpus) == [
        ("4dme/unknown/row-7", "annotation.invalid", f"{CODING}, row 7: no subject or clip"),
        ("4dme/S16/S16_1st_001_01_1", "clip.orphan", f"gray_micro/S16/S16_1st_001_01_1 has no row in {CODING}"),
    ]
    assert (corpus.rows, corpus.folders, corpus.version) == (6, 6, "release v1")
    assert list(corpus.annotations) == [CODING], "the file of self-reports is none"


def test_kept_aus_can_count(tree: Path) -> None:
    """AUs that the columns of 0 and 1 count are the same with and without them."""
    kept = read_corpus("4dme", tree, au_kept=True)
    assert [short(clip)[2] for clip in kept.clips][:3] == ["1+2", "4+L7", "R2+12+45"]
    assert "au.excluded:4" not in flags(kept).get("S13/S13_1st_002_01_1", [])


def test_contradictory_rows_can_be_left_out(tree: Path) -> None:
    corpus = read_corpus("4dme", tree, drop=["emotion.columns_differ", "emotion.several"])
    assert [clip.clip for clip in corpus.clips] == ["S13_1st_002_01_1"]
    assert [each[1] for each in refused(corpus)].count("flag.dropped") == 4


@pytest.mark.parametrize("corrections", ["none", "official", "community"])
def test_no_correction_has_a_key(tree: Path, corrections: str) -> None:
    assert read_corpus("4dme", tree, corrections=corrections).clips == read_corpus("4dme", tree).clips


def test_packs_and_roots(tree: Path, tmp_path: Path) -> None:
    crop = read_corpus("4dme", tree / "gray_micro_crop")
    assert crop.clips[0].frames.path == "S13/S13_1st_001_01_1"
    assert list(crop.annotations) == [CODING], "the file beside the root"
    shutil.copytree(tree / "gray_micro_crop", tmp_path / "7" / "gray_micro_crop" / "gray_micro_crop")
    shutil.copy(tree / CODING, tmp_path / "7")
    nested = read_corpus("4dme", tmp_path / "7")
    assert nested.clips[0].frames.path == "gray_micro_crop/gray_micro_crop/S13/S13_1st_001_01_1"


def test_folders_of_clips_side_by_side_and_numeric_subjects(tree: Path, tmp_path: Path) -> None:
    """As the older private copy; sub_ID as a number and trailing apostrophes in the header, as in the extras."""
    for subject, clip, *_ in TRAPS:
        shutil.copytree(tree / "gray_micro" / subject / clip, tmp_path / "gray_micro_register_final" / clip)
    cells = [[int(t[0][1:]), t[1], t[2], *t[3:7]] for t in TRAPS]
    header: list[Cell] = ["sub_ID'", "fold_name'", "Emotion", "Onset ", "Apex", "Offset", "AUs"]
    write_workbook(tmp_path / CODING, {"Sheet1": [header, *cells]})
    corpus = read_corpus("4dme", tmp_path)
    assert [short(clip) for clip in corpus.clips] == [short(clip) for clip in read_corpus("4dme", tree).clips]
    assert corpus.rejections == []
    assert flags(corpus)["S13/S13_1st_002_01_1"] == ["au.excluded:4"], "without columns of 0 and 1 nothing differs"


def test_subject_folders_that_are_numbers(tree: Path, tmp_path: Path) -> None:
    shutil.copytree(tree / "gray_micro" / "S13", tmp_path / "gray_micro" / "13")
    shutil.copy(tree / CODING, tmp_path)
    corpus = read_corpus("4dme", tmp_path)
    assert [clip.id for clip in corpus.clips] == ["4dme/S13/S13_1st_001_01_1", "4dme/S13/S13_1st_002_01_1"]


def test_bad_input(tree: Path, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="4dme has no versions"):
        read_corpus("4dme", tree, version="2")
    with pytest.raises(InputError, match="no frame folders like S13/S13_1st_001_01_1 here"):
        read_corpus("4dme", tmp_path)
    with pytest.raises(InputError, match=r"the column 'onset' is missing"):
        read_corpus("4dme", tree, annotations=str(tree / EXTRAS))
    shutil.copytree(tree, tmp_path / "x")
    (tmp_path / "x" / CODING).unlink()
    with pytest.raises(InputError, match=r"no coding file \(4DME_Labelling_Micro_release v1.xlsx\) here"):
        read_corpus("4dme", tmp_path / "x")
    older: list[Cell] = ["sub_ID'", "video_number'", "Onset", "Apex", "Offset", "AUs", "Emotion"]
    write_workbook(tmp_path / "older.xlsx", {"Sheet1": [older, ["S13", 1, 1, 2, 3, "AU4", "Negative"]]})
    with pytest.raises(InputError, match=r"older.xlsx, row 1: the column 'clip' is missing"):
        read_corpus("4dme", tree, annotations=str(tmp_path / "older.xlsx"))


def test_published_count(tmp_path: Path) -> None:
    rows: list[list[Cell]] = [HEADER]
    for number in range(267):
        subject = f"S{number % 40 + 1:02d}"
        clip = f"{subject}_1st_{number:03d}_01_1"
        place = tmp_path / "gray_micro" / subject / clip
        place.mkdir(parents=True)
        for frame in (10, 20, 30):
            (place / f"{frame}.jpg").touch()
        rows.append([subject, clip, "Others", 10, 20, 30, "AU4"])
    write_workbook(tmp_path / CODING, {"Sheet1": rows})
    found = inspect(CorpusSettings(corpus="4dme", root=str(tmp_path)))
    assert (found.version, found.findings, found.clips) == ("release v1", 0, 267)


def test_rendered(tmp_path: Path) -> None:
    check_rendered("4dme", tmp_path)
