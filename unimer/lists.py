"""Lists of clips and classes that a benchmark hands out, such as ``combined_3class_gt.csv`` of MEGC2019.

Copies of it circulate with and without a header and with names written in other ways: SAMM's subject 006 as ``6``, a
clip of SMIC as ``s01_ne_01`` or ``s1_ne_01``. docs/protocols.md describes what is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from unimer.corpora.table import column_name, read_csv
from unimer.errors import InputError
from unimer.folds import Member

Key = tuple[str, str, str]
"""Reader, subject and clip, without what copies write differently."""

COLUMNS = {
    "dataset": ("dataset",),
    "subject": ("sub", "subject"),
    "clip": ("filenameo", "filename", "clip"),
    "label": ("label", "class"),
}
CLASSES = {"0": "negative", "1": "positive", "2": "surprise"}
DATASETS = {"casmeii": "casme2", "smichs": "smic"}
SHOWN = 5
"""Clips named in a finding."""


def read_list(path: Path) -> dict[Key, tuple[str, str]]:
    """Name as printed and class of each clip of a list; classes are words, or numbers as in ``CLASSES``.

    Args:
        path: CSV with the columns dataset, subject, clip and label; without a header in this order.

    Raises:
        InputError: no such file, a row that lacks a cell, or a clip that stands there twice.
    """
    rows = read_csv(path)
    places, start = _columns(path, rows)
    found: dict[Key, tuple[str, str]] = {}
    for number, cells in enumerate(rows[start:], start + 1):
        if not any(cell.strip() for cell in cells):
            continue
        values = [cells[at].strip() if at < len(cells) else "" for at in places]
        if not all(values):
            remedy = f"A row has {', '.join(COLUMNS)}, in this order where there is no header."
            raise InputError("the row lacks a cell", path=path, row=number, remedy=remedy)
        dataset, subject, clip, label = values
        key = _key(dataset, subject, clip)
        if key in found:
            raise InputError(f"{dataset} {subject} {clip} stands there twice", path=path, row=number)
        label = re.sub(r"\.0+$", "", label.lower())
        found[key] = f"{dataset}/{subject}/{clip}", CLASSES.get(label, label)
    if not found:
        raise InputError("the list has no rows", path=path)
    return found


def compare(members: Iterable[Member], listed: dict[Key, tuple[str, str]]) -> list[str]:
    """In what the clips that take part differ from a list: clips that only one of the two has, other classes."""
    ours: dict[Key, Member] = {}
    for each in members:
        subject, clip = each.clip_id.split("/")[-2:]
        ours[_key(each.group.split("/")[0], subject, clip)] = each
    other = [
        f"{ours[key].clip_id} {ours[key].label} for {label}"
        for key, (_, label) in listed.items()
        if key in ours and ours[key].label.lower() != label
    ]
    groups = {
        "in the list, but not here": [name for key, (name, _) in listed.items() if key not in ours],
        "here, but not in the list": [each.clip_id for key, each in ours.items() if key not in listed],
        "of another class than in the list": other,
    }
    return [f"{len(names)} clips {what}: {_shown(names)}" for what, names in groups.items() if names]


def _columns(path: Path, rows: list[list[str]]) -> tuple[list[int], int]:
    """Where the columns stand, and the index of the first row below the header."""
    names = [column_name(cell) for cell in rows[0]] if rows else []
    if "dataset" not in names:
        return list(range(len(COLUMNS))), 0
    places = [next((names.index(name) for name in accepted if name in names), None) for accepted in COLUMNS.values()]
    lacking = [field for field, at in zip(COLUMNS, places, strict=True) if at is None]
    if lacking:
        raise InputError(f"the column {lacking[0]!r} is missing", path=path, row=1)
    return [at for at in places if at is not None], 1


def _key(dataset: str, subject: str, clip: str) -> Key:
    name = re.sub(r"[^a-z0-9]", "", dataset.lower())
    return DATASETS.get(name, name), _plain(re.sub(r"[^0-9]", "", subject)), _plain(clip)


def _plain(name: str) -> str:
    """``006_1_2`` -> ``6_1_2``, ``s01_ne_01`` -> ``s1_ne_1``: small letters, numbers without leading zeros."""
    return re.sub(r"(?<![0-9])0+(?=[0-9])", "", name.lower())


def _shown(names: list[str]) -> str:
    return ", ".join(names[:SHOWN]) + (" ..." if len(names) > SHOWN else "")
