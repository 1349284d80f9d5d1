"""Checks whole samples: message structure, stored claims, and whether the answer answers its task's question."""

from __future__ import annotations

import re
from typing import cast

from unimer.records import Claim, Reason, Sample, Side
from unimer.text.claims import read_claims
from unimer.text.compare import check_text
from unimer.text.facts import Facts, claimed
from unimer.text.holds import check_claims
from unimer.text.lexicon import Mention
from unimer.text.mentions import read_mentions
from unimer.text.prompts import check_prompt
from unimer.text.tasks import parse_cer, supported, unclear

__all__ = ["answer_text", "check_sample", "check_text", "question_text"]

# "No doubt it is there", "Yes and no" are no answers: a mark or the end must follow.
_YES = re.compile(r"\s*yes\s*(?:[,.;:!—–]|-(?!\w)|$)", re.IGNORECASE)
_NO = re.compile(r"\s*no\s*(?:[,.;:!—–]|-(?!\w)|$)", re.IGNORECASE)


def answer_text(sample: Sample) -> str:
    """The text of the last assistant message; claims count characters in it."""
    for message in reversed(sample.messages):
        if message.role == "assistant":
            return "\n".join(p.text or "" for p in message.content if p.type == "text")
    return ""


def question_text(sample: Sample) -> str:
    """The text of the last user message."""
    for message in reversed(sample.messages):
        if message.role == "user":
            return "\n".join(p.text or "" for p in message.content if p.type == "text")
    return ""


def check_sample(sample: Sample) -> list[Reason]:
    """Everything that is wrong with a sample; an empty list means that all it says is carried by its evidence.

    The stored claims are not believed: they are read from the text again and must be equal.
    """
    text = answer_text(sample)
    reasons = _structure(sample)
    claims = read_claims(text)
    if claims != sample.claims:
        message = f"{len(sample.claims)} claims are stored, {len(claims)} are read from the text, and they differ"
        reasons.append(Reason(code="claims.mismatch", message=message))
    implied = _implied(sample, text, claims)
    found = check_text(text, sample.evidence, sample.labels, claims)
    if implied:
        found = [r for r in found if r.code != "empty"] + [
            Reason(code=r.code, message=r.message.split(': "')[0] + ", as the answer to the question implies")
            for r in check_claims(text, sample.evidence, sample.labels, implied)
        ]
    told = any(r.code == "au.motion" for r in found)  # the same may be seen between the claims
    reasons += found + ([] if told else _attribution(sample, text)) + _prompts(sample)
    if not any(r.code in ("empty", "refusal") for r in found):
        reasons += _incomplete(sample, text, [*claims, *implied])
    return list(dict.fromkeys(reasons))


def _prompts(sample: Sample) -> list[Reason]:
    """What the question and the system text assert."""
    texts = (p.text for m in sample.messages if m.role != "assistant" for p in m.content if p.type == "text")
    return [r for t in texts if t for r in check_prompt(t, sample.evidence, sample.labels)]


def _structure(sample: Sample) -> list[Reason]:
    problems = []
    roles = [m.role for m in sample.messages]
    if roles not in (["user", "assistant"], ["system", "user", "assistant"]):
        problems.append("messages must be user and assistant, with at most one system message before them")
    parts = [p for m in sample.messages for p in m.content]
    pictures = [p for p in parts if p.type == "image"]
    if len(pictures) != len(sample.images):
        problems.append(f"{len(pictures)} image parts for {len(sample.images)} images")
    if any(p.type == "image" for m in sample.messages if m.role != "user" for p in m.content):
        problems.append("only user messages hold images")
    if any((p.type == "text" and p.text is None) or (p.type == "image" and p.text is not None) for p in parts):
        problems.append("text parts must have a text and image parts none")
    if not question_text(sample).strip():
        problems.append("the user asks nothing")
    return [Reason(code="schema", message=p) for p in problems]


def _implied(sample: Sample, text: str, claims: list[Claim]) -> list[Claim]:
    """What a short answer says only together with its question: "Yes", "On the left"."""
    asked = _asked(sample) if sample.task in ("au_present", "au_side") else []
    if not asked:
        return []
    base = Claim(kind="au", start=0, end=0, au=asked[0].aus[0], side=cast("Side | None", asked[0].side))
    if sample.task == "au_present":
        yes, no = _YES.match(text), _NO.match(text)
        return [base.model_copy(update={"negated": no is not None})] if yes or no else []
    if sample.task == "au_side" and not any(c.side for c in claims if c.kind == "au"):
        named = {m.value for m in read_mentions(text).mentions if m.kind == "side"}
        if named:
            side = next(iter(named)) if named in ({"left"}, {"right"}) else "both"
            return [base.model_copy(update={"side": side})]
    return []


