"""Cover art: one generated square picture per album, the same on every run."""

from __future__ import annotations

import zlib
from collections.abc import Callable

import av
import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float32]
Picture = NDArray[np.float32]

SIZE = 400

# Sky at the top, sky at the bottom, accent, second accent.
_PALETTES: dict[str, tuple[str, str, str, str]] = {
    "ambient": ("0b2545", "8da9c4", "eef4ed", "13315c"),
    "house": ("3a0ca3", "f72585", "ffd166", "4cc9f0"),
    "lofi": ("f2cc8f", "e07a5f", "3d405b", "81b29a"),
    "dnb": ("03071e", "370617", "faa307", "dc2f02"),
    "chiptune": ("10002b", "3c096c", "80ffdb", "ff9e00"),
    "synthwave": ("240046", "ff6d9e", "ffd60a", "7b2cbf"),
    "dubtechno": ("101820", "4f6d7a", "c0d6df", "dd6e42"),
    "downtempo": ("606c38", "fefae0", "dda15e", "283618"),
    "minimal": ("e9ecef", "adb5bd", "212529", "e63946"),
    "triphop": ("1b263b", "415a77", "e0a458", "0d1b2a"),
}


def _rgb(code: str) -> NDArray[np.float32]:
    return np.array([int(code[i : i + 2], 16) for i in (0, 2, 4)], dtype=np.float32) / 255.0


def _paint(picture: Picture, mask: Plane, colour: NDArray[np.float32], opacity: float = 1.0) -> None:
    weight = (np.clip(mask, 0.0, 1.0) * opacity)[:, :, None]
    picture[:] = picture * (1.0 - weight) + colour * weight


def _disc(x: Plane, y: Plane, cx: float, cy: float, radius: float) -> Plane:
    """A filled circle with a soft edge of one pixel; coordinates 0..1."""
    return np.asarray((radius - np.hypot(x - cx, y - cy)) * SIZE + 0.5, dtype=np.float32)


def _waves(
    picture: Picture, x: Plane, y: Plane, colours: list[NDArray[np.float32]], rng: np.random.Generator
) -> None:
    """A low sun over rows of hills or swell."""
    _paint(
        picture,
        _disc(x, y, rng.uniform(0.25, 0.75), rng.uniform(0.25, 0.4), rng.uniform(0.09, 0.16)),
        colours[2],
        0.9,
    )
    for row in range(6):
        level = 0.45 + 0.09 * row
        line = level + 0.035 * np.sin(2 * np.pi * (x * rng.uniform(0.7, 2.2) + rng.random()))
        line += 0.012 * np.sin(2 * np.pi * (x * rng.uniform(3.0, 5.0) + rng.random()))
        shade = colours[3] * (0.35 + 0.13 * row) + colours[1] * (0.65 - 0.13 * row)
        _paint(picture, (y - line) * SIZE, shade, 0.85)


def _rings(
    picture: Picture, x: Plane, y: Plane, colours: list[NDArray[np.float32]], rng: np.random.Generator
) -> None:
    """Two sets of rings that interfere."""
    for colour in (colours[2], colours[3]):
        cx, cy = rng.uniform(0.2, 0.8, 2)
        distance = np.hypot(x - cx, y - cy)
        ripple = 0.5 + 0.5 * np.cos(distance * 2 * np.pi * rng.uniform(9.0, 16.0))
        _paint(picture, np.clip((ripple - 0.6) * 6.0, 0.0, 1.0) * np.exp(-2.2 * distance), colour, 0.85)
    _paint(picture, _disc(x, y, 0.5, 0.5, 0.12), colours[2], 0.95)


def _sunset(
    picture: Picture, x: Plane, y: Plane, colours: list[NDArray[np.float32]], rng: np.random.Generator
) -> None:
    """A striped sun above a grid that runs to the horizon."""
    horizon = 0.66
    stripes = np.clip(
        np.sin((y - 0.3) * 2 * np.pi * rng.uniform(14.0, 18.0)) * 4.0 + 3.2 - 9.0 * (y - 0.3), 0.0, 1.0
    )
    sun = np.clip(_disc(x, y, 0.5, 0.45, 0.24), 0.0, 1.0) * stripes * (y < horizon)
    _paint(picture, sun, colours[2])
    ground = np.clip((y - horizon) * SIZE, 0.0, 1.0)
    _paint(picture, ground, colours[0], 0.92)
    depth = 1.0 / np.maximum(y - horizon + 0.015, 0.015)
    columns = 1.0 - np.clip(np.abs(((x - 0.5) * depth * 1.2 + 0.5) % 1.0 - 0.5) * 26.0, 0.0, 1.0)
    rows = 1.0 - np.clip(np.abs((depth * 0.55 + rng.random()) % 1.0 - 0.5) * 14.0, 0.0, 1.0)
    _paint(picture, np.maximum(columns, rows) * ground, colours[1], 0.8)


