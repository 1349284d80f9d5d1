"""People check the checker: a seeded sample of accepted and refused texts as CSV, without saying which is which.

A row's ``id`` is made from what is read and asked there, and from nothing that the checker said. So no key has to be
kept apart from the sheet: the build tells again which texts it accepted (``unimer.audit_score``).
"""

from __future__ import annotations

import csv
import hashlib
import heapq
import io
import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple, get_args

from unimer.errors import InputError, OutputError, SettingsError
from unimer.faces.regions import phrase
from unimer.files import read_jsonl, write_bytes
from unimer.records import ClipRecord, Evidence, Labels, Reason, RegionEvidence, Rejection, Sample, Task
from unimer.text.check import answer_text, question_text
from unimer.text.facts import sense

Outcome = Literal["accepted", "refused"]
Writer = Literal["all", "llm", "composer"]
PICTURES = ("onset", "apex", "flow", "arrows")
COLUMNS = ("id", "clip", "task", "question", "answer", "evidence", *PICTURES, "verdict", "comment")
ABOUT_CONTENT = ("llm.class", "llm.item")
FORM = ("empty", "refusal", "schema")
"""Codes that say nothing about whether a text is true; neither does any ``llm.`` code outside ABOUT_CONTENT."""
ID_LENGTH = 16
"""After a letter, without which a spreadsheet takes some ids for numbers (12e4...) and rounds them."""


class Stratum(NamedTuple):
    """Texts that are drawn, and weigh, together."""

    outcome: Outcome
    writer: str
    task: Task


@dataclass(frozen=True)
class Text:
    """A text of a build that can be audited. ``reasons``: why the checker refused it; none where it did not."""

    id: str
    sample: Sample
    reasons: tuple[Reason, ...]

    @property
    def stratum(self) -> Stratum:
        """The stratum that it belongs to."""
        return Stratum("refused" if self.reasons else "accepted", self.sample.provenance.writer, self.sample.task)


@dataclass(frozen=True)
class Drawn:
    """What ``draw`` wrote: rows and all texts by stratum; ``left_out``: refused texts not to be audited, by why."""

    rows: dict[Stratum, int]
    population: dict[Stratum, int]
    left_out: dict[str, int]


def texts(build: Path, left_out: Counter[str] | None = None) -> Iterator[Text]:
    """All texts of a build that the checker judged by their content, each once.

    Accepted ones come from ``unimer.jsonl``. Of ``rejected.jsonl`` those of stage ``text`` that could be read and were
    refused for what they say, not only for their form (cut off, repeated, another language).

    Raises:
        InputError: this is no finished build, or a line is broken.
    """
    if not (build / "manifest.json").is_file():
        raise InputError("this is no finished build: it has no manifest.json", path=build)
    left_out = Counter() if left_out is None else left_out
    seen: set[str] = set()
    for sample in read_jsonl(build / "unimer.jsonl", Sample):
        text = Text(_id_of(sample), sample, ())
        if text.id not in seen:
            seen.add(text.id)
            yield text
    for rejection in read_jsonl(build / "rejected.jsonl", Rejection):
        if rejection.stage != "text":
            continue
        if rejection.sample is None:
            left_out["could not be read"] += 1
        elif all(_of_form(reason.code) for reason in rejection.reasons):
            left_out["refused for their form only"] += 1
        elif (name := _id_of(rejection.sample)) in seen:
            left_out["same as another text"] += 1
        else:
            seen.add(name)
            yield Text(name, rejection.sample, tuple(rejection.reasons))


def _of_form(code: str) -> bool:
    return code in FORM or (code.startswith("llm.") and code not in ABOUT_CONTENT)


def _id_of(sample: Sample) -> str:
    parts = [sample.id, question_text(sample), answer_text(sample)]
    return "t" + hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:ID_LENGTH]


# --- drawing ---------------------------------------------------------------------------------------------------------


def draw(
    build: Path,
    out: Path,
    count: int = 200,
    seed: int = 0,
    writer: Writer = "all",
    tasks: Collection[str] = (),
    absolute: bool = False,
) -> Drawn:
    """Draws texts and writes the sheet.

    Half of them were refused and half accepted, as far as there are so many; within these every writer and task
    has a share as in the build, but at least one text.

    Args:
        build: a finished build.
        out: CSV file, UTF-8; must not exist, since people's work may be in it.
        count: texts to draw.
        seed: which ones; another seed draws others.
        writer: only texts of this writer.
        tasks: only texts of these tasks; none = all.
        absolute: paths of the pictures are absolute instead of relative to the build.

    Raises:
        InputError: no build, or nothing to draw from.
        SettingsError: an unknown task, or a count below the number of strata.
        OutputError: the file exists or cannot be written.
    """
    if unknown := sorted(set(tasks) - set(get_args(Task))):
        raise SettingsError(f"no task is called '{unknown[0]}'; there are {', '.join(get_args(Task))}")
    if out.exists():
        raise OutputError(f"{out}: exists, and people's verdicts may be in it; choose another name")
    if out.resolve().is_relative_to(build.resolve()):
        raise SettingsError(f"--out {out} lies in the build folder, whose manifest lists every file; write it beside")

    def wanted(text: Text) -> bool:
        return writer in ("all", text.stratum.writer) and (not tasks or text.sample.task in tasks)

    left_out: Counter[str] = Counter()
    ranked: defaultdict[Stratum, list[tuple[bytes, str]]] = defaultdict(list)
    for text in filter(wanted, texts(build, left_out)):
        ranked[text.stratum].append((_rank(seed, text.id), text.id))
    population = {stratum: len(ranked[stratum]) for stratum in sorted(ranked)}
    if not population:
        raise InputError("it holds no such texts", path=build)
    rows = allocate(population, count)
    order = sorted(pair for stratum, n in rows.items() for pair in heapq.nsmallest(n, ranked[stratum]))
    chosen = {name for _, name in order}
    found = {text.id: text.sample for text in texts(build) if text.id in chosen}
    pictures = _pictures(build, {sample.clip_id for sample in found.values()}, absolute)
    sheet = io.StringIO()
    table = csv.DictWriter(sheet, COLUMNS, lineterminator="\r\n")
    table.writeheader()
    for _, name in order:
        table.writerow(_row(name, found[name], pictures.get(found[name].clip_id, {})))
    write_bytes(out, sheet.getvalue().encode("utf-8-sig"))  # without the mark Excel takes UTF-8 for something else
    return Drawn(rows, population, dict(left_out))


