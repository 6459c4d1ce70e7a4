"""A process that publishes in many LiveKit rooms, as Drift does or with LiveKit's SDK.

``python publish.py drift|sdk PORT ROOMS``. When all are connected, it writes a line: the process id of
Drift's publisher process, 0 for the SDK, which has none. It ends with its standard input.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import numpy as np
from livekit import api, rtc
from livekit.rtc._proto.room_pb2 import AudioEncoding

sys.path.insert(0, str(Path(__file__).parents[2]))

from drift.livekit.publisher.crew import Child
from drift.livekit.publisher.process import PublisherProcess
from drift.livekit.publisher.publishers import Connection, Publishers
from drift.supervisor import Supervisor
from drift.telemetry import configure_logging
from mixer.clock import QUANTUM, MonotonicClock, samples
from mixer.codecs import CODECS, Codec
from mixer.encoder import open_encoder
from mixer.pcm import SAMPLE_RATE, Block
from tests.support.livekit import KEY, SECRET

_KBPS = 128
_LOOP_QUANTA = 80
_FRAME = 960


def _sound() -> Block:
    """Some ten seconds of two chords with noise."""
    time_s = np.arange(_LOOP_QUANTA * QUANTUM) / SAMPLE_RATE
    sides = ((220, 277, 330), (440, 554, 659))
    chords = [sum(np.sin(2 * np.pi * hz * time_s) for hz in side) for side in sides]
    noise = np.random.default_rng(1).normal(0, 0.02, (2, time_s.size))
    return np.ascontiguousarray(0.15 * np.stack(chords) + noise, dtype=np.float32)


class Canned:
    """A session whose packets are at hand, the same again and again."""

    def __init__(self, packets: list[bytes], begun: float, clock: MonotonicClock) -> None:
        self._packets = packets
        self._begun = begun
        self._clock = clock

    @property
    def position(self) -> int:
        return samples(self._clock.now() - self._begun) // QUANTUM * QUANTUM

    def announce(self) -> None:
        pass

    def resume_from(self, sample: int) -> None:
        pass

    async def packets(self, codec: Codec, quantum: int, count: int) -> list[list[bytes]]:
        starts = [one % _LOOP_QUANTA * 6 for one in range(quantum, quantum + count)]
        return [self._packets[start : start + 6] for start in starts]


async def _as_drift(url: str, rooms: list[str]) -> None:
    encoder = open_encoder(CODECS["opus"], _KBPS)
    packets = encoder.encode(np.tile(_sound(), 2))[: _LOOP_QUANTA * 6]
    clock = MonotonicClock()
    children: list[PublisherProcess] = []

    async def start(hear: object) -> Child:
        children.append(await PublisherProcess.start(hear))  # type: ignore[arg-type]
        return children[-1]

    async with Supervisor() as supervisor:
        publishers = Publishers(supervisor, clock, start_child=start)
        for number, room in enumerate(rooms):
            token = _token(room)

            async def connect(token: str = token) -> Connection:
                return Connection(url, token)

            publishers.publish(room, Canned(packets, clock.now() - 10 - number * 0.007, clock), connect)
        while not all(map(publishers.connected, rooms)):  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.05)
        print(children[0].pid, flush=True)
        await _end_of_input()
        print(publishers.figures, file=sys.stderr)
        await publishers.stop()


async def _with_sdk(url: str, rooms: list[str]) -> None:
    pcm = (_sound().T * 32767).astype(np.int16).reshape(-1, _FRAME * 2)
    frames = [rtc.AudioFrame(one.tobytes(), SAMPLE_RATE, 2, _FRAME) for one in pcm]
    sources = []
    for name in rooms:
        room = rtc.Room()
        await room.connect(url, _token(name), rtc.RoomOptions(auto_subscribe=False))
        source = rtc.AudioSource(SAMPLE_RATE, 2, queue_size_ms=200)
        track = rtc.LocalAudioTrack.create_audio_track("mix", source)
        options = rtc.TrackPublishOptions(
            dtx=False,
            red=False,
            source=rtc.TrackSource.SOURCE_SCREENSHARE_AUDIO,
            audio_encoding=AudioEncoding(max_bitrate=_KBPS * 1000),
        )
        await room.local_participant.publish_track(track, options)
        sources.append((room, source))

    async def feed(source: rtc.AudioSource) -> None:
        while True:
            for frame in frames:
                await source.capture_frame(frame)

    async with asyncio.TaskGroup() as tasks:
        feeding = [tasks.create_task(feed(source)) for _, source in sources]
        print(0, flush=True)
        await _end_of_input()
        for task in feeding:
            task.cancel()


def _token(room: str) -> str:
    grants = api.VideoGrants(room_join=True, room=room)
    return api.AccessToken(KEY, SECRET).with_identity("mix").with_grants(grants).to_jwt()


async def _end_of_input() -> None:
    await asyncio.to_thread(sys.stdin.read)


def main() -> None:
    """See the module."""
    import uvloop  # noqa: PLC0415 - as Drift has it

    configure_logging()
    how, port, count = sys.argv[1:]
    work = {"drift": _as_drift, "sdk": _with_sdk}[how]
    rooms = [f"{how} {number}" for number in range(int(count))]
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work(f"ws://127.0.0.1:{port}", rooms))


if __name__ == "__main__":
    main()
