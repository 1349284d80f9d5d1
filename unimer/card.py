"""Writes a build's data card (README.md) from the manifest and the corpora's fact files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jinja2

from unimer.files import write_text
from unimer.records import Manifest, SourceInfo
from unimer.resources import PACKAGE, load_yaml

VERDICTS = ("supported", "contradicted", "unverified", "unmeasurable", "unobservable")
AU_SOURCES = {
    "none": "Only the corpora's own annotation.",
    "blendshapes": "The corpora's own annotation; where a clip has none, the change of MediaPipe's blendshape scores "
    "from onset to apex (never validated against FACS coders; marked `blendshapes`).",
    "pyfeat": "The corpora's own annotation; where a clip has none, py-feat's detector (marked `pyfeat`).",
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


def source_card(source: SourceInfo, settings: dict[str, Any]) -> dict[str, Any]:
    """The fact file of a corpus; found by the reader's name, since a corpus may be called otherwise in a recipe."""
    reader = next(c["corpus"] for c in settings["corpora"] if (c["name"] or c["corpus"]) == source.corpus)
    card: dict[str, Any] = {"citation": None, **load_yaml(f"data_cards/{reader}.yaml")}
    return card


def size_category(samples: int) -> str:
    """The Hugging Face size bucket."""
    for limit, name in ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M")):
        if samples < limit:
            return name
    return "n>1M"


def write_card(out: Path, manifest: Manifest) -> None:
    """Writes README.md with Hugging Face front matter."""
    settings = manifest.settings
    sources = [(source, source_card(source, settings)) for source in manifest.sources]
    aus = settings["aus"]
    text = (
        environment()
        .get_template("card.md.j2")
        .render(
            title=settings["title"],
            manifest=manifest,
            sources=sources,
            cards=list({card["name"]: card for _, card in sources}.values()),
            size_category=size_category(manifest.counts["samples"]),
            verdict_names=VERDICTS,
            motion=settings["motion"],
            evidence=settings["evidence"],
            au_sources=AU_SOURCES[aus["fallback"]] + (" Labels of an imported table." if aus["table"] else ""),
            writers="the composer (templates; deterministic under the seed)",
        )
    )
    write_text(out / "README.md", text)
