"""CAS(ME)^3 part A: where recordings, clips and label files may lie; the whole corpus, its counts and its speed."""

from __future__ import annotations

import json
import random
import shutil
import time
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.casme3_fixture import ALL, ANNOTATION, balanced, by_name, casme3, frames, reasons, small
from tests.helpers_corpora import trap_fixture
from unimer.corpora import recognise
from unimer.corpora.cards import load_card
from unimer.corpora.places import frame_folder
from unimer.errors import InputError, SettingsError
from unimer.frames import Listing
from unimer.inspection import inspect
from unimer.records import FrameSource
from unimer.settings import CorpusSettings
from unimer.synth import make_corpus
from unimer.synth.layouts.base import Cell, write_tiny, write_workbook
from unimer.synth.layouts.casme3_a import HEADER, LABELS, TREE

tree = trap_fixture("casme3_a", "CASME3")


# --- Where things lie ------------------------------------------------------------------------------------------------

TWO: list[list[Cell]] = [
    ["spNO.1", "a", "10", "12", "20", "4", "III", "disgust"],
    ["spNO.3", "J", "20", "24", "31", "12", "I", "happy"],
]


@pytest.mark.parametrize(
    "pattern",
    [
        "{s}/{v}/color/{{}}.jpg",
        "{s}/{v}/{{}}.jpg",
        "{s}/{v}/{{}}.png",
        "{s}/{s}/{v}/color/{{}}.JPG",
        "part_A/{s}/{v}/Color/{{}}.jpg",
        "part_A/data/part_A_split/part_A/{s}/{v}/color/{{}}.jpg",
        "RGB_Depth/part_A/{s}/{v}/color/{{}}.jpg",
        "part_A/Part_A_ME_clip/frame/{s}_{v}_{o}/{{}}.jpg",
        "frame/{s}_{v}_{o}/color/{{}}.jpg",
        "{s}_{v}_{o}/{{}}.png",
    ],
)
@pytest.mark.parametrize("spelling", ["spNO.{}", "spNo.{}", "spNO{}", "SPNO.0{}"])
def test_trees(tmp_path: Path, pattern: str, spelling: str) -> None:
    for subject, video, onset in ((1, "a", 10), (3, "J", 20)):
        name = pattern.format(s=spelling.format(subject), v=video, o=onset)
        write_tiny(tmp_path / Path(name).parent, range(onset, onset + 12), Path(name).name)
        shutil.copytree(tmp_path / Path(name).parent, tmp_path / "depth" / Path(name).parent)
    corpus = casme3(small(tmp_path, TWO))
    assert list(by_name(corpus)) == ["spNO.1/a_10", "spNO.3/j_20"]
    assert [frames(clip) for clip in corpus.clips] == [(10, 12, 20), (20, 24, 31)]
    assert (corpus.rejections, corpus.folders) == ([], 2)
    pack = "{o}" in pattern
    assert corpus.version == ("v2 clips" if pack else "v2")
    first = pattern.format(s=spelling.format(1), v="a", o=10)
    limits = {} if pack else {"first": 10, "last": 20}
    assert corpus.clips[0].frames == FrameSource(kind="folder", path=str(Path(first).parent), **limits)


@pytest.mark.parametrize(
    "name",
    [
        "CAS(ME)^3_part_A_ME_label_JpgIndex_v2.xlsx",
        "CAS(ME)3_Part_A_ME_label_JPGindex_V2.XLSX",
        "casme3_part_A_ME_label_JpgIndex_v2.xlsx",
        "part_A_ME_label_JpgIndex_v2.xlsx",
    ],
)
@pytest.mark.parametrize("folder", ["", "annotation/partA", "CAS-ME-3-main/annotation/partA", ".."])
def test_names_and_places_of_the_label_file(tmp_path: Path, name: str, folder: str) -> None:
    root = tmp_path / "root"
    write_tiny(root / "spNO.1/a/color", range(8, 30), "{}.jpg")
    write_tiny(root / "spNO.3/J/color", range(8, 40), "{}.jpg")
    small(root, TWO, folder, name)
    (root / folder / f"~${name}").write_bytes(b"lock file of a spreadsheet program")
    assert casme3(root).version == "v2"
    assert recognise(root)[0] == "casme3_a"


