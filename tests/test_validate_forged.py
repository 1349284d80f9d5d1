"""Forgeries that leave every text as it was: labels, pictures, splits, evidence and manifest edited by hand."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from unimer.validate import validate

Line = dict[str, Any]
Edit = Callable[[list[Line]], object]


def forge(build: Path, edit: Edit, name: str = "unimer.jsonl") -> None:
    """Edits a JSONL file and then the manifest's checksum, as a careful forger would."""
    lines = [json.loads(line) for line in (build / name).read_text().splitlines()]
    edit(lines)
    (build / name).write_text("".join(json.dumps(line) + "\n" for line in lines))
    manifest = json.loads((build / "manifest.json").read_text())
    manifest["files"][name] = hashlib.sha256((build / name).read_bytes()).hexdigest()
    (build / "manifest.json").write_text(json.dumps(manifest))


def each(**changes: Any) -> Edit:
    return lambda lines: [line.update(changes) for line in lines]


def grounded(lines: list[Line]) -> Line:
    return next(line for line in lines if line["evidence"]["grounded"])


def supported(line: Line) -> Line:
    verdict: Line = next(v for v in line["evidence"]["aus"] if v["verdict"] == "supported")
    return verdict


def moved(line: Line) -> Line:
    region: Line = next(r for r in line["evidence"]["regions"] if r["aus"])
    return region


def unfit(lines: list[Line]) -> None:
    labels = next(line["labels"] for line in lines if line["labels"]["emotion"])
    labels["emotion_coarse"] = "positive" if labels["emotion_coarse"] != "positive" else "negative"


ALONE: dict[str, tuple[Edit, str]] = {
    "fine and coarse emotion do not fit": (unfit, "label.mismatch"),
    "another source of the labels": (
        lambda ls: grounded(ls)["labels"]["aus"][0].update(source="pyfeat"),
        "label.mismatch",
    ),
    "a label more": (
        lambda ls: grounded(ls)["labels"]["aus"].append(
            {"au": 6, "side": "both", "source": "annotation", "intensity": None, "doubtful": False, "score": None}
        ),
        "label.mismatch",
    ),
    "a picture three times": (lambda ls: ls[0].update(images=[ls[0]["images"][0]] * 3), "media.mismatch"),
    "another clip id": (lambda ls: ls[0].update(clip_id="samm/006/006_1_2"), "id.mismatch"),
    "another id": (lambda ls: ls[0].update(id="x/y/z"), "id.mismatch"),
    "grounded without support": (
        lambda ls: supported(grounded(ls)).update(verdict="unverified"),
        "evidence.inconsistent",
    ),
    "not grounded with support": (lambda ls: grounded(ls)["evidence"].update(grounded=False), "evidence.inconsistent"),
    "an AU without a rule": (lambda ls: supported(grounded(ls)).update(au=6), "evidence.inconsistent"),
    "an octant that is not the degrees'": (
        lambda ls: moved(grounded(ls)).update(degrees=(moved(grounded(ls))["degrees"] + 180) % 360),
        "evidence.inconsistent",
    ),
    "an explanation by an AU that is elsewhere": (
        lambda ls: moved(grounded(ls)).update(aus=[26]),
        "evidence.inconsistent",
    ),
    "a region less": (lambda ls: grounded(ls)["evidence"]["regions"].pop(), "evidence.inconsistent"),
}

FOLDER: dict[str, tuple[Edit, str]] = {
    "all in one split": (each(split="train"), "clip.mismatch"),
    "another subject": (
        lambda ls: ls[0].update(subject="sub99", clip_id=ls[0]["clip_id"].replace("/sub", "/sub99x")),
        "clip.unknown",
    ),
    "no flow": (each(flow=None), "clip.mismatch"),
    "pictures in another order": (lambda ls: ls[0]["images"].reverse(), "clip.mismatch"),
    "pictures of another clip": (lambda ls: ls[0].update(images=ls[-1]["images"]), "clip.mismatch"),
    "another intensity": (lambda ls: grounded(ls)["labels"]["aus"][0].update(intensity="E"), "clip.mismatch"),
    "samples left out": (lambda ls: ls.__delitem__(slice(0, 5)), "count.mismatch"),
}

CLIPS: dict[str, tuple[Edit, str]] = {
    "the annotation emptied": (
        lambda ls: next(x for x in ls if x["clip"]["aus"])["clip"].update(aus=[]),
        "label.mismatch",
    ),
    "another emotion": (
        lambda ls: ls[0]["labels"].update(emotion="fear", emotion_coarse="negative"),
        "label.mismatch",
    ),
    "a clip twice": (lambda ls: ls.append(ls[0]), "id.duplicate"),
    "a picture elsewhere": (
        lambda ls: ls[0]["motion"]["media"].update(onset="../../etc/passwd"),
        "media.outside",
    ),
    "another split": (
        lambda ls: ls[0].update(split="test" if ls[0]["split"] != "test" else "train"),
        "clip.mismatch",
    ),
}


@pytest.mark.parametrize("what", ALONE)
def test_what_a_file_alone_shows(own_build: Path, what: str) -> None:
    edit, code = ALONE[what]
    forge(own_build, edit)
    assert code in validate(own_build / "unimer.jsonl").codes


@pytest.mark.parametrize("what", FOLDER)
def test_what_the_build_folder_shows(own_build: Path, what: str) -> None:
    edit, code = FOLDER[what]
    forge(own_build, edit)
    assert code in validate(own_build).codes


@pytest.mark.parametrize("what", CLIPS)
def test_forged_clips(own_build: Path, what: str) -> None:
    edit, code = CLIPS[what]
    forge(own_build, edit, "clips.jsonl")
    assert code in validate(own_build).codes


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"files": {}}, "file.unlisted"),
        ({"counts": {}}, "count.mismatch"),
        ({"verdicts": {}}, "count.mismatch"),
        ({"settings": {}}, "schema"),
        ({"settings": {"evidence": {"tolerance": 400}}}, "schema"),
        ({"nonsense": 1}, "schema"),
    ],
)
def test_a_disarmed_manifest(own_build: Path, change: Line, code: str) -> None:
    manifest = json.loads((own_build / "manifest.json").read_text())
    (own_build / "manifest.json").write_text(json.dumps({**manifest, **change}))
    assert code in validate(own_build).codes


def test_a_file_that_nobody_listed(own_build: Path) -> None:
    (own_build / "media" / "extra.png").write_bytes(b"")
    assert validate(own_build).codes == {"file.unlisted": 1}


@pytest.mark.parametrize("line", ["[" * 100_000, "{" * 100_000, "\ufeff{}", "null", '{"id": 5}'])
def test_lines_from_the_wild(own_build: Path, line: str) -> None:
    (own_build / "unimer.jsonl").write_text(line + "\n")
    report = validate(own_build / "unimer.jsonl")
    assert report.codes == {"schema": 1}
    assert ("byte order mark" in report.findings[0].message) == line.startswith("\ufeff")
