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
JOBS ?= 3
REFEREES := .tmp/referees
AUDIT := .tmp/audit
AIMOCK := @copilotkit/aimock@1.43.0

.PHONY: help chat test lint types contracts unit fuzz torture bench referees test-referees screenshots recording docs lock audit clean

help:
	@echo "make chat         set up everything and talk to the embedded model"
	@echo "make test         lint, types, import contracts and the test suite"
	@echo "make bench        performance, as ratios within one run"
	@echo "make fuzz         the fuzz tests at full count"
	@echo "make torture      the kill -9 tests at full count"
	@echo "make test-referees our servers and our client judged by programs of others (SDKs, llmock, aimock)"
	@echo "make screenshots  the pictures of README and docs"
	@echo "make recording    the README's moving picture; CAST=FILE writes it for asciinema, too"
	@echo "make docs         the generated parts of the documentation"
	@echo "make lock         renew the lock files"
	@echo "make audit        known weaknesses of the locked packages; needs a network"

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

# Hundreds of tests start `parley`: compiling it once halves what they take.
unit: $(VENV)/.dev
	@$(BIN)/parley local install $(MODEL) --if-missing
	@unset PYTHONDONTWRITEBYTECODE; $(BIN)/pytest -n $(JOBS) --dist loadfile $(TESTS)

fuzz: $(VENV)/.dev
	@PARLEY_FUZZ=$${PARLEY_FUZZ:-100000} $(BIN)/pytest --timeout 3600 $$(grep -rlE 'PARLEY_FUZZ|\bFUZZ\b|chopping import' tests --include='test_*.py')

torture: $(VENV)/.dev
	@$(PY) -m tests.torture --rounds 1000

# Programs that nobody here wrote: they judge our servers and our client, each in a throw-away folder of its own.
referees: $(REFEREES)/sdks/.installed $(REFEREES)/sdks-anthropic-2/.installed $(REFEREES)/llmock/.installed $(REFEREES)/aimock/.installed

$(REFEREES)/aimock/.installed:
	@mkdir -p $(@D)
	@if command -v node >/dev/null && command -v npm >/dev/null; then echo "Installing $(AIMOCK) ..."; \
	npm install --prefix $(@D) --no-save --ignore-scripts --no-audit --no-fund --loglevel=error $(AIMOCK) >&2 && touch $@; \
	else echo "Node and npm are not there: the tests with aimock will be skipped" >&2; fi

$(REFEREES)/%/.installed: requirements/referees/%.lock | $(PY)
	@echo "Installing the referees of $< ..."
	@rm -rf $(@D)
	@$(PY) -m venv $(@D)
	@$(@D)/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes -r $<
	@touch $@

test-referees: $(VENV)/.dev referees
	@$(BIN)/parley local install $(MODEL) --if-missing
	@PARLEY_REFEREES=$(CURDIR)/$(REFEREES) $(BIN)/pytest tests/referees -v -rs

# Needs a network: known weaknesses are asked for by name and version. Whatever cannot be looked up is a failure.
audit: $(AUDIT)/.installed
	@for lock in run dev; do $(AUDIT)/bin/pip-audit --strict --require-hashes --disable-pip --progress-spinner off \
		-r requirements/$$lock.lock || exit 1; done

$(AUDIT)/.installed: requirements/audit.lock | $(PY)
	@rm -rf $(@D)
	@$(PY) -m venv $(@D)
	@$(@D)/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes -r $<
	@touch $@

bench: $(VENV)/.dev
	@missed=0; for part in decoding start_bench transcript_bench columns_bench compare_bench parameters_bench sessions_bench; do \
	$(PY) -m benchmarks.$$part --write $(BENCH) || missed=$$((missed + 1)); done; $(PY) docs/generate.py; \
	test $$missed = 0 || echo "$$missed of 7 benchmarks missed a goal; see docs/performance.md"

screenshots: $(VENV)/.dev
	@$(BIN)/parley local install $(MODEL) --if-missing
	@$(PY) docs/make_pictures.py

recording: $(VENV)/.dev
	@$(PY) docs/make_recording.py $(CAST:%=--cast %)

docs: $(VENV)/.dev
	@$(PY) docs/generate.py
	@$(PY) docs/generate_schema.py

lock: $(PY)
	@$(PIP) install uv
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
		--no-annotate --no-header --upgrade pyproject.toml --extra local --group build -o requirements/run.lock
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
		--no-annotate --no-header --upgrade pyproject.toml --extra local --extra serve --group dev -c requirements/run.lock -o requirements/dev.lock
	@for name in referees/sdks referees/sdks-anthropic-2 referees/llmock audit; do $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-emit-find-links --no-annotate --no-header --upgrade \
		requirements/$$name.in -o requirements/$$name.lock; done

clean:
	@rm -rf $(VENV) $(REFEREES) $(AUDIT) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis
