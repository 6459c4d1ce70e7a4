import numpy as np
import pytest

from mixer.clock import QUANTUM as Q
from mixer.codecs import CODECS, CodecName
from mixer.live import LivePackets
from mixer.pcm import Block


class Studio:
    """Renders noise, notes what it was asked for and fails when told to."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, int]] = []
        self.fails = 0
        self._pcm = np.random.default_rng(1).normal(0, 0.1, (2, 3_000_000)).astype(np.float32)

    def render(self, start: int, n: int) -> Block:
        if self.fails:
            self.fails -= 1
            raise RuntimeError("broken")
        self.asked.append((start, n))
        return np.ascontiguousarray(self._pcm[:, start + 4 * Q : start + 4 * Q + n])


def live(studio: Studio, name: CodecName = "mp3") -> LivePackets:
    return LivePackets(studio.render, CODECS[name], None if name == "flac" else 128)


@pytest.mark.parametrize("name", CODECS)
def test_packets_do_not_depend_on_how_they_are_asked_for(name: CodecName) -> None:
    whole, pieces = live(Studio(), name).take(0, 200), live(Studio(), name)
    taken = [packet for at in range(0, 200, 8) for packet in pieces.take(at, 8)]
    assert taken == whole
    assert pieces.take(40, 100) == whole[40:140]


@pytest.mark.parametrize("name", CODECS)
def test_a_failed_rendering_loses_and_doubles_nothing(name: CodecName) -> None:
    studio, taken = Studio(), []
    packets = live(studio, name)
    for at in range(0, 200, 20):
        studio.fails = at // 20 % 3
        while True:
            try:
                taken += packets.take(at, 20)
                break
            except RuntimeError:
                continue
    assert taken == live(Studio(), name).take(0, 200)
    assert all(a + n == b for (a, n), (b, _) in zip(studio.asked, studio.asked[1:], strict=False))


def test_a_jump_starts_a_fresh_encoder_with_preroll() -> None:
    studio = Studio()
    packets = live(studio)
    packets.take(0, 10)
    packets.take(500, 10)
    jumps = [start for start, _ in studio.asked if start % Q]
    assert studio.asked[0][0] == -2 * 1152
    assert (500 - 2) * 1152 in jumps


def test_what_is_kept_is_bounded() -> None:
    studio = Studio()
    packets = live(studio)
    packets.take(0, 2_000)
    before = len(studio.asked)
    packets.take(2_000 - 400, 400)
    assert len(studio.asked) == before
    packets.take(1_000, 1)
    assert studio.asked[before][0] == (1_000 - 2) * 1152
