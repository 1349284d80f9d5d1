"""Metrics of classes, Action Units, counts and answers, each variant under a name of its own.

Published numbers of one task were made with different variants of UF1, BLEU and ROUGE-1 (docs/vqa.md); a number means
something only together with the variant's name. Plain Python: the functions need no arrays and are exact for any size
that these tasks have. Stems and sentence BLEU are NLTK's, which is imported only where needed: it takes over a second.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

Matrix = Sequence[Sequence[int]]
Averaged = Literal["reference", "union"]

# --- classes ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Confusion:
    """How often each class was taken for which.

    Attributes:
        labels: the classes, rows and columns of ``counts``.
        counts: ``counts[i][j]`` samples of class i were called class j.
        elsewhere: samples of class i that were called nothing of ``labels``.
    """

    labels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    elsewhere: tuple[int, ...]

    @property
    def support(self) -> tuple[int, ...]:
        """Samples of each class."""
        return tuple(sum(row) + other for row, other in zip(self.counts, self.elsewhere, strict=True))

    @property
    def recalls(self) -> tuple[float, ...]:
        """TP / (TP + FN) of each class; 0 for a class without samples."""
        return tuple(_ratio(self.counts[i][i], n) for i, n in enumerate(self.support))

    @property
    def f1s(self) -> tuple[float, ...]:
        """2 TP / (2 TP + FP + FN) of each class; 0 for a class that occurs nowhere."""
        called = [sum(row[j] for row in self.counts) for j in range(len(self.labels))]
        support = self.support
        return tuple(_ratio(2 * self.counts[i][i], support[i] + called[i]) for i in range(len(self.labels)))

    @property
    def uf1(self) -> float:
        """Unweighted F1 (macro F1): mean of the classes' F1."""
        return _mean(self.f1s)

    @property
    def uar(self) -> float:
        """Unweighted average recall (balanced accuracy): mean of the classes' recall."""
        return _mean(self.recalls)

    @property
    def accuracy(self) -> float:
        """Share of samples whose class is right."""
        return _ratio(sum(self.counts[i][i] for i in range(len(self.labels))), sum(self.support))


def confusion(
    truth: Sequence[str], predicted: Sequence[str | None], classes: Averaged | Sequence[str] = "reference"
) -> Confusion:
    """Confusion of predictions with the truth.

    Args:
        truth: right class of each sample.
        predicted: class each sample was given; None or any text that is no class counts as wrong.
        classes: over which classes UF1 and UAR are averaged. ``reference``: those that occur in the truth. ``union``:
            those and every word that was predicted, as scikit-learn does by default; a word that is no class then
            adds a class of F1 0. Or the classes themselves, as in a benchmark whose folds lack some.

    Raises:
        ValueError: unequal lengths, or a true class that is not among the given ones.
    """
    pairs = Counter(zip(truth, predicted, strict=True))
    labels = _labels(set(truth), {p for p in predicted if p is not None}, classes)
    if unknown := set(truth) - set(labels):
        raise ValueError(f"not among the classes: {', '.join(sorted(unknown))}")
    counts = tuple(tuple(pairs[a, b] for b in labels) for a in labels)
    every = Counter(truth)
    return Confusion(labels, counts, tuple(every[a] - sum(row) for a, row in zip(labels, counts, strict=True)))


def confusion_of(counts: Matrix, labels: Sequence[str] | None = None) -> Confusion:
    """A confusion matrix (rows truth, columns prediction) that someone else has counted.

    Raises:
        ValueError: the matrix is not square.
    """
    names = tuple(labels) if labels is not None else tuple(str(i) for i in range(len(counts)))
    if any(len(row) != len(counts) for row in counts) or len(names) != len(counts):
        raise ValueError("a confusion matrix has one row and one column for each class")
    return Confusion(names, tuple(tuple(row) for row in counts), (0,) * len(names))


