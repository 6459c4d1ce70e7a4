#!/usr/bin/env bash
# All static checks; stops at the first that fails.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=.venv/bin

echo "-- ruff"
$bin/ruff check --quiet .
$bin/ruff format --check --quiet .
echo "-- mypy"
$bin/mypy
echo "-- import-linter"
$bin/lint-imports --no-cache
echo "-- codespell"
$bin/codespell
cd web
echo "-- tsc"
npm run --silent check
echo "-- eslint"
npm run --silent lint
