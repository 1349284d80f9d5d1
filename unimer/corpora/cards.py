"""Fact files of the corpora (``data_cards/<reader>.yaml``): access, licence, layout, published counts, known quirks.

``unimer inspect`` compares with them and the pages below docs/corpora/ are made from them.
"""

from __future__ import annotations

import csv

from unimer.corpora.marks import Correction
from unimer.records import Record
from unimer.resources import load_yaml, resource

FLAGS = "data/flags.yaml"


class Counts(Record):
    """Published counts of one version of a corpus; empty: not known.

    ``emotion`` goes by canonical names, ``coarse`` by coarse class; ``recordings`` where clips share recordings;
    ``frame_sums``: sums of the onset, apex and offset cells as printed.
    """

    clips: int
    subjects: int | None = None
    recordings: int | None = None
    expression: dict[str, int] = {}
    part: dict[str, int] = {}
    emotion: dict[str, int] = {}
    coarse: dict[str, int] = {}
    objective_class: dict[str, int] = {}
    fps: dict[str, int] = {}
    frame_sums: dict[str, float] = {}


class CorpusCard(Record):
    """What is known of a corpus.

    Attributes:
        name: the reader.
        fps: frames a second, in words where it varies.
        counts: by version, the default version first.
        layout: the folder as a tree; empty where any folder will do.
        reading: how the layout is read, one paragraph an entry.
        options: setting -> what it decides here, where loaders in use disagree.
        notes: known errors and traps, and what is done about them, one paragraph an entry.
    """

    name: str
    title: str
    licence: str
    access: str
    url: str | None = None
    citation: str | None = None
    fps: float | str | None = None
    counts: dict[str, Counts] = {}
    layout: str = ""
    reading: list[str] = []
    options: dict[str, str] = {}
    notes: list[str] = []


def load_card(name: str) -> CorpusCard:
    """The card of a reader."""
    return CorpusCard.model_validate(load_yaml(f"data_cards/{name}.yaml"))


def load_corrections(name: str) -> list[Correction]:
    """All corrections of a reader's corpus, whatever their level."""
    try:
        path = resource(f"data/corrections/{name}.csv")
    except FileNotFoundError:
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return [Correction(**row) for row in csv.DictReader(file)]


def load_flags() -> dict[str, str]:
    """Every flag that a clip can have, by its name (what stands before the colon), and what it means."""
    return {flag.split(":")[0]: entry["means"] for entry in load_yaml(FLAGS) for flag in entry["flags"]}
