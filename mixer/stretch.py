"""Time-stretching: a stretched head's samples out of the source's, at the source's pitch.

WSOLA (Verhelst and Roelands, "An overlap-add technique based on waveform similarity", ICASSP 1993): windows
that overlap by half are taken from near where the tempo wants them, each where it continues the one before it
best. Three things are particular here. No window is ever further from its place than ``REACH``, so that beats
stay where they belong. A window that simply goes on where the last one did is copied, so that attacks stay
whole until the deviation has grown too large. And the last jump, on to where the source goes on at its own
tempo, is made at that place near the end where it is heard least; from there on it is the source to the bit.
"""

from __future__ import annotations

import numpy as np

from mixer.pcm import Block
from mixer.timeline import Head

HOP = 1_024
"""Samples from one window to the next: 21 ms; windows are twice as long."""

REACH = 320
"""A window is at most so far from its place: 6.7 ms, a period of 150 Hz to either side."""

MARGIN = HOP + 2 * REACH
"""Samples of the source before and after the head that :func:`stretched` needs to see."""

_HOME = 0.02
"""A window at its place is preferred to one at the edge of its reach by so much similarity."""

_FFT = 2_048
_LAGS = np.arange(-REACH, REACH + 1)
_PREFERENCE = (_HOME * (_LAGS / REACH) ** 2).astype(np.float32)
_IN = np.sin(0.5 * np.pi * (np.arange(HOP, dtype=np.float32) + 0.5) / HOP) ** 2
_SILENT = 1e-9


def stretched(source: Block, head: Head) -> Block:
    """A head's samples.

    Args:
        source: ``(2, head.source + 2 * MARGIN)``: what the head is made of, and MARGIN samples more at
            either end.
        head: which tempo, how long.

    Returns:
        A new block ``(2, head.length)``. Its first sample is ``source[:, MARGIN]``; what follows it without a
        seam is ``source[:, MARGIN + head.source]``.
    """
    places = _places(source, head)
    out = np.empty((2, head.length), dtype=np.float32)
    for number, (place, following) in enumerate(zip(places, [*places[1:], None], strict=True)):
        at = number * HOP
        n = min(HOP, head.length - at)
        here = source[:, MARGIN + place : MARGIN + place + n]
        out[:, at : at + n] = here
        if following is not None and following != place + HOP:
            there = source[:, MARGIN + following - HOP : MARGIN + following - HOP + n]
            out[:, at : at + n] += _IN[:n] * (there - here)
    return out


def _places(source: Block, head: Head) -> list[int]:
    """Where in the source, counted from the head's first sample, the middle of each window lies."""
    numbers = np.arange(head.length // HOP + 1)
    times = numbers * HOP
    wanted = np.rint(
        np.interp(times, [0, head.matched, head.length], [0, head.matched_source, head.source])
    ).astype(np.int64)
    places = [0]
    for want in wanted[1:].tolist():
        places.append(_nearest_alike(source, places[-1] + HOP, want))
    landed = times + head.ahead
    last = head.length // HOP
    may_land = [
        k
        for k in range(1, last + 1)
        if abs(int(landed[k] - wanted[k])) <= REACH and 2 * times[k] > head.length
    ]
    best = max(may_land, key=lambda k: (_alike(source, places[k - 1] + HOP, int(landed[k])), k), default=last)
    return [*places[:best], *map(int, landed[best:])]


def _nearest_alike(source: Block, after: int, want: int) -> int:
    """Where within REACH of ``want`` the sound is most like that before ``after``: where it would go on."""
    if after == want:
        return want
    template = source[:, MARGIN + after - HOP : MARGIN + after]
    begin = MARGIN + want - HOP - REACH
    field = source[:, begin : begin + HOP + 2 * REACH]
    if not (template.any() and field.any()):
        return want
    spectrum = np.conj(np.fft.rfft(template, _FFT)) * np.fft.rfft(field, _FFT)
    products = np.fft.irfft(spectrum.sum(axis=0), _FFT)[: len(_LAGS)]
    energy = np.cumsum(np.sum(np.square(field, dtype=np.float64), axis=0))
    windows = np.concatenate(([energy[HOP - 1]], energy[HOP:] - energy[:-HOP]))
    own = float(np.sum(np.square(template, dtype=np.float64)))
    likeness = products / np.sqrt(np.maximum(windows * own, _SILENT))
    return want + int(_LAGS[int(np.argmax(likeness - _PREFERENCE))])


def _alike(source: Block, after: int, place: int) -> float:
    """How alike the sound before ``after`` and that before ``place`` are, -1..1; silence is like silence."""
    first = source[:, MARGIN + after - HOP : MARGIN + after].astype(np.float64)
    second = source[:, MARGIN + place - HOP : MARGIN + place].astype(np.float64)
    both = float(np.sum(first**2) * np.sum(second**2))
    if both < _SILENT:
        return 1.0
    return float(np.sum(first * second) / np.sqrt(both))
