"""Encoders: blocks in, packets out. FFmpeg's, and for MP3 the system's LAME where there is one."""

from __future__ import annotations

from typing import Any, Protocol

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame

from mixer import lame
from mixer.codecs import TIME_BASE, Codec, configure
from mixer.errors import CodecError
from mixer.pcm import SAMPLE_RATE, Block, to_s16


class Encoder(Protocol):
    """One run of an encoder. Not thread-safe."""

    def encode(self, block: Block) -> list[bytes]:
        """Feed whole packets of PCM.

        Args:
            block: ``(2, k * codec.packet)``.

        Returns:
            The packets that are ready: the n-th packet ever returned is for the n-th ever fed.

        Raises:
            CodecError: those are not whole packets.
        """


def open_encoder(codec: Codec, kbps: int | None) -> Encoder:
    """A fresh encoder.

    Raises:
        CodecError: there is none for the codec, or it refuses the bit rate.
    """
    if _by_lame(codec) and kbps is not None:
        return lame.Lame(kbps, int(codec.options["compression_level"]))
    return _FFmpeg(codec, kbps)


def implementation(codec: Codec) -> str:
    """Who encodes, with its version: packets of different implementations differ a little."""
    if _by_lame(codec):
        return f"LAME {lame.version()}"
    return f"{codec.encoder} in libavcodec {'.'.join(map(str, av.library_versions['libavcodec']))}"


def _by_lame(codec: Codec) -> bool:
    return codec.name == "mp3" and bool(lame.version())


class _FFmpeg:
    """An encoder of FFmpeg's."""

    def __init__(self, codec: Codec, kbps: int | None) -> None:
        self._codec = codec
        self._fed = 0
        try:
            context = av.CodecContext.create(codec.encoder, "w")
            assert isinstance(context, AudioCodecContext)
            configure(context, codec, kbps)
            context.open()
        except (av.error.FFmpegError, ValueError) as error:
            raise CodecError(f"{codec.name} encoder at {kbps} kbit/s: {error}") from error
        self._context = context

    def encode(self, block: Block) -> list[bytes]:
        """As :meth:`Encoder.encode`."""
        size = self._codec.packet
        if block.shape[1] % size:
            raise CodecError(f"{self._codec.name} takes whole packets of {size} samples")
        ready: list[bytes] = []
        for at in range(0, block.shape[1], size):
            frame = self._frame(block[:, at : at + size])
            frame.pts = self._fed
            self._fed += size
            ready += [bytes(packet) for packet in self._context.encode(frame)]
        return ready

    def _frame(self, pcm: Block) -> AudioFrame:
        samples: np.ndarray[Any, Any]
        if self._codec.sample_format == "fltp":
            samples = np.ascontiguousarray(pcm)
        elif self._codec.sample_format == "flt":
            samples = np.ascontiguousarray(pcm.T).reshape(1, -1)
        else:
            samples = to_s16(pcm).reshape(1, -1)
        frame = AudioFrame.from_ndarray(samples, format=self._codec.sample_format, layout="stereo")
        frame.sample_rate = SAMPLE_RATE
        frame.time_base = TIME_BASE
        return frame
