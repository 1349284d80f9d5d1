"""Where AU labels come from: the corpus's annotation, else a table of another program, else a detector run here."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from unimer.aus import blendshapes, pyfeat
from unimer.aus.tables import Table, read_table
from unimer.errors import ClipError
from unimer.faces.landmarks import shared_landmarker
from unimer.records import AULabel, Clip
from unimer.settings import AUSettings, FaceSettings

if TYPE_CHECKING:  # the motion stage is not needed to read labels
    from unimer.frames import Frames
    from unimer.motion.measure import Measured

__all__ = ["label_clip"]


def label_clip(
    clip: Clip, measured: Measured, frames: Frames, settings: AUSettings, faces: FaceSettings | None = None
) -> list[AULabel]:
    """A clip's AU labels, from the first source that applies.

    1. The annotation, wherever the corpus has one: its AUs as they are, even none. Nothing overrides it.
    2. ``settings.table``, where it has a row for the clip's apex.
    3. ``settings.fallback``: ``blendshapes``, ``pyfeat`` or ``none``.

    Every label says its source and side. An apex frame without a face gives no labels.

    Raises:
        InputError: the table cannot be used.
        DependencyError: the fallback is py-feat and its package or weights are missing.
    """
    if clip.aus or (clip.au_raw or "").strip():
        return list(clip.aus)
    onset, apex = measured.motion.onset, measured.motion.apex
    if settings.table is not None:
        numbers = frames.numbers if clip.frames.kind == "folder" else []
        table = _table(settings.table)
        if table.has(clip, apex, numbers):
            return table.labels(clip, onset, apex, numbers)
    if settings.fallback == "none" or apex == onset:
        return []
    if settings.fallback == "pyfeat":
        return pyfeat.detect(frames.read(onset), frames.read(apex))
    face = measured.apex_face
    if face is None:
        try:
            face = shared_landmarker(faces or FaceSettings()).find(frames.read(apex))
        except ClipError as error:
            if not error.code.startswith("face."):
                raise
            return []
    return blendshapes.labels(measured.onset_face, face)


@cache
def _table(path: str) -> Table:
    return read_table(Path(path))
