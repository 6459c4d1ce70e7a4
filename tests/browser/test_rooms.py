"""Rooms in real browsers: who is here, and what hosts do about it."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Come
from tests.support.guest import Guest
from tests.support.server import Server, StartServer


def test_two_see_each_other_and_talk(come: Come) -> None:
    ada = come("Ada", "host")
    bob = come("Bob", "viewer")
    for one in (ada, bob):
        one.wait_for_people("Ada", "Bob")
    expect(ada.person("Bob").get_by_test_id("role")).to_have_text("viewer")
    ada.say("Hello Bob")
    bob.wait_for_messages("Hello Bob")
    bob.say("Hello Ada\nhow are you?")
    ada.wait_for_messages("Hello Bob", "Hello Ada\nhow are you?")
    bob.page.reload()
    bob.arrive()
    bob.wait_for_messages("Hello Bob", "Hello Ada\nhow are you?")
    bob.close()
    ada.wait_for_people("Ada")


def test_two_tabs_are_one_person(come: Come) -> None:
    ada, bob = come("Ada"), come("Bob")
    tab = ada.context.new_page()
    tab.goto(ada.page.url)
    expect(tab.get_by_test_id("person")).to_have_count(2)
    ada.page.bring_to_front()
    ada.wait_for_people("Ada", "Bob")
    bob.wait_for_people("Ada", "Bob")
    ada.say("from the first tab")
    expect(tab.get_by_test_id("message")).to_have_text(["from the first tab"])
    expect(tab.locator(".said.is-own")).to_have_count(1)
    tab.close()
    bob.page.wait_for_timeout(6000)
    bob.wait_for_people("Ada", "Bob")


def test_a_viewer_cannot_steer(come: Come) -> None:
    bob = come("Bob", "viewer")
    bob.wait("document.querySelectorAll('[data-testid=axis]').length >= 2")
    expect(bob.see("read-only")).to_contain_text("You are here as a viewer")
    expect(bob.page.locator("[data-testid^=direction-]:not([aria-disabled=true])")).to_have_count(0)
    for control in ("skip", "search", "progress"):
        expect(bob.see(control)).to_have_attribute("aria-disabled", "true")
    asked: list[str] = []
    bob.page.on("request", lambda request: asked.append(request.url) if request.method != "GET" else None)
    bob.page.locator("[data-testid=title]").click()
    for key in ("n", "1"):
        bob.page.keyboard.press(key)
    bob.see("skip").click(force=True)
    bob.wait("document.querySelector('[data-testid=toast]').textContent.includes('viewer')")
    assert asked == []
    answer = bob.context.request.post(f"{bob.server.url}/session/attic/next-track")
    assert (answer.status, answer.json()["error"]["code"]) == (403, "forbidden")


def test_a_promotion_unlocks_at_once(come: Come) -> None:
    ada, bob = come("Ada", "host"), come("Bob", "viewer")
    bob.see("read-only").wait_for()
    ada.wait_for_people("Ada", "Bob")
    ada.person("Bob").get_by_test_id("person-more").click()
    ada.see("promote").select_option("collaborator")
    expect(bob.see("read-only")).to_have_count(0)
    expect(bob.see("you")).to_have_text("collaborator")
    expect(bob.see("person-more")).to_have_count(0)


def test_hosts_moderate(come: Come, links: dict[str, str]) -> None:
    ada, bob = come("Ada", "host"), come("Bob", "viewer")
    ada.wait_for_people("Ada", "Bob")
    bob.say("something rude")
    ada.wait_for_messages("something rude")
    ada.see("message").hover()
    ada.see("erase").click()
    expect(ada.see("erase")).to_have_text("Delete?")
    ada.see("erase").click()
    for one in (ada, bob):
        one.wait_for_messages("removed")
    ada.person("Bob").get_by_test_id("person-more").click()
    ada.see("mute-person").click()
    expect(bob.see("silence")).to_contain_text("has muted you")
    expect(ada.person("Bob").get_by_test_id("muted")).to_have_count(1)
    ada.see("mute-person").click()
    bob.see("say-field").wait_for()
    ada.see("ban-person").click()
    ada.see("ban-person").click()
    expect(bob.see("farewell")).to_contain_text("banned")
    expect(bob.see("farewell")).to_be_visible()
    ada.wait_for_people("Ada")
    bob.page.goto(links["viewer"])
    bob.see("join-name").fill("Bob again")
    bob.see("join").click()
    expect(bob.see("join-refused")).to_contain_text("has banned you")


def test_who_is_sent_out_may_come_back(come: Come) -> None:
    ada, bob = come("Ada", "host"), come("Bob", "viewer")
    ada.wait_for_people("Ada", "Bob")
    ada.person("Bob").get_by_test_id("person-more").click()
    ada.see("remove-person").click()
    ada.see("remove-person").click()
    expect(bob.see("farewell")).to_contain_text("sent you out")
    ada.wait_for_people("Ada")


def test_leaving(come: Come) -> None:
    ada, bob = come("Ada"), come("Bob", "viewer")
    ada.wait_for_people("Ada", "Bob")
    bob.see("leave").click()
    bob.see("join-form").wait_for()
    ada.wait_for_people("Ada")
    bob.see("join-name").fill("Robert")
    bob.see("join").click()
    bob.see("say-field").wait_for()
    ada.wait_for_people("Ada", "Robert")
    expect(bob.see("you")).to_have_text("viewer")


def test_a_lost_connection_is_made_up_for(come: Come) -> None:
    ada, bob = come("Ada"), come("Bob")
    bob.context.set_offline(True)
    ada.say("while you were away")
    bob.see("say-field").fill("written offline")
    bob.page.keyboard.press("Enter")
    expect(bob.see("pending")).to_have_count(1)
    bob.context.set_offline(False)
    for one in (ada, bob):
        one.wait_for_people("Ada", "Bob")
        one.wait_for_messages("while you were away", "written offline")


def test_new_links_void_the_old_ones(come: Come, browser: Browser, links: dict[str, str]) -> None:
    ada = come("Ada", "host")
    ada.see("invite").click()
    ada.see("renew").click()
    ada.see("renew").click()
    fresh = ada.see("link-viewer")
    fresh.wait_for()
    url = fresh.get_attribute("data-url") or ""
    assert url != links["viewer"]
    bob = Guest(browser, ada.server)
    bob.page.goto(links["viewer"])
    bob.see("join-name").fill("Bob")
    bob.see("join").click()
    expect(bob.see("join-refused")).to_contain_text("does not open this session")
    bob.follow(url, "Bob")
    expect(bob.see("you")).to_have_text("viewer")
    bob.close()


def test_strangers_can_join_from_the_page(
    browser: Browser, demo_server: Server, links: dict[str, str]
) -> None:
    stranger = Guest(browser, demo_server)
    stranger.page.goto(f"{demo_server.url}/session/attic")
    stranger.see("room-button").click()
    stranger.see("have-code").click()
    stranger.see("join-code").wait_for()
    stranger.see("join-name").fill("Eve")
    stranger.see("join").click()
    stranger.see("say-field").wait_for()
    expect(stranger.see("you")).to_have_text("collaborator")
    stranger.close()


def test_where_codes_are_wanted_strangers_only_listen(
    browser: Browser, start_server: StartServer, demo_tracks: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DRIFT_ACCESS_MODE", "codes")
    server = start_server("--library", str(demo_tracks))
    server.wait_until_playable(4)
    host, stranger = Guest(browser, server), Guest(browser, server)
    host.page.goto(f"{server.url}/new")
    host.see("new-name").fill("attic")
    host.see("new-host").fill("Ada")
    host.see("new-go").click()
    code = (host.see("link-collaborator").get_attribute("data-url") or "").split("code=")[1]
    host.see("open-session").click()
    host.arrive()
    expect(host.see("read-only")).to_have_count(0)
    stranger.page.goto(f"{server.url}/session/attic")
    expect(stranger.see("read-only")).to_contain_text("Join with a collaborator")
    expect(stranger.see("skip")).to_have_attribute("aria-disabled", "true")
    stranger.see("play").click()
    stranger.wait("window.drift.player.state === 'playing'")
    stranger.see("room-button").click()
    stranger.see("join-name").fill("Eve")
    stranger.see("join").click()
    expect(stranger.see("join-refused")).to_contain_text("wants a code")
    stranger.see("join-code").fill(code.upper())
    stranger.see("join").click()
    stranger.see("say-field").wait_for()
    expect(stranger.see("read-only")).to_have_count(0)
    expect(stranger.see("skip")).not_to_have_attribute("aria-disabled", "true")
    for one in (host, stranger):
        one.close()


@pytest.mark.parametrize("size", [(360, 640), (390, 844), (800, 900), (1280, 800), (1920, 1080)])
def test_it_fits(come: Come, size: tuple[int, int]) -> None:
    width, height = size
    ada = come("Ada", "host", *size)
    ada.say("A word like Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen")
    ada.wait("document.querySelectorAll('[data-testid=message]').length === 1")
    assert ada.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    for control in ("say-field", "say", "room-close", "leave", "play", "room-button"):
        box = ada.see(control).bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert box["y"] + box["height"] <= height
