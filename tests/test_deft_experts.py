"""Each expert sees its own input only; shapes, sizes and heads."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from deft.data import FEATURES, Vocabulary
from deft.experts import AUHead, Backbone, MotionExpert, StructureExpert, TextureExpert, compressed
from deft.model import DeftModel
from deft.settings import EXPERTS, DeftSettings, ExpertSettings
from tests.helpers_deft import SMALL, items, small
from unimer.errors import SettingsError

SETTINGS = ExpertSettings.model_validate(SMALL)
INPUTS = {"structure": ("onset",), "texture": ("texture",), "motion": ("maps", "regions")}


@pytest.fixture(scope="module")
def batch_and_model(finished: Path) -> tuple[Any, DeftModel]:
    found, words = items(finished, small(), 6, "clip")
    torch.manual_seed(0)
    model = DeftModel(small(), words).eval()
    return model.collate(found), model


@pytest.mark.parametrize("expert", EXPERTS)
def test_an_expert_sees_nothing_but_its_own_input(batch_and_model: tuple[Any, DeftModel], expert: str) -> None:
    batch, model = batch_and_model
    others = [name for e, names in INPUTS.items() for name in names if e != expert]
    changed = replace(batch, **{name: torch.randn_like(getattr(batch, name)) for name in others})
    with torch.no_grad():
        before, after = model.look(batch)[expert], model.look(changed)[expert]
        assert torch.equal(before.tokens, after.tokens)
        assert torch.equal(before.pooled, after.pooled)
        for name in INPUTS[expert]:  # and it does look at each of its own
            value = getattr(batch, name)
            other = model.look(replace(batch, **{name: value + torch.randn_like(value)}))[expert]
            assert not torch.allclose(before.tokens, other.tokens)
            assert not torch.allclose(before.pooled, other.pooled)


def test_what_is_unreliable_is_not_read(batch_and_model: tuple[Any, DeftModel]) -> None:
    batch, model = batch_and_model
    nothing = torch.zeros_like(batch.reliable)
    noise = replace(batch, regions=torch.randn_like(batch.regions), reliable=nothing)
    with torch.no_grad():
        one, other = (model.look(each)["motion"] for each in (noise, replace(batch, reliable=nothing)))
    assert torch.equal(one.tokens, other.tokens)


@pytest.mark.parametrize(
    ("kind", "shapes"),
    [
        (StructureExpert, [(3, 64, 64)]),
        (TextureExpert, [(4, 64, 64)]),
        (MotionExpert, [(3, 64, 64), (30, len(FEATURES)), (30,)]),
    ],
)
def test_shapes(kind: type[Any], shapes: list[tuple[int, ...]]) -> None:
    inputs = [torch.randn(2, *shape) for shape in shapes]
    if kind is MotionExpert:
        inputs[2] = inputs[2] > 0
    seen = kind(SETTINGS)(*inputs)
    assert seen.tokens.shape == (2, kind.tokens, 32)
    assert seen.pooled.shape == (2, 32)
    assert kind.tokens <= 32


def test_default_sizes_are_small() -> None:
    words = Vocabulary(classes=("negative", "positive", "surprise"), aus=tuple(range(1, 25)))
    counts = DeftModel(DeftSettings(), words).parameter_counts()
    assert 0.5e6 < sum(counts[name][0] for name in EXPERTS) < 3e6
    assert counts["heads"][0] < 0.3e6


def test_differences_of_units_are_found_in_any_region() -> None:
    """An AU head can learn to look at one token, wherever it stands."""
    torch.manual_seed(0)
    head = AUHead(2, 32)
    optimiser = torch.optim.Adam(head.parameters(), 1e-2)
    marks = torch.randn(30, 32)
    for _ in range(200):
        signs = torch.randn(64, 2).sign()
        tokens = marks + torch.zeros(64, 30, 32)
        tokens[:, 5] = marks[5] * (2 + signs[:, :1])
        tokens[:, 20] = marks[20] * (2 + signs[:, 1:])
        loss = torch.nn.functional.binary_cross_entropy_with_logits(head(tokens), (signs > 0).float())
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert float(loss.detach()) < 0.1


def test_only_lengths_are_squeezed() -> None:
    found = compressed(torch.full((1, 30, len(FEATURES)), 10.0))[0, 0]
    for name, value in zip(FEATURES, found, strict=True):
        assert (float(value) < 4) == (name in ("dx", "dy", "magnitude", "p90", "strain"))


@pytest.fixture(scope="module")
def vit(tmp_path_factory: pytest.TempPathFactory) -> str:
    from transformers import ViTConfig, ViTModel

    folder = tmp_path_factory.mktemp("vit")
    config = ViTConfig(
        hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16, image_size=32, patch_size=4
    )
    model: Any = ViTModel(config)
    model.save_pretrained(folder)
    return str(folder)


def test_any_vision_model_by_name(vit: str) -> None:
    body = Backbone(vit, 32)
    assert body.train().body.training is False
    assert {n.split(".")[0] for n, p in body.named_parameters() if p.requires_grad} == {"project"}
    found = body(torch.randn(2, 3, 64, 64))
    assert found.shape == (2, 16, 32)
    found.sum().backward()
    expert = StructureExpert(SETTINGS.model_copy(update={"backbone": vit}))
    assert expert(torch.rand(1, 3, 64, 64)).tokens.shape == (1, 16, 32)
    with pytest.raises(SettingsError, match="cannot be loaded"):
        Backbone(f"{vit}/nothing", 32)
