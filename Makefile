# Two commands matter: `make run` and `make test`. Both set up all they need, with uv if it is here.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
PORT   ?= 8501
UV     := $(shell command -v uv 2>/dev/null)
PRESET ?= t4
PIP    := $(if $(UV),$(UV) pip install --quiet --python $(BIN)/python,$(BIN)/python -m pip install --quiet --disable-pip-version-check)

.DEFAULT_GOAL := help
.PHONY: help venv install install-gpu run test test-slow lint format train modal-dry-1 modal-dry-10 modal-train export validate dataset-check clean

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; name it: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@echo "Making $(VENV)"
	@$(if $(UV),$(UV) venv --quiet --seed --python $(PYTHON) $(VENV),$(PYTHON) -m venv $(VENV))

$(VENV)/.workbench: requirements.txt pyproject.toml | $(BIN)/python
	@echo "Installing the workbench (a few minutes the first time)"
	@$(PIP) -r requirements.txt
	@$(PIP) --no-deps -e .
	@touch $@

$(VENV)/.development: requirements-dev.txt $(VENV)/.workbench
	@echo "Installing what tests and checks need"
	@$(PIP) -r requirements-dev.txt
	@touch $@

# Tiny models are really trained in the tests. pip itself, even where uv is: pip takes the CPU build of
# torch where the index offers one, uv takes gigabytes of CUDA. What install-gpu installed stays.
$(VENV)/.training: requirements-train-cpu.txt requirements-export.txt $(VENV)/.workbench
	@echo "Installing what training a tiny model on the processor needs"
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PIP) pip
	@[ -e $(VENV)/.training-gpu ] || \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-train-cpu.txt
	@touch $@

$(VENV)/.training-gpu: requirements-gpu.txt requirements-export.txt $(VENV)/.workbench
	@echo "Installing what training on an NVIDIA GPU needs (several GB)"
	@$(PIP) -r requirements-gpu.txt
	@touch $@

venv: $(BIN)/python ## make the virtual environment (.venv)

install: $(VENV)/.workbench ## install the workbench into it

install-gpu: $(VENV)/.training-gpu ## add what training on an NVIDIA GPU needs (several GB)

run: install ## open the workbench in the browser
	@if [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ] || [ "$$(uname)" = Darwin ]; then \
		(sleep 2; $(BIN)/python -m webbrowser http://127.0.0.1:$(PORT) >/dev/null 2>&1) & \
	fi; $(BIN)/streamlit run app/main.py --server.port $(PORT)

test: $(VENV)/.development $(VENV)/.training ## run the tests (needs Chromium on the PATH)
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n 3 --dist loadscope --no-loadscope-reorder

test-slow: $(VENV)/.development $(VENV)/.training ## kill storms, crowds and long fuzzing
	@$(BIN)/python -m pytest -m slow --timeout 900
	@HYPOTHESIS_PROFILE=thorough $(BIN)/python -m pytest -m "hypothesis and not slow" -n 2 --timeout 900

lint: $(VENV)/.development ## ruff, mypy, spelling, the notebook
	@$(BIN)/ruff check .
	@$(BIN)/typos
	@$(BIN)/python scripts/check_notebook.py
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

format: $(VENV)/.development ## let ruff mend what it can
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

train: install $(if $(filter smoke,$(PRESET)),$(VENV)/.training) ## train; PRESET=t4, a10g, text or smoke (no GPU), ARGS="--name x"
	@$(BIN)/ghost train --preset $(PRESET) $(ARGS)

# A machine by the minute at Modal: docs/modal.md. The dry runs go the whole way with 1 and 10 steps.
MODAL_PRESET ?= a10g
GPU ?= A10G
MODAL_DRY = --set warmup_steps=0 --set validation_limit=1 --set eval_screens=1 --hours 1

$(VENV)/.modal: requirements-modal.txt $(VENV)/.workbench
	@$(PIP) -r requirements-modal.txt
	@touch $@

modal-dry-1: $(VENV)/.modal ## one training step on a rented GPU, the whole way; GPU=A10G, MODAL_PRESET=a10g
	@$(BIN)/ghost train --on modal --gpu $(GPU) --preset $(MODAL_PRESET) --name dry-1 --set max_steps=1 $(MODAL_DRY) $(ARGS)

modal-dry-10: $(VENV)/.modal ## ten steps there
	@$(BIN)/ghost train --on modal --gpu $(GPU) --preset $(MODAL_PRESET) --name dry-10 --set max_steps=10 $(MODAL_DRY) $(ARGS)

modal-train: $(VENV)/.modal ## train there; GPU=A10G, MODAL_PRESET=a10g, ARGS="--hours 6"
	@$(BIN)/ghost train --on modal --gpu $(GPU) --preset $(MODAL_PRESET) $(ARGS)

export: $(if $(RUN),$(VENV)/.training) ## files of a run's adapter: RUN=id, QUANT="q4_k_m q8_0", ARGS="--ollama x"
	@$(if $(RUN),,echo "Name the run: make export RUN=id (ghost runs list shows them)"; exit 2)
	@$(BIN)/ghost export $(RUN) $(foreach form,$(QUANT),--quant $(form)) $(ARGS)

validate: install ## what this machine has, and whether it can train
	@$(BIN)/ghost doctor

DATASETS := data/dataset_vision.json data/pairs.jsonl data/validation_set/pairs.jsonl data/dataset.json

dataset-check: install ## judge every example of the shipped datasets
	@failed=0; for file in $(DATASETS); do \
		if [ -f "$$file" ]; then $(BIN)/ghost data check "$$file" || failed=1; \
		else echo "$$file: not there"; failed=1; fi; \
	done; exit $$failed

clean: ## remove caches and build leftovers (no data, no .venv)
	@rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist *.egg-info
	@find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +
