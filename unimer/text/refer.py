"""Words that stand for a region or Action Unit named before, and regions that only say where another one lies."""

from __future__ import annotations

from itertools import pairwise

from unimer.text.doubts import read_doubts
from unimer.text.lexicon import DETERMINERS, Mention, grammar
from unimer.text.parts import find_parts, that_of
from unimer.text.places import find_ends, find_places, opening_side
from unimer.text.reading import Reading
from unimer.text.sharing import name_both
from unimer.text.surroundings import find_surroundings

_GOES_ON = grammar("goes_on")
_BEFORE_SIDE = ("on", "at", "to", "from", "of", "in")
_BEFORE_STRENGTH = ("a", "an", "the", "with", "at", "namely", "being", "only", "by", "of", "that", "is", "thus")
_BEFORE_REST = ("all", "both", "simply", "just", "merely", "also", "them", "each", "side", "sides")
_AFTER_REST = (
    "",
    ".",
    ";",
    ",",
    ":",
    ")",
    "\n",
    "on",
    "at",
    "while",
    "whereas",
    "but",
    "and",
    "throughout",
    "too",
    "in",
    "as",
)
_PART_ENDS = (",", ")", ".", ";", "is", "are", "was", "were", "stay", "remain", "")
_LINKS = (["and"], ["or"], ["nor"], ["and", "also"], ["as", "well", "as"], ["and", "equally"], ["and", "likewise"])
_PARTITIVE = ("of", "among", "amongst", "between")
_DENYING = ("not", "never", "nor", "neither", "none")
_ASSIGNED = ("credited", "assigned", "ascribed", "attributed", "allotted", "allocated", "confined", "restricted")
_OTHER = {"left": "right", "right": "left"}


def refer(reading: Reading) -> None:
    """Puts mentions in place of "the right one", "the other one", "the outer ones", and sets places apart."""
    read_doubts(reading)
    _contrasts(reading)
    _resting(reading)
    _apposed_parts(reading)
    _elsewhere(reading)
    find_surroundings(reading)
    find_places(reading)
    _side_by_side(reading)
    _one_of(reading)
    _coordinated(reading)
    _apposed_sides(reading)
    _credited(reading)
    _ahead(reading)
    _stand_ins(reading)
    find_ends(reading)
    _partitives(reading)
    _one_out_of(reading)
    _one_and_other(reading)
    that_of(reading)
    _other_one(reading)
    find_parts(reading)
    _other_side(reading)
    _former(reading)
    opening_side(reading)
    _both_of_one(reading)
    name_both(reading)


def _both_of_one(reading: Reading) -> None:
    """ "On both sides the left cheek rises": both sides are not taken up by a cheek on one of them."""
    for side in [m for m in reading.mentions if m.kind == "side" and m.value == "both" and m.last > m.first]:
        i = side.last + 1
        while reading.word(i) in DETERMINERS:
            i += 1
        region = next((m for m in reading.mentions if m.kind == "region" and m.first in (i, i + 1)), None)
        if region is not None and region.side in _OTHER and reading.word(side.first - 1) in ("on", "at", "in"):
            side.linked = False


def _resting(reading: Reading) -> None:
    """ "The lower eyelids rest": no remainder of anything but a verb, so right after what it is said of."""
    ends = {m.last for m in reading.mentions if m.kind in ("region", "side")}
    for mention in [m for m in reading.mentions if m.kind == "region" and m.value == "rest"]:
        i = mention.first - 1
        while reading.word(i) in _BEFORE_REST:
            i -= 1
        alone = mention.first == mention.last and reading.word(mention.first) in ("rest", "rests", "rested")
        if alone and i in ends and reading.word(mention.last + 1) in _AFTER_REST:
            mention.kind, mention.value, mention.plural, mention.side = "still", "", False, None


def _apposed_parts(reading: Reading) -> None:
    """ "The eyelids, upper and lower, are motionless": the two of them."""
    for whole in [m for m in reading.mentions if m.kind == "region" and m.value in ("lid", "lips")]:
        i = whole.last + 1
        stop = next((k for k in range(i + 1, i + 7) if reading.word(k) in _PART_ENDS), i)
        words = reading.words(i, stop)
        parts = [w for w in words if w in ("upper", "lower")]
        if words[:1] not in ([","], ["("]) or sorted(parts) != ["lower", "upper"]:
            continue
        if set(words[1:]) - {"upper", "lower", "and", "both", "as", "well", "the", "alike", "equally"}:
            continue
        stem, kept = whole.value.removesuffix("s"), []
        for word in parts:
            k = i + words.index(word)
            kept.append(Mention("region", f"{word}_{stem}", k, k, side=whole.side, plural=whole.plural))
        kept[0].first = whole.first
        reading.idle.update(range(i, stop + 1))
        others = [m for m in reading.mentions if not whole.first <= m.first < stop]
        reading.mentions[:] = sorted([*others, *kept], key=lambda m: m.first)


