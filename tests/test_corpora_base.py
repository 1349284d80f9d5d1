"""The shared rules that the corpora of this release do not exercise on their own."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import openpyxl
import pytest

from tests.casme2_fixture import write_frames
from unimer.corpora import read
from unimer.corpora.base import Clips, Draft, emotion_names
from unimer.corpora.marks import Corrections, nearest, settle
from unimer.corpora.places import clip_folders, frame_folder, relative_to, zero_filled
from unimer.corpora.table import Row, column_name, read_table
from unimer.errors import InputError
from unimer.facs.emotions import canonical
from unimer.records import FrameMark, FrameSource
from unimer.resources import resource
from unimer.settings import CorpusSettings
from unimer.synth import make_traps


@pytest.mark.parametrize(
    ("subject", "width", "expected"),
    [
        ("1", 2, "01"),
        ("01", 2, "01"),
        ("1.0", 2, "01"),
        ("sub01", 2, "01"),
        ("6", 3, "006"),
        ("037", 3, "037"),
        ("s15", 2, "15"),
        ("0", 2, "00"),
        (" 7 ", 2, "07"),
        ("spNO.1", 2, "spNO.1"),
    ],
)
def test_subjects_are_zero_filled_text(subject: str, width: int, expected: str) -> None:
    assert zero_filled(subject, width) == expected


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (" Estimated Emotion", "estimatedemotion"),
        ("Onset Frame", "onsetframe"),
        ("sub_ID'", "subid"),
        ("video emo' ", "videoemo"),
        ("fear    ", "fear"),
    ],
)
def test_column_names(cell: str, expected: str) -> None:
    assert column_name(cell) == expected


@pytest.mark.parametrize(
    ("cell", "frame"),
    [
        ("46", 46),
        ("566.4000000000001", 566),
        ("0", 0),
        ("/", None),
        ("\\", None),
        ("", None),
        ("-1", None),
        (" 12 ", 12),
        ("nan", None),
        ("N/A", None),
        ("-1.0", None),
    ],
)
def test_frame_cells(cell: str, frame: int | None) -> None:
    assert Row(2, {"apex": cell}).frame("apex") == frame


@pytest.mark.parametrize("cell", ["about 20", "-5", "inf", "12-14", "1e300"])
def test_frame_cells_that_are_none(cell: str) -> None:
    with pytest.raises(ValueError, match=f"^apex is '{cell}', not a frame number$"):
        Row(2, {"apex": cell}).frame("apex")


def test_table_after_a_preamble_on_the_second_sheet(tmp_path: Path) -> None:
    """As SAMM: rows of explanations first; here also an empty sheet, a formula and an empty row."""
    book = openpyxl.Workbook()
    sheet = book.create_sheet("MICRO_ONLY")
    sheet["A1"] = "SAMM Dataset - Master FACS Codes"
    for column, cell in enumerate(["Subject", "Filename", "Duration", "Action Units"], 1):
        sheet.cell(14, column, cell)
    for column, cell in enumerate(["006", "006_1_2", "=SUM(F15-D15)+1", "12+15 "], 1):
        sheet.cell(15, column, cell)
    for column, cell in enumerate([7.0, "007_3_1", 71, 4], 1):
        sheet.cell(17, column, cell)
    book.save(tmp_path / "samm.xlsx")
    columns = {"subject": ("subject",), "clip": ("filename",), "aus": ("actionunits",), "emotion": ("emotion",)}
    rows = read_table(tmp_path / "samm.xlsx", columns, optional=frozenset({"emotion"}))
    assert [(row.number, row.value("subject"), row.value("clip"), row.raw("aus")) for row in rows] == [
        (15, "006", "006_1_2", "12+15 "),
        (17, "7", "007_3_1", "4"),
    ]
    assert rows[0].raw("emotion") is rows[0].value("emotion") is None
    with pytest.raises(InputError, match=r"samm.xlsx, row 14: the column 'emotion' is missing"):
        read_table(tmp_path / "samm.xlsx", columns)


def test_csv_file_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no.csv: cannot be read: No such file or directory"):
        read_table(tmp_path / "no.csv", {"subject": ("subject",)})


def test_nearest_frame() -> None:
    assert [nearest([2, 5, 9], n) for n in (0, 2, 3, 4, 7, 8, 99)] == [2, 2, 2, 5, 5, 9, 9]


@pytest.mark.parametrize(
    ("annotated", "numbers", "expected", "flags"),
    [
        ((1, 5, 9), range(1, 10), (1, 5, 9), []),
        ((1, 5, 9), range(8, 30), (8, None, 9), ["onset.snapped:1->8", "apex.snapped:5->8", "apex.at_onset"]),
        ((1, 5, 9), range(1, 5), (1, None, 4), ["offset.snapped:9->4", "apex.snapped:5->4", "apex.at_offset"]),
        ((1, 1, 9), range(1, 10), (1, None, 9), ["apex.at_onset"]),
        ((1, 9, 9), range(1, 10), (1, None, 9), ["apex.at_offset"]),
        ((3, 2, 9), range(1, 10), (3, None, 9), ["apex.outside"]),
        ((3, 10, 9), range(1, 20), (3, None, 9), ["apex.outside"]),
        ((3, None, 9), range(1, 10), (3, None, 9), ["apex.missing"]),
        ((None, 4, None), range(1, 10), (None, 4, None), []),
    ],
)
def test_settle(
    annotated: tuple[int | None, ...], numbers: range, expected: tuple[int | None, ...], flags: list[str]
) -> None:
    onset, apex, offset = (
        FrameMark() if frame is None else FrameMark(frame=frame, origin="annotated") for frame in annotated
    )
    noted: list[str] = []
    settled = settle((onset, apex, offset), list(numbers), "spot", noted)
    assert tuple(mark.frame for mark in settled) == expected
    assert noted == flags


def test_midpoint_needs_a_frame_between() -> None:
    def midpoint(onset: int, offset: int, numbers: list[int] | None) -> FrameMark:
        marks = (FrameMark(frame=onset, origin="annotated"), FrameMark(), FrameMark(frame=offset, origin="annotated"))
        return settle(marks, numbers, "midpoint", [])[1]

    assert midpoint(10, 20, None) == FrameMark(frame=15, origin="midpoint")
    assert midpoint(10, 20, [10, 12, 16, 20]) == FrameMark(frame=16, origin="midpoint")
    assert midpoint(10, 20, [10, 20]) == FrameMark()
    assert midpoint(10, 11, [10, 11]) == FrameMark()


def test_official_corrections_win_over_community_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The events of spNO.149 d and spNO.40 e of CAS(ME)^3, where both exist."""
    header = "dataset,subject,clip,onset,field,was,value,level,source\n"
    rows = [
        "x,149,d,112,apex,83,123,community,one",
        "x,149,d,112,apex,83,160,official,two",
        "x,40,e,1812,offset,,1845,official,two",
        "x,40,e,2327,offset,,2403,community,one",
    ]
    (tmp_path / "x.csv").write_text(header + "\n".join(rows) + "\n", encoding="utf-8")
    monkeypatch.setattr("unimer.corpora.marks.resource", lambda name: tmp_path / Path(name).name)

    def corrected(level: str, *key: object) -> tuple[int | None, list[str]]:
        flags: list[str] = []
        return Corrections("x", level).apply(*key, flags).frame, flags  # type: ignore[arg-type]

    apex = ("149", "d", 112, "apex", 83)
    assert corrected("none", *apex) == (83, [])
    assert corrected("official", *apex) == (160, ["apex.corrected:official"])
    assert corrected("community", *apex) == (160, ["apex.corrected:official"])
    assert corrected("official", "40", "e", 1812, "offset", None) == (1845, ["offset.corrected:official"])
    assert corrected("official", "40", "e", 2327, "offset", None) == (None, [])
    assert corrected("community", "40", "e", 2327, "offset", None) == (2403, ["offset.corrected:community"])


