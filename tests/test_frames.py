from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.casme2_fixture import write_frames, write_picture
from unimer.errors import ClipError
from unimer.frames import Frames, list_frames, open_frames
from unimer.records import FrameSource


def folder(root: Path, name: str = "clip", **limits: int) -> Frames:
    return open_frames(FrameSource(kind="folder", path=name, **limits), root)


def video(root: Path, name: str = "clip.avi", **limits: int) -> Frames:
    return open_frames(FrameSource(kind="video", path=name, **limits), root)


def write_video(path: Path, count: int = 40, code: str = "MJPG") -> Path:
    """Frame n has a white bar at column 8 n, which survives any codec."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*code), 30, (320, 240))
    assert writer.isOpened()
    for number in range(count):
        picture = np.zeros((240, 320, 3), np.uint8)
        picture[:, 8 * number : 8 * number + 8] = 255
        writer.write(picture)
    writer.release()
    return path


def number_in(picture: np.ndarray) -> int:
    return int(picture.mean(axis=(0, 2)).reshape(40, 8).mean(axis=1).argmax())


# --- Listing ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("reg_img46.jpg", 46),
        ("img046.JPG", 46),
        ("EP01_5-7.jpg", 7),
        ("006_05562.jpg", 5562),
        ("image090823.bmp", 90823),
        ("face crop 12.jpeg", 12),
        ("00109.png", 109),
        ("frame3.tiff", 3),
    ],
)
def test_number_is_the_last_integer_of_the_name(tmp_path: Path, name: str, number: int) -> None:
    (tmp_path / name).write_bytes(b"")
    assert list_frames(tmp_path).files == {number: name}


@pytest.mark.parametrize("name", ["._img1.jpg", ".img1.jpg", "Thumbs.db", "EP02_01f.avi", "img1.jpg.part", "img.jpg"])
def test_litter_is_ignored(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"")
    (tmp_path / "dir7.png").mkdir()
    assert list_frames(tmp_path).files == {}


def test_numbers_ascend_and_holes_stay(tmp_path: Path) -> None:
    write_frames(tmp_path / "clip", [100, 9, 46, 11])
    frames = folder(tmp_path)
    assert frames.numbers == [9, 11, 46, 100]
    assert frames.fps is None
    assert frames.path(46) == "clip/img46.jpg"


def test_of_two_series_the_longer_one_wins(tmp_path: Path) -> None:
    for name in ("a1.jpg", "a2.jpg", "reg1.jpg", "reg2.jpg", "reg3.jpg"):
        (tmp_path / name).write_bytes(b"")
    listing = list_frames(tmp_path)
    assert listing.files == {1: "reg1.jpg", 2: "reg2.jpg", 3: "reg3.jpg"}
    assert listing.duplicates == ["a1.jpg", "a2.jpg"]


def test_first_and_last_limit_the_frames(tmp_path: Path) -> None:
    write_frames(tmp_path / "clip", list(range(1, 10)))
    assert folder(tmp_path, first=3, last=5).numbers == [3, 4, 5]
    with pytest.raises(ClipError, match=r"^clip holds no frame from 20 to 30$") as error:
        folder(tmp_path, first=20, last=30)
    assert error.value.code == "frames.empty"


# --- Pictures --------------------------------------------------------------------------------------------------------


def test_read_gives_the_pixels(tmp_path: Path) -> None:
    picture = np.random.default_rng(0).integers(0, 255, (12, 16, 3), dtype=np.uint8)
    (tmp_path / "clip").mkdir()
    cv2.imwrite(str(tmp_path / "clip" / "1.png"), picture)
    cv2.imwrite(str(tmp_path / "clip" / "2.png"), np.dstack([picture, np.full((12, 16), 9, np.uint8)]))
    cv2.imwrite(str(tmp_path / "clip" / "3.png"), picture[..., 0])
    cv2.imwrite(str(tmp_path / "clip" / "4.png"), picture[..., 0].astype(np.uint16) * 257)
    cv2.imwrite(str(tmp_path / "clip" / "5.bmp"), picture)
    with folder(tmp_path) as frames:
        assert np.array_equal(frames.read(1), picture)
        assert np.array_equal(frames.read(2), picture), "alpha is dropped, colours stay"
        assert np.array_equal(frames.read(3), picture[..., 0]), "grey stays grey"
        assert np.array_equal(frames.read(4), picture[..., 0]), "16 bit becomes 8"
        assert frames.read(4).dtype == np.uint8
        assert np.array_equal(frames.read(5), picture)


@pytest.mark.parametrize("kind", ["folder", "video", "grey"])
def test_read_grey(tmp_path: Path, kind: str) -> None:
    """Grey straight from the decoder is the colour picture's luma, up to rounding; grey files stay as they are."""
    if kind == "video":
        write_video(tmp_path / "clip.avi", 3)
        frames = video(tmp_path)
    else:
        (tmp_path / "clip").mkdir()
        rng = np.random.default_rng(1)
        colours = rng.integers(60, 200, (6, 8, 3) if kind == "folder" else (6, 8)).astype(np.uint8)
        picture = cv2.resize(colours, (64, 48), interpolation=cv2.INTER_LINEAR)
        cv2.imwrite(str(tmp_path / "clip" / "img1.jpg"), picture)
        frames = folder(tmp_path)
    number = frames.numbers[-1]
    plain, grey = frames.read(number), frames.read(number, grey=True)
    wanted = plain if plain.ndim == 2 else cv2.cvtColor(plain, cv2.COLOR_BGR2GRAY)
    assert (plain.ndim, grey.ndim) == (2 if kind == "grey" else 3, 2)
    assert np.abs(grey.astype(int) - wanted).max() <= 2


