# Two commands do everything: `make run` and `make test`. See README.md.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PEERS := $(VENV)/peers
LIBRARY ?=
ARGS ?=
TOGETHER := --no-print-directory --output-sync=target
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help setup run test lint bench bench-music soak clean
.PHONY: vitest unit integration browser long alone system-tools music livekit demo

help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

setup: $(BIN)/drift web/dist/index.html ## Make .venv with Drift in it, and build the browser client

run: setup ## Start the radio; LIBRARY=~/Music plays your own, ARGS="--port 8000" adds flags
	@$(BIN)/drift serve $(if $(LIBRARY),--library "$(LIBRARY)") $(ARGS)

test: ## Install what the tests need, then check and test everything
	@echo "Several things run at once; each one's output comes when it is done."
	@$(MAKE) $(TOGETHER) -j3 lint vitest music livekit demo
	@$(MAKE) $(TOGETHER) unit
	@$(MAKE) $(TOGETHER) -j2 integration browser
	@$(MAKE) $(TOGETHER) -j2 alone long

lint: setup $(VENV)/.dev ## ruff, mypy, import-linter, codespell, eslint, tsc
	@./tests/lint.sh

bench: setup $(VENV)/.bench ## Measure; tables on screen, JSON in benchmarks/results
	@$(BIN)/python benchmarks/run.py $(ARGS)

bench-music: setup $(VENV)/.bench $(PEERS)/.done ## Measure the analysis, the directions and the transitions
	@DRIFT_BENCH_PEERS=$(CURDIR)/$(PEERS)/bin/python $(BIN)/python benchmarks/run.py $(or $(ARGS),music)

soak: setup $(VENV)/.bench ## Play for hours of virtual and minutes of real time; fails when memory grows
	@$(BIN)/python benchmarks/run.py soak $(ARGS)

clean: ## Remove everything that was built
	rm -rf $(VENV) .make web/dist web/node_modules .mypy_cache .ruff_cache .pytest_cache

# What stands behind them

PYTEST := $(BIN)/pytest -q

vitest: web/node_modules/.package-lock.json
	@echo "-- vitest"; cd web && npm run --silent test

unit:
	@echo "-- unit"; $(PYTEST) -m "not long" -n 2 tests/unit

# These two wait for music to pass more than they work, so they run side by side; each module has servers of its own.
integration:
	@echo "-- integration"; $(PYTEST) -m "not alone" -n 2 --dist loadfile tests/integration

browser:
	@echo "-- browser"; $(PYTEST) -m "not alone" tests/browser

# What measures time mostly waits. What works for minutes gets that time, and gives it back at once: Linux has a policy for it.
YIELDING := $(shell chrt --idle 0 true 2>/dev/null && echo chrt --idle 0 || echo nice -n 19)
long:
	@echo "-- what takes long"; $(YIELDING) $(PYTEST) -m long tests/unit

# In this order: once Playwright's event loop has begun, no asynchronous test can begin another.
alone:
	@echo "-- what measures time"; $(PYTEST) -m alone tests/integration tests/browser

system-tools:
	@./tests/system-tools.sh

music: system-tools
	@./tests/real-music.sh

livekit:
	@./tests/install-livekit.sh

# The demo library takes a minute of work to make and to look at, and several of the tests' servers play it.
export DEMO_OF_TESTS := $(CURDIR)/.make/demo
demo: $(VENV)/.dev
	@rm -rf "$(DEMO_OF_TESTS)" && $(BIN)/python -m tests.support.demo "$(DEMO_OF_TESTS)"

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
