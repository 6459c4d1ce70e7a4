from __future__ import annotations

from dataclasses import replace

import pytest

from drift.library.search import Search
from drift.models import Tags
from tests.unit.fakes import track

TAGS = [
    Tags("Água de Março", "Elis Regina", "Elis", genre="Bossa Nova", track_number=2),
    Tags("Março", "Ann", "Zeta", track_number=1),
    Tags("Waters of March", "Art Garfunkel", "Breakaway"),
    Tags("STRASSE", "ann", "Alpha", track_number=9),
    Tags("Straße", "Ann", "Alpha", track_number=3),
]
TRACKS = [replace(track(number), tags=tags) for number, tags in enumerate(TAGS)]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("marco", ["Março", "Água de Março"]),
        ("MARÇO  agua", ["Água de Março"]),
        ("bossa elis", ["Água de Março"]),
        ("march waters", ["Waters of March"]),
        ("strasse", ["Straße", "STRASSE"]),
        ("ann", ["Straße", "STRASSE", "Março"]),
        ("", ["Straße", "STRASSE", "Março", "Waters of March", "Água de Março"]),
        ("marco march", []),
        ("%", []),
    ],
)
def test_search(words: str, found: list[str]) -> None:
    assert [one.tags.title for one in Search(TRACKS).find(words)] == found
