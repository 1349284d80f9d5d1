# make demo   the main job on real input          make test   all tests
# make lint   format, lint and type checks        make bench  every benchmark, printed
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
DEMO ?= runs/demo
CPUS := $(shell nproc 2>/dev/null || echo 1)

.DEFAULT_GOAL := help
.PHONY: help install demo test test-fast test-pyfeat lint format bench clean

help:
	@sed -n '1,2p' Makefile

install: $(READY)

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "unimer needs Python 3.11 or newer")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: $(READY)
	rm -rf $(DEMO)
	$(BIN)/unimer synth --layout casme2 --clips 40 --subjects 8 --seed 7 --out $(DEMO)/synth
	$(BIN)/unimer build pipelines/demo.yaml --out $(DEMO)/unimer --workers $(CPUS) \
	  --set corpora.0.root=$(DEMO)/synth/corpus --set corpora.1.root=$$($(BIN)/python benchmarks/real_clip.py)
	$(BIN)/unimer validate $(DEMO)/unimer
	$(BIN)/unimer show $(DEMO)/unimer --task motion_description --count 1
	$(BIN)/unimer show $(DEMO)/unimer --task full --count 2
	$(BIN)/deft train pipelines/deft_demo.yaml --data $(DEMO)/unimer --out $(DEMO)/deft
	$(BIN)/deft predict $(DEMO)/deft $$($(BIN)/python benchmarks/real_clip.py) --out $(DEMO)/prediction
	@echo; echo "Look at $(DEMO)/prediction/prediction.png and $(DEMO)/deft/README.md"
	@echo "Look at $(DEMO)/unimer/report.html and $(DEMO)/unimer/README.md; the data are in $(DEMO)/unimer/unimer.jsonl"

test: $(READY)
	$(BIN)/pytest -n $(CPUS) --dist loadfile

test-fast: $(READY)
	$(BIN)/pytest -m "not slow"

# Opt-in: py-feat's own classes need torch; they get an environment of their own.
test-pyfeat:
	bash tests/install_pyfeat.sh .venv-pyfeat
	.venv-pyfeat/bin/pytest -m pyfeat tests/test_aus_pyfeat.py

lint: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(READY)
	$(BIN)/python benchmarks/flow_accuracy.py
	$(BIN)/python benchmarks/checker.py
	$(BIN)/python benchmarks/throughput.py
	$(BIN)/python benchmarks/reading.py

clean:
	rm -rf $(VENV) .venv-pyfeat runs .mypy_cache .ruff_cache .pytest_cache .hypothesis
