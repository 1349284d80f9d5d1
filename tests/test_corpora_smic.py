"""SMIC: short clips without a coding file, SMIC-E with one, three cameras, tables of others."""

from __future__ import annotations

import errno
import json
import os
import shutil
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest

from tests.helpers_corpora import read_corpus, refused, trap_fixture
from unimer.corpora import Corpus
from unimer.errors import InputError, SettingsError
from unimer.inspection import inspect
from unimer.records import Clip, FrameMark, FrameSource
from unimer.settings import CorpusSettings
from unimer.synth import make_corpus
from unimer.synth.layouts.base import Cell, write_tiny, write_workbook
from unimer.synth.layouts.smic import CODING, FOLDERS, HEADER, LONG, ROWS

HS = {1: 6, 2: 6, 3: 39, 4: 19, 5: 2, 6: 4, 8: 13, 9: 4, 11: 7, 12: 9, 13: 10, 14: 10, 15: 4, 18: 7, 19: 2, 20: 22}
ABSENT = ["s1_ne_02", "s3_ne_03", "s3_ne_20", "s4_ne_05", "s4_ne_06", "s2_sur_05", "s9_sur_02"]
"""Short clips that SMIC-E lacks."""

tree = trap_fixture("smic", "SMIC")


smic = partial(read_corpus, "smic")


def listed(corpus: Corpus) -> list[tuple[str, int | None, int | None, str | None, list[str]]]:
    """Id, onset, offset, emotion and flags; that the apex is missing goes without saying."""
    return [
        (clip.id, clip.onset.frame, clip.offset.frame, clip.emotion, [f for f in clip.flags if f != "apex.missing"])
        for clip in corpus.clips
    ]


# --- Short clips -----------------------------------------------------------------------------------------------------


def test_the_first_short_clip_in_full(tree: Path) -> None:
    corpus = smic(tree)
    assert corpus.clips[0] == Clip(
        id="smic/s01/s1_ne_02",
        corpus="smic",
        subject="s01",
        clip="s1_ne_02",
        person="smic/s01",
        part="hs",
        frames=FrameSource(kind="folder", path="SMIC_all_raw/HS/s1/micro/negative/s1_ne_02"),
        fps=100.0,
        onset=FrameMark(frame=90823, origin="first"),
        offset=FrameMark(frame=90834, origin="last"),
        emotion_raw="negative",
        emotion="negative",
        emotion_coarse="negative",
        flags=["apex.missing"],
    )
    assert (corpus.version, corpus.annotations, corpus.folders, corpus.rows) == ("HS", {}, 5, 5)


def test_short_clips_need_no_coding_file(tree: Path) -> None:
    corpus = smic(tree)
    assert listed(corpus) == [
        ("smic/s01/s1_ne_02", 90823, 90834, "negative", []),
        ("smic/s01/s1_po_01", 559740, 559752, "positive", []),
        ("smic/s02/s2_sur_05", 1001, 1012, "surprise", []),
        ("smic/s20/s20_ne_01", 17581039, 17581050, "negative", []),
    ]
    message = "SMIC_all_raw/HS/s3/micro/negative/s3_ne_20 holds no frame"
    assert refused(corpus) == [("smic/s03/s3_ne_20", "frames.empty", message)]


def test_cameras(tree: Path) -> None:
    visible, infrared = smic(tree, version="VIS"), smic(tree, version="NIR", name="smic_nir")
    assert listed(visible) == [("smic/s11/s11_ne_01", 3, 12, "negative", [])]
    assert listed(infrared) == [("smic_nir/s11/s11_ne_01", 4, 13, "negative", [])]
    assert [(c.part, c.fps, c.person) for c in (visible.clips[0], infrared.clips[0])] == [
        ("vis", 25.0, "smic/s11"),
        ("nir", 25.0, "smic/s11"),
    ]
    assert (visible.version, infrared.version) == ("VIS", "NIR")
    assert smic(tree / "SMIC_all_raw" / "NIR").version == "NIR", "no HS here"
    with pytest.raises(InputError, match=r"no clips of HS here, only of VIS"):
        smic(tree / "SMIC_all_raw" / "VIS", version="HS")
    with pytest.raises(SettingsError, match=r"smic has no version 'hs'\n  Versions: HS, VIS, NIR"):
        smic(tree, version="hs")


