"""Everything that can go wrong, as one tree.

    UnimerError
    ├── InputError        a file, row or folder the user gave cannot be used (exit code 2)
    │   └── SettingsError a recipe or an option is wrong (exit code 2)
    ├── OutputError       the result cannot be written (exit code 2)
    ├── DependencyError   an optional package or model file is missing (exit code 2)
    └── ClipError         one clip cannot be used: the build turns it into a Rejection and goes on

The CLI prints the message of a UnimerError and exits with code 2; it never shows a traceback for one.
"""

from __future__ import annotations

from pathlib import Path


class UnimerError(Exception):
    """Base of all errors that are meant for the user."""


class InputError(UnimerError):
    """An input cannot be used.

    Args:
        message: what is wrong.
        path: the file or folder that is wrong.
        row: 1-based line or spreadsheet row.
        remedy: what the user can do about it.
    """

    def __init__(
        self, message: str, *, path: Path | str | None = None, row: int | None = None, remedy: str | None = None
    ) -> None:
        where = "" if path is None else f"{path}: " if row is None else f"{path}, row {row}: "
        super().__init__(where + message + ("" if remedy is None else f"\n  {remedy}"))
        self.message, self.path, self.row, self.remedy = message, path, row, remedy


class SettingsError(InputError):
    """A recipe, an option or their combination is wrong."""


class OutputError(UnimerError):
    """The result cannot be written (permission, full disk, a folder in the way)."""


class Stopped(UnimerError):
    """A run that stopped cleanly before its end; the same command goes on from there (exit code 1).

    Args:
        reason: one sentence.
        remedy: what the user can do.
    """

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(f"{reason}\n  {remedy}")
        self.reason, self.remedy = reason, remedy


class DependencyError(UnimerError):
    """An optional package or a model file is missing; the message says how to get it."""


class ClipError(UnimerError):
    """One clip cannot be used.

    Args:
        code: stable reason code, for example ``frames.undecodable``; listed in docs/reasons.md.
        message: one sentence that names the file.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message

    def __reduce__(self) -> tuple[type[ClipError], tuple[str, str]]:
        """So that it survives the way back from a worker process."""
        return type(self), (self.code, self.message)
