"""Chat in real browsers: what is said, by whom, and what becomes of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.browser.conftest import Come
from tests.support.guest import Guest, made
from tests.support.server import StartServer

HOSTILE_NAME = "<b>\u05e9\u05dc\u05d5\u05dd</b>"
HOSTILE = (
    "<img src=x onerror=\"alert('xss')\"><script>alert(1)</script> "
    "\u202egnitirw dna\u200bhidden javascript:alert(2)"
)


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
