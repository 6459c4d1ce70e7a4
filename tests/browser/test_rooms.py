"""Rooms in real browsers: who is here, what is said, and what hosts do about it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Route, expect

from tests.support.guest import Guest, entertained, made
from tests.support.server import Server, StartServer

Come = Callable[..., Guest]

HOSTILE_NAME = "<b>\u05e9\u05dc\u05d5\u05dd</b>"
HOSTILE = (
    "<img src=x onerror=\"alert('xss')\"><script>alert(1)</script> "
    "\u202egnitirw dna\u200bhidden javascript:alert(2)"
)


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


def test_enter_sends_and_shift_enter_begins_a_line(come: Come) -> None:
    ada = come("Ada")
    ada.see("say-field").press_sequentially("one")
    ada.page.keyboard.press("Shift+Enter")
    ada.page.keyboard.type("two")
    ada.page.keyboard.press("Enter")
    ada.wait_for_messages("one\ntwo")
    expect(ada.see("say-field")).to_have_value("")
    ada.see("say-field").fill("x" * 1990)
    expect(ada.see("left")).to_have_text("10 characters left")
    ada.see("say-field").fill("x" * 2003)
    expect(ada.see("left")).to_have_text("3 characters too many")
    ada.page.keyboard.press("Enter")
    ada.see("say-field").fill("   ")
    ada.page.keyboard.press("Enter")
    ada.page.wait_for_timeout(300)
    ada.wait_for_messages("one\ntwo")


def test_hostile_names_and_messages_are_harmless(come: Come) -> None:
    mallory = come(HOSTILE_NAME)
    ada = come("Ada")
    ada.wait_for_people("Ada", HOSTILE_NAME)
    mallory.say(HOSTILE)
    mallory.say("https://bank.example@evil.example see https://example.org/?a=<b>")
    mallory.say("a" * 1500)
    ada.wait("document.querySelectorAll('[data-testid=message]').length === 3")
    first = ada.see("message").first
    expect(first).to_contain_text("<img src=x onerror=")
    expect(ada.page.locator(".room img, .room script, .room b")).to_have_count(0)
    expect(ada.page.locator(".message-text a")).to_have_text(["https://example.org/?a="])
    link = ada.page.locator(".message-text a").first
    expect(link).to_have_attribute("rel", "noopener noreferrer nofollow")
    assert ada.page.evaluate(
        "getComputedStyle(document.querySelector('.message-text')).unicodeBidi"
    ).startswith("isolate")
    assert ada.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert ada.page.evaluate("document.querySelector('.chat-list').scrollWidth") <= ada.page.evaluate(
        "document.querySelector('.chat-list').clientWidth"
    )
    assert ada.complaints == mallory.complaints == []


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


def test_slow_mode_is_counted_down(come: Come) -> None:
    ada, bob = come("Ada", "host"), come("Bob", "viewer")
    ada.see("slow").select_option("5")
    expect(bob.see("composer-note")).to_contain_text("one message every 5 s")
    bob.say("first")
    expect(bob.see("composer-note")).to_contain_text("you can write again in")
    expect(bob.see("say")).to_have_attribute("aria-disabled", "true")
    bob.say("second")
    bob.page.wait_for_timeout(500)
    ada.wait_for_messages("first")
    expect(bob.see("say")).to_have_attribute("aria-disabled", "false", timeout=8000)
    bob.page.keyboard.press("Enter")
    ada.wait_for_messages("first", "second")


def test_a_lost_answer_is_no_second_message(come: Come) -> None:
    ada, bob = come("Ada"), come("Bob")
    lost: list[str] = []

    def lose_the_answer(route: Route) -> None:
        if not lost:
            lost.append(json.loads(route.request.post_data or "")["messageId"])
            route.fetch()
            route.abort()
        else:
            assert json.loads(route.request.post_data or "")["messageId"] in lost
            route.continue_()

    ada.page.route("**/api/sessions.say", lose_the_answer)
    ada.say("once")
    bob.wait_for_messages("once")
    ada.page.wait_for_timeout(2000)
    ada.wait_for_messages("once")
    bob.wait_for_messages("once")
    expect(ada.see("pending")).to_have_count(0)


def test_what_cannot_be_sent_waits_and_can_be_tried_again(come: Come) -> None:
    ada, bob = come("Ada"), come("Bob")
    refusal = {"error": {"code": "store", "message": "The disk is full."}}
    ada.page.route("**/api/sessions.say", lambda route: route.fulfill(status=422, json=refusal))
    ada.say("hello")
    expect(ada.see("pending")).to_have_attribute("data-state", "failed")
    ada.page.unroute_all()
    ada.see("try-again").click()
    bob.wait_for_messages("hello")
    ada.wait_for_messages("hello")
    expect(ada.see("pending")).to_have_count(0)


def test_unread_messages_are_counted(come: Come) -> None:
    ada, bob = come("Ada"), come("Bob", width=390, height=844)
    bob.see("room-close").click()
    expect(bob.see("room")).to_be_hidden()
    expect(bob.see("room-button")).to_be_focused()
    ada.say("one")
    ada.say("two")
    expect(bob.see("unread")).to_have_text("2")
    bob.page.keyboard.press("c")
    bob.wait_for_messages("one", "two")
    expect(bob.see("unread")).to_have_count(0)
    expect(bob.see("say-field")).to_be_focused()
    bob.page.keyboard.press("Escape")
    expect(bob.see("room")).to_be_hidden()


def test_the_chat_scrolls_for_who_reads_along(come: Come) -> None:
    ada, bob = come("Ada", "host"), come("Bob")
    for number in range(12):
        ada.say(f"{number}\n\n.\n\n.")
        bob.wait(f"document.querySelectorAll('[data-testid=message]').length === {number + 1}")
        bob.page.wait_for_timeout(600)
    end = (
        "(({scrollTop, scrollHeight, clientHeight}) => scrollHeight - scrollTop - clientHeight)"
        "(document.querySelector('.chat-list'))"
    )
    bob.wait(f"{end} < 5")
    bob.page.evaluate("document.querySelector('.chat-list').scrollTop = 0")
    bob.page.wait_for_timeout(200)
    ada.say("late")
    expect(bob.see("chat-new")).to_have_text("One new message")
    assert bob.page.evaluate("document.querySelector('.chat-list').scrollTop") < 50
    bob.see("chat-new").click()
    bob.wait(f"{end} < 5")
    expect(bob.see("chat-new")).to_have_count(0)


def test_earlier_messages_come_when_scrolling_back(
    browser: Browser, start_server: StartServer, demo_tracks: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DRIFT_ROOMS_HISTORY", "8")
    monkeypatch.setenv("DRIFT_ROOMS_MESSAGES_BURST", "1000")
    monkeypatch.setenv("DRIFT_ROOMS_MESSAGES_PER_S", "1000")
    server = start_server("--library", str(demo_tracks))
    server.wait_until_playable()
    ada = Guest(browser, server, 1280, 500)
    ada.follow(made(server, ada.context, "attic")["host"], "Ada")
    for number in range(70):
        answer = ada.context.request.post(
            f"{server.url}/api/sessions.say",
            data={"sessionId": "attic", "text": f"number {number}", "messageId": f"m{number}"},
        )
        assert answer.status == 201, answer.text()
    ada.page.reload()
    ada.arrive()
    shown = "document.querySelectorAll('[data-testid=message]').length"
    top = "document.querySelector('.chat-list').scrollTop"
    ada.wait(f"{shown} >= 8")
    ada.page.wait_for_timeout(500)
    ada.page.evaluate(f"{top} = 0")
    ada.wait(f"{shown} >= 58")
    assert ada.page.evaluate(top) > 200, "what was read does not stay in place"
    ada.page.evaluate(f"{top} = 0")
    ada.wait(f"{shown} === 70")
    expect(ada.see("message").first).to_have_text("number 0")
    ada.close()


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
