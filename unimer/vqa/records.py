"""Rows of the question-and-answer files: a tolerant reader, a strict writer.

The files of the two years, of training and test differ in their keys (docs/vqa.md). A row keeps all its keys in their
order, so that what is written back differs only in the answers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from unimer.errors import InputError
from unimer.files import open_input, write_bytes

Answer = str | int
IDS = ("video_id", "id")
ANSWERS = ("answer", "pred", "prediction", "response")
_NAME = re.compile(r"me_l?vqa_(casme2|casme3|samm|smic)(?:_v[0-9]+)?_test", re.IGNORECASE)
_SPLIT = re.compile(r"_(?:train|test)(?=_|$).*")


@dataclass(frozen=True)
class Row:
    """One line of a file.

    Attributes:
        keys: the JSON object, as it stands.
        line: 1-based line of the file; 0 for a row that was made here.
    """

    keys: Mapping[str, Any]
    line: int = 0

    @property
    def id(self) -> str:
        """``video_id`` (test) or ``id`` (training)."""
        return next((str(self.keys[key]) for key in IDS if self.keys.get(key) not in (None, "")), "")

    @property
    def question(self) -> str:
        """The question; empty where the row has none."""
        return str(self.keys.get("question") or "")

    @property
    def answer(self) -> Answer:
        """The answer; empty where it is not given."""
        found = next((self.keys[key] for key in ANSWERS if self.keys.get(key) is not None), "")
        return found if isinstance(found, str) else int(found)

    @property
    def text(self) -> str:
        """The answer as text without blanks around."""
        return str(self.answer).strip()

    @property
    def video(self) -> str:
        """The clip or video that is asked about."""
        found = (self.keys.get(key) for key in ("video", "image_id"))
        return next((str(value) for value in found if value not in (None, "")), "")

    @property
    def subject(self) -> str | None:
        """The subject as written: text or number, with or without leading zeros."""
        value = self.keys.get("subject")
        return None if value is None else str(value)


def read_rows(path: Path, needed: Iterable[str] = ("id", "question")) -> list[Row]:
    """Reads a file. Any further key is kept; blank lines, a byte order mark and Windows line ends do not matter.

    Args:
        path: JSON Lines, UTF-8.
        needed: what every row must have, of ``id`` and ``question``.

    Raises:
        InputError: not such a file; names the line.
    """
    rows = []
    with open_input(path) as lines:
        for number, line in enumerate(lines, 1):
            data = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
            if data.strip():
                rows.append(_row(data, path, number, tuple(needed)))
    if not rows:
        raise InputError("the file has no rows", path=path)
    return rows


def _row(data: bytes, path: Path, number: int, needed: tuple[str, ...]) -> Row:
    try:
        keys = json.loads(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise InputError("not UTF-8", path=path, row=number) from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"not JSON: {error}", path=path, row=number) from error
    if not isinstance(keys, dict):
        raise InputError("not a JSON object", path=path, row=number)
    for key in ANSWERS:
        _check_answer(keys.get(key), key, path, number)
    if not isinstance(keys.get("question", ""), str):
        raise InputError("'question' is not text", path=path, row=number)
    row = Row(keys, number)
    if "id" in needed and not row.id:
        raise InputError("neither 'video_id' nor 'id'", path=path, row=number)
    if "question" in needed and not row.question.strip():
        raise InputError("no 'question'", path=path, row=number)
    return row


def _check_answer(value: Any, key: str, path: Path, number: int) -> None:
    whole = isinstance(value, str | int) or (isinstance(value, float) and value.is_integer())
    if value is not None and (isinstance(value, bool) or not whole):
        raise InputError(f"'{key}' is neither text nor a whole number", path=path, row=number)


def write_rows(path: Path, rows: Iterable[Mapping[str, Any]]) -> int:
    """Writes one object a line, keys in their order; the file appears only when it is whole. Returns how many rows.

    Raises:
        OutputError: it cannot be written.
    """
    lines = [json.dumps(dict(keys), ensure_ascii=False) for keys in rows]
    # A lone surrogate, which only an escape in JSON can bring in, goes out as the same escape.
    write_bytes(path, "".join(f"{line}\n" for line in lines).encode("utf-8", "backslashreplace"))
    return len(lines)


def dataset_of(row: Row, path: Path | None = None) -> str:
    """Which corpus a row is of: ``casme3``, ``samm`` ...

    The name of an official test file decides, since the rows of one published casme3 file call themselves
    ``samm_test``; then the key ``dataset``; then what stands before ``_train_`` or ``_test_`` in the id.
    """
    if path is not None and (named := _NAME.match(path.name)):
        return named[1].lower()
    written = row.keys.get("dataset") or (row.id if _SPLIT.search(row.id) else "")
    return _SPLIT.sub("", str(written)).lower() or "unknown"
