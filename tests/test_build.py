"""The build: same bytes whatever the workers and interruptions, and only what changed is done again."""

from __future__ import annotations

import errno
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.conftest import settings_for, tree
from unimer.build import build
from unimer.errors import OutputError
from unimer.files import read_jsonl
from unimer.records import ClipRecord, Manifest, Rejection, Sample


def frames_of(root: Path) -> list[Path]:
    return sorted(root.rglob("img*.jpg"))


def clip_folders(root: Path) -> list[Path]:
    return sorted({path.parent for path in frames_of(root)})


def unimer(*arguments: object) -> list[str]:
    return [sys.executable, "-c", "from unimer.cli import main; main()", *map(str, arguments)]


def test_build_folder_explains_itself(finished: Path) -> None:
    manifest = Manifest.model_validate_json((finished / "manifest.json").read_bytes())
    samples = list(read_jsonl(finished / "unimer.jsonl", Sample))
    clips = list(read_jsonl(finished / "clips.jsonl", ClipRecord))
    rejected = list(read_jsonl(finished / "rejected.jsonl", Rejection))
    assert manifest.counts["clips"] == len(clips) == 8
    assert manifest.counts["samples"] == len(samples) > 0
    assert manifest.counts["rejections"] == len(rejected)
    assert [clip.clip.id for clip in clips] == sorted(clip.clip.id for clip in clips)
    assert len({sample.id for sample in samples}) == len(samples)
    listed = set(manifest.files)
    assert listed == set(tree(finished)) - {"manifest.json"}
    assert {"unimer.jsonl", "rejected.jsonl", "clips.jsonl", "README.md", "report.html"} <= listed
    assert sum(manifest.tasks.values()) == sum(manifest.splits.values()) == len(samples)


def test_every_clip_is_accounted_for(finished: Path) -> None:
    with_samples = {sample.clip_id for sample in read_jsonl(finished / "unimer.jsonl", Sample)}
    with_rejection = {rejection.clip_id for rejection in read_jsonl(finished / "rejected.jsonl", Rejection)}
    clips = {record.clip.id for record in read_jsonl(finished / "clips.jsonl", ClipRecord)}
    assert clips == clips & (with_samples | with_rejection)


@pytest.mark.slow
def test_two_workers_give_the_same_bytes(corpus: Path, finished: Path, tmp_path: Path) -> None:
    build(settings_for(corpus), tmp_path / "unimer", workers=2)
    assert tree(tmp_path / "unimer") == tree(finished)


def test_building_again_does_nothing_anew(corpus: Path, own_build: Path) -> None:
    before = tree(own_build)
    result = build(settings_for(corpus), own_build)
    assert result.redone == {}
    assert tree(own_build) == before


def test_a_changed_threshold_rewrites_text_only(corpus: Path, own_build: Path) -> None:
    result = build(settings_for(corpus, evidence={"floor_multiple": 6.0}), own_build)
    assert result.redone == {"text": 8}


def test_a_changed_preset_measures_everything_anew(corpus: Path, own_build: Path) -> None:
    assert build(settings_for(corpus, motion={"preset": "fast"}), own_build).redone["motion"] == 8


def test_a_changed_frame_redoes_its_clip_only(own_corpus: Path, tmp_path: Path) -> None:
    out = tmp_path / "unimer"
    build(settings_for(own_corpus), out)
    frames = frames_of(own_corpus)
    shutil.copyfile(frames[1], frames[0])
    assert build(settings_for(own_corpus), out).redone["motion"] == 1


def test_a_clip_that_is_gone_leaves_nothing_behind(own_corpus: Path, tmp_path: Path) -> None:
    out = tmp_path / "unimer"
    build(settings_for(own_corpus), out)
    shutil.rmtree(clip_folders(own_corpus)[0])
    build(settings_for(own_corpus), out)
    fresh = tmp_path / "fresh"
    build(settings_for(own_corpus), fresh)
    assert tree(out) == tree(fresh)


