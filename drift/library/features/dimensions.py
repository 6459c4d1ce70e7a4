"""What Drift steers by: the dimensions of the space, and the directions along them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Curve = Literal["linear", "log2"]
Domain = Literal["rhythmic", "tonal", "spectral", "dynamic"]

SURE_TEMPO = 0.3
"""A tempo that is less sure (``tempo_confidence``) counts as unknown: "faster" must not lead to a guess."""

LEAST_STEP = 0.35
"""Standard deviations that a step spans at least, whatever the dimension."""


@dataclass(frozen=True, slots=True)
class Dimension:
    """A measured property of music.

    Attributes:
        name: of the dimension.
        descriptor: the analysis' name of what is measured.
        up: the two words for more of it: the direction's name and its label.
        down: likewise for less.
        least: the smallest musically meaningful step, in units of the curve: octaves for "log2".
        curve: how a value becomes evenly spaced to the ear: itself, or log2(value + offset).
        offset: see ``curve``; keeps what can be 0 finite.
        weight: how much listeners make of it: of two directions that lead as far, the heavier comes first.
    """

    name: str
    descriptor: str
    domain: Domain
    up: tuple[str, str]
    down: tuple[str, str]
    least: float
    curve: Curve = "linear"
    offset: float = 0.0
    weight: float = 1.0

    def bent(self, values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """``values``, any shape, on the curve; NaN where it is not defined or not finite."""
        with np.errstate(all="ignore"):
            bent = np.log2(values + self.offset) if self.curve == "log2" else np.asarray(values, np.float64)
            return np.where(np.isfinite(bent), bent, np.nan)

    def unbent(self, bent: float) -> float:
        """The descriptor's value at a place on the curve: the inverse of :meth:`bent`."""
        return float(2.0**bent - self.offset if self.curve == "log2" else bent)


_TABLE = (
    Dimension(
        "tempo",
        "bpm",
        "rhythmic",
        ("faster", "Faster"),
        ("slower", "Slower"),
        float(np.log2(1.03)),
        "log2",
        weight=1.8,
    ),
    Dimension(
        "onsets",
        "onset_rate_hz",
        "rhythmic",
        ("busier", "Busier"),
        ("sparser", "Sparser"),
        0.2,
        "log2",
        0.5,
        weight=1.1,
    ),
    Dimension(
        "danceability",
        "danceability",
        "rhythmic",
        ("more-danceable", "More danceable"),
        ("less-danceable", "Less danceable"),
        0.05,
        weight=1.3,
    ),
    Dimension(
        "key clarity", "key_clarity", "tonal", ("more-tonal", "More tonal"), ("atonal", "More atonal"), 0.04
    ),
    Dimension(
        "chord strength",
        "chord_strength",
        "tonal",
        ("stronger-chords", "Stronger chords"),
        ("weaker-chords", "Weaker chords"),
        0.04,
    ),
    Dimension(
        "chord changes",
        "chord_change_rate_hz",
        "tonal",
        ("quicker-chords", "Quicker chords"),
        ("longer-chords", "Longer chords"),
        0.2,
        "log2",
        0.1,
        weight=0.7,
    ),
    Dimension(
        "tuning",
        "tuning_purity",
        "tonal",
        ("truer-tuning", "Truer tuning"),
        ("looser-tuning", "Looser tuning"),
        0.05,
        weight=0.5,
    ),
    Dimension(
        "brightness",
        "centroid_hz",
        "spectral",
        ("brighter", "Brighter"),
        ("darker", "Darker"),
        1 / 6,
        "log2",
        1,
        weight=1.6,
    ),
    Dimension(
        "spectrum's width",
        "rolloff_hz",
        "spectral",
        ("fuller-spectrum", "Fuller spectrum"),
        ("narrower-spectrum", "Narrower spectrum"),
        1 / 6,
        "log2",
        1,
        weight=0.5,
    ),
    Dimension("noise", "flatness", "spectral", ("noisier", "Noisier"), ("purer", "Purer"), 0.05, weight=0.9),
    Dimension(
        "peaks",
        "kurtosis",
        "spectral",
        ("peakier-spectrum", "Peakier spectrum"),
        ("flatter-spectrum", "Flatter spectrum"),
        0.15,
        "log2",
        weight=0.5,
    ),
    Dimension(
        "complexity",
        "entropy",
        "spectral",
        ("more-complex", "More complex"),
        ("simpler", "Simpler"),
        0.02,
        weight=0.9,
    ),
    Dimension(
        "bass", "bass", "spectral", ("more-bass", "More bass"), ("less-bass", "Less bass"), 1.0, weight=1.2
    ),
    Dimension("air", "air", "spectral", ("more-air", "More air"), ("less-air", "Less air"), 1.5),
    Dimension(
        "energy",
        "energy",
        "dynamic",
        ("more-energetic", "More energetic"),
        ("calmer", "Calmer"),
        0.04,
        weight=1.7,
    ),
    Dimension(
        "loudness range",
        "loudness_range_lu",
        "dynamic",
        ("more-dynamic", "Wider dynamics"),
        ("steadier", "Steadier"),
        1.0,
        weight=0.7,
    ),
    Dimension("punch", "crest_db", "dynamic", ("punchier", "Punchier"), ("smoother", "Smoother"), 0.5),
)

