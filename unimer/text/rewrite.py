"""Brings wording that varies into the forms that the reader knows, token by token, before anything is read.

The rules stand in ``data/rewrites.yaml`` and the files that go on from it: a regular expression over the words of a
text in lower case, joined by single spaces, and what takes its place. New words keep the place of all that they stand
for, so quotes stay true.
"""

from __future__ import annotations

import re
from heapq import heappop, heappush

from unimer.text.lexicon import Token, grammar
from unimer.text.rules import all_rules, matching

_PARTS = re.compile(r"\\\d|[^ ]+")


def rewrite(tokens: list[Token]) -> list[Token]:
    """The tokens with every rule applied in turn."""
    parts = grammar("body")
    stems = (t.text.removesuffix("'s") for t in tokens)
    tokens = [t._replace(text=s) if s in parts else t for t, s in zip(tokens, stems, strict=True)]
    line = " ".join(t.text for t in tokens)
    todo = sorted(matching(line))  # a sorted list is a heap
    rules = all_rules()
    last = -1
    while todo:
        number = heappop(todo)
        rule = rules[number]
        if number == last or rule.pattern.search(line) is None:
            continue
        last = number
        tokens = _apply(rule.pattern, rule.new, tokens, line)
        line = " ".join(t.text for t in tokens)
        for later in rule.enabled:
            if later > number:
                heappush(todo, later)
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
