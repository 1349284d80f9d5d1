"""The rewriting rules, and which of them a text can match at all: most hold words that a text does not have.

A rule is compiled when a text first has the words for it, so that three thousand rules cost neither a start nor a text
much. What words a rule needs is read off its parsed pattern; Python has no public name for that parser (``sre_parse``
is deprecated), so the private one is imported, and the tests fail where it should change.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache, cached_property
from re import _constants as code  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

from unimer.resources import load_yaml

FILES = (
    "rewrites_common",
    "rewrites_refer",
    "rewrites_reports",
    "rewrites_classes",
    "rewrites_sharing",
    "rewrites_blame",
    "rewrites_style",
    "rewrites_only",
    "rewrites_lists",
    "rewrites_units",
    "rewrites_usage",
    "rewrites_order",
    "rewrites_verses",
    "rewrites_places",
    "rewrites_idioms",
    "rewrites",
    "rewrites_turns",
    "rewrites_motion",
    "rewrites_labels",
)
"""In this order: what one rule writes the next ones read."""
_NAME = re.compile(r"<(\w+)>")
_PRIVATE = 0xE000
"""From here on characters stand for the named patterns while a rule is looked through."""

Fragments = frozenset[str] | None
"""Pieces of words of which a text must hold one; None: nothing is known that it must hold."""


class Rule:
    """A regular expression over a text's words, and what takes the place of what it matches."""

    def __init__(self, pattern: str, new: str) -> None:
        self.source, self.new = pattern, new
        self.fragments = required(pattern)

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The compiled expression, which matches whole words only."""
        return re.compile(rf"(?<![^ ])(?:{_expand(self.source)})(?:(?![^ ])|(?<= ))")

    @cached_property
    def enabled(self) -> frozenset[int]:
        """The rules that the words of ``new`` may make match, by number."""
        return frozenset(matching(re.sub(r"\\\d", " ", self.new)))


@cache
def all_rules() -> tuple[Rule, ...]:
    """Every rule in its order."""
    files = [load_yaml(f"data/{name}.yaml") for name in FILES]
    return tuple(Rule(*rule) for file in files for rules in file["rules"].values() for rule in rules)


def matching(line: str) -> Iterable[int]:
    """The numbers of the rules that can match a line; all that do match are among them."""
    index, always = _index()
    found = set(always)
    for fragment in [f for f in index if f in line]:
        found.update(index[fragment])
    return found


@cache
def _index() -> tuple[dict[str, list[int]], list[int]]:
    """Rules by the fragments that they need, and the rules that may match anything."""
    index: dict[str, list[int]] = {}
    always = []
    for number, rule in enumerate(all_rules()):
        if rule.fragments is None:
            always.append(number)
        for fragment in rule.fragments or ():
            index.setdefault(fragment, []).append(number)
    return index, always


@cache
def _names() -> dict[str, str]:
    """The patterns that rules call by name, each expanded."""
    names: dict[str, str] = {}
    for file in ("rewrites", *FILES):
        for name, pattern in load_yaml(f"data/{file}.yaml").get("names", {}).items():
            names.setdefault(name, f"(?:{_NAME.sub(lambda m: names[m.group(1)], pattern)})")
    return names


def _expand(pattern: str) -> str:
    return _NAME.sub(lambda m: _names()[m.group(1)], pattern)


# --- what a pattern needs --------------------------------------------------------------------------------------------


@cache
def required(pattern: str) -> Fragments:
    """Pieces of words of which every text that a pattern matches holds at least one.

    Raises:
        re.error: the pattern is no regular expression.
    """
    order = list(_names())
    marked = _NAME.sub(lambda m: chr(_PRIVATE + order.index(m.group(1))), pattern)
    return _of_sequence(parser.parse(marked))


@cache
def _of_name(number: int) -> Fragments:
    return _of_sequence(parser.parse(list(_names().values())[number]))


def _of_sequence(items: Iterable[tuple[Any, Any]]) -> Fragments:
    """The most telling of what the items of a sequence need: the longest pieces, of those the fewest."""
    choices: list[frozenset[str]] = []
    run = ""
    for op, value in items:
        if op is code.LITERAL and value < _PRIVATE:
            run += chr(value)
            continue
        choices += _pieces(run)
        run = ""
        needed = _of_name(value - _PRIVATE) if op is code.LITERAL else _of_item(op, value)
        choices += [needed] if needed else []
    choices += _pieces(run)
    return max(choices, key=lambda c: (min(map(len, c)), -len(c)), default=None)


def _pieces(run: str) -> list[frozenset[str]]:
    return [frozenset((word,)) for word in run.split()]


def _of_item(op: Any, value: Any) -> Fragments:
    if op is code.SUBPATTERN:
        return _of_sequence(value[-1])
    if op is code.ASSERT:
        return _of_sequence(value[1])
    if op in (code.MAX_REPEAT, code.MIN_REPEAT) and value[0] > 0:
        return _of_sequence(value[2])
    if op is code.BRANCH:
        branches = [_of_sequence(branch) for branch in value[1]]
        return frozenset().union(*(b for b in branches if b)) if all(branches) else None
    return None
