from collections.abc import Iterator
from dataclasses import replace
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mixer.clock import QUANTUM as Q
from mixer.codecs import CODECS
from mixer.drift_mixer import DriftAudioMixer
from mixer.errors import NothingToPlayError
from mixer.pcm import Block
from mixer.render import ClipFault
from mixer.timeline import Beats, Source
from mixer.transition import MixSettings
from tests.unit.mixer.signals import longest_silence, source, true_peak_db

LONGEST_SILENCE = 9_600
STEP = 4 * Q


def endless(sources: list[Source], mix: MixSettings | None = None) -> DriftAudioMixer:
    following: Iterator[Source] = cycle(sources)
    return DriftAudioMixer(lambda: next(following), mix)


def play(mixer: DriftAudioMixer, n: int) -> Block:
    """The next ``n`` samples as a session takes them: a clip that fails is dropped."""
    start = mixer.frontier
    for _ in range(20):
        mixer.plan(start + n + 10 * Q)
        try:
            return mixer.block(start, n)
        except ClipFault as fault:
            mixer.drop(fault.clip, fault.at)
    raise AssertionError("one fault after another")


def heard(mixer: DriftAudioMixer, steps: int) -> Block:
    return np.concatenate([play(mixer, STEP) for _ in range(steps)], axis=1)


def test_a_library_of_one_short_track_goes_on(tracks: list[Source]) -> None:
    mixer = endless(tracks[:1])
    mix = heard(mixer, 60)
    mixer.skip()
    mix = np.concatenate([mix, heard(mixer, 10)], axis=1)
    assert longest_silence(mix) <= LONGEST_SILENCE
    assert true_peak_db(mix) <= -1.0


def test_skip_begins_at_the_frontier_and_is_described(tracks: list[Source]) -> None:
    mixer = endless([tracks[1], tracks[3]])
    heard(mixer, 4)
    plan = mixer.skip()
    assert (plan.kind, plan.start) == ("skip", mixer.frontier)
    assert mixer.transition_into(plan.incoming) == plan
    assert mixer.timeline.at(plan.start) == plan.incoming
    assert longest_silence(heard(mixer, 10)) <= LONGEST_SILENCE


def test_a_second_skip_hushes_what_the_first_one_left(tracks: list[Source]) -> None:
    mixer = endless(tracks[1:4])
    heard(mixer, 4)
    first, second = mixer.skip(), mixer.skip()
    assert second.outgoing.source == first.incoming.source
    assert second.start == first.start + 2 * Q
    assert mixer.timeline.clips[0].end == second.start
    assert longest_silence(heard(mixer, 20)) <= LONGEST_SILENCE


def test_tracks_planned_behind_a_skip_keep_their_turn(tracks: list[Source]) -> None:
    mixer = endless(tracks[:3])
    mixer.plan(20 * 48_000)
    planned = [clip.source for clip in mixer.timeline.clips]
    heard(mixer, 2)
    mixer.skip()
    assert [clip.source for clip in mixer.timeline.clips][: len(planned)] == planned


def test_replace_next_leaves_what_was_promised(tracks: list[Source]) -> None:
    for played in range(1, 20):
        mixer = endless([tracks[1], tracks[0]])
        heard(mixer, played)
        before = mixer.timeline
        assert mixer.replace_next(tracks[3])
        mixer.plan(mixer.frontier + 50 * Q)
        old = [clip.start for clip in before.clips if clip.start < mixer.frontier]
        assert [clip.start for clip in mixer.timeline.clips if clip.start < mixer.frontier] == old
        current = mixer.timeline.at(mixer.frontier)
        assert current is not None
        following = mixer.timeline.after(current.start)
        assert following is not None
        assert tracks[3] in (following.source, current.source)
        assert longest_silence(heard(mixer, 10)) <= LONGEST_SILENCE


def test_with_nothing_to_play_it_says_so() -> None:
    mixer = DriftAudioMixer(lambda: None)
    with pytest.raises(NothingToPlayError):
        mixer.plan(0)
    with pytest.raises(NothingToPlayError):
        mixer.skip()


