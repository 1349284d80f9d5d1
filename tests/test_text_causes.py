"""Causes between units and motion: what one unit alone explains, contrasts, reasons, causes the wrong way round."""

from __future__ import annotations

import pytest

from tests.contexts import passes

PAIRS = [
    (
        "d01",
        "To AU2 the elevation of the outer left brow owes its explanation.",
        "To AU1 the elevation of the outer left brow owes its explanation.",
    ),
    (
        "d06",
        "The outer brows are raised by AU2 alone.",
        "The middle brows are raised by AU2 alone.",
    ),
    (
        "d05",
        "Only AU4 can be invoked to explain why the outer brows come down.",
        "AU9 alone accounts for the lowered glabella.",
    ),
    (
        "d12",
        "AU17, not AU15, lifts the chin.",
        "AU15, not AU17, lifts the chin.",
    ),
    (
        "d12",
        "The raised chin is explained by AU17 rather than by AU15.",
        "The raised chin is explained by AU15 rather than by AU17.",
    ),
    (
        "d06",
        "The inner brows are raised by AU1, not by AU2.",
        "The forehead is raised by AU1, not by AU2.",
    ),
    (
        "d12",
        "The chin raiser, AU17, is supported.",
        "The chin raiser, AU15, is supported.",
    ),
    (
        "d07",
        "The mouth corners sink, and AU15 accounts for their sinking.",
        "The mouth corners sink, and AU15 accounts for their lift.",
    ),
    (
        "d01",
        "AU2 causes the rise of the left outer brow.",
        "The rise of the left outer brow causes AU2.",
    ),
    (
        "d01",
        "The left outer brow rises because of AU2.",
        "Despite AU2, the left outer brow rises.",
    ),
    (
        "d10",
        "AU4 is not confirmed because the brows are still.",
        "AU4 is not confirmed because the cheeks are still.",
    ),
    (
        "d14",
        "AU25 cannot be judged because the lower lip could not be measured.",
        "AU25 cannot be judged because the upper lip is still.",
    ),
    (
        "d12",
        "The chin rises because of AU17.",
        "The chin rises because the mouth corners sink.",
    ),
    (
        "d12",
        "That the chin goes up speaks in AU17's favour.",
        "That the chin goes up speaks in AU15's favour.",
    ),
    (
        "d12",
        "AU17's contribution is the rise of the chin.",
        "AU15's contribution is the rise of the chin.",
    ),
]


@pytest.mark.parametrize(("context", "true", "false"), PAIRS)
def test_causes_are_checked(context: str, true: str, false: str) -> None:
    assert passes(context, true)
    assert not passes(context, false)
