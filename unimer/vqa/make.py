"""Makes questions and answers from clips, in the official wording and by the rules that the official file follows.

The rules were checked against the published training file and the annotation tables (docs/vqa.md):

- Clips: those of the MEGC2019 composite where the corpus is in it, else micro-expressions of the classes negative,
  positive and surprise.
- Action Units: every number in the AU cell, in its order, so both sides of ``or`` and those in ``ref()``.
- ``side``: one question a clip, about the first Action Unit that the cell marks L or R.
- ``shown``: one question about an Action Unit of the clip, one about one of the 25 that it does not have.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from unimer.errors import InputError
from unimer.facs.grammar import parse
from unimer.protocols import class_of, protocol
from unimer.records import Clip, Side
from unimer.vqa.clips import Source
from unimer.vqa.templates import Kind, answer_forms, au_word, is_long, official_aus, questions, vqa_data

Keys = dict[str, Any]

# Not the 0 of a 12.0 that a spreadsheet has made, nor a number with a minus sign.
_NUMBER = re.compile(r"(?<![0-9.])(?<!(?<![0-9A-Za-z])[−-])[0-9]{1,2}(?![0-9])")
_DIGITS = re.compile(r"([A-Za-z]*?)0*([0-9]+)")
_PLANES = ("color", "depth")  # folders of CAS(ME)^3 below the one that names the video


@dataclass(frozen=True)
class Made:
    """Rows of a file, and why clips or Action Units are not in it.

    Attributes:
        rows: the rows, in the order of the file.
        left_out: reason to how many.
    """

    rows: list[Keys]
    left_out: Counter[str]


def make(source: Source, kinds: Sequence[Kind], seed: int) -> Made:
    """Questions and answers of the given kinds, all of ME-VQA or all of ME-LVQA.

    Args:
        source: the clips.
        kinds: which kinds; the order of the file is fixed.
        seed: of what is drawn: the Action Units of ``shown``, the wording of ``analysis``, the events of ``nth_type``.

    Raises:
        InputError: nothing can be asked, ``analysis`` without a build, ME-LVQA without long videos or without
            macro-expressions, or two clips that the files would give one id.
    """
    if "analysis" in kinds and source.texts is None:
        raise InputError(
            "the free-text answers of 'analysis' are the composer's and need measured motion",
            remedy="Run `unimer build` and give its folder, or choose other kinds with --kind.",
        )
    left_out: Counter[str] = Counter()
    if source.refused:
        left_out["rows or folders that the readers refused (no question and no count has them)"] = source.refused
    make_rows = _long_rows if any(is_long(kind) for kind in kinds) else _short_rows
    rows = make_rows(source, kinds, seed, left_out)
    ids = Counter(str(row.get("id", row.get("video_id"))) for row in rows)
    if twice := [name for name, n in ids.items() if n > 1]:
        raise InputError(
            f"two clips get the id {twice[0]}", remedy="Make a file of each corpus, or of each of its parts."
        )
    if not rows:
        reasons = "; ".join(f"{n} {why}" for why, n in left_out.items()) or "there are no clips"
        raise InputError(f"nothing to ask: {reasons}")
    return Made(rows, left_out)


# --- Action Units of a clip ------------------------------------------------------------------------------------------


def au_words(clip: Clip, left_out: Counter[str]) -> list[str]:
    """Action Units of a clip as the official file has them; those without a FACS name are counted in ``left_out``."""
    if clip.au_raw is None:
        numbers = [label.au for label in clip.aus]
    else:
        numbers = [int(number) for number in _NUMBER.findall(clip.au_raw)]
    words: list[str] = []
    for au in dict.fromkeys(numbers):
        word = au_word(au)
        if word is None:
            left_out[f"mentions of AU {au}, which has no name"] += 1
        else:
            words.append(word)
    return words


def _first_side(clip: Clip) -> tuple[str, Side] | None:
    """The first Action Unit of the cell that is marked left or right, in words."""
    labels = clip.aus if clip.au_raw is None else parse(clip.au_raw, kept=True).items
    for label in labels:
        word = au_word(label.au)
        if label.side != "both" and word is not None:
            return word, label.side
    return None


# --- ME-VQA ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Subject:
    """A clip of the file: its keys there, and its answers."""

    clip: Clip
    dataset: str
    image_id: str
    keys: Keys
    coarse: str
    fine: str | None
    aus: list[str]


def _short_rows(source: Source, kinds: Sequence[Kind], seed: int, left_out: Counter[str]) -> list[Keys]:
    # A corpus that labels its clips negative or positive has no fine classes, not even for its surprises.
    only_coarse = {clip.corpus for clip in source.clips if clip.emotion in ("negative", "positive")}
    order = {name: i for i, name in enumerate(dict.fromkeys(clip.corpus for clip in source.clips))}
    names = Counter((clip.corpus, clip.subject, clip.clip) for clip in source.clips)
    several = {corpus for (corpus, _, _), n in names.items() if n > 1}
    subjects = []
    for clip in source.clips:
        reader = source.readers.get(clip.corpus, clip.corpus)
        coarse = _coarse(clip, reader)
        if clip.expression == "macro":
            left_out["macro-expressions"] += 1
        elif coarse is None:
            left_out["clips without one of the three coarse classes, or outside MEGC2019"] += 1
        else:
            fine = None if clip.corpus in only_coarse else clip.emotion
            aus = au_words(clip, left_out)
            subjects.append(_subject(clip, reader, coarse, fine, aus, clip.corpus in several))
    rows: list[Keys] = []
    for subject in sorted(subjects, key=lambda s: (order[s.clip.corpus], s.image_id, s.clip.id)):
        pairs = _pairs(subject, kinds, seed, (source.texts or {}).get(subject.clip.id))
        if "analysis" in kinds and not any(kind == "analysis" for kind, _, _ in pairs):
            left_out["clips without a composed text (not grounded in the motion)"] += 1
        for number, (_, question, answer) in enumerate(pairs, 1):
            name = f"{subject.dataset}_{subject.image_id}_{number}"
            rows.append({"id": name, **subject.keys, "question": question, "answer": answer})
    return rows


def _coarse(clip: Clip, reader: str) -> str | None:
    composite = protocol("megc2019")
    if reader in composite.readers:
        return class_of(composite, reader, clip)
    return clip.emotion_coarse if clip.emotion_coarse in vqa_data()["coarse"] else None


def _subject(clip: Clip, reader: str, coarse: str, fine: str | None, aus: list[str], several: bool) -> _Subject:
    """``several``: the corpus has several expressions under one clip name, so ids need the rest of the clip's id."""
    dataset, subject = dataset_name(reader), official_subject(reader, clip.subject)
    first, *rest = clip.clip.split("_")
    named = official_subject(reader, first) == subject and reader in _filled_up()
    filename = "_".join([subject, *rest]) if named else clip.clip  # s1_ne_01 is s01_ne_01, but 006_1_2 stays
    name = clip.id.rsplit("/", 1)[1] if several else filename
    image_id = name if _named_after(name, clip.subject) or _named_after(name, subject) else f"{subject}_{name}"
    keys: Keys = {"dataset": dataset, "image_id": image_id, "subject": subject, "filename": filename}
    if several:
        keys |= {"onset_frame": clip.onset.frame, "offset_frame": clip.offset.frame}
    return _Subject(clip, dataset, image_id, keys, coarse, fine, aus)


