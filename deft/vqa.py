"""Answers ME-VQA questions about clips of a build, and scores the answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from deft.data import Example
from deft.model import DeftModel
from deft.predictions import asked, write_texts
from unimer.errors import InputError, SettingsError
from unimer.vqa.make import dataset_name, official_subject
from unimer.vqa.records import Row, dataset_of, read_rows
from unimer.vqa.score import Pair, scores_of
from unimer.vqa.templates import asked as kind_of


def vqa_scores(
    model: DeftModel,
    examples: Sequence[Example],
    readers: Mapping[str, str],
    path: Path,
    report: Callable[[int, int], None] = lambda *_: None,
) -> dict[str, Any]:
    """Lets the model answer questions and scores the answers as ``unimer vqa score`` does.

    Args:
        readers: of each corpus.
        path: answered questions (docs/vqa.md); those about other clips are counted in ``left_out``.

    Raises:
        SettingsError: the model has no language model.
        InputError: the file cannot be read, or asks about none of the clips.
    """
    if model.chat is None:
        raise SettingsError("a model without a language model answers no questions")
    known = {key: e for e in examples for key in names_of(e, readers.get(e.clip.corpus, e.clip.corpus))}
    rows = read_rows(path)
    found = [(row, known.get(key_of(row))) for row in rows]
    pairs = [(row, example) for row, example in found if example is not None and row.text]
    if not pairs:
        raise InputError("asks about none of these clips, or has no answers", path=path)
    texts = write_texts(model, [asked(example, row.question) for row, example in pairs], report=report)
    judged = [
        Pair(what.kind if (what := kind_of(row.question)) else None, dataset_of(row), row.text, text)
        for (row, _), text in zip(pairs, texts, strict=True)
    ]
    return {**scores_of(judged), "left_out": len(rows) - len(pairs)}


Key = tuple[str, str, str]


def names_of(example: Example, reader: str) -> list[Key]:
    """How questions may name a clip: dataset, subject, clip."""
    clip = example.clip
    subject = official_subject(reader, clip.subject)
    names = {clip.clip, clip.id.rsplit("/", 1)[1]}
    names |= {f"{subject}_{name}" for name in names} | {f"{clip.subject}_{name}" for name in names}
    return [(dataset_name(reader), subject, name) for name in sorted(names)]


def key_of(row: Row) -> Key:
    """The clip that a question is about, in the terms of :func:`names_of`."""
    return dataset_of(row), row.subject or "", str(row.keys.get("image_id") or row.keys.get("filename") or row.video)