def test_shipped_corrections_are_well_formed() -> None:
    for path in sorted(resource("data/corrections").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        assert rows
        for row in rows:
            assert None not in row.values(), row
            assert row["dataset"] == path.stem
            assert row["field"] in ("onset", "apex", "offset", "flag")
            assert row["level"] in ("official", "community")
            assert row["source"]
            assert row["field"] == "flag" or int(row["value"]) >= 0
            assert row["was"] != row["value"]


def test_folders_are_found_at_any_depth(tmp_path: Path) -> None:
    for name in ("raw/b/c/s1/EP1", "raw/s2/EP2", "crop/s1/EP1", ".hidden/s4/EP4", "raw/b/s1/EP1", "raw/s2/EP2/EP3"):
        (tmp_path / name).mkdir(parents=True)
    name = re.compile(r"EP[0-9]")
    folders = clip_folders(tmp_path, name, lambda path: (path.parent.name, path.name), ("raw", "crop"))
    assert folders.found == {
        ("s1", "ep1"): tmp_path / "raw/b/c/s1/EP1",
        ("s2", "ep2"): tmp_path / "raw/s2/EP2",
    }, "the best pack only; a clip's folder is not searched further"
    assert folders.twice == [("s1", tmp_path / "raw/b/s1/EP1")]
    assert clip_folders(
        tmp_path / "crop", name, lambda path: (path.parent.name, path.name), ("raw", "crop")
    ).found == {("s1", "ep1"): tmp_path / "crop/s1/EP1"}
    assert folders.take("s1", "EP1") == tmp_path / "raw/b/c/s1/EP1"
    assert list(folders.left) == [("s2", "ep2")]


def test_frame_folder_goes_one_level_down(tmp_path: Path) -> None:
    write_frames(tmp_path / "clip" / "clip", [1])
    write_frames(tmp_path / "two" / "color", [1])
    write_frames(tmp_path / "two" / "depth", [1])
    assert frame_folder(tmp_path / "clip")[0] == tmp_path / "clip" / "clip"
    assert frame_folder(tmp_path / "two")[1].files == {}, "of two folders none is guessed"


def test_paths_follow_links_without_leaving_the_root(tmp_path: Path) -> None:
    (tmp_path / "disk" / "sub01").mkdir(parents=True)
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "Cropped").symlink_to(tmp_path / "disk")
    assert relative_to(tmp_path / "root" / "Cropped" / "sub01", tmp_path / "root") == "Cropped/sub01"
    assert relative_to(tmp_path / "elsewhere.xlsx", tmp_path / "root") == "elsewhere.xlsx"


