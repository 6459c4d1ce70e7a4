from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime

import pytest

from drift.streaming.hls import LISTED, PATIENCE_S, SEGMENT_QUANTA, SEGMENT_S, Feed
from drift.supervisor import Supervisor
from mixer.clock import QUANTUM
from tests.unit.fakes import EMPTY, FakeStation, settle
from tests.unit.streaming.radio import BURST, TICK_S, Radio, gapless, numbers
from tests.unit.streaming.transport_stream import taken_apart

SEGMENT_PACKETS = SEGMENT_QUANTA * 5


@dataclass
class Playlist:
    text: str

    def value(self, tag: str) -> int:
        (found,) = [line for line in self.text.splitlines() if line.startswith(f"#EXT-X-{tag}:")]
        return int(found.partition(":")[2])

    @property
    def first(self) -> int:
        return self.value("MEDIA-SEQUENCE")

    @property
    def segments(self) -> list[int]:
        uris = [line for line in self.text.splitlines() if line and not line.startswith("#")]
        assert all(uri.endswith(".ts") for uri in uris)
        return [int(uri.removesuffix(".ts")) for uri in uris]

    @property
    def times(self) -> list[float]:
        begin = "#EXT-X-PROGRAM-DATE-TIME:"
        lines = [line for line in self.text.splitlines() if line.startswith(begin)]
        return [datetime.fromisoformat(line.removeprefix(begin)).timestamp() for line in lines]


async def ask(radio: Radio, client: str = "somebody") -> tuple[Feed, Playlist]:
    feed = radio.mounts.open_feed(radio.station, client)
    await settle()
    return feed, Playlist((await feed.playlist()).decode())


async def listen(radio: Radio, seconds: float, client: str = "somebody") -> tuple[Feed, Playlist]:
    """Ask again and again, as players do."""
    found = await ask(radio, client)
    for _ in range(round(seconds / TICK_S)):
        await radio.pass_time(1)
        found = await ask(radio, client)
    return found


def packets(feed: Feed, numbers_of: list[int]) -> bytes:
    found = [feed.segment(number) for number in numbers_of]
    return taken_apart(b"".join(one.data for one in found if one is not None)).data


async def test_nothing_runs_before_somebody_asks(radio: Radio) -> None:
    assert radio.mounts.feed(radio.station) is None
    assert (len(radio.supervisor), radio.station.listeners) == (0, 0)


async def test_the_burst_is_in_the_first_playlist(radio: Radio) -> None:
    feed, playlist = await ask(radio)
    assert playlist.text.startswith("#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:2\n")
    assert playlist.segments == [playlist.first, playlist.first + 1, playlist.first + 2]
    assert playlist.text.count(f"#EXTINF:{SEGMENT_S:.3f},") == 3
    assert "ENDLIST" not in playlist.text
    begin = (100 - BURST) * 5
    assert numbers(packets(feed, playlist.segments)) == list(range(begin, begin + 3 * SEGMENT_PACKETS))


