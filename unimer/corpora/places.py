"""Where things are: clip folders whatever the nesting, coding files, paths as they may be shown."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path

from unimer.errors import InputError
from unimer.frames import Listing, is_frame, list_frames
from unimer.settings import CorpusSettings

Key = tuple[str, str]
"""Subject and clip (or recording), as a reader writes both; the clip in lower case."""


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def relative_to(path: Path, root: Path) -> str:
    """``path`` relative to ``root`` with ``/``; only the name where it lies elsewhere, so no private path leaks."""
    text, above = str(path), f"{root}{os.sep}"
    if text.startswith(above):  # the same, much faster
        return text.removeprefix(above).replace(os.sep, "/")
    path, root = path.absolute(), root.absolute()
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name


def subfolders(folder: Path) -> list[str]:
    """Names of the visible folders in a folder, sorted."""
    with os.scandir(folder) as entries:
        return sorted(entry.name for entry in entries if not entry.name.startswith(".") and entry.is_dir())


def folders_with(root: Path, child: re.Pattern[str], depth: int = 3) -> list[Path]:
    """Folders, at most ``depth`` levels below ``root``, that have a subfolder whose whole name matches ``child``.

    Finds a corpus whether ``root`` is the frame folder itself, its parent or doubly nested by an unpacked archive.
    """
    names = subfolders(root)
    if any(child.fullmatch(name) for name in names):
        return [root]
    found: list[Path] = []
    for name in names if depth else []:
        # What may not be listed is skipped: it need not belong to the corpus.
        with suppress(PermissionError):
            found += folders_with(root / name, child, depth - 1)
    return found


def frame_folder(folder: Path) -> tuple[Path, Listing]:
    """A clip's folder and its frames; goes one level down where the folder only wraps another one."""
    listing = list_frames(folder)
    inner = [] if listing.files else subfolders(folder)
    if len(inner) == 1:
        return folder / inner[0], list_frames(folder / inner[0])
    return folder, listing


def find_annotations(
    settings: CorpusSettings, folders: Iterable[Path], name: re.Pattern[str], what: str
) -> list[Path]:
    """The coding files: the given one, else all that match by name in the first folder that has any.

    Args:
        settings: ``annotations`` is relative to the working directory or the root.
        folders: where to look, the root first.
        name: pattern of the whole file name.
        what: how to call the file in the error message.

    Raises:
        InputError: there is none.
    """
    if settings.annotations is not None:
        path = Path(settings.annotations)
        path = path if path.exists() else Path(settings.root) / path
        if not path.is_file():
            text = "a folder, not an annotation file" if path.is_dir() else "the annotation file does not exist"
            raise InputError(text, path=settings.annotations)
        return [path]
    for folder in folders:
        if found := matching_files(folder, name):
            return found
    raise InputError(f"no {what} here", path=settings.root, remedy="Put it there or name it with `annotations`.")


def matching_files(folder: Path, name: re.Pattern[str]) -> list[Path]:
    """Files in a folder whose whole name matches, sorted; none where it may not be listed."""
    try:
        return sorted(path for path in folder.iterdir() if name.fullmatch(path.name) and path.is_file())
    except PermissionError:
        return []


def around(root: Path) -> list[Path]:
    """Where people put a coding file: in the root, one level below, beside the root."""
    return [root, *(root / name for name in subfolders(root)), root.absolute().parent]


def zero_filled(subject: str, width: int) -> str:
    """``1``, ``1.0``, ``sub01`` -> ``01``: subjects are text, but spreadsheets and CSV copies lose the zeros."""
    match = re.fullmatch(r"[A-Za-z]*\s*0*([0-9]+)(?:\.0+)?", subject.strip())
    return match[1].zfill(width) if match else subject.strip()


# --- Clip folders ----------------------------------------------------------------------------------------------------


