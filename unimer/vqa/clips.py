"""Where the maker's clips come from: corpora read with a recipe, or a finished build."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from unimer.corpora import Corpus, read
from unimer.errors import InputError, SettingsError
from unimer.files import read_jsonl
from unimer.records import Clip, ClipRecord, Sample, Split
from unimer.settings import CorpusSettings
from unimer.sources import clips_of_build
from unimer.text.tasks import parse_cer


@dataclass(frozen=True)
class Source:
    """Clips and what the maker has to know beside them.

    Attributes:
        clips: in the order of the corpora.
        readers: name of a corpus to the reader that read it.
        texts: clip id to the composer's free text; None where there is no build.
        refused: rows and folders that the readers refused (their events are in no count).
        notes: what the user should know about the source.
    """

    clips: list[Clip]
    readers: dict[str, str]
    texts: dict[str, str] | None = None
    refused: int = 0
    notes: list[str] = field(default_factory=list)


def from_corpora(corpora: Sequence[CorpusSettings], long: bool = False) -> Source:
    """Reads corpora; no picture is opened.

    Args:
        corpora: what to read.
        long: for ME-LVQA: of CAS(ME)^3, whose first label file has micro-expressions only, take that of all
            expressions, where no version is chosen.

    Raises:
        SettingsError: two corpora of one name.
        InputError: a corpus cannot be read.
    """
    names = [settings.name or settings.corpus for settings in corpora]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise SettingsError(f"two corpora are called {twice[0]}", remedy="Give one of them another `name`.")
    clips: list[Clip] = []
    notes: list[str] = []
    refused = 0
    for settings in corpora:
        everything = long and settings.corpus == "casme3_a" and settings.version is None
        corpus = read(settings.model_copy(update={"version": "v2-all"}) if everything else settings)
        refused += len(corpus.rejections)
        clips += _with_official_aus(corpus, settings, notes)
    return Source(clips, {n: s.corpus for n, s in zip(names, corpora, strict=True)}, None, refused, notes)


def _with_official_aus(corpus: Corpus, settings: CorpusSettings, notes: list[str]) -> list[Clip]:
    """The clips; those of CASME II with the Action Units of the 2019 coding.

    The official file has CASME II's classes of the 2014 coding and its Action Units of the 2019 one. Only where the
    user has chosen neither a version nor a file.
    """
    if settings.corpus != "casme2" or settings.version is not None or settings.annotations is not None:
        return corpus.clips
    try:
        newer = read(settings.model_copy(update={"version": "2019"}))
    except InputError as error:
        notes.append(
            f"{corpus.name}: the Action Units are those of the 2014 coding, the official file has those of 2019 "
            f"({error.message})"
        )
        return corpus.clips
    aus = {clip.id: {"au_raw": clip.au_raw, "aus": clip.aus} for clip in newer.clips}
    notes.append(f"{corpus.name}: classes of the {corpus.version or '2014'} coding, Action Units of the 2019 one")
    return [clip.model_copy(update=aus.get(clip.id, {})) for clip in corpus.clips]


def from_build(build: Path, split: Split | None = None) -> Source:
    """Clips and texts of a build folder.

    Args:
        build: folder that ``unimer build`` has finished.
        split: only clips of this split.

    Raises:
        InputError: it is no finished build folder, one of its files is broken, or the split has no clips.
    """
    found = clips_of_build(build)
    clips = [clip for _, clip in found.clips]
    if split is not None:
        records = read_jsonl(build / "clips.jsonl", ClipRecord)
        wanted = {record.clip.id for record in records if record.split == split}
        clips = [clip for clip in clips if clip.id in wanted]
    if not clips:
        raise InputError("no clips" if split is None else f"no clips in the split {split}", path=build)
    readers = {clip.corpus: reader for reader, clip in found.clips}
    return Source(clips, readers, _texts(build / "unimer.jsonl"), sum(found.refused.values()))


def _texts(samples: Path) -> dict[str, str]:
    """Free text of each clip: the rationale of its ``full`` sample, else its ``motion_description``."""
    full: dict[str, str] = {}
    motion: dict[str, str] = {}
    for sample in read_jsonl(samples, Sample):
        if sample.task not in ("full", "motion_description"):
            continue
        answer = next((p.text for p in sample.messages[-1].content if p.text is not None), "")
        if sample.task == "motion_description":
            motion.setdefault(sample.clip_id, answer)
            continue
        try:
            full.setdefault(sample.clip_id, parse_cer(answer).rationale)
        except ValueError as error:
            raise InputError(f"{sample.id}: {error}", path=samples) from error
    return motion | full
