"""CAS(ME)^3 part C: three arrangements of the folders, AUs between commas, no apex."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from tests.helpers_corpora import trap_fixture
from unimer.corpora import Corpus, read, recognise
from unimer.errors import InputError, SettingsError
from unimer.inspection import inspect
from unimer.records import AULabel, Clip, FrameMark, FrameSource
from unimer.settings import CorpusSettings
from unimer.synth import make_corpus
from unimer.synth.layouts.base import Cell, write_tiny, write_workbook
from unimer.synth.layouts.casme3_c import CODING, HEADER, SHEET, TRAPS


def casme3(root: Path, **changes: object) -> Corpus:
    return read(CorpusSettings.model_validate({"corpus": "casme3_c", "root": str(root), **changes}))


def by_name(corpus: Corpus) -> dict[str, Clip]:
    return {clip.id.removeprefix("casme3_c/"): clip for clip in corpus.clips}


def reasons(corpus: Corpus) -> list[tuple[str, str, str]]:
    return [(r.clip_id.removeprefix("casme3_c/"), r.reasons[0].code, r.reasons[0].message) for r in corpus.rejections]


tree = trap_fixture("casme3_c", "part_C")


def test_the_first_clip_in_full(tree: Path) -> None:
    corpus = casme3(tree)
    assert corpus.annotations == {CODING: hashlib.sha256((tree / CODING).read_bytes()).hexdigest()}
    assert (corpus.version, corpus.rows, corpus.folders) == ("part_C_ME", 8, 9)
    assert corpus.clips[0] == Clip(
        id="casme3_c/01/1",
        corpus="casme3_c",
        subject="01",
        clip="1",
        person="casme3_c/01",
        expression="micro",
        frames=FrameSource(kind="folder", path="ME_C/01/1/color"),
        fps=30.0,
        onset=FrameMark(frame=373, origin="annotated"),
        offset=FrameMark(frame=385, origin="annotated"),
        au_raw="R4,5",
        aus=[AULabel(au=4, side="right"), AULabel(au=5)],
        emotion_raw="negative",
        emotion="negative",
        emotion_coarse="negative",
        flags=["apex.missing"],
    )


def test_every_row_and_folder_is_accounted_for(tree: Path) -> None:
    corpus = casme3(tree)
    assert {name: (clip.onset.frame, clip.offset.frame, clip.flags) for name, clip in by_name(corpus).items()} == {
        "01/1": (373, 385, ["apex.missing"]),
        "02/1": (311, 316, ["apex.missing"]),
        "03/1": (1360, 1372, ["apex.missing"]),
        "04/1": (520, 525, ["apex.missing"]),
        "04/5": (4150, 4163, ["apex.missing"]),
        "04/11": (13940, 13948, ["onset.snapped:13939->13940", "apex.missing"]),
        "10/1": (2704, 2718, ["apex.missing"]),
        "31/10": (16427, 16440, ["apex.missing"]),
    }
    assert reasons(corpus) == [("22/1", "clip.orphan", f"ME_C/22/1 has no row in {CODING}")]
    assert by_name(corpus)["31/10"].frames.path == "ME_C/31/color/31_10"


def test_labels(tree: Path) -> None:
    clips = by_name(casme3(tree))
    assert {name: (clip.au_raw, clip.aus, clip.emotion_coarse) for name, clip in clips.items()} == {
        "01/1": ("R4,5", [AULabel(au=4, side="right"), AULabel(au=5)], "negative"),
        "02/1": ("1", [AULabel(au=1)], "surprise"),
        "03/1": ("17", [AULabel(au=17)], "positive"),
        "04/1": ("4,18", [AULabel(au=4), AULabel(au=18)], "others"),
        "04/5": ("14,L24,", [AULabel(au=14), AULabel(au=24, side="left")], "negative"),
        "04/11": ("4，11", [AULabel(au=4), AULabel(au=11)], "negative"),
        "10/1": ("13?", [AULabel(au=13, doubtful=True)], "negative"),
        "31/10": ("2", [AULabel(au=2)], "surprise"),
    }
    assert all(clip.emotion == clip.emotion_raw == clip.emotion_coarse for clip in clips.values())


def test_a_missing_apex(tree: Path) -> None:
    clips = by_name(casme3(tree, missing_apex="midpoint"))
    assert {name: clip.apex.frame for name, clip in clips.items()} == {
        "01/1": 379,
        "02/1": 313,
        "03/1": 1366,
        "04/1": 522,
        "04/5": 4156,
        "04/11": 13944,
        "10/1": 2711,
        "31/10": 16433,
    }
    with pytest.raises(InputError, match="missing_apex is drop"):
        casme3(tree, missing_apex="drop")


@pytest.mark.parametrize("name", ["CAS(ME)3_part_C_ME.xlsx", "CAS(ME)3_part_C_all_ME.csv"])
def test_a_copy_with_apexes(tree: Path, tmp_path: Path, name: str) -> None:
    """As HFA-Net's, whose apex is sometimes the onset or the offset, with the name of the physiological record."""
    shutil.copytree(tree / "ME_C", tmp_path / "ME_C")
    header: list[Cell] = ["sub", "count", "onset", "apex", "offset", "au", "emotion", "PHY"]
    apexes = {373: 381, 520: 520, 4150: 4163}
    rows: list[list[Cell]] = [
        [s, c, on, apexes.get(on, on + 3), off, au, emotion, f"{s}_{c}"] for s, c, on, off, au, emotion in TRAPS
    ]
    if name.endswith("csv"):
        quoted = [",".join(f'"{cell}"' for cell in row) for row in [header, *rows]]
        (tmp_path / name).write_text("\n".join(quoted) + "\n", encoding="utf-8-sig")
    else:
        write_workbook(tmp_path / name, {SHEET: [header, *rows]})
    clips = by_name(casme3(tmp_path))
    assert clips["01/1"].apex == FrameMark(frame=381, origin="annotated")
    assert (clips["04/1"].apex, clips["04/1"].flags) == (FrameMark(), ["apex.at_onset"])
    assert (clips["04/5"].apex, clips["04/5"].flags) == (FrameMark(), ["apex.at_offset"])
    assert clips["04/5"].aus == [AULabel(au=14), AULabel(au=24, side="left")]


