"""What a step of DEFT costs beside the same language model's own LoRA step on as many tokens.

    python benchmarks/train_step.py BUILD [--llm smollm2] [--batch 4] [--steps 5] [--threads 1] [--bf16]

BUILD: a folder that `unimer build` wrote. Both models have the same adapters, optimizer and answers; the plain one
reads as many tokens, of which as many are supervised, without experts. Steps alternate, so that a busy machine slows
both; the ratio is of the medians. On a GPU: also peak memory and the share of the card's peak arithmetic (MFU with
--tflops).
"""

from __future__ import annotations

import argparse
import resource
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from deft.batch import IGNORED, Batch
from deft.data import Example, load_examples, vocabulary
from deft.language import load_language, with_lora
from deft.loop import accelerator_for, parameter_groups
from deft.losses import language_loss
from deft.model import DeftModel
from deft.settings import DeftSettings
from deft.views import Views


def main() -> None:
    """Times both, prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=Path)
    parser.add_argument("--llm", default="smollm2")
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--bf16", action="store_true")
    parser.add_argument("--tflops", type=float, help="the device's peak, for MFU")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    settings = DeftSettings.model_validate(
        {"model": {"llm": options.llm}, "train": {"bf16": options.bf16}, "data": {"tasks": ["full"]}}
    )
    examples = load_examples(options.build, settings.data, "sample")
    accelerator = accelerator_for(settings.train)
    model = DeftModel(settings, vocabulary(examples, settings.data)).to(accelerator.device)
    batch = batch_of(model, examples[: options.batch], settings).to(accelerator.device)
    plain: Any = with_lora(load_language(options.llm)[0].requires_grad_(False), settings.model.lora)
    plain.to(accelerator.device)
    ours = stepper(model, lambda: model(batch).loss, parameter_groups(model, settings.train), accelerator)
    bare = [{"params": [p for p in plain.parameters() if p.requires_grad], "lr": settings.train.lr_lora}]
    theirs = stepper(plain, lambda: plain_loss(plain, batch), bare, accelerator)
    times: list[tuple[float, float]] = []
    for number in range(options.steps + 1):
        pair = (ours(), theirs())
        if number:  # the first of each warms up
            times.append(pair)
            print(f"step {number}: DEFT {pair[0]:.2f} s, language model alone {pair[1]:.2f} s", flush=True)
    report(batch, model, times, accelerator, options)


def batch_of(model: DeftModel, examples: list[Example], settings: DeftSettings) -> Batch:
    """The batch that is trained on again and again."""
    views = Views(examples, settings.model.experts)
    return model.collate([(example, views[i]) for i, example in enumerate(examples)])


def plain_loss(plain: Any, batch: Batch) -> torch.Tensor:
    """The language model's loss on as many tokens; experts' places hold an ordinary word."""
    assert batch.text is not None
    target = batch.text.labels[:, 1:]
    where = (target != IGNORED).any(0).nonzero()[:, 0]
    ids = batch.text.ids.clamp(max=plain.config.vocab_size - 1)
    out = plain(input_ids=ids, attention_mask=batch.text.mask, logits_to_keep=where, use_cache=False)
    return language_loss(out.logits, target[:, where])


def stepper(model: Any, loss: Callable[[], torch.Tensor], groups: Any, accelerator: Any) -> Callable[[], float]:
    """One optimizer step, and how many seconds it took."""
    optimizer = torch.optim.AdamW(groups)
    model.train()

    def step() -> float:
        _wait()
        began = time.perf_counter()
        with accelerator.autocast():
            value = loss()
        value.backward()
        torch.nn.utils.clip_grad_norm_([p for group in groups for p in group["params"]], 1.0)
        optimizer.step()
        optimizer.zero_grad()
        _wait()
        return time.perf_counter() - began

    return step


def _wait() -> None:
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def report(batch: Batch, model: DeftModel, times: list[tuple[float, float]], accelerator: Any, options: Any) -> None:
    """Prints medians, ratio, tokens a second and memory."""
    assert batch.text is not None
    tokens = int(batch.text.mask.sum())
    deft, plain = (statistics.median(pair[i] for pair in times) for i in range(2))
    ratio = statistics.median(a / b for a, b in times)
    print(f"{options.llm}, {len(batch)} samples, {tokens} tokens, {accelerator.device}, bf16 {options.bf16}")
    print(f"DEFT {deft:.3f} s ({tokens / deft:.0f} tokens/s), language model alone {plain:.3f} s")
    print(f"ratio {deft / plain:.3f} of medians, {ratio:.3f} median of pairs; target at most 1.15")
    print(
        f"peak memory of the process {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB (both models)"
    )
    if torch.cuda.is_available():
        print(f"peak memory of the GPU {torch.cuda.max_memory_allocated() / 1e9:.2f} GB (both models)")
    if options.tflops:
        size = sum(p.numel() for p in model.llm.parameters())
        print(f"MFU {4 * size * tokens / deft / options.tflops / 1e12:.3f} (4 x parameters x tokens)")


if __name__ == "__main__":
    main()
