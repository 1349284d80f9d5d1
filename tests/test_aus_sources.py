"""Which source of AU labels wins."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import cv2
import pytest

from tests.helpers_faces import Image, video
from unimer.aus import label_clip, pyfeat
from unimer.errors import DependencyError, InputError
from unimer.faces.landmarks import Face, shared_landmarker
from unimer.records import AULabel, Clip, FrameSource
from unimer.settings import AUSettings, FaceSettings

ONSET, APEX = 5, 24


@dataclass
class Marks:
    onset: int = ONSET
    apex: int = APEX


@dataclass
class Measured:
    """The part of the motion stage's result that labels need."""

    motion: Marks
    onset_face: Face
    apex_face: Face | None = None


class VideoFrames:
    numbers = list(range(72))

    def read(self, number: int) -> Image:
        return video()[number]


def run(clip: Clip, settings: AUSettings, frames: object | None = None, **marks: int) -> list[AULabel]:
    measured = Measured(Marks(**marks), shared_landmarker(FaceSettings()).find(video()[ONSET]))
    return label_clip(clip, cast(Any, measured), cast(Any, frames or VideoFrames()), settings, FaceSettings())


def make(**values: Any) -> Clip:
    source = FrameSource(kind="video", path="single_face.mp4")
    return Clip(id="c/p/single_face", corpus="c", subject="p", clip="single_face", frames=source, **values)


@pytest.fixture
def table(tmp_path: Path) -> str:
    path = tmp_path / "single_face.csv"
    path.write_text(f"frame,AU06,AU12\n{ONSET},0.1,0.1\n{APEX},0.8,0.9\n")
    return str(path)


def test_annotation_is_never_overridden(table: str) -> None:
    given = [AULabel(au=4, side="left")]
    settings = AUSettings(fallback="blendshapes", table=table)
    assert run(make(aus=given, au_raw="L4"), settings) == given
    assert run(make(aus=[], au_raw="0"), settings) == []  # the coders saw none


def test_the_table_comes_before_the_fallback(table: str) -> None:
    found = run(make(), AUSettings(fallback="blendshapes", table=table))
    assert [(label.au, label.source) for label in found] == [(6, "pyfeat-table"), (12, "pyfeat-table")]


def test_a_table_that_says_nothing_changed_still_wins(tmp_path: Path) -> None:
    path = tmp_path / "single_face.csv"
    path.write_text(f"frame,AU12\n{ONSET},0.1\n{APEX},0.1\n")
    assert run(make(), AUSettings(fallback="blendshapes", table=str(path))) == []


def test_the_fallback_fills_in_where_the_table_has_no_row(table: str) -> None:
    found = run(make(), AUSettings(fallback="blendshapes", table=table), apex=23)
    assert found
    assert {label.source for label in found} == {"blendshapes"}
    assert 12 in {label.au for label in found}


def test_no_source_no_labels() -> None:
    assert run(make(), AUSettings()) == []
    assert run(make(), AUSettings(fallback="blendshapes"), apex=ONSET) == []


def test_an_apex_without_a_face_has_no_labels() -> None:
    class Empty(VideoFrames):
        def read(self, number: int) -> Image:
            return cv2.GaussianBlur(video()[number][:40, :60], (0, 0), 9)

    assert run(make(), AUSettings(fallback="blendshapes"), Empty()) == []


def test_a_missing_table_is_an_input_error() -> None:
    with pytest.raises(InputError, match=r"none\.csv"):
        run(make(), AUSettings(table="none.csv"))


def test_without_pyfeat_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    pyfeat.detector.cache_clear()
    monkeypatch.setitem(sys.modules, "feat", None)
    with pytest.raises(DependencyError, match=r"unimer\[pyfeat\]"):
        run(make(), AUSettings(fallback="pyfeat"))


def test_without_weights_the_error_names_the_hub_files(monkeypatch: pytest.MonkeyPatch) -> None:
    class NoWeights:
        @staticmethod
        def Detectorv2(**_: object) -> None:
            raise FileNotFoundError("LocalEntryNotFoundError")

    pyfeat.detector.cache_clear()
    monkeypatch.setitem(sys.modules, "feat", cast(Any, NoWeights))
    with pytest.raises(DependencyError) as caught:
        run(make(), AUSettings(fallback="pyfeat"))
    for words in ("face_multitask_v28.safetensors", "py-feat/retinaface_r34", "model.safetensors", "feat/resources"):
        assert words in str(caught.value)
