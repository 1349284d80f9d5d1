"""Which Action Unit a text makes responsible for which motion: "raised by AU12", "AU17 pushes the chin up"."""

from __future__ import annotations

from collections.abc import Iterator

from unimer.records import Claim
from unimer.text.clauses import SENTENCE_ENDS
from unimer.text.gate import words
from unimer.text.lexicon import DETERMINERS, Mention
from unimer.text.mentions import read_mentions
from unimer.text.reading import Reading
from unimer.text.sharing import find_shares

_ACCOUNTS = ("accounts", "account")
_WAYS = frozenset(("up", "down", "inward", "outward", "together", "apart"))
_CUTS = frozenset((",", "and", "while", "whereas", "but", "yet", "although", "though", "(", ")", "besides"))
_AGREEING = frozenset(("agreement", "keeping", "line", "accordance", "accord", "support", "witness"))
_FRONTS = ("in", "with", "from", "at", "through", "by", "as", "for", "since", "because", "given")
_REASONS = frozenset(("since", "because", "so", "hence", "thus", "thereby", "therefore", "as"))
_FLOW = frozenset(("flow", "annotation", "annotators", "coders", "label", "labels"))
_SHARING = frozenset(
    ("combined", "contribute", "contributed", "contributing", "share", "jointly", "together", "unhalved")
)
_AND = (["and"], ["or"], ["as", "well", "as"], ["together", "with"], ["along", "with"])
_OWED = (
    ["due", "to"],
    ["owing", "to"],
    ["because", "of"],
    ["comes", "from"],
    ["come", "from"],
    ["results", "from"],
    ["stems", "from"],
)
_FREE = DETERMINERS | {
    "also",
    "it",
    "that",
    "what",
    "is",
    "here",
    "and",
    "on",
    "side",
    "too",
    "both",
    "for",
    "thus",
    "respectively",
    "jointly",
    "unhalved",
    "together",
}


def find_causes(text: str, claims: list[Claim]) -> list[tuple[list[int], Claim, bool]]:
    """Action Units with each motion that the text says they cause; whether each of them must explain it, or one."""
    reading = read_mentions(text)
    told = [c for c in claims if c.kind == "motion" and not c.negated and c.about == "itself"]
    shares, placed = find_shares(reading, told)
    found: list[tuple[list[int], Claim, bool]] = []
    for units, behind in [*_series(reading), *_pronouns(reading)]:
        if units[0].first in placed:
            continue
        low, high = _sentence(reading, units[0].first)
        start, end = reading.tokens[units[0].first].start, reading.tokens[units[-1].last].end
        aus = [a for u in units for a in u.aus]
        before = [c for c in told if low <= c.start < start]
        stop = _next_unit(reading, units[-1], high)
        after = [] if behind and before else [c for c in told if end <= c.start < stop]
        if not after and not before:  # "The chin rises. AU17 explains this."
            before = [c for c in told if _sentence(reading, _before(reading, low))[0] <= c.start < low]
        together = not after and not behind
        if together:  # "The chin rises; AU15 and AU17 account for this": one of all that are named
            place = max((c.end for c in before), default=low)
            named = [m for m in reading.mentions if m.kind == "au" and place <= reading.tokens[m.first].start < high]
            aus = [a for m in named for a in m.aus if start >= place] or aus
        respectively = "respectively" in (t.text for t in reading.tokens if low <= t.start < high)
        found += _shared(aus, after or before, bool(after), not together, respectively)
    taken = {reading.tokens[i].start for i in placed}
    found += _beside(reading, [c for c in claims if c.kind != "au" or c.start not in taken], told)
    shared = {c for _, c, _ in shares}
    return [f for f in found if f[1] not in shared] + shares


def _shared(
    aus: list[int], motions: list[Claim], behind: bool, each: bool, respectively: bool
) -> list[tuple[list[int], Claim, bool]]:
    """Which unit causes which motion. Of several motions each needs one of the units: they share the work."""
    places = list(dict.fromkeys((c.region, c.side) for c in motions))
    if respectively and len(places) > 1:
        unit_of = dict(zip(places, aus, strict=False))
        return [([unit_of[c.region, c.side]], c, True) for c in motions if (c.region, c.side) in unit_of]
    return [(aus, c, each and len(places) == 1) for c in (motions if behind else motions[-1:])]


def _beside(reading: Reading, claims: list[Claim], told: list[Claim]) -> list[tuple[list[int], Claim, bool]]:
    """Units and the motion told in the same part of a sentence: however it is put, the motion is taken for theirs.

    "The rise of the chin bears out AU17", "AU9 is seen at the nose wings", "AU4 and AU9 both contribute to ...";
    also what a part that only points back says of the part before ("..., which confirms AU17", "This supports AU17").
    """
    found: list[tuple[list[int], Claim, bool]] = []
    shown = [c for c in claims if c.kind == "au" and c.about == "itself" and not c.negated]
    before: list[Claim] = []
    ahead: list[int] = []
    held: list[int] = []
    open_ = False
    for first, stop in _parts(reading):
        start, end = reading.extent(first, stop)
        units = [c.au for c in shown if start <= c.start < end and c.au is not None]
        own = [c for c in told if start <= c.start < end]
        inside, bracket = reading.words(first, stop), reading.word(first - 1) == "("
        if inside[0] == "-":
            continue  # "- AU4: both brows sink": check_sample() looks at such lines
        likewise = inside[0] == "so" and inside[1:2] in (["is"], ["are"], ["do"], ["does"], ["was"], ["were"])
        reasoned = "being" in inside or (bool(_REASONS & {*inside[:3], reading.word(first - 1)}) and not likewise)
        if units and not own and (_points(inside) or bracket or open_ or reasoned):
            own = before
        if own and not units and (bracket or open_ or reasoned or _apposed(inside)):
            units = ahead
        held = [] if reading.word(first - 1) in SENTENCE_ENDS else held
        units = units or (held if own and _item(reading, first, stop) else [])
        held = units or held
        several = len(units) > 1 and len({(c.region, c.side) for c in own}) == 1
        each = bool(_SHARING & set(inside)) or (
            several and bool({"two", "three"} & set(inside) or "both au" in " ".join(inside))
        )
        found += [(units, c, each) for c in own if units]
        fronted = reading.word(stop) == "," and inside[0] in _FRONTS  # "In the rise of the chin, AU17 shows itself"
        open_ = fronted and bool(units or own) and not _refers_back(reading, first, own is before)
        before, ahead = own or before, units
    return found


def _item(reading: Reading, first: int, stop: int) -> bool:
    """Whether a part goes on with a list of places: "is seen in the lip, which sinks, and in the fold, which ..."."""
    i = first + 1
    named = {m.first: m for m in reading.mentions if m.kind == "region"}
    while i not in named and (reading.word(i) in DETERMINERS or reading.mentioned(i, "side")):
        i += 1
    if i not in named or reading.word(first) not in ("in", "at", "on", "by", "for", "from"):
        return False
    i = named[i].last + 1
    ended = i == stop and (reading.word(i) in (*SENTENCE_ENDS, "", "and") or reading.word(i + 1) == "which")
    return ended or reading.word(i) in ("which", "that")


def _refers_back(reading: Reading, first: int, borrowed: bool) -> bool:
    """Whether a part ends what was told before it: "the chin rises, in keeping with AU17, while ..."."""
    opening = reading.word(first - 1) != "," or reading.word(first - 2) in _CUTS
    return borrowed and first > 0 and not opening


def _apposed(inside: list[str]) -> bool:
    """Whether a part says something of the unit named before it: "AU17, a unit that lifts the chin, ..."."""
    return inside[0] in ("which", "that") or bool(
        {"unit", "au"} & set(inside[1:3]) and inside[0] in ("a", "an", "the")
    )


def _points(inside: list[str]) -> bool:
    """Whether a part of a sentence points back: "which confirms AU17", "in agreement with AU17"."""
    back = bool({"which", "this", "that"} & set(inside[:2])) or bool(_AGREEING & set(inside[:4]))
    return back and not _FLOW & set(inside)


def _parts(reading: Reading) -> Iterator[tuple[int, int]]:
    """Parts of sentences: first token, and the one after the last. Units joined by "and" stay together."""
    first = 0
    names = {i for m in reading.mentions if m.kind == "au" for i in range(m.first, m.last + 1)}
    for i, token in enumerate(reading.tokens):
        names |= set(range(_names(reading, i), i + 1)) if token.text == ")" and _names(reading, i) else set()
    for i in range(len(reading.tokens) + 1):
        word = reading.word(i)
        if i < len(reading.tokens) and (i in names or (word not in SENTENCE_ENDS and word not in _CUTS)):
            continue
        if word in ("and", ",") and i - 1 in names and _name_follows(reading, names, i + 1):
            continue
        if word == "and" and reading.mentioned(i - 1, "direction") and reading.mentioned(i + 1, "direction"):
            continue  # "up and outward"
        if i > first:
            yield first, i
        first = i + 1


def _name_follows(reading: Reading, names: set[int], i: int) -> bool:
    """Whether a unit is named next, with no more before it than a determiner and its side ("the right-sided AU10")."""
    between = {j for m in reading.mentions if m.kind == "side" for j in range(m.first, m.last + 1)}
    while (
        i < len(reading.tokens)
        and i not in names
        and (i in between or reading.word(i) in {*DETERMINERS, "sided", "au", "aus"})
    ):
        i += 1
    return i in names


def _names(reading: Reading, end: int) -> int:
    """Where the bracket begins that ends at a token, if only names of units and sides stand in it, else 0."""
    start = next((i for i in range(end, -1, -1) if reading.word(i) == "("), 0)
    inside = {m.kind for m in reading.mentions if start < m.first < end}
    named = any(m.kind == "au" and m.last == start - 1 for m in reading.mentions)
    return start if named and inside <= {"au", "side", "annotated"} else 0


def find_unexplained(text: str, claims: list[Claim]) -> tuple[list[Claim], list[str]]:
    """Motion of which the text says that no labelled unit explains it, and such words that are said of nothing.

    "Unexplained" (so rewrites.yaml puts it) is said of the motion after it ("unexplained is the rise of the chin"),
    else of what stands before it in its sentence, or in the sentence before.
    """
    reading = read_mentions(text)
    told = [c for c in claims if c.kind == "motion" and not c.negated and c.about == "itself"]
    found: list[Claim] = []
    loose: list[str] = []
    for i, token in enumerate(reading.tokens):
        if token.text != "unexplained":
            continue
        low, high = _sentence(reading, i)
        if reading.word(i + 1) == "is":
            meant = [c for c in told if token.start <= c.start < high]
        else:
            meant = [c for c in told if low <= c.start < token.start]
            meant = meant or [c for c in told if _sentence(reading, _before(reading, low))[0] <= c.start < low]
        found += meant
        loose += [] if meant else [text[token.start : token.end]]
    return found, loose


def find_unshared(text: str, claims: list[Claim]) -> tuple[list[tuple[list[int], Claim]], list[str]]:
    """Motion of which the text says that these units and no others cause it, and such words that name no motion.

    "Unshared" (so rewrites_style.yaml puts "AU4 alone explains", "due to AU4 only") stands before the units meant.
    """
    reading = read_mentions(text)
    found: list[tuple[list[int], Claim]] = []
    loose: list[str] = []
    for i, token in enumerate(reading.tokens):
        if token.text != "unshared":
            continue
        named = [m for m in reading.mentions if m.kind == "au"]
        units = [m for m in named if m.first > i][:1]
        units += _joined(reading, named, units[0]) if units else []
        aus = [a for u in units for a in u.aus]
        caused = [c for listed, c, _ in find_causes(text, claims) if set(listed) == set(aus)]
        found += [(aus, c) for c in caused]
        loose += [] if caused else [text[token.start : token.end]]
    return found, loose


def find_unblamed(text: str, claims: list[Claim]) -> tuple[list[tuple[int, Claim]], list[str]]:
    """Units of which the text says that others cause a motion, not they, with it; and such words that name none.

    "Unblamed" (so rewrites_style.yaml puts "AU17, not AU15, lifts", "rather than by AU15") stands before the number.
    """
    reading = read_mentions(text)
    found: list[tuple[int, Claim]] = []
    loose: list[str] = []
    for i, token in enumerate(reading.tokens):
        if token.text != "unblamed":
            continue
        low, high = _sentence(reading, i)
        number = reading.word(i + 1)
        caused = [c for _, c, _ in find_causes(text, claims) if low <= c.start < high]
        found += [(int(number), c) for c in caused] if number.isdigit() else []
        loose += [] if caused and number.isdigit() else [text[token.start : token.end]]
    return found, loose


def find_dangling(text: str, claims: list[Claim]) -> list[str]:
    """Motion that a unit "accounts for" ("for their sinking") where nothing that is told moves so."""
    reading = read_mentions(text)
    told = [c for c in claims if c.kind == "motion" and not c.negated and c.about == "itself"]
    nouns = {m.first: m for m in reading.mentions if m.kind in ("noun", "verb")}
    found = []
    for i, token in enumerate(reading.tokens):
        if token.text not in ("its", "their") or reading.word(i - 2) not in _ACCOUNTS or reading.word(i - 1) != "for":
            continue
        place = next((j for j in range(i + 1, i + 3) if j in nouns), None)
        if place is None or reading.word(nouns[place].last + 1) in ("of", "at", "in"):
            continue
        way = nouns[place].value
        if way in _WAYS and not any(way in (c.direction or "").split("-") for c in told):
            found.append(text[token.start : reading.tokens[place].end])
    return found


def _before(reading: Reading, place: int) -> int:
    """The last token of the sentence that ends before a character."""
    ends = [i for i, t in enumerate(reading.tokens) if t.end < place and t.text not in SENTENCE_ENDS]
    return ends[-1] if ends else 0


