"""What a training leaves to look at: ``steps.csv`` and ``epochs.csv``, the same in TensorBoard, and a live line."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from deft.loop import Step
from unimer.files import output_errors, write_text
from unimer.progress import console

LOSSES = ("language", "emotion", "au", "alignment", "decorrelation")
STEPS = ("step", "epoch", "loss", *LOSSES, "lr", "lr_lora", "norm", "tokens", "supervised", "seconds")
EPOCHS = ("epoch", "part", "clips", "uf1", "uar", "accuracy", "au_f1")


class Table:
    """A CSV file that grows; rows behind ``keep`` (by the first column) of an earlier run are dropped."""

    def __init__(self, path: Path, columns: Sequence[str], keep: int) -> None:
        self.path, self.columns = path, tuple(columns)
        rows = [] if keep == 0 else [row for row in read_table(path) if int(row[columns[0]]) <= keep]
        text = io.StringIO()
        writer = csv.DictWriter(text, self.columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        write_text(path, text.getvalue())

    def add(self, row: Mapping[str, object]) -> None:
        """Adds a line; it is on disk at once."""
        text = io.StringIO()
        csv.DictWriter(text, self.columns, lineterminator="\n").writerow(
            {name: f"{value:.6g}" if isinstance(value, float) else value for name, value in row.items()}
        )
        with output_errors(self.path), self.path.open("a", encoding="utf-8") as file:
            file.write(text.getvalue())


def read_table(path: Path) -> list[dict[str, str]]:
    """Rows of a CSV file; none where there is no file."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


class Logs:
    """The logs of a run. Only the main process has them."""

    def __init__(self, run: Path, step: int, epoch: int, total: int, live: bool) -> None:
        from torch.utils.tensorboard import SummaryWriter

        self.steps = Table(run / "steps.csv", STEPS, step)
        self.epochs = Table(run / "epochs.csv", EPOCHS, epoch)
        with output_errors(run):
            self.board = SummaryWriter(run / "tensorboard", purge_step=step + 1)
        self.live = Live(total) if live else None
        if self.live is not None:
            self.live.start()

    def close(self) -> None:
        """Ends the live line and the board's file."""
        self.board.close()
        if self.live is not None:
            self.live.stop()

    def step(self, done: Step) -> None:
        """One step."""
        row: dict[str, object] = {name: value for name, value in vars(done).items() if name != "parts"}
        self.steps.add({**row, **done.parts})
        scalars = {"loss": done.loss, "norm": done.norm, "lr": done.lr, **done.parts}
        for name, value in scalars.items():
            self.board.add_scalar(f"train/{name}", value, done.step)
        if self.live is not None:
            self.live.show(done)

    def epoch(self, epoch: int, part: str, scores: Mapping[str, float | None]) -> None:
        """Scores of the clips of a part that is looked at, or chosen on, after an epoch."""
        self.epochs.add({"epoch": epoch, "part": part, **scores})
        for name, value in scores.items():
            if value is not None and name != "clips":
                self.board.add_scalar(f"{part}/{name}", value, epoch)


class Live:
    """A bar with the losses, on a terminal only."""

    def __init__(self, total: int) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        shown = console()
        self._bar: Any = Progress(
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("steps"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[losses]}", markup=False),
            console=shown,
            transient=True,
            disable=not shown.is_terminal,
        )
        self._task = self._bar.add_task("steps", total=total, losses="")

    def start(self) -> None:
        """Shows it."""
        self._bar.start()

    def stop(self) -> None:
        """Removes it."""
        self._bar.stop()

    def show(self, done: Step) -> None:
        """The state after a step."""
        losses = "  ".join(f"{name} {value:.3f}" for name, value in {"loss": done.loss, **done.parts}.items())
        self._bar.update(self._task, completed=done.step, losses=losses)
