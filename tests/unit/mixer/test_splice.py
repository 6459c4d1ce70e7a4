import logging
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import cycle, product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mixer import disk_cache, limiter
from mixer import encoding as encoding_module
from mixer.clock import QUANTUM as Q
from mixer.clock import ceil_quantum
from mixer.codecs import CODECS, BitRates, CodecName
from mixer.decks import Decks
from mixer.drift_mixer import DriftAudioMixer
from mixer.encoding import Encoding
from mixer.frame_store import FrameStore
from mixer.live import LivePackets
from mixer.pcm import Block
from mixer.render import ClipFault, render
from mixer.splice import LEAD_PACKETS, Splice, Stretch, steady_span, stretches
from mixer.timeline import Clip, Source, Timeline
from mixer.transition import MixSettings
from tests.unit.mixer.signals import full_disk, noise, source, wav

SPLICEABLE: list[CodecName] = ["mp3", "opus"]
LOUD = np.random.default_rng(1).uniform(-0.99, 0.99, (2, 400_000)).astype(np.float32)


class Loud(Decks):
    """Every track is the same loud noise."""

    def read(self, path: Path, start: int, out: Block) -> int:
        n: int = out.shape[1]
        out[:] = LOUD[:, start : start + n]
        return n


@st.composite
def timelines(draw: st.DrawFn) -> Timeline:
    """Clips of a few milliseconds to seconds, that overlap, meet, or leave gaps, with fades or without."""
    clips: list[Clip] = []
    for number in range(draw(st.integers(1, 6))):
        cue_in = draw(st.sampled_from([0, 1, 960, 5_000]))
        length = draw(st.one_of(st.integers(1, 3_000), st.integers(1, 100_000)))
        later = draw(st.sampled_from([0, 0, 0, 0, 1_152, 960, Q, 7]))
        start = 0
        if clips:
            overlap = draw(st.one_of(st.integers(-2 * Q, 0), st.integers(0, 30_000)))
            earliest = max(clips[-1].start + Q, clips[-2].end if len(clips) > 1 else 0)
            start = ceil_quantum(max(earliest, clips[-1].end - overlap))
            length = max(length, clips[-1].end - start)
        source = Source(f"{number}", Path("/loud"), cue_in, cue_in + later + length, -16.0, -1.0)
        under = max(0, clips[-1].end - start) if clips else 0
        fade_in = min(length, draw(st.sampled_from([0, under, under, 960])))
        if under and draw(st.sampled_from([True, False])):
            before = clips[-1]
            clips[-1] = replace(before, fade_out=min(under, before.length - before.fade_in))
        clips.append(Clip(source, start, length, cue_in + later, draw(st.sampled_from([0.5, 1.0])), fade_in))
    return Timeline(tuple(clips))


def split(timeline: Timeline, name: CodecName, first: int, count: int) -> list[Stretch]:
    return list(stretches(timeline, CODECS[name], 128, first, count))


@settings(max_examples=200)
@given(
    timeline=timelines(),
    name=st.sampled_from(sorted(CODECS)),
    first=st.integers(-20, 300),
    count=st.integers(0, 400),
)
def test_stretches_tile_what_is_asked_for(
    timeline: Timeline, name: CodecName, first: int, count: int
) -> None:
    found, at = split(timeline, name, first, count), first
    for stretch in found:
        assert (stretch.first, stretch.count > 0) == (at, True)
        at += stretch.count
    assert at == first + count
    if not CODECS[name].spliceable:
        assert all(stretch.encoding is None for stretch in found)


@settings(max_examples=200)
@given(timeline=timelines(), name=st.sampled_from(SPLICEABLE), first=st.integers(-20, 100))
def test_a_packet_is_made_in_the_same_way_whatever_it_is_asked_for_with(
    timeline: Timeline, name: CodecName, first: int
) -> None:
    def ways(parts: list[Stretch]) -> list[tuple[str, int]]:
        return [
            (part.encoding.digest, part.index + n) if part.encoding else ("live", 0)
            for part in parts
            for n in range(part.count)
        ]

    whole = ways(split(timeline, name, first, 300))
    pieces = [ways(split(timeline, name, at, 7)) for at in range(first, first + 300, 7)]
    assert [way for piece in pieces for way in piece][:300] == whole


