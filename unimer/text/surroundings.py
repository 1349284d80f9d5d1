"""What only tells where something is: relative clauses, "there", "with the right half at rest", sides that follow."""

from __future__ import annotations

from itertools import pairwise

from unimer.text.lexicon import DETERMINERS, Mention
from unimer.text.reading import Reading

_OTHER = {"left": "right", "right": "left"}
_ENDS = (".", ";", "\n", "", ",", "!", "?")
_AFTER_EITHER = ("just", "alike", "equally", "too")
_LINES = ("crease", "furrow", "fold", "groove", "line")
_LEADING = (
    "run",
    "runs",
    "running",
    "lead",
    "leads",
    "leading",
    "stretch",
    "stretches",
    "stretching",
    "pass",
    "passes",
)
_WAYS = ("from", "to", "past", "beside", "along", "alongside", "towards", "toward", "by", "between")
_ALONG = DETERMINERS | {"down", "downward", "downwards", "and", "out", "it", "them"}
_NEAR_LINES = ("mouth", "nose", "nose_wing", "mouth_corner", "lips", "upper_lip", "chin")
_COVERING = ("covers", "cover", "covering", "shields", "overhangs")
_ON = ("on", "at", "in", "across", "over", "along", "around")
_MOTIONS = ("motion", "movement", "displacement", "activity", "motions", "movements")
_FOUND = ("found", "measured", "seen", "recorded", "observed", "detected", "registered", "noted")
_BESIDE = ("beside", "near", "around", "above", "below", "beneath", "next", "to", "over", "under", "flanking", "by")


def find_surroundings(reading: Reading) -> None:
    """Sets apart what only tells where, before anything is linked; needs regions, directions and sides."""
    _own_sides(reading)
    _either(reading)
    _running(reading)
    _covering(reading)
    _whose(reading)
    _half_ahead(reading)
    _on_this_side(reading)
    _proved_right(reading)
    _stretch(reading)
    _face_there(reading)
    _all_motion(reading)
    _other_sides(reading)


def _own_sides(reading: Reading) -> None:
    """ "AU2 on the left and AU15 on both sides": each has the side that follows it."""
    named = [m for m in reading.mentions if m.kind in ("region", "au")]
    for one, other in pairwise(named):
        own = _side_after(reading, one)
        if own is None or one.kind != other.kind:
            continue
        between = [w for w in reading.words(own.last + 1, other.first) if w not in DETERMINERS]
        if between not in (["and"], [","], [",", "and"], ["or"], ["but"], [",", "but"]):
            continue
        later = _side_after(reading, other)
        if later is not None:
            one.side, other.side = own.value, later.value
            own.linked = later.linked = True
        elif one.kind == "au" and one.side is None and other.side == own.value:
            one.side, other.side, own.linked = own.value, None, True


def _side_after(reading: Reading, named: Mention) -> Mention | None:
    i = named.last + 1
    if reading.word(i) not in ("on", "at"):
        return None
    i += 1
    while reading.word(i) in ("the", "its"):
        i += 1
    return next((m for m in reading.mentions if m.kind == "side" and m.first == i), None)


def _either(reading: Reading) -> None:
    """ "is drawn up on either": on both sides."""
    for i, token in enumerate(reading.tokens):
        alone = reading.word(i - 1) in ("on", "at") and reading.word(i + 1) in (*_ENDS, *_AFTER_EITHER)
        if token.text == "either" and alone and not reading.mentioned(i):
            reading.put(Mention("side", "both", i, i))


def _running(reading: Reading) -> None:
    """ "The folds that run down from the nose to the mouth": the nasolabial folds; how they run is no motion."""
    for i, token in enumerate(reading.tokens):
        k = i + 1 + (reading.word(i + 1) in ("that", "which"))
        if token.text.removesuffix("s") not in _LINES or reading.word(k) not in _LEADING:
            continue
        end, seen, side = _way(reading, k + 1)
        if not seen or reading.word(end + 1) in ("and", "or", "on"):
            continue
        own = next((m for m in reading.mentions if m.kind == "region" and m.last == i), None)
        value = own.value if own is not None else "nasolabial"
        side = (own.side if own is not None else None) or side
        plural, first = token.text.endswith("s"), own.first if own is not None else i
        if value == "nasolabial":
            reading.idle.update(range(i, end + 1))
            reading.put(Mention("region", value, first, end, side=side, plural=plural))


def _way(reading: Reading, i: int) -> tuple[int, bool, str | None]:
    """The last token of "down to them from the nose", whether a place is named there, and its side."""
    end, seen, side, way = i - 1, False, None, False
    while True:
        word = reading.word(i)
        place = next((m for m in reading.mentions if m.kind in ("region", "place") and m.first <= i <= m.last), None)
        if way and (word in ("it", "them") or (place is not None and place.value in _NEAR_LINES)):
            end, seen = place.last if place is not None else i, True
            side = side or (place.side if place is not None else None)
            i, way = end, reading.word(end + 1) == "and"
        elif word in _WAYS:
            way = True
        elif word in _OTHER:
            side = side or word
        elif word not in _ALONG and not reading.mentioned(i, "side"):
            return end, seen, side
        i += 1


