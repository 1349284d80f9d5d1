"""Emotion vocabulary: one canonical name an emotion, and the coarse classes. The words are in ``data/emotions.yaml``.

Comparison ignores case and surrounding blanks: ``Other`` (SAMM) against ``others`` (CASME II) is the commonest silent
bug in public code.
"""

from __future__ import annotations

from functools import cache
from typing import Literal, cast

from unimer.resources import load_yaml

Coarse = Literal["negative", "positive", "surprise", "others"]


def emotions() -> list[str]:
    """All canonical names, in the order of the data file."""
    return list(load_yaml("data/emotions.yaml")["aliases"])


@cache
def _aliases() -> dict[str, str]:
    table: dict[str, list[str]] = load_yaml("data/emotions.yaml")["aliases"]
    return {alias: name for name, aliases in table.items() for alias in [name, *aliases]}


def canonical(raw: str | None) -> str | None:
    """Canonical name of an emotion as an annotation file spells it; None where it is empty or not known."""
    return _aliases().get(" ".join(raw.lower().split())) if raw else None


def coarse(emotion: str | None, corpus: str) -> Coarse | None:
    """Coarse class of a canonical emotion.

    Args:
        emotion: canonical name.
        corpus: the reader's name; a few corpora use a word differently.
    """
    if emotion is None:
        return None
    data = load_yaml("data/emotions.yaml")
    special: dict[str, str] = data["coarse_in"].get(corpus, {})
    return cast("Coarse | None", special.get(emotion, data["coarse"].get(emotion)))
