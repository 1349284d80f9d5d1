"""Scores the AU rules on real optical flow: 145 CASME II clips as 28x28 flow pictures.

    python benchmarks/au_rules.py DIR

DIR holds labels.csv (columns dataset, subject, clip, aus, flow) and the pictures it names: RGB = u to the right, v
DOWN, strain; every channel scaled to 0..255 by itself and for each picture, so that zero motion is about the median.
The pictures derive from a licensed corpus and do not come with this project; without DIR the script says so and ends.

The rules and their score are the package's own (data/aus.yaml, unimer.facs.rules); only the place of the 30 regions in
such a picture is given here. AUC is that of the score, which does not know on which side the label is; "boxes +-1" is
its range over the nine places that result from shifting all boxes by up to one cell. "sign ok": share of the labels
with motion in the expected direction on their side; "false pass": share of the clips without the AU that have it too.
"""

from __future__ import annotations

import argparse
import csv
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from unimer.calibrate import area
from unimer.faces.regions import region_names
from unimer.facs.grammar import parse
from unimer.facs.rules import score
from unimer.facs.table import ActionUnit, au_table
from unimer.records import AULabel

SIZE = 28
# Regions as boxes (left, top, right, bottom), cells, inclusive. They follow from the geometry of these crops: brows in
# rows 2-6, eyes in row 7 at columns 5.5 and 21.5, nose base in row 16, mouth line in row 20 from column 7 to 20,
# chin in rows 23-26. Those of the subject's right are given; the left ones are their mirror images.
MIDLINE = {
    "forehead": (9, 0, 18, 1),
    "glabella": (12, 3, 15, 6),
    "nose_bridge": (12, 8, 15, 12),
    "chin": (10, 23, 17, 26),
}
RIGHT = {
    "inner_brow": (9, 3, 11, 5),
    "middle_brow": (6, 2, 8, 5),
    "outer_brow": (2, 3, 5, 6),
    "upper_lid": (3, 6, 8, 6),
    "lower_lid": (3, 8, 8, 9),
    "infra_orbital": (6, 10, 9, 13),
    "cheek": (2, 11, 6, 15),
    "nose_wing": (10, 13, 11, 16),
    "nasolabial": (7, 14, 9, 18),
    "upper_lip": (9, 18, 13, 19),
    "mouth_corner": (6, 19, 9, 21),
    "lower_lip": (9, 21, 13, 22),
    "jaw": (3, 23, 7, 26),
}
TARGETS = {1: 0.9, 2: 0.9, 4: 0.9, 17: 0.85, 12: 0.75, 15: 0.75}


Vectors = dict[str, tuple[float, float]]


@dataclass(frozen=True)
class Clip:
    """Labels, and motion (28, 28, 2): u to the right, v DOWN, in the picture's own unit (its scale is lost)."""

    labels: list[AULabel]
    flow: NDArray[np.float64]

    def vectors(self, right: int = 0, down: int = 0) -> Vectors:
        """Mean (dx, dy) of every region, y up; the boxes may be shifted by some cells."""
        found = {}
        for name, (x0, y0, x1, y1) in boxes().items():
            rows = slice(max(y0 + down, 0), max(y1 + down, 0) + 1)
            mean = self.flow[rows, max(x0 + right, 0) : x1 + right + 1].mean((0, 1))
            found[name] = (float(mean[0]), -float(mean[1]))
        return found


def boxes() -> dict[str, tuple[int, int, int, int]]:
    """All 30 regions."""
    found = dict(MIDLINE)
    for base, (left, top, right, bottom) in RIGHT.items():
        found[f"{base}_right"] = (left, top, right, bottom)
        found[f"{base}_left"] = (SIZE - 1 - right, top, SIZE - 1 - left, bottom)
    return {name: found[name] for name in region_names()}


def read_clips(folder: Path) -> list[Clip]:
    """The CASME II clips."""
    with (folder / "labels.csv").open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["dataset"] == "casme2"]
    return [Clip(parse(row["aus"]).items, read_flow(folder / row["flow"])) for row in rows]


def read_flow(path: Path) -> NDArray[np.float64]:
    picture = cv2.imread(str(path))
    if picture is None:
        raise SystemExit(f"{path}: no picture")
    flow = picture[:, :, ::-1].astype(np.float64)[:, :, :2]  # BGR on reading
    return flow - np.median(flow, axis=(0, 1))


def auc(unit: ActionUnit, clips: list[Clip], right: int = 0, down: int = 0) -> float:
    """Of the rule's score, over all clips."""
    with_au: list[float] = []
    without: list[float] = []
    for clip in clips:
        labelled = any(label.au == unit.number for label in clip.labels)
        (with_au if labelled else without).append(score(unit, clip.vectors(right, down)) or 0.0)
    found = area(with_au, without, enough=1)
    assert found is not None
    return found


def row(unit: ActionUnit, clips: list[Clip]) -> list[str]:
    """One line of the table."""
    on_side = [
        (score(unit, clip.vectors(), label.side) or 0.0) > 0
        for clip in clips
        for label in clip.labels
        if label.au == unit.number
    ]
    without = [clip for clip in clips if all(label.au != unit.number for label in clip.labels)]
    cells = [str(unit.number), unit.name, str(len(clips) - len(without)), str(len(without))]
    if unit.rule is None:
        return [*cells, "", "", "", "", "", unit.reliability]
    passing = [(score(unit, clip.vectors()) or 0.0) > 0 for clip in without]
    shifted = [auc(unit, clips, right, down) for right in (-1, 0, 1) for down in (-1, 0, 1)]
    target = TARGETS.get(unit.number)
    return [
        *cells,
        f"{auc(unit, clips):.3f}",
        f"{min(shifted):.2f}..{max(shifted):.2f}",
        "" if target is None else f"{target:.2f}",
        f"{np.mean(on_side):.2f}",
        f"{np.mean(passing):.2f}",
        unit.reliability,
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", metavar="DIR", type=Path)
    folder: Path = parser.parse_args().folder
    if not (folder / "labels.csv").is_file():
        print(f"skipped: {folder}/labels.csv is not there")
        return
    clips = read_clips(folder)
    labelled = {label.au for clip in clips for label in clip.labels}
    grid = Table(title=f"AU rules on {len(clips)} CASME II clips", title_justify="left")
    for heading in ("AU", "name", "with", "without", "AUC", "boxes +-1", "target", "sign ok", "false pass", "rule"):
        grid.add_column(heading, justify="left" if heading in ("name", "rule") else "right")
    units = [unit for unit in au_table().values() if unit.number in labelled]
    for unit in units:
        grid.add_row(*row(unit, clips))
    Console().print(grid)
    missed = [unit.number for unit in units if unit.rule and auc(unit, clips) < TARGETS.get(unit.number, 0)]
    if missed:
        raise SystemExit(f"below the target: {', '.join(f'AU{number}' for number in missed)}")


if __name__ == "__main__":
    main()
