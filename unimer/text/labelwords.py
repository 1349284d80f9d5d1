"""The patterns of labelsets.py (``data/labelsets.yaml``), and how units and what is said of them are written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from unimer.resources import load_yaml
from unimer.text.mentions import NUMBER_WORDS, read_mentions

_CUT = re.compile(r"[;:.,(]|(?:,? \b(?:while|whereas|but|yet|although|though|whilst|and|for|because|since)\b)")


class WrongError(Exception):
    """A number or a set that is not that of the labels."""


@cache
def source(name: str) -> str:
    return re.sub(r"~(\w+)~", lambda m: source(m.group(1)), load_yaml("data/labelsets.yaml")[name])


@cache
def pattern(name: str, *, exact: bool = False) -> re.Pattern[str]:
    return re.compile(source(name), 0 if exact else re.IGNORECASE)


def starts(saying: str) -> Iterator[str]:
    """What is said, as far as each joint of the sentence, the shortest first."""
    saying = saying.strip().rstrip(".")
    yield from (saying[: m.start()].strip() for m in _CUT.finditer(saying) if saying[: m.start()].strip())
    yield saying


def said(saying: str, au: int) -> str:
    """A relative clause as a statement of one unit: "the coders labelled", "were labelled by a program"."""
    if re.match(rf"(?:{source('coded')})\b", saying):
        return f"AU{au} is {labelled(saying)}."
    return f"{capital(saying)} AU{au}." if pattern("who").match(saying) else f"AU{au} {saying}."


def labelled(did: str) -> str:
    """Who labelled, as far as the word says it: people annotate and code, a program detects."""
    if did in ("annotated", "coded") or " " in did:
        return did
    return "labelled by the program" if did == "detected" else "labelled"


def number(word: str) -> int:
    word = word.lower().strip()
    if word == "a pair of":
        return 2
    return int(word) if word.isdigit() else NUMBER_WORDS.get(word, 1)


def named(text: str) -> list[int]:
    return list(dict.fromkeys(int(n) for n in re.findall(r"AU ?(\d+)", text)))


def last_list(text: str) -> list[int]:
    """The last units that are named side by side."""
    lists = [named(m.group()) for m in pattern("list").finditer(text)]
    return next((named for named in reversed(lists) if len(named) > 1), [])


def spell(aus: list[int]) -> str:
    names = [f"AU{au}" for au in aus]
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]


def be(aus: list[int]) -> str:
    return "is" if len(aus) == 1 else "are"


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def singular(saying: str) -> str:
    """ "raise the chin" as it is said of one unit; "are supported", "can be judged" are read of one as they stand."""
    other = (
        "are|is|was|were|be|can|could|cannot|have|had|may|might|do|did|not|in|on|at|by|for"
        "|the|that|which|only|just|alone|its|a|an|and|to|of|with"
    )
    verb = re.match(rf"(?!(?:{other})\b)([a-z]+)\b", saying)
    if verb is None or re.search(r"(?:s|ed|ly|ing)$", verb.group(1)):
        return saying
    return f"{verb.group(1)}s{saying[verb.end() :]}"


def pluralised(match: re.Match[str]) -> str:
    verb = match.group(2)
    return f"{match.group(1)} {({'is': 'are', 'was': 'were', 'has': 'have'}).get(verb, verb.removesuffix('s'))}"


def plain(sentence: str) -> str:
    """What is said of the units named, in words that the reader knows."""
    sentence = pattern("besides").sub(lambda m: f"{capital(m.group(2))}{m.group(3)} and {m.group(1)}", sentence)
    sentence = pattern("holds_up").sub(r"\1 is supported", sentence)
    sentence = pattern("in_label").sub(r"\1 is labelled", sentence)
    sentence = pattern("sided").sub(r"\1\2 on the \3 side", sentence)
    return pattern("ellipsis").sub(r"\1 \2", sentence)


def related(sentence: str) -> str:
    """ ", one of which is supported", "and one of them, AU4, is supported"."""
    sentence = pattern("one_named").sub(r" \1 ", sentence)
    sentence = pattern("of_one").sub(
        lambda m: f"; {m.group('only') or ''}{m.group('au')} ".replace("just", "only"), sentence
    )
    sentence = pattern("one_of").sub(r"\1 ", sentence)
    said = pattern("of_which").search(sentence)
    before = read_mentions(sentence[: said.start()]).mentions if said else []
    if any(m.kind == "region" for m in before):
        return sentence  # "The nose wings go up, each of them slightly": no units are meant
    return pattern("of_which").sub(r"; \1 of these units", sentence)


def numbered(text: str) -> str:
    """Names of units as numbers: "AU4, the brow lowerer," and "AUs 1, 2 and 25" are read as AU4, AU1, AU2, AU25."""

    def known(match: re.Match[str]) -> str:
        reading = read_mentions(match.group())
        inside = {i for m in reading.mentions for i in range(m.first, m.last + 1) if m.kind == "au"}
        loose = {t.text for i, t in enumerate(reading.tokens) if i not in inside} - {"(", ")", ",", "the"}
        same = len({m.aus for m in reading.mentions}) == 1 and not loose
        return next(re.finditer(r"AU ?\d+", match.group())).group() if same else match.group()

    text = re.sub(r"\bAU ?\d+ \([a-z ]+\)|\b(?:the )?(?:[a-z]+ ){1,3}\(AU ?\d+\)", known, text)
    text = re.sub(r"\bAU ?\d+, (?:the )?(?:[a-z]+ ){1,2}[a-z]+,", known, text)

    def each(match: re.Match[str]) -> str:
        return re.sub(r"(\d+)", r"AU\1", re.sub(r"\bAUs? ?", "", match.group()))

    text = pattern("numbers").sub(lambda m: m.group().replace(m.group("listed"), f"AUs {m.group('listed')}"), text)
    return re.sub(r"\bAUs? ?\d+(?:(?:, and |, | and | or )(?:AU ?)?\d+\b)*", each, text)
