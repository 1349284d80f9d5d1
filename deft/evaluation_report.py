"""An evaluation on disk: JSON, a Markdown table, plots, and every prediction."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from deft.card import shown
from deft.evaluate import Evaluation
from deft.scores import Scores
from unimer.figures import save_figure
from unimer.files import JsonlWriter, write_text
from unimer.vqa.records import write_rows

TEXTS = {
    "asked": "answers asked for",
    "parsed": "of the form (C, E, R)",
    "class_accuracy": "accuracy of the class in the text",
    "head_accuracy": "accuracy of the head on the same clips",
    "class_agreement": "text and head give the same class",
    "au_f1": "Action Units of the text, mean F1",
    "au_agreement": "Action Units of text and head, F1 of a clip's sets",
    "items": "lines of evidence",
    "items_by_flow": "of these, borne out by the flow alone",
    "items_by_both": "of these, borne out by annotation and flow",
    "rationale_claims": "claims in rationales",
    "rationale_in_evidence": "of these, found in the evidence",
    "class_implied": "class follows from the stated Action Units",
    "accepted": "the checker finds nothing wrong",
}
VQA = (
    "accuracy",
    "uf1",
    "uar",
    "au_macro_f1",
    "fine_uf1",
    "coarse_uf1",
    "bleu_sentence",
    "rouge1_recall",
    "rouge1_f1",
)
"""Of the metrics in docs/vqa.md, those in the table; evaluation.json has all."""


def write_evaluation(out: Path, evaluation: Evaluation) -> None:
    """Writes ``evaluation.json``, ``evaluation.md``, ``predictions*.jsonl``, ``texts.jsonl``, ``vqa.jsonl`` and plots.

    Raises:
        OutputError: the folder cannot be written.
    """
    document = evaluation.document
    write_text(out / "evaluation.json", json.dumps(document, indent=1, ensure_ascii=False) + "\n")
    write_text(out / "evaluation.md", markdown(document))
    for seed, predictions in zip(document["seeds"], evaluation.predictions, strict=True):
        with JsonlWriter(out / f"predictions-{seed}.jsonl") as writer:
            for prediction in predictions:
                writer.write(prediction)
    if evaluation.judged:
        with JsonlWriter(out / "texts.jsonl") as writer:
            for judged in evaluation.judged:
                writer.write(judged)
    if evaluation.answers:
        write_rows(out / "vqa.jsonl", evaluation.answers)
    pooled = next(iter(parts_of(document).values()))
    if "confusion" in pooled:
        save_figure(confusion_figure(pooled["confusion"]), out / "confusion.png")
    if pooled.get("aus"):
        save_figure(units_figure(pooled["aus"]), out / "action_units.png")


def parts_of(document: Scores) -> dict[str, Scores]:
    """The scored parts by name, the pooled one first."""
    return {document["part"]: document["heads"]} if "heads" in document else document["parts"]


def markdown(document: Scores) -> str:
    """The tables for people."""
    what = (
        f"Run `{document['run']}`, part {document['part']}"
        if "run" in document
        else f"Protocol `{document['protocol']}`, {document['folds']} folds"
    )
    seeds = document["seeds"]
    lines = [
        f"# {what}",
        "",
        f"Seeds: {', '.join(map(str, seeds))}. In brackets: 95 % intervals, persons drawn again.",
        "",
    ]
    lines += [
        "| part | clips | persons | UF1 | UAR | accuracy | AU F1 | AU F1 (10 or more) |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, scores in parts_of(document).items():
        cells = [_with_deviation(scores, key) for key in ("uf1", "uar", "accuracy", "au_f1", "au_f1_10")]
        lines.append(f"| {name} | {scores['clips']} | {scores['persons']} | {' | '.join(cells)} |")
    pooled = next(iter(parts_of(document).values()))
    if document.get("not_measured"):
        lines += ["", f"{len(document['not_measured'])} clips could not be measured; they count as wrong."]
    lines += [f"- finding: {finding}" for finding in document.get("findings", [])]
    if "confusion" in pooled:
        lines += ["", *confusion_table(pooled["confusion"])]
    if pooled.get("aus"):
        lines += ["", "| Action Unit | F1 | present | right | false | missed |", "|---|---|---|---|---|---|"]
        for au, s in pooled["aus"].items():
            lines.append(f"| {au} | {s['f1']:.3f} | {s['tp'] + s['fn']} | {s['tp']} | {s['fp']} | {s['fn']} |")
    if "texts" in document:
        lines += ["", *texts_table(document["texts"], document.get("reference_texts", {}))]
    if "vqa" in document:
        lines += ["", *vqa_table(document["vqa"])]
    return "\n".join(lines) + "\n"


def _with_deviation(scores: Scores, name: str) -> str:
    text = shown(scores, name)
    return text if len(scores.get(f"{name}_seeds", [])) < 2 else f"{text} ± {scores[f'{name}_sd']:.3f}"


def confusion_table(confusion: Mapping[str, Any]) -> list[str]:
    """Rows truth, columns what was called."""
    labels = list(confusion["labels"])
    lines = [f"| | {' | '.join(labels)} | other |", "|---" * (len(labels) + 2) + "|"]
    for label, row, other in zip(labels, confusion["counts"], confusion["elsewhere"], strict=True):
        lines.append(f"| **{label}** | {' | '.join(map(str, row))} | {other} |")
    return lines


def texts_table(texts: Mapping[str, Any], reference: Mapping[str, Any]) -> list[str]:
    """Scores of the answers, and of the build's own answers to the same questions."""
    lines = ["| answers | the model's | the build's |", "|---|---|---|"]
    for name, title in TEXTS.items():
        value = texts.get(name)
        if value is not None:
            cells = [v if isinstance(v, int) else f"{v:.3f}" for v in (value, reference.get(name)) if v is not None]
            lines.append(f"| {title} | {' | '.join(map(str, cells))}{'' if len(cells) == 2 else ' | '} |")
    reasons = ", ".join(f"`{code}` {n}" for code, n in texts.get("reasons", {}).items())
    return [*lines, *(["", f"What the checker finds: {reasons}."] if reasons else [])]


