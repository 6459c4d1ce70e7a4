"""HTTP: handlers parse, call and serialise; they decide nothing.

A module per subject, each with ``routes()``; ``keys`` is what handlers may use, ``errors`` how failures look,
``operations`` what the OpenAPI document says of them. README.md tells why that document is made here.
"""

from drift.api.application import make_application

__all__ = ["make_application"]
