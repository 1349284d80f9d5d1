"""What the language model reads before the instruction: labels while it learns, the heads' findings in use."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from deft.augment import flip, swap_sides
from deft.data import load_examples, vocabulary
from deft.findings import findings
from deft.model import DeftModel
from deft.predictions import predict_heads, write_texts
from deft.settings import DataSettings
from deft.views import load_view
from tests.helpers_deft import small, tiny_llm
from tests.helpers_evidence import label, motion, region

FROWN = [region(f"{name}_{side}", 0, -1.0) for name in ("inner_brow", "middle_brow") for side in ("left", "right")]


def test_what_the_flow_supports_stands_first_with_its_motion() -> None:
    told = findings("negative", [label(12), label(4)], motion(*FROWN))
    assert told.splitlines()[:1] == ["class negative"]
    assert told.splitlines()[1].startswith("AU4 (brow lowerer): ")
    assert "brow" in told.splitlines()[1]
    assert " down" in told.splitlines()[1]
    assert told.splitlines()[2:] == ["AU12 (lip corner puller): unverified"]


def test_what_nobody_knows_is_not_said() -> None:
    assert findings(None, [], motion(*FROWN)) == ""


def test_a_side_is_named_and_the_other_one_left_out() -> None:
    told = findings(
        None, [label(2, "left")], motion(region("outer_brow_left", 0, 1.0), region("outer_brow_right", 0, 1))
    )
    assert "left" in told
    assert "right" not in told


def test_in_the_mirror_the_findings_have_the_other_side(finished: Path) -> None:
    for example in load_examples(finished, DataSettings(tasks=["full"]), "sample"):
        view = load_view(example, small().model.experts)
        assert view.findings == example.findings != ""
        assert flip(view).findings == swap_sides(example.findings)


def test_the_labels_are_not_read_when_it_answers(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is labelled, and whatever findings came with the example: the heads' stand in the prompt."""
    examples = load_examples(finished, DataSettings(tasks=["full"]), "sample")[:3]
    words = vocabulary(examples, DataSettings())
    model = DeftModel(small(str(tiny_llm(tmp_path / "llm"))), words)
    read: list[str] = []

    def generate(items: list[Any], _longest: int) -> list[str]:
        read.extend(view.findings for _, view in items)
        return ["" for _ in items]

    monkeypatch.setattr(model, "generate", generate)
    heads = predict_heads(model, examples)
    write_texts(model, [replace(example, findings="class told", aus=()) for example in examples])
    assert {found.splitlines()[0] for found in read} == {f"class {head.called}" for head in heads}
    for found in read:
        assert len(found.splitlines()) == 1 + len(
            next(h for h in heads if found.startswith(f"class {h.called}")).shown
        )