@pytest.mark.parametrize("name", ["cas(me)3_part_A_ME_label_JpgIndex_v2_20250903.xlsx", "cas(me)3_part_A_edited.csv"])
def test_other_copies_are_not_compared(tmp_path: Path, name: str) -> None:
    """The newer release is known by name only; HTNet's csv holds 687 of the rows and more columns."""
    write_tiny(tmp_path / "spNO.1/a/color", range(8, 30), "{}.jpg")
    if name.endswith("csv"):
        header = ",".join([*map(str, HEADER), "label_for_7", "label_for_3", "imagename_apex"])
        row = "spNO.1,a,10,12,20,4,III,disgust,4,0,spNO.1/a/color/12.jpg"
        (tmp_path / name).write_text(f"{header}\n{row}\n", encoding="utf-8")
    else:
        small(tmp_path, TWO[:1], name=name)
    corpus = casme3(tmp_path)
    assert (list(by_name(corpus)), corpus.version) == (["spNO.1/a_10"], None)
    small(tmp_path, [["spNO.1", "a", 11, 12, 20, 4, "III", "disgust"]])
    corpus = casme3(tmp_path)
    assert (list(by_name(corpus)), corpus.version) == (["spNO.1/a_11"], "v2"), "the published one is preferred"
    assert list(by_name(casme3(tmp_path, annotations=name))) == ["spNO.1/a_10"]


def test_a_file_under_another_name(tmp_path: Path) -> None:
    write_tiny(tmp_path / "spNO.1/a/color", range(8, 30), "{}.jpg")
    write_workbook(
        tmp_path / "mine.xlsx", {"x": [[*HEADER[:6], "Expression type"], [*TWO[0][:6], "Macro-expression"]]}
    )
    corpus = casme3(tmp_path, annotations="mine.xlsx", version="v2-all")
    assert (corpus.clips[0].expression, corpus.version) == ("macro", None)


def test_recordings_are_preferred_to_clips_and_macro_clips_belong_to_all_expressions(tree: Path) -> None:
    pack = tree / "part_A" / "Part_A_ME_clip"
    corpus = casme3(pack, annotations=str(tree / ANNOTATION / LABELS))
    assert list(by_name(corpus)) == ["spNO.1/a_355"]
    assert corpus.clips[0].frames == FrameSource(kind="folder", path="frame/spNO.1_a_355")
    assert (corpus.folders, corpus.version, corpus.rows) == (1, "v2 clips", 15)
    assert {code for _, code, _ in reasons(corpus)} == {"frames.missing"}
    assert casme3(tree).clips[0].frames.path == f"{TREE}/spNO.1/a/color"


def test_clip_packs(tmp_path: Path) -> None:
    """Their names hold the onset as the label file v2 has it, uncorrected."""
    for number, frames_of in (("d_3647", (2647, 2695)), ("e_0", (1, 26))):
        write_tiny(tmp_path / f"Part_A_ME_clip/frame/spNO.216_{number}", range(*frames_of), "{}.jpg")
    write_tiny(tmp_path / "Part_A_MaE_clip/frame/spNO.216_d_100", range(100, 130), "{}.jpg")
    micro = [
        ["spNO.216", "d", "3647", "2668", "2694", "24", "VII", "anger"],
        ["spNO.216", "e", "0", "0", "25", "5", "II", "surprise"],
    ]
    small(tmp_path, [list(row) for row in micro])
    corpus = casme3(tmp_path)
    assert {name: frames(clip) for name, clip in by_name(corpus).items()} == {
        "spNO.216/d_3647": (2647, 2668, 2694),
        "spNO.216/e_0": (1, None, 25),
    }
    assert corpus.rejections == [], "macro-expressions are another pack"
    header: list[Cell] = [*HEADER[:6], "Expression type"]
    every: list[list[Cell]] = [
        ["spNO.216", "d", 2647, 2668, 2694, "24", "Micro-expression"],
        ["spNO.216", "e", 0, 0, 25, "5", "Micro-expression"],
        ["spNO.216", "d", 100, 110, 129, "12", "Macro-expression"],
    ]
    write_workbook(tmp_path / ALL, {"Sheet1": [header, *every]})
    corpus = casme3(tmp_path, version="v2-all")
    assert {name: clip.emotion for name, clip in by_name(corpus).items()} == {
        "spNO.216/d_3647": "anger",
        "spNO.216/e_0": "surprise",
        "spNO.216/d_100": None,
    }
    assert (corpus.rejections, corpus.folders) == ([], 3)


def test_wrong_folders_and_versions(tree: Path, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="casme3_a has no version 'v3'"):
        casme3(tree, version="v3")
    (tmp_path / "x").mkdir()
    with pytest.raises(InputError, match="no label file"):
        casme3(tmp_path / "x")
    small(tmp_path, TWO, "x")
    with pytest.raises(InputError, match=r"no frame folders like spNO.1/a"):
        casme3(tmp_path / "x")
    with pytest.raises(InputError, match=r"the v2-all labels are not here, only cas\(me\)3_.*_v2.xlsx \(v2\)"):
        casme3(tmp_path / "x", version="v2-all")


# --- The whole corpus ------------------------------------------------------------------------------------------------