def vqa_table(vqa: Mapping[str, Any]) -> list[str]:
    """A row for each dataset's answers together and for each kind of question."""
    lines = [
        f"| ME-VQA | kind | questions | {' | '.join(f'`{name}`' for name in VQA)} |",
        "|---" * (len(VQA) + 3) + "|",
    ]
    for dataset, scores in vqa["scores"].items():
        for kind, found in {"all": scores, **scores["kinds"]}.items():
            cells = [f"{found[name]:.3f}" if name in found else "—" for name in VQA]
            lines.append(f"| {dataset} | {kind} | {found['questions']} | {' | '.join(cells)} |")
    other, without = vqa["left_out"]["other_clips"], vqa["left_out"]["no_reference"]
    return [
        *lines,
        "",
        f"Left out of the file: {other} questions about other clips, {without} without a right answer. "
        "The answers are in `vqa.jsonl`, the metrics explained in docs/vqa.md.",
    ]


def confusion_figure(confusion: Mapping[str, Any]) -> Figure:
    """Shares of each true class, with the counts."""
    labels, counts = list(confusion["labels"]), np.array(confusion["counts"], float)
    figure = Figure(figsize=(1.2 * len(labels) + 2, 1.0 * len(labels) + 1.6), layout="constrained")
    axes: Axes = figure.subplots()
    shares = counts / np.maximum(counts.sum(1) + np.array(confusion["elsewhere"]), 1)[:, None]
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for (i, j), n in np.ndenumerate(counts):
        axes.text(j, i, f"{n:.0f}", ha="center", va="center", color="white" if shares[i, j] > 0.6 else "black")
    axes.set_xticks(range(len(labels)), labels, rotation=30, ha="right")
    axes.set_yticks(range(len(labels)), labels)
    axes.set_xlabel("called")
    axes.set_ylabel("annotated")
    return figure


def units_figure(aus: Mapping[Any, Mapping[str, float]]) -> Figure:
    """F1 of each Action Unit, with the number of clips that show it."""
    figure = Figure(figsize=(max(4.0, 0.45 * len(aus) + 1), 3.2), layout="constrained")
    axes: Axes = figure.subplots()
    names: Sequence[str] = [f"AU{au}" for au in aus]
    bars = axes.bar(names, [s["f1"] for s in aus.values()], color="#3b6ea5")
    axes.bar_label(bars, [str(int(s["tp"] + s["fn"])) for s in aus.values()], fontsize=8)
    axes.set_ylim(0, 1.08)
    axes.set_ylabel("F1")
    axes.tick_params(axis="x", rotation=60)
    return figure
