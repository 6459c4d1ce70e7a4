"""Packages whose names are imported on their first use: who only passes through one does not pay for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module


def by_first_use(package: str, homes: Mapping[str, str]) -> Callable[[str], object]:
    """What a package has as its ``__getattr__`` (PEP 562).

    Args:
        package: its ``__name__``.
        homes: by the name that it offers, the module in it that has it.
    """

    def get(name: str) -> object:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(f"{package}.{homes[name]}"), name)

    return get
