import random
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from mixer import encoding as encoding_module
from mixer import frame_store
from mixer.chunk import MemoryChunk
from mixer.codecs import CODECS
from mixer.encoding import Encoding
from mixer.frame_store import FrameStore
from tests.unit.mixer.signals import source

PER_CHUNK = 100
SLICE = 25
SLICES = PER_CHUNK // SLICE
LONG = 60.0
"""Seconds of patience: nobody ever waits that long, unless something is wrong."""


class Later:
    """A clock that can be set forward."""

    def __init__(self) -> None:
        self.by_s = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.by_s


class Slow:
    """Stands in for an encoder: makes packets that tell where they belong, a slice whenever it is let."""

    def __init__(self, kitchen: "Kitchen", encoding: Encoding, number: int) -> None:
        self.chunk = MemoryChunk()
        self.begun = False
        self.closed = False
        self._kitchen = kitchen
        self._encoding = encoding
        self._number = number

    def step(self) -> bool:
        self.begun = True
        self._kitchen.enter(f"{self._encoding.source.key}{self._number}")
        first = self._number * PER_CHUNK
        count = min(PER_CHUNK, self._encoding.packets - first)
        done = len(self.chunk.packets)
        self.chunk.add(packets(self._encoding, first + done, min(SLICE, count - done)))
        return len(self.chunk.packets) == count

    def close(self) -> None:
        self.closed = True


class Kitchen:
    """Where slices are made: ``let`` so many through, or all."""

    def __init__(self) -> None:
        self.made: list[str] = []
        self.encoders: list[Slow] = []
        self.broken: set[str] = set()
        self._changed = threading.Condition()
        self._allowed = 0.0
        self._inside = 0

    def __call__(self, encoding: Encoding, number: int) -> Slow:
        self.encoders.append(Slow(self, encoding, number))
        return self.encoders[-1]

    def enter(self, name: str) -> None:
        with self._changed:
            self._inside += 1
            self._changed.notify_all()
            assert self._changed.wait_for(lambda: self._allowed > 0, LONG)
            self._allowed -= 1
            self._inside -= 1
            self.made.append(name)
            self._changed.notify_all()
        if name in self.broken:
            raise OSError(name)

    def let(self, slices: float = float("inf")) -> None:
        with self._changed:
            self._allowed += slices
            self._changed.notify_all()

    def wait_until(self, *, inside: int = 0, made: int = 0) -> None:
        """Return when so many threads wait to be let through, and so many slices have been made."""
        with self._changed:
            assert self._changed.wait_for(lambda: self._inside >= inside and len(self.made) >= made, LONG)