def test_packs(tree: Path, tmp_path: Path) -> None:
    crops = smic(tree / "SMIC_all_cropped")
    assert [clip.frames.path for clip in crops.clips] == ["HS/s1/micro/positive/s1_po_01"]
    write_tiny(tmp_path / "SMIC_all_cropped/HS/HS/s1/micro/positive/s1_po_01", range(5, 9), "reg_image{}.bmp")
    assert smic(tmp_path).clips[0].frames.path == "SMIC_all_cropped/HS/HS/s1/micro/positive/s1_po_01"
    write_tiny(tmp_path / "SMIC_all_raw/HS/s1/micro/positive/s1_po_01", range(5, 9), "image{}.bmp")
    assert smic(tmp_path).clips[0].frames.path == "SMIC_all_raw/HS/s1/micro/positive/s1_po_01"


def test_non_micro_is_not_read(tmp_path: Path) -> None:
    write_tiny(tmp_path / "SMIC_all_raw/HS/s1/micro/positive/s1_po_01", range(5, 9), "image{}.bmp")
    write_tiny(tmp_path / "SMIC_all_raw/HS/s1/non_micro/s1_ne_01", range(5, 9), "image{}.bmp")
    assert [clip.clip for clip in smic(tmp_path).clips] == ["s1_po_01"]


def test_a_repacked_tree_without_a_coding_file(tmp_path: Path) -> None:
    """As in repositories that hand on onset to offset only."""
    write_tiny(tmp_path / "data/s01/s01_ne_1", range(5, 9), "{}.jpg")
    write_tiny(tmp_path / "data/s01/s01_sur_02", range(5, 9), "{}.jpg")
    corpus = smic(tmp_path / "data")
    assert listed(corpus) == [
        ("smic/s01/s1_ne_01", 5, 8, "negative", []),
        ("smic/s01/s1_sur_02", 5, 8, "surprise", []),
    ]


def test_two_folders_of_one_clip_and_two_series_in_one(tmp_path: Path) -> None:
    place = "SMIC_all_raw/HS/s1/micro/positive"
    write_tiny(tmp_path / place / "s1_po_01", range(5, 9), "image{}.bmp")
    write_tiny(tmp_path / place / "s1_po_01", range(5, 8), "reg_image{}.bmp")
    write_tiny(tmp_path / place / "s01_po_01", range(5, 9), "image{}.bmp")
    corpus = smic(tmp_path)
    assert (len(corpus.clips), corpus.rows, corpus.folders) == (1, 1, 2)
    assert refused(corpus) == [
        ("smic/s01/s1_po_01", "clip.orphan", f"{place}/s1_po_01: another folder holds the same clip")
    ]
    (tmp_path / place / "s01_po_01").rename(tmp_path / place / "s1_po_02")
    assert [clip.flags for clip in smic(tmp_path).clips] == [["frames.duplicate", "apex.missing"], ["apex.missing"]]


@pytest.mark.parametrize("name", ["s1_po_01", "positive"])
def test_a_folder_that_may_not_be_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    for clip in ("positive/s1_po_01", "negative/s1_ne_01"):
        write_tiny(tmp_path / "SMIC_all_raw/HS/s1/micro" / clip, range(5, 9), "image{}.bmp")
    scandir = os.scandir

    def refuse(path: Any = ".") -> Any:
        if Path(path).name == name:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    corpus = smic(tmp_path)
    assert [clip.clip for clip in corpus.clips] == ["s1_ne_01"]
    ((_, code, message),) = refused(corpus)
    assert (code, corpus.rows, corpus.folders) == ("frames.missing", 2, 2)
    assert message.endswith(f"{name} cannot be listed: Permission denied")


# --- SMIC-E ----------------------------------------------------------------------------------------------------------

LONG_CLIPS = [
    ("smic/s01/s1_ne_01", 559740, 559760, "negative", ["expression.further:559762-559768"]),
    ("smic/s02/s2_sur_05", 1001, 1017, "surprise", ["offset.snapped:1013->1017"]),
    ("smic/s20/s20_ne_01", 17581039, 17581051, "negative", []),
]
COMPLETE = [LONG_CLIPS[0], ("smic/s02/s2_sur_05", 1001, 1013, "surprise", []), LONG_CLIPS[2]]
"""The same without a hole."""
ORPHAN = "has no row in SMIC-HS-E_annotation.xlsx"