def _asked(sample: Sample) -> list[Mention]:
    """Action Units that the question names."""
    return [m for m in read_mentions(question_text(sample)).mentions if m.kind == "au"]


def _incomplete(sample: Sample, text: str, claims: list[Claim]) -> list[Reason]:
    """What the task asks for and the answer does not give."""
    missing = _MISSING[sample.task](sample, text, claims) if sample.task in _MISSING else []
    if sample.task == "full":
        try:
            parse_cer(text)
        except ValueError as error:
            return [Reason(code="schema", message=str(error))]
    return [Reason(code="answer.incomplete", message=m) for m in missing]


def _attribution(sample: Sample, text: str) -> list[Reason]:
    """Lines such as "- AU4: both inner brows move down": the motion must be one that this Action Unit explains."""
    facts, found = Facts.of(sample.evidence), []
    for line in text.split("\n"):
        claims = read_claims(line) if line.startswith("- ") and ":" in line else []
        units = {c.au for c in claims if c.kind == "au" and not c.negated and c.about == "itself"}
        if not units or claims[0].kind != "au" or claims[0].end > line.index(":"):
            continue
        for claim in claims:
            names = [r for r in claimed(claim) if facts.moved(r)]
            if claim.kind == "motion" and names and not any(units & set(facts.regions[r].aus) for r in names):
                listed = ", ".join(f"AU{a}" for a in sorted(a for a in units if a))
                found.append(Reason(code="au.motion", message=f'motion that {listed} does not explain: "{line[2:]}"'))
    return list(dict.fromkeys(found))


def _motion(sample: Sample, text: str, claims: list[Claim]) -> list[str]:
    del sample, text
    return [] if any(c.kind == "motion" and not c.negated for c in claims) else ["no motion is described"]


def _listed(sample: Sample, text: str, claims: list[Claim]) -> list[str]:
    del text
    told = {c.au for c in claims if c.kind == "au" and c.about == "itself" and not c.negated}
    mentioned = {c.au for c in claims if c.kind == "au"}
    missing = [f"AU{v.au} is supported but not listed" for v in supported(sample.evidence) if v.au not in told]
    missing += [
        f"AU{v.au} is annotated but {v.verdict}, and the answer does not say so"
        for v in unclear(sample.evidence)
        if v.au not in mentioned
    ]
    return list(dict.fromkeys(missing))


def _present(sample: Sample, text: str, claims: list[Claim]) -> list[str]:
    del text
    asked = {m.aus[0] for m in _asked(sample)}
    answered = {c.au for c in claims if c.kind == "au" and c.about == "itself"}
    return [] if asked and asked <= answered else ["neither yes nor no is said of the Action Unit asked about"]


def _side(sample: Sample, text: str, claims: list[Claim]) -> list[str]:
    del text, sample
    return [] if any(c.side for c in claims if c.kind == "au") else ["no side is named"]


def _emotion(sample: Sample, text: str, claims: list[Claim]) -> list[str]:
    del text
    wanted = sample.labels.emotion_coarse if sample.task == "emotion_coarse" else sample.labels.emotion
    told = {c.emotion for c in claims if c.kind == "emotion" and not c.negated}
    return [] if wanted in told else ["the annotated emotion of this level is not named"]


def _full(sample: Sample, text: str, claims: list[Claim]) -> list[str]:
    facts = Facts.of(sample.evidence)
    told = {c.au for c in claims if c.kind == "au" and c.about == "itself" and not c.negated}
    missing = [
        f"AU{a} is supported but not listed" for a in sorted(facts.verdicts) if facts.supported(a) and a not in told
    ]
    head = read_claims(text.split("\n")[0].replace("Class:", "Annotated class:"))
    if not any(c.kind == "emotion" and not c.negated for c in head):
        missing.append("the line Class names no emotion")
    return missing


def _no_motion(sample: Sample, text: str, claims: list[Claim]) -> list[str]:
    del sample, text
    return [] if any(c.kind in ("motion", "au") and c.negated for c in claims) else ["nothing is said not to move"]


_MISSING = {
    "motion_description": _motion,
    "au_list": _listed,
    "au_present": _present,
    "au_side": _side,
    "emotion_coarse": _emotion,
    "emotion_fine": _emotion,
    "full": _full,
    "no_motion": _no_motion,
}
