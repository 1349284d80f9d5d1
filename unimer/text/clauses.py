"""Links what is said to what it is said of.

Within a chunk (``cutting.py``) the mentions are groups of regions (or Action Units) and *runs* of predicate words
("does not move up and outward"). A run belongs to the group before it ("the cheek rises") or, where it leads up to
one, to the group after it ("a slight rise of the cheek", "raised brows").
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from unimer.text import cuts
from unimer.text.chunks import MODIFIERS, PREDICATES, Chunk, Group, Run
from unimer.text.lexicon import DETERMINERS, Mention, grammar
from unimer.text.reading import Reading

SENTENCE_ENDS = cuts.SENTENCE_ENDS
_JOINTS = grammar("joints")
_BRIDGE = DETERMINERS | grammar("bridge")
_FORWARD = _BRIDGE - {"and", "is", "are", "to"}
_FINITE = grammar("finite")
_DENYING = ("negation", "unmeasurable", "measuring", "presence")
_AUXILIARY = frozenset(("is", "are", "was", "were", "does", "do", "did", "could", "can", "has"))
_AFTER_NOR = _AUXILIARY | {"there", "any", "one", "such", "for", "at", "in"}
_LISTING = frozenset(("not", "nor", "neither", "left", "right", "whole", "all", "entire"))
ELLIPSIS = grammar("ellipsis")


def gap(reading: Reading, chunk: Chunk, a: Mention | None, b: Mention | None) -> list[str]:
    """Words of the chunk between two mentions; None stands for the chunk's start or end."""
    low = -1 if a is None else a.last
    high = len(reading.tokens) if b is None else b.first
    return [reading.word(i) for i in chunk.tokens if low < i < high]


def groups_of(reading: Reading, chunk: Chunk, kind: str) -> list[Group]:
    """Groups of mentions of one kind: neighbours joined by commas, "and", "or" with no predicate between."""
    groups: list[Group] = []
    previous: Mention | None = None
    for mention in chunk.of(kind):
        between = gap(reading, chunk, previous, mention)
        parted = previous is None or any(
            (m.kind in PREDICATES | {"annotated", "negation"} or _strength_of_its_own(reading, chunk, m, previous))
            and m.first > previous.last
            and m.last < mention.first
            and reading.word(m.first) not in ("nor", "neither", "both")
            for m in chunk.mentions
        )
        joined = all(w in _BRIDGE | _JOINTS | _LISTING for w in between) or len(between) < 4
        opening = reading.word(chunk.tokens[0]) in ("without", "besides", "despite", "with", "apart")
        inverted = groups and {"is", "are", "was", "were"} & set(gap(reading, chunk, None, groups[0].members[0]))
        if opening and not inverted and len(groups) == 1 and "," in between and "and" not in between:
            joined = False  # "Without any movement of the chin, the lip corner rises"
        if parted or not joined or "which" in between:
            groups.append(Group([mention]))
        else:
            groups[-1].members.append(mention)
        previous = mention
    return groups


def _strength_of_its_own(reading: Reading, chunk: Chunk, mention: Mention, before: Mention) -> bool:
    """Whether a strength begins or ends a part: "moderate at the chin and slight at the lip", ", slightly the lip"."""
    if mention.kind != "strength":
        return False
    i = mention.last + 1
    while reading.word(i) in DETERMINERS | {"at", "in", "on", "of", "for"}:
        i += 1
    ahead = i > mention.last + 1 and reading.mentioned(i, "region")
    if mention.first == before.last + 1 and reading.word(mention.last + 1) == ",":
        return True  # "the inner slightly, the middle and the outer moderately"
    if mention.first == before.last + 1 and reading.word(mention.last + 1) == "and":
        regions = {m.last for m in chunk.of("region") if m.first > mention.last}
        return any(m.first - 1 in regions for m in chunk.of("strength"))  # "the chin moderately and the lips slightly"
    return reading.word(mention.first - 1) in ("and", "but", "yet", *([","] if ahead else []))


def runs_of(reading: Reading, chunk: Chunk, targets: list[Mention]) -> list[Run]:
    """Longest sequences of predicate and modifier words; targets and a new predicate after a joint cut them."""
    runs: list[Run] = []
    previous: Mention | None = None
    cut = True
    for mention in chunk.mentions:
        if mention in targets:
            cut = True
            continue
        if mention.kind not in PREDICATES | MODIFIERS:
            continue
        between = gap(reading, chunk, previous, mention)
        if not cut and runs and _new_predicate(reading, runs[-1], mention, between, chunk):
            cut = True
        if cut or not runs:
            runs.append(Run())
        runs[-1].words.extend(between if not cut else [])
        runs[-1].atoms.append(mention)
        cut, previous = False, mention
    return runs


