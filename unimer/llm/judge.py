"""Decides whether a model's answer may stand in the dataset: exactly one of a sample and a rejection comes of it.

Refused at once: what is no whole answer (refusal, cut off, empty, not the schema). Else all is collected that is wrong
with the draft, so that a repair can mend it at one go: language, length, class, each item against the evidence, and
everything that ``check_sample`` says of the finished text. Codes: docs/reasons.md.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

from unimer.llm.answers import Answer
from unimer.llm.drafts import Draft, FullDraft, Item, WrittenTask, draft_text, midline_words, parse_draft
from unimer.llm.prompt import PROMPT_VERSION, written_task
from unimer.records import Claim, Evidence, Labels, Message, Part, Provenance, Reason, Rejection, Sample
from unimer.records import Draft as DraftRecord
from unimer.resources import load_yaml
from unimer.text.check import check_sample
from unimer.text.claims import read_claims
from unimer.text.compare import find_refusal
from unimer.text.facts import Facts, claimed
from unimer.text.holds import check_claims

LENGTHS: dict[WrittenTask, tuple[int, int]] = {"motion_description": (4, 150), "full": (4, 120)}
"""Fewest and most words of the model's own text; twice what the prompt asks for is still passed."""
ITEMS = 30
"""Most items of evidence: one for each region."""

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_REFUSAL = re.compile(
    r"""\b(?:i|we)\ (?:cannot|can't|can\ not|could\ not|won't|will\ not|refuse|must\ decline|decline|apologi[sz]e)\b
    |\b(?:i|we)(?:\ am|'m|\ are|'re)\ (?:unable|not\ able|sorry|afraid|not\ comfortable|not\ allowed|not\ permitted)\b
    |\b(?:i|we)\ (?:do\ not|don't)\ (?:see|have\ (?:access|the\ ability|enough|any))\b
    |^\W*(?:sorry|unfortunately,\ i|cannot|can't|unable\ to|not\ able\ to|no\ (?:image|picture|video|record)s?\b)
    |\bas\ an?\ (?:ai|artificial|large\ language|language|chatbot)\b
    |\b(?:content|usage|safety)\ polic(?:y|ies)\b""",
    re.VERBOSE,
)


@dataclass(frozen=True)
class Judged:
    """What became of a draft; exactly one of the two is set."""

    sample: Sample | None = None
    rejection: Rejection | None = None


def judge(sample: Sample, answer: Answer, attempt: int, prompt_sha256: str) -> Judged:
    """The sample with the model's answer in the composer's place, or why not.

    Args:
        sample: a sample of the composer, of a task that models write.
        answer: what the server gave.
        attempt: 1 for the first answer, more for repairs.
        prompt_sha256: hash of what was asked.
    """
    task = written_task(sample)
    broken = _broken(answer)
    parsed = broken or parse_draft(task, answer.text)
    if isinstance(parsed, list):
        refusal = None if broken else _refusal(answer.text)
        reasons = parsed if refusal is None else [_refused(refusal)]
        return Judged(rejection=_rejection(sample, None, reasons, answer, attempt, prompt_sha256))
    written = _written(sample, parsed, answer, prompt_sha256)
    reasons = draft_reasons(parsed, written, task)
    if reasons:
        return Judged(rejection=_rejection(sample, written, reasons, answer, attempt, prompt_sha256))
    return Judged(sample=written)


def _rejection(
    sample: Sample, written: Sample | None, reasons: list[Reason], answer: Answer, attempt: int, prompt_sha256: str
) -> Rejection:
    draft = DraftRecord(
        attempt=attempt,
        model=answer.model,
        prompt_sha256=prompt_sha256,
        answer=answer.text or answer.refusal or "",
        finish_reason=answer.finish_reason,
    )
    return Rejection(
        id=sample.id,
        clip_id=sample.clip_id,
        corpus=sample.corpus,
        subject=sample.subject,
        stage="text",
        reasons=reasons,
        evidence=sample.evidence,
        sample=written,
        draft=draft,
    )


def _written(sample: Sample, draft: Draft, answer: Answer, prompt_sha256: str) -> Sample:
    """The composer's sample with the draft's text as its answer."""
    text = draft_text(draft, sample)
    provenance = Provenance(
        writer="llm",
        writer_version=PROMPT_VERSION,
        model=answer.model,
        prompt_sha256=prompt_sha256,
        settings_sha256=sample.provenance.settings_sha256,
        seed=sample.provenance.seed,
    )
    said = Message(role="assistant", content=[Part(type="text", text=text)])
    changed = {"messages": [*sample.messages[:-1], said], "claims": read_claims(text), "provenance": provenance}
    return sample.model_copy(update=changed)


# --- the answer as a whole -------------------------------------------------------------------------------------------


def _broken(answer: Answer) -> list[Reason]:
    """Why an answer is not even read, if so."""
    if answer.outcome == "refused" or answer.refusal or answer.finish_reason == "content_filter":
        return [_refused(answer.refusal or answer.text or answer.finish_reason or "the server gives no reason")]
    if answer.finish_reason != "stop":
        how = "the server does not say that it is whole" if answer.finish_reason is None else answer.finish_reason
        return [Reason(code="llm.truncated", message=f"the answer was cut off: {how}")]
    if not answer.text.strip():
        return [Reason(code="llm.empty", message="the answer is empty")]
    return []


def _refused(words: str) -> Reason:
    return Reason(code="llm.refusal", message=f'the model or its server declines: "{" ".join(words.split())[:200]}"')


