"""What a clause speaks of where it names no region itself: pronouns, ellipses, what it has no subject for."""

from __future__ import annotations

from unimer.records import Claim
from unimer.text.asides import span
from unimer.text.chunks import PREDICATES, Chunk, Group, Run, adapted
from unimer.text.clauses import gap
from unimer.text.cuts import FOLLOWING, related, singular
from unimer.text.doubts import NOT_SO
from unimer.text.lexicon import DETERMINERS, Mention, grammar
from unimer.text.meaning import unit_mode
from unimer.text.reading import Reading

VAGUE = frozenset(("face", "measurable", "rest", "upper_face", "lower_face"))
_BEFORE_ADVERBIAL = grammar("before_adverbial")
_CONTINUING = grammar("continuing")
_EXIST = grammar("exist")
_PRONOUNS = grammar("pronouns")
_BEFORE_PRONOUN = ("and", "then", "here", "also", "too", "moreover", "so", "thus", ",")
_BEFORE_PREDICATE = ("also", "too", "both", "all", "likewise", "itself", "is", "are", "one")
_STANDING = ("it", "they", "this", "these", "both", "each")
_CARRYING = ("carr", "drag", "tak", "bring", "brought", "took")
_SIZES = {"strength", "size", "extent", "degree", "amount", "magnitude", "amplitude"}
_COPULAS = ("is", "are", "was", "were", "equals", "constitutes", "represents", "forms", "means")
_DOING = {"did", "does", "do"}
_AUXILIARIES = ("does", "do", "did", "is", "are", "was", "were", "has", "have", "can", "could")


def words_of(reading: Reading, chunk: Chunk) -> set[str]:
    return {reading.word(i) for i in chunk.tokens}


def refers(reading: Reading, chunk: Chunk) -> bool:
    """Whether a clause has no subject or object but "it", "both", "which" and the like."""
    known = {i for m in chunk.mentions for i in range(m.first, m.last + 1)}
    free = {reading.word(i) for i in chunk.tokens if i not in known and reading.word(i).isalpha()}
    if reading.word(chunk.tokens[0] - 1) == "which":  # clauses are cut there
        free.add("which")
    sides = {reading.word(m.first) for m in chunk.of("side")}
    return bool(free & _PRONOUNS or sides & _PRONOUNS) and free <= _CONTINUING


def carries_on(reading: Reading, chunk: Chunk, run: Run) -> bool:
    """Whether a clause has no subject of its own: "it also moves outward", but not "some hair moves"."""
    first = run.atoms[0].first
    known = {i for m in chunk.mentions for i in range(m.first, m.last + 1)}
    before = [reading.word(i) for i in chunk.tokens if i < first and i not in known]
    return all(w in _CONTINUING or not w.isalpha() for w in before)


def elsewhere(reading: Reading, chunk: Chunk) -> bool:
    """ "nothing moves there" speaks of a place that only the question knows."""
    words = [reading.word(i) for i in chunk.tokens]
    return any(w == "there" and after not in _EXIST for w, after in zip(words, [*words[1:], ""], strict=True))


def pronoun_runs(reading: Reading, chunk: Chunk, runs: list[Run]) -> list[Run]:
    """What is said of "it" before a region is named: "It rises as the left one does", "Like the cheek, it rises"."""
    found = []
    opening = [reading.word(i) for i in chunk.tokens if reading.word(i) not in _BEFORE_PRONOUN][:2]
    if opening[:1] and opening[0] in _STANDING and opening[1:] and opening[1].startswith(FOLLOWING):
        return runs  # "It follows the chin upward"
    for run in runs:
        i = run.atoms[0].first - 1
        while i in chunk.tokens and i - 1 in chunk.tokens and reading.word(i) in _BEFORE_PREDICATE:
            i -= 1
        verb = next((m for m in run.atoms if m.kind in ("verb", "direction", "still")), None)
        if verb is None or reading.word(i) not in _STANDING or i not in chunk.tokens:
            continue
        ahead = [k for k in chunk.tokens if k < i]
        while ahead and reading.word(ahead[-1]) in _BEFORE_PRONOUN:
            ahead.pop()
        topic = reading.word(chunk.tokens[0] + 1) in ("to", "for", "far", "regards", "concerns")
        if not ahead or (reading.word(chunk.tokens[0]) in ("like", "as") and not topic):
            found.append(run)
    return found


