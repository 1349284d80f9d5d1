"""CASME II as published: objective classes, counts and sums of every coding version, a rendered corpus."""

from __future__ import annotations

from pathlib import Path

import openpyxl

from tests.casme2_fixture import ROWS, write_coding
from tests.helpers_corpora import check_rendered, flags, read_corpus, trap_tree
from unimer.corpora.cards import load_card
from unimer.corpora.casme2 import UNKNOWN_AUS
from unimer.inspection import inspect
from unimer.settings import CorpusSettings
from unimer.synth.layouts.base import write_workbook
from unimer.synth.layouts.casme2 import CLASSES, OBJECTIVE


def test_objective_classes_of_the_2014_coding(tmp_path: Path) -> None:
    """From the first sheet of their own file; a clip that it lacks is flagged, one only it has is ignored."""
    tree = trap_tree("casme2", tmp_path)
    corpus = read_corpus("casme2", tree)
    assert {clip.clip: clip.objective_class for clip in corpus.clips} == {**CLASSES, "EP06_01": None}
    assert flags(corpus)["sub07/EP06_01"] == ["objective.missing"]
    assert list(corpus.annotations) == ["CASME2-coding-20140508.xlsx", OBJECTIVE]
    assert corpus.version == "2014, objective classes"
    (tree / OBJECTIVE).unlink()
    plain = read_corpus("casme2", tree)
    assert {clip.objective_class for clip in plain.clips} == {None}
    assert (plain.version, "sub07/EP06_01" in flags(plain)) == ("2014", False)


def test_the_2019_coding_has_its_own_objective_classes(tmp_path: Path) -> None:
    tree = trap_tree("casme2", tmp_path)
    write_coding(tree / "CASME2-coding-20190701.xlsx", ROWS, objective=True)
    corpus = read_corpus("casme2", tree, version="2019")
    assert {clip.objective_class for clip in corpus.clips} == {3}
    assert (corpus.version, list(corpus.annotations)) == ("2019", ["CASME2-coding-20190701.xlsx"])


def full_size(root: Path, version: str) -> list[list[object]]:
    """Folders and rows with the published counts and sums of a version: subject, clip, marks, AUs, emotion, class."""
    counts = load_card("casme2").counts[version]
    words = [word for word, count in counts.emotion.items() for _ in range(count)]
    classes = [int(name) for name, count in counts.objective_class.items() for _ in range(count)]
    unknown = iter(sorted(UNKNOWN_AUS))
    rows: list[list[object]] = []
    for number, word in enumerate(words):
        subject, clip = (f"sub{number % 26 + 1:02d}", f"EP{number // 26 + 30}_01")
        aus = "4"
        if word == "others" and (key := next(unknown, None)):
            (subject, clip), aus = key, "?"
        place = root / "Cropped" / subject / clip
        place.mkdir(parents=True)
        for frame in (61, 90, 120):
            (place / f"reg_img{frame}.jpg").touch()
        marks: list[object] = [61, "/" if number == 254 else 90, 120]
        rows.append([subject[3:], clip, *marks, aus, word, classes[number] if classes else None])
    for column, name in ((2, "onset"), (3, "apex"), (4, "offset")):  # a frame off snaps to the existing one
        values = [int(str(row[column])) for row in rows if row[column] != "/"]
        missing = int(counts.frame_sums[name]) - sum(values)
        for at in range(len(values)):
            rows[at][column] = values[at] + missing // len(values) + (at < missing % len(values))
    return rows


def write_full(root: Path, rows: list[list[object]], name: str, objective: bool) -> None:
    header = ["Subject", "Filename", "Onset Frame", "Apex Frame", "OffsetFrame", "au", "emotion"]
    header += ["Objective Classes"] * objective
    book = openpyxl.Workbook()
    for row in [header, *rows]:
        book.worksheets[0].append(row[: len(header)])
    book.save(root / name)


def found_in(root: Path) -> tuple[str | None, list[str]]:
    """Version and the counts that differ from it."""
    found = inspect(CorpusSettings(corpus="casme2", root=str(root), missing_apex="spot"))
    assert found.rejected == []
    return found.version, [check.what for check in found.checks if not check.same]


def test_published_counts(tmp_path: Path) -> None:
    rows = full_size(tmp_path, "2014, objective classes")
    coding = tmp_path / "CASME2-coding-20140508.xlsx"
    write_full(tmp_path, rows, coding.name, objective=False)
    assert found_in(tmp_path) == ("2014", [])
    classes = [["Subject", "Filename", "Objective Class"], *([row[0], row[1], row[7]] for row in rows)]
    write_workbook(tmp_path / OBJECTIVE, {"Sheet1": classes, "Sheet2": [["01", "EP02_01f", 5]]})
    assert found_in(tmp_path) == ("2014, objective classes", [])
    rows[0][2] = int(str(rows[0][2])) + 1
    write_full(tmp_path, rows, coding.name, objective=False)
    assert found_in(tmp_path) == ("2014, objective classes", ["frame sums onset"])
    (tmp_path / OBJECTIVE).unlink()
    coding.unlink()
    write_full(tmp_path, [row for row in rows if row[5] != "?"], "CASME2-coding.xlsx", objective=False)
    assert found_in(tmp_path) == ("2014, known AUs", [])
    assert len(inspect(CorpusSettings(corpus="casme2", root=str(tmp_path))).orphans) == 5
    (tmp_path / "CASME2-coding.xlsx").unlink()
    write_full(tmp_path, rows[:247], "CASME2_label_Ver_2.xlsx", objective=False)
    assert found_in(tmp_path) == (None, [])


def test_published_counts_of_2019(tmp_path: Path) -> None:
    write_full(tmp_path, full_size(tmp_path, "2019"), "CASME2-coding-20190701.xlsx", objective=True)
    assert found_in(tmp_path) == ("2019", [])


def test_rendered(tmp_path: Path) -> None:
    check_rendered("casme2", tmp_path)
