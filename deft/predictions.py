"""What a model says about clips: classes and Action Units from the heads, (C, E, R) from the language model."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import torch

from deft.batch import Item, collate
from deft.data import Example, Turn, au_targets
from deft.findings import findings
from deft.model import DeftModel
from deft.views import Views
from unimer.records import AULabel, Record
from unimer.resources import load_yaml

THRESHOLD = 0.5
"""An Action Unit is called present from this probability on."""
BATCH = 32
WRITING = 8
"""Clips for which the language model writes at once."""
LONGEST = 320
"""Tokens of the longest answer."""


class Prediction(Record):
    """A clip with what is right and what was predicted.

    ``emotion``: the right class, None where unknown. ``probabilities`` of the classes. ``aus``: probability of each
    Action Unit; ``right``: whether it is there, for those of which that is known. ``text``: what the language model
    wrote, None where it was not asked.
    """

    clip_id: str
    corpus: str
    person: str
    emotion: str | None
    probabilities: dict[str, float]
    aus: dict[int, float]
    right: dict[int, bool]
    text: str | None = None

    @property
    def called(self) -> str:
        """The most probable class; empty where nothing was predicted."""
        return max(self.probabilities, key=lambda name: self.probabilities[name], default="")

    @property
    def shown(self) -> list[int]:
        """Action Units that are called present."""
        return [au for au, p in self.aus.items() if p >= THRESHOLD]


def predict_heads(model: DeftModel, examples: Sequence[Example]) -> list[Prediction]:
    """What the heads say, in the order of the examples. Draws no random number."""
    device, was = next(model.parameters()).device, model.training
    model.eval()
    found = []
    with torch.no_grad():
        for items in _batches(model, examples, BATCH):
            out = model(collate(items, model.words, None).to(device))
            rows = zip(items, out.emotion.float().softmax(1).tolist(), out.aus.float().sigmoid().tolist(), strict=True)
            found += [_prediction(model, example, classes, units) for (example, _), classes, units in rows]
    model.train(was)
    return found


def write_texts(
    model: DeftModel,
    examples: Sequence[Example],
    longest: int = LONGEST,
    report: Callable[[int, int], None] = lambda *_: None,
) -> list[str]:
    """The language model's answer to the question of each example (:func:`asked` gives it one).

    What it reads of class and Action Units is what the heads say, whatever the labels are.

    Args:
        report: called with how many are done and how many there are.
    """
    examples = [_told(e, p) for e, p in zip(examples, predict_heads(model, examples), strict=True)]
    order = sorted(range(len(examples)), key=lambda i: sum(len(turn.text) for turn in examples[i].turns))
    texts = [""] * len(examples)
    done = 0
    for items in _batches(model, [examples[i] for i in order], WRITING):
        for i, text in zip(order[done : done + len(items)], model.generate(items, longest), strict=True):
            texts[i] = text
        done += len(items)
        report(done, len(examples))
    return texts


def _told(example: Example, prediction: Prediction) -> Example:
    """The example with the heads' findings."""
    aus = [AULabel(au=au, source="deft", score=prediction.aus[au]) for au in prediction.shown]
    return replace(example, findings=findings(prediction.called, aus, example.motion))


def asked(example: Example, question: str | None = None, system: str | None = None) -> Example:
    """The example with a question and no answer.

    Args:
        question: default: the first of the composer's questions for a (C, E, R) answer, behind its first introduction.
        system: system message of the build.
    """
    if question is None:
        phrases = load_yaml("data/phrases.yaml")
        question = f"{phrases['intro'][0]}\n{phrases['tasks']['full']['questions'][0]}"
    before = () if system is None else (Turn("system", system),)
    return replace(example, turns=(*before, Turn("user", question)))


def _batches(model: DeftModel, examples: Sequence[Example], size: int) -> Iterator[list[Item]]:
    views = Views(examples, model.settings.model.experts)
    for first in range(0, len(examples), size):
        yield [(examples[i], views[i]) for i in range(first, min(first + size, len(examples)))]


def _prediction(model: DeftModel, example: Example, classes: list[float], units: list[float]) -> Prediction:
    target, known = au_targets(example.aus, model.words)
    numbers = model.words.aus
    return Prediction(
        clip_id=example.clip.id,
        corpus=example.clip.corpus,
        person=example.clip.person,
        emotion=example.emotion,
        probabilities={n: round(p, 4) for n, p in zip(model.words.classes, classes, strict=True)},
        aus={au: round(p, 4) for au, p in zip(numbers, units, strict=True)},
        right={au: bool(t) for au, t, k in zip(numbers, target, known, strict=True) if k},
    )