def _dots(
    picture: Picture, x: Plane, y: Plane, colours: list[NDArray[np.float32]], rng: np.random.Generator
) -> None:
    """A halftone of dots whose size follows a drifting wave; one dot is different."""
    count = 12
    column, row = np.floor(x * count), np.floor(y * count)
    cx, cy = (column + 0.5) / count, (row + 0.5) / count
    angle = rng.uniform(0.0, np.pi)
    wave = 0.5 + 0.5 * np.sin(2 * np.pi * (cx * np.cos(angle) + cy * np.sin(angle)) * rng.uniform(1.0, 1.8))
    dots = (0.012 + 0.024 * wave - np.hypot(x - cx, y - cy)) * SIZE + 0.5
    special = (column == rng.integers(2, count - 2)) & (row == rng.integers(2, count - 2))
    _paint(picture, dots * ~special, colours[2])
    _paint(picture, np.where(special, (0.036 - np.hypot(x - cx, y - cy)) * SIZE, 0.0), colours[3])


def _sprite(
    picture: Picture, x: Plane, y: Plane, colours: list[NDArray[np.float32]], rng: np.random.Generator
) -> None:
    """A symmetric creature of pixels over rows of stars."""
    stars = rng.random((50, 50)) > 0.985
    _paint(picture, np.kron(stars, np.ones((8, 8))).astype(np.float32), colours[2], 0.5)
    half = rng.random((10, 5)) < np.array([0.25, 0.45, 0.6, 0.75, 0.85])
    body = np.concatenate([half, half[:, ::-1]], axis=1)
    tint = np.repeat(rng.random((10, 5)) < 0.3, 1, axis=0)
    eyes = np.concatenate([tint, tint[:, ::-1]], axis=1)
    inside = (np.abs(x - 0.5) < 0.3) & (np.abs(y - 0.5) < 0.3)
    column = np.clip(((x - 0.2) / 0.06).astype(int), 0, 9)
    row = np.clip(((y - 0.2) / 0.06).astype(int), 0, 9)
    _paint(picture, (body[row, column] & inside).astype(np.float32), colours[2])
    _paint(picture, (body[row, column] & eyes[row, column] & inside).astype(np.float32), colours[3])


_Motif = Callable[[Picture, Plane, Plane, list[NDArray[np.float32]], np.random.Generator], None]
_MOTIFS: dict[str, _Motif] = {
    "ambient": _waves,
    "house": _rings,
    "lofi": _waves,
    "dnb": _rings,
    "chiptune": _sprite,
    "synthwave": _sunset,
    "dubtechno": _rings,
    "downtempo": _waves,
    "minimal": _dots,
    "triphop": _dots,
}


def draw(style: str, album: str) -> NDArray[np.uint8]:
    """The picture of an album, ``(SIZE, SIZE, 3)`` RGB."""
    rng = np.random.default_rng(zlib.crc32(f"{style}/{album}".encode()))
    y, x = (plane.astype(np.float32) / SIZE for plane in np.mgrid[0:SIZE, 0:SIZE])
    turn = rng.uniform(0.0, 0.3)
    colours = [_rgb(code) for code in _PALETTES[style]]
    colours = [colour * (1.0 - turn) + np.roll(colour, 1) * turn for colour in colours]
    tilt = np.clip(y + 0.25 * (x - 0.5) * rng.uniform(-1.0, 1.0), 0.0, 1.0)[:, :, None]
    picture: Picture = (colours[0] * (1.0 - tilt) + colours[1] * tilt).astype(np.float32)
    _MOTIFS[style](picture, x, y, colours, rng)
    picture *= (1.0 - 0.35 * ((x - 0.5) ** 2 + (y - 0.5) ** 2))[:, :, None]
    picture += rng.normal(0.0, 0.012, (SIZE, SIZE, 1)).astype(np.float32)
    pixels: NDArray[np.uint8] = np.rint(np.clip(picture, 0.0, 1.0) * 255.0).astype(np.uint8)
    return pixels


def jpeg(style: str, album: str) -> bytes:
    """The picture of an album as a JPEG file."""
    encoder = av.CodecContext.create("mjpeg", "w")
    assert isinstance(encoder, av.VideoCodecContext)
    encoder.width = encoder.height = SIZE
    encoder.pix_fmt = "yuvj444p"
    encoder.framerate = 1  # type: ignore[assignment]
    encoder.options = {"qmin": "3", "qmax": "3"}
    frame = av.VideoFrame.from_ndarray(draw(style, album), format="rgb24").reformat(
        format="yuvj444p", dst_color_range="JPEG"
    )
    packets = [*encoder.encode(frame), *encoder.encode(None)]
    return b"".join(bytes(packet) for packet in packets)
