"""English building blocks: noun and verb phrases, lists, agreement. The words are in ``data/phrases.yaml``."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from unimer.faces.regions import base_of, mirror, side_of
from unimer.facs.table import au_name
from unimer.records import AUVerdict, Side, Strength
from unimer.resources import load_yaml
from unimer.text.facts import Facts, sense

_NUMBER = re.compile(r"\(([^()|]*)\|([^()|]*)(?:\|([^()|]*))?\)")


def words() -> dict[str, dict[str, object]]:
    """The parsed ``data/phrases.yaml``."""
    found: dict[str, dict[str, object]] = load_yaml("data/phrases.yaml")
    return found


@dataclass(frozen=True)
class Subject:
    """A region, or both sides of one; ``pair`` says which."""

    base: str
    side: Side | None

    @property
    def pair(self) -> bool:
        return self.side == "both"


@dataclass(frozen=True)
class Statement:
    """Subjects that move alike. ``sense`` is the direction in words such as ``up-outward``."""

    subjects: tuple[Subject, ...]
    sense: str
    strength: Strength | None


def statements(facts: Facts, regions: Iterable[str]) -> list[Statement]:
    """Regions grouped by what they do; left and right that do the same become a pair.

    Args:
        facts: the evidence; every region must have moved and be explained.
        regions: names with side, in the order in which they should be spoken of.
    """
    names = list(dict.fromkeys(regions))
    how = {r: sense(r, facts.regions[r].octant or "") for r in names}
    grouped: dict[str, dict[Subject, list[str]]] = {}
    for name in names:
        side, twin = side_of(name), mirror(name)
        subject = Subject(base_of(name), "both" if side and how.get(twin) == how[name] else side)
        grouped.setdefault(how[name], {}).setdefault(subject, []).append(name)
    found = []
    for direction, subjects in grouped.items():
        strengths = {facts.regions[r].strength for own in subjects.values() for r in own}
        found.append(Statement(tuple(subjects), direction, strengths.pop() if len(strengths) == 1 else None))
    return found


def number(text: str, form: int) -> str:
    """Chooses among ``(plural|singular|gerund)``; form 0, 1 or 2."""
    return _NUMBER.sub(lambda m: m.group(form + 1) or "", text)


def tidy(text: str) -> str:
    """Blanks and punctuation as printed."""
    text = re.sub(r"[ \t]+", " ", text)
    text = re.sub(r" +([,.;:?!])", r"\1", text)
    text = re.sub(r",([.;:?!,])", r"\1", text)
    return "\n".join(line.strip() for line in text.split("\n")).strip()


def capital(text: str) -> str:
    """First letter in upper case; the rest as it is."""
    return text[:1].upper() + text[1:]


def listing(items: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def long_listing(items: Sequence[str]) -> str:
    """The same for phrases that hold lists themselves: ``a and b, and c``; ``a and b; c; and d``."""
    if len(items) == 1 or not any(" and " in item for item in items):
        return listing(items)
    return f"{items[0]}, and {items[1]}" if len(items) == 2 else f"{'; '.join(items[:-1])}; and {items[-1]}"


def clause_list(clauses: Sequence[str], rng: random.Random) -> str:
    """Main clauses joined to one sentence."""
    if len(clauses) == 1:
        return clauses[0]
    if len(clauses) == 2:
        return clauses[0] + rng.choice([", and ", "; ", ", while "]) + clauses[1]
    if rng.random() < 0.5:
        return "; ".join(clauses)
    return ", ".join(clauses[:-1]) + ", and " + clauses[-1]


def noun(subject: Subject, rng: random.Random, *, denied: bool = False) -> tuple[str, bool]:
    """Noun phrase and whether it is grammatically plural; ``denied`` avoids "both ... do not"."""
    entry = load_yaml("data/phrases.yaml")["nouns"][subject.base]
    if subject.pair:
        options = [t for t in entry["two"] if not (denied and "both " in t)] or entry["two"]
        text = rng.choice(options)
        if denied and text.startswith("both "):
            text = "the " + text.removeprefix("both ")
        return text.removeprefix("1:"), not text.startswith("1:")
    return rng.choice(entry["one"]).format(s=subject.side or ""), False


def subject_phrase(subjects: Sequence[Subject], rng: random.Random, *, denied: bool = False) -> tuple[str, bool]:
    """Coordinated noun phrase and whether it is plural."""
    phrases = [noun(s, rng, denied=denied) for s in subjects]
    return listing([p for p, _ in phrases]), len(phrases) > 1 or phrases[0][1]


def adverb(strength: Strength | None, rng: random.Random) -> str:
    return "" if strength is None else rng.choice(load_yaml("data/phrases.yaml")["strengths"][strength]["adverbs"])


def _image_side(text: str, direction: str) -> str:
    return text.replace("{image}", "left" if direction.endswith("left") else "right")


def clause(statement: Statement, rng: random.Random, *, form: int | None = None) -> str:
    """ "both inner brows rise slightly"; ``form=2`` gives the participle ("rising slightly")."""
    phrase, plural = subject_phrase(statement.subjects, rng)
    options: list[str] = load_yaml("data/phrases.yaml")["verbs"][statement.sense]
    alone = len(statement.subjects) == 1 and statement.subjects[0].pair
    if not alone or statement.subjects[0].base in ("upper_lip", "lower_lip", "upper_lid", "lower_lid"):
        options = [o for o in options if not o.startswith("both:")]
    if any(s.base == "jaw" for s in statement.subjects):  # "... of the jaw drop" reads as the name of AU26
        options = [o for o in options if not o.startswith("(drop|")]
    verb = _image_side(rng.choice(options).removeprefix("both:"), statement.sense)
    strength = statement.strength if rng.random() < 0.7 else None
    form = form if form is not None else 0 if plural else 1
    return tidy(f"{phrase} {number(verb.replace('{adv}', adverb(strength, rng)), form)}")


def nominal(statement: Statement, rng: random.Random) -> str:
    """ "a slight upward motion of both inner brows"."""
    data = load_yaml("data/phrases.yaml")
    phrase, _ = subject_phrase(statement.subjects, rng)
    strength = statement.strength if rng.random() < 0.7 else None
    size = "" if strength is None else rng.choice(data["strengths"][strength]["adjectives"])
    kind = rng.choice(data["motion_nouns"])
    if statement.sense in data["adjectives"]:
        direction = rng.choice(data["adjectives"][statement.sense])
        text = tidy(f"{size} {direction} {kind} of {phrase}")
    else:
        vertical = statement.sense.split("-")[0]
        upright = {"up": "upward", "down": "downward"}.get(vertical, "")
        image = statement.sense.rpartition("-")[2]
        text = tidy(f"{size} {upright} {kind} of {phrase} to the {image} of the picture")
    return f"{'an' if text[0] in 'aeiou' else 'a'} {text}"


def bullet(statement: Statement, rng: random.Random) -> str:
    """One line of a list: the clause as a sentence."""
    return f"- {capital(clause(statement, rng))}."


def still_clause(regions: Sequence[str], rng: random.Random) -> str:
    """ "both cheeks stay still" for regions that are still."""
    subjects = list(
        dict.fromkeys(
            Subject(base_of(r), "both" if side_of(r) and mirror(r) in regions else side_of(r)) for r in regions
        )
    )
    verb = rng.choice(load_yaml("data/phrases.yaml")["still"])
    phrase, plural = subject_phrase(subjects, rng, denied=" no" in verb)
    verb = verb.replace("(do|does|)", "do" if plural else "does")
    return tidy(f"{phrase} {number(verb, 0 if plural else 1)}")


def unit(au: int, side: Side | None, style: int) -> str:
    """One Action Unit with its FACS name; ``style`` picks the same pattern for all of a list."""
    data = load_yaml("data/phrases.yaml")["units"]
    patterns = data["sided" if side in ("left", "right") else "plain"]
    name = au_name(au)
    if name.startswith("AU "):  # no name in the table
        patterns = ["AU{n}"] if side is None or side == "both" else ["{s} AU{n}"]
    return str(patterns[style % len(patterns)].format(n=au, name=name, s=side or ""))


def unit_list(verdicts: Sequence[AUVerdict], style: int) -> str:
    """Several Action Units with sides where the label is one-sided."""
    return listing(list(dict.fromkeys(unit(v.au, v.side if v.side != "both" else None, style) for v in verdicts)))
