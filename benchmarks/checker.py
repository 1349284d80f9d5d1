"""How well the checker tells true texts from texts with one fact broken.

    python benchmarks/checker.py [--texts 5000] [--seed 0] [--show 5]

True texts are the composer's, on made-up evidence (synthetic_evidence.py); none of them may be refused. Broken texts
are made from them on plain words, by the word lists in this file: neither the lexicon nor the phrases are imported. A
corruption is applied only where the evidence record (not the checker) says that the result is false.
Exit code 1 where a target is missed.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.synthetic_evidence import MOTION, make_case
from unimer.records import Evidence, Message, Part, Sample
from unimer.settings import TextSettings
from unimer.text.check import check_sample
from unimer.text.claims import read_claims
from unimer.text.composer import compose

# Word of a region -> the region without its side; singular and plural. Longest first when matching.
NOUNS = {
    "forehead": "forehead",
    "glabella": "glabella",
    "skin between the brows": "glabella",
    "nose bridge": "nose_bridge",
    "bridge of the nose": "nose_bridge",
    "chin": "chin",
    "inner brow": "inner_brow",
    "inner brows": "inner_brow",
    "outer brow": "outer_brow",
    "outer brows": "outer_brow",
    "mid-brow": "middle_brow",
    "mid-brows": "middle_brow",
    "upper eyelid": "upper_lid",
    "upper eyelids": "upper_lid",
    "upper lid": "upper_lid",
    "upper lids": "upper_lid",
    "lower eyelid": "lower_lid",
    "lower eyelids": "lower_lid",
    "lower lid": "lower_lid",
    "lower lids": "lower_lid",
    "cheek": "cheek",
    "cheeks": "cheek",
    "nose wing": "nose_wing",
    "nose wings": "nose_wing",
    "nasal wing": "nose_wing",
    "nasal wings": "nose_wing",
    "nasolabial fold": "nasolabial",
    "nasolabial folds": "nasolabial",
    "mouth corner": "mouth_corner",
    "mouth corners": "mouth_corner",
    "lip corner": "mouth_corner",
    "lip corners": "mouth_corner",
    "infra-orbital area": "infra_orbital",
    "infra-orbital areas": "infra_orbital",
}
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
    body = (
        text if "annotated too" not in text and "also" not in text else text.split("also")[0].split("annotated too")[0]
    )
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
}


@dataclass
class Score:
    """Counts of one corruption."""

    applicable: int = 0
    rejected: int = 0
    right: int = 0
    misses: list[tuple[Sample, Broken, list[str]]] = field(default_factory=list)


def answer(sample: Sample) -> str:
    return sample.messages[-1].content[-1].text or ""


def with_answer(sample: Sample, text: str) -> Sample:
    """The sample with another answer, its claims read again: only the facts are broken, not the record."""
    message = Message(role="assistant", content=[Part(type="text", text=text)])
    return sample.model_copy(update={"messages": [*sample.messages[:-1], message], "claims": read_claims(text)})


def samples(count: int, seed: int) -> list[Sample]:
    """Composed samples of made-up clips."""
    found: list[Sample] = []
    number = 0
    while len(found) < count:
        case = make_case(seed * 1_000_003 + number)
        found += compose(
            case.clip,
            case.labels,
            case.evidence,
            MOTION,
            ["onset.png", "apex.png", "flow.png"],
            None,
            TextSettings(),
            "train",
            seed,
            "0" * 64,
        )
        number += 1
    return found[:count]


def run(count: int, seed: int) -> tuple[list[tuple[Sample, list[str]]], dict[str, Score]]:
    """False rejections, and the score of every corruption."""
    refused: list[tuple[Sample, list[str]]] = []
    scores = {name: Score() for name in CORRUPTIONS}
    for i, sample in enumerate(samples(count, seed)):
        codes = [f"{r.code}: {r.message}" for r in check_sample(sample)]
        if codes:
            refused.append((sample, codes))
        for k, (name, (corrupt, right)) in enumerate(CORRUPTIONS.items()):
            broken = corrupt(sample, answer(sample), random.Random(seed * 7919 + i * 31 + k))
            if broken is None or broken.text == answer(sample):
                continue
            found = [r.code for r in check_sample(with_answer(sample, broken.text))]
            score = scores[name]
            score.applicable += 1
            score.rejected += bool(found)
            score.right += bool(right & set(found))
            if not right & set(found):
                score.misses.append((sample, broken, found))
    return refused, scores


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--show", type=int, default=0, help="show this many misses of each kind")
    options = parser.parse_args()
    start = time.perf_counter()
    refused, scores = run(options.texts, options.seed)
    took = time.perf_counter() - start
    print(
        f"{options.texts} true texts, {len(refused)} refused ({100 * len(refused) / options.texts:.2f} %), "
        f"{took:.0f} s in all\n"
    )
    for sample, codes in refused[: options.show]:
        print(f"  {sample.id}\n    {answer(sample)}\n    {codes}")
    print(f"{'corruption':20} {'applicable':>10} {'rejected':>9} {'right code':>10}")
    for name, score in scores.items():
        n = max(score.applicable, 1)
        print(f"{name:20} {score.applicable:10} {100 * score.rejected / n:8.2f}% {100 * score.right / n:9.2f}%")
        for sample, broken, found in score.misses[: options.show]:
            print(f"    {sample.id}: {broken.what}; found {found}\n      {broken.text}")
    missed = [s for s in scores.values() if s.applicable and s.right < 0.99 * s.applicable]
    return 1 if refused or missed else 0


if __name__ == "__main__":
    sys.exit(main())
