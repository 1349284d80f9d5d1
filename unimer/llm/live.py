"""The live table of a language model's work."""

from __future__ import annotations

import time

from rich.table import Table

from unimer.llm.write import Progress

REASONS = 8


def table(progress: Progress, now: float | None = None) -> Table:
    """Accepted, repaired and refused drafts by reason, requests, tokens, cost and the time that is left.

    Args:
        now: seconds of the monotonic clock.
    """
    counters = progress.counters
    grid = Table.grid(padding=(0, 2))
    grid.add_row("clips", f"{progress.done} of {progress.total}", _left(progress, now))
    grid.add_row("accepted", str(progress.accepted), f"{progress.repaired} after repair")
    grid.add_row("no draft passed", str(progress.failed), "")
    for code, n in sorted(progress.reasons.items(), key=lambda item: (-item[1], item[0]))[:REASONS]:
        grid.add_row("  refused", str(n), code)
    spent = counters.spent
    grid.add_row("requests", str(counters.asked), f"{counters.from_log} from the log")
    grid.add_row("tokens", f"{spent.tokens_in} in", f"{spent.tokens_out} out")
    if counters.cost:
        grid.add_row("cost", f"{counters.cost:.2f}", "")
    for line in counters.errors():
        grid.add_row("", "", line)
    return grid


def _left(progress: Progress, now: float | None) -> str:
    """Time left at the rate of this run."""
    done = progress.done - progress.cached
    if done <= 0 or progress.done >= progress.total:
        return ""
    elapsed = (time.monotonic() if now is None else now) - progress.started
    seconds = elapsed / done * (progress.total - progress.done)
    return f"about {seconds / 60:.0f} min left" if seconds >= 90 else f"about {seconds:.0f} s left"
