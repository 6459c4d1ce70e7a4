from __future__ import annotations

import pytest

from drift.library.pace import Pace


def test_nothing_is_known_at_first() -> None:
    pace = Pace(2)
    pace.plan(".mp3", 100)
    assert pace.remaining_s is None
    pace.done(".mp3", 100, 5.0)
    assert pace.remaining_s is None


def test_it_is_bytes_that_take_time() -> None:
    pace = Pace(1)
    for size in (10, 20, 30, 600):
        pace.plan(".mp3", size)
    for size in (10, 20, 30):
        pace.done(".mp3", size, size * 0.5)
    assert pace.remaining_s == pytest.approx(300)


def test_workers_share_it() -> None:
    pace = Pace(4)
    for _ in range(7):
        pace.plan(".mp3", 100)
    for _ in range(3):
        pace.done(".mp3", 100, 8.0)
    assert pace.remaining_s == pytest.approx(8)


def test_kinds_are_told_apart_and_unseen_ones_are_taken_for_the_usual() -> None:
    pace = Pace(1)
    for kind, size in (
        (".mp3", 10),
        (".mp3", 10),
        (".flac", 100),
        (".mp3", 10),
        (".flac", 100),
        (".ogg", 12),
    ):
        pace.plan(kind, size)
    pace.done(".mp3", 10, 10.0)
    pace.done(".mp3", 10, 10.0)
    pace.done(".flac", 100, 10.0)
    usual = (10 * 0.98 + 10 + 10) / (10 * 0.98 + 10 + 100)
    assert pace.remaining_s == pytest.approx(10 + 10 + 12 * usual)


def test_it_follows_a_machine_that_gets_busy() -> None:
    pace = Pace(1)
    for _ in range(1_001):
        pace.plan(".mp3", 1)
    for _ in range(500):
        pace.done(".mp3", 1, 1.0)
    for _ in range(200):
        pace.done(".mp3", 1, 3.0)
    assert pace.remaining_s == pytest.approx(301 * 3, rel=0.05)


def test_at_the_end_nothing_remains() -> None:
    pace = Pace(1)
    for size in (0, 1, 2, 3):
        pace.plan(".mp3", size)
        pace.done(".mp3", size, 1.0)
    assert pace.remaining_s == 0
    for _ in range(3):
        pace.plan(".wav", 0)
    assert pace.remaining_s == 0