@dataclass
class Folders:
    """The clip folders (or recordings) on disk, of one frame pack.

    Attributes:
        found: by key; every folder is listed once.
        left: those that no row has asked for yet.
        unreadable: folders that may not be listed, with the system's reason.
        twice: subject and folder where another folder has the key already.
        unread: folders with pictures that are no clips: in other frame packs, or not called like a clip.
    """

    root: Path
    found: dict[Key, Path] = field(default_factory=dict)
    left: dict[Key, Path] = field(default_factory=dict)
    unreadable: dict[Path, str] = field(default_factory=dict)
    twice: list[tuple[str, Path]] = field(default_factory=list)
    unread: list[Path] = field(default_factory=list)

    def take(self, subject: str, clip: str) -> Path | None:
        """The folder of a clip, which is then no orphan; None where there is none."""
        key = (subject, clip.lower())
        self.left.pop(key, None)
        return self.found.get(key)

    def why_missing(self, subject: str, clip: str) -> str:
        """What to tell about a clip without a folder."""
        number = re.sub(r"[^0-9]", "", subject).lstrip("0")
        for path, reason in self.unreadable.items():
            if number and re.sub(r"[^0-9]", "", path.name).lstrip("0") == number:
                return f"{relative_to(path, self.root)} cannot be listed: {reason}"
        return f"no folder {subject}/{clip}"


def clip_folders(
    root: Path,
    name: re.Pattern[str],
    key: Callable[[Path], tuple[str, str] | None],
    packs: Iterable[str] = (),
    depth: int = 8,
) -> Folders:
    """All folders below ``root`` whose whole name matches and for which ``key`` gives (subject, clip).

    A matching folder is not searched further; where ``key`` gives None the search goes on inside.

    Args:
        root: the corpus folder, a frame pack, or a folder around them.
        name: pattern of a clip folder's name.
        key: subject (canonical) and clip of a folder, from its name and its parents.
        packs: words in the paths of frame packs, best first, lower case. Only the best pack that is there is used:
            frames of two packs do not mix. Without packs all folders count.
        depth: levels below the root.
    """
    result = Folders(root)
    ranked: dict[int, list[tuple[Key, Path]]] = {}
    rank = cache(partial(_rank, root=root, packs=tuple(packs)))
    for (subject, clip), path in _matching(root, name, key, depth, result):
        ranked.setdefault(rank(path.parent), []).append(((subject, clip.lower()), path))
    for each, path in sorted(ranked.pop(min(ranked))) if ranked else []:
        if each in result.found:
            result.twice.append((each[0], path))
        else:
            result.found[each] = path
    result.unread += sorted(path for passed in ranked.values() for _, path in passed)
    result.left = dict(result.found)
    return result


def _matching(
    folder: Path, name: re.Pattern[str], key: Callable[[Path], Key | None], depth: int, result: Folders
) -> Iterator[tuple[Key, Path]]:
    try:
        children, pictures = _inside(folder)
    except OSError as error:
        result.unreadable[folder] = error.strerror or "unknown reason"
        return
    if pictures:
        result.unread.append(folder)
    for child in children:
        path = folder / child
        if name.fullmatch(child) and (found := key(path)) is not None:
            yield found, path
        elif depth:
            yield from _matching(path, name, key, depth - 1, result)


def _inside(folder: Path) -> tuple[list[str], bool]:
    """Names of the visible folders in a folder, sorted, and whether there are numbered pictures beside them."""
    names, pictures = [], False
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if entry.is_dir():
                names.append(entry.name)
            else:
                pictures = pictures or is_frame(entry.name)
    return sorted(names), pictures


def _rank(parent: Path, root: Path, packs: tuple[str, ...]) -> int:
    """Less is better: the place of the worst word in the path below the root (``RAW_selected`` is a selection).

    No word is worst.
    """
    place = parent.relative_to(root).as_posix().lower()
    return max((rank for rank, word in enumerate(packs) if word in place), default=len(packs))
