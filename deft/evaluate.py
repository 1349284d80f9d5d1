"""Judges models: a finished run on clips that it has not learned from, or a recipe by the folds of a protocol."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from deft.data import COARSE, Example, Vocabulary, load_examples, refuse_leakage
from deft.faithful import Judged, habits_of, judge, text_scores
from deft.model import DeftModel
from deft.predictions import Prediction, predict_heads, write_texts
from deft.runs import build_root, manifest_of, readers_of
from deft.scores import Scores, intervals_of, scores_of
from deft.settings import DeftSettings
from deft.train import fit, load_finished, once, unit_of
from deft.vqa import answer, read_questions
from unimer.errors import InputError
from unimer.facs.emotions import emotions
from unimer.folds import Fold, Member
from unimer.protocols import Division, divide, protocol
from unimer.records import Clip
from unimer.settings import EvidenceSettings
from unimer.sources import clips_of_build
from unimer.text.check import answer_text

Part = Literal["train", "validation", "test", "all"]
Say = Callable[[str], None]
METRICS = ("uf1", "uar", "accuracy", "au_f1", "au_f1_10")


@dataclass(frozen=True)
class Evaluation:
    """What came out. ``document`` goes to disk as JSON; ``predictions`` of each seed, ``judged`` answers and
    ``answers`` to ME-VQA questions beside."""

    document: Scores
    predictions: list[list[Prediction]]
    judged: list[Judged]
    answers: list[dict[str, Any]] = field(default_factory=list)


# --- a run -----------------------------------------------------------------------------------------------------------


def evaluate_run(
    folder: Path,
    data: Path,
    part: Part = "test",
    vqa: Path | None = None,
    report: Callable[[int, int], None] = lambda *_: None,
) -> Evaluation:
    """Judges a finished run on a part of a build.

    Args:
        part: a split of the build, or all of it; where it holds a person of the training, only ``train`` is allowed.
        vqa: answered questions about clips of the part (docs/vqa.md); questions about others are left out.
        report: called while texts are written.

    Raises:
        InputError: the run is not finished, the part is empty, a person of it was trained on, or the questions cannot
            be judged.
        SettingsError: questions for a model without a language model.
    """
    run, model = load_finished(folder)
    examples = _part(load_examples(data, run.settings.data, "clip"), part, data)
    trained = set(run.data.persons)
    if part != "train" and (known := next((e for e in examples if e.clip.person in trained), None)):
        raise InputError(
            f"{known.clip.person} was trained on: the model knows the face",
            path=known.file,
            row=known.row,
            remedy="choose --part test or validation of the same build, or clips of other people",
        )
    # Read before the model writes anything: that may take hours.
    questions = None if vqa is None else read_questions(vqa, model, examples, readers_of(manifest_of(data)))
    predictions = predict_heads(model, examples)
    document = {
        "run": folder.name,
        "part": part,
        "seeds": [run.settings.train.seed],
        "classes": list(model.words.classes),
        "heads": scores_of(predictions, model.words.classes),
    }
    judged: list[Judged] = []
    if model.chat is not None:
        wanted = _full_samples(data, run.settings, {e.clip.id for e in examples})
        judged, said = judge_texts(model, wanted, data, run.data.habits, report)
        document["texts"] = text_scores(judged, said, model.words.classes)
        document["reference_texts"] = reference_scores(model, wanted, data, run.data.habits)
        texts = {p.clip_id: p.text for p in said}
        predictions = [p.model_copy(update={"text": texts.get(p.clip_id)}) for p in predictions]
    if questions is None:
        return Evaluation(document, [predictions], judged)
    answered = answer(model, questions, run.data.system, report)
    return Evaluation(document | {"vqa": answered.document}, [predictions], judged, answered.rows)


def _part(examples: Sequence[Example], part: Part, data: Path) -> list[Example]:
    found = [e for e in examples if part == "all" or e.split == part]
    if not found:
        raise InputError(f"no clip is in the split {part}", path=data)
    return found


def _full_samples(data: Path, settings: DeftSettings, clips: set[str]) -> list[Example]:
    """The samples that ask for a (C, E, R) answer; clips that are not grounded have none."""
    wanted = settings.data.model_copy(update={"tasks": ["full"]})
    try:
        return [e for e in load_examples(data, wanted, "sample") if e.clip.id in clips]
    except InputError:
        return []


def judge_texts(
    model: DeftModel,
    examples: Sequence[Example],
    data: Path,
    habits: Mapping[str, Mapping[str, int]],
    report: Callable[[int, int], None] = lambda *_: None,
) -> tuple[list[Judged], list[Prediction]]:
    """Lets the model answer and judges the answers; also what the heads say of the same clips, with the texts."""
    texts = write_texts(model, examples, report=report)
    heads = predict_heads(model, examples)
    said = [p.model_copy(update={"text": text}) for p, text in zip(heads, texts, strict=True)]
    return judge_all(texts, model, examples, data, habits), said


def judge_all(
    texts: Sequence[str],
    model: DeftModel,
    examples: Sequence[Example],
    data: Path,
    habits: Mapping[str, Mapping[str, int]],
) -> list[Judged]:
    """Judges answers with the thresholds of the build."""
    manifest = manifest_of(data)
    readers = readers_of(manifest)
    settings = EvidenceSettings.model_validate({} if manifest is None else manifest.settings.get("evidence", {}))
    return [
        judge(text, e, model.words.classes, readers.get(e.clip.corpus, e.clip.corpus), habits, settings)
        for text, e in zip(texts, examples, strict=True)
    ]


def reference_scores(
    model: DeftModel, examples: Sequence[Example], data: Path, habits: Mapping[str, Mapping[str, int]]
) -> Scores:
    """What the build's own answers reach: a rationale may well name skin that no line of evidence names."""
    texts = [answer_text(e.sample) for e in examples if e.sample is not None]
    found = text_scores(judge_all(texts, model, examples, data, habits), predict_heads(model, examples), ())
    kept = ("items_by_flow", "items_by_both", "rationale_in_evidence", "class_implied", "accepted")
    return {name: found[name] for name in kept}