def test_ids_are_safe_paths(tmp_path: Path) -> None:
    clips = Clips(CorpusSettings(corpus="generic", root=str(tmp_path)), tmp_path)
    clips.add(Draft(subject="..", clip="a/b\n", frames=FrameSource(kind="folder", path="x")))
    assert clips.clips[0].id == "generic/_/a_b_"
    assert "name.changed" in clips.clips[0].flags


def test_a_table_with_a_column_twice(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("Subject,Onset Frame,OnsetFrame,x,x\n1,2,3,4,5\n")
    columns = {"subject": ("subject",), "onset": ("onsetframe",)}
    with pytest.raises(InputError, match=r"x.csv, row 1: the column 'onsetframe' stands there twice"):
        read_table(tmp_path / "x.csv", columns)
    assert read_table(tmp_path / "x.csv", {"subject": ("subject",)})[0].value("subject") == "1"


@pytest.mark.parametrize(
    ("raw", "broad", "flags"),
    [
        ("Surprise+Positive", None, ["emotion.several:Surprise+Positive"]),
        ("Negative+ Repression", "negative", ["emotion.several:Negative+ Repression"]),
        ("Surprise+elated", None, ["emotion.unknown:Surprise+elated"]),
        ("Surprise+", None, ["emotion.unknown:Surprise+"]),
    ],
)
def test_several_emotions_in_one_cell(raw: str, broad: str | None, flags: list[str]) -> None:
    """4DME has "Surprise+Positive", which is no emotion of the vocabulary."""
    noted: list[str] = []
    assert emotion_names(raw, "generic", noted) == (None, broad)
    assert canonical(raw) is None
    assert noted == flags


def test_two_packs_of_one_corpus_show_the_same_people(tmp_path: Path) -> None:
    make_traps("casme2", tmp_path / "x")
    packs = [read(CorpusSettings(corpus="casme2", root=str(tmp_path / "x"), name=name)) for name in ("raw", "crops")]
    assert [corpus.clips[0].id for corpus in packs] == ["raw/sub01/EP02_01f", "crops/sub01/EP02_01f"]
    assert {corpus.clips[0].person for corpus in packs} == {"casme2/sub01"}
    write_frames(tmp_path / "own", [1, 2, 3])
    (tmp_path / "manifest.csv").write_text("path,subject\nown,anna\n")
    own = read(CorpusSettings(corpus="generic", root=str(tmp_path), name="mine"))
    assert own.clips[0].person == "mine/anna", "another generic corpus may have another Anna"
