"""Sessions in a real browser: named ones, followers, and what concerns everybody in one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Open
from tests.support.player import Player
from tests.support.server import Server, StartServer


def wait_for_where(player: Player, where: str, limit_s: float = 30) -> None:
    player.wait(f"document.querySelector('[data-testid=gone]')?.dataset.where === {where!r}", limit_s)


def commands(page: Page) -> list[str]:
    """Collects what the page asks the server to do from now on."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.method != "GET" else None)
    return asked


def test_a_named_session_has_a_page_of_its_own(open_page: Open, make: Callable[..., None]) -> None:
    make("kitchen")
    player = open_page("kitchen")
    player.shows("session-name", "kitchen")
    assert player.page.title() == "kitchen · Drift"
    expect(player.page.get_by_test_id("following")).to_have_count(0)
    player.press("play")
    player.wait_for_sound()
    player.shows("listeners", "1 listener")
    player.press("home")
    player.page.get_by_test_id("card").first.wait_for()
    assert not player.complaints


def test_a_follower_is_told_so_and_cannot_command(open_page: Open, make: Callable[..., None]) -> None:
    make("kitchen")
    make("tv", following="kitchen")
    player = open_page("tv")
    badge = player.page.get_by_test_id("following")
    expect(badge).to_have_text("[FOLLOWING: kitchen]")
    expect(badge).to_have_attribute("href", "/session/kitchen")
    player.wait("document.querySelectorAll('[data-testid=axis]').length >= 2")
    assert "read-only" in player.text("read-only").lower()
    why = "You are following kitchen: only its own page can steer."
    for control in ("skip", "search", "progress"):
        button = player.page.get_by_test_id(control)
        expect(button).to_have_attribute("aria-disabled", "true")
        expect(button).to_have_attribute("title", why)
        described_by = button.get_attribute("aria-describedby")
        expect(player.page.locator(f"#{described_by}")).to_have_text(why)
    expect(player.page.locator("[data-testid^=direction-]:not([aria-disabled=true])")).to_have_count(0)
    asked = commands(player.page)
    for key in ("n", "1", "/"):
        player.page.keyboard.press(key)
        player.wait_for_text("toast", why)
        player.wait("!document.querySelector('[data-testid=toast]').textContent", 10)
    for control in (
        "[data-testid=skip]",
        "[data-testid^=direction-]:not([disabled])",
        "[data-testid=progress]",
    ):
        player.page.locator(control).first.click(force=True)
    player.page.wait_for_timeout(300)
    assert asked == []
    player.press("play")
    player.wait_for_sound()
    assert not player.complaints


def test_a_deleted_session_says_so_and_comes_back(
    open_page: Open, make: Callable[..., None], context: BrowserContext, demo_server: Server
) -> None:
    make("kitchen")
    player = open_page("kitchen")
    player.press("play")
    player.wait_for_sound()
    assert context.request.delete(f"{demo_server.url}/api/session/kitchen").ok
    wait_for_where(player, "ended")
    player.mentions("gone", "This session has ended (deleted).")
    player.shows("connection", "session ended")
    player.wait("document.getElementById('player').paused")
    expect(player.page.get_by_test_id("go-home")).to_have_attribute("href", "/")
    make("kitchen")
    player.wait("document.querySelector('[data-testid=title]')?.textContent.trim()")
    player.press("play")
    player.wait_for_sound()


def test_a_follower_waits_for_its_session(
    open_page: Open, make: Callable[..., None], context: BrowserContext, demo_server: Server
) -> None:
    make("kitchen")
    make("tv", following="kitchen")
    player = open_page("tv")
    player.press("play")
    player.wait_for_sound()
    assert context.request.delete(f"{demo_server.url}/api/session/kitchen").ok
    wait_for_where(player, "waiting")
    player.mentions("gone", "Waiting for kitchen")
    player.page.reload()
    wait_for_where(player, "waiting")
    player.shows("following", "[FOLLOWING: kitchen]")
    player.press("play")
    make("kitchen")
    player.wait("window.drift.player.state === 'playing'")
    player.wait_for_sound()
    player.shows("connection", "live")


def test_it_recovers_from_a_restart_of_the_server(
    context: BrowserContext, start_server: StartServer, demo_tracks: Path
) -> None:
    first = start_server("--library", str(demo_tracks))
    first.wait_until_playable(4)
    assert context.request.post(f"{first.url}/api/session/create", data={"sessionName": "kitchen"}).ok
    assert context.request.post(
        f"{first.url}/api/session/follow", data={"sessionName": "kitchen", "followerName": "tv"}
    ).ok
    pages = [Player(context.new_page(), first, session) for session in ("kitchen", "tv")]
    for player in pages:
        player.press("play")
        player.wait_for_sound()
    titles = [player.text("title") for player in pages]
    first.interrupt()
    for player in pages:
        player.wait("document.querySelector('[data-testid=connection]').textContent.trim() !== 'live'")
    again = start_server("--library", str(demo_tracks), port=first.port)
    for player, title in zip(pages, titles, strict=True):
        player.wait("document.querySelector('[data-testid=connection]').textContent.trim() === 'live'", 60)
        player.wait_for_sound()
        expect(player.page.get_by_test_id("gone")).to_have_count(0)
        assert player.text("title") == title
        assert player.steadily_for(2)
    announced = pages[0].text("next-title")
    pages[0].hear_skip()
    pages[1].wait_for_text("title", announced)
    again.close()


def test_a_session_that_is_not_there_can_be_made(open_page: Open) -> None:
    player = open_page("attic")
    wait_for_where(player, "missing")
    player.mentions("gone", "There is no such session.")
    player.press("create-it")
    player.wait("document.querySelector('[data-testid=title]')?.textContent.trim()")
    player.shows("session-name", "attic")


def test_pausing_is_for_everybody(open_page: Open, make: Callable[..., None]) -> None:
    make("kitchen")
    player, other = open_page("kitchen"), open_page("kitchen")
    player.press("play")
    player.wait_for_sound()
    player.press("session")
    player.press("pause")
    other.wait_for_text("how", "Paused for everybody")
    other.wait_for_text("connection", "paused")
    player.page.keyboard.press("Escape")
    player.wait("window.drift.player.energy() < 0.0001")
    player.page.wait_for_timeout(500)
    stood = player.text("elapsed")
    player.page.wait_for_timeout(2000)
    assert player.text("elapsed") == stood
    other.press("resume")
    player.wait_for_text("how", "Now playing")
    player.wait("window.drift.player.energy() > 0.005")
    assert not player.complaints


def test_a_session_gets_another_name(open_page: Open, make: Callable[..., None]) -> None:
    make("kitchen")
    make("tv", following="kitchen")
    player, follower = open_page("kitchen"), open_page("tv")
    player.press("session")
    player.page.get_by_test_id("rename-field").fill("The Kitchen")
    player.page.keyboard.press("Enter")
    player.wait_for_text("session-name", "The Kitchen")
    follower.wait_for_text("following", "[FOLLOWING: The Kitchen]")
    follower.shows("session-name", "tv")


def test_starting_over_and_ending_ask_first(open_page: Open, make: Callable[..., None]) -> None:
    make("kitchen")
    player = open_page("kitchen")
    asked = commands(player.page)
    player.press("session")
    player.press("reset")
    player.page.wait_for_timeout(200)
    assert asked == []
    player.press("reset")
    player.wait_for_text("toast", "A new journey begins.")
    player.press("session")
    player.press("delete")
    player.shows("delete", "Delete: sure?")
    player.press("delete")
    wait_for_where(player, "ended")