def with_thumbnail(jpeg: bytes) -> bytes:
    """The JPEG with an APP1 segment that holds a whole small JPEG, as cameras write it."""
    inner = cv2.imencode(".jpg", np.zeros((8, 8, 3), np.uint8))[1].tobytes()
    return jpeg[:2] + b"\xff\xe1" + (len(inner) + 2).to_bytes(2, "big") + inner + jpeg[2:]


@pytest.mark.parametrize("cut", [2, 3, 200, 2000])
@pytest.mark.parametrize("thumbnail", [False, True])
def test_truncated_jpeg(tmp_path: Path, cut: int, thumbnail: bool) -> None:
    write_picture(tmp_path / "clip" / "img1.jpg", size=(64, 64))
    whole = (tmp_path / "clip" / "img1.jpg").read_bytes()
    whole = with_thumbnail(whole) if thumbnail else whole
    (tmp_path / "clip" / "img1.jpg").write_bytes(whole + b"\0\0 trailing bytes are harmless")
    (tmp_path / "clip" / "img2.jpg").write_bytes(whole[:-cut])
    frames = folder(tmp_path)
    assert frames.read(1).shape == (64, 64, 3)
    with pytest.raises(ClipError, match=r"^clip/img2.jpg is a truncated JPEG$") as error:
        frames.read(2)
    assert error.value.code == "frames.undecodable"


