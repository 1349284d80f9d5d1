"""The commands of ``deft`` that work on runs. Nothing heavy is imported before a command runs."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from unimer.errors import SettingsError
from unimer.progress import Bar

if TYPE_CHECKING:
    from deft.settings import DeftSettings

PARTS = ("train", "validation", "test", "all")
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
    if done.steps is None:  # not the main process
        return
    say(f"{done.steps} steps, {done.seconds} s on {done.device}")
    for part, scores in done.scores.items():
        say(f"  {part}: {_line(scores)}")
    say(f"{out}/README.md   {out}/steps.csv   {out}/model")


def evaluate(
    source: Annotated[Path, typer.Argument(help="A run's folder, or a recipe (YAML) with --protocol.")],
    data: Data,
    part: Annotated[
        str | None, typer.Option(help="A run: train, validation, test or all (clips of other people).")
    ] = None,
    protocol: Annotated[
        str | None, typer.Option(help="A recipe: loso, kfold, lodo, megc2019 ...; `unimer splits --list`.")
    ] = None,
    folds: Annotated[int, typer.Option(min=2, help="Folds of the protocol kfold.")] = 10,
    seeds: Annotated[int, typer.Option(min=1, help="A recipe: models a fold, one a seed.")] = 1,
    vqa: Annotated[Path | None, typer.Option(help="A run: answered ME-VQA questions about clips of --data.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Folder for the results; a run has its own.")] = None,
    changes: Changes = None,
    as_json: Json = False,
) -> None:
    """Judge a run on clips it has not seen, or a recipe by a protocol: trains on every fold, pools the predictions."""
    if source.is_dir() == (protocol is not None):
        raise SettingsError("give a run's folder, or a recipe with --protocol")
    if source.is_dir() and (changes or seeds > 1):
        raise SettingsError("--set and --seeds go with a recipe; a run is what it is")
    if protocol is not None and (part is not None or vqa is not None or out is None):
        raise SettingsError("a recipe needs --protocol and --out; --part and --vqa go with a run")
    if part not in (None, *PARTS):
        raise SettingsError(f"--part {part}: there are {', '.join(PARTS)}")
    from deft import evaluate as module
    from deft.evaluation_report import markdown, write_evaluation

    _quiet()
    if protocol is not None:
        assert out is not None
        with Bar("folds") as step:
            found = module.evaluate_protocol(read_settings(source, changes), data, protocol, folds, seeds, say, step)
    else:
        out = out or source / f"evaluation-{part or 'test'}"
        with Bar("answers") as step:
            found = module.evaluate_run(source, data, cast("module.Part", part or "test"), vqa, step)
    write_evaluation(out, found)
    typer.echo(json.dumps(found.document, indent=1) if as_json else markdown(found.document).rstrip())
    say(f"{out}/evaluation.md   {out}/evaluation.json")


def ablate(
    recipe: Annotated[Path, typer.Argument(help="Recipe (YAML).")],
    data: Data,
    out: Annotated[Path, typer.Option("--out", help="Folder for the results.")],
    protocol: Annotated[
        str | None, typer.Option(help="Folds, as in `deft evaluate`; default: the build's train and test.")
    ] = None,
    folds: Annotated[int, typer.Option(min=2, help="Folds of the protocol kfold.")] = 10,
    seeds: Annotated[int, typer.Option(min=1, help="Models a variant and fold, one a seed.")] = 1,
    changes: Changes = None,
    as_json: Json = False,
) -> None:
    """Train and judge with each expert off, and with each alone: what each of them carries."""
    from deft import ablate as module

    _quiet()
    found = module.ablate(read_settings(recipe, changes), data, protocol, folds, seeds, say)
    module.write_ablation(out, found)
    typer.echo(json.dumps(found, indent=1) if as_json else module.markdown(found).rstrip())


def predict(
    run: Annotated[Path, typer.Argument(help="A run's folder.")],
    clip: Annotated[str, typer.Argument(help="A video, a folder of frames, or with --data the id of a clip.")],
    out: Annotated[Path, typer.Option("--out", help="Folder for picture, record and measured motion.")],
    data: Annotated[Path | None, typer.Option("--data", help="A build that has the clip.")] = None,
    onset: Annotated[int | None, typer.Option(min=0, help="Frame where it begins; default: found, or first.")] = None,
    apex: Annotated[int | None, typer.Option(min=0, help="Frame of the largest motion; default: found.")] = None,
    offset: Annotated[int | None, typer.Option(min=0, help="Frame where it ends; default: found, or last.")] = None,
    as_json: Json = False,
) -> None:
    """Read one clip: class, Action Units, regions that moved, the text and whether the flow bears it out."""
    from deft import predict as module

    _quiet()
    found = module.predict(run, clip, out, data, module.Marks(onset, apex, offset))
    typer.echo(found.model_dump_json(indent=1) if as_json else "\n".join(module.lines(found)))
    say(f"{out}/prediction.png   {out}/prediction.json")


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

    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    for command in (train, evaluate, predict, ablate):
        app.command()(command)
