"""DFME: the parts of the contest with and without labels, the full release, copies of the tables."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from functools import partial
from itertools import cycle, islice
from pathlib import Path

import pytest

from tests.helpers_corpora import read_corpus, refused, trap_fixture
from unimer.corpora import Corpus
from unimer.corpora.cards import load_card
from unimer.corpora.dfme import EMOTIONS
from unimer.errors import InputError, SettingsError
from unimer.inspection import inspect
from unimer.records import AULabel, Clip, FrameMark, FrameSource
from unimer.settings import CorpusSettings
from unimer.synth import make_corpus
from unimer.synth.layouts.base import Cell, write_tiny, write_workbook
from unimer.synth.layouts.dfme import HEADER, TEST_A, TRAIN

FILES = "CCAC2024.xlsx, testA_full_with_AU.xlsx, CCAC2024_B.xlsx"

tree = trap_fixture("dfme", "DFME")


dfme = partial(read_corpus, "dfme")


def listed(corpus: Corpus) -> list[tuple[object, ...]]:
    """Id, part, rate, marks, emotion, AUs as printed, flags."""
    return [
        (
            *(clip.id.removeprefix("dfme/"), clip.part, clip.fps),
            *(clip.onset.frame, clip.apex.frame, clip.offset.frame, clip.emotion, clip.au_raw, clip.flags),
        )
        for clip in corpus.clips
    ]


TRAIN_CLIPS: list[tuple[object, ...]] = [
    ("sub0003/sub0003_01", "train", 500.0, 109, 120, 131, "happiness", "12", []),
    ("sub0003/sub0003_02", "train", 500.0, 0, 7, 19, "anger", "4+23", []),
    ("sub0004/sub0004_02", "train", 300.0, 5, 9, 15, "surprise", "1+2+5+M58", []),
    ("sub0671/sub0671_10", "train", 200.0, 3, 8, 16, "contempt", "L12", []),
]
A_CLIPS: list[tuple[object, ...]] = [
    ("sub0008/sub0008_01", "test_a", 300.0, 0, 11, 20, "fear", "R1", []),
    ("sub0008/sub0008_02", "test_a", 300.0, 40, 52, 60, "sadness", "15+17", []),
]
B_CLIPS: list[tuple[object, ...]] = [
    ("sub0001/sub0001_01", "test_b", 200.0, 20, None, 34, None, None, ["apex.missing"]),
    ("sub0001/sub0001_02", "test_b", 200.0, 0, None, 11, None, None, ["apex.missing"]),
]
MISSING = ("dfme/sub0004/sub0004_01", "frames.missing", "CCAC2024.xlsx, row 4: no folder sub0004/sub0004_01")


def test_all_parts(tree: Path) -> None:
    corpus = dfme(tree)
    assert listed(corpus) == [*TRAIN_CLIPS, *A_CLIPS, *B_CLIPS]
    orphan = ("dfme/sub0005/sub0005_01", "clip.orphan", f"DFME_train/sub0005_01 has no row in {FILES}")
    assert refused(corpus) == [MISSING, orphan]
    assert (corpus.version, corpus.rows, corpus.folders) == ("train+test_a+test_b", 9, 9)
    assert ", ".join(corpus.annotations) == FILES
    assert corpus.sums == {"onset": 169.0, "apex": 227.0, "offset": 291.0}


def test_clips_in_full(tree: Path) -> None:
    clips = dfme(tree).clips
    assert clips[0] == Clip(
        id="dfme/sub0003/sub0003_01",
        corpus="dfme",
        subject="sub0003",
        clip="sub0003_01",
        person="dfme/sub0003",
        part="train",
        frames=FrameSource(kind="folder", path="DFME_train/sub0003_01"),
        fps=500.0,
        onset=FrameMark(frame=109, origin="annotated"),
        apex=FrameMark(frame=120, origin="annotated"),
        offset=FrameMark(frame=131, origin="annotated"),
        au_raw="12",
        aus=[AULabel(au=12)],
        emotion_raw="happiness",
        emotion="happiness",
        emotion_coarse="positive",
    )
    assert clips[2].aus == [AULabel(au=au) for au in (1, 2, 5, 58)]
    assert (clips[3].aus, clips[4].aus) == ([AULabel(au=12, side="left")], [AULabel(au=1, side="right")])
    unlabelled = clips[6]
    assert unlabelled.frames.path == "test_data_B/test_data_B/sub0001_01"
    assert (unlabelled.onset, unlabelled.offset) == (
        FrameMark(frame=20, origin="first"),
        FrameMark(frame=34, origin="last"),
    )


def test_options(tree: Path) -> None:
    assert dfme(tree, missing_apex="midpoint").clips[-1].apex == FrameMark(frame=5, origin="midpoint")
    assert [clip.part for clip in dfme(tree, missing_apex="drop").clips] == ["train"] * 4 + ["test_a"] * 2
    for level in ("none", "community"):
        assert listed(dfme(tree, corrections=level)) == listed(dfme(tree)), "there are no corrections"
    with pytest.raises(SettingsError, match=r"dfme has no version 'train'"):
        dfme(tree, version="train")


# --- Parts -----------------------------------------------------------------------------------------------------------


def test_a_part_alone(tree: Path, tmp_path: Path) -> None:
    shutil.copytree(tree, tmp_path / "x")
    (tmp_path / "x/test_data_A").rename(tmp_path / "x/kept")
    shutil.rmtree(tmp_path / "x/test_data_B")
    for name in ("CCAC2024_B.xlsx", "test A .csv", "testA_full_with_AU.xlsx"):
        (tmp_path / "x" / name).rename(tmp_path / name)
    shutil.rmtree(tmp_path / "x/kept")
    corpus = dfme(tmp_path / "x")
    assert (listed(corpus), corpus.version) == (TRAIN_CLIPS, "train")
    inner = dfme(tmp_path / "x/DFME_train")
    assert (listed(inner), inner.version) == (TRAIN_CLIPS, "train"), "the table beside the root"
    assert inner.clips[0].frames.path == "sub0003_01"


def test_tables_inside_the_parts(tree: Path, tmp_path: Path) -> None:
    root = tmp_path / "x"
    shutil.copytree(tree, root)
    (root / "CCAC2024.xlsx").rename(root / "DFME_train/training_full_with_AU.xlsx")
    (root / "testA_full_with_AU.xlsx").unlink()
    (root / "test A .csv").rename(root / "test_data_A/test_A.csv")
    corpus = dfme(root)
    assert listed(corpus)[:4] == TRAIN_CLIPS
    assert listed(corpus)[4][:7] == ("sub0008/sub0008_01", "test_a", 300.0, 0, None, 20, None)
    assert [Path(name).name for name in corpus.annotations] == [
        "training_full_with_AU.xlsx",
        "test_A.csv",
        "CCAC2024_B.xlsx",
    ]


@pytest.mark.parametrize(
    ("train", "tables"),
    [
        ("train_data/train_data", ("CCAC2024.csv", "CCAC2024_test_A_withstart.csv")),
        ("DFME_train/DFME_train", ("labels/train.csv", "labels/test A .csv")),
        ("DFME_train", ("training_full_with_AU.csv", "testA_full_with_AU.csv")),
    ],
)
def test_names_of_folders_and_tables(tmp_path: Path, train: str, tables: tuple[str, str]) -> None:
    for place, rows in ((train, TRAIN), ("test_data_A/test_data_A", TEST_A)):
        for row in rows:
            numbers = range(int(row[2] or 0), int(row[4] or 0) + 1)
            write_tiny(tmp_path / place / str(row[1]), numbers, "{:05d}.png")
    for name, rows in zip(tables, (TRAIN, TEST_A), strict=True):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("\n".join(",".join(map(str, row)) for row in [HEADER, *rows]))
    corpus = dfme(tmp_path)
    assert [clip.part for clip in corpus.clips] == ["train"] * 5 + ["test_a"] * 2
    assert (corpus.version, corpus.rejections) == ("train+test_a", [])


def test_a_named_table_is_the_only_one(tree: Path, tmp_path: Path) -> None:
    write_workbook(tmp_path / "mine.xlsx", {"Sheet1": [HEADER, *TRAIN, *TEST_A]})
    corpus = dfme(tree, annotations=str(tmp_path / "mine.xlsx"))
    assert listed(corpus) == [*TRAIN_CLIPS, *A_CLIPS], "the part is that of the folder"
    assert [clip for clip, code, _ in refused(corpus) if code == "clip.orphan"] == [
        "dfme/sub0001/sub0001_01",
        "dfme/sub0001/sub0001_02",
        "dfme/sub0005/sub0005_01",
    ]
    assert corpus.version == "train+test_a"


def test_a_part_without_a_table_is_left_over(tree: Path, tmp_path: Path) -> None:
    shutil.copytree(tree, tmp_path / "x")
    (tmp_path / "x/CCAC2024_B.xlsx").unlink()
    corpus = dfme(tmp_path / "x")
    assert {clip.part for clip in corpus.clips} == {"train", "test_a"}
    assert [clip for clip, code, _ in refused(corpus) if code == "clip.orphan"] == [
        "dfme/sub0001/sub0001_01",
        "dfme/sub0001/sub0001_02",
        "dfme/sub0005/sub0005_01",
    ]


# --- Tables ----------------------------------------------------------------------------------------------------------


def write_part(root: Path, header: list[Cell], rows: list[list[Cell]], name: str = "train.csv") -> Path:
    for row in TRAIN:
        write_tiny(root / "DFME_train" / str(row[1]), range(int(row[2] or 0), int(row[4] or 0) + 1), "{:05d}.png")
    lines = [",".join("" if cell is None else str(cell) for cell in cells) for cells in [header, *rows]]
    (root / name).write_text("\n".join(lines) + "\n", encoding="utf-8-sig")
    return root


def test_copies_of_the_table(tmp_path: Path) -> None:
    whole = listed(dfme(write_part(tmp_path, HEADER, TRAIN)))
    assert (len(whole), whole[0]) == (5, TRAIN_CLIPS[0])
    mixed = [[*row[:2], *(f"{cell}.0" for cell in row[2:5]), *row[5:]] for row in TRAIN]
    names: list[Cell] = [
        "subject",
        "file name",
        "Onset",
        "apex",
        "offset_frame",
        "emotion",
        "emotion id",
        "FPS",
        "AUs",
    ]
    names[4] = "OffsetFrame "
    assert listed(dfme(write_part(tmp_path, names, mixed))) == whole
    no_words = [[*row[:5], None, *row[6:]] for row in TRAIN]
    assert [clip[6] for clip in listed(dfme(write_part(tmp_path, HEADER, no_words)))] == [clip[6] for clip in whole]
    no_subject = [row[1:] for row in TRAIN]
    assert listed(dfme(write_part(tmp_path, HEADER[1:], no_subject))) == whole


def test_rows_that_cannot_be_used(tmp_path: Path) -> None:
    rows: list[list[Cell]] = [
        TRAIN[0],
        ["sub0003", "clip 2", 0, 7, 19, "anger", 0, 500, 4],
        ["sub0004", None, 0, 7, 19, "anger", 0, 500, 4],
        ["sub0003", "sub0003_02", "zero", 7, 19, "anger", 0, 500, 4],
        ["sub0003", "sub0004_01", 12, 20, 30, "anger", 0, 500, 4],
        ["sub0004", "sub0004_02", 15, 9, 5, "anger", 0, 300, 4],
        [*TRAIN[4][:7], "fast", 12],
    ]
    corpus = dfme(write_part(tmp_path, HEADER, rows))
    assert [(clip.clip, clip.fps, clip.flags) for clip in corpus.clips] == [
        ("sub0003_01", 500.0, []),
        ("sub0671_10", None, ["fps.unknown:fast"]),
    ]
    assert refused(corpus) == [
        (
            "dfme/sub0003/clip 2",
            "annotation.invalid",
            "train.csv, row 3: the file name is 'clip 2', not like sub0003_01",
        ),
        ("dfme/sub0004/row-4", "annotation.invalid", "train.csv, row 4: no file name"),
        ("dfme/sub0003/sub0003_02", "annotation.invalid", "train.csv, row 5: onset is 'zero', not a frame number"),
        ("dfme/sub0003/sub0004_01", "frames.missing", "train.csv, row 6: no folder sub0003/sub0004_01"),
        ("dfme/sub0004/sub0004_02", "annotation.order", "train.csv, row 7: the onset 15 is not before the offset 5"),
        ("dfme/sub0004/sub0004_01", "clip.orphan", "DFME_train/sub0004_01 has no row in train.csv"),
    ]


def test_a_blank_mark_is_the_end_of_the_folder(tmp_path: Path) -> None:
    rows: list[list[Cell]] = [["sub0003", "sub0003_01", None, 120, "/", "happiness", 4, 500, 12]]
    clip = dfme(write_part(tmp_path, HEADER, rows)).clips[0]
    assert (clip.onset, clip.offset) == (FrameMark(frame=109, origin="first"), FrameMark(frame=131, origin="last"))


def test_bad_input(tree: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no frame folders like sub0003_01 here"):
        dfme(tmp_path)
    shutil.copytree(tree / "DFME_train", tmp_path / "x/DFME_train")
    with pytest.raises(InputError, match=r"no coding file \(CCAC2024.xlsx, train.csv"):
        dfme(tmp_path / "x")
    (tmp_path / "x/train.csv").write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match=r"train.csv: no header: .* has a column 'filename'"):
        dfme(tmp_path / "x")


# --- The full release ------------------------------------------------------------------------------------------------

FULL = "USTC_MEv4_partA_sub0001_sub0015/data/micro"
FAST = "USTC_MEv4_partD_sub0301_sub0671_500fps/micro"


def full_tree(root: Path) -> Path:
    write_tiny(root / FULL / "anger/sub0001_01", range(5, 20), "{:05d}.png")
    write_tiny(root / FULL / "happiness/sub0001_02", range(30), "{:05d}.png")
    write_tiny(root / FAST / "fear/sub0301_01", range(12), "{:05d}.png")
    return root


def test_the_full_release_needs_no_coding_file(tmp_path: Path) -> None:
    corpus = dfme(full_tree(tmp_path))
    assert listed(corpus) == [
        ("sub0001/sub0001_01", None, None, 5, None, 19, "anger", None, ["apex.missing"]),
        ("sub0001/sub0001_02", None, None, 0, None, 29, "happiness", None, ["apex.missing"]),
        ("sub0301/sub0301_01", None, 500.0, 0, None, 11, "fear", None, ["apex.missing"]),
    ]
    assert (corpus.version, corpus.rows, corpus.folders, corpus.annotations) == ("full", 3, 3, {})


def test_crops_beside_the_pictures_are_another_pack(tmp_path: Path) -> None:
    clips = listed(dfme(full_tree(tmp_path)))
    for place in (FULL, FAST):
        shutil.copytree(tmp_path / place, tmp_path / f"{place}_static_aligned_croped")
    corpus = dfme(tmp_path)
    assert (listed(corpus), corpus.folders, corpus.rejections) == (clips, 3, [])
    assert not any("aligned" in clip.frames.path for clip in corpus.clips)
    for place in (FULL, FAST):
        shutil.rmtree(tmp_path / place)
    assert listed(dfme(tmp_path)) == clips


def test_the_full_release_with_a_coding_file(tmp_path: Path) -> None:
    lines = ["subject,filename,OnsetFrame,ApexFrame,OffsetFrame,AU,emotion,fps"]
    lines += ["sub0001,sub0001_01,5,9,19,4+7,anger,200", "sub0001,sub0001_02,0,11,29,12,,200"]
    (full_tree(tmp_path) / "DFME_labels.csv").write_text("\n".join(lines))
    corpus = dfme(tmp_path)
    assert listed(corpus) == [
        ("sub0001/sub0001_01", None, 200.0, 5, 9, 19, "anger", "4+7", []),
        ("sub0001/sub0001_02", None, 200.0, 0, 11, 29, "happiness", "12", []),
    ]
    assert [code for _, code, _ in refused(corpus)] == ["clip.orphan"]
    assert corpus.version == "full"


# --- The whole corpus ------------------------------------------------------------------------------------------------

PLACES = {"train": "DFME_train", "test_a": "test_data_A", "test_b": "test_data_B"}
NAMES = {"train": "CCAC2024.csv", "test_a": "testA.csv", "test_b": "CCAC2024_B.csv"}


def part_rows(part: str, first: int) -> Iterator[list[str]]:
    """Rows with the published counts of subjects, emotions and rates of a part."""
    counts = load_card("dfme").counts[part]
    emotions = [name for name, count in counts.emotion.items() for _ in range(count)]
    rates = [rate for rate, count in counts.fps.items() for _ in range(count)]
    subjects = sorted(islice(cycle(range(counts.subjects or 0)), counts.clips))
    for index, (subject, emotion, rate) in enumerate(zip(subjects, emotions, rates, strict=True)):
        name = f"sub{first + subject:04d}"
        marks = [str(frame) for frame in (index % 9, index % 9 + 4, index % 9 + 8)]
        yield [name, f"{name}_{index % 99 + 1:02d}", *marks, emotion, str(EMOTIONS.index(emotion)), rate, "4+7"]


def differing(root: Path) -> tuple[str | None, list[str]]:
    inspection = inspect(CorpusSettings(corpus="dfme", root=str(root)))
    return inspection.version, [check.what for check in inspection.checks if not check.same]


def test_published_counts(tmp_path: Path) -> None:
    first = 1
    for part, place in PLACES.items():
        rows = list(part_rows(part, first))
        first += load_card("dfme").counts[part].subjects or 0
        for row in rows:
            folder = tmp_path / place / row[1]
            folder.mkdir(parents=True)
            for number in (row[2], row[4]):
                (folder / f"{int(number):05d}.png").touch()
        lines = [",".join(map(str, HEADER)), *(",".join(row) for row in rows)]
        (tmp_path / NAMES[part]).write_text("\n".join(lines))
    assert differing(tmp_path) == ("train+test_a+test_b", [])
    assert differing(tmp_path / "test_data_B") == ("test_b", []), "of the tables beside the root only its own is read"
    (tmp_path / NAMES["test_b"]).unlink()
    shutil.rmtree(tmp_path / PLACES["test_b"])
    assert differing(tmp_path) == ("train+test_a", [])


def test_a_rendered_corpus_is_read_as_it_was_made(tmp_path: Path) -> None:
    summary = make_corpus("dfme", tmp_path / "x", 3, 2, 5, mislabelled=0.0, frames=(3, 4), size=(320, 240))
    corpus = dfme(summary.root)
    assert corpus.rejections == []
    clips = {clip.id: clip for clip in corpus.clips}
    truth = [json.loads(line) for line in (summary.truth / "truth.jsonl").read_text().splitlines()]
    assert sorted(clips) == sorted(line["clip_id"] for line in truth)
    for line in truth:
        clip = clips[line["clip_id"]]
        assert (clip.onset.frame, clip.apex.frame, clip.offset.frame) == (line["onset"], line["apex"], line["offset"])
        assert [(unit.au, unit.side) for unit in clip.aus] == [(u["au"], u["side"]) for u in line["aus_labelled"]]
        assert (clip.frames.path, clip.fps, clip.flags) == (line["folder"], 500.0, [])
