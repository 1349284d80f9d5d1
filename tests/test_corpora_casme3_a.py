"""CAS(ME)^3 part A: recordings and clip packs, three versions of labels, their known errors."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from tests.casme3_fixture import ALL, ANNOTATION, MACRO, balanced, by_name, casme3, frames, reasons
from tests.helpers_corpora import trap_fixture
from unimer.records import AULabel, Clip, FrameMark, FrameSource
from unimer.synth.layouts.base import Cell, write_tiny, write_workbook
from unimer.synth.layouts.casme3_a import HEADER, LABELS, TREE

tree = trap_fixture("casme3_a", "CASME3")


def test_the_first_clip_in_full(tree: Path) -> None:
    corpus = casme3(tree)
    labels = tree / ANNOTATION / LABELS
    assert corpus.annotations == {f"{ANNOTATION}/{LABELS}": hashlib.sha256(labels.read_bytes()).hexdigest()}
    assert (corpus.version, corpus.rows, corpus.folders) == ("v2", 15, 15)
    assert corpus.clips[0] == Clip(
        id="casme3_a/spNO.1/a_355",
        corpus="casme3_a",
        subject="spNO.1",
        clip="a",
        person="casme3_a/spNO.1",
        expression="micro",
        frames=FrameSource(kind="folder", path=f"{TREE}/spNO.1/a/color", first=355, last=372),
        fps=30.0,
        onset=FrameMark(frame=355, origin="annotated"),
        apex=FrameMark(frame=360, origin="annotated"),
        offset=FrameMark(frame=372, origin="annotated"),
        au_raw="4",
        aus=[AULabel(au=4)],
        emotion_raw="disgust",
        emotion="disgust",
        emotion_coarse="negative",
        objective_class=3,
        flags=[],
    )


def test_every_row_and_folder_is_accounted_for(tree: Path) -> None:
    corpus = casme3(tree)
    assert {name: (frames(clip), clip.flags) for name, clip in by_name(corpus).items()} == {
        "spNO.1/a_355": ((355, 360, 372), []),
        "spNO.1/a_380": ((380, 383, 390), []),
        "spNO.2/e_138": ((138, 142, 150), ["apex.covered"]),
        "spNO.3/j_20": ((20, 24, 31), []),
        "spNO.7/b_12": ((12, 15, 20), []),
        "spNO.40/e_1812": ((1812, 1820, 1845), ["offset.corrected:official"]),
        "spNO.40/e_2327": ((2327, 2335, 2403), ["offset.corrected:official"]),
        "spNO.149/d_112": ((112, 160, 358), ["apex.corrected:official"]),
        "spNO.214/c_5": ((8, None, 3459), ["onset.snapped:5->8", "offset.snapped:3460->3459", "apex.at_onset"]),
        "spNO.215/f_2183": ((2183, 2192, 2200), ["apex.covered", "apex.snapped:2190->2192"]),
        "spNO.216/d_3647": ((2647, 2668, 2694), ["onset.corrected:official"]),
        "spNO.216/e_0": (
            (1, None, 25),
            ["onset.corrected:official", "apex.corrected:official", "apex.at_onset"],
        ),
        "spNO.216/i_1": ((1, 4, 9), []),
    }
    assert reasons(corpus) == [
        (
            "spNO.4/j_569",
            "frames.outside",
            f"{LABELS}, row 6: annotated from 569 to 575, but none of these frames exists",
        ),
        (
            "spNO.9/c_5",
            "frames.missing",
            f"{LABELS}, row 8: {TREE}/spNO.9/c/color cannot be listed: No such file or directory",
        ),
        ("spNO.1/b", "clip.orphan", f"{TREE}/spNO.1/b has no row in {LABELS}"),
        ("spNO.1/m", "clip.orphan", f"{TREE}/spNO.1/m has no row in {LABELS}"),
    ]
    assert balanced(corpus)


def test_labels(tree: Path) -> None:
    clips = by_name(casme3(tree))
    assert {name: (clip.emotion, clip.emotion_coarse, clip.objective_class) for name, clip in clips.items()} == {
        "spNO.1/a_355": ("disgust", "negative", 3),
        "spNO.1/a_380": ("others", "others", 7),
        "spNO.2/e_138": ("fear", "negative", 7),
        "spNO.3/j_20": ("happiness", "positive", 2),
        "spNO.7/b_12": ("sadness", "negative", 5),
        "spNO.40/e_1812": ("others", "others", 7),
        "spNO.40/e_2327": ("fear", "negative", 6),
        "spNO.149/d_112": ("fear", "negative", 7),
        "spNO.214/c_5": ("disgust", "negative", 7),
        "spNO.215/f_2183": ("disgust", "negative", 3),
        "spNO.216/d_3647": ("anger", "negative", 7),
        "spNO.216/e_0": ("surprise", "surprise", 2),
        "spNO.216/i_1": ("disgust", "negative", 4),
    }
    assert clips["spNO.1/a_380"].emotion_raw == "Others"
    assert clips["spNO.7/b_12"].aus == [AULabel(au=12), AULabel(au=15), AULabel(au=28)]
    assert clips["spNO.214/c_5"].aus == [AULabel(au=24), AULabel(au=18), AULabel(au=16)]
    assert clips["spNO.40/e_1812"].aus == [AULabel(au=14, side="left")]


def test_without_corrections(tree: Path) -> None:
    corpus = casme3(tree, corrections="none")
    clips = by_name(corpus)
    assert frames(clips["spNO.40/e_1812"]) == (1812, 1820, 1828)
    assert clips["spNO.40/e_1812"].offset == FrameMark(frame=1828, origin="estimated")
    assert clips["spNO.40/e_1812"].flags == ["offset.not_visible"]
    assert (frames(clips["spNO.149/d_112"]), clips["spNO.149/d_112"].flags) == ((112, None, 358), ["apex.outside"])
    assert (frames(clips["spNO.216/e_0"]), clips["spNO.216/e_0"].flags[0]) == ((1, None, 25), "onset.snapped:0->1")
    assert clips["spNO.2/e_138"].flags == []
    message = f"{LABELS}, row 14: annotated from 3647 to 2694, but the frames are 2640 to 2699"
    assert ("spNO.216/d_3647", "frames.outside", message) in reasons(corpus)


def test_community_corrections(tree: Path) -> None:
    official, clips = by_name(casme3(tree)), by_name(casme3(tree, corrections="community"))
    changed = {name: clip for name, clip in clips.items() if clip != official[name]}
    assert sorted(changed) == ["spNO.214/c_5", "spNO.216/i_1"]
    assert changed["spNO.214/c_5"].offset == FrameMark(frame=34, origin="corrected")
    assert changed["spNO.214/c_5"].frames.last == 34
    assert changed["spNO.216/i_1"].flags == ["clip.doubted"]


def test_options(tree: Path) -> None:
    assert "spNO.40/e_1812" not in by_name(casme3(tree, corrections="none", missing_offset="drop"))
    at_apex = casme3(tree, corrections="none", missing_offset="apex")
    assert by_name(at_apex)["spNO.40/e_1812"].offset == FrameMark(frame=1820, origin="estimated")
    middle = by_name(casme3(tree, missing_apex="midpoint"))
    assert middle["spNO.216/e_0"].apex == FrameMark(frame=13, origin="midpoint")
    assert not {"spNO.216/e_0", "spNO.214/c_5"} & set(by_name(casme3(tree, missing_apex="drop")))
    dropped = casme3(tree, drop=["apex.covered", "clip.doubted"], corrections="community")
    assert [name for name, code, _ in reasons(dropped) if code == "flag.dropped"] == [
        "spNO.2/e_138",
        "spNO.215/f_2183",
        "spNO.216/i_1",
    ]
    assert balanced(dropped)


def test_version_1(tree: Path) -> None:
    corpus = casme3(tree, version="v1")
    assert (corpus.version, corpus.rows) == ("v1", 16)
    assert list(corpus.annotations) == [f"{ANNOTATION}/{LABELS.replace('v2', 'v1')}"]
    assert by_name(corpus) == by_name(casme3(tree)), "the frames of the row that only v1 has do not exist"
    assert ("spNO.1/a_500", "frames.outside") in [reason[:2] for reason in reasons(corpus)]


# --- All expressions -------------------------------------------------------------------------------------------------


def test_all_expressions(tree: Path) -> None:
    corpus = casme3(tree, version="v2-all")
    assert (corpus.version, corpus.rows, corpus.folders) == ("v2-all", 17, 15)
    assert list(corpus.annotations) == [f"{ANNOTATION}/{name}" for name in (ALL, LABELS, MACRO)]
    clips, micro = by_name(corpus), by_name(casme3(tree))
    assert set(clips) - set(micro) == {"spNO.1/a_355_399", "spNO.1/b_10"}
    for name, clip in micro.items():
        there = clips[name]
        assert frames(there) == frames(clip), "the sheet has the corrected values"
        assert (there.emotion_raw, there.expression, there.aus) == (clip.emotion_raw, "micro", clip.aus)
    assert clips["spNO.216/d_3647"].onset == FrameMark(frame=2647, origin="annotated")
    macro = clips["spNO.1/a_355_399"]
    assert (macro.clip, macro.expression, frames(macro)) == ("a", "macro", (355, 380, 399))
    assert (macro.emotion, macro.aus) == ("happiness", [AULabel(au=18, side="right")])
    assert clips["spNO.1/b_10"].emotion == "sadness"
    assert [name for name, code, _ in reasons(corpus) if code == "clip.orphan"] == ["spNO.1/m"]
    assert balanced(corpus)


def test_only_some_expressions(tree: Path) -> None:
    macro = casme3(tree, version="v2-all", expressions=["macro"])
    assert list(by_name(macro)) == ["spNO.1/a_355_399", "spNO.1/b_10"]
    assert balanced(macro)
    assert list(by_name(casme3(tree, version="v2-all", expressions=["micro"]))) == list(by_name(casme3(tree)))


def test_all_expressions_alone_have_no_emotion(tree: Path, tmp_path: Path) -> None:
    shutil.copytree(tree / TREE / "spNO.1", tmp_path / "spNO.1")
    shutil.copy(tree / ANNOTATION / ALL, tmp_path / ALL)
    corpus = casme3(tmp_path)
    assert corpus.version == "v2-all", "the only version that is there"
    assert {(clip.emotion, clip.emotion_raw) for clip in corpus.clips} == {(None, None)}
    shutil.copy(tree / ANNOTATION / MACRO, tmp_path / MACRO)
    assert {name: clip.emotion for name, clip in by_name(casme3(tmp_path)).items()} == {
        "spNO.1/a_355": None,
        "spNO.1/a_380": None,
        "spNO.1/a_355_399": "happiness",
        "spNO.1/b_10": "sadness",
    }


def test_an_expression_type_that_is_none(tmp_path: Path) -> None:
    header: list[Cell] = [*HEADER[:6], "Expression type"]
    rows: list[list[Cell]] = [
        ["spNO.1", "a", 10, 12, 20, "4", "Micro-expression"],
        ["spNO.1", "a", 30, 32, 40, "4", None],
        ["spNO.1", "a", "x", 32, 40, "4", "Macro-expression"],
        [None, "a", 50, 52, 60, "4", "Macro-expression"],
    ]
    write_workbook(tmp_path / ALL, {"Sheet1": [header, *rows]})
    write_tiny(tmp_path / "spNO.1/a", range(8, 60), "{}.jpg")
    corpus = casme3(tmp_path)
    assert list(by_name(corpus)) == ["spNO.1/a_10"]
    assert reasons(corpus) == [
        (
            "spNO.1/a_30",
            "annotation.invalid",
            f"{ALL}, row 3: the expression type is None, neither micro nor macro",
        ),
        ("spNO.1/a", "annotation.invalid", f"{ALL}, row 4: onset is 'x', not a frame number"),
        ("unknown/a", "annotation.invalid", f"{ALL}, row 5: no subject or clip"),
    ]
    assert balanced(corpus)