def added(parts: Iterable[Confusion]) -> Confusion:
    """Sum of the confusions of folds, as leave-one-subject-out scores are computed: not the mean of their scores.

    Raises:
        ValueError: no parts, or parts with other classes.
    """
    folds = list(parts)
    if not folds or any(fold.labels != folds[0].labels for fold in folds):
        raise ValueError("only confusions of the same classes can be added; give confusion() the classes")
    n = range(len(folds[0].labels))
    counts = tuple(tuple(sum(fold.counts[i][j] for fold in folds) for j in n) for i in n)
    return Confusion(folds[0].labels, counts, tuple(sum(fold.elsewhere[i] for fold in folds) for i in n))


def _labels(true: set[str], called: set[str], classes: Averaged | Sequence[str]) -> tuple[str, ...]:
    if classes == "reference":
        return tuple(sorted(true))
    return tuple(sorted(true | called)) if classes == "union" else tuple(classes)


# --- Action Units ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class LabelScore:
    """One label of a multi-label task: true and false positives, false negatives."""

    tp: int
    fp: int
    fn: int

    @property
    def support(self) -> int:
        return self.tp + self.fn

    @property
    def precision(self) -> float:
        return _ratio(self.tp, self.tp + self.fp)

    @property
    def recall(self) -> float:
        return _ratio(self.tp, self.tp + self.fn)

    @property
    def f1(self) -> float:
        return _ratio(2 * self.tp, 2 * self.tp + self.fp + self.fn)


@dataclass(frozen=True)
class SetScores:
    """Scores of predicted sets of labels, such as Action Units.

    Attributes:
        labels: score of each label that occurs anywhere, sorted by label.
        macro_f1: mean F1 of the labels that occur in the truth.
        micro_f1: F1 over all labels of all samples together.
        sample_f1: mean over samples of the F1 of its set; two empty sets agree (1).
        exact: share of samples whose set is exactly right.
    """

    labels: dict[str, LabelScore]
    macro_f1: float
    micro_f1: float
    sample_f1: float
    exact: float


def set_scores(truth: Sequence[Iterable[str]], predicted: Sequence[Iterable[str]]) -> SetScores:
    """Multi-label scores, for Action Units and the like.

    Raises:
        ValueError: unequal lengths.
    """
    pairs = [(set(t), set(p)) for t, p in zip(truth, predicted, strict=True)]
    hits = Counter(label for t, p in pairs for label in t & p)
    false = Counter(label for t, p in pairs for label in p - t)
    missed = Counter(label for t, p in pairs for label in t - p)
    names = sorted({*hits, *false, *missed})
    labels = {name: LabelScore(hits[name], false[name], missed[name]) for name in names}
    every = LabelScore(hits.total(), false.total(), missed.total())
    return SetScores(
        labels=labels,
        macro_f1=_mean([score.f1 for score in labels.values() if score.support]),
        micro_f1=every.f1,
        sample_f1=_mean([_ratio(2 * len(t & p), len(t) + len(p)) if t or p else 1.0 for t, p in pairs]),
        exact=_mean([float(t == p) for t, p in pairs]),
    )


# --- counts ----------------------------------------------------------------------------------------------------------


def count_accuracy(truth: Sequence[int], predicted: Sequence[int | None]) -> float:
    """Share of counts that are exactly right; None (no number) is wrong."""
    return _mean([float(t == p) for t, p in zip(truth, predicted, strict=True)])


def count_error(truth: Sequence[int], predicted: Sequence[int | None]) -> float:
    """Mean absolute error; where no number was given (None), the error is the count itself, as for the answer 0."""
    return _mean([abs(t - (p or 0)) for t, p in zip(truth, predicted, strict=True)])


# --- text ------------------------------------------------------------------------------------------------------------


def words_split(text: str) -> list[str]:
    """Tokens as ``lower().split()`` gives them: punctuation sticks to its word."""
    return text.lower().split()


def words_plain(text: str) -> list[str]:
    """Letters and digits of ASCII, lower case, with an apostrophe inside a word; punctuation drops out."""
    return re.findall(r"[a-z0-9]+(?:'[a-z0-9]+)?", text.lower())


