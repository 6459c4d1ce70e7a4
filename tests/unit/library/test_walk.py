from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from drift.errors import LibraryError
from drift.library.walk import audio_files, printable
from drift.models import Problem


def touch(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")
    return path


def names(root: Path) -> list[str]:
    return [str(file.path.relative_to(root)) for file in audio_files([root])]


@pytest.fixture
def public_folder() -> Iterator[Path]:
    """A folder that others may enter, unlike ``tmp_path``."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def test_finds_audio_in_order_and_nothing_else(tmp_path: Path) -> None:
    for name in ("b.mp3", "a.FLAC", "z/c.Opus", "d/e/f.m4p", "notes.txt", "cover.jpg", "mp3", "x.mp3.part"):
        touch(tmp_path / name)
    assert names(tmp_path) == ["a.FLAC", "b.mp3", "d/e/f.m4p", "z/c.Opus"]


def test_reports_size_and_time(tmp_path: Path) -> None:
    path = touch(tmp_path / "a.mp3")
    os.utime(path, ns=(5, 7_000_000_001))
    (found,) = audio_files([tmp_path])
    assert (found.path, found.mtime_ns, found.size) == (path, 7_000_000_001, 1)


def test_skips_hidden_and_system_folders(tmp_path: Path) -> None:
    for name in (".a.mp3", ".git/b.mp3", "@eaDir/c.mp3", "._d.mp3", "ok/e.mp3"):
        touch(tmp_path / name)
    assert names(tmp_path) == ["ok/e.mp3"]


def test_a_hidden_root_is_meant(tmp_path: Path) -> None:
    touch(tmp_path / ".music/a.mp3")
    assert names(tmp_path / ".music") == ["a.mp3"]


def test_skips_what_is_not_a_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp3")
    (tmp_path / "folder.mp3").mkdir()
    assert names(tmp_path) == []


def test_link_loops_end_and_links_are_followed(tmp_path: Path) -> None:
    touch(tmp_path / "music/a.mp3")
    touch(tmp_path / "elsewhere/b.mp3")
    (tmp_path / "music/0-loop").symlink_to(tmp_path / "music")
    (tmp_path / "music/1-up").symlink_to("..")
    (tmp_path / "music/self").symlink_to("self")
    (tmp_path / "music/file.mp3").symlink_to(tmp_path / "elsewhere/b.mp3")
    found = names(tmp_path / "music")
    assert found[:2] == ["a.mp3", "file.mp3"]
    assert [Path(name).name for name in found] == ["a.mp3", "file.mp3", "b.mp3"]


def test_real_folders_come_before_links_to_them(tmp_path: Path) -> None:
    touch(tmp_path / "real/a.mp3")
    (tmp_path / "0link").symlink_to("real")
    assert names(tmp_path) == ["real/a.mp3"]


def test_dangling_link_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "gone.mp3").symlink_to("nowhere")
    problems: list[Problem] = []
    assert list(audio_files([tmp_path], problems.append)) == []
    assert [problem.path.name for problem in problems] == ["gone.mp3"]


def test_unreadable_folder_is_a_problem_not_the_end(
    public_folder: Path, unprivileged: Callable[[], AbstractContextManager[None]]
) -> None:
    touch(public_folder / "a/locked/x.mp3")
    touch(public_folder / "b/y.mp3")
    (public_folder / "a/locked").chmod(0)
    problems: list[Problem] = []
    try:
        with unprivileged():
            found = [file.path.name for file in audio_files([public_folder], problems.append)]
    finally:
        (public_folder / "a/locked").chmod(0o755)
    assert found == ["y.mp3"]
    assert problems == [Problem(public_folder / "a/locked", "the folder cannot be read: permission denied")]


def test_missing_root_says_so(tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match=r"nowhere does not exist"):
        list(audio_files([tmp_path / "nowhere"]))


def test_a_root_may_be_a_file_of_any_name(tmp_path: Path) -> None:
    path = touch(tmp_path / "tune.mpga")
    assert [file.path for file in audio_files([path])] == [path]


def test_overlapping_roots_give_each_file_once(tmp_path: Path) -> None:
    path = touch(tmp_path / "a/b.mp3")
    roots = [path, tmp_path / "a", tmp_path, tmp_path / "a" / ".." / "a"]
    assert [file.path for file in audio_files(roots)] == [path]


def test_any_name_works(tmp_path: Path) -> None:
    strange = os.fsdecode(b"Ros\xe9 \xff.mp3")
    longest = "n" * 251 + ".mp3"
    for name in (strange, longest, "日本\n語.mp3"):
        touch(tmp_path / name)
    assert {file.path.name for file in audio_files([tmp_path])} == {strange, longest, "日本\n語.mp3"}
    assert printable(Path(strange)) == "Ros\ufffd \ufffd.mp3"