@pytest.mark.parametrize("name", ["mp3", "flac"])
def test_a_fault_leaves_no_gap_in_the_packets(tracks: list[Source], tmp_path: Path, name: str) -> None:
    whole = tracks[1].path.read_bytes()
    (tmp_path / "cut.wav").write_bytes(whole[: len(whole) // 3])
    mixer = endless([source(tmp_path / "cut.wav", 12 * 48_000), tracks[1]])
    codec, got, faults = CODECS[name], 0, 0  # type: ignore[index]
    while got < 80:
        mixer.plan((got + 20) * Q)
        try:
            made = mixer.packets(codec, got, 4)
        except ClipFault as fault:
            faults += 1
            mixer.drop(fault.clip, fault.at)
            continue
        assert [len(packets) for packets in made.packets] == [5] * 4
        got += 4
    assert faults > 0
    assert longest_silence(mixer.block(0, 80 * Q)) <= LONGEST_SILENCE


def test_rest_changes_nothing_of_the_mix(tracks: list[Source]) -> None:
    through, rested = endless(tracks), endless(tracks)
    one = heard(through, 12)
    two = [play(rested, STEP)]
    for _ in range(11):
        rested.rest()
        two.append(play(rested, STEP))
    assert np.max(np.abs(np.concatenate(two, axis=1) - one)) < 1 / 32_768


ACTIONS = st.lists(
    st.tuples(
        st.sampled_from(
            ["play", "play", "skip", "replace", "drop current", "drop next", "drop last", "packets"]
        ),
        st.integers(0, 7),
    ),
    min_size=5,
    max_size=30,
)


BEATS = Beats(3_000.0, 24_000.0)
SHAPES = st.lists(
    st.sampled_from(
        [
            {},
            {"ending": "cold"},
            {"ending": "ring", "ending_samples": 48_000},
            {"ending": "fade", "ending_samples": 200_000},
            {"continues": "12", "intro": 40_000},
            {"first_beats": BEATS, "last_beats": BEATS, "tempo_confidence": 1.0},
            {"first_beats": Beats(0.0, 23_100.0), "last_beats": BEATS, "tempo_confidence": 1.0},
        ]
    ),
    min_size=6,
    max_size=6,
)


@settings(max_examples=30, deadline=None)
@given(actions=ACTIONS, fade_s=st.sampled_from([0.0, 1.0, 5.0]), turn=st.integers(0, 5), shapes=SHAPES)
def test_whatever_is_done_the_mix_goes_on(
    tracks: list[Source],
    actions: list[tuple[str, int]],
    fade_s: float,
    turn: int,
    shapes: list[dict[str, Any]],
) -> None:
    tracks = [replace(track, **shape) for track, shape in zip(tracks, shapes, strict=True)]
    tiny = [source(track.path, 3_000 * (n + 1), lufs=-17.0, peak_db=-6.0) for n, track in enumerate(tracks)]
    mixer = endless(tracks[turn:] + tiny[: turn % 3] + tracks[:turn], MixSettings(fade_s=fade_s))
    mix = [play(mixer, Q)]
    for action, number in actions:
        at = mixer.frontier
        before = mixer.timeline.clips
        if action == "play":
            mix.append(play(mixer, (number + 1) * 3_001))
        elif action == "skip":
            mixer.plan(at + 10 * Q)
            mixer.skip()
        elif action == "replace":
            mixer.replace_next(tracks[number % 6])
        elif action == "packets":
            mixer.packets(CODECS["flac"], at // Q, 1)
            mix.append(mixer.block(at, mixer.frontier - at))
        else:
            place = {"drop current": -2, "drop next": -1, "drop last": -3}[action]
            clip = before[max(place, -len(before))]
            mixer.drop(clip, max(at, clip.start))
    mix.append(play(mixer, 20 * Q))
    if not turn % 3:  # between tracks shorter than a quantum the grid leaves gaps
        assert longest_silence(np.concatenate(mix, axis=1)) <= LONGEST_SILENCE
