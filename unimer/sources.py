"""Where a command gets clips from, each with the reader it was read by: corpora on disk or a finished build."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from unimer.corpora import read
from unimer.errors import InputError
from unimer.files import open_input, parse_record, read_jsonl
from unimer.records import Clip, ClipRecord, Manifest, Rejection
from unimer.settings import CorpusSettings


@dataclass(frozen=True)
class Source:
    """``clips``: the reader's name and the clip. ``refused``: rows and folders of each corpus that could not be
    read."""

    clips: list[tuple[str, Clip]]
    refused: dict[str, int]


def clips_of_corpora(corpora: list[CorpusSettings]) -> Source:
    """Reads corpora.

    Raises:
        InputError: a corpus cannot be read.
    """
    source = Source([], {})
    for settings in corpora:
        corpus = read(settings)
        source.clips.extend((settings.corpus, clip) for clip in corpus.clips)
        if corpus.rejections:
            source.refused[corpus.name] = source.refused.get(corpus.name, 0) + len(corpus.rejections)
    return source


def clips_of_build(folder: Path) -> Source:
    """All clips of a build, those that were refused after reading included: folds are of clips, not of texts.

    Raises:
        InputError: the folder is no finished build, or its files do not fit together.
    """
    path = folder / "manifest.json"
    if not path.is_file():
        raise InputError("this is no finished build: it has no manifest.json", path=folder)
    with open_input(path) as file:
        manifest = parse_record(file.read(), Manifest, path, 1)
    try:
        readers = {each["name"] or each["corpus"]: each["corpus"] for each in manifest.settings["corpora"]}
    except (KeyError, TypeError) as error:
        raise InputError("the settings name no corpora", path=path) from error
    clips: list[tuple[str, Clip]] = []
    for number, record in enumerate(read_jsonl(folder / "clips.jsonl", ClipRecord), 1):
        if record.clip.corpus not in readers:
            text = f"the manifest knows no corpus {record.clip.corpus}"
            raise InputError(text, path=folder / "clips.jsonl", row=number)
        clips.append((readers[record.clip.corpus], record.clip))
    rejected = read_jsonl(folder / "rejected.jsonl", Rejection)
    return Source(clips, dict(Counter(each.corpus for each in rejected if each.stage == "read")))
