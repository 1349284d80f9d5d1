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
CHILD = """
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
        alone = decode_landmarks_flow(root) * options.clips
        table = Table("what", "clips/s", "ratio to alone", title="whole build")
        table.add_row("decode + landmarks + flow alone, 1 process", f"{options.clips / alone:.1f}", "1.00")
        for workers in (1, 2):
            manifest = write_manifest(root, work / f"w{workers}.csv", options.clips)
            seconds, _ = run_build(root, manifest, work / f"out{workers}", workers)
            ratio = f"{seconds / alone:.2f}" if workers == 1 else "—"
            table.add_row(
                f"unimer build, {workers} worker(s), start of processes included",
                f"{options.clips / seconds:.1f}",
                ratio,
            )
        console.print(table)
        console.print(
            stage_table(root, write_manifest(root, work / "p.csv", options.clips), work / "profile", options.clips)
        )
        if options.memory:
            memory = Table("clips", "peak MiB of the largest process", title="memory, 1 worker")
            for clips in (100, 1_000):
                manifest = write_manifest(root, work / f"m{clips}.csv", clips)
                _, peak = run_build(root, manifest, work / f"mem{clips}", 1)
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


def run_build(root: Path, manifest: Path, out: Path, workers: int) -> tuple[float, float]:
    """Seconds and peak MiB of one build in a process of its own."""
    command = [sys.executable, "-c", CHILD, str(root), str(manifest), str(out), str(workers)]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return float(printed[-2]), float(printed[-1])


def decode_landmarks_flow(root: Path) -> float:
    """Seconds a clip for the measurement alone: what no build can do without."""
    import cv2

    from unimer.corpora import read
    from unimer.frames import open_frames
    from unimer.motion.measure import measure
    from unimer.settings import CorpusSettings, FaceSettings, MotionSettings

    cv2.setNumThreads(1)
    clips = read(CorpusSettings(corpus="casme2", root=str(root))).clips
    faces, motion = FaceSettings(), MotionSettings()

    def one(clip: Any) -> None:
        with open_frames(clip.frames, root) as frames:
            measure(frames, clip, faces, motion, "spot")

    one(clips[0])  # loads the model
    began = time.perf_counter()
    for clip in clips:
        one(clip)
    return (time.perf_counter() - began) / len(clips)


def stage_table(root: Path, manifest: Path, out: Path, clips: int) -> Table:
    """Milliseconds a clip and stage of a build in this process."""
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
