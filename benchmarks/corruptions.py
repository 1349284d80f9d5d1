"""Breaks one fact of a true text, for the checker benchmark.

It works on plain words, by the word lists in this file: neither the lexicon nor the phrases are imported. A corruption
is applied only where the evidence record (not the checker) says that the result is false.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass

from unimer.facs.table import au_table
from unimer.records import AUVerdict, Evidence, Sample

# Word of a region -> the region without its side; singular and plural. Longest first when matching.
NOUNS_OF = {
    "forehead": "forehead",
    "glabella": "glabella, skin between the brows",
    "nose_bridge": "nose bridge, bridge of the nose",
    "chin": "chin",
    "inner_brow": "inner brow, inner brows",
    "outer_brow": "outer brow, outer brows",
    "middle_brow": "mid-brow, mid-brows",
    "upper_lid": "upper eyelid, upper eyelids, upper lid, upper lids",
    "lower_lid": "lower eyelid, lower eyelids, lower lid, lower lids",
    "cheek": "cheek, cheeks",
    "nose_wing": "nose wing, nose wings, nasal wing, nasal wings",
    "nasolabial": "nasolabial fold, nasolabial folds",
    "mouth_corner": "mouth corner, mouth corners, lip corner, lip corners",
    "infra_orbital": "infra-orbital area, infra-orbital areas",
}
NOUNS = {word: base for base, words in NOUNS_OF.items() for word in words.split(", ")}
MIDLINE = {"forehead", "glabella", "nose_bridge", "chin"}
SIDED_NOUN = re.compile(
    r"\b(left|right) (inner brow|outer brow|mid-brow|upper eyelid|upper lid|lower eyelid|lower lid|cheek|nose wing|"
    r"nasal wing|nasolabial fold|mouth corner|lip corner|infra-orbital area)\b"
    r"(?! (?:raiser|lowerer|puller|depressor|tightener))"
)
UNITS = {
    1: "inner brow raiser",
    2: "outer brow raiser",
    4: "brow lowerer",
    5: "upper lid raiser",
    6: "cheek raiser",
    7: "lid tightener",
    9: "nose wrinkler",
    10: "upper lip raiser",
    12: "lip corner puller",
    14: "dimpler",
    15: "lip corner depressor",
    16: "lower lip depressor",
    17: "chin raiser",
    18: "lip pucker",
    20: "lip stretcher",
    24: "lip pressor",
    25: "lips part",
    26: "jaw drop",
    43: "eye closure",
    45: "blink",
    38: "nostril dilator",
}
REVERSED = {
    "upwards": "downwards",
    "upward": "downward",
    "up": "down",
    "rise": "sink",
    "rises": "sinks",
    "rising": "sinking",
    "raised": "lowered",
    "lift": "drop",
    "lifts": "drops",
    "lifting": "dropping",
    "inward": "outward",
    "inwards": "outwards",
    "medial": "lateral",
    "together": "apart",
    "towards the midline": "away from the midline",
    "towards the left of the image": "towards the right of the image",
    "to the left of the picture": "to the right of the picture",
    "towards the middle of the face": "away from the midline",
    "to the side": "towards the midline",
}
REVERSED = {**{b: a for a, b in REVERSED.items()}, **REVERSED, "closer together": "further apart"}
EMOTIONS = [
    "anger",
    "contempt",
    "disgust",
    "fear",
    "happiness",
    "sadness",
    "surprise",
    "repression",
    "negative",
    "positive",
]
STRENGTHS = {
    "slight": ("slightly faintly weakly", "slight small faint weak"),
    "moderate": ("moderately", "moderate medium"),
    "strong": ("strongly markedly considerably", "strong marked pronounced"),
}
BARE = {
    "rises": "rise",
    "moves": "move",
    "lifts": "lift",
    "goes": "go",
    "shifts": "shift",
    "sinks": "sink",
    "drops": "drop",
    "travels": "travel",
    "shows": "show",
    "displays": "display",
}
# What the composer says of an Action Unit that it may not call shown -> what would be true of another cause only.
CAUSES = {
    "moved": [
        (r"does not (?:confirm|support) (it|them)\b", r"shows no motion for \1"),
        (r"does not bear (it|them) out", r"shows no motion for \1"),
        (r"cannot confirm (it|them)\b", r"cannot measure \1"),
        (r"lends (it|them) no support", r"shows no motion for \1"),
    ],
    "still": [
        (r"shows? no measurable motion", "cannot be measured reliably"),
        (r"shows no motion for (it|them)\b", r"cannot measure \1"),
    ],
    "unmeasurable": [
        (r"motion cannot be measured", "motion is absent"),
        (r"(?:its|their) motion is not measurable", "there is no motion"),
    ],
    "unobservable": [
        (r"cannot be judged", "cannot be measured"),
        (r"cannot tell whether (?:it is|they are) there", "shows no motion for it"),
    ],
}
LABELLERS = {
    True: [
        (r"\bannotated\b", "automatically labelled"),
        (r"\blisted in the annotation\b", "labelled by OpenFace"),
        (r"\bcoded by the annotators\b", "listed by the detector"),
        (r"\b[Tt]he (?:AU )?annotation (?=also lists|lists|gives)", "The detector "),
    ],
    False: [
        (r"\bautomatically labelled\b", "annotated"),
        (r"\blabelled by (?:OpenFace|Py-Feat|MediaPipe's blendshapes)", "coded by the annotators"),
        (r"\blisted by the AU detector\b", "listed in the annotation"),
        (r"\b(?:OpenFace|Py-Feat|MediaPipe|[Tt]he AU detector) (?=also lists|lists|gives)", "The annotation "),
    ],
}
POSITIVE_TASKS = ("motion_description", "au_list", "au_present", "au_side", "full")


@dataclass(frozen=True)
class Broken:
    """A text with one fact broken."""

    text: str
    what: str


def status(evidence: Evidence, base: str, side: str | None) -> str:
    """What the record says of a region: moved (and explained), unexplained, still, unmeasurable or missing."""
    name = base if base in MIDLINE or side is None else f"{base}_{side}"
    for region in evidence.regions:
        if region.region == name:
            return "unexplained" if region.status == "moved" and not region.aus else region.status
    return "missing"


def swap_side(sample: Sample, text: str, rng: random.Random) -> Broken | None:
    """ "the left cheek rises" -> "the right cheek rises", where the right cheek did not move (or the reverse)."""
    positive = is_positive(sample, text)
    found = []
    for match in SIDED_NOUN.finditer(text):
        other = "right" if match.group(1) == "left" else "left"
        there = status(sample.evidence, NOUNS[match.group(2)], other)
        if there != "moved" if positive else there in ("moved", "unexplained"):
            found.append((match.start(1), match.end(1), other))
    one_sided = {v.au: v.side for v in sample.evidence.aus if v.side != "both" and v.verdict == "supported"}
    twice = [v.au for v in sample.evidence.aus]
    for match in re.finditer(r"\bAU(\d+) \([^()]*, (left|right) side\)|\b(left|right)(?:-sided)? AU(\d+)\b", text):
        au = int(match.group(1) or match.group(4))
        group = 2 if match.group(2) else 3
        if au in one_sided and twice.count(au) == 1:
            found.append((match.start(group), match.end(group), "right" if match.group(group) == "left" else "left"))
    if sample.task == "au_side":
        for match in re.finditer(r"\b[Oo]n the (?:subject's )?(left|right)\b", text):
            found.append((match.start(1), match.end(1), "right" if match.group(1) == "left" else "left"))
    return replace_one(text, found, rng)


def reverse_direction(sample: Sample, text: str, rng: random.Random) -> Broken | None:
    """ "rises" -> "sinks": false, for the composer names a direction only within its octant."""
    if not is_positive(sample, text):
        return None
    found = []
    for word in sorted(REVERSED, key=len, reverse=True):
        for match in re.finditer(rf"(?<![\w-])(?<![Jj]aw ){re.escape(word)}(?![\w-])(?! part)", text):
            if not any(a < match.end() and match.start() < b for a, b, _ in found):
                found.append((match.start(), match.end(), REVERSED[word]))
    return replace_one(text, found, rng)


def exchange_unit(sample: Sample, text: str, rng: random.Random) -> Broken | None:
    """ "AU12 (lip corner puller)" -> "AU17 (chin raiser)", where AU17 is not labelled."""
    labelled = {label.au for label in sample.labels.aus} | {v.au for v in sample.evidence.aus}
    others = [n for n in UNITS if n not in labelled]
    named = [n for n in labelled if n in UNITS and re.search(rf"\b(?:AU|action unit) ?{n}\b", text, re.I)]
    if not named:
        return None
    old, new = rng.choice(sorted(named)), rng.choice(others)
    changed = re.sub(rf"(\b(?:AU|action unit) ?){old}\b", rf"\g<1>{new}", text, flags=re.I)
    changed = re.sub(
        UNITS[old], lambda m: UNITS[new] if m.group()[0].islower() else UNITS[new].capitalize(), changed, flags=re.I
    )
    return Broken(changed, f"AU{old} -> AU{new}")


def exchange_region(sample: Sample, text: str, rng: random.Random) -> Broken | None:
    """ "the left cheek rises" -> "the left nose wing rises", where that one did not move (or the reverse)."""
    positive = is_positive(sample, text)
    found = []
    for word in sorted(NOUNS, key=len, reverse=True):
        pattern = rf"(?<![\w-]){word}(?![\w-])(?! (?:raiser|lowerer|puller|depressor|tightener|boss|of the))"
        for match in re.finditer(pattern, text):
            if any(a < match.end() and match.start() < b for a, b, _ in found):
                continue
            before = re.search(r"\b(left|right) $", text[: match.start()])
            midline = NOUNS[word] in MIDLINE
            if not midline and before is None and not word.endswith("s"):
                continue  # "the upper lid of the left eye": the side stands elsewhere
            sides = [None] if midline else [before.group(1)] if before else ["left", "right"]
            options = []
            for other, base in NOUNS.items():
                if base == NOUNS[word] or (base in MIDLINE) != midline or other.endswith("s") != word.endswith("s"):
                    continue
                states = [status(sample.evidence, base, s) for s in sides]
                if (
                    all(s != "moved" for s in states)
                    if positive
                    else all(s in ("moved", "unexplained") for s in states)
                ):
                    options.append(other)
            if options:
                found.append((match.start(), match.end(), rng.choice(options)))
    return replace_one(text, found, rng)


def exchange_emotion(sample: Sample, text: str, rng: random.Random) -> Broken | None:
    """ "annotated as disgust" -> "annotated as fear"."""
    known = {sample.labels.emotion, sample.labels.emotion_coarse}
    found = []
    for match in re.finditer(r"\b(" + "|".join([*EMOTIONS, "tense", '"?others"?']) + r")\b", text, re.I):
        other = rng.choice([e for e in EMOTIONS if e not in known])
        found.append((match.start(), match.end(), other.capitalize() if match.group()[0].isupper() else other))
    if sample.task == "full":  # one class is named twice: exchange it everywhere
        return None if not found else Broken(replace_all(text, found), "emotion")
    return replace_one(text, found, rng)


def negate(sample: Sample, text: str, rng: random.Random) -> Broken | None:
    """ "rises" -> "does not rise", "is shown" -> "is not shown": denies what is carried."""
    if not is_positive(sample, text):
        return None
    body = re.split(r"\balso\b|\btoo\b|\bas well\b|\bdoes not\b", text)[0]
    found = []
    for match in re.finditer(r"\b(" + "|".join(BARE) + r")\b", body):
        if match.group(1) in ("shows", "displays") and re.search(
            r"no measurable|no motion", text[match.end() : match.end() + 20]
        ):
            continue
        found.append((match.start(), match.end(), f"does not {BARE[match.group(1)]}"))
    for match in re.finditer(
        r"\b(?:are|is) (?=(?:\w+ ){0,2}(?:raised|lowered|drawn|pulled|stretched|shown|present|active|supported)\b)",
        body,
    ):
        found.append((match.start(), match.end(), match.group() + "not "))
    for match in re.finditer(r"\bcan be (?=measured|seen|made out)", body):
        found.append((match.start(), match.end(), "cannot be "))
    return replace_one(text, found, rng)


def drop_denial(sample: Sample, text: str, rng: random.Random) -> Broken | None:
    """ "stays still" -> "moves upwards", of a region that is still."""
    if sample.task != "no_motion" or is_positive(sample, text):
        return None
    found = []
    for pattern, new in (
        (r"\b(?:stays|keeps) still\b", "moves upwards"),
        (r"\b(?:stay|keep) still\b", "move upwards"),
        (r"\bremains (?:motionless|where it is)\b", "moves upwards"),
        (r"\bremain (?:motionless|where they are)\b", "move upwards"),
        (r"\bdoes not move\b", "moves downwards"),
        (r"\bdo not move\b", "move downwards"),
        (r"\bThere is no measurable motion\b", "There is an upward motion"),
        (r"\bshows? no (?:measurable motion|movement)\b", "rises"),
    ):
        found += [(m.start(), m.end(), new) for m in re.finditer(pattern, text)]
    named = any(re.search(rf"\b{w}\b", text) for w in NOUNS)
    return replace_one(text, found, rng) if named and "AU" not in text and "unit" not in text else None


def exchange_strength(sample: Sample, text: str, rng: random.Random) -> Broken | None:
    """ "slightly" -> "strongly"; the composer names a strength only where all subjects share it."""
    if not is_positive(sample, text):
        return None
    found = []
    for level, forms in STRENGTHS.items():
        for kind, words in enumerate(forms):
            for match in re.finditer(rf"\b({words.replace(' ', '|')})\b", text):
                other = rng.choice([s for s in STRENGTHS if s != level])
                found.append((match.start(), match.end(), rng.choice(STRENGTHS[other][kind].split())))
    return replace_one(text, found, rng)


def exchange_cause(sample: Sample, text: str, rng: random.Random) -> Broken | None:
    """ "the flow does not confirm it" -> "the flow shows no motion for it", where the skin did move; and so on."""
    open_units = [v for v in sample.evidence.aus if v.verdict in ("unverified", "unmeasurable", "unobservable")]
    kinds = {
        v.verdict if v.verdict != "unverified" else "moved" if stirred(sample, v) else "still" for v in open_units
    }
    if len(kinds) != 1 or sample.task not in ("au_list", "no_motion"):
        return None
    found = []
    for old, new in CAUSES[kinds.pop()]:
        for match in re.finditer(old, text):
            found.append((match.start(), match.end(), match.expand(new)))
    return replace_one(text, found, rng) if re.search(r"AU|unit", text) else None


def stirred(sample: Sample, verdict: AUVerdict) -> bool:
    """Whether skin that decides the Action Unit moved or could not be measured."""
    rule = au_table()[verdict.au].rule
    assert rule is not None
    sides = ("left", "right") if verdict.side == "both" else (verdict.side,)
    bases = (*rule.parts, *rule.against)
    return any(status(sample.evidence, base, side) != "still" for base in bases for side in sides)


def exchange_labeller(sample: Sample, text: str, rng: random.Random) -> Broken | None:
    """ "the annotated AU12" -> "the automatically labelled AU12", of a label that people made; and the reverse."""
    if sample.task not in ("motion_description", "au_list", "au_present", "no_motion") or text.startswith("No"):
        return None
    people = any(v.source == "annotation" for v in sample.evidence.aus)
    found = []
    for old, new in LABELLERS[people]:
        for match in re.finditer(old, text):
            found.append((match.start(), match.end(), new))
    return replace_one(text, found, rng)


def is_positive(sample: Sample, text: str) -> bool:
    """Whether the answer says that something moves or is shown (rather than that it does not)."""
    return sample.task in POSITIVE_TASKS and re.match(r"No\b", text) is None


def replace_one(text: str, found: list[tuple[int, int, str]], rng: random.Random) -> Broken | None:
    if not found:
        return None
    start, end, new = rng.choice(sorted(found))
    return Broken(text[:start] + new + text[end:], f"{text[start:end]} -> {new}")


def replace_all(text: str, found: list[tuple[int, int, str]]) -> str:
    new = found[0][2]
    for start, end, _ in sorted(found, reverse=True):
        text = text[:start] + new + text[end:]
    return text


Corruption = Callable[[Sample, str, random.Random], Broken | None]
NOT_MOVING = {"motion.still", "motion.unmeasurable", "motion.unsupported"}
CORRUPTIONS: dict[str, tuple[Corruption, set[str]]] = {
    "side swapped": (swap_side, {"side.mismatch", "au.side", "negation.contradicted"}),
    "direction reversed": (reverse_direction, {"motion.contradicted"}),
    "AU exchanged": (exchange_unit, {"au.unsupported"}),
    "region exchanged": (exchange_region, NOT_MOVING | {"side.mismatch", "negation.contradicted"}),
    "emotion exchanged": (exchange_emotion, {"emotion.mismatch"}),
    "statement negated": (negate, {"negation.contradicted"}),
    "denial dropped": (drop_denial, NOT_MOVING | {"side.mismatch"}),
    "strength exchanged": (exchange_strength, {"motion.strength"}),
    "cause exchanged": (exchange_cause, {"negation.contradicted", "motion.unmeasurable"}),
    "labeller exchanged": (exchange_labeller, {"au.source"}),
}