PUBLISHED = {
    "v2": [250, 187, 158, 3, 86, 64, 57, 55],
    "v1": [275, 199, 163, 3, 91, 67, 63, 60],
}
WORDS = ["disgust", "surprise", "others", "Others", "fear", "anger", "sad", "happy"]
CLASSES = {"VII": 373, "III": 234, "II": 151, "V": 47, "IV": 37, "I": 15, "VI": 3}


def _videos() -> list[tuple[str, str]]:
    """463 recordings of 94 subjects."""
    return [(f"spNO.{at % 94 + 1}", "abcdefghijklm"[at // 94]) for at in range(463)]


def _rows(version: str) -> list[list[Cell]]:
    """Rows with the published counts; the last one makes the sums of the marks right (v2)."""
    emotions = [word for word, count in zip(WORDS, PUBLISHED[version], strict=True) for _ in range(count)]
    classes = [name for name, count in CLASSES.items() for _ in range(count)]
    marks = [[20 * (at // 463) + mark for mark in (10, 14, 22)] for at in range(len(emotions))]
    sums = load_card("casme3_a").counts["v2"].frame_sums
    rest = [sum(row[column] for row in marks[:-1]) for column in range(3)]
    marks[-1] = [round(total) - other for total, other in zip(sums.values(), rest, strict=True)]
    return [
        [*_videos()[at % 463], *map(str, marks[at]), "4", classes[at % len(classes)], emotion]
        for at, emotion in enumerate(emotions)
    ]


def _big(root: Path, numbers: Iterable[int]) -> Path:
    """All recordings with these frames, and those of the last rows; label files."""
    recordings = {key: set(numbers) for key in _videos()}
    for version in PUBLISHED:
        rows = _rows(version)
        subject, video, *marks = rows[-1][:5]
        recordings[str(subject), str(video)] |= {int(str(mark)) for mark in marks}
        write_workbook(root / LABELS.replace("v2", version), {"label": [HEADER, *rows]})
    for (subject, video), existing in recordings.items():
        folder = root / subject / video / "color"
        folder.mkdir(parents=True)
        for number in existing:
            (folder / f"{number}.jpg").touch()
    return root


def test_published_counts(tmp_path: Path) -> None:
    root = _big(tmp_path / "part_A", (10, 14, 22, 30, 34, 42))
    for version in PUBLISHED:
        found = inspect(CorpusSettings(corpus="casme3_a", root=str(root), version=version))
        assert [check for check in found.checks if not check.same] == []
        assert len(found.checks) > 5
        assert (found.version, found.folders, found.rejected, found.orphans) == (version, 463, [], [])
    card = load_card("casme3_a").counts["v2"]
    assert sum(card.emotion.values()) == sum(card.coarse.values()) == sum(card.objective_class.values()) == 860


@pytest.mark.slow
def test_a_whole_corpus_is_read_in_seconds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """463 recordings of 300 pictures, 860 and 4206 rows; each recording is listed once."""
    root = _big(tmp_path / "part_A", range(1, 301))
    rng = random.Random(0)
    macro = [(*rng.choice(_videos()), rng.randrange(100, 280)) for _ in range(3346)]
    every: list[list[Cell]] = [[*row[:6], "Micro-expression"] for row in _rows("v2")]
    every += [[s, v, onset, onset + 5, onset + 15, "12", "Macro-expression"] for s, v, onset in macro]
    every.sort(key=lambda row: (str(row[0]), str(row[1])))
    write_workbook(root / ALL, {"Sheet1": [[*HEADER[:6], "Expression type"], *every]})
    listed: list[Path] = []

    def listing(folder: Path) -> tuple[Path, Listing]:
        listed.append(folder)
        return frame_folder(folder)

    monkeypatch.setattr("unimer.corpora.rows.frame_folder", listing)
    begin = time.process_time()
    corpus = casme3(root, version="v2-all")
    assert time.process_time() - begin < 10
    assert (corpus.rows, len(listed), len(set(listed))) == (4206, 463, 463)
    assert balanced(corpus)


@pytest.mark.slow
def test_a_rendered_corpus_is_read_back(tmp_path: Path) -> None:
    made = make_corpus("casme3_a", tmp_path, clips=4, subjects=1, seed=5, frames=(3, 4), size=(320, 240))
    truth = [json.loads(line) for line in (made.truth / "truth.jsonl").read_text().splitlines()]
    corpus = casme3(made.root)
    assert corpus.rejections == []
    assert {clip.id: (frames(clip), clip.emotion) for clip in corpus.clips} == {
        each["clip_id"]: ((each["onset"], each["apex"], each["offset"]), each["emotion"]) for each in truth
    }
    assert corpus.folders == 2, "clips share recordings"
