# Every target does its own set-up. `make chat` and `make test` are the two to know.
SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
PY := $(BIN)/python
PIP := $(PY) -m pip --disable-pip-version-check --quiet
# The first Python of 3.11 or later on the PATH; `make PYTHON=... chat` chooses another.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
MODEL := smollm2-135m
JOBS ?= 2

.PHONY: help chat test lint types contracts unit fuzz torture bench referees test-referees screenshots docs lock clean

help:
	@echo "make chat         set up everything and talk to the embedded model"
	@echo "make test         lint, types, import contracts and the test suite"
	@echo "make bench        performance, as ratios within one run"
	@echo "make fuzz         the fuzz tests at full count"
	@echo "make torture      the kill -9 tests at full count"
	@echo "make screenshots  the README's pictures"
	@echo "make lock         renew the lock files"

$(PY):
	@test -n "$(PYTHON)" || { echo "Parley needs Python 3.11 or later; install it, or name one: make PYTHON=/path/to/python3 chat" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "$(PYTHON) could not make a virtual environment; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }

# Building the package itself needs no network: the build backend is in the lock files.
$(VENV)/.run: requirements/run.lock pyproject.toml | $(PY)
	@echo "Installing locked dependencies ..."
	@$(PIP) install --require-hashes -r requirements/run.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements/dev.lock pyproject.toml | $(PY)
	@echo "Installing locked dependencies and tools ..."
	@$(PIP) install --require-hashes -r requirements/dev.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/.run

chat: $(VENV)/.run
	@$(BIN)/parley local install $(MODEL) --if-missing
	@if [ -t 0 ] && [ -t 1 ]; then exec $(BIN)/parley -m local/default; \
	else exec $(BIN)/parley ask -m local/default $${PROMPT:+"$$PROMPT"}; fi

test: lint types contracts unit

lint: $(VENV)/.dev
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .

types: $(VENV)/.dev
	@$(BIN)/mypy

contracts: $(VENV)/.dev
	@$(BIN)/lint-imports

unit: $(VENV)/.dev
	@$(BIN)/parley local install $(MODEL) --if-missing
	@$(BIN)/pytest -n $(JOBS) --dist loadfile

lock: $(PY)
	@$(PIP) install uv
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
		--no-annotate --no-header --upgrade pyproject.toml --extra local --group build -o requirements/run.lock
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
		--no-annotate --no-header --upgrade pyproject.toml --extra local --group dev -c requirements/run.lock -o requirements/dev.lock

clean:
	@rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis
