"""The command ``unimer plan``: what a language model's part of a build will take, before it is spent."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:  # loading these takes longer than printing the help
    from unimer.llm.plan import Plan
    from unimer.llm.plan_ranges import Range

SHOWN = 10
"""Probed texts printed; --json has them all."""


def plan(
    recipe: Annotated[Path, typer.Argument(help="Recipe (YAML) with a writer.")],
    out: Annotated[
        Path | None, typer.Option("--out", help="Build folder: what it holds counts, what is done here is kept there.")
    ] = None,
    probe: Annotated[int, typer.Option(min=0, help="Really ask the model about so many clips (costs).")] = 0,
    clips: Annotated[int, typer.Option(min=2, help="Clips measured to extrapolate from.")] = 24,
    changes: Annotated[
        list[str] | None, typer.Option("--set", help="Change a setting: writer.model=small, corpora.0.root=/data")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes that measure.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")] = False,
) -> None:
    """Before spending: number of requests, sample prompts, tokens, cost and time; with --probe real answers."""
    from unimer.recipes import read_recipe

    settings = read_recipe(recipe, changes or [])
    from unimer.llm.plan import plan as run
    from unimer.progress import Bar

    with Bar("clips measured") as step:
        found = run(settings, out, clips, probe, workers, step)
    if as_json:
        typer.echo(found.model_dump_json(indent=1))
    else:
        _print(found)


def _print(found: Plan) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False, markup=False, soft_wrap=True)
    for prompt in found.prompts:
        console.rule(f"{prompt.task}: {prompt.sample} (about {prompt.tokens} tokens)")
        for message in prompt.messages:
            console.print(f"{message['role'].upper()}: {message['content']}\n")
    for each in found.probed[:SHOWN]:
        verdict = "no draft passed" if each.text is None else f"passed at attempt {each.attempts}"
        console.rule(f"{each.sample}: {verdict}")
        for draft in each.refused:
            why = "; ".join(f"{reason.code}: {reason.message}" for reason in draft.reasons)
            console.print(f"  attempt {draft.attempt} refused: {why}\n    {draft.answer}")
        if each.text is not None:
            console.print(f"  {each.text}")
    if len(found.probed) > SHOWN:
        console.print(f"... and {len(found.probed) - SHOWN} more (--json has all of them)")
    console.print(
        f"{found.clips} clips, {found.measured} measured, {found.written} written already; what is left:", style="bold"
    )
    table = Table("", "from", "likely", "to")
    spans = {
        "first requests": found.first,
        "requests with repairs": found.requests,
        "tokens in": found.tokens_in,
        "tokens out": found.tokens_out,
    }
    for name, span in spans.items():
        table.add_row(name, *_cells(span, "{:,.0f}"))
    if found.cost is not None:
        table.add_row("cost", *_cells(found.cost, "{:,.2f}" if found.cost.high >= 10 else "{:.4f}"))
    if found.seconds is not None:
        table.add_row("minutes", *_cells(found.seconds, "{:,.1f}", 60))
    console.print(table)
    share = found.passed
    if share.value is not None and share.low is not None and share.high is not None:
        told = f"{100 * share.value:.0f} % [{100 * share.low:.0f}, {100 * share.high:.0f}]"
        console.print(f"of {len(found.probed)} probed texts passed: {told}")
    for note in found.notes:
        console.print(note)


def _cells(span: Range, form: str, unit: float = 1) -> list[str]:
    return ["?" if value is None else form.format(value / unit) for value in (span.low, span.likely, span.high)]
