"""What a person sees on stderr while something takes long. Nothing heavy is imported before it is needed."""

from __future__ import annotations

from typing import Any


def console(stderr: bool = True) -> Any:
    """A rich console that adds no colour to words and breaks no line."""
    from rich.console import Console

    return Console(stderr=stderr, highlight=False, markup=False, soft_wrap=True)


class Bar:
    """Shows itself only on a terminal; called with (done, total)."""

    def __init__(self, unit: str) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        shown = console()
        self._bar = Progress(
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn(unit),
            TimeRemainingColumn(),
            console=shown,
            transient=True,
            disable=not shown.is_terminal,
        )
        self._task = self._bar.add_task(unit, total=None)

    def __enter__(self) -> Bar:
        self._bar.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self._bar.stop()

    def __call__(self, done: int, total: int) -> None:
        """Moves the bar."""
        self._bar.update(self._task, completed=done, total=total)


class LiveTable:
    """A live table of a language model's work, on a terminal; else only what the probe found, once.

    Called with a ``unimer.llm.write.Progress``.
    """

    def __init__(self) -> None:
        self._console = console()
        self._live: Any = None
        self._told = False

    def __enter__(self) -> LiveTable:
        return self

    def __exit__(self, *_: object) -> None:
        if self._live is not None:
            self._live.stop()

    def __call__(self, progress: Any) -> None:
        """Shows the state."""
        from unimer.llm.live import table

        if progress.notes and not self._told:
            self._told = True
            for note in progress.notes:
                self._console.print(f"writer: {note}")
        if not self._console.is_terminal:
            return
        if self._live is None:
            from rich.live import Live

            self._live = Live(console=self._console, transient=True, refresh_per_second=4)
            self._live.start()
        self._live.update(table(progress))
