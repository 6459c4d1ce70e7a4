"""Pausing, going on, seeking, and beginning within a track."""

from itertools import cycle

import numpy as np
import pytest

from mixer.clock import QUANTUM as Q
from mixer.codecs import CODECS
from mixer.drift_mixer import DriftAudioMixer
from mixer.errors import NothingToPlayError
from mixer.pcm import Block
from mixer.timeline import Clip, Source
from mixer.transition import MixSettings
from mixer.transition.envelopes import Gains, envelope
from tests.unit.mixer.signals import true_peak_db

STEP = 4 * Q
FADE = 48_000 * 3 // 2


def mixer_of(sources: list[Source]) -> DriftAudioMixer:
    following = cycle(sources)
    return DriftAudioMixer(lambda: next(following), MixSettings(skip_fade_s=1.5))


def heard(mixer: DriftAudioMixer, steps: int) -> Block:
    blocks = []
    for _ in range(steps):
        start = mixer.frontier
        mixer.plan(start + STEP + 10 * Q)
        blocks.append(mixer.block(start, STEP))
    return np.concatenate(blocks, axis=1)


def test_it_begins_within_a_track_on_the_tracks_own_grid(tracks: list[Source]) -> None:
    mixer = mixer_of(tracks)
    mixer.begin(tracks[1], 3 * Q + 17)
    clip = mixer.timeline.clips[0]
    assert (clip.start, clip.source_start) == (0, tracks[1].cue_in + 3 * Q)
    assert clip.source_start + clip.length == tracks[1].cue_out
    assert np.abs(heard(mixer, 3)).max() > 0.01


def test_some_seconds_are_left_however_far_one_goes(tracks: list[Source]) -> None:
    mixer = mixer_of(tracks)
    mixer.begin(tracks[1], 10**9)
    assert 0 < mixer.timeline.clips[0].length <= tracks[1].playable
    assert mixer.timeline.clips[0].length >= min(4 * 48_000, tracks[1].playable) - Q


def test_a_pause_fades_out_and_is_silent_until_it_goes_on(tracks: list[Source]) -> None:
    mixer = mixer_of([tracks[1], tracks[3]])
    heard(mixer, 4)
    later = [clip.source for clip in mixer.timeline.clips[1:]]
    at = mixer.frontier
    held = mixer.pause()
    assert (held.clip.source, held.at) == (tracks[1], at)
    fading = heard(mixer, 4)
    assert np.abs(fading[:, :Q]).max() > 0.01
    silence = heard(mixer, 8)
    assert np.abs(silence).max() == 0
    mixer.resume()
    again = mixer.timeline.clips[-1 - len(later)]
    assert again.source == tracks[1]
    assert 0 <= held.clip.offset + held.at - again.source_start < Q
    assert [clip.source for clip in mixer.timeline.clips][-len(later) :] == later
    sound = heard(mixer, 8)
    assert np.abs(sound[:, 6 * Q :]).max() > 0.01
    assert true_peak_db(np.concatenate([fading, silence, sound], axis=1)) <= -1.0


def test_pausing_twice_and_going_on_twice_are_no_matter(tracks: list[Source]) -> None:
    mixer = mixer_of(tracks[1:3])
    heard(mixer, 4)
    held = mixer.pause()
    heard(mixer, 10)
    assert mixer.pause() == held
    mixer.resume()
    before = mixer.timeline
    mixer.resume()
    assert mixer.timeline == before


def test_a_pause_at_any_moment_keeps_the_timeline_sound(tracks: list[Source]) -> None:
    for played in range(1, 24):
        mixer = mixer_of([tracks[1], tracks[0], tracks[3]])
        heard(mixer, played)
        mixer.pause()
        heard(mixer, 3)
        mixer.resume()
        assert true_peak_db(heard(mixer, 10)) <= -1.0


def test_what_comes_next_can_be_changed_during_a_pause(tracks: list[Source]) -> None:
    mixer = mixer_of([tracks[1], tracks[0]])
    heard(mixer, 2)
    mixer.pause()
    assert mixer.replace_next(tracks[3])
    mixer.resume()
    assert [clip.source for clip in mixer.timeline.clips][-2:] == [tracks[1], tracks[3]]


def test_nothing_can_be_paused_or_sought_before_anything_plays(tracks: list[Source]) -> None:
    mixer = mixer_of(tracks)
    with pytest.raises(NothingToPlayError):
        mixer.pause()
    with pytest.raises(NothingToPlayError):
        mixer.seek(0)


def test_seeking_goes_on_in_the_same_track(tracks: list[Source]) -> None:
    mixer = mixer_of([tracks[1], tracks[3]])
    heard(mixer, 8)
    plan = mixer.seek(2 * Q)
    assert plan.outgoing.source == plan.incoming.source == tracks[1]
    assert plan.incoming.source_start == tracks[1].cue_in + 2 * Q
    assert plan.start == mixer.frontier
    after = mixer.timeline.after(plan.start)
    assert after is not None
    assert after.source == tracks[3]
    assert true_peak_db(heard(mixer, 20)) <= -1.0


def test_what_nobody_hears_needs_no_fade(tracks: list[Source]) -> None:
    mixer = mixer_of([tracks[1], tracks[3]])
    mixer.plan(20 * Q)
    for wanted in (tracks[3], tracks[1], tracks[3]):
        plan = mixer.skip(heard=False)
        assert (plan.start, plan.length, plan.incoming.source) == (0, 0, wanted)
        assert mixer.timeline.clips[0] == plan.incoming
    assert mixer.seek(3 * Q, heard=False).incoming.source_start == tracks[3].cue_in + 3 * Q
    assert np.abs(heard(mixer, 2)).max() > 0.01


def test_packets_of_a_pause_are_encoded(tracks: list[Source]) -> None:
    mixer = mixer_of(tracks[1:3])
    codec = CODECS["mp3"]
    mixer.plan(60 * Q)
    mixer.packets(codec, 0, 8)
    mixer.pause()
    for quantum in range(8, 48, 8):
        mixer.plan((quantum + 40) * Q)
        assert [len(packets) for packets in mixer.packets(codec, quantum, 8).packets] == [5] * 8


def test_an_interrupted_transition_falls_without_a_step(tracks: list[Source]) -> None:
    for played in range(1, 8):
        mixer = mixer_of(tracks[1:4])
        heard(mixer, 4)
        mixer.skip()
        heard(mixer, played)
        before = {clip.source.key: clip for clip in mixer.timeline.clips}
        at = mixer.frontier
        plan = mixer.skip()
        assert plan.start - at <= Q
        leaving = [clip for clip in mixer.timeline.sounding(at, at + 1) if clip.start < at]
        assert leaving
        for clip in leaving:
            same = before[clip.source.key]
            gains = gain(clip, at - Q, clip.end)
            assert np.abs(np.diff(gains)).max() < 0.01
            assert np.array_equal(gains[:Q], gain(same, at - Q, at)), "what was promised stays"
            assert gains[-1] < 0.02


def gain(clip: Clip, start: int, end: int) -> Gains:
    found = envelope(clip, start, end - start)
    return np.ones(end - start, dtype=np.float32) if found is None else found
