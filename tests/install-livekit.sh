#!/usr/bin/env bash
# A real LiveKit server for the tests, built by Go when there is none of this version yet. tests/support/livekit.py finds it.
set -euo pipefail
cd "$(dirname "$0")/.."

version=1.13.5
go_at_least=26
folder="$PWD/.venv/go/bin"

go="$(command -v go || true)"
[ -z "$go" ] && [ -x /usr/local/go/bin/go ] && go=/usr/local/go/bin/go

for place in "$folder" "${GOBIN:-}" "$HOME/go/bin"; do
    if [ -n "$place" ] && "$place/server" --version 2>/dev/null | grep -qx "livekit-server version $version"; then exit 0; fi
done

how="To have them: install Go 1.$go_at_least or newer (https://go.dev/dl), then make test again."
if [ -z "$go" ]; then
    echo "There is no Go here, so no LiveKit server: the tests that need one are skipped. $how"
    exit 0
fi
found="$("$go" env GOVERSION)"
minor="$(sed -En 's/^go1\.([0-9]+).*/\1/p' <<<"$found")"
if [ "${minor:-0}" -lt "$go_at_least" ]; then
    echo "$found is too old for LiveKit $version: the tests that need its server are skipped. $how"
    exit 0
fi

package="github.com/livekit/livekit-server/cmd/server@v$version"
echo "Building LiveKit $version ..."
mkdir -p "$folder"
if ! GOBIN="$folder" "$go" install "$package"; then
    echo "The tests need LiveKit's server, which could not be built here. Run this, then make test again:" >&2
    echo "    GOBIN='$folder' $go install $package" >&2
    exit 1
fi
