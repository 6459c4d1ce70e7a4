# Two commands do everything: `make run` and `make test`. See README.md.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PEERS := $(VENV)/peers
LIBRARY ?=
ARGS ?=
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help setup run test lint bench bench-music soak clean system-tools music livekit

help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

setup: $(BIN)/drift web/dist/index.html ## Make .venv with Drift in it, and build the browser client

run: setup ## Start the radio; LIBRARY=~/Music plays your own, ARGS="--port 8000" adds flags
	@$(BIN)/drift serve $(if $(LIBRARY),--library "$(LIBRARY)") $(ARGS)

test: setup system-tools $(VENV)/.dev music livekit ## Install what the tests need, then check and test everything
	@./tests/all.sh

lint: setup $(VENV)/.dev ## ruff, mypy, import-linter, codespell, eslint, tsc
	@./tests/lint.sh

bench: setup $(VENV)/.bench ## Measure; tables on screen, JSON in benchmarks/results
	@$(BIN)/python benchmarks/run.py $(ARGS)

bench-music: setup $(VENV)/.bench $(PEERS)/.done ## Measure the analysis, the directions and the transitions
	@DRIFT_BENCH_PEERS=$(CURDIR)/$(PEERS)/bin/python $(BIN)/python benchmarks/run.py $(or $(ARGS),music)

soak: setup $(VENV)/.bench ## Play for hours of virtual and minutes of real time; fails when memory grows
	@$(BIN)/python benchmarks/run.py soak $(ARGS)

clean: ## Remove everything that was built
	rm -rf $(VENV) web/dist web/node_modules .mypy_cache .ruff_cache .pytest_cache

# What stands behind them

system-tools:
	@./tests/system-tools.sh

music:
	@./tests/real-music.sh

livekit:
	@./tests/install-livekit.sh

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Drift needs Python 3.11 or newer; this is $$($(PYTHON) --version). Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(VENV) || { echo "Install the venv module first: sudo apt-get install python3-venv"; exit 1; }

$(BIN)/drift: $(VENV)/bin/python pyproject.toml drift/__init__.py
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/.dev: $(BIN)/drift
	$(BIN)/python -m pip install --quiet --editable '.[test,lint]'
	@touch $@

$(VENV)/.bench: $(VENV)/.dev
	$(BIN)/python -m pip install --quiet --editable '.[bench]'
	@touch $@

# What the analysis is measured against, apart: it wants an older numpy.
$(PEERS)/.done: $(VENV)/bin/python
	$(PYTHON) -m venv $(PEERS)
	$(PEERS)/bin/python -m pip install --quiet 'bliss-audio>=0.2' 'librosa>=0.11'
	@touch $@

web/node_modules/.package-lock.json: web/package.json web/package-lock.json
	@command -v npm >/dev/null || { echo "Drift's browser client needs Node.js 20 or newer (with npm)."; exit 1; }
	cd web && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

web/dist/index.html: web/node_modules/.package-lock.json web/index.html web/docs.html web/vite.config.ts web/tsconfig.json $(shell find web/src web/public -type f)
	cd web && npm run --silent build
	@touch $@