DIMENSIONS: dict[str, Dimension] = {dimension.name: dimension for dimension in _TABLE}
NAMES: tuple[str, ...] = tuple(DIMENSIONS)
DESCRIPTORS: dict[str, int] = {dimension.descriptor: column for column, dimension in enumerate(_TABLE)}
"""The dimensions' columns by descriptor."""

TEMPO = NAMES.index("tempo")

COMPONENT_DOMAINS: tuple[Domain, ...] = ("rhythmic", "tonal", "spectral")
COMPONENTS_EACH = 2
COMPONENTS: tuple[str, ...] = tuple(
    f"{domain}-{number}" for domain in COMPONENT_DOMAINS for number in range(1, COMPONENTS_EACH + 1)
)
"""Principal components of the domains: what varies most in this very library."""


@dataclass(frozen=True, slots=True)
class Direction:
    """A dimension with a sign.

    Attributes:
        name: as in the API.
        label: as on a button; of a component's direction see ``FeatureIndex.label``.
        dimension: a name of ``DIMENSIONS`` or of ``COMPONENTS``.
        sign: 1: more of it, -1: less.
        opposite: the name of the direction the other way.
    """

    name: str
    label: str
    dimension: str
    sign: Literal[1, -1]
    opposite: str
    domain: Domain

    @property
    def is_component(self) -> bool:
        """Whether it follows a principal component."""
        return self.dimension not in DIMENSIONS


def _directions() -> dict[str, Direction]:
    found = []
    for one in _TABLE:
        up, down = one.up[0], one.down[0]
        found.append(Direction(up, one.up[1], one.name, 1, down, one.domain))
        found.append(Direction(down, one.down[1], one.name, -1, up, one.domain))
    for domain in COMPONENT_DOMAINS:
        for number in range(1, COMPONENTS_EACH + 1):
            name = f"{domain}-{number}"
            more, less = f"More {name}", f"Less {name}"
            found.append(Direction(f"{name}-up", more, name, 1, f"{name}-down", domain))
            found.append(Direction(f"{name}-down", less, name, -1, f"{name}-up", domain))
    return {direction.name: direction for direction in found}


DIRECTIONS: dict[str, Direction] = _directions()
"""All directions by name."""

TIMBRE: tuple[str, ...] = (
    *(f"mfcc_mean_{number}" for number in range(1, 13)),
    *(f"mfcc_std_{number}" for number in range(13)),
    *(f"mfcc_corr_{number}" for number in range(1, 16)),
    *(f"contrast_{number}" for number in range(1, 8)),
    "width",
)
"""Descriptors that nobody steers by, but that tell which tracks sound alike."""
