"""A build that a language model writes, through every fault there is and many kills: is anything lost or asked twice?

    python benchmarks/llm_faults.py [--requests 2000] [--kills 10]

Builds synthetic clips (each under many names, so that there are enough) twice with the scripted fault server of the
tests: once undisturbed, once with the same faults and the process killed at seeded moments. Prints what happened and
exits 1 unless the two builds are equal byte for byte, every clip ended accepted or rejected with a reason, and nothing
was asked again whose answer was in the log.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.conftest import tree
from tests.fault_server import serving
from tests.test_llm_build import MIXED
from unimer.llm.write import LOG
from unimer.synth import make_corpus

MADE = 12
DRAFTS_A_CLIP = 2.9
"""Two tasks and their repairs, with the faults of MIXED."""
SLOTS = 8


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--requests", type=int, default=2000)
    options.add_argument("--kills", type=int, default=10)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        sys.exit(0 if compare(Path(name), given.requests, given.kills) else 1)


def compare(work: Path, requests: int, kills: int) -> bool:
    """Both builds; whether they are equal and nothing was asked twice."""
    recipe = work / "recipe.json"
    manifest(work, round(requests / DRAFTS_A_CLIP))
    with serving(work / "calm", MIXED, seed=3) as server:
        recipe.write_text(json.dumps(settings(work, server.url)))
        began = time.perf_counter()
        build(recipe, work / "undisturbed").wait()
        print(f"undisturbed: {time.perf_counter() - began:.0f} s")
    out = work / "killed"
    shutil.copytree(work / "undisturbed" / "media", out / "media")
    for stage in ("motion", "text"):
        shutil.copytree(work / "undisturbed" / ".unimer" / stage, out / ".unimer" / stage)
    moments, logged, repeated = random.Random(7), set[str](), 0
    with serving(work / "wild", replace(MIXED, latency=0.02), seed=3, port=server.port) as server:
        for turn in range(kills + 1):
            before = len(server.accesses())
            process = build(recipe, out)
            if turn < kills:
                time.sleep(4 + moments.random() * 6)
                process.send_signal(signal.SIGKILL)
            process.wait()
            repeated += sum(access["request"] in logged for access in server.accesses()[before:])
            logged = answered(out)
        tries = server.accesses()
    return report(work, tries, repeated, kills)


def report(work: Path, tries: list[dict[str, object]], repeated: int, kills: int) -> bool:
    faults = Counter(str(t["fault"]) for t in tries if t["fault"])
    contents = Counter(str(t["content"]) for t in tries if t["content"] and t["answered"])
    equal = tree(work / "killed") == tree(work / "undisturbed")
    written = json.loads((work / "killed" / "manifest.json").read_text())
    print(f"tries {len(tries)}, requests {len({t['request'] for t in tries})}, killed {kills} times")
    print(f"faults {dict(faults.most_common())}")
    print(f"answers that were not good {dict(contents.most_common())}")
    print(f"build: {written['counts']}, {written['writing']}")
    print(f"asked again although the answer was in the log: {repeated}")
    print(f"equal to the undisturbed build, byte for byte: {'yes' if equal else 'NO'}")
    return equal and repeated == 0


def manifest(work: Path, clips: int) -> None:
    """The synthetic clips, each under many names."""
    made = make_corpus("casme2", work / "synth", MADE, 4, 5, magnitude=(1.5, 3.0))
    truths = [json.loads(line) for line in (made.truth / "truth.jsonl").read_text().splitlines()]
    lines = ["path,subject,clip,onset,apex,offset,aus,emotion"]
    for i in range(clips):
        t = truths[i % MADE]
        lines.append(
            f"{t['folder']},{t['subject']},c{i:05d},{t['onset']},{t['apex']},{t['offset']},{t['label']},{t['emotion']}"
        )
    (made.root / "manifest.csv").write_text("\n".join(lines) + "\n")


def settings(work: Path, url: str) -> dict[str, object]:
    corpus = {"corpus": "generic", "root": str(work / "synth" / "corpus")}
    writer = {"model": "scripted", "base_url": url, "timeout": 2.0, "concurrency": SLOTS, "duplicates": 1.0}
    return {"corpora": [corpus], "writer": writer}


def build(recipe: Path, out: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "unimer", "build", str(recipe), "--out", str(out), "--workers", "2"]
    return subprocess.Popen(command, stderr=subprocess.DEVNULL)


def answered(out: Path) -> set[str]:
    """Hashes of the requests whose answer is in the log, as the server calls them."""
    from tests.fault_server import body_hash

    lines = (out / LOG).read_bytes().splitlines() if (out / LOG).exists() else []
    found = set()
    for line in lines:
        try:
            found.add(body_hash(json.loads(line)["payload"]))
        except ValueError:  # the torn last line of a killed process
            continue
    return found


if __name__ == "__main__":
    main()
