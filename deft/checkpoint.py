"""Where a training stands, on disk: weights, optimizer and torch's generators as safetensors, the rest as JSON.

Nothing is ever unpickled. A checkpoint is a folder ``step-0000100``; its ``state.json`` is written last and says that
it is whole. Older ones are removed when a newer one is whole.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor

from deft.loop import Loop
from deft.saved import trained
from unimer.errors import InputError
from unimer.files import output_errors, write_bytes, write_text
from unimer.records import Record

FORMAT = 1
STATE = "state.json"


class Best(Record):
    """The best epoch on the inner persons."""

    epoch: int
    score: float


class State(Record):
    """``state.json``. ``groups``: the optimizer's groups without their parameters."""

    format: int = FORMAT
    step: int
    processes: int
    groups: list[dict[str, Any]]
    best: Best | None = None


def write_checkpoint(folder: Path, loop: Loop, best: tuple[Best, dict[str, Tensor]] | None = None) -> None:
    """Writes a checkpoint below ``folder``; to be called by every process.

    Args:
        best: the best epoch so far and its weights, where the epoch is chosen on inner persons.

    Raises:
        OutputError: it cannot be written.
    """
    target = folder / f"step-{loop.step:07d}"
    write_bytes(target / f"chance-{loop.accelerator.process_index}.safetensors", save(_chance()))
    loop.accelerator.wait_for_everyone()
    if loop.accelerator.is_main_process:
        optimizer = loop.optimizer.state_dict()
        write_bytes(target / "weights.safetensors", save(_plain(trained(loop.raw))))
        write_bytes(target / "optimizer.safetensors", save(_plain(flat(optimizer["state"]))))
        if best is not None:
            write_bytes(target / "best.safetensors", save(_plain(best[1])))
        state = State(
            step=loop.step,
            processes=loop.accelerator.num_processes,
            groups=optimizer["param_groups"],
            best=None if best is None else best[0],
        )
        write_text(target / STATE, state.model_dump_json(indent=1) + "\n")
        with output_errors(folder):
            for other in folder.iterdir():
                if other != target:
                    shutil.rmtree(other)
    loop.accelerator.wait_for_everyone()


def newest(folder: Path) -> Path | None:
    """The newest whole checkpoint."""
    return max((path.parent for path in folder.glob(f"step-*/{STATE}")), default=None)


def read_checkpoint(folder: Path, loop: Loop) -> tuple[Best, dict[str, Tensor]] | None:
    """Puts a checkpoint into a loop that was made with the same settings, data and model; returns the best so far.

    Raises:
        InputError: it is damaged, or of another training.
    """
    path = folder / STATE
    try:
        state = State.model_validate_json(path.read_bytes())
    except (OSError, ValueError) as error:
        raise _odd(path) from error
    if state.format != FORMAT or state.processes != loop.accelerator.num_processes:
        raise InputError(
            f"was written by {state.processes} processes, format {state.format}; here are "
            f"{loop.accelerator.num_processes}, format {FORMAT}",
            path=path,
            remedy="go on with as many processes as before",
        )
    weights, own = _load(folder / "weights.safetensors"), trained(loop.raw)
    if {n: t.shape for n, t in weights.items()} != {n: t.shape for n, t in own.items()}:
        raise _odd(folder / "weights.safetensors")
    with torch.no_grad():
        for name, tensor in own.items():
            tensor.copy_(weights[name])
    tensors = _load(folder / "optimizer.safetensors")
    try:
        loop.optimizer.load_state_dict({"state": nested(tensors), "param_groups": state.groups})
    except (ValueError, KeyError) as error:
        raise _odd(folder / "optimizer.safetensors") from error
    _set_chance(_load(folder / f"chance-{loop.accelerator.process_index}.safetensors"))
    loop.step = state.step
    return None if state.best is None else (state.best, _load(folder / "best.safetensors"))


def flat(state: dict[int, dict[str, Any]]) -> dict[str, Tensor]:
    """The optimizer's state by ``number/name``."""
    return {f"{i}/{name}": torch.as_tensor(value) for i, each in state.items() for name, value in each.items()}


def nested(tensors: dict[str, Tensor]) -> dict[int, dict[str, Tensor]]:
    """What :func:`flat` was made from."""
    state: dict[int, dict[str, Tensor]] = {}
    for key, tensor in tensors.items():
        number, _, name = key.partition("/")
        state.setdefault(int(number), {})[name] = tensor
    return state


def _chance() -> dict[str, Tensor]:
    """States of torch's generators; all other random numbers follow from the seed and the step."""
    states = {"cpu": torch.get_rng_state()}
    if torch.cuda.is_available():
        states["cuda"] = torch.cuda.get_rng_state()
    return states


def _set_chance(states: dict[str, Tensor]) -> None:
    torch.set_rng_state(states["cpu"])
    if "cuda" in states and torch.cuda.is_available():
        torch.cuda.set_rng_state(states["cuda"])


def _plain(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Contiguous and on the CPU, as safetensors wants them."""
    return {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}


def _load(path: Path) -> dict[str, Tensor]:
    try:
        return load_file(path)
    except (OSError, SafetensorError) as error:
        raise _odd(path) from error


def _odd(path: Path) -> InputError:
    return InputError(
        "is damaged or of another training", path=path, remedy="remove this checkpoint; an older one, or none, is used"
    )
