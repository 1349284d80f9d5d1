"""A model on disk: ``config.json``, ``weights.safetensors`` and the tokenizer. Nothing is ever unpickled.

Only what is trained is written: experts, projectors, heads and adapters. The language model and a frozen backbone are
named in the configuration and loaded from where they come.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import torch
from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file, save

from deft.data import Vocabulary
from deft.settings import DeftSettings
from unimer import __version__
from unimer.errors import InputError
from unimer.files import explain, output_errors, write_bytes, write_text
from unimer.records import Record

if TYPE_CHECKING:
    from torch import Tensor, nn

    from deft.model import DeftModel

CONFIG = "config.json"
WEIGHTS = "weights.safetensors"
FORMAT = 1


class Config(Record):
    """``config.json``. ``parameters``: all and trained, by part."""

    format: int = FORMAT
    deft: str = __version__
    settings: DeftSettings
    vocabulary: Vocabulary
    parameters: dict[str, tuple[int, int]] = {}


def trained(model: nn.Module) -> dict[str, Tensor]:
    """What is trained, by name."""
    return {name: p.detach() for name, p in model.named_parameters() if p.requires_grad}


def save_model(model: DeftModel, folder: Path) -> None:
    """Writes the model; the weights last but for the configuration, whose presence says that the folder is whole.

    Raises:
        OutputError: the folder cannot be written.
    """
    with output_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / CONFIG).unlink(missing_ok=True)
        if model.chat is not None:
            model.chat.tokenizer.save_pretrained(folder)
    weights = {name: tensor.cpu().contiguous() for name, tensor in trained(model).items()}
    write_bytes(folder / WEIGHTS, save(weights))
    config = Config(settings=model.settings, vocabulary=model.words, parameters=model.parameter_counts())
    write_text(folder / CONFIG, config.model_dump_json(indent=1) + "\n")


def read_config(folder: Path) -> tuple[DeftSettings, Vocabulary]:
    """Settings and vocabulary of a saved model.

    Raises:
        InputError: there is none, or it cannot be read.
    """
    path = folder / CONFIG
    try:
        config = Config.model_validate_json(path.read_bytes())
    except OSError as error:
        raise InputError(
            "is no model", path=folder, remedy=f"a folder with {CONFIG} that `deft train` wrote"
        ) from error
    except ValidationError as error:
        raise InputError(explain(error), path=path) from error
    if config.format != FORMAT:
        raise InputError(f"has format {config.format}; this version reads {FORMAT}", path=path)
    return config.settings, config.vocabulary


def read_weights(model: DeftModel, folder: Path) -> None:
    """Puts saved weights into a model of the same configuration.

    Raises:
        InputError: the file is missing, no safetensors, or of another model.
    """
    path = folder / WEIGHTS
    try:
        weights = load_file(path)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", path=path) from error
    except SafetensorError as error:
        raise InputError(f"is no safetensors file: {error}", path=path, remedy="save the model anew") from error
    own = trained(model)
    odd = sorted(own.keys() ^ weights.keys()) or [n for n, p in own.items() if p.shape != weights[n].shape]
    if odd:
        raise InputError(
            f"holds the weights of another model: {odd[0]} (and {len(odd) - 1} more) do not fit",
            path=path,
            remedy="config.json, the weights and the language model that it names must belong together",
        )
    with torch.no_grad():
        for name, parameter in own.items():
            parameter.copy_(weights[name])
