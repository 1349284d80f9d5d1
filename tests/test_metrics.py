"""Metrics against published confusion matrices and against what NLTK 3.10, rouge-score 0.1.2 and scikit-learn say."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unimer import metrics

TEXTS = [
    # reference, answer, NLTK's sentence_bleu with method1, rouge-score's ROUGE-1 recall with stemming
    ("negative", "negative", 0.177828, 1.0),
    ("negative", "positive", 0.0, 0.0),
    ("lips part", "the lip parted", 0.0, 1.0),
    ("brow lowerer, lid tightener", "brow lowerer", 0.055011, 0.5),
    ("brow lowerer", "brow lowerer, lid tightener", 0.080343, 1.0),
    (
        "The action units present are: brow lowerer, lid tightener. Therefore, the fine-grained expression class is "
        "anger, and the coarse expression class is negative.",
        "The action unit present is: brow lowerer. Therefore, the fine-grained expression class is disgust, and the "
        "coarse expression class is negative.",
        0.497236,
        0.833333,
    ),
    ("inner brow raiser, outer brow raiser", "raised inner brows, raising of the outer brow", 0.065006, 0.666667),
]

STEMS = {
    **{"raiser": "raiser", "raisers": "raiser", "tightener": "tighten", "lowerer": "lower", "wrinkler": "wrinkler"},
    **{"dimpler": "dimpler", "lips": "lip", "parted": "part", "parting": "part", "dies": "die", "skies": "sky"},
    **{"tied": "tie", "tries": "tri", "agreed": "agre", "feed": "feed", "hopping": "hop", "falling": "fall"},
    **{"filing": "file", "happy": "happi", "sky": "sky", "enjoy": "enjoy", "relational": "relat"},
    **{"conditional": "condit", "digitizer": "digit", "formally": "formal", "gracefully": "grace", "say": "say"},
    **{"apology": "apolog", "triplicate": "triplic", "formative": "form", "formalize": "formal", "rate": "rate"},
    **{"adjustment": "adjust", "adoption": "adopt", "communism": "commun", "controlling": "control", "roll": "roll"},
    **{"cease": "ceas", "news": "news", "proceed": "proceed", "sayings": "say", "electrically": "electr", "as": "as"},
}

WORDS = st.lists(st.sampled_from(["brow", "lip", "raiser", "puller", "the", "is", "negative"]), max_size=8)
CLASSES = st.sampled_from(["negative", "positive", "surprise"])


@pytest.mark.parametrize(
    ("matrix", "uf1", "uar"),
    [
        ([[219, 22, 9], [40, 62, 7], [21, 3, 59]], 0.7353, 0.7186),
        ([[83, 5, 0], [12, 19, 1], [2, 0, 23]], 0.8382, 0.8190),
    ],
)
def test_uf1_and_uar_of_published_matrices(matrix: list[list[int]], uf1: float, uar: float) -> None:
    found = metrics.confusion_of(matrix, ["negative", "positive", "surprise"])
    assert round(found.uf1, 4) == uf1
    assert round(found.uar, 4) == uar
    truth = [a for a, row in zip("npq", matrix, strict=True) for n in row for _ in range(n)]
    called = [b for row in matrix for b, n in zip("npq", row, strict=True) for _ in range(n)]
    again = metrics.confusion(truth, called)
    assert again.counts == found.counts
    assert again.accuracy == pytest.approx(sum(matrix[i][i] for i in range(3)) / len(truth))


def test_a_word_that_is_no_class_counts_as_wrong_and_in_the_union_as_a_class() -> None:
    truth, called = ["happiness", "happiness", "fear"], ["happiness", "confused", "fear"]
    of_reference = metrics.confusion(truth, called)
    assert of_reference.labels == ("fear", "happiness")
    assert of_reference.elsewhere == (0, 1)
    assert of_reference.uf1 == pytest.approx((1 + 2 / 3) / 2)
    assert of_reference.uar == pytest.approx(0.75)
    of_both = metrics.confusion(truth, called, "union")
    assert of_both.uf1 == pytest.approx((1 + 2 / 3) / 3)  # scikit-learn: f1_score(average="macro") 0.5556
    assert of_both.uar == pytest.approx(0.5)
    assert of_both.accuracy == of_reference.accuracy == pytest.approx(2 / 3)
    assert metrics.confusion(truth, [None, "happiness", "fear"]).accuracy == pytest.approx(2 / 3)


def test_given_classes_may_be_absent_but_the_truth_must_be_among_them() -> None:
    found = metrics.confusion(["a"], ["a"], ["a", "b"])
    assert (found.uf1, found.uar) == (0.5, 0.5)
    with pytest.raises(ValueError, match="not among the classes: c"):
        metrics.confusion(["c"], ["a"], ["a", "b"])
    with pytest.raises(ValueError, match="shorter"):
        metrics.confusion(["a", "b"], ["a"])
    with pytest.raises(ValueError, match="one row and one column"):
        metrics.confusion_of([[1, 2]])


@given(st.lists(st.tuples(CLASSES, CLASSES), min_size=2), st.integers(min_value=1))
def test_folds_add_up(pairs: list[tuple[str, str]], at: int) -> None:
    classes = ("negative", "positive", "surprise")
    cut = at % len(pairs)
    parts = [metrics.confusion([t for t, _ in p], [c for _, c in p], classes) for p in (pairs[:cut], pairs[cut:])]
    assert metrics.added(parts) == metrics.confusion([t for t, _ in pairs], [c for _, c in pairs], classes)


def test_only_folds_of_the_same_classes_are_added() -> None:
    with pytest.raises(ValueError, match="same classes"):
        metrics.added([])
    with pytest.raises(ValueError, match="same classes"):
        metrics.added([metrics.confusion(["a"], ["a"]), metrics.confusion(["b"], ["b"])])


@given(st.lists(st.tuples(CLASSES, CLASSES), min_size=1))
def test_class_scores_lie_between_0_and_1_and_are_1_only_for_the_truth(pairs: list[tuple[str, str]]) -> None:
    found = metrics.confusion([t for t, _ in pairs], [c for _, c in pairs])
    right = all(t == c for t, c in pairs)
    for value in (found.uf1, found.uar, found.accuracy):
        assert 0 <= value <= 1
        assert (value == 1) == right


def test_set_scores() -> None:
    found = metrics.set_scores([["4", "7"], ["12"], []], [["4"], ["12", "6"], []])
    assert found.labels["4"] == metrics.LabelScore(1, 0, 0)
    assert (found.labels["7"].f1, found.labels["7"].support) == (0.0, 1)
    assert (found.labels["6"].precision, found.labels["6"].recall, found.labels["6"].support) == (0.0, 0.0, 0)
    assert found.macro_f1 == pytest.approx(2 / 3)  # of 4, 7 and 12; 6 is in no truth
    assert found.micro_f1 == pytest.approx(4 / 6)
    assert found.sample_f1 == pytest.approx((2 / 3 + 2 / 3 + 1) / 3)
    assert found.exact == pytest.approx(1 / 3)


def test_counts() -> None:
    assert metrics.count_accuracy([3, 0, 2], [3, None, 5]) == pytest.approx(1 / 3)
    assert metrics.count_error([3, 0, 2], [3, None, 5]) == pytest.approx(1)
    assert metrics.count_error([4], [None]) == 4


def test_nothing_scores_nothing() -> None:
    assert metrics.confusion([], []).uf1 == metrics.set_scores([], []).micro_f1 == metrics.count_error([], []) == 0
    for text in (metrics.bleu_sentence, metrics.bleu_corpus, metrics.rouge1_recall, metrics.rouge1_f1):
        assert text([], []) == text(["brow"], [""]) == text([""], ["brow"]) == text([""], [""]) == 0


@pytest.mark.parametrize(("reference", "answer", "bleu", "recall"), TEXTS)
def test_text_metrics_are_those_of_the_libraries(reference: str, answer: str, bleu: float, recall: float) -> None:
    assert metrics.bleu_sentence([reference], [answer]) == pytest.approx(bleu, abs=1e-6)
    assert metrics.rouge1_recall([reference], [answer]) == pytest.approx(recall, abs=1e-6)


def test_text_metrics_are_means_over_the_answers() -> None:
    references, answers = [t[0] for t in TEXTS], [t[1] for t in TEXTS]
    mean = sum(t[2] for t in TEXTS) / len(TEXTS)
    assert metrics.bleu_sentence(references, answers) == pytest.approx(mean, abs=1e-6)


def test_the_two_rouge_variants_differ() -> None:
    reference, answer = ["lips part"], ["the lip parted and the brows rose"]
    assert metrics.rouge1_recall(reference, answer) == 1
    assert metrics.rouge1_f1(reference, answer) == 0
    assert metrics.rouge1_f1(["brow lowerer"], ["brow lowerer, lid tightener"]) == pytest.approx(2 * 2 / 6)


def test_corpus_bleu_takes_all_answers_together() -> None:
    references = ["the brow goes down now", "no"]
    # 1-grams 5 of 7, 2-grams 3 of 5, 3-grams 2 of 3, 4-grams 1 of 2; the answers are longer than the references.
    answers = ["the brow goes down quickly", "no no"]
    expected = math.exp((math.log(5 / 7) + math.log(3 / 5) + math.log(2 / 3) + math.log(1 / 2)) / 4)
    assert metrics.bleu_corpus(references, answers) == pytest.approx(expected)
    shorter = metrics.bleu_corpus(["a b c d e f"], ["a b c d"])
    assert shorter == pytest.approx(math.exp(1 - 6 / 4))
    assert metrics.bleu_corpus(["negative"] * 3, ["negative"] * 3) == 0  # no 4-grams, not smoothed


@given(WORDS.filter(bool))
def test_a_right_answer_has_full_rouge(words: list[str]) -> None:
    text = [" ".join(words)]
    assert metrics.rouge1_recall(text, text) == pytest.approx(1)
    assert metrics.rouge1_f1(text, text) == pytest.approx(1)
    assert metrics.bleu_sentence(text, text) <= 1 + 1e-12
    if len(words) >= 4:
        assert metrics.bleu_sentence(text, text) == pytest.approx(1)
        assert metrics.bleu_corpus(text, text) == pytest.approx(1)


@given(WORDS, WORDS)
def test_more_words_never_lower_the_recall(reference: list[str], answer: list[str]) -> None:
    right, said = [" ".join(reference)], " ".join(answer)
    assert metrics.rouge1_recall(right, [said + " brow"]) >= metrics.rouge1_recall(right, [said])


def test_words() -> None:
    text = "The subject's AU12: lip-corner puller."
    assert metrics.words_split(text) == ["the", "subject's", "au12:", "lip-corner", "puller."]
    assert metrics.words_plain(text) == ["the", "subject's", "au12", "lip", "corner", "puller"]
    assert metrics.words_stemmed(text) == ["the", "subject", "s", "au12", "lip", "corner", "puller"]


@pytest.mark.parametrize(("word", "expected"), STEMS.items())
def test_stems(word: str, expected: str) -> None:
    assert metrics.words_stemmed(word) == [expected]
