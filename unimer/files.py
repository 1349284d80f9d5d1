"""Writing to disk: whole files or nothing, and errors that say what to do."""

from __future__ import annotations

import errno
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from unimer.errors import InputError, OutputError
from unimer.records import Record

R = TypeVar("R", bound=Record)

PART = ".part"
"""Suffix of a file that is being written; one that is left over belongs to an interrupted run."""


@contextmanager
def output_errors(path: Path) -> Iterator[None]:
    """Turns the operating system's write errors into OutputError with a remedy."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise OutputError(
                f"{path}: the disk is full; free some space and run the same command again, it goes on from here"
            ) from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise OutputError(
                f"{path}: no permission to write; choose another folder or change its permissions"
            ) from error
        if error.errno in (errno.ENOTDIR, errno.EISDIR, errno.EEXIST):
            raise OutputError(f"{path}: a file or folder of that name is in the way") from error
        raise OutputError(f"{path}: cannot be written: {error.strerror or error}") from error


def write_bytes(path: Path, data: bytes) -> str:
    """Writes the whole file or nothing; returns its sha256.

    Raises:
        OutputError: no permission, disk full, or a folder in the way.
    """
    part = path.with_name(path.name + PART)
    with output_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            part.write_bytes(data)
        except OSError:
            part.unlink(missing_ok=True)
            raise
        part.replace(path)
    return hashlib.sha256(data).hexdigest()


def write_text(path: Path, text: str) -> str:
    """As write_bytes, UTF-8."""
    return write_bytes(path, text.encode("utf-8"))


class JsonlWriter:
    """Streams records to a JSONL file, one a line; as a context, the file appears only when it is whole.

    ``count`` lines have been written; ``sha256`` is theirs.

    Raises:
        OutputError: no permission, disk full, or a folder in the way.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.count = 0
        self._part = path.with_name(path.name + PART)
        self._digest = hashlib.sha256()

    def __enter__(self) -> JsonlWriter:
        with output_errors(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._out = self._part.open("wb")
        return self

    def write(self, record: Record) -> None:
        """Adds one line."""
        line = record.model_dump_json().encode("utf-8") + b"\n"
        with output_errors(self.path):
            self._out.write(line)
        self._digest.update(line)
        self.count += 1

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        with output_errors(self.path):
            try:
                self._out.close()
                if kind is None:
                    self._part.replace(self.path)
            finally:
                self._part.unlink(missing_ok=True)

    @property
    def sha256(self) -> str:
        """Of the lines written so far."""
        return self._digest.hexdigest()


def open_input(path: Path) -> BufferedReader:
    """Opens a file for reading bytes; raises InputError where that fails."""
    try:
        return path.open("rb")
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", path=path) from error


def sha256_file(path: Path) -> str:
    """sha256 of a file's content, read in pieces.

    Raises:
        InputError: the file cannot be read.
    """
    with open_input(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_jsonl(path: Path, kind: type[R]) -> Iterator[R]:
    """Reads a JSONL file of records that this package wrote.

    Raises:
        InputError: a line is not such a record; names file and line.
    """
    with open_input(path) as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                yield parse_record(line, kind, path, number)


def parse_record(line: bytes, kind: type[R], path: Path, number: int) -> R:
    """One JSONL line as a record; raises InputError that says what is wrong with it in one line."""
    try:
        return kind.model_validate_json(line)
    except ValidationError as error:
        raise InputError(explain(error), path=path, row=number) from error


def explain(error: ValidationError, limit: int = 3) -> str:
    """A pydantic error in one line: place and problem, the first few."""
    found = error.errors(include_url=False, include_context=False)
    parts = [f"{'.'.join(map(str, e['loc'])) or 'line'}: {e['msg']}" for e in found[:limit]]
    more = f" (and {len(found) - limit} more)" if len(found) > limit else ""
    return "; ".join(parts) + more