def _series(reading: Reading) -> Iterator[tuple[list[Mention], bool]]:
    """Units that are named together as a cause; the flag says that what they cause stands before them."""
    units = [m for m in reading.mentions if m.kind == "au"]
    for unit in units:
        i = unit.first - 1
        while i >= 0 and (reading.word(i) in DETERMINERS or reading.word(i) in words("before_cause")):
            i -= 1
        if reading.word(i) in ("by", "through"):
            yield [unit, *_joined(reading, units, unit)], True
        elif _acts(reading, unit):
            series = [unit]
            previous = next((u for u in reversed(units) if u.last < unit.first), None)
            if previous is not None and _between(reading, previous, unit) in (*_AND, [","], [",", "and"]):
                series.insert(0, previous)
            yield series, False


def _pronouns(reading: Reading) -> Iterator[tuple[list[Mention], bool]]:
    """ "AU9 raises the nose wings. It raises the upper lip as well": the unit, put where the pronoun stands."""
    for i, token in enumerate(reading.tokens):
        units = [m for m in reading.mentions if m.kind == "au" and m.last < i]
        if token.text not in ("it", "they", "which") or not units:
            continue
        last = units[-1]
        place = Mention("au", last.value, i, i, aus=last.aus)
        if token.text == "it" and _caused_by(reading, i):
            yield [place], True  # "AU17 is present. The chin is lifted by it."
            continue
        later = [m for m in reading.mentions if m.first > i]
        if token.text == "it" and set(_ACCOUNTS) & set(reading.words(i + 1, i + 3)):
            yield [place], False  # "It also accounts for the lip"
            continue
        verb = next((m for m in later if m.kind not in ("hedge", "strength")), None)
        passive = "is" in reading.words(i, verb.first) or "are" in reading.words(i, verb.first) if verb else True
        skipped = ("strength", "side", "direction")  # "it accounts for the fall of both corners"
        following = next((m for m in later if verb and m.first > verb.last and m.kind not in skipped), None)
        if not passive and following is not None and following.kind == "region" and _acts(reading, place):
            yield [place], False


def _caused_by(reading: Reading, i: int) -> bool:
    """Whether what stands before a pronoun is said to be caused by it: "is lifted by it", "is due to it"."""
    return reading.word(i - 1) in ("by", "through") or reading.words(i - 2, i) in _OWED


def _joined(reading: Reading, units: list[Mention], unit: Mention) -> list[Mention]:
    """Units joined to one by "and": "by AU1 and AU2"."""
    following = next((u for u in units if u.first > unit.last), None)
    if following is None or _between(reading, unit, following) not in _AND:
        return []
    return [following]


def _between(reading: Reading, unit: Mention, following: Mention) -> list[str]:
    """The words between two units, without what belongs to the second one's name."""
    return [w for w in reading.words(unit.last + 1, following.first) if w not in ("au", "aus", "the")]


def _acts(reading: Reading, unit: Mention) -> bool:
    """Whether a verb of motion or "accounts for" follows, over words in apposition: "AU17, the chin raiser, lifts"."""
    i = unit.last + 1
    while i < len(reading.tokens):
        word = reading.word(i)
        mention = next((m for m in reading.mentions if m.first <= i <= m.last), None)
        if word in _ACCOUNTS or (mention is not None and mention.kind == "verb"):
            return True
        apposed = mention is not None and mention.kind in ("au", "side", "hedge", "strength")
        if (mention is not None and not apposed) or (mention is None and word not in _FREE and word not in ",()"):
            return False
        i = i + 1 if mention is None else mention.last + 1
    return False


def _sentence(reading: Reading, place: int) -> tuple[int, int]:
    """Characters between which the sentence of a token stands."""
    low = max((t.end for t in reading.tokens[:place] if t.text in SENTENCE_ENDS), default=0)
    return low, next((t.start for t in reading.tokens[place:] if t.text in SENTENCE_ENDS), reading.tokens[-1].end)


def _next_unit(reading: Reading, unit: Mention, high: int) -> int:
    """Where what a unit causes ends: at a new clause, or at the end of the sentence."""
    for i in range(unit.last + 1, len(reading.tokens)):
        token = reading.tokens[i]
        if token.start >= high:
            break
        later = any(m.kind == "au" and m.first >= i and reading.tokens[m.first].start < high for m in reading.mentions)
        told = any(m.kind == "region" and unit.last < m.last < i for m in reading.mentions)
        if token.text in (",", ";") and told and any(m.kind == "au" and m.first == i + 1 for m in reading.mentions):
            return token.start  # "AU15 for the falling mouth corners, AU17 for the rising chin"
        if token.text in ("while", "whereas", "but", "although") or (token.text == "and" and later):
            return token.start
    return high
