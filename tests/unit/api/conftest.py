"""Fixtures of this folder; they are defined where tests can import their types."""

from tests.unit.api.people import house, locked, open_site, quick_hashes, unlocked
from tests.unit.http_site import built, music, site

__all__ = ["built", "house", "locked", "music", "open_site", "quick_hashes", "site", "unlocked"]