def _covering(reading: Reading) -> None:
    """ "The lid that covers the left eye from above": the upper lid of that eye."""
    for lid, eye in pairwise([m for m in reading.mentions if m.kind == "region"]):
        i = lid.last + 1 + (reading.word(lid.last + 1) in ("that", "which"))
        between = [w for w in reading.words(i, eye.first) if w not in DETERMINERS]
        fine = len(between) == 1 and between[0] in _COVERING and reading.word(eye.last) in ("eye", "eyes")
        if not fine or lid.value not in ("lid", "upper_lid", "lower_lid"):
            continue
        after = reading.words(eye.last + 1, eye.last + 3)
        end = eye.last + 2 * (after in (["from", "above"], ["from", "below"]))
        lid.value = "lower_lid" if after == ["from", "below"] else "upper_lid" if lid.value == "lid" else lid.value
        reading.idle.update(range(lid.last + 1, end + 1))
        side, plural = lid.side or eye.side, lid.plural
        reading.put(Mention("place", eye.value, lid.last + 1, end))
        lid.side, lid.plural = side, plural


def _whose(reading: Reading) -> None:
    """ "Beside a mouth whose corners lie still": only the corners are spoken of."""
    for whole, part in pairwise([m for m in reading.mentions if m.kind == "region"]):
        i = whole.first - 1
        while reading.word(i) in DETERMINERS:
            i -= 1
        between = [w for w in reading.words(whole.last + 1, part.first) if w not in DETERMINERS]
        if reading.word(i) in _BESIDE and between == ["whose"]:
            first = i - (reading.words(i - 1, i + 1) == ["next", "to"])
            whole.kind, whole.first, part.side = "place", first, part.side or whole.side
            reading.idle.add(part.first - 1)


def _half_ahead(reading: Reading) -> None:
    """ "With the right half at rest, the left half of the lip rises": the right half of what is named after it."""
    for i, token in enumerate(reading.tokens):
        if token.text != "with" or reading.word(i - 1) not in _ENDS:
            continue
        side = next((m for m in reading.mentions if m.kind == "side" and m.first in (i + 1, i + 2)), None)
        if side is None or side.value not in _OTHER:
            continue
        end = side.last + (reading.word(side.last + 1) in ("one", "half", "side"))
        comma = next((k for k in range(end, len(reading.tokens)) if reading.word(k) in _ENDS), end)
        said = [m for m in reading.mentions if end < m.first < comma]
        named = next((m for m in reading.mentions if m.kind == "region" and m.first > comma), None)
        if named is None or not said or {m.kind for m in said} - {"still", "negation", "unmeasurable", "measuring"}:
            continue
        if named.side == _OTHER[side.value] and set(reading.words(comma + 1, named.first)) <= (
            DETERMINERS | {"half", "side", "of", "one", "it", "is", "only"}
        ):
            reading.put(Mention("region", named.value, side.first, end, side=side.value))


def _on_this_side(reading: Reading) -> None:
    """ "AU12 for the left side, and the mouth corner there": the corner on the side that was just named."""
    for i, token in enumerate(reading.tokens):
        region = next((m for m in reading.mentions if m.kind == "region" and m.last == i - 1), None)
        if token.text != "there" or region is None or region.side not in (None, "both"):
            continue
        start = max((k for k in range(i) if reading.word(k) in (".", "\n")), default=-1)
        sides = {
            m.side or m.value
            for m in reading.mentions
            if start < m.first < region.first
            and m is not region
            and (m.kind == "side" or m.side)
            and (m.side or m.value) in (*_OTHER, "both")
        }
        if len(sides) == 1 and sides <= set(_OTHER):
            side = sides.pop()
            for other in _listed(reading, region):
                other.side, other.plural = side, False
            reading.idle.add(i)


def _listed(reading: Reading, region: Mention) -> list[Mention]:
    """A region and those joined to it by "and" right before it: "the upper and the lower lip there"."""
    found = [region]
    for one in reversed([m for m in reading.mentions if m.kind == "region" and m.last < region.first]):
        between = set(reading.words(one.last + 1, found[-1].first)) - DETERMINERS
        if one.side is not None or not between or between - {"and", ","}:
            break
        found.append(one)
    return found


def _proved_right(reading: Reading) -> None:
    """ "The flow proves them right": no side."""
    for side in [m for m in reading.mentions if m.kind == "side" and reading.words(m.first, m.last + 1) == ["right"]]:
        before = next((m for m in reading.mentions if m.last == side.first - 2), None)
        if reading.word(side.first - 1) in ("it", "them") and before is not None and before.kind == "measuring":
            reading.mentions.remove(side)
            reading.idle.add(side.first)


