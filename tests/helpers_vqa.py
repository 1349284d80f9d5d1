"""Clips and rows made in code, shaped as in the published corpora and question files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from unimer.facs.emotions import coarse
from unimer.facs.grammar import parse
from unimer.records import Clip, Expression, FrameMark, FrameSource
from unimer.vqa.clips import Source


def made_clip(
    corpus: str, subject: str, name: str, aus: str | None = None, emotion: str | None = None, **changes: Any
) -> Clip:
    """A clip of its own folder."""
    values: dict[str, Any] = {
        "id": f"{corpus}/{subject}/{name}",
        "corpus": corpus,
        "subject": subject,
        "clip": name,
        "frames": FrameSource(kind="folder", path=f"{subject}/{name}"),
        "onset": FrameMark(frame=1, origin="annotated"),
        "offset": FrameMark(frame=9, origin="annotated"),
        "au_raw": aus,
        "aus": parse(aus).items,
        "emotion": emotion,
        "emotion_coarse": coarse(emotion, corpus),
        "part": "hs" if corpus == "smic" else None,
    }
    return Clip(**{**values, **changes})


def event(corpus: str, subject: str, path: str, onset: int, expression: Expression, aus: str | None = None) -> Clip:
    """An expression in a long video."""
    name = f"{path.rsplit('/', 1)[-1]}_{onset}"
    frames = FrameSource(kind="folder", path=path, first=onset, last=onset + 5)
    mark = FrameMark(frame=onset, origin="annotated")
    return made_clip(corpus, subject, name, aus, frames=frames, onset=mark, expression=expression)


def source_of(*clips: Clip, **readers: str) -> Source:
    """A source whose corpora have the readers' names, or those given as ``corpus=reader``."""
    return Source(list(clips), {clip.corpus: readers.get(clip.corpus, clip.corpus) for clip in clips})


def write_jsonl(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def read_jsonl(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


# The questions about one clip of the final test pack of 2025.
SAMM_TEST: list[dict[str, Any]] = [
    {"video_id": f"samm_test_SAMM-1_{n}", "video": "SAMM-1", "question": question, "answer": ""}
    for n, question in enumerate(
        [
            "What is the coarse expression class?",
            "What is the fine-grained expression class?",
            "What are the action units?",
            "Is the action unit cheek raiser shown on the face?",
            "What are the action units present, and based on them, what is the fine-grained expression and the "
            "coarse expression class?",
        ],
        1,
    )
]
RIGHT = [
    "negative",
    "disgust",
    "brow lowerer, nose wrinkler",
    "no",
    "The action units present are: brow lowerer, nose wrinkler. Therefore, the fine-grained expression class is "
    "disgust, and the coarse expression class is negative.",
]


def answered(answers: list[Any], rows: list[dict[str, Any]] = SAMM_TEST) -> list[dict[str, Any]]:
    """The rows with answers."""
    return [{**row, "answer": answer} for row, answer in zip(rows, answers, strict=True)]
