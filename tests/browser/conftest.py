"""Chromium from Debian, driven by Playwright."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.support.player import Player
from tests.support.server import Server

QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
QUIET += ["--disable-background-networking", "--disable-component-update"]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = shutil.which("chromium")
    assert path, "Chromium is missing: `make test` installs it"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield chromium
        chromium.close()


@pytest.fixture
def player(browser: Browser, demo_server: Server) -> Iterator[Player]:
    """The demo server's page, fresh."""
    demo_server.wait_until_playable(3)
    context = browser.new_context(viewport={"width": 1280, "height": 800}, color_scheme="dark")
    yield Player(context.new_page(), demo_server)
    context.close()
