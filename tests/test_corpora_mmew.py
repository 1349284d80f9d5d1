"""Reader ``mmew`` on a tree with every known quirk."""

from __future__ import annotations

import shutil
from pathlib import Path

import openpyxl
import pytest

from tests.helpers_corpora import check_rendered, flags, read_corpus, refused, short, trap_fixture
from unimer.corpora.cards import load_card
from unimer.errors import InputError, SettingsError
from unimer.inspection import inspect
from unimer.records import AULabel, Clip, FrameMark, FrameSource
from unimer.settings import CorpusSettings
from unimer.synth.layouts.base import Cell, write_workbook
from unimer.synth.layouts.mmew import CODES, CODING, HEADER, TRAPS

MICRO = "MMEW_Final/Micro_Expression"

tree = trap_fixture("mmew")


def test_every_clip(tree: Path) -> None:
    corpus = read_corpus("mmew", tree)
    assert corpus.clips[0] == Clip(
        id="mmew/S03/S03-01-002",
        corpus="mmew",
        subject="S03",
        clip="S03-01-002",
        person="mmew/S03",
        frames=FrameSource(kind="folder", path=f"{MICRO}/happiness/S03-01-002"),
        fps=90.0,
        onset=FrameMark(frame=1, origin="annotated"),
        apex=FrameMark(frame=12, origin="annotated"),
        offset=FrameMark(frame=25, origin="annotated"),
        au_raw="12",
        aus=[AULabel(au=12)],
        emotion_raw="happiness",
        emotion="happiness",
        emotion_coarse="positive",
    )
    assert [short(clip) for clip in corpus.clips[1:]] == [
        ("mmew/S03/S03-04-001", "2 11 20", "4+L10", "others", "others"),
        ("mmew/S05/S05-04-003", "1 9 18", "24", "others", "others"),
        ("mmew/S07/S07-02-001", "1 - 40:snapped", "1+2", "surprise", "surprise"),
        ("mmew/S07/S07-03-004", "1 14 32:snapped", "4+9", "disgust", "negative"),
        ("mmew/S12/S12-05-001", "1 8 22", "20", "sadness", "negative"),
    ]
    assert flags(corpus) == {
        "S07/S07-02-001": ["offset.snapped:120->40", "apex.snapped:96->40", "apex.at_offset"],
        "S07/S07-03-004": ["offset.snapped:48->32"],
        "S12/S12-05-001": ["emotion.differs:fear"],
    }
    assert refused(corpus) == [
        ("mmew/S30/S30-07-001", "clip.orphan", f"{MICRO}/anger/S30-07-001 has no row in MMEW_Micro_Exp.xlsx")
    ]
    assert (corpus.rows, corpus.folders, corpus.version) == (6, 7, "micro")
    assert corpus.clips[1].frames.path == f"{MICRO}/repression/S03-04-001", "the sheet calls it others"
    assert corpus.clips[2].frames.path == f"{MICRO}/S05/others/S05-04-003", "subject first"


def test_marks_behind_the_last_frame(tree: Path) -> None:
    """As in 16 rows of the published file; nobody named them by key."""
    middle = read_corpus("mmew", tree, missing_apex="midpoint").clips[3]
    assert (middle.apex, middle.offset.frame) == (FrameMark(frame=20, origin="midpoint"), 40)
    dropped = read_corpus("mmew", tree, missing_apex="drop")
    assert [clip.id for clip in dropped.clips if clip.subject == "S07"] == ["mmew/S07/S07-03-004"]
    assert ("mmew/S07/S07-02-001", "apex.missing") in [each[:2] for each in refused(dropped)]


def test_flagged_clips_can_be_left_out(tree: Path) -> None:
    corpus = read_corpus("mmew", tree, drop=["emotion.differs"])
    assert "mmew/S12/S12-05-001" not in [clip.id for clip in corpus.clips]
    assert refused(corpus)[0][1] == "flag.dropped"


@pytest.mark.parametrize("corrections", ["none", "official", "community"])
def test_no_correction_has_a_key(tree: Path, corrections: str) -> None:
    assert read_corpus("mmew", tree, corrections=corrections).clips == read_corpus("mmew", tree).clips


def test_the_name_says_the_subject(tree: Path, tmp_path: Path) -> None:
    shutil.copytree(tree, tmp_path / "x")
    path = tmp_path / "x" / "MMEW_Final" / CODING
    rows = [[4, *row[1:]] for row, _, _ in TRAPS[:1]] + [[None, *row[1:]] for row, _, _ in TRAPS[1:2]]
    write_workbook(path, {"Sheet1": [HEADER, *rows]})
    corpus = read_corpus("mmew", tmp_path / "x")
    assert [clip.subject for clip in corpus.clips] == ["S03", "S03"]
    assert flags(corpus) == {"S03/S03-01-002": ["subject.differs:4"]}


