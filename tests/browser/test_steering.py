"""Steering in a real browser: where the music can go, pushing it there, finding a track."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Route, expect

from tests.support.player import Player
from tests.support.server import Server

OPEN = "[data-testid^=direction-]:enabled"
AXES_SHOWN = "document.querySelectorAll('[data-testid=axis]').length >= 2"


@pytest.fixture
def steered(player: Player, demo_server: Server) -> Iterator[Player]:
    """The page with its ways open, and nothing held, before and after."""
    release(player)
    player.wait(AXES_SHOWN)
    wait_until_held(player, demo_server, None)
    yield player
    player.page.unroute_all()
    release(player)


def release(player: Player) -> None:
    url = player.page.url + "/direction"
    assert player.page.request.post(url, data={"direction": None}).ok


def way(player: Player, place: int = 0) -> Locator:
    """A direction that is open, by its name: buttons keep it when others come and go."""
    name = player.page.locator(OPEN).nth(place).get_attribute("data-testid")
    assert name
    return player.page.get_by_test_id(name)


def direction_of(button: Locator) -> str:
    return (button.get_attribute("data-testid") or "").removeprefix("direction-")


def wait_until_held(player: Player, server: Server, direction: str | None) -> dict[str, Any]:
    """The server's snapshot once it holds a direction and the page shows its next track."""
    player.wait("window.drift.session.assumed === null")
    snapshot = server.hello()
    assert snapshot["held"] == direction
    player.wait(f"window.drift.session.direction === {direction!r}".replace("None", "null"))
    title = snapshot["next"]["title"]
    player.wait(f"document.querySelector('[data-testid=next-title]').textContent === {title!r}")
    return snapshot


def test_the_ways_are_shown_without_asking(steered: Player) -> None:
    with steered.page.expect_response("**/explore") as answer:
        steered.page.reload()
    by_name = {one["direction"]: one for one in answer.value.json()["openings"]}
    steered.wait(AXES_SHOWN)
    buttons = steered.page.locator(OPEN).all()
    assert len(buttons) >= 4
    for button in buttons:
        opening = by_name[direction_of(button)]
        assert opening["label"].lower() in button.inner_text().lower()
        expect(button).to_contain_text(opening["candidates"][0]["track"]["title"])
        expect(button).to_have_attribute("aria-pressed", "false")
    steered.shows("held", "drifting by itself")
    assert not steered.complaints


def test_a_push_is_held_and_changes_what_comes_next(steered: Player, demo_server: Server) -> None:
    button = way(steered)
    direction = direction_of(button)
    label = button.locator(".way-label").inner_text()
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    steered.mentions("next-why", label.lower().split(", ")[0])
    snapshot = wait_until_held(steered, demo_server, direction)
    assert snapshot["by"] == "direction"
    expect(button).to_contain_text(snapshot["next"]["title"])
    steered.mentions("let-go", label.lower())
    assert not steered.complaints


def test_pressed_again_it_drifts_by_itself(steered: Player, demo_server: Server) -> None:
    button = way(steered)
    button.click()
    wait_until_held(steered, demo_server, direction_of(button))
    button.click()
    expect(button).to_have_attribute("aria-pressed", "false")
    assert wait_until_held(steered, demo_server, None)["by"] == "autopilot"
    steered.mentions("next-why", "drifting by itself")


def test_another_push_takes_over(steered: Player, demo_server: Server) -> None:
    first, second = way(steered, 0), way(steered, 2)
    first.click()
    second.click()
    expect(first).to_have_attribute("aria-pressed", "false")
    expect(second).to_have_attribute("aria-pressed", "true")
    wait_until_held(steered, demo_server, direction_of(second))


def test_keys_steer(steered: Player, demo_server: Server) -> None:
    steered.page.keyboard.press("1")
    held = steered.page.locator("[aria-pressed=true][data-testid^=direction-]")
    wait_until_held(steered, demo_server, direction_of(held))
    steered.page.keyboard.press("0")
    wait_until_held(steered, demo_server, None)
    expect(held).to_have_count(0)


def test_everybody_sees_who_pushes_where(browser: Browser, steered: Player, demo_server: Server) -> None:
    context = browser.new_context()
    other = Player(context.new_page(), demo_server)
    other.wait(AXES_SHOWN)
    button = way(steered)
    button.click()
    other.wait(f"window.drift.session.direction === {direction_of(button)!r}")
    other.page.get_by_test_id("let-go").click()
    steered.page.get_by_test_id("let-go").wait_for(state="detached")
    expect(button).to_have_attribute("aria-pressed", "false")
    context.close()


