"""What all models of answers have in common, and errors."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel


class Answer(BaseModel):
    """A JSON object that Drift sends: camelCase, complete, and with nothing that is not documented."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        allow_inf_nan=False,
        extra="forbid",
        frozen=True,
        strict=True,
        use_attribute_docstrings=True,
        validate_by_name=True,
    )


class ErrorText(Answer):
    """What went wrong."""

    code: str
    """Stable, for programs: "not-found", "invalid", "not-ready", ..."""
    message: str
    """For people."""
    details: dict[str, object] = Field(default_factory=dict)
    """Facts that help, such as the values that could be used."""


class ErrorAnswer(Answer):
    """Every failure looks like this."""

    error: ErrorText


class RefusedAnswer(ErrorAnswer):
    """A command that may not be given."""

    following_session: str | None = None
    """Where this session is a follower: the id of the one that takes commands."""
