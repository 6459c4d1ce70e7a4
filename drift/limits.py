"""What the operating system grants this process."""

from __future__ import annotations

import resource


def allow_many_files() -> int:
    """Raise the limit of open files as far as this process may; each listener needs one.

    Returns:
        The limit now in force.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == hard:
        return soft
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    except (OSError, ValueError):  # some systems grant less than they say
        return soft
    return hard