def _refusal(text: str) -> str | None:
    """The words with which a text declines, if any."""
    found = _REFUSAL.search(text.lower().replace("’", "'"))
    return find_refusal(text) if found is None else found.group()


# --- the draft -------------------------------------------------------------------------------------------------------


def draft_reasons(draft: Draft, written: Sample, task: WrittenTask) -> list[Reason]:
    """Everything that is wrong with a draft that could be read; ``written`` is the sample that it would become."""
    if not draft.prose.strip():
        return [Reason(code="llm.empty", message="no text is written")]
    refusal = _refusal(draft.prose)
    if refusal is not None:
        return [_refused(refusal)]
    foreign = find_language(draft.prose)
    if foreign is not None:
        return [Reason(code="llm.language", message=f"the text is not English: {foreign}")]
    reasons = _length(draft, task) + _class(draft, written.labels) + _idle(draft)
    for number, item in enumerate(draft.evidence, 1):
        reasons += item_reasons(item, number, written.evidence, written.labels)
    if isinstance(draft, FullDraft) and reasons:
        # Lines made of wrong items would only repeat what is said of the items: read the model's own words.
        own = [r for r in check_sample(written) if r.code != "au.motion"]
        return list(dict.fromkeys(reasons + [r for r in own if _about_prose(r, draft.prose)]))
    return list(dict.fromkeys(reasons + check_sample(written)))


def _about_prose(reason: Reason, prose: str) -> bool:
    """Whether the words that a reason quotes stand in the model's own text."""
    quoted = re.search(r'"([^"]*)"?$', reason.message)
    return quoted is None or quoted.group(1) in " ".join(prose.split())


def _length(draft: Draft, task: WrittenTask) -> list[Reason]:
    low, high = LENGTHS[task]
    words = len(draft.prose.split())
    found = []
    if not low <= words <= high:
        found.append(Reason(code="llm.length", message=f"the text has {words} words; {low} to {high} are wanted"))
    if len(draft.evidence) > ITEMS:
        found.append(Reason(code="llm.length", message=f"{len(draft.evidence)} items of evidence; at most {ITEMS}"))
    return found


def _idle(draft: Draft) -> list[Reason]:
    """A rationale that only repeats the class; a description without a motion is ``check_sample``'s business."""
    if not isinstance(draft, FullDraft) or any(c.kind in ("motion", "au") for c in read_claims(draft.prose)):
        return []
    return [Reason(code="answer.incomplete", message="the rationale names neither a motion nor an Action Unit")]


def _class(draft: Draft, labels: Labels) -> list[Reason]:
    if not isinstance(draft, FullDraft):
        return []
    wanted = labels.emotion or labels.emotion_coarse or ""
    if draft.emotion_class == wanted:
        return []
    return [Reason(code="llm.class", message=f'the class is "{wanted}", not "{draft.emotion_class[:80]}"')]


def item_reasons(item: Item, number: int, evidence: Evidence, labels: Labels) -> list[Reason]:
    """What of an item the evidence does not carry.

    The Action Unit must be supported and explain every region that the item names; region, side, direction, strength
    are held against the flow like a claim of a text, but the side may not be left open: a region that has sides needs
    one, a region of the mid-line has none.
    """
    quote = f"AU{item.au}: {item.side or ''} {item.region} {item.direction} {item.strength or ''}"
    quote = " ".join(quote.split())
    if (item.side is None) != (item.region in midline_words()):
        wrong = "lies on the mid-line and has no side" if item.side else "needs a side"
        return [_item(number, f'the {item.region} {wrong}: "{quote}"')]
    where = {"start": 0, "end": len(quote), "side": item.side}
    motion = Claim.model_validate(
        where | {"kind": "motion", "region": item.base, "direction": item.direction, "strength": item.strength}
    )
    unit = Claim(kind="au", start=0, end=len(quote), au=item.au)
    found = check_claims(quote, evidence, labels, [unit]) or check_claims(quote, evidence, labels, [motion])
    if found:
        return [_item(number, r.message) for r in found]
    facts = Facts.of(evidence)
    if any(item.au not in facts.regions[name].aus for name in claimed(motion)):
        return [_item(number, f'AU{item.au} does not explain this motion: "{quote}"')]
    return []


def _item(number: int, message: str) -> Reason:
    return Reason(code="llm.item", message=f"evidence {number}: {message}")


# --- language --------------------------------------------------------------------------------------------------------


@cache
def _common() -> dict[str, frozenset[str]]:
    """Short words by language, those of two languages left out."""
    lists: dict[str, list[str]] = load_yaml("data/languages.yaml")
    every = [word for listed in lists.values() for word in set(listed)]
    return {name: frozenset(w for w in listed if every.count(w) == 1) for name, listed in lists.items()}


def find_language(text: str) -> str | None:
    """Why a text is no English, if so: letters of another script, or more short words of another language.

    No model and no dictionary: this only tells a wrong language from a wrong statement, so that a repair can say so.
    What slips through here (names, single words) the checker refuses as ``unread``.
    """
    for character in text:
        if character.isalpha() and "LATIN" not in unicodedata.name(character, ""):
            return f'the letter "{character}"'
    words = [w.lower() for w in _WORD.findall(text)]
    counts = {name: sum(w in listed for w in words) for name, listed in _common().items()}
    english = counts.pop("english")
    other = max(counts, key=lambda name: counts[name])
    return f"it looks {other.capitalize()}" if counts[other] > max(1, english) else None
