"""What Chromium plays by itself: MP3, WebM through MediaSource, HLS."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.support.server import Server, wait_for

_BEGIN = """url => {
    const audio = window.audio = new Audio(url);
    audio.muted = true;
    audio.play().catch(() => {});
}"""
_BEGIN_MEDIA_SOURCE = """url => {
    const source = new MediaSource();
    const audio = window.audio = new Audio(URL.createObjectURL(source));
    audio.muted = true;
    source.addEventListener("sourceopen", async () => {
        const buffer = source.addSourceBuffer("audio/webm; codecs=opus");
        const reader = (await fetch(url)).body.getReader();
        for (;;) {
            const { value } = await reader.read();
            buffer.appendBuffer(value);
            await new Promise(done => buffer.addEventListener("updateend", done, { once: true }));
            if (audio.paused && buffer.buffered.length) {
                audio.currentTime = buffer.buffered.start(0);
                audio.play().catch(() => {});
            }
        }
    });
}"""
_PLAYED_S = """() => {
    if (window.audio.error) throw new Error(window.audio.error.message);
    let played = 0;
    for (let at = 0; at < window.audio.played.length; at++)
        played += window.audio.played.end(at) - window.audio.played.start(at);
    return played;
}"""


@pytest.fixture
def page(browser: Browser, demo_server: Server) -> Iterator[Page]:
    """A page of the server's without a policy about scripts."""
    demo_server.wait_until_playable(3)
    context = browser.new_context()
    page = context.new_page()
    page.goto(demo_server.url + "/health")
    yield page
    context.close()


@pytest.mark.parametrize(
    ("begin", "path"),
    [
        (_BEGIN, "/stream/master.mp3"),
        (_BEGIN, "/hls/master/index.m3u8"),
        (_BEGIN_MEDIA_SOURCE, "/stream/master.webm"),
    ],
    ids=["mp3", "hls", "webm"],
)
def test_chromium_plays(page: Page, begin: str, path: str) -> None:
    page.evaluate(begin, path)
    wait_for(lambda: page.evaluate(_PLAYED_S) > 4, f"4 s of {path}", 60)
