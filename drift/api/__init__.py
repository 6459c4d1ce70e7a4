"""HTTP: handlers parse, call and serialise; they decide nothing.

A module per subject, each with ``routes()``; ``keys`` is what handlers may use, ``errors`` how failures look.
"""

from drift.api.application import make_application

__all__ = ["make_application"]
