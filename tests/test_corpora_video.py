from __future__ import annotations

import os
from pathlib import Path

import pytest

from unimer.corpora import Corpus, read
from unimer.errors import InputError
from unimer.records import Clip, FrameSource
from unimer.settings import CorpusSettings


def videos(root: Path, **changes: object) -> Corpus:
    return read(CorpusSettings.model_validate({"corpus": "video", "root": str(root), **changes}))


def write(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"opened only when it is measured")


def test_one_file(tmp_path: Path) -> None:
    write(tmp_path, "me.MP4", "other.mp4")
    corpus = videos(tmp_path / "me.MP4")
    assert corpus.root == tmp_path
    assert corpus.clips == [
        Clip(
            id="video/unknown/me",
            corpus="video",
            subject="unknown",
            clip="me",
            frames=FrameSource(kind="video", path="me.MP4"),
            flags=["subject.unknown", "apex.missing"],
        )
    ]
    assert (corpus.rejections, corpus.annotations) == ([], {})


def test_folder_in_a_fixed_order(tmp_path: Path) -> None:
    write(tmp_path, "s02/b.mkv", "s01/a.avi", "s01/day1/a.mp4", "top.mov", "s01/notes.txt", "s01/._a.avi")
    assert [(clip.id, clip.subject, clip.flags[0]) for clip in videos(tmp_path, name="mine").clips] == [
        ("mine/s01/a", "s01", "subject.from_path"),
        ("mine/s01/day1_a", "s01", "subject.from_path"),
        ("mine/s02/b", "s02", "subject.from_path"),
        ("mine/unknown/top", "unknown", "subject.unknown"),
    ]


def test_two_formats_of_one_name(tmp_path: Path) -> None:
    write(tmp_path, "s01/a.avi", "s01/a.mp4")
    assert [clip.id for clip in videos(tmp_path).clips] == ["video/s01/a.avi", "video/s01/a.mp4"]


def test_one_subject_in_two_spellings(tmp_path: Path) -> None:
    write(tmp_path, "Anna/a.avi", "anna/b.avi")
    with pytest.raises(
        InputError, match=r"anna/b.avi writes the subject 'anna', but Anna/a.avi writes 'Anna'\n  Write"
    ):
        videos(tmp_path)


def test_names_that_are_not_utf8(tmp_path: Path) -> None:
    write(tmp_path, "s01/a.avi")
    try:
        Path(os.fsdecode(bytes(tmp_path) + b"/s01/\xff.avi")).write_bytes(b"")
    except OSError:
        pytest.skip("the file system takes only UTF-8 names")
    corpus = videos(tmp_path)
    assert [clip.id for clip in corpus.clips] == ["video/s01/a"]
    (rejection,) = corpus.rejections
    assert rejection.reasons[0].code == "annotation.invalid"
    assert r"the name s01/\udcff.avi is not UTF-8" in rejection.reasons[0].message
    rejection.model_dump_json()  # can be written


def test_bad_input(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no usable clip of video here\n  `root` must be the folder"):
        videos(tmp_path)
    write(tmp_path, "face.jpg")
    with pytest.raises(InputError, match=r"face.jpg: is not a video\n  Suffixes: .avi, .m4v"):
        videos(tmp_path / "face.jpg")


def test_dropping_clips_without_apex_leaves_none(tmp_path: Path) -> None:
    write(tmp_path, "a.avi")
    with pytest.raises(
        InputError, match=r"the first of 1 reasons: no usable apex is annotated and missing_apex is drop"
    ):
        videos(tmp_path, missing_apex="drop")
