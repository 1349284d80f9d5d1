"""Reader ``casme`` on a tree with every known quirk."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.helpers_corpora import check_rendered, flags, marks, read_corpus, refused, short, trap_fixture
from unimer.errors import InputError, SettingsError
from unimer.inspection import inspect
from unimer.records import AULabel, Clip, FrameMark, FrameSource
from unimer.settings import CorpusSettings
from unimer.synth.layouts.base import Cell, write_tiny, write_workbook
from unimer.synth.layouts.casme import HEADER, SECTION_A, SECTION_B, cells

TREE = "Cropped/Cropped"
ROWS = [*cells(SECTION_A), *cells(SECTION_B)]

tree = trap_fixture("casme")


@pytest.fixture
def copy(tree: Path, tmp_path: Path) -> Path:
    """The frames without the coding files."""
    shutil.copytree(tree / "Cropped", tmp_path / "x" / "Cropped")
    return tmp_path / "x"


def test_every_clip(tree: Path) -> None:
    corpus = read_corpus("casme", tree)
    assert corpus.clips[1] == Clip(
        id="casme/sub01/EP03_1",
        corpus="casme",
        subject="sub01",
        clip="EP03_1",
        person="casme/sub01",
        part="a",
        frames=FrameSource(kind="folder", path=f"{TREE}/sub01/EP03_1"),
        fps=60.0,
        onset=FrameMark(frame=21, origin="annotated"),
        apex=FrameMark(frame=30, origin="annotated"),
        offset=FrameMark(frame=44, origin="annotated"),
        au_raw="4+L10",
        aus=[AULabel(au=4), AULabel(au=10, side="left")],
        emotion_raw="disgust",
        emotion="disgust",
        emotion_coarse="negative",
        flags=["apex.second:36"],
    )
    assert [short(clip) for clip in corpus.clips] == [
        ("casme/sub01/EP01_5", "73 81 91", "4", "tense", "others"),
        ("casme/sub01/EP03_1", "21 30 44", "4+L10", "disgust", "negative"),
        ("casme/sub02/EP01_5", "5 12 19:estimated", "R12", "contempt", "negative"),
        ("casme/sub04/EP02_2", "57 65 74:snapped", "1+2", "fear", "negative"),
        ("casme/sub20/EP08_2", "40 47 55", "15", "repression", "negative"),
        ("casme/sub20/EP09_1", "112 - 130", "12", "happiness", "positive"),
        ("casme/sub21/EP04_1", "10 16 24", "15+17", "sadness", "negative"),
    ]
    assert [clip.part for clip in corpus.clips] == ["a"] * 4 + ["b"] * 3
    assert flags(corpus) == {
        "sub01/EP03_1": ["apex.second:36"],
        "sub02/EP01_5": ["offset.not_visible"],
        "sub04/EP02_2": ["offset.snapped:79->74"],
        "sub20/EP09_1": ["apex.at_onset"],
    }
    outside = "CASME_SectionA.xlsx, row 5: annotated from 8 to 20, but the frames are 100 to 149"
    both = "CASME_SectionA.xlsx, CASME_SectionB.xlsx"
    assert refused(corpus) == [
        ("casme/sub03/EP12_3", "frames.outside", outside),
        ("casme/sub05/EP06_1", "clip.orphan", f"{TREE}/sub05/EP06_1 has no row in {both}"),
    ]
    assert (corpus.rows, corpus.folders, corpus.version) == (8, 9, "two sections")
    assert corpus.sums == {"onset": 326.0, "apex": 375.0, "offset": 443.0}


def test_the_community_takes_the_whole_folder(tree: Path) -> None:
    """meb: onset 100, offset 149 of a clip whose frames are those; the apex is the middle one."""
    corpus = read_corpus("casme", tree, corrections="community")
    clip = next(clip for clip in corpus.clips if clip.subject == "sub03")
    assert marks(clip) == "100:corrected 124:corrected 149:corrected"
    assert clip.flags == [f"{name}.corrected:community" for name in ("onset", "apex", "offset")]
    assert corpus.sums == read_corpus("casme", tree).sums, "as printed"
    others = [each for each in corpus.clips if each.subject != "sub03"]
    assert others == read_corpus("casme", tree, corrections="none").clips


def test_missing_offset_and_apex(tree: Path) -> None:
    """Others, too, put the offset at 2 * apex - onset."""
    assert marks(read_corpus("casme", tree, missing_offset="apex").clips[2]) == "5 12 12:estimated"
    dropped = read_corpus("casme", tree, missing_offset="drop", missing_apex="drop")
    assert [each[1] for each in refused(dropped)] == [
        "offset.missing",
        "frames.outside",
        "apex.missing",
        "clip.orphan",
    ]
    assert marks(read_corpus("casme", tree, missing_apex="midpoint").clips[5]) == "112 121:midpoint 130"


def test_one_file_for_both_sections(tree: Path, copy: Path) -> None:
    write_workbook(copy / "casme.xlsx", {"Sheet1": [HEADER, *ROWS]})
    corpus = read_corpus("casme", copy)
    assert [short(clip) for clip in corpus.clips] == [short(clip) for clip in read_corpus("casme", tree).clips]
    assert {clip.part for clip in corpus.clips} == {None}
    assert (corpus.version, list(corpus.annotations)) == ("one file", ["casme.xlsx"])
    shutil.copy(tree / "CASME_SectionA.xlsx", copy)
    assert read_corpus("casme", copy).clips == corpus.clips, "it has everything"


def test_one_section_only(tree: Path, copy: Path) -> None:
    shutil.copy(tree / "CASME_SectionB.xlsx", copy)
    corpus = read_corpus("casme", copy)
    assert (len(corpus.clips), corpus.version, corpus.rows) == (3, None, 3)
    assert [each[1] for each in refused(corpus)] == ["clip.orphan"] * 6
    named = read_corpus("casme", tree, annotations=str(tree / "CASME_SectionB.xlsx"))
    assert named.clips == corpus.clips


def test_each_section_in_a_folder(tree: Path, tmp_path: Path) -> None:
    """And an edited copy of one file beside the original."""
    for section, traps in (("A", SECTION_A), ("B", SECTION_B)):
        place = tmp_path / f"Section {section}"
        for subject, clip, *_ in traps:
            shutil.copytree(tree / TREE / f"sub{subject:02d}" / clip, place / f"sub{subject:02d}" / clip)
        shutil.copy(tree / f"CASME_Section{section}.xlsx", place / f"CASME_Section{section}.xlsx")
    write_workbook(
        tmp_path / "Section A" / "CASME_SectionA_modified.xlsx", {"Sheet1": [HEADER, *cells(SECTION_A[:1])]}
    )
    corpus = read_corpus("casme", tmp_path)
    assert [short(clip) for clip in corpus.clips] == [short(clip) for clip in read_corpus("casme", tree).clips]
    assert list(corpus.annotations) == ["Section A/CASME_SectionA.xlsx", "Section B/CASME_SectionB.xlsx"]


@pytest.mark.parametrize(("aus", "width"), [(8, 12), (10, 12), (8, 10)])
@pytest.mark.parametrize("header", [True, False])
def test_columns_by_place(tree: Path, copy: Path, aus: int, width: int, header: bool) -> None:
    """The original header is not documented: names nobody knows, or none; the AUs in the 9th or 11th column."""
    rows: list[list[Cell]] = [[f"column {n}" for n in range(width)]] if header else []
    for row in ROWS:
        cells: list[Cell] = [*row[:8], *[None] * (width - 8)]
        cells[aus], cells[-1] = row[8], row[-1]
        rows.append(cells)
    write_workbook(copy / "casme.xlsx", {"Sheet1": rows})
    corpus = read_corpus("casme", copy)
    assert [short(clip) for clip in corpus.clips] == [short(clip) for clip in read_corpus("casme", tree).clips]
    assert all(clip.flags[0] == "columns.by_position" for clip in corpus.clips)
    assert refused(corpus)[0][2].startswith(f"casme.xlsx, row {4 + header}: "), "rows as the spreadsheet counts them"


def test_rows_of_a_nameless_sheet_are_all_accounted_for(copy: Path) -> None:
    rows = [*ROWS[:2], [1, None, None, 5, 6, 7, 8, None, 4, None, None, "fear"], [None] * 12, ROWS[2]]
    write_workbook(copy / "casme.xlsx", {"Sheet1": rows})
    corpus = read_corpus("casme", copy)
    assert corpus.rows == 4
    assert refused(corpus)[0] == ("casme/sub01/row-3", "annotation.invalid", "casme.xlsx, row 3: no subject or clip")


def test_a_copy_sorted_by_emotion(tree: Path, tmp_path: Path) -> None:
    """As one public repack with CASME.csv: tense/EP01_5."""
    for subject, clip, *_, emotion, _ in SECTION_A[:2] + SECTION_B[:1]:
        shutil.copytree(tree / TREE / f"sub{subject:02d}" / clip, tmp_path / "CASME" / emotion / clip)
    for clip in ("EP07_1", "EP06_2"):
        write_tiny(tmp_path / "CASME" / "tense" / clip, range(1, 30), f"{clip}-{{}}.jpg")
    twins: list[list[Cell]] = [[n, "EP07_1", None, 5, 9, "\\", 20, None, 4, None, None, "tense"] for n in (8, 9)]
    table = [HEADER, *cells(SECTION_A[:2] + SECTION_B[:1]), *twins]
    lines = [",".join("" if cell is None else str(cell) for cell in row) for row in table]
    (tmp_path / "CASME.csv").write_text("\n".join(lines))
    corpus = read_corpus("casme", tmp_path)
    assert [(clip.id, clip.frames.path) for clip in corpus.clips] == [
        ("casme/sub01/EP01_5", "CASME/tense/EP01_5"),
        ("casme/sub01/EP03_1", "CASME/disgust/EP03_1"),
        ("casme/sub20/EP08_2", "CASME/repression/EP08_2"),
    ]
    text = "CASME/tense/EP07_1 may be of sub08 or sub09: this copy has no folders of subjects"
    assert refused(corpus) == [
        ("casme/sub08/EP07_1", "frames.ambiguous", f"CASME.csv, row 5: {text}"),
        ("casme/sub09/EP07_1", "frames.ambiguous", f"CASME.csv, row 6: {text}"),
        ("casme/tense/EP06_2", "clip.orphan", "CASME/tense/EP06_2 has no row in CASME.csv"),
    ]
    assert corpus.folders == 5


def test_the_raw_pack_is_preferred(tree: Path, copy: Path) -> None:
    shutil.copytree(tree / TREE, copy / "CASME_raw_selected")
    shutil.copy(tree / "CASME_SectionA.xlsx", copy)
    assert read_corpus("casme", copy).clips[0].frames.path == "CASME_raw_selected/sub01/EP01_5"


def test_bad_input(tree: Path, copy: Path, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="casme has no versions"):
        read_corpus("casme", tree, version="2")
    with pytest.raises(InputError, match=r"no coding file \(casme.xlsx or CASME_SectionA.xls\) here"):
        read_corpus("casme", copy)
    write_workbook(copy / "casme.xlsx", {"Sheet1": [["Subject", "Filename"], [1, "no clip"]]})
    with pytest.raises(InputError, match=r"casme.xlsx, row 1: the column 'onset' is missing"):
        read_corpus("casme", copy)
    (tmp_path / "empty").mkdir()
    shutil.copy(tree / "CASME_SectionA.xlsx", tmp_path / "empty")
    with pytest.raises(InputError, match="no frame folders like sub01/EP02_01f here"):
        read_corpus("casme", tmp_path / "empty")


def test_published_counts(tmp_path: Path) -> None:
    """195 clips in two files, 189 in one."""
    rows: list[list[Cell]] = []
    for number in range(195):
        subject, clip = number % 19 + 1, f"EP{number // 19 + 1:02d}_1"
        place = tmp_path / "Cropped" / f"sub{subject:02d}" / clip
        place.mkdir(parents=True)
        for frame in (1, 5, 9):
            (place / f"reg_{clip}-{frame}.jpg").touch()
        rows.append([subject, clip, None, 1, 5, "\\", 9, None, 4, None, None, "tense"])
    write_workbook(tmp_path / "CASME_SectionA.xlsx", {"Sheet1": [HEADER, *rows[:100]]})
    write_workbook(tmp_path / "CASME_SectionB.xlsx", {"Sheet1": [HEADER, *rows[100:]]})
    found = inspect(CorpusSettings(corpus="casme", root=str(tmp_path)))
    assert (found.version, found.findings, found.orphans) == ("two sections", 0, [])
    write_workbook(tmp_path / "casme.xlsx", {"Sheet1": [HEADER, *rows[:189]]})
    found = inspect(CorpusSettings(corpus="casme", root=str(tmp_path)))
    assert (found.version, found.findings, len(found.orphans)) == ("one file", 0, 6)


def test_rendered(tmp_path: Path) -> None:
    check_rendered("casme", tmp_path)
