import numpy as np
import pytest

from mixer.pcm import Block
from mixer.stretch import MARGIN, REACH, stretched
from mixer.timeline import Head
from tests.unit.mixer.signals import noise, tone

S = 48_000


def head(speed: float, ahead: int, matched: int = 4 * S) -> Head:
    n = round(matched * speed)
    return Head(matched, n, matched + 2 * S, matched + 2 * S + ahead)


HEADS = [
    head(1.0, 0),
    head(1.03, 7_000),
    head(0.97, -7_000),
    head(1.06, 14_000),
    head(0.94, -14_000),
    head(1.0, 2_880),
]


def padded(pcm: np.ndarray) -> Block:
    return pcm.astype(np.float32)


@pytest.mark.parametrize("shape", HEADS)
@pytest.mark.parametrize("kind", ["noise", "silence", "direct", "chord"])
def test_it_begins_and_ends_as_the_source_and_has_its_level(shape: Head, kind: str) -> None:
    n = shape.source + 2 * MARGIN
    sounds = {
        "noise": noise(n / S, 0.1),
        "silence": np.zeros((2, n)),
        "direct": np.full((2, n), 0.5),
        "chord": sum(tone(n / S, hz=hz) for hz in (110.0, 277.2, 330.0)),
    }
    source = padded(sounds[kind][:, :n])  # type: ignore[index]
    out = stretched(source, shape)
    assert out.shape == (2, shape.length)
    assert np.array_equal(out[:, 0], source[:, MARGIN])
    assert np.array_equal(out[:, -64:], source[:, MARGIN + shape.source - 64 : MARGIN + shape.source])
    assert np.isfinite(out).all()
    assert np.max(np.abs(out)) <= np.max(np.abs(source)) + 1e-6
    power = [float(np.mean(block.astype(np.float64) ** 2)) for block in (source, out)]
    assert 10 * np.log10(power[1] + 1e-12) == pytest.approx(10 * np.log10(power[0] + 1e-12), abs=0.6)


def test_at_its_own_tempo_it_is_the_source() -> None:
    shape = head(1.0, 0)
    source = padded(noise((shape.source + 2 * MARGIN) / S))[:, : shape.source + 2 * MARGIN]
    assert np.array_equal(stretched(source, shape), source[:, MARGIN:-MARGIN])


@pytest.mark.parametrize("speed", [0.94, 0.97, 1.03, 1.06])
def test_the_pitch_stays(speed: float) -> None:
    shape = head(speed, round(2 * S * (speed - 1)) + round(4 * S * (speed - 1)))
    source = padded(tone((shape.source + 2 * MARGIN) / S, hz=440.0))
    out = stretched(source, shape)[0, : 4 * S] * np.hanning(4 * S)
    spectrum = np.abs(np.fft.rfft(out))
    assert int(np.argmax(spectrum)) / 4 == pytest.approx(440.0, abs=0.5)


@pytest.mark.parametrize("shape", HEADS)
def test_attacks_are_where_the_tempo_wants_them(shape: Head) -> None:
    source = padded(noise((shape.source + 2 * MARGIN) / S, 0.005))[:, : shape.source + 2 * MARGIN]
    at = np.arange(MARGIN + 9_000, MARGIN + shape.matched_source - 2_000, 11_111)
    for click in at:
        source[:, click : click + 200] += 0.7
    out = np.abs(stretched(source, shape)).max(axis=0) > 0.5
    onsets = np.flatnonzero(out & ~np.concatenate(([False], out[:-1])))
    wanted = (at - MARGIN) / shape.speed
    for want in wanted:
        assert np.min(np.abs(onsets - want)) <= REACH + 250


def test_a_head_says_when_what_is_played() -> None:
    shape = head(1.05, 12_000)
    assert [shape.time_of(n) for n in (-5, 0, shape.source, shape.source + 9)] == [
        0,
        0,
        shape.length,
        shape.length,
    ]
    assert shape.time_of(shape.matched_source) == shape.matched
