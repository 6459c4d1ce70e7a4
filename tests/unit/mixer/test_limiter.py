import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mixer import limiter
from mixer.limiter import HOP, REACH
from mixer.pcm import Block, db_to_gain
from tests.unit.mixer.signals import true_peak_db

CEILING = db_to_gain(-1.2)
SPAN = 200 * HOP


def everywhere(block: Block) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return np.ones(block.shape[1] // HOP, dtype=np.bool_)


def tracks(seed: int, kind: str, level: float) -> Block:
    """The sum of two tracks, with what the limiter wants to see to either side."""
    rng, n = np.random.default_rng(seed), SPAN + 2 * REACH
    t = np.arange(n)
    if kind == "noise":
        pcm = rng.normal(0, 0.4, (2, n))
    elif kind == "square":
        pcm = np.sign(rng.normal(0, 1, (2, n)))
    elif kind == "clicks":
        pcm = np.zeros((2, n))
        pcm[:, rng.integers(0, n, 30)] = 2.0
    else:
        pcm = np.array([np.sin(2 * np.pi * rng.uniform(0.001, 0.45) * t + rng.uniform(0, 6)) for _ in "lr"])
        pcm += np.sin(2 * np.pi * rng.uniform(0.001, 0.3) * t)
    return (level * pcm).astype(np.float32)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from(["noise", "square", "clicks", "tones"]), st.floats(0.5, 3.0))
def test_the_true_peak_stays_below_minus_one(seed: int, kind: str, level: float) -> None:
    block = tracks(seed, kind, level)
    assert true_peak_db(limiter.limit(block, everywhere(block), CEILING)) <= -1.0


def test_a_sum_that_stays_below_is_not_touched() -> None:
    block = tracks(1, "tones", 0.3)
    assert np.array_equal(limiter.limit(block, everywhere(block), CEILING), block[:, REACH:-REACH])


def test_only_overlaps_count() -> None:
    block = tracks(1, "noise", 2.0)
    untouched = limiter.limit(block, ~everywhere(block), CEILING)
    assert np.array_equal(untouched, block[:, REACH:-REACH])


@pytest.mark.parametrize("kind", ["noise", "clicks", "tones"])
def test_the_gain_moves_slowly_and_not_further_than_it_must(kind: str) -> None:
    block = tracks(2, kind, 1.5)
    span = block[:, REACH:-REACH]
    limited = limiter.limit(block, everywhere(block), CEILING)
    audible = np.abs(span) > 1e-3
    gain = np.where(audible, limited / np.where(audible, span, 1), np.nan)
    assert np.nanmax(gain) <= 1.0 + 1e-6
    lowest = CEILING / float(limiter.true_peaks(block).max())
    assert np.nanmin(gain) >= lowest - 1e-5
    steps = np.diff(np.where(audible, gain, np.nan), axis=1)
    assert np.nanmax(np.abs(steps), initial=0.0) < 0.01 / HOP * 4


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 199), st.sampled_from(["noise", "clicks", "tones"]))
def test_pieces_are_limited_like_the_whole(cut: int, kind: str) -> None:
    block, middle = tracks(3, kind, 1.5), cut * HOP
    whole = limiter.limit(block, everywhere(block), CEILING)
    parts = [block[:, : middle + 2 * REACH], block[:, middle:]]
    pieces = [limiter.limit(part, everywhere(part), CEILING) for part in parts]
    assert np.max(np.abs(np.concatenate(pieces, axis=1) - whole)) < 1e-6
