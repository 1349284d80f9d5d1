"""The validator: a finished build is clean, and every kind of damage is found with its code."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from unimer.errors import InputError
from unimer.validate import validate

Line = dict[str, Any]


def change(build: Path, edit: Callable[[list[Line]], None], name: str = "unimer.jsonl") -> None:
    lines = [json.loads(line) for line in (build / name).read_text().splitlines()]
    edit(lines)
    (build / name).write_text("".join(json.dumps(line) + "\n" for line in lines))


def codes(path: Path) -> dict[str, int]:
    return validate(path).codes


def only_in(lines: list[Line], task: str) -> Line:
    return next(line for line in lines if line["task"] == task)


def answer(line: Line) -> Line:
    part: Line = line["messages"][-1]["content"][0]
    return part


def test_a_finished_build_is_clean(finished: Path) -> None:
    report = validate(finished)
    assert report.findings == []
    assert report.samples > 0
    assert report.claims > report.samples / 2


def test_the_jsonl_alone_is_clean(finished: Path) -> None:
    assert validate(finished / "unimer.jsonl").errors == 0


def test_a_changed_text_is_found(own_build: Path) -> None:
    def lie(lines: list[Line]) -> None:
        part = answer(only_in(lines, "motion_description"))
        part["text"] = "The chin moves down, which shows AU26, jaw drop, and the left cheek sinks."

    change(own_build, lie)
    report = validate(own_build / "unimer.jsonl")
    found = {finding.code for finding in report.findings}
    assert "au.unsupported" in found
    assert report.findings[0].line > 0
    assert report.findings[0].id
    assert codes(own_build)["file.changed"] == 1


def test_missing_and_broken_media(own_build: Path) -> None:
    pictures = sorted((own_build / "media").rglob("onset.png"))
    pictures[0].unlink()
    pictures[1].write_bytes(b"no picture")
    flow = sorted((own_build / "media").rglob("flow.npy"))[0]
    flow.write_bytes(flow.read_bytes()[:100])
    found = codes(own_build)
    assert found["media.missing"] == 1
    assert found["media.unreadable"] == 2
    assert found["file.missing"] == 1
    assert found["file.changed"] == 2


def test_media_outside_the_folder(own_build: Path) -> None:
    change(own_build, lambda lines: lines[0]["images"].__setitem__(0, "../../etc/passwd"))
    assert codes(own_build / "unimer.jsonl")["media.outside"] == 1


def test_duplicate_id(own_build: Path) -> None:
    change(own_build, lambda lines: lines.append(lines[0]))
    assert codes(own_build / "unimer.jsonl") == {"id.duplicate": 1}


def test_subject_leak(own_build: Path) -> None:
    def leak(lines: list[Line]) -> None:
        lines[0]["split"] = "test" if lines[0]["split"] != "test" else "train"

    change(own_build, leak)
    assert "split.leak" in codes(own_build / "unimer.jsonl")


def test_unknown_emotion(own_build: Path) -> None:
    change(own_build, lambda lines: lines[0]["labels"].__setitem__("emotion", "schadenfreude"))
    assert "label.vocabulary" in codes(own_build / "unimer.jsonl")


def test_a_label_taken_away_from_the_evidence(own_build: Path) -> None:
    def strip(lines: list[Line]) -> None:
        next(line for line in lines if line["evidence"]["aus"])["labels"]["aus"] = []

    change(own_build, strip)
    assert "label.mismatch" in codes(own_build / "unimer.jsonl")


def test_schema_findings_name_line_and_field(own_build: Path) -> None:
    with (own_build / "unimer.jsonl").open("a") as file:
        file.write('{"id": "x", "surprise": 1}\n{"id": \n')
    findings = [f for f in validate(own_build / "unimer.jsonl").findings if f.code == "schema"]
    assert [f.id for f in findings] == ["x", ""]
    assert findings[0].line + 1 == findings[1].line
    assert "clip_id: Field required" in findings[0].message


def test_evidence_is_weighed_again(own_build: Path) -> None:
    def forge(lines: list[Line]) -> None:
        for line in lines:
            if line["evidence"] and line["evidence"]["aus"]:
                verdict = line["evidence"]["aus"][0]
                verdict["verdict"] = "unverified" if verdict["verdict"] == "supported" else "supported"
                return

    change(own_build, forge, "clips.jsonl")
    assert "evidence.mismatch" in codes(own_build)


def test_an_unfinished_build(own_build: Path) -> None:
    (own_build / "manifest.json").unlink()
    assert codes(own_build) == {"build.unfinished": 1}


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file or folder"):
        validate(tmp_path / "nowhere")
    with pytest.raises(InputError, match=r"the folder has no unimer\.jsonl"):
        validate(tmp_path)