def _elsewhere(reading: Reading) -> None:
    """ "Elsewhere in the face, nothing moves": all the rest of it."""
    for face in [m for m in reading.mentions if m.kind == "region" and m.value == "face"]:
        rest = next((m for m in reading.mentions if m.value == "rest" and m.first < face.first), None)
        if rest is None or reading.word(rest.last) != "elsewhere":
            continue
        if reading.words(rest.last + 1, face.first) in (["in", "the"], ["on", "the"], ["of", "the"]):
            reading.mentions.remove(face)
            rest.last = face.last


def _side_by_side(reading: Reading) -> None:
    """ "on the left side and on the right alike", "on the left or on the right": one mention of both sides."""
    sides = [m for m in reading.mentions if m.kind == "side" and m.value in _OTHER]
    for one, other in pairwise(sides):
        between = reading.words(one.last + 1, other.first)
        start = one.first - 1
        while reading.word(start) in DETERMINERS:
            start -= 1
        link = [w for w in between if w not in DETERMINERS and w not in _BEFORE_SIDE]
        if one.value == other.value or reading.word(start) not in ("on", "at") or link not in _LINKS:
            continue
        if not {"on", "at"} & set(between) or not _clause_ends(reading, other.last + 1):
            continue
        region = next((m for m in reversed(reading.mentions) if m.kind == "region" and m.last < one.first), None)
        if region is not None and (region.side is None or (one.linked and region.side == one.value)):
            region.side, one.linked, other.linked = "both", True, True


def _clause_ends(reading: Reading, i: int) -> bool:
    while reading.word(i) in ("alike", "side", "too", "equally", "both", "as", "well"):
        i += 1
    return reading.word(i) in ("", ".", ";", ",", "while", "whereas", "but", "\n")


def _stand_ins(reading: Reading) -> None:
    """ "the left cheek rises, and the right one too": "the right one" becomes a mention of the cheek."""
    last: Mention | None = None
    for i, mention in enumerate(reading.mentions):
        if mention.kind in ("region", "au"):
            last = mention
        if mention.kind != "side" or mention.linked or last is None or last.side == mention.value:
            continue
        end = _stands(reading, mention)
        if end is not None:
            mention.linked = True
            reading.mentions[i] = Mention(last.kind, last.value, mention.first, end, aus=last.aus, side=mention.value)


def _contrasts(reading: Reading) -> None:
    """Sets a strength behind a comparison apart: "... than the lip, namely a moderate one"; amounts.py checks it."""
    for strength in [m for m in reading.mentions if m.kind == "strength"]:
        i, last = strength.first - 1, strength.last
        while reading.word(i) in _BEFORE_STRENGTH:
            i -= 1
        start = max((k for k in range(i) if reading.word(k) in ".;:\n"), default=-1)
        if reading.word(i) not in (",", ":") or "than" not in reading.words(start + 1, i):
            continue
        last += reading.word(last + 1) in ("one", "motion", "displacement", "movement", "shift")
        if reading.word(last + 1) in ("", ".", ";", ","):
            reading.put(Mention("place", f"/{strength.value}", i + 1, last))


def _coordinated(reading: Reading) -> None:
    """ "neither cheek nor lip corner": of two regions, which says nothing of their sides."""
    for one, other in pairwise([m for m in reading.mentions if m.kind == "region"]):
        between = [w for w in reading.words(one.last + 1, other.first) if w not in DETERMINERS]
        if reading.word(one.first - 1) in ("neither", "either") and between in (["nor"], ["or"]) and not one.plural:
            one.side = None if one.side == "both" and one.value != other.value else one.side


def _apposed_sides(reading: Reading) -> None:
    """ "One brow, the left one, rises": the side is that of the region."""
    for side in [m for m in reading.mentions if m.kind == "side" and m.value in _OTHER and not m.linked]:
        i, k = side.first - 1, side.last + 1
        k += reading.word(k) == "one"
        region = next((m for m in reading.mentions if m.kind == "region" and m.last == i - 2), None)
        if region is None or reading.words(i - 1, i + 1) != [",", "the"] or reading.word(k) not in (",", ")"):
            continue
        if region.side is None and not region.plural:
            region.side, side.linked = side.value, True
            reading.idle.update(range(side.first, k))