def _new_predicate(reading: Reading, run: Run, mention: Mention, between: list[str], chunk: Chunk) -> bool:
    joint = any(w in (",", "and", "then", "or", "nor") for w in between)
    following = next((m for m in chunk.mentions if m.first > mention.last), None)
    if (
        mention.value in ("instead of", "rather than")
        and following is not None
        and following.kind in ("region", "side")
    ):
        return True  # "The chin rises instead of the lip"
    nor = mention.kind == "negation" and mention.value in ("nor", "neither")
    if nor and (run.negated or (run.moves and "," in between)):
        # "neither rises nor falls" is one denial; "..., nor does the chin" is that of another region
        return following is None or following.kind not in PREDICATES | MODIFIERS
    if mention.kind == "negation" and not between and following is not None and following.kind == "direction":
        return bool(run.of("direction"))  # "moves neither up nor down"
    if mention.kind == "negation":
        if {",", "and"} & set(between) and (run.moves or run.of("still")) and mention.value not in ("nor", "neither"):
            return True
        following = next((m for m in chunk.mentions if m.first > mention.last and m.kind in PREDICATES), None)
        return run.moves and following is not None and following.kind in ("verb", "noun", "direction", "still")
    if joint and mention.kind in PREDICATES and run.of("still"):
        return True  # "keeps its place and shows no motion"
    if joint and ("a" in between or "an" in between):
        return run.moves or bool(run.of("still"))
    if (
        mention.kind == "strength"
        and "," in between
        and following is not None
        and following.kind in ("region", "side")
    ):
        return set(gap(reading, chunk, mention, following)) <= DETERMINERS  # "..., slightly the lip"
    if mention.kind in ("direction", "strength", "hedge"):
        return False
    ahead = following is not None and following.kind in ("region", "side")
    if mention.kind == "verb" and joint and ahead and run.of("direction"):
        return set(gap(reading, chunk, mention, following)) <= DETERMINERS  # "pulls A outward and lifts B"
    if mention.kind in ("verb", "noun") and joint:
        # "an upward and outward motion" is one predicate, "rises and moves outward" two.
        return (bool(run.of("verb", "noun", "still")) and not run.of("negation")) or (
            mention.kind == "verb" and bool(run.of("noun"))
        )
    return mention.kind in ("still", "unmeasurable", "measuring") and joint and run.moves


def link(reading: Reading, chunk: Chunk) -> tuple[list[Group], list[Run]]:
    """The groups of regions of a chunk with their runs, and the runs that belong to no group."""
    groups = groups_of(reading, chunk, "region")
    targets = [m for g in groups for m in g.members]
    loose: list[Run] = []
    runs = runs_of(reading, chunk, targets)
    for run in runs:
        first, last = run.atoms[0], run.atoms[-1]
        earlier = [g for g in groups if g.members[-1].last < first.first]
        later = [g for g in groups if g.members[0].first > last.last]
        before, after = earlier[-1] if earlier else None, later[0] if later else None
        follower = next((r for r in runs if r.atoms[0].first > last.last), None)
        next_is_group = after is not None and (follower is None or follower.atoms[0].first > after.members[0].first)
        if before is None and after is None:
            loose.append(run)
        elif before is None or (
            after is not None and next_is_group and not run.empty and _leads_to(reading, chunk, before, run, after)
        ):
            assert after is not None
            if not run.empty:
                after.runs.append(run)
            elif _denies(reading, chunk, run, after):
                after.before.extend(run.of("negation"))
            elif run.of("strength") and all(
                w in _FORWARD or w == "," for w in gap(reading, chunk, run.atoms[-1], after.members[0])
            ):
                after.runs.append(run)  # "..., yet moderate at the chin"
        elif run.empty and next_is_group and after is not None and _denies(reading, chunk, run, after):
            after.before.extend(run.of("negation"))
        elif (
            run.empty
            and next_is_group
            and after is not None
            and (_leads_to(reading, chunk, before, run, after) or _second_strength(reading, chunk, before, run, after))
        ):
            after.runs.append(run)  # "moderate at the chin and slight at the lower lip"
        else:
            before.runs.append(run)
    groups = [part for g in groups for part in _of_the_last(reading, g)]
    _share_denial(reading, chunk, groups)
    _share_way(groups)
    _correct(reading, groups)
    return groups, loose


def _correct(reading: Reading, groups: list[Group]) -> None:
    """ "It is the left brow, not the right one, that rises": what follows is said of the one, denied of the other."""
    for one, other in pairwise(groups):
        denied = [m for m in other.before if m.value in ("not", "rather than", "instead of", "never")]
        late = [r for r in other.runs if r.atoms[0].first > other.members[-1].last and not r.empty]
        if reading.word(one.members[-1].last + 1).startswith(cuts.FOLLOWING):
            _follow(one, other)
        if one.runs or one.before or not denied or late != other.runs or not late:
            continue
        one.runs = late
        if any(r.negated or r.of("still") for r in late):
            other.before, other.runs = [], [Run([Mention("verb", "", denied[0].first, denied[0].first)])]