@pytest.fixture
def kitchen(monkeypatch: pytest.MonkeyPatch) -> Iterator[Kitchen]:
    made = Kitchen()
    monkeypatch.setattr(frame_store, "ChunkEncoder", made)
    monkeypatch.setattr(encoding_module, "CHUNK_QUANTA", PER_CHUNK // 5)
    yield made
    made.let()


@pytest.fixture
def later() -> Later:
    return Later()


@pytest.fixture
def store(kitchen: Kitchen, tmp_path: Path, later: Later) -> Iterator[FrameStore]:
    made = FrameStore(tmp_path / "frames", 1 << 30, threads=1, now=later)
    yield made
    kitchen.let()
    made.close()


@pytest.fixture
def pool(kitchen: Kitchen) -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(20) as made:
        yield made
        kitchen.let()


def song(key: str, count: int = 10 * PER_CHUNK) -> Encoding:
    return Encoding(source(Path("/nowhere"), count * 1152, key=key), 1.0, CODECS["mp3"], 128)


def packets(encoding: Encoding, first: int, count: int) -> list[bytes]:
    return [f"{encoding.source.key} {number}".encode() for number in range(first, first + count)]


def finish(store: FrameStore, kitchen: Kitchen) -> None:
    """Let all work be done."""
    kitchen.let()
    with store._changed:
        assert store._changed.wait_for(lambda: not store._jobs, LONG)


# What is given


def test_it_gives_what_was_wanted_across_chunks(store: FrameStore, kitchen: Kitchen) -> None:
    a = song("a", 250)
    assert store.take(a, 0, 10) == []
    store.want(a, 90, 120)
    finish(store, kitchen)
    assert store.take(a, 0, 250) == packets(a, 0, 250)
    assert store.take(a, 95, 110) == packets(a, 95, 110)
    assert store.take(a, 249, 1) == packets(a, 249, 1)
    assert store.take(song("b"), 0, 1) == []
    assert store.figures.misses == 3


def test_what_is_being_made_can_be_taken_already(store: FrameStore, kitchen: Kitchen) -> None:
    a = song("a")
    store.want(a, 0, PER_CHUNK)
    for slices in range(1, SLICES):
        kitchen.let(1)
        kitchen.wait_until(made=slices, inside=1)
        assert store.take(a, 0, PER_CHUNK) == packets(a, 0, slices * SLICE)
        assert store.take(a, slices * SLICE - 1, 9) == packets(a, slices * SLICE - 1, 1)
        assert store.figures.queue == 1


def test_a_gap_ends_what_is_given(store: FrameStore, kitchen: Kitchen) -> None:
    a = song("a")
    store.want(a, 0, 10)
    store.want(a, 2 * PER_CHUNK, 10)
    finish(store, kitchen)
    assert store.take(a, 90, 200) == packets(a, 90, 10)
    assert store.take(a, PER_CHUNK, 200) == []


def test_an_encoding_is_made_once_however_many_want_it(store: FrameStore, kitchen: Kitchen) -> None:
    for _ in range(5):
        store.want(song("a"), 10, 20)
        store.want(song("a"), 50, 20, in_s=7)
    finish(store, kitchen)
    store.want(song("a"), 0, PER_CHUNK)
    finish(store, kitchen)
    assert kitchen.made == ["a0"] * SLICES
    assert len(kitchen.encoders) == 1


def test_many_who_wait_for_the_same_are_all_served_by_one_encoder(
    store: FrameStore, kitchen: Kitchen, pool: ThreadPoolExecutor
) -> None:
    a = song("a")
    waiting = [pool.submit(store.wait, a, n, 150, LONG) for n in range(20)]
    kitchen.wait_until(inside=1)
    kitchen.let()
    assert [future.result(LONG) for future in waiting] == [packets(a, n, 150) for n in range(20)]
    assert len(kitchen.made) == 2 * SLICES


# What is made first


def test_the_most_urgent_is_made_first_after_the_slice_that_is_being_made(
    store: FrameStore, kitchen: Kitchen
) -> None:
    store.want(song("a"), 0, 10, in_s=20)
    kitchen.wait_until(inside=1)
    store.want(song("c"), 0, 10, in_s=10)
    store.want(song("b"), 0, 10, in_s=5)
    finish(store, kitchen)
    assert kitchen.made == ["a0"] + ["b0"] * SLICES + ["c0"] * SLICES + ["a0"] * (SLICES - 1)


def test_later_chunks_are_due_later(store: FrameStore, kitchen: Kitchen) -> None:
    store.want(song("x"), 0, 10, in_s=60)
    kitchen.wait_until(inside=1)
    store.want(
        song("a"), PER_CHUNK // 2, 2 * PER_CHUNK, in_s=0
    )  # the second chunk in 1.2 s, the third in 3.6 s
    store.want(song("b"), 0, PER_CHUNK, in_s=2)
    finish(store, kitchen)
    assert list(dict.fromkeys(kitchen.made)) == ["x0", "a0", "a1", "b0", "a2"]


def test_what_becomes_urgent_is_brought_forward_and_never_put_off(
    store: FrameStore, kitchen: Kitchen
) -> None:
    store.want(song("x"), 0, 10, in_s=60)
    kitchen.wait_until(inside=1)
    for key, in_s in (("a", 10), ("b", 20), ("c", 30), ("c", 5), ("a", 40), ("x", 7)):
        store.want(song(key), 0, 10, in_s)
    finish(store, kitchen)
    assert list(dict.fromkeys(kitchen.made[1:])) == ["c0", "x0", "a0", "b0"]
    assert len(kitchen.made) == 4 * SLICES


def test_what_is_brought_forward_while_it_is_made_is_made_by_one_thread(
    kitchen: Kitchen, tmp_path: Path
) -> None:
    store = FrameStore(tmp_path, 1 << 30, threads=4)
    a = song("a")
    store.want(a, 0, 10, in_s=50)
    store.want(song("b"), 0, 10, in_s=90)
    kitchen.wait_until(inside=2)
    for in_s in range(40, 0, -1):
        store.want(a, 0, 10, in_s)
    finish(store, kitchen)
    assert sorted(kitchen.made) == ["a0"] * SLICES + ["b0"] * SLICES
    assert store.take(a, 0, PER_CHUNK) == packets(a, 0, PER_CHUNK)
    store.close()
    assert store._queue == [] or store._jobs == {}


def test_what_is_overdue_before_it_begins_is_dropped_until_somebody_asks_again(
    store: FrameStore, kitchen: Kitchen, later: Later
) -> None:
    store.want(song("a"), 0, 10)
    kitchen.wait_until(inside=1)
    store.want(song("b"), 0, 10, in_s=1)
    store.want(song("c"), 0, 10, in_s=30)
    later.by_s = 10
    finish(store, kitchen)
    assert kitchen.made == ["a0"] * SLICES + ["c0"] * SLICES, "what has begun is finished, however late"
    assert store.take(song("b"), 0, 1) == []
    store.want(song("b"), 0, 10)
    finish(store, kitchen)
    assert store.take(song("b"), 0, 1) == packets(song("b"), 0, 1)


def test_there_are_no_more_threads_than_work(kitchen: Kitchen, tmp_path: Path) -> None:
    store = FrameStore(tmp_path, 1 << 30, threads=3)
    assert store._threads == []
    for number, key in enumerate("abcde"):
        store.want(song(key), 0, 10)
        assert len(store._threads) == min(3, number + 1)
    kitchen.wait_until(inside=3)
    finish(store, kitchen)
    assert len(kitchen.made) == 5 * SLICES
    store.close()


# Waiting


def test_a_wait_ends_as_soon_as_all_is_there(
    store: FrameStore, kitchen: Kitchen, pool: ThreadPoolExecutor
) -> None:
    a = song("a")
    waiting = pool.submit(store.wait, a, 10, SLICE, LONG)
    kitchen.let(1)
    kitchen.wait_until(made=1, inside=1)
    assert not waiting.done()
    kitchen.let(1)
    assert waiting.result(LONG) == packets(a, 10, SLICE)
    assert store.wait(a, 0, SLICE, LONG) == packets(a, 0, SLICE)


def test_a_wait_in_vain_gives_what_there_is_and_nobody_waits_for_a_while(
    store: FrameStore, kitchen: Kitchen, later: Later, pool: ThreadPoolExecutor
) -> None:
    a, b = song("a"), song("b")
    kitchen.let(1)
    assert store.wait(a, 0, PER_CHUNK, 0.05) == packets(a, 0, SLICE)
    assert store.wait(a, 0, PER_CHUNK, LONG) == packets(a, 0, SLICE)
    assert store.wait(b, 0, 1, LONG) == []
    later.by_s = frame_store._REST_S
    waiting = pool.submit(store.wait, b, 0, 1, LONG)
    kitchen.wait_until(inside=1)
    kitchen.let()
    assert waiting.result(LONG) == packets(b, 0, 1)


def test_who_waits_is_served_first(store: FrameStore, kitchen: Kitchen, pool: ThreadPoolExecutor) -> None:
    for key in "xyz":
        store.want(song(key), 0, 10, in_s=10)
    kitchen.wait_until(inside=1)
    waiting = pool.submit(store.wait, song("a"), 0, PER_CHUNK, LONG)
    with store._changed:
        assert store._changed.wait_for(lambda: len(store._jobs) == 4, LONG)
    kitchen.let(1 + SLICES)
    assert waiting.result(LONG) == packets(song("a"), 0, PER_CHUNK)
    assert kitchen.made[1:] == ["a0"] * SLICES


# Trouble


def test_a_track_that_fails_gives_nothing_and_is_tried_again_after_a_rest(
    store: FrameStore, kitchen: Kitchen, later: Later
) -> None:
    a = song("a")
    kitchen.broken = {"a0"}
    kitchen.let()
    assert store.wait(a, 0, 10, LONG) == []
    store.want(a, 0, 10)
    assert store.wait(a, 0, 10, LONG) == []
    assert store.figures.queue == 0
    assert kitchen.made == ["a0"]
    assert kitchen.encoders[0].closed
    assert store.wait(a, PER_CHUNK, 10, LONG) == packets(a, PER_CHUNK, 10), "its other chunks may be fine"
    kitchen.broken = set()
    later.by_s = frame_store._REST_S + 0.001
    assert store.wait(a, 0, 10, LONG) == packets(a, 0, 10)


def test_a_track_that_fails_in_its_middle_takes_back_nothing_that_was_taken(
    store: FrameStore, kitchen: Kitchen
) -> None:
    a = song("a")
    store.want(a, 0, 10)
    kitchen.let(2)
    kitchen.wait_until(made=2, inside=1)
    assert len(store.take(a, 0, PER_CHUNK)) == 2 * SLICE
    kitchen.broken = {"a0"}
    finish(store, kitchen)
    assert store.take(a, 0, PER_CHUNK) == []


def test_failures_of_the_past_are_forgotten(store: FrameStore, kitchen: Kitchen, later: Later) -> None:
    for number in range(50):
        kitchen.broken.add(f"{number}:0")
        kitchen.let()
        store.wait(song(f"{number}:"), 0, 1, LONG)
        later.by_s += 1.0
    assert len(kitchen.made) == 50
    assert len(store._failed) <= 11


# Keeping


def test_files_are_found_after_a_restart(kitchen: Kitchen, tmp_path: Path) -> None:
    a = song("a", 230)
    first = FrameStore(tmp_path / "frames", 1 << 30)
    first.want(a, 0, 230)
    finish(first, kitchen)
    assert first.take(a, 0, 230) == packets(a, 0, 230)
    assert (first.figures.hits, first.figures.misses) == (0, 3)
    first.close()
    assert len(list((tmp_path / "frames").glob("*.frames"))) == 3
    again = FrameStore(tmp_path / "frames", 1 << 30)
    assert again.wait(a, 0, 230, LONG) == packets(a, 0, 230)
    finish(again, kitchen)
    figures = again.figures
    assert (figures.hits, figures.misses, figures.queue) == (3, 0, 0)
    assert figures.disk_bytes == figures.held_bytes == first.figures.disk_bytes > 0
    again.close()
    assert len(kitchen.made) == 3 * SLICES - 2


def test_what_is_at_hand_is_bounded(
    store: FrameStore, kitchen: Kitchen, monkeypatch: pytest.MonkeyPatch
) -> None:
    a = song("a")
    store.want(a, 0, PER_CHUNK)
    finish(store, kitchen)
    size = store.figures.held_bytes
    monkeypatch.setattr(frame_store, "HELD_BYTES", 5 * size)
    for number in range(10):
        first = number * PER_CHUNK
        assert store.wait(a, first, PER_CHUNK, LONG) == packets(a, first, PER_CHUNK)
        finish(store, kitchen)
        assert store.take(a, 0, 1) == packets(a, 0, 1)
        assert store.figures.held_bytes <= 5 * size + 500
    assert store.take(a, PER_CHUNK, 1) == [], "used least lately"
    assert store.wait(a, PER_CHUNK, 1, LONG) == packets(a, PER_CHUNK, 1)
    finish(store, kitchen)
    assert store.figures.hits == 1


def test_what_nobody_asks_for_is_let_go_of(store: FrameStore, kitchen: Kitchen, later: Later) -> None:
    for key in "abc":
        store.want(song(key), 0, 1)
    finish(store, kitchen)
    size = store.figures.held_bytes
    later.by_s += frame_store._UNUSED_S - 1
    store.take(song("b"), 0, 1)
    store.want(song("c"), 0, 1)
    later.by_s += 2
    store.want(song("d"), 0, 1)
    finish(store, kitchen)
    assert [len(store.take(song(key), 0, 1)) for key in "abcd"] == [0, 1, 1, 1]
    assert store.figures.held_bytes == size


@pytest.mark.parametrize("limit", [0, 1_000])
def test_without_room_on_disk_it_keeps_what_it_makes_in_memory(
    kitchen: Kitchen, tmp_path: Path, limit: int
) -> None:
    store = FrameStore(tmp_path / "frames", limit)
    kitchen.let()
    a = song("a")
    assert store.wait(a, 0, 300, LONG) == packets(a, 0, 300)
    finish(store, kitchen)
    assert store.take(a, 0, 300) == packets(a, 0, 300)
    assert store.figures.disk_bytes == 0
    assert not (tmp_path / "frames").exists()
    store.close()


# The end


def test_close_ends_the_threads_after_their_slice_and_wakes_who_waits(
    store: FrameStore, kitchen: Kitchen, pool: ThreadPoolExecutor
) -> None:
    waiting = pool.submit(store.wait, song("a"), 0, PER_CHUNK, LONG)
    kitchen.wait_until(inside=1)
    closing: Future[None] = pool.submit(store.close)
    assert waiting.result(LONG) == []
    kitchen.let(1)
    closing.result(LONG)
    assert not any(thread.is_alive() for thread in store._threads)
    assert kitchen.made == ["a0"]


def test_close_ends_threads_that_have_nothing_to_do(kitchen: Kitchen, tmp_path: Path) -> None:
    store = FrameStore(tmp_path, 1 << 30, threads=4)
    for key in "abcd":
        store.want(song(key), 0, 1)
    finish(store, kitchen)
    store.close()
    assert len(store._threads) == 4
    assert not any(thread.is_alive() for thread in store._threads)


def test_a_closed_store_still_gives_what_it_has_and_makes_nothing(
    store: FrameStore, kitchen: Kitchen
) -> None:
    a = song("a")
    store.want(a, 0, 1)
    finish(store, kitchen)
    store.close()
    store.close()
    assert store.wait(a, 0, 1, LONG) == packets(a, 0, 1)
    assert store.wait(song("b"), 0, 1, LONG) == []
    assert store.figures.queue == 0
    FrameStore(Path("/nowhere"), 0).close()


# All at once


def test_whatever_many_do_at_once_packets_are_right_and_work_ends(
    kitchen: Kitchen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frame_store, "HELD_BYTES", 20_000)
    kitchen.let()
    kitchen.broken = {"b1", "d0"}
    store = FrameStore(tmp_path, 25_000, threads=3)

    def listen(seed: int) -> int:
        choose, got = random.Random(seed), 0
        for _ in range(100):
            encoding = song(choose.choice("abcdefg"))
            first, count = choose.randrange(900), choose.randrange(1, 100)
            action = choose.random()
            if action < 0.4:
                store.want(encoding, first, count, choose.uniform(-10, 10))
            taken = (
                store.wait(encoding, first, count, 0.01)
                if action > 0.8
                else store.take(encoding, first, count)
            )
            assert taken == packets(encoding, first, len(taken))
            got += len(taken)
        return got

    with ThreadPoolExecutor(8) as pool:
        assert min(pool.map(listen, range(8))) > 0
    finish(store, kitchen)
    figures = store.figures
    assert figures.queue == 0
    assert figures.held_bytes == sum(held.chunk.size for held in store._held.values()) <= 20_000
    assert figures.disk_bytes <= 25_000
    store.close()
