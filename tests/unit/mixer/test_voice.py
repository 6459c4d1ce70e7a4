"""Beat-matched transitions as they sound: stretched, with the bass handed over, from any sample."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mixer.clock import QUANTUM as Q
from mixer.codecs import CODECS
from mixer.decks import Decks
from mixer.drift_mixer import DriftAudioMixer
from mixer.pcm import Block
from mixer.render import ClipFault, render
from mixer.splice import stretches
from mixer.stretch import stretched
from mixer.timeline import Beats, Head, Source, Timeline
from mixer.transition import MixSettings, choose, first_clip
from tests.unit.mixer.signals import LSB, longest_silence, noise, tone, true_peak_db, wav

S = 48_000
MIX = MixSettings()
Pair = tuple[Source, Source]


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    """Half a minute each of noise with a bass note, said to have 120 and 124 beats a minute."""
    folder = tmp_path_factory.mktemp("pair")
    made = []
    for seed, (name, bpm, hz) in enumerate((("a", 120, 50.0), ("b", 124, 70.0))):
        pcm = noise(30, 0.1, seed) + tone(30, -14, hz)
        grid = Beats(5_000.0 + seed, 60 * S / bpm)
        path = wav(folder / f"{name}.wav", pcm)
        made.append(
            Source(name, path, 0, 30 * S, -18, -6, first_beats=grid, last_beats=grid, tempo_confidence=1.0)
        )
    return made[0], made[1]


def line_of(pair: Pair) -> Timeline:
    line = Timeline(choose(first_clip(pair[0], 0, MIX), pair[1], MIX))
    assert line.clips[1].join.kind == "beatmatch"
    return line


@pytest.fixture(scope="module")
def whole(pair: Pair) -> Block:
    decks = Decks()
    line = line_of(pair)
    return render(line, 0, line.end, decks)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    starts=st.lists(st.integers(0, 45 * S), min_size=1, max_size=4),
    n=st.integers(1, 60_000),
    rest=st.booleans(),
)
def test_any_piece_in_any_order_equals_the_whole(
    pair: Pair, whole: Block, decks: Decks, *, starts: list[int], n: int, rest: bool
) -> None:
    line = line_of(pair)
    for start in starts:
        if rest:
            decks.close()
        piece = render(line, start, n, decks)
        wanted = whole[:, start : start + n]
        assert np.max(np.abs(piece[:, : wanted.shape[1]] - wanted), initial=0.0) < LSB
        assert not piece[:, wanted.shape[1] :].any()


def test_one_bass_sounds_at_a_time_and_no_peak_passes(pair: Pair, whole: Block) -> None:
    before, after = line_of(pair).clips
    middle = before.end - before.bass_out
    edges = (after.start, middle - S // 4, middle + S // 4, before.end)

    def level(hz: float, begin: int, end: int) -> float:
        t = np.arange(end - begin) / S
        wave = np.exp(-2j * np.pi * hz * t) * np.hanning(end - begin)
        return float(20 * np.log10(abs(np.sum(whole[0, begin:end] * wave)) / np.sum(np.hanning(end - begin))))

    own = level(50.0, after.start - 3 * S, after.start), level(70.0, before.end + 5 * S, before.end + 9 * S)
    assert level(50.0, edges[0], edges[1]) == pytest.approx(own[0], abs=1.0)
    assert level(70.0, edges[2], edges[3]) == pytest.approx(own[1], abs=1.0)
    assert level(70.0, edges[0], edges[1]) < own[1] - 25
    assert level(50.0, edges[2], edges[3]) < own[0] - 25
    assert true_peak_db(whole[:, edges[0] : edges[3]]) <= -1.0
    power = np.mean(whole[:, : whole.shape[1] // S * S].reshape(2, -1, S) ** 2, axis=(0, 2))
    assert np.ptp(10 * np.log10(power)) < 1.5


def test_after_the_landing_it_is_the_track_and_its_packets_are_copied(pair: Pair, whole: Block) -> None:
    line = line_of(pair)
    after = line.clips[1]
    assert after.head is not None
    begin = after.start + after.head.length
    alone = Timeline((first_clip(pair[1], 0, MIX),))
    plain = render(alone, begin + after.offset, line.end - begin, Decks())
    assert np.max(np.abs(whole[:, begin:] - plain)) < LSB / 100
    for name in ("mp3", "opus"):
        size = CODECS[name].packet
        made = list(stretches(line, CODECS[name], 128, 0, line.end // size))
        copied = [stretch for stretch in made if stretch.encoding]
        assert [stretch.encoding.source.key for stretch in copied if stretch.encoding] == ["a", "b"]
        assert copied[1].first * size - begin < 4 * size
        assert copied[1].index * size == copied[1].first * size + after.offset


def test_a_head_is_made_once_and_let_go_of(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Head] = []

    def counted(source: Block, head: Head) -> Block:
        made.append(head)
        return stretched(source, head)

    monkeypatch.setattr("mixer.decks.stretched", counted)
    line, decks = line_of(pair), Decks()
    start = line.clips[1].start
    for at in (start, start + 3 * S, start + S):
        render(line, at, 1_000, decks)
    assert len(made) == 1
    decks.close()
    render(line, start, 10, decks)
    assert len(made) == 2


def test_a_file_that_is_gone_or_short_is_a_fault_in_its_place(pair: Pair, tmp_path: Path) -> None:
    first, second = pair
    line = line_of((first, replace(second, path=tmp_path / "none.wav")))
    begin = line.clips[1].start
    with pytest.raises(ClipFault) as caught:
        render(line, begin - Q, 3 * Q, Decks())
    assert (caught.value.clip, caught.value.at) == (line.clips[1], begin)
    short = tmp_path / "short.wav"
    short.write_bytes(second.path.read_bytes()[: 4 * 3 * S])
    line = line_of((first, replace(second, path=short)))
    render(line, begin, 2 * S, Decks())
    with pytest.raises(ClipFault) as caught:
        render(line, begin, 5 * S, Decks())
    assert caught.value.at - begin == pytest.approx(3 * S, rel=0.1)


@pytest.fixture
def mixer(pair: Pair) -> Iterator[DriftAudioMixer]:
    turn = [pair[0], pair[1], pair[0], pair[1], pair[0]]
    mixer = DriftAudioMixer(iter(turn).__next__, MIX)
    mixer.plan(0)
    yield mixer
    mixer.rest()


@pytest.mark.parametrize("into_s", [-1.0, 0.5, 3.0, 6.0, 9.0, 11.0])
@pytest.mark.parametrize("action", ["skip", "replace", "drop outgoing", "drop incoming"])
def test_at_any_moment_of_it_one_may_change_course(
    mixer: DriftAudioMixer, pair: Pair, into_s: float, action: str
) -> None:
    before, after = mixer.timeline.clips[:2]
    at = after.start + round(into_s * S)
    heard = [mixer.block(after.start - 2 * S, at - after.start + 2 * S)]
    mixer.plan(at)
    if action == "skip":
        plan = mixer.skip()
        assert plan.kind == "skip"
        assert plan.start >= mixer.frontier
    elif action == "replace":
        assert mixer.replace_next(pair[0])
    else:
        mixer.drop(before if action == "drop outgoing" else after, at)
    mixer.plan(at + 20 * S)
    heard.append(mixer.block(at, 12 * S))
    mix = np.concatenate(heard, axis=1)
    assert longest_silence(mix) <= 9_600
    assert true_peak_db(mix) <= -1.0
    again = render(mixer.timeline, at, 12 * S, Decks())
    assert np.max(np.abs(again - heard[1])) < LSB