# --- a protocol ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Folded:
    """A build's examples as a protocol divides them: classes are the protocol's.

    ``missing``: members whose motion the build could not measure; they count as wrong.
    """

    division: Division
    classes: tuple[str, ...]
    clips: dict[str, Example]
    train: dict[str, list[Example]]
    missing: list[tuple[Member, Clip]]


def fold_examples(settings: DeftSettings, data: Path, name: str, folds: int, seed: int) -> Folded:
    """Applies a protocol to a build.

    Args:
        folds, seed: of the protocol kfold.

    Raises:
        SettingsError, InputError: as :func:`unimer.protocols.divide`.
    """
    given = clips_of_build(build_root(data)).clips
    division = divide(protocol(name), given, folds, seed)
    labels = {member.clip_id: member.label for member in division.members}
    clips = {
        e.clip.id: replace(e, emotion=labels[e.clip.id])
        for e in load_examples(data, settings.data, "clip")
        if e.clip.id in labels
    }
    train: dict[str, list[Example]] = {}
    for example in load_examples(data, settings.data, unit_of(settings)):
        if example.clip.id in labels:
            train.setdefault(example.clip.id, []).append(replace(example, emotion=labels[example.clip.id]))
    order = [*COARSE, *emotions()]
    found = sorted(set(labels.values()), key=lambda name: (order.index(name) if name in order else 99, name))
    by_id = {clip.id: clip for _, clip in given}
    missing = [(member, by_id[member.clip_id]) for member in division.members if member.clip_id not in clips]
    return Folded(division, tuple(found), clips, train, missing)


def evaluate_protocol(
    settings: DeftSettings,
    data: Path,
    name: str,
    folds: int = 10,
    seeds: int = 1,
    say: Say = lambda _: None,
    report: Callable[[int, int], None] = lambda *_: None,
) -> Evaluation:
    """Trains on each fold of a protocol and pools what the models say of the clips that they have not seen.

    Args:
        folds: of the protocol kfold.
        seeds: how many models a fold, one a seed from ``train.seed`` on.
        report: called after each fold with how many are done.

    Raises:
        SettingsError, InputError: the protocol cannot be applied, or a fold cannot be trained.
    """
    folded = fold_examples(settings, data, name, folds, settings.train.seed)
    words = words_of(folded, settings)
    every: list[list[Prediction]] = []
    judged: list[Judged] = []
    said: list[Prediction] = []
    total, done = seeds * len(folded.division.folds), 0
    numbers = [settings.train.seed + i for i in range(seeds)]
    for seed in numbers:
        own = settings.model_copy(update={"train": settings.train.model_copy(update={"seed": seed})})
        found: list[Prediction] = []
        for fold in folded.division.folds:
            model, tested = _fold(fold, folded, own, words)
            found += predict_heads(model, tested)
            if model.chat is not None:
                asked = _full_samples(data, settings, {e.clip.id for e in tested})
                asked = [replace(e, emotion=folded.clips[e.clip.id].emotion) for e in asked]
                habits = habits_of(_trained(fold, folded))
                answers, spoken = judge_texts(model, asked, data, habits)
                judged, said = judged + answers, said + spoken
            done += 1
            report(done, total)
        every.append(sorted(found + absent(folded, words), key=lambda p: p.clip_id))
        say(f"seed {seed}: " + _line(scores_of(every[-1], folded.classes, intervals=False)))
    document = protocol_document(folded, every, numbers)
    if judged:
        document["texts"] = text_scores(judged, said, folded.classes)
    return Evaluation(document, every, judged)


