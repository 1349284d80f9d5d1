"""Scores predicted answers against answered questions: per kind, per dataset, and over all."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from unimer import metrics
from unimer.errors import InputError
from unimer.facs.emotions import canonical
from unimer.vqa.findings import Finding, answers_by_id
from unimer.vqa.records import Row, dataset_of, read_rows
from unimer.vqa.templates import COUNTS, KINDS, LISTS, Kind, asked, closed_answers, read_aus

Scores = dict[str, Any]
OVERALL = "overall"
_FINE = re.compile(
    r"fine-grained (?:expression(?: class)?|class|label)?\s*(?:is)?\s*:?\s*([^.;]+?)(?:, and the|[.;]|$)"
)
_COARSE = re.compile(r"coarse (?:expression(?: class)?|class|label)?\s*(?:is)?\s*:?\s*([^.;]+?)(?:[.;]|$)")
_COUNT = re.compile(r"(?<![0-9])-?[0-9]{1,6}(?![0-9])")


@dataclass(frozen=True)
class Pair:
    """A question with its right answer and the one given (empty where there is none)."""

    kind: Kind | None
    dataset: str
    right: str
    given: str


def score(files: Sequence[tuple[Path, Path]]) -> tuple[dict[str, Scores], list[Finding]]:
    """Scores of predictions; a question without a prediction counts as answered with nothing.

    Args:
        files: answered reference and prediction, for each dataset.

    Returns:
        Scores of ``overall`` and, where there are several, of each dataset; and what does not fit together.

    Raises:
        InputError: a file cannot be read, or a reference has no answers.
    """
    pairs: list[Pair] = []
    findings: list[Finding] = []
    for reference, prediction in files:
        pairs += pair_up(reference, prediction, findings)
    datasets = list(dict.fromkeys(pair.dataset for pair in pairs))
    groups = {name: [pair for pair in pairs if pair.dataset == name] for name in datasets}
    everything = {OVERALL: pairs} | (groups if len(groups) > 1 else {})
    return {name: scores_of(group) for name, group in everything.items()}, findings


def pair_up(reference: Path, prediction: Path, findings: list[Finding]) -> list[Pair]:
    """Questions with right and given answer; unanswered, unknown and mismatched rows are added to ``findings``."""
    wanted = read_rows(reference)
    if empty := next((row for row in wanted if not row.text), None):
        raise InputError("the reference has no answer here", path=reference, row=empty.line)
    twice = [name for name, n in Counter(row.id for row in wanted).items() if n > 1]
    if twice:
        raise InputError(f"the reference has the id {twice[0]} twice", path=reference)
    given = answers_by_id(wanted, read_rows(prediction, needed=()), prediction, findings)
    pairs = []
    for row in wanted:
        answer = given.get(row.id)
        if answer is None or not answer.text:
            line = answer.line if answer else 0
            findings.append(Finding(line, row.id, "unanswered", f"no answer to: {row.question}"))
        pairs.append(_pair(row, answer, reference))
    return pairs


def _pair(row: Row, answer: Row | None, path: Path) -> Pair:
    what = asked(row.question)
    return Pair(what.kind if what else None, dataset_of(row, path), row.text, answer.text if answer else "")


def scores_of(pairs: Sequence[Pair]) -> Scores:
    """Scores of all kinds among the pairs, and the text metrics over all answers."""
    kinds: dict[str, Scores] = {}
    for kind in KINDS:
        of_kind = [pair for pair in pairs if pair.kind == kind]
        if of_kind:
            right, given = [p.right for p in of_kind], [p.given for p in of_kind]
            kinds[kind] = {"questions": len(of_kind), **_scorer(kind)(right, given), **texts(right, given)}
    return {
        "questions": len(pairs),
        "unanswered": sum(not pair.given for pair in pairs),
        **texts([pair.right for pair in pairs], [pair.given for pair in pairs]),
        "kinds": kinds,
    }


def texts(right: Sequence[str], given: Sequence[str]) -> dict[str, float]:
    """BLEU and ROUGE-1 in both variants that entrants use."""
    return {
        "bleu_sentence": metrics.bleu_sentence(right, given),
        "bleu_corpus": metrics.bleu_corpus(right, given),
        "rouge1_recall": metrics.rouge1_recall(right, given),
        "rouge1_f1": metrics.rouge1_f1(right, given),
    }


def _scorer(kind: Kind) -> Callable[[Sequence[str], Sequence[str]], Scores]:
    classes = closed_answers(kind)
    if classes is not None:
        return lambda right, given: class_scores(right, given, classes)
    if kind in COUNTS:
        return _count_scores
    if kind in LISTS:
        return lambda right, given: au_scores([read_aus(a) for a in right], [read_aus(a) for a in given])
    return _combined_scores if kind == "combined" else lambda *_: {}


def class_in(answer: str, classes: Sequence[str]) -> str:
    """The class that an answer gives: itself, or the only one of ``classes`` that it names; else the answer as it is.

    Emotions count in any spelling that annotation files use (``happy``), and ``micro`` for ``micro-expression``.
    """
    text = " ".join(answer.lower().split()).strip(" .:;,!?'\"")
    if text in classes:
        return text
    named = {canonical(word) or word for word in metrics.words_plain(text)}
    found = [name for name in classes if name in named or name.split("-")[0] in named]
    return found[0] if len(found) == 1 else text


def class_scores(right: Sequence[str], given: Sequence[str], classes: Sequence[str]) -> Scores:
    """UF1 and UAR in both variants.

    ``uf1``, ``uar``, ``accuracy``: the class is read out of the answer, averaged over the classes of the reference.
    ``uf1_exact_union``, ``uar_exact_union``: the whole answer in lower case is the class, averaged over all that occur
    in reference or prediction.
    """
    truth = [class_in(answer, classes) for answer in right]
    read = metrics.confusion(truth, [class_in(answer, classes) for answer in given])
    exact = metrics.confusion(
        [answer.strip().lower() for answer in right], [answer.strip().lower() for answer in given], "union"
    )
    return {
        "uf1": read.uf1,
        "uar": read.uar,
        "accuracy": read.accuracy,
        "uf1_exact_union": exact.uf1,
        "uar_exact_union": exact.uar,
        "confusion": {"labels": read.labels, "counts": read.counts, "elsewhere": read.elsewhere},
    }


def au_scores(right: Sequence[Sequence[str]], given: Sequence[Sequence[str]]) -> Scores:
    """Scores of the Action Units that answers list, all together and each."""
    found = metrics.set_scores(right, given)
    return {
        "au_macro_f1": found.macro_f1,
        "au_micro_f1": found.micro_f1,
        "au_sample_f1": found.sample_f1,
        "au_exact": found.exact,
        "aus": {
            name: {"f1": s.f1, "precision": s.precision, "recall": s.recall, "support": s.support}
            for name, s in found.labels.items()
        },
    }


def _count_scores(right: Sequence[str], given: Sequence[str]) -> Scores:
    truth = [count_in(answer) or 0 for answer in right]
    said = [count_in(answer) for answer in given]
    return {
        "accuracy": metrics.count_accuracy(truth, said),
        "mean_absolute_error": metrics.count_error(truth, said),
    }


def count_in(answer: str) -> int | None:
    """The first whole number of an answer; None where there is none."""
    match = _COUNT.search(answer)
    return int(match[0]) if match else None


def _combined_scores(right: Sequence[str], given: Sequence[str]) -> Scores:
    """The three parts of a combined answer: Action Units, fine class, coarse class."""
    aus = au_scores([read_aus(answer) for answer in right], [read_aus(answer) for answer in given])
    result = {key: value for key, value in aus.items() if key != "aus"}
    parts: tuple[tuple[Kind, re.Pattern[str]], ...] = (("fine", _FINE), ("coarse", _COARSE))
    for name, pattern in parts:
        classes = closed_answers(name) or []
        truth = [part(answer, pattern, classes) for answer in right]
        found = metrics.confusion(truth, [part(answer, pattern, classes) for answer in given])
        result |= {f"{name}_uf1": found.uf1, f"{name}_uar": found.uar, f"{name}_accuracy": found.accuracy}
    return result


def part(answer: str, pattern: re.Pattern[str], classes: Sequence[str]) -> str:
    """The class behind the words that introduce it in a combined answer; empty where they are missing."""
    match = pattern.search(" ".join(answer.lower().split()))
    return class_in(match[1], classes) if match else ""
