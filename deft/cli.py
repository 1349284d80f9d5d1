"""The command line ``deft``: parses, calls the library, prints. Data and ``--json`` go to stdout, else stderr."""

from __future__ import annotations

import sys

import typer

from deft import commands
from deft.bench.command import app as bench
from unimer.errors import Stopped, UnimerError

app = typer.Typer(
    name="deft",
    help="Train and judge DEFT, the three-expert model for micro-expressions, on Uni-MER data.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def main() -> None:
    """Entry point: turns the exceptions that are meant for users into messages and exit codes."""
    try:
        app()
    except UnimerError as error:
        print(f"deft: {error}", file=sys.stderr)
        sys.exit(1 if isinstance(error, Stopped) else 2)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)


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
