"""Drift's page in a browser."""

from __future__ import annotations

import time

from playwright.sync_api import Page

from tests.support.server import Server


class Player:
    """Drift's page as a listener uses it, with what its console said.

    The page forbids ``eval``, which Playwright's own waiting needs; so waiting is done here.
    """

    def __init__(self, page: Page, server: Server) -> None:
        self.page = page
        self.complaints: list[str] = []
        page.on("console", lambda message: self._note(message.type, message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.goto(server.url)
        self.wait("document.querySelector('[data-testid=title]')?.textContent.trim()")

    def _note(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"}:
            self.complaints.append(text)

    def text(self, test_id: str) -> str:
        """What an element shows."""
        return self.page.get_by_test_id(test_id).inner_text().strip()

    def press(self, test_id: str) -> None:
        """Click an element."""
        self.page.get_by_test_id(test_id).click()

    @property
    def time(self) -> float:
        """Seconds of sound played since the last press of play."""
        seconds: float = self.page.evaluate("document.getElementById('player').currentTime")
        return seconds

    @property
    def energy(self) -> float:
        """What the analyser sees, 0..1."""
        level: float = self.page.evaluate("window.drift.player.energy()")
        return level

    @property
    def volume(self) -> float:
        """The position of the volume slider."""
        return float(self.page.get_by_test_id("volume").input_value())

    def wait(self, condition: str, limit_s: float = 30) -> None:
        """Wait until a JavaScript expression is truthy."""
        end = time.monotonic() + limit_s
        while not self.page.evaluate(condition):
            assert time.monotonic() < end, f"gave up waiting for {condition}; complaints: {self.complaints}"
            self.page.wait_for_timeout(50)

    def wait_for_sound(self) -> None:
        """Wait until sound plays and the analyser sees it."""
        self.wait("document.getElementById('player').currentTime > 0.3")
        self.wait("window.drift.player.energy() > 0.005")
