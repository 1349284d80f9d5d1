"""Regions that only say where another lies, sides that hold for what follows, and regions named by their place."""

from __future__ import annotations

from itertools import pairwise

from unimer.resources import load_yaml
from unimer.text.lexicon import DETERMINERS, Mention, grammar
from unimer.text.reading import Reading

_PLACED = grammar("placed")
_OPENING_PLACE = ("at", "of", "on", "in", "along", "around", "near", "within", "for")
_STARTS = ("", ".", ";", ":", "\n", "and", "while", "whereas", "but")
_CLAUSE_ENDS = (".", ";", "while", "whereas", "but")
_BEFORE_PLACE = DETERMINERS | {"of", "half", "side", "end", "part"}
_ALL_SIDES = ("each", "either", "both")
_OTHER = {"left": "right", "right": "left"}
_HIGHER, _LOWER = ("above", "over"), ("below", "beneath", "under", "underneath")
_LINES = ("crease", "furrow", "fold", "groove", "line")
_RUNNING = ("that", "which", "runs", "running", "lies", "lying", "goes", "going", "passes", "passing", "down")
_UNSIDED = ("forehead", "glabella", "nose_bridge", "chin", "face", "measurable", "rest", "upper_face", "lower_face")
_PAST = ("past", "beside", "alongside", "along", "by")


def find_places(reading: Reading) -> None:
    """Sets places apart and lets their sides hold for what lies there."""
    _lines(reading)
    _ranges(reading)
    _side_of_nose(reading)
    _halves(reading)
    _brow_of_eye(reading)
    _opening_places(reading)
    _places(reading)
    _neither_side(reading)
    _both_of_midline(reading)
    _across(reading)
    _headed(reading)


def _lines(reading: Reading) -> None:
    """ "The furrow that runs past the mouth on the left": the nasolabial fold."""
    for i, token in enumerate(reading.tokens):
        if token.text.removesuffix("s") not in _LINES:
            continue
        k = i + 1
        while reading.word(k) in _RUNNING:
            k += 1
        goal = next((m for m in reading.mentions if m.kind == "region" and m.first > k), None)
        if reading.word(k) not in _PAST or goal is None or goal.value not in ("mouth", "nose", "mouth_corner"):
            continue
        if set(reading.words(k + 1, goal.first)) <= DETERMINERS:
            plural = token.text.endswith("s")
            reading.put(Mention("region", "nasolabial", i, goal.last, side=goal.side, plural=plural))


def _ranges(reading: Reading) -> None:
    """ "From the brows down to the chin nothing moves": all that lies between, as ``facts.members`` reckons it."""
    regions = [m for m in reading.mentions if m.kind == "region"]
    for one, other in pairwise(regions):
        i = one.first - 1
        while reading.word(i) in DETERMINERS:
            i -= 1
        between = [w for w in reading.words(one.last + 1, other.first) if w not in DETERMINERS]
        named = reading.word(i - 1) not in (
            *_STARTS,
            ",",
            "everything",
            "anything",
            "nothing",
            "all",
            "still",
            "region",
        )
        if reading.word(i) != "from" or between not in (["to"], ["down", "to"], ["up", "to"]) or named:
            continue
        side = one.side if one.side == other.side else None
        for face in [m for m in regions if m.value == "face"]:  # "everything from ...", "from ... the face is still"
            near = reading.words(other.last + 1, face.first) if face.first > i else reading.words(face.last + 1, i)
            if set(near) <= DETERMINERS:
                face.kind = "place"
        reading.put(Mention("region", f"{one.value}..{other.value}", i, other.last, side=side))