def _rank(seed: int, name: str) -> bytes:
    return hashlib.sha256(f"{seed}/{name}".encode()).digest()


def allocate(population: dict[Stratum, int], count: int) -> dict[Stratum, int]:
    """How many texts of each stratum are drawn.

    Raises:
        SettingsError: fewer than one for each stratum.
    """
    sides: dict[Outcome, dict[Stratum, int]] = {"refused": {}, "accepted": {}}
    for stratum, size in population.items():
        sides[stratum.outcome][stratum] = size
    refused, accepted = (sides[outcome] for outcome in ("refused", "accepted"))
    if count < len(population):
        raise SettingsError(
            f"--count {count}: there are {len(population)} kinds of texts (outcome, writer and task), each needs one",
            remedy="draw more, or fewer tasks with --task",
        )
    of_accepted = min(max(count - count // 2, len(accepted)), sum(accepted.values()), count - len(refused))
    of_refused = min(count - of_accepted, sum(refused.values()))
    of_accepted = min(count - of_refused, sum(accepted.values()))
    return dict(sorted({**_shares(refused, of_refused), **_shares(accepted, of_accepted)}.items()))


def _shares(sizes: dict[Stratum, int], count: int) -> dict[Stratum, int]:
    """One each, the rest in proportion (Webster's method), none more than there are."""
    shares = dict.fromkeys(sizes, 1)
    for _ in range(count - len(sizes)):
        open_ = [stratum for stratum in sizes if shares[stratum] < sizes[stratum]]
        largest = max(open_, key=lambda stratum: sizes[stratum] / (shares[stratum] + 0.5))
        shares[largest] += 1
    return shares


# --- what a rater sees -----------------------------------------------------------------------------------------------


def _row(name: str, sample: Sample, pictures: dict[str, str]) -> dict[str, str]:
    row = {
        "id": name,
        "clip": sample.clip_id,
        "task": sample.task,
        "question": question_text(sample),
        "answer": answer_text(sample),
        "evidence": evidence_text(sample.evidence, sample.labels),
        **{kind: pictures.get(kind, "") for kind in PICTURES},
        "verdict": "",
        "comment": "",
    }
    return {column: _no_formula(cell) for column, cell in row.items()}


def _no_formula(cell: str) -> str:
    """A spreadsheet runs a cell that begins like this as a formula; a model's text must not get to do that."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


def _pictures(build: Path, clips: set[str], absolute: bool) -> dict[str, dict[str, str]]:
    """Paths of the pictures of these clips."""
    base = build.resolve()
    found: dict[str, dict[str, str]] = {}
    for record in read_jsonl(build / "clips.jsonl", ClipRecord):
        if record.clip.id in clips and record.motion is not None:
            media = {kind: path for kind, path in record.motion.media.items() if kind in PICTURES}
            found[record.clip.id] = {kind: str(base / path) if absolute else path for kind, path in media.items()}
    return found


def evidence_text(evidence: Evidence, labels: Labels) -> str:
    """The evidence as a person reads it: class, Action Units and their verdicts, regions. Sides are the subject's own,
    image-left and image-right the picture's."""
    lines = [f"Class (annotation): {labels.emotion or 'none'}; coarse: {labels.emotion_coarse or 'none'}"]
    lines.append("Action Units:" if evidence.aus else "Action Units: none labelled")
    for v in evidence.aus:
        seen = f"; seen: {v.observed}" if v.observed else ""
        who = f"{v.side}; labelled by: {v.source}"
        lines.append(f"  AU{v.au} {v.name} ({who}): {v.verdict.upper()}; expected: {v.expected}{seen}")
    moved = [region for region in evidence.regions if region.status == "moved"]
    lines.append("Moved:" if any(region.aus for region in moved) else "Moved: nothing that an Action Unit explains")
    lines += [f"  {_motion(region)}" for region in moved if region.aus]
    groups = {
        "Moved, but no supported Action Unit explains it (no text may mention it)": [r for r in moved if not r.aus],
        "Still": [r for r in evidence.regions if r.status == "still"],
        "Not measurable": [r for r in evidence.regions if r.status == "unmeasurable"],
    }
    lines += [f"{title}: {', '.join(phrase(r.region) for r in group)}" for title, group in groups.items() if group]
    return "\n".join(lines)


def _motion(region: RegionEvidence) -> str:
    way = "in no common direction" if region.octant is None else sense(region.region, region.octant)
    degrees = "" if region.degrees is None else f" ({region.degrees:.0f} degrees)"
    size = "" if region.magnitude is None else f" {region.magnitude:.1f} %"
    aus = ", ".join(f"AU{au}" for au in region.aus)
    return f"{phrase(region.region)}: {way}{degrees}, {region.strength or 'strength unknown'}{size}; by {aus}"
