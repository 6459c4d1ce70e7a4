"""The page in a real browser: press play, hear, see, skip."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.support.player import Player
from tests.support.server import REPOSITORY, Server, StartServer

SCREENSHOT = REPOSITORY / "web" / "screenshot.png"


def begin_a_track(player: Player, server: Server) -> None:
    """None ends by itself for a while now: what the server plays and what is heard are the same."""
    player.hear_skip()
    player.wait_for_text("title", server.hello()["nowPlaying"]["track"]["title"])


def test_play_is_heard_and_shown(player: Player, demo_server: Server) -> None:
    assert player.page.url.endswith("/session/master")
    player.press("play")
    player.wait_for_sound()
    begin_a_track(player, demo_server)
    before = player.time
    player.page.wait_for_timeout(1500)
    assert player.time > before + 1
    assert player.energy > 0.005
    player.shows("title", demo_server.hello()["nowPlaying"]["track"]["title"])
    player.shows("connection", "live")
    player.mentions("listeners", "listener")
    assert not player.complaints


def test_skip_changes_the_title_to_the_announced_one(player: Player, demo_server: Server) -> None:
    player.press("play")
    player.wait_for_sound()
    begin_a_track(player, demo_server)
    before, announced = player.text("title"), player.text("next-title")
    player.press("skip")
    player.wait(f"document.querySelector('[data-testid=title]').textContent !== {before!r}")
    player.shows("title", announced)
    assert demo_server.hello()["nowPlaying"]["track"]["title"] == announced
    assert not player.complaints


def test_progress_follows_what_is_heard(player: Player) -> None:
    player.press("play")
    player.wait_for_sound()
    at, heard = player.page.evaluate(
        "[document.getElementById('player').currentTime, window.drift.player.heardSample]"
    )
    player.page.wait_for_timeout(2000)
    later, heard_later = player.page.evaluate(
        "[document.getElementById('player').currentTime, window.drift.player.heardSample]"
    )
    assert (heard_later - heard) / 48_000 == pytest.approx(later - at, abs=0.1)
    minutes, seconds = player.text("elapsed").split(":")
    queue = player.page.evaluate("window.drift.session.queue")
    start = max(one["startSample"] for one in queue if one["startSample"] <= heard_later)
    expected = (heard_later - start) / 48_000
    assert int(minutes) * 60 + int(seconds) == pytest.approx(expected, abs=1.5)


def test_keyboard(player: Player) -> None:
    keys = player.page.keyboard
    keys.press(" ")
    player.wait_for_sound()
    loud = player.volume
    player.wait_for_gain((loud / 100) ** 3)
    keys.press("-")
    assert player.volume == pytest.approx(loud - 5)
    player.wait_for_gain(((loud - 5) / 100) ** 3)
    keys.press("+")
    assert player.volume == pytest.approx(loud)
    keys.press("m")
    player.wait_for_gain(0)
    expect(player.page.get_by_test_id("mute")).to_have_attribute("aria-pressed", "true")
    keys.press("?")
    player.page.get_by_test_id("help-dialog").wait_for(state="visible")
    keys.press("Escape")
    player.page.get_by_test_id("help-dialog").wait_for(state="hidden")
    title = player.text("title")
    keys.press("n")
    player.wait(f"document.querySelector('[data-testid=title]').textContent !== {title!r}")
    keys.press(" ")
    player.wait("document.getElementById('player').paused")
    assert not player.complaints


def test_the_system_learns_what_plays(player: Player) -> None:
    player.press("play")
    player.wait_for_sound()
    shown = player.page.evaluate(
        "({title: navigator.mediaSession.metadata.title, state: navigator.mediaSession.playbackState,"
        " art: navigator.mediaSession.metadata.artwork.length})"
    )
    assert shown == {"title": player.text("title"), "state": "playing", "art": shown["art"]}
    assert shown["art"] >= 1


def test_cover_is_shown(player: Player) -> None:
    player.wait("[...document.images].some(image => image.src.includes('/art') && image.naturalWidth > 100)")


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("size", [(360, 640), (390, 844), (1920, 1080)])
def test_it_fits(browser: Browser, demo_server: Server, size: tuple[int, int], scheme: str) -> None:
    demo_server.wait_until_playable(3)
    width, height = size
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme="dark" if scheme == "dark" else "light"
    )
    player = Player(context.new_page(), demo_server)
    player.page.get_by_test_id("title").wait_for()
    assert player.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    for control in ("play", "skip", "volume", "help"):
        box = player.page.get_by_test_id(control).bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
    assert not player.complaints
    context.close()


def test_it_recovers_from_a_restart_of_the_server(
    browser: Browser, start_server: StartServer, demo_tracks: Path
) -> None:
    first = start_server("--library", str(demo_tracks))
    first.wait_until_playable(4)
    context = browser.new_context()
    player = Player(context.new_page(), first)
    player.press("play")
    player.wait_for_sound()
    first.interrupt()
    player.wait("document.querySelector('[data-testid=connection]').textContent.trim() !== 'live'")
    start_server("--library", str(demo_tracks), port=first.port)
    player.wait("document.querySelector('[data-testid=connection]').textContent.trim() === 'live'", 60)
    player.wait_for_sound()
    resumed = player.time
    player.page.wait_for_timeout(2000)
    assert player.time > resumed + 1
    context.close()


def test_screenshot_for_the_readme(player: Player, tmp_path: Path) -> None:
    """`UPDATE_SCREENSHOT=1 make test` renews the picture in the README."""
    player.press("play")
    player.wait_for_sound()
    player.wait("document.querySelectorAll('[data-testid=axis]').length >= 2")
    player.page.locator("[data-testid^=direction-]:enabled").nth(1).click()
    player.page.mouse.move(0, 300)
    player.page.wait_for_timeout(4000)
    file = SCREENSHOT if os.environ.get("UPDATE_SCREENSHOT") else tmp_path / "screenshot.png"
    player.page.screenshot(path=file)
    assert file.stat().st_size > 20_000
    player.press("let-go")