def _filled_up() -> list[str]:
    """Readers whose subjects the files write with leading zeros."""
    return [reader for reader, width in vqa_data()["subject_digits"].items() if width > 1]


def _named_after(clip: str, subject: str) -> bool:
    return clip.startswith(subject) and not clip[len(subject) : len(subject) + 1].isalnum()


def dataset_name(reader: str) -> str:
    """The files' name of a reader's corpus."""
    return str(vqa_data()["datasets"].get(reader, reader))


def official_subject(reader: str, subject: str) -> str:
    """A subject as the files write it: SAMM's 006 is ``6``, SMIC's s1 is ``s01``, others stay."""
    width = vqa_data()["subject_digits"].get(reader)
    match = _DIGITS.fullmatch(subject)
    return subject if width is None or match is None else match[1] + match[2].zfill(width)


def _pairs(subject: _Subject, kinds: Sequence[Kind], seed: int, text: str | None) -> list[tuple[Kind, str, str]]:
    """Kind, question and answer of all questions about a clip, in the official order."""
    aus, form = subject.aus, int(len(subject.aus) > 1)
    pairs: list[tuple[Kind, str, str]] = [("coarse", questions("coarse")[0], subject.coarse)]
    if subject.fine is not None:
        pairs.append(("fine", questions("fine")[0], subject.fine))
    if aus:
        pairs.append(("aus", questions("aus")[form], ", ".join(aus)))
        pairs += _side(subject)
        pairs += _shown(aus, _random(seed, subject.clip.id, "shown"))
    if aus and subject.fine is not None:
        answer = answer_forms("combined")[form]
        slots = {"aus": ", ".join(aus), "fine": subject.fine, "coarse": subject.coarse}
        pairs.append(("combined", questions("combined")[form], answer.format(**slots)))
    if text is not None:
        pairs.append(("analysis", _random(seed, subject.clip.id, "analysis").choice(questions("analysis")), text))
    return [pair for pair in pairs if pair[0] in kinds]


