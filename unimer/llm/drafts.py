"""What a language model must answer: its JSON schema, the strict reading of it, and the text it becomes.

An item of evidence names regions and directions in the checker's own words (``unimer.text.facts.sense``), so that it
can be compared exactly. Nothing here looks at the evidence: ``unimer.llm.judge`` does.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, PrivateAttr, ValidationError

from unimer.faces.regions import base_of, phrase, region_names, side_of
from unimer.records import Reason, Record, Sample, Side, Strength, Task
from unimer.text import phrases
from unimer.text.facts import OCTANT_DEGREES, sense
from unimer.text.tasks import CER

WrittenTask = Literal["motion_description", "full"]

_FENCE = re.compile(r"```[A-Za-z]*\s*\n?(.*?)```", re.DOTALL)
_THOUGHT = re.compile(r"^\s*<think>.*?</think>", re.DOTALL)
_QUOTED = 80
_TRIES = 200
"""Opening braces that are tried as the start of an object."""


# --- vocabulary ------------------------------------------------------------------------------------------------------


@cache
def region_words() -> dict[str, str]:
    """Regions without side as a model reads and writes them, to their names: ``inner brow`` to ``inner_brow``."""
    bases = dict.fromkeys(base_of(r) for r in region_names())
    return {region_word(base): base for base in bases}


def region_word(base: str) -> str:
    """The word for a region without side; the reader does not know "nasolabial" alone."""
    return "nasolabial fold" if base == "nasolabial" else phrase(base)


@cache
def midline_words() -> frozenset[str]:
    """Regions that have no side."""
    return frozenset(region_word(r) for r in region_names() if side_of(r) is None)


@cache
def direction_words() -> tuple[str, ...]:
    """Directions as the checker names them: ``up``, ``down-outward``, ``image-left`` ..."""
    found = (sense(region, octant) for region in ("inner_brow_left", "chin") for octant in OCTANT_DEGREES)
    return tuple(sorted(dict.fromkeys(found)))


def _known_region(word: str) -> str:
    if word not in region_words():
        raise ValueError(f'"{word[:_QUOTED]}" is no region: use one of {", ".join(region_words())}')
    return word


def _known_direction(word: str) -> str:
    if word not in direction_words():
        raise ValueError(f'"{word[:_QUOTED]}" is no direction: use one of {", ".join(direction_words())}')
    return word


# --- drafts ----------------------------------------------------------------------------------------------------------


class Item(Record):
    """One piece of evidence: this Action Unit moves this region so.

    ``side`` is None on the mid-line and nowhere else. ``direction`` is in the checker's words. ``strength`` None: not
    said.
    """

    au: Annotated[int, Field(strict=True, ge=1, le=99)]
    side: Side | None
    region: Annotated[str, AfterValidator(_known_region)]
    direction: Annotated[str, AfterValidator(_known_direction)]
    strength: Strength | None

    @property
    def base(self) -> str:
        """Name of the region without its side."""
        return region_words()[self.region]


class _Draft(Record):
    evidence: Annotated[list[Item], Field(min_length=1)]
    _tolerated: tuple[str, ...] = PrivateAttr(default=())

    @property
    def tolerated(self) -> tuple[str, ...]:
        """What stood around the object and was passed over: a code fence, a thought, other text."""
        return self._tolerated


class DescriptionDraft(_Draft):
    """The answer to ``motion_description``."""

    text: str

    @property
    def prose(self) -> str:
        """The model's own words."""
        return self.text


class FullDraft(_Draft):
    """The answer to ``full``."""

    emotion_class: Annotated[str, Field(alias="class")]
    rationale: str

    @property
    def prose(self) -> str:
        """The model's own words."""
        return self.rationale


Draft = DescriptionDraft | FullDraft
_MODELS: dict[Task, type[DescriptionDraft] | type[FullDraft]] = {
    "motion_description": DescriptionDraft,
    "full": FullDraft,
}


def schema(task: Task) -> dict[str, Any]:
    """JSON schema of a draft, in the subset that strict structured output allows: no defaults, nothing optional."""
    item = _object(
        {
            "au": {"type": "integer"},
            "side": {"type": ["string", "null"], "enum": ["left", "right", "both", None]},
            "region": {"type": "string", "enum": list(region_words())},
            "direction": {"type": "string", "enum": list(direction_words())},
            "strength": {"type": ["string", "null"], "enum": ["slight", "moderate", "strong", None]},
        }
    )
    items = {"type": "array", "items": item}
    if task == "full":
        return _object({"class": {"type": "string"}, "evidence": items, "rationale": {"type": "string"}})
    return _object({"evidence": items, "text": {"type": "string"}})


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


# --- reading ---------------------------------------------------------------------------------------------------------


def parse_draft(task: Task, text: str) -> Draft | list[Reason]:
    """Reads an answer: one JSON object, perhaps in a code fence, behind a ``<think>`` or with text around it.

    What stands around is recorded (``tolerated``); in the object itself nothing is: a key too many or too few, a key
    twice, another type, an unknown word are ``llm.schema``. Never raises.
    """
    objects, tolerated, problem = _objects(text)
    if not objects:
        message = 'the answer is no JSON object with the key "evidence"' + (f": {problem}" if problem else "")
        return [Reason(code="llm.schema", message=message)]
    if len(objects) > 1:
        return [Reason(code="llm.schema", message=f"the answer holds {len(objects)} JSON objects instead of one")]
    try:
        draft = _MODELS[task].model_validate(objects[0])
    except ValidationError as error:
        return [Reason(code="llm.schema", message=m) for m in _complaints(error)]
    draft._tolerated = tuple(tolerated)
    return draft


def _objects(text: str) -> tuple[list[dict[str, Any]], list[str], str | None]:
    """The JSON objects of a text that could be drafts, what was passed over to find them, and why there is none."""
    tolerated = []
    thought = _THOUGHT.match(text)
    if thought is not None:
        tolerated.append("a thought before the answer")
        text = text[thought.end() :]
    fences = _FENCE.findall(text)
    if len(fences) == 1 and "{" in fences[0]:
        tolerated.append("a code fence")
        if _FENCE.sub("", text).strip():
            tolerated.append("text around the code fence")
        text = fences[0]
    text = text.strip()
    found, outside, place, problem = [], [], 0, None
    for _ in range(_TRIES):
        start = text.find("{", place)
        if start < 0:
            break
        outside.append(text[place:start])
        try:
            value, place = _DECODER.raw_decode(text, start)
            json.dumps(value, ensure_ascii=False).encode()  # "\\ud800" alone is no character and cannot be written
            if "evidence" in value:  # else an aside, or a part of an object that is broken further out
                found.append(value)
            else:
                outside.append(text[start:place])
        except (ValueError, RecursionError) as error:
            problem = problem or _why(error)
            outside.append("{")
            place = start + 1
    outside.append(text[place:])
    if found and "".join(outside).strip():
        tolerated.append("text around the object")
    return found, tolerated, problem


def _why(error: ValueError | RecursionError) -> str:
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    return error.msg if isinstance(error, json.JSONDecodeError) else str(error)[:_QUOTED]


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = [key for key, _ in pairs]
    for key in keys:
        if keys.count(key) > 1:
            raise ValueError(f'the key "{key[:_QUOTED]}" stands twice')
    return dict(pairs)


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant)


def _complaints(error: ValidationError) -> list[str]:
    """At most five problems in words."""
    found = []
    for entry in error.errors(include_url=False, include_input=False)[:5]:
        where = ".".join(str(part) for part in entry["loc"])[:_QUOTED]
        found.append(f"{where}: {entry['msg'].removeprefix('Value error, ')}" if where else entry["msg"])
    return list(dict.fromkeys(found))


# --- writing ---------------------------------------------------------------------------------------------------------


def draft_text(draft: Draft, sample: Sample) -> str:
    """The answer of a draft as it stands in the dataset.

    A description is the model's own text. Of a (C, E, R) draft, class and rationale are the model's, and the lines of
    evidence are the items in our own words: one line an Action Unit, worded by the sample's seed alone.
    """
    if isinstance(draft, DescriptionDraft):
        return "\n".join(" ".join(line.split()) for line in draft.text.strip().splitlines())
    digest = hashlib.sha256(f"{sample.provenance.seed}\n{sample.id}\nllm".encode()).digest()
    rng = random.Random(int.from_bytes(digest[:8], "big"))
    rationale = " ".join(draft.rationale.split())
    return CER(" ".join(draft.emotion_class.split()), tuple(_lines(draft.evidence, sample, rng)), rationale).text()


def _lines(items: list[Item], sample: Sample, rng: random.Random) -> list[str]:
    """ "AU4 (brow lowerer): both inner brows move down and inward" for the items of each Action Unit."""
    sides = {label.au: label.side for label in sample.labels.aus}
    lines = []
    for au in dict.fromkeys(item.au for item in items):
        side = sides.get(au, "both")
        clauses = [phrases.clause(s, rng) for s in _statements([i for i in items if i.au == au])]
        lines.append(f"{phrases.unit(au, None if side == 'both' else side, 0)}: {phrases.clause_list(clauses, rng)}")
    return lines


def _statements(items: list[Item]) -> list[phrases.Statement]:
    """Items that say the same of several regions become one statement."""
    grouped: dict[tuple[str, Strength | None], dict[phrases.Subject, None]] = {}
    for item in items:
        subject = phrases.Subject(item.base, item.side)
        grouped.setdefault((item.direction, item.strength), {})[subject] = None
    return [phrases.Statement(tuple(subjects), *how) for how, subjects in grouped.items()]
