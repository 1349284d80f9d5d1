"""The commands of ``deft`` that work on runs. Nothing heavy is imported before a command runs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from unimer.errors import SettingsError

if TYPE_CHECKING:
    from deft.settings import DeftSettings

Data = Annotated[Path, typer.Option("--data", help="A folder that `unimer build` wrote, or its unimer.jsonl.")]
Changes = Annotated[
    list[str] | None, typer.Option("--set", help="Change a setting: model.llm=none, train.epochs=5, train.seed=1")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]


def train(
    recipe: Annotated[Path, typer.Argument(help="Recipe (YAML); see pipelines/ and docs/deft.md.")],
    data: Data,
    out: Annotated[Path, typer.Option("--out", help="Folder of the run; an interrupted one in it goes on.")],
    changes: Changes = None,
) -> None:
    """Train a model on a build's split train. On several devices: accelerate launch -m deft train ..."""
    from deft.train import train as run

    settings = read_settings(recipe, changes)
    _quiet()
    done = run(settings, data, out, say)
    say(f"{done.steps} steps, {done.seconds} s on {done.device}")
    for part, scores in done.scores.items():
        say(f"  {part}: {_line(scores)}")
    say(f"{out}/README.md   {out}/steps.csv   {out}/model")


def read_settings(recipe: Path, changes: list[str] | None) -> DeftSettings:
    """The recipe with changes."""
    from deft.settings import DeftSettings
    from unimer.recipes import read_settings as read

    return read(DeftSettings, recipe, changes or [])


def say(text: str) -> None:
    """A line on stderr."""
    print(text, file=sys.stderr, flush=True)


def _line(scores: dict[str, Any]) -> str:
    names = {"uf1": "UF1", "uar": "UAR", "accuracy": "accuracy", "au_f1": "AU F1"}
    found = [f"{title} {scores[name]:.3f}" for name, title in names.items() if scores.get(name) is not None]
    return ", ".join([f"{scores['clips']} clips", *found])


def _quiet() -> None:
    """transformers' own bars and notes would stand between ours."""
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    for command in (train,):
        app.command()(command)