def _credited(reading: Reading) -> None:
    """ "AU12 is credited to the left side", "belongs to the left eyebrow": a side, no direction."""
    for goal in [m for m in reading.mentions if m.kind == "direction" and reading.word(m.first) == "to"]:
        words = reading.words(goal.first, goal.last + 1)
        if words[:2] != ["to", "the"] or words[2:3] not in (["left"], ["right"]):
            continue
        region = next((m for m in reading.mentions if m.kind == "region" and m.first == goal.last + 1), None)
        if region is not None and len(words) == 3:
            reading.put(Mention("side", words[2], goal.last, goal.last, linked=True))
            region.side = region.side or words[2]
        elif reading.word(goal.first - 1) in _ASSIGNED or _labelled_it(reading, goal.first):
            reading.put(Mention("side", words[2], goal.first, goal.last))


def _labelled_it(reading: Reading, i: int) -> bool:
    """Whether "label it" stands before a token: "did not assign it to the right side"."""
    return reading.word(i - 1) in ("it", "them") and reading.mentioned(i - 2, "annotated")


def _ahead(reading: Reading) -> None:
    """ "Unlike the left one, the right brow is still": what is named only afterwards; and "like", which is read."""
    for i, token in enumerate(reading.tokens):
        if token.text not in ("like", "unlike"):
            continue
        k = i + 1
        while reading.word(k) in DETERMINERS and not reading.mentioned(k):
            k += 1
        side = next((m for m in reading.mentions if m.kind == "side" and m.first == k), None)
        if side is not None and reading.words(side.last + 1, side.last + 3) == ["one", ","]:
            named = next((m for m in reading.mentions if m.kind == "region" and m.first > k), None)
            if named is not None and named.side == _OTHER.get(side.value):
                side.linked = True
                reading.put(Mention("region", named.value, k, side.last + 1, side=side.value))
        said = [m for m in reading.mentions if m.last >= k and m.first <= k + 1]
        units = [m for m in reading.mentions if m.kind in ("au", "annotated", "emotion") and i < m.first < i + 8]
        plain = ("region", "side", "strength", "noun", "negation", "still")
        fine = bool(said) and said[0].kind in plain and not units
        if fine or (token.text == "unlike" and any(m.kind == "au" and m.first == k for m in said)):
            reading.idle.add(i)


def _one_of(reading: Reading) -> None:
    """ "only the left one of the two cheeks": the side is that of the region."""
    for side in [m for m in reading.mentions if m.kind == "side" and m.value in _OTHER]:
        i = side.last + 1
        if reading.words(i, i + 2) != ["one", "of"]:
            continue
        i += 2
        while reading.word(i) in DETERMINERS:
            i += 1
        region = next((m for m in reading.mentions if m.kind == "region" and m.first == i), None)
        if region is not None:
            region.side, region.plural, region.first, side.linked = side.value, False, side.first, True


def _one_out_of(reading: Reading) -> None:
    """ "One of the two cheeks, the left one, rises": of the pair only the one is spoken of."""
    for pair, one in pairwise([m for m in reading.mentions if m.kind == "region"]):
        i = pair.first - 1
        while reading.word(i) in DETERMINERS:
            i -= 1
        apposed = [w for w in reading.words(pair.last + 1, one.first) if w != "the"] == [","]
        ended = reading.word(one.last + 1) in (",", ")")
        same = one.side in _OTHER and one.value == pair.value
        if reading.words(i - 1, i + 1) == ["one", "of"] and same and apposed and ended:
            pair.kind, pair.first = "place", i - 1


def _partitives(reading: Reading) -> None:
    """ "Of the two cheeks, only the left one moves": the pair only says what the one is taken from."""
    for number, mention in enumerate(reading.mentions):
        i = mention.first - 1
        while reading.word(i) in DETERMINERS:
            i -= 1
        opens = reading.word(i) in _PARTITIVE and reading.word(i - 1) in ("", ".", ";", ":", ",", "\n", "and", "while")
        if mention.kind != "region" or mention.side in _OTHER or not opens:
            continue
        one = next((m for m in reading.mentions[number + 1 :] if m.kind == "region"), None)
        if one is not None and one.value == mention.value and one.side in _OTHER:
            mention.kind, mention.first = "place", i


