"""Reads what a text asserts about a face: motion of regions, Action Units, emotions, talk about the person.

``read_claims`` takes any English text, whoever wrote it, and never raises. What the fields of a claim mean here:

- motion: ``region`` is a region without its side (``inner_brow``), a group (``brow``, ``lids``, ``face``, ``rest``) or
  ``?word`` for a part of the body that is no region. ``side`` None = not said. ``direction`` None = "moves";
  ``negated`` with no direction = "is still". ``about`` measurement, judgement, support and ``negated``: its motion
  cannot be measured, judged, confirmed.
- au: ``negated`` = "is not shown". ``about`` label: only that it is labelled; motion and ``negated``: it shows none;
  measurement, judgement, support and ``negated``: as with a region. ``labeller``: "annotated", "the detector lists".
"""

from __future__ import annotations

from functools import lru_cache

from unimer.records import About, Claim
from unimer.text import subjects as subject
from unimer.text.asides import loose_sides, read_emotions, read_people
from unimer.text.chunks import PREDICATES, Chunk, Group, Run, adapted, content, modifiers
from unimer.text.clauses import ELLIPSIS, groups_of, link
from unimer.text.cutting import chunks
from unimer.text.joints import split_clauses
from unimer.text.lexicon import Mention, grammar
from unimer.text.meaning import BEARING, DOUBTS, clone, directions, doubt, here, labeller, unit_mode, without_repeats
from unimer.text.mentions import read_mentions
from unimer.text.motions import motion_claim, wayless, ways_of
from unimer.text.reading import Reading
from unimer.text.subjects import VAGUE, words_of
from unimer.text.units import SAID, said_of, unit_claims

_PRONOUNS = grammar("pronouns")


def read_claims(text: str) -> list[Claim]:
    """All claims of a text in the order in which they stand."""
    return list(_claims(text))


@lru_cache(maxsize=256)
def _claims(text: str) -> tuple[Claim, ...]:
    reading = read_mentions(text).copy()
    state = _State(reading)
    for sentence in (split_clauses(reading, s) for s in chunks(reading)):
        state.fresh = True
        state.blank = subject.says_nothing(reading, sentence)
        for chunk, following in zip(sentence, [*sentence[1:], None], strict=True):
            state.read(chunk, following)
    read_people(reading, state.claims)
    in_order = sorted(state.claims, key=lambda c: (c.start, c.end, c.kind, c.au or 0, c.region or ""))
    return tuple(without_repeats(list(dict.fromkeys(in_order))))