def test_long_clips(tree: Path) -> None:
    corpus = smic(tree / "SMIC-E_raw image")
    assert listed(corpus) == LONG_CLIPS
    assert corpus.clips[0].onset == FrameMark(frame=559740, origin="annotated")
    assert corpus.clips[0].frames == FrameSource(kind="folder", path="HS_long/SMIC-HS-E/HS/s01/s1_ne_01")
    assert (corpus.clips[0].fps, corpus.clips[0].part, corpus.clips[0].person) == (100.0, "hs", "smic/s01")
    assert refused(corpus) == [
        ("smic/s04/s4_po_05", "frames.missing", "SMIC-HS-E_annotation.xlsx, row 4: no folder s04/s4_po_05"),
        ("smic/s03/s3_ne_07", "clip.orphan", f"HS_long/SMIC-HS-E/HS/s03/s3_ne_07 {ORPHAN}"),
    ]
    assert (corpus.version, corpus.rows, corpus.folders) == ("HS-E", 4, 4), "footers are no rows"
    assert corpus.sums["onset"] == 559740 + 1001 + 700 + 17581039
    assert list(corpus.annotations) == ["HS_long/SMIC-HS-E_annotation.xlsx"]


def long_tree(root: Path, sheet: list[list[Cell]], pack: str = LONG + "/SMIC-HS-E") -> Path:
    for place, numbers in FOLDERS:
        write_tiny(root / pack / place, numbers, "image{:06d}.jpg")
    write_workbook(root / "SMIC-HS-E_annotation.xlsx", {"Sheet1": sheet})
    return root


@pytest.mark.parametrize(
    "header",
    [
        [],
        [["S", "File", "x", "on", "off"]],
        [["subject", "name", "x", "begin", "end"]],
        [["SMIC-E"], [], ["Subject", "Filename", "x", "Onset (1)", "Offset (1)", None, None, None, None, "c"]],
    ],
    ids=["none", "other names", "subject only", "half"],
)
def test_columns_without_a_known_name_go_by_position(tmp_path: Path, header: list[list[Cell]]) -> None:
    assert listed(smic(long_tree(tmp_path, [*header, *ROWS]))) == COMPLETE


def test_columns_go_by_name_first(tmp_path: Path) -> None:
    rows: list[list[Cell]] = [["x", "Filename", "OffsetF", "OnsetF", "Subject", "ApexF"]]
    rows.append([None, "s1_ne_01", 559760, 559740, 1, 559750])
    corpus = smic(long_tree(tmp_path, rows))
    assert (corpus.clips[0].onset.frame, corpus.clips[0].apex.frame) == (559740, 559750)
    assert corpus.clips[0].flags == []


def test_other_packs_of_smic_e(tmp_path: Path) -> None:
    """The pack of the MEGC, a root inside it, csv, and a copy of the coding file that is not taken."""
    corpus = smic(long_tree(tmp_path / "a", [HEADER, *ROWS], "HS_long/SMIC_HS_E"))
    assert listed(corpus) == COMPLETE
    write_workbook(tmp_path / "a/SMIC-HS-E_annotation_2019.xlsx", {"Sheet1": [HEADER, *ROWS[:1]]})
    assert listed(smic(tmp_path / "a")) == COMPLETE
    assert listed(smic(tmp_path / "a/HS_long", annotations=str(tmp_path / "a/SMIC-HS-E_annotation.xlsx"))) == COMPLETE
    assert listed(smic(tmp_path / "a/HS_long")) == COMPLETE, "beside the root"
    (tmp_path / "a/SMIC-HS-E_annotation.xlsx").unlink()
    assert len(smic(tmp_path / "a").clips) == 1
    (tmp_path / "a/SMIC-HS-E_annotation_2019.xlsx").unlink()
    with pytest.raises(InputError, match=r"no coding file \(SMIC-HS-E_annotation.xlsx\) here"):
        smic(tmp_path / "a")
    lines = [",".join("" if cell is None else str(cell) for cell in row) for row in [HEADER, *ROWS]]
    (tmp_path / "a/HS_long/SMIC-HS-E_annotation.csv").write_text("\n".join(lines))
    assert listed(smic(tmp_path / "a")) == COMPLETE


