"""The words of facial motion: tokens, and a trie over the phrases of ``data/lexicon.yaml``."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from itertools import product
from typing import Any, Literal, NamedTuple

from unimer.facs.table import au_table
from unimer.resources import load_yaml

Kind = Literal[
    "region",
    "au",
    "emotion",
    "side",
    "verb",
    "noun",
    "direction",
    "still",
    "unmeasurable",
    "measuring",
    "presence",
    "annotated",
    "place",
    "strength",
    "negation",
    "hedge",
    "law",
    "identity",
]


class Token(NamedTuple):
    """One word, number or punctuation mark: ``text`` in lower case, found at ``start:end`` of the original."""

    text: str
    start: int
    end: int


@dataclass
class Mention:
    """Something the lexicon knows, at tokens ``first..last`` (inclusive).

    ``value`` is a region or group, an emotion, a direction, a strength or a side, depending on ``kind``; ``aus`` the
    Action Units of an ``au`` mention. ``side`` as far as words inside or beside the mention say it.
    """

    kind: Kind
    value: str
    first: int
    last: int
    aus: tuple[int, ...] = ()
    side: str | None = None
    plural: bool = False
    linked: bool = field(default=False, compare=False)


class Entry(NamedTuple):
    """What a phrase stands for."""

    kind: Kind
    value: str
    plural: bool = False


TOKEN = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?|\d+(?:\.\d+)?|\n|[^\w\s]|_")
_PLAIN = str.maketrans("’‘`´‐‑‒–", "''''----")


def grammar(name: str) -> frozenset[str]:
    """A set of function words of the lexicon's part ``grammar``."""
    return frozenset(load_yaml("data/lexicon.yaml")["grammar"][name])


DETERMINERS = grammar("determiners")
_BEFORE_DETERMINERS = DETERMINERS | grammar("before_determiners")
_BEFORE_SIDES = grammar("before_sides")
SIDES = {
    "left": "left",
    "right": "right",
    "both": "both",
    "either": "both",
    "each": "both",
    "every": "both",
    "two": "both",
}
IRREGULAR = {
    "rise": "rises rising rose risen",
    "draw": "draws drawing drew drawn",
    "go": "goes going went gone",
    "fall": "falls falling fell fallen",
    "sink": "sinks sinking sank sunk",
    "drop": "drops dropping dropped",
    "knit": "knits knitting knitted",
    "ride": "rides riding rode ridden",
    "drive": "drives driving drove driven",
    "transfer": "transfers transferring transferred",
    "impel": "impels impelling impelled",
    "arise": "arises arising arose arisen",
    "spot": "spots spotting spotted",
    "bob": "bobs bobbing bobbed",
    "hop": "hops hopping hopped",
    "prod": "prods prodding prodded",
    "jog": "jogs jogging jogged",
    "tip": "tips tipping tipped",
    "sag": "sags sagging sagged",
    "dip": "dips dipping dipped",
    "spread": "spreads spreading",
    "come": "comes coming came",
    "bring": "brings bringing brought",
    "tug": "tugs tugging tugged",
    "creep": "creeps creeping crept",
    "show": "shows showing showed shown",
    "see": "sees seeing",
    "find": "finds finding",
    "take place": "taking place took place",
    "hold": "holds holding held",
    "shoot": "shoots shooting shot",
    "hang": "hangs hanging hung",
    "thrust": "thrusts thrusting",
    "sweep": "sweeps sweeping swept",
    "slip": "slips slipping slipped",
    "jut": "juts jutting jutted",
    "propel": "propels propelling propelled",
    "drag": "drags dragging dragged",
    "bend": "bends bending bent",
    "swing": "swings swinging swung",
    "lead": "leads leading led",
    "take": "takes taking took taken",
    "slide": "slides sliding slid",
    "occur": "occurs occurring occurred",
    "backed": "",
    "seen": "",
    "found": "",
    "travel": "travels travelling travelled traveling traveled",
    "read": "reads reading",
    "say": "says saying said",
}


def tokenise(text: str) -> list[Token]:
    """Words, numbers, line ends and punctuation marks with their places; never fails."""
    flat = text.translate(_PLAIN)
    # Else letter by letter: places must stay those of the text, and some letters have a longer lower case.
    flat = flat.lower() if flat.isascii() else "".join(c.lower() if len(c.lower()) == 1 else c for c in flat)
    found = [Token(m.group(), m.start(), m.end()) for m in TOKEN.finditer(flat)]
    # A hyphen between two words joins them ("lip-corner puller", "up-and-out"): it only separates words.
    last = len(found) - 1
    return [
        token
        for i, token in enumerate(found)
        if token.text != "-"
        or not (0 < i < last and found[i - 1].end == token.start and token.end == found[i + 1].start)
    ]


