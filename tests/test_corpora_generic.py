from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.casme2_fixture import write_frames
from unimer.corpora import Corpus, read
from unimer.errors import InputError
from unimer.records import AULabel, Clip, FrameMark, FrameSource
from unimer.settings import CorpusSettings


def generic(root: Path, **changes: object) -> Corpus:
    return read(CorpusSettings.model_validate({"corpus": "generic", "root": str(root), **changes}))


def manifest(root: Path, *rows: str, header: str = "path,subject,clip,onset,apex,offset,aus,emotion,fps") -> Path:
    path = root / "manifest.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_frames(tmp_path / "anna" / "smile", list(range(1, 31)))
    write_frames(tmp_path / "frown", [2, 3, 5, 8, 9])
    (tmp_path / "anna" / "talk.mp4").write_bytes(b"opened only when it is measured")
    return tmp_path


def test_every_column(root: Path) -> None:
    manifest(root, 'anna/smile,a1,one,5,10,20,"R12+4,7?",Happy,120.5')
    corpus = generic(root)
    assert corpus.clips == [
        Clip(
            id="generic/a1/one",
            corpus="generic",
            subject="a1",
            clip="one",
            frames=FrameSource(kind="folder", path="anna/smile"),
            fps=120.5,
            onset=FrameMark(frame=5, origin="annotated"),
            apex=FrameMark(frame=10, origin="annotated"),
            offset=FrameMark(frame=20, origin="annotated"),
            au_raw="R12+4,7?",
            aus=[AULabel(au=12, side="right"), AULabel(au=4), AULabel(au=7, doubtful=True)],
            emotion_raw="Happy",
            emotion="happiness",
            emotion_coarse="positive",
        )
    ]
    assert list(corpus.annotations) == ["manifest.csv"]
    assert corpus.rejections == []


def test_defaults(root: Path) -> None:
    manifest(root, "anna/smile", "frown", "anna/talk.mp4", header="path")
    smile, frown, talk = generic(root).clips
    assert (smile.id, smile.flags) == ("generic/anna/smile", ["subject.from_path", "apex.missing"])
    assert (smile.onset, smile.offset) == (FrameMark(frame=1, origin="first"), FrameMark(frame=30, origin="last"))
    assert (smile.apex, smile.fps, smile.au_raw, smile.emotion) == (FrameMark(), None, None, None)
    assert (frown.id, frown.flags) == ("generic/unknown/frown", ["subject.unknown", "apex.missing"])
    assert (frown.onset.frame, frown.offset.frame) == (2, 9)
    assert talk.id == "generic/anna/talk"
    assert talk.frames == FrameSource(kind="video", path="anna/talk.mp4")
    assert talk.onset == talk.apex == talk.offset == FrameMark(), "to be spotted"


def test_first_and_last_cut_a_clip_out_of_a_long_recording(root: Path) -> None:
    manifest(root, "anna/smile,11,20", "anna/talk.mp4,100,200", header="path,first,last")
    smile, talk = generic(root).clips
    assert smile.frames == FrameSource(kind="folder", path="anna/smile", first=11, last=20)
    assert (smile.onset.frame, smile.offset.frame) == (11, 20)
    assert talk.frames == FrameSource(kind="video", path="anna/talk.mp4", first=100, last=200)


def test_several_events_of_one_recording_are_told_apart_by_their_onset(root: Path) -> None:
    manifest(root, "anna/smile,1,5,9", "anna/smile,11,15,19", "frown,2,3,5", header="path,onset,apex,offset")
    ids = [clip.id for clip in generic(root).clips]
    assert ids == ["generic/anna/smile_1", "generic/anna/smile_11", "generic/unknown/frown"]
    manifest(root, "anna/smile,,5,9", "anna/smile,11,15,19", header="path,onset,apex,offset")
    assert [clip.id for clip in generic(root).clips] == ["generic/anna/smile", "generic/anna/smile_11"]


