"""How far the dual constraint can be trusted: every AU's rule on clips with the AU and on clips without it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pydantic import ValidationError
from rich.table import Table

from unimer.errors import InputError
from unimer.evidence import judge, vectors_of, weigh
from unimer.facs.rules import score
from unimer.facs.table import Reliability, au_name, au_table
from unimer.figures import save_figure
from unimer.files import explain, open_input, parse_record, read_jsonl
from unimer.records import AULabel, ClipRecord, Manifest, Record, Verdict
from unimer.settings import EvidenceSettings

ENOUGH = 5
"""Fewer clips on either side give no AUC: with 4 its standard error is above 0.12 even for a good rule."""

_WITH, _WITHOUT = "#1b6ca8", "#d1752b"
_AUC_AT, _COUNTS_AT = 1.03, 1.1  # columns beside the plot; the plot is 1 wide
_MEASURED: tuple[Verdict, ...] = ("supported", "contradicted", "unverified")


class AUCalibration(Record):
    """One AU's rule on one build.

    ``clips_with``, ``clips_without``: clips with and without the label; ``measured_with``, ``measured_without``: those
    of them in which the rule could be measured. Rates are shares of the measured clips, None where there is none:
    ``pass_with`` supported by the label's own verdict, ``pass_without`` would be supported if the AU were labelled,
    ``contradicted_with`` and ``contradicted_without`` the same for contradiction. ``auc``: chance that a clip with
    the AU has a higher score than one without; None with fewer than 5 measured clips of either kind. The score does
    not know the label's side.
    """

    au: int
    name: str
    reliability: Reliability
    clips_with: int
    clips_without: int
    measured_with: int
    measured_without: int
    pass_with: float | None = None
    pass_without: float | None = None
    contradicted_with: float | None = None
    contradicted_without: float | None = None
    auc: float | None = None


class Calibration(Record):
    """All AUs that are labelled in a build. ``clips``: those with motion and at least one AU label; a clip without any
    cannot tell an AU's absence from its never having been coded."""

    clips: int
    evidence: EvidenceSettings
    rows: list[AUCalibration]


@dataclass
class _Tally:
    """What was found for one AU, in clips of one kind."""

    clips: int = 0
    verdicts: list[Verdict] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)

    def add(self, verdicts: Sequence[Verdict], value: float | None) -> None:
        """One clip; with a label a side, the clip passes when one is supported and none contradicted."""
        self.clips += 1
        if value is not None:
            self.scores.append(value)
        measured = [verdict for verdict in verdicts if verdict in _MEASURED]
        if measured:
            clear = {verdict for verdict in measured if verdict != "unverified"}
            self.verdicts.append(clear.pop() if len(clear) == 1 else "unverified")

    def share(self, verdict: Verdict) -> float | None:
        return round(self.verdicts.count(verdict) / len(self.verdicts), 4) if self.verdicts else None


def calibrate(build: Path, settings: EvidenceSettings | None = None) -> Calibration:
    """Calibrate the AU rules on a build's clips.

    Args:
        build: a build folder.
        settings: thresholds to judge by; by default those of the build's manifest.

    Raises:
        InputError: ``build`` is no build folder or a line of its clips.jsonl is broken.
    """
    clips = build / "clips.jsonl"
    if not clips.is_file():
        raise InputError("no build folder: clips.jsonl is missing", path=build, remedy="Make one with `unimer build`.")
    settings = settings or _settings_of(build)
    return calibrate_records(read_jsonl(clips, ClipRecord), settings)


def calibrate_records(records: Iterable[ClipRecord], settings: EvidenceSettings) -> Calibration:
    """The same on records in memory. A doubtful label counts neither as present nor as absent."""
    ruled = {number: unit for number, unit in au_table().items() if unit.rule is not None}
    present: dict[int, _Tally] = {}
    absent = {number: _Tally() for number in ruled}
    named: Counter[int] = Counter()
    clips = 0
    for record in records:
        if record.motion is None or not record.labels.aus:
            continue
        clips += 1
        labelled = {label.au for label in record.labels.aus}
        named.update(labelled)
        certain = [label for label in record.labels.aus if not label.doubtful]
        others = [AULabel(au=number) for number in ruled if number not in labelled]
        found = weigh(certain, record.motion, settings).aus
        vectors = vectors_of(record.motion)
        scores = {number: score(unit, vectors) for number, unit in ruled.items()}
        for number in {label.au for label in certain}:
            verdicts = [verdict.verdict for verdict in found if verdict.au == number]
            present.setdefault(number, _Tally()).add(verdicts, scores.get(number))
        for label, verdict in zip(others, judge(others, record.motion, settings), strict=True):
            absent[label.au].add([verdict], scores[label.au])
    rows = [_row(au, present[au], absent.get(au, _Tally()), clips - named[au]) for au in sorted(present)]
    return Calibration(clips=clips, evidence=settings, rows=rows)


def _row(number: int, present: _Tally, absent: _Tally, without: int) -> AUCalibration:
    unit = au_table().get(number)
    return AUCalibration(
        au=number,
        name=au_name(number),
        reliability=unit.reliability if unit else "unobservable",
        clips_with=present.clips,
        clips_without=without,
        measured_with=len(present.verdicts),
        measured_without=len(absent.verdicts),
        pass_with=present.share("supported"),
        pass_without=absent.share("supported"),
        contradicted_with=present.share("contradicted"),
        contradicted_without=absent.share("contradicted"),
        auc=area(present.scores, absent.scores),
    )


def area(positive: Sequence[float], negative: Sequence[float], enough: int = ENOUGH) -> float | None:
    """Area under the ROC curve: the share of pairs in which the positive is larger, ties counting half.

    None where either has fewer than ``enough`` values.
    """
    if min(len(positive), len(negative)) < max(enough, 1):
        return None
    below = np.sort(np.asarray(negative, np.float64))
    values = np.asarray(positive, np.float64)
    wins = np.searchsorted(below, values, "left") + np.searchsorted(below, values, "right")
    return round(float(wins.mean() / (2 * len(below))), 4)


def _settings_of(build: Path) -> EvidenceSettings:
    """The manifest's thresholds; the defaults while the build has no manifest yet."""
    path = build / "manifest.json"
    if not path.is_file():
        return EvidenceSettings()
    with open_input(path) as file:
        return evidence_settings(parse_record(file.read(), Manifest, path, 1), path)


def evidence_settings(manifest: Manifest, path: Path) -> EvidenceSettings:
    """The thresholds that a manifest names; raises InputError where it names none or impossible ones."""
    try:
        return EvidenceSettings.model_validate(manifest.settings["evidence"])
    except KeyError:
        raise InputError("settings.evidence is missing", path=path) from None
    except ValidationError as error:
        raise InputError(f"settings.evidence: {explain(error)}", path=path) from error


def table(calibration: Calibration) -> Table:
    """For the terminal."""
    grid = Table(title=f"AU rules on {calibration.clips} clips with AU labels", title_justify="left")
    for heading in ("AU", "name"):
        grid.add_column(heading)
    for heading in ("with", "measured", "pass", "pass without", "contradicted", "AUC"):
        grid.add_column(heading, justify="right")
    grid.add_column("rule")
    for row in calibration.rows:
        grid.add_row(
            str(row.au),
            row.name,
            str(row.clips_with),
            str(row.measured_with),
            _percent(row.pass_with),
            _percent(row.pass_without),
            _percent(row.contradicted_with),
            "—" if row.auc is None else f"{row.auc:.2f}",
            row.reliability,
        )
    return grid


def _percent(share: float | None) -> str:
    return "—" if share is None else f"{100 * share:.0f} %"


def plot(calibration: Calibration, path: Path) -> None:
    """Draw pass rates with and without each AU, and AUC, to a PNG, SVG or PDF file.

    Raises:
        InputError: the file's ending is of no known picture format.
        OutputError: the file cannot be written.
    """
    rows = calibration.rows
    figure = Figure(figsize=(9, 1.6 + 0.32 * max(len(rows), 2)), layout="constrained")
    axes = figure.add_subplot()
    for y, row in enumerate(rows):
        _draw_row(axes, y, row)
    for x, heading in ((_AUC_AT, "AUC"), (_COUNTS_AT, "clips with / without")):
        axes.annotate(heading, (x, -0.85), va="center", fontsize=8, color="0.3", annotation_clip=False)
    axes.scatter([], [], color=_WITH, marker="o", label="clips with the AU label")
    axes.scatter([], [], color=_WITHOUT, marker="s", label=f"clips without it (hollow: fewer than {ENOUGH} clips)")
    axes.set_yticks(range(len(rows)), [f"AU{row.au}  {row.name}" for row in rows], fontsize=8)
    axes.set_ylim(max(len(rows), 1) - 0.4, -0.6)
    axes.set_xlim(0, 1)
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "25 %", "50 %", "75 %", "100 %"])
    axes.set_xlabel("share of measured clips in which the flow supports the AU")
    axes.grid(axis="x", color="0.9")
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(length=0, pad=8, labelsize=8)
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.02), ncols=2, frameon=False, fontsize=8)
    save_figure(figure, path)


def _draw_row(axes: Axes, y: int, row: AUCalibration) -> None:
    """One AU: its two rates joined by a line, and the numbers beside the plot."""
    if row.pass_with is None and row.pass_without is None:
        note = "no usable rule" if row.reliability == "unobservable" else "not measured in any clip"
        axes.text(0.01, y, note, va="center", color="0.5", fontsize=8)
    if row.pass_with is not None and row.pass_without is not None:
        axes.plot([row.pass_without, row.pass_with], [y, y], color="0.75", linewidth=2, zorder=1)
    for share, clips, colour, marker in (
        (row.pass_without, row.measured_without, _WITHOUT, "s"),
        (row.pass_with, row.measured_with, _WITH, "o"),
    ):
        if share is not None:
            inside = colour if clips >= ENOUGH else "white"
            axes.scatter(share, y, facecolor=inside, edgecolor=colour, marker=marker, s=42, zorder=2, clip_on=False)
    auc = "–" if row.auc is None else f"{row.auc:.2f}"
    for x, text in ((_AUC_AT, auc), (_COUNTS_AT, f"{row.clips_with} / {row.clips_without}")):
        axes.annotate(text, (x, y), va="center", fontsize=8, annotation_clip=False)
