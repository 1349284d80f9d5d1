"""Corpus readers. ``read(settings)`` gives clips with their annotation, whatever the corpus."""

from __future__ import annotations

import difflib
import gc
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from unimer.corpora import (  # noqa: F401 - importing a reader registers it
    casme,
    casme2,
    casme3_a,
    casme3_c,
    casme_sq,
    dfme,
    fourdme,
    generic,
    mmew,
    samm,
    samm_lv,
    smic,
    video,
)
from unimer.corpora.base import MAX_NAME, READERS, UNSAFE, Corpus
from unimer.corpora.cards import load_flags
from unimer.errors import InputError, SettingsError
from unimer.settings import CorpusSettings

__all__ = ["READERS", "Corpus", "names", "read", "recognise"]

MAX_DEPTH, MAX_FOLDERS = 6, 20_000
"""How far a folder is searched for what it looks like."""
TABLE_WEIGHT = 1_000
"""A coding file says more than a folder."""


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
    _check_drop(settings.drop)
    if not Path(settings.root).exists():
        raise InputError("the corpus root does not exist", path=settings.root)
    try:
        with _without_collection():
            return READERS[settings.corpus].read(settings)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", path=error.filename) from error
    except InputError as error:
        if isinstance(error, SettingsError) or str(error.path) != str(Path(settings.root)):
            raise
        looks = recognise(Path(settings.root))
        likelier = looks[: looks.index(settings.corpus)] if settings.corpus in looks else looks
        if not likelier:
            raise
        raise InputError(f"{error}\n  The folder looks like {' or '.join(likelier)}.") from error


def _check_drop(names: list[str]) -> None:
    """A flag that no clip can have would leave out nothing without a word."""
    known = load_flags()
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name.split(":")[0], known, n=1)
            hint = f"Did you mean {near[0]}?" if near else "docs/corpora.md lists the flags."
            raise SettingsError(f"drop: no flag is called {name!r}", remedy=hint)


@contextmanager
def _without_collection() -> Iterator[None]:
    """Clips are many small objects without cycles; searching them for cycles again and again takes a third of the
    time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def recognise(root: Path) -> list[str]:
    """Names of the readers whose folders or coding files lie below a folder, the likeliest first.

    Folders and file names are looked at, to a depth of six levels; nothing is opened.
    """
    scores: Counter[str] = Counter()
    for folder, _, files in _walk(root):
        place = f"{folder.parent.name}/{folder.name}"
        for name, reader in READERS.items():
            scores[name] += bool(reader.folders and reader.folders.fullmatch(place))
            scores[name] += TABLE_WEIGHT * sum(bool(reader.table and reader.table.fullmatch(file)) for file in files)
    return [name for name, score in sorted(scores.items(), key=lambda item: (-item[1], item[0])) if score]


def _walk(root: Path) -> Iterator[tuple[Path, list[str], list[str]]]:
    for number, (folder, folders, files) in enumerate(os.walk(root)):
        path = Path(folder)
        if len(path.parts) - len(root.parts) >= MAX_DEPTH or number >= MAX_FOLDERS:
            folders.clear()
        yield path, folders, files