def verb_forms(verb: str) -> list[str]:
    """Base, third person, gerund and participle of an English verb."""
    head, _, rest = verb.partition(" ")
    if rest:
        return [f"{form} {rest}" for form in verb_forms(head)]
    if verb in IRREGULAR:
        return [verb, *IRREGULAR[verb].split()]
    if verb.endswith("e"):
        return [verb, verb + "s", verb[:-1] + "ing", verb + "d"]
    if verb.endswith(("s", "ch", "sh", "x", "z")):
        return [verb, verb + "es", verb + "ing", verb + "ed"]
    return [verb, verb + "s", verb + "ing", verb + "ed"]


def plural_of(noun: str) -> str:
    """Plural of a regular English noun."""
    if noun.endswith("half"):
        return noun[:-1] + "ves"
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return noun[:-1] + "ies"
    return noun + ("es" if noun.endswith(("s", "ch", "sh", "x")) else "s")


def plurals(phrase: str) -> list[tuple[str, bool]]:
    """A singular noun phrase in all numbers of its head and complement; the flag says that the head is plural."""
    head, _, rest = phrase.partition(" of ")
    for word in ("below", "under", "beneath", "underneath", "above", "over", "between", "beside", "near"):
        if f" {word} " in phrase:
            head, _, rest = phrase.partition(f" {word} ")
            link = f" {word} "
            break
    else:
        link = " of "
    heads = [(head, False), (plural_of(head), True)]
    rests = (
        [
            "",
        ]
        if not rest
        else [link + rest, link + plural_of(rest)]
    )
    two = rest.endswith(("brow", "lid", "eye", "cheek", "nostril")) and link != " between "  # "the end of the brows"
    return [(h + r, many or (two and r == rests[-1])) for h, many in heads for r in rests]


def merge_sides(sides: list[str]) -> str | None:
    """One side of several words: left and right are both; in "both the left brow and the chin" only left counts."""
    named = set(sides) - {"both"}
    return None if not sides else named.pop() if len(named) == 1 else "both"


class Trie:
    """Phrases by their words; every phrase carries one or more (kind, value, plural)."""

    def __init__(self) -> None:
        self.root: dict[str, Any] = {}

    def add(self, phrase: str, kind: Kind, value: str, plural: bool = False) -> None:
        node = self.root
        for word in phrase.split():
            node = node.setdefault(word, {})
        entry = Entry(kind, value, plural)
        entries = node.setdefault("", [])
        if entry not in entries:
            entries.append(entry)

    def longest(self, words: list[str], start: int) -> tuple[int, list[Entry], list[str]] | None:
        """The longest phrase at ``start``: its last index, its entries and the sides named inside it."""
        if words[start] not in self.root:
            return None
        best: tuple[int, list[Entry], list[str]] | None = None
        # Ways to read on: place in the trie, next word, sides so far. A determiner or a side may be read or skipped.
        ways: list[tuple[dict[str, Any], int, list[str]]] = [(self.root, start, [])]
        while ways:
            node, i, sides = ways.pop()
            if i == len(words):
                continue
            word = words[i]
            if i > start and (
                (word in DETERMINERS and words[i - 1] in _BEFORE_DETERMINERS)
                or (word in ("left", "right") and words[i - 1] in _BEFORE_SIDES)
            ):
                ways.append((node, i + 1, [*sides, SIDES[word]] if word in SIDES else sides))
            if word in node:
                ways.append((node[word], i + 1, sides))
                if "" in node[word] and (best is None or i > best[0]):
                    best = (i, node[word][""], sides)
        return best


