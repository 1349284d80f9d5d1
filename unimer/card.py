"""Writes a build's data card (README.md) from the manifest and the corpora's fact files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jinja2
import yaml

from unimer.errors import InputError
from unimer.files import write_text
from unimer.records import Manifest
from unimer.resources import PACKAGE, load_yaml

VERDICTS = ("supported", "contradicted", "unverified", "unmeasurable", "unobservable")
OWN_CARD = "unimer-card.yaml"
"""A corpus folder may describe itself in such a file; the fact file of the reader is used otherwise."""
FIELDS = ("title", "licence", "access", "citation")
AU_SOURCES = {
    "annotation": "the corpora's own annotation",
    "openface": "an imported table of OpenFace",
    "pyfeat-table": "an imported table of py-feat",
    "pyfeat": "py-feat's detector",
    "blendshapes": "the change of MediaPipe's blendshape scores (never validated against FACS coders)",
    "deft": "a DEFT model's guesses",
}


def environment() -> jinja2.Environment:
    """Templates of the package; an undefined name is an error."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(PACKAGE / "templates"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=jinja2.select_autoescape(["html", "html.j2"]),
    )


def read_card(reader: str, root: Path) -> dict[str, Any]:
    """Title, licence, access and citation of a corpus: its own ``unimer-card.yaml``, else the reader's facts.

    Raises:
        InputError: the corpus's own card lacks a field or is not YAML.
    """
    own = root / OWN_CARD
    if not own.is_file():
        facts = load_yaml(f"data_cards/{reader}.yaml")
        return {field: facts.get(field) for field in FIELDS}
    try:
        facts = yaml.safe_load(own.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InputError(f"cannot be read as YAML: {error}", path=own) from error
    missing = [name for name in FIELDS[:3] if not (isinstance(facts, dict) and isinstance(facts.get(name), str))]
    if missing:
        raise InputError(f"'{missing[0]}' is missing or no text", path=own, remedy=f"fields: {', '.join(FIELDS)}")
    return {field: facts.get(field) for field in FIELDS}


def size_category(samples: int) -> str:
    """The Hugging Face size bucket."""
    for limit, name in ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M")):
        if samples < limit:
            return name
    return "n>1M"


def _writers(manifest: Manifest) -> str:
    composer = "the composer (templates; deterministic under the seed)"
    writer, counts = manifest.settings.get("writer"), manifest.writing
    if writer is None:
        return composer
    passed = counts.get("passed at once", 0) + counts.get("passed after repair", 0)
    return (
        f"{composer}; the tasks {', '.join(writer['tasks'])} by the language model `{writer['model']}` from the "
        f"evidence record alone, every draft checked like any text ({passed} of {counts.get('drafts', 0)} drafts "
        f"passed; for {counts.get('composer stands in', 0)} texts the composer stands in)"
    )


def write_card(out: Path, manifest: Manifest) -> None:
    """Writes README.md with Hugging Face front matter."""
    settings, labels = manifest.settings, manifest.label_sources
    text = (
        environment()
        .get_template("card.md.j2")
        .render(
            title=settings["title"],
            manifest=manifest,
            size_category=size_category(manifest.counts["samples"]),
            verdict_names=VERDICTS,
            motion=settings["motion"],
            evidence=settings["evidence"],
            au_sources=[f"{n} from {AU_SOURCES[source]}" for source, n in labels.items()],
            annotated="annotation" in labels,
            detected=any(source != "annotation" for source in labels),
            writers=_writers(manifest),
        )
    )
    write_text(out / "README.md", text)
