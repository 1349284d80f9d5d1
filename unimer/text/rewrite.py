"""Brings wording that varies into the forms that the reader knows, token by token, before anything is read.

The rules stand in ``data/rewrites.yaml`` and the files that go on from it: a regular expression over the words of a
text in lower case, joined by single spaces, and what takes its place. New words keep the place of all that they stand
for, so quotes stay true.
"""

from __future__ import annotations

import re
from functools import cache

from unimer.resources import load_yaml
from unimer.text.lexicon import Token, grammar

_PARTS = re.compile(r"\\\d|[^ ]+")
_RUN = 8
"""Rules that are looked for together first: most match nowhere, and one search for eight is much faster than eight."""

_FILES = (
    "rewrites_style",
    "rewrites_verses",
    "rewrites_places",
    "rewrites_idioms",
    "rewrites",
    "rewrites_turns",
    "rewrites_motion",
    "rewrites_labels",
)
"""In this order: what one rule writes the next ones read."""

Rule = tuple[re.Pattern[str], str]


@cache
def _runs() -> list[tuple[re.Pattern[str], list[Rule]]]:
    """Rules in their order, in runs, each with a pattern that matches where any rule of the run does."""
    files = [load_yaml(f"data/{name}.yaml") for name in _FILES]
    shared = load_yaml("data/rewrites.yaml")["names"]
    own = [item for file in files if file.get("names") is not shared for item in file.get("names", {}).items()]
    names: dict[str, str] = {}
    for name, pattern in [*shared.items(), *own]:
        names[name] = "(?:" + _named(pattern, names) + ")"
    listed = [rule for file in files for rules in file["rules"].values() for rule in rules]
    rules = [(_named(pattern, names), new) for pattern, new in listed]
    runs = [rules[i : i + _RUN] for i in range(0, len(rules), _RUN)]
    return [
        (_whole("|".join(f"(?:{pattern})" for pattern, _ in run)), [(_whole(pattern), new) for pattern, new in run])
        for run in runs
    ]


def _whole(pattern: str) -> re.Pattern[str]:
    """Matches whole words only."""
    return re.compile(rf"(?<![^ ])(?:{pattern})(?:(?![^ ])|(?<= ))")


def _named(pattern: str, names: dict[str, str]) -> str:
    return re.sub(r"<(\w+)>", lambda m: names[m.group(1)], pattern)


def rewrite(tokens: list[Token]) -> list[Token]:
    """The tokens with every rule applied in turn."""
    parts = grammar("body")
    stems = (t.text.removesuffix("'s") for t in tokens)
    tokens = [t._replace(text=s) if s in parts else t for t, s in zip(tokens, stems, strict=True)]
    line = " ".join(t.text for t in tokens)
    for any_of_them, rules in _runs():
        if any_of_them.search(line) is None:
            continue
        for pattern, new in rules:
            if pattern.search(line) is not None:
                tokens = _apply(pattern, new, tokens, line)
                line = " ".join(t.text for t in tokens)
    return tokens


def _apply(pattern: re.Pattern[str], new: str, tokens: list[Token], line: str) -> list[Token]:
    places = [0]
    for token in tokens:
        places.append(places[-1] + len(token.text) + 1)
    at = {place: i for i, place in enumerate(places)}
    places.pop()
    found: list[Token] = []
    done = 0
    for match in pattern.finditer(line):
        first, last = at[match.start()], at[len(line[: match.end()].rstrip(" ")) + 1] - 1
        found += tokens[done:first]
        for part in _PARTS.findall(new):
            if not part.startswith("\\"):
                found.append(Token(part, tokens[first].start, tokens[last].end))
            elif match.group(int(part[1:])):
                a, b = match.span(int(part[1:]))
                found += [t for p, t in zip(places, tokens, strict=True) if a <= p < b]
        done = last + 1
    return found + tokens[done:]
