"""The command line ``deft``: parses, calls the library, prints. Data and ``--json`` go to stdout, else stderr."""

from __future__ import annotations

import typer

from deft import commands
from deft.bench.command import app as bench
from unimer.entry import run

app = typer.Typer(
    name="deft",
    help="Train and judge DEFT, the three-expert model for micro-expressions, on Uni-MER data.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def main() -> None:
    """Entry point."""
    run(app, "deft")


def _print_version(wanted: bool) -> None:
    if wanted:
        from deft import __version__

        typer.echo(f"deft {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: bool = typer.Option(
        False, "--version", callback=_print_version, is_eager=True, help="Print the version."
    ),
) -> None:
    pass


commands.register(app)
app.add_typer(bench)
