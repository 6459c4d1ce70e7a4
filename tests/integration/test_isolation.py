"""Twenty sessions at once, each with tracks of its own: nobody ever hears another's."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Iterator
from itertools import pairwise
from math import log2
from pathlib import Path

import av
import numpy as np
import pytest
from aiohttp import ClientSession, ClientTimeout

from tests.support.ears import RATE, Pcm
from tests.support.server import Server
from tests.support.tones import loudest_hz, tones

SESSIONS = 20
EACH = 2
"""Tracks of a session."""

SECONDS = 11
"""Longer than the first track by more than a second, whatever a piece of a stream lacks at its ends."""

LOWEST_HZ = 200.0
RATIO = 1.1
TRACK_S = 8
BYTES_PER_S = {"mp3": 24_000, "opus": 18_000}
STREAMS = list(BYTES_PER_S)


def hz_of(number: int) -> float:
    return LOWEST_HZ * RATIO**number


def track_of(pcm: Pcm) -> tuple[int, float]:
    """The track whose tone is nearest to what is heard, and how far off that is, in steps between tracks."""
    steps = log2(loudest_hz(pcm) / LOWEST_HZ) / log2(RATIO)
    return round(steps), abs(steps - round(steps))


def decoded(data: bytes) -> Pcm:
    """What is in a piece of a stream."""
    resampler = av.AudioResampler("fltp", "stereo", RATE)
    with av.open(io.BytesIO(data), "r") as container:
        frames = [part for frame in container.decode(audio=0) for part in resampler.resample(frame)]
    return np.concatenate([frame.to_ndarray() for frame in frames], axis=1)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    folder = tones(tmp_path / "music", SESSIONS * EACH, TRACK_S, LOWEST_HZ, RATIO)
    made = Server(tmp_path / "server", "--library", str(folder))
    try:
        made.wait_until_playable(SESSIONS * EACH)
        yield made
    finally:
        made.close()


async def test_nobody_hears_another_session(server: Server) -> None:
    ids = track_ids(server.get(f"/api/library/tracks?limit={SESSIONS * EACH}")[1]["tracks"])
    async with ClientSession(server.url, timeout=ClientTimeout(120)) as client:

        async def listen(number: int) -> bytes:
            """Make a session, let it play its own tracks in turn, and hear it."""
            own = [ids[number * EACH + place] for place in range(EACH)]
            wanted = {"sessionName": f"s{number}", "options": {"startingTrack": own[0]}}
            async with client.post("/api/session/create", json=wanted) as answer:
                assert answer.status == 201
                assert (await answer.json())["nowPlaying"]["id"] == own[0]
            document = {"trackIds": (own[1:] + own[:1]) * 10, "when": "next"}
            while True:
                async with client.post(f"/session/s{number}/play", json=document) as answer:
                    if answer.status == 200:
                        break
                    assert answer.status == 429
                await asyncio.sleep(1)
            data, stream = b"", STREAMS[number % len(STREAMS)]
            async with client.get(f"/stream/s{number}.{stream}") as response:
                while len(data) < SECONDS * BYTES_PER_S[stream]:
                    data += await response.content.readany()
                response.close()
            return data

        heard = await asyncio.gather(*(listen(number) for number in range(SESSIONS)))
    for number, data in enumerate(heard):
        pcm = decoded(data)
        seconds = [pcm[:, begin : begin + RATE] for begin in range(0, pcm.shape[1] - RATE, RATE)]
        found = [track_of(second) for second in seconds]
        own = {number * EACH + place for place in range(EACH)}
        assert {track for track, _ in found} == own, f"session {number} hears {found}"
        assert max(off for _, off in found) < 0.1
        changes = sum(before[0] != after[0] for before, after in pairwise(found))
        assert changes >= 1
        assert quiet_elsewhere(pcm, own)


def track_ids(tracks: list[dict[str, object]]) -> list[str]:
    """By their number; a file without tags is called by its name."""
    return [str(one["id"]) for one in sorted(tracks, key=lambda one: str(one["title"]))]


def quiet_elsewhere(pcm: Pcm, own: set[int]) -> bool:
    """No other session's tone is in there, not even softly."""
    spectrum = np.abs(np.fft.rfft(pcm.mean(axis=0) * np.hanning(pcm.shape[1])))
    at = [round(hz_of(number) * pcm.shape[1] / RATE) for number in range(SESSIONS * EACH)]
    levels = [float(spectrum[max(0, bin_ - 3) : bin_ + 4].max()) for bin_ in at]
    loudest = max(levels)
    others = max(level for number, level in enumerate(levels) if number not in own)
    return others < loudest / 300  # -50 dB
