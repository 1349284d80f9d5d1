"""Corpus readers. ``read(settings)`` gives clips with their annotation, whatever the corpus."""

from __future__ import annotations

from pathlib import Path

from unimer.corpora import casme2, generic, video  # noqa: F401 - importing a reader registers it
from unimer.corpora.base import MAX_NAME, READERS, UNSAFE, Corpus
from unimer.errors import InputError, SettingsError
from unimer.settings import CorpusSettings

__all__ = ["READERS", "Corpus", "names", "read"]


def names() -> list[str]:
    """Names of all readers, sorted."""
    return sorted(READERS)


def read(settings: CorpusSettings) -> Corpus:
    """Read a corpus: list its folders and its coding file; no picture is opened.

    Raises:
        SettingsError: no such reader, or an option it does not know.
        InputError: the root or the coding file cannot be used, or no clip is left.
    """
    if settings.name is not None and (UNSAFE.search(settings.name) or not settings.name.strip(". ")):
        raise SettingsError(f"a corpus cannot be called {settings.name!r}", remedy="It becomes part of a path.")
    if settings.name is not None and len(settings.name.encode()) > MAX_NAME:
        raise SettingsError(f"the name of a corpus is longer than {MAX_NAME} bytes: {settings.name[:40]}...")
    if settings.corpus not in READERS:
        raise SettingsError(f"no reader is called {settings.corpus!r}", remedy=f"Readers: {', '.join(names())}")
    if not Path(settings.root).exists():
        raise InputError("the corpus root does not exist", path=settings.root)
    try:
        return READERS[settings.corpus].read(settings)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", path=error.filename) from error
