"""``unimer audit``: draws texts for people to check, scores the checker. Parses, calls the library, prints."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer

from unimer.errors import SettingsError

if TYPE_CHECKING:
    from unimer.audit_score import AuditScore
    from unimer.proportions import Estimate

app = typer.Typer(
    help="People check the checker: draw texts as CSV, read their verdicts back, report precision and recall.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Build = Annotated[Path, typer.Argument(help="A finished build folder.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
SHOWN = 20
"""Disagreements printed; --json has them all."""


@app.command()
def draw(
    build: Build,
    out: Annotated[Path, typer.Option("--out", help="CSV file to write; must not exist.")],
    count: Annotated[int, typer.Option("--count", "-n", min=1, help="How many texts.")] = 200,
    seed: Annotated[int, typer.Option(min=0, help="Which texts.")] = 0,
    writer: Annotated[str, typer.Option(help="Only texts of: all, llm, composer.")] = "all",
    task: Annotated[list[str] | None, typer.Option(help="Only this task; may be repeated.")] = None,
    absolute: Annotated[
        bool, typer.Option("--absolute", help="Whole paths of the pictures, not relative to the build.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Draw accepted and refused texts for people to check, without saying which is which."""
    from unimer.audit import Writer
    from unimer.audit import draw as run

    known = next((name for name in get_args(Writer) if name == writer), None)
    if known is None:
        raise SettingsError(f"--writer {writer}: there are {', '.join(get_args(Writer))}")
    drawn = run(build, out, count, seed, known, task or [], absolute)
    strata = [
        {**stratum._asdict(), "texts": drawn.population[stratum], "drawn": n} for stratum, n in drawn.rows.items()
    ]
    rows = sum(drawn.rows.values())
    if as_json:
        _print_json({"file": str(out), "rows": rows, "strata": strata, "left_out": drawn.left_out})
        return
    sides = {side: sum(s["drawn"] for s in strata if s["outcome"] == side) for side in ("accepted", "refused")}
    _say(f"{rows} texts ({sides['accepted']} accepted, {sides['refused']} refused): {out}")
    for why, n in sorted(drawn.left_out.items()):
        _say(f"  left out: {n} refused texts: {why}")
    if not sides["refused"]:
        _say("  no text was refused: recall cannot be told from this sheet")
    _say("Fill the column `verdict` with true or false; what they mean is in docs/audit.md.")


@app.command()
def score(
    build: Build,
    files: Annotated[list[Path], typer.Argument(help="Filled sheets of the same draw, one a rater.")],
    as_json: AsJson = False,
) -> None:
    """Report how precise and complete the checker's refusals are, judged by people."""
    from unimer.audit_score import score as run

    result = run(build, files)
    if as_json:
        typer.echo(result.model_dump_json(indent=1))
    else:
        _print_score(result)


# --- printing --------------------------------------------------------------------------------------------------------


def _say(text: str) -> None:
    typer.echo(text, err=True)


def _print_json(document: dict[str, Any]) -> None:
    typer.echo(json.dumps(document, indent=1, ensure_ascii=False))


def _print_score(result: AuditScore) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False, markup=False, soft_wrap=True)
    table = Table("checker", "writer", "task", "texts", "drawn", "judged", "false")
    for column in table.columns:
        column.no_wrap = True
    for stratum in result.strata:
        numbers = (stratum.texts, stratum.drawn, stratum.judged, stratum.to_refuse)
        table.add_row(stratum.outcome, stratum.writer, stratum.task, *map(str, numbers))
    console.print(table)
    console.print(
        f"precision            {shown(result.precision)}  of the refused texts, these should be refused\n"
        f"recall               {shown(result.recall)}  of the texts that should be refused, these were\n"
        f"false acceptances    {shown(result.false_acceptances)}  of the accepted texts, these should be refused\n"
        f"Estimates for {result.texts['accepted']} accepted and {result.texts['refused']} refused texts; "
        "in brackets 95 % confidence intervals."
    )
    if result.uncovered:
        console.print(f"Left out: {result.uncovered} texts of kinds in which nobody judged one.")
    for rater in result.raters:
        counts = f"{rater.true} true, {rater.false} false, {rater.unsure} unsure, {rater.empty} without a verdict"
        console.print(f"{rater.file}: {counts}")
    for pair in result.agreement:
        told = "not defined" if pair.kappa is None else f"{pair.kappa:.2f}"
        files = " and ".join(pair.files)
        console.print(f"{files}: the same verdict on {shown(pair.same)} of {pair.texts} texts, Cohen's kappa {told}")
    if result.undecided:
        console.print(f"Raters are divided, left out: {', '.join(result.undecided)}")
    for each in result.disagreements[:SHOWN]:
        why = ", ".join(reason.code for reason in each.reasons)
        console.print(f"\n{each.outcome}, people differ: {each.sample} ({each.id}){': ' if why else ''}{why}")
        console.print(f"  {each.answer}")
        for comment in each.comments:
            console.print(f"  # {comment}")
    if len(result.disagreements) > SHOWN:
        console.print(f"\n... and {len(result.disagreements) - SHOWN} more (--json has all of them)")


def shown(estimate: Estimate) -> str:
    """``93.1 % [88.0, 96.2]``."""
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return "unknown"
    return f"{100 * estimate.value:5.1f} % [{100 * estimate.low:.1f}, {100 * estimate.high:.1f}]"
