"""Decoders: any file FFmpeg reads, as 48 kHz stereo blocks, from any sample, a window at a time.

A deck never holds more than a few decoded frames. A read that does not continue the last one seeks; after a
seek the result is the same as if the file had been decoded from its start, because of two rules:

* decoding begins ``PREROLL_S`` early, so that codecs with memory (MP3's bit reservoir, Vorbis' and AAC's
  overlap, Opus' prediction) have converged;
* resampling begins where a source sample and a 48 kHz sample coincide (every 147 : 160 for 44.1 kHz), so that
  the polyphase filter is in the same phase.

AAC with noise substitution is the exception: its noise is random in the decoder, at the level the encoder
asked for.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from fractions import Fraction
from itertools import chain, islice
from math import gcd
from pathlib import Path
from typing import Any, cast

import av
import numpy as np
import numpy.typing as npt
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream

from mixer.errors import DeckError
from mixer.pcm import CHANNELS, SAMPLE_RATE, Block, silence

PREROLL_S = 1.0
_RESAMPLER_PREROLL = 2_048
"""Output samples after which a freshly started resampler no longer feels its start: twice its longest
filter."""

_FORWARD = 2 * SAMPLE_RATE
"""Up to here ahead, decoding on is cheaper than seeking."""

_HISTORY = 16_384
"""Samples before the position that are kept: the limiter's window and an encoder's pre-roll step back this
far."""

_ERRORS_IN_A_ROW = 50

_VOTING = 12
"""So many frames after a seek say where they are, and most are right: where Vorbis changes its block size,
FFmpeg's timestamps of single frames are 10 ms off."""

_VOTING_OGG_S = 2.6
"""In Ogg, frames of so many seconds vote: after some seeks in Opus, FFmpeg's timestamps are 10 ms off for the
whole first page, which commonly lasts a second."""


def shown(path: Path) -> str:
    """A path as text that is safe to log, whatever bytes its name has."""
    return os.fsencode(path).decode("utf-8", "replace")