def _opening_places(reading: Reading) -> None:
    """ "Above the left eye the lid sinks", "Below the mouth the chin rises": where the one lies that is spoken of."""
    regions = [m for m in reading.mentions if m.kind == "region"]
    for place, named in pairwise(regions):
        i = place.first
        while reading.word(i) not in _PLACED and (i == place.first or reading.word(i) in _BEFORE_PLACE):
            i -= 1
        word, between = reading.word(i), reading.words(place.last + 1, named.first)
        opens = reading.word(i - 1) in (*_STARTS, ",") and not (
            reading.word(i - 1) in (",", "and") and reading.word(i - 2) == ","
        )
        if word not in _PLACED or not opens or set(between) - DETERMINERS - {","}:
            continue
        if not between and named.side is None:
            continue  # "under eye cheek"
        if not _lies(word, place, named) or (
            named.side in _OTHER and place.side in _OTHER and named.side != place.side
        ):
            continue
        place.kind, place.first = "place", i
        named.side = named.side or place.side
        _lid_by_eye(named, word, reading.word(place.last))


def _lies(word: str, place: Mention, named: Mention) -> bool:
    """Whether a region may lie above or below another."""
    heights = {name: at[1] for name, at in load_yaml("data/lexicon.yaml")["places"].items()}
    names = {"lid": "upper_lid" if word in _HIGHER else "lower_lid", "lips": "mouth", "measurable": ""}
    here = 0.0 if place.value in ("lid", "infra_orbital") else heights.get(names.get(place.value, place.value))
    there = heights.get(names.get(named.value, named.value))
    if here is None or there is None:
        return False
    return there > here if word in _HIGHER else there < here if word in _LOWER else True


def _halves(reading: Reading) -> None:
    """ "In the upper face it is the left brow that moves": one of the regions that lie there."""
    groups = load_yaml("data/lexicon.yaml")["groups"]
    for half, named in pairwise([m for m in reading.mentions if m.kind == "region"]):
        i = half.first - 1
        while reading.word(i) in DETERMINERS:
            i -= 1
        if half.value not in ("upper_face", "lower_face") or reading.word(i) not in ("in", "within"):
            continue
        parts = groups[named.value]["members"] if named.value in groups else [named.value]
        near = [w for w in reading.words(half.last + 1, named.first) if w not in DETERMINERS]
        inside = isinstance(parts, list) and set(parts) <= set(groups[half.value]["members"])
        opens = reading.word(i - 1) in _STARTS or reading.words(i - 2, i) == [",", "and"]
        if inside and opens and near in ([], [","], ["it", "is"], [",", "it", "is"], ["only"], [",", "only"]):
            half.kind, half.first = "place", i


def _brow_of_eye(reading: Reading) -> None:
    """ "the brow of the left eye": the left brow."""
    for brow, eye in pairwise([m for m in reading.mentions if m.kind == "region"]):
        between = [w for w in reading.words(brow.last + 1, eye.first) if w not in DETERMINERS]
        if "brow" in brow.value and reading.word(eye.last) in ("eye", "eyes") and between in (["of"], ["at"]):
            eye.kind, eye.first, brow.side = "place", brow.last + 1, brow.side or eye.side


def _misplaced(reading: Reading, place: Mention, word: str, later: list[Mention]) -> bool:
    """Whether the region named right after a place cannot lie there: "Above the mouth, the lower lip rises"."""
    if not later or set(reading.words(place.last + 1, later[0].first)) - DETERMINERS - {","}:
        return False
    return word in (*_HIGHER, *_LOWER) and not _lies(word, place, later[0])


def _lid_by_eye(lid: Mention, word: str, eye: str) -> None:
    """ "the lid above the left eye": the upper one."""
    if (
        lid.value == "lid"
        and not (lid.plural and eye == "eye")
        and eye in ("eye", "eyes")
        and word in (*_HIGHER, *_LOWER)
    ):
        lid.value = "upper_lid" if word in _HIGHER else "lower_lid"


