"""DEFT: three experts (structure, dynamic texture, motion semantics) before a small language model."""

from unimer import __version__

__all__ = ["__version__"]
