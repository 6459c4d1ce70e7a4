"""A skip is heard at once, in a real browser, by everybody who listens."""

from __future__ import annotations

import logging
from collections.abc import Callable
from statistics import median

import pytest
from playwright.sync_api import BrowserContext

from tests.browser.conftest import Open
from tests.support.player import Player

pytestmark = pytest.mark.alone

log = logging.getLogger(__name__)

HEARD_WITHIN_S = 1.5
"""A skip is promised to be heard within 1.0 s; the rest is for a machine that does much else."""


def goes_on(player: Player) -> bool:
    """Whether sound goes on after a jump. Little is buffered then: a busy machine may make it stop once."""
    return player.steadily_for(2) or player.steadily_for(2) or player.steadily_for(2)


def test_followers_see_and_hear_what_the_session_does(open_page: Open, make: Callable[..., None]) -> None:
    make("kitchen")
    make("tv", following="kitchen")
    leader, follower = open_page("kitchen"), open_page("tv")
    leader.press("play")
    follower.press("play")
    leader.wait_for_sound()
    follower.wait_for_sound()
    announced = leader.text("next-title")
    _, sample = leader.hear_skip()
    follower.wait(f"window.drift.player.heardSample >= {sample}", HEARD_WITHIN_S)
    follower.wait_for_text("title", announced)
    assert goes_on(follower)


@pytest.mark.parametrize("container", ["webm", "mp3"])
def test_a_skip_is_heard_within_a_second(
    open_page: Open,
    make: Callable[..., None],
    context: BrowserContext,
    container: str,
) -> None:
    if container == "mp3":
        context.add_init_script(
            "const can = MediaSource.isTypeSupported.bind(MediaSource);"
            "MediaSource.isTypeSupported = (type) => !type.includes('webm') && can(type);"
        )
    make("kitchen")
    player = open_page("kitchen")
    player.press("play")
    player.wait_for_sound()
    player.page.wait_for_timeout(3000)
    taken = []
    for _ in range(3):
        announced = player.text("next-title")
        seconds, _ = player.hear_skip()
        taken.append(round(seconds, 3))
        player.wait_for_text("title", announced, 1)
        assert goes_on(player)
    log.info("%s: skips heard after %s s", container, taken)
    assert median(taken) <= HEARD_WITHIN_S
    assert not player.complaints


def test_going_elsewhere_in_the_track(open_page: Open, make: Callable[..., None]) -> None:
    make("kitchen")
    player = open_page("kitchen")
    player.press("play")
    player.wait_for_sound()
    player.page.wait_for_timeout(3000)
    title, box = player.text("title"), player.page.get_by_test_id("progress").bounding_box()
    assert box is not None
    player.page.mouse.click(box["x"] + 0.5 * box["width"], box["y"] + 1)
    player.wait("parseInt(document.querySelector('[data-testid=elapsed]').textContent.slice(2)) > 20", 3)
    player.wait("window.drift.session.queue.at(-1).sourceStartSample > 48000 * 20")
    assert player.text("title") == title
    assert goes_on(player)
    assert not player.complaints
