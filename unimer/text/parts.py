"""Parts of a region that was named: "the outer ones", "the lower", "its middle", "that of the right eye"."""

from __future__ import annotations

from itertools import pairwise

from unimer.resources import load_yaml
from unimer.text.lexicon import DETERMINERS, Mention, grammar
from unimer.text.reading import Reading

_PARTS = {"inner": "brow", "outer": "brow", "middle": "brow", "upper": "lid lip", "lower": "lid lip"}
_PART_NOUNS = ("one", "ones", "end", "ends")
_BROW_NOUNS = ("part", "half", "portion", "corner", "section", "third", "tip")
_GOES_ON = grammar("goes_on")
_OTHER = {"left": "right", "right": "left"}
_AFTER_PART = (
    "",
    ".",
    ";",
    ",",
    "and",
    "but",
    "while",
    "whereas",
    "as",
    "than",
    "rises",
    "sinks",
    "moves",
    "is",
    "does",
)


def find_parts(reading: Reading) -> None:
    """Puts mentions in place of words for parts."""
    _other_part(reading)
    _bare_part(reading)
    _its_middle(reading)
    _its_part(reading)
    _part_and_part(reading)


def _part_and_part(reading: Reading) -> None:
    """ "The upper and the lower lip are still": two regions, of which the first lacks its noun."""
    for i, token in enumerate(reading.tokens):
        if token.text not in _PARTS or reading.mentioned(i):
            continue
        k = i + 1
        while reading.word(k) in (*DETERMINERS, "and", "or", "nor", ",", "as", "well", "also", "but", "than"):
            k += 1
        other = next((m for m in reading.mentions if m.kind == "region" and m.first <= k <= m.last), None)
        stem = "" if other is None else other.value.partition("_")[2]
        if k > i + 1 and other is not None and stem in _PARTS[token.text].split():
            value, plural = f"{token.text}_{stem}", other.plural
            if value != other.value:
                reading.put(Mention("region", value, i, i, side=other.side, plural=plural))


def _its_part(reading: Reading) -> None:
    """ "The right side of the mouth is still: its corner does not move": the part of what was named on that side."""
    groups = load_yaml("data/lexicon.yaml")["groups"]
    for whole, part in pairwise([m for m in reading.mentions if m.kind == "region"]):
        members = groups.get(whole.value, {}).get("members", [])
        bound = reading.word(part.first - 1) == "its" and part.value in members
        if bound and part.side is None and not part.plural and whole.side in _OTHER:
            part.side = whole.side
        listed = reading.word(whole.first - 1) == "its" and reading.words(whole.last + 1, part.first) == ["and"]
        if listed and part.side is None and whole.side in _OTHER and {"_brow"} == {whole.value[-5:], part.value[-5:]}:
            part.side, part.plural = whole.side, False  # "its middle and outer parts"


def _other_part(reading: Reading) -> None:
    """ "the inner brows rise, the outer ones do not": "the outer ones" becomes a mention of the outer brows."""
    for i, token in enumerate(reading.tokens):
        part = reading.word(i - 1)
        of_brow = part in ("inner", "outer", "middle") and token.text in _BROW_NOUNS
        if not (token.text in _PART_NOUNS or of_brow) or part not in _PARTS or reading.mentioned(i):
            continue
        before = (w.removesuffix("s").removeprefix("eye") for w in reversed(reading.words(0, i - 1)))
        stem = next((w for w in before if w in ("brow", "lid", "lip")), "")
        if stem in _PARTS[part].split():
            side = reading.word(i - 2) if reading.word(i - 2) in _OTHER else None
            whole = [m for m in reading.mentions if m.kind == "region" and m.last < i - 1 and stem in m.value]
            if whole and side is None and (reading.word(i - 2) == "its" or token.text == "one"):
                side = whole[-1].side
            plural = token.text in ("ones", "ends")
            if plural and whole and side is None and _single(reading, i + 1):  # "its outer neighbour rises"
                side, plural = whole[-1].side, False
            reading.put(Mention("region", f"{part}_{stem}", i - 1, i, side=side, plural=plural))


def _single(reading: Reading, i: int) -> bool:
    """Whether a verb in the singular stands at a token."""
    verb = reading.word(i) in ("is", "was", "does", "has") or reading.mentioned(i, "verb")
    return verb and reading.word(i).endswith("s")


def _bare_part(reading: Reading) -> None:
    """ "The upper lid sinks, the lower does not": the part of the same whole, on the same side."""
    for i, token in enumerate(reading.tokens):
        after = next((m for m in reading.mentions if m.first <= i + 1 <= m.last), None)
        if token.text not in _PARTS or reading.word(i - 1) != "the" or (after is not None and after.kind == "region"):
            continue
        goes_on = reading.word(i + 1) in (*_GOES_ON, "alone", "that", ",", ".", "one") or (
            after is not None and after.kind in ("verb", "still", "presence", "negation", "strength")
        )
        goes_on = goes_on or (reading.words(i + 1, i + 3) == ["and", "the"] and reading.word(i + 3) in _PARTS)
        own = next((m for m in reading.mentions if m.first <= i <= m.last), None)
        named = [m for m in reading.mentions if m.kind == "region" and m.last < i]
        if not goes_on or not named or (own is not None and own.kind == "region"):
            continue
        whole = named[-1]
        stem = next((w for w in _PARTS[token.text].split() if w in whole.value), None)
        if stem is not None and whole.value != f"{token.text}_{stem}":
            new = Mention("region", f"{token.text}_{stem}", i, i, side=whole.side, plural=whole.plural)
            reading.put(new)


def _its_middle(reading: Reading) -> None:
    """ "The left brow rises at its outer end and at its middle": the middle of the brow that was named."""
    for i, token in enumerate(reading.tokens):
        if token.text not in ("middle", "midpoint", "centre", "center") or reading.mentioned(i):
            continue
        named = [m for m in reading.mentions if m.kind == "region" and m.last < i]
        after = reading.word(i + 1)
        bound = reading.word(i - 1) in ("its", "their", "the") and (
            after in _AFTER_PART or reading.mentioned(i + 1, "strength", "verb", "still")
        )
        if bound and named and "brow" in named[-1].value and not {".", ";"} & set(reading.words(named[-1].last, i)):
            whole = named[-1]
            reading.put(Mention("region", "middle_brow", i, i, side=whole.side, plural=whole.plural))


def that_of(reading: Reading) -> None:
    """ "The upper lid of the left eye is still; that of the right eye sinks": the same part, on the other side."""
    for whole in [m for m in reading.mentions if m.kind == "region" and m.side in _OTHER]:
        i = whole.first - 1
        while reading.word(i) in DETERMINERS or any(
            m.first <= i <= m.last and m.kind == "side" for m in reading.mentions
        ):
            i -= 1
        named = [m for m in reading.mentions if m.kind == "region" and m.last < i]
        if reading.words(i - 1, i + 1) != ["that", "of"] or not named or named[-1].side not in _OTHER:
            continue
        if "_" in whole.value:
            continue  # "that of the left middle brow" names a part of its own
        if reading.word(named[-1].last) == reading.word(whole.last) and named[-1].first < named[-1].last:
            whole.value, whole.first = named[-1].value, i - 1
