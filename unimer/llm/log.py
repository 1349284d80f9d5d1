"""The request log: what was asked and answered, so that nothing is asked or paid twice.

One JSON line an answer, only ever appended. A line is written in one piece to the operating system before the answer
is used: a process that is killed loses at most the requests that were in flight. It is forced to the disk by ``sync``
(the engine does so once a second) and by ``close``: a power cut loses at most the answers of the last second.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import threading
from pathlib import Path
from types import TracebackType
from typing import Any

from pydantic import ValidationError

from unimer.errors import InputError
from unimer.files import explain, output_errors
from unimer.llm.answers import Answer, Ask
from unimer.records import Record

HEAD = b'{"key":"'
KEY_LENGTH = 64
DATA_URL = "data:"


class Entry(Record):
    """One line. ``key`` stands first, so that a log is indexed without being parsed.

    Attributes:
        key: Ask.key of the request as it was sent.
        payload: what was sent; of pictures only the sha256 of their data URL.
    """

    key: str
    endpoint: str
    payload: dict[str, Any]
    answer: Answer


class RequestLog:
    """An open log. It is locked: no second process (or second log of this one) can open it.

    A last line without its end, as a killed process leaves it, is cut off; a line that is no entry is skipped and
    counted in ``damaged``: its request is asked again.

    Raises:
        InputError: another process has it open.
        OutputError: no permission, disk full, or a folder in the way.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.damaged = 0
        self._places: dict[bytes, tuple[int, int]] = {}
        self._synced = True
        self._sync_lock = threading.Lock()
        with output_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            self._lock()
            self._end = self._index()
        except BaseException:
            os.close(self._file)
            raise

    def __enter__(self) -> RequestLog:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __len__(self) -> int:
        return len(self._places)

    def __contains__(self, key: str) -> bool:
        return bytes.fromhex(key) in self._places

    def get(self, key: str) -> Answer | None:
        """The logged answer to the request with this key, None where there is none.

        Raises:
            InputError: the line was changed by hand and cannot be read.
        """
        place = self._places.get(bytes.fromhex(key))
        if place is None:
            return None
        start, length = place
        try:
            return Entry.model_validate_json(os.pread(self._file, length, start)).answer
        except ValidationError as error:
            remedy = "delete that line; its request is asked again"
            raise InputError(f"line at byte {start}: {explain(error)}", path=self.path, remedy=remedy) from error

    def put(self, key: str, ask: Ask, answer: Answer) -> None:
        """Appends an answer; the first answer to a request stands.

        Raises:
            OutputError: the disk is full; the log is as before.
        """
        place = bytes.fromhex(key)
        if place in self._places:
            return
        entry = Entry(key=key, endpoint=ask.endpoint, payload=without_pictures(ask.payload), answer=answer)
        line = entry.model_dump_json().encode("utf-8") + b"\n"
        with output_errors(self.path):
            self._append(line)
        self._places[place] = (self._end, len(line))
        self._end += len(line)
        self._synced = False

    def sync(self) -> None:
        """Forces what was written to the disk. May be called from another thread."""
        with self._sync_lock:
            if not self._synced:
                self._synced = True
                with output_errors(self.path):
                    os.fsync(self._file)

    def close(self) -> None:
        """Syncs and gives the lock up."""
        try:
            self.sync()
        finally:
            with self._sync_lock:
                os.close(self._file)

    def _lock(self) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            remedy = "wait until it is done; every log has one writer"
            raise InputError("another process is writing this request log", path=self.path, remedy=remedy) from error

    def _index(self) -> int:
        """Fills the places, cuts a torn last line; returns the end of the last whole line."""
        end = 0
        with os.fdopen(os.dup(self._file), "rb") as lines:
            for line in lines:
                if not line.endswith(b"\n"):
                    break
                key = line[len(HEAD) : len(HEAD) + KEY_LENGTH]
                if line.startswith(HEAD) and line.endswith(b"}\n") and is_key(key):
                    self._places.setdefault(bytes.fromhex(key.decode()), (end, len(line)))
                else:
                    self.damaged += 1
                end += len(line)
        with output_errors(self.path):
            os.ftruncate(self._file, end)
        return end

    def _append(self, line: bytes) -> None:
        written = 0
        try:
            while written < len(line):
                written += os.pwrite(self._file, line[written:], self._end + written)
        except OSError:
            os.ftruncate(self._file, self._end)
            raise


def is_key(text: bytes) -> bool:
    """Whether this is a sha256 in hexadecimal."""
    return len(text) == KEY_LENGTH and all(letter in b"0123456789abcdef" for letter in text)


def without_pictures(value: Any) -> Any:
    """A payload in which every data URL is replaced by its sha256."""
    if isinstance(value, dict):
        return {name: without_pictures(part) for name, part in value.items()}
    if isinstance(value, list):
        return [without_pictures(part) for part in value]
    if isinstance(value, str) and value.startswith(DATA_URL):
        return f"{DATA_URL}sha256,{hashlib.sha256(value.encode()).hexdigest()}"
    return value
