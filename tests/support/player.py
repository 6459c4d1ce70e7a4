"""Drift's page in a browser."""

from __future__ import annotations

import time

from playwright.sync_api import Page, expect

from tests.support.server import Server

_SHOWN = """document.querySelector('[data-testid=title]')?.textContent.trim()
    || document.querySelector('[data-testid=card], [data-testid=gone]')"""

_HEAR_SKIP = """async () => {
    const asked = performance.now();
    let startSample = null;
    const ask = window.fetch;
    window.fetch = async (...call) => {
        const answer = await ask(...call);
        if (String(call[0]).endsWith('/next-track')) {
            startSample = (await answer.clone().json()).transition.startSample;
        }
        return answer;
    };
    document.querySelector('[data-testid=skip]').click();
    try {
        while (performance.now() - asked < 10000) {
            if (startSample !== null && window.drift.player.heardSample >= startSample) {
                return [(performance.now() - asked) / 1000, startSample];
            }
            await new Promise((done) => setTimeout(done, 5));
        }
    } finally {
        window.fetch = ask;
    }
    return null;
}"""


def wait_on(page: Page, condition: str, limit_s: float, complaints: list[str]) -> None:
    """Wait until a JavaScript expression is truthy.

    The page forbids ``eval``, which Playwright's own waiting needs; so waiting is done here.
    """
    end = time.monotonic() + limit_s
    while not page.evaluate(condition):
        assert time.monotonic() < end, f"gave up waiting for {condition}; complaints: {complaints}"
        page.wait_for_timeout(50)


class Player:
    """Drift's page as a listener uses it, with what its console said.

    Args:
        session: whose page; with "" all sessions' page is opened.
    """

    def __init__(self, page: Page, server: Server, session: str = "master") -> None:
        self.page = page
        self.complaints: list[str] = []
        page.on("console", lambda message: self._note(message.type, message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.goto(f"{server.url}/session/{session}" if session else server.url)
        self.wait(_SHOWN)

    def _note(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"}:
            self.complaints.append(text)

    def text(self, test_id: str) -> str:
        """What an element shows now."""
        return self.page.get_by_test_id(test_id).inner_text().strip()

    def shows(self, test_id: str, text: str) -> None:
        """Expect an element's whole text, once the page has had the time to draw it."""
        expect(self.page.get_by_test_id(test_id)).to_have_text(text)

    def mentions(self, test_id: str, text: str) -> None:
        """Expect a part of an element's text, once the page has had the time to draw it."""
        expect(self.page.get_by_test_id(test_id)).to_contain_text(text)

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

    def wait_for_gain(self, amplitude: float) -> None:
        """Wait until the volume lets this much of the sound through."""
        self.wait(f"Math.abs((window.drift.player.gain() ?? 9) - {amplitude}) < 0.01")

    @property
    def volume(self) -> float:
        """The position of the volume slider, 0..100."""
        return float(self.page.get_by_test_id("volume").input_value())

    def wait(self, condition: str, limit_s: float = 30) -> None:
        """Wait until a JavaScript expression is truthy."""
        wait_on(self.page, condition, limit_s, self.complaints)

    def wait_for_text(self, test_id: str, text: str, limit_s: float = 30) -> None:
        """Wait until an element shows a text, maybe among others."""
        self.wait(
            f"document.querySelector('[data-testid={test_id}]')?.textContent.includes({text!r})", limit_s
        )

    def wait_for_sound(self) -> None:
        """Wait until sound plays and the analyser sees it."""
        self.wait("document.getElementById('player').currentTime > 0.3")
        self.wait("window.drift.player.energy() > 0.005")

    def hear_skip(self) -> tuple[float, int]:
        """Press skip. Returns the seconds until its first sample is heard, and that sample."""
        heard = self.page.evaluate(_HEAR_SKIP)
        assert heard is not None, "the skip was not heard within 10 s"
        seconds, sample = heard
        return seconds, sample

    def steadily_for(self, seconds: float) -> bool:
        """Whether sound goes on without a stop for so long."""
        before = self.time
        self.page.wait_for_timeout(1000 * seconds)
        return self.time > before + 0.9 * seconds
