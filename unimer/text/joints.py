"""Cuts a chunk at commas and "and" where a new clause starts: "the chin rises, and the lips stay still".

Only grammar decides, never what the evidence says. A joint is a clause boundary where what stands before it is
complete and what follows has a subject and a finite verb of its own; after a complete clause also where a region is
followed right away by what it does ("..., the left one slightly", "..., both cheeks at rest"), and between two sides
("up on the left and down on the right"). Where a list of regions leaves two readings, nothing is cut.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

from unimer.text.chunks import MODIFIERS, PREDICATES, Chunk
from unimer.text.lexicon import DETERMINERS, Mention, grammar
from unimer.text.reading import Reading

_FINITE = grammar("finite")
_GOVERNING = grammar("governing")
_SUBJECTS = grammar("subjects")
_BEFORE_VERB = grammar("before_verb")
_PRONOUNS = ("it", "they", "them", "this")
_JOINING = frozenset((",", "and", "then"))
_LONG_JOINTS = (["as", "well", "as"], ["together", "with"], ["along", "with"])
_SIDES = {"left": "right", "right": "left"}
_PLACING = ("of", "at", "in", "on")
_SAID = PREDICATES | MODIFIERS
_VERBAL = frozenset(("verb", "noun", "presence", "measuring"))


@dataclass
class _Joint:
    """Commas and "and" side by side: places ``first..last`` among the tokens of a chunk."""

    first: int
    last: int
    words: list[str]

    @property
    def strong(self) -> bool:
        return "," in self.words and "and" in self.words


@dataclass
class _Part:
    """Some tokens of a chunk and the mentions among them."""

    reading: Reading
    tokens: list[int]
    mentions: list[Mention]

    def of(self, *kinds: str) -> list[Mention]:
        return [m for m in self.mentions if m.kind in kinds]

    @property
    def finite(self) -> int | None:
        """The first token of a finite verb."""
        starts = {m.first: m for m in self.mentions}
        inside = {i for m in self.mentions for i in range(m.first + 1, m.last + 1)}
        return next((i for i in self.tokens if i not in inside and self._is_finite(i, starts.get(i))), None)

    def _is_finite(self, i: int, mention: Mention | None) -> bool:
        word = self.reading.word(i)
        if word in _FINITE:
            return True
        if mention is None or mention.kind not in _VERBAL or self.reading.word(mention.last + 1) == "of":
            return False
        if word.endswith("s") and not word.endswith("ss"):
            return self.reading.word(i - 1) not in DETERMINERS
        return not word.endswith(("ing", "ed", "n")) and self._after_region(i)

    def _after_region(self, i: int) -> bool:
        """Whether nothing but adverbs and sides stands between a region and a token."""
        adverbs = {k for m in self.of("strength", "hedge", "side") for k in range(m.first, m.last + 1)}
        i -= 1
        while self.reading.word(i) in _BEFORE_VERB or i in adverbs:
            i -= 1
        return any(m.last == i for m in self.of("region"))

    @property
    def gapped(self) -> bool:
        """Whether a region is followed right away by what is said of it: "the left one slightly"."""
        return any(m.kind in _SAID and self._after_region(m.first) for m in self.mentions)

    @property
    def governed(self) -> bool:
        """Whether the regions at the end, if any stand there, are objects: "is found at the chin and the lips"."""
        last = [m for m in self.mentions if m.kind not in ("side", "place")][-1:]
        if not last or last[0].kind != "region":
            return True
        regions = {i for m in self.of("region", "side", "strength") for i in range(m.first, m.last + 1)}
        i = last[0].first
        while i in regions or self.reading.word(i) in DETERMINERS | _JOINING:
            i -= 1
        verb = next((m for m in self.of(*_VERBAL) if m.last == i), None)
        governing = i in self.tokens and (self.reading.word(i) in _GOVERNING or verb is not None)
        return governing or self.reading.word(i) == "with"

    @property
    def ends_in_region(self) -> bool:
        return bool(self.mentions) and [m for m in self.mentions if m.kind != "side"][-1:] == self.of("region")[-1:]

    def has_subject(self, before: int) -> bool:
        named = any(m.kind in ("region", "au", "noun") and m.first < before for m in self.mentions)
        return named or any(self.reading.word(i) in _SUBJECTS for i in self.tokens if i < before)

    @property
    def opens(self) -> bool:
        """Whether a subject stands here or begins here: "an up | and outward motion is found", not "outward"."""
        begun = self.reading.word(self.tokens[0]) in ("a", "an", "no", "there")
        return begun or bool(self.of("region", "au")) or any(self.reading.word(i) in _SUBJECTS for i in self.tokens)

    @property
    def side(self) -> str | None:
        """The one side that stands apart from any region, else None."""
        found = {m.value for m in self.of("side") if not m.linked and m.value in _SIDES}
        return found.pop() if len(found) == 1 else None


def split_clauses(reading: Reading, sentence: list[Chunk]) -> list[Chunk]:
    """The chunks of a sentence, cut further where clauses are joined; parentheses stay behind what they follow."""
    found: list[Chunk] = []
    for chunk in sentence:
        place = len(found)
        while chunk.after_mention is not None and place > 1 and found[place - 1].tokens[0] > chunk.after_mention.first:
            place -= 1
        found[place:place] = _split(reading, chunk)
    return found


def _split(reading: Reading, chunk: Chunk) -> list[Chunk]:
    joints = _joints(reading, chunk)
    cuts: list[int] = []
    start = 0
    sided = False
    for number, joint in enumerate(joints):
        later = joints[number + 1 :]
        left = _part(reading, chunk, start, joint.first)
        right = _part(reading, chunk, joint.last + 1, len(chunk.tokens))
        near = _part(reading, chunk, joint.last + 1, later[0].first if later else len(chunk.tokens))
        placed = bool(chunk.mentions) and (chunk.mentions[0].kind, chunk.mentions[0].first) == (
            "place",
            chunk.tokens[0],
        )
        follows = bool(cuts) or chunk.led or placed or reading.word(chunk.tokens[0] - 1) == "with"
        other = _other_side(chunk, left, near)
        if (
            (near.opens and _new_clause(joint, left, right, later, chunk, follows))
            or _absolute(joint, left, near, follows)
            or _second_noun(left, right)
            or other
            or (sided and "," in joint.words and bool(near.of("au")))  # "... slightly on the right, is moved by AU24"
        ):
            cuts.append(joint.last + 1)
            sided = other
        start = cuts[-1] if cuts else 0
    if not cuts:
        return [chunk]
    _lead(chunk)
    bounds = [0, *cuts, len(chunk.tokens)]
    return [_cut(chunk, a, b) for a, b in pairwise(bounds)]


def _joints(reading: Reading, chunk: Chunk) -> list[_Joint]:
    inside = {i for m in chunk.mentions for i in range(m.first, m.last + 1)}
    found: list[_Joint] = []
    place = 0
    while place < len(chunk.tokens):
        i = chunk.tokens[place]
        long = next((w for w in _LONG_JOINTS if reading.words(i, i + len(w)) == w), [])
        size = len(long) or int(reading.word(i) in _JOINING and i not in inside)
        if size and found and found[-1].last == place - 1:
            found[-1].last = place + size - 1
            found[-1].words += reading.words(i, i + size)
        elif size:
            found.append(_Joint(place, place + size - 1, reading.words(i, i + size)))
        place += size or 1
    ways = {i for m in chunk.of("direction") for i in range(m.first, m.last + 1)}
    return [
        j
        for j in found
        if j.last + 1 < len(chunk.tokens)
        and j.words != ["then"]
        and not (j.words == ["and"] and {chunk.tokens[j.first - 1], chunk.tokens[j.last + 1]} <= ways)
    ]


def _part(reading: Reading, chunk: Chunk, start: int, stop: int) -> _Part:
    tokens = chunk.tokens[start:stop]
    inside = [m for m in chunk.mentions if tokens and tokens[0] <= m.first <= tokens[-1]]
    return _Part(reading, tokens, inside)


def _cut(chunk: Chunk, start: int, stop: int) -> Chunk:
    tokens = chunk.tokens[start:stop]
    inside = [m for m in chunk.mentions if tokens[0] <= m.first <= tokens[-1]]
    ends = stop == len(chunk.tokens)
    return replace(chunk, tokens=tokens, mentions=inside, leads=chunk.leads and ends, led=chunk.led and not start)


def _new_clause(joint: _Joint, left: _Part, right: _Part, later: list[_Joint], chunk: Chunk, follows: bool) -> bool:
    """Whether both sides of a joint are clauses with verbs of their own."""
    verb = right.finite
    if verb is None or not right.has_subject(verb) or not left.governed or _disagrees(right, verb):
        return False
    joined = joint.strong and left.reading.word(chunk.tokens[0] - 1) == "with" and not left.of(*PREDICATES)
    if left.finite is None and not (follows and (left.gapped or joined)):
        return False
    if not left.of("region", "au") and not any(left.reading.word(i) in _PRONOUNS for i in left.tokens):
        return False
    inner = [j for j in later if chunk.tokens[j.first] < verb]
    if not left.ends_in_region or not inner:
        return True
    return [j for j in (joint, *inner) if j.strong] == [joint]


def _disagrees(right: _Part, verb: int) -> bool:
    """Whether one region has a verb in the plural, so that the subject must have begun before: "the nose do not"."""
    named = [m for m in right.of("region") if m.first < verb]
    single = len(named) == 1 and not named[0].plural and named[0].side != "both"
    return single and right.reading.word(verb) in ("do", "are", "were", "have", "don't", "aren't", "weren't")


def _absolute(joint: _Joint, left: _Part, near: _Part, follows: bool) -> bool:
    """Whether a joint is followed by a region and what it does, without a finite verb."""
    if near.finite is not None or not near.gapped or not near.of("region") or not left.governed:
        return False
    if near.of("au", "annotated") or any(m.first < near.of("region")[0].first for m in near.of(*PREDICATES)):
        return False
    complete = (left.finite is not None and bool(left.of("region"))) or (follows and left.gapped)
    return complete and (not left.ends_in_region or "," in joint.words)


def _second_noun(left: _Part, right: _Part) -> bool:
    """Whether a second nominal motion follows: "a rise of the chin together with a slight fall of the lip corners"."""
    noun = next((m for m in right.of(*_VERBAL)), None)
    region = next((m for m in right.of("region")), None)
    if noun is None or region is None or right.reading.word(right.tokens[0]) not in DETERMINERS | {"for"}:
        return False
    lead = [m for m in right.mentions if m.first < noun.first]
    if noun.first > region.first or any(m.kind not in ("strength", "direction", "side") for m in lead):
        return False
    if right.reading.word(noun.last + 1) not in _PLACING or not left.of("region") or not left.of("noun", "verb"):
        return False
    shared = right.of("negation", "still", "unmeasurable", "measuring")
    late = [m for m in right.of("strength") if m.first > region.last]
    return not left.of("negation") and (left.finite is not None or not (shared or late))


def _other_side(chunk: Chunk, left: _Part, near: _Part) -> bool:
    """Whether a joint parts what is said of the left side from what is said of the right one."""
    side = near.side
    if side is None or near.of("region", "au") or not near.of(*_SAID) or not left.of(*_SAID):
        return False
    others = [m for m in chunk.of("side", "region") if side in _SIDES and (m.side or m.value) == _SIDES[side]]
    later = [m for m in chunk.of("region") if m.first > near.tokens[0]]
    relative = left.reading.word(chunk.tokens[0] - 1) == "which"
    if not others or later or not (chunk.led or relative or chunk.of("region")):
        return False
    for region in left.of("region"):
        if region.side == "both" and left.side is not None:
            region.side = left.side  # "both cheeks rise slightly on the left and strongly on the right"
    return True


def _lead(chunk: Chunk) -> None:
    """ "On the left, the brow rises and the cheek falls": the side holds for both clauses."""
    sides = [m for m in chunk.of("side") if not m.linked]
    if len(sides) != 1 or chunk.mentions[0] is not sides[0]:
        return
    for region in chunk.of("region"):
        region.side = region.side or sides[0].value
    sides[0].linked = True
