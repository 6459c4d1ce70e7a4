"""Packets and the bytes they travel in: codecs, containers and the stream formats made of both.

A **codec** makes packets of a fixed number of samples; packet ``k`` is the encoder's answer to the samples
``[k * packet, (k + 1) * packet)`` of the timeline (what a decoder makes of it sounds later by the codec's
own delay).
A **format** is a codec in a container. Several formats may share one codec's packets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType
from typing import Literal, Protocol

import av
from av.audio.codeccontext import AudioCodecContext

from mixer.clock import QUANTUM
from mixer.errors import CodecError
from mixer.pcm import SAMPLE_RATE

CodecName = Literal["mp3", "opus", "flac", "aac"]
TIME_BASE = Fraction(1, SAMPLE_RATE)


@dataclass(frozen=True, slots=True)
class Codec:
    """How packets are made.

    Attributes:
        packet: samples per packet.
        encoder: FFmpeg's name of the encoder.
        sample_format: what the encoder takes.
        options: the encoder's private options.
        preroll: packets that a fresh encoder is fed early, and whose output is thrown away, so that it agrees
            with one that has been running.
        spliceable: after that, its packets may follow those of another run; and they lie on the quantum grid.
    """

    name: CodecName
    packet: int
    encoder: str
    sample_format: Literal["fltp", "flt", "s16"]
    options: Mapping[str, str] = field(default_factory=dict)
    preroll: int = 2
    spliceable: bool = False

    def first_packet(self, quantum: int) -> int:
        """The first packet that begins in or after ``quantum``."""
        return -(-quantum * QUANTUM // self.packet)


CODECS: Mapping[CodecName, Codec] = MappingProxyType(
    {
        # Without the bit reservoir every packet stands for itself. At level 7 LAME keeps no state for longer
        # than two packets: streams joined anywhere are equal to the bit. It is also twice as fast as usual.
        "mp3": Codec(
            "mp3",
            1152,
            "libmp3lame",
            "fltp",
            {"reservoir": "0", "compression_level": "7"},
            spliceable=True,
        ),
        # At a variable rate the rate control would remember what it has spent, over whole seconds. So do the
        # pitch prefilter from level 5 on and the tonality analysis from level 7 on: single packets of fresh
        # runs would then differ from those of running ones by up to 7 dB, long after they began.
        "opus": Codec(
            "opus",
            960,
            "libopus",
            "flt",
            {"frame_duration": "20", "application": "audio", "vbr": "off", "compression_level": "4"},
            preroll=16,
            spliceable=True,
        ),
        # Levels 0 to 2 use blocks of 1152 samples: five to a quantum, as MP3 has. They carry running numbers.
        "flac": Codec("flac", 1152, "flac", "s16", {"compression_level": "2"}),
        # A fresh encoder takes some 25 packets to agree with one that has been running.
        "aac": Codec("aac", 1024, "aac", "fltp"),
    }
)


@dataclass(frozen=True, slots=True)
class Format:
    """A codec in a container, as it is streamed.

    Attributes:
        name: the extension in a stream's URL.
        mime: the Content-Type.
        container: FFmpeg's muxer, None: packets as they are.
        lag_quanta: how many quanta after its packets a span's bytes leave the container.
        icy: players may ask for ICY metadata in it.
    """

    name: str
    codec: Codec
    mime: str
    container: str | None = None
    container_options: Mapping[str, str] = field(default_factory=dict)
    lag_quanta: int = 0
    icy: bool = False


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        "mp3": Format("mp3", CODECS["mp3"], "audio/mpeg", icy=True),
        "opus": Format(
            "opus", CODECS["opus"], "audio/ogg; codecs=opus", "ogg", {"page_duration": "120000"}, lag_quanta=1
        ),
        "webm": Format(
            "webm",
            CODECS["opus"],
            "audio/webm; codecs=opus",
            "webm",
            {"live": "1", "cluster_time_limit": "120"},
            lag_quanta=1,
        ),
        "flac": Format("flac", CODECS["flac"], "audio/flac", "flac"),
        "aac": Format("aac", CODECS["aac"], "audio/aac", "adts", icy=True),
    }
)


@dataclass(frozen=True, slots=True)
class BitRates:
    """Constant bit rates in kbit/s, stereo."""

    mp3: int = 192
    opus: int = 128
    aac: int = 160

    def of(self, codec: Codec) -> int | None:
        """The bit rate of a codec, None: lossless."""
        rates: dict[CodecName, int | None] = {
            "mp3": self.mp3,
            "opus": self.opus,
            "aac": self.aac,
            "flac": None,
        }
        return rates[codec.name]


def configure(context: AudioCodecContext, codec: Codec, kbps: int | None) -> None:
    """Set a context up for a codec; it is not opened."""
    context.sample_rate = SAMPLE_RATE
    context.layout = "stereo"
    context.format = codec.sample_format
    context.time_base = TIME_BASE
    context.options = dict(codec.options)
    if kbps is not None:
        context.bit_rate = kbps * 1000


class Container(Protocol):
    """Turns packets into the bytes of one endless stream."""

    @property
    def header(self) -> bytes:
        """What every listener gets first."""

    def mux(self, packets: Sequence[bytes]) -> bytes:
        """The bytes that follow when one quantum's packets are added; may belong to the quantum before."""


class RawPackets:
    """No container: MP3 frames follow one another."""

    header = b""

    def mux(self, packets: Sequence[bytes]) -> bytes:
        """The packets, joined."""
        return b"".join(packets)


class _Sink:
    """A file-like object that hands over what was written since the last look."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        taken = b"".join(self._parts)
        self._parts.clear()
        return taken


class MuxedPackets:
    """A container written by FFmpeg's muxer, fed with finished packets: nothing is encoded again."""

    def __init__(self, stream_format: Format, kbps: int | None, first_packet: int) -> None:
        """Start the container.

        Args:
            stream_format: a format with a container.
            kbps: as the packets were made with; some headers carry it.
            first_packet: number of the first packet to come; timestamps count from the timeline's zero.
        """
        assert stream_format.container is not None
        self._codec = stream_format.codec
        self._next = first_packet
        self._sink = _Sink()
        try:
            self._muxer = av.open(
                self._sink, "w", format=stream_format.container, options=dict(stream_format.container_options)
            )
            self._stream = self._muxer.add_stream(self._codec.encoder, rate=SAMPLE_RATE)
            context = self._stream.codec_context
            assert isinstance(context, AudioCodecContext)
            configure(context, self._codec, kbps)
            self._muxer.start_encoding()
        except (av.error.FFmpegError, ValueError) as error:
            raise CodecError(f"{stream_format.name} container: {error}") from error
        self.header = self._sink.take()

    def mux(self, packets: Sequence[bytes]) -> bytes:
        """As :meth:`Container.mux`."""
        size = self._codec.packet
        for data in packets:
            packet = av.Packet(data)
            packet.stream = self._stream
            packet.time_base = TIME_BASE
            packet.pts = packet.dts = self._next * size
            packet.duration = size
            packet.is_keyframe = True
            self._muxer.mux(packet)
            self._next += 1
        return self._sink.take()


def open_container(stream_format: Format, rates: BitRates, first_packet: int) -> Container:
    """A fresh container of a format whose first packet will be number ``first_packet``."""
    if stream_format.container is None:
        return RawPackets()
    return MuxedPackets(stream_format, rates.of(stream_format.codec), first_packet)
