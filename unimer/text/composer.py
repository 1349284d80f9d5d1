"""Writes samples offline from the evidence, deterministic under a seed.

Every sample draws from its own random generator, seeded with the build's seed, the clip's id and the task, so that
adding clips or tasks changes no other text.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Callable
from dataclasses import replace

from unimer.faces.regions import base_of, mirror, side_of
from unimer.facs.table import au_name, au_table
from unimer.records import (
    AUVerdict,
    Clip,
    Evidence,
    Labels,
    Message,
    Motion,
    Part,
    Provenance,
    Sample,
    Side,
    Split,
    Task,
)
from unimer.resources import load_yaml
from unimer.settings import TextSettings
from unimer.text import phrases
from unimer.text.claims import read_claims
from unimer.text.facts import Facts
from unimer.text.phrases import capital
from unimer.text.tasks import (
    CER,
    absent_units,
    applicable,
    explained_regions,
    has_side,
    moving_regions,
    quiet_regions,
    supported,
    unclear,
)

WRITER_VERSION = "2"
"""Rises whenever the same seed would write another text."""

_SLOT = re.compile(r"\{(\w+)\}")
Slots = dict[str, str | Callable[[], str]]
"""What may stand in a frame; a function writes it only where the chosen frame has the slot."""

Draft = tuple[str, str, str]
"""Question, answer and what distinguishes samples of one task (empty where there is only one)."""


def compose(
    clip: Clip,
    labels: Labels,
    evidence: Evidence,
    motion: Motion,
    images: list[str],
    flow: str | None,
    settings: TextSettings,
    split: Split,
    seed: int,
    settings_sha256: str,
) -> list[Sample]:
    """All samples that a clip's evidence carries, in the order of the tasks.

    Args:
        images: media paths for the user message in order: onset, apex, flow picture.
        flow: media path of the flow field, if it is written.
        settings: which tasks are wanted, and a system message if any.
        seed: the build's seed.
    """
    del motion  # everything a text may use of it is in the evidence
    facts = Facts.of(evidence)
    samples = []
    for task in applicable(evidence, labels):
        if task not in settings.tasks:
            continue
        digest = hashlib.sha256(f"{seed}\n{clip.id}\n{task}".encode()).digest()
        writer = _Writer(evidence, labels, facts, random.Random(int.from_bytes(digest[:8], "big")))
        for question, answer, key in _WRITERS[task](writer):
            intro = writer.intro(len(images))
            messages = [] if settings.system is None else [_message("system", settings.system)]
            pictures = [Part(type="image") for _ in images]
            asked = Message(role="user", content=[*pictures, Part(type="text", text=intro + question)])
            samples.append(
                Sample(
                    id=f"{clip.id}/{task}" + (f"/{key}" if key else ""),
                    clip_id=clip.id,
                    corpus=clip.corpus,
                    subject=clip.subject,
                    person=clip.person,
                    task=task,
                    messages=[*messages, asked, _message("assistant", answer)],
                    images=images,
                    flow=flow,
                    labels=labels,
                    evidence=evidence,
                    claims=read_claims(answer),
                    split=split,
                    provenance=Provenance(
                        writer="composer", writer_version=WRITER_VERSION, settings_sha256=settings_sha256, seed=seed
                    ),
                )
            )
    return samples


def _quoted(emotion: str) -> str:
    """The class name as it stands in a sentence: "others" is no English adjective."""
    return f'"{emotion}"' if emotion in ("others", "Others") else emotion


def _message(role: str, text: str) -> Message:
    return Message.model_validate({"role": role, "content": [{"type": "text", "text": text}]})


class _Writer:
    """Fills the frames of one task for one clip."""

    def __init__(self, evidence: Evidence, labels: Labels, facts: Facts, rng: random.Random) -> None:
        self.evidence, self.labels, self.facts, self.rng = evidence, labels, facts, rng
        self.moving = moving_regions(facts)
        self.carried = supported(evidence)
        self.style = rng.randrange(12)
        self.source = self.source_words()

    def frames(self, task: Task, name: str) -> list[str]:
        found: list[str] = load_yaml("data/phrases.yaml")["tasks"][task][name]
        return found

    def source_words(self) -> Slots:
        """Who labelled the Action Units, in words: only people annotate."""
        sources = {v.source for v in self.evidence.aus}
        words = load_yaml("data/phrases.yaml")["sources"][sources.pop() if len(sources) == 1 else "mixed"]
        chosen = {name: self.rng.choice(options) for name, options in words.items()}
        return {**chosen, "Label": capital(chosen["label"])}

    def intro(self, images: int) -> str:
        if images != 3 or self.rng.random() < 0.5:
            return ""
        return str(self.rng.choice(load_yaml("data/phrases.yaml")["intro"])) + "\n"

    # --- slots -------------------------------------------------------------------------------------------------------

    def motion_slots(self, regions: list[str]) -> Slots:
        """The ways to put the motion of regions, of which a frame uses one; none where nothing moves."""
        found = phrases.statements(self.facts, regions)
        if not found:
            return {}
        rng, every, groups = self.rng, self.foremost(found, 5), self.foremost(found, 3)

        def clauses() -> str:
            return phrases.clause_list([phrases.clause(s, rng) for s in groups], rng)

        def nominals() -> str:
            return phrases.long_listing([phrases.nominal(s, rng) for s in groups])

        def sentences() -> str:
            spoken = [phrases.clause(s, rng) for s in every]
            told = [capital(spoken[0]) + "."]
            for text in spoken[1:]:
                frame = rng.choice(load_yaml("data/phrases.yaml")["connectors"])
                told.append(frame.replace("{c}", text).replace("{C}", capital(text)) + ".")
            return " ".join(told)

        return {
            "clauses": clauses,
            "Clauses": lambda: capital(clauses()),
            "sentences": sentences,
            "nominals": nominals,
            "Nominals": lambda: capital(nominals()),
            "participles": lambda: phrases.long_listing([phrases.clause(s, rng, form=2) for s in groups]),
            "bullets": lambda: "\n".join(phrases.bullet(s, rng) for s in every),
            "motions": str(len(groups)),
        }

    def foremost(self, groups: list[phrases.Statement], count: int) -> list[phrases.Statement]:
        """The statements with the largest motion, in their old order, each of at most three subjects."""

        def size(subject: phrases.Subject) -> float:
            sides = ("left", "right") if subject.pair else (subject.side,)
            names = [f"{subject.base}_{s}" if s else subject.base for s in sides]
            return max(self.facts.regions[n].magnitude or 0.0 for n in names)

        kept = []
        for group in groups:
            largest = sorted(group.subjects, key=size, reverse=True)[:3]
            subjects = tuple(s for s in group.subjects if s in largest)
            kept.append((replace(group, subjects=subjects), max(size(s) for s in subjects)))
        chosen = sorted(kept, key=lambda k: -k[1])[:count]
        return [k[0] for k in kept if k in chosen]

    def unit_slots(self) -> Slots:
        text = phrases.unit_list(self.carried, self.style)
        return {"aus": text, "Aus": capital(text), "au_bullets": lambda: "\n".join(self.unit_lines("- "))}

    def unit_lines(self, lead: str = "") -> list[str]:
        """One line a supported Action Unit with the motion that carries it."""
        lines = []
        for verdict in self.carried:
            name = phrases.unit(verdict.au, verdict.side if verdict.side != "both" else None, 0)
            regions = explained_regions(self.facts, verdict)
            slots = self.motion_slots(regions)
            frame = "{clauses}" if slots else load_yaml("data/phrases.yaml")["tasks"]["full"]["unsupported"]
            lines.append(f"{lead}{name}: {self.fill(frame, slots)}")
        return lines

    def fill(self, frame: str, slots: Slots, plural: bool = False) -> str:
        known = {**self.source, **slots}

        def value(match: re.Match[str]) -> str:
            found = known[match.group(1)]
            return found if isinstance(found, str) else found()

        return phrases.tidy(_SLOT.sub(value, phrases.number(frame, 0 if plural else 1)))

    def pick(self, frames: list[str], slots: Slots) -> str:
        """A frame all of whose slots can be filled."""
        usable = [f for f in frames if all(s in slots or s in self.source for s in _SLOT.findall(f))]
        return self.rng.choice(usable)

    # --- tasks -------------------------------------------------------------------------------------------------------

    def motion_description(self) -> list[Draft]:
        slots = self.motion_slots(self.moving) | self.unit_slots()
        frame = self.pick(self.frames("motion_description", "answers"), slots)
        plural = ("{Aus}" in frame and len(self.carried) > 1) or (
            "{nominals}" in frame and slots.get("motions") != "1"
        )
        return [(self.rng.choice(self.frames("motion_description", "questions")), self.fill(frame, slots, plural), "")]

    def au_list(self) -> list[Draft]:
        slots = self.motion_slots(self.moving) | self.unit_slots()
        rest = self.unclear_sentences()
        slots["unclear"], slots["unclear_first"] = rest, rest + " " if rest else ""
        frame = self.pick(self.frames("au_list", "answers"), slots)
        many = len({v.au for v in self.carried}) > 1
        return [
            (self.fill(self.rng.choice(self.frames("au_list", "questions")), {}), self.fill(frame, slots, many), "")
        ]

    def unclear_sentences(self) -> str:
        """What must be said of labelled Action Units that the flow does not support."""
        sentences = []
        for why, frames in load_yaml("data/phrases.yaml")["unclear"].items():
            found = [v for v in unclear(self.evidence) if self.why_unclear(v) == why]
            if found:
                text = phrases.unit_list(found, self.style)
                frame = self.rng.choice(frames)
                sentences.append(self.fill(frame, {"a": text, "A": capital(text)}, len({v.au for v in found}) > 1))
        return " ".join(sentences)

    def why_unclear(self, verdict: AUVerdict) -> str:
        return "still" if verdict.verdict == "unverified" and self.facts.shows_nothing(verdict) else verdict.verdict

    def au_present(self) -> list[Draft]:
        drafts = []
        if self.evidence.grounded and self.carried:
            verdict = self.rng.choice(self.carried)
            asked = phrases.unit(verdict.au, None, self.style)
            name = phrases.unit(verdict.au, verdict.side if verdict.side != "both" else None, self.rng.randrange(12))
            slots = self.motion_slots(explained_regions(self.facts, verdict)) | {"au": name, "Au": capital(name)}
            frame = self.pick(self.frames("au_present", "answers_yes"), slots)
            drafts.append((self.question("au_present", asked), self.fill(frame, slots), "yes"))
        absent = absent_units(self.facts, self.labels)
        if absent:
            au = self.rng.choice(absent)
            rule = au_table()[au].rule
            assert rule is not None
            regions = [r.region for r in self.evidence.regions if base_of(r.region) in rule.parts]
            still = phrases.still_clause(regions, self.rng)
            name = phrases.unit(au, None, self.rng.randrange(12))
            slots = {"au": name, "Au": capital(name), "still": still, "Still": capital(still)}
            frame = self.pick(self.frames("au_present", "answers_no"), slots)
            drafts.append(
                (self.question("au_present", phrases.unit(au, None, self.style)), self.fill(frame, slots), "no")
            )
        return drafts

    def question(self, task: Task, name: str, key: str = "questions") -> str:
        return self.fill(self.rng.choice(self.frames(task, key)), {"au": name, "Au": capital(name)})

    def au_side(self) -> list[Draft]:
        verdict = self.rng.choice([v for v in self.carried if has_side(self.facts, v)])
        side = self.facts.side(verdict)
        assert side is not None
        place = self.rng.choice(
            ["on both sides", "on both sides of the face"]
            if side == "both"
            else [
                f"on the {side} side",
                f"on the {side}",
                f"on the {side} side of the face",
                f"on the subject's {side} side",
            ]
        )
        name = phrases.unit(verdict.au, None, self.style)
        regions = explained_regions(self.facts, verdict)
        if side == "both":
            regions = [r for r in regions if mirror(r) in regions]
        slots = self.motion_slots(regions) | {
            "au": name,
            "Au": capital(name),
            "on_side": place,
            "On_side": capital(place),
        }
        frame = self.pick(self.frames("au_side", "answers"), slots)
        return [(self.question("au_side", name), self.fill(frame, slots), "")]

    def emotion(self, task: Task, emotion: str) -> list[Draft]:
        frame = self.rng.choice(self.frames(task, "answers"))
        name = _quoted(emotion)
        answer = self.fill(frame, {"emotion": name, "Emotion": _quoted(capital(emotion))})
        return [(self.rng.choice(self.frames(task, "questions")), answer, "")]

    def emotion_coarse(self) -> list[Draft]:
        return self.emotion("emotion_coarse", self.labels.emotion_coarse or "")

    def emotion_fine(self) -> list[Draft]:
        return self.emotion("emotion_fine", self.labels.emotion or "")

    def full(self) -> list[Draft]:
        emotion = self.labels.emotion or self.labels.emotion_coarse or ""
        slots = self.motion_slots(self.moving) | self.unit_slots() | {"emotion": _quoted(emotion)}
        frame = self.pick(self.frames("full", "answers"), slots)
        rationale = self.fill(frame, slots, len({v.au for v in self.carried}) > 1)
        answer = CER(emotion, tuple(self.unit_lines()), rationale.replace("\n", " ")).text()
        return [(self.rng.choice(self.frames("full", "questions")), answer, "")]

    def no_motion(self) -> list[Draft]:
        quiet, open_units = quiet_regions(self.evidence, self.labels), unclear(self.evidence)
        hidden = [r.region for r in self.evidence.regions if r.status == "unmeasurable"]
        kinds = [k for k, found in (("quiet", quiet), ("unit", open_units), ("hidden", hidden)) if found]
        kind = self.rng.choice(kinds)
        if kind == "unit":
            verdict = self.rng.choice(open_units)
            name = phrases.unit(verdict.au, verdict.side if verdict.side != "both" else None, self.style)
            frame = self.rng.choice(self.frames("no_motion", f"units_{self.why_unclear(verdict)}"))
            answer = self.fill(frame, {"au": name, "Au": capital(name)})
            return [(self.question("no_motion", name, "unit_questions"), answer, "")]
        regions = quiet if kind == "quiet" else hidden
        region = self.rng.choice(regions)
        pair = mirror(region) in regions and side_of(region) is not None and self.rng.random() < 0.5
        named = [region, mirror(region)] if pair else [region]
        subject = phrases.Subject(base_of(region), "both" if pair else side_of(region))
        asked, plural = phrases.noun(subject, self.rng)
        verbs = (
            {"does": "do", "Does": "Do", "Is": "Are", "it_they": "they"}
            if plural
            else {"does": "does", "Does": "Does", "Is": "Is", "it_they": "it"}
        )
        question = self.fill(self.rng.choice(self.frames("no_motion", "questions")), {"region": asked, **verbs})
        still = phrases.still_clause(named, self.rng)
        said, plural = phrases.noun(subject, self.rng, denied=True)
        slots: Slots = {"region": said, "Region": capital(said), "still": still, "Still": capital(still)}
        frames = self.frames("no_motion", "answers" if kind == "quiet" else "unmeasurable")
        if not re.match(r"(Does|Do|Is|Are|Can)\b", question):
            frames = [f for f in frames if not f.startswith("No,")]  # only a yes/no question is answered by "No, ..."
        frame = self.rng.choice(frames)
        return [(question, self.fill(frame, slots, plural), "")]


_WRITERS: dict[Task, Callable[[_Writer], list[Draft]]] = {
    "motion_description": _Writer.motion_description,
    "au_list": _Writer.au_list,
    "au_present": _Writer.au_present,
    "au_side": _Writer.au_side,
    "emotion_coarse": _Writer.emotion_coarse,
    "emotion_fine": _Writer.emotion_fine,
    "full": _Writer.full,
    "no_motion": _Writer.no_motion,
}

__all__ = ["WRITER_VERSION", "Side", "au_name", "compose"]
