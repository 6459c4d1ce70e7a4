"""The demo library: its plan, its sound, its truth tags, its files."""

from __future__ import annotations

import base64
import io
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import av
import numpy as np
import pytest
from mutagen.flac import Picture
from mutagen.oggopus import OggOpus
from numpy.typing import NDArray

from drift.library import demo
from drift.library.demo import TRACKS, DemoTrack, files, mix
from drift.library.demo.plan import RATE
from drift.library.demo.song import Song
from drift.library.demo.theory import MAJOR_NAMES, MINOR_NAMES, Key

Block = NDArray[np.float32]

# One track of each style, all endings among them.
SAMPLE = list({track.style: track for track in reversed(TRACKS)}.values())
SHORT = min(TRACKS, key=lambda track: track.duration_s)


@pytest.fixture(scope="module")
def blocks() -> dict[int, Block]:
    """The sample, rendered once."""
    with ThreadPoolExecutor(2) as pool:
        rendered = pool.map(lambda track: demo.render(track, demo.DEFAULT_SEED), SAMPLE)
        return {track.index: block for track, block in zip(SAMPLE, rendered, strict=True)}


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two seconds of a sine instead of a synthesised track, for tests about files."""

    def render(track: DemoTrack, seed: int) -> Block:
        del seed
        wave = 0.1 * np.sin(np.arange(2 * RATE) * (0.01 + 0.001 * track.index))
        return np.stack([wave, wave]).astype(np.float32)

    monkeypatch.setattr(files, "render", render)


def test_plan_is_varied() -> None:
    assert len(TRACKS) >= 24
    assert [track.index for track in TRACKS] == list(range(len(TRACKS)))
    assert all(60.0 <= track.duration_s <= 120.0 for track in TRACKS)
    tempi = [track.bpm for track in TRACKS]
    assert (min(tempi), max(tempi)) == (70.0, 174.0)
    assert len({track.key for track in TRACKS}) >= 8
    assert {track.key.endswith("m") for track in TRACKS} == {True, False}
    assert len({track.style for track in TRACKS}) >= 5
    assert {track.ending for track in TRACKS} == {"cold", "fade", "ring"}


def test_plan_names_are_unique_and_safe() -> None:
    names = [track.file_name for track in TRACKS]
    assert len(set(names)) == len(names) == len({track.title for track in TRACKS})
    assert all(name == Path(name).name and not name.startswith(".") and name.isascii() for name in names)
    places = {(track.album, track.track_number) for track in TRACKS}
    assert len(places) == len(TRACKS)


def test_the_first_tracks_differ_in_style() -> None:
    assert len({track.style for track in TRACKS[:8]}) == 8


@pytest.mark.parametrize("name", MAJOR_NAMES + MINOR_NAMES)
def test_key_names_round_trip(name: str) -> None:
    assert Key.parse(name).name == name


def test_unknown_key_is_an_error() -> None:
    with pytest.raises(ValueError, match="not in"):
        Key.parse("H")


@pytest.mark.parametrize("track", TRACKS, ids=lambda track: track.file_name)
def test_beats_lie_on_the_exact_grid(track: DemoTrack) -> None:
    song = Song(track, np.random.default_rng(0))
    for beat in range(track.bars * 4):
        assert song.at(beat // 4, beat % 4 * 4) == round(beat * 60 / track.bpm * RATE)


def test_same_seed_same_sound_in_any_order(blocks: dict[int, Block]) -> None:
    track = min(SAMPLE, key=lambda track: track.duration_s)
    assert np.array_equal(demo.render(track, demo.DEFAULT_SEED), blocks[track.index])


def test_another_seed_is_another_tune(blocks: dict[int, Block]) -> None:
    track = min(SAMPLE, key=lambda track: track.duration_s)
    other = demo.render(track, demo.DEFAULT_SEED + 1)
    assert other.shape == blocks[track.index].shape
    assert not np.array_equal(other, blocks[track.index])


@pytest.mark.parametrize("track", SAMPLE, ids=lambda track: track.style)
def test_levels_and_edges(track: DemoTrack, blocks: dict[int, Block]) -> None:
    block = blocks[track.index]
    assert block.dtype == np.float32
    assert block.shape == (2, round(track.duration_s * RATE))
    assert np.max(np.abs(block)) <= 10 ** (-1 / 20)
    assert mix.loudness(block) == pytest.approx(-14.0, abs=1.5)
    assert np.all(np.abs(block.mean(axis=1)) < 1e-3)
    assert np.max(np.abs(block[:, :4])) < 0.01
    assert np.max(np.abs(block[:, -4:])) < 0.01
    loud = np.flatnonzero(np.max(np.abs(block), axis=0) > 1e-3)
    assert loud[0] <= 0.020 * RATE
    assert np.max(np.diff(loud)) < 0.150 * RATE
    assert block.shape[1] - loud[-1] < 0.200 * RATE


@pytest.mark.parametrize("track", SAMPLE, ids=lambda track: track.style)
def test_no_band_dominates_and_the_top_is_gentle(track: DemoTrack, blocks: dict[int, Block]) -> None:
    mono = blocks[track.index].mean(axis=0)
    power = np.abs(np.fft.rfft(mono)) ** 2
    frequency = np.fft.rfftfreq(mono.size, 1.0 / RATE)
    shares = [
        power[(frequency >= low) & (frequency < high)].sum() / power.sum()
        for low, high in ((0, 60), (60, 150), (150, 500), (500, 2500), (2500, 24_000))
    ]
    assert max(shares) < 0.75
    assert shares[0] + shares[1] > 0.08
    assert 0.0002 < shares[4] < 0.2


@pytest.mark.parametrize("track", SAMPLE, ids=lambda track: track.style)
def test_onsets_repeat_at_the_tagged_tempo(track: DemoTrack, blocks: dict[int, Block]) -> None:
    hop = 480
    frames = np.lib.stride_tricks.sliding_window_view(blocks[track.index].mean(axis=0), 1024)[::hop]
    spectrum = np.log1p(100.0 * np.abs(np.fft.rfft(frames * np.hanning(1024).astype(np.float32), axis=1)))
    onsets = np.maximum(np.diff(spectrum, axis=0), 0.0).sum(axis=1)
    onsets -= np.convolve(onsets, np.ones(50) / 50, "same")
    periodicity = np.fft.irfft(np.abs(np.fft.rfft(onsets, 2 * onsets.size)) ** 2)[: onsets.size]

    def score(bpm: float) -> float:
        lags = np.array([1, 2, 4]) * 60.0 * RATE / hop / bpm
        return float(np.interp(lags, np.arange(periodicity.size), periodicity).sum())

    tempi = np.arange(60.0, 185.0, 0.25)
    scores = np.array([score(tempo) for tempo in tempi])
    nearby = np.abs(tempi / track.bpm - 1.0) < 0.15
    assert tempi[nearby][np.argmax(scores[nearby])] == pytest.approx(track.bpm, abs=1.0)
    assert score(track.bpm) > 0.8 * scores.max()


@pytest.mark.parametrize("track", SAMPLE, ids=lambda track: track.style)
def test_harmony_is_in_the_tagged_key(track: DemoTrack, blocks: dict[int, Block]) -> None:
    mono = blocks[track.index].mean(axis=0)[::4]
    frames = np.lib.stride_tricks.sliding_window_view(mono, 8192)[::8192]
    magnitude = np.abs(np.fft.rfft(frames * np.hanning(8192), axis=1)).mean(axis=0)
    frequency = np.fft.rfftfreq(8192, 4.0 / RATE)
    used = (frequency > 60.0) & (frequency < 2000.0)
    classes = np.round(69 + 12 * np.log2(frequency[used] / 440.0)).astype(int) % 12
    chroma = np.bincount(classes, magnitude[used], minlength=12)
    chroma -= chroma.min()  # drums are noise that all classes share
    key = Key.parse(track.key)
    fits = {
        name: sum(chroma[(Key.parse(name).tonic + step) % 12] for step in Key.parse(name).scale)
        for name in MAJOR_NAMES
    }
    best = Key.parse(max(fits, key=lambda name: fits[name]))
    in_scale = {(best.tonic + step) % 12 for step in best.scale}
    assert key.tonic in in_scale
    assert chroma[key.tonic] >= 0.7 * chroma.max()
    assert np.sum([chroma[(key.tonic + step) % 12] for step in key.scale]) > 0.7 * chroma.sum()


def test_file_has_tags_cover_and_sound(tmp_path: Path) -> None:
    path = demo.write(SHORT, tmp_path)
    tags = OggOpus(path)  # type: ignore[no-untyped-call]
    assert tags["title"] == [SHORT.title]
    assert tags["artist"] == [SHORT.artist]
    assert tags["album"] == [SHORT.album]
    assert tags["genre"] == [SHORT.genre]
    assert tags["date"] == [SHORT.date]
    assert tags["tracknumber"] == [str(SHORT.track_number)]
    assert [float(value) for value in tags["bpm"]] == [SHORT.bpm]
    assert tags["initialkey"] == [SHORT.key]
    art = base64.b64decode(tags["metadata_block_picture"][0])
    picture = Picture(art)  # type: ignore[no-untyped-call]
    with av.open(io.BytesIO(picture.data), "r") as image:
        frame = next(image.decode(video=0))
    assert (frame.width, frame.height) == (picture.width, picture.height) == (400, 400)
    with av.open(str(path), "r") as container:
        decoded = np.concatenate([frame.to_ndarray() for frame in container.decode(audio=0)], axis=1)
    assert decoded.shape[1] == pytest.approx(SHORT.duration_s * RATE, abs=960)
    assert np.max(np.abs(decoded)) <= 10 ** (-1 / 20)


@pytest.mark.usefixtures("quick")
def test_write_skips_what_is_there(tmp_path: Path) -> None:
    path = demo.write(TRACKS[0], tmp_path)
    before = path.stat().st_mtime_ns
    assert demo.write(TRACKS[0], tmp_path) == path
    assert path.stat().st_mtime_ns == before
    assert demo.missing(tmp_path) == list(TRACKS[1:])


@pytest.mark.usefixtures("quick")
def test_interrupted_write_leaves_no_audio_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def interrupt(track: DemoTrack, path: Path) -> None:
        seen.append(path.suffix)
        raise KeyboardInterrupt

    monkeypatch.setattr(files, "_tag", interrupt)
    with pytest.raises(KeyboardInterrupt):
        demo.write(TRACKS[0], tmp_path)
    assert seen == [".part"]
    assert not [path for path in tmp_path.iterdir() if path.suffix == ".opus"]
    assert demo.missing(tmp_path) == list(TRACKS)


@pytest.mark.usefixtures("quick")
def test_another_version_replaces_its_own_files_only(tmp_path: Path) -> None:
    (tmp_path / ".drift-demo").write_text("0\nold.opus\n")
    for name in ("old.opus", "mine.opus"):
        (tmp_path / name).touch()
    assert demo.missing(tmp_path) == list(TRACKS)
    demo.write(TRACKS[0], tmp_path)
    assert {path.name for path in tmp_path.glob("*.opus")} == {"mine.opus", TRACKS[0].file_name}


async def test_generate_makes_only_what_is_missing(tmp_path: Path) -> None:
    marker = [str(demo.VERSION), *(track.file_name for track in TRACKS)]
    (tmp_path / ".drift-demo").write_text("\n".join(marker) + "\n")
    for track in TRACKS:
        if track is not SHORT:
            (tmp_path / track.file_name).touch()
    made = [file async for file in demo.generate(tmp_path, workers=1)]
    assert made == [tmp_path / SHORT.file_name]
    assert made[0].stat().st_size > 500_000
    assert [file async for file in demo.generate(tmp_path)] == []


def test_what_a_killed_program_left_goes_after_an_hour(tmp_path: Path) -> None:
    old, new = tmp_path / ".a.opus.1.part", tmp_path / ".b.opus.2.part"
    for part in (old, new):
        part.write_bytes(b"torn")
    os.utime(old, (time.time() - 7200,) * 2)
    files._remove_torn(tmp_path)
    assert (old.exists(), new.exists()) == (False, True)
