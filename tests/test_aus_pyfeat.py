"""py-feat's real Detectorv2 behind unimer.aus.pyfeat, with random weights made here: its packages carry none.

Values are meaningless, the code path is real: tensors in, face crops, the multitask network, a Fex out. Runs in the
environment of tests/install_pyfeat.sh; elsewhere it is skipped with the reason.
"""

from __future__ import annotations

import dataclasses
import json
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tests.helpers_faces import video
from unimer.aus import pyfeat, tables
from unimer.errors import DependencyError

pytestmark = pytest.mark.pyfeat

_libraries: list[Any] = []  # torch forgets the operators of a library that is collected


def _python_nms(boxes: Any, scores: Any, threshold: float) -> Any:
    import torch

    order, kept = scores.argsort(descending=True), []
    area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    while len(order):
        first, order = order[0], order[1:]
        kept.append(int(first))
        low, high = (
            torch.maximum(boxes[first, :2], boxes[order, :2]),
            torch.minimum(boxes[first, 2:], boxes[order, 2:]),
        )
        inner = (high - low).clamp(min=0).prod(dim=1)
        order = order[inner / (area[first] + area[order] - inner) <= threshold]
    return torch.tensor(kept, dtype=torch.int64)


def _supply_torchvision_operators() -> None:
    """torchvision's compiled part needs CUDA libraries; the two operators it must find are defined here."""
    import torch

    if _libraries or hasattr(torch.ops.torchvision, "nms"):
        return
    library = torch.library.Library("torchvision", "DEF")
    library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    library.impl("nms", _python_nms, "CPU")
    _libraries.append(library)
    import torchvision.ops.boxes as boxes

    boxes._assert_has_ops = lambda: None


def _supply_torchcodec() -> None:
    """torchcodec cannot be imported without FFmpeg's libraries; py-feat only decodes videos with it, no test does."""
    try:
        import torchcodec.decoders  # noqa: F401
    except (ImportError, OSError, RuntimeError):
        package, decoders = types.ModuleType("torchcodec"), types.ModuleType("torchcodec.decoders")
        decoders.VideoDecoder = None  # type: ignore[attr-defined]
        package.decoders = decoders  # type: ignore[attr-defined]
        sys.modules |= {"torchcodec": package, "torchcodec.decoders": decoders}


@pytest.fixture(scope="module")
def feat() -> Any:
    pytest.importorskip("torch", reason="torch is not installed (make test-pyfeat)")
    try:
        _supply_torchvision_operators()
        _supply_torchcodec()
        import feat
    except (ImportError, OSError, RuntimeError) as error:
        pytest.skip(f"py-feat cannot be imported here: {type(error).__name__}: {str(error)[:200]}")
    return feat


@pytest.fixture(scope="module")
def weights(feat: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:  # noqa: ARG001
    """Random weights for both networks, in the files and formats of the hub."""
    import torch
    from feat.face_detectors.Retinaface.Retinaface_model import RETINAFACE_R34_CFG, RetinaFace
    from feat.multitask.model_v2 import MEGraphAUv2, ModelV2Config
    from safetensors.torch import save_file

    folder = tmp_path_factory.mktemp("weights")
    torch.manual_seed(0)
    shipped = {"n_au": 20, "n_emotion": 7, "n_blendshape": 52, "mesh_normalized": True}
    heads = {"use_head_v2": True, "use_head_v3": True, "drop_mefl": True, "emotion_use_au_prob": True}
    config = ModelV2Config(pretrained=False, **shipped, **heads)
    state = {name: value.contiguous().clone() for name, value in MEGraphAUv2(config).state_dict().items()}
    save_file(state, folder / "multitask.safetensors", metadata={"config": json.dumps(dataclasses.asdict(config))})
    state = {name: value.contiguous().clone() for name, value in RetinaFace(RETINAFACE_R34_CFG).state_dict().items()}
    save_file(state, folder / "retinaface.safetensors")
    return folder


@pytest.fixture
def detector(feat: Any, weights: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:  # noqa: ARG001
    """The cached detector of unimer.aus.pyfeat, on the random weights, with a fixed face box."""
    monkeypatch.setenv("FEAT_MULTITASK_WEIGHTS", str(weights / "multitask.safetensors"))
    monkeypatch.setattr(
        "feat.utils.hf_hub_download_with_fallback", lambda **_: str(weights / "retinaface.safetensors"), raising=True
    )
    pyfeat.detector.cache_clear()
    detector = pyfeat.detector()
    face, small = [230.0, 60.0, 420.0, 320.0, 0.99], [10.0, 10.0, 60.0, 60.0, 0.999]
    monkeypatch.setattr(detector.face_detector, "forward", lambda batch: [[small, face]] * len(batch))
    yield detector
    pyfeat.detector.cache_clear()


def test_detect_compares_the_larger_faces_of_both_frames(detector: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    monkeypatch.setattr(tables, "PYFEAT_CHANGE", 1e-6)  # random weights hardly react to the picture
    onset, apex = video()[5], video()[24]
    found = pyfeat.detect(onset, apex)
    rgb = np.stack([cv2.cvtColor(frame, cv2.COLOR_BGR2RGB) for frame in (onset, apex)]).transpose(0, 3, 1, 2)
    fex = detector.detect(torch.from_numpy(rgb.copy()), data_type="tensor", batch_size=2, progress_bar=False)
    large = fex[fex["FaceRectWidth"] > 100].set_index("frame")
    assert len(fex) == 4
    assert len(large) == 2
    rises = {int(name[2:]): large.loc[1, name] - large.loc[0, name] for name in fex.columns if name.startswith("AU")}
    assert len(rises) == 20
    assert {label.au: label.score for label in found} == {
        au: pytest.approx(rise, abs=1e-3) for au, rise in rises.items() if rise >= 1e-6
    }
    assert found
    assert {(label.source, label.side) for label in found} == {("pyfeat", "both")}


def test_grey_frames_and_frames_without_a_face(detector: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    grey = cv2.cvtColor(video()[5], cv2.COLOR_BGR2GRAY)
    assert pyfeat.detect(grey, grey) == []  # no change
    monkeypatch.setattr(detector.face_detector, "forward", lambda batch: [[]] * len(batch))
    assert pyfeat.detect(video()[5], video()[24]) == []


def test_the_real_face_detector_runs(detector: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    monkeypatch.undo()
    boxes = detector.face_detector.forward(torch.zeros(1, 3, 160, 160))
    assert len(boxes) == 1


def test_without_weights_the_hub_files_are_named(feat: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert feat is not None
    monkeypatch.delenv("FEAT_MULTITASK_WEIGHTS", raising=False)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    pyfeat.detector.cache_clear()
    with pytest.raises(DependencyError) as caught:
        pyfeat.detect(video()[5], video()[24])
    for name in pyfeat.HUB_FILES:
        assert name in str(caught.value)
