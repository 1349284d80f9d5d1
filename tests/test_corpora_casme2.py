from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable
from pathlib import Path

import openpyxl
import pytest

from tests.casme2_fixture import HEADER, ROWS, Row, write_casme2, write_coding, write_frames
from tests.helpers_corpora import refused
from unimer.corpora import Corpus, names, read
from unimer.errors import InputError, SettingsError
from unimer.records import AULabel, Clip, FrameMark, FrameSource
from unimer.settings import CorpusSettings


def casme2(root: Path, **changes: object) -> Corpus:
    return read(CorpusSettings.model_validate({"corpus": "casme2", "root": str(root), **changes}))


def by_name(corpus: Corpus) -> dict[str, Clip]:
    return {f"{clip.subject}/{clip.clip}": clip for clip in corpus.clips}


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Read only."""
    return write_casme2(tmp_path_factory.mktemp("casme2"))


def test_the_first_clip_in_full(tree: Path) -> None:
    corpus = casme2(tree)
    coding = tree / "CASME2-coding-20140508.xlsx"
    assert (corpus.name, corpus.root) == ("casme2", tree)
    assert corpus.annotations == {coding.name: hashlib.sha256(coding.read_bytes()).hexdigest()}
    assert corpus.clips[0] == Clip(
        id="casme2/sub01/EP02_01f",
        corpus="casme2",
        subject="sub01",
        clip="EP02_01f",
        frames=FrameSource(kind="folder", path="Cropped/Cropped/sub01/EP02_01f"),
        fps=200.0,
        onset=FrameMark(frame=46, origin="annotated"),
        apex=FrameMark(frame=59, origin="annotated"),
        offset=FrameMark(frame=86, origin="annotated"),
        au_raw="12",
        aus=[AULabel(au=12)],
        emotion_raw="happiness",
        emotion="happiness",
        emotion_coarse="positive",
        flags=[],
    )
    assert corpus.clips[1].aus == [AULabel(au=4), AULabel(au=10, side="left")]
    assert [clip.id for clip in corpus.clips] == [f"casme2/sub{row[0]}/{row[1]}" for row in ROWS]


def test_folder_without_a_row_is_reported(tree: Path) -> None:
    message = "Cropped/Cropped/sub09/EP02_02f has no row in CASME2-coding-20140508.xlsx"
    assert refused(casme2(tree)) == [("casme2/sub09/EP02_02f", "clip.orphan", message)]
    assert casme2(tree).rejections[0].stage == "read"


def test_question_mark_is_an_unknown_au(tree: Path) -> None:
    clip = by_name(casme2(tree))["sub05/EP05_03"]
    assert (clip.au_raw, clip.aus, clip.flags) == ("?", [], ["au.unknown"])


def test_other_and_others_are_one_emotion(tree: Path) -> None:
    clip = by_name(casme2(tree))["sub05/EP16_04f"]
    assert (clip.emotion_raw, clip.emotion, clip.emotion_coarse) == ("Other", "others", "others")


@pytest.mark.parametrize("corrections", ["none", "official"])
def test_unusable_apexes_are_left_for_spotting(tree: Path, corrections: str) -> None:
    """There are no official corrections of CASME II."""
    clips = by_name(casme2(tree, corrections=corrections))
    assert {name: clip.flags for name, clip in clips.items() if clip.apex == FrameMark()} == {
        "sub04/EP12_01f": ["apex.missing"],
        "sub05/EP09_05f": ["apex.at_onset"],
        "sub05/EP16_04f": ["apex.at_offset"],
    }
    assert clips["sub07/EP06_01"].offset == FrameMark(frame=68, origin="annotated")


def test_midpoint_and_drop(tree: Path) -> None:
    clips = by_name(casme2(tree, missing_apex="midpoint"))
    assert clips["sub04/EP12_01f"].apex == FrameMark(frame=291, origin="midpoint")
    assert clips["sub05/EP09_05f"].apex == FrameMark(frame=96, origin="midpoint")
    assert clips["sub01/EP02_01f"].apex == FrameMark(frame=59, origin="annotated")
    dropped = casme2(tree, missing_apex="drop")
    assert len(dropped.clips) == len(ROWS) - 3
    text = "no usable apex is annotated and missing_apex is drop"
    assert ("casme2/sub05/EP16_04f", "apex.missing", f"CASME2-coding-20140508.xlsx, row 6: {text}") in refused(dropped)


def test_community_corrections(tree: Path) -> None:
    corrected = {
        name: (clip.apex.frame, clip.offset.frame, clip.flags)
        for name, clip in by_name(casme2(tree, corrections="community")).items()
        if any("corrected" in flag for flag in clip.flags)
    }
    assert corrected == {
        "sub04/EP12_01f": (279, 321, ["apex.corrected:community"]),
        "sub05/EP09_05f": (81, 123, ["apex.corrected:community"]),
        "sub05/EP16_04f": (166, 181, ["apex.corrected:community"]),
        "sub07/EP06_01": (78, 91, ["apex.corrected:community", "offset.corrected:community"]),
    }
    apex = by_name(casme2(tree, corrections="community"))["sub07/EP06_01"].apex
    assert apex == FrameMark(frame=78, origin="corrected")


def test_an_already_corrected_copy_is_left_alone(tmp_path: Path) -> None:
    """A public copy has 300 in place of the missing apex."""
    rows: list[Row] = [("04", "EP12_01f", 261, 300, 321, "R12", "others")]
    clip = casme2(write_casme2(tmp_path, rows), corrections="community").clips[0]
    assert (clip.apex, clip.flags) == (FrameMark(frame=300, origin="annotated"), [])


def test_marks_in_holes_snap(tmp_path: Path) -> None:
    rows: list[Row] = [("01", "EP02_01f", 46, 59, 86, 12, "happiness")]
    write_casme2(tmp_path, rows)
    for number in (46, 58, 59, 60, 85, 86):
        (tmp_path / "Cropped/Cropped/sub01/EP02_01f" / f"reg_img{number}.jpg").unlink()
    clip = casme2(tmp_path).clips[0]
    assert clip.onset == FrameMark(frame=47, origin="snapped")
    assert clip.apex == FrameMark(frame=57, origin="snapped")
    assert clip.offset == FrameMark(frame=84, origin="snapped")
    assert clip.flags == ["onset.snapped:46->47", "offset.snapped:86->84", "apex.snapped:59->57"]


def test_clips_that_cannot_be_used_are_rejected(tmp_path: Path) -> None:
    rows: list[Row] = [
        ("01", "EP02_01f", 46, 59, 86, 12, "happiness"),
        ("01", "EP03_02", 131, 190, 181, 4, "disgust"),
        ("02", "EP01_11f", 50, 40, 60, 4, "disgust"),
        ("03", "EP01_2", 90, 100, 80, 4, "disgust"),
        ("03", "EP07_03", 10, 20, 30, 4, "disgust"),
        ("03", "EP08_1", 10, 20, 30, 4, "disgust"),
        ("03", "EP09f", 10, "about 20", 30, 4, "disgust"),
        ("03", "EP18_06", 500, 510, 520, 4, "disgust"),
        ("01", "EP02_01f", 46, 60, 86, 12, "happiness"),
        ("", "EP02_01f", 46, 60, 86, 12, "happiness"),
    ]
    write_casme2(tmp_path, rows[:3])
    for clip in ("EP01_2", "EP09f", "EP18_06"):
        write_frames(tmp_path / "Cropped/Cropped/sub03" / clip, list(range(1, 101)))
    (tmp_path / "Cropped/Cropped/sub03/EP08_1").mkdir()
    write_coding(tmp_path / "CASME2-coding-20140508.xlsx", rows)
    corpus = casme2(tmp_path)
    assert {name: clip.flags for name, clip in by_name(corpus).items()} == {
        "sub01/EP02_01f": [],
        "sub01/EP03_02": ["apex.outside"],
        "sub02/EP01_11f": ["apex.outside"],
    }
    coding = "CASME2-coding-20140508.xlsx"
    assert sorted(refused(corpus)) == sorted(
        [
            ("casme2/sub03/EP01_2", "annotation.order", f"{coding}, row 5: the onset 90 is not before the offset 80"),
            ("casme2/sub03/EP07_03", "frames.missing", f"{coding}, row 6: no folder sub03/EP07_03"),
            ("casme2/sub03/EP08_1", "frames.empty", f"{coding}, row 7: Cropped/Cropped/sub03/EP08_1 holds no frame"),
            ("casme2/sub03/EP09f", "annotation.invalid", f"{coding}, row 8: apex is 'about 20', not a frame number"),
            (
                "casme2/sub03/EP18_06",
                "frames.outside",
                f"{coding}, row 9: annotated from 500 to 520, but the frames are 1 to 100",
            ),
            ("casme2/sub01/EP02_01f", "clip.duplicate", f"{coding}, row 10: {coding}, row 2 has this id already"),
            ("casme2/unknown/EP02_01f", "annotation.invalid", f"{coding}, row 11: no subject or clip"),
            (
                "casme2/sub09/EP02_02f",
                "clip.orphan",
                "Cropped/Cropped/sub09/EP02_02f has no row in CASME2-coding-20140508.xlsx",
            ),
        ]
    )


def test_missing_markers_in_label_cells(tmp_path: Path) -> None:
    rows: list[Row] = [
        ("01", "EP02_01f", 46, 59, 86, -1, "/"),
        ("01", "EP03_02", 131, 161, 181, "/", "disgust"),
    ]
    first, second = casme2(write_casme2(tmp_path, rows)).clips
    assert (first.au_raw, first.aus, first.emotion_raw, first.flags) == (None, [], None, [])
    assert (second.au_raw, second.aus, second.flags) == (None, [], [])


def test_apex_outside_the_clip(tmp_path: Path) -> None:
    """With the whole raw clip on disk the frames exist, but they are not of this expression."""
    rows: list[Row] = [
        ("01", "EP02_01f", 46, 20, 86, 12, "happiness"),
        ("01", "EP03_02", 131, 190, 181, 4, "disgust"),
    ]
    write_casme2(tmp_path, rows)
    for _, clip, *_ in rows:
        write_frames(tmp_path / "CASME2-RAW/sub01" / clip, list(range(1, 200)))
    for clip in casme2(tmp_path).clips:
        assert (clip.apex, clip.flags) == (FrameMark(), ["apex.outside"])


# --- Where things lie ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pack", "name"),
    [
        ("Cropped", "reg_img{}.jpg"),
        ("CASME2_RAW_selected", "img{}.jpg"),
        ("CASME2_RAW_selected/CASME2_RAW_selected", "img{:03}.jpg"),
        ("CASME2-RAW", "img{}.jpg"),
        ("CASME2-RAW/CASME2-RAW", "IMG{}.JPG"),
        (".", "img{}.png"),
    ],
)
def test_packs_and_nesting(tmp_path: Path, pack: str, name: str) -> None:
    corpus = casme2(write_casme2(tmp_path, pack=pack, name=name))
    assert len(corpus.clips) == len(ROWS)
    folder = "sub01/EP02_01f" if pack == "." else f"{pack}/sub01/EP02_01f"
    assert corpus.clips[0].frames.path == folder


def test_the_root_may_be_the_pack_itself(tree: Path) -> None:
    corpus = casme2(tree / "Cropped", annotations=str(tree / "CASME2-coding-20140508.xlsx"))
    assert corpus.clips[0].frames.path == "Cropped/sub01/EP02_01f"
    assert list(corpus.annotations) == ["CASME2-coding-20140508.xlsx"]
    assert casme2(tree / "Cropped").clips == corpus.clips, "the coding file beside the root is found"


def test_of_several_packs_the_raw_one_is_taken(tmp_path: Path) -> None:
    write_casme2(tmp_path)
    for subject, clip, _, _, offset, _, _ in ROWS:
        write_frames(tmp_path / "CASME2_RAW_selected" / f"sub{subject}" / clip, [offset])
        write_frames(tmp_path / "CASME2-RAW" / f"sub{subject}" / clip, list(range(1, 340)))
    assert casme2(tmp_path).clips[0].frames.path == "CASME2-RAW/sub01/EP02_01f"
    shutil.rmtree(tmp_path / "CASME2-RAW")
    (tmp_path / "CASME2_RAW_selected" / "sub01" / "EP02_01f" / "img46.jpg").write_bytes(b"")
    assert casme2(tmp_path).clips[0].frames.path == "CASME2_RAW_selected/sub01/EP02_01f"


def test_folder_names_match_in_any_case_and_may_be_nested(tmp_path: Path) -> None:
    rows: list[Row] = [("1", "EP02_01f", 46, 59, 86, 12, "happiness")]
    write_frames(tmp_path / "Cropped/Sub1/ep02_01F/EP02_01f", list(range(46, 87)))
    write_coding(tmp_path / "CASME2-coding-20140508.xlsx", rows)
    corpus = casme2(tmp_path)
    assert corpus.clips[0].id == "casme2/sub01/EP02_01f"
    assert corpus.clips[0].frames.path == "Cropped/Sub1/ep02_01F/EP02_01f"
    assert corpus.rejections == []


def test_two_series_in_a_folder_are_flagged(tmp_path: Path) -> None:
    write_casme2(tmp_path, ROWS[:1])
    write_frames(tmp_path / "Cropped/Cropped/sub01/EP02_01f", [50, 51], "img{}.jpg")
    assert casme2(tmp_path).clips[0].flags == ["frames.duplicate"]


def test_the_corpus_may_have_another_name(tree: Path) -> None:
    corpus = casme2(tree, name="mine", corrections="community")
    assert (corpus.name, corpus.clips[0].id, corpus.clips[0].corpus) == ("mine", "mine/sub01/EP02_01f", "mine")
    assert by_name(corpus)["sub05/EP09_05f"].flags == ["apex.corrected:community"]


# --- Coding files ----------------------------------------------------------------------------------------------------


def test_versions(tmp_path: Path) -> None:
    write_casme2(tmp_path)
    changed: list[Row] = [(*row[:5], "16+24", "surprise") for row in ROWS]
    write_coding(tmp_path / "CASME2-coding-20190701.xlsx", changed, objective=True)
    for version, emotion in ((None, "happiness"), ("2014", "happiness"), ("2019", "surprise")):
        corpus = casme2(tmp_path, version=version)
        assert corpus.clips[0].emotion == emotion
        assert list(corpus.annotations) == [f"CASME2-coding-{'20190701' if version == '2019' else '20140508'}.xlsx"]
    (tmp_path / "CASME2-coding-20140508.xlsx").unlink()
    assert casme2(tmp_path).clips[0].emotion == "surprise"
    with pytest.raises(InputError, match=r"the 2014 coding is not here, only the 2019 one .*20190701.xlsx") as error:
        casme2(tmp_path, version="2014")
    assert error.value.remedy == "Add CASME2-coding-20140508.xlsx or choose version 2019."
    shutil.move(tmp_path / "CASME2-coding-20190701.xlsx", tmp_path / "CASME2-coding.xlsx")
    assert casme2(tmp_path, version="2019").clips[0].emotion == "surprise", "known by its objective classes"


def edited_copies() -> Iterable[tuple[str, list[list[object]]]]:
    """The sheet as circulating copies have it."""
    data = [[row[0], row[1], *row[2:]] for row in ROWS]
    yield (
        "no blank columns",
        [["Subject", "Filename", "OnsetFrame", "ApexFrame ", "OffsetFrame", "AU", "emotion"], *data],
    )
    names = ["subject", "Filename", "Onset Frame", "Apex Frame", "OffsetFrame", "au", "emotion"]
    yield "other names and a preamble", [["CASME II"], [], ["all rights reserved", 2014], names, *data]
    yield "numeric subjects", [names, *[[int(str(row[0])), *row[1:]] for row in data]]
    yield "text numbers", [names, *[[f"{cell}.0" if isinstance(cell, int) else cell for cell in row] for row in data]]


@pytest.mark.parametrize(("what", "cells"), list(edited_copies()), ids=[what for what, _ in edited_copies()])
@pytest.mark.parametrize("suffix", [".xlsx", ".csv"])
def test_edited_copies_of_the_sheet(
    tree: Path, tmp_path: Path, what: str, cells: list[list[object]], suffix: str
) -> None:
    path = tmp_path / f"copy{suffix}"
    if suffix == ".csv":
        lines = [",".join(str(cell) for cell in row) for row in cells]
        path.write_text("\n".join(lines), encoding="utf-8-sig")
    else:
        book = openpyxl.Workbook()
        for row in cells:
            book.worksheets[0].append(row)
        book.save(path)
    assert casme2(tree, annotations=str(path)).clips == casme2(tree).clips, what


def test_corrections_need_the_published_onset(tmp_path: Path) -> None:
    rows: list[Row] = [("04", "EP12_01f", 260, "/", 321, "R12", "others")]
    assert casme2(write_casme2(tmp_path, rows), corrections="community").clips[0].flags == ["apex.missing"]


# --- Bad input -------------------------------------------------------------------------------------------------------


def test_unknown_reader_and_version(tree: Path) -> None:
    with pytest.raises(SettingsError, match=r"no reader is called 'casme9'\n  Readers: .*casme2, .*generic, .*video"):
        read(CorpusSettings(corpus="casme9", root=str(tree)))
    with pytest.raises(SettingsError, match=r"casme2 has no version '2020'\n  Versions: 2014, 2019"):
        casme2(tree, version="2020")
    assert {"casme2", "generic", "video"} <= set(names())


def test_root_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere: the corpus root does not exist"):
        casme2(tmp_path / "nowhere")


def test_root_is_a_file(tree: Path) -> None:
    with pytest.raises(InputError, match=r"CASME2-coding-20140508.xlsx: cannot be read: Not a directory"):
        casme2(tree / "CASME2-coding-20140508.xlsx")


@pytest.mark.parametrize("name", ["a/b", "..", ""])
def test_corpus_names_that_would_change_the_path(tree: Path, name: str) -> None:
    with pytest.raises(SettingsError, match=f"a corpus cannot be called '{name}'"):
        casme2(tree, name=name)


def test_empty_root(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no frame folders like sub01/EP02_01f here\n  `root` is the folder with"):
        casme2(tmp_path)


def test_missing_spreadsheet(tmp_path: Path) -> None:
    write_casme2(tmp_path / "casme2")
    (tmp_path / "casme2" / "CASME2-coding-20140508.xlsx").unlink()
    with pytest.raises(
        InputError, match=r"casme2: no coding file \(CASME2-coding-20140508.xlsx\) here\n  Put it there"
    ):
        casme2(tmp_path / "casme2")
    with pytest.raises(InputError, match=r"mine.xlsx: the annotation file does not exist"):
        casme2(tmp_path / "casme2", annotations="mine.xlsx")


def test_spreadsheet_without_a_column(tree: Path, tmp_path: Path) -> None:
    header = [None if cell == "ApexFrame" else cell for cell in HEADER]
    write_coding(tmp_path / "mine.xlsx", ROWS, header)
    with pytest.raises(InputError) as error:
        casme2(tree, annotations=str(tmp_path / "mine.xlsx"))
    assert str(error.value) == (
        f"{tmp_path}/mine.xlsx, row 1: the column 'apex' is missing (accepted names: apexframe, apex)\n"
        "  Columns found: subject, filename, onsetframe, offsetframe, actionunits, estimatedemotion"
    )


def test_spreadsheet_without_a_header_or_rows(tree: Path, tmp_path: Path) -> None:
    write_coding(tmp_path / "mine.xlsx", ROWS, [None] * 9)
    with pytest.raises(InputError, match="no header: none of the first 20 rows of any sheet has a column 'subject'"):
        casme2(tree, annotations=str(tmp_path / "mine.xlsx"))
    write_coding(tmp_path / "mine.xlsx", [])
    with pytest.raises(InputError, match=r"mine.xlsx, row 1: the table has a header but no rows"):
        casme2(tree, annotations=str(tmp_path / "mine.xlsx"))


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04 half a zip"])
def test_spreadsheet_that_is_none(tree: Path, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "mine.xlsx").write_bytes(content)
    with pytest.raises(InputError, match=r"mine.xlsx: cannot be read as a spreadsheet: "):
        casme2(tree, annotations=str(tmp_path / "mine.xlsx"))


def test_no_row_has_frames(tree: Path, tmp_path: Path) -> None:
    write_coding(tmp_path / "mine.xlsx", [("30", "EP99_01", 1, 2, 3, 4, "fear")])
    with pytest.raises(
        InputError, match=r"no usable clip of casme2 here; the first of \d+ reasons: mine.xlsx, row 2: no folder"
    ):
        casme2(tree, annotations=str(tmp_path / "mine.xlsx"))
