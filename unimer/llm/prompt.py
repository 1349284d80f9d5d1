"""What a language model is shown: rules, a worked example, and the clip's evidence record.

The record is made of the evidence alone: no path, id, subject or corpus name is in it. Templates, advice and the
example are the files of ``unimer/prompts``; ``PROMPT_VERSION`` is a hash over them and the schemas.
"""

from __future__ import annotations

import base64
import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any, get_args

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from unimer.errors import InputError
from unimer.faces.regions import base_of, mirror, side_of
from unimer.llm.drafts import WrittenTask, region_word, schema
from unimer.records import AUVerdict, Reason, Sample
from unimer.resources import load_yaml, resource
from unimer.text.facts import Facts, sense
from unimer.text.tasks import moving_regions, supported, unclear

__all__ = ["PROMPT_VERSION", "Messages", "first_messages", "record", "repair_messages", "schema", "written_task"]

Messages = list[dict[str, Any]]
_REASONS = 8
"""Reasons that a repair lists; a model does not act on more at once."""
_ECHO = 6000
"""Characters of a draft that are sent back."""
_MIME = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg"}


def _version() -> str:
    """Hash of everything that makes a prompt, apart from the record."""
    digest = hashlib.sha256()
    for path in sorted(resource("prompts").iterdir()):
        if path.suffix in (".j2", ".yaml"):
            digest.update(f"{path.name}\n".encode() + path.read_bytes().replace(b"\r\n", b"\n"))
    for task in get_args(WrittenTask):
        digest.update(_json(schema(task)).encode())
    return digest.hexdigest()[:16]


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(", ", ": "))


PROMPT_VERSION = _version()
"""Changes with every change of the templates, the example, the advice or the schemas."""


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(resource("prompts")),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
    )


def written_task(sample: Sample) -> WrittenTask:
    """The sample's task as one that a model may write.

    Raises:
        ValueError: no model writes this task.
    """
    for task in get_args(WrittenTask):
        if sample.task == task:
            return task  # type: ignore[no-any-return]
    raise ValueError(f"no language model writes {sample.task}")


# --- the record ------------------------------------------------------------------------------------------------------


def record(sample: Sample) -> dict[str, Any]:
    """The evidence as a model sees it.

    ``action_units``: supported ones first, then those of which nothing may be said but ``say``. ``moves``: every
    region that a text may say to move, largest motion first; left and right are one entry where they do exactly the
    same.
    ``class`` only where the task asks for it.
    """
    facts = Facts.of(sample.evidence)
    units = [_unit(v, facts) for v in supported(sample.evidence)]
    units += [_unit(v, facts) | {"say": _say(v, facts)} for v in unclear(sample.evidence)]
    found: dict[str, Any] = {"action_units": units, "moves": _moves(facts)}
    if sample.task == "full":
        found["class"] = sample.labels.emotion or sample.labels.emotion_coarse
    return found


def _unit(verdict: AUVerdict, facts: Facts) -> dict[str, Any]:
    return {
        "au": verdict.au,
        "name": verdict.name,
        "side": facts.side(verdict),
        "verdict": verdict.verdict,
        "labelled_by": "annotators" if verdict.source == "annotation" else "a program",
    }


def _say(verdict: AUVerdict, facts: Facts) -> str:
    """What may be said of an Action Unit that the flow does not support (docs/text.md)."""
    if verdict.verdict == "unverified":
        shown = facts.shows_nothing(verdict)
        return f"AU{verdict.au} shows no measurable motion" if shown else f"the flow does not confirm AU{verdict.au}"
    can = "measured here" if verdict.verdict == "unmeasurable" else "judged from optical flow"
    return f"AU{verdict.au} cannot be {can}"


def _moves(facts: Facts) -> list[dict[str, Any]]:
    how = {name: _motion(name, facts) for name in moving_regions(facts) if facts.regions[name].octant}
    found = []
    for name, motion in how.items():
        paired = side_of(name) is not None and how.get(mirror(name)) == motion
        if paired and side_of(name) == "right":
            continue
        own = [name, mirror(name)] if paired else [name]
        size = max(facts.regions[n].magnitude or 0.0 for n in own)
        where = {"region": region_word(base_of(name)), "side": "both" if paired else side_of(name)}
        found.append((size, where | motion))
    return [entry for _, entry in sorted(found, key=lambda f: -f[0])]


def _motion(name: str, facts: Facts) -> dict[str, Any]:
    region = facts.regions[name]
    aus = sorted(au for au in region.aus if facts.supported(au))
    return {"direction": sense(name, region.octant or ""), "strength": region.strength, "aus": aus}


# --- messages --------------------------------------------------------------------------------------------------------


def first_messages(sample: Sample, pictures: bool, media_root: Path) -> Messages:
    """What is sent first: the rules with a worked example, then the record.

    Args:
        sample: a sample of the composer; only its task, labels, evidence and (where wanted) pictures are used.
        pictures: show the pictures of ``sample.images``, in their order, behind the record.
        media_root: folder that the images' paths are relative to.

    Raises:
        InputError: a picture cannot be read, or is neither PNG nor JPEG.
    """
    task = written_task(sample)
    content: str | list[dict[str, Any]] = _json(record(sample))
    if pictures and sample.images:
        content = [{"type": "text", "text": content}, *(_picture(media_root / name) for name in sample.images)]
    return [
        {"role": "system", "content": _system(task, pictures and bool(sample.images))},
        {"role": "user", "content": content},
    ]


@cache
def _system(task: WrittenTask, pictures: bool) -> str:
    example = load_yaml("prompts/example.yaml")
    shown = {k: v for k, v in example["record"].items() if k != "class" or task == "full"}
    text = {"record": _json(shown), "answer": _json(example["answers"][task])}
    return _templates().get_template("system.j2").render(task=task, pictures=pictures, example=text).strip()


def _picture(path: Path) -> dict[str, Any]:
    """A picture as a data URL."""
    mime = _MIME.get(path.suffix.lower())
    if mime is None:
        raise InputError("a picture for the model must be PNG or JPEG", path=path)
    try:
        data = base64.b64encode(path.read_bytes()).decode()
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", path=path) from None
    return {"type": "image_url", "image_url": {"url": f"data:{mime};base64,{data}"}}


def repair_messages(messages: Messages, answer_text: str, reasons: list[Reason]) -> Messages:
    """The messages with the refused draft and the reasons in words that a model can act on.

    ``messages`` are those of the first request or of an earlier repair; they are not changed.
    """
    lines = list(dict.fromkeys(_line(r) for r in reasons))
    text = _templates().get_template("repair.j2").render(lines=lines[:_REASONS], more=max(0, len(lines) - _REASONS))
    draft = answer_text[:_ECHO] if answer_text.strip() else "(nothing)"
    return [*messages, {"role": "assistant", "content": draft}, {"role": "user", "content": text.strip()}]


def _line(reason: Reason) -> str:
    """One reason: what is wrong, with the words that are, and what to do."""
    advice = load_yaml("prompts/advice.yaml").get(reason.code, "")
    message = " ".join(reason.message.split())
    return f"{message[:1].upper()}{message[1:]}. {advice}".strip()