def _stands(reading: Reading, side: Mention) -> int | None:
    """Last token of what a side stands in with ("the right one", "its right half"); None where it only tells where."""
    after, i = reading.word(side.last + 1), side.first - 1
    determiner = reading.word(i) if reading.word(i) in ("the", "its", "their") else ""
    place = reading.word(i - bool(determiner)) in _BEFORE_SIDE
    if side.value == "both":
        return None
    if place and determiner and after == "one" and reading.word(side.last + 2) != "of":
        return side.last + 1  # "in the left cheek as in the right one"
    if place:
        return side.last if reading.word(i - bool(determiner) - 1) in _DENYING else None
    if determiner and after in ("one", "ones"):
        return side.last + 1
    if determiner and reading.word(i - 1) == "not" and after in (",", ")", "but"):
        return side.last  # "the left brow, not the right, rises"
    half = side.last > side.first and reading.word(side.last) in ("half", "side")
    stands = determiner and (determiner != "the" or half or after in _GOES_ON or _strength_at(reading, side.last + 1))
    return side.last if stands else None


def _strength_at(reading: Reading, i: int) -> bool:
    return any(m.kind == "strength" and m.first == i for m in reading.mentions)


def _one_and_other(reading: Reading) -> None:
    """ "The chin outdoes the lip: the one moves moderately, the other slightly": the first and the second named."""
    for i, token in enumerate(reading.tokens):
        if token.text != "one" or reading.word(i - 1) != "the" or reading.mentioned(i):
            continue
        end = next((k for k in range(i, len(reading.tokens)) if reading.word(k) in (".", ";")), len(reading.tokens))
        other = next((k for k in range(i + 2, end) if reading.words(k - 1, k + 1) == ["the", "other"]), None)
        if other is None:
            continue
        start = max((k for k in range(i) if reading.word(k) in (".", "\n")), default=-1)
        named = [m for m in reading.mentions if m.kind in ("region", "au") and start < m.first and m.last < i]
        later = [m for m in reading.mentions if m.kind in ("region", "au") and i < m.first < other]
        if len(named) != 2 or later or named[0].kind != named[1].kind or reading.mentioned(other):
            continue
        for place, meant in ((i, named[0]), (other, named[1])):
            side, plural = meant.side, meant.plural
            reading.put(Mention(meant.kind, meant.value, place, place, aus=meant.aus, side=side, plural=plural))


def _other_one(reading: Reading) -> None:
    """ "the other one": what was named last, on the other side."""
    for i in range(len(reading.tokens)):
        full = reading.words(i, i + 2) == ["other", "one"]
        bare = reading.word(i) == "other" and reading.word(i - 1) == "the" and reading.word(i + 1) in _GOES_ON
        opens = reading.word(i - 2) in (",", ";", ".", "and", "while", "whereas", "but", "yet", "though")
        if not (full or (bare and opens)) or reading.mentioned(i):
            continue
        named = [m for m in reading.mentions if m.kind in ("region", "au") and m.last < i]
        ones = [m for m in named if reading.word(m.first - 1) == "one" and m.side in _OTHER]
        if named and (ones or named[-1].side in _OTHER):
            last = (ones or named)[-1]
            mention = Mention(last.kind, last.value, i, i + full, aus=last.aus, side=_OTHER[str(last.side)])
            reading.put(mention)


def _other_side(reading: Reading) -> None:
    """ "the left brow rises, the brow on the other side does not"."""
    for i in range(len(reading.tokens)):
        if reading.words(i, i + 4) != ["on", "the", "other", "side"]:
            continue
        before = [m for m in reading.mentions if m.kind in ("region", "au") and m.last < i]
        sided = [m for m in before if m.side in _OTHER]
        if before and sided and before[-1].last == i - 1 and before[-1].side is None:
            before[-1].side = _OTHER[str(sided[-1].side)]
            reading.put(Mention("side", str(before[-1].side), i, i + 3, linked=True))


def _former(reading: Reading) -> None:
    """ "AU6 and AU12 are labelled. The latter is supported": the first and the last of the two named before."""
    former, start = list[Mention](), 0
    for i, token in enumerate(reading.tokens):
        if token.text not in ("former", "latter"):
            continue
        named = [m for m in reading.mentions if m.kind in ("region", "au") and m.last < i]
        pair = [m for m in named if reading.word(m.first) not in ("former", "latter")][-2:]
        if token.text == "latter" and former and reading.words(start, i).count(".") < 2:
            pair = former  # of the two that "the former" was of, whatever was named between
        former, start = (pair, i) if token.text == "former" else ([], i)
        if len(pair) > 1 and pair[0].kind == pair[1].kind:
            meant = pair[0] if token.text == "former" else pair[1]
            side, plural = meant.side, meant.plural
            reading.put(Mention(meant.kind, meant.value, i, i, aus=meant.aus, side=side, plural=plural))
