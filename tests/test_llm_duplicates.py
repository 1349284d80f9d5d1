"""Near-duplicates: exact similarity decides, the order of the calls is all that matters."""

from __future__ import annotations

import random

import pytest

from unimer.llm.duplicates import Seen, shingles, similarity

WORDS = ["brow", "cheek", "lip", "chin", "rises", "falls", "moves", "both", "left", "right", "slightly", "lid"]


def sentence(rng: random.Random, words: int) -> list[str]:
    return [rng.choice(WORDS) for _ in range(words)]


def test_case_marks_and_blanks_make_no_difference() -> None:
    seen = Seen(0.9)
    assert seen.similar("The left cheek rises, slightly.", "a") is None
    assert seen.similar("the LEFT cheek  rises slightly", "b") == "a"
    assert seen.similar("The right cheek rises slightly.", "c") is None


def test_what_was_called_a_duplicate_is_not_kept() -> None:
    seen = Seen(0.5)
    assert seen.similar("one two three four five six seven eight", "a") is None
    assert seen.similar("one two three four five six seven nine", "b") == "a"
    assert seen.similar("zwei two three four five six seven nine", "c") == "a"  # 4 of 8 of a, and b is not there
    assert seen.similar("alpha two three four five six alpha nine", "d") is None


def test_the_most_alike_is_named_and_of_equals_the_first() -> None:
    seen = Seen(0.4)
    assert seen.similar("a b c d e f g h i j k l", "low") is None
    assert seen.similar("m n o d e f g h p q r s t", "high") is None
    assert seen.similar("m n o d e f g h p q r s", "x") == "high"
    same = Seen(0.2)
    assert same.similar("a b c d x y z w", "first") is None
    assert same.similar("e f g h q r s t", "second") is None
    assert same.similar("a b c d e f g h", "x") == "first"


def test_short_and_empty_texts() -> None:
    seen = Seen(0.9)
    assert seen.similar("", "a") is None
    assert seen.similar("", "b") == "a"
    assert seen.similar("AU12", "c") is None
    assert seen.similar("au12.", "d") == "c"


def test_an_id_is_seen_once() -> None:
    seen = Seen(0.9)
    seen.similar("a b c d", "a")
    with pytest.raises(ValueError, match="seen before"):
        seen.similar("e f g h", "a")


@pytest.mark.parametrize("threshold", [0.5, 0.8, 0.9, 1.0])
def test_it_finds_what_comparing_all_pairs_finds(threshold: float) -> None:
    rng = random.Random(3)
    texts = []
    for _ in range(150):
        words = sentence(rng, rng.randint(10, 40))
        texts.append(" ".join(words))
        for _ in range(rng.randint(0, 2)):
            changed = list(words)
            for _ in range(rng.randint(0, 2)):
                changed[rng.randrange(len(changed))] = rng.choice(WORDS)
            texts.append(" ".join(changed))
    rng.shuffle(texts)
    seen, kept, wrong, missed, hits = Seen(threshold), {}, 0, 0, 0
    for number, text in enumerate(texts):
        found = seen.similar(text, str(number))
        best = max((similarity(shingles(text), other) for other in kept.values()), default=0.0)
        if found is None:
            missed += best >= threshold
            kept[str(number)] = shingles(text)
        else:
            hits += 1
            wrong += similarity(shingles(text), kept[found]) < threshold
    assert wrong == 0
    assert hits > 20
    assert missed <= 0.02 * hits


def test_the_same_calls_give_the_same_answers() -> None:
    def once() -> list[str | None]:
        rng, seen = random.Random(1), Seen(0.7)
        return [seen.similar(" ".join(sentence(rng, 6)), str(i)) for i in range(200)]

    assert once() == once()
