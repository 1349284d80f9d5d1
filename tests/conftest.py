"""Shared fixtures: one small synthetic corpus and one finished build of it, made once a session."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from unimer.settings import BuildSettings


def settings_for(root: Path, **changes: object) -> BuildSettings:
    """A recipe for one CASME II tree."""
    return BuildSettings.model_validate({"corpora": [{"corpus": "casme2", "root": str(root)}], **changes})


def tree(folder: Path) -> dict[str, bytes]:
    """Every file of a build but its caches, by relative path."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".unimer" not in path.relative_to(folder).parts
    }


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight synthetic clips of four subjects in CASME II's layout. Read only: copy it to change it."""
    from unimer.synth import make_corpus

    out = tmp_path_factory.mktemp("synth") / "casme2"
    return make_corpus("casme2", out, clips=8, subjects=4, seed=3, magnitude=(1.5, 3.0)).root


@pytest.fixture
def own_corpus(corpus: Path, tmp_path: Path) -> Path:
    """A copy of the corpus that a test may break."""
    return Path(shutil.copytree(corpus, tmp_path / "casme2"))


@pytest.fixture(scope="session")
def finished(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished build of the corpus. Read only: copy it to change it."""
    from unimer.build import build

    out = tmp_path_factory.mktemp("build") / "unimer"
    build(settings_for(corpus), out)
    return out


@pytest.fixture
def own_build(finished: Path, tmp_path: Path) -> Path:
    """A copy of the finished build that a test may break."""
    return Path(shutil.copytree(finished, tmp_path / "unimer"))
