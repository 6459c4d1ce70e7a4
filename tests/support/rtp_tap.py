"""Someone in a LiveKit room who keeps each RTP packet of the mix as it came."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import aiohttp
import av
import numpy as np
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.sdp import candidate_from_sdp
from livekit.protocol import rtc

from tests.support.ears import RATE, Pcm

_PACKET = 960
LIMIT_S = 20.0


@dataclass(frozen=True)
class Heard:
    """An RTP packet.

    Attributes:
        at: when it came, by ``time.monotonic``.
    """

    at: float
    sequence: int
    timestamp: int
    payload: bytes


class Tap:
    """What came, and what was offered."""

    def __init__(self) -> None:
        self.packets: list[Heard] = []
        self.offer = ""
        self._pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._pc.on("track", self._track)
        self._offers: asyncio.Queue[rtc.SessionDescription] = asyncio.Queue()

    @property
    def payloads(self) -> list[bytes]:
        """Of all packets, in the order in which they came."""
        return [one.payload for one in self.packets]

    def gaps(self) -> list[tuple[int, int]]:
        """Where something is missing: steps of sequence numbers and timestamps that are not (1, 960)."""
        pairs = zip(self.packets, self.packets[1:], strict=False)
        steps = [((b.sequence - a.sequence) % 65_536, (b.timestamp - a.timestamp) % 2**32) for a, b in pairs]
        return [step for step in steps if step != (1, _PACKET)]

    async def until(self, count: int) -> None:
        """Return when so many packets have come."""
        await until(lambda: len(self.packets) >= count, LIMIT_S)

    async def run(self, http: aiohttp.ClientSession, url: str, token: str) -> None:
        """Listen until cancelled."""
        address = f"{url}/rtc?auto_subscribe=1&protocol=15&access_token={token}"
        try:
            async with http.ws_connect(address) as socket, asyncio.TaskGroup() as tasks:
                tasks.create_task(self._answer(socket))
                async for message in socket:
                    await self._take(rtc.SignalResponse.FromString(message.data))
        finally:
            await self._pc.close()

    async def _answer(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """One offer after another: aiortc never starts tracks that are offered while it is connecting."""
        while True:
            offer = await self._offers.get()
            self.offer = offer.sdp
            await self._pc.setRemoteDescription(RTCSessionDescription(self.offer, "offer"))
            await self._pc.setLocalDescription(await self._pc.createAnswer())
            answer = rtc.SessionDescription(type="answer", sdp=self._pc.localDescription.sdp, id=offer.id)
            await socket.send_bytes(rtc.SignalRequest(answer=answer).SerializeToString())
            await until(lambda: self._pc.connectionState == "connected", LIMIT_S)

    async def _take(self, response: rtc.SignalResponse) -> None:
        kind = response.WhichOneof("message")
        if kind == "offer":
            self._offers.put_nowait(response.offer)
        elif kind == "trickle" and response.trickle.target == rtc.SignalTarget.SUBSCRIBER:
            told = json.loads(response.trickle.candidateInit)
            candidate = candidate_from_sdp(told["candidate"].removeprefix("candidate:"))
            candidate.sdpMid = told["sdpMid"]
            await until(lambda: self._pc.remoteDescription is not None, LIMIT_S)
            await self._pc.addIceCandidate(candidate)

    def _track(self, track: MediaStreamTrack) -> None:
        """aiortc decodes; what it decodes from is kept."""
        receiver = next(one for one in self._pc.getReceivers() if one.track is track)
        handle = receiver._handle_rtp_packet

        async def keep(packet: Any, arrival_time_ms: int) -> None:
            if packet.payload:
                heard = Heard(time.monotonic(), packet.sequence_number, packet.timestamp, packet.payload)
                self.packets.append(heard)
            await handle(packet, arrival_time_ms=arrival_time_ms)

        setattr(receiver, "_handle_rtp_packet", keep)  # noqa: B010 - a method is replaced


async def until(ask: Callable[[], bool], limit_s: float) -> None:
    """Return when the answer is true."""
    async with asyncio.timeout(limit_s):
        while not ask():  # noqa: ASYNC110 - of what happens in other processes, nobody tells
            await asyncio.sleep(0.01)


@asynccontextmanager
async def tap(url: str, token: str) -> AsyncIterator[Tap]:
    """Be in a room meanwhile."""
    made = Tap()
    async with aiohttp.ClientSession() as http, asyncio.TaskGroup() as tasks:
        running = tasks.create_task(made.run(http, url, token))
        try:
            yield made
        finally:
            running.cancel()


def opus_decoded(payloads: list[bytes]) -> Pcm:
    """What Opus packets sound like: a block ``(2, n)``."""
    decoder = av.CodecContext.create("libopus", "r")
    assert isinstance(decoder, av.AudioCodecContext)
    decoder.sample_rate = RATE
    decoder.layout = "stereo"
    blocks: list[Pcm] = []
    for number, payload in enumerate(payloads):
        packet = av.Packet(payload)
        packet.pts = number * _PACKET
        packet.time_base = Fraction(1, RATE)
        for frame in decoder.decode(packet):
            assert frame.format.name == "s16"
            blocks.append(frame.to_ndarray().reshape(-1, 2).T.astype(np.float32) / np.float32(32_768))
    return np.concatenate(blocks, axis=1)
