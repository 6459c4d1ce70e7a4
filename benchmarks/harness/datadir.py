"""Data directories that know the benchmarks' music: with nothing of it encoded, or all of it."""

from __future__ import annotations

import asyncio
import shutil
import time
from contextlib import closing
from pathlib import Path

from benchmarks.harness import music
from drift.config import Config
from drift.data import opened_store
from drift.library import Catalogue
from drift.models import Track
from mixer import MixSettings, Source
from mixer.codecs import CODECS
from mixer.encoding import Encoding
from mixer.frame_store import FrameStore
from mixer.transition import track_gain

KBPS = 128
FADE_S = 5.0

_LIMIT_BYTES = 2 << 30
_NO_HURRY_S = 86_400


def fresh(directory: Path) -> Path:
    """A new data directory in ``directory``; its cache is empty."""
    data = directory / "data"
    shutil.copytree(music.scanned(music.tracks()), data)
    return data


def warm(directory: Path) -> Path:
    """A new data directory in ``directory``; its cache, common to all runs, holds every track as MP3."""
    data = fresh(directory)
    frames = music.cache() / "frames"
    with closing(FrameStore(frames, _LIMIT_BYTES)) as store:
        for track in asyncio.run(load_tracks(data)):
            encoding = _encoding(track)
            store.want(encoding, 0, encoding.packets, _NO_HURRY_S)
        while store.figures.queue:
            time.sleep(0.1)
    settings(data).data.frames.symlink_to(frames, target_is_directory=True)
    return data


def settings(data: Path, *, beatmatch: bool = False) -> Config:
    """How the server is configured that is measured.

    Args:
        data: its data directory.
        beatmatch: lay beats on beats, which peers do not; it takes longer overlaps and a time-stretch.
    """
    mix = {"fade_s": FADE_S} | ({} if beatmatch else {"beatmatch_s": 0.0})
    return Config.model_validate(
        {
            "server": {"port": 0},
            "data": {"directory": str(data)},
            "library": {"paths": [str(music.tracks())]},
            "mix": mix,
            "selection": {"seed": 1},
            "stream": {"mp3_kbps": KBPS},
        }
    )


async def load_tracks(data: Path) -> tuple[Track, ...]:
    """What the library of a data directory holds."""
    async with opened_store(settings(data)) as store:
        catalogue = Catalogue(store)
        await catalogue.reload()
        return catalogue.tracks


def _encoding(track: Track) -> Encoding:
    """What sessions copy the steady part of a track from."""
    audio = track.audio
    cues = (audio.cue_in_samples, audio.cue_out_samples)
    source = Source(track.id, track.path, *cues, audio.loudness_lufs, audio.true_peak_dbtp)
    return Encoding(source, track_gain(source, MixSettings(fade_s=FADE_S)), CODECS["mp3"], KBPS)
