"""What each expert carries: every one alone, and all but it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from deft.card import shown
from deft.data import load_examples, refuse_leakage, vocabulary
from deft.evaluate import evaluate_protocol, over_seeds
from deft.predictions import predict_heads
from deft.scores import Scores
from deft.settings import EXPERTS, DeftSettings
from deft.train import fit, once, unit_of
from unimer.errors import InputError
from unimer.files import write_text

Say = Callable[[str], None]
METRICS = ("uf1", "uar", "au_f1", "au_f1_10")


def variants(settings: DeftSettings) -> dict[str, DeftSettings]:
    """The recipe with all of its experts, without each of them, and with each alone."""
    enabled = settings.model.experts.enabled
    found = {"all": enabled}
    if len(enabled) > 2:
        found |= {f"without {name}": tuple(each for each in enabled if each != name) for name in enabled}
    if len(enabled) > 1:
        found |= {f"{name} alone": (name,) for name in enabled}
    return {title: with_experts(settings, names) for title, names in found.items()}


def with_experts(settings: DeftSettings, names: tuple[str, ...]) -> DeftSettings:
    """The recipe with exactly these experts on."""
    experts = settings.model.experts.model_copy(update={name: name in names for name in EXPERTS})
    return settings.model_copy(update={"model": settings.model.model_copy(update={"experts": experts})})


def ablate(
    settings: DeftSettings,
    data: Path,
    protocol: str | None = None,
    folds: int = 10,
    seeds: int = 1,
    say: Say = lambda _: None,
) -> dict[str, Scores]:
    """Scores of each variant.

    Args:
        protocol: as in ``deft evaluate``; None: train on the build's split train, test on its test.
        folds: of the protocol kfold.
        seeds: models a variant (and fold).
    """
    found = {}
    for title, each in variants(settings).items():
        if protocol is None:
            found[title] = _on_split(each, data, seeds)
        else:
            found[title] = evaluate_protocol(each, data, protocol, folds, seeds).document["parts"]["all"]
        scores = found[title]
        say(f"{title}: " + ", ".join(f"{n} {scores[n]:.3f}" for n in METRICS if scores.get(n) is not None))
    return found


def _on_split(settings: DeftSettings, data: Path, seeds: int) -> Scores:
    examples = load_examples(data, settings.data, unit_of(settings))
    train = [e for e in examples if e.split == "train"]
    test = [e for e in load_examples(data, settings.data, "clip") if e.split == "test"]
    if not train or not test:
        raise InputError("the build has no clip to train on, or none to test", path=data, remedy="see its `splits`")
    refuse_leakage({"train": once(train), "test": test})
    words = vocabulary(train, settings.data)
    every = []
    for seed in range(settings.train.seed, settings.train.seed + seeds):
        own = settings.model_copy(update={"train": settings.train.model_copy(update={"seed": seed})})
        every.append(predict_heads(fit(train, own, words), test))
    return over_seeds(every, words.classes)


def markdown(found: dict[str, Scores]) -> str:
    """The table."""
    first = next(iter(found.values()))
    lines = [
        f"{first['clips']} clips of {first['persons']} persons that were not trained on; in brackets 95 % intervals, "
        "persons drawn again.",
        "",
        "| experts | UF1 | UAR | AU F1 | AU F1 (10 or more) |",
        "|---|---|---|---|---|",
    ]
    for title, scores in found.items():
        lines.append(f"| {title} | {' | '.join(shown(scores, name) for name in METRICS)} |")
    return "\n".join(lines) + "\n"


def write_ablation(out: Path, found: dict[str, Scores]) -> None:
    """Writes ``ablation.json`` and ``ablation.md``."""
    document: dict[str, Any] = {"variants": found}
    write_text(out / "ablation.json", json.dumps(document, indent=1) + "\n")
    write_text(out / "ablation.md", markdown(found))
