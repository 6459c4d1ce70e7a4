"""All sessions' page in a real browser: see them, make one, follow one."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tests.support.player import Player
from tests.support.server import Server


@pytest.fixture
def home(context: BrowserContext, demo_server: Server) -> Player:
    return Player(context.new_page(), demo_server, "")


def names(server: Server) -> list[str]:
    return [session["sessionId"] for session in server.get("/api/session/list")[1]["sessions"]]


def card(home: Player, session: str) -> str:
    return f"[data-testid=card][data-session={session}]"


def test_it_shows_what_is_on_air(home: Player, context: BrowserContext, demo_server: Server) -> None:
    assert context.request.post(f"{demo_server.url}/api/session/create", data={"sessionName": "attic"}).ok
    home.wait(f"document.querySelector({card(home, 'attic')!r})", 10)
    master = demo_server.get("/api/session/info?sessionId=master")[1]
    text = home.page.locator(card(home, "master")).inner_text()
    assert master["nowPlaying"]["title"] in text
    assert master["nowPlaying"]["artist"] in text
    home.page.locator(card(home, "attic")).get_by_test_id("open").click()
    home.page.get_by_test_id("session-name").wait_for()
    assert home.page.url.endswith("/session/attic")
    assert not home.complaints


def test_a_session_is_made_and_opened(home: Player, demo_server: Server) -> None:
    home.page.get_by_test_id("create-name").fill("Living Room")
    home.page.keyboard.press("Enter")
    home.page.get_by_test_id("session-name").wait_for()
    assert home.page.url.endswith("/session/living-room")
    assert "living-room" in names(demo_server)
    assert not home.complaints


def test_a_name_that_is_taken_leads_to_that_session(
    home: Player, context: BrowserContext, demo_server: Server
) -> None:
    assert context.request.post(f"{demo_server.url}/api/session/create", data={"sessionName": "attic"}).ok
    home.page.get_by_test_id("create-name").fill("Attic")
    home.press("create")
    home.press("open-instead")
    home.page.get_by_test_id("session-name").wait_for()
    assert home.page.url.endswith("/session/attic")


def test_a_bad_name_is_explained(home: Player, demo_server: Server) -> None:
    before = names(demo_server)
    home.page.get_by_test_id("create-name").fill("///")
    home.press("create")
    home.wait("document.querySelector('[data-testid=refusal]').textContent.length > 10")
    assert names(demo_server) == before


def test_a_session_is_followed(home: Player, context: BrowserContext, demo_server: Server) -> None:
    assert context.request.post(f"{demo_server.url}/api/session/create", data={"sessionName": "attic"}).ok
    home.wait(f"document.querySelector({card(home, 'attic')!r})", 10)
    home.page.locator(card(home, "attic")).get_by_test_id("follow").click()
    dialog = home.page.get_by_test_id("follow-dialog")
    expect(dialog.get_by_test_id("follow-target")).to_have_value("attic")
    dialog.get_by_test_id("follower-name").fill("tv")
    home.page.keyboard.press("Enter")
    home.page.get_by_test_id("following").wait_for()
    assert home.page.url.endswith("/session/tv")
    home.shows("following", "[FOLLOWING: attic]")


def test_a_link_makes_nothing_before_somebody_confirms(home: Player, demo_server: Server) -> None:
    home.page.goto(f"{demo_server.url}/?create=garden")
    dialog = home.page.get_by_test_id("create-dialog")
    dialog.wait_for()
    home.page.wait_for_timeout(300)
    assert "garden" not in names(demo_server)
    dialog.get_by_test_id("create").click()
    home.page.get_by_test_id("session-name").wait_for()
    assert home.page.url.endswith("/session/garden")
    home.page.goto(f"{demo_server.url}/?follow=garden")
    home.page.get_by_test_id("follow-dialog").wait_for()
    assert len(names(demo_server)) == 2
    home.press("follow-go")
    home.page.get_by_test_id("following").wait_for()


def test_it_says_that_the_server_is_away_and_recovers(home: Player) -> None:
    home.page.route("**/api/session/list", lambda route: route.abort())
    state = "document.querySelector('[data-testid=page-status]').textContent"
    home.wait(f"{state}.includes('cannot be reached')")
    assert home.page.get_by_test_id("card").count() >= 1
    home.page.unroute_all()
    home.wait(f"{state}.includes('on air')")


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("size", [(360, 640), (390, 844), (1280, 800)])
def test_it_fits(browser: Browser, demo_server: Server, size: tuple[int, int], scheme: str) -> None:
    width, height = size
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme="dark" if scheme == "dark" else "light"
    )
    home = Player(context.new_page(), demo_server, "")
    assert home.page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
    ) == [width, height]
    for control in ("create-name", "create", "theme", "home"):
        box = home.page.get_by_test_id(control).first.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
    assert not home.complaints
    context.close()
