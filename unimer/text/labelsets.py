"""Puts the names of Action Units where a text speaks of the set of labels: "all three labelled units", "the latter".

How many units are labelled, which of them are meant by "the other two" or "none of the four", is told by the labels,
not by the text. So a text that is refused as it stands is read again with the units' names in their place: a number
must be that of the units meant, and "one of the two units is supported" names the one of which that holds, as long as
it holds of one only. What is then said of each unit is read and checked like any other statement.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from unimer.records import Labels
from unimer.text import labelwords as lw
from unimer.text.labelturns import alone, consisting, settled, turned
from unimer.text.mentions import read_mentions

Holds = Callable[[str], bool]

_PLACE = {"first": 0, "former": 0, "second": 1, "latter": 1, "third": 2, "fourth": 3, "last": -1}


def name_units(text: str, labels: Labels, holds: Holds) -> str | None:
    """The text with units named where it speaks of sets of labels; None where it does not, or says it wrongly.

    Args:
        text: any English text.
        labels: what the corpus says about the clip.
        holds: whether a plain statement is carried by labels and evidence.
    """
    aus = list(dict.fromkeys(label.au for label in labels.aus))
    if not aus:
        return None
    try:
        plain = " ".join(text.split())
        named = _Namer(aus, holds).rewrite(lw.numbered(plain))
    except lw.WrongError:
        return None
    return named if named != plain else None


@dataclass
class _Namer:
    aus: list[int]
    holds: Holds
    topic: list[int] = field(default_factory=list)

    def rewrite(self, text: str) -> str:
        """Every rule on every sentence; units named in one sentence are those that the next one speaks of."""
        done = ""
        for sentence in re.split(r"(?<=[.!?]) ", text):
            plain = alone(consisting(sentence, self.aus), done, self.aus)
            plain = self._further(turned(plain, self.aus, self.holds, self._meant), done)
            plain = self._alone(self._topic(self._existing(plain)))
            plain = lw.related(self._foreign(self._apart(plain), done))
            plain = self._ordinal(self._picked(plain, done), done)
            plain = self._others(self._all(self._none(plain, done), done), done)
            plain = lw.plain(settled(self._pronoun(self._object(plain, done), done)))
            done = f"{done} {plain}".strip()
        return done

    # --- which units are meant ---------------------------------------------------------------------------------------

    def _meant(self, match: re.Match[str], number: str | None = None) -> list[int]:
        """The labelled units of which the words around the noun hold ("the annotated units"), as many as are said."""
        found, kept = match.groupdict(), self.aus
        for adjective in re.findall(lw.source("coded"), (found.get("adj") or "").lower()):
            kept = [au for au in kept if self.holds(f"AU{au} is {lw.labelled(adjective)}.")]
        rel = re.sub(r"^,? ?(?:that |which )?", "", found.get("rel") or "")
        if rel and not re.match(r"(?:of|in|on|from|among|within) ", rel):
            kept = [au for au in kept if self.holds(lw.said(rel, au))]
        if not kept or (number and lw.number(number) != len(kept)):
            raise lw.WrongError
        return kept

    def _spoken_of(self, text: str, among: list[int]) -> list[int]:
        """Of some units those that a text names; all of them where it names none."""
        named = lw.named(text)
        if any(au not in self.aus for au in named):
            raise lw.WrongError
        return [au for au in named if au in among] if len(named) > 1 else among

    def _those(self, saying: str, among: list[int]) -> list[int]:
        return [au for au in among if self.holds(lw.plain(settled(f"AU{au} {lw.singular(saying)}.")))]

    def _whole(self, listed: str | None) -> None:
        """A list that is said to be all the labels must be that."""
        if listed and set(lw.named(listed)) != set(self.aus):
            raise lw.WrongError

    # --- that units are labelled -------------------------------------------------------------------------------------

    def _existing(self, sentence: str) -> str:
        """ "Two units were labelled", "there are four labelled units", "the label lists one unit"."""
        there = lw.pattern("there").search(sentence)
        if there:
            meant, after = self._meant(there, there.group("n")), sentence[there.end() :]
            listed = lw.pattern("appended").match(after)
            if listed:
                self._whole(listed.group(1))
                after = after[listed.end() :]
            adjective = (there.group("adj") or "labelled").split()[-1]
            return f"{lw.spell(meant)} {lw.be(meant)} {lw.labelled(adjective)}{after}"
        said = lw.pattern("exist").search(sentence)
        if said:
            did = lw.labelled(said.group("did")) if not said.group("by") else f"labelled{said.group('by')}"
            kept = self._those(f"is {did}", self.aus)
            if lw.number(said.group("n")) != len(kept):
                raise lw.WrongError
            self._whole(said.group("list") or said.group("end"))
            return f"{lw.spell(kept)} {said.group('be')} {did}{sentence[said.end() :]}"
        lists = lw.pattern("lists").search(sentence)
        if lists:
            who, named = lists.group("who"), lists.group("list") or ""
            verb = "labelled" if lw.pattern("who").fullmatch(who) else "lists"
            kept = [au for au in self.aus if self.holds(f"{lw.capital(who)} {verb} AU{au}.")]
            if lw.number(lists.group("n")) != len(kept):
                raise lw.WrongError
            self._whole(named)
            comma = "," if named.endswith(",") else ""
            return f"{sentence[: lists.start()]}{who} {verb} {lw.spell(kept)}{comma}{sentence[lists.end() :]}"
        return sentence

    def _foreign(self, sentence: str, before: str) -> str:
        """ "None of the four units was labelled by a human coder": somebody else labelled them."""
        none = lw.pattern("none_by", exact=True).match(sentence)
        match = none or lw.pattern("not_by", exact=True).match(sentence)
        if match is None:
            return sentence
        if none is None:
            meant = lw.named(match.group("list"))
        elif none.group("n"):
            meant = self._meant(none, none.group("n"))
        else:
            meant = self._spoken_of(before, self.aus)
        if none is not None and none.group("none") == "Neither" and len(meant) != 2:
            raise lw.WrongError
        by = f"is labelled by {match.group('who')}"
        if self._those(by, meant) or self._those("is labelled", meant) != meant:
            raise lw.WrongError
        return f"{lw.spell(meant)} {lw.be(meant)} labelled{sentence[match.end() :]}"

    # --- a set as the topic ------------------------------------------------------------------------------------------

    def _topic(self, sentence: str) -> str:
        """ "Of AU4 and AU7, which the program labelled, ...", "of the two labelled units, the first ..."."""
        match = lw.pattern("of_list").match(sentence)
        if match:
            named = lw.named(match.group("list"))
            rel = re.sub(r"^,? (?:which|that|all of which|all|both) ", "", match.group("rel") or "").strip()
            said = [lw.said(rel or "labelled", au) for au in named]
            if not all(self.holds(s) for s in said) or (
                match.group("n") and lw.number(match.group("n")) != len(named)
            ):
                raise lw.WrongError
        else:
            match = lw.pattern("of_set").match(sentence)
            if match is None:
                return sentence
            named = self._meant(match, match.group("n"))
            if match.group("list") and set(lw.named(match.group("list"))) != set(named):
                raise lw.WrongError
        self.topic = named
        rest = sentence[match.end() :]
        return lw.capital(lw.pattern("bare").sub(r"\1 \2 of these units ", rest).strip())

    # --- one set and no other ----------------------------------------------------------------------------------------

    def _alone(self, sentence: str) -> str:
        """ "AU4 alone is supported", "only AU43 is labelled", "AU24 is the sole unit in the label"."""
        match = lw.pattern("is_sole").match(sentence) or lw.pattern("sole_is").match(sentence)
        if match:
            named, said = lw.named(match.group("list")), match.group("saying") or ""
            saying = re.sub(r"^ (?:that|which|to) ", "", said)
            saying = saying.replace("be ", "is ", 1) if said.startswith(" to be ") else saying
            meant = self._meant(match)
            if sorted(self._those(saying, meant) if saying else meant) != sorted(named):
                raise lw.WrongError
            return f"{lw.spell(named)} {saying or 'is labelled'}{sentence[match.end() :]}"
        match = lw.pattern("alone").search(sentence)
        among = match is not None and match.group("n")
        match = match or lw.pattern("only").search(sentence)
        if match is None:
            return sentence
        if among:
            self._meant(match, match.group("n"))
        self._sole(match, self.topic or self.aus)
        return f"{sentence[: match.start()]}{match.group('list')} {match.group('saying')}"

    def _sole(self, match: re.Match[str], among: list[int]) -> None:
        """Of the named units, and of no other, must hold what is said."""
        named = sorted(lw.named(match.group("list")))
        if not any(sorted(self._those(s, among)) == named for s in lw.starts(match.group("saying"))):
            raise lw.WrongError

    def _apart(self, sentence: str) -> str:
        """ "No unit apart from AU15 was labelled", "nothing but AU15 is labelled"."""
        match = lw.pattern("no_but").match(sentence) or lw.pattern("but_no").match(sentence)
        if match is None:
            return sentence
        self._sole(match, self.aus)
        return f"{match.group('list')} {match.group('saying')}{sentence[match.end() :]}"

    # --- parts of the set --------------------------------------------------------------------------------------------

    def _picked(self, sentence: str, before: str) -> str:
        """ "One of the two units is supported": the one of which that holds, and of no other."""
        for _ in range(3):
            match = lw.pattern("picked").search(sentence)
            if match is None:
                break
            meant = self._meant(match, match.group("n"))
            if not match.group("n"):
                earlier = f"{before} {sentence[: match.start()]}"
                meant = [au for au in self.topic if au in meant] or self._spoken_of(earlier, meant)
            half = match.group("k").lower() == "half"
            number = len(meant) / 2 if half else lw.number(match.group("k"))
            found = (self._those(saying, meant) for saying in lw.starts(match.group("saying")))
            kept = next((those for those in found if len(those) == number), None)
            if kept is None:
                raise lw.WrongError
            said = self._rest_not(match.group("saying"), [au for au in meant if au not in kept])
            listed = lw.pattern("namely").search(said)
            if listed and set(lw.named(listed.group("list"))) != set(kept):
                raise lw.WrongError
            said = f"{said[: listed.start()]}{said[listed.end() :]}" if listed else said
            sentence = f"{sentence[: match.start()]}{lw.spell(kept)} {said}"
        return sentence

    def _rest_not(self, saying: str, others: list[int]) -> str:
        """ "One is supported and three are not"."""
        match = lw.pattern("rest_not").match(saying)
        if match is None:
            return saying
        word = match.group("k").lower()
        if not others or (word not in ("others", "other", "rest") and lw.number(word) != len(others)):
            raise lw.WrongError
        return f"{match.group('said')}{match.group('joint')} {lw.spell(others)} are not{saying[match.end() :]}"

    def _object(self, sentence: str, before: str) -> str:
        """ "The flow supports a single one", "the flow confirms only AU4"."""
        only = lw.pattern("object_only").search(sentence)
        if only:
            if sorted(self._those("is supported", self.aus)) != sorted(lw.named(only.group("list"))):
                raise lw.WrongError
            return f"{sentence[: only.start()]}{only.group('verb')} {only.group('list')}{sentence[only.end() :]}"
        match = lw.pattern("object").search(sentence)
        if match is None or not (lw.named(sentence[: match.start()]) or self.topic or before):
            return sentence
        earlier = f"{before} {sentence[: match.start()]}"
        among = self.topic or self._spoken_of(earlier, self.aus)
        kept, word = self._those("is supported", among), match.group("k").lower()
        if word in ("none", "neither"):
            if kept or (word == "neither" and len(among) != 2):
                raise lw.WrongError
            return f"{sentence[: match.start()]}does not support {lw.spell(among)}{sentence[match.end() :]}"
        whole = {"all": len(among), "each": len(among), "both": 2, "all three": 3, "all four": 4}
        if len(kept) != whole.get(word, lw.number(word)) or (word in whole and len(kept) != len(among)):
            raise lw.WrongError
        return f"{sentence[: match.start()]}{match.group('verb')} {lw.spell(kept)}{sentence[match.end() :]}"

    def _ordinal(self, sentence: str, before: str) -> str:
        """ "The former", "the second of them": in the order of the text, else of the labels where that is plain."""
        ordinal = lw.pattern("ordinal")
        first = ordinal.search(sentence)
        if first is None:
            return sentence
        named = lw.last_list(f"{before} {sentence[: first.start()]}") or self.topic
        if any(au not in self.aus for au in named) or (named == self.topic == self.aus and named != sorted(named)):
            raise lw.WrongError  # of unordered labels nobody can tell which comes first

        def named_one(match: re.Match[str]) -> str:
            word = match.group(2).lower()
            if _PLACE[word] >= len(named) or (word in ("former", "latter") and len(named) != 2):
                raise lw.WrongError
            return f"{match.group(1) or ''}AU{named[_PLACE[word]]}"

        return self._alone(ordinal.sub(named_one, sentence)) if named else sentence

    def _further(self, sentence: str, before: str) -> str:
        """ "Besides AU1 and AU2 the label lists a third unit, AU25"."""

        def added(match: re.Match[str]) -> str:
            earlier, word = lw.named(f"{before} {sentence[: match.start()]}"), match.group().split()[1]
            au = lw.named(match.group(1))[0]
            if au in earlier or not earlier or (word in _PLACE and _PLACE[word] != len(earlier)):
                raise lw.WrongError
            return match.group(1)

        return lw.pattern("further").sub(added, sentence)

    def _all(self, sentence: str, before: str) -> str:
        """ "All three labelled units", "both labels", "the two units", "each of these units"."""
        if lw.pattern("inexact").search(sentence):
            raise lw.WrongError

        bare = lw.pattern("units_object").search(sentence)
        if bare:  # "A detector labelled the units"
            units = self._meant(bare)
            single = not bare.group("noun").endswith("s")
            if single != (len(units) == 1):
                raise lw.WrongError
            sentence = f"{sentence[: bare.start('noun')]}{lw.spell(units)}{sentence[bare.end('noun') :]}"

        def listed(match: re.Match[str]) -> str:
            whole, word, number = match.group().lower(), match.group("q").lower(), match.group("n")
            plural = re.search(r"(?:units|aus|labels|entries)\b", whole) is not None
            bare = word in ("the", "these", "its")
            # "The labels are not confirmed": all of them.
            judged = plural and lw.pattern("judged").match(sentence[match.end() :])
            if bare and not number and not match.group("adj").strip() and not match.group("rel") and not judged:
                return match.group()  # "the label", "the unit": no set
            number = None if plural and number in ("only", "sole", "single") else number
            number = "one" if number in ("only", "sole", "single", "lone") or (bare and not plural) else number
            meant = self._among(match, self._meant(match), f"{before} {sentence[: match.start()]}")
            wanted = 2 if word == "both" else lw.number(number) if number else len(meant)
            if wanted != len(meant) or (len(meant) == 1 and number != "one"):
                raise lw.WrongError
            leads = not sentence[: match.start()].strip() or sentence[: match.start()].rstrip()[-1] in ";:"
            saying = sentence[match.end() :]
            if leads and not bare and not any(self._those(s, meant) == meant for s in lw.starts(saying)):
                raise lw.WrongError  # what is said of each must hold of each
            return lw.spell(meant)

        return lw.pattern("pair").sub(lw.pluralised, lw.pattern("all").sub(listed, sentence))

    def _none(self, sentence: str, before: str) -> str:
        """ "Neither label is confirmed", "none of the units is supported"."""

        def denied(match: re.Match[str]) -> str:
            earlier, after = f"{before} {sentence[: match.start()]}", sentence[match.end() :]
            meant = self._among(match, self._meant(match, match.group("n")), earlier)
            if match.group("q").lower().startswith("neither") and len(meant) != 2:
                raise lw.WrongError
            if lw.pattern("denied").match(after):  # "None of them lacks support"
                return f"{lw.spell(meant)} \0"
            if len(meant) == 1:
                return f"AU{meant[0]} \1"
            return f"neither {', '.join(f'AU{au}' for au in meant[:-1])} nor AU{meant[-1]} "

        if lw.pattern("neither_one").search(sentence):
            units = self._spoken_of(before, self.topic or self.aus)
            if len(units) != 2:
                raise lw.WrongError
            sentence = lw.pattern("neither_one").sub(f"neither AU{units[0]} nor AU{units[1]}", sentence)
        named = lw.pattern("none").sub(denied, sentence)
        for mark, be in (("\0", "are supported"), ("\1", "")):
            place = named.find(mark)
            rest = lw.pattern("denied").match(named[place + 1 :]) if mark == "\0" else None
            if place >= 0 and rest is not None:
                named = f"{named[:place]}{be}{named[place + 1 + rest.end() :]}"
            elif place >= 0:
                verb = re.match(r"(is|was|can be|could be|has been)\b", named[place + 1 :])
                if verb is None:
                    raise lw.WrongError
                named = f"{named[:place]}{verb.group()} not{named[place + 1 + verb.end() :]}"
        return named

    def _among(self, match: re.Match[str], meant: list[int], earlier: str) -> list[int]:
        """ "These units" are those that were spoken of."""
        if "these" not in match.group().lower().split():
            return meant
        return [au for au in self.topic if au in meant] or self._spoken_of(earlier, meant)

    def _others(self, sentence: str, before: str) -> str:
        """ "The remaining three units", "the other cannot be judged": those labelled that were not named."""
        match = lw.pattern("others").search(sentence)
        if match is None:
            return sentence
        earlier = f"{before} {sentence[: match.start()]}"
        if not match.group("noun") and any(m.kind == "region" for m in read_mentions(earlier).mentions):
            return sentence
        named = lw.named(earlier)
        if not named and match.group("noun") and match.group("n") and lw.number(match.group("n")) > 1:
            number, rest = match.group("n"), match.group("noun") + sentence[match.end() :]
            return self._picked(f"{sentence[: match.start()]}{number} of the {rest}", before)
        others = [au for au in self.topic or self.aus if au not in named]
        number = "" if (match.group("n") or "").lower() == "ones" else match.group("n") or ""
        plural = re.search(r"units|labels|others|ones|remaining|rest|entries|all", match.group().lower())
        wanted = lw.number(number) if number else len(others) if plural else 1
        if not named or not others or wanted != len(others):
            raise lw.WrongError
        if match.group("list") and set(lw.named(match.group("list"))) != set(others):
            raise lw.WrongError
        return sentence[: match.start()] + lw.spell(others) + sentence[match.end() :]

    def _pronoun(self, sentence: str, before: str) -> str:
        """ "... and support is found for both": of the two units that were named."""
        match = lw.pattern("pronoun").search(sentence)
        if match is None:
            return sentence
        named = self._spoken_of(f"{before} {sentence[: match.start()]}", self.aus)
        wanted = {"both": 2, "all three": 3, "all four": 4}.get(match.group(2).lower(), len(named))
        if wanted != len(named):
            raise lw.WrongError
        return f"{sentence[: match.start()]}{match.group(1)} {lw.spell(named)}{sentence[match.end() :]}"