@pytest.mark.parametrize("root", [".", "MMEW_Final", MICRO])
def test_the_root_may_be_any_of_the_folders(tree: Path, root: str) -> None:
    corpus = read_corpus("mmew", tree / root)
    assert len(corpus.clips) == 6
    assert "Macro" not in "".join(clip.frames.path for clip in corpus.clips)


def test_both_folders_of_one_class_with_the_same_clip(tree: Path, tmp_path: Path) -> None:
    shutil.copytree(tree, tmp_path / "x")
    micro = tmp_path / "x" / MICRO
    shutil.copytree(micro / "repression/S03-04-001", micro / "others/S03-04-001")
    corpus = read_corpus("mmew", tmp_path / "x")
    message = f"{MICRO}/repression/S03-04-001: another folder holds the same clip"
    assert ("mmew/S03/S03-04-001", "clip.orphan", message) in refused(corpus)
    assert corpus.folders == 8


def test_sorted_by_subject_with_a_csv(tree: Path, tmp_path: Path) -> None:
    """As one public copy: sub3/S03-01-002 and the sheet exported as csv."""
    for row, _, _ in TRAPS:
        source = next((tree / MICRO).rglob(str(row[1])))
        shutil.copytree(source, tmp_path / f"sub{row[0]}" / str(row[1]))
    lines = [",".join("" if cell is None else str(cell) for cell in row) for row in [HEADER, *(t[0] for t in TRAPS)]]
    (tmp_path / "MMEW_Micro_Exp.csv").write_text("\n".join(lines), encoding="utf-8-sig")
    corpus = read_corpus("mmew", tmp_path)
    assert [short(clip) for clip in corpus.clips] == [short(clip) for clip in read_corpus("mmew", tree).clips]
    assert corpus.rejections == []


def test_the_first_of_several_coding_files(tree: Path, tmp_path: Path) -> None:
    shutil.copytree(tree, tmp_path / "x")
    second = tmp_path / "x" / "MMEW_Final" / "MMEW_Micro_Exp_v2.xlsx"
    shutil.copy(tree / "MMEW_Final" / CODING, second)
    assert list(read_corpus("mmew", tmp_path / "x").annotations) == [f"MMEW_Final/{CODING}"]
    named = read_corpus("mmew", tmp_path / "x", annotations=str(second))
    assert list(named.annotations) == ["MMEW_Final/MMEW_Micro_Exp_v2.xlsx"]


def test_bad_input(tree: Path, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="mmew has no versions"):
        read_corpus("mmew", tree, version="2")
    with pytest.raises(InputError, match="no frame folders like happiness/S03-01-002 here"):
        read_corpus("mmew", tmp_path)
    shutil.copytree(tree, tmp_path / "x")
    (tmp_path / "x" / "MMEW_Final" / CODING).unlink()
    with pytest.raises(InputError, match=r"no coding file \(MMEW_Micro_Exp.xlsx\) here"):
        read_corpus("mmew", tmp_path / "x")
    book = openpyxl.Workbook()
    book.worksheets[0].append(["Subject", "Filename", "OnsetFrame"])
    book.save(tmp_path / "bad.xlsx")
    with pytest.raises(InputError, match=r"bad.xlsx, row 1: the column 'apex' is missing"):
        read_corpus("mmew", tree, annotations=str(tmp_path / "bad.xlsx"))


def test_published_counts(tmp_path: Path) -> None:
    """A sheet of full size with the published classes and 30 subjects agrees with the data card."""
    published = load_card("mmew").counts["micro"].emotion
    rows: list[list[Cell]] = [HEADER]
    for number, emotion in enumerate(name for name, count in published.items() for _ in range(count)):
        folder = "repression" if emotion == "others" else emotion
        clip = f"S{number % 30 + 1:02d}-{CODES[folder]:02d}-{number:03d}"
        place = tmp_path / MICRO / folder / clip
        place.mkdir(parents=True)
        for frame in (1, 5, 9):
            (place / f"{frame}.jpg").touch()
        rows.append([number % 30 + 1, clip, 1, 5, 9, 4, emotion, None])
    write_workbook(tmp_path / "MMEW_Final" / CODING, {"Sheet1": rows})
    found = inspect(CorpusSettings(corpus="mmew", root=str(tmp_path)))
    assert (found.version, found.findings, found.clips) == ("micro", 0, 300)
    rows.pop()
    write_workbook(tmp_path / "MMEW_Final" / CODING, {"Sheet1": rows})
    differs = inspect(CorpusSettings(corpus="mmew", root=str(tmp_path)))
    assert [check.what for check in differs.checks if not check.same] == ["clips", "emotion anger"]


def test_rendered(tmp_path: Path) -> None:
    check_rendered("mmew", tmp_path)
