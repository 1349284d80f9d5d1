"""Reads people's verdicts on audited texts back and says how precise and how complete the checker's refusals are.

Positive is a text that should be refused. So precision is the share of refused texts that were refused rightly, and
recall the share of texts to be refused that were. Both are estimates for the whole build: the sample was drawn by
strata, and every stratum weighs as many texts as the build has of it.
"""

from __future__ import annotations

import csv
import io
import itertools
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from unimer.audit import Outcome, Stratum, Text, texts
from unimer.errors import InputError
from unimer.files import open_input
from unimer.proportions import Estimate, Layer, kappa, part_of_sum, stratified, wilson
from unimer.records import Reason, Record
from unimer.text.check import answer_text, question_text

TRUE = ("true", "yes", "y", "t", "1", "wahr", "ja", "vrai", "oui")
FALSE = ("false", "no", "n", "f", "0", "falsch", "nein", "faux", "non")
UNSURE = ("?", "unsure")
Verdict = Literal["true", "false", "unsure"]
WORDS: dict[str, Verdict] = {
    **dict.fromkeys(TRUE, "true"),
    **dict.fromkeys(FALSE, "false"),
    **dict.fromkeys(UNSURE, "unsure"),
}


@dataclass(frozen=True)
class Sheet:
    """One rater's sheet: verdicts and comments by id; rows without a verdict are in neither."""

    path: Path
    rows: dict[str, int]
    verdicts: dict[str, Verdict]
    comments: dict[str, str]


class RaterCount(Record):
    """What one sheet holds."""

    file: str
    rows: int
    true: int
    false: int
    unsure: int
    empty: int


class Agreement(Record):
    """Two raters on the texts that both judged. ``same``: share of equal verdicts; ``kappa``: Cohen's, of the rows as
    drawn."""

    files: tuple[str, str]
    texts: int
    same: Estimate
    kappa: float | None


class StratumCount(Record):
    """One stratum: texts in the build, drawn, judged by people, and of these how many should have been refused."""

    outcome: Outcome
    writer: str
    task: str
    texts: int
    drawn: int
    judged: int
    to_refuse: int


class Disagreement(Record):
    """A text on which people and checker differ."""

    id: str
    sample: str
    writer: str
    outcome: Outcome
    reasons: list[Reason]
    question: str
    answer: str
    comments: list[str]


class AuditScore(Record):
    """How good the checker is.

    Attributes:
        precision: of the refused texts, how many should be refused.
        recall: of the texts that should be refused, how many were.
        false_acceptances: of the accepted texts, how many should be refused.
        uncovered: texts in strata that were drawn but in which nobody judged a text; the estimates leave them out.
        strata: of what was drawn.
        undecided: ids of texts on which as many raters said true as false; they are left out.
    """

    precision: Estimate
    recall: Estimate
    false_acceptances: Estimate
    texts: dict[Outcome, int]
    uncovered: int
    strata: list[StratumCount]
    raters: list[RaterCount]
    agreement: list[Agreement]
    undecided: list[str]
    disagreements: list[Disagreement]


def score(build: Path, files: Sequence[Path]) -> AuditScore:
    """Compares the checker with people; with several sheets the majority of raters counts for each text.

    Raises:
        InputError: no build; a sheet that cannot be read, a row that is not of this build or whose verdict is no
            known word (file and row are named); or no verdict at all.
    """
    sheets = [read_sheet(path) for path in files]
    if twice := [path for path, n in Counter(path.resolve() for path in files).items() if n > 1]:
        raise InputError("this sheet is given twice", path=twice[0])
    rows = {name for sheet in sheets for name in sheet.rows}
    population: Counter[Stratum] = Counter()
    found: dict[str, Text] = {}
    for text in texts(build):
        population[text.stratum] += 1
        if text.id in rows:
            found[text.id] = text
    for sheet in sheets:
        for name, row in sheet.rows.items():
            if name not in found:
                remedy = "score against the very build that the texts were drawn from"
                raise InputError(
                    f"the build has no text with the id '{name}'", path=sheet.path, row=row, remedy=remedy
                )
    decided, undecided = _decide(sheets)
    if not decided:
        raise InputError("no text has a verdict", path=files[0], remedy="fill the column `verdict` with true or false")
    strata = _strata(population, found, decided)
    refused, accepted = (_share(strata, outcome) for outcome in ("refused", "accepted"))
    covered: Counter[Outcome] = Counter()
    for each in strata:
        covered[each.outcome] += each.texts if each.judged else 0
    return AuditScore(
        precision=refused.rounded(),
        recall=_recall(refused, accepted, covered).rounded(),
        false_acceptances=accepted.rounded(),
        texts={side: sum(each.texts for each in strata if each.outcome == side) for side in ("accepted", "refused")},
        uncovered=sum(each.texts for each in strata if not each.judged),
        strata=strata,
        raters=[_rater(sheet) for sheet in sheets],
        agreement=[_agreement(a, b) for a, b in itertools.combinations(sheets, 2)],
        undecided=undecided,
        disagreements=_disagreements(sheets, found, decided),
    )


