"""Errors survive the way back from a worker process and say where, what and what to do."""

from __future__ import annotations

import pickle

import pytest

from unimer.errors import ClipError, DependencyError, InputError, OutputError, SettingsError


@pytest.mark.parametrize(
    "error",
    [
        ClipError("face.none", "no face"),
        InputError("broken", path="a.csv", row=3, remedy="mend it"),
        SettingsError("unknown key"),
        OutputError("disk full"),
        DependencyError("no model"),
    ],
)
def test_pickled(error: Exception) -> None:
    back = pickle.loads(pickle.dumps(error))
    assert type(back) is type(error)
    assert str(back) == str(error)
    assert getattr(back, "code", None) == getattr(error, "code", None)


def test_the_message_names_file_row_and_remedy() -> None:
    assert str(InputError("broken", path="a.csv", row=3, remedy="mend it")) == "a.csv, row 3: broken\n  mend it"
