"""Writes a run's model card (README.md)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jinja2
import yaml

from deft.runs import MODEL, Run
from unimer.files import write_text


def write_card(out: Path, run: Run) -> None:
    """Writes ``README.md`` into a run's folder."""
    templates = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # Markdown
    )
    text = templates.get_template("card.md.j2").render(
        run=run,
        settings=run.settings,
        data=run.data,
        model=MODEL,
        experts=run.settings.model.experts.enabled,
        minutes=f"{(run.seconds or 0) / 60:.1f}",
        versions=", ".join(f"{name} {number}" for name, number in run.versions.items()),
        yaml=yaml.safe_dump(run.settings.model_dump(mode="json"), sort_keys=False).rstrip(),
        shown=shown,
    )
    write_text(out / "README.md", text)


def shown(scores: dict[str, Any], name: str) -> str:
    """``0.731 (0.65-0.80)``; a dash where there is no such score."""
    value, interval = scores.get(name), scores.get("intervals", {}).get(name)
    if value is None:
        return "—"
    return f"{value:.3f}" + ("" if interval is None else f" ({interval[0]:.2f}-{interval[1]:.2f})")
