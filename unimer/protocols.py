"""Evaluation protocols: which clips take part, in which classes, and who is tested by a model that never saw them.

The protocols themselves are data (``data/protocols.yaml``); docs/protocols.md explains them. A protocol is applied to
clips with the name of the reader each was read by, for ``Clip.corpus`` may be any name.
"""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Literal

from pydantic import Field

from unimer.errors import InputError, SettingsError
from unimer.folds import Fold, Kind, Member, Role, joined, make_folds, part_folds
from unimer.records import Clip, Record
from unimer.resources import load_yaml

DATA = "data/protocols.yaml"


# --- the data file ---------------------------------------------------------------------------------------------------


class Counts(Record):
    """Published numbers of clips per class, and of persons where published; ``of`` names the source or version."""

    of: str
    persons: int | None = None
    classes: dict[str, int]

    @property
    def clips(self) -> int:
        return sum(self.classes.values())


class Group(Record):
    """A corpus, or one part of it, in a protocol.

    ``reader`` None: any corpus. ``part``: only clips of this ``Clip.part``. ``role``: in folds by part.
    ``classes``: class of each label, None leaves the clip out; None as a whole: labels are the classes.
    ``without``: clips left out by name, ``subject/clip``, and why. ``counts``: what was published, one entry for each
    coding; ``other_counts``: sets in circulation that give other numbers.
    """

    reader: str | None = None
    part: str | None = None
    role: Role | None = None
    classes: dict[str, str | None] | None = None
    without: dict[str, str] = {}
    counts: list[Counts] = []
    other_counts: list[Counts] = []

    @property
    def name(self) -> str | None:
        """``smic/hs``; None where any corpus is meant."""
        return self.reader if self.part is None else f"{self.reader}/{self.part}"


class Protocol(Record):
    """An evaluation protocol.

    ``folds``: leave one person out (loso), leave one corpus out (lodo), k folds of persons (kfold), or the corpus's
    own parts (parts). ``label``: which field of a clip is classified. ``needs``: what else the user must have.
    """

    name: str
    title: str
    folds: Kind
    label: Literal["emotion", "emotion_coarse", "objective_class"]
    needs: str | None = None
    groups: list[Group] = Field(min_length=1)
    sources: list[str] = []

    @property
    def readers(self) -> list[str]:
        """Corpora that must all be there; empty where any will do."""
        return list(dict.fromkeys(group.reader for group in self.groups if group.reader is not None))


@cache
def protocols() -> dict[str, Protocol]:
    """All protocols by name, in the order of the data file."""
    return {name: Protocol(name=name, **entry) for name, entry in load_yaml(DATA)["protocols"].items()}


def protocol(name: str) -> Protocol:
    """The protocol of that name; raises SettingsError with the nearest name where there is none."""
    if name in protocols():
        return protocols()[name]
    near = difflib.get_close_matches(name, protocols(), n=1)
    hint = f"Did you mean {near[0]}?" if near else f"There are {', '.join(protocols())}."
    raise SettingsError(f"no protocol is called '{name}'", remedy=hint)


# --- the result ------------------------------------------------------------------------------------------------------


class Row(Record):
    """What came out for a corpus or a part of one.

    ``left_out``: number of clips by reason. ``published``: the published counts, of several those that agree, else the
    nearest; ``agrees`` whether they are the same, None where nothing was published.
    """

    name: str
    clips: int
    persons: int
    classes: dict[str, int]
    left_out: dict[str, int]
    published: Counts | None = None
    agrees: bool | None = None


@dataclass(frozen=True)
class Division:
    """A protocol applied to clips. ``findings`` say where the counts are not the published ones."""

    protocol: Protocol
    members: list[Member]
    folds: list[Fold]
    rows: list[Row]
    findings: list[str]


def divide(wanted: Protocol, clips: Iterable[tuple[str, Clip]], k: int = 10, seed: int = 0) -> Division:
    """Applies a protocol. The order of the clips does not matter.

    Args:
        wanted: the protocol.
        clips: the reader's name and the clip.
        k: number of folds, for a protocol with folds kfold.
        seed: decides who is in which fold, likewise.

    Raises:
        SettingsError: a corpus that the protocol needs is not given.
        InputError: two clips have one id, no clip of a needed corpus is left, there are too few corpora or persons
            for the folds, or the corpus's own parts share a person.
    """
    given = sorted(clips, key=lambda item: item[1].id)
    _check_given(wanted, given)
    persons = _people(given)
    members: list[Member] = []
    left_out: dict[str, Counter[str]] = {}
    for reader, clip in given:
        group = _group_of(wanted, reader, clip)
        name = _row_name(wanted, group, reader, clip)
        label, reason = _class_of(wanted, group, clip)
        if label is None:
            left_out.setdefault(name, Counter())[reason] += 1
        else:
            members.append(Member(clip.id, clip.corpus, persons[clip.person], label, name))
    _check_left(wanted, members, left_out)
    if wanted.folds == "parts":
        parts = {role: [g.name for g in wanted.groups if g.role == role and g.name] for role in ("train", "test")}
        folds = part_folds(members, parts["train"], parts["test"])
    else:
        folds = make_folds(wanted.folds, members, k, seed)
    rows = _rows(wanted, members, left_out)
    return Division(wanted, members, folds, rows, _findings(wanted, rows))


def class_of(wanted: Protocol, reader: str, clip: Clip) -> str | None:
    """The class of one clip in a protocol, None where the protocol leaves it out."""
    return _class_of(wanted, _group_of(wanted, reader, clip), clip)[0]


# --- who takes part --------------------------------------------------------------------------------------------------


