"""What is wrong with a question-and-answer file, and submission files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from unimer.errors import InputError
from unimer.vqa.records import ANSWERS, Row, dataset_of, read_rows, write_rows
from unimer.vqa.templates import COUNTS, LISTS, Asked, asked, closed_answers, official_aus, read_aus

QUESTIONS_END = "_to_answer"
SUBMISSION_END = "_pred"


@dataclass(frozen=True)
class Finding:
    """Something about one row.

    Attributes:
        line: of the file; 0 where it is about the whole.
        id: the row's.
        code: ``unanswered``, ``id.unknown``, ``id.duplicate``, ``id.missing``, ``question.mismatch`` (errors);
            ``question.unknown``, ``answer.unusual``, ``dataset.wrong``, ``order`` (notes).
        message: for people.
        error: whether it makes the file unfit; else it is a note.
    """

    line: int
    id: str
    code: str
    message: str
    error: bool = True

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


# --- check -----------------------------------------------------------------------------------------------------------


def check(path: Path) -> tuple[list[Finding], Counter[str]]:
    """Findings of one file, and how many questions of each kind it has.

    A file in which no question is answered is a question file, and in it that is no finding.

    Raises:
        InputError: no such file can be read.
    """
    rows = read_rows(path)
    findings = _duplicates(rows)
    empty = [row for row in rows if not row.text]
    if len(empty) < len(rows):
        findings += [Finding(row.line, row.id, "unanswered", "no answer") for row in empty]
    kinds: Counter[str] = Counter()
    for row in rows:
        what = asked(row.question)
        kinds[what.kind if what else "unknown"] += 1
        findings += _notes(row, what, path)
    return sorted(findings, key=lambda f: (f.line, f.code)), kinds


def _duplicates(rows: Sequence[Row]) -> list[Finding]:
    first: dict[str, int] = {}
    found = []
    for row in rows:
        if row.id and first.setdefault(row.id, row.line) != row.line:
            found.append(Finding(row.line, row.id, "id.duplicate", f"line {first[row.id]} has this id already"))
    return found


def _notes(row: Row, what: Asked | None, path: Path) -> list[Finding]:
    notes = []
    if what is None:
        text = f"no official wording: {row.question}"
        notes.append(Finding(row.line, row.id, "question.unknown", text, error=False))
    elif row.text and (unusual := unusual_answer(what, row.text)):
        notes.append(Finding(row.line, row.id, "answer.unusual", unusual, error=False))
    said, real = dataset_of(row), dataset_of(row, path)
    if "unknown" not in (said, real) and said != real:
        text = f"the row says {said}, the file's name {real}; the name is believed"
        notes.append(Finding(row.line, row.id, "dataset.wrong", text, error=False))
    return notes


def unusual_answer(what: Asked, answer: str) -> str | None:
    """Why an answer is none that the published files give to this kind of question; None where it is one."""
    text = " ".join(answer.lower().split())
    allowed = closed_answers(what.kind)
    if allowed is not None:
        return None if text in allowed else f"'{answer}' is none of {', '.join(allowed)}"
    if what.kind in COUNTS:
        return None if text.isascii() and text.isdigit() else f"'{answer}' is no count"
    if what.kind in LISTS:
        strange = [word for word in read_aus(answer) if word not in official_aus().values()]
        return f"not among the 25 Action Units: {', '.join(strange)}" if strange else None
    return None


# --- submissions -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Submission:
    """A submission file, ready to be written.

    Attributes:
        name: its official file name.
        rows: the question file's rows with answers; empty where a finding is an error.
        findings: what is wrong.
    """

    name: str
    rows: list[Mapping[str, Any]]
    findings: list[Finding]


def submission(questions: Path, answers: Path) -> Submission:
    """Puts answers into a question file: its order, its ids, its keys.

    Args:
        questions: ``..._to_answer.jsonl``. Answers in it are ignored.
        answers: rows with an id (``video_id`` or ``id``) and an answer (``answer``, ``pred``, ``prediction`` or
            ``response``). Rows without an id are matched by video and question.

    Raises:
        InputError: a file cannot be read, or an answer row has neither an id nor video and question.
    """
    wanted, given = read_rows(questions), read_rows(answers, needed=())
    findings = _duplicates(wanted)
    found = answers_by_id(wanted, given, answers, findings)
    rows: list[Mapping[str, Any]] = []
    for row in wanted:
        answer = found.get(row.id)
        if answer is None or not answer.text:
            line = answer.line if answer else 0
            findings.append(Finding(line, row.id, "unanswered", f"no answer to: {row.question}"))
            continue
        rows.append(_answered(row, answer))
        what = asked(row.question)
        if what is not None and (unusual := unusual_answer(what, answer.text)):
            findings.append(Finding(answer.line, row.id, "answer.unusual", unusual, error=False))
    fit = not any(finding.error for finding in findings)
    return Submission(submission_name(questions), rows if fit else [], findings)


def submission_name(questions: Path) -> str:
    """``me_vqa_samm_test_to_answer.jsonl`` is answered by ``me_vqa_samm_test_pred.jsonl``."""
    return questions.stem.removesuffix(QUESTIONS_END) + SUBMISSION_END + ".jsonl"


def _answered(row: Row, answer: Row) -> dict[str, Any]:
    """The question's row with the answer; a count is written as a number, as in the training file."""
    what = asked(row.question)
    value: str | int = answer.text
    if what is not None and what.kind in COUNTS and answer.text.isascii() and answer.text.isdigit():
        value = int(answer.text)
    return {**{key: kept for key, kept in row.keys.items() if key not in ANSWERS}, "answer": value}


def answers_by_id(wanted: Sequence[Row], given: Sequence[Row], path: Path, findings: list[Finding]) -> dict[str, Row]:
    """The given answer to each wanted id; what does not fit is added to ``findings``.

    Raises:
        InputError: an answer row has neither an id nor video and question; names ``path`` and line.
    """
    by_id = {row.id: row for row in wanted}
    by_question = {(row.video, _same(row.question)): row.id for row in wanted}
    found: dict[str, Row] = {}
    for row in given:
        name = row.id or by_question.get((row.video, _same(row.question)), "")
        if not row.id and not (row.video and row.question):
            raise InputError("neither an id nor video and question", path=path, row=row.line)
        if name not in by_id:
            findings.append(Finding(row.line, name, "id.unknown", f"no such question: {name or row.question}"))
        elif name in found:
            text = f"line {found[name].line} answers this already"
            findings.append(Finding(row.line, name, "id.duplicate", text))
        elif row.question and _same(row.question) != _same(by_id[name].question):
            text = f"asked was '{by_id[name].question}', answered is '{row.question}'"
            findings.append(Finding(row.line, name, "question.mismatch", text))
        else:
            found[name] = row
    order = {name: i for i, name in enumerate(by_id)}
    places = [order[name] for name in found]
    if places != sorted(places):
        text = "the answers stand in another order; the file gets the order of the questions"
        findings.append(Finding(0, "", "order", text, error=False))
    return found


def _same(question: str) -> str:
    return " ".join(question.lower().split())


def write_submission(found: Submission, folder: Path) -> Path:
    """Writes it under its official name.

    Raises:
        OutputError: it cannot be written.
    """
    path = folder / found.name
    write_rows(path, found.rows)
    return path
