"""Decodes a whole stream once and measures it: length, loudness, true peak, cue points, identity.

Signal path: demuxer -> decoder -> ``AudioResampler`` (float32 planar, stereo, 48 kHz, blocks of 100 ms) ->
FFmpeg's ``ebur128`` filter and, on the same blocks, numpy. Memory is bounded by one packet and one block.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer
from numpy.typing import NDArray

from drift.errors import UnplayableError
from drift.models import AudioFacts, TrackId

RATE_HZ = 48_000
BLOCK_SAMPLES = 4_800
"""100 ms: the step in which ``ebur128`` reports."""

CUE_WINDOW_SAMPLES = 480
CUE_THRESHOLD_DBFS = -55.0
"""A 10 ms window holds sound when the RMS of a channel is above this; 0 is a full-scale square wave.

A constant offset does not count: it is inaudible, and Opus, for one, takes it out. Neither does a window
alone: that is the click with which an offset begins.
"""

MIN_LENGTH_S = 2.0
SAMPLE_RATES_HZ = range(4_000, 768_001)
"""Rates outside are damage or mischief: one second at 1 Hz would be resampled to 48 000 samples per byte."""

LOUDNESS_FLOOR_LUFS = -70.0
TRUE_PEAK_FLOOR_DBTP = -100.0
DRM = "protected by DRM: it can only be played by the shop's own player"
_CUE_POWER = 10 ** (CUE_THRESHOLD_DBFS / 10)


def measure(container: InputContainer, stream: AudioStream) -> tuple[TrackId, AudioFacts]:
    """Decode `stream` from its start to its end.

    A packet that cannot be decoded is skipped; a file that ends early is measured as far as it goes.

    Returns:
        The identity (BLAKE2b-128 over codec name, its setup data and the encoded packets, so that tags,
        covers and the file's name play no part) and the facts. ``length_samples`` is what PyAV's
        ``AudioResampler("fltp", "stereo", 48000)`` yields for the decoded stream, flush included:
        ``ceil(n * 48000 / rate)`` for n decoded samples, or one less at rates above 96 kHz.

    Raises:
        UnplayableError: too damaged, too short or silent.
    """
    decoding = _Decoding(container, stream)
    blocks = _Blocks()
    loudness = _Loudness()
    cues = _Cues()
    for frame in decoding.frames():
        for block in blocks.push(frame):
            loudness.push(block)
            cues.push(block)
    for block in blocks.flush():
        loudness.push(block)
        cues.push(block)
    decoding.check()
    cues.check()
    loudness_lufs, true_peak = loudness.finish()
    peak = max(true_peak, cues.sample_peak)
    return TrackId(decoding.identity.hexdigest()), AudioFacts(
        codec=stream.codec_context.codec.canonical_name,
        sample_rate_hz=blocks.sample_rate_hz,
        channels=blocks.channels,
        length_samples=cues.length_samples,
        cue_in_samples=cues.cue_in_samples,
        cue_out_samples=cues.cue_out_samples,
        loudness_lufs=loudness_lufs,
        true_peak_dbtp=max(TRUE_PEAK_FLOOR_DBTP, 20 * math.log10(peak)) if peak > 0 else TRUE_PEAK_FLOOR_DBTP,
    )


class _Decoding:
    """The decoder's side: frames, the identity of what was fed to it, and how much of that was damaged."""

    def __init__(self, container: InputContainer, stream: AudioStream) -> None:
        self._container = container
        self._stream = stream
        context = stream.codec_context
        context.thread_count = 1  # the scan runs one process per core
        codec = context.codec.canonical_name
        setup = context.extradata or b""
        self.identity = hashlib.blake2b(codec.encode() + b"\0" + setup, digest_size=16)
        if codec.startswith("pcm_"):  # bare samples do not say what they are
            self.identity.update(b"%d %d" % (context.sample_rate, context.channels))
        self._packets = 0
        self._damaged = 0

    def frames(self) -> Iterator[AudioFrame]:
        """Every frame that can be decoded."""
        for packet in self._packets_until_damage():
            if packet.size:
                self._packets += 1
                self.identity.update(packet)
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

    def check(self) -> None:
        """Raise UnplayableError if more than half of the packets were damaged."""
        if self._packets == 0:
            raise UnplayableError("holds no audio: it is empty or broken off")
        if self._damaged * 2 > self._packets:
            share = 100 * self._damaged // self._packets
            raise UnplayableError(f"damaged: {min(share, 100)} % of it cannot be decoded")


class _Blocks:
    """Frames of any kind to blocks of `BLOCK_SAMPLES`; a stream may change its format on the way."""

    def __init__(self) -> None:
        self.sample_rate_hz = 0
        self.channels = 0
        self._format: tuple[str, str, int] | None = None
        self._resampler: AudioResampler | None = None

    def push(self, frame: AudioFrame) -> list[AudioFrame]:
        """The blocks that `frame` completes."""
        kind = (frame.format.name, frame.layout.name, frame.sample_rate)
        flushed: list[AudioFrame] = []
        if kind != self._format:
            if frame.sample_rate not in SAMPLE_RATES_HZ:
                raise UnplayableError(f"has a sample rate of {frame.sample_rate} Hz")
            flushed = self.flush()
            self._resampler = AudioResampler("fltp", "stereo", RATE_HZ, frame_size=BLOCK_SAMPLES)
            self._format = kind
            self.sample_rate_hz = self.sample_rate_hz or frame.sample_rate
            self.channels = self.channels or frame.layout.nb_channels
        assert self._resampler is not None
        return flushed + self._resampler.resample(frame)

    def flush(self) -> list[AudioFrame]:
        """What is left, at the end of the stream."""
        return self._resampler.resample(None) if self._resampler else []


class _Loudness:
    """EBU R 128 (ITU-R BS.1770) by FFmpeg: https://ffmpeg.org/ffmpeg-filters.html#ebur128-1 ."""

    def __init__(self) -> None:
        self._graph = av.filter.Graph()
        source = self._graph.add_abuffer(format="fltp", sample_rate=RATE_HZ, layout="stereo")
        meter = self._graph.add("ebur128", "peak=true:metadata=1")
        sink = self._graph.add("abuffersink")
        self._graph.link_nodes(source, meter, sink).configure()
        self._position = 0
        self._report: dict[str, str] = {}

    def push(self, block: AudioFrame) -> None:
        """Measure one block; `block` is not changed but for its time stamp."""
        block.pts = self._position
        block.time_base = Fraction(1, RATE_HZ)
        self._position += block.samples
        self._graph.push(block)
        while True:
            try:
                report = self._graph.pull().metadata
            except (BlockingIOError, EOFError):
                return
            if "lavfi.r128.I" in report:
                self._report = report

    def finish(self) -> tuple[float, float]:
        """Integrated loudness in LUFS, and true peak as a factor of full scale (in steps of 0.001)."""
        integrated = float(self._report.get("lavfi.r128.I", "-inf"))
        # The meter reports whole steps of 100 ms, and its peak filter lags: silence drives out the rest
        rest = -self._position % BLOCK_SAMPLES or BLOCK_SAMPLES
        silence = AudioFrame.from_ndarray(np.zeros((2, rest), np.float32), format="fltp", layout="stereo")
        silence.sample_rate = RATE_HZ
        self.push(silence)
        peaks = [float(self._report.get(f"lavfi.r128.true_peaks_ch{channel}", "0")) for channel in (0, 1)]
        return max(LOUDNESS_FLOOR_LUFS, integrated), max(peaks)


@dataclass
class _Cues:
    """Where the sound begins and ends, in windows of 10 ms."""

    length_samples: int = 0
    cue_in_samples: int = -1
    cue_out_samples: int = 0
    sample_peak: float = 0.0
    _last_sounds: bool = False
    _padded: NDArray[np.float32] = field(default_factory=lambda: np.zeros((2, BLOCK_SAMPLES), np.float32))

    def push(self, block: AudioFrame) -> None:
        """Look at one block, (2, n <= BLOCK_SAMPLES) float32."""
        samples = block.to_ndarray()
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
            self.sample_peak = max(self.sample_peak, float(samples.max()), -float(samples.min()))
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