def _places(reading: Reading) -> None:
    """Sets apart regions that only say where another lies: "the fold beside the mouth", "Next to the nose, ..."."""
    regions = [m for m in reading.mentions if m.kind == "region"]
    for number, mention in enumerate(regions):
        i = mention.first - 1
        while reading.word(i) in DETERMINERS:
            i -= 1
        if reading.word(i) not in _PLACED | {"between"}:
            continue
        before = regions[number - 1] if number else None
        if before is not None and before.last == i - 1:
            _lid_by_eye(before, reading.word(i), reading.word(mention.last))
            mention.kind, before.side, mention.first = "place", before.side or mention.side, i
            other = regions[number + 1] if number + 1 < len(regions) else None
            if reading.word(i) == "between" and other is not None and _joined_by_and(reading, mention, other):
                other.kind = "place"  # "the fold between the nose wing and the mouth"
        elif (
            reading.word(i) in _PLACED
            and reading.word(i - 1) in ("", ".", ";", "\n")
            and reading.word(mention.last + 1) == ","
            and not _misplaced(reading, mention, reading.word(i), regions[number + 1 :])
        ):
            mention.kind, mention.first = "place", i
            _itself(reading, mention)


def _itself(reading: Reading, place: Mention) -> None:
    """ "Beside the left nose wing, itself motionless, ...": the place is spoken of after all."""
    k = place.last + 2
    if reading.word(k) in ("itself", "themselves") and reading.mentioned(k + 1, "still", "unmeasurable"):
        reading.put(Mention("region", place.value, k, k, side=place.side, plural=place.plural))


def _joined_by_and(reading: Reading, one: Mention, other: Mention) -> bool:
    between = reading.words(one.last + 1, other.first)
    return between[:1] == ["and"] and set(between[1:]) <= DETERMINERS


def opening_side(reading: Reading) -> None:
    """ "Of the left eyebrow, the outer third rises", "At the left eye the lids are still": the side is the part's."""
    regions = [m for m in reading.mentions if m.kind == "region"]
    for place, part in pairwise(regions):
        i = place.first - 1
        while reading.word(i) in DETERMINERS or _is_side(reading, i):
            i -= 1
        if place.side not in _OTHER or reading.word(i) not in _OPENING_PLACE or reading.word(i - 1) not in _STARTS:
            continue
        between = reading.words(place.last + 1, part.first)
        if set(between) - DETERMINERS - {","} or not _part_of(reading, place, part):
            continue
        place.kind, place.first = "place", i
        stop = next((k for k in range(part.first, len(reading.tokens)) if reading.word(k) in _CLAUSE_ENDS), None)
        for other in regions:
            if other.first >= part.first and (stop is None or other.first < stop) and _part_of(reading, place, other):
                other.side = other.side or place.side


def _is_side(reading: Reading, i: int) -> bool:
    return any(m.kind == "side" and m.first <= i <= m.last for m in reading.mentions)


def _part_of(reading: Reading, place: Mention, part: Mention) -> bool:
    """Whether one region lies within or around another: the outer brow in the brow, lids and brows at the eye."""
    near = ("brow", "lid", "infra") if reading.word(place.last) in ("eye", "eyes") else (place.value.rstrip("s"),)
    return any(stem in part.value for stem in near)


def _side_of_nose(reading: Reading) -> None:
    """ "On each side of the nose the fold is raised": no nose wing, but where the fold lies."""
    regions = [m for m in reading.mentions if m.kind == "region"]
    for mention, named in pairwise(regions):
        words = reading.words(mention.first, mention.last + 1)
        at = reading.words(mention.first - 2, mention.first)
        if words[:1] not in (["side"], ["sides"]) or at[:1] not in (["on"], ["at"]) or at[1] not in _ALL_SIDES:
            continue
        if set(reading.words(mention.last + 1, named.first)) <= DETERMINERS | {","}:
            mention.kind, named.side = "place", named.side or "both"


def _neither_side(reading: Reading) -> None:
    """ "Neither on the left nor on the right does the lip move": one denial, of both sides."""
    sides = [m for m in reading.mentions if m.kind == "side" and m.value in _OTHER]
    for one, other in pairwise(sides):
        i = one.first - 1
        while reading.word(i) in (*DETERMINERS, "on", "at", "to"):
            i -= 1
        between = [w for w in reading.words(one.last + 1, other.first) if w not in (*DETERMINERS, "on", "at", "to")]
        if one.value == other.value or reading.word(i) != "neither" or between != ["nor"]:
            continue
        region = next((m for m in reading.mentions if m.kind == "region" and m.first > other.last), None)
        ends = (".", ";", ",", "and", "but", "while", "whereas")
        if (
            reading.word(i - 1) in _STARTS
            and region is not None
            and not set(reading.words(other.last + 1, region.first)) & set(ends)
        ):
            region.side = "both" if region.side in (None, other.value) else region.side
            reading.put(Mention("negation", "neither", i, other.last))


