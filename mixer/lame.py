"""LAME as the system has it, when it has it: some four times as fast as the copy inside PyAV's wheel.

Debian's ``libmp3lame0`` comes with ffmpeg. The settings are those that FFmpeg is given, see ``codecs``.
"""

from __future__ import annotations

import ctypes
import functools
import weakref

import numpy as np

from mixer.errors import CodecError
from mixer.pcm import CHANNELS, SAMPLE_RATE, Block

PACKET = 1152

_NAMES = ("libmp3lame.so.0", "libmp3lame.0.dylib")
_JOINT_STEREO = 1


@functools.cache
def _library() -> ctypes.CDLL | None:
    for name in _NAMES:
        try:
            library = ctypes.CDLL(name)
        except OSError:
            continue
        library.lame_init.restype = ctypes.c_void_p
        library.get_lame_version.restype = ctypes.c_char_p
        for function in ("lame_init_params", "lame_get_brate", "lame_close"):
            getattr(library, function).argtypes = [ctypes.c_void_p]
        state, left, right, made = [ctypes.c_void_p] * 4
        encode = library.lame_encode_buffer_ieee_float
        encode.argtypes = [state, left, right, ctypes.c_int, made, ctypes.c_int]
        return library
    return None


def version() -> str:
    """The version of the system's LAME, "" when there is none."""
    library = _library()
    return library.get_lame_version().decode() if library else ""


class Lame:
    """One run of the encoder at a constant rate, without bit reservoir. Not thread-safe.

    Args:
        kbps: bit rate.
        quality: 0 (best) to 9 (fastest).

    Raises:
        CodecError: there is no LAME, or it refuses the bit rate.
    """

    def __init__(self, kbps: int, quality: int) -> None:
        library = _library()
        if library is None:
            raise CodecError("the system has no LAME")
        self._library = library
        self._state = library.lame_init()
        weakref.finalize(self, library.lame_close, self._state)
        settings = {
            "in_samplerate": SAMPLE_RATE,
            "out_samplerate": SAMPLE_RATE,
            "num_channels": CHANNELS,
            "mode": _JOINT_STEREO,
            "brate": kbps,
            "quality": quality,
            "disable_reservoir": 1,
            "bWriteVbrTag": 0,
        }
        for name, value in settings.items():
            getattr(library, f"lame_set_{name}")(ctypes.c_void_p(self._state), value)
        if library.lame_init_params(self._state) < 0 or library.lame_get_brate(self._state) != kbps:
            raise CodecError(f"LAME refuses {kbps} kbit/s")
        self._size = kbps * 1000 // 8 * PACKET // SAMPLE_RATE

    def encode(self, block: Block) -> list[bytes]:
        """Feed whole packets; the n-th packet ever returned is for the n-th ever fed.

        Args:
            block: ``(2, k * PACKET)``.

        Raises:
            CodecError: those are not whole packets.
        """
        if block.shape[1] % PACKET:
            raise CodecError(f"mp3 takes whole packets of {PACKET} samples")
        left, right = (np.ascontiguousarray(channel, dtype=np.float32) for channel in block)
        made = np.empty(block.shape[1] * 5 // 4 + 7200, dtype=np.uint8)  # what lame.h says is enough
        n = self._library.lame_encode_buffer_ieee_float(
            self._state, left.ctypes.data, right.ctypes.data, block.shape[1], made.ctypes.data, made.size
        )
        if n < 0 or n % self._size:
            raise CodecError(f"LAME failed with {n}")
        data = made[:n].tobytes()
        return [data[at : at + self._size] for at in range(0, n, self._size)]
