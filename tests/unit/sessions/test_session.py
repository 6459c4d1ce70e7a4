from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from drift.errors import NotReadyError
from drift.models import Track
from drift.sessions import Session
from mixer.clock import QUANTUM, QUANTUM_S
from mixer.frame_store import FrameStore
from mixer.splice import stretches
from tests.unit.fakes import track
from tests.unit.studio import BURST, MP3, Studio, tones


@pytest.fixture(scope="module")
def music(tmp_path_factory: pytest.TempPathFactory) -> list[Track]:
    return tones(tmp_path_factory.mktemp("tones"))


@pytest.fixture
async def studio(music: list[Track]) -> AsyncIterator[Studio]:
    made = Studio(music)
    yield made
    made.session.close()


def handles() -> int:
    """Timers that the running loop holds and that have not been cancelled."""
    scheduled = asyncio.get_running_loop()._scheduled  # type: ignore[attr-defined]
    return sum(not handle.cancelled() for handle in scheduled)


async def test_position_is_whole_quanta(studio: Studio) -> None:
    session = studio.session
    assert session.position == BURST * QUANTUM
    session.attach()
    assert session.position == BURST * QUANTUM
    studio.clock.advance(QUANTUM_S * 0.99)
    assert session.position == BURST * QUANTUM
    for n in range(1, 2000):
        studio.clock.advance(QUANTUM_S * 0.7)
        expected = BURST + int((0.99 + 0.7 * n) + 1e-6)
        assert session.position == expected * QUANTUM


async def test_an_idle_session_stands_still_and_owns_no_timer_task_or_work(studio: Studio) -> None:
    before = handles()
    tasks = asyncio.all_tasks()
    studio.clock.advance(86_400)
    assert studio.session.position == BURST * QUANTUM
    assert studio.session.state == "idle"
    assert handles() == before
    assert asyncio.all_tasks() == tasks
    assert studio.workers.done == []


async def test_it_pauses_some_time_after_the_last_listener_and_goes_on_where_it_was(studio: Studio) -> None:
    session, clock = studio.session, studio.clock
    session.attach()
    session.attach()
    clock.advance(QUANTUM_S * 10)
    session.detach()
    clock.advance(QUANTUM_S * 1000)
    left_at = BURST + 10 + 1000
    assert (session.state, session.position) == ("playing", left_at * QUANTUM)
    session.detach()
    clock.advance(29)
    assert (session.state, session.position) == ("playing", (left_at + int(29 / QUANTUM_S)) * QUANTUM)
    clock.advance(1)
    stood = session.position
    assert (session.state, stood) == ("idle", (left_at + int(30 / QUANTUM_S)) * QUANTUM)
    clock.advance(3600)
    assert session.position == stood
    session.attach()
    assert (session.state, session.position) == ("playing", stood)
    clock.advance(QUANTUM_S)
    assert session.position == stood + QUANTUM


async def test_who_comes_back_in_time_finds_it_playing(studio: Studio) -> None:
    session, clock = studio.session, studio.clock
    timers = handles()
    session.attach()
    session.detach()
    assert handles() == timers + 1
    clock.advance(29)
    session.attach()
    clock.advance(100 * QUANTUM_S - 29)
    assert session.position == (BURST + 100) * QUANTUM
    assert handles() == timers


async def test_a_paused_session_closes_its_files_and_owns_no_timer(music: list[Track]) -> None:
    studio = Studio(music, idle_pause_s=0)
    timers = handles()
    studio.session.attach()
    await studio.play(1)
    studio.session.detach()
    assert "rest" in studio.workers.done
    assert handles() == timers
    assert studio.session.state == "idle"
    studio.session.attach()
    assert len(await studio.play(1)) == 5
    studio.session.close()


async def test_packets_are_five_to_a_quantum_and_counted(studio: Studio) -> None:
    studio.session.attach()
    made = await studio.session.packets(MP3, 0, 4)
    assert [len(quantum) for quantum in made] == [5, 5, 5, 5]
    assert b'drift_mixer_live_packets_total{codec="mp3"} 20.0' in studio.metrics.text()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[FrameStore]:
    made = FrameStore(tmp_path / "frames", 1 << 30)
    yield made
    made.close()


def fetch(store: FrameStore, session: Session, until: int) -> int:
    """Let the store have all that can be copied of the quanta before ``until``; how many packets that are."""
    copied, mixer = 0, session.program.mixer
    mixer.plan(until * QUANTUM)
    for part in stretches(mixer.timeline, MP3, mixer.rates.mp3, 0, until * 5):
        if part.encoding is not None:
            copied += len(store.wait(part.encoding, part.index, part.count, 60.0))
    return copied