def _follow(one: Group, other: Group) -> None:
    """ "The lip follows the chin upward, but only slightly": both go upward, and the lip does so slightly."""
    late = [r for r in other.runs if r.atoms[0].first > other.members[-1].last]
    kept = [replace(r, atoms=[m for m in r.atoms if m.kind != "strength"]) for r in late]
    strengths = [m for r in late for m in r.of("strength")]
    other.runs = [r for r in other.runs if r not in late] + [r for r in kept if r.atoms]
    one.runs = [*one.runs, *[r for r in late if not r.empty]]
    if strengths and one.runs and not one.runs[-1].of("strength"):
        one.runs[-1] = replace(one.runs[-1], atoms=[*one.runs[-1].atoms, *strengths])


def _share_denial(reading: Reading, chunk: Chunk, groups: list[Group]) -> None:
    """ "A rise of the chin and a fall of the lips are absent": what ends a list of nouns is said of all of them."""
    if len(groups) < 2 or not all(g.runs for g in groups):
        return
    *others, last = groups
    end = last.members[-1].last
    words = [reading.word(i) for i in chunk.tokens if i < last.members[0].first]
    nominal = all(r.atoms[-1].last < g.members[0].first or r.of("direction") for g in others for r in g.runs)
    if not nominal or _FINITE & set(words):
        return
    shared = [m for r in last.runs for m in r.atoms if m.first > end and m.kind in _DENYING]
    if not any(m.kind in ("negation", "unmeasurable") for m in shared):
        return
    for group in others:
        group.runs = [replace(r, atoms=[*r.atoms, *shared]) for r in group.runs]


def _of_the_last(reading: Reading, group: Group) -> list[Group]:
    """Parts a group of which only the last is told of: "the drop of the glabella and the brow that goes inward"."""
    last = group.members[-1]
    k = last.last + 1 + (reading.word(last.last + 1) == ",")
    late = [r for r in group.runs if r.atoms[0].first > k]
    early = [r for r in group.runs if r not in late]
    if len(group.members) < 2 or not late or reading.word(k) not in ("that", "which"):
        return [group]
    single = cuts.singular(reading, k + 1) and not last.plural and last.side != "both"
    if not single and not any(r.of("noun", "verb") and r.of("strength") for r in early):
        return [group]
    return [Group(group.members[:-1], early, group.before), Group([last], late)]


def _share_way(groups: list[Group]) -> None:
    """ "Pulls the corners strongly and the folds slightly up": the direction that ends a list is said of all of it."""
    if len(groups) < 2:
        return
    end = groups[-1].members[-1].last
    late = [r for r in groups[-1].runs if not r.empty]
    ways = [m for r in late for m in r.of("direction") if m.first > end]
    if not ways or len(late) > 1 or late[0].of("verb", "noun", "negation") or late[0].atoms[0].first < end:
        return
    for group in groups[:-1]:
        runs = [r for r in group.runs if not r.empty]
        told = any(r.of("strength") for r in group.runs)
        plain = all(not m.value for r in runs for m in r.atoms if m.kind in ("verb", "noun", "direction"))
        if runs and told and plain and all(r.of("verb", "noun") and not r.negated for r in runs):
            group.runs = [replace(r, atoms=[*r.atoms, *ways]) if r in runs else r for r in group.runs]


def _leads_to(reading: Reading, chunk: Chunk, before: Group, run: Run, after: Group) -> bool:
    """Whether a run between two groups belongs to the one after it."""
    ahead = gap(reading, chunk, run.atoms[-1], after.members[0])
    behind = gap(reading, chunk, before.members[-1], run.atoms[0])
    close = all(w in _FORWARD for w in ahead)
    free = any(w in (",", "and", "or", "nor") for w in behind) or run.atoms[0].value in ("nor", "neither")
    return close and free


def _second_strength(reading: Reading, chunk: Chunk, before: Group, run: Run, after: Group) -> bool:
    """Whether a strength is that of what follows, the one before having its own: "moderate at A, only slight at B"."""
    ahead = gap(reading, chunk, run.atoms[-1], after.members[0])
    told = any(r.of("strength") for r in before.runs)
    return told and bool(run.of("strength")) and bool(ahead) and all(w in _FORWARD for w in ahead)


def _denies(reading: Reading, chunk: Chunk, run: Run, after: Group) -> bool:
    """Whether a lone negation stands right before a group: "neither the cheek nor ...", "not the left one"."""
    words = gap(reading, chunk, run.atoms[-1], after.members[0])
    skipped = _AFTER_NOR if run.of("negation") and run.of("negation")[0].value == "nor" else frozenset[str]()
    free = [w for w in words if w not in DETERMINERS | skipped | {"of", "side", "sides", "half", "halves"}]
    return bool(run.of("negation")) and len(free) <= 3 and "," not in words
