"""How much of a core a session costs that is heard, against Liquidsoap playing the same files alike."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.figures import Figure, Result, at_most
from benchmarks.harness import datadir, liquidsoap, music, process, server
from benchmarks.harness.listeners import listeners
from mixer.clock import QUANTUM_S
from mixer.encoding import CHUNK_QUANTA

SETTLE_S = 40
"""By then the cache is as far ahead of need as it will ever be, and Liquidsoap has started all sessions."""


@dataclass(frozen=True, slots=True)
class _Run:
    """Some sessions over a window of time.

    Attributes:
        use: of all sessions together.
        tracks: begun per session.
        late: how often the server fell behind.
        live: of the packets sent, the share that was encoded for one session alone.
        stored: seconds encoded for the cache per second played.
        gap_s: the longest time that a listener got nothing.
    """

    sessions: int
    use: process.CpuUse
    tracks: float
    late: float
    live: float = 1
    stored: float = 0
    gap_s: float = 0

    @property
    def percent(self) -> float:
        """Of a core, per session."""
        return self.use.cores / self.sessions * 100

    def figures(self, cache: str) -> list[Figure]:
        """What is of interest beside the CPU."""
        return [
            Figure(f"underruns, {cache} cache", self.late, "", at_most(0)),
            Figure(f"worst gap, {cache} cache", self.gap_s, "s", at_most(1.5)),
            Figure(f"encoded for one session alone, {cache} cache", self.live * 100, "% of what is sent"),
            Figure(f"encoded for the cache, {cache} cache", self.stored * 100, "% of what is sent"),
            Figure(f"tracks begun per session, {cache} cache", self.tracks),
        ]


def run(
    *,
    sessions: int = 200,
    cold_sessions: int = 5,
    matched_sessions: int = 50,
    peer_sessions: int = 10,
    peer_quality: int = 2,
    window_s: int = 180,
    spread_s: int = 60,
) -> Result:
    """CPU per session: with a warm cache, with an empty one, and Liquidsoap's.

    Args:
        sessions: with a warm cache, each with one listener.
        cold_sessions: so few that most of what each plays has not been played before.
        matched_sessions: with a warm cache and beats laid on beats, which Liquidsoap does not do.
        peer_sessions: Liquidsoap's.
        peer_quality: of LAME in Liquidsoap; 2 is its default. Drift has 7.
        window_s: how long is measured.
        spread_s: over how long the listeners come, lest all sessions cross-fade at once.
    """
    with tempfile.TemporaryDirectory() as folder:
        peer = None
        if liquidsoap.installed():
            peer = _liquidsoap(Path(folder), peer_sessions, window_s, peer_quality)
    with tempfile.TemporaryDirectory() as folder:
        cold = _drift(datadir.fresh(Path(folder)), cold_sessions, window_s, cold_sessions)
    with tempfile.TemporaryDirectory() as folder:
        warm = _drift(datadir.warm(Path(folder)), sessions, window_s, spread_s)
    with tempfile.TemporaryDirectory() as folder:
        matched = _drift(datadir.warm(Path(folder)), matched_sessions, window_s, spread_s, beatmatch=True)
    percent = peer.percent if peer else None
    unit = "% of a core"
    figures = [
        Figure("CPU per session, warm cache", warm.percent, unit, at_most(0.05, of_peer=True), percent),
        Figure("CPU per session, empty cache", cold.percent, unit, at_most(1, of_peer=True), percent),
        Figure("CPU per session, warm cache, beats matched", matched.percent, unit, None, percent),
        Figure(f"CPU of {sessions} sessions, warm cache", warm.use.cores * 100, unit),
        *warm.figures("warm"),
        *cold.figures("empty"),
        Figure("encoded for one session alone, beats matched", matched.live * 100, "% of what is sent"),
    ]
    usual = window_s / (music.MEAN_S - datadir.FADE_S)
    notes = [f"In {window_s} s a session begins {usual:.2f} tracks in the long run."]
    notes += cold.use.notes("Drift with an empty cache") + warm.use.notes("Drift with a warm cache")
    if peer:
        notes += [f"Liquidsoap's began {peer.tracks:.2f} each; it was {peer.late:.0f} times late."]
        notes += peer.use.notes("Liquidsoap")
    else:
        notes += [liquidsoap.HOW_TO_GET]
    return Result(figures, "Liquidsoap", peer is not None, notes)


def _drift(data: Path, sessions: int, window_s: float, spread_s: float, *, beatmatch: bool = False) -> _Run:
    """Named sessions with one listener each."""
    paths = [f"/stream/{server.session(number)}.mp3" for number in range(sessions)]
    with server.running(data, sessions, beatmatch=beatmatch) as drift, listeners(data.parent) as load:
        load.open(drift.port, paths, spread_s)
        time.sleep(SETTLE_S)
        before = drift.metrics()
        meter = process.CpuMeter(drift.pid)
        heard = load.measure(window_s)
        use = meter.read()
        after = drift.metrics()

    def grown(name: str) -> float:
        return after[f"drift_{name}_total"] - before[f"drift_{name}_total"]

    live, copied = grown("mixer_live_packets"), grown("mixer_copied_packets")
    return _Run(
        sessions=sessions,
        use=use,
        tracks=grown("session_tracks_started") / sessions,
        late=grown("stream_underruns"),
        live=live / (live + copied),
        stored=grown("cache_misses") * CHUNK_QUANTA * QUANTUM_S / (sessions * window_s),
        gap_s=max(heard.gaps_s),
    )


def _liquidsoap(directory: Path, sessions: int, window_s: float, quality: int) -> _Run:
    with liquidsoap.running(
        directory, music.tracks(), sessions, fade_s=datadir.FADE_S, kbps=datadir.KBPS, quality=quality
    ) as peer:
        time.sleep(SETTLE_S)
        late, tracks = peer.times_behind, peer.tracks_started
        meter = process.CpuMeter(peer.pid)
        time.sleep(window_s)
        return _Run(
            sessions=sessions,
            use=meter.read(),
            tracks=(peer.tracks_started - tracks) / sessions,
            late=peer.times_behind - late,
        )
