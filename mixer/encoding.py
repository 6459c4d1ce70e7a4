"""Which packets: a track's content at a gain in a codec, in chunks that can each be made on their own."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from mixer.chunk import MemoryChunk
from mixer.codecs import Codec
from mixer.decks import Decks
from mixer.encoder import implementation
from mixer.live import LivePackets
from mixer.pcm import SAMPLE_RATE, Block
from mixer.render import render
from mixer.timeline import Clip, Source, Timeline

CHUNK_QUANTA = 100
"""12 s: 500 packets of MP3, 600 of Opus; some 200 kB."""

_SLICE_QUANTA = 8
"""Encoded at a time: after that something more urgent may go first, and readers may have it."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """A track at a gain in a codec. Packet ``j`` begins ``j * codec.packet`` samples after the cue-in.

    Attributes:
        digest: names the packets, also across restarts; made of all that changes them.
    """

    source: Source
    gain: float
    codec: Codec
    kbps: int | None
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        source, codec = self.source, self.codec
        version = (CHUNK_QUANTA, implementation(codec))
        audio = (source.key, source.cue_in, source.cue_out, self.gain)
        settings = (codec.encoder, codec.packet, codec.preroll, sorted(codec.options.items()), self.kbps)
        digest = hashlib.blake2b(repr((version, audio, settings)).encode(), digest_size=16)
        object.__setattr__(self, "digest", digest.hexdigest())

    @property
    def packets(self) -> int:
        """How many whole packets lie between the cue points."""
        return self.source.playable // self.codec.packet

    @property
    def per_chunk(self) -> int:
        """How many packets a chunk has; the last one may have fewer."""
        return self.codec.first_packet(CHUNK_QUANTA)

    def seconds(self, packets: int) -> float:
        """How long so many packets last."""
        return packets * self.codec.packet / SAMPLE_RATE


class ChunkEncoder:
    """Makes one chunk of an encoding, a slice at a time. Not thread-safe, but for ``chunk``.

    Attributes:
        chunk: what has been made so far.
        begun: whether anything has been.
    """

    def __init__(self, encoding: Encoding, number: int) -> None:
        self.chunk = MemoryChunk()
        self.begun = False
        self._encoding = encoding
        self._first = number * encoding.per_chunk
        self._count = min(encoding.per_chunk, encoding.packets - self._first)
        self._decks = Decks()
        self._live = LivePackets(self._render, encoding.codec, encoding.kbps)

    def step(self) -> bool:
        """Encode the next slice; True when that was the last.

        Raises:
            ClipFault: the track cannot be played.
            CodecError: the encoder cannot be started.
        """
        self.begun = True
        done = len(self.chunk.packets)
        n = min(self._encoding.codec.first_packet(_SLICE_QUANTA), self._count - done)
        self.chunk.add(self._live.take(self._first + done, n))
        return done + n == self._count

    def _render(self, start: int, n: int) -> Block:
        source = self._encoding.source
        alone = Timeline((Clip(source, 0, source.playable, source.cue_in, self._encoding.gain),))
        return render(alone, start, n, self._decks)

    def close(self) -> None:
        """Let go of the file and the encoder."""
        self._decks.close()
        self._live.rest()
