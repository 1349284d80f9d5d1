"""A tiny language model with a chat template, made on the spot, and small settings for quick tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from deft.data import Example, Vocabulary, load_examples, vocabulary
from deft.settings import DeftSettings
from deft.views import View, load_view

torch.set_num_threads(1)  # so small that threads only wait for each other

TEMPLATE = (
    "{% for m in messages %}<|start|>{{ m['role'] }}\n{{ m['content'] }}<|end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|start|>assistant\n{% endif %}"
)
SMALL = {"image": 64, "frames": 4, "width": 32, "channels": 8}


def tiny_tokenizer() -> Any:
    """Byte level: any text, 256 tokens and a few special ones."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE({letter: i for i, letter in enumerate(letters)}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    kind: Any = PreTrainedTokenizerFast
    made = kind(
        tokenizer_object=tokenizer, eos_token="<|end|>", pad_token="<|pad|>", additional_special_tokens=["<|start|>"]
    )
    made.chat_template = TEMPLATE
    return made


def tiny_llm(folder: Path, seed: int = 0) -> Path:
    """A folder with a Llama of two layers and 32 hidden units."""
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(seed)
    tokenizer = tiny_tokenizer()
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=4096,
        tie_word_embeddings=True,
        initializer_range=0.3,  # else logits stay near 0 and nothing can be learnt
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    model: Any = LlamaForCausalLM(config)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def small(llm: str = "none", **changes: Any) -> DeftSettings:
    """Small settings; ``changes`` are top-level sections."""
    model = {"experts": SMALL, "llm": llm, "context": 2048, "lora": {"rank": 4, "alpha": 8}}
    return DeftSettings.model_validate({"model": model | changes.pop("model", {}), **changes})


def example(build: Path, unit: Any = "sample", **has: str) -> Example:
    """The first example of a build, or the first of a task."""
    found = load_examples(build, DeftSettings().data, unit)
    return next(e for e in found if not has or (e.sample is not None and e.sample.task == has["task"]))


def items(
    build: Path, settings: DeftSettings, count: int, unit: Any = "sample"
) -> tuple[list[tuple[Example, View]], Vocabulary]:
    """Examples with views, and the vocabulary of the whole build."""
    examples = load_examples(build, settings.data, unit)
    step = max(1, len(examples) // count)
    return [(e, load_view(e, settings.model.experts)) for e in examples[::step][:count]], vocabulary(
        examples, settings.data
    )


def same(one: View, other: View, tolerance: float = 0.0) -> bool:
    """Whether two views are equal."""
    arrays = ("onset", "texture", "maps", "regions", "reliable")
    close = all(np.allclose(getattr(one, n), getattr(other, n), atol=tolerance, rtol=0) for n in arrays)
    return close and one.aus == other.aus and one.turns == other.turns


def with_turns(view: View, turns: Sequence[Any]) -> View:
    return replace(view, turns=tuple(turns))
