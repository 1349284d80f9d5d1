"""The commands ``deft bench ...``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    name="bench",
    help="Run benchmarks on prepared data.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.callback()
def _bench() -> None:
    pass


@app.command("megc2019-flow")
def megc2019_flow(
    root: Annotated[Path, typer.Option(help="Folder with labels.csv and the flow pictures it names.")],
    seeds: Annotated[int, typer.Option(min=1, help="How many seeds the networks get.")] = 3,
    threads: Annotated[int | None, typer.Option(min=1, help="Cores to use; otherwise torch decides.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")] = False,
) -> None:
    """Judge the motion expert on 28x28 flow pictures, leaving one subject out, beside an SVM, logistic regression
    and a small CNN on the same folds. Prints Markdown tables of UF1 and UAR."""
    from deft.bench import megc2019
    from deft.bench.data import read_clips

    clips = read_clips(root)
    megc2019.threads(threads)
    result = megc2019.run(clips, seeds, lambda text: typer.echo(text, err=True))
    typer.echo(json.dumps(result.document(), indent=1, ensure_ascii=False) if as_json else megc2019.markdown(result))