def test_a_push_is_heard(steered: Player, demo_server: Server) -> None:
    steered.press("play")
    steered.wait_for_sound()
    button = way(steered, 1)
    label = button.locator(".way-label").inner_text()
    button.click()
    announced = wait_until_held(steered, demo_server, direction_of(button))["next"]["title"]
    steered.press("skip")
    steered.wait(f"document.querySelector('[data-testid=title]').textContent === {announced!r}")
    steered.wait("document.querySelector('[data-testid=how]').textContent.startsWith('Now playing')")
    steered.mentions("how", label.lower().split(", ")[0])
    assert not steered.complaints


def test_a_refused_push_is_taken_back(steered: Player, demo_server: Server) -> None:
    def refuse(route: Route) -> None:
        route.fulfill(status=503, json={"error": {"code": "not-ready", "message": "Not now."}})

    steered.page.route("**/direction", refuse)
    button = way(steered)
    button.click()
    steered.wait("document.querySelector('[data-testid=toast]').textContent === 'Not now.'")
    expect(button).to_have_attribute("aria-pressed", "false")
    wait_until_held(steered, demo_server, None)


@pytest.mark.parametrize("when", ["next", "now"])
def test_a_track_that_lies_there_is_played(steered: Player, demo_server: Server, when: str) -> None:
    page = steered.page
    if when == "now":
        steered.press("play")  # time passes only while somebody listens
        steered.wait_for_sound()
    page.locator("[data-testid^=tracks-]").nth(1).click()
    row = page.get_by_test_id("candidates-dialog").get_by_test_id("track").last
    title = row.locator(".track-title").inner_text()
    row.get_by_test_id(f"play-{when}").click()
    page.get_by_test_id("candidates-dialog").wait_for(state="hidden")
    if when == "next":
        steered.shows("next-title", title)
        steered.shows("next-why", "asked for")
        steered.wait("window.drift.session.assumed === null")
        assert demo_server.hello()["next"]["title"] == title
    else:
        steered.wait(f"window.drift.session.queue.at(-1).track.title === {title!r}")
    assert steered.text("next-title") == title or steered.text("title") == title


def test_search(steered: Player, demo_server: Server) -> None:
    page = steered.page
    wanted = demo_server.get("/api/library/tracks?limit=1&offset=20")[1]["tracks"][0]
    found = demo_server.get(f"/api/library/tracks?q={wanted['artist'].split()[-1]}")[1]
    page.keyboard.press("/")
    field = page.get_by_test_id("search-field")
    field.wait_for()
    page.keyboard.type(wanted["artist"].split()[-1].lower())
    dialog = page.get_by_test_id("search-dialog")
    steered.wait(
        f"document.querySelector('[data-testid=search-state]').textContent.startsWith('{found['total']} ')"
    )
    titles = dialog.locator(".track-title").all_inner_texts()
    assert titles == [track["title"] for track in found["tracks"]]
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.dataset.testid") == "play-next"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    dialog.wait_for(state="hidden")
    steered.shows("next-title", titles[1])
    assert not steered.complaints


def test_search_finds_nothing_and_closes(steered: Player) -> None:
    page = steered.page
    page.keyboard.press("/")
    page.get_by_test_id("search-field").wait_for()
    page.keyboard.type("no such thing")
    steered.wait("document.querySelector('[data-testid=search-state]').textContent.startsWith('Nothing')")
    page.keyboard.press("Escape")
    page.get_by_test_id("search-dialog").wait_for(state="hidden")


def test_the_ways_are_not_polled(steered: Player) -> None:
    asked: list[str] = []
    steered.page.on("request", lambda request: asked.append(request.url))
    starts = "window.drift.session.queue.length"
    before = steered.page.evaluate(starts)
    steered.page.wait_for_timeout(6000)
    started = steered.page.evaluate(starts) - before
    assert sum(url.endswith("/explore") for url in asked) <= started


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("size", [(360, 640), (1280, 800), (1920, 1080)])
def test_the_ways_fit(browser: Browser, demo_server: Server, size: tuple[int, int], scheme: str) -> None:
    demo_server.wait_until_playable(3)
    width, height = size
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme="dark" if scheme == "dark" else "light"
    )
    player = Player(context.new_page(), demo_server)
    player.wait(AXES_SHOWN)
    assert player.page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
    ) == [width, height]
    ground = player.page.locator(".ground").bounding_box()
    rows = player.page.get_by_test_id("axis").all()
    boxes = [box for row in rows if (box := row.bounding_box()) is not None]
    assert ground is not None
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= width for box in boxes)
    seen = [box for box in boxes if box["y"] + box["height"] <= ground["y"]]
    assert len(seen) == len(boxes) if width > 1000 else len(seen) >= 3
    last = player.page.locator(OPEN).last
    last.scroll_into_view_if_needed()
    last.click(trial=True)
    assert not player.complaints
    context.close()