def test_the_other_cameras_have_fewer_columns(tmp_path: Path) -> None:
    for camera in ("VIS", "NIR"):
        write_tiny(tmp_path / f"{camera}_long/SMIC-{camera}-E/s01/s1_ne_01", range(10, 40), "img {}.jpg")
        row: list[Cell] = [1, "s1_ne_01", 1, 20, 30, None, None, None, 10, 39, 11, None, None, 30, "negative"]
        write_workbook(tmp_path / f"SMIC_{camera}_E_annotation.xlsx", {"Sheet1": [[None], row]})
    for camera in ("VIS", "NIR"):
        corpus = smic(tmp_path, version=camera)
        assert listed(corpus) == [("smic/s01/s1_ne_01", 20, 30, "negative", [])]
        assert list(corpus.annotations) == [f"SMIC_{camera}_E_annotation.xlsx"]
        assert corpus.version == camera


def test_rows_that_cannot_be_used(tmp_path: Path) -> None:
    rows: list[list[Cell]] = [
        ROWS[0],
        [1, None, 1, 559740, 559760],
        [2, "s2_sur_05", 1, "?", 1013],
        [20, "s20_ne_01", 1, None, 17581051],
        ["n/a", "s3_ne_07", 1, 5020, 5010],
        [1, "s1_ne_01", 1, 559741, 559750],
    ]
    corpus = smic(long_tree(tmp_path, [HEADER, *rows]))
    coding = "SMIC-HS-E_annotation.xlsx"
    assert refused(corpus) == [
        ("smic/s01/row-3", "annotation.invalid", f"{coding}, row 3: no clip like s1_ne_01"),
        ("smic/s02/s2_sur_05", "annotation.invalid", f"{coding}, row 4: onset is '?', not a frame number"),
        ("smic/s20/s20_ne_01", "annotation.invalid", f"{coding}, row 5: no onset or offset"),
        ("smic/s03/s3_ne_07", "annotation.order", f"{coding}, row 6: the onset 5020 is not before the offset 5010"),
        ("smic/s01/s1_ne_01", "clip.duplicate", f"{coding}, row 7: {coding}, row 2 has this id already"),
    ]


def test_options(tree: Path) -> None:
    clip = smic(tree, missing_apex="midpoint").clips[1]
    assert (clip.apex, clip.flags) == (FrameMark(frame=559746, origin="midpoint"), ["apex.missing"])
    with pytest.raises(InputError, match="no usable apex is annotated and missing_apex is drop"):
        smic(tree, missing_apex="drop")
    dropped = smic(tree / "SMIC-E_raw image", drop=["expression.further"])
    assert [clip.id for clip in dropped.clips] == [row[0] for row in LONG_CLIPS[1:]]
    assert [code for _, code, _ in refused(dropped)] == ["flag.dropped", "frames.missing", "clip.orphan"]
    for level in ("none", "official", "community"):
        assert listed(smic(tree, corrections=level)) == listed(smic(tree)), "there are no corrections"


# --- Tables of others ------------------------------------------------------------------------------------------------


def test_a_table_of_apexes(tree: Path, tmp_path: Path) -> None:
    """As it circulates: blank offsets and paths where SMIC-E lacks the clip; short clips have the missing marks."""
    lines = ["data,subject,clip,label,onset_frame,apex_frame,offset_frame,onset_path,apex_path,offset_path"]
    lines += ["smic,1,s1_po_01,1,559740,559745,559752,a,b,c", "smic,2,s2_sur_05,2,1001,1005,,,,"]
    lines += ["smic,20,s20_ne_01,0,17581039.0,17581044.0,17581050.0,a,b,c"]
    (tmp_path / "smic_apex.csv").write_text("\n".join(lines))
    corpus = smic(tree, annotations=str(tmp_path / "smic_apex.csv"))
    assert [(clip.onset.frame, clip.apex.frame, clip.offset) for clip in corpus.clips] == [
        (559740, 559745, FrameMark(frame=559752, origin="annotated")),
        (1001, 1004, FrameMark(frame=1012, origin="last")),
        (17581039, 17581044, FrameMark(frame=17581050, origin="annotated")),
    ]
    assert [clip.flags for clip in corpus.clips] == [[], ["apex.snapped:1005->1004"], []]
    assert [clip.emotion for clip in corpus.clips] == ["positive", "surprise", "negative"]
    assert [code for _, code, _ in refused(corpus)] == ["clip.orphan", "clip.orphan"]
    assert corpus.folders == 5