def _decide(sheets: Sequence[Sheet]) -> tuple[dict[str, bool], list[str]]:
    """Whether the text is fine, by majority, in the order of the first sheet; and the ids without a majority."""
    votes: dict[str, Counter[Verdict]] = {name: Counter() for sheet in sheets for name in sheet.rows}
    for sheet in sheets:
        for name, verdict in sheet.verdicts.items():
            votes[name][verdict] += 1
    decided = {name: each["true"] > each["false"] for name, each in votes.items() if each["true"] != each["false"]}
    return decided, [name for name, each in votes.items() if 0 < each["true"] == each["false"]]


def _strata(population: Counter[Stratum], found: dict[str, Text], decided: dict[str, bool]) -> list[StratumCount]:
    drawn = Counter(text.stratum for text in found.values())
    judged = Counter(found[name].stratum for name in decided)
    to_refuse = Counter(found[name].stratum for name, fine in decided.items() if not fine)
    return [
        StratumCount(
            outcome=stratum.outcome,
            writer=stratum.writer,
            task=stratum.task,
            texts=population[stratum],
            drawn=drawn[stratum],
            judged=judged[stratum],
            to_refuse=to_refuse[stratum],
        )
        for stratum in sorted(drawn)
    ]


def _share(strata: list[StratumCount], outcome: str) -> Estimate:
    """The share of texts with this outcome that should be refused."""
    return stratified(
        Layer(population=each.texts, seen=each.judged, hits=each.to_refuse)
        for each in strata
        if each.outcome == outcome
    )


def _recall(refused: Estimate, accepted: Estimate, covered: Counter[Outcome]) -> Estimate:
    """None where nothing was refused or one side was not judged: half of what it rests on is missing then."""
    if not (covered["refused"] and covered["accepted"]):
        return Estimate()
    return part_of_sum(refused, accepted, (covered["refused"], covered["accepted"]))


def _rater(sheet: Sheet) -> RaterCount:
    counts = Counter(sheet.verdicts.values())
    return RaterCount(
        file=str(sheet.path),
        rows=len(sheet.rows),
        true=counts["true"],
        false=counts["false"],
        unsure=counts["unsure"],
        empty=len(sheet.rows) - counts.total(),
    )


def _agreement(first: Sheet, second: Sheet) -> Agreement:
    pairs = [
        (verdict, second.verdicts[name])
        for name, verdict in first.verdicts.items()
        if verdict != "unsure" and second.verdicts.get(name, "unsure") != "unsure"
    ]
    same = sum(a == b for a, b in pairs)
    return Agreement(
        files=(str(first.path), str(second.path)),
        texts=len(pairs),
        same=wilson(same / len(pairs), len(pairs)).rounded() if pairs else Estimate(),
        kappa=kappa(pairs),
    )


def _disagreements(sheets: Sequence[Sheet], found: dict[str, Text], decided: dict[str, bool]) -> list[Disagreement]:
    """False acceptances first: they are what harms a dataset."""
    by_outcome: defaultdict[Outcome, list[Disagreement]] = defaultdict(list)
    for name, fine in decided.items():
        text = found[name]
        if fine == (text.stratum.outcome == "accepted"):
            continue
        by_outcome[text.stratum.outcome].append(
            Disagreement(
                id=name,
                sample=text.sample.id,
                writer=text.stratum.writer,
                outcome=text.stratum.outcome,
                reasons=list(text.reasons),
                question=question_text(text.sample),
                answer=answer_text(text.sample),
                comments=[sheet.comments[name] for sheet in sheets if name in sheet.comments],
            )
        )
    return by_outcome["accepted"] + by_outcome["refused"]


# --- sheets ----------------------------------------------------------------------------------------------------------


def read_sheet(path: Path) -> Sheet:
    """Reads a sheet as spreadsheets save it: UTF-8 with or without mark, UTF-16 or Windows-1252; commas, semicolons
    or tabs; further columns and rows without id are left alone.

    Raises:
        InputError: it has no columns ``id`` and ``verdict``, or a row is wrong; rows count as a spreadsheet does.
    """
    rows = _rows(path)
    header = [cell.strip().lower() for cell in rows[0]] if rows else []
    if not {"id", "verdict"} <= set(header):
        raise InputError("no columns `id` and `verdict` in the first row", path=path)
    at = {name: header.index(name) for name in ("id", "verdict", "comment") if name in header}
    sheet = Sheet(path, {}, {}, {})
    for number, row in enumerate(rows[1:], 2):
        cells = {name: row[i].strip() if i < len(row) else "" for name, i in at.items()}
        name, word = cells["id"], cells["verdict"].lower()
        if not name:
            if word:
                raise InputError("a verdict without an id", path=path, row=number)
            continue
        if name in sheet.rows:
            raise InputError(f"the id '{name}' stands here and in row {sheet.rows[name]}", path=path, row=number)
        sheet.rows[name] = number
        if word in WORDS:
            sheet.verdicts[name] = WORDS[word]
        elif word:
            remedy = f"true: {', '.join(TRUE)}; false: {', '.join(FALSE)}; left out: empty, {', '.join(UNSURE)}"
            raise InputError(
                f"the verdict '{cells['verdict']}' is no known word", path=path, row=number, remedy=remedy
            )
        if cells.get("comment"):
            sheet.comments[name] = cells["comment"]
    return sheet


def _rows(path: Path) -> list[list[str]]:
    with open_input(path) as file:
        data = file.read()
    if b"\0" in data and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InputError("this is no CSV file; save the sheet as CSV", path=path)
    encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise InputError(f"this is no CSV file: {error}", path=path) from error
