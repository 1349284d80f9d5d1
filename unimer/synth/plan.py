"""Decides, before anything is drawn, what each synthetic clip shows and what its label says."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from unimer.errors import InputError
from unimer.resources import load_yaml
from unimer.synth.displace import displacements, movers
from unimer.synth.layouts.base import Layout

Disagreement = Literal["wrong-side", "wrong-au", "extra-au", "no-motion"]


@dataclass(frozen=True)
class ClipPlan:
    """One clip, the ``nth`` (from 0) of its subject, in the subject's recording of that number where clips share them.
    ``emotion`` is canonical. ``moved`` and ``labelled`` are sums such as ``1+L12`` (``moved`` empty: nothing moves).
    Frame numbers are those of the files: ``first`` .. ``last`` exist. ``magnitude`` in px of the frame.
    ``disagreement``: how the label differs from the motion: the other side, another Action Unit, one too many, or
    nothing moves; None = not."""

    index: int
    subject: int
    nth: int
    recording: int
    name: str
    first: int
    onset: int
    apex: int
    offset: int
    last: int
    moved: str
    labelled: str
    emotion: str
    magnitude: float
    disagreement: Disagreement | None


def curve(plan: ClipPlan, number: int) -> float:
    """Share of the full displacement at a frame: raised cosine from onset to apex and from apex to offset."""
    if not plan.onset < number < plan.offset:
        return 0.0
    rise = (number - plan.onset) / (plan.apex - plan.onset)
    fall = (plan.offset - number) / (plan.offset - plan.apex)
    return float(0.5 - 0.5 * np.cos(np.pi * min(rise, fall)))


def plan_clips(
    clips: int,
    subjects: int,
    seed: int,
    magnitude: tuple[float, float],
    mislabelled: float,
    frames: tuple[int, int],
    layout: Layout,
    aus: list[str] | None = None,
) -> list[ClipPlan]:
    """Plans of all clips; the arguments are those of :func:`unimer.synth.corpus.make_corpus`.

    Raises:
        InputError: a combination in ``aus`` cannot be synthesised.
    """
    mixture = load_yaml("data/synth_clips.yaml")
    if aus is not None:
        mixture = [_entry(text, mixture) for text in aus]
        if not mixture:
            raise InputError("no Action Units to draw from")
    rng = np.random.default_rng([seed, 1])
    wrong = set(rng.permutation(clips)[: round(mislabelled * clips)].tolist())
    plans = [_plan(i, subjects, rng, mixture, i in wrong, magnitude, frames, layout) for i in range(clips)]
    return plans if layout.recordings is None else _one_after_another(plans)


def _one_after_another(plans: list[ClipPlan]) -> list[ClipPlan]:
    """Moves clips that share a recording behind each other; its first one stays."""
    ends: dict[tuple[int, int], int] = {}
    moved = []
    for plan in plans:
        place = (plan.subject, plan.recording)
        by = ends[place] + 1 - plan.first if place in ends else 0
        numbers = {name: getattr(plan, name) + by for name in ("first", "onset", "apex", "offset", "last")}
        ends[place] = numbers["last"]
        moved.append(replace(plan, **numbers))
    return moved


def _entry(text: str, mixture: list[dict[str, Any]]) -> dict[str, Any]:
    movers(text)
    known = [entry for entry in mixture if entry["aus"] == text]
    return {"aus": text, "weight": 1, "emotions": known[0]["emotions"] if known else {"others": 1}}


def _plan(
    index: int,
    subjects: int,
    rng: np.random.Generator,
    mixture: list[dict[str, Any]],
    wrong: bool,
    magnitude: tuple[float, float],
    frames: tuple[int, int],
    layout: Layout,
) -> ClipPlan:
    entry = _draw(rng, {i: m["weight"] for i, m in enumerate(mixture)})
    label, emotions = str(mixture[entry]["aus"]), mixture[entry]["emotions"]
    moved, disagreement = label, None
    if wrong:
        moved, disagreement = _disagree(rng, label)
    emotion = _draw(rng, emotions)
    size = float(np.exp(rng.uniform(np.log(magnitude[0]), np.log(magnitude[1]))))
    rise = int(rng.integers(frames[0], frames[1] + 1))
    fall = max(2, round(rise * float(rng.uniform(0.8, 1.2))))
    first = int(rng.integers(layout.first[0], layout.first[1] + 1))
    onset = first + layout.margin
    nth, subject = divmod(index, subjects)
    return ClipPlan(
        index=index,
        subject=subject,
        nth=nth,
        recording=nth % layout.recordings if layout.recordings else nth,
        name=layout.name(subject, nth, emotion),
        first=first,
        onset=onset,
        apex=onset + rise,
        offset=onset + rise + fall,
        last=onset + rise + fall + layout.margin,
        moved=moved,
        labelled=label,
        emotion=emotion,
        magnitude=size if moved else 0.0,
        disagreement=disagreement,
    )


def _draw(rng: np.random.Generator, weights: dict[Any, float]) -> Any:
    share = np.array(list(weights.values()), float)
    return list(weights)[int(rng.choice(len(share), p=share / share.sum()))]


def _disagree(rng: np.random.Generator, label: str) -> tuple[str, Disagreement]:
    """A motion that the label does not describe; the kinds are equally likely where they are possible."""
    units = label.split("+")
    kinds: list[Disagreement] = ["wrong-au", "no-motion"]
    if any(unit[0] in "LR" for unit in units):
        kinds.append("wrong-side")
    if len(units) > 1:
        kinds.append("extra-au")
    kind = kinds[int(rng.integers(len(kinds)))]
    if kind == "no-motion":
        return "", kind
    if kind == "wrong-side":
        return "+".join({"L": "R", "R": "L"}.get(unit[0], "") + unit.lstrip("LR") for unit in units), kind
    if kind == "extra-au":
        gone = int(rng.integers(len(units)))
        return "+".join(unit for i, unit in enumerate(units) if i != gone), kind
    labelled = {au for au, _ in movers(label)}
    others = sorted(set(displacements()) - labelled - {25, 26})
    return str(others[int(rng.integers(len(others)))]), kind