def test_a_table_of_labels(tree: Path, tmp_path: Path) -> None:
    sheet: list[list[Cell]] = [["Subject", "Filename", "Label", "Frames"], [1, "s1_po_01", 2, 13]]
    write_workbook(tmp_path / "SMIC_label.xlsx", {"Sheet1": sheet})
    corpus = smic(tree, annotations=str(tmp_path / "SMIC_label.xlsx"))
    assert listed(corpus) == [("smic/s01/s1_po_01", 559740, 559752, "positive", [])]


def test_bad_tables(tree: Path, tmp_path: Path) -> None:
    write_workbook(tmp_path / "x.xlsx", {"Sheet1": [["Subject", "Filename"], ["a", "b"]], "Sheet2": []})
    with pytest.raises(
        InputError, match=r"x.xlsx: no row names a clip like s1_ne_01\n  Is this a coding file of SMIC"
    ):
        smic(tree, annotations=str(tmp_path / "x.xlsx"))
    with pytest.raises(InputError, match=r"nowhere.csv: the annotation file does not exist"):
        smic(tree, annotations="nowhere.csv")
    with pytest.raises(InputError, match=r"no frame folders like s1/micro/negative/s1_ne_01 or s01/s1_ne_01 here"):
        smic(tmp_path)


# --- The whole corpus ------------------------------------------------------------------------------------------------


def names_of_hs() -> list[str]:
    """164 clip names with the published counts of subjects and classes, the seven that SMIC-E lacks among them."""
    left = {"ne": 70 - 5, "po": 51, "sur": 43 - 2}
    names = list(ABSENT)
    kinds = cycle(left)
    for subject, count in HS.items():
        own = sum(name.startswith(f"s{subject}_") for name in names)
        for number in range(count - own):
            kind = next(kind for kind in kinds if left[kind])
            left[kind] -= 1
            names.append(f"s{subject}_{kind}_{number + 41:02d}")
    return names


def write_clips(root: Path, names: list[str], place: str) -> None:
    for name in names:
        number, kind, _ = name[1:].split("_")
        folder = root / place.format(number=number, kind={"ne": "negative", "po": "positive", "sur": "surprise"}[kind])
        (folder / name).mkdir(parents=True)
        for frame in (100, 101, 110):
            (folder / name / f"image{frame:06d}.bmp").touch()


def differing(root: Path) -> list[str]:
    inspection = inspect(CorpusSettings(corpus="smic", root=str(root)))
    assert inspection.checks
    return [check.what for check in inspection.checks if not check.same]


def test_published_counts(tmp_path: Path) -> None:
    names = names_of_hs()
    write_clips(tmp_path / "short", names, "SMIC_all_raw/HS/s{number}/micro/{kind}")
    assert differing(tmp_path / "short") == []
    shutil.rmtree(tmp_path / "short/SMIC_all_raw/HS/s9")
    assert "clips" in differing(tmp_path / "short")
    names = [name for name in names if name not in ABSENT]
    write_clips(tmp_path / "long", names, "HS_long/SMIC-HS-E/s{number:0>2}")
    rows: list[list[Cell]] = [[int(name[1:].split("_")[0]), name, 1, 100, 110] for name in names]
    write_workbook(tmp_path / "long/SMIC-HS-E_annotation.xlsx", {"Sheet1": [HEADER, *rows, ["sum", None, 157]]})
    assert differing(tmp_path / "long") == []


def test_a_rendered_corpus_is_read_as_it_was_made(tmp_path: Path) -> None:
    summary = make_corpus("smic", tmp_path / "x", 3, 2, 5, mislabelled=0.0, frames=(3, 4), size=(320, 240))
    corpus = smic(summary.root)
    assert corpus.rejections == []
    clips = {clip.id: clip for clip in corpus.clips}
    truth = [json.loads(line) for line in (summary.truth / "truth.jsonl").read_text().splitlines()]
    assert sorted(clips) == sorted(line["clip_id"] for line in truth)
    for line in truth:
        clip = clips[line["clip_id"]]
        assert (clip.onset.frame, clip.apex.frame, clip.offset.frame) == (line["onset"], None, line["offset"])
        assert clip.frames.path == line["folder"]
        assert clip.flags == ["apex.missing"]
    assert (summary.root / CODING).is_file()
