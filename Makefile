# What one does with this folder. Everything is installed into .venv; the system's Python is left alone.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help run test check bench clean

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo '  PYTHON=python3.12 names another Python, ARGS="list" gives puna arguments'

run: $(VENV)/.installed ## Install what is missing into .venv and start puna
	@echo "Starting $(BIN)/puna $(ARGS)"
	@$(BIN)/puna $(ARGS)

test: check ## Install what is missing into .venv, then lint, check types and imports, and run the tests
	$(BIN)/pytest --numprocesses=4 --dist=worksteal --ignore=tests/bench --ignore=tests/e2e
	$(BIN)/pytest tests/bench tests/e2e

check: $(VENV)/.installed-dev ## Lint, check formatting, types and imports
	@echo "Checking with ruff, mypy and import-linter"
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.installed-dev ## Measure
	$(BIN)/pytest -m bench tests/bench -s

clean: ## Remove .venv and what tools left behind
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.created:
	@command -v "$(PYTHON)" >/dev/null || { \
	  echo "There is no $(PYTHON); name a Python of 3.11 or newer: make run PYTHON=/path/to/python" >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Puna needs Python 3.11 or newer and $(PYTHON) is $$("$(PYTHON)" -V 2>&1); name another: make run PYTHON=python3.12" >&2; \
	  exit 1; }
	@echo "Making the virtual environment $(VENV) with $$("$(PYTHON)" -V)"
	@"$(PYTHON)" -m venv $(VENV) || { \
	  echo "$(PYTHON) cannot make virtual environments; on Debian and Ubuntu install the package python3-venv" >&2; exit 1; }
	@touch $@

$(VENV)/.installed: pyproject.toml constraints.txt | $(VENV)/.created
	@echo "Installing puna and what it needs into $(VENV) (some minutes the first time)"
	@$(PIP) --editable .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml constraints.txt | $(VENV)/.created
	@echo "Installing puna, what it needs and the tools of its tests into $(VENV) (some minutes the first time)"
	@$(PIP) --editable '.[dev,clients]'
	@touch $(VENV)/.installed $@