async def test_segments_are_the_mounts_own_packets_without_a_gap(radio: Radio) -> None:
    _, transport, _ = await radio.join()
    feed, playlist = await listen(radio, 60)
    assert len(playlist.segments) == LISTED
    assert playlist.segments == list(range(playlist.first, playlist.first + LISTED))
    data = packets(feed, playlist.segments)
    assert gapless(data)
    assert data in transport.data
    assert numbers(data)[-1] >= (radio.station.position // QUANTUM - SEGMENT_QUANTA - 4) * 5
    audio = taken_apart(b"".join(one.data for one in feed._segments))
    assert [time - audio.parts[0][0] for time, _ in audio.parts] == [
        10_800 * order for order in range(len(audio.parts))
    ]


async def test_times_are_those_of_the_timeline(radio: Radio) -> None:
    feed, playlist = await listen(radio, 30)
    for number, began in zip(playlist.segments, playlist.times, strict=True):
        segment = feed.segment(number)
        assert segment is not None
        time, data = taken_apart(segment.data).parts[0]
        sample = numbers(data)[0] * 1152
        assert time == sample * 15 // 8 + 45_000
        was_live_at = radio.midnight + radio.station.epoch + sample / 48_000
        assert began == pytest.approx(was_live_at, abs=0.13)


async def test_a_segment_can_be_had_for_a_while_after_it_has_left_the_playlist(radio: Radio) -> None:
    _, first = await ask(radio)
    feed, later = await listen(radio, 30)
    assert feed.segment(first.first) is None
    assert feed.segment(later.first - LISTED) is not None
    assert feed.segment(later.segments[-1] + 1) is None
    assert len(feed._segments) == 2 * LISTED + 1
    assert len(feed._rest) < len(later.text) + SEGMENT_PACKETS * 576


async def test_who_asks_is_a_listener_until_some_time_after_asking_last(radio: Radio) -> None:
    mount = radio.mount()
    for client in ("one", "two", "three", "two"):
        feed, _ = await ask(radio, client)
    assert radio.station.listeners == mount.audience == radio.metric("listeners") == 3
    assert mount.listeners == 1
    await listen(radio, PATIENCE_S / 2, "one")
    assert radio.station.listeners == 3
    await listen(radio, PATIENCE_S / 2 + SEGMENT_S + 2 * TICK_S, "one")
    assert radio.station.listeners == mount.audience == radio.metric("listeners") == 1
    assert not feed.ended
    assert mount.peak == 3


async def test_it_leaves_when_nobody_has_asked_for_a_while(radio: Radio) -> None:
    feed, _ = await ask(radio)
    await radio.pass_time(round((PATIENCE_S + SEGMENT_S) / TICK_S) + 2)
    assert feed.ended
    assert radio.mounts.feed(radio.station) is None
    assert radio.station.listeners == radio.metric("listeners") == 0
    assert len(feed._segments) == 0
    assert len(radio.supervisor) == 0
    assert radio.mounts._feeds == {}


async def test_also_when_no_audio_comes(radio: Radio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("drift.streaming.hls.PATIENCE_S", 0.01)
    feed, _ = await ask(radio)
    radio.clock.advance(0.02)
    assert feed._listener is not None
    async with asyncio.timeout(10):
        await feed._listener.ended
    await settle()
    assert radio.station.listeners == 0


@pytest.mark.parametrize("reason", ["session-ended", "fault"])
async def test_when_the_stream_ends_the_next_who_asks_begins_anew(radio: Radio, reason: str) -> None:
    feed, before = await ask(radio, "one")
    await ask(radio, "two")
    if reason == "fault":
        radio.station.fails = RuntimeError("broken")
        await radio.pass_time(1)
        radio.station.fails = None
    else:
        radio.mount().end("session-ended")
        await settle()
    assert feed.ended
    assert await feed.playlist() == b""
    assert radio.station.listeners == 0
    again, after = await ask(radio)
    assert again is not feed
    assert after.first > before.segments[-1]
    assert after.value("DISCONTINUITY-SEQUENCE") > before.value("DISCONTINUITY-SEQUENCE")


async def test_another_session_of_the_same_name_has_another_feed(radio: Radio) -> None:
    _, before = await ask(radio)
    radio.station = FakeStation(radio.clock)
    _, after = await ask(radio)
    assert after.first > before.segments[-1]


async def test_numbers_never_go_back_also_when_the_time_of_day_does(radio: Radio) -> None:
    last = 0
    for step in (0, 0, 50, -1000, 0):
        radio.midnight += step
        feed, playlist = await ask(radio)
        assert playlist.first > last
        _, playlist = await listen(radio, 20)
        last = playlist.segments[-1]
        radio.mount().end("fault")
        await settle()
        assert feed.ended


async def test_numbers_do_not_go_back_when_drift_is_restarted(radio: Radio) -> None:
    _, before = await listen(radio, 20)
    async with Supervisor() as supervisor:
        restarted = Radio(supervisor)
        restarted.midnight = radio.midnight + radio.clock.now() - restarted.clock.now()
        _, after = await ask(restarted)
    assert after.first > before.segments[-1]


async def test_a_mount_that_gives_nothing_is_waited_for_and_then_said_so(
    radio: Radio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("drift.streaming.hls._START_S", 0.01)
    radio.station.fails = EMPTY
    _, playlist = await ask(radio)
    assert playlist.text == ""


async def test_strangers_without_end_do_not_fill_the_memory(
    radio: Radio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("drift.streaming.hls._MOST_CLIENTS", 5)
    feed, _ = await ask(radio)
    for number in range(20):
        feed.seen(str(number))
    assert radio.station.listeners == len(feed._clients) == 5
