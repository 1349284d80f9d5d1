"""How long reading a corpus takes and how much memory it needs, each in a process of its own.

    python benchmarks/reading.py [--clips 100000]

Prints (a) a spreadsheet as large as DFME's (target: 2 s, 300 MB), (b) a tree of 100,000 clips (target: 60 s).
Everything is written to a temporary folder; the frame files are empty, and opening one stops the benchmark.
"""

from __future__ import annotations

import argparse
import csv
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from openpyxl import Workbook  # type: ignore[import-untyped]
from rich.console import Console
from rich.table import Table

HEADER = ["Subject", "Filename", "OnsetFrame", "ApexFrame", "OffsetFrame", "Emotion", "EmotionId", "Fps", "AU"]
EMOTIONS = ["anger", "contempt", "disgust", "fear", "happiness", "sadness", "surprise"]
AUS: list[str | int] = [4, "4+7", "L12", 12, "1+2+5+M58", "R1", "4+7+AD38", "15+17", "6+12", "R14+17", 43, "4+23"]
PUBLISHED = 7_526
READ = """
import resource, sys, time
from pathlib import Path
began = time.perf_counter()
from unimer.corpora import read
from unimer.corpora.dfme import COLUMNS
from unimer.corpora.table import read_table
from unimer.settings import CorpusSettings
def closed(event, arguments):
    if event == "open" and str(arguments[0]).endswith(".png"):
        raise RuntimeError(f"a frame was opened: {arguments[0]}")
sys.addaudithook(closed)
imported, used = time.perf_counter(), time.process_time()
root = Path(sys.argv[1])
if sys.argv[2] == "table":
    found = len(read_table(next(root.glob("CCAC2024.*")), COLUMNS, frozenset(COLUMNS)))
else:
    corpus = read(CorpusSettings(corpus="dfme", root=str(root)))
    found = len(corpus.clips)
    assert not corpus.rejections, corpus.rejections[0]
done, used = time.perf_counter(), time.process_time() - used
print(found, imported - began, done - imported, used, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def main() -> None:
    """Writes both trees, reads them, prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=int, default=100_000, help="clips of the large tree")
    clips = parser.parse_args().clips
    table = Table("what", "clips", "writing s", "import s", "reading s", "of it CPU", "peak MB", "target")
    with tempfile.TemporaryDirectory() as folder:
        small, large = Path(folder, "small"), Path(folder, "large")
        written = _write(small, PUBLISHED, spreadsheet=True)
        table.add_row("(a) spreadsheet alone", *_timed(small, "table", written), "2 s, 300 MB")
        table.add_row("(a) and its folders", *_timed(small, "corpus", written), "2 s, 300 MB")
        written = _write(large, clips, spreadsheet=False)
        table.add_row("(b) large tree", *_timed(large, "corpus", written), "60 s")
    for column in table.columns[1:]:
        column.justify = "right"
    Console(highlight=False, width=110).print(table)


def _timed(root: Path, what: str, written: float) -> list[str]:
    """Clips found; seconds of writing, of importing, of reading and those with the processor; peak MB."""
    command = [sys.executable, "-c", READ, str(root), what]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    found, *seconds, peak = output
    return [found, f"{written:.1f}", *(f"{float(value):.2f}" for value in seconds), f"{float(peak):.0f}"]


def _write(root: Path, clips: int, spreadsheet: bool) -> float:
    """Folders with three empty frame files each and the table of the training part; returns the seconds."""
    began = time.perf_counter()
    rows = list(_rows(clips))
    for row in rows:
        folder = root / "DFME_train" / str(row[1])
        folder.mkdir(parents=True)
        for number in row[2:5]:
            (folder / f"{number:05d}.png").touch()
    if spreadsheet:
        book = Workbook(write_only=True)
        sheet = book.create_sheet("Sheet1")
        for cells in (HEADER, *rows):
            sheet.append(cells)
        book.save(root / "CCAC2024.xlsx")
    else:
        with (root / "CCAC2024.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([HEADER, *rows])
    return time.perf_counter() - began


def _rows(clips: int) -> Iterator[list[str | int]]:
    """Rows as in the contest's table, eleven clips a subject, frames from 0 on."""
    for index in range(clips):
        subject, nth = divmod(index, 11)
        name = f"sub{subject + 1:04d}"
        onset, emotion = 7 * index % 300, index % 7
        marks: list[str | int] = [onset, onset + 20 + index % 13, onset + 60 + index % 17]
        labels: list[str | int] = [EMOTIONS[emotion], emotion, (500, 300, 200)[subject % 3], AUS[index % len(AUS)]]
        yield [name, f"{name}_{nth + 1:02d}", *marks, *labels]


if __name__ == "__main__":
    main()
