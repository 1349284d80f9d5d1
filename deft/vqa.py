"""Answers ME-VQA questions about clips of a build, and scores the answers (docs/vqa.md)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deft.data import Example
from deft.model import DeftModel
from deft.predictions import asked, write_texts
from unimer.errors import InputError, SettingsError
from unimer.records import Clip
from unimer.vqa.make import dataset_name, official_subject
from unimer.vqa.records import ANSWERS, Row, dataset_of, read_rows
from unimer.vqa.score import OVERALL, Pair, scores_of
from unimer.vqa.templates import asked as kind_of

Key = tuple[str, str, str]
"""Dataset, subject, name of the clip."""


@dataclass(frozen=True)
class Questions:
    """Answered questions about clips at hand.

    Attributes:
        path: the file.
        found: each question that can be judged, with the clip that it is about.
        left_out: how many cannot: ``other_clips``, ``no_reference`` (the file has no right answer).
    """

    path: Path
    found: list[tuple[Row, Example]]
    left_out: dict[str, int]


@dataclass(frozen=True)
class Answered:
    """What the model said.

    Attributes:
        rows: the questions as in the file, with the model's ``answer``; the file's own is called ``reference``.
        document: ``scores`` as of ``unimer vqa score``: overall, and of each dataset where there are several;
            ``left_out`` as above.
    """

    rows: list[dict[str, Any]]
    document: dict[str, Any]


def read_questions(path: Path, model: DeftModel, examples: Sequence[Example], readers: Mapping[str, str]) -> Questions:
    """Reads answered questions and finds the clip of each.

    Args:
        path: JSON Lines with a right answer in each row.
        examples: one of each clip; questions about others are left out.
        readers: of each corpus.

    Raises:
        SettingsError: the model has no language model.
        InputError: the file cannot be read, asks about none of the clips, or has no right answers.
    """
    if model.chat is None:
        raise SettingsError(
            "the run has no language model (model.llm is none), so it answers no questions",
            remedy="evaluate a run with a language model, or leave --vqa out",
        )
    clips = clips_by_name(examples, readers)
    pairs = [(row, clips.get(key_of(row, path))) for row in read_rows(path)]
    ours = [(row, example) for row, example in pairs if example is not None]
    found = [(row, example) for row, example in ours if row.text]
    if not ours:
        first = " ".join(key_of(pairs[0][0], path))
        raise InputError(
            f"asks about none of the {len(examples)} clips that are judged; its first question is about {first}",
            path=path,
            remedy="choose the part that it asks about; `unimer vqa make BUILD --split test` asks about that part",
        )
    if not found:
        raise InputError(
            "has no answer to score against",
            path=path,
            row=ours[0][0].line,
            remedy="give questions with right answers",
        )
    return Questions(path, found, {"other_clips": len(pairs) - len(ours), "no_reference": len(ours) - len(found)})


def answer(
    model: DeftModel,
    questions: Questions,
    system: str | None = None,
    report: Callable[[int, int], None] = lambda *_: None,
) -> Answered:
    """Lets the model answer and scores what it says.

    Args:
        system: system message of the model's training samples.
        report: called with how many are answered and how many there are.
    """
    wanted = [asked(example, row.question, system) for row, example in questions.found]
    texts = [text.strip() for text in write_texts(model, wanted, report=report)]
    rows, pairs = [], []
    for (row, _), text in zip(questions.found, texts, strict=True):
        kept = {key: value for key, value in row.keys.items() if key not in ANSWERS}
        rows.append({**kept, "answer": text, "reference": row.answer})
        what = kind_of(row.question)
        pairs.append(Pair(what.kind if what else None, dataset_of(row, questions.path), row.text, text))
    groups = {OVERALL: pairs}
    if len(names := list(dict.fromkeys(pair.dataset for pair in pairs))) > 1:
        groups |= {name: [pair for pair in pairs if pair.dataset == name] for name in names}
    scores = {name: scores_of(group) for name, group in groups.items()}
    return Answered(rows, {"scores": scores, "left_out": questions.left_out})


# --- which clip a question is about ----------------------------------------------------------------------------------


def clips_by_name(examples: Sequence[Example], readers: Mapping[str, str]) -> dict[Key, Example]:
    """The clip behind each name; a name that several clips share means none of them."""
    named = [
        (key, example)
        for example in examples
        for key in names_of(example.clip, readers.get(example.clip.corpus, example.clip.corpus))
    ]
    count = Counter(key for key, _ in named)
    return {key: example for key, example in named if count[key] == 1}


def names_of(clip: Clip, reader: str) -> set[Key]:
    """How questions may name a clip: ``EP19_05f`` is also sub01_EP19_05f, SMIC's ``s1_ne_01`` also s01_ne_01."""
    subject = official_subject(reader, clip.subject)
    names = {clip.clip, clip.id.rsplit("/", 1)[1]}
    names |= {"_".join([official_subject(reader, first), *rest]) for first, *rest in (n.split("_") for n in names)}
    names |= {f"{person}_{name}" for name in names for person in (subject, clip.subject)}
    return {(dataset_name(reader), subject, name) for name in names}


def key_of(row: Row, path: Path) -> Key:
    """The clip that a question is about, in the terms of :func:`names_of`."""
    dataset = dataset_of(row, path)
    name = row.keys.get("image_id") or row.keys.get("filename") or row.video
    return dataset, official_subject(dataset, row.subject or ""), str(name)