def test_bad_clips_become_rejections(own_corpus: Path, tmp_path: Path) -> None:
    first, second, third, *_ = clip_folders(own_corpus)
    for path in first.iterdir():
        path.write_bytes(b"this is no picture")
    for path in second.iterdir():
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    shutil.rmtree(third)
    build(settings_for(own_corpus), tmp_path / "unimer")
    reasons = {
        r.clip_id.split("/", 1)[1]: r.reasons[0] for r in read_jsonl(tmp_path / "unimer/rejected.jsonl", Rejection)
    }
    for folder in (first, second):
        reason = reasons[f"{folder.parent.name}/{folder.name}"]
        assert reason.code == "frames.undecodable"
        assert "img" in reason.message
    assert reasons[f"{third.parent.name}/{third.name}"].code == "frames.missing"


def test_a_full_disk_leaves_a_folder_that_goes_on(
    corpus: Path, finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "unimer"
    real, left = Path.write_bytes, [17]

    def full(self: Path, data: bytes) -> int:
        left[0] -= 1
        if left[0] < 0:
            real(self, data[:10])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(self, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OutputError, match=r"the disk is full; free some space and run the same command again"):
        build(settings_for(corpus), out)
    assert not list(out.rglob("*.part"))
    assert not (out / "manifest.json").exists()
    monkeypatch.undo()
    build(settings_for(corpus), out)
    assert tree(out) == tree(finished)


def test_a_folder_of_something_else_is_left_alone(corpus: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("precious")
    with pytest.raises(OutputError, match="not empty and no Uni-MER build"):
        build(settings_for(corpus), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_file_in_the_way(corpus: Path, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(OutputError, match="a file is in the way"):
        build(settings_for(corpus), tmp_path / "out")


@pytest.mark.skipif(
    os.geteuid() == 0, reason="root may write everywhere; test_no_permission_message covers the message"
)
def test_no_permission_as_a_user(corpus: Path, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(OutputError, match="no permission to write"):
        build(settings_for(corpus), tmp_path / "out")
    tmp_path.chmod(0o700)


def test_no_permission_message(corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(OutputError, match=r"no permission to write; choose another folder"):
        build(settings_for(corpus), tmp_path / "out")


def test_two_builds_in_one_folder_are_refused(corpus: Path, own_build: Path) -> None:
    import fcntl

    with (own_build / ".unimer/lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(OutputError, match="another build is running"):
            build(settings_for(corpus), own_build)


@pytest.mark.slow
def test_killed_at_random_moments_it_ends_with_the_same_bytes(corpus: Path, finished: Path, tmp_path: Path) -> None:
    """SIGKILL at 20 seeded moments, in four folders; each is then finished and compared with an undisturbed build."""
    rng = random.Random(5)
    began = time.monotonic()
    subprocess.run(unimer("build", "--corpus", "casme2", "--root", corpus, "--out", tmp_path / "timed"), check=True)
    whole = time.monotonic() - began
    kills = 0
    for name in "abcd":
        out = tmp_path / name
        command = unimer("build", "--corpus", "casme2", "--root", corpus, "--out", out, "--workers", "2")
        while kills < 5 * (ord(name) - ord("a") + 1):
            process = subprocess.Popen(command, stderr=subprocess.DEVNULL, start_new_session=True)
            time.sleep(rng.uniform(0.3, 1.0) * whole)
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            kills += 1
        subprocess.run(command, check=True)
        assert tree(out) == tree(finished), f"folder {name} after {kills} kills"
    assert kills == 20


def test_a_process_that_writes_changes_nothing(
    corpus: Path, finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With many clips a process of its own writes them."""
    monkeypatch.setattr("unimer.workers.MANY", 1)
    build(settings_for(corpus), tmp_path / "unimer")
    assert tree(tmp_path / "unimer") == tree(finished)


@pytest.mark.slow
def test_ctrl_c_leaves_a_resumable_folder(corpus: Path, finished: Path, tmp_path: Path) -> None:
    for attempt in range(5):  # on a busy machine the build may end before it is interrupted
        out = tmp_path / str(attempt)
        command = unimer("build", "--corpus", "casme2", "--root", corpus, "--out", out, "--workers", "2")
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
        while process.poll() is None and not list(out.rglob("*.json")):
            time.sleep(0.02)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=60)
        if process.returncode != 0:
            break
    assert process.returncode == 130
    assert "interrupted; the same command goes on from here" in said
    assert "Traceback" not in said
    subprocess.run(command, check=True)
    assert tree(out) == tree(finished)
