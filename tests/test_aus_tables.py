from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from tests.helpers_faces import feat_data
from unimer.aus.tables import Table, read_table
from unimer.errors import InputError
from unimer.records import AULabel, Clip, FrameSource


def clip(path: str = "sub01/EP02_01f", kind: str = "folder") -> Clip:
    subject, _, name = path.rpartition("/")
    return Clip(
        id=f"c/{subject or 'p1'}/{name}",
        corpus="c",
        subject=subject or "p1",
        clip=name,
        frames=FrameSource(kind="folder" if kind == "folder" else "video", path=path),
    )


VIDEO = clip("OpenFace_Test.avi", "video")


def write(path: Path, **columns: list[object]) -> Path:
    pd.DataFrame(columns).to_csv(path, index=False)
    return path


def brief(labels: list[AULabel]) -> list[tuple[int, float | None, bool]]:
    return [(label.au, label.score, label.doubtful) for label in labels]


# --- what the programs really write ----------------------------------------------------------------------------------


def test_openface_output() -> None:
    table = read_table(feat_data() / "OpenFace_Test.csv")
    assert table.program == "openface"
    assert len(table.rows) == 100
    raw = pd.read_csv(table.path)
    found = {label.au: label for label in table.labels(VIDEO, 0, 50)}
    row, start = raw.iloc[50], raw.iloc[0]  # OpenFace's frames 51 and 1
    assert row["frame"] == 51
    assert {label.source for label in found.values()} == {"openface"}
    for au in (1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 17, 20, 23, 25, 26, 45):
        rise = row[f" AU{au:02d}_r"] - start[f" AU{au:02d}_r"]
        switched = row[f" AU{au:02d}_c"] > start[f" AU{au:02d}_c"]
        assert (au in found) == (rise >= 0.5 or switched)
        if au in found:
            assert found[au].score == pytest.approx(rise, abs=1e-4)
            assert found[au].doubtful == (not (rise >= 0.5 and switched))
    assert 4 in found


def test_pyfeat_output_of_one_picture_is_judged_absolutely() -> None:
    table = read_table(feat_data() / "Feat_Test.csv")
    assert table.program == "pyfeat"
    mine = clip("tests/data", "folder")
    assert table.labels(mine, 0, 7) == []
    name = str(pd.read_csv(table.path)["input"][0]).rpartition("/")[2]
    assert not any(character.isdigit() for character in name.rpartition(".")[0])  # no number: 'frame' counts
    mine = clip(f"data/{name}", "video")
    found = {label.au: label for label in table.labels(mine, 5, 0)}
    assert set(found) == {1, 2, 6, 7, 10, 12, 14, 25}
    assert not found[12].doubtful
    assert found[2].doubtful
    assert found[12].source == "pyfeat-table"
    assert found[12].score == pytest.approx(0.9644, abs=1e-4)


@pytest.mark.parametrize("name", ["001.csv", "002.csv"])
def test_pyfeat_output_of_a_video(name: str) -> None:
    table = read_table(feat_data() / name)
    raw = pd.read_csv(table.path)
    source = str(raw["input"].iloc[0]).rpartition("/")[2]
    frames = sorted(raw["frame"].unique())
    mine = clip(source, "video")
    assert table.has(mine, int(frames[-1]))
    assert not table.has(mine, int(frames[-1]) + 1)
    assert not table.has(clip("another.mp4", "video"), int(frames[0]))
    assert table.labels(mine, int(frames[0]), int(frames[0])) == []  # no change against itself


# --- frames ----------------------------------------------------------------------------------------------------------


def test_frames_of_a_folder_are_positions(tmp_path: Path) -> None:
    numbers = [46, 47, 49, 50]
    values = [0.1, 0.2, 0.3, 0.9]
    py = read_table(write(tmp_path / "py.csv", frame=[0, 1, 2, 3], AU12=values, clip=["c/sub01/EP02_01f"] * 4))
    assert brief(py.labels(clip(), 46, 50, numbers)) == [(12, 0.8, False)]
    assert brief(py.labels(clip(), 46, 49, numbers)) == [(12, 0.2, True)]
    assert py.labels(clip(), 46, 48, numbers) == []  # a hole
    of = read_table(
        write(
            tmp_path / "of.csv",
            frame=[1, 2, 3, 4],
            AU12_r=[0, 1, 2, 4],
            AU12_c=[0, 0, 1, 1],
            clip=["sub01/EP02_01f"] * 4,
        )
    )
    assert brief(of.labels(clip(), 46, 50, numbers)) == [(12, 4.0, False)]


