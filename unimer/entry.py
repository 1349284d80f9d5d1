"""How both command lines run: errors that are meant for users become a message and an exit code."""

from __future__ import annotations

import sys
from collections.abc import Callable

from unimer.errors import Stopped, UnimerError


def run(app: Callable[[], object], name: str) -> None:
    """Runs a Typer app. Exit codes: 2 wrong usage or input, 1 a run that stopped before its end, or a closed pipe."""
    try:
        app()
    except UnimerError as error:
        print(f"{name}: {error}", file=sys.stderr)
        sys.exit(1 if isinstance(error, Stopped) else 2)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
