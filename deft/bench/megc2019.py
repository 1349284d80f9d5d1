"""The benchmark ``megc2019-flow``: every method on the same folds, one subject left out, nothing chosen on the way."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from deft.bench import baselines, expert, network
from deft.bench.data import CLASSES, Clips
from deft.bench.folds import loso
from deft.bench.score import ALL, Figures, Gain, gains, matrix, parts, scores

EXPERT = "motion expert"
NETWORK = "trained network"

Called = list[NDArray[np.int64]]


@dataclass(frozen=True)
class Result:
    """What the benchmark found.

    Attributes:
        clips: what was read.
        seeds: how many seeds the networks had.
        called: class index of each clip, of each method and seed; one entry for a method without chance.
        figures: scores of each method on each part.
        gained: what the expert has more than each other method, pooled.
        seconds: time of each method, all seeds.
        settings: of the motion expert and the trained network.
    """

    clips: Clips
    seeds: int
    called: dict[str, Called]
    figures: Figures
    gained: dict[str, dict[str, Gain]]
    seconds: dict[str, float]
    settings: dict[str, Any]

    def document(self) -> dict[str, Any]:
        """All figures as JSON."""
        return {
            "clips": len(self.clips),
            "subjects": len(set(self.clips.persons)),
            "folds": "one subject left out",
            "parts": {name: _counted(self.clips, members) for name, members in parts(self.clips).items()},
            "seeds": self.seeds,
            "settings": self.settings,
            "seconds": {name: round(value, 1) for name, value in self.seconds.items()},
            "methods": {
                method: {
                    "scores": {
                        part: {
                            metric: {
                                "seeds": [round(each, 4) for each in figure.seeds],
                                "mean": round(figure.mean, 4),
                                "deviation": round(figure.deviation, 4),
                                "interval": [round(figure.low, 4), round(figure.high, 4)],
                            }
                            for metric, figure in metrics.items()
                        }
                        for part, metrics in found.items()
                    },
                    "confusion": {
                        "classes": list(CLASSES),
                        "seeds": [matrix(self.clips, each) for each in self.called[method]],
                    },
                }
                for method, found in self.figures.items()
            },
            "gain": {
                method: {
                    metric: {"mean": round(gain.mean, 4), "interval": [round(gain.low, 4), round(gain.high, 4)]}
                    for metric, gain in metrics.items()
                }
                for method, metrics in self.gained.items()
            },
        }


def run(clips: Clips, seeds: int = 3, say: Callable[[str], None] = lambda _: None) -> Result:
    """Runs all methods on the folds that leave one subject out.

    Args:
        clips: the data.
        seeds: seeds of the networks, 0 to ``seeds - 1``.
        say: told what has been done.

    Raises:
        DependencyError: scikit-learn is missing.
    """
    baselines.need_sklearn()
    folds = loso(clips)
    how, trained = expert.Expert(), network.Network()
    methods: dict[str, Callable[[], Called]] = {
        "SVM": lambda: [baselines.svm(clips, folds)],
        "logistic regression": lambda: [baselines.logistic(clips, folds)],
        "small CNN": lambda: [baselines.cnn(clips, folds, seed).argmax(1) for seed in range(seeds)],
        NETWORK: lambda: [network.run(clips, folds, trained, seed).argmax(1) for seed in range(seeds)],
        EXPERT: lambda: [expert.run(clips, folds, how).argmax(1)],
    }
    called: dict[str, Called] = {}
    seconds: dict[str, float] = {}
    for name, method in methods.items():
        start = time.perf_counter()
        called[name] = method()
        seconds[name] = time.perf_counter() - start
        say(f"{name}: {len(folds)} folds, {len(called[name])} seed(s), {seconds[name]:.0f} s")
    figures = scores(clips, called)
    return Result(
        clips,
        seeds,
        called,
        figures,
        gains(clips, called, EXPERT),
        seconds,
        {EXPERT: asdict(how), NETWORK: asdict(trained)},
    )


def markdown(result: Result) -> str:
    """The tables: scores by part, seeds, gains, time."""
    named = list(parts(result.clips))
    lines = [_headline(result), "", _row(["UF1 / UAR", *named]), _row(["---"] * (len(named) + 1))]
    for method, found in result.figures.items():
        cells = [f"{found[part]['uf1'].mean:.3f} / {found[part]['uar'].mean:.3f}" for part in named]
        lines.append(_row([method, *cells]))
    lines += [
        "",
        "All clips: mean over the seeds, their standard deviation, 95 % interval (bootstrap by subject).",
        "",
    ]
    lines += [_row(["method", "UF1", "UAR", "UF1 of each seed", "UAR of each seed", "s"]), _row(["---"] * 6)]
    for method, found in result.figures.items():
        uf1, uar = found[ALL]["uf1"], found[ALL]["uar"]
        cells = [f"{each.mean:.3f} ± {each.deviation:.3f} ({each.low:.3f}..{each.high:.3f})" for each in (uf1, uar)]
        singles = [" ".join(f"{value:.3f}" for value in each.seeds) for each in (uf1, uar)]
        lines.append(_row([method, *cells, *singles, f"{result.seconds[method]:.0f}"]))
    lines += ["", f"What the {EXPERT} has more, all clips (95 % interval of paired draws of subjects).", ""]
    lines += [_row(["than", "UF1", "UAR"]), _row(["---"] * 3)]
    for method, gained in result.gained.items():
        cells = [f"{each.mean:+.3f} ({each.low:+.3f}..{each.high:+.3f})" for each in gained.values()]
        lines.append(_row([method, *cells]))
    return "\n".join(lines) + "\n"


def threads(count: int | None) -> None:
    """Sets how many cores torch uses; None leaves it."""
    if count is not None:
        torch.set_num_threads(count)


def _headline(result: Result) -> str:
    clips = result.clips
    sets = "; ".join(f"{name} {_spelled(clips, members)}" for name, members in parts(clips).items() if name != ALL)
    return f"{len(clips)} clips, {len(set(clips.persons))} subjects, each left out once ({sets})"


def _counted(clips: Clips, members: NDArray[np.bool_]) -> dict[str, Any]:
    tally = Counter(CLASSES[i] for i in clips.classes[members])
    persons = {person for person, inside in zip(clips.persons, members, strict=True) if inside}
    return {"clips": int(members.sum()), "subjects": len(persons), **{name: tally[name] for name in CLASSES}}


def _spelled(clips: Clips, members: NDArray[np.bool_]) -> str:
    counted = _counted(clips, members)
    return f"{counted['clips']}/{counted['subjects']}"


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"
