"""Parses the Action Unit column of annotation tables: ``4+L10``, ``12A``, ``(R6 or R12)+R15``, ``AU4(k)+L7`` ...

    text  := term { [SEP] term }                      SEP := '+' | ',' | '，' | ';'
    term  := factor { OR factor }                     OR  := 'or' | '/'
    factor := ITEM | side '(' text ')' | 'ref(' text ')' | '(' text ')' [grade] ['?'] | '?' | free text
    ITEM  := [AU] [kind] [side] number [grade] ['(k)'] ['?']
    kind  := AD | M (action descriptor)               grade := A..E | 'A/B' | '(A/B)'
    side  := L | R | A (asymmetric) | T | B (top or bottom lip) | 'A/L' | '(L/A)' ...

``B28`` is AU 28 of the bottom lip and ``28B`` is AU 28 at intensity B; ``AU`` is tried before side ``A``. No text is
an error: what is not understood is returned as such.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal

from unimer.records import AULabel, Side

Alternatives = Literal["all", "first", "none"]
_MAX_DEPTH = 16  # deeper brackets are read as free text

_GRADE = r"[A-Ea-e](?:\s*/\s*[A-Ea-e])?"
_ITEM = re.compile(
    rf"""(?:AU\s*|au\s*|Au\s*)?
    (?:(?:AD|M)\s*)?
    (?P<side>\(?\s*[LRA]\s*/\s*[LRA]\s*\)?\s*|[LRATB]\s*|[lr])?
    (?P<number>[0-9]{{1,2}})
    (?:(?P<grade>{_GRADE})|\s*\(\s*(?P<grade2>{_GRADE})\s*\))?
    (?:(?![A-Za-z0-9])|(?=or(?![a-z])))
    (?P<kept>\s*\(\s*[kK]\s*\))?
    (?P<doubt>\s*\?)?""",
    re.VERBOSE,
)
_OPEN = re.compile(r"(?P<ref>[Rr][Ee][Ff]\s*)?(?P<side>[LRATBr]\s*)?\(\s*")
_CLOSE = re.compile(rf"\)(?:\s*(?P<grade>{_GRADE})(?![A-Za-z0-9]))?(?P<doubt>\s*\?)?")
_OR = re.compile(r"or(?![a-z])|/")
_SEPARATOR = re.compile(r"[+,，;；]")
_BLANK = re.compile(r"\s+")


@dataclass(frozen=True)
class Parsed:
    """What an AU string says.

    Attributes:
        items: AUs said to be present, in order, one an (AU, side).
        excluded: AUs that were understood but left out by a policy: kept ``(k)``, ``ref()`` or alternatives.
        unparsed: free text that was not understood.
        unknown: a bare ``?``: the coder saw something but gave no AU.
    """

    items: list[AULabel] = field(default_factory=list)
    excluded: list[AULabel] = field(default_factory=list)
    unparsed: list[str] = field(default_factory=list)
    unknown: bool = False


@dataclass(frozen=True)
class _Item:
    label: AULabel
    excluded: bool = False


def parse(
    text: str | int | None,
    *,
    alternatives: Alternatives = "all",
    references: bool = True,
    kept: bool = False,
) -> Parsed:
    """Parse an AU string. Never raises on any text.

    Sides are the subject's own. ``A`` (asymmetric), ``T`` and ``B`` give side ``both``; ``A/L`` gives ``left``, since
    the left moves in either reading.

    Args:
        text: the cell as it stands.
        alternatives: of ``L12 or L14`` take ``all`` (each marked doubtful), the ``first`` or ``none``.
        references: count AUs in ``ref(...)``, as most users of the tables do.
        kept: count AUs marked ``(k)``: on the face already at onset and not moving (4DME).
    """
    parser = _Parser("" if text is None else str(text), alternatives, references, kept)
    items = parser.text(0)
    labels: dict[tuple[int, Side], AULabel] = {}
    excluded: dict[tuple[int, Side], AULabel] = {}
    for item in items:
        (excluded if item.excluded else labels).setdefault((item.label.au, item.label.side), item.label)
    return Parsed(list(labels.values()), list(excluded.values()), parser.unparsed, parser.unknown)


def format_aus(labels: list[AULabel]) -> str:
    """Write AUs in the common syntax, for example ``4+L10+12(A/B)+25?``; ``parse`` reads it back."""
    prefix = {"left": "L", "right": "R", "both": ""}
    parts = []
    for label in labels:
        grade = label.intensity or ""
        if not re.fullmatch(_GRADE, grade):
            grade = ""  # another source's measure, not a FACS grade
        elif "/" in grade:
            grade = f"({grade})"
        parts.append(f"{prefix[label.side]}{label.au}{grade}{'?' if label.doubtful else ''}")
    return "+".join(parts)


class _Parser:
    """Recursive descent over one string; ``self.at`` is the reading position."""

    def __init__(self, string: str, alternatives: Alternatives, references: bool, kept: bool) -> None:
        self.string, self.at = string, 0
        self.alternatives, self.references, self.kept = alternatives, references, kept
        self.unparsed: list[str] = []
        self.unknown = False

    def text(self, depth: int) -> list[_Item]:
        """Terms up to the end or, inside brackets, up to the closing one (not consumed)."""
        items: list[_Item] = []
        while self.at < len(self.string):
            if self.string[self.at] == ")":
                if depth:
                    break
                self.at += 1  # unbalanced
            elif not self._take(_SEPARATOR):
                items += self._term(depth)
        return items

    def _term(self, depth: int) -> list[_Item]:
        choices = [self._factor(depth)]
        while self._take(_OR):
            choices.append(self._factor(depth))
        if len(choices) == 1:
            return choices[0]
        if self.alternatives == "all":
            return [_doubt(item) for choice in choices for item in choice]
        taken = 1 if self.alternatives == "first" else 0
        left_out = [replace(item, excluded=True) for choice in choices[taken:] for item in choice]
        return [item for choice in choices[:taken] for item in choice] + left_out

    def _factor(self, depth: int) -> list[_Item]:
        self._take(_BLANK)
        match = self._take(_ITEM, _valid)
        if match:
            items = [self._item(match)]
        else:
            opening = self._take(_OPEN) if depth < _MAX_DEPTH else None
            items = self._group(opening, depth) if opening else self._free_text()
        self._take(_BLANK)
        return items

    def _item(self, match: re.Match[str]) -> _Item:
        label = AULabel(
            au=int(match["number"]),
            side=_side(match["side"]),
            intensity=_grade(match["grade"] or match["grade2"]),
            doubtful=match["doubt"] is not None,
        )
        return _Item(label, excluded=match["kept"] is not None and not self.kept)

    def _group(self, opening: re.Match[str], depth: int) -> list[_Item]:
        items = self.text(depth + 1)
        closing = self._take(_CLOSE)
        if opening["side"]:
            side = _side(opening["side"])
            items = [_relabel(item, side=side) if item.label.side == "both" else item for item in items]
        if opening["ref"] and not self.references:
            items = [replace(item, excluded=True) for item in items]
        if closing and closing["grade"]:
            grade = _grade(closing["grade"])
            items = [_relabel(item, intensity=item.label.intensity or grade) for item in items]
        if closing and closing["doubt"]:
            items = [_doubt(item) for item in items]
        return items

    def _free_text(self) -> list[_Item]:
        """Everything up to the next thing that could start a token at a word boundary."""
        start = self.at
        if self.string[start : start + 1] == ")" or _SEPARATOR.match(self.string, start):
            return []
        self.at += 1
        while self.at < len(self.string) and not self._token_starts():
            self.at += 1
        found = " ".join(self.string[start : self.at].split()).strip(" -–:.=")
        if set(found) == {"?"}:
            self.unknown = True
        elif any(char.isalnum() for char in found):
            self.unparsed.append(found)
        return []

    def _token_starts(self) -> bool:
        char, before = self.string[self.at], self.string[self.at - 1]
        if char in ")(/" or _SEPARATOR.match(char):
            return True
        if before.isalnum():
            return False
        item = _ITEM.match(self.string, self.at)
        return bool((item and _valid(item)) or _OR.match(self.string, self.at) or _OPEN.match(self.string, self.at))

    def _take(
        self, pattern: re.Pattern[str], valid: Callable[[re.Match[str]], bool] | None = None
    ) -> re.Match[str] | None:
        match = pattern.match(self.string, self.at)
        if match is None or (valid is not None and not valid(match)):
            return None
        self.at = match.end()
        return match


def _valid(match: re.Match[str]) -> bool:
    return int(match["number"]) > 0


def _side(text: str | None) -> Side:
    letters = {char for char in (text or "").upper() if char in "LR"}
    if letters == {"L"}:
        return "left"
    return "right" if letters == {"R"} else "both"


def _grade(text: str | None) -> str | None:
    return "".join(text.upper().split()) if text else None


def _relabel(item: _Item, **change: object) -> _Item:
    return replace(item, label=item.label.model_copy(update=change))


def _doubt(item: _Item) -> _Item:
    return _relabel(item, doubtful=True)
