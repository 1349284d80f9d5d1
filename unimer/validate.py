"""Checks a Uni-MER file or build folder, without trusting anything that its writer said about it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import cv2
import numpy as np

from unimer import consistency
from unimer.calibrate import evidence_settings
from unimer.consistency import ClipFacts
from unimer.errors import InputError
from unimer.evidence import weigh
from unimer.files import open_input, parse_record, sha256_file
from unimer.records import ClipRecord, Manifest, Reason, Record, Rejection, Sample
from unimer.settings import EvidenceSettings
from unimer.stages import WORK
from unimer.tally import Tally
from unimer.text.check import check_sample
from unimer.text.claims import read_claims

Step = Callable[[int, int], None]
FILES = ("unimer.jsonl", "rejected.jsonl", "clips.jsonl", "README.md", "report.html")
_ID = re.compile(rb'"id"\s*:\s*"([^"\\]{0,300})"')


class Finding(Record):
    """One thing that is wrong. ``line`` is 1-based, 0 for a whole file."""

    file: str
    line: int
    id: str
    level: Literal["error", "warning"]
    code: str
    message: str


class ValidationReport(Record):
    """What ``unimer validate --json`` prints."""

    path: str
    samples: int
    claims: int
    errors: int
    warnings: int
    codes: dict[str, int]
    findings: list[Finding]


class _Checker:
    """Collects findings while one file after another goes by; knows what must be unique across lines."""

    def __init__(self, path: Path) -> None:
        self.base = path if path.is_dir() else path.parent
        self.findings: list[Finding] = []
        self.tally = Tally()
        self.claims = 0
        self.ids: dict[str, int] = {}
        self.splits: dict[str, tuple[str, int]] = {}
        self.media: set[str] = set()
        self.clips: dict[str, ClipFacts] = {}

    def find(self, file: str, line: int, id_: str, code: str, message: str, warning: bool = False) -> None:
        level: Literal["error", "warning"] = "warning" if warning else "error"
        self.findings.append(Finding(file=file, line=line, id=id_, level=level, code=code, message=message))

    def sample(self, file: str, line: int, sample: Sample, build: bool) -> None:
        """All checks of one line of unimer.jsonl."""
        self.tally.sample(sample)
        texts = [part.text for m in sample.messages if m.role == "assistant" for part in m.content if part.text]
        self.claims += sum(len(read_claims(text)) for text in texts)
        for reason in self._of_sample(sample, line, build):
            self.find(file, line, sample.id, reason.code, reason.message)

    def _of_sample(self, sample: Sample, line: int, build: bool) -> Iterator[Reason]:
        if sample.id in self.ids:
            yield Reason(code="id.duplicate", message=f"line {self.ids[sample.id]} has the same id")
        self.ids.setdefault(sample.id, line)
        split, first = self.splits.setdefault(sample.person, (sample.split, line))
        if split != sample.split:
            message = f"{sample.person} is in {sample.split} here and in {split} in line {first}"
            yield Reason(code="split.leak", message=message)
        for name in [*sample.images, *([sample.flow] if sample.flow else [])]:
            yield from self._media(name)
        yield from consistency.of_sample(sample)
        yield from check_sample(sample)
        if build and sample.clip_id not in self.clips:
            yield Reason(code="clip.unknown", message=f"clips.jsonl has no clip {sample.clip_id}")
        elif build:
            yield from consistency.against_clip(sample, self.clips[sample.clip_id])

    def _media(self, name: str) -> Iterator[Reason]:
        if name in self.media:
            return
        self.media.add(name)
        path = self.base / name
        if Path(name).is_absolute() or ".." in Path(name).parts:
            message = f"{name}: the path leaves the folder of the JSONL file"
            yield Reason(code="media.outside", message=message)
        elif not path.is_file():
            yield Reason(code="media.missing", message=f"{name}: no such file beside the JSONL file")
        elif not _readable(path):
            message = f"{name}: the file is no readable picture or flow array"
            yield Reason(code="media.unreadable", message=message)

    def clip(self, file: str, line: int, record: ClipRecord, settings: EvidenceSettings | None) -> None:
        """Checks a clip record and weighs the stored motion against the stored labels again."""
        self.tally.clip(record)
        for reason in consistency.of_clip(record):
            self.find(file, line, record.clip.id, reason.code, reason.message)
        if record.clip.id in self.clips:
            self.find(file, line, record.clip.id, "id.duplicate", "an earlier line has the same clip id")
        self.clips[record.clip.id] = consistency.facts(record)
        if record.motion is None or settings is None:
            return
        if weigh(record.labels.aus, record.motion, settings) != record.evidence:
            message = "weighing the stored motion again gives another evidence"
            self.find(file, line, record.clip.id, "evidence.mismatch", message)

    def manifest(self, folder: Path, manifest: Manifest) -> None:
        """The manifest lists every file with its sha256, and its counts are those of the files."""
        for name in sorted(_files_of(folder) | set(FILES) | set(manifest.files)):
            path = folder / name
            if not path.is_file():
                self.find("manifest.json", 0, name, "file.missing", "not on disk")
            elif name not in manifest.files:
                self.find("manifest.json", 0, name, "file.unlisted", "on disk, but the manifest does not list it")
            elif _sha256_or_none(path) != manifest.files[name]:
                self.find("manifest.json", 0, name, "file.changed", "the content differs from the manifest's sha256")
        counted: dict[str, object] = {**self.tally.fields(), "verdicts": self.tally.verdicts()}
        for name, value in counted.items():
            if getattr(manifest, name) != value:
                message = f"the manifest says {getattr(manifest, name)}, the files hold {value}"
                self.find("manifest.json", 0, name, "count.mismatch", message)


def validate(path: Path, step: Step = lambda *_: None) -> ValidationReport:
    """Checks a build folder or any Uni-MER JSONL file.

    Every line is parsed against the schema and must agree with itself; ids are unique; media exist and can be read; no
    subject is in two splits; labels are in the vocabulary; every claim of every text is read out again and checked
    against the stored evidence. In a build folder each sample is compared with its clip, the evidence is weighed again
    from the stored motion, and the manifest's counts and checksums are compared.

    Raises:
        InputError: there is nothing to check at the path.
    """
    if not path.exists():
        raise InputError("no such file or folder", path=path)
    jsonl = path / "unimer.jsonl" if path.is_dir() else path
    if not jsonl.is_file() or jsonl.suffix.lower() != ".jsonl":
        what = "the folder has no unimer.jsonl" if path.is_dir() else "no .jsonl file"
        raise InputError(what, path=path, remedy="give a build folder or a Uni-MER .jsonl file")
    checker = _Checker(path)
    manifest = _build_files(checker, path) if path.is_dir() else None
    total = sum(1 for _ in _lines(jsonl))
    if total == 0:
        checker.find(jsonl.name, 0, "", "empty", "the file has no lines", warning=True)
    for done, (number, line) in enumerate(_lines(jsonl), 1):
        try:
            sample = parse_record(line, Sample, jsonl, number)
        except InputError as error:
            checker.find(jsonl.name, number, _id_of(line), "schema", _schema_message(line, error))
        else:
            checker.sample(jsonl.name, number, sample, path.is_dir())
        step(done, total)
    if manifest is not None:
        checker.manifest(path, manifest)
    return _report(path, checker)


def _build_files(checker: _Checker, folder: Path) -> Manifest | None:
    """Checks the other files of a build; returns its manifest."""
    manifest = settings = None
    try:
        with open_input(folder / "manifest.json") as file:
            manifest = parse_record(file.read(), Manifest, folder / "manifest.json", 1)
        settings = evidence_settings(manifest, folder / "manifest.json")
    except InputError as error:
        missing = not (folder / "manifest.json").exists()
        code, message = ("build.unfinished", "no manifest: not finished") if missing else ("schema", error.message)
        checker.find("manifest.json", 0, "", code, message)
    for name, kind in (("clips.jsonl", ClipRecord), ("rejected.jsonl", Rejection)):
        if not (folder / name).is_file():
            if manifest is None:
                checker.find(name, 0, "", "file.missing", "the build folder lacks this file")
            continue
        for number, line in _lines(folder / name):
            try:
                record = parse_record(line, kind, folder / name, number)
            except InputError as error:
                checker.find(name, number, _id_of(line), "schema", _schema_message(line, error))
                continue
            if isinstance(record, ClipRecord):
                checker.clip(name, number, record, settings)
            elif isinstance(record, Rejection):
                checker.tally.rejection(record)
    return manifest


def _files_of(folder: Path) -> set[str]:
    """Every file of a build but the manifest and the caches."""
    paths = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return {path.as_posix() for path in paths if path.parts[0] != WORK} - {"manifest.json"}


def _sha256_or_none(path: Path) -> str | None:
    try:
        return sha256_file(path)
    except InputError:
        return None


def _readable(path: Path) -> bool:
    try:
        if path.suffix == ".npy":
            flow = np.load(path, allow_pickle=False)
            return bool(flow.ndim == 3 and flow.shape[2] == 2 and np.isfinite(flow).all())
        data = np.frombuffer(path.read_bytes(), np.uint8)
        return data.size > 0 and cv2.imdecode(data, cv2.IMREAD_UNCHANGED) is not None
    except (OSError, ValueError, EOFError):
        return False


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    with open_input(path) as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                yield number, line


def _id_of(line: bytes) -> str:
    found = _ID.search(line)
    return found[1].decode("utf-8", "replace") if found else ""


def _schema_message(line: bytes, error: InputError) -> str:
    return (
        "the file begins with a byte order mark; save it as plain UTF-8"
        if line[:3] == b"\xef\xbb\xbf"
        else error.message
    )


def _report(path: Path, checker: _Checker) -> ValidationReport:
    codes: dict[str, int] = {}
    for finding in checker.findings:
        codes[finding.code] = codes.get(finding.code, 0) + 1
    errors = sum(finding.level == "error" for finding in checker.findings)
    return ValidationReport(
        path=str(path),
        samples=checker.tally.samples,
        claims=checker.claims,
        errors=errors,
        warnings=len(checker.findings) - errors,
        codes=dict(sorted(codes.items())),
        findings=checker.findings,
    )
