#!/usr/bin/env bash
# Everything that `make test` runs, cheapest first.
set -euo pipefail
cd "$(dirname "$0")/.."

./tests/lint.sh
echo "-- vitest";      (cd web && npm run --silent test)
echo "-- unit";        .venv/bin/pytest -q -n 2 --dist loadgroup tests/unit
echo "-- integration"; .venv/bin/pytest -q tests/integration
echo "-- browser";     .venv/bin/pytest -q tests/browser
