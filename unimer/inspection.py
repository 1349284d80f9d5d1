"""``unimer inspect``: what a corpus folder holds, beside the published counts; every correction and every loss."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from rich.console import Console
from rich.table import Table

from unimer.corpora import Corpus, read
from unimer.corpora.base import ORPHAN
from unimer.corpora.cards import CorpusCard, Counts, load_card, load_flags
from unimer.figures import save_figure
from unimer.records import Clip, Record
from unimer.settings import CorpusSettings

LISTED = 12
"""Entries of a list that are printed; ``--json`` has all."""
NO_CLASS = "no class"


class Check(Record):
    """A published count beside what was found."""

    what: str
    found: float
    published: float

    @property
    def same(self) -> bool:
        """Sums of frame numbers may be fractions, which spreadsheets round."""
        return abs(self.found - self.published) < 0.05


class Noted(Record):
    """Something about a clip: a flag, or why it was refused (``message``)."""

    clip_id: str
    code: str
    message: str = ""


class Inspection(Record):
    """What was found.

    ``rows`` of the coding file are ``clips`` plus ``rejected``; ``folders`` on disk include ``orphans``, which no row
    describes. ``version``: which published counts the folder is compared with, None where there are none for it.
    ``corrected`` and ``snapped`` are changes of frame numbers; ``flags`` counts everything else that was noticed.
    ``unread``: other folders with pictures, of other frame packs or not called like a clip, and folders that may not
    be listed. ``by_subject``: clips by subject and emotion.
    """

    corpus: str
    title: str
    root: str
    version: str | None
    rows: int
    folders: int
    clips: int
    checks: list[Check]
    rejected: list[Noted]
    orphans: list[Noted]
    corrected: list[Noted]
    snapped: list[Noted]
    flags: dict[str, int]
    unread: list[str]
    by_subject: dict[str, dict[str, int]]

    @property
    def findings(self) -> int:
        """Counts that differ and rows that cannot be used."""
        return sum(not check.same for check in self.checks) + len(self.rejected)


def inspect(settings: CorpusSettings) -> Inspection:
    """Read a corpus and compare it with what is published; no picture is opened.

    Raises:
        SettingsError: no such reader, or an option it does not know.
        InputError: the folder or the coding file cannot be used; the message says what the folder looks like.
    """
    corpus = read(settings)
    card = load_card(settings.corpus)
    published = card.counts.get(corpus.version) if corpus.version else None
    refused = [
        Noted(clip_id=each.clip_id, code=reason.code, message=reason.message)
        for each in corpus.rejections
        for reason in each.reasons[:1]
    ]
    flagged = [Noted(clip_id=clip.id, code=flag) for clip in corpus.clips for flag in clip.flags]
    corrected = [note for note in flagged if ".corrected:" in note.code]
    snapped = [note for note in flagged if ".snapped:" in note.code]
    others = Counter(note.code.split(":")[0] for note in flagged if ".corrected:" not in note.code)
    return Inspection(
        corpus=settings.corpus,
        title=card.title,
        root=settings.root,
        version=corpus.version if published else None,
        rows=corpus.rows,
        folders=corpus.folders,
        clips=len(corpus.clips),
        checks=list(_checks(found(corpus), published)) if published else [],
        rejected=[note for note in refused if note.code != ORPHAN],
        orphans=[note for note in refused if note.code == ORPHAN],
        corrected=corrected,
        snapped=snapped,
        flags={code: n for code, n in sorted(others.items()) if ".snapped" not in code},
        unread=corpus.unread,
        by_subject=_by_subject(corpus.clips),
    )


def found(corpus: Corpus) -> Counts:
    """The counts of a corpus as read, in the form of the published ones."""
    clips = corpus.clips

    def count(values: Iterator[str | None]) -> dict[str, int]:
        return dict(sorted(Counter(value for value in values if value is not None).items()))

    return Counts(
        clips=len(clips),
        subjects=len({clip.subject for clip in clips}),
        recordings=len({clip.frames.path for clip in clips}),
        expression=count(clip.expression for clip in clips),
        part=count(clip.part for clip in clips),
        emotion=count(clip.emotion for clip in clips),
        coarse=count(clip.emotion_coarse for clip in clips),
        objective_class=count(None if clip.objective_class is None else str(clip.objective_class) for clip in clips),
        fps=count(None if clip.fps is None else f"{clip.fps:g}" for clip in clips),
        frame_sums=corpus.sums,
    )


def _checks(ours: Counts, published: Counts) -> Iterator[Check]:
    for name, value in published.model_dump().items():
        have = getattr(ours, name)
        what = name.replace("_", " ")
        if isinstance(value, int):
            yield Check(what=what, found=have, published=value)
        elif isinstance(value, dict) and value:
            for key in [*value, *(key for key in have if key not in value)]:
                yield Check(what=f"{what} {key}", found=have.get(key, 0), published=value.get(key, 0))


def _by_subject(clips: list[Clip]) -> dict[str, dict[str, int]]:
    table: dict[str, Counter[str]] = {}
    for clip in clips:
        table.setdefault(clip.subject, Counter())[clip.emotion or clip.emotion_coarse or NO_CLASS] += 1
    return {subject: dict(sorted(counts.items())) for subject, counts in sorted(table.items())}


# --- printing --------------------------------------------------------------------------------------------------------


def show(inspection: Inspection, console: Console) -> None:
    """Prints an inspection for people."""
    card, say = load_card(inspection.corpus), console.print
    say(f"{inspection.corpus}: {inspection.title}", style="bold")
    _show_card(card, console)
    say(f"\n{inspection.root}")
    say(
        f"{inspection.rows} rows = {inspection.clips} clips + {len(inspection.rejected)} rejected; "
        f"{inspection.folders} folders, {len(inspection.orphans)} of them without a row"
    )
    if inspection.checks:
        _show_checks(inspection, console)
    else:
        say("No published counts apply to this copy; nothing to compare with.")
    lists = {
        "rejected": inspection.rejected,
        "folders without a row": inspection.orphans,
        "corrected": inspection.corrected,
        "moved to the nearest existing frame": inspection.snapped,
    }
    for title, notes in lists.items():
        _show_notes(title, notes, console)
    if inspection.unread:
        say(f"\nother folders, which are not read: {len(inspection.unread)}", style="bold")
        _show_lines(inspection.unread, console)
    if inspection.flags:
        say("\nnoticed", style="bold")
        for code, n in inspection.flags.items():
            say(f"  {n:6d}  {code}: {load_flags()[code]}")


def _show_card(card: CorpusCard, console: Console) -> None:
    for name, value in (("licence", card.licence), ("access", card.access), ("at", card.url), ("cite", card.citation)):
        if value:
            console.print(f"  {name}: {value.strip()}")


def _show_checks(inspection: Inspection, console: Console) -> None:
    table = Table(
        "count",
        "found",
        "published",
        "",
        title=f"published counts, version {inspection.version}",
        title_justify="left",
    )
    for check in inspection.checks:
        style = None if check.same else "bold red"
        mark = "" if check.same else "differs"
        table.add_row(check.what, f"{check.found:.12g}", f"{check.published:.12g}", mark, style=style)
    console.print(table)


def _show_notes(title: str, notes: list[Noted], console: Console) -> None:
    if not notes:
        return
    console.print(f"\n{title}: {len(notes)}", style="bold")
    _show_lines([f"{note.clip_id}  {note.code}  {note.message}".rstrip() for note in notes], console)


def _show_lines(lines: list[str], console: Console) -> None:
    for line in lines[:LISTED]:
        console.print(f"  {line}")
    if len(lines) > LISTED:
        console.print(f"  ... and {len(lines) - LISTED} more (--json has all)")


# --- picture ---------------------------------------------------------------------------------------------------------


def plot(inspection: Inspection, path: Path) -> None:
    """Draws how clips spread over classes and over subjects, to a PNG, SVG or PDF file.

    Raises:
        InputError: the file's ending is of no known picture format.
        OutputError: the file cannot be written.
    """
    totals: Counter[str] = Counter()
    for counts in inspection.by_subject.values():
        totals.update(counts)
    classes = [name for name, _ in sorted(totals.items(), key=lambda item: (-item[1], item[0]))]
    subjects = sorted(inspection.by_subject, key=lambda name: (-sum(inspection.by_subject[name].values()), name))
    figure = Figure(figsize=(min(4 + 0.16 * max(len(subjects), 20), 22), 5.4), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=[1, min(max(len(subjects) / 14, 1.2), 6)])
    colours = {name: f"C{i % 10}" for i, name in enumerate(classes)}
    bars = left.barh(range(len(classes)), [totals[name] for name in classes], color=[colours[c] for c in classes])
    left.bar_label(bars, padding=3, fontsize=8)
    left.set_yticks(range(len(classes)), classes, fontsize=8)
    left.invert_yaxis()
    left.margins(x=0.15)
    left.set_title(f"{inspection.clips} clips by class", fontsize=10, loc="left")
    below = [0] * len(subjects)
    for name in classes:
        heights = [inspection.by_subject[subject].get(name, 0) for subject in subjects]
        right.bar(range(len(subjects)), heights, bottom=below, color=colours[name], width=0.8)
        below = [a + b for a, b in zip(below, heights, strict=True)]
    right.set_title(f"by subject ({len(subjects)}), in the colours of the classes", fontsize=10, loc="left")
    named = len(subjects) <= 120
    right.set_xticks(range(len(subjects)) if named else [], subjects if named else [], rotation=90, fontsize=6)
    right.margins(x=0.01)
    left.xaxis.set_major_locator(MaxNLocator(integer=True))
    right.yaxis.set_major_locator(MaxNLocator(integer=True))
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
        axes.tick_params(length=0, axis="y" if axes is left else "x")
    figure.suptitle(f"{inspection.corpus}: {inspection.title}", fontsize=10, x=0.01, ha="left")
    save_figure(figure, path)
