"""Phrases about what could be measured that are longer than the lexicon's: they become mentions of their own.

"no verdict is possible", "Measurement fails at ...", "... yields none", "wherever the face could be measured", and
sets: "among the still regions".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from unimer.text.lexicon import Mention
from unimer.text.reading import Reading

_FINDING = "(?:verdict|conclusion|statement|judgement|judgment|inference|assessment|determination)s?"
_GIVEN = "(?:drawn|possible|made|given|reached|passed|ventured|offered|available|warranted|permitted|justified)"
_ABOUT = "(?:about|regarding|concerning|on|as to|of|for) (?:its|their) (?:own )?(?:motion|movement|displacement)"
_PARTS = "(?:areas?|regions?|parts?|places?|zones?|spots?|portions?|patches|points?|sections?)"
_READ = "(?:reliably )?(?:measured|assessed|tracked|read|evaluated|judged)(?: reliably)?"
_TRACKING = "(?:the )?(?:flow |motion )?(?:measurement|tracking|reading|estimation|assessment)s?"
_UNREAD = f"(?:cannot be|can not be|could not be|were not|was not) {_READ}"
_APART = "(?:leaving aside|leaving out|apart from|aside from|except|except for|save|save for|disregarding|other than)"

_VERDICTS = re.compile(
    rf"no (?:\w+ )?{_FINDING}(?: (?:is|was|are|were|can be|could be|may be) {_GIVEN}| {_GIVEN})?(?: {_ABOUT})?"
)
_SUCCEEDS = re.compile(rf"{_TRACKING} (?:succeeds|succeeded|works|worked|is successful|was successful)")
_FAILS = re.compile(
    r"(?:fails|failed|breaks down|broke down|is unsuccessful|was unsuccessful) (?=(?:at|for|on|with|in) )"
)
_NONE = re.compile(r"(?:yields?|yielded|gives?|gave|has|had|offers?|offered|provides?|provided|allows?|permits?) none")
_EXISTS = re.compile(
    r"(?:readings?|measurements?) (?:exists?|existed|is available|are available|was obtained|is at hand)"
)
_WHEREVER = re.compile(rf"(wherever|where|as far as) (?:the face|it) (?:can be|could be|was) {_READ}")
_BUT_WHERE = re.compile(rf"{_APART} (?:where (?:it|the face)|(?:the |those |all )?{_PARTS} (?:that|which)) {_UNREAD}")
_MEASURABLE = re.compile(
    rf"(?:(?:all|every|any|each|those|the|all of the|all the) )?{_PARTS}(?: (?:of|in|on) the face)? "
    rf"(?:that|which) (?:can be|could be|were|was) {_READ}"
)
_SETS = re.compile(
    r"(among|belongs? to|belonged to|counts? among|numbers? among|(?=the (?:still|motionless|resting|unmoved)))"
    rf" ?(?:the|those) (?:measured )?(still|motionless|resting|unmoved|unmoving|stationary) {_PARTS}"
    r"(?(1)| (?:include|comprise)s?)"
)
_AMONG = re.compile(rf"among the {_PARTS}(?= (?:that|which) )|among the (?=(?:moving|unmeasurable|displaced) )")

NOT_SO = "not so"
"""Value of a negation that turns round what was said before, whatever it was: "the same cannot be said of the lip"."""

_NOT_SO = re.compile(
    r"(?:the same|this|that) (?:cannot be said|can not be said|could not be said|is not true|is not the case"
    r"|does not hold(?: true)?|does not apply|does not go)(?= (?:of|for|to|about|with) )"
)


def read_doubts(reading: Reading) -> None:
    """Puts mentions in place of such phrases; each is judged by its whole, not by the words in it."""
    for first, last, _ in _found(reading, _VERDICTS):
        reading.put(Mention("unmeasurable", "impossible to judge", first, last))
    for first, last, _ in _found(reading, _NOT_SO):
        reading.put(Mention("negation", NOT_SO, first, last))
    _measurements(reading)
    for first, last, _ in _found(reading, _SETS):
        reading.put(Mention("still", "still", first, last))
    for first, last, _ in _found(reading, _AMONG):
        reading.idle.update(range(first, last + 1))
    _wholes(reading)


def _measurements(reading: Reading) -> None:
    """Where a measurement succeeds and where it fails: only after such a subject does "fails" speak of one."""
    subjects = [i for i in range(len(reading.tokens)) if re.fullmatch(_TRACKING, reading.word(i))]
    for first, last, _ in _found(reading, _SUCCEEDS):
        reading.put(Mention("measuring", "measured", first, last))
    for first, last, _ in _found(reading, _EXISTS):
        reading.put(Mention("measuring", "measured", first, last))
    for pattern in (_FAILS, _NONE):
        for first, last, _ in _found(reading, pattern):
            if any(_same_sentence(reading, i, first) for i in subjects):
                start = first - 1 if first - 1 in subjects else first
                reading.put(Mention("unmeasurable", "impossible to measure", start, last))


def _wholes(reading: Reading) -> None:
    """ "Wherever it could be measured, the face is still": all that was measured, and no more."""
    for pattern in (_WHEREVER, _BUT_WHERE):
        for first, last, match in _found(reading, pattern):
            face = next((m for m in _faces(reading, first) if not first <= m.first <= last), None)
            if face is not None:
                face.value = "measurable"
                reading.put(Mention("place", "measurable", first, last))
            elif match.group().startswith("wherever"):
                reading.put(Mention("region", "measurable", first, last))
    for first, last, _ in _found(reading, _MEASURABLE):
        overlapping = [m for m in reading.mentions if m.kind == "region" and m.first <= last and first <= m.last]
        if reading.word(first - 1) in ("other", "remaining", "no") or any(
            m.value not in ("face", "measurable") for m in overlapping
        ):
            continue
        if reading.word(first - 1) in ("among", "of", "in") and reading.word(last + 1) == ",":
            reading.idle.update(range(first - 1, last + 2))
            reading.put(Mention("place", "measurable", first - 1, last))
        else:
            reading.put(Mention("region", "measurable", first, last, plural=True))


def _faces(reading: Reading, place: int) -> list[Mention]:
    faces = [m for m in reading.mentions if m.kind == "region" and m.value == "face"]
    return [m for m in faces if _same_sentence(reading, min(m.first, place), max(m.first, place))]


def _same_sentence(reading: Reading, a: int, b: int) -> bool:
    return a < b and not {".", "\n", "!", "?"} & set(reading.words(a, b))


def _found(reading: Reading, pattern: re.Pattern[str]) -> Iterator[tuple[int, int, re.Match[str]]]:
    """First and last token of each place where a pattern matches whole words."""
    words = [t.text for t in reading.tokens]
    line = " ".join(words)
    if pattern.search(line) is None:
        return
    at = {}
    place = 0
    for i, word in enumerate(words):
        at[place] = i
        place += len(word) + 1
    for match in pattern.finditer(line):
        end = len(line[: match.end()].rstrip(" "))
        first = at.get(match.start())
        if first is not None and (end == len(line) or line[end] == " "):
            yield first, first + line[match.start() : end].count(" "), match
