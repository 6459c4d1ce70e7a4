"""An hour of the mix on virtual time, of loud tracks of many shapes."""

from itertools import cycle
from pathlib import Path

import numpy as np
import pytest

from mixer.clock import QUANTUM as Q
from mixer.drift_mixer import DriftAudioMixer
from mixer.timeline import Source
from tests.unit.mixer.signals import ffmpeg, longest_silence, measured, noise, source, tone, wav

HOUR_QUANTA = 30_000
STEP_QUANTA = 500

pytestmark = pytest.mark.long


def library(folder: Path) -> list[Source]:
    """Loud tracks of 21 to 100 s; they say that they are quiet, so that their sums are over the ceiling."""
    made = []
    for n, (rate, channels) in enumerate([(48_000, 2), (44_100, 2), (22_050, 1), (48_000, 2), (96_000, 2)]):
        seconds = (100, 47, 63, 21, 80)[n]
        pcm = noise(seconds, 0.015, n, rate, channels) + tone(seconds, -2, 220.0 * (n + 1), rate, channels)
        path = wav(folder / f"{n}.wav", np.clip(pcm, -0.99, 0.99), rate)
        if n % 2:
            ffmpeg("-i", path, path.with_suffix(".flac"))
            path = path.with_suffix(".flac")
        # Each track alone keeps the ceiling, two together do not.
        made.append(source(path, seconds * 48_000 - 100, lufs=-30.0, peak_db=-0.8))
    return made


def test_an_hour_has_no_gap_no_silence_and_no_peak_over_the_ceiling(tmp_path: Path) -> None:
    following = cycle(library(tmp_path))
    mixer = DriftAudioMixer(lambda: next(following))
    total, silence, overlaps, loud = 0, 0, 0, 0
    tail = np.zeros((2, 0), np.float32)
    for first in range(0, HOUR_QUANTA, STEP_QUANTA):
        start, end = first * Q, (first + STEP_QUANTA) * Q
        mixer.plan(end)
        block = mixer.block(start, end - start)
        total += block.shape[1]
        silence = max(silence, longest_silence(np.concatenate([tail, block], axis=1)))
        tail = block[:, -9_600:]
        assert np.max(np.abs(block)) <= 10 ** (-1 / 20)
        for begin, until in mixer.timeline.overlaps(start, end):
            overlaps += 1
            _, peak = measured(block[:, max(0, begin - start) : until - start])
            assert peak <= -1.0
            loud += peak > -1.5
    assert total == HOUR_QUANTA * Q == 3_600 * 48_000
    assert silence <= 9_600
    assert overlaps >= 50
    assert loud >= overlaps // 2
    assert all(b.start <= a.end for a, b in zip(mixer.timeline.clips, mixer.timeline.clips[1:], strict=False))