class Deck:
    """A decoder positioned in one track.

    Attributes:
        position: the sample, at 48 kHz from the start of the track, that the next sequential read begins
            with.
    """

    def __init__(self, path: Path) -> None:
        """Open ``path``.

        Raises:
            DeckError: it cannot be opened, or has no audio.
        """
        self._path = path
        self._name = shown(path)
        self._open()
        common = gcd(self._rate, SAMPLE_RATE)
        self._unit_in = self._rate // common
        self._unit_out = SAMPLE_RATE // common
        self._first_time_s: float | None = None
        self._blocks = self._resampled(0)
        self._held: Block | None = None
        self._recent: Block = silence(0)
        self.position: int = 0

    def _open(self) -> None:
        """Open the file afresh: the one way to its very start, where decoders cut their own delay."""
        try:
            self._container = av.open(str(self._path), "r", metadata_errors="replace")
        except (av.error.FFmpegError, OSError, ValueError) as error:
            raise DeckError(self._name, f"cannot be opened ({error})") from error
        stream = self._container.streams.best("audio")
        if not isinstance(stream, AudioStream) or not stream.codec_context.sample_rate:
            self._container.close()
            raise DeckError(self._name, "has no audio stream")
        self._stream = stream
        self._rate = stream.codec_context.sample_rate
        self._tick_s = stream.time_base or Fraction(0)
        self._untouched = True

    def close(self) -> None:
        """Release the file and its decoder. Reading afterwards is an error."""
        self._blocks = iter(())
        self._held = None
        self._container.close()

    def read(self, start: int, out: Block) -> int:
        """Fill ``out`` with the track's samples from ``start`` on; zeros before and past its ends.

        Args:
            start: sample at 48 kHz; may be negative.
            out: a block ``(2, n)``, written over whole.

        Returns:
            How many of the samples are the track's own.

        Raises:
            DeckError: the file cannot be decoded any more.
        """
        n: int = out.shape[1]
        before = min(n, max(0, -start))
        out[:, :before] = 0.0
        if before == n:
            return 0
        done = before + self._recall(start + before, out[:, before:])
        if done < n:
            self._go_to(start + done)
        fresh = done
        while done < n:
            block = self._take(n - done)
            if block is None:
                break
            out[:, done : done + block.shape[1]] = block
            done += block.shape[1]
        out[:, done:] = 0.0
        self._remember(out[:, fresh:done])
        return done - before

    def reaches(self, start: int) -> bool:
        """Whether reading from ``start`` needs no seek."""
        oldest: int = self.position - self._recent.shape[1]
        return oldest <= start <= self.position + _FORWARD

    def _recall(self, start: int, out: Block) -> int:
        """Copy what is remembered of ``[start, ...)`` to the head of ``out``; returns how much."""
        back = self.position - start
        if not 0 < back <= self._recent.shape[1]:
            return 0
        count: int = min(back, out.shape[1])
        first = self._recent.shape[1] - back
        out[:, :count] = self._recent[:, first : first + count]
        return count

    def _remember(self, block: Block) -> None:
        """Keep the last ``_HISTORY`` samples up to the position; ``block`` is what was just read."""
        if block.shape[1] >= _HISTORY:
            self._recent = block[:, -_HISTORY:].copy()
        elif block.shape[1]:
            keep = min(self._recent.shape[1], _HISTORY - block.shape[1])
            self._recent = np.concatenate((self._recent[:, self._recent.shape[1] - keep :], block), axis=1)

    def _go_to(self, target: int) -> None:
        ahead = target - self.position
        if ahead < 0 or ahead > _FORWARD:
            unit = max(0, (target - _RESAMPLER_PREROLL) // self._unit_out)
            self._restart(unit)
        while self.position < target:
            passed = self._take(target - self.position)
            if passed is None:
                self.position = target
                self._recent = silence(0)
            else:
                self._remember(passed)

    def _take(self, most: int) -> Block | None:
        """The next samples, at most ``most``; None at the end of the track."""
        while self._held is None:
            try:
                self._held = next(self._blocks)
            except StopIteration:
                return None
            except (av.error.FFmpegError, OSError, ValueError) as error:
                raise DeckError(self._name, f"cannot be decoded ({error})") from error
        held = self._held
        taken = held[:, :most]
        self._held = held[:, most:] if held.shape[1] > most else None
        self.position += taken.shape[1]
        return taken

    def _restart(self, unit: int) -> None:
        """Continue from ``unit``: a moment at which both sample grids coincide, counted from the start."""
        self._blocks = self._resampled(unit)
        self._held = None
        self._recent = silence(0)
        self.position = unit * self._unit_out

    def _frames(self) -> Iterator[AudioFrame]:
        """Decoded frames from where the demuxer stands; damaged packets are passed over."""
        failed = 0
        for packet in self._container.demux(self._stream):
            try:
                frames = packet.decode()
            except av.error.FFmpegError:
                failed += 1
                if failed >= _ERRORS_IN_A_ROW:
                    raise
                continue
            failed = 0
            for frame in frames:
                if frame.samples:
                    yield frame

    def _resampled(self, unit: int) -> Iterator[Block]:
        """Blocks at 48 kHz stereo from ``unit`` on."""
        wanted = unit * self._unit_in
        resampler = AudioResampler(format="fltp", layout="stereo", rate=SAMPLE_RATE)
        for at, frame in self._positioned(wanted):
            if at + frame.samples <= wanted:
                continue
            for piece in resampler.resample(_without_head(frame, wanted - at) if at < wanted else frame):
                yield _pcm(piece)
        with suppress(ValueError):  # nothing was ever fed
            for piece in resampler.resample(None):
                yield _pcm(piece)

    def _positioned(self, wanted: int) -> Iterator[tuple[int, AudioFrame]]:
        """Frames and the sample each begins with, from early enough to be right at ``wanted``."""
        decode_from_s = wanted / self._rate - PREROLL_S
        if not 0 < self._tick_s <= Fraction(1, self._rate):
            decode_from_s = (
                0.0  # the container's timestamps are too coarse to say which sample a frame begins with
            )
        if decode_from_s <= 0 or self._first_time_s is None:
            if not self._untouched:
                self._container.close()
                self._open()
            self._untouched = False
            frames = self._frames()
            first = next(frames, None)
            if first is None:
                raise DeckError(self._name, "holds no decodable audio")
            self._first_time_s = first.time or 0.0
            if decode_from_s <= 0:
                yield from _count(0, chain([first], frames))
                return
        at_pts = round((self._first_time_s + decode_from_s) / self._tick_s)
        self._container.seek(at_pts, stream=self._stream, backward=True, any_frame=False)
        self._stream.codec_context.flush_buffers()
        frames = self._frames()
        head = list(self._voters(frames))
        if head:
            yield from _count(self._place(head, self._first_time_s), chain(head, frames))

    def _voters(self, frames: Iterator[AudioFrame]) -> Iterator[AudioFrame]:
        """The first frames after a seek, as many as are needed to tell where that has led."""
        yield from islice(frames, _VOTING)
        if self._container.format.name == "ogg":
            passed = 0
            while passed < _VOTING_OGG_S * self._rate and (frame := next(frames, None)):
                passed += frame.samples
                yield frame

    def _place(self, frames: Sequence[AudioFrame], first_time_s: float) -> int:
        """The sample that the first of ``frames`` begins with."""
        votes: Counter[int] = Counter()
        passed = 0
        for frame in frames:
            votes[round(((frame.time or 0.0) - first_time_s) * self._rate) - passed] += 1
            passed += frame.samples
        return votes.most_common(1)[0][0]


def _count(at: int, frames: Iterable[AudioFrame]) -> Iterator[tuple[int, AudioFrame]]:
    for frame in frames:
        yield at, frame
        at += frame.samples


def _pcm(frame: AudioFrame) -> Block:
    """A resampled frame's samples."""
    return cast("Block", frame.to_ndarray())


def _without_head(frame: AudioFrame, n: int) -> AudioFrame:
    """A copy of ``frame`` without its first ``n`` samples."""
    pcm: npt.NDArray[Any] = frame.to_ndarray()
    width = 1 if frame.format.is_planar else frame.layout.nb_channels
    cut = AudioFrame.from_ndarray(
        np.ascontiguousarray(pcm[:, n * width :]), format=frame.format.name, layout=frame.layout.name
    )
    cut.sample_rate = frame.sample_rate
    return cut


def new_scratch(n: int) -> Block:
    """An uninitialised block of ``n`` samples for use as an ``out`` argument, shape ``(2, n)``."""
    return np.empty((CHANNELS, n), dtype=np.float32)
