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
    (root / "manifest.csv").write_bytes("path;Subject;emotion;aus\nfrown;李;others;4，7\n".encode("utf-8-sig"))
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
        ('{"path": "frown", "path": "x"}', "cannot be read: the key 'path' stands there twice\n  One object a line."),
        pytest.param("[" * 100_000, "is nested too deeply\n  One object a line.", id="deep"),
        (
            '{"path": "frown", "apex": 1' + "0" * 400 + "}",
            "apex is 100000000000000000...0000000000000000000, which is too large\n"
            "  docs/corpora.md describes the columns.",
        ),
        (
            '{"path": "frown", "apex": 1e300}',
            "apex is 1e+300, not a frame number\n  docs/corpora.md describes the columns.",
        ),
        *(
            (
                f'{{"path": "frown", "{name}": {cell}}}',
                f"{name} is 's\\ud800x', which has half a character (a lone surrogate)\n"
                "  docs/corpora.md describes the columns.",
            )
            for name, cell in [
                ("clip", r'"s\ud800x"'),
                ("subject", r'"s\ud800x"'),
                ("emotion", r'"s\ud800x"'),
                ("aus", r'"s\ud800x"'),
                ("aus", r'["4", "s\ud800x"]'),
            ]
        ),
    ],
)
def test_broken_json_row(root: Path, line: str, message: str) -> None:
    path = root / "mine.jsonl"
    path.write_text('{"path": "anna/smile"}\n' + line + "\n", encoding="utf-8")
    assert refused(root, path) == f", row 2: {message}"


def test_a_number_with_thousands_of_digits(root: Path) -> None:
    path = root / "mine.jsonl"
    path.write_text('{"path": "frown", "apex": ' + "9" * 5000 + "}\n")
    assert refused(root, path).startswith(", row 1: cannot be read: Exceeds the limit")


def test_columns_are_checked(root: Path) -> None:
    columns = "Columns are: path, subject, clip, onset, apex, offset, aus, emotion, fps, first, last"
    path = manifest(root, "frown,3", header="path,onsett")
    assert refused(root, path) == f", row 1: unknown column 'onsett'\n  {columns}"
    path = manifest(root, "frown,3", header="subject,onset")
    assert refused(root, path) == f", row 1: the column 'path' is missing\n  {columns}"
    path = manifest(root, "frown,3", header="subject,onsett")
    assert refused(root, path) == f", row 1: the column 'path' is missing\n  {columns}"
    path.write_bytes(b"")
    assert refused(root, path) == f", row 1: the column 'path' is missing\n  {columns}"


def test_an_unquoted_comma(root: Path) -> None:
    path = manifest(root, "frown,4,7", header="path,aus")
    assert refused(root, path) == ', row 2: 3 cells under 2 columns\n  Put cells with a comma in quotes: "4,7".'


@pytest.mark.parametrize("encoding", ["latin-1", "gb18030", "utf-16"])
def test_other_encodings_are_refused(root: Path, encoding: str) -> None:
    """In GB 18030 the Latin-1 bytes of Müller are M黮ler: nobody could tell."""
    (root / "mine.csv").write_bytes("path,subject\nfrown,Müller\n".encode(encoding))
    row = 1 if encoding == "utf-16" else 2
    assert refused(root, root / "mine.csv").startswith(f", row {row}: is not UTF-8 text\n  Save it again as")


def test_a_column_twice(root: Path) -> None:
    path = manifest(root, "frown,2,3", header="path,onset,Onset")
    assert refused(root, path) == ", row 1: the column 'onset' stands there twice\n  Delete one."


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (["anna/smile,5", 'frown,"4', "anna/talk.mp4,7"], ", row 3: a quote is opened and not closed\n"),
        (["anna/smile,5", 'frown,"4"7', "anna/talk.mp4,7"], ", row 3: is not a CSV row: ',' expected after '\"'\n"),
    ],
)
def test_broken_quotes(root: Path, rows: list[str], message: str) -> None:
    assert refused(root, manifest(root, *rows, header="path,aus")).startswith(message)