@pytest.mark.parametrize("name", ["1.jpg", "1.png", "1.bmp", "1.tif"])
@pytest.mark.parametrize("content", ["empty", "text", "half"])
def test_frame_that_is_no_picture(tmp_path: Path, name: str, content: str) -> None:
    write_picture(tmp_path / "clip" / name, size=(64, 64))
    whole = (tmp_path / "clip" / name).read_bytes()
    data = {"empty": b"", "text": b"not a picture", "half": whole[: len(whole) // 2]}[content]
    (tmp_path / "clip" / name).write_bytes(data)
    with pytest.raises(ClipError, match=rf"^clip/{name} is (not a picture|a truncated JPEG)") as error:
        folder(tmp_path).read(1)
    assert error.value.code == "frames.undecodable"


def test_size_must_not_change(tmp_path: Path) -> None:
    write_picture(tmp_path / "clip" / "1.png", size=(12, 16))
    write_picture(tmp_path / "clip" / "2.png", size=(24, 32))
    frames = folder(tmp_path)
    frames.read(1)
    with pytest.raises(ClipError, match=r"clip/2.png is 32 x 24 px, but the frame read first is 16 x 12 px") as error:
        frames.read(2)
    assert error.value.code == "frames.size"


def test_missing_and_empty_folders(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    write_frames(tmp_path / "clip", [1, 3])
    for action, code, message in (
        (lambda: folder(tmp_path, "none"), "frames.missing", "there is no folder none"),
        (lambda: folder(tmp_path, "empty"), "frames.empty", "empty holds no frame"),
        (lambda: folder(tmp_path).read(2), "frames.missing", "clip has no frame 2"),
    ):
        with pytest.raises(ClipError) as error:
            action()
        assert (error.value.code, error.value.message) == (code, message)


def test_fingerprint_changes_with_the_files(tmp_path: Path) -> None:
    write_frames(tmp_path / "clip", [1, 2])
    before = folder(tmp_path).fingerprint()
    assert folder(tmp_path).fingerprint() == before
    os.utime(tmp_path / "clip" / "img2.jpg", ns=(1, 1))
    touched = folder(tmp_path).fingerprint()
    write_frames(tmp_path / "clip", [3])
    assert len({before, touched, folder(tmp_path).fingerprint()}) == 3
    shutil.copytree(tmp_path, tmp_path / "copy", copy_function=shutil.copy2)
    assert folder(tmp_path / "copy").fingerprint() == folder(tmp_path).fingerprint(), "the place does not matter"


# --- Video -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "code"), [("clip.avi", "MJPG"), ("clip.mp4", "mp4v"), ("clip.mkv", "FFV1")])
def test_video_frames_in_any_order(tmp_path: Path, name: str, code: str) -> None:
    write_video(tmp_path / name, code=code)
    with video(tmp_path, name) as frames:
        assert frames.numbers == list(range(40))
        assert frames.fps == pytest.approx(30)
        for number in (0, 1, 20, 39, 38, 2, 2):
            assert number_in(frames.read(number)) == number
        frames.close()
        assert number_in(frames.read(7)) == 7, "a closed video opens again"
    with pytest.raises(ClipError, match=f"{name} has no frame 40"):
        frames.read(40)


def test_video_range(tmp_path: Path) -> None:
    write_video(tmp_path / "clip.avi")
    frames = video(tmp_path, first=10, last=12)
    assert frames.numbers == [10, 11, 12]
    assert number_in(frames.read(12)) == 12
    assert video(tmp_path, first=38, last=99).numbers == [38, 39]
    assert video(tmp_path).fingerprint() != frames.fingerprint()


@pytest.mark.parametrize("keep", [0, 10, 0.5])
@pytest.mark.parametrize(("name", "code"), [("clip.avi", "MJPG"), ("clip.mp4", "mp4v")])
def test_broken_video(tmp_path: Path, name: str, code: str, keep: float) -> None:
    whole = write_video(tmp_path / name, code=code).read_bytes()
    (tmp_path / name).write_bytes(whole[: int(len(whole) * keep) if keep < 1 else int(keep)])
    with pytest.raises(
        ClipError, match=rf"^{name}(: only \d+ of 40 frames decode| does not decode as a video)"
    ) as error:
        _ = video(tmp_path, name).numbers
    assert error.value.code == "frames.undecodable"


def test_missing_video(tmp_path: Path) -> None:
    with pytest.raises(ClipError, match=r"^there is no file clip.avi$") as error:
        video(tmp_path)
    assert error.value.code == "frames.missing"


def test_only_our_own_error_tells_of_a_broken_video(tmp_path: Path) -> None:
    """FFmpeg and OpenCV would write to stderr, without the name of the video."""
    whole = write_video(tmp_path / "cut.mp4", code="mp4v").read_bytes()
    (tmp_path / "cut.mp4").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "head.mp4").write_bytes(whole[:10])
    code = (
        "import sys; from pathlib import Path; from unimer.errors import ClipError\n"
        "from unimer.frames import open_frames; from unimer.records import FrameSource\n"
        "for name in ('cut.mp4', 'head.mp4'):\n"
        "    try:\n"
        "        open_frames(FrameSource(kind='video', path=name), Path(sys.argv[1]))\n"
        "    except ClipError as error:\n"
        "        print(error)\n"
    )
    env = {name: value for name, value in os.environ.items() if not name.startswith("OPENCV_")}
    command = [sys.executable, "-c", code, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=env)
    assert done.stdout == "cut.mp4 does not decode as a video\nhead.mp4 does not decode as a video\n"
    assert done.stderr == ""


@pytest.mark.parametrize("opened", [folder, video])
def test_a_folder_that_may_not_be_entered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, opened: Callable[[Path], Frames]
) -> None:
    def stat(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(os, "stat", stat)
        with pytest.raises(ClipError, match=r"^clip(.avi)? cannot be read: Permission denied$") as error:
            opened(tmp_path)
    assert error.value.code == "frames.missing"
