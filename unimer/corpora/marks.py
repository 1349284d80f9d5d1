"""Onset, apex and offset: corrections of published errors, snapping onto existing frames, which apex to use."""

from __future__ import annotations

import csv
from bisect import bisect_left
from dataclasses import dataclass

from unimer.records import FrameMark
from unimer.resources import resource
from unimer.settings import CorpusSettings

Marks = tuple[FrameMark, FrameMark, FrameMark]
"""Onset, apex, offset."""


@dataclass(frozen=True)
class Correction:
    """One row of ``data/corrections/<reader>.csv``: at this clip, ``field`` is not ``was`` but ``value``.

    ``field`` is ``onset``, ``apex``, ``offset`` or ``flag``: the clip then gets the flag ``value`` (and may be left
    out with the setting ``drop``). ``onset`` as printed, empty where the clip's name is unique. ``level`` is
    ``official`` (the corpus's authors) or ``community``; ``source`` says who.
    """

    dataset: str
    subject: str
    clip: str
    onset: str
    field: str
    was: str
    value: str
    level: str
    source: str


class Corrections:
    """Corrections of one corpus, looked up by key, never by row number."""

    def __init__(self, dataset: str, level: str) -> None:
        """Load what applies: nothing for ``none``; ``community`` includes ``official``, which comes first and wins."""
        self._rows: dict[tuple[str, str, str], list[Correction]] = {}
        levels = {"none": (), "official": ("official",), "community": ("official", "community")}[level]
        try:
            path = resource(f"data/corrections/{dataset}.csv")
        except FileNotFoundError:
            return
        with path.open(encoding="utf-8", newline="") as file:
            rows = [Correction(**row) for row in csv.DictReader(file)]
        for wanted in levels:
            for row in rows:
                if row.level == wanted:
                    self.add(row)

    def add(self, row: Correction) -> None:
        """Also apply this one, which a rule gives in place of a list."""
        self._rows.setdefault((row.subject, row.clip, row.field), []).append(row)

    def apply(
        self, subject: str, clip: str, onset: int | None, name: str, value: int | None, flags: list[str]
    ) -> FrameMark:
        """``value`` of the frame field ``name`` after correction; appends ``<name>.corrected:<level>`` to the flags.

        A correction holds only where the table still has the wrong value, so an already corrected copy is left alone.

        Args:
            subject: canonical subject.
            clip: clip name.
            onset: onset as printed, part of the key where the correction names one.
            name: ``onset``, ``apex`` or ``offset``.
            value: as printed, None where missing.
            flags: the clip's flags.
        """
        printed = "" if value is None else str(value)
        for row in self._rows.get((subject, clip, name), []):
            if row.onset in ("", str(onset)) and row.was == printed:
                flags.append(f"{name}.corrected:{row.level}")
                return FrameMark(frame=int(row.value), origin="corrected")
        return FrameMark() if value is None else FrameMark(frame=value, origin="annotated")

    def flags(self, subject: str, clip: str, onset: int | None) -> list[str]:
        """Flags that the file gives this clip."""
        rows = self._rows.get((subject, clip, "flag"), [])
        return list(dict.fromkeys(row.value for row in rows if row.onset in ("", str(onset))))


def nearest(numbers: list[int], frame: int) -> int:
    """The existing frame next to ``frame``, the earlier one of two; ``numbers`` ascending and not empty."""
    at = bisect_left(numbers, frame)
    return min(numbers[max(0, at - 1) : at + 1], key=lambda number: abs(number - frame))


def fill(marks: Marks, numbers: list[int] | None, settings: CorpusSettings, flags: list[str]) -> Marks:
    """Puts an onset and an offset where the coders could not see one (flags say so) and the settings want one.

    ``onset.before_start``: the first frame of the recording, or the apex. ``offset.not_visible``: as far after the
    apex as the onset before it, or the apex. Where the apex is missing, too, the marks stay missing.

    Args:
        marks: as annotated or corrected.
        numbers: existing frames, ascending; None where they are not known.
        settings: ``missing_onset`` and ``missing_offset``.
        flags: of the clip; a reader has put the two flags there.
    """
    onset, apex, offset = marks
    if "onset.before_start" in flags and onset.frame is None:
        if settings.missing_onset == "first":
            onset = FrameMark(frame=numbers[0] if numbers else 1, origin="first")
        elif settings.missing_onset == "apex" and apex.frame is not None:
            onset = FrameMark(frame=apex.frame, origin="estimated")
    if "offset.not_visible" in flags and offset.frame is None and apex.frame is not None:
        if settings.missing_offset == "apex":
            offset = FrameMark(frame=apex.frame, origin="estimated")
        elif settings.missing_offset == "mirror" and onset.frame is not None:
            end = max(2 * apex.frame - onset.frame, apex.frame)
            offset = FrameMark(frame=min(end, numbers[-1]) if numbers else end, origin="estimated")
    return onset, apex, offset


def settle(marks: Marks, numbers: list[int] | None, missing_apex: str, flags: list[str]) -> Marks:
    """Onset, apex and offset to use: on existing frames, the apex between the others or missing.

    Holes are normal in these corpora: a mark moves to the nearest existing frame (``apex.snapped:190->181``). An apex
    on the onset or the offset shows no expression and one outside them belongs to nothing: it is flagged
    (``apex.at_onset``, ``apex.at_offset``, ``apex.outside``) and counts as missing, like none at all
    (``apex.missing``). A missing apex stays missing for spotting or becomes the ``midpoint``; dropping the clip is up
    to the caller.

    Args:
        marks: onset, apex, offset as annotated or corrected.
        numbers: existing frames, ascending; None where they are not known (video).
        missing_apex: as in ``CorpusSettings``.
        flags: the clip's flags, appended to.
    """
    onset, apex, offset = marks
    wrong = _wrong(apex, onset, offset)
    onset = _snap(onset, numbers, "onset", flags)
    offset = _snap(offset, numbers, "offset", flags)
    if wrong is None:
        apex = _snap(apex, numbers, "apex", flags)
        wrong = _wrong(apex, onset, offset)
    if wrong is not None:
        flags.append(f"apex.{wrong}")
        apex = _midpoint(onset, offset, numbers) if missing_apex == "midpoint" else FrameMark()
    return onset, apex, offset


def _snap(mark: FrameMark, numbers: list[int] | None, name: str, flags: list[str]) -> FrameMark:
    if mark.frame is None or not numbers:
        return mark
    frame = nearest(numbers, mark.frame)
    if frame == mark.frame:
        return mark
    flags.append(f"{name}.snapped:{mark.frame}->{frame}")
    return FrameMark(frame=frame, origin="snapped")


def _midpoint(onset: FrameMark, offset: FrameMark, numbers: list[int] | None) -> FrameMark:
    if onset.frame is None or offset.frame is None:
        return FrameMark()
    middle = (onset.frame + offset.frame) // 2
    middle = nearest(numbers, middle) if numbers else middle
    return FrameMark(frame=middle, origin="midpoint") if onset.frame < middle < offset.frame else FrameMark()


def _wrong(apex: FrameMark, onset: FrameMark, offset: FrameMark) -> str | None:
    """What keeps an apex from being used, None where it can be. On an offset that was put there it can."""
    if apex.frame is None:
        return "missing"
    if apex.frame == onset.frame:
        return "at_onset"
    if apex.frame == offset.frame and offset.origin != "estimated":
        return "at_offset"
    before = onset.frame is not None and apex.frame < onset.frame
    after = offset.frame is not None and apex.frame > offset.frame
    return "outside" if before or after else None