async def test_packets_that_were_encoded_before_are_copied_and_counted_apart(
    music: list[Track], store: FrameStore
) -> None:
    encoding, copying = Studio(music), Studio(music, store=store)
    copied = fetch(store, copying.session, 60)
    for studio in (encoding, copying):
        studio.session.attach()
    assert await copying.play(60) == await encoding.play(60)
    assert 150 < copied < 300
    text = copying.metrics.text()
    assert b'drift_mixer_copied_packets_total{codec="mp3"} %.1f' % copied in text
    assert b'drift_mixer_live_packets_total{codec="mp3"} %.1f' % (300 - copied) in text
    assert b'drift_mixer_copied_packets_total{codec="mp3"} 0.0' in encoding.metrics.text()
    for studio in (encoding, copying):
        studio.session.close()


async def test_copying_takes_no_worker(music: list[Track], store: FrameStore) -> None:
    studio = Studio(music, store=store)
    fetch(store, studio.session, 20)
    studio.session.attach()
    await studio.play(20)
    assert studio.workers.done == ["packets"], "the first time only"
    await studio.play(10)
    assert len(studio.workers.done) > 1, "the fade begins"
    studio.session.close()


async def test_sessions_share_what_is_encoded(music: list[Track], store: FrameStore) -> None:
    studios = [Studio(music, store=store) for _ in range(3)]
    for studio in studios:
        fetch(store, studio.session, 90)
        studio.session.attach()
    played = [await studio.play(90) for studio in studios]
    assert played[0] == played[1] == played[2]
    assert store.figures.misses == len(music)
    for studio in studios:
        studio.session.close()


async def test_events_come_at_the_right_samples_in_the_right_order(
    studio: Studio, music: list[Track]
) -> None:
    studio.session.attach()
    heard: dict[str, int] = {}
    for _ in range(60):
        before = len(await studio.events())
        await studio.play(1)
        for name, _ in (await studio.events())[before:]:
            heard.setdefault(
                f"{name} {len([n for n, _ in await studio.events() if n == name])}", studio.session.position
            )
    events = [(name, data) for name, data in await studio.events() if name != "listeners"]
    names = [name for name, _ in events]
    assert names[:5] == ["track-started", "next-planned", "transition", "track-started", "next-planned"]
    first, planned, transition, second = (data for _, data in events[:4])
    assert first["playing"]["startSample"] == 0
    assert first["playing"]["track"]["id"] == music[0].id
    assert planned["next"]["id"] == music[1].id
    begin = second["playing"]["startSample"]
    assert planned["atSample"] == transition["startSample"] == begin
    assert begin == 25 * QUANTUM  # four seconds are 33.3 quanta; the fade is a second, on the grid
    assert transition["from"] == music[0].id
    assert transition["to"] == second["playing"]["track"]["id"] == music[1].id
    assert transition["kind"] == "crossfade"
    assert begin + transition["lengthSamples"] == first["playing"]["endSample"]
    assert heard["track-started 2"] == heard["transition 1"] == begin
    assert studio.metrics.text().count(b"drift_session_tracks_started_total 3.0") == 1


async def test_listeners_are_announced_once_per_change(studio: Studio) -> None:
    session = studio.session
    session.attach()
    session.attach()
    session.announce()
    session.announce()
    session.detach()
    session.detach()
    counts = [data["count"] for name, data in await studio.events() if name == "listeners"]
    assert counts == [2, 0]


async def test_skip(studio: Studio, music: list[Track]) -> None:
    studio.session.attach()
    await studio.play(10)
    plan = studio.session.skip()
    assert plan.kind == "skip"
    assert plan.incoming.source.key == music[1].id
    assert plan.start >= studio.session.program.mixer.frontier
    assert plan.start - studio.session.position <= 2 * QUANTUM
    await studio.play(4)
    names = [name for name, _ in await studio.events()]
    assert names[-3:] == ["transition", "track-started", "next-planned"]
    assert studio.session.snapshot()["nowPlaying"]["track"]["id"] == music[1].id  # type: ignore[index]


async def test_skip_with_nothing_to_play() -> None:
    with pytest.raises(NotReadyError):
        Studio([]).session.skip()


