"""The mix and voices by WebRTC: Chromium in the room of a real LiveKit server."""

from __future__ import annotations

import asyncio
import itertools
import logging
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
from livekit import api
from playwright.sync_api import Browser, expect

from tests.browser.conftest import QUIET, executable
from tests.support.demo import demo_in
from tests.support.guest import Guest, entertained, made
from tests.support.livekit import LiveKit, free_port
from tests.support.server import Server

log = logging.getLogger(__name__)
numbers = itertools.count(1)

WEBRTC = [
    *QUIET,
    "--autoplay-policy=no-user-gesture-required",
    "--allow-loopback-in-peer-connection",
    "--disable-features=WebRtcHideLocalIpsWithMdns",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
]

pytestmark = pytest.mark.alone

ROOM = "window.drift.room"
BACK_WITHIN_S = 15


@dataclass(frozen=True)
class House:
    """Drift with a LiveKit server."""

    livekit: LiveKit
    drift: Server


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("house")
    port = free_port(socket.SOCK_STREAM)
    livekit = LiveKit(folder / "livekit", f"http://127.0.0.1:{port}/webhooks/livekit")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DRIFT_LIVEKIT_URL", livekit.url)
        patch.setenv("DRIFT_LIVEKIT_API_KEY", livekit.api_key)
        patch.setenv("DRIFT_LIVEKIT_API_SECRET", livekit.api_secret)
        drift = demo_in(folder / "drift", port=port)
    drift.wait_until_playable(4)
    yield House(livekit, drift)
    drift.close()
    livekit.close()


@pytest.fixture(scope="module")
def webrtc_browser(browser: Browser) -> Iterator[Browser]:
    """Another Chromium, with a microphone that beeps."""
    chromium = browser.browser_type.launch(executable_path=executable(), args=WEBRTC)
    yield chromium
    chromium.close()


Come = Callable[[str, str], Guest]


@pytest.fixture
def come(webrtc_browser: Browser, house: House) -> Iterator[Come]:
    """Lets somebody into a session of the test's own, by the link of a role."""
    links: dict[str, str] = {}
    with entertained() as guests:

        def come_one(name: str, role: str) -> Guest:
            guest = Guest(webrtc_browser, house.drift)
            guests.append(guest)
            if not links:
                links.update(made(house.drift, guest.context, f"webrtc-{next(numbers)}"))
            guest.follow(links[role], name)
            return guest

        yield come_one


def join(guest: Guest) -> None:
    """Go into the LiveKit room, and hear its mix."""
    guest.see("join-room").click()
    guest.wait(f"{ROOM}?.state === 'in'", 30)
    hear_the_mix(guest)


def hear_the_mix(guest: Guest, limit_s: float = 30) -> None:
    guest.wait(f"({ROOM}?.channels()?.left ?? 0) > 0.003 && window.drift.player.state === 'stopped'", limit_s)


def stats(guest: Guest) -> dict[str, Any]:
    found: dict[str, Any] | None = guest.page.evaluate(f"{ROOM}.stats()")
    assert found is not None
    return found


