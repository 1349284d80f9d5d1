"""Action Units by py-feat's Detectorv2, where py-feat and its weights are installed (the extra ``pyfeat``).

py-feat's packages carry no detector weights; it fetches them from the Hugging Face hub on first use. Importing py-feat
switches gradients off in torch and sets OMP_NUM_THREADS to 1 unless it is set.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from unimer.aus.tables import from_probabilities
from unimer.errors import DependencyError
from unimer.records import AULabel

HUB_FILES = (
    "py-feat/face_multitask_v2: face_multitask_v28.safetensors",
    "py-feat/retinaface_r34: model.safetensors",
)
"""Repository and file on the hub, for py-feat 2.1.5."""


def detect(onset_frame: NDArray[np.uint8], apex_frame: NDArray[np.uint8]) -> list[AULabel]:
    """The AUs whose probability rises from onset to apex (thresholds as for tables, unimer/aus/tables.py).

    Args:
        onset_frame, apex_frame: (h, w, 3) BGR or (h, w) grey, of one size. The largest face counts.

    Returns:
        Labels with ``source="pyfeat"``, side ``both``; none where py-feat finds no face in one of the frames.

    Raises:
        DependencyError: py-feat cannot be imported or its weights are not there; says what to install.
    """
    model = detector()
    torch = import_module("torch")  # there, for the detector has imported it; not a dependency of unimer
    pictures = [
        cv2.cvtColor(f, cv2.COLOR_GRAY2RGB if f.ndim == 2 else cv2.COLOR_BGR2RGB) for f in (onset_frame, apex_frame)
    ]
    batch = torch.from_numpy(np.stack(pictures).transpose(0, 3, 1, 2).copy())
    fex = model.detect(batch, data_type="tensor", batch_size=2, progress_bar=False)
    onset, apex = (_probabilities(fex[fex["frame"] == number]) for number in (0, 1))
    return from_probabilities(onset, apex, "pyfeat") if onset and apex else []


@cache
def detector() -> Any:
    """py-feat's detector, made once a process.

    Raises:
        DependencyError: the package or its weights are missing.
    """
    try:
        import feat
    except (ImportError, OSError, RuntimeError) as error:  # torch, torchvision and torchcodec raise any of these
        raise DependencyError(
            f"py-feat cannot be imported ({_short(error)}). Install it with its dependencies, "
            "pip install 'unimer[pyfeat]', or choose another fallback (setting aus.fallback)"
        ) from error
    try:
        return feat.Detectorv2(device="cpu", identity_model=None)
    except OSError as error:  # all of huggingface_hub's errors about missing files and networks are OSErrors
        raise DependencyError(
            "py-feat's weights are missing and could not be fetched from the Hugging Face hub. "
            f"Wanted: {'; '.join(HUB_FILES)}. "
            "With a network py-feat fetches them on first use; without one, copy the hub cache folders "
            "models--py-feat--face_multitask_v2 and models--py-feat--retinaface_r34 of another machine into the "
            f"folder feat/resources of the installed py-feat ({_short(error)})"
        ) from error


def _short(error: Exception) -> str:
    """One line: torchcodec and the hub explain at the length of pages."""
    return f"{type(error).__name__}: {error}".strip().splitlines()[0][:200]


def _probabilities(faces: Any) -> dict[str, float] | None:
    """AU probabilities of the largest face of one frame (rows of a Fex); None where there is no face."""
    faces = faces[faces["FaceScore"].notna()] if len(faces) else faces
    if not len(faces):
        return None
    largest = faces.iloc[int(np.argmax((faces["FaceRectWidth"] * faces["FaceRectHeight"]).to_numpy(float)))]
    return {
        str(name): float(largest[name])
        for name in faces.columns
        if str(name).startswith("AU") and str(name)[2:].isdigit()
    }
