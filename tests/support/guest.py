"""Somebody with a browser of their own, in a session's room."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, BrowserContext, Locator, Page

from tests.support.player import wait_on
from tests.support.server import Server


class Guest:
    """A person: a profile with cookies of its own, and a page.

    Args:
        width, height: of the window; narrow ones have the rail as a drawer.
    """

    def __init__(self, browser: Browser, server: Server, width: int = 1400, height: int = 900) -> None:
        self.server = server
        self.context: BrowserContext = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme="dark"
        )
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: self.complaints.append(f"dialog: {dialog.message}"))

    def close(self) -> None:
        """Close the browser's profile."""
        self.context.close()

    def see(self, test_id: str) -> Locator:
        """An element."""
        return self.page.get_by_test_id(test_id)

    def follow(self, link: str, name: str) -> None:
        """Come in by a link."""
        self.page.goto(link)
        self.see("join-name").fill(name)
        self.see("join").click()
        self.arrive()

    def arrive(self) -> None:
        """Wait for the session's page, and for the rail."""
        self.see("room-button").wait_for()
        self.wait("document.querySelector('.room-button .count') !== null")
        if self.see("room-button").get_attribute("aria-expanded") == "false":
            self.see("room-button").click()
        self.see("say-field").wait_for()

    def say(self, text: str) -> None:
        """Write a message."""
        self.see("say-field").fill(text)
        self.page.keyboard.press("Enter")

    def wait(self, condition: str, limit_s: float = 15) -> None:
        """Wait until a JavaScript expression is truthy."""
        wait_on(self.page, condition, limit_s, self.complaints)

    def wait_for_messages(self, *texts: str) -> None:
        """Wait until the chat shows exactly these."""
        shown = "[...document.querySelectorAll('[data-testid=message]')].map((e) => e.innerText.trim())"
        self.wait(f"JSON.stringify({json.dumps(texts)}) === JSON.stringify({shown})")

    def wait_for_people(self, *names: str) -> None:
        """Wait until exactly these are here, in whatever order."""
        shown = "[...document.querySelectorAll('[data-testid=person] bdi')].map((e) => e.textContent).sort()"
        self.wait(f"JSON.stringify({json.dumps(sorted(names))}.sort()) === JSON.stringify({shown})")

    def person(self, name: str) -> Locator:
        """Somebody in the list."""
        return self.see("person").filter(has_text=name)


@contextmanager
def entertained() -> Iterator[list[Guest]]:
    """Guests that are let in meanwhile: at the end they go, and no page may have complained."""
    guests: list[Guest] = []
    yield guests
    complaints = [complaint for guest in guests for complaint in guest.complaints]
    for guest in guests:
        guest.close()
    assert complaints == []


def made(server: Server, context: BrowserContext, name: str) -> dict[str, str]:
    """Make a session; the links into it by role."""
    answer = context.request.post(f"{server.url}/api/sessions.create", data={"sessionName": name})
    assert answer.status == 201, answer.text()
    links: dict[str, str] = answer.json()["links"]
    return links
