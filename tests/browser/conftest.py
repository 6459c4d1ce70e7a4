"""Chromium from Debian, driven by Playwright."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from functools import partial

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tests.support.demo import demo_in
from tests.support.guest import Guest, entertained, made
from tests.support.player import Player
from tests.support.server import Server

QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
QUIET += ["--disable-background-networking", "--disable-component-update"]


def executable() -> str:
    """Chromium; where there is one, its build without windows and menus, which takes a third less time."""
    path = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    assert path, "Chromium is missing: `make test` installs it"
    return path


@pytest.fixture(scope="session")
def demo_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """As elsewhere, without Python's development mode, which costs as much as the browser. Shared."""
    server = demo_in(tmp_path_factory.mktemp("demo"))
    yield server
    server.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable(), args=QUIET)
        # Without a GPU, a landscape that moves takes half a core from everything else; one test looks at it.
        vars(chromium)["new_context"] = partial(chromium.new_context, reduced_motion="reduce")
        yield chromium
        chromium.close()


@pytest.fixture
def player(browser: Browser, demo_server: Server) -> Iterator[Player]:
    """The demo server's page, fresh."""
    demo_server.wait_until_playable(3)
    context = browser.new_context(viewport={"width": 1280, "height": 800}, color_scheme="dark")
    yield Player(context.new_page(), demo_server)
    context.close()


@pytest.fixture
def context(browser: Browser, demo_server: Server) -> Iterator[BrowserContext]:
    """A fresh profile for pages of the demo server; the sessions that a test makes end with it."""
    demo_server.wait_until_playable(3)
    context = browser.new_context(viewport={"width": 1280, "height": 800}, color_scheme="dark")
    yield context
    for session in demo_server.get("/api/session/list")[1]["sessions"]:
        if session["type"] != "master":
            context.request.delete(f"{demo_server.url}/api/session/{session['sessionId']}")
    context.close()


Open = Callable[[str], Player]


@pytest.fixture
def open_page(context: BrowserContext, demo_server: Server) -> Open:
    """Opens a session's page in a tab of its own."""
    return lambda session: Player(context.new_page(), demo_server, session)


@pytest.fixture
def make(context: BrowserContext, demo_server: Server) -> Callable[..., None]:
    """Makes a named session, or with ``following`` a follower."""

    def make_one(name: str, following: str = "") -> None:
        body = {"sessionName": following, "followerName": name} if following else {"sessionName": name}
        kind = "follow" if following else "create"
        answer = context.request.post(f"{demo_server.url}/api/session/{kind}", data=body)
        assert answer.status == 201, answer.text()

    return make_one


Come = Callable[..., Guest]


@pytest.fixture
def links(demo_server: Server, context: BrowserContext) -> dict[str, str]:
    return made(demo_server, context, "attic")


@pytest.fixture
def come(browser: Browser, demo_server: Server, links: dict[str, str]) -> Iterator[Come]:
    """Lets somebody in by the link of a role."""
    with entertained() as guests:

        def come_one(name: str, role: str = "collaborator", width: int = 1400, height: int = 900) -> Guest:
            guest = Guest(browser, demo_server, width, height)
            guests.append(guest)
            guest.follow(links[role], name)
            return guest

        yield come_one
