#!/usr/bin/env bash
# The programs that the tests use: installed from Debian when missing; where that is impossible, the exact command.
set -euo pipefail

has() { command -v "$1" >/dev/null; }

missing=()
has ffmpeg && has ffprobe || missing+=(ffmpeg)
for program in curl mpv icecast2 liquidsoap; do
    has "$program" || missing+=("$program")
done
has fc-list && [ -n "$(fc-list 2>/dev/null | head -1)" ] || missing+=(fontconfig fonts-dejavu-core)

as_root=()
[ "$(id -u)" -eq 0 ] || as_root=(sudo -n)
can_install=false
if has apt-get && "${as_root[@]}" true 2>/dev/null; then can_install=true; fi

if $can_install && { [ ${#missing[@]} -gt 0 ] || ! has chromium-headless-shell; }; then
    "${as_root[@]}" apt-get update -qq || true
fi

# Chromium without windows takes a third less time to test with; not every Debian has it apart.
if ! has chromium-headless-shell; then
    if $can_install && apt-cache show chromium-headless-shell >/dev/null 2>&1; then
        missing+=(chromium-headless-shell)
    elif ! has chromium; then
        missing+=(chromium)
    fi
fi
[ ${#missing[@]} -eq 0 ] && exit 0

install="apt-get install -y --no-install-recommends ${missing[*]}"
if $can_install; then
    echo "Installing ${missing[*]} ..."
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive $install -qq >/dev/null && exit 0
fi
[ "${missing[*]}" = chromium-headless-shell ] && has chromium && exit 0
echo "The tests need ${missing[*]}, which could not be installed here. Run this, then make test again:" >&2
echo "    sudo apt-get update && sudo $install" >&2
exit 1
