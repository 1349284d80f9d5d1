"""On-disk layouts of the corpora, one module each with a ``LAYOUT``."""

from __future__ import annotations

from importlib import import_module

from unimer.errors import SettingsError
from unimer.synth.layouts.base import Layout

LAYOUTS = ("4dme", "casme", "casme2", "casme3_a", "casme3_c", "casme_sq", "dfme", "mmew", "samm", "samm_lv", "smic")
_MODULES = {"4dme": "fourdme"}


def get_layout(name: str) -> Layout:
    """The layout of a corpus.

    Raises:
        SettingsError: there is none of that name.
    """
    if name not in LAYOUTS:
        raise SettingsError(f"unknown layout {name!r}; known: {', '.join(LAYOUTS)}")
    layout: Layout = import_module(f"unimer.synth.layouts.{_MODULES.get(name, name)}").LAYOUT
    return layout
