"""Finds the data files that come with the package, in a wheel as well as in a checkout."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

PACKAGE = Path(__file__).parent


def resource(name: str) -> Path:
    """Path of a data file or folder, for example ``data/aus.yaml`` or ``data_cards``.

    In a wheel every such file lies inside the package; in a checkout ``data_cards`` and ``pipelines`` lie beside it.
    """
    for base in (PACKAGE, PACKAGE.parent):
        if (base / name).exists():
            return base / name
    raise FileNotFoundError(f"{name} is missing from the installation of unimer")


@cache
def load_yaml(name: str) -> Any:
    """Parsed YAML data file of the package; cached, so callers must not change what they get."""
    return yaml.load(resource(name).read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