def _group_of(wanted: Protocol, reader: str, clip: Clip) -> Group | None:
    for group in wanted.groups:
        if group.reader in (None, reader) and group.part in (None, clip.part):
            return group
    return None


def _row_name(wanted: Protocol, group: Group | None, reader: str, clip: Clip) -> str:
    """What a clip counts for: its group, or the corpus where the protocol names none."""
    if group is not None:
        return group.name or clip.corpus
    if reader in wanted.readers:
        return f"{reader}/{clip.part}"
    return clip.corpus if clip.corpus == reader else f"{clip.corpus} ({reader})"


def _class_of(wanted: Protocol, group: Group | None, clip: Clip) -> tuple[str | None, str]:
    """The clip's class, or None and why it is left out."""
    if group is None:
        return None, "no part of the protocol"
    if clip.expression != "micro":
        return None, f"{clip.expression}-expression"
    if reason := group.without.get(f"{clip.subject}/{clip.clip}"):
        return None, f"left out by name ({reason})"
    value = getattr(clip, wanted.label)
    field = wanted.label.replace("_", " ")
    if value is None:
        return None, f"no {field}"
    label = str(value)
    name = label if group.classes is None else group.classes.get(label)
    return name, f"{field} {label}"


def _people(given: Sequence[tuple[str, Clip]]) -> dict[str, str]:
    """One name for every ``Clip.person``.

    Two packs of one corpus, read under two names, show the same people: subjects of one name are one person where the
    reader is the same, or one that shows the same people. That can only join people, never part them.
    """
    data = load_yaml(DATA)
    same, own = data["same_people"], data["own_names"]
    pairs = [
        (clip.person, f"{same.get(reader, reader)}/{clip.subject}") for reader, clip in given if reader not in own
    ]
    same_person = joined(pairs)
    return {clip.person: same_person.get(clip.person, [clip.person])[0] for _, clip in given}


def _check_given(wanted: Protocol, given: Sequence[tuple[str, Clip]]) -> None:
    for (_, one), (_, other) in pairwise(given):
        if one.id == other.id:
            raise InputError(
                f"two clips are called {one.id}", remedy="Give one of the corpora another name (corpora.N.name)."
            )
    readers = {reader for reader, _ in given}
    missing = [reader for reader in wanted.readers if reader not in readers]
    if missing:
        raise SettingsError(
            f"the protocol {wanted.name} needs {', '.join(missing)}",
            remedy=f"Given: {', '.join(sorted(readers)) or 'no clip'}. `unimer splits --list` says what each needs.",
        )


def _check_left(wanted: Protocol, members: Sequence[Member], left_out: Mapping[str, Counter[str]]) -> None:
    """Of every corpus that the protocol needs, or of any where it names none, some clip must take part."""
    needed: list[str | None] = [*wanted.readers] or [None]
    for reader in needed:
        if not any(reader in (None, each.group.split("/")[0]) for each in members):
            reasons = [n for name, n in left_out.items() if reader in (None, name.split("/")[0])]
            why = ", ".join(f"{n} {reason}" for reason, n in sorted(sum(reasons, Counter[str]()).items()))
            text = f"no clip of {reader or 'these corpora'} is left for {wanted.name}: {why or 'none was read'}"
            raise InputError(text, remedy=wanted.needs)


# --- counts ----------------------------------------------------------------------------------------------------------


def _rows(wanted: Protocol, members: Sequence[Member], left_out: Mapping[str, Counter[str]]) -> list[Row]:
    groups = {group.name: group for group in wanted.groups if group.name is not None}
    others = sorted({each.group for each in members} | set(left_out))
    return [
        _row(name, groups.get(name), [each for each in members if each.group == name], left_out.get(name, Counter()))
        for name in [*groups, *(name for name in others if name not in groups)]
    ]


def _row(name: str, group: Group | None, members: Sequence[Member], left_out: Counter[str]) -> Row:
    order = {label: i for i, label in enumerate(filter(None, ((group and group.classes) or {}).values()))}
    found = Counter(each.label for each in members)
    classes = {label: found[label] for label in sorted({*order, *found}, key=lambda x: (order.get(x, len(order)), x))}
    row = Row(
        name=name,
        clips=len(members),
        persons=len({each.person for each in members}),
        classes=classes,
        left_out=dict(sorted(left_out.items())),
    )
    if group is None or not group.counts:
        return row
    published = min(group.counts, key=lambda counts: _distance(row, counts))
    return row.model_copy(update={"published": published, "agrees": _distance(row, published) == 0})


def _distance(row: Row, counts: Counts) -> int:
    """By how many clips and persons the row differs."""
    clips = sum(abs(row.classes.get(x, 0) - counts.classes.get(x, 0)) for x in {*row.classes, *counts.classes})
    return clips + (0 if counts.persons is None else abs(row.persons - counts.persons))


def _findings(wanted: Protocol, rows: Sequence[Row]) -> list[str]:
    others = {group.name: group.other_counts for group in wanted.groups}
    found = []
    for row in rows:
        if row.published is None or row.agrees:
            continue
        text = (
            f"{row.name}: {counts_text(row.classes, row.persons)}, but published ({row.published.of}) are "
            f"{counts_text(row.published.classes, row.published.persons)}"
        )
        known = [each.of for each in others[row.name] if each.classes == row.classes]
        found.append(f"{text}; these are the numbers of {known[0]}" if known else text)
    return found


def counts_text(classes: Mapping[str, int], persons: int | None) -> str:
    """``negative 88, positive 32 = 120 clips of 24 persons``."""
    text = ", ".join(f"{label} {n}" for label, n in classes.items())
    return f"{text} = {sum(classes.values())} clips" + ("" if persons is None else f" of {persons} persons")
