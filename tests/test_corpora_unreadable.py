"""Folders without permission cost their clips, not the build."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from tests.casme2_fixture import ROWS, write_casme2, write_frames
from tests.helpers_corpora import refused
from unimer.corpora import Corpus, read
from unimer.settings import CorpusSettings


def forbid(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Folders of this name cannot be listed, as after ``chmod 000``, which does not stop root."""
    listed = os.scandir

    def scandir(path: Any = ".") -> Any:
        if Path(path).name == name:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return listed(path)

    monkeypatch.setattr(os, "scandir", scandir)


def corpus_of(reader: str, root: Path) -> Corpus:
    return read(CorpusSettings(corpus=reader, root=str(root)))


def test_a_manifest_names_a_folder_that_may_not_be_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_frames(tmp_path / "smile", [1, 2, 3])
    write_frames(tmp_path / "frown", [1, 2, 3])
    (tmp_path / "manifest.csv").write_text("path\nsmile\nfrown\n")
    forbid(monkeypatch, "frown")
    corpus = corpus_of("generic", tmp_path)
    assert [clip.id for clip in corpus.clips] == ["generic/unknown/smile"]
    assert refused(corpus) == [
        ("generic/unknown/frown", "frames.missing", "row 3: frown cannot be listed: Permission denied")
    ]


def test_videos_in_a_folder_that_may_not_be_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("s01/a.avi", "s02/day1/b.avi"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_bytes(b"")
    forbid(monkeypatch, "day1")
    corpus = corpus_of("video", tmp_path)
    assert [clip.id for clip in corpus.clips] == ["video/s01/a"]
    assert refused(corpus) == [("video/s02/day1", "frames.missing", "s02/day1 cannot be listed: Permission denied")]


@pytest.mark.parametrize("name", ["EP12_01f", "sub04"])
def test_a_folder_that_may_not_be_listed_costs_only_its_clips(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    write_casme2(tmp_path)
    forbid(monkeypatch, name)
    corpus = corpus_of("casme2", tmp_path)
    assert len(corpus.clips) == len(ROWS) - 1
    place = "Cropped/Cropped/sub04" if name == "sub04" else f"Cropped/Cropped/sub04/{name}"
    message = f"CASME2-coding-20140508.xlsx, row 4: {place} cannot be listed: Permission denied"
    assert ("casme2/sub04/EP12_01f", "frames.missing", message) in refused(corpus)


def test_other_folders_that_may_not_be_listed_do_not_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_casme2(tmp_path)
    (tmp_path / "lost+found").mkdir()
    forbid(monkeypatch, "lost+found")
    corpus = corpus_of("casme2", tmp_path)
    assert len(corpus.clips) == len(ROWS)
    assert corpus.unread == ["lost+found (Permission denied)"]
