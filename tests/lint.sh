#!/usr/bin/env bash
# All static checks; stops at the first that fails.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=.venv/bin

step() { echo "-- $*"; }
step ruff;          $bin/ruff check --quiet . && $bin/ruff format --check --quiet .
step mypy;          $bin/mypy
step import-linter; $bin/lint-imports --no-cache --no-logo 2>/dev/null || $bin/lint-imports
step codespell;     $bin/codespell
step tsc;           (cd web && npm run --silent check)
step eslint;        (cd web && npm run --silent lint)