def said_again(reading: Reading, chunk: Chunk, runs: list[Run], negations: list[Mention]) -> list[Run] | None:
    """The runs that an ellipsis repeats or turns round; None where "not" alone decides what it says.

    "So does the lip" repeats what was said, denials too; "the chin defied measurement, the lips did not" says that
    they were measured.
    """
    words = words_of(reading, chunk)
    unmeasurable = bool(runs) and all(r.unmeasurable for r in runs)
    if any(m.value == NOT_SO for m in negations):
        return turned_round(runs, negations[0].first)
    again = reading.word(chunk.tokens[0] - 1) == "so" and reading.word(chunk.tokens[0]) in _AUXILIARIES
    again = again or (unmeasurable and bool(words & _DOING) and bool(words & {"too", "also", "likewise", "well"}))
    if again and not negations:
        return runs
    if unmeasurable and negations and {reading.word(m.first - 1) for m in negations} <= _DOING:
        return [Run([Mention("measuring", "measured", m.first, m.last) for m in negations])]
    return None


def turned_round(runs: list[Run], place: int) -> list[Run]:
    """What "unlike the chin" says of the chin: it does not do so, or does where the other one does not."""
    if any(r.unmeasurable for r in runs):
        return [Run([Mention("measuring", "measured", place, place)])]
    if any(r.negated or r.of("still") for r in runs):
        return [Run([Mention("verb", "", place, place)])]
    return adapted(runs, [Mention("negation", "not", place, place)], [], plain=True)


def unit_turned_round(said: list[Mention]) -> list[Mention]:
    """What "unlike AU12" says of AU12 where the other one is doubted (nothing but that it is seen), or is not."""
    about, negated = unit_mode(said)
    place = said[0].first
    word = Mention("annotated", "labelled", place, place) if about == "label" else None
    if negated:
        return []
    return [Mention("negation", "not", place, place), word or Mention("measuring", "supported", place, place)]


def likewise(reading: Reading, chunk: Chunk) -> bool:
    """Whether a clause says of a unit what was said of the one before: "so is AU6", ", as were AU4 and AU6"."""
    i = chunk.tokens[0]
    before, copula = reading.word(i - 1), reading.word(i) in ("is", "are", "was", "were")
    return before == "so" or (before == "as" and copula)


def spared(reading: Reading, chunk: Chunk, said: list[Mention], told: list[Mention]) -> bool:
    """Whether "does not" is said of a unit after a doubt about another: it can be judged, which is that it is seen."""
    words = words_of(reading, chunk)
    about, negated = unit_mode(told)
    bare = bool(said) and all(m.kind == "negation" and m.value == "not" for m in said)
    doubted = negated and about in ("measurement", "judgement", "support")
    return bare and doubted and bool(words & _DOING) and not words & {"either", "neither", "nor", "too", "also"}


def with_it(reading: Reading, chunk: Chunk) -> bool:
    """Whether a chunk adds a region to what was said: "The chin rises, and with it the lip"."""
    return reading.word(chunk.tokens[0] - 1) == "with" and reading.word(chunk.tokens[0]) in (
        "it",
        "them",
        "that",
        "this",
    )


def told_of_it(reading: Reading, chunk: Chunk) -> bool:
    """Whether a clause says how the region right before it moves: "the lip, which goes up", "..., as this goes"."""
    start = chunk.tokens[0]
    moved = chunk.of("verb", "noun", "direction", "still")
    named = [m.first for m in chunk.of("region", "au")]
    if not moved or any(i < moved[0].first for i in named):
        return False
    standing = reading.word(start - 1) == "as" and reading.word(start) in _STANDING
    return standing or related(reading, start)


def stays(reading: Reading, chunk: Chunk, group: Group) -> bool:
    """Whether "it" goes on to stand for what it stood for: "It is like the chin", "It rises as the chin does"."""
    opening = [reading.word(i) for i in chunk.tokens if reading.word(i) not in _BEFORE_PRONOUN][:2]
    cleft = opening[1:] and opening[1] in ("is", "are", "was", "were", "has", "can", "could", "seems", "appears")
    if opening[:1] == ["it"] and _acts_on(reading, chunk, group):
        return False  # "It also moves the lip": a unit
    i = group.members[0].first - 1
    while reading.word(i) in DETERMINERS:
        i -= 1
    return opening[:1] in (["it"], ["they"]) and (not cleft or reading.word(i) == "like")


def _acts_on(reading: Reading, chunk: Chunk, group: Group) -> bool:
    """Whether a region is the object of what a clause says: "it accounts for the lip", "it moves the lip"."""
    i = group.members[0].first - 1
    while reading.word(i) in DETERMINERS:
        i -= 1
    moved = any(m.last == i and m.kind == "verb" for m in chunk.mentions)
    return moved or bool({"accounts", "account"} & words_of(reading, chunk))


def antecedent(reading: Reading, chunk: Chunk, regions: list[Mention]) -> list[Mention]:
    """What a relative clause speaks of: "which goes" of the last of several regions, "which go" of all; else nothing.

    ``regions``: those named together before it.
    """
    bracketed = chunk.after_mention is not None and reading.word(chunk.tokens[0] - 1) == "("
    if not regions or bracketed or not related(reading, chunk.tokens[0]):
        return regions if bracketed else []
    single = not regions[-1].plural and regions[-1].side != "both" and singular(reading, chunk.tokens[0])
    return regions[-1:] if single else regions


def up_to(reading: Reading, mention: Mention | None, groups: list[Group]) -> list[Mention]:
    """The regions of a group as far as one of them, without those that have a bracket of their own."""
    group = next((g for g in groups if mention in g.members), None)
    told = [] if group is None or mention is None else [m for m in group.members if m.first <= mention.first]
    own = [i for i, m in enumerate(told[:-1], 1) if reading.word(m.last + 1) == "("]
    return told[own[-1] :] if own else told


def both_of(reading: Reading, chunk: Chunk, named: list[Mention]) -> bool:
    """Whether "both" stands for two different regions named before, each on one side or on the mid-line."""
    plain = [m for m in chunk.of("side") if reading.word(m.first) == "both" and m.first == m.last]
    single = all(m.side in ("left", "right") or (m.side is None and not m.plural) for m in named)
    return bool(plain) and len(named) == len({m.value for m in named}) == 2 and single and refers(reading, chunk)


def denied_only(group: Group) -> bool:
    """Whether "do not" and nothing else is said of a group: "the remaining regions do not"."""
    return any(r.negated and r.atoms[0].first > group.members[-1].last for r in group.runs)


def be_it(reading: Reading, group: Group) -> bool:
    """Whether a group only lists what was meant ("nothing moves, be it brow or lid") or is alike ("like the chin")."""
    first = group.members[0].first
    i = first - 1
    while reading.word(i) in DETERMINERS:
        i -= 1
    if group.members[0].value.count("..") and reading.word(first - 1) == ",":
        return True  # "..., from the cheeks to the chin"
    return reading.word(i) == "like" or any(
        reading.words(i, i + 2) in (["be", "it"], ["be", "they"]) for i in range(first - 4, first)
    )


def parted(chunk: Chunk, group: Group, word: Mention) -> bool:
    """Whether an Action Unit or emotion stands between a group and a word."""
    return any(group.members[-1].last < m.first < word.first for m in chunk.of("au", "emotion"))


def is_adverbial(reading: Reading, group: Group, number: int) -> bool:
    """Whether a group only says where: all of the face, or beside another group after "towards", "above" ..."""
    first = group.members[0].first
    before = {reading.word(i) for i in range(max(0, first - 3), first)}
    return all(m.value in VAGUE for m in group.members) or (number > 1 and bool(_BEFORE_ADVERBIAL & before))


def says_nothing(reading: Reading, sentence: list[Chunk]) -> bool:
    """Whether a sentence names regions and says nothing of them: "The chin looks like the mouth corners"."""
    if any(_SIZES & {reading.word(i) for i in c.tokens} for c in sentence):
        return False  # "The cheek matches the fold in strength"
    named = [m for c in sentence for m in c.of("region", "annotated")]
    return len(named) > 1 and not any(c.of(*PREDICATES, "strength", "au", "negation") for c in sentence)


def goes_along(reading: Reading, chunk: Chunk, group: Group, earlier: list[Group]) -> bool:
    """Whether a group moves as what was spoken of: "It follows the chin", "... and carries the lip along"."""
    if any(not reading.word(m.first).startswith(FOLLOWING) for r in group.runs for m in r.atoms):
        return False
    if reading.word(chunk.tokens[0] - 1) == "with" and not chunk.of(*PREDICATES, "au", "annotated"):
        return True  # "It does not sink with the mouth corners"
    before = gap(reading, chunk, earlier[-1].members[-1] if earlier else None, group.members[0])
    if {"size", "extent", "strength", "degree", "amount", "that"} & set(before):
        return False
    if earlier and [w for w in before if w not in DETERMINERS][-2:] in (["together", "with"], ["along", "with"]):
        return True
    return any(w.startswith(FOLLOWING) for w in before) or any(
        w.startswith(_CARRYING) and reading.word(group.members[-1].last + 1) in ("along", "with") for w in before
    )


def equated(reading: Reading, chunk: Chunk, group: Group) -> bool:
    """Whether a region is said to be a motion, a unit or another region: "The fold is a motion of the lip"."""
    first, last = group.members[0], group.members[-1]
    known = {i for m in chunk.of("side") for i in range(m.first, m.last + 1)}
    if any(_that_of(reading, chunk, m) for m in group.members):
        return True
    ahead = [i for i in chunk.tokens if i < first.first and i not in known and reading.word(i) not in DETERMINERS]
    if ahead or reading.word(last.last + 1) not in _COPULAS:
        return False
    later = next((m for m in chunk.mentions if m.first > last.last and m.kind in ("region", "au")), None)
    if later is None:
        return False
    i = later.first - 1
    while reading.word(i) in DETERMINERS or i in known:
        i -= 1
    between = [m for m in chunk.mentions if last.last < m.first < later.first and m.kind != "side"]
    if later.kind == "au":
        return i == last.last + 1
    nominal = any(
        m.kind in ("noun", "verb") and reading.word(last.last + 2) in ("a", "an", "the", "that") for m in between
    )
    return reading.word(i) == "of" and nominal


def _that_of(reading: Reading, chunk: Chunk, region: Mention) -> bool:
    """Whether one motion is said to be another's: "The chin's motion is that of the lip"."""
    i = region.last + 1
    i += any(m.kind in ("noun", "verb") and m.first == i for m in chunk.mentions)
    told = chunk.of("strength") or reading.word(chunk.tokens[0] - 1) == "than"
    return reading.words(i, i + 3) in (["is", "that", "of"], ["was", "that", "of"]) and not told


def apposition(reading: Reading, claims: list[Claim], before: Mention, groups: list[Group]) -> None:
    """ "AU12 (lip corner puller, left side)": what is said of the one is said of the other."""
    place = reading.tokens[before.first].start
    told = next((c for c in reversed(claims) if c.kind == "au" and c.start <= place < c.end), None)
    for unit in (m for g in groups for m in g.members) if told is not None else ():
        start, end = span(reading, [unit])
        if told is not None and told.au == unit.aus[0] and told.side in (None, unit.side) and unit.side:
            claims[claims.index(told)] = told.model_copy(update={"side": unit.side})
            continue
        base = told or Claim(kind="au", start=start, end=end)
        new = {"start": start, "end": end, "au": unit.aus[0], "side": unit.side, "strength": None}
        claims.append(base.model_copy(update=new))


def of_unit(reading: Reading, chunk: Chunk) -> bool:
    """Whether a relative clause or a bracket follows a unit: "The rise of the chin fits AU17, which is annotated".

    Or one is taken up: "The same unit is supported on both sides".
    """
    place = chunk.tokens[0]
    if reading.word(place) in ("the", "this", "that") and reading.word(place + 1) in ("same", "unit", "au"):
        return bool({"unit", "au"} & set(reading.words(place + 1, place + 3)))
    words = reading.words(max(place - 2, 0), place + 1)
    return bool({"which", "that", "("} & set(words)) and any(
        m.kind == "au" and place - 4 < m.last < place for m in reading.mentions
    )