@pytest.mark.parametrize(
    "pattern",
    [
        "{s:02}/{c}/color/{{}}.jpg",
        "{s:02}/{c}/{{}}.jpg",
        "{s}/{c}/color/{{}}.jpg",
        "ME_C/ME_C/{s:02}/{c}/color/{{}}.png",
        "{s:02}/color/{s}_{c}/{{}}.jpg",
        "sub{s}/color/{s}_{c}/{{}}.jpg",
        "{s:02}/color/{s:02}_{c:02}/{{}}.jpg",
    ],
)
def test_clip_folders(tmp_path: Path, pattern: str) -> None:
    for subject, count, onset in ((1, 1, 373), (4, 11, 50)):
        name = Path(pattern.format(s=subject, c=count))
        write_tiny(tmp_path / name.parent, range(onset, onset + 12), name.name)
        depth = str(name.parent).replace("color", "depth")
        if "color" in pattern:
            write_tiny(tmp_path / depth, range(onset, onset + 12), "{}.png")
    rows: list[list[Cell]] = [[1, 1, 373, 384, "4", "negative"], [4, 11, 50, 61, "4", "others"]]
    write_workbook(tmp_path / "annotation" / CODING, {SHEET: [HEADER, *rows]})
    corpus = casme3(tmp_path)
    assert list(by_name(corpus)) == ["01/1", "04/11"]
    assert (corpus.rejections, corpus.folders) == ([], 2)
    folder = Path(pattern.format(s=4, c=11)).parent.as_posix()
    assert corpus.clips[1].frames == FrameSource(kind="folder", path=folder)


@pytest.mark.parametrize("folder", ["part_C/RGB_Depth/part_C/part_C/{s:02}/a/color", "{s:02}/a", "{s:02}/color"])
def test_whole_recordings(tmp_path: Path, folder: str) -> None:
    for subject in (1, 4, 22):
        write_tiny(tmp_path / folder.format(s=subject), range(8, 80), "{}.jpg")
        if folder.endswith("a/color"):
            write_tiny(tmp_path / folder.format(s=subject).replace("color", "depth"), range(8, 80), "{}.png")
    write_tiny(tmp_path / "part_A/01/a/color", range(8, 80), "{}.jpg")
    rows: list[list[Cell]] = [
        [1, 1, 20, 30, "4", "negative"],
        [4, 1, 10, 20, "4", "others"],
        [4, 2, 40, 50, "4", "positive"],
        [5, 1, 40, 50, "4", "positive"],
        [4, None, 60, 65, "4", "positive"],
    ]
    write_workbook(tmp_path / CODING, {SHEET: [HEADER, *rows]})
    corpus = casme3(tmp_path)
    assert list(by_name(corpus)) == ["01/1", "04/1", "04/2"]
    assert corpus.clips[2].frames == FrameSource(kind="folder", path=folder.format(s=4), first=40, last=50)
    assert corpus.folders == 3
    assert [reason[:2] for reason in reasons(corpus)] == [
        ("05/1", "frames.missing"),
        ("04/row-6", "annotation.invalid"),
        ("22/" + Path(folder.format(s=22).removesuffix("/color")).name, "clip.orphan")
        if folder != "{s:02}/color"
        else ("22/color", "clip.orphan"),
    ]