class _State:
    """What has been read so far: pronouns and ellipses refer back to it."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.claims: list[Claim] = []
        self.regions: list[Mention] = []
        self.runs: list[Run] = []
        self.own: list[Mention] | None = None  # of a gapped group: what is said in its own words
        self.gapped: tuple[list[Run], list[Run]] = ([], [])  # runs, and as they were last said: "the lip slightly"
        self.units: list[Mention] = []
        self.last: str = ""
        self.heading: list[Mention] = []
        self.pending: list[Mention] = []
        self.title: list[Run] = []
        self.titled: str | None = None
        self.listed: list[Mention] = []
        self.told: list[Mention] = []
        self.named: list[Mention] = []
        self.fresh, self.blank = True, False
        self.told_next = False  # whether a clause about the region that ends the chunk follows
        self.groups: list[Group] = []  # of the chunk that brackets interrupt
        self.wayless: list[Mention] = []  # "pulls the corner strongly, ...": the direction may end the list

    def read(self, chunk: Chunk, following: Chunk | None) -> None:
        """Reads one chunk; a relative clause in brackets or commas is about what stands right before it."""
        meant = subject.antecedent(self.reading, chunk, subject.up_to(self.reading, chunk.after_mention, self.groups))
        if not meant:
            self._read(chunk, following)
            return
        kept, self.regions, last, self.last = self.regions, meant, self.last, "region"
        self._read(chunk, following)
        self.regions, self.last = kept, last

    def _read(self, chunk: Chunk, following: Chunk | None) -> None:
        pending, self.pending = self.pending, [] if chunk.of("region", "au", "emotion") else chunk.of(*SAID)
        if self._set_apart(chunk, pending):
            return
        self.wayless = self.wayless if self.reading.word(chunk.tokens[0] - 1) in (",", "and") else []
        groups, loose = link(self.reading, chunk)
        if chunk.after_mention is None:
            self.groups, meant = groups, subject.antecedent(self.reading, chunk, self.regions)
            self.regions, self.last = (meant, "region") if meant else (self.regions, self.last)
        self.told_next = following is not None and subject.told_of_it(self.reading, following)
        units = groups_of(self.reading, chunk, "au")
        heading = chunk.of(*SAID)
        self.title, self.titled = (self.title, self.titled) if chunk.led else ([], None)
        if chunk.leads and not chunk.of("region", "au", "emotion"):
            self.title = [r for r in loose if content(r)]  # "Upward: the chin"
            for side in chunk.of("side") if self.title else []:
                self.titled, side.linked = side.value, True
            if self.title or not chunk.of("side"):
                self.heading = heading  # "Not to be seen: AU4 and AU7"
                return
        if not chunk.led or heading:
            self.heading = []
        bare = bool(groups) and not any(g.runs or g.before for g in groups)
        told = following is not None and following.of(*PREDICATES) and not following.of("region", "au")
        if chunk.leads and bare and told and not subject.stays(self.reading, chunk, groups[0]):
            self.listed = [m for g in groups for m in g.members]  # "Brows, lids: all still"
            self.regions, self.last = self.listed, "region"
            return
        listed, self.listed = self.listed, []
        moving = [r for r in loose if content(r)]
        if listed and not groups and not units and moving:
            self._emit(listed, moving)
            self.runs = moving
            return
        loose_sides(self.reading, self.claims, chunk, groups, units)
        read_emotions(self.reading, self.claims, chunk)
        if groups:
            self._motions(chunk, groups)
        if units and not groups and chunk.after_mention is not None and chunk.after_mention.kind == "region":
            self._emit(self.regions if moving else [], moving)  # "The lip, which AU10 raises, ..."
        elif units and not groups and self.last == "region":
            self._before_unit(chunk, loose)
        if units:
            self._units(chunk, units)
        if not groups and not units:
            self._continued(chunk, loose)
        subjects = chunk.of("region", "au")
        if chunk.after_mention is not None:
            return  # what a parenthesis names is not what "it" stands for afterwards
        if subjects:
            self.last = subjects[0].kind
        if groups and not subject.stays(self.reading, chunk, groups[-1]):
            self.regions = groups[-1].members
            self.named = [*([] if self.fresh else self.named), *chunk.of("region")]
            self.fresh = False
        if units:
            self.units = units[-1].members

    def _set_apart(self, chunk: Chunk, pending: list[Mention]) -> bool:
        """Reads "unlike the chin" and "whether AU6 is active"; False for any other chunk."""
        unlike = chunk.open and self.reading.word(chunk.tokens[0] - 1) == "unlike"
        if unlike and chunk.of("region") and not chunk.of(*PREDICATES, "au", "annotated"):
            if self.runs and self.last == "region":
                self._emit(chunk.of("region"), subject.turned_round(self.runs, chunk.tokens[0]))
        elif unlike and chunk.of("au") and not chunk.of(*PREDICATES, "region", "annotated") and self.told:
            self._unit_claims(Group(chunk.of("au")), subject.unit_turned_round(self.told), chunk)
        elif chunk.open and not (unlike and chunk.of(*PREDICATES) and not chunk.of("au", "annotated")):
            self._left_open(chunk, pending)
        else:
            return False
        return True

    def _left_open(self, chunk: Chunk, before: list[Mention]) -> None:
        """ "Whether AU6 is active cannot be told": nothing is asserted but that it cannot be judged."""
        said = [m for m in chunk.mentions if m.kind in PREDICATES | {"negation"}]
        about, _ = unit_mode(said)
        if about not in DOUBTS:  # "The flow cannot tell whether AU6 is active"
            said, about = before, unit_mode(before)[0]
        if about not in DOUBTS:
            return
        units, regions = chunk.of("au"), [m for m in chunk.of("region") if m.value not in VAGUE]
        if not units and not regions and self.last == "au" and words_of(self.reading, chunk) & _PRONOUNS and said:
            units = [clone(m, m.side, said[0]) for m in self.units]  # "Whether the flow supports it cannot be said"
        if units:
            self._unit_claims(Group(units), said, chunk)
            self.units, self.last = units, "au"
        for region in [] if units else regions:
            self._motion(region, Run(said), about=about, negated=True)

    # --- motion ------------------------------------------------------------------------------------------------------

    def _motions(self, chunk: Chunk, groups: list[Group]) -> None:
        words = words_of(self.reading, chunk)
        copula = self.reading.word(chunk.tokens[0]) in ("is", "are", "was", "were")  # "..., as is the right cheek"
        if copula or self.reading.word(chunk.tokens[0] - 1) == "than" or subject.with_it(self.reading, chunk):
            words.add("so")
        if self.title and not any(r for g in groups for r in g.runs):
            for group in groups:
                for region in group.members:
                    region.side = region.side or self.titled
                self._emit(group.members, adapted(self.title, group.before, []) if group.before else self.title)
            return
        if self.last == "region" and self.regions:
            of_it = subject.pronoun_runs(self.reading, chunk, [r for g in groups for r in g.runs if content(r)])
            self._emit(here(self.regions, of_it) if of_it else [], of_it)
        for number, group in enumerate(groups):
            runs = [r for r in group.runs if not r.empty]
            if (
                not runs
                and subject.is_adverbial(self.reading, group, len(groups))
                and not (self.runs and (group.before or subject.denied_only(group)))
            ):
                continue
            lone = [m for r in group.runs if r.empty for m in r.atoms if not subject.parted(chunk, group, m)]
            negations = group.before + [m for m in lone if m.kind == "negation"]
            strengths = [m for m in lone if m.kind == "strength"]
            if self.runs and not runs and subject.be_it(self.reading, group):
                self._emit(group.members, self.runs)
                continue
            if self.runs and subject.goes_along(self.reading, chunk, group, groups[:number]):
                self._emit(group.members, adapted(self.runs, [], [], plain=True))
                continue
            if subject.equated(self.reading, chunk, group):
                continue  # "The fold is a motion of the mouth corner"
            gapped = (
                words & ELLIPSIS
                or negations
                or strengths
                or (number > 0 and not any(not r.empty for r in groups[0].runs))
            )
            if not runs and self.runs and gapped:
                than = self.reading.word(chunk.tokens[0] - 1) in ("than", "with")
                latest = self.gapped[0] is self.runs and not (strengths or negations or than)
                runs = self.gapped[1] if latest else self.runs
                again = None if strengths else subject.said_again(self.reading, chunk, runs, negations)
                runs = again or adapted(runs, negations, strengths, plain=than)
                if self.told_next and group is groups[-1] and not (negations or strengths):
                    runs = []  # "... also for the lip, which goes slightly up"
                self.gapped = (self.runs, runs) if strengths and not negations else self.gapped
                self.own = [*negations, *strengths]
                self._emit(group.members, runs)
                self.own = None
                continue
            if runs and (negations or (strengths and not runs[-1].of("strength"))):
                runs = adapted(runs, negations or [m for r in runs for m in r.of("negation")], strengths)
            if runs:
                self.runs = runs
            elif negations or strengths:
                runs = [Run(negations + strengths)]
            self._emit(group.members, runs)

    def _emit(self, regions: list[Mention], runs: list[Run]) -> None:
        """Claims of one group: every member with every run."""
        denied = any(r.negated and not content(r) and r.of("presence", "measuring") for r in runs)
        unmeasurable = [r for r in runs if r.unmeasurable]
        moving = [r for r in runs if content(r) and not r.unmeasurable]
        self._share_way(regions, moving)
        for region in regions:
            if unmeasurable or (denied and not moving and any(r.of("measuring") for r in runs)):
                unmeasurable = unmeasurable or runs
                self._motion(region, unmeasurable[0], about=doubt(unmeasurable[0].atoms), negated=True)
            elif not moving:
                negated = any(r.negated for r in runs)
                measured = runs and not negated and doubt(runs[0].of("measuring")) == "measurement"
                if measured and not any(r.of("presence", "strength") for r in runs):
                    self._motion(region, runs[0], about="measurement")  # "The cheeks were measured"
                elif self.blank and not runs:
                    continue  # "The chin is like the lip": nothing is said of either
                elif region.value not in VAGUE or (negated and any(m.value == "active" for m in runs[0].atoms)):
                    self._motion(region, runs[0] if runs else Run(), negated=negated)
            for run in [] if unmeasurable else moving:
                if run.of("still"):
                    self._motion(region, run, negated=not (run.negated or denied))
                    if not run.of("verb", "noun") or not run.negated:
                        continue
                for direction in directions(run):
                    self._motion(region, run, direction, negated=run.negated or denied)

    def _share_way(self, regions: list[Mention], runs: list[Run]) -> None:
        """ "Pulls the corner strongly, the fold slightly up": the direction that ends a list is said of all of it."""
        ways = ways_of(runs)
        for region in self.wayless if ways else []:
            for direction in directions(Run(ways)):
                self._motion(region, Run(ways), direction)
        if runs:
            self.wayless = [*self.wayless, *regions] if wayless(runs) else []

    def _motion(
        self, region: Mention, run: Run, way: str | None = None, *, about: About = "itself", negated: bool = False
    ) -> None:
        words = [region, *(run.atoms if self.own is None else self.own)]
        self.claims.append(motion_claim(self.reading, region, run, words, direction=way, about=about, negated=negated))

    # --- Action Units ------------------------------------------------------------------------------------------------

    def _units(self, chunk: Chunk, groups: list[Group]) -> None:
        before = chunk.after_mention
        if not chunk.of(*SAID) and not self.heading and before is not None and before.kind == "au":
            subject.apposition(self.reading, self.claims, before, groups)
        elif self.heading:
            for group in groups:
                self._unit_claims(group, self.heading, chunk)
        else:
            for group, said in said_of(self.reading, chunk, groups):
                self._unit_claims(group, said, chunk)

    def _unit_claims(self, group: Group, said: list[Mention], chunk: Chunk) -> None:
        if not said and subject.likewise(self.reading, chunk):
            said = self.told  # "AU12 is labelled, and so is AU6"
        if subject.spared(self.reading, chunk, said, self.told):
            said = []  # "AU23 defies measurement, AU4 does not"
        if said and all(m.kind in ("negation", "hedge") for m in said) and "is" in words_of(self.reading, chunk):
            said = [m for m in self.told if m.kind not in ("negation", "hedge", "strength")] + said
        elif not all(m.kind in ("negation", "hedge") for m in said):
            self.told = said  # "AU4 is supported, whereas AU7 is not"
        self.claims += unit_claims(self.reading, group, said, chunk)

    # --- what refers back --------------------------------------------------------------------------------------------

    def _continued(self, chunk: Chunk, loose: list[Run]) -> None:
        """A chunk with neither region nor Action Unit: "it also moves outward", "the right one does not"."""
        if chunk.of("emotion"):
            return
        moving = [r for r in loose if content(r)]
        sides = [m for m in chunk.of("side") if not m.linked]
        if chunk.of("annotated", "measuring") and not moving and self.units and subject.of_unit(self.reading, chunk):
            self.last = "au"
        if self._strengthened(chunk, loose, moving, sides) or self._other_side(chunk, loose, moving, sides):
            return
        sides = [s for s in sides if self.reading.word(s.first) != "both" or s.first < s.last]  # "both are annotated"
        if not self._of_units(chunk, loose, moving, sides) and moving:
            self._moved_on(chunk, loose, moving, sides)

    def _strengthened(self, chunk: Chunk, loose: list[Run], moving: list[Run], sides: list[Mention]) -> bool:
        """A strength of what was said ("it does so slightly"), or motion of both regions that were named."""
        if self.last != "region":
            return False
        negations, strengths = modifiers(loose)
        if not sides and not moving and self.runs and strengths and subject.refers(self.reading, chunk):
            self._emit(here(self.regions, [Run(strengths)]), adapted(self.runs, negations, strengths))
            return True
        if moving and subject.both_of(self.reading, chunk, self.named):
            self._emit(here(self.named, moving), moving)  # the two that were named, not both sides of the last
            self.runs = moving
            return True
        return False

    def _other_side(self, chunk: Chunk, loose: list[Run], moving: list[Run], sides: list[Mention]) -> bool:
        """The region named last on a side of its own: "the right one does not"."""
        if not (sides and self.last == "region" and self.regions and len(chunk.tokens) <= 14):
            return False
        negations, strengths = modifiers(loose)
        regions = [clone(m, s.value, s) for m in self.regions[-1:] for s in sides]
        if any(m.value == "nothing" for r in moving for m in r.of("negation")):  # "Nothing moves on the left"
            regions = [Mention("region", "face", s.first, s.last, side=s.value) for s in sides]
        elided = words_of(self.reading, chunk) & ELLIPSIS
        if moving or elided or negations or strengths or len(chunk.tokens) <= 5:
            again = subject.said_again(self.reading, chunk, self.runs, negations)
            chosen = moving or again or adapted(self.runs, negations, [m for r in loose for m in r.of("strength")])
            self._emit(regions, chosen)
            self.runs = moving or self.runs
        return True

    def _of_units(self, chunk: Chunk, loose: list[Run], moving: list[Run], sides: list[Mention]) -> bool:
        """What is said on of the units named last; False where the chunk may speak of motion besides."""
        if not self.units:
            return False
        if sides and self.last == "au" and len(chunk.tokens) <= 14 and not moving:
            clones = [clone(m, sides[-1].value, sides[-1]) for m in self.units]
            self._unit_claims(Group(clones), [m for r in loose for m in r.atoms], chunk)
            return True
        said = [m for m in chunk.mentions if m.kind in SAID]
        bearing = any(m.value in BEARING for m in chunk.of("measuring"))
        stirring = any(r.moves or r.of("still") for r in loose if not r.empty)
        told = bearing or (self.last == "au" and not moving)
        if said and told and not stirring and subject.refers(self.reading, chunk):
            # "It is supported", "the flow confirms it": that it is labelled on both sides was said before.
            clones = [clone(m, None if m.side == "both" else m.side, said[0]) for m in self.units]
            self._unit_claims(Group(clones), said, chunk)
            return True
        coded = chunk.of("annotated")
        belied = "belied" in words_of(self.reading, chunk)
        if self.last == "au" and coded and not moving and (labeller(coded) or belied):
            clones = [clone(m, m.side, coded[0]) for m in self.units]  # "AU7, though annotated, ..."
            self._unit_claims(Group(clones), said, chunk)
        return False

    def _moved_on(self, chunk: Chunk, loose: list[Run], moving: list[Run], sides: list[Mention]) -> None:
        """Motion in a chunk that names nothing: of what was spoken of before, else of the face."""
        if words_of(self.reading, chunk) & {"else", "otherwise"}:  # "nothing else moves"
            place: Mention = moving[0].atoms[0]
            self._emit([Mention("region", "rest", place.first, place.last)], moving)
            return
        if self.last == "au" and self.units:
            said = [m for r in loose for m in r.atoms]
            if unit_mode(said)[1]:
                clones = [clone(m, m.side, said[0]) for m in self.units]
                self._unit_claims(Group(clones), said, chunk)
            elif self.regions and not chunk.of("annotated"):
                self._emit(here(self.regions, moving), moving)
            return
        if self.last == "region" and self.regions:
            if not subject.carries_on(self.reading, chunk, moving[0]):
                return
            self._emit(here(self.regions, moving), moving)
            self.runs = moving
        elif any((r.negated and r.moves) or r.of("still") for r in moving) and not subject.elsewhere(
            self.reading, chunk
        ):
            atoms = [m for r in moving for m in r.atoms]
            side = sides[0].value if len(sides) == 1 else None  # "Nothing moves on the right"
            self._emit([Mention("region", "face", atoms[0].first, atoms[-1].last, side=side)], moving)

    def _before_unit(self, chunk: Chunk, loose: list[Run]) -> None:
        """ "They descend slightly, and AU15 accounts for it": what stands before the unit is said of the regions."""
        first = chunk.of("au")[0].first
        moving = [r for r in loose if r.moves and r.atoms[-1].last < first and not chunk.of("annotated")]
        if moving and self.regions and self.reading.word(chunk.tokens[0]) in ("it", "they", "this", "these", "both"):
            self._emit(here(self.regions, moving), moving)
            self.runs = moving
