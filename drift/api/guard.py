"""Who asks, and whether that one may do what is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from aiohttp import web

from drift.access import LIFETIME_S, Action, best, may, new_person
from drift.api.errors import from_elsewhere
from drift.api.keys import CONFIG, DOORKEEPER, REGISTRY, ROOMS, SIGNER
from drift.errors import DriftError, ForbiddenError, NotFoundError, NotJoinedError
from drift.models import PersonId, Role, SessionId
from drift.sessions import Entry, Follower, Session

COOKIE = "drift_person"

_WHO: dict[Action, str] = {
    "steer": "Only hosts and collaborators may steer this session.",
    "moderate": "Only a host of this session may do that.",
    "talk": "Only hosts and collaborators may speak in this session.",
    "chat": "Only participants of this session may write.",
}


# Who it is


def person_of(request: web.Request) -> PersonId | None:
    """Who asks, by the cookie; None: nobody who is known.

    A cookie of that name may come more than once, as another server on this host may set it, too: the first
    one that Drift has signed counts.
    """
    signer = request.app[SIGNER]
    return next(filter(None, map(signer.read, _cookies(request))), None)


def _cookies(request: web.Request) -> Iterator[str]:
    """The values of all cookies of that name, as they were sent."""
    for header in request.headers.getall("Cookie", ()):
        for pair in header.split(";"):
            name, _, value = pair.partition("=")
            if name.strip() == COOKIE:
                yield value.strip()


def remember(request: web.Request, response: web.Response, person: PersonId) -> None:
    """Have the browser know who it is, from now on for a year."""
    response.set_cookie(
        COOKIE,
        request.app[SIGNER].sign(person),
        max_age=LIFETIME_S,
        path="/",
        secure=request.secure,
        httponly=True,
        samesite="Lax",
    )
    response.headers["Cache-Control"] = "no-store"


# What that one may do


async def authorise(request: web.Request, entry: Entry, action: Action) -> None:
    """Refuse who may not do this in a session; for a follower, in the one that it follows.

    In mode "open" whoever has not joined may steer. A program without a cookie may send a code:
    ``Authorization: Bearer <code>``.

    Raises:
        NotJoinedError: nobody knows who it is.
        ForbiddenError: that one's role does not allow it, has been banned, or the code is wrong.
        TooManyError: too many wrong codes came from there.
        NotFoundError: the session that is followed is not there.
        StoreError: the database failed.
    """
    session_id = entry.target if isinstance(entry, Follower) else entry.id
    role = await _role_by_cookie(request, session_id)
    if role is None and action == "steer" and request.app[CONFIG].access.mode == "open":
        return
    if role is None or action not in may(role):
        role = await _role_by_header(request, session_id, role)
    if role is None:
        raise NotJoinedError("Join this session first: ask its host for a link or a code.")
    if action not in may(role):
        raise ForbiddenError(_WHO[action])


async def authorise_end(request: web.Request, entry: Entry) -> None:
    """Refuse who may not end a session: in mode "codes" all but its host, else who may not steer it.

    Whoever likes may end a follower of what is not there any more. Raises as :func:`authorise`.
    """
    try:
        request.app[REGISTRY].heard(entry)
    except NotFoundError:
        return
    codes = request.app[CONFIG].access.mode == "codes"
    await authorise(request, entry, "moderate" if codes else "steer")


async def host_new(request: web.Request, response: web.Response, session: Session) -> None:
    """In mode "codes", make whoever has made a session its host; one that nobody hosts goes again.

    Raises:
        DriftError: that one cannot join.
    """
    if request.app[CONFIG].access.mode == "open":
        return
    person = person_of(request) or new_person()
    client = request.remote or ""
    try:
        await request.app[ROOMS].join(session.id, person, "Host", "host", client=client)
    except DriftError:
        await request.app[REGISTRY].end(session.id)
        raise
    remember(request, response, person)


async def _role_by_cookie(request: web.Request, session_id: SessionId) -> Role | None:
    person = person_of(request)
    if person is None:
        return None
    try:
        return (await request.app[ROOMS].participant(session_id, person)).role
    except NotJoinedError:
        return None


async def _role_by_header(request: web.Request, session_id: SessionId, role: Role | None) -> Role | None:
    """The better of a role and what the request's code gives."""
    scheme, _, code = request.headers.get("Authorization", "").strip().partition(" ")
    if scheme.lower() != "bearer" or not code:
        return role
    return best(role, await role_by_code(request, session_id, code))


async def role_by_code(request: web.Request, session_id: SessionId, code: str) -> Role:
    """The role that a code gives whoever asks.

    Raises:
        WrongCodeError, TooManyError, StoreError: as :meth:`Doorkeeper.role_of`.
    """
    find = partial(request.app[ROOMS].lock, session_id)
    return await request.app[DOORKEEPER].role_of(find, code, client=request.remote or "", session=session_id)


# Whether that one wants it


def asked_for(request: web.Request) -> bool:
    """Whether a person on this site wants what a link does; False: another site does, perhaps for a person.

    Over plain HTTP, except to localhost, browsers say of a link at most which page it is on.

    Raises:
        ForbiddenError: nobody does, a browser only looks ahead.
    """
    headers = request.headers
    purposes = f"{headers.get('Sec-Purpose', '')} {headers.get('Purpose', '')} {headers.get('X-Moz', '')}"
    if "prefetch" in purposes.lower() or "prerender" in purposes.lower():
        raise ForbiddenError("Looking ahead makes no session.")
    return not from_elsewhere(request)
