"""Clips per second of the whole build, where the time goes, and how memory grows with the number of clips.

    python benchmarks/throughput.py [--clips 240] [--memory]

Prints (a) the build at 1 and 2 workers and its ratio to decode + landmarks + flow alone, in the same run; (b) time a
stage; with --memory (c) peak memory of a build of 100 and of 1,000 clips (the same frames under other clip names).
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

MADE = 40
BUILD = """
import resource, sys, time
from pathlib import Path
from unimer.build import build
from unimer.settings import BuildSettings
corpus = {"corpus": "generic", "root": sys.argv[1], "annotations": sys.argv[2]}
settings = BuildSettings.model_validate({"corpora": [corpus]})
began = time.perf_counter()
build(settings, Path(sys.argv[3]), int(sys.argv[4]))
seconds = time.perf_counter() - began
peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
print(seconds, peak / 1024)
"""
ALONE = """
import sys, time
from pathlib import Path
import cv2
from unimer.corpora import read
from unimer.frames import open_frames
from unimer.motion.measure import measure
from unimer.settings import CorpusSettings, FaceSettings, MotionSettings
cv2.setNumThreads(1)
began = time.perf_counter()
for clip in read(CorpusSettings(corpus="generic", root=sys.argv[1], annotations=sys.argv[2])).clips:
    with open_frames(clip.frames, Path(sys.argv[1])) as frames:
        measure(frames, clip, FaceSettings(), MotionSettings(), "spot")
print(time.perf_counter() - began)
"""


def main() -> None:
    """Makes the corpus, times, prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=int, default=240)
    parser.add_argument("--memory", action="store_true", help="also build 100 and 1,000 clips")
    options = parser.parse_args()
    console = Console(highlight=False)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        root = make_corpus(work, min(options.clips, MADE))
        console.print(f"{options.clips} clips ({MADE} synthetic ones under several names), 640x480 JPEG, 200 fps")
        manifest = write_manifest(root, work / "manifest.csv", options.clips)
        alone = [run(ALONE, root, manifest)[0]]
        built = [run(BUILD, root, manifest, work / "out1", 1)[0]]
        alone.append(run(ALONE, root, manifest)[0])
        built.append(run(BUILD, root, manifest, work / "out1b", 1)[0])
        two = run(BUILD, root, manifest, work / "out2", 2)[0]
        table = Table("what", "clips/s", "ratio", title="each in a process of its own; twice in turn, 2 workers once")
        for name, seconds in (("decode + landmarks + flow alone", alone), ("unimer build, 1 worker", built)):
            rates = " ".join(f"{options.clips / each:.1f}" for each in seconds)
            table.add_row(name, rates, " ".join(f"{s / a:.2f}" for s, a in zip(seconds, alone, strict=True)))
        table.add_row("unimer build, 2 workers", f"{options.clips / two:.1f}", f"{two / min(alone):.2f}")
        console.print(table)
        few = write_manifest(root, work / "few.csv", min(options.clips, MADE))
        console.print(stage_table(root, few, work / "profile", min(options.clips, MADE)))
        if options.memory:
            memory = Table("clips", "peak MiB of the largest process", title="memory, 1 worker")
            for clips in (100, 1_000):
                manifest = write_manifest(root, work / f"m{clips}.csv", clips)
                _, peak = run(BUILD, root, manifest, work / f"mem{clips}", 1)
                memory.add_row(str(clips), f"{peak:.0f}")
            console.print(memory)


def make_corpus(work: Path, clips: int) -> Path:
    """A synthetic CASME II tree."""
    from unimer import synth

    return synth.make_corpus("casme2", work / "casme2", clips=clips, subjects=8, seed=11).root


def write_manifest(root: Path, path: Path, clips: int) -> Path:
    """A generic manifest over the tree's clips, repeated under other names until there are ``clips``."""
    import csv

    from unimer.corpora import read
    from unimer.facs.grammar import format_aus
    from unimer.settings import CorpusSettings

    found = read(CorpusSettings(corpus="casme2", root=str(root))).clips
    with path.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["path", "subject", "clip", "onset", "apex", "offset", "aus", "emotion", "fps"])
        for number in range(clips):
            clip = found[number % len(found)]
            marks = [clip.onset.frame, clip.apex.frame, clip.offset.frame]
            row = [clip.frames.path, clip.subject, f"{clip.clip}-{number}", *marks, format_aus(clip.aus)]
            writer.writerow([*row, clip.emotion_raw, 200])
    return path


def run(code: str, *arguments: object) -> list[float]:
    """The numbers that a process of its own prints: seconds, and for a build the peak MiB."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [float(number) for number in printed.split()]


def stage_table(root: Path, manifest: Path, out: Path, clips: int) -> Table:
    """Milliseconds a clip and stage of a build in this process: of so few clips that no other process writes."""
    from unimer import stages
    from unimer.build import build
    from unimer.settings import BuildSettings

    spent: dict[str, float] = {}

    def timed(name: str) -> None:
        function: Callable[..., Any] = getattr(stages, name)

        def wrapper(*args: Any, **kwargs: Any) -> Any:
            began = time.perf_counter()
            try:
                return function(*args, **kwargs)
            finally:
                spent[name] = spent.get(name, 0.0) + time.perf_counter() - began

        setattr(stages, name, wrapper)

    names = ["motion_key", "measure", "label_clip", "_write_media", "weigh", "compose", "check_sample", "write_text"]
    for name in names:
        timed(name)
    began = time.perf_counter()
    corpus = {"corpus": "generic", "root": str(root), "annotations": str(manifest)}
    build(BuildSettings.model_validate({"corpora": [corpus]}), out)
    whole = time.perf_counter() - began
    table = Table(
        "stage",
        "ms a clip",
        "share",
        title="where the time goes, 1 process (a thread writes while the next clip is measured)",
    )
    for name in names:
        table.add_row(name.strip("_"), f"{1000 * spent[name] / clips:.1f}", f"{100 * spent[name] / whole:.0f} %")
    rest = whole - sum(spent.values())
    table.add_row(
        "the rest: reading, assembling, card, report, less what overlaps",
        f"{1000 * rest / clips:.1f}",
        f"{100 * rest / whole:.0f} %",
    )
    return table


if __name__ == "__main__":
    main()
