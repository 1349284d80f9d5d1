"""Reads a folder of small flow pictures with labels, as the MEGC2019 composite was published: one picture a clip.

``labels.csv`` has the columns dataset, subject, clip, label (negative, positive, surprise), aus (``4+L7``; empty where
the set has no AUs) and flow (path of the picture, relative to the folder). A picture is 28x28 RGB: u to the right,
v DOWN, strain; each channel of each picture was scaled to 0..255 by itself, so that zero motion is about the
channel's median and neither the size of the motion nor the ratio of u to v is known.
"""

from __future__ import annotations

import csv
import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from unimer.errors import InputError
from unimer.facs.grammar import parse

CLASSES = ("negative", "positive", "surprise")
SIZE = 28
COLUMNS = ("dataset", "subject", "clip", "label", "aus", "flow")

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Clips:
    """Clips in the order of ``labels.csv``.

    Attributes:
        datasets: name of each clip's set.
        persons: ``dataset/subject`` of each clip: the same number in two sets is two people.
        names: name of each clip.
        classes: index of each clip's class in ``CLASSES``.
        aus: numbers of each clip's AUs, sides dropped; None where the table has none.
        pictures: (n, 28, 28, 3) uint8: u, v (down), strain.
    """

    datasets: tuple[str, ...]
    persons: tuple[str, ...]
    names: tuple[str, ...]
    classes: NDArray[np.int64]
    aus: tuple[frozenset[int] | None, ...]
    pictures: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.names)

    @cached_property
    def motion(self) -> Floats:
        """(n, 28, 28, 3) float32: the pictures less each channel's median, so that 0 is no motion; in grey levels."""
        pictures = self.pictures.astype(np.float32)
        return pictures - np.median(pictures, axis=(1, 2), keepdims=True)

    @cached_property
    def sets(self) -> tuple[str, ...]:
        return tuple(sorted(set(self.datasets)))


def read_clips(root: Path) -> Clips:
    """Reads the folder.

    Raises:
        InputError: no labels, a column or picture missing, a picture that is not 28x28, an unknown class, a clip
            twice, fewer than two subjects, or a class without clips.
    """
    path = root / "labels.csv"
    if not path.is_file():
        raise InputError("no such file", path=path, remedy="Give --root the folder that holds labels.csv.")
    with path.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.DictReader(lines)
        if missing := [name for name in COLUMNS if name not in (reader.fieldnames or ())]:
            raise InputError(f"no column {', '.join(missing)}", path=path, row=1)
        rows = [{name: (row[name] or "").strip() for name in COLUMNS} for row in reader]
    seen: set[tuple[str, str, str]] = set()
    for number, row in enumerate(rows, 2):
        if empty := [name for name in COLUMNS if not row[name] and name != "aus"]:
            raise InputError(f"no {', '.join(empty)}", path=path, row=number)
        if row["label"] not in CLASSES:
            raise InputError(f"label {row['label']!r} is none of {', '.join(CLASSES)}", path=path, row=number)
        key = (row["dataset"], row["subject"], row["clip"])
        if key in seen:
            raise InputError(f"clip {'/'.join(key)} is there twice", path=path, row=number)
        seen.add(key)
    persons = tuple(f"{row['dataset']}/{row['subject']}" for row in rows)
    if len(set(persons)) < 2:
        raise InputError("fewer than two subjects, nothing is left to train on", path=path)
    if absent := [name for name in CLASSES if name not in {row["label"] for row in rows}]:
        raise InputError(f"no clip of class {', '.join(absent)}", path=path)
    return Clips(
        datasets=tuple(row["dataset"] for row in rows),
        persons=persons,
        names=tuple(row["clip"] for row in rows),
        classes=np.array([CLASSES.index(row["label"]) for row in rows]),
        aus=tuple(_numbers(row["aus"]) for row in rows),
        pictures=np.stack([_picture(root / row["flow"]) for row in rows]),
    )


def development_persons(persons: tuple[str, ...]) -> frozenset[str]:
    """The half of each set's subjects that choices may look at: every other one in the order of a hash of the name.

    The rule was written down before the first result (docs/experiments.md).
    """
    found: set[str] = set()
    for name in {person.split("/")[0] for person in persons}:
        members = {person for person in persons if person.split("/")[0] == name}
        found.update(sorted(members, key=lambda each: hashlib.sha256(each.encode()).hexdigest())[::2])
    return frozenset(found)


def _numbers(text: str) -> frozenset[int] | None:
    return frozenset(label.au for label in parse(text).items) if text else None


def _picture(path: Path) -> NDArray[np.uint8]:
    if not path.is_file():
        raise InputError("no such picture", path=path)
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if picture is None:
        raise InputError("no picture that can be read", path=path)
    if picture.shape[:2] != (SIZE, SIZE):
        raise InputError(f"{picture.shape[1]}x{picture.shape[0]} pixels, not {SIZE}x{SIZE}", path=path)
    return picture[:, :, ::-1].astype(np.uint8)  # BGR on reading