@settings(max_examples=300)
@given(timeline=timelines(), name=st.sampled_from(SPLICEABLE))
def test_what_is_copied_is_one_clip_alone_at_its_own_place(timeline: Timeline, name: CodecName) -> None:
    size = CODECS[name].packet
    for stretch in split(timeline, name, -10, timeline.end // size + 20):
        if stretch.encoding is None:
            continue
        begin, end = stretch.first * size, (stretch.first + stretch.count) * size
        (clip,) = timeline.sounding(begin, end)
        steady_from, steady_to = steady_span(timeline, clip)
        assert steady_from <= begin < end <= steady_to
        assert stretch.encoding.source == clip.source
        assert 0 <= stretch.index < stretch.index + stretch.count <= stretch.encoding.packets
        assert stretch.index * size + clip.source.cue_in == clip.source_start + begin - clip.start
        mix = render(timeline, begin, end - begin, Loud())
        at = clip.source_start + begin - clip.start
        assert np.array_equal(mix, LOUD[:, at : at + end - begin] * np.float32(clip.gain))


def alone(track: Source, start: int = 0, begins_at: int = 0) -> Timeline:
    return Timeline((Clip(track, start, track.cue_out - begins_at, begins_at),))


@pytest.mark.parametrize("name", SPLICEABLE)
@pytest.mark.parametrize(("late", "copied"), [(0, True), (Q, True), (1, False), (959, False)])
def test_a_clip_that_begins_within_its_track_is_copied_if_it_is_on_the_grid(
    name: CodecName, late: int, copied: bool
) -> None:
    track = Source("a", Path("/loud"), 2 * Q, 30 * Q, -16.0, -1.0)
    (stretch,) = split(alone(track, 3 * Q, 2 * Q + late), name, 4 * Q // CODECS[name].packet, 10)
    assert (stretch.encoding is not None) == copied
    if copied:
        assert stretch.index == (Q + late) // CODECS[name].packet


@pytest.mark.parametrize("name", SPLICEABLE)
def test_what_begins_before_its_cue_in_is_copied_a_little_later(name: CodecName) -> None:
    track = Source("a", Path("/loud"), 2 * Q, 30 * Q, -16.0, -1.0)
    size, first = CODECS[name].packet, 4 * Q // CODECS[name].packet
    live, copied = split(alone(track, 3 * Q, Q), name, first, 20)
    assert live.encoding is None
    assert copied.first == max(first + LEAD_PACKETS, 3 * Q // size + hard_lead(name))
    assert copied.index == copied.first - first


@pytest.mark.parametrize("name", ["flac", "aac"])
def test_codecs_whose_packets_depend_on_those_before_are_never_copied(name: CodecName) -> None:
    timeline = alone(Source("a", Path("/loud"), 0, 30 * Q, -16.0, -1.0))
    assert split(timeline, name, -5, 100) == [Stretch(-5, 100)]


def hard_lead(name: CodecName) -> int:
    """Packets that are encoded of a clip that begins at once after something else."""
    return max(LEAD_PACKETS, CODECS[name].preroll)


@pytest.mark.parametrize("name", SPLICEABLE)
def test_a_last_packet_that_is_not_whole_is_encoded(name: CodecName) -> None:
    size = CODECS[name].packet
    track = Source("a", Path("/loud"), 0, 100 * size - 1, -16.0, -1.0)
    *_, copied, live = split(alone(track), name, 0, 110)
    assert copied.encoding is not None
    assert (copied.first + copied.count, copied.encoding.packets) == (99, 99)
    assert live == Stretch(99, 11)


@pytest.mark.parametrize("name", SPLICEABLE)
def test_a_live_encoder_leads_into_a_clip_that_follows_another(name: CodecName) -> None:
    a, b = (Source(key, Path("/loud"), 0, 20 * Q, -16.0, -1.0) for key in "ab")
    timeline, grid = Timeline((*alone(a).clips, *alone(b, 20 * Q).clips)), 20 * Q // CODECS[name].packet
    first, lead, second = split(timeline, name, 0, 2 * grid)
    assert (first.count, lead, second.index) == (grid, Stretch(grid, hard_lead(name)), hard_lead(name))


def test_a_track_that_is_too_short_for_a_steady_span_is_encoded() -> None:
    for length in (1, 500, 1_152, 3 * 1_152, 2 * Q):
        track = Source("a", Path("/loud"), 0, length, -16.0, -1.0)
        timeline = Timeline((Clip(track, 0, length, 0, 1.0, length // 3, length // 3),))
        assert split(timeline, "mp3", 0, 20) == [Stretch(0, 20)]


@pytest.mark.parametrize("name", SPLICEABLE)
def test_the_limiter_may_reach_into_a_clip_from_before_the_one_before(name: CodecName) -> None:
    a, b, c = (Source(key, Path("/loud"), 0, 100_000, -16.0, -1.0) for key in "abc")
    first = Clip(a, 0, 5 * Q - 10, 0)
    timeline = Timeline((first, Clip(b, 4 * Q, Q, 0), Clip(c, 5 * Q, 20 * Q, 0)))
    (copied,) = (s for s in split(timeline, name, 5 * Q // CODECS[name].packet, 20) if s.encoding)
    assert copied.first * CODECS[name].packet >= first.end + limiter.REACH
    begin = copied.first * CODECS[name].packet
    assert np.array_equal(render(timeline, begin, 960, Loud()), LOUD[:, begin - 5 * Q : begin - 5 * Q + 960])


# One codec's packets


class Late(FrameStore):
    """Has nothing until it is ``ready``; counts how often somebody waits."""

    ready = False
    waits = 0
    wanted = 0

    def take(self, encoding: Encoding, first: int, count: int) -> list[bytes]:
        return super().take(encoding, first, count) if self.ready else []

    def want(self, encoding: Encoding, first: int, count: int, in_s: float = 0.0) -> None:
        self.wanted += 1
        super().want(encoding, first, count, in_s)

    def wait(self, encoding: Encoding, first: int, count: int, patience_s: float) -> list[bytes]:
        self.waits += 1
        return super().wait(encoding, first, count, 60.0) if self.ready else []


@pytest.fixture
def late(tmp_path: Path) -> Iterator[Late]:
    made = Late(tmp_path / "frames", 1 << 30)
    yield made
    made.close()


def splice(timeline: Timeline, store: FrameStore | None, name: CodecName = "mp3") -> Splice:
    decks = Decks()
    live = LivePackets(lambda start, n: render(timeline, start, n, decks), CODECS[name], 128)
    return Splice(CODECS[name], 128, live, store)


def expected(timeline: Timeline, count: int) -> list[bytes]:
    one_run = splice(timeline, None)
    return one_run.take(timeline, 0, count).made


def whole(timeline: Timeline) -> tuple[Encoding, int, int]:
    clip = timeline.clips[0]
    encoding = Encoding(clip.source, clip.gain, CODECS["mp3"], 128)
    return encoding, 0, encoding.packets


def test_without_a_store_everything_is_encoded(tracks: list[Source]) -> None:
    timeline = alone(tracks[3])
    made = splice(timeline, None)
    assert made.copied(timeline, 0, 40) is None
    assert (made.take(timeline, 0, 40).copied, len(made.take(timeline, 40, 40).made)) == (0, 40)


def test_while_the_store_is_late_it_encodes_and_then_goes_back_to_copies(
    tracks: list[Source], late: Late
) -> None:
    timeline = alone(tracks[3])
    made = splice(timeline, late)
    packets = []
    for at in range(0, 360, 40):
        if at == 160:
            assert late.waits == 1, "for the encoder that had to be started; never while it was at work"
            late.ready = True
            late.wait(*whole(timeline), 60.0)
        taken = made.take(timeline, at, 40)
        assert taken.copied == (40 if late.ready else 0)
        packets += taken.made
    assert packets == expected(timeline, 360)


def test_what_can_be_copied_at_once_is_what_take_gives_and_nobody_waits_for_it(
    tracks: list[Source], late: Late
) -> None:
    a, b = alone(tracks[3]).clips[0], alone(tracks[5], 74 * Q).clips[0]
    timeline = Timeline((replace(a, length=75 * Q, fade_out=Q), replace(b, fade_in=Q)))
    made = splice(timeline, late)
    assert made.copied(timeline, 0, 40) is None
    assert (late.waits, late.wanted) == (0, 2), "but the store is told"
    late.ready = True
    late.wait(*whole(timeline), 60.0)
    late.waits = 0
    copied = made.copied(timeline, 200, 40)
    assert copied is not None
    assert copied == made.take(timeline, 200, 40)
    assert copied.copied == 40
    assert made.copied(timeline, 74 * 5 - 20, 20) is None, "there the next track rises already"
    assert late.waits == 0


def test_what_will_be_copied_is_announced_now_and_then_and_when_plans_change(
    tracks: list[Source], late: Late
) -> None:
    timeline = alone(tracks[1])
    made = splice(timeline, late)
    for at in range(0, 80, 5):
        made.copied(timeline, at, 5)
    assert late.wanted == 1
    made.copied(timeline, 85, 5)
    assert late.wanted == 2, "two seconds later"
    made.copied(replace(timeline), 90, 5)
    assert late.wanted == 3, "another timeline"
    made.copied(timeline, 0, 5)
    assert late.wanted == 4, "a format that begins in the past"


# Whole mixes


QUIET = MixSettings(fade_s=1.0, skip_fade_s=0.5, target_lufs=-30.0)
"""So quiet that the limiter never acts: what a skip changes then begins exactly where it begins."""


@pytest.fixture(scope="module")
def shared_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FrameStore]:
    made = FrameStore(tmp_path_factory.mktemp("frames"), 1 << 30)
    yield made
    made.close()


def endless(sources: list[Source], store: FrameStore | None, mix: MixSettings = QUIET) -> DriftAudioMixer:
    following = cycle(sources)
    return DriftAudioMixer(lambda: next(following), mix, BitRates(), store)


def produce(mixer: DriftAudioMixer, codec: CodecName, quantum: int, count: int) -> tuple[list[bytes], int]:
    """Packets as a session takes them, and how many of them were copied."""
    for _ in range(20):
        mixer.plan((quantum + count + 10) * Q)
        try:
            made = mixer.copied(CODECS[codec], quantum, count) or mixer.packets(CODECS[codec], quantum, count)
        except ClipFault as fault:
            mixer.drop(fault.clip, fault.at)
            continue
        return [packet for packets in made.packets for packet in packets], made.copied
    raise AssertionError("one fault after another")


def warm(store: FrameStore, mixer: DriftAudioMixer, codec: CodecName, quantum: int, count: int) -> None:
    """Let the store have all that it can have of these quanta."""
    mixer.plan((quantum + count + 10) * Q)
    first, end = (CODECS[codec].first_packet(q) for q in (quantum, quantum + count))
    for part in stretches(mixer.timeline, CODECS[codec], mixer.rates.of(CODECS[codec]), first, end - first):
        if part.encoding is not None:
            assert len(store.wait(part.encoding, part.index, part.count, 60.0)) == part.count


ACTIONS = st.lists(
    st.tuples(
        st.sampled_from(["packets", "packets", "packets", "skip", "replace", "drop", "rest"]),
        st.integers(0, 24),
    ),
    min_size=3,
    max_size=10,
)


@settings(max_examples=12, deadline=None)
@given(actions=ACTIONS, turn=st.integers(0, 5), warmed=st.booleans())
def test_whatever_is_done_nobody_can_tell_copies_from_packets_that_were_encoded(
    tracks: list[Source], shared_store: FrameStore, actions: list[tuple[str, int]], turn: int, warmed: bool
) -> None:
    one_run = endless(tracks[turn:] + tracks[:turn], None)
    spliced = endless(tracks[turn:] + tracks[:turn], shared_store)
    both, cut = (one_run, spliced), set[int]()
    quantum = 0
    for action, number in [*actions, ("packets", 40)]:
        for mixer in both:
            mixer.plan((quantum + 60) * Q)
            mixer.block(max(one.frontier for one in both) - 1, 1)
        at = spliced.frontier
        if action == "packets":
            if warmed:
                warm(shared_store, spliced, "mp3", quantum, number)
            made = [produce(mixer, "mp3", quantum, number)[0] for mixer in both]
            differ = {5 * quantum + n for n, (a, b) in enumerate(zip(*made, strict=True)) if a != b}
            assert differ <= cut, "an encoder that runs through hears a cut coming, a packet ahead"
            quantum += number
        elif action == "skip":
            assert one_run.skip() == spliced.skip()
        elif action == "replace":
            assert one_run.replace_next(tracks[number % 6]) == spliced.replace_next(tracks[number % 6])
        elif action == "rest":
            spliced.rest()
        else:
            clip = spliced.timeline.at(at)
            if (
                clip is not None and spliced.timeline.at(clip.start - 1) is None
            ):  # in a fade its past goes, too
                for mixer in both:
                    mixer.drop(clip, at)
                cut.add(at // 1152 - 1)
        assert one_run.timeline.without_before(at) == spliced.timeline.without_before(at)


def test_a_mix_is_copied_for_the_most_part(tracks: list[Source], shared_store: FrameStore) -> None:
    mixer, copied, total = endless([tracks[1], tracks[3]], shared_store), 0, 0
    for quantum in range(0, 400, 8):
        warm(shared_store, mixer, "mp3", quantum, 8)
        packets, of_them = produce(mixer, "mp3", quantum, 8)
        copied, total = copied + of_them, total + len(packets)
    assert total == 2_000
    assert copied > 0.8 * total


class Counting(DriftAudioMixer):
    """Counts how often each quantum is rendered."""

    rendered: Counter[int]

    def _produce(self, start: int, n: int) -> Block:
        self.rendered.update(range(start // Q, -(-(start + n) // Q)))
        return super()._produce(start, n)


def test_two_formats_of_one_session_render_its_transitions_once(
    tracks: list[Source], shared_store: FrameStore
) -> None:
    following = cycle([tracks[3], tracks[5]])
    mixer = Counting(lambda: next(following), QUIET, BitRates(), shared_store)
    mixer.rendered = Counter()
    for quantum in range(0, 300, 4):
        for codec in SPLICEABLE:
            warm(shared_store, mixer, codec, quantum, 4)
            assert len(produce(mixer, codec, quantum, 4)[0]) == 4 * Q // CODECS[codec].packet
    overlaps = list(mixer.timeline.overlaps(0, 300 * Q))
    assert max(mixer.rendered.values()) == 1
    assert 0 < len(mixer.rendered) < 150
    assert all(begin // Q in mixer.rendered for begin, _ in overlaps)


def test_a_track_that_ends_before_its_time_leaves_no_gap(
    tracks: list[Source], shared_store: FrameStore, tmp_path: Path
) -> None:
    whole = tracks[1].path.read_bytes()
    (tmp_path / "cut.wav").write_bytes(whole[: len(whole) // 3])
    order = [source(tmp_path / "cut.wav", 12 * 48_000), tracks[3]]
    one_run, spliced = endless(order, None), endless(order, shared_store)
    for quantum in range(0, 160, 4):
        packets, _ = produce(spliced, "mp3", quantum, 4)
        assert len(packets) == 20
        assert packets == produce(one_run, "mp3", quantum, 4)[0]


@pytest.mark.parametrize("short_by", range(0, Q, Q // 12))
def test_a_file_that_vanishes_just_after_its_fade_in_stops_nothing(
    tracks: list[Source], tmp_path: Path, short_by: int
) -> None:
    """The limiter would still like to see how the fade went."""
    doomed = wav(tmp_path / "doomed.wav", noise(4, rms=0.1))
    following = iter([replace(tracks[2], cue_out=4 * 48_000 - short_by), source(doomed, 4 * 48_000)])
    mixer = DriftAudioMixer(lambda: next(following, tracks[3]), QUIET)
    mixer.plan(0)
    mixer.plan(mixer.timeline.end)
    faded = -(-mixer.timeline.clips[0].end // Q)
    produce(mixer, "mp3", 0, faded)
    mixer.rest()
    doomed.unlink()
    for quantum in range(faded, faded + 20):
        assert len(produce(mixer, "mp3", quantum, 1)[0]) == 5


# A cache in trouble


@pytest.fixture
def short_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoding_module, "CHUNK_QUANTA", 20)


def empty(file: Path) -> None:
    os.truncate(file, 0)


def halve(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def overwrite(file: Path) -> None:
    """In place, as long as it was."""
    with file.open("r+b") as content:
        content.write(np.random.default_rng(1).bytes(file.stat().st_size))


def replace_by_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def exchange(file: Path) -> None:
    """By something that is no file of packets at all."""
    file.with_suffix(".new").write_text("not packets " * 1_000)
    file.with_suffix(".new").replace(file)


class Played:
    """A mix as one encoder makes it, to be compared with what comes of a store."""

    QUANTA = 88

    def __init__(self, sources: list[Source]) -> None:
        self.sources = sources
        self.packets = produce(endless(sources, None), "mp3", 0, self.QUANTA)[0]

    def again(self, store: FrameStore, *, warmed: bool = False) -> int:
        """Play it with a store, which must make no difference; how many packets were copied."""
        mixer, packets, total = endless(self.sources, store), [], 0
        for quantum in range(0, self.QUANTA, 8):
            if warmed:
                warm(store, mixer, "mp3", quantum, 8)
            made, copied = produce(mixer, "mp3", quantum, 8)
            packets += made
            total += copied
        assert packets == self.packets
        return total


@pytest.fixture(scope="module")
def played(tracks: list[Source]) -> Played:
    return Played([tracks[5], tracks[2]])


def said(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


@pytest.mark.usefixtures("short_chunks")
@pytest.mark.parametrize(
    ("damage", "in_use"),
    [*product((empty, halve, overwrite), (False, True)), (exchange, False)],
)
def test_damaged_files_are_never_heard_said_once_and_made_anew(
    played: Played,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    damage: Callable[[Path], None],
    in_use: bool,
) -> None:
    store = FrameStore(tmp_path, 1 << 30)
    healthy = played.again(store, warmed=True)
    files = sorted(tmp_path.glob("*.frames"))
    assert len(files) >= 4
    if not in_use:
        store.close()
        store = FrameStore(tmp_path, 1 << 30)
    for file in files:
        damage(file)
    assert said(caplog) == []
    played.again(store)
    (line,) = said(caplog)
    assert "holds damaged files" in line
    assert played.again(store, warmed=True) == healthy
    store.close()
    again = FrameStore(tmp_path, 1 << 30)
    assert played.again(again, warmed=True) == healthy
    assert (again.figures.hits > 0, again.figures.misses) == (True, 0)
    assert len(said(caplog)) == 1
    again.close()


@pytest.mark.usefixtures("short_chunks")
def test_strange_things_in_the_folder_are_no_matter(
    played: Played, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = FrameStore(tmp_path, 1 << 30)
    healthy = played.again(store, warmed=True)
    store.close()
    for file in sorted(tmp_path.glob("*.frames"))[::2]:
        replace_by_folder(file)
    (tmp_path / "a.frames").mkdir()
    (tmp_path / ("x" * 240 + ".frames")).write_bytes(b"")
    (tmp_path / os.fsdecode(b"na\xefve.frames")).write_bytes(b"DrFr")
    (tmp_path / "loop.frames").symlink_to(tmp_path / "loop.frames")
    store = FrameStore(tmp_path, 1 << 30)
    assert played.again(store, warmed=True) == healthy
    assert len(said(caplog)) == 1, "a folder is where a file should be"
    assert "cannot be written (Is a directory)" in said(caplog)[0]
    store.close()


@pytest.mark.usefixtures("short_chunks")
def test_a_folder_that_is_removed_in_mid_mix_is_made_anew(
    played: Played, tracks: list[Source], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "frames"
    store = FrameStore(folder, 1 << 30)
    healthy = played.again(store, warmed=True)
    shutil.rmtree(folder)
    assert played.again(store, warmed=True) == healthy, "what was at hand stays at hand"
    assert said(caplog) == []
    assert Played([tracks[4], tracks[2]]).again(store, warmed=True) > 0
    store.close()
    assert len(list(folder.glob("*.frames"))) >= 2
    assert said(caplog) == [f"the packet cache in {folder} was removed; it is made anew"]


@pytest.mark.usefixtures("short_chunks")
def test_without_a_place_to_write_it_goes_on_and_says_so_once(
    played: Played, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk_cache, "_RETRY_S", 0.0)
    (tmp_path / "file").touch()
    store = FrameStore(tmp_path / "file" / "frames", 1 << 30)
    assert played.again(store, warmed=True) > 200, "they are kept in memory"
    (line,) = said(caplog)
    assert "cannot be written (Not a directory)" in line
    store.close()


@pytest.mark.usefixtures("short_chunks")
def test_a_full_disk_stops_nothing_and_is_said_once(
    played: Played, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk_cache, "_RETRY_S", 0.0)
    store = FrameStore(tmp_path, 1 << 30)
    with full_disk(room=10_000):
        assert played.again(store, warmed=True) > 200
        store.close()
    (line,) = said(caplog)
    assert "cannot be written" in line
    assert list(tmp_path.iterdir()) == []
