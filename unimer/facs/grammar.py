"""Parses the Action Unit column of annotation tables: ``4+L10``, ``12A``, ``(R6 or R12)+R15``, ``AU4(k)+L7`` ...

    text    := segment { SEP segment }                SEP := '+' | ',' | ';' | '&' | '、' | 'and' before an item
    segment := [side ':'] { term }                    term := factor { OR factor }         OR := 'or' | '/'
    factor  := ITEM [comment] | side '(' text ')' | 'ref(' text ')' | '(' text ')' [grade] [after] ['?']
             | '?' | free text
    ITEM    := [AU] [kind] [side] number [grade] [after] ['(k)'] ['?']
    kind    := AD | M (action descriptor)             grade := A..E | 'A/B' | '(A/B)'
    side    := L | R | left | right | 左 | 右 | A (asymmetric) | T | B (top or bottom lip) | 'A/L' | '(L/A)' ...
    after   := L | R | left | right | 左 | 右 | 'A/L' ...          comment := '(' FACS name, side or free text ')'

``B28`` is AU 28 of the bottom lip and ``28B`` is AU 28 at intensity B, but ``28L`` is its left side, since L and R
are no grades; ``AU`` is tried before side ``A``. Full-width characters count as their ASCII ones. A number with a
minus sign is no AU. No text is an error: what is not understood is returned as such.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal

from unimer.facs.table import au_table
from unimer.records import AULabel, Side

Alternatives = Literal["all", "first", "none"]
_MAX_DEPTH = 16  # deeper brackets are read as free text
_FIRST_GAZE = 50  # from here on left and right are part of what the number means (AU 61: eyes turn left)
_ASCII = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}  # full-width digits, letters, + , ( ) ? ...
_MINUS = "-−–﹣"

_AU = r"(?:(?i:aus?)[\s_]*)"
_GRADE = r"[A-Ea-e](?:\s*/\s*[A-Ea-e]|(?!\s*/\s*[LRlr](?![A-Za-z0-9])))"
_WORD = r"(?:(?i:left|right)(?:[\s-]*(?i:sided?))?|[左右][侧側边邊]?)"
_ONE = rf"(?:{_WORD}|[LRlr])"
_AFTER = rf"(?:{_WORD}|[LR]\s*/\s*[LRA]|A\s*/\s*[LR]|LR|RL|[LRlr])"
# A side with blanks around belongs to the number before it, unless another number or bracket of numbers follows.
_POST = rf"""(?:(?:{_AFTER}|_[LRl])(?![A-Za-z0-9])
    |[\s:=-]+{_AFTER}(?![A-Za-z0-9])(?!\s*{_AU}?(?:[0-9]|\([^()]*[0-9])))"""
_ITEM = re.compile(
    rf"""(?:(?P<lead>{_ONE}|\(\s*{_ONE}\s*\))\s*(?=(?i:au)))?
    {_AU}?
    (?:(?:AD|M)\s*)?
    (?P<side>\(\s*{_ONE}\s*\)\s*|\(?\s*[LRA]\s*/\s*[LRA]\s*\)?\s*|{_WORD}\s*|[LRATBlr]\s*)?
    (?P<number>[0-9]{{1,2}})
    (?:(?P<grade>{_GRADE})|\s*\(\s*(?P<grade2>{_GRADE})\s*\))?
    (?:(?P<post>{_POST})(?:\s*\(\s*(?P<grade3>{_GRADE})\s*\))?)?
    (?:(?![A-Za-z0-9])|(?=(?:or|and)(?![a-z])))
    (?P<kept>\s*\(\s*[kK]\s*\))?
    (?P<doubt>\s*\?)?""",
    re.VERBOSE,
)
# "4 L 10", "4(L)10": the side of which number?
_UNCLEAR = re.compile(
    rf"{_AU}?[0-9]{{1,2}}(?:{_GRADE})?(?:\s+{_ONE}\s+|\(\s*{_ONE}\s*\)){_AU}?[0-9]{{1,2}}[A-Ea-e]?(?![A-Za-z0-9])"
    rf"(?:\s+{_ONE}(?![A-Za-z0-9]))?"
)
_COMMENT = re.compile(r"[\s:=-]*\((?P<text>[^()0-9?]*)\)(?![0-9])(?P<doubt>\s*\?)?")
_SIDE_ALONE = re.compile(rf"\s*(?:{_AFTER}|\(\s*{_AFTER}\s*\))\s*(?=[+,;、&)]|$)")
_HEADING = re.compile(rf"\s*(?P<side>{_ONE}|\(\s*{_ONE}\s*\))\s*:")
_OPEN = re.compile(rf"(?P<ref>[Rr][Ee][Ff]\s*)?(?P<side>(?:{_WORD}|[LRATBlr])\s*)?\(\s*")
_CLOSE = re.compile(rf"\)(?:\s*(?P<grade>{_GRADE})(?![A-Za-z0-9]))?(?P<post>{_POST})?(?P<doubt>\s*\?)?", re.VERBOSE)
_OR = re.compile(r"or(?![a-z])|/")
_AND = rf"(?i:and)(?=[\s(]*(?:ref\s*\()?{_AU}?{_ONE}?[\sATB(]*[0-9])"
_SEPARATOR = re.compile(rf"\s*(?:[+,;&、]|(?<![A-Za-z]){_AND})")
_BLANK = re.compile(r"\s+")
_ABSENT = re.compile(rf"\s*[{_MINUS}]\s*1(?:\.0+)?\s*")
_SAID = re.compile(r"(?i:\b(?:left|right)\b)|[左右]")


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
    the left moves in either reading. A side that is said in free text (``12 more on the left``) counts, too, and makes
    the AU doubtful. ``-1`` means that nothing is annotated.

    Args:
        text: the cell as it stands.
        alternatives: of ``L12 or L14`` take ``all`` (each marked doubtful), the ``first`` or ``none``.
        references: count AUs in ``ref(...)``, as most users of the tables do.
        kept: count AUs marked ``(k)``: on the face already at onset and not moving (4DME).
    """
    string = "" if text is None else str(text).translate(_ASCII)
    parser = _Parser("" if _ABSENT.fullmatch(string) else string, alternatives, references, kept)
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
        self.string, self.at, self.begin = string, 0, 0
        self.heading: Side = "both"
        self.alternatives, self.references, self.kept = alternatives, references, kept
        self.unparsed: list[str] = []
        self.unknown = False

    def text(self, depth: int) -> list[_Item]:
        """Segments up to the end or, inside brackets, up to the closing one (not consumed)."""
        items: list[_Item] = []
        outer, self.heading = self.heading, "both"
        while not self._ended(depth):
            if separator := self._take(_SEPARATOR):
                self.heading = "both" if ";" in separator[0] else self.heading
            elif alone := self._take(_SIDE_ALONE):
                # "12, left" is AU 12 on the left and "L12+R" both sides of it; in front it is a heading.
                self.heading = self.heading if items else _side(alone[0])
                items[-1:] = [_doubt(_widened(item, _side(alone[0]))) for item in items[-1:]]
            else:
                items += self._segment(depth)
        self.heading = outer
        return items

    def _ended(self, depth: int) -> bool:
        return self.at >= len(self.string) or (depth > 0 and self.string[self.at] == ")")

    def _segment(self, depth: int) -> list[_Item]:
        """What stands before the next separator; a side that its free text says is that of its AUs."""
        items: list[_Item] = []
        self.begin, known = self.at, len(self.unparsed)
        while not self._ended(depth) and not _SEPARATOR.match(self.string, self.at):
            if self.string[self.at] == ")":
                self.at += 1  # unbalanced
            elif named := self._take(_HEADING):
                self.heading = _side(named["side"])
            else:
                items += [_on(item, self.heading) for item in self._term(depth)]
        return _as_said(items, " ".join(self.unparsed[known:]))

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
        if unclear := self._take(_UNCLEAR):
            self.unparsed.append(" ".join(unclear[0].split()))
            return []
        match = self._take(_ITEM, _valid)
        if match:
            items = self._commented(self._item(match))
        else:
            opening = self._take(_OPEN) if depth < _MAX_DEPTH else None
            items = self._group(opening, depth) if opening else self._free_text()
        self._take(_BLANK)
        return items

    def _item(self, match: re.Match[str]) -> _Item:
        label = AULabel(
            au=int(match["number"]),
            side=_side(match["lead"], match["side"], match["post"]),
            intensity=_grade(match["grade"] or match["grade2"] or match["grade3"]),
            doubtful=match["doubt"] is not None,
        )
        return _Item(label, excluded=match["kept"] is not None and not self.kept)

    def _commented(self, item: _Item) -> list[_Item]:
        """An AU and the bracket behind it: its FACS name is dropped, a side taken, other text not understood."""
        match = self._take(_COMMENT)
        for part in re.split(r"[,;、]", match["text"]) if match else ():
            text = " ".join(part.split())
            if re.fullmatch(_AFTER, text):
                item = _on(item, _side(text))
            elif text and not _is_name(item.label.au, text):
                self.unparsed.append(text)
                item = _as_said([item], text)[0]
        return [_doubt(item) if match and match["doubt"] else item]

    def _group(self, opening: re.Match[str], depth: int) -> list[_Item]:
        items = self.text(depth + 1)
        closing = self._take(_CLOSE)
        side = _side(opening["side"], closing["post"] if closing else None)
        items = [_on(item, side) for item in items]
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
        found = " ".join(self.string[start : self.at].split()).rstrip(" -–:.=").lstrip(" :.=")
        found = found if re.match(rf"[{_MINUS}]\s*[0-9]", found) else found.lstrip(" -–:.=")
        if set(found) == {"?"}:
            self.unknown = True
        elif any(char.isalnum() for char in found):
            self.unparsed.append(found)
        return []

    def _token_starts(self) -> bool:
        char, before = self.string[self.at], self.string[self.at - 1]
        if char in ")(/+,;&、":
            return True
        if before.isalnum():
            return False
        if char.isdigit() and (before in _MINUS or re.fullmatch(rf"\s*[{_MINUS}]\s*", self._so_far())):
            return False
        item = _ITEM.match(self.string, self.at)
        others = (_OR, _OPEN, _SEPARATOR, _HEADING)
        return bool((item and _valid(item)) or any(pattern.match(self.string, self.at) for pattern in others))

    def _so_far(self) -> str:
        """The segment up to here, at most a few characters of it."""
        return self.string[max(self.begin, self.at - 9) : self.at]

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


def _side(*texts: str | None) -> Side:
    """The side that texts like ``L``, ``left``, ``(L/A)`` say; ``both`` where they say both or none."""
    found = ""
    for text in texts:
        found += re.sub(_WORD, lambda word: "L" if word[0][0] in "lL左" else "R", text or "").upper()
    if ("L" in found) == ("R" in found):
        return "both"
    return "left" if "L" in found else "right"


def _on(item: _Item, side: Side) -> _Item:
    return _relabel(item, side=side) if item.label.side == "both" else item


def _widened(item: _Item, side: Side) -> _Item:
    """Also on this side; an item that names no side is on this one only."""
    return _on(item, side) if item.label.side in ("both", side) else _relabel(item, side="both")


def _as_said(items: list[_Item], text: str) -> list[_Item]:
    """Items that name no side are on the one that free text says, doubtful: never both sides instead of one."""
    said = {_side(word) for word in _SAID.findall(text)}
    if len(said) != 1:
        return items
    one = said.pop()
    return [
        _doubt(_on(item, one)) if item.label.side == "both" and item.label.au < _FIRST_GAZE else item for item in items
    ]


def _is_name(au: int, text: str) -> bool:
    unit = au_table().get(au)
    names = (unit.name, *unit.aliases) if unit else ()
    return text.casefold().replace("-", " ") in {name.casefold().replace("-", " ") for name in names}


def _grade(text: str | None) -> str | None:
    return "".join(text.upper().split()) if text else None


def _relabel(item: _Item, **change: object) -> _Item:
    return replace(item, label=item.label.model_copy(update=change))


def _doubt(item: _Item) -> _Item:
    return _relabel(item, doubtful=True)
