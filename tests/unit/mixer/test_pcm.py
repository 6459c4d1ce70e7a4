import numpy as np
import pytest

from mixer.pcm import db_to_gain, silence, to_s16


def test_silence_is_a_block() -> None:
    block = silence(7)
    assert block.shape == (2, 7)
    assert block.dtype == np.float32
    assert block.flags.c_contiguous
    assert not block.any()


def test_decibels() -> None:
    assert [db_to_gain(db) for db in (0, -20, 20)] == pytest.approx([1, 0.1, 10])


def test_sixteen_bits_are_rounded_clipped_and_interleaved() -> None:
    block = np.array([[0.0, 1.0, -2.0], [0.6 / 32_767, 0.4 / 32_767, 2.0]], dtype=np.float32)
    assert to_s16(block).tolist() == [[0, 1], [32_767, 0], [-32_768, 32_767]]
