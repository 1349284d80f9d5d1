"""Folds: who is trained on and who is tested. Nobody is ever in both."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from unimer.errors import InputError
from unimer.records import Record

Role = Literal["train", "test"]
Kind = Literal["loso", "lodo", "kfold", "parts"]


@dataclass(frozen=True, slots=True)
class Member:
    """A clip that takes part. ``person`` is ``Clip.person``, or one name for all that mean the same person; ``group``
    is the corpus or part that it counts for."""

    clip_id: str
    corpus: str
    person: str
    label: str
    group: str


@dataclass(frozen=True)
class Fold:
    """What to train on and what to test; nobody is in both. Both are in the order of clip ids."""

    name: str
    train: list[Member]
    test: list[Member]


class FoldLine(Record):
    """One line of a file of folds: the clip's role in the fold."""

    fold: str
    role: Role
    clip_id: str
    corpus: str
    person: str
    label: str


def lines(folds: Iterable[Fold]) -> Iterator[FoldLine]:
    """One line for each clip of each fold: first those to train on."""
    roles: tuple[Role, Role] = ("train", "test")
    for fold in folds:
        for role, members in zip(roles, (fold.train, fold.test), strict=True):
            for each in members:
                yield FoldLine(
                    fold=fold.name,
                    role=role,
                    clip_id=each.clip_id,
                    corpus=each.corpus,
                    person=each.person,
                    label=each.label,
                )


def make_folds(kind: Kind, members: Sequence[Member], k: int = 10, seed: int = 0) -> list[Fold]:
    """Divides members into folds, each tested once, all others trained on; sorted by name.

    Args:
        kind: loso, leave one person out; lodo, leave one corpus out, where corpora that show the same people are one;
            kfold, k folds of persons.
        members: who takes part.
        k: number of folds, kfold only.
        seed: decides who is in which fold, kfold only.

    Raises:
        InputError: too few corpora or persons.
    """
    if kind == "kfold":
        tested_in = _deal(members, k, seed)
    elif kind == "lodo":
        corpora = joined((each.corpus, each.person) for each in members)
        tested_in = {each.person: "+".join(corpora[each.corpus]) for each in members}
    else:
        tested_in = {each.person: each.person for each in members}
    names = sorted(set(tested_in.values()))
    if len(names) < 2:
        raise InputError(f"only one {'corpus' if kind == 'lodo' else 'person'} here, nothing is left to train on")
    return [
        Fold(
            name,
            [each for each in members if tested_in[each.person] != name],
            [each for each in members if tested_in[each.person] == name],
        )
        for name in names
    ]


def part_folds(members: Sequence[Member], train: Sequence[str], test: Sequence[str]) -> list[Fold]:
    """One fold for each of the groups ``test``, all trained on the groups ``train``; groups without a clip are left
    away.

    Raises:
        InputError: nothing to train on or to test, or a person is in both.
    """
    train_on = [each for each in members if each.group in train]
    parts = {name: [each for each in members if each.group == name] for name in test}
    folds = [Fold(name.rsplit("/", 1)[-1], train_on, tested) for name, tested in parts.items() if tested]
    if not train_on or not folds:
        raise InputError(f"no clip of {' or '.join(test if train_on else train)} here")
    trained = {each.person for each in train_on}
    for fold in folds:
        if both := sorted({each.person for each in fold.test} & trained):
            raise InputError(f"{both[0]} is both in the training clips and in {fold.name}")
    return folds


def _deal(members: Sequence[Member], k: int, seed: int) -> dict[str, str]:
    """Deals persons out to k folds like cards, corpus by corpus, in the order of a seeded hash of their names."""
    corpus_of = {each.person: each.corpus for each in reversed(members)}
    order = sorted(
        corpus_of, key=lambda name: (corpus_of[name], hashlib.sha256(f"{seed}/{name}".encode()).hexdigest())
    )
    if len(order) < k:
        raise InputError(f"{len(order)} persons cannot be divided into {k} folds", remedy="Choose fewer folds.")
    width = len(str(k))
    return {name: f"{number % k + 1:0{width}}" for number, name in enumerate(order)}


def joined(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Of (name, mark) pairs: all names that are linked to a name by shared marks, itself among them, sorted."""
    parent: dict[tuple[str, str], tuple[str, str]] = {}

    def root(node: tuple[str, str]) -> tuple[str, str]:
        while parent.setdefault(node, node) != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for name, mark in pairs:
        parent[root(("name", name))] = root(("mark", mark))
    sets: dict[tuple[str, str], list[str]] = {}
    for name in sorted(name for kind, name in parent if kind == "name"):
        sets.setdefault(root(("name", name)), []).append(name)
    return {name: names for names in sets.values() for name in names}