def test_chromium_hears_the_mix_in_stereo(come: Come) -> None:
    ada = come("Ada", "viewer")
    ada.see("play").click()
    ada.wait("window.drift.player.state === 'playing'")
    join(ada)
    expect(ada.see("voice-state")).to_have_text("In the room")
    expect(ada.person("Ada").get_by_test_id("in-room")).to_have_count(1)
    expect(ada.see("play")).to_have_attribute("aria-label", "Stop")
    # Without a GPU the landscape takes half a core, which is not what is measured.
    ada.page.emulate_media(reduced_motion="reduce")
    ada.page.evaluate(f"{ROOM}.playPlainly()")
    ada.page.wait_for_timeout(3000)
    before = stats(ada)
    differences = []
    energies = [before["totalAudioEnergy"]]
    for _ in range(12):
        ada.page.wait_for_timeout(5000)
        heard = ada.page.evaluate(f"{ROOM}.channels()")
        differences.append(heard["difference"] / max(heard["left"], heard["right"], 1e-9))
        energies.append(stats(ada)["totalAudioEnergy"])
    after = stats(ada)
    concealed = after["concealedSamples"] - before["concealedSamples"]
    samples = after["totalSamplesReceived"] - before["totalSamplesReceived"]
    late = {
        name: after[name] - before[name] for name in ("packetsReceived", "packetsLost", "concealmentEvents")
    }
    log.info(
        "concealed %d of %d samples %s; sides differ by %.2f", concealed, samples, late, max(differences)
    )
    assert samples > 55 * 48_000
    assert concealed / samples < 0.005
    assert max(differences) > 0.05
    assert energies[-1] > energies[len(energies) // 2] > energies[0]


def test_stopping_and_stepping_out(come: Come) -> None:
    ada = come("Ada", "collaborator")
    join(ada)
    ada.see("play").click()
    expect(ada.see("play")).to_have_attribute("aria-label", "Play")
    ada.see("play").click()
    ada.see("leave-room").click()
    ada.wait("window.drift.player.state === 'playing'")
    assert ada.page.evaluate(f"{ROOM} === null")
    ada.see("join-room").click()
    hear_the_mix(ada)
    ada.see("leave").click()
    ada.see("join-form").wait_for()
    ada.wait("window.drift.player.state === 'playing'")


def test_livekit_refuses_what_a_viewer_publishes(come: Come, house: House) -> None:
    bob = come("Bob", "viewer")
    join(bob)
    expect(bob.see("mic")).to_have_count(0)
    assert bob.page.evaluate(f"{ROOM}.publish()") != ""
    with ThreadPoolExecutor() as other:  # this thread has Playwright's loop
        tracks = other.submit(asyncio.run, published(house.livekit)).result()
    assert "drift" in tracks
    assert [track for identity, found in tracks.items() if identity != "drift" for track in found] == []


async def published(livekit: LiveKit) -> dict[str, list[str]]:
    """The tracks of everybody in all rooms, by identity."""
    found: dict[str, list[str]] = {}
    async with livekit.api() as asked:
        for room in (await asked.room.list_rooms(api.ListRoomsRequest())).rooms:
            there = await asked.room.list_participants(api.ListParticipantsRequest(room=room.name))
            found |= {one.identity: [track.name for track in one.tracks] for one in there.participants}
    return found


def test_the_mix_steps_back_for_voices(come: Come) -> None:
    ada, bob = come("Ada", "host"), come("Bob", "viewer")
    join(ada)
    join(bob)
    assert bob.page.evaluate(f"{ROOM}.duckedTo()") == pytest.approx(1, abs=0.01)
    ada.see("mic").click()
    for one in (ada, bob):
        one.wait(f"{ROOM}.duckedTo() < 0.26")
    ring = ada.person("Ada").locator(".disc").get_attribute("data-level-of")
    bob.wait(f"document.querySelector('[data-level-of=\"{ring}\"]').style.getPropertyValue('--level') > 0.2")
    bob.see("duck").click()
    bob.wait(f"{ROOM}.duckedTo() > 0.98")
    ada.see("mic").click()
    expect(ada.see("mic")).to_have_attribute("aria-pressed", "false")
    ada.wait(f"{ROOM}.duckedTo() > 0.98")


def test_a_microphone_that_is_denied_is_explained(come: Come) -> None:
    ada = come("Ada", "host")
    ada.page.add_init_script("Object.defineProperty(navigator, 'mediaDevices', { value: undefined })")
    ada.page.reload()
    ada.arrive()
    join(ada)
    ada.see("mic").click()
    expect(ada.see("voice-trouble")).to_contain_text("https://")
    expect(ada.see("mic")).to_have_attribute("aria-pressed", "false")


def test_http_audio_takes_over_while_livekit_is_away(come: Come, house: House) -> None:
    ada = come("Ada", "host")
    join(ada)
    ada.see("mic").click()
    expect(ada.see("mic")).to_have_attribute("aria-pressed", "true")
    house.livekit.kill()
    ada.wait("window.drift.player.state === 'playing'")
    expect(ada.see("voice-state")).to_contain_text("goes on by the normal player")
    ada.say("still chatting")
    ada.wait_for_messages("still chatting")
    ada.page.wait_for_timeout(3000)
    house.livekit.start()
    back = time.monotonic()
    hear_the_mix(ada, BACK_WITHIN_S)
    log.info("back in the room %.1f s after the server's return", time.monotonic() - back)
    expect(ada.see("mic")).to_have_attribute("aria-pressed", "true")


def test_without_livekit_the_page_says_so(browser: Browser, demo_server: Server) -> None:
    guest = Guest(browser, demo_server)
    guest.follow(made(demo_server, guest.context, "no-webrtc")["viewer"], "Ada")
    expect(guest.see("no-webrtc")).to_contain_text("not set up")
    expect(guest.see("join-room")).to_have_count(0)
    guest.context.request.delete(f"{demo_server.url}/api/session/no-webrtc")
    guest.close()
