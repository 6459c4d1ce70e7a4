"""A small LiveKit client for one room: publishes the mix as it is encoded, hears data, nothing else.

It joins through ``/rtc/v1``: one peer connection, whose offer travels with the request to join.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from fractions import Fraction
from typing import Any

import aiohttp
import av
from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCPeerConnection,
    RTCSessionDescription,
)
from aiortc.mediastreams import MediaStreamError
from aiortc.rtcrtpsender import RTCRtpSender
from aiortc.sdp import candidate_from_sdp
from livekit.protocol import models, rtc

_CONNECT_S = 10.0
_CLOSE_S = 1.0
_PROTOCOL = 15
"""Of LiveKit's signalling; what came later (moving to other rooms) is not understood here."""

_TIME_BASE = Fraction(1, 48_000)
_UNSENT_PACKETS = 25
_OPUS_LINE = "a=rtpmap:96 opus/48000/2\r\n"
_STEREO_LINE = "a=fmtp:96 minptime=10;useinbandfec=0;stereo=1;sprop-stereo=1\r\n"


class MixTrack(MediaStreamTrack):
    """Packets on their way to a peer connection. Half a second of them may wait; then the oldest go."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self._unsent: deque[av.Packet[Any]] = deque(maxlen=_UNSENT_PACKETS)
        self._waiter: asyncio.Future[None] | None = None

    def put(self, timestamp: int, data: bytes) -> None:
        """Send a packet now, with a timestamp in samples."""
        packet = av.Packet(data)
        packet.pts = timestamp
        packet.time_base = _TIME_BASE
        self._unsent.append(packet)
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def recv(self) -> av.Packet[Any]:
        """The next packet, for the peer connection."""
        while not self._unsent:
            if self.readyState != "live":
                raise MediaStreamError
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        return self._unsent.popleft()


class RoomClient:
    """One connection to one room; another one takes another client.

    Args:
        connected: called when the mix can be heard from now on.
        data: gets each message on the reliable data channel.
    """

    def __init__(self, connected: Callable[[], None], data: Callable[[bytes], None]) -> None:
        self.track = MixTrack()
        self._connected = connected
        self._pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._pc.on("connectionstatechange", self._state_changed)
        self._pc.createDataChannel("_reliable").on("message", _only_bytes(data))
        self._pc.createDataChannel("_lossy", ordered=False, maxRetransmits=0)  # LiveKit waits for both
        self._lost: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._heard_at = 0.0
        self._ping_s = (5.0, 15.0)
        self._up = asyncio.Event()

    async def run(self, http: aiohttp.ClientSession, url: str, token: str) -> str:
        """Publish until the room is lost.

        Returns:
            Why it was.

        Raises:
            aiohttp.ClientError: LiveKit cannot be reached, or refuses.
        """
        try:
            address = f"{url.rstrip('/')}/rtc/v1?join_request={await self._join_request()}"
            headers = {"Authorization": f"Bearer {token}"}
            async with asyncio.timeout(_CONNECT_S):
                socket = await http.ws_connect(address, headers=headers, max_msg_size=1_000_000)
            async with socket:
                reason = await self._stay(socket)
                with suppress(ConnectionError):
                    await socket.send_bytes(_leave())
                return reason
        finally:
            with suppress(TimeoutError):
                async with asyncio.timeout(_CLOSE_S):
                    await self._pc.close()

    def leave(self) -> None:
        """Let :meth:`run` end."""
        self._lose("left")

    async def _join_request(self) -> str:
        """The request, with the track and the offer in it, as it stands in the address."""
        transceiver = self._pc.addTransceiver(self.track, direction="sendonly")
        opus = [one for one in RTCRtpSender.getCapabilities("audio").codecs if one.mimeType == "audio/opus"]
        transceiver.setCodecPreferences(opus)
        await self._pc.setLocalDescription(await self._pc.createOffer())
        sdp = self._pc.localDescription.sdp
        if _OPUS_LINE not in sdp:
            raise RuntimeError("aiortc offers Opus in another way than it used to")
        request = rtc.JoinRequest(
            client_info=models.ClientInfo(protocol=_PROTOCOL, version="1"),
            connection_settings=rtc.ConnectionSettings(auto_subscribe=False),
            add_track_requests=[_track_request(self.track.id)],
            publisher_offer=rtc.SessionDescription(
                type="offer", sdp=sdp.replace(_OPUS_LINE, _OPUS_LINE + _STEREO_LINE)
            ),
        )
        wrapped = rtc.WrappedJoinRequest(join_request=request.SerializeToString())
        return base64.urlsafe_b64encode(wrapped.SerializeToString()).decode()

    async def _stay(self, socket: aiohttp.ClientWebSocketResponse) -> str:
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(self._listen(socket)), tasks.create_task(self._watch(socket))]
            try:
                return await self._lost
            finally:
                for task in running:
                    task.cancel()

    async def _listen(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """Do what LiveKit says."""
        async for message in socket:
            self._heard_at = _now()
            if message.type is aiohttp.WSMsgType.BINARY:
                await self._take(rtc.SignalResponse.FromString(message.data))
        self._lose("LiveKit has closed the connection")

    async def _take(self, response: rtc.SignalResponse) -> None:
        """New tokens are not kept: each connection gets one of its own."""
        match response.WhichOneof("message"):
            case "join":
                told = response.join
                self._ping_s = (float(told.ping_interval or 5), float(told.ping_timeout or 15))
            case "answer":
                answer = RTCSessionDescription(response.answer.sdp, response.answer.type)
                await self._pc.setRemoteDescription(answer)
            case "trickle":
                await self._trickle(response.trickle)
            case "leave":
                self._lose(models.DisconnectReason.Name(response.leave.reason))
            case "request_response" if response.request_response.reason != rtc.RequestResponse.OK:
                self._lose(rtc.RequestResponse.Reason.Name(response.request_response.reason))

    async def _trickle(self, trickle: rtc.TrickleRequest) -> None:
        told = json.loads(trickle.candidateInit)
        line = str(told.get("candidate") or "")
        if not line:
            return
        candidate = candidate_from_sdp(line.removeprefix("candidate:"))
        candidate.sdpMid = told.get("sdpMid")
        candidate.sdpMLineIndex = told.get("sdpMLineIndex")
        await self._pc.addIceCandidate(candidate)

    async def _watch(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """Ping, and notice when LiveKit is no longer there."""
        try:
            async with asyncio.timeout(_CONNECT_S):
                await self._up.wait()
        except TimeoutError:
            self._lose("no connection for audio")
            return
        while True:
            every_s, limit_s = self._ping_s
            await asyncio.sleep(every_s)
            if _now() - self._heard_at > limit_s:
                self._lose("LiveKit does not answer")
            with suppress(ConnectionError):
                ping = rtc.SignalRequest(ping_req=rtc.Ping(timestamp=int(_now() * 1000)))
                await socket.send_bytes(ping.SerializeToString())

    def _state_changed(self) -> None:
        state = self._pc.connectionState
        if state == "connected":
            self._up.set()
            self._connected()
        elif state in {"failed", "closed"}:
            self._lose(f"the connection for audio has {state}")

    def _lose(self, reason: str) -> None:
        if not self._lost.done():
            self._lost.set_result(reason)


def _now() -> float:
    return asyncio.get_running_loop().time()


def _only_bytes(data: Callable[[bytes], None]) -> Callable[[object], None]:
    return lambda message: data(message) if isinstance(message, bytes) else None


def _track_request(cid: str) -> rtc.AddTrackRequest:
    """What makes LiveKit take the mix as music: stereo, no pauses while it is silent, nothing sent twice."""
    return rtc.AddTrackRequest(
        cid=cid,
        name="mix",
        type=models.TrackType.AUDIO,
        source=models.TrackSource.SCREEN_SHARE_AUDIO,
        stereo=True,
        disable_dtx=True,
        disable_red=True,
        audio_features=[models.AudioTrackFeature.TF_STEREO, models.AudioTrackFeature.TF_NO_DTX],
    )


def _leave() -> bytes:
    leave = rtc.LeaveRequest(
        reason=models.DisconnectReason.CLIENT_INITIATED, action=rtc.LeaveRequest.Action.DISCONNECT
    )
    return rtc.SignalRequest(leave=leave).SerializeToString()