def _stretch(reading: Reading) -> None:
    """ "Its middle stretch follows": a part, no motion."""
    for verb in [m for m in reading.mentions if m.kind == "verb" and reading.word(m.first) == "stretch"]:
        part = reading.word(verb.first - 1) in ("end", "part", "inner", "middle", "outer")
        if part and reading.mentioned(verb.last + 1, "verb", "still"):
            reading.mentions.remove(verb)
            reading.idle.add(verb.first)


def _face_there(reading: Reading) -> None:
    """ "On the nose and across the brows the face is still": the face only where it was said."""
    regions = [m for m in reading.mentions if m.kind == "region"]
    for number, face in enumerate(regions):
        k = number - 1
        if face.value != "face" or reading.word(face.last) != "face" or k < 0:
            continue
        if set(reading.words(regions[k].last + 1, face.first)) - DETERMINERS - {","}:
            continue
        while k > 0 and not set(reading.words(regions[k - 1].last + 1, regions[k].first)) - DETERMINERS - {
            *_ON,
            "and",
            ",",
        }:
            k -= 1
        i = regions[k].first - 1
        while reading.word(i) in DETERMINERS:
            i -= 1
        if reading.word(i) in _ON and reading.word(i - 1) in _ENDS:
            face.kind = "place"


def _all_motion(reading: Reading) -> None:
    """ "A fall of the lid is all the motion that was found": nothing else of what was measured moves."""
    for i, token in enumerate(reading.tokens):
        k = i + 1
        while reading.word(k) in ("the", "that", "of"):
            k += 1
        moving = reading.word(k) in _MOTIONS
        if token.text == "all" and moving and reading.word(i - 1) in _ENDS:
            _all_there(reading, i, k + 1)
        if token.text != "all" or reading.word(i - 1) not in ("is", "are", "was", "were"):
            continue
        k += moving
        while reading.word(k) in ("that", "which", "was", "is", "were", "has", "been", "could", "can", "be"):
            k += 1
        region = next((m for m in reading.mentions if m.kind == "region" and m.first > k), None)
        if reading.word(k) not in _FOUND or not (moving or reading.word(i + 1) == "that"):
            continue
        inside = region is not None and set(reading.words(k + 1, region.first)) <= DETERMINERS | {*_ON, "of"}
        if region is not None and inside and region.value in ("measurable", "face"):
            k = region.last
        if reading.word(k + 1) in _ENDS:
            reading.put(Mention("region", "rest", i, i))
            reading.put(Mention("still", "still", i + 1, k))


def _all_there(reading: Reading, i: int, k: int) -> None:
    """ "All the motion that was found is at the brows": what moves elsewhere is not counted, so it is refused."""
    while reading.word(k) in ("that", "which", "was", "is", "were", "has", "been", "could", "can", "be", *_FOUND):
        k += 1
    placed = reading.word(k) in _ON and reading.word(k - 1) in ("is", "was", "were", "be")
    if placed or reading.word(k) in ("lies", "occurs", "sits", "belongs", "happens", "takes", "concerns"):
        reading.put(Mention("region", "?all the motion", i, i))


def _other_sides(reading: Reading) -> None:
    """ "On the left the lip rises; on the other side it is still", "the other side of the mouth": the right one."""
    for i, token in enumerate(reading.tokens):
        if token.text != "other" or reading.word(i - 1) != "the":
            continue
        side = _side_so_far(reading, i)
        if side is None:
            continue
        named = next((m for m in reading.mentions if m.kind == "region" and m.first <= i + 1 <= m.last), None)
        if named is not None and named.side is None and not named.plural and named.value not in ("lips", "lid"):
            if reading.word(i + 1) in ("side", "half", "end", "corner") or named.first == i + 1:
                named.side = _OTHER[side]
                reading.idle.add(i)
            continue
        last = next((m for m in reversed(reading.mentions) if m.kind == "region" and m.last < i), None)
        if reading.word(i + 1) == "one" and last is not None and last.side is None and not last.plural:
            reading.put(
                Mention("region", last.value, i, i + 1, side=_OTHER[side])
            )  # "rises on the left, the other one"
            continue
        alone = reading.word(i + 1) in ("side", "half") and reading.word(i + 2) != "of"
        before = any(m.last == i - 3 for m in reading.mentions if m.kind in ("region", "au"))
        if alone and reading.word(i - 2) in ("on", "at") and not before:
            reading.put(Mention("side", _OTHER[side], i, i + 1))


def _side_so_far(reading: Reading, i: int) -> str | None:
    """The only side named in the sentence before a token, or else in the one before it."""
    stop = i
    for _ in range(2):
        start = max((k for k in range(stop) if reading.word(k) in (".", "\n")), default=-1)
        sides = {
            m.side or m.value for m in reading.mentions if start < m.first < stop and (m.side or m.kind == "side")
        }
        if sides:
            return sides.pop() if len(sides) == 1 and sides <= set(_OTHER) else None
        stop = max(start, 0)
    return None
