#!/usr/bin/env bash
# The programs that the tests use: installed from Debian when missing; where that is impossible, the exact command.
set -euo pipefail

missing=()
command -v ffmpeg >/dev/null && command -v ffprobe >/dev/null || missing+=(ffmpeg)
for program in chromium curl mpv icecast2 liquidsoap; do
    command -v "$program" >/dev/null || missing+=("$program")
done
command -v fc-list >/dev/null && [ -n "$(fc-list 2>/dev/null | head -1)" ] || missing+=(fontconfig fonts-dejavu-core)
[ ${#missing[@]} -eq 0 ] && exit 0

install="apt-get install -y --no-install-recommends ${missing[*]}"
if command -v apt-get >/dev/null && [ "$(id -u)" -eq 0 ]; then
    echo "Installing ${missing[*]} ..."
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq && $install -qq >/dev/null && exit 0
elif command -v apt-get >/dev/null && command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    echo "Installing ${missing[*]} ..."
    sudo -n apt-get update -qq && sudo -n env DEBIAN_FRONTEND=noninteractive $install -qq >/dev/null && exit 0
fi
echo "The tests need ${missing[*]}, which could not be installed here. Run this, then make test again:" >&2
echo "    sudo apt-get update && sudo $install" >&2
exit 1
