"""Decodes a whole stream to blocks of 48 kHz stereo, and hashes what it was decoded from.

Signal path: demuxer -> decoder -> ``AudioResampler`` (float32 planar, stereo, 48 kHz, blocks of 0.5 s).
Memory is bounded by one packet and one block.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any, cast

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer
from numpy.typing import NDArray

from drift.errors import UnplayableError
from drift.models import TrackId

RATE_HZ = 48_000
BLOCK_SAMPLES = 24_000
"""Half a second: Python's share of the work is small, and a block still fits the processor's cache."""

SAMPLE_RATES_HZ = range(4_000, 768_001)
"""Rates outside are damage or mischief: one second at 1 Hz would be resampled to 48 000 samples per byte."""

DRM = "protected by DRM: it can only be played by the shop's own player"


class Decoding:
    """One pass over a stream, from its start to its end.

    A packet that cannot be decoded is skipped; a file that ends early is decoded as far as it goes. The
    blocks are what PyAV's ``AudioResampler("fltp", "stereo", 48000)`` yields, flush included.

    Attributes:
        sample_rate_hz: the stream's own, from its first frame on; 0 before that.
        channels: the same.
    """

    def __init__(self, container: InputContainer, stream: AudioStream) -> None:
        self._container = container
        self._stream = stream
        context = stream.codec_context
        context.thread_count = 1  # the scan runs one process per core
        codec = context.codec.canonical_name
        setup = context.extradata or b""
        self._identity = hashlib.blake2b(codec.encode() + b"\0" + setup, digest_size=16)
        if codec.startswith("pcm_"):  # bare samples do not say what they are
            self._identity.update(b"%d %d" % (context.sample_rate, context.channels))
        self._packets = 0
        self._damaged = 0
        self._format: tuple[str, str, int] | None = None
        self._resampler: AudioResampler | None = None
        self.sample_rate_hz = 0
        self.channels = 0

    def blocks(self) -> Iterator[AudioFrame]:
        """All blocks: `BLOCK_SAMPLES` each, but for the last one, and for those before a change of format.

        Raises:
            UnplayableError: protected, of an absurd sample rate, or the disk fails.
        """
        for frame in self._frames():
            yield from self._resampled(frame)
        yield from self._flushed()

    def finish(self) -> TrackId:
        """The identity, after the last block: BLAKE2b-128 over codec name, setup data and encoded packets.

        Raises:
            UnplayableError: there was nothing, or more than half of the packets were damaged.
        """
        if self._packets == 0:
            raise UnplayableError("holds no audio: it is empty or broken off")
        if self._damaged * 2 > self._packets:
            share = 100 * self._damaged // self._packets
            raise UnplayableError(f"damaged: {min(share, 100)} % of it cannot be decoded")
        return TrackId(self._identity.hexdigest())

    def _frames(self) -> Iterator[AudioFrame]:
        """Every frame that can be decoded."""
        for packet in self._packets_until_damage():
            if packet.size:
                self._packets += 1
                self._identity.update(packet)
                if packet.has_sidedata("encryption_info"):
                    raise UnplayableError(DRM)
            try:
                yield from packet.decode()
            except av.FFmpegError:
                self._damaged += 1

    def _packets_until_damage(self) -> Iterator[Any]:
        try:
            yield from self._container.demux(self._stream)
        except OSError as error:  # the disk's fault: the same file may be fine tomorrow
            reason = f"cannot be read: {error.strerror}"
            raise UnplayableError(reason, transient=True) from error
        except av.FFmpegError:
            self._damaged += 1

    def _resampled(self, frame: AudioFrame) -> list[AudioFrame]:
        """The blocks that `frame` completes; a stream may change its format on the way."""
        kind = (frame.format.name, frame.layout.name, frame.sample_rate)
        flushed: list[AudioFrame] = []
        if kind != self._format:
            if frame.sample_rate not in SAMPLE_RATES_HZ:
                raise UnplayableError(f"has a sample rate of {frame.sample_rate} Hz")
            flushed = self._flushed()
            self._resampler = AudioResampler("fltp", "stereo", RATE_HZ, frame_size=BLOCK_SAMPLES)
            self._format = kind
            self.sample_rate_hz = self.sample_rate_hz or frame.sample_rate
            self.channels = self.channels or frame.layout.nb_channels
        assert self._resampler is not None
        return flushed + self._resampler.resample(frame)

    def _flushed(self) -> list[AudioFrame]:
        """What the resampler still holds."""
        return self._resampler.resample(None) if self._resampler else []


def samples_of(block: AudioFrame) -> NDArray[np.float32]:
    """The samples of one of `Decoding`'s blocks, float32 ``(2, n)``, owned by the caller."""
    return cast("NDArray[np.float32]", block.to_ndarray())
