"""Turns in which a text names units beside the set of labels they belong to: "AU12, one of the two labelled units".

Each is brought into the plain statement that it makes, where what it says of the set holds; labelsets.py reads on.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from unimer.records import Labels
from unimer.text import labelwords as lw
from unimer.text.mentions import read_mentions

Meant = Callable[[re.Match[str], str | None], list[int]]
_FOLD = {"twofold": 2, "double": 2, "threefold": 3, "triple": 3, "fourfold": 4, "single": 1}
_PLACE = {"first": 0, "second": 1, "third": 2, "fourth": 3, "last": -1}


def turned(sentence: str, aus: list[int], holds: Callable[[str], bool], meant: Meant) -> str:
    """A sentence with every such turn in plain words.

    Args:
        sentence: the sentence, its units as numbers.
        aus: the labelled units.
        holds: whether a plain statement is carried by labels and evidence.
        meant: the labelled units that a noun with its adjectives stands for, as many as are said.
    """
    what = lw.pattern("what_was").match(sentence)
    if what:  # "What was labelled is a single unit, AU25"
        rest = sentence[what.end() :]
        sentence = f"{lw.capital(what.group('who'))} labelled {rest}" if what.group("who") else f"There is {rest}"
    come = lw.pattern("labels_from").match(sentence)
    if come:
        sentence = f"{lw.spell(aus)} {sentence[come.end() :]}"
    sentence = lw.pattern("no_verb").sub(r"\1 units are labelled", sentence)
    sentence = lw.pattern("nor_either").sub("; none of these units is supported", sentence)
    sentence = lw.pattern("one_sided").sub("", sentence)
    if not any(m.kind == "region" for m in read_mentions(sentence).mentions):
        sentence = lw.pattern("bare_subject").sub(_these, sentence)
    sentence = _placed(sentence, aus, meant)
    sentence = _members(sentence, meant)
    return _no_others(sentence, aus, holds)


def alone(sentence: str, before: str, aus: list[int]) -> str:
    """ "Only AU15 is labelled; no other unit is annotated": the units named by then are all that are labelled."""

    def told(match: re.Match[str]) -> str:
        if set(lw.named(f"{before} {sentence[: match.start()]}")) != set(aus):
            raise lw.WrongError
        return f"{match.group('lead')}{lw.spell(aus)} {lw.be(aus)} labelled{match.group('by') or ''}"

    return lw.pattern("no_other").sub(told, sentence)


def settled(sentence: str) -> str:
    """What is said of units by now named, in plain words."""
    sentence = lw.pattern("come_from").sub(r"\1 is labelled by ", sentence)
    sentence = lw.pattern("not_from").sub(r"\1, not by ", sentence)
    sentence = lw.pattern("found_by").sub(r"\1 \2labelled by ", sentence)
    return lw.pattern("concerns").sub(r"\1 moves \2 and \3 moves \4", sentence)


def _these(match: re.Match[str]) -> str:
    """ "Two units were labelled; one is supported": one of these."""
    return f"{match.group('lead').replace(' of which ', '; ')}{match.group('k')} of these units "


def _placed(sentence: str, aus: list[int], meant: Meant) -> str:
    """ "AU25 is the third of the labelled units", "the second, AU9, lifts ...": by number."""

    def right(match: re.Match[str]) -> int:
        units = meant(match, match.group("n")) if "adj" in match.groupdict() else aus
        place, au = _PLACE[match.group("nth").lower()], lw.named(match.group("list"))[0]
        if units != sorted(units) or place >= len(units) or units[place] != au:
            raise lw.WrongError
        return au

    sentence = lw.pattern("nth").sub(lambda m: f"AU{right(m)} is labelled", sentence)
    return lw.pattern("nth_named").sub(lambda m: f"AU{right(m)} ", sentence)


def _members(sentence: str, meant: Meant) -> str:
    """ "AU12, one of the two labelled units, ...", "AU17 and AU23 belong to the four units that are labelled"."""

    def within(match: re.Match[str]) -> list[int]:
        units, named = meant(match, match.group("n")), lw.named(match.group("list"))
        if not set(named) <= set(units):
            raise lw.WrongError
        return named

    def all_of(match: re.Match[str]) -> str:
        number = match.group("n")
        number = "one" if number and number.lower() in ("sole", "only", "single", "lone") else number
        if set(meant(match, number)) != set(lw.named(match.group("list"))):
            raise lw.WrongError
        return f"{match.group('list')} "

    sentence = lw.pattern("member").sub(lambda m: f"{lw.spell(within(m))} {lw.be(within(m))} labelled", sentence)
    sentence = lw.pattern("beside").sub(lambda m: f"{lw.spell(within(m))} ", sentence)
    return lw.pattern("apposed").sub(all_of, sentence)


def _no_others(sentence: str, aus: list[int], holds: Callable[[str], bool]) -> str:
    """ "The coders labelled AU24 and nothing else", "no human coder was involved": nothing and nobody besides."""

    def whole(match: re.Match[str]) -> str:
        if set(lw.named(match.group("list"))) != set(aus):
            raise lw.WrongError
        return match.group("list")

    def by(match: re.Match[str]) -> str:
        people = lw.pattern("who").fullmatch(match.group("who")) is not None
        return f"{lw.capital(match.group('who'))} {'labelled' if people else 'lists'} {whole(match)}"

    def counted(match: re.Match[str]) -> str:
        if lw.number(match.group("n")) != len(lw.named(match.group("list"))):
            raise lw.WrongError
        return whole(match)

    def nobody(match: re.Match[str]) -> str:
        if any(holds(f"AU{au} is labelled by {match.group('who')}.") for au in aus):
            raise lw.WrongError
        return ""

    for name in ("names_none", "but_names"):
        sentence = lw.pattern(name).sub(by, sentence)
    sentence = lw.pattern("no_more").sub(lambda m: f"{m.group('did')} {whole(m)}", sentence)
    sentence = lw.pattern("in_all").sub(counted, sentence)
    return lw.pattern("uninvolved").sub(nobody, sentence)


def consisting(sentence: str, aus: list[int]) -> str:
    """ "The label consists of AU4 and AU9", "three units make up the label", "it was a program that labelled ..."."""
    sentence = lw.pattern("not_cleft", exact=True).sub(r"\2 was not labelled by \1", sentence)
    sentence = lw.pattern("cleft", exact=True).sub(lambda m: lw.capital(m.group(1)) + " ", sentence)
    whole = lw.pattern("consists", exact=True).match(sentence)
    if whole:
        if whole.group("list") and set(lw.named(whole.group("list"))) != set(aus):
            raise lw.WrongError
        listed = lw.spell(aus) if whole.group("list") else ""
        sentence = f"{whole.group(1)} lists {listed}{sentence[whole.end() :]}"
    counted = lw.pattern("counting").match(sentence)
    if counted:
        if not set(lw.named(counted.group("list"))) <= set(aus):
            raise lw.WrongError
        sentence = lw.capital(sentence[counted.end() :])
    cases = lw.pattern("cases").search(sentence)
    if cases and cases.group("q").lower() != "neither":
        if {"both": 2, "either": 2, "all three": 3, "all four": 4}.get(cases.group("q").lower(), len(aus)) != len(aus):
            raise lw.WrongError
        sentence = f"{sentence[: cases.start()]}{cases.group('rest')}{lw.spell(aus)}{sentence[cases.end() :]}"
    sentence = lw.pattern("contains", exact=True).sub(r"\1 lists", sentence)
    sentence = lw.pattern("makes_up").sub(
        lambda m: f"{m.group(1)} units" + _listed(m.group("mid") or m.group("end")) + " are labelled", sentence
    )
    match = lw.pattern("fold").match(sentence)
    if match is None:
        return sentence
    if _FOLD[match.group(1).lower()] != len(aus) or (match.group(2) and set(lw.named(match.group(2))) != set(aus)):
        raise lw.WrongError
    return f"{lw.spell(aus)} {lw.be(aus)} labelled{sentence[match.end() :]}"


def _listed(named: str | None) -> str:
    return f", {named}," if named else ""


def find_sets(text: str, labels: Labels) -> list[str]:
    """What is said to be all the labels and is not, each in words; the names that stand in the text are believed."""
    plain = lw.numbered(" ".join(text.split()))
    aus = {label.au for label in labels.aus}
    whole = [m for name in ("all_are", "no_more", "names_none", "but_names") for m in lw.pattern(name).finditer(plain)]
    found = [f'"{m.group()}", though there are other labels' for m in whole if set(lw.named(m.group())) != aus]
    found += _strangers(plain, labels)
    found += [f'a number of units that are not named: "{m.group()}"' for m in lw.pattern("bare_count").finditer(plain)]
    found += [f'a motion of each unit of a set: "{m.group()}"' for m in lw.pattern("set_acts").finditer(plain)]
    found += [f'units said to be the same: "{m.group()}"' for m in lw.pattern("same").finditer(plain)]
    found += [f'who is said not to have labelled: "{m.group()}"' for m in lw.pattern("not_who").finditer(plain)]
    found += [f'an exception from all units: "{m.group()}"' for m in lw.pattern("all_but").finditer(plain)]
    return found + [f'coders that nobody counted: "{m.group()}"' for m in lw.pattern("coders").finditer(plain)]


def _strangers(plain: str, labels: Labels) -> list[str]:
    """Who is said to have labelled units where only a program or only people did, sentence by sentence."""
    sources = {label.source == "annotation" for label in labels.aus}
    names = {frozenset((True,)): ["by_program"], frozenset((False,)): ["by_people", "unit_by_people"]}
    told = {"by_program": "people"}
    found = []
    for sentence in re.split(r"(?<=[.;!?]) ", plain):
        for name in names.get(frozenset(sources), []):
            said = lw.pattern(name).search(sentence)
            if said and not lw.pattern("denial").search(sentence):
                found.append(f'"{said.group()}", though {told.get(name, "a program")} did')
    return found
