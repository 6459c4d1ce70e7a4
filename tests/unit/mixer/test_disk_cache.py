import logging
import os
import random
import resource
import shutil
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from mmap import mmap
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mixer import disk_cache
from mixer.disk_cache import DiskCache
from tests.unit.mixer.signals import full_disk

SIZE = 1_000
Warnings = Callable[[], list[str]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "below" / "frames"


@pytest.fixture
def warnings(caplog: pytest.LogCaptureFixture) -> Warnings:
    """What has been said at warning level or above."""
    return lambda: [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a failed write the next one is tried at once."""
    monkeypatch.setattr(disk_cache, "_RETRY_S", 0.0)


def content(name: str, size: int = SIZE) -> list[bytes]:
    whole = (name.encode() * size)[:size]
    return [whole[: size // 3], whole[size // 3 :]]


def save(cache: DiskCache, name: str, size: int = SIZE) -> bool:
    mapped = cache.save(name, content(name, size))
    assert mapped is None or mapped[:] == b"".join(content(name, size))
    return mapped is not None


def kept(cache: DiskCache, names: str) -> str:
    """Which of some names, a letter each, can be loaded whole."""
    found = ""
    for name in names:
        mapped = cache.load(name)
        if mapped is not None:
            assert mapped[:] == b"".join(content(name))
            found += name
    return found


def on_disk(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.iterdir())


def age(folder: Path, names: str) -> None:
    """Let files have been used in this order, long ago."""
    for number, name in enumerate(names):
        os.utime(folder / f"{name}.frames", (1_000_000 + number, 1_000_000 + number))


def test_what_was_saved_is_loaded_also_after_a_restart(folder: Path, warnings: Warnings) -> None:
    cache = DiskCache(folder, 10 * SIZE)
    assert kept(cache, "a") == ""
    assert save(cache, "a")
    assert kept(cache, "ab") == "a"
    assert kept(DiskCache(folder, 10 * SIZE), "ab") == "a"
    assert [file.name for file in folder.iterdir()] == ["a.frames"]
    assert warnings() == []


def test_what_was_used_least_lately_goes_first(folder: Path) -> None:
    cache = DiskCache(folder, 3 * SIZE)
    for name in "abc":
        save(cache, name)
    assert kept(cache, "a") == "a"
    save(cache, "d")
    assert (kept(cache, "abcd"), cache.evicted, cache.bytes_kept) == ("acd", 1, 3 * SIZE)
    save(cache, "e", 2 * SIZE)
    assert (kept(cache, "abcd"), cache.evicted, cache.bytes_kept) == ("d", 3, 3 * SIZE)


def test_what_was_used_lately_is_known_after_a_restart(folder: Path) -> None:
    before = DiskCache(folder, 4 * SIZE)
    for name in "abcd":
        save(before, name)
    age(folder, "cbda")
    assert kept(before, "b") == "b"
    after = DiskCache(folder, 4 * SIZE)
    save(after, "e")
    save(after, "f")
    assert kept(after, "abcdef") == "abef"


def test_a_limit_that_was_lowered_is_kept_from_the_start(folder: Path) -> None:
    before = DiskCache(folder, 4 * SIZE)
    for name in "abcd":
        save(before, name)
    age(folder, "abcd")
    lowered = DiskCache(folder, 2 * SIZE)
    assert kept(lowered, "abcd") == "cd"
    assert on_disk(folder) == lowered.bytes_kept == 2 * SIZE


def test_a_limit_of_nothing_keeps_nothing(folder: Path, warnings: Warnings) -> None:
    save(DiskCache(folder, SIZE), "a")
    nothing = DiskCache(folder, 0)
    assert kept(nothing, "a") == ""
    assert not save(nothing, "b")
    assert list(folder.iterdir()) == []
    assert warnings() == []


def test_what_is_larger_than_the_limit_is_not_kept_and_drives_nothing_out(folder: Path) -> None:
    cache = DiskCache(folder, 2 * SIZE)
    save(cache, "a")
    assert not save(cache, "b", 2 * SIZE + 1)
    assert kept(cache, "ab") == "a"
    assert save(cache, "b", 2 * SIZE)
    assert on_disk(folder) == 2 * SIZE


@settings(max_examples=40)
@given(
    actions=st.lists(
        st.tuples(
            st.sampled_from(["save", "save", "load", "discard", "restart"]), st.sampled_from("abcdefgh")
        ),
        max_size=40,
    ),
    sizes=st.lists(st.integers(1, 2_500), min_size=8, max_size=8),
)
def test_whatever_is_done_the_limit_is_kept_and_files_are_whole(
    tmp_path_factory: pytest.TempPathFactory, actions: list[tuple[str, str]], sizes: list[int]
) -> None:
    folder, size = tmp_path_factory.mktemp("cache"), dict(zip("abcdefgh", sizes, strict=True))
    cache = DiskCache(folder, 4_000)
    for action, name in actions:
        if action == "save":
            assert save(cache, name, size[name])
        elif action == "discard":
            cache.discard(name, "for a test")
        elif action == "restart":
            cache = DiskCache(folder, 4_000)
        else:
            mapped = cache.load(name)
            assert mapped is None or mapped[:] == b"".join(content(name, size[name]))
        assert on_disk(folder) <= 4_000
        assert action == "restart" or cache.bytes_kept == on_disk(folder)


class AtOnce(DiskCache):
    """Two files are always written at the same time."""

    both = threading.Barrier(2, timeout=10)

    def _write(self, name: str, parts: Sequence[bytes]) -> mmap:
        self.both.wait()
        mapped = super()._write(name, parts)
        self.both.wait()
        return mapped


def test_files_that_are_written_at_the_same_time_keep_the_limit_together(folder: Path) -> None:
    save(DiskCache(folder, SIZE), "a")
    cache = AtOnce(folder, 2 * SIZE)
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(lambda name: save(cache, name), "bc")) == [True, True]
    assert on_disk(folder) == cache.bytes_kept == 2 * SIZE
    assert kept(cache, "abc") == "bc"


def test_many_threads_find_files_whole_or_not_at_all(folder: Path, warnings: Warnings) -> None:
    cache = DiskCache(folder, 5 * SIZE)
    names = "abcdefghij"

    def use(seed: int) -> int:
        choose, found = random.Random(seed), 0
        for _ in range(150):
            name = choose.choice(names)
            if choose.random() < 0.1:
                cache.discard(name, "for a test")
            elif not (got := kept(cache, name)):
                save(cache, name)
            else:
                found += len(got)
        return found

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(use, range(8))) > 0
    assert on_disk(folder) <= 5 * SIZE
    assert len(warnings()) == 1, "that files are damaged"
    known = kept(cache, names)
    assert sorted(file.name for file in folder.iterdir()) == [f"{name}.frames" for name in known]
    assert cache.bytes_kept == len(known) * SIZE


def test_unfinished_files_are_removed_at_the_start_and_strange_ones_left_alone(folder: Path) -> None:
    cache = DiskCache(folder, 2 * SIZE)
    save(cache, "a")
    age(folder, "a")
    (folder / "b1234.part").write_bytes(bytes(100 * SIZE))
    (folder / "notes.txt").write_text("not ours")
    (folder / "sub.frames").mkdir()
    (folder / "sub.part").mkdir()
    (folder / "link.frames").symlink_to(folder / "notes.txt")
    again = DiskCache(folder, 2 * SIZE)
    assert kept(again, "a") == "a"
    for name in "bcd":
        assert save(again, name)
    strange = {"notes.txt", "sub.frames", "sub.part", "link.frames"}
    assert {file.name for file in folder.iterdir()} == strange | {"c.frames", "d.frames"}
    assert [again.load(name) for name in ("sub", "link", "notes", "../a", "")] == [None] * 5


def test_an_empty_file_is_removed_and_that_is_said_once(folder: Path, warnings: Warnings) -> None:
    before = DiskCache(folder, 9 * SIZE)
    for name in "abc":
        save(before, name)
    cache = DiskCache(folder, 9 * SIZE)
    for name in "ab":
        os.truncate(folder / f"{name}.frames", 0)
    assert kept(cache, "abc") == "c"
    assert [file.name for file in folder.iterdir()] == ["c.frames"]
    assert len(warnings()) == 1
    assert "holds damaged files (a: " in warnings()[0]


@pytest.mark.usefixtures("impatient")
def test_where_a_file_lies_in_its_place_it_goes_on_without_and_comes_back(
    folder: Path, warnings: Warnings
) -> None:
    folder.parent.mkdir()
    folder.write_text("in the way")
    cache = DiskCache(folder, 3 * SIZE)
    for name in "abc":
        assert not save(cache, name)
        assert cache.load(name) is None
    assert warnings() == [
        f"the packet cache in {folder} cannot be written (Not a directory); going on without"
    ]
    folder.unlink()
    assert save(cache, "d")
    assert (kept(cache, "abcd"), cache.bytes_kept) == ("d", SIZE)
    assert warnings()[1:] == [f"the packet cache in {folder} can be written again"]


@pytest.mark.usefixtures("impatient")
def test_where_it_cannot_be_made_it_goes_on_without(tmp_path: Path, warnings: Warnings) -> None:
    (tmp_path / "loose").symlink_to(tmp_path / "nowhere" / "else")
    for place in (Path("/proc/drift/frames"), tmp_path / "loose"):
        cache = DiskCache(place, 3 * SIZE)
        assert [save(cache, name) for name in "aba"] == [False] * 3
    assert len(warnings()) == 2
    assert all("cannot be written" in warning for warning in warnings())


@pytest.mark.usefixtures("impatient")
def test_a_full_disk_is_said_once_and_leaves_nothing_behind(folder: Path, warnings: Warnings) -> None:
    cache = DiskCache(folder, 9 * SIZE)
    save(cache, "a")
    with full_disk(room=SIZE // 2):
        assert [save(cache, name) for name in "bcb"] == [False] * 3
        assert kept(cache, "abc") == "a"
    assert [file.name for file in folder.iterdir()] == ["a.frames"]
    assert len(warnings()) == 1
    assert "cannot be written" in warnings()[0]
    assert save(cache, "b")
    assert (kept(cache, "ab"), cache.bytes_kept) == ("ab", 2 * SIZE)
    assert len(warnings()) == 2
    assert "can be written again" in warnings()[1]


def test_after_a_failed_write_the_folder_is_left_alone_for_a_while(folder: Path) -> None:
    cache = DiskCache(folder, 9 * SIZE)
    with full_disk(room=SIZE // 2):
        assert not save(cache, "a")
    assert not save(cache, "a")
    cache._retry_at -= disk_cache._RETRY_S
    assert save(cache, "a")


class ReadOnly(DiskCache):
    """As on a file system that has become read-only; as root, permissions do not tell."""

    def _write(self, name: str, parts: Sequence[bytes]) -> mmap:
        raise OSError(30, "Read-only file system", name)


@pytest.mark.usefixtures("impatient")
def test_a_read_only_folder_still_gives_what_it_has(folder: Path, warnings: Warnings) -> None:
    before = DiskCache(folder, 9 * SIZE)
    for name in "abc":
        save(before, name)
    cache = ReadOnly(folder, 9 * SIZE)
    assert [save(cache, name) for name in "de"] == [False] * 2
    assert kept(cache, "abcde") == "abc"
    assert len(warnings()) == 1
    assert "(Read-only file system)" in warnings()[0]


@pytest.mark.usefixtures("impatient")
def test_a_file_that_cannot_be_removed_is_not_forgotten(
    folder: Path, monkeypatch: pytest.MonkeyPatch, warnings: Warnings
) -> None:
    cache = DiskCache(folder, 2 * SIZE)
    save(cache, "a")
    save(cache, "b")

    def refuse(path: Path, *, missing_ok: bool = False) -> None:
        raise PermissionError(1, "Operation not permitted", str(path))

    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", refuse)
        assert not save(cache, "c")
        assert not save(cache, "c")
    assert (kept(cache, "abc"), cache.bytes_kept, cache.evicted) == ("ab", 2 * SIZE, 0)
    assert len(warnings()) == 1
    assert save(cache, "c")
    assert on_disk(folder) == 2 * SIZE


def test_a_folder_that_is_removed_is_made_anew_and_that_is_said(folder: Path, warnings: Warnings) -> None:
    cache = DiskCache(folder, 3 * SIZE)
    for name in "abc":
        save(cache, name)
    mapped = cache.load("a")
    shutil.rmtree(folder.parent)
    assert kept(cache, "a") == ""
    for name in "de":
        assert save(cache, name)
    assert (kept(cache, "abcde"), cache.bytes_kept, cache.evicted) == ("de", 2 * SIZE, 0)
    assert warnings() == [f"the packet cache in {folder} was removed; it is made anew"]
    assert mapped is not None
    assert mapped[:] == b"".join(content("a")), "what was in use stays in use"


def test_a_folder_that_is_removed_while_many_write_is_made_anew(folder: Path, warnings: Warnings) -> None:
    cache = DiskCache(folder, 1_000 * SIZE)
    number = count()
    save(cache, "first")

    def write(_: int) -> None:
        for _ in range(50):
            cache.save(f"{next(number)}", content("x"))

    with ThreadPoolExecutor(4) as pool:
        writers = pool.map(write, range(4))
        for _ in range(5):
            shutil.rmtree(folder, ignore_errors=True)
        list(writers)
    assert save(cache, "last") or "cannot be written" in warnings()[-1]
    assert not list(folder.glob("*.part"))
    assert cache.bytes_kept >= on_disk(folder)


def test_too_many_open_files_cost_no_file(folder: Path, warnings: Warnings) -> None:
    cache = DiskCache(folder, 9 * SIZE)
    save(cache, "a")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    maps: list[mmap | None] = []
    resource.setrlimit(resource.RLIMIT_NOFILE, (len(list(Path("/proc/self/fd").iterdir())) + 20, hard))
    try:
        while (mapped := cache.load("a")) is not None:
            maps.append(mapped)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    maps.clear()
    assert kept(cache, "a") == "a"
    assert warnings() == []


def test_a_file_that_somebody_removes_is_no_matter(folder: Path, warnings: Warnings) -> None:
    cache = DiskCache(folder, 2 * SIZE)
    for name in "ab":
        save(cache, name)
    (folder / "a.frames").unlink()
    (folder / "b.frames").unlink()
    assert kept(cache, "a") == ""
    assert save(cache, "c")
    assert save(cache, "d")
    assert kept(cache, "abcd") == "cd"
    assert warnings() == []