def _both_of_midline(reading: Reading) -> None:
    """ "To the left and to the right of the mid-line, the fold rises": on both sides, no direction."""
    for i in range(len(reading.tokens)):
        words = reading.words(i, i + 7)
        if reading.word(i - 1) not in ("", ".", ";", "\n") or words[:3] not in (
            ["to", "the", "left"],
            ["to", "the", "right"],
        ):
            continue
        if words[3:4] == ["and"] and words[4:6] in (["on", "the"], ["to", "the"]) and words[6] in _OTHER:
            if words[6] == words[2]:
                continue
            for region in reading.mentions:
                if region.kind == "region" and region.side == words[6] and region.first <= i + 9:
                    region.side = "both"  # the nearest was taken to be that of one side
            reading.put(Mention("side", "both", i, i + 6))


def _headed(reading: Reading) -> None:
    """ "On the left: slight rise of the cheek; moderate rise of the lip": the side of all that the heading governs."""
    sides = {m.first: m for m in reading.mentions if m.kind == "side"}
    regions = [m for m in reading.mentions if m.kind == "region" and m.value not in _UNSIDED]
    heading: Mention | None = None
    for i in range(len(reading.tokens)):
        if reading.word(i) in (".", "\n"):
            heading = None
        if i in sides and reading.word(sides[i].last + 1) == ":" and not sides[i].linked and _opens(reading, i):
            heading = sides[i]
        for region in regions if heading is not None else ():
            if heading is not None and region.first == i and region.side is None:
                region.side, heading.linked = heading.value, True


def _opens(reading: Reading, i: int) -> bool:
    """Whether only "on the" stands between the start of a sentence, or what heads it, and a token."""
    while reading.word(i - 1) in ("on", "at", "the", "side"):
        i -= 1
    return reading.word(i - 1) in ("", ".", ";", "\n", ":")


def _across(reading: Reading) -> None:
    """ "its counterpart across the face lies still": the face only says where."""
    for face in [m for m in reading.mentions if m.kind == "region" and m.value == "face"]:
        i = face.first - 1
        while reading.word(i) in DETERMINERS:
            i -= 1
        if reading.word(i) == "across" and any(m.kind == "region" and m.last == i - 1 for m in reading.mentions):
            face.kind, face.first = "place", i


def find_ends(reading: Reading) -> None:
    """ "The mouth sinks at its ends", "its left end": the corners of the mouth that was named."""
    for i, token in enumerate(reading.tokens):
        if token.text not in ("end", "ends", "extremity", "extremities") or any(
            m.first <= i <= m.last for m in reading.mentions
        ):
            continue
        named = [m for m in reading.mentions if m.kind == "region" and m.last < i]
        later = [m for m in reading.mentions if m.kind == "region" and m.first > i]
        whole = named[-1] if named else later[0] if later and _opens_with(reading, i) else None
        if whole is None or whole.value not in ("mouth", "mouth_corner", "lips") or reading.word(i + 1) == "of":
            continue
        side = next((m for m in reading.mentions if m.kind == "side" and m.last == i - 1), None)
        first = i if side is None else side.first
        plural = token.text in ("ends", "extremities")
        if reading.word(first - 1) not in (*DETERMINERS, "at", "with", ",") or (side is None and not plural):
            continue
        if side is not None:
            side.linked = True
        value = None if side is None else side.value
        reading.put(Mention("region", "mouth_corner", first, i, side=value, plural=plural))


def _opens_with(reading: Reading, i: int) -> bool:
    """Whether a place opens the sentence: "At either end the mouth sinks"."""
    while reading.word(i) not in ("at", "", ".", ";", ","):
        i -= 1
    return reading.word(i) == "at" and reading.word(i - 1) in ("", ".", ";")
