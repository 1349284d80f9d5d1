"""Says of a text what remains of it when what the evidence cannot tell is said to be unknown.

"The flow does not tell how fast the chin rose" denies knowledge of a speed, which is true of any clip, and presupposes
that the chin rose, which has to be measured. So a text that is refused as it stands is read again with such clauses
replaced by what they presuppose ("The chin rose."). What may be unknown is a closed list (``data/unknowns.yaml``):
speed, duration, order, the frames between onset and apex, what the person feels, who it is, and where a class comes
from. To say of direction, strength, side or of motion itself that it is unknown remains a statement that is checked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from unimer.records import Claim
from unimer.resources import load_yaml
from unimer.text.claims import read_claims
from unimer.text.facts import Facts

_WITHHELD = re.compile(
    r"[^.!?\n]*\b(?:not|cannot|can't|n't|no|nothing|unknown|unclear|open|neither|nor)\b[^.!?\n]*"
    r"\b(?:on|to|at|in|towards?) (?:which|what) (?:side|half|direction|way|region|part)\b[^.!?\n]*"
    r"|[^.!?\n]*\b(?:nothing|no information|not (?:known|recorded|said)|not (?:tell|say)|says nothing)\b[^.!?\n]*"
    r"\b(?:about|regarding|concerning|as to) (?:the|its|their) (?:direction|side|strength|extent)s?\b[^.!?\n]*",
    re.IGNORECASE,
)
_SENTENCES = re.compile(r"((?<=[.!?])\s+|\s*\n+)")
_JOINTS = re.compile(
    r"(?: ?[;:]|,| [—–-]| \()?(?: however,)? (?:but|and|though|although|even though|yet|while|whereas|so|hence|thus)"
    r"\b,? | ?[;:,] | [—–-] | \(|\.? however,? "
)
_ARGUING = re.compile(r"\b(?:so|hence|thus)\b")
_FRONTED = re.compile(r"(?:although|though|while|even though|whereas) (.+?), (.+)", re.IGNORECASE)
_LISTED = re.compile(r",? (?:and|or|nor) |, ")
_MAX_JOINTS = 12
_STAYING = re.compile(
    r"(.+?) (?:stays?|stayed|remains?|remained|(?:was|were|is|are) (?:held|kept)) "
    r"(?:(up|raised|lifted|elevated)|(down|lowered)|there|in place|in (?:that|this) position|displaced"
    r"|like (?:this|that))"
)
_TOOK = re.compile(r"it (?:took|takes) (?:for )?(.+?) to ([a-z].*)")
_REACHING = re.compile(
    r"(?:get there|do so|move|reach (?:the |its |their )?(?:apex|peak|position|final position)|happen)"
)
_LASTING = re.compile(
    r"(.+?) (?:lasted|lasts|took|takes|was|were|is|are|happened|happens|occurred|occurs|(?:took|takes) place|began"
    r"|started|ended|unfolded|proceeded|(?:was|were) (?:held|kept|maintained)|stayed|remained)"
)
_END = re.compile(r"(.+?) (?:from (?:the )?onset to (?:the )?apex|to get there|over time|in time)")
_BEGINNING = re.compile(r"(?:started|began|begins|starts) to(?= [a-z])")
_ASKING = re.compile(
    r"^(?:or|and|nor|but)\b"
    r"|\b(?:which|what|whether|how|why|who|when|where|directions?|strength|sides? (?:on|of)|amount)\b",
    re.IGNORECASE,
)
_TAIL = re.compile(r",? (?:but )?(?:only|just) (?:the |a )?(?:total |overall |net )?displacements?$", re.IGNORECASE)
_SEVERAL = re.compile(r"\b(?:order|sequence|succession)\b", re.IGNORECASE)
_POINTING = re.compile(r"(?:it|they|this|these|that|those|such|both)\b", re.IGNORECASE)
_NEITHER = re.compile(r"(.* )?neither (.+?) nor (.+)", re.IGNORECASE)


@cache
def _source(name: str) -> str:
    return _expanded(load_yaml("data/unknowns.yaml")[name])


def _expanded(form: str) -> str:
    """A form of words with the patterns that it names; ``(?P<name>...)`` stays a group."""
    return re.sub(r"(?<!P)<([a-z]+)>", lambda m: f"(?:{_source(m.group(1))})", form)


@cache
def _pattern(form: str) -> re.Pattern[str]:
    return re.compile(_expanded(form), re.IGNORECASE)


def _match(form: str, text: str) -> re.Match[str] | None:
    return _pattern(form).fullmatch(text.strip())


_DENIALS = (
    r"(?:(?P<who><source>|<classed>) )?(?:<not>) (?:<tell>) (?P<topic>.+?)",
    r"nothing in (?P<who><source>) (?:<says>|indicates|specifies)(?: (?:<about>))? (?P<topic>.+?)",
    r"there is no (?:way|possibility|means) (?:to (?:<know>)|of (?:telling|knowing|saying))<out> (?P<topic>.+?)",
    r"(?:(?P<who><source>) )?(?:<says>) (?:nothing|no <news>|little)(?: (?:<about>))? (?P<topic>.+?)",
    r"(?P<who><source>) (?:is|are|remains?) silent (?:<about>) (?P<topic>.+?)",
    r"(?P<who><source>) leaves? (?P<topic>.+?) (?:<dark>)",
    r"(?:the )?(?P<topic>.+?),? (?:is|are|was|were|remains?|stays?) (?:left )?(?:<dark>)<out>",
    r"(?P<topic>.+?),? (?:cannot|can not|could not|can't) (?:reliably |also |therefore |thus )?be (?:<told>)<out>",
    r"(?P<topic>.+?),? (?:is|are) (?:not something|nothing)(?: that)? (?P<who><source>) (?:can|could) (?:<tell>)",
    r"(?P<topic>.+?),? (?:is|are|lies?) (?:beyond|outside) (?:what|the (?:scope|reach) of(?: what)?) (?P<who><source>)"
    r"(?: (?:can|could) (?:<tell>)| (?:shows?|tells?|covers?|measures?))?",
    r"(?:it|this) (?:is|remains|was) (?:<dark>|impossible to (?:<know>)|not possible to (?:<know>))<out>"
    r" (?P<topic>.+?)",
    r"it (?:cannot|can not|could not|can't) (?:therefore |thus |also )?be (?:<told>)<out> (?P<topic>.+?)",
    r"(?:we|one|you|nobody|no one) (?:do not|does not|cannot|can not|can't|don't|can|could not) (?:therefore )?"
    r"(?:<know>)<out>(?: anything)?(?: (?:<about>))? (?P<topic>.+?)",
    r"there (?:is|are|was|were) no <news>(?: available| recorded| given)?<out>(?: (?:<about>))? (?P<topic>.+?)",
    r"(?:nothing|no <news>) (?:is|are|was|can be|could be|may be) (?:therefore )?"
    r"(?:<told>|drawn|made|had|available|possible|inferred)<out>(?: (?:<about>))? (?P<topic>.+?)",
    r"(?:there is )?(?:nothing|no <news>)(?: (?:<about>))? (?P<topic>.+?) (?:is|are|can be|could be) "
    r"(?:<told>|drawn|available|had)<out>",
    r"nothing (?:<about>) (?P<topic>.+?)",
    r"not (?P<topic>how .+?|when|why)",
    r"no (?P<topic><feeling>|<time>|<emotions>) (?:can be|is|could be) (?:<told>)<out>",
)
"""How knowledge is denied; ``topic`` is what of, ``who`` what does not tell it."""


def state_known(text: str, facts: Facts, emotion: str | None) -> str | None:
    """The text with what it says to be unknown replaced by what that presupposes; None where it says nothing so.

    Args:
        text: any English text.
        facts: what the clip's evidence carries.
        emotion: the annotated class.
    """
    moved = sum(facts.moved(r) for r in facts.regions)
    teller = _Teller(moved, sum(bool(facts.supported(au)) for au in facts.verdicts), emotion)
    parts = _SENTENCES.split(text.replace("’", "'"))
    for sentence, gap in zip(parts[::2], [*parts[1::2], ""], strict=True):
        teller.read(sentence, gap)
    return teller.done.strip() if teller.found else None


@dataclass
class _Teller:
    """``moving``, ``units``: how many regions move and how many Action Units are supported; ``done``: the text so far;
    ``found``: whether anything in it was said to be unknown."""

    moving: int
    units: int
    emotion: str | None
    done: str = ""
    found: bool = False

    def read(self, sentence: str, gap: str) -> None:
        """Adds a sentence, in its own words where it says of nothing that it is unknown."""
        body = sentence.strip().rstrip(".")
        parts = self._parts(body, self.done) if body else None
        if parts is None:
            self.done += sentence + gap
            return
        self.found = True
        ended = self.done if not self.done or self.done[-1] in " \n" else f"{self.done} "
        self.done = ended + " ".join(_sentence(p) for p in parts) + (gap if parts else "")

    def _parts(self, body: str, before: str) -> list[str] | None:
        """What a sentence states, clause by clause; None where it holds nothing that is said to be unknown."""
        whole = self._clause(body, before)
        if whole is not None:
            return whole
        fronted = _FRONTED.fullmatch(body)
        if fronted:
            first = self._clause(fronted.group(1), before)
            told = [fronted.group(1)] if first is None else first
            later = self._clause(fronted.group(2), " ".join([before, *map(_sentence, told)]))
            if first is None and later is None:
                return None
            return told + ([fronted.group(2)] if later is None else later)
        return self._joined(body, before)

    def _joined(self, body: str, before: str) -> list[str] | None:
        """The same of clauses that are joined."""
        for joint in list(_JOINTS.finditer(body))[:_MAX_JOINTS]:
            left, right = body[: joint.start()], body[joint.end() :]
            bracket = joint.group().strip() == "("
            right = right.strip().removesuffix(")") if bracket else right
            arguing = _ARGUING.search(joint.group().lower())
            first = self._clause(left, before)
            if arguing and first is None:
                continue
            told = [left] if first is None else first
            later = self._clause(right, " ".join([before, *map(_sentence, told)]))
            if later is not None:
                return (self._parts(left, before) or [left] if first is None else first) + later
            if first is not None and not arguing:
                return first + (self._parts(right, " ".join([before, *map(_sentence, first)])) or [right])
        return None

    # --- one clause --------------------------------------------------------------------------------------------------

    def _clause(self, clause: str, before: str) -> list[str] | None:
        """What a clause presupposes that says what is unknown, and only that; None for any other clause."""
        clause = re.sub(r", however,? | however,? (?=the |it )", " ", clause.strip(" ,"))
        clause = re.sub(rf"^(?:{_source('lead')})+", "", clause, flags=re.IGNORECASE).rstrip(" .,")
        clause = re.sub(rf"^{_source('because')} (?:{_source('method')}), ", "", clause, flags=re.IGNORECASE)
        clause = re.sub(rf",? {_source('because')} (?:{_source('method')})$", "", clause, flags=re.IGNORECASE)
        if _match("<method>", clause):
            return []
        clause = _TAIL.sub("", _joined_denials(clause))
        told = self._class(clause, before)
        if told is not None:
            return told
        for form in _DENIALS:
            match = _match(form, clause)
            if match:
                found = match.groupdict()
                told = self._topics(found["topic"].strip(" ,"), found.get("who") or clause, before)
                if told is not None:
                    return told + ([f"The clip is annotated as {found['named']}"] if found.get("named") else [])
        return None

    def _class(self, clause: str, before: str) -> list[str] | None:
        """Where a class comes from, what it does not mean, and to what coarse class it belongs."""
        if self.emotion is None:
            return None
        for name in ("given", "decided", "foreign", "what", "nomeaning", "noproof", "coarse"):
            match = _match(f"<{name}>", clause)
            if match is None:
                continue
            subject = match.groupdict().get("named")
            pointing = re.match(r"(?:it|this|that|which|is|was|cannot|can|could|does)\b", clause, re.IGNORECASE)
            if pointing and not subject and not _classed_before(before):
                return None
            told = [f"The clip is annotated as {subject}"] if subject else []
            felt = match.groupdict().get("felt")
            if felt and " " not in felt:
                told.append(f"The clip is annotated as {felt}")
            coarse = match.groupdict().get("coarsely")
            return [*told, f"The annotated coarse class is {coarse}"] if coarse else told
        return None

    # --- what is unknown ---------------------------------------------------------------------------------------------

    def _topics(self, topic: str, who: str, before: str) -> list[str] | None:
        """What one thing that is unknown, or several, presuppose."""
        topic = re.sub(r"^(?:either|both) ", "", topic)
        one = self._topic(topic, who, before)
        if one is not None:
            return one
        for joint in _LISTED.finditer(topic):
            first = self._topic(topic[: joint.start()], who, before)
            later = None if first is None else self._topics(topic[joint.end() :], who, before)
            if first is not None and later is not None:
                return first + later
        return None

    def _topic(self, topic: str, who: str, before: str) -> list[str] | None:
        """What one thing that is unknown presupposes; None where it is none that the evidence leaves open."""
        if any(_match(f"<{name}>", topic) for name in ("gap", "feeling", "felt", "identity")):
            return []
        if _match("<emotions>", topic) and _match(r"<face>|.* (?:from|by|in|with|on) <face>", who):
            return []
        if _match("<why>|<course>", topic):
            return self._these("the motion", before)
        felt = _match(
            r"whether <someone> <truly>(?:is|was|feels|felt) <truly>(?P<felt>[a-z]+|that way|this way)", topic
        )
        if felt:
            return [] if " " in felt.group("felt") else [f"The clip is annotated as {felt.group('felt')}"]
        timed = _match(r"(?:<how>|<size>)(?P<said> .+)?", topic)
        if timed:
            return self._state((timed.group("said") or "this happened").strip(), before)
        timed = _match(r"(?:<time>)(?:,? (?:and|or) (?:<time>))*(?: (?:of|for|behind) (?P<said>.+))?", topic)
        if timed and _SEVERAL.search(topic) and self.moving < 2:
            return None  # one region has no order
        if timed:
            own = re.match(r"(?:its|their|this|that)\b", topic, re.IGNORECASE)
            return self._state(timed.group("said") or ("it moved" if own else "the motion was"), before)
        return self._order(topic, before)

    def _order(self, topic: str, before: str) -> list[str] | None:
        """ "Whether the chin or the lip moved first", "which came first": both have to have moved."""
        both = _match(
            r"(?:whether|if) (?:it was )?(?P<a>.+?),? or (?P<b>.+?)(?: that)? <began>(?: moving)? <when>", topic
        )
        both = both or _match(
            r"(?:which|what)(?: of (?:the two|these|them|the two (?:action )?(?:units|regions|movements)))?,?"
            r"(?: <began> <when>,| -|:) (?P<a>.+?),? or (?P<b>.+?)(?:,? <began> <when>)?",
            topic,
        )
        if both:
            return self._named(f"{both.group('a')} and {both.group('b')}", before)
        both = _match(
            r"(?:whether|if) (?P<a>.+?) (?:before or after|after or before|before|after|earlier than|later than"
            r"|at the same time as|simultaneously with) (?P<b>.+?)(?: (?:did|moved|rose))?",
            topic,
        )
        if both:
            told = self._state(both.group("a"), before), self._state(both.group("b"), before)
            return None if told[0] is None or told[1] is None else told[0] + told[1]
        which = _match(
            r"which (?:of (?:the (?:two|three) )?(?P<of>.+)|(?:region|part|movement|motion|(?P<unit>action unit|unit)"
            r"|one)) <began> <when>|(?:what|which) <began> <when>|whether <these> <began> <when>",
            topic,
        )
        if which:
            of, unit = which.group("of") or "", which.group("unit")
            if of and not _match("these|them|two|(?:the )?(?:regions?|movements?|motions?|(?:action )?units|aus)", of):
                return self._named(of, before)
            several = self.units if unit or re.match(r"(?:action )?units|aus", of) else self.moving
            return self._these("the motion", before) if several > 1 else None
        manner = _match(r"(?:whether|if) (?P<said>.+?) <manners>", topic)
        if manner:
            return self._state(manner.group("said"), before)
        if _match("(?:whether|if) <these> (?:was|were) (?:<manner>)(?:,? or (?:<manner>))*", topic):
            return self._these("the motion", before)
        return None

    # --- what is presupposed -----------------------------------------------------------------------------------------

    def _named(self, what: str, before: str) -> list[str] | None:
        """Something that moved or occurred, by its name: a region, a motion, a unit."""
        what = what.strip(" ,")
        return self._these(what, before) if _match("<these>", what) else _stated(f"{what} occurred")

    def _state(self, said: str, before: str) -> list[str] | None:
        """A clause or a noun after "how fast" or "the speed of" as a statement of its own."""
        end = _END.fullmatch(said)
        said = _BEGINNING.sub("did", end.group(1) if end else said)
        if _match("<these>(?: <happened>)?|(?:it|they|this) <happened>", said):
            return self._these(said, before)
        took = _TOOK.fullmatch(said)
        if took and _REACHING.fullmatch(took.group(2)):
            return self._named(took.group(1), before)
        if took:
            return _stated(f"{took.group(1)} did {took.group(2)}")
        stayed = _STAYING.fullmatch(said)
        if stayed:
            way = "up" if stayed.group(2) else "down" if stayed.group(3) else ""
            return _stated(f"{stayed.group(1)} moved {way}".strip())
        lasted = _LASTING.fullmatch(said)
        if lasted:
            return self._named(lasted.group(1), before)
        return _stated(said) or _stated(f"{said} occurred")

    def _these(self, said: str, before: str) -> list[str] | None:
        """ "This", "the motion": what was said before to move, or for a noun with "the" anything that moved."""
        told = [c for c in read_claims(before) if c.kind == "motion" or (c.kind == "au" and c.about == "itself")]
        if told:
            return [] if self.moving and not told[-1].negated else None
        return [] if self.moving and re.match(r"the |both ", said, re.IGNORECASE) else None


def find_withheld(text: str, claims: list[Claim]) -> list[str]:
    """Sentences that say of motion or of a unit that is measured that its side or its way is unknown."""
    found = []
    for sentence in _WITHHELD.finditer(text):
        told = [c for c in claims if sentence.start() <= c.start < sentence.end()]
        if any(c.kind in ("motion", "au") and c.about == "itself" and not c.negated for c in told):
            found.append(f'that what is measured is not known: "{sentence.group().strip()[:120]}"')
    return found


def _stated(said: str) -> list[str] | None:
    """A statement that is presupposed; None where it asks for more than one thing, or says nothing of the face."""
    told = _POINTING.match(said) or read_claims(_sentence(said))
    return [said] if told and not _ASKING.search(said) else None


def _classed_before(before: str) -> bool:
    """Whether the last thing said is a class."""
    claims = read_claims(before)
    return bool(claims) and claims[-1].kind == "emotion"


def _joined_denials(clause: str) -> str:
    """ "It shows neither how fast ... nor how long ..." with a single "not"."""
    match = _NEITHER.fullmatch(clause)
    if match is None:
        return clause
    ahead, one, other = match.group(1) or "", match.group(2), match.group(3)
    if ahead:
        source = re.fullmatch(rf"({_source('source')}) (?:{_source('says')}) ", ahead, re.IGNORECASE)
        return f"{source.group(1)} does not tell {one} or {other}" if source else clause
    told = re.fullmatch(rf"(.+) (?:is|are|can be) ({_source('told')})({_source('out')})", other, re.IGNORECASE)
    return f"{one} or {told.group(1)} is not {told.group(2)}" if told else clause


def _sentence(clause: str) -> str:
    """A clause as a sentence."""
    clause = re.sub(r"\btells us that\b", "shows that", clause)
    clause = re.sub(r"^(?:the )(?=the )", "", clause.strip(" ,"), flags=re.IGNORECASE)
    return f"{clause[:1].upper()}{clause[1:].rstrip('.')}."
