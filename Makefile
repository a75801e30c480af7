# Two commands matter: `make run` and `make test`. Both set up all they need, with uv if it is here.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
PORT   ?= 8501
UV     := $(shell command -v uv 2>/dev/null)
PIP    := $(if $(UV),$(UV) pip install --quiet --python $(BIN)/python,$(BIN)/python -m pip install --quiet --disable-pip-version-check)

.DEFAULT_GOAL := help
.PHONY: help venv install run test test-slow lint format validate dataset-check clean

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; name it: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@echo "Making $(VENV)"
	@$(if $(UV),$(UV) venv --quiet --python $(PYTHON) $(VENV),$(PYTHON) -m venv $(VENV))

$(VENV)/.workbench: requirements.txt pyproject.toml | $(BIN)/python
	@echo "Installing the workbench (a few minutes the first time)"
	@$(PIP) -r requirements.txt
	@$(PIP) --no-deps -e .
	@touch $@

$(VENV)/.development: requirements-dev.txt $(VENV)/.workbench
	@echo "Installing what tests and checks need"
	@$(PIP) -r requirements-dev.txt
	@touch $@

venv: $(BIN)/python ## make the virtual environment (.venv)

install: $(VENV)/.workbench ## install the workbench into it

run: install ## open the workbench in the browser
	@if [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ] || [ "$$(uname)" = Darwin ]; then \
		(sleep 2; $(BIN)/python -m webbrowser http://127.0.0.1:$(PORT) >/dev/null 2>&1) & \
	fi; $(BIN)/streamlit run app/main.py --server.port $(PORT)

test: $(VENV)/.development ## run the tests (needs Chromium on the PATH)
	@$(BIN)/python -m pytest -n 2 --dist loadscope

test-slow: $(VENV)/.development ## kill storms, crowds and long fuzzing
	@$(BIN)/python -m pytest -m slow --timeout 900

lint: $(VENV)/.development ## ruff and mypy
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

format: $(VENV)/.development ## let ruff mend what it can
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

validate: install ## look at what this machine has
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
