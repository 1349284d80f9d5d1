"""The official wording (data/vqa.yaml): questions and their kinds, closed answers, words of Action Units."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, get_args

from unimer.facs.table import au_table
from unimer.resources import load_yaml

Kind = Literal[
    "coarse",
    "fine",
    "aus",
    "side",
    "shown",
    "combined",
    "analysis",
    "count_all",
    "count_micro",
    "count_macro",
    "distinct_aus",
    "nth_type",
]
Year = Literal[2025, 2026]
KINDS: tuple[Kind, ...] = get_args(Kind)
COUNTS: tuple[Kind, ...] = ("count_all", "count_micro", "count_macro")
LISTS: tuple[Kind, ...] = ("aus", "distinct_aus")
"""Kinds whose answer is a list of Action Units."""

_LEAD = re.compile(r"^[^:]*:")
_BREAK = re.compile(r"[,;\n]|\band\b")
_NONE = ("none", "no", "n/a", "null", "no action units", "no action unit", "nothing")
_CODE = re.compile(r"\bau\s*0*([0-9]{1,2})\b")


@dataclass(frozen=True)
class Asked:
    """What a question asks.

    Attributes:
        kind: its kind.
        au: the Action Unit asked about, as written (``side``, ``shown``).
        number: which event (``nth_type``).
    """

    kind: Kind
    au: str | None = None
    number: int | None = None


def vqa_data() -> dict[str, Any]:
    """The data file."""
    data: dict[str, Any] = load_yaml("data/vqa.yaml")
    return data


def kinds_of(year: Year, long: bool) -> list[Kind]:
    """Kinds of a year's ME-VQA, or ME-LVQA where ``long``, in the order in which the files ask them."""
    task = "lvqa" if long else "vqa"
    kinds = vqa_data()["kinds"]
    return [kind for kind in KINDS if kinds[kind]["task"] == task and year in kinds[kind]["years"]]


def is_long(kind: Kind) -> bool:
    """Whether a kind asks about a long video (ME-LVQA)."""
    return str(vqa_data()["kinds"][kind]["task"]) == "lvqa"


def questions(kind: Kind) -> list[str]:
    """All wordings of a kind, with their slots."""
    found: list[str] = vqa_data()["kinds"][kind]["questions"]
    return found


def closed_answers(kind: Kind) -> list[str] | None:
    """All answers to a kind that has only a few; None for the others."""
    data = vqa_data()
    closed: dict[str, list[str]] = {
        "coarse": data["coarse"],
        "fine": data["fine"],
        "side": ["left", "right"],
        "shown": ["yes", "no"],
        "nth_type": list(data["types"].values()),
    }
    return closed.get(kind)


def answer_forms(kind: Kind) -> list[str]:
    """The answer sentences of a kind that has some, one for each wording of the question."""
    found: list[str] = vqa_data()["kinds"][kind]["answers"]
    return found


@cache
def _patterns() -> list[tuple[Kind, re.Pattern[str]]]:
    slots = {r"\{au\}": "(?P<au>.+?)", r"\{n\}": "(?P<n>[0-9]{1,4})"}
    result = []
    for kind in KINDS:
        for question in questions(kind):
            text = re.escape(question)
            for slot, pattern in slots.items():
                text = text.replace(slot, pattern)
            result.append((kind, re.compile(text, re.IGNORECASE)))
    return result


def asked(question: str) -> Asked | None:
    """What a question asks; None where it has no official wording. Case and blanks do not matter."""
    text = " ".join(question.split())
    for kind, pattern in _patterns():
        if match := pattern.fullmatch(text):
            found = match.groupdict()
            return Asked(kind, found.get("au"), int(found["n"]) if "n" in found else None)
    return None


# --- words of Action Units -------------------------------------------------------------------------------------------


def official_aus() -> dict[int, str]:
    """The 25 Action Units of the training file and their words."""
    words: dict[int, str] = vqa_data()["aus"]
    return words


def au_word(au: int) -> str | None:
    """An Action Unit in the words of the files; its FACS name where they have none, None where FACS has none."""
    official = official_aus()
    return official[au] if au in official else au_table()[au].name if au in au_table() else None


@cache
def _names() -> dict[str, str]:
    """Every name of an Action Unit: official word, FACS name, alias; to its word."""
    names = {}
    for au, unit in au_table().items():
        word = au_word(au) or unit.name
        names.update(dict.fromkeys((unit.name, *unit.aliases), word))
    return names | {word: word for word in official_aus().values()}


@cache
def _any_name() -> re.Pattern[str]:
    names = sorted(_names(), key=len, reverse=True)
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, names))})\b")


def read_aus(answer: str) -> list[str]:
    """Action Units that an answer lists, as words, in order, each once.

    Taken from the first sentence, behind its colon if it has one. A part between commas gives the Action Units that it
    names, else those it gives as ``AU12``, else itself: something that is no Action Unit is a wrong answer, not none.
    """
    first = answer.lower().split(".")[0]
    first = _any_name().sub(lambda match: _names()[match[0]], first)  # some names have an "and" in them
    found: list[str] = []
    for part in _BREAK.split(_LEAD.sub("", first)):
        text = " ".join(part.split()).strip(" .:;-*")
        names = [_names()[name] for name in _any_name().findall(text)]
        codes = [au_word(int(number)) or f"au {int(number)}" for number in _CODE.findall(text)]
        found += names or codes or ([] if not text or text in _NONE else [text])
    return list(dict.fromkeys(found))