def test_names_of_the_coding_file(tmp_path: Path) -> None:
    write_tiny(tmp_path / "ME_C/01/1/color", range(373, 386), "{}.jpg")
    interview: list[list[Cell]] = [["Subject", "Onset", "Offset", "diff", "Exp_type", "risk"], [1, 373, 385, 12, 1, 0]]
    write_workbook(tmp_path / "CAS(ME)3_part_C.xlsx", {"organize": interview})
    with pytest.raises(InputError, match="no coding file"):
        casme3(tmp_path)
    for name in ("CAS(ME)^3_part_C_ME.xlsx", "cas(me)3_PART_C_ME.xlsx", "part_C_ME.xlsx"):
        write_workbook(tmp_path / name, {SHEET: [HEADER, list(TRAPS[0])]})
        assert recognise(tmp_path)[0] == "casme3_c"
        assert len(casme3(tmp_path).clips) == 1
        assert len(casme3(tmp_path / "ME_C", annotations=str(tmp_path / name)).clips) == 1
        (tmp_path / name).unlink()


def test_a_copy_in_another_encoding_is_refused(tmp_path: Path) -> None:
    write_tiny(tmp_path / "ME_C/04/11/color", range(13939, 13949), "{}.jpg")
    text = "sub,count,onset,offset,au,emotion\n4,11,13939,13948,4，11,negative\n"
    (tmp_path / "CAS(ME)3_part_C_all_ME.csv").write_bytes(text.encode("gb18030"))
    with pytest.raises(InputError, match="is not UTF-8 text"):
        casme3(tmp_path)


def test_wrong_folders_and_versions(tree: Path, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="casme3_c has no version 'v2'"):
        casme3(tree, version="v2")
    assert len(casme3(tree, version="part_C_ME").clips) == 8
    write_workbook(tmp_path / CODING, {SHEET: [HEADER, list(TRAPS[0])]})
    with pytest.raises(InputError, match="no frame folders like 01/1/color"):
        casme3(tmp_path)


def test_published_counts(tmp_path: Path) -> None:
    emotions = ["negative"] * 99 + ["surprise"] * 30 + ["others"] * 20 + ["positive"] * 16
    subjects = [subject for subject in range(1, 32) if subject != 22]
    rows: list[list[Cell]] = [
        [subjects[at % 30], at // 30 + 1, 10, 20, "4", emotion] for at, emotion in enumerate(emotions)
    ]
    write_workbook(tmp_path / CODING, {SHEET: [HEADER, *rows]})
    for subject, count, *_ in rows:
        folder = tmp_path / f"ME_C/{subject:02}/{count}/color"
        folder.mkdir(parents=True)
        for number in (10, 20):
            (folder / f"{number}.jpg").touch()
    found = inspect(CorpusSettings(corpus="casme3_c", root=str(tmp_path)))
    assert [check for check in found.checks if not check.same] == []
    assert (len(found.checks), found.folders, found.rejected, found.orphans) == (10, 165, [], [])


@pytest.mark.slow
def test_a_rendered_corpus_is_read_back(tmp_path: Path) -> None:
    made = make_corpus("casme3_c", tmp_path, clips=3, subjects=2, seed=5, frames=(3, 4), size=(320, 240))
    truth = [json.loads(line) for line in (made.truth / "truth.jsonl").read_text().splitlines()]
    corpus = casme3(made.root)
    assert corpus.rejections == []
    assert {clip.id: (clip.onset.frame, clip.apex.frame, clip.offset.frame, clip.au_raw) for clip in corpus.clips} == {
        each["clip_id"]: (each["onset"], None, each["offset"], each["label"].replace("+", ",")) for each in truth
    }
