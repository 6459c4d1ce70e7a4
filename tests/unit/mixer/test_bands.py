import numpy as np
import pytest

from mixer.bands import REACH, low
from tests.unit.mixer.signals import tone


@pytest.mark.parametrize(
    ("hz", "gain_db"), [(40, 0.0), (80, 0.0), (100, -0.1), (150, -6.0), (250, -50), (997, -50)]
)
def test_the_low_band_is_what_is_low(hz: float, gain_db: float) -> None:
    wide = tone(1.0, hz=hz).astype(np.float32)
    inside = wide[:, REACH:-REACH]
    band = low(wide)
    assert band.shape == inside.shape
    gain = float(np.sum(band * inside) / np.sum(inside**2))
    if gain_db > -50:
        assert 20 * np.log10(gain) == pytest.approx(gain_db, abs=0.15)
        assert np.max(np.abs(band - gain * inside)) < 1e-3  # no delay
    else:
        assert abs(gain) < 10 ** (gain_db / 20)
