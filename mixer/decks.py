"""Many tracks at once: open decks, and the stretched heads that were made lately."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path

from mixer.deck import Deck, new_scratch
from mixer.errors import DeckError
from mixer.pcm import Block
from mixer.stretch import MARGIN, stretched
from mixer.timeline import Head

_MOST_HEADS = 2
"""A head of 14 s takes 5 MB; only in one transition at a time is one heard."""


class Decks:
    """A bounded set of open decks: reading a track anywhere, reusing the deck that already stands there.

    Not thread-safe: one renderer owns it.

    Args:
        most: how many files may be open at once; the least recently used is closed.
    """

    def __init__(self, most: int = 12) -> None:
        self._most = most
        self._open: OrderedDict[int, tuple[Path, Deck]] = OrderedDict()
        self._heads: OrderedDict[tuple[Path, int, Head], tuple[Block, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._open)

    def read(self, path: Path, start: int, out: Block) -> int:
        """As :meth:`Deck.read`, for any file.

        Raises:
            DeckError: the file cannot be opened or decoded; its deck is closed.
        """
        deck = self._best(path, start)
        try:
            return deck.read(start, out)
        except DeckError:
            self.drop(deck)
            raise

    def head(self, path: Path, source_start: int, head: Head) -> tuple[Block, int]:
        """A stretched head, whole: always made from its beginning, so that it is the same whoever asks.

        Returns:
            The block ``(2, head.length)``, not to be written to, and how many of its samples came before the
            file ended.

        Raises:
            DeckError: as :meth:`read`.
        """
        key = (path, source_start, head)
        made = self._heads.get(key)
        if made is None:
            while len(self._heads) >= _MOST_HEADS:
                self._heads.popitem(last=False)
            wide = new_scratch(head.source + 2 * MARGIN)
            begin = source_start - MARGIN
            ends = max(0, begin) + self.read(path, begin, wide) - source_start
            made = self._heads[key] = (stretched(wide, head), head.time_of(ends))
        self._heads.move_to_end(key)
        return made

    def close(self) -> None:
        """Close every deck, keep no head."""
        self._heads.clear()
        for _, deck in self._open.values():
            deck.close()
        self._open.clear()

    def drop(self, deck: Deck) -> None:
        """Close one deck."""
        self._open.pop(id(deck), None)
        deck.close()

    def _best(self, path: Path, start: int) -> Deck:
        mine = [deck for at, deck in self._open.values() if at == path]
        ready = [deck for deck in mine if deck.reaches(start)]
        if ready:
            deck = max(ready, key=lambda deck: deck.position)
        else:
            while len(self._open) >= self._most:
                self.drop(next(iter(self._open.values()))[1])
            deck = Deck(path)
            self._open[id(deck)] = (path, deck)
        self._open.move_to_end(id(deck))
        return deck
