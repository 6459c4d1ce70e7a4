from dataclasses import replace

import numpy as np
import pytest

from mixer.clock import QUANTUM as Q
from mixer.decks import Decks
from mixer.drift_mixer import DriftAudioMixer
from mixer.render import render
from mixer.timeline import Source, Timeline
from mixer.transition import choose, first_clip
from tests.unit.mixer.signals import ffmpeg, tone, wav
from tests.unit.mixer.transition.pieces import SETTINGS, S, playing, track

CUT = 3 * S + 1_234


@pytest.fixture(scope="module")
def halves(tmp_path_factory: pytest.TempPathFactory) -> tuple[Source, list[Source]]:
    """A sine of 8 s, whole and as two FLAC files; their cue points leave out much of the joint."""
    folder = tmp_path_factory.mktemp("halves")
    pcm = tone(8)
    uncut = wav(folder / "uncut.wav", pcm)
    pieces = []
    for name, part in (("a", pcm[:, :CUT]), ("b", pcm[:, CUT:])):
        file = folder / f"{name}.flac"
        ffmpeg("-i", wav(folder / f"{name}.wav", part), "-c:a", "flac", file)
        n = part.shape[1]
        cues = (0, n - 7_000) if name == "a" else (9_000, n)
        pieces.append(Source(name, file, *cues, -23.0, -23.0, length=n))
    pieces[1] = replace(pieces[1], continues="a")
    return Source("uncut", uncut, 0, 8 * S, -23.0, -23.0), pieces


def test_a_sine_in_two_files_is_the_uncut_one(halves: tuple[Source, list[Source]], decks: Decks) -> None:
    uncut, (first, second) = halves
    pair = choose(first_clip(first, 0, SETTINGS), second, SETTINGS)
    assert pair[1].join.kind == "gapless"
    assert (pair[0].end, pair[1].start, pair[1].source_start) == (CUT, CUT, 0)
    whole = render(Timeline((first_clip(uncut, 0, SETTINGS),)), 0, 8 * S, decks)
    joined = render(Timeline(pair), 0, 8 * S, decks)
    assert np.array_equal(joined, whole)


def test_the_mixer_joins_them_and_may_still_change_its_mind(halves: tuple[Source, list[Source]]) -> None:
    uncut, (first, second) = halves
    order = iter([first, second, uncut])
    mixer = DriftAudioMixer(lambda: next(order), SETTINGS)
    mixer.plan(0)
    joined = mixer.timeline.clips
    plan = mixer.transition_into(joined[1])
    assert plan is not None
    assert (plan.kind, plan.start, plan.length, plan.stretch) == ("gapless", CUT, 0, 1.0)
    assert plan.reason.startswith("it continues the track before it")
    assert mixer.replace_next(uncut)
    changed = mixer.timeline.clips
    assert changed[0].end == first.cue_out
    assert changed[1].start % Q == 0
    assert changed[1].join.kind == "crossfade"


def test_the_gain_is_the_same_on_both_sides_and_then_moves() -> None:
    loud = track(key="b", continues="a", loudness_lufs=-10.0)
    before, after = choose(playing(track()), loud, SETTINGS)
    assert after.gain * after.level_from == pytest.approx(before.gain)
    assert after.gain < before.gain
    assert after.level_samples == 6 * S
    _, last = choose(after, track(key="c", continues="b", loudness_lufs=-10.0), SETTINGS)
    assert (last.level_from, last.level_samples) == (1.0, 0)


def test_the_gain_at_the_joint_does_not_pass_the_ceiling() -> None:
    quiet = track(loudness_lufs=-40.0, true_peak_dbtp=-40.0)
    _, after = choose(playing(quiet), track(key="b", continues="a", true_peak_dbtp=-3.0), SETTINGS)
    assert 20 * np.log10(after.gain * after.level_from) == pytest.approx(-1.2 + 3.0)


def test_what_continues_another_track_is_joined_as_any() -> None:
    for key in ("", "c"):
        assert choose(playing(track()), track(key="b", continues=key), SETTINGS)[1].join.kind == "crossfade"


def test_skips_out_of_a_joined_track_are_on_the_grid(halves: tuple[Source, list[Source]]) -> None:
    uncut, (first, second) = halves
    order = iter([first, second, uncut, first, second, uncut])
    mixer = DriftAudioMixer(lambda: next(order), SETTINGS)
    mixer.plan(0)
    mixer.block(0, CUT + 10)
    mixer.plan(CUT + Q)
    plan = mixer.skip()
    assert plan.outgoing.source == second
    assert plan.start % Q == 0
