"""Journeys as JSON: everything that is known of them."""

from __future__ import annotations

import json
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from drift.errors import InvalidError
from drift.sessions.exchange.portable import MOST_STEPS, PortableJourney, PortableStep

VERSION = 1


class _Step(BaseModel):
    model_config = ConfigDict(extra="ignore", allow_inf_nan=False)

    id: str = ""
    title: str = ""
    artist: str = ""
    album: str = ""
    durationS: float = Field(0.0, ge=0)  # noqa: N815 - the field's name in the file
    location: str = ""
    direction: str | None = None
    features: dict[str, float] = {}


class _Journey(BaseModel):
    model_config = ConfigDict(extra="ignore")

    format: Literal["drift-journey"]
    version: int = Field(ge=1, le=VERSION)
    name: str = ""
    steps: list[_Step] = Field(max_length=MOST_STEPS)


def write(journey: PortableJourney) -> str:
    """A document of one object: ``format``, ``version``, ``name``, ``steps``."""
    document = {
        "format": "drift-journey",
        "version": VERSION,
        "name": journey.name,
        "steps": [
            {
                "id": step.id,
                "title": step.title,
                "artist": step.artist,
                "album": step.album,
                "durationS": step.duration_s,
                "location": step.location,
                "direction": step.direction,
                "features": dict(step.features),
            }
            for step in journey.steps
        ],
    }
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def read(text: str) -> PortableJourney:
    """The reverse of :func:`write`; fields that are unknown or missing do no harm.

    Raises:
        InvalidError: it is not such a document; the text says where.
    """
    try:
        found = _Journey.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the document"
        raise InvalidError(f"This is no journey: {where}: {first['msg']}.") from error
    return PortableJourney(
        found.name,
        tuple(
            PortableStep(
                step.id,
                step.title,
                step.artist,
                step.album,
                step.durationS,
                step.location,
                step.direction,
                step.features,
            )
            for step in found.steps
        ),
    )
