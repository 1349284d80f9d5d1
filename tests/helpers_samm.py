"""What the tests of SAMM, the SAMM long videos and CAS(ME)^2 share: corpora written in short, folders of empty files,
published counts."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from unimer.corpora import Corpus, read
from unimer.inspection import inspect
from unimer.records import AULabel, Clip, FrameMark
from unimer.settings import CorpusSettings
from unimer.synth import make_corpus


def settings(reader: str, root: Path, /, **changes: object) -> CorpusSettings:
    return CorpusSettings.model_validate({"corpus": reader, "root": str(root), **changes})


def read_corpus(reader: str, root: Path, /, **changes: object) -> Corpus:
    return read(settings(reader, root, **changes))


def mark(frame: FrameMark) -> str:
    """``120`` as annotated, ``120 snapped`` else, ``-`` where missing."""
    return "-" if frame.frame is None else f"{frame.frame} {frame.origin}".removesuffix(" annotated")


def marks(clip: Clip) -> tuple[str, str, str]:
    return mark(clip.onset), mark(clip.apex), mark(clip.offset)


def units(labels: Iterable[AULabel]) -> str:
    """``12 R15? 4B``: side, doubt and intensity as they are written."""
    sides = {"left": "L", "right": "R", "both": ""}
    return " ".join(f"{sides[a.side]}{a.au}{a.intensity or ''}{'?' * a.doubtful}" for a in labels)


def by_id(corpus: Corpus) -> dict[str, Clip]:
    """By id without the corpus."""
    return {clip.id.split("/", 1)[1]: clip for clip in corpus.clips}


def refused(corpus: Corpus) -> list[tuple[str, str, str]]:
    return [(r.clip_id.split("/", 1)[1], r.reasons[0].code, r.reasons[0].message) for r in corpus.rejections]


def balanced(corpus: Corpus) -> bool:
    """All rows are kept or rejected; all folders are used, belong to a rejected row, or are reported."""
    codes = [each.reasons[0].code for each in corpus.rejections]
    orphans = codes.count("clip.orphan")
    rejected = len(codes) - orphans - codes.count("frames.missing")
    used = len({clip.frames.path for clip in corpus.clips})
    rows = corpus.rows == len(corpus.clips) + len(codes) - orphans
    return rows and used + orphans <= corpus.folders <= used + orphans + rejected


def empty_frames(folder: Path, numbers: Iterable[int], name: str) -> None:
    """Files without content: readers only look at names."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in numbers:
        (folder / name.format(number)).touch()


def spread(total: float, count: int) -> list[float]:
    """Numbers that differ by less than two and have this sum; only the last may be a fraction."""
    base, rest = divmod(total, count)
    whole = [base + (at < int(rest)) for at in range(count)]
    whole[-1] += rest - int(rest)
    return [round(value, 4) for value in whole]


def differing(reader: str, root: Path, /, **changes: object) -> list[str]:
    """The counts that differ from the published ones; fails where there are none to compare with."""
    found = inspect(settings(reader, root, **changes))
    assert found.checks
    return [check.what for check in found.checks if not check.same]


def check_rendered(reader: str, out: Path, clips: int = 3, subjects: int = 2) -> Corpus:
    """A rendered corpus read back: ids, folders and marks are those of its truth."""
    made = make_corpus(reader, out, clips, subjects, seed=1, frames=(3, 4), size=(320, 240))
    corpus = read_corpus(reader, made.root)
    truth = [json.loads(line) for line in (made.truth / "truth.jsonl").read_text().splitlines()]
    there = {
        clip.id: [clip.frames.path, clip.onset.frame, clip.apex.frame, clip.offset.frame] for clip in corpus.clips
    }
    names = ("folder", "onset", "apex", "offset")
    assert there == {line["clip_id"]: [line[name] for name in names] for line in truth}
    assert corpus.rejections == []
    return corpus
