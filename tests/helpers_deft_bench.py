"""A small folder in the form of the flow pictures of MEGC2019: made up, learnable, with clips of two sets."""

from __future__ import annotations

import csv
from pathlib import Path

import cv2
import numpy as np

from deft.bench.data import CLASSES, COLUMNS, SIZE

# Where a class moves and how (u right, v down): brows lowered, mouth corners raised, brows raised.
MOVES = {"negative": ((4, 8), (0.0, 1.0)), "positive": ((18, 22), (0.0, -1.0)), "surprise": ((4, 8), (0.0, -1.0))}
AUS = {"negative": "4+L10", "positive": "R12", "surprise": "1+2"}


def make_folder(root: Path, persons: int = 6, clips: int = 4, noise: float = 0.3, seed: int = 0) -> Path:
    """Writes labels.csv and pictures: ``persons`` in each of two sets, ``clips`` of each class by every one."""
    chance = np.random.default_rng(seed)
    (root / "flow").mkdir(parents=True)
    rows = []
    for dataset in ("casme2", "smic"):
        for person in range(persons):
            for label in CLASSES:
                for number in range(clips):
                    clip = f"{label}_{number}"
                    path = f"flow/{dataset}_{person}_{clip}.png"
                    picture = _picture(label, noise, chance)
                    assert cv2.imwrite(str(root / path), picture[:, :, ::-1])
                    aus = AUS[label] if dataset == "casme2" else ""
                    rows.append(dict(zip(COLUMNS, (dataset, f"s{person}", clip, label, aus, path), strict=True)))
    with (root / "labels.csv").open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    return root


def _picture(label: str, noise: float, chance: np.random.Generator) -> np.ndarray:
    (top, bottom), vector = MOVES[label]
    flow = chance.normal(0, noise, (SIZE, SIZE, 3))
    flow[top:bottom, 4:24, :2] += vector
    flow[top:bottom, 4:24, 2] += 1.0
    flow -= flow.min((0, 1))
    return np.round(flow / flow.max((0, 1)) * 255).astype(np.uint8)
