"""The training loop. It knows no files: order of the examples, augmentation and learning rate follow from the seed and
the number of the step, so that what is left to remember is that number, the weights, the optimizer and the state of
torch's generators."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from deft.augment import augment
from deft.batch import Batch
from deft.data import Example
from deft.model import DeftModel
from deft.precision import make_bf16_safe
from deft.settings import DeftSettings, TrainSettings
from deft.views import Views
from unimer.errors import UnimerError

ORDER, AUGMENT, CHANCE = 1, 2, 3
"""Streams of random numbers that hang on the seed."""


@dataclass(frozen=True)
class Schedule:
    """Which examples belong to which step, and the learning rate. ``world``: number of devices."""

    examples: int
    world: int
    settings: TrainSettings

    @property
    def chunk(self) -> int:
        """Examples of a step, all devices together."""
        return self.settings.batch * self.settings.accumulation * self.world

    @property
    def per_epoch(self) -> int:
        """Steps of an epoch."""
        return math.ceil(self.examples / self.chunk)

    @property
    def steps(self) -> int:
        """Steps of the whole training."""
        return self.per_epoch * self.settings.epochs

    def factor(self, step: int) -> float:
        """Share of the full learning rate at a step (from 0): a linear rise, then half a cosine down to 0."""
        rise = self.settings.warmup * self.steps
        if step < rise:
            return (step + 1) / (rise + 1)
        return 0.5 + 0.5 * math.cos(math.pi * (step - rise) / max(1.0, self.steps - rise))

    def indices(self, step: int, rank: int) -> list[list[int]]:
        """Numbers of the examples of each batch of a step on one device; every device has as many batches.

        Where the examples cannot be divided among the devices, the first of the epoch come twice.
        """
        epoch, position = divmod(step, self.per_epoch)
        order = np.random.default_rng([self.settings.seed, ORDER, epoch]).permutation(self.examples)
        padded = np.resize(order, math.ceil(self.examples / self.world) * self.world)
        own = padded[position * self.chunk : (position + 1) * self.chunk][rank :: self.world].tolist()
        size = self.settings.batch
        return [own[first : first + size] for first in range(0, len(own), size)]


@dataclass(frozen=True)
class Step:
    """What one step did. ``step`` counts from 1; ``parts``: the unweighted losses; ``norm``: of the gradient before
    it was clipped; ``tokens`` that were read and, of these, ``supervised`` on this device."""

    step: int
    epoch: int
    loss: float
    parts: dict[str, float]
    lr: float
    lr_lora: float
    norm: float
    tokens: int
    supervised: int
    seconds: float


class Loop:
    """Trains a model.

    Args:
        model: on the CPU; weights of classes are taken from ``examples`` here.
        examples: what to train on.
        accelerator: of accelerate; says device, precision and the number of processes.

    Raises:
        InputError: an example would teach nothing, or a medium of it is missing; before the first step.
    """

    def __init__(
        self, model: DeftModel, examples: Sequence[Example], settings: DeftSettings, accelerator: Any
    ) -> None:
        model.guard(examples)
        model.balance(examples)
        if settings.train.checkpointing:
            model.checkpoint_gradients()
        self.settings, self.accelerator = settings, accelerator
        self.views = Views(examples, settings.model.experts)
        self.schedule = Schedule(len(examples), accelerator.num_processes, settings.train)
        self.step = 0
        self.raw = model
        optimizer = torch.optim.AdamW(parameter_groups(model, settings.train))
        self.model, self.optimizer = accelerator.prepare(model, optimizer)
        torch.manual_seed(_number([settings.train.seed, CHANCE, accelerator.process_index]))

    @property
    def epoch(self) -> int:
        """Epochs that are finished."""
        return self.step // self.schedule.per_epoch

    @property
    def at_epoch_end(self) -> bool:
        """Whether the last step finished an epoch."""
        return self.step > 0 and self.step % self.schedule.per_epoch == 0

    def run(self) -> Iterator[Step]:
        """Goes on from ``step`` to the end; between two steps the caller may save, look or leave.

        Raises:
            UnimerError: the loss is no number.
        """
        with ThreadPoolExecutor(1) as loader:
            pending = loader.submit(self._load, self.step)
            while self.step < self.schedule.steps:
                began, batches = time.perf_counter(), pending.result()
                if self.step + 1 < self.schedule.steps:
                    pending = loader.submit(self._load, self.step + 1)
                yield self._one(batches, began)

    def _load(self, step: int) -> list[Batch]:
        train, epoch = self.settings.train, step // self.schedule.per_epoch
        batches = []
        for indices in self.schedule.indices(step, self.accelerator.process_index):
            items = []
            for i in indices:
                chance = np.random.default_rng([train.seed, AUGMENT, epoch, i])
                items.append((self.views.examples[i], augment(self.views[i], train.augment, chance)))
            batches.append(self.raw.collate(items))
        return batches

    def _one(self, batches: list[Batch], began: float) -> Step:
        factor = self.schedule.factor(self.step)
        for group in self.optimizer.param_groups:
            group["lr"] = group["full_lr"] * factor
        self.model.train()
        whole, parts, loss, tokens, supervised = sum(map(len, batches)), dict[str, Tensor](), torch.zeros(()), 0, 0
        for number, batch in enumerate(batches, 1):
            apart = nullcontext() if number == len(batches) else self.accelerator.no_sync(self.model)
            share = len(batch) / whole
            with apart:
                found = self.model(batch.to(self.accelerator.device))
                self.accelerator.backward(found.loss * share)
            loss = loss + found.loss.detach().float().cpu() * share
            for name, part in found.parts.items():
                parts[name] = parts.get(name, torch.zeros(())) + part.detach().float().cpu() * share
            tokens += 0 if batch.text is None else int(batch.text.mask.sum())
            supervised += found.supervised
        if not torch.isfinite(loss):
            raise UnimerError(
                f"the loss is no number at step {self.step + 1}; a lower train.lr or train.clip may help"
            )
        norm = self.accelerator.clip_grad_norm_(self.model.parameters(), self.settings.train.clip)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.step += 1
        train = self.settings.train
        return Step(
            step=self.step,
            epoch=(self.step - 1) // self.schedule.per_epoch + 1,
            loss=float(loss),
            parts={name: float(part) for name, part in parts.items()},
            lr=train.lr * factor,
            lr_lora=train.lr_lora * factor,
            norm=float(norm),
            tokens=tokens,
            supervised=supervised,
            seconds=time.perf_counter() - began,
        )


def parameter_groups(model: DeftModel, settings: TrainSettings) -> list[dict[str, Any]]:
    """AdamW's groups: two learning rates, and no decay of biases, norms and other vectors."""
    rates = {"own": settings.lr, "lora": settings.lr_lora}
    groups = []
    for name, parameters in model.groups().items():
        for decays in (True, False):
            chosen = [p for _, p in parameters if (p.ndim > 1) == decays]
            if chosen:
                decay = settings.weight_decay if decays else 0.0
                rate = rates[name]
                groups.append({"params": chosen, "lr": rate, "full_lr": rate, "weight_decay": decay})
    return groups


def accelerator_for(settings: TrainSettings, cpu: bool = False) -> Any:
    """The accelerator that a training runs on: the GPU where there is one; several by ``accelerate launch``."""
    from accelerate import Accelerator
    from accelerate.utils import DistributedDataParallelKwargs

    if settings.bf16 and (cpu or not torch.cuda.is_available()):
        make_bf16_safe()
    return Accelerator(
        mixed_precision="bf16" if settings.bf16 else "no",
        cpu=cpu,
        # Which losses are on decides what gets a gradient: without alignment the phrases' matrix has none.
        kwargs_handlers=[DistributedDataParallelKwargs(find_unused_parameters=True)],
    )


def _number(parts: list[int]) -> int:
    return int(np.random.SeedSequence(parts).generate_state(1, np.uint64)[0] >> 1)