def words_stemmed(text: str) -> list[str]:
    """Tokens of rouge-score with stemming: letters and digits of ASCII; words longer than 3 letters are stemmed.

    With NLTK's Porter stemmer, which departs from Porter's paper: stems of another one give other numbers.
    """
    return [_stem(word) if len(word) > 3 else word for word in re.findall(r"[a-z0-9]+", text.lower())]


@cache
def _stem(word: str) -> str:
    return str(_stemmer().stem(word))


@cache
def _stemmer() -> Any:
    from nltk.stem.porter import PorterStemmer

    return PorterStemmer()


def bleu_sentence(references: Sequence[str], answers: Sequence[str]) -> float:
    """Mean over the answers of sentence BLEU-4, smoothed by method 1 of Chen and Cherry (2014), on ``words_split``.

    NLTK's: an order that does not occur counts as 0.1 matches, so a right answer of one word has 0.178, not 1. An
    empty answer or reference scores 0.
    """
    return _mean([_sentence_bleu(words_split(r), words_split(a)) for r, a in zip(references, answers, strict=True)])


def bleu_corpus(references: Sequence[str], answers: Sequence[str]) -> float:
    """Corpus BLEU-4 (Papineni et al. 2002), not smoothed, on ``words_plain``: the n-grams of all answers together.

    As first defined, a text shorter than n has no n-grams; NLTK's ``corpus_bleu`` counts one for it.
    """
    matches, possible, lengths = [0] * 4, [0] * 4, [0, 0]
    for reference, answer in zip(references, answers, strict=True):
        right, said = words_plain(reference), words_plain(answer)
        lengths = [lengths[0] + len(right), lengths[1] + len(said)]
        for i, (hits, total) in enumerate(_overlaps(right, said)):
            matches[i] += hits
            possible[i] += total
    if 0 in matches:
        return 0.0
    precisions = [m / p for m, p in zip(matches, possible, strict=True)]
    return _brevity(*lengths) * math.exp(sum(map(math.log, precisions)) / 4)


def rouge1_recall(references: Sequence[str], answers: Sequence[str]) -> float:
    """Mean over the answers of ROUGE-1 recall on ``words_stemmed``: which share of the reference's words was said.

    rouge-score's ``RougeScorer(["rouge1"], use_stemmer=True)`` and its recall. Saying more never costs anything.
    """
    return _mean([_rouge1(words_stemmed(r), words_stemmed(a))[1] for r, a in zip(references, answers, strict=True)])


def rouge1_f1(references: Sequence[str], answers: Sequence[str]) -> float:
    """Mean over the answers of ROUGE-1 F1 on ``words_plain``: superfluous words cost, too."""
    return _mean([_rouge1(words_plain(r), words_plain(a))[2] for r, a in zip(references, answers, strict=True)])


def _overlaps(reference: Sequence[str], answer: Sequence[str]) -> list[tuple[int, int]]:
    """Clipped n-gram matches, and n-grams of the answer, for n = 1..4."""
    result = []
    for n in range(1, 5):
        said = Counter(tuple(answer[i : i + n]) for i in range(len(answer) - n + 1))
        right = Counter(tuple(reference[i : i + n]) for i in range(len(reference) - n + 1))
        result.append(((said & right).total(), said.total()))
    return result


def _sentence_bleu(reference: Sequence[str], answer: Sequence[str]) -> float:
    from nltk.translate.bleu_score import SmoothingFunction, sentence_bleu

    return float(sentence_bleu([reference], answer, smoothing_function=SmoothingFunction().method1)) if answer else 0.0


def _brevity(reference: int, answer: int) -> float:
    """Brevity penalty of BLEU; both lengths in tokens."""
    return 1.0 if answer > reference else math.exp(1 - reference / answer) if answer else 0.0


def _rouge1(reference: Sequence[str], answer: Sequence[str]) -> tuple[float, float, float]:
    """Precision, recall and F1 of the words; two empty texts agree in nothing."""
    hits = (Counter(reference) & Counter(answer)).total()
    return (
        _ratio(hits, len(answer)),
        _ratio(hits, len(reference)),
        _ratio(2 * hits, len(reference) + len(answer)),
    )


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