def words_of(folded: Folded, settings: DeftSettings) -> Vocabulary:
    """The protocol's classes and all Action Units that are coded anywhere in its clips."""
    coded = {label.au for e in folded.clips.values() for label in e.aus or () if not label.doubtful}
    return Vocabulary(classes=folded.classes, aus=tuple(settings.data.aus or sorted(coded)))


def _trained(fold: Fold, folded: Folded) -> list[Example]:
    return [e for member in fold.train for e in folded.train.get(member.clip_id, [])]


def _fold(fold: Fold, folded: Folded, settings: DeftSettings, words: Vocabulary) -> tuple[DeftModel, list[Example]]:
    """A model that has learned from the fold's training part, and what to test it on."""
    examples = _trained(fold, folded)
    tested = [folded.clips[member.clip_id] for member in fold.test if member.clip_id in folded.clips]
    if not examples:
        raise InputError(f"fold {fold.name}: nothing to train on has motion")
    refuse_leakage({"train": once(examples), "test": tested})
    return fit(examples, settings, words), tested


def absent(folded: Folded, words: Vocabulary) -> list[Prediction]:
    """Members that the build could not measure, as clips of which nothing was predicted."""
    found = []
    for member, clip in folded.missing:
        coded = {label.au for label in clip.aus if label.source == "annotation"}
        right = {au: au in coded for au in words.aus} if coded else {}
        found.append(
            Prediction(
                clip_id=member.clip_id,
                corpus=member.corpus,
                person=member.person,
                emotion=member.label,
                probabilities={},
                aus={},
                right=right,
            )
        )
    return found


def protocol_document(folded: Folded, every: Sequence[Sequence[Prediction]], seeds: Sequence[int]) -> Scores:
    """Scores over all folds, pooled and of each corpus."""
    division = folded.division
    groups = {member.clip_id: member.group for member in division.members}
    names = sorted(set(groups.values()))
    parts = {"all": set(groups)} | (
        {name: {clip for clip, group in groups.items() if group == name} for name in names} if len(names) > 1 else {}
    )
    return {
        "protocol": division.protocol.name,
        "folds": len(division.folds),
        "seeds": list(seeds),
        "classes": list(folded.classes),
        "not_measured": [member.clip_id for member, _ in folded.missing],
        "findings": division.findings,
        "parts": {
            name: over_seeds([[p for p in each if p.clip_id in clips] for each in every], folded.classes)
            for name, clips in parts.items()
        },
    }


def over_seeds(every: Sequence[Sequence[Prediction]], classes: Sequence[str]) -> Scores:
    """Means over the seeds with their standard deviation and the bootstrap interval of the mean; of the first seed
    also the confusion and each Action Unit."""
    seeds = [scores_of(each, classes, intervals=False) for each in every]
    found: Scores = {"clips": seeds[0]["clips"], "persons": seeds[0]["persons"]}
    for name in METRICS:
        values = [each[name] for each in seeds if each.get(name) is not None]
        if values:
            found[name] = float(np.mean(values))
            found[f"{name}_seeds"] = values
            found[f"{name}_sd"] = float(np.std(values, ddof=1)) if len(values) > 1 else 0.0
    for name in ("confusion", "class_f1", "aus"):
        if name in seeds[0]:
            found[name] = seeds[0][name]
    return found | {"intervals": intervals_of(every, classes)}


def _line(scores: Scores) -> str:
    return ", ".join(f"{name} {scores[name]:.3f}" for name in METRICS if scores.get(name) is not None)