@cache
def lexicon() -> Trie:
    """The trie of everything in ``data/lexicon.yaml`` and of the FACS names of ``data/aus.yaml``."""
    data, trie = load_yaml("data/lexicon.yaml"), Trie()
    for region, phrases in data["regions"].items():
        _add_nouns(trie, phrases, region)
    for group, spec in data["groups"].items():
        _add_nouns(trie, spec["words"], group)
    _add_nouns(trie, data["unknown_regions"], "?")
    for direction, verbs in data["verbs"].items():
        for verb in verbs:
            for form in verb_forms(verb):
                trie.add(form, "verb", "" if direction == "none" else direction)
    for form in ("part", "parts", "parted", "parting"):
        trie.add(form, "verb", "apart")
    for direction, nouns in data["motion_nouns"].items():
        for noun in nouns:
            for form in (noun, plural_of(noun)):
                trie.add(form, "noun", "" if direction == "none" else direction)
    for direction, phrases in data["directions"].items():
        for phrase in phrases:
            trie.add(phrase, "direction", direction)
    for direction, goals in data["toward"].items():
        for goal in goals:
            words = " ".join(w for w in goal.split() if w != "the")
            for before in ("toward", "towards", "in direction of"):
                trie.add(f"{before} {words}", "direction", direction)
            if direction.startswith("toward-"):
                trie.add(f"away from {words}", "direction", direction.replace("toward-", "away-"))
    for verb in data["presence"]:
        for form in verb_forms(verb):
            trie.add(form, "presence", verb)
    for strength, phrases in data["strengths"].items():
        for phrase in phrases:
            trie.add(phrase, "strength", strength)
    for emotion, phrases in data["emotions"].items():
        for phrase in phrases:
            trie.add(phrase, "emotion", emotion)
    lists: dict[Kind, str] = {
        "still": "still",
        "measuring": "measuring",
        "unmeasurable": "unmeasurable",
        "annotated": "annotated",
        "negation": "negations",
        "hedge": "hedges",
        "law": "law",
        "identity": "identity",
    }
    for kind, name in lists.items():
        for phrase in data[name]:
            trie.add(phrase, kind, phrase)
    for phrase in data["not_negations"]:
        trie.add(phrase, "law", "")  # swallowed: the phrase holds a negation word but denies nothing
    for phrase in data["still_after_copula"]:
        trie.add(phrase, "still", phrase)
    _add_sides(trie)
    _add_aus(trie, data)
    return trie


def variants(phrase: str) -> list[str]:
    """All wordings of a phrase with alternatives: "(skin|area) of chin" is "skin of chin" and "area of chin"."""
    parts = [part.split("|") for part in re.split(r"[()]", phrase)]
    return [" ".join("".join(choice).split()) for choice in product(*parts)]


def _add_nouns(trie: Trie, phrases: list[str], value: str) -> None:
    for phrase in (v for p in phrases for v in variants(p)):
        name = f"?{phrase}" if value == "?" else value
        for form, many in plurals(phrase):
            trie.add(form, "region", name, many)


def _add_sides(trie: Trie) -> None:
    for side, other in (("left", "right"), ("right", "left")):
        for phrase in (
            "{}",
            "{} side",
            "{} hand side",
            "{} side of face",
            "{} half of face",
            "{} half",
            "subject's {}",
            "subject's {} side",
            "person's {} side",
            "subject's own {}",
            "subject's own {} side",
        ):
            trie.add(phrase.format(side), "side", side)
        for phrase in (
            "image {}",
            "image's {}",
            "{} of image",
            "{} of picture",
            "{} side of image",
            "{} half of image",
            "{} side of picture",
            "{} half of picture",
            "viewer's {}",
            "image's {} side",
            "picture's {}",
            "observer's {}",
        ):
            trie.add(phrase.format(side), "side", other)
    for phrase in (
        "both",
        "both sides",
        "both sides of face",
        "either side",
        "either side of face",
        "each side",
        "bilateral",
        "bilaterally",
        "symmetric",
        "symmetrical",
        "symmetrically",
        "two sides",
        "both halves",
        "both halves of face",
        "left and right",
        "left as well as right",
        "right as well as left",
        "right and left",
        "left and right sides",
        "left and on the right",
        "right and on the left",
        "left and at the right",
        "left and the right",
        "right and the left",
        "left as on the right",
        "right as on the left",
        "left as well as on the right",
        "right as well as on the left",
        "either side of midline",
    ):
        trie.add(phrase, "side", "both")


def _add_aus(trie: Trie, data: Any) -> None:
    for number, unit in au_table().items():
        for name in (unit.name, *unit.aliases):
            words = " ".join(t.text for t in tokenise(name))
            for form in (words, plural_of(words)):
                trie.add(form, "au", str(number))
    for number, phrases in data["au_phrases"].items():
        for phrase in phrases:
            trie.add(phrase, "au", str(number))
