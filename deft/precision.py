"""Whether this processor multiplies bfloat16 as it says."""

from __future__ import annotations

import os
import subprocess
import sys

LIMIT = "ONEDNN_MAX_CPU_ISA"
WITHOUT_TILES = "AVX512_CORE_BF16"
TRIAL = """
import torch
with torch.autocast("cpu", dtype=torch.bfloat16):
    torch.nn.Linear(64, 64)(torch.randn(64, 64)).sum().backward()
"""


def make_bf16_safe() -> None:
    """Keeps oneDNN from the processor's tile unit where that ends with an illegal instruction.

    Some virtual machines report the unit (AMX) but do not enable it; a process that multiplies bfloat16 is then killed
    without a word. Another process tries it first. To be called before torch multiplies anything.
    """
    if LIMIT not in os.environ and subprocess.run([sys.executable, "-c", TRIAL], check=False).returncode < 0:
        os.environ[LIMIT] = WITHOUT_TILES