def test_pictures_are_found_by_their_own_number(tmp_path: Path) -> None:
    inputs = [f"/data/Cropped/sub01/EP02_01f/reg_img{n}.jpg" for n in (46, 58)] + [
        "/data/Cropped/sub02/EP02_01f/reg_img58.jpg"
    ]
    table = read_table(write(tmp_path / "t.csv", input=inputs, frame=[0, 1, 2], AU04=[0.1, 0.6, 0.9]))
    assert brief(table.labels(clip(), 46, 58)) == [(4, 0.5, False)]
    assert table.labels(clip("sub03/EP02_01f"), 46, 58) == []


def test_windows_paths(tmp_path: Path) -> None:
    inputs = [f"D:\\data\\sub01\\EP02_01f\\img{n}.jpg" for n in (1, 2)]
    table = read_table(write(tmp_path / "t.csv", input=inputs, AU04=[0.1, 0.6]))
    assert brief(table.labels(clip(), 1, 2)) == [(4, 0.5, False)]


def test_a_clip_name_that_repeats_across_subjects_is_not_enough(tmp_path: Path) -> None:
    table = read_table(write(tmp_path / "EP02_01f.csv", frame=[0, 1], AU04=[0.1, 0.6]))
    assert table.labels(clip(), 0, 1) == []
    table = read_table(write(tmp_path / "sub01_EP02_01f.csv", frame=[0, 1], AU04=[0.1, 0.6]))
    assert brief(table.labels(clip(), 0, 1)) == [(4, 0.5, False)]


def test_the_largest_or_surest_face_counts(tmp_path: Path) -> None:
    table = read_table(
        write(
            tmp_path / "v.csv",
            frame=[0, 0, 1, 1],
            FaceRectWidth=[10, 90, 90, 10],
            FaceRectHeight=[10, 90, 90, 10],
            AU01=[0.9, 0.0, 0.8, 0.0],
        )
    )
    assert brief(table.labels(clip("v.mp4", "video"), 0, 1)) == [(1, 0.8, False)]


def test_frames_without_a_face_have_no_values(tmp_path: Path) -> None:
    video = clip("v.mp4", "video")
    lost = read_table(write(tmp_path / "v.csv", frame=[1, 2], success=[1, 0], AU01_r=[0.0, 3.0], AU01_c=[0, 1]))
    assert not lost.has(video, 1)
    assert lost.labels(video, 0, 1) == []
    blank = read_table(write(tmp_path / "v.csv", frame=[0, 1], AU01=[None, 0.9], AU02=[None, 0.1]))
    assert brief(blank.labels(video, 0, 1)) == [(1, 0.9, False)]  # no onset: absolute


def test_openface_presence_without_intensity(tmp_path: Path) -> None:
    table = read_table(write(tmp_path / "v.csv", frame=[1, 2], AU28_c=[0, 1]))
    assert brief(table.labels(clip("v.mp4", "video"), 0, 1)) == [(28, 1.0, True)]


# --- bad tables ------------------------------------------------------------------------------------------------------


def refused(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_table(path)
    assert caught.value.remedy
    assert str(path) in str(caught.value)
    return str(caught.value)


def test_bad_tables_are_refused_with_row_column_and_remedy(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    assert "no such file" in refused(path)
    write(path, frame=[0, 1], AU01=["0.5", "much"])
    assert "row 3: column AU01: 'much' is not a number" in refused(path)
    write(path, frame=[0, 1], AU01=[0.5, 54.0])
    assert "row 3: column AU01: 54 is not within 0..1" in refused(path)
    write(path, frame=[1, 2], AU01_r=[0.5, -1.0])
    assert "row 3: column AU01_r: -1 is not within 0..5" in refused(path)
    write(path, frame=[0], happiness=[0.5])
    assert "no AU columns" in refused(path)
    write(path, frame=[0], AU01=[0.5], AU01_r=[1])
    assert "of py-feat" in refused(path)
    write(path, AU01=[0.5])
    assert "no column 'frame'" in refused(path)
    write(path, frame=["one"], AU01=[0.5])
    assert "row 2: column frame" in refused(path)
    write(path, frame=[], AU01=[])
    assert "no rows" in refused(path)
    for header in ("frame,AU01,AU01", "frame,AU01, AU01"):
        path.write_text(header + "\n0,0.1,0.2\n")
        assert "occurs twice" in refused(path)
    path.write_text("frame,AU01,AU02\n0,0.1\n")  # a row that is too short has no value there
    assert read_table(path).rows["AU02"].isna().all()


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe\x00\x01,\x80", b'frame,AU01\n0,"0.1\n', b"frame,AU01\n1,2,3,4\n5\n6,7,8,9,1,2"]
)
def test_files_that_are_no_csv_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    refused(path)


def test_a_folder_is_refused(tmp_path: Path) -> None:
    refused(tmp_path)


def test_the_result_is_a_table() -> None:
    assert isinstance(read_table(feat_data() / "Feat_Test.csv"), Table)