def _side(subject: _Subject) -> list[tuple[Kind, str, str]]:
    found = _first_side(subject.clip)
    return [] if found is None else [("side", questions("side")[0].format(au=found[0]), found[1])]


def _shown(aus: list[str], rng: random.Random) -> list[tuple[Kind, str, str]]:
    absent = [word for word in official_aus().values() if word not in aus]
    asked = [(rng.choice(aus), "yes"), (rng.choice(absent), "no")] if absent else [(rng.choice(aus), "yes")]
    return [("shown", questions("shown")[0].format(au=word), answer) for word, answer in asked]


def _random(seed: int, *parts: str) -> random.Random:
    """A generator of its own for each draw, so that other kinds or clips change nothing in it."""
    digest = hashlib.sha256("\n".join([str(seed), *parts]).encode()).digest()
    return random.Random(int.from_bytes(digest[:8], "big"))


# --- ME-LVQA ---------------------------------------------------------------------------------------------------------


def _long_rows(source: Source, kinds: Sequence[Kind], seed: int, left_out: Counter[str]) -> list[Keys]:
    videos: dict[tuple[str, str], list[Clip]] = {}
    for clip in source.clips:
        videos.setdefault((clip.corpus, clip.frames.path), []).append(clip)
    if all(len(events) == 1 for events in videos.values()):
        raise InputError(
            "no video has more than one expression; ME-LVQA needs long videos",
            remedy="Corpora with long videos: samm_lv, casme_sq, casme3_a.",
        )
    both = {clip.corpus for clip in source.clips if clip.expression == "macro"}
    if micro_only := sorted({clip.corpus for clip in source.clips} - both):
        raise InputError(
            f"{micro_only[0]}: no macro-expressions among the clips, so no count of events would be right",
            remedy="Read all expressions: setting `expressions`; of casme3_a the version v2-all.",
        )
    rows: list[Keys] = []
    for (corpus, path), events in videos.items():
        reader = source.readers.get(corpus, corpus)
        video = f"{official_subject(reader, events[0].subject)}_{recording(path)}"
        answers = _long_answers(sorted(events, key=_begins), kinds, _random(seed, corpus, path), left_out)
        for number, (question, answer) in enumerate(answers, 1):
            name = f"{dataset_name(reader)}_train_{video}_{number}"
            rows.append({"video_id": name, "video": video, "question": question, "answer": answer})
    return rows


def recording(path: str) -> str:
    """What a video is called: the name of its folder or file."""
    pure = PurePosixPath(path)
    folder = pure.parent if pure.name in _PLANES else pure
    return folder.stem if folder.suffix.lower() in (".avi", ".mp4", ".mov", ".mkv") else folder.name


def _begins(clip: Clip) -> tuple[int, int, str]:
    """Events in the order in which they begin."""
    onset = clip.onset.frame if clip.onset.frame is not None else (clip.frames.first or 0)
    return onset, clip.offset.frame or onset, clip.id


def _long_answers(
    events: list[Clip], kinds: Sequence[Kind], rng: random.Random, left_out: Counter[str]
) -> list[tuple[str, str | int]]:
    """Questions and answers about one video; two events are asked for where there are two."""
    types = [str(vqa_data()["types"][event.expression]) for event in events]
    micro = sum(event.expression == "micro" for event in events)
    counts: dict[Kind, int] = {"count_all": len(events), "count_micro": micro, "count_macro": len(events) - micro}
    pairs: list[tuple[str, str | int]] = [(questions(kind)[0], n) for kind, n in counts.items() if kind in kinds]
    if "distinct_aus" in kinds:
        words = dict.fromkeys(word for event in events for word in au_words(event, left_out))
        pairs.append((questions("distinct_aus")[0], ", ".join(words) or "none"))
    if "nth_type" in kinds:
        for n in rng.sample(range(1, len(events) + 1), min(2, len(events))):
            pairs.append((questions("nth_type")[0].format(n=n), types[n - 1]))
    return pairs
