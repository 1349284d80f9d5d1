"""Nothing is lost: in damaged copies of every corpus, what is kept, rejected and left over is all that is there."""

from __future__ import annotations

import os
import random
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from unimer.corpora import Corpus, read, rows
from unimer.corpora.places import Folders, frame_folder
from unimer.corpora.rows import Coding
from unimer.corpora.table import Row
from unimer.errors import InputError
from unimer.frames import is_frame
from unimer.settings import CorpusSettings
from unimer.synth import LAYOUTS, make_traps

SEEDS = range(int(os.environ.get("UNIMER_BALANCE_SEEDS", "6")))
GARBAGE: list[Any] = [
    None,
    "",
    "/",
    "-1",
    -1,
    0,
    10**12,
    "abc",
    "1.5",
    3.7,
    "ＬＯＮＧ" * 60,
    "a/b\\c",
    "?",
    "NaN",
    "\x07",
]
OPTIONS: dict[str, list[str]] = {
    "missing_apex": ["spot", "midpoint", "drop"],
    "missing_onset": ["first", "apex", "drop"],
    "missing_offset": ["mirror", "apex", "drop"],
    "corrections": ["none", "official", "community"],
}


class Spy:
    """Which rows of coding files were read, and the folders that were found."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.rows: Counter[tuple[str, int]] = Counter()
        self.folders = Folders(Path())
        counted, rejected = Coding._count, rows._reject_twice

        def count(coding: Coding, row: Row) -> None:
            self.rows[coding.path.name, row.number] += 1
            counted(coding, row)

        def reject_twice(clips: Any, folders: Folders) -> None:
            self.folders = folders
            rejected(clips, folders)

        monkeypatch.setattr(Coding, "_count", count)
        monkeypatch.setattr(rows, "_reject_twice", reject_twice)

    def read(self, name: str, root: Path, **options: str) -> Corpus:
        self.rows.clear()
        return read(CorpusSettings.model_validate({"corpus": name, "root": str(root), **options}))


@pytest.fixture(scope="module", params=LAYOUTS)
def whole(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    root = tmp_path_factory.mktemp("whole") / "corpus"
    make_traps(request.param, root)
    return request.param, root


def pictures(root: Path) -> set[Path]:
    """Folders that hold numbered pictures."""
    return {Path(place) for place, _, files in os.walk(root) if any(map(is_frame, files))}


def damage_folders(root: Path, chance: random.Random) -> None:
    """Frames and folders go, come and get other names."""
    for _ in range(chance.randint(1, 8)):
        place = chance.choice(sorted(pictures(root)) or [root])
        kind = chance.choice(["frames", "all frames", "folder", "rename", "copy", "empty", "number", "nested"])
        if place == root or not place.exists():
            continue
        files = sorted(path for path in place.iterdir() if path.is_file())
        if kind == "frames":
            for path in chance.sample(files, chance.randint(1, len(files))):
                path.unlink()
        elif kind == "all frames":
            for path in files:
                path.unlink()
        elif kind == "folder":
            shutil.rmtree(place)
        elif kind in ("rename", "copy"):
            other = place.with_name(chance.choice([place.name.upper(), f"{place.name} - Copy", "x", "s99_ne_01", "b"]))
            if not other.exists():
                shutil.copytree(place, other)
                if kind == "rename":
                    shutil.rmtree(place)
        elif kind == "empty":
            (place.parent / f"empty{chance.randint(1, 9)}").mkdir(exist_ok=True)
        elif kind == "number":
            shutil.copy(files[0], place / f"other_{chance.randint(0, 99999):05d}{files[0].suffix}")
        else:
            (place / place.name).mkdir(exist_ok=True)
            for path in files:
                path.rename(place / place.name / path.name)


def damage_tables(root: Path, wanted: set[tuple[str, int]], chance: random.Random) -> set[tuple[str, int]]:
    """Cells of the rows become garbage and some rows become empty; the rows that are left."""
    left = set(wanted)
    for path in sorted(root.rglob("*.xlsx")):
        numbers = sorted(number for name, number in wanted if name == path.name)
        if not numbers:
            continue
        book = openpyxl.load_workbook(path)
        sheet = next(each for each in book.worksheets if each.max_row >= numbers[0])
        for number in chance.sample(numbers, min(len(numbers), chance.randint(0, 3))):
            if chance.random() < 0.3:
                for cell in sheet[number]:
                    cell.value = None
                left.discard((path.name, number))
            else:
                # The first two columns name the clip: a row that loses both is a footer.
                cell = chance.choice(sheet[number][1:])
                value = chance.choice(GARBAGE)
                cell.value = None if value == "\x07" else value
        book.save(path)
    return left


def check(spy: Spy, corpus: Corpus, root: Path, wanted: set[tuple[str, int]]) -> None:
    orphans = [each for each in corpus.rejections if each.reasons[0].code == "clip.orphan"]
    assert corpus.rows == len(corpus.clips) + len(corpus.rejections) - len(orphans)
    folders = spy.folders
    assert corpus.folders == len(folders.found) + len(folders.twice)
    if wanted:
        assert spy.rows == Counter(wanted), "each row once"
        assert corpus.rows == len(wanted)
        assert len(orphans) == len(folders.left) + len(folders.twice)
    else:
        assert corpus.rows == len(folders.found) + len(folders.unreadable)
        assert len(orphans) == len(folders.twice)
    known = [*folders.found.values(), *(path for _, path in folders.twice), *map(root.joinpath, corpus.unread)]
    known = [path.parent if path.name == "color" else path for path in known]
    lost = [place for place in pictures(root) if not any(place.is_relative_to(path) for path in known)]
    assert not lost, "folders with pictures that are nowhere"
    assert len({clip.id for clip in corpus.clips}) == len(corpus.clips)
    for clip in corpus.clips:
        assert type(clip).model_validate_json(clip.model_dump_json()) == clip
        numbers = frame_folder(root / clip.frames.path)[1].files
        marks = [mark.frame for mark in (clip.onset, clip.apex, clip.offset) if mark.frame is not None]
        assert marks == sorted(marks), clip
        assert set(marks) <= set(numbers), clip
    for rejection in corpus.rejections:
        assert type(rejection).model_validate_json(rejection.model_dump_json()) == rejection
        assert rejection.reasons[0].message


@pytest.mark.parametrize("seed", SEEDS)
def test_damaged_copies_are_read_and_nothing_is_lost(
    whole: tuple[str, Path], seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, root = whole
    chance = random.Random(f"{name} {seed}")
    spy = Spy(monkeypatch)
    check(spy, spy.read(name, root), root, wanted := set(spy.rows))
    copy = tmp_path / "corpus"
    shutil.copytree(root, copy)
    damage_folders(copy, chance)
    left = damage_tables(copy, wanted, chance)
    options = {key: chance.choice(values) for key, values in OPTIONS.items()}
    try:
        corpus = spy.read(name, copy, **options)
    except InputError as error:
        expected = ("no usable clip", "writes the subject", "has a header but no rows")
        if not any(text in str(error) for text in expected):
            raise
    else:
        check(spy, corpus, copy, left)
