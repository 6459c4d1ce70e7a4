#!/usr/bin/env bash
# Real music for the tests: free game soundtracks from Debian's archive, unpacked outside of this tree.
set -euo pipefail

cache="${XDG_CACHE_HOME:-$HOME/.cache}/drift-tests"
packages=(frozen-bubble-data asc-music)
mkdir -p "$cache"
for package in "${packages[@]}"; do
    [ -f "$cache/$package.ok" ] && continue
    echo "Fetching the music of $package ..."
    rm -rf "${cache:?}/$package" && mkdir -p "$cache/$package"
    if ! (cd "$cache/$package" && { apt-get download -qq "$package" 2>/dev/null ||
            { [ "$(id -u)" -eq 0 ] && apt-get update -qq && apt-get download -qq "$package"; }; } &&
            dpkg -x ./*.deb . && rm ./*.deb); then
        echo "The tests need the music of Debian's package $package. Run this, then make test again:" >&2
        echo "    sudo apt-get update && cd '$cache/$package' && apt-get download $package && dpkg -x *.deb . && touch ../$package.ok" >&2
        exit 1
    fi
    touch "$cache/$package.ok"
done
