"""A run's folder: what it was trained on, and the trained model."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from deft.data import Example
from deft.settings import DeftSettings
from unimer import __version__
from unimer.errors import InputError
from unimer.files import explain, open_input, parse_record, sha256_file
from unimer.records import Manifest, Record
from unimer.settings import BuildSettings

FORMAT = 1
RUN = "run.json"
MODEL = "model"


class DataFacts(Record):
    """What a model was trained on.

    ``files``: sha256 of the JSONL files. ``readers``: of each corpus. ``settings``: the build's faces, motion, AU,
    evidence and text settings, empty where it has no manifest. ``persons``: in training. ``habits``: see
    :mod:`deft.faithful`. ``clips``, ``samples``, ``classes`` and ``aus``: counts of the training part;
    ``corpora``: title and licence of each.
    """

    files: dict[str, str]
    readers: dict[str, str]
    settings: dict[str, Any]
    corpora: list[dict[str, str]]
    persons: list[str]
    habits: dict[str, dict[str, int]]
    clips: int
    samples: int
    classes: dict[str, int]
    aus: dict[int, int]
    tasks: dict[str, int]

    def build_settings(self) -> BuildSettings:
        """The build's settings without its corpora: how another clip must be measured to look alike."""
        kept = {name: self.settings[name] for name in ("faces", "motion", "aus", "evidence") if name in self.settings}
        corpus = {"corpus": "video", "root": "."}
        try:
            return BuildSettings.model_validate({"corpora": [corpus], **kept})
        except ValidationError as error:
            raise InputError(f"the build's settings are of another version: {explain(error)}") from error

    @property
    def system(self) -> str | None:
        """The system message of the training samples."""
        text: str | None = self.settings.get("text", {}).get("system")
        return text


class Run(Record):
    """``run.json``. ``sha256``: of settings and data; the same command goes on only with the same. ``steps`` and
    ``seconds`` are set when the training is finished, and ``scores`` then are those of the parts of the build."""

    format: int = FORMAT
    deft: str = __version__
    sha256: str
    settings: DeftSettings
    data: DataFacts
    steps: int | None = None
    seconds: float | None = None
    epoch: int | None = None
    device: str | None = None
    versions: dict[str, str] = {}
    parameters: dict[str, tuple[int, int]] = {}
    scores: dict[str, Any] = {}


def read_run(folder: Path) -> Run:
    """What a run is.

    Raises:
        InputError: the folder is no run, or of another version.
    """
    path = folder / RUN
    if not path.is_file():
        raise InputError("is no run", path=folder, remedy="give the folder that `deft train --out` wrote")
    with open_input(path) as file:
        run = parse_record(file.read(), Run, path, 1)
    if run.format != FORMAT:
        raise InputError(f"has format {run.format}; this version reads {FORMAT}", path=path)
    return run


def finished_run(folder: Path) -> Run:
    """As :func:`read_run`, of a finished training."""
    run = read_run(folder)
    if run.steps is None:
        raise InputError("its training is not finished", path=folder, remedy="the same `deft train` goes on")
    return run


def build_root(path: Path) -> Path:
    """The build folder of a folder or of the ``unimer.jsonl`` in it."""
    return path if path.is_dir() else path.parent


def manifest_of(path: Path) -> Manifest | None:
    """The build's manifest, None where there is none."""
    file = build_root(path) / "manifest.json"
    if not file.is_file():
        return None
    with open_input(file) as content:
        return parse_record(content.read(), Manifest, file, 1)


def readers_of(manifest: Manifest | None) -> dict[str, str]:
    """The reader of each corpus of a build."""
    corpora = [] if manifest is None else manifest.settings.get("corpora", [])
    return {each["name"] or each["corpus"]: each["corpus"] for each in corpora}


def facts_of(path: Path, manifest: Manifest | None, examples: Sequence[Example], habits: Any) -> DataFacts:
    """What training examples are."""
    root = build_root(path)
    files = {name: root / name for name in ("clips.jsonl", "unimer.jsonl")}
    if path.is_file():
        files["unimer.jsonl"] = path
    clips = {example.clip.id: example for example in examples}
    classes, aus, tasks = dict[str, int](), dict[int, int](), dict[str, int]()
    for example in clips.values():
        if example.emotion is not None:
            classes[example.emotion] = classes.get(example.emotion, 0) + 1
        for au in {label.au for label in example.aus or ()}:
            aus[au] = aus.get(au, 0) + 1
    for example in examples:
        if example.sample is not None:
            tasks[example.sample.task] = tasks.get(example.sample.task, 0) + 1
    settings = {} if manifest is None else manifest.settings
    return DataFacts(
        files={name: sha256_file(file) for name, file in files.items() if file.is_file()},
        readers=readers_of(manifest),
        settings={n: settings[n] for n in ("faces", "motion", "aus", "evidence", "text") if n in settings},
        corpora=[
            {"corpus": source.corpus, "title": source.title, "licence": source.licence}
            for source in (manifest.sources if manifest else [])
        ],
        persons=sorted({example.clip.person for example in examples}),
        habits=habits,
        clips=len(clips),
        samples=sum(tasks.values()),
        classes=dict(sorted(classes.items())),
        aus=dict(sorted(aus.items())),
        tasks=dict(sorted(tasks.items())),
    )


def digest(settings: DeftSettings, data: DataFacts) -> str:
    """sha256 of what decides a training."""
    parts = {"settings": settings.model_dump(mode="json"), "data": data.model_dump(mode="json", exclude={"corpora"})}
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
