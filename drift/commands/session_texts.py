"""How what a server says of its sessions is told to people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from drift.models import full_title

if TYPE_CHECKING:
    from drift.commands.client import Json

_RATE_HZ = 48_000


def table(sessions: Sequence[Json]) -> Table:
    """Sessions, one a row."""
    rows = Table(
        "session", "name", "type", "state", "clients", "direction", "plays", box=None, pad_edge=False
    )
    for column in rows.columns:
        column.overflow = "fold"
    for one in sessions:
        name = "" if one["name"] == _id(one) else one["name"]
        row = (_id(one), name, kind(one), one["state"], str(one["clients"]), one["held"] or "auto")
        rows.add_row(*map(escape, (*row, title(one["nowPlaying"]))))
    return rows


def facts(info: Json) -> list[str]:
    """A session and what it plays, one fact a line."""
    playing = info["playing"]
    told = {
        "name": info["name"],
        "type": kind(info),
        "state": info["state"],
        "plays": title(info["nowPlaying"]) + (f", {_progress(info)}" if playing else ""),
        "next": title(info["next"]),
        "direction": info["held"] or "auto",
        "clients": f"{info['listeners']} listening, {info['eventClients']} watching",
        "created": info["created"],
    }
    lines = [f"{name:<10} {text}" for name, text in told.items()]
    formats = " ".join(stream["format"] for stream in info["streams"])
    return [_id(info), *lines, *addresses(info), f"{'formats':<10} {formats}"]


def addresses(view: Json) -> list[str]:
    """Where a session is seen and heard."""
    return [f"{'page':<10} {view['webUrl']}", f"{'stream':<10} {view['streamUrl']}"]


def created(view: Json) -> str:
    """A session that was made, or taken up."""
    return f"{_id(view)} {'goes on from where it was' if view['resumed'] else 'has been made'}."


def following(view: Json) -> str:
    """A follower that was made."""
    return f"{_id(view)} {kind(view)}."


def steered(answer: Json) -> str:
    """Where a session drifts now."""
    way = f"drifts: {answer['held']}" if answer["held"] else "is steered by the autopilot"
    return f"{_id(answer)} {way}; next: {title(answer['next'])}."


def requested(answer: Json) -> str:
    """A track that was asked for."""
    return f"{_id(answer)} plays {answer['when']}: {title(answer['next'])}."


def kind(view: Json) -> str:
    """What a session is."""
    followed = view["followingSession"]
    return f"follows {followed}" if followed else str(view["type"])


def title(track: Json | None) -> str:
    """A track's full title; a dash for none."""
    return full_title(track["artist"], track["title"]) if track else "-"


def _id(view: Json) -> str:
    return str(view["sessionId"])


def _progress(info: Json) -> str:
    playing = info["playing"]
    into = info["position"] - playing["startSample"] + playing["sourceStartSample"]
    return f"{_clock(into / _RATE_HZ)} of {_clock(playing['track']['durationS'])}"


def _clock(seconds: float) -> str:
    whole = max(0, int(seconds))
    return f"{whole // 60}:{whole % 60:02d}"
