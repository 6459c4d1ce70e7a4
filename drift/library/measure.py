"""Measures a whole stream while it is decoded once: length, loudness, true peak, cue points, identity.

The same blocks of 48 kHz stereo go through FFmpeg's ``ebur128`` filter, a meter of true peaks, the search for
cue points, and to whoever else wants to hear them. Memory is bounded by one packet and one block.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.frame import Frame
from numpy.typing import NDArray

from drift.errors import UnplayableError
from drift.library.decode import BLOCK_SAMPLES, RATE_HZ, Decoding, samples_of
from drift.library.peak import PeakMeter
from drift.models import AudioFacts, TrackId

CUE_WINDOW_SAMPLES = 480
CUE_THRESHOLD_DBFS = -55.0
"""A 10 ms window holds sound when the RMS of a channel is above this; 0 is a full-scale square wave.

A constant offset does not count: it is inaudible, and Opus, for one, takes it out. Neither does a window
alone: that is the click with which an offset begins.
"""

MIN_LENGTH_S = 2.0
LOUDNESS_FLOOR_LUFS = -70.0
TRUE_PEAK_FLOOR_DBTP = -100.0
_CUE_POWER = 10 ** (CUE_THRESHOLD_DBFS / 10)
_REPORT_SAMPLES = 4_800  # the step of 100 ms in which the loudness meter works


def measure(
    container: InputContainer, stream: AudioStream, hear: Callable[[NDArray[np.float32]], None]
) -> tuple[TrackId, AudioFacts]:
    """Decode `stream` from its start to its end.

    A packet that cannot be decoded is skipped; a file that ends early is measured as far as it goes.

    Args:
        container: as opened.
        stream: of `container`.
        hear: called with each block in turn, float32 ``(2, n)`` at 48 kHz, finite; it may keep them.

    Returns:
        The identity (BLAKE2b-128 over codec name, its setup data and the encoded packets, so that tags,
        covers and the file's name play no part) and the facts. ``length_samples`` is what PyAV's
        ``AudioResampler("fltp", "stereo", 48000)`` yields for the decoded stream, flush included:
        ``ceil(n * 48000 / rate)`` for n decoded samples, or one less at rates above 96 kHz.

    Raises:
        UnplayableError: too damaged, too short or silent.
    """
    decoding = Decoding(container, stream)
    loudness = _Loudness()
    cues = _Cues()
    peak = PeakMeter()
    for block in decoding.blocks():
        samples = samples_of(block)
        cues.push(samples)  # first: it refuses what is not finite
        peak.push(samples)
        hear(samples)
        loudness.push(block)
    identity = decoding.finish()
    cues.check()
    highest = peak.finish()
    return identity, AudioFacts(
        codec=stream.codec_context.codec.canonical_name,
        sample_rate_hz=decoding.sample_rate_hz,
        channels=decoding.channels,
        length_samples=cues.length_samples,
        cue_in_samples=cues.cue_in_samples,
        cue_out_samples=cues.cue_out_samples,
        loudness_lufs=loudness.finish(),
        true_peak_dbtp=max(TRUE_PEAK_FLOOR_DBTP, 20 * math.log10(max(highest, 1e-9))),
    )


class _Loudness:
    """EBU R 128 (ITU-R BS.1770) by FFmpeg: https://ffmpeg.org/ffmpeg-filters.html#ebur128-1 ."""

    def __init__(self) -> None:
        self._graph = av.filter.Graph()
        source = self._graph.add_abuffer(format="fltp", sample_rate=RATE_HZ, layout="stereo")
        meter = self._graph.add("ebur128", "metadata=1")
        sink = self._graph.add("abuffersink")
        self._graph.link_nodes(source, meter, sink).configure()
        self._position = 0
        self._last: Frame | None = None

    def push(self, block: AudioFrame) -> None:
        """Measure one block; `block` is not changed but for its time stamp."""
        block.pts = self._position
        block.time_base = Fraction(1, RATE_HZ)
        self._position += block.samples
        self._graph.push(block)
        while True:
            try:
                self._last = self._graph.pull()
            except (BlockingIOError, EOFError):
                return

    def finish(self) -> float:
        """Integrated loudness in LUFS."""
        rest = -self._position % _REPORT_SAMPLES or _REPORT_SAMPLES  # it reports whole steps only
        silence = AudioFrame.from_ndarray(np.zeros((2, rest), np.float32), format="fltp", layout="stereo")
        silence.sample_rate = RATE_HZ
        self.push(silence)
        report = self._last.metadata if self._last is not None else {}
        return max(LOUDNESS_FLOOR_LUFS, float(report.get("lavfi.r128.I", "-inf")))


@dataclass
class _Cues:
    """Where the sound begins and ends, in windows of 10 ms."""

    length_samples: int = 0
    cue_in_samples: int = -1
    cue_out_samples: int = 0
    _last_sounds: bool = False
    _padded: NDArray[np.float32] = field(default_factory=lambda: np.zeros((2, BLOCK_SAMPLES), np.float32))

    def push(self, samples: NDArray[np.float32]) -> None:
        """Look at one block, (2, n <= BLOCK_SAMPLES) float32."""
        count = samples.shape[1]
        self._padded[:, :count] = samples
        self._padded[:, count:] = 0.0
        windows = self._padded.reshape(2, -1, CUE_WINDOW_SAMPLES)
        power = windows.var(axis=2).max(axis=0)
        if not np.isfinite(power).all():
            raise UnplayableError("damaged: it holds samples that are not numbers")
        sounds = np.concatenate(([self._last_sounds], power > _CUE_POWER))
        self._last_sounds = bool(sounds[-1])
        pairs = np.flatnonzero(sounds[:-1] & sounds[1:])  # pair i is window i - 1 with window i
        if pairs.size:
            if self.cue_in_samples < 0:
                self.cue_in_samples = self.length_samples + (int(pairs[0]) - 1) * CUE_WINDOW_SAMPLES
            end = min(int(pairs[-1] + 1) * CUE_WINDOW_SAMPLES, count)
            self.cue_out_samples = self.length_samples + end
        self.length_samples += count

    def check(self) -> None:
        """Raise UnplayableError if there is not enough sound to be a track."""
        length_s = self.length_samples / RATE_HZ
        if length_s < MIN_LENGTH_S:
            raise UnplayableError(
                f"too short: it holds {length_s:.1f} s of audio, {MIN_LENGTH_S:.0f} s are needed"
            )
        if self.cue_in_samples < 0:
            raise UnplayableError(f"silent: nothing in it is louder than {CUE_THRESHOLD_DBFS:.0f} dBFS")
        sound_s = (self.cue_out_samples - self.cue_in_samples) / RATE_HZ
        if sound_s < MIN_LENGTH_S:
            raise UnplayableError(f"too short: only {sound_s:.1f} s of it are not silent")
