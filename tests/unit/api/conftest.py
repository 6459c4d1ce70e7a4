"""Fixtures of this folder; ``site`` is defined where tests can import its type."""

from tests.unit.http_site import built, music, site

__all__ = ["built", "music", "site"]
