"""Rendered once for all codecs: the last quanta of a mix, for whoever encodes them next."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from itertools import groupby

import numpy as np

from mixer.clock import QUANTUM
from mixer.pcm import Block

_KEPT_QUANTA = 16
"""1.9 s, 740 kB: formats of one session are a tick apart at most, and an encoder's pre-roll."""


class Rendered:
    """Blocks of a mix; spans that several ask for are rendered once. Not thread-safe.

    Args:
        render: gives ``[start, start + n)`` of the mix.

    Attributes:
        shared: whether to keep what was rendered; with one codec in use that would be for nothing.
    """

    def __init__(self, render: Callable[[int, int], Block]) -> None:
        self.shared = False
        self._render = render
        self._kept: OrderedDict[int, Block] = OrderedDict()

    def block(self, start: int, n: int) -> Block:
        """``[start, start + n)`` of the mix, shape ``(2, n)``; not to be written to."""
        if not self.shared or n <= 0:
            return self._render(start, n)
        first, end = start // QUANTUM, -(-(start + n) // QUANTUM)
        missing = [q for q in range(first, end) if q not in self._kept]
        quanta = {q: self._kept[q] for q in range(first, end) if q in self._kept}
        for _, run in groupby(enumerate(missing), key=lambda item: item[1] - item[0]):
            numbers = [q for _, q in run]
            block = self._render(numbers[0] * QUANTUM, len(numbers) * QUANTUM)
            for place, q in enumerate(numbers):
                quanta[q] = block[:, place * QUANTUM : (place + 1) * QUANTUM]
        self._kept.update(quanta)
        while len(self._kept) > _KEPT_QUANTA:
            self._kept.popitem(last=False)
        whole = np.concatenate([quanta[q] for q in range(first, end)], axis=1)
        return whole[:, start - first * QUANTUM : start - first * QUANTUM + n]

    def forget(self) -> None:
        """Keep nothing."""
        self._kept.clear()