@pytest.mark.parametrize(("name", "text"), [("mine.csv", "path,subject\n"), ("mine.jsonl", "\n")])
def test_a_manifest_without_rows(root: Path, name: str, text: str) -> None:
    (root / name).write_text(text)
    assert refused(root, root / name) == ": the manifest has no rows\n  It needs one for each clip."


def test_a_path_that_gives_no_name(root: Path) -> None:
    path = manifest(root, ".,anna", header="path,subject")
    assert refused(root, path) == (
        ", row 2: the clip is empty: the path '.' gives none\n  Write it in the column 'clip'."
    )


@pytest.mark.parametrize(
    ("first", "second"), [("Anna", "anna"), ("anna", "anna."), ("Ａnna", "Anna"), ("a b", "a  b")]
)
def test_one_subject_in_two_spellings(root: Path, first: str, second: str) -> None:
    path = manifest(root, f"anna/smile,{first}", f"frown,{second}", header="path,subject")
    assert refused(root, path) == (
        f": row 3 writes the subject {second!r}, but row 2 writes {first!r}\n"
        "  Write the subject the same way everywhere, or give two people different names."
    )


def test_names_that_ids_change_are_flagged(root: Path) -> None:
    manifest(root, "anna/smile,..x..", "frown,x", "anna/talk.mp4,y", header="path,clip")
    corpus = generic(root)
    assert [(clip.id, "name.changed" in clip.flags) for clip in corpus.clips] == [
        ("generic/anna/x", True),
        ("generic/unknown/x", False),
        ("generic/anna/y", False),
    ]
    manifest(root, "anna/smile,s,..x..", "frown,s,x", header="path,subject,clip")
    (rejection,) = generic(root).rejections
    assert (rejection.reasons[0].code, rejection.reasons[0].message) == (
        "clip.duplicate",
        "row 3: row 2 has this id already",
    )


@pytest.mark.parametrize(
    ("name", "size"),
    [("ä" * 76, 152), ("ä" * 130, 260), ("x" * 300, 300), ("x" * 151, 151)],
    ids=["152", "260", "300", "151"],
)
@pytest.mark.parametrize("column", ["subject", "clip"])
def test_names_too_long_for_a_file_system(root: Path, column: str, name: str, size: int) -> None:
    manifest(root, f"anna/smile,{name}", f"frown,{'ä' * 75}", header=f"path,{column}")
    corpus = generic(root)
    assert [getattr(clip, column) for clip in corpus.clips] == ["ä" * 75], "150 bytes are not too many"
    (rejection,) = corpus.rejections
    assert rejection.reasons[0].code == "annotation.invalid"
    assert rejection.reasons[0].message == f"row 2: the name of the {column} is {size} bytes long, more than 150"
    assert max(len(part.encode()) for part in rejection.clip_id.split("/")) <= 150


def test_a_path_too_long_for_a_file_system(root: Path) -> None:
    manifest(root, "anna/smile", "x" * 300, "y" * 300 + ".mp4", header="path")
    corpus = generic(root)
    assert [clip.id for clip in corpus.clips] == ["generic/anna/smile"]
    assert [r.reasons[0].code for r in corpus.rejections] == ["frames.missing", "frames.missing"]
    assert corpus.rejections[0].reasons[0].message.startswith("row 3: xxx")


def test_missing_markers(root: Path) -> None:
    rows = [{"path": "frown", "aus": -1, "apex": -1, "emotion": "/"}, {"path": "anna/smile", "aus": [4, "-1"]}]
    (root / "mine.jsonl").write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    frown, smile = generic(root, annotations="mine.jsonl").clips
    assert (frown.au_raw, frown.aus, frown.emotion_raw, frown.apex) == (None, [], None, FrameMark())
    assert frown.flags == ["subject.unknown", "apex.missing"]
    assert (smile.aus, smile.flags) == ([AULabel(au=4)], ["subject.from_path", "apex.missing"])


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
    assert refused(root, root / "mine.csv").startswith(", row 2: is not UTF-8 text\n  Save it again as")


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