def test_jsonl(root: Path) -> None:
    rows = [
        {"path": "anna/smile", "onset": 5, "apex": 10.0, "offset": "20", "aus": [12, "L4"], "emotion": "happy"},
        {"path": "frown", "subject": 7, "aus": 4, "fps": 30, "apex": None},
    ]
    (root / "mine.jsonl").write_text("\n\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    smile, frown = generic(root, annotations="mine.jsonl").clips
    assert (smile.onset.frame, smile.apex.frame, smile.offset.frame) == (5, 10, 20)
    assert smile.aus == [AULabel(au=12), AULabel(au=4, side="left")]
    assert (frown.id, frown.aus, frown.fps) == ("generic/7/frown", [AULabel(au=4)], 30.0)


def test_missing_frames_are_rejections(root: Path) -> None:
    (root / "empty").mkdir()
    manifest(
        root, "anna/smile,,", "anna/sneer,,", "anna/gone.avi,,", "empty,,", "frown,20,30", header="path,first,last"
    )
    corpus = generic(root)
    assert [clip.clip for clip in corpus.clips] == ["smile"]
    assert [(r.clip_id, r.reasons[0].code, r.reasons[0].message) for r in corpus.rejections] == [
        ("generic/anna/sneer", "frames.missing", "row 3: there is no folder anna/sneer"),
        ("generic/anna/gone", "frames.missing", "row 4: there is no video anna/gone.avi"),
        ("generic/unknown/empty", "frames.empty", "row 5: empty holds no frame of the clip"),
        ("generic/unknown/frown", "frames.empty", "row 6: frown holds no frame of the clip"),
    ]


def test_flags_for_what_is_not_understood(root: Path) -> None:
    manifest(root, "frown,s,c,2,3,8,4+glare,elated,")
    assert generic(root).clips[0].flags == ["au.unparsed:glare", "emotion.unknown:elated"]


def test_absolute_and_windows_paths_become_relative(root: Path) -> None:
    manifest(root, f"{root}/anna/smile", "anna\\talk.mp4", header="path")
    assert [clip.frames.path for clip in generic(root).clips] == ["anna/smile", "anna/talk.mp4"]


def test_excel_dialects(root: Path) -> None:
    (root / "manifest.csv").write_bytes("path;Subject;emotion;aus\nfrown;李;others;4，7\n".encode("gb18030"))
    clip = generic(root).clips[0]
    assert (clip.subject, clip.emotion, [label.au for label in clip.aus]) == ("李", "others", [4, 7])


# --- Bad input -------------------------------------------------------------------------------------------------------


def refused(root: Path, path: Path) -> str:
    with pytest.raises(InputError) as error:
        generic(root, annotations=str(path))
    assert str(error.value).startswith(f"{path}")
    return str(error.value).removeprefix(f"{path}")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (",s,c,,,,,,", "path is empty"),
        ("frown,s,c,two,,,,,", "onset is 'two', not a number"),
        ("frown,s,c,2.5,,,,,", "onset is '2.5', not a frame number"),
        ("frown,s,c,,-3,,,,", "apex is '-3', not a frame number"),
        ("frown,s,c,,inf,,,,", "apex is 'inf', not a frame number"),
        ("frown,s,c,,,,,,0", "fps is 0.0"),
        ("frown,s,c,,,,,,nan", "fps is nan"),
        ("../frown,s,c,,,,,,", "path '../frown' leaves the root"),
        ("/frown,s,c,,,,,,", "path '/frown' lies outside the root"),
    ],
)
def test_broken_csv_row(root: Path, row: str, message: str) -> None:
    path = manifest(root, "anna/smile,a,b,,,,,,", row)
    assert refused(root, path) == f", row 3: {message}\n  docs/corpora.md describes the columns."


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"path": "frown"', "is not JSON: Expecting ',' delimiter at column 17\n  One object a line."),
        ('["frown"]', "is not a JSON object\n  One object a line."),
        ('{"path": 1.5}', "path is 1.5, not text\n  docs/corpora.md describes the columns."),
        ('{"path": "frown", "aus": {}}', "aus is {}, not text\n  docs/corpora.md describes the columns."),
        ('{"path": "frown", "onset": true}', "onset is True, not a number\n  docs/corpora.md describes the columns."),
        ('{"path": "frown", "onset": [1]}', "onset is [1], not a number\n  docs/corpora.md describes the columns."),
    ],
)
def test_broken_json_row(root: Path, line: str, message: str) -> None:
    path = root / "mine.jsonl"
    path.write_text('{"path": "anna/smile"}\n' + line + "\n", encoding="utf-8")
    assert refused(root, path) == f", row 2: {message}"


def test_columns_are_checked(root: Path) -> None:
    columns = "Columns are: path, subject, clip, onset, apex, offset, aus, emotion, fps, first, last"
    path = manifest(root, "frown,3", header="path,onsett")
    assert refused(root, path) == f", row 1: unknown column 'onsett'\n  {columns}"
    path = manifest(root, "frown,3", header="subject,onset")
    assert refused(root, path) == f", row 1: the column 'path' is missing\n  {columns}"
    path.write_bytes(b"")
    assert refused(root, path) == f", row 1: the column 'path' is missing\n  {columns}"


def test_an_unquoted_comma(root: Path) -> None:
    path = manifest(root, "frown,4,7", header="path,aus")
    assert refused(root, path) == ', row 2: 3 cells under 2 columns\n  Put cells with a comma in quotes: "4,7".'


def test_two_rows_for_one_clip(root: Path) -> None:
    path = manifest(root, "anna/smile,a,b,,,,,,", "frown,a,b,,,,,,")
    assert refused(root, path) == (
        ", row 3: row 2 describes the same clip: subject 'a', clip 'b'\n"
        "  Give each row its own `clip`, or different onsets."
    )


@pytest.mark.parametrize("subject", ["a/b", "..", "a\\b"])
def test_names_that_would_change_the_path(root: Path, subject: str) -> None:
    path = manifest(root, f"frown,{subject},c,,,,,,")
    assert refused(root, path).startswith(f", row 2: subject is {subject!r}\n  It becomes part of a path")


def test_files_that_cannot_be_read(root: Path) -> None:
    (root / "mine.jsonl").write_bytes(b"\xff\xfe\x00")
    assert refused(root, root / "mine.jsonl").startswith(": cannot be read as UTF-8 text: ")
    (root / "mine.csv").write_bytes(b"path\n\xff\xff")
    assert refused(root, root / "mine.csv").startswith(": is neither UTF-8 nor GB 18030 text")


def test_no_manifest_and_no_usable_row(root: Path) -> None:
    with pytest.raises(
        InputError, match=r"no manifest \(manifest.csv or manifest.jsonl\) here\n  Put it there or name"
    ):
        generic(root)
    manifest(root, "nowhere", header="path")
    with pytest.raises(
        InputError,
        match=r"no usable clip of generic here; the first of 1 reasons: row 2: there is no folder nowhere\n",
    ):
        generic(root)


def test_reading_opens_no_picture(root: Path) -> None:
    """Every frame is unreadable: it must not matter before a clip is measured."""
    manifest(root, "anna/smile,anna,smile,2,5,9,12,happy,")
    expected = generic(root).clips
    for picture in (root / "anna" / "smile").iterdir():
        picture.write_bytes(b"")
    assert generic(root).clips == expected
    shutil.rmtree(root / "anna" / "smile")
    with pytest.raises(InputError):
        generic(root)
