from __future__ import annotations

import pytest

from unimer.facs.emotions import canonical, coarse, emotions, megc2019


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("Anger", "anger"),
        ("angry", "anger"),
        ("comtempt", "contempt"),
        ("disgust ", "disgust"),
        ("FEAR", "fear"),
        ("happy", "happiness"),
        ("happyiness", "happiness"),
        ("sad", "sadness"),
        ("Other", "others"),
        ("others", "others"),
        ("Others", "others"),
        ("repression", "repression"),
        ("tense", "tense"),
        ("positive", "positive"),
        ("joyful", None),
        ("", None),
        (None, None),
    ],
)
def test_canonical(raw: str | None, name: str | None) -> None:
    assert canonical(raw) == name


def test_every_canonical_name_is_its_own_and_has_a_coarse_class() -> None:
    assert len(emotions()) == 12
    for name in emotions():
        assert canonical(name) == name
        assert coarse(name, "casme2") in ("negative", "positive", "surprise", "others")


@pytest.mark.parametrize(
    ("emotion", "corpus", "name"),
    [
        ("repression", "casme2", "negative"),
        ("repression", "mmew", "others"),
        ("happiness", "casme2", "positive"),
        ("surprise", "casme2", "surprise"),
        ("others", "casme2", "others"),
        ("sadness", "casme2", "negative"),
        ("negative", "smic", "negative"),
        ("elation", "casme2", None),
        (None, "casme2", None),
    ],
)
def test_coarse(emotion: str | None, corpus: str, name: str | None) -> None:
    assert coarse(emotion, corpus) == name


def test_megc2019_gives_the_published_counts_of_casme2() -> None:
    """145 clips, 88/32/25, from the counts of the 2014 coding; both clips left out by name are negative."""
    counts = {"others": 99, "disgust": 62, "happiness": 32, "repression": 26, "surprise": 25, "sadness": 7, "fear": 2}
    clips = [("sub01", f"clip{n}", emotion) for emotion, count in counts.items() for n in range(count)]
    clips += [("sub04", "EP12_01f", "disgust"), ("sub05", "EP09_05f", "repression")]
    classes = [megc2019("casme2", *clip) for clip in clips]
    assert [classes.count(name) for name in ("negative", "positive", "surprise", "others")] == [88, 32, 25, 0]


def test_megc2019_knows_only_its_own_corpora() -> None:
    assert megc2019("samm", "006", "006_1_2", "anger") == "negative"
    assert megc2019("samm", "006", "006_1_2", "others") is None
    assert megc2019("dfme", "sub0001", "sub0001_01", "anger") is None
