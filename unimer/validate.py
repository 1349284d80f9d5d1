"""Checks a Uni-MER file or build folder, without trusting anything that its writer said about it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Literal, get_args

import cv2
import numpy as np

from unimer.errors import InputError
from unimer.evidence import weigh
from unimer.facs.emotions import Coarse, emotions
from unimer.files import parse_record, sha256_file
from unimer.records import ClipRecord, Evidence, Manifest, Record, Rejection, Sample
from unimer.settings import EvidenceSettings
from unimer.text.check import check_sample
from unimer.text.claims import read_claims

COARSE: tuple[str, ...] = get_args(Coarse)
Step = Callable[[int, int], None]


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
        self.samples = self.claims = 0
        self.ids: dict[str, int] = {}
        self.splits: dict[tuple[str, str], tuple[str, int]] = {}
        self.media: set[str] = set()
        self.emotions = set(emotions())

    def find(self, file: str, line: int, id_: str, code: str, message: str, warning: bool = False) -> None:
        level: Literal["error", "warning"] = "warning" if warning else "error"
        self.findings.append(Finding(file=file, line=line, id=id_, level=level, code=code, message=message))

    # --- samples ---

    def sample(self, file: str, line: int, sample: Sample, evidence: str | None, build: bool) -> None:
        """All checks of one line of unimer.jsonl."""
        find = partial(self.find, file, line, sample.id)
        self.samples += 1
        if sample.id in self.ids:
            find("id.duplicate", f"line {self.ids[sample.id]} has the same id")
        self.ids.setdefault(sample.id, line)
        self._split(sample, line, find)
        self._labels(sample, find)
        for name in [*sample.images, *([sample.flow] if sample.flow else [])]:
            self._media(name, find)
        for reason in check_sample(sample):
            find(reason.code, reason.message)
        self.claims += sum(
            len(read_claims(part.text))
            for m in sample.messages
            if m.role == "assistant"
            for part in m.content
            if part.text
        )
        if build:
            if evidence is None:
                find("clip.unknown", f"clips.jsonl has no clip {sample.clip_id}")
            elif evidence != _digest(sample.evidence):
                find("evidence.mismatch", "the sample's evidence differs from the clip's in clips.jsonl")

    def _split(self, sample: Sample, line: int, find: Callable[..., None]) -> None:
        subject = (sample.corpus, sample.subject)
        split, first = self.splits.setdefault(subject, (sample.split, line))
        if split != sample.split:
            find(
                "split.leak",
                f"subject {sample.corpus}/{sample.subject} is in {sample.split} here and in {split} in line {first}",
            )

    def _labels(self, sample: Sample, find: Callable[..., None]) -> None:
        labels = sample.labels
        if labels.emotion is not None and labels.emotion not in self.emotions:
            find(
                "label.vocabulary",
                f"emotion '{labels.emotion}' is not in the vocabulary ({', '.join(sorted(self.emotions))})",
            )
        if labels.emotion_coarse is not None and labels.emotion_coarse not in COARSE:
            find("label.vocabulary", f"coarse emotion '{labels.emotion_coarse}' is not one of {', '.join(COARSE)}")
        labelled = {(a.au, a.side) for a in labels.aus}
        for verdict in sample.evidence.aus:
            if (verdict.au, verdict.side) not in labelled:
                find(
                    "label.mismatch",
                    f"the evidence weighs AU{verdict.au} ({verdict.side}), which is no label of the sample",
                )

    def _media(self, name: str, find: Callable[..., None]) -> None:
        if name in self.media:
            return
        self.media.add(name)
        path = self.base / name
        if Path(name).is_absolute() or ".." in Path(name).parts:
            find("media.outside", f"{name}: the path leaves the folder of the JSONL file")
        elif not path.is_file():
            find("media.missing", f"{name}: no such file beside the JSONL file")
        elif not _readable(path):
            find("media.unreadable", f"{name}: the file is no readable picture or flow array")

    # --- clips, rejections, manifest ---

    def clip(self, file: str, line: int, record: ClipRecord, settings: EvidenceSettings | None) -> None:
        """Weighs the stored motion against the stored labels again and compares."""
        if record.motion is None or settings is None:
            return
        if weigh(record.labels.aus, record.motion, settings) != record.evidence:
            self.find(
                file,
                line,
                record.clip.id,
                "evidence.mismatch",
                "weighing the stored motion again gives another evidence",
            )

    def manifest(self, folder: Path, manifest: Manifest) -> None:
        """Every file that the manifest lists exists and has its sha256; the counts are those of the files."""
        for name, digest in manifest.files.items():
            path = folder / name
            if not path.is_file():
                self.find("manifest.json", 0, name, "file.missing", "listed in the manifest, not on disk")
            elif sha256_file(path) != digest:
                self.find("manifest.json", 0, name, "file.changed", "the content differs from the manifest's sha256")
        if manifest.counts["samples"] != self.samples:
            message = f"the manifest counts {manifest.counts['samples']} samples, unimer.jsonl has {self.samples}"
            self.find("manifest.json", 0, "samples", "count.mismatch", message)


def _readable(path: Path) -> bool:
    if path.suffix == ".npy":
        try:
            flow = np.load(path, allow_pickle=False)
        except (OSError, ValueError, EOFError):
            return False
        return bool(flow.ndim == 3 and flow.shape[2] == 2 and np.isfinite(flow).all())
    return cv2.imread(str(path), cv2.IMREAD_UNCHANGED) is not None


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                yield number, line


def validate(path: Path, step: Step = lambda *_: None) -> ValidationReport:
    """Checks a build folder or any Uni-MER JSONL file.

    Every line is parsed against the schema; ids are unique; media exist and can be read; no subject is in two splits;
    labels are in the vocabulary; every claim of every text is read out again and checked against the stored evidence.
    In a build folder the evidence is weighed again from the stored motion and the manifest's checksums are compared.

    Raises:
        InputError: there is nothing to check at the path.
    """
    if not path.exists():
        raise InputError("no such file or folder", path=path)
    jsonl = path / "unimer.jsonl" if path.is_dir() else path
    if not jsonl.is_file():
        raise InputError("the folder has no unimer.jsonl", path=path, remedy="give a build folder or a JSONL file")
    checker = _Checker(path)
    evidence, manifest = _build_files(checker, path) if path.is_dir() else ({}, None)
    total = sum(1 for _ in _lines(jsonl))
    if total == 0:
        checker.find(jsonl.name, 0, "", "empty", "the file has no lines", warning=True)
    for done, (number, line) in enumerate(_lines(jsonl), 1):
        try:
            sample = parse_record(line, Sample, jsonl, number)
        except InputError as error:
            checker.find(jsonl.name, number, _id_of(line), "schema", error.message)
        else:
            checker.sample(jsonl.name, number, sample, evidence.get(sample.clip_id), path.is_dir())
        step(done, total)
    if manifest is not None:
        checker.manifest(path, manifest)
    return _report(path, checker)


def _build_files(checker: _Checker, folder: Path) -> tuple[dict[str, str], Manifest | None]:
    """Checks the other files of a build; returns each clip's evidence digest and the manifest."""
    manifest = None
    if (folder / "manifest.json").is_file():
        try:
            manifest = parse_record((folder / "manifest.json").read_bytes(), Manifest, folder / "manifest.json", 1)
        except InputError as error:
            checker.find("manifest.json", 1, "", "schema", error.message)
    else:
        checker.find("manifest.json", 0, "", "build.unfinished", "no manifest: the build was not finished")
    settings = EvidenceSettings.model_validate(manifest.settings["evidence"]) if manifest else None
    evidence: dict[str, str] = {}
    for name, kind in (("clips.jsonl", ClipRecord), ("rejected.jsonl", Rejection)):
        if not (folder / name).is_file():
            checker.find(name, 0, "", "file.missing", "the build folder lacks this file")
            continue
        for number, line in _lines(folder / name):
            try:
                record = parse_record(line, kind, folder / name, number)
            except InputError as error:
                checker.find(name, number, _id_of(line), "schema", error.message)
                continue
            if isinstance(record, ClipRecord):
                checker.clip(name, number, record, settings)
                evidence[record.clip.id] = _digest(record.evidence)
    return evidence, manifest


def _digest(evidence: Evidence | None) -> str:
    """Stands for an evidence record, so that a build of any size can be held in memory."""
    return "" if evidence is None else hashlib.sha256(evidence.model_dump_json().encode()).hexdigest()


def _id_of(line: bytes) -> str:
    try:
        value = json.loads(line)
    except ValueError:
        return ""
    return str(value.get("id", "")) if isinstance(value, dict) else ""


def _report(path: Path, checker: _Checker) -> ValidationReport:
    codes: dict[str, int] = {}
    for finding in checker.findings:
        codes[finding.code] = codes.get(finding.code, 0) + 1
    errors = sum(finding.level == "error" for finding in checker.findings)
    return ValidationReport(
        path=str(path),
        samples=checker.samples,
        claims=checker.claims,
        errors=errors,
        warnings=len(checker.findings) - errors,
        codes=dict(sorted(codes.items())),
        findings=checker.findings,
    )
