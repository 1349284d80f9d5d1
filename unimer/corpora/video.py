"""Reader ``video``: one video file, or a folder of them at any depth; no labels.

The subject is the first folder below the root (``s01/a.mp4``), else ``unknown``. Where the expression is in a video
is not known, so onset, apex and offset are missing: the motion stage spots them.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from unimer.corpora.base import Clips, Corpus, Draft, reader
from unimer.errors import InputError
from unimer.frames import VIDEO_SUFFIXES
from unimer.records import FrameSource
from unimer.settings import CorpusSettings


@reader("video")
def read_videos(settings: CorpusSettings) -> Corpus:
    """Read video files.

    Raises:
        InputError: the root is another kind of file, or there is no video in it.
    """
    root = Path(settings.root)
    unreadable: list[OSError] = []
    if root.is_file():
        if root.suffix.lower() not in VIDEO_SUFFIXES:
            raise InputError("is not a video", path=root, remedy=f"Suffixes: {', '.join(sorted(VIDEO_SUFFIXES))}")
        root, paths = root.parent, [Path(root.name)]
    else:
        paths = sorted(path.relative_to(root) for path in _videos(root, unreadable))
    clips = Clips(settings, root)
    stems = Counter(path.with_suffix("") for path in paths)
    for path in paths:
        *folders, name = path.parts
        # a.mp4 beside a.avi: the suffix keeps the ids apart.
        parts = [*folders[1:], name if stems[path.with_suffix("")] > 1 else path.stem]
        clips.add(
            Draft(
                subject=folders[0] if folders else "unknown",
                clip="_".join(parts),
                frames=FrameSource(kind="video", path=path.as_posix()),
                flags=["subject.from_path"] if folders else ["subject.unknown"],
            )
        )
    for error in unreadable:
        folder = Path(error.filename).relative_to(root)
        text = f"{folder.as_posix()} cannot be listed: {error.strerror}"
        clips.reject(
            folder.parts[0] if folder.parts else "unknown", "_".join(folder.parts[1:]), "frames.missing", text
        )
    return clips.corpus()


def _videos(root: Path, unreadable: list[OSError]) -> Iterator[Path]:
    for folder, _, names in os.walk(root, onerror=unreadable.append):
        for name in names:
            path = Path(folder, name)
            if path.suffix.lower() in VIDEO_SUFFIXES and not name.startswith("."):
                yield path
