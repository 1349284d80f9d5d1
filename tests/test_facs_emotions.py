from __future__ import annotations

import pytest

from unimer.facs.emotions import canonical, coarse, emotions


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