async def test_a_broken_track_is_reported_and_left_out(music: list[Track], tmp_path: Path) -> None:
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"this is not music")
    studio = Studio([music[0], track(7, path=broken), music[1]])
    studio.session.attach()
    packets = await studio.play(60)
    assert len(packets) == 60 * 5
    assert [key for key, _ in studio.library.unplayable] == [f"{7:032x}"]
    assert studio.library.unplayable[0][1]
    started = [
        data["playing"]["track"]["id"] for name, data in await studio.events() if name == "track-started"
    ]
    assert f"{7:032x}" not in started
    assert started[:2] == [music[0].id, music[1].id]
    assert b"drift_mixer_faults_total 1.0" in studio.metrics.text()
    studio.session.close()


async def test_a_library_of_broken_tracks_is_not_ready_and_recovers(
    music: list[Track], tmp_path: Path
) -> None:
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"this is not music")
    studio = Studio([track(n, path=broken) for n in range(3)])
    studio.session.attach()
    with pytest.raises(NotReadyError):
        await studio.play(1)
    assert studio.library.tracks == []
    studio.library.tracks.append(music[0])
    assert len(await studio.play(3)) == 15
    studio.session.close()


async def test_an_empty_library_is_not_ready() -> None:
    studio = Studio([])
    studio.session.attach()
    with pytest.raises(NotReadyError, match="empty"):
        await studio.session.packets(MP3, 0, 1)
    assert studio.session.snapshot()["nowPlaying"] is None
    assert studio.session.title_at(0) == ""


async def test_resume_from_puts_the_live_edge_back(studio: Studio) -> None:
    studio.session.attach()
    studio.clock.advance(3600)
    studio.session.resume_from(50 * QUANTUM)
    assert studio.session.position == 50 * QUANTUM
    studio.clock.advance(QUANTUM_S)
    assert studio.session.position == 51 * QUANTUM


async def test_titles(studio: Studio) -> None:
    studio.session.attach()
    await studio.play(1)
    assert studio.session.title_at(0) == "Artist 0 - Title 0"


async def test_a_page_shows_what_will_play_before_anybody_listens(studio: Studio, music: list[Track]) -> None:
    studio.session.library_changed()
    snapshot = studio.session.snapshot()
    assert snapshot["state"] == "idle"
    assert snapshot["nowPlaying"]["track"]["id"] == music[0].id  # type: ignore[index]
    assert snapshot["next"]["id"] == music[1].id  # type: ignore[index]


async def test_a_repeat_planned_in_need_is_undone_when_music_comes(music: list[Track]) -> None:
    studio = Studio(music[:1])
    studio.session.library_changed()
    assert studio.session.snapshot()["next"]["id"] == music[0].id  # type: ignore[index]
    studio.library.tracks[:] = music[:2]
    studio.session.library_changed()
    assert studio.session.snapshot()["next"]["id"] == music[1].id  # type: ignore[index]


async def test_close_disconnects_clients_and_ends_the_timer(studio: Studio) -> None:
    timers = handles()
    subscription = studio.session.events.subscribe()
    studio.session.attach()
    studio.session.detach()
    studio.session.close()
    assert b"session-ended" not in await subscription.take(0), "clients would not come back"
    assert subscription.closed_because == "shutdown"
    assert handles() == timers
    studio.session.attach()
    studio.session.detach()
    assert handles() == timers


async def test_close_does_not_wait_for_a_worker_that_renders(music: list[Track]) -> None:
    """The loop goes on although the mixer is busy: files are closed by a worker."""
    studio = Studio(music)
    with ThreadPoolExecutor(1) as pool:
        studio.session._workers = pool
        lock = studio.session.program.mixer._render_lock
        lock.acquire()
        studio.session.close()  # would hang here
        lock.release()


async def test_used_tracks_are_kept_and_others_forgotten(studio: Studio) -> None:
    studio.session.attach()
    await studio.play(400)
    used = {clip.source.key for clip in studio.session.program.mixer.timeline.clips}
    assert {source.key for source, _ in studio.session.program._cast} == used


async def test_commands_to_a_session_that_nobody_hears_build_on_one_another(studio: Studio) -> None:
    session = studio.session
    for _ in range(3):
        skipped_to = session.skip().incoming.source.key
        now, _ = session.on_now()
        assert now is not None
        assert now[1].track.id == skipped_to
        session.steer("faster")
        still, following = session.on_now()
        assert still is not None
        assert following is not None
        assert still[1].track.id == skipped_to
        assert following[1].by == "direction"


async def test_a_skip_long_after_the_last_listener_is_heard_from_its_beginning(studio: Studio) -> None:
    session = studio.session
    session.attach()
    await studio.play(10)
    session.detach()
    studio.clock.advance(1000)
    plan = session.skip()
    burst = session.position - BURST * QUANTUM
    assert burst <= plan.start <= burst + QUANTUM
    assert plan.length == 0
