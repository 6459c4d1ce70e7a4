"""The OpenAPI document: complete, sound, and true of what handlers answer."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from pydantic import BaseModel

from drift.api import schemas
from drift.api.keys import CLIENT
from drift.api.openapi import TAGS
from drift.api.operations import operation_of
from tests.unit.api.test_steering import got, sent, steered
from tests.unit.http_site import Site

__all__ = ["steered"]

UNDOCUMENTED = {
    "/assets/{name}": "files of the browser client, named by its build",
    "/{name}": "its icons and its manifest",
}
NOBODY = "/session/nobody/next-track"
MASTER = "/session/master"
EVENTS = {field.alias or name: field.annotation for name, field in schemas.Events.model_fields.items()}


async def documented(site: Site) -> dict[str, Any]:
    document: dict[str, Any] = await got(site, "/api/openapi.json")
    return document


async def test_every_route_is_in_the_document(site: Site) -> None:
    paths = (await documented(site))["paths"]
    left_out = set()
    for route in site.application.router.routes():
        assert route.resource is not None
        path = route.resource.canonical
        if route.method in {"HEAD", "OPTIONS"}:
            assert path in paths or path in UNDOCUMENTED
        elif operation_of(route.handler) is None:
            left_out.add(path)
        else:
            assert paths[path][route.method.lower()]["description"]
    assert left_out == UNDOCUMENTED.keys()


async def test_the_document_hangs_together(site: Site) -> None:
    document = await documented(site)
    assert document["openapi"] == "3.1.0"
    components = set(document["components"]["schemas"])
    assert not [name for name in components if name.startswith("_")]
    referred = re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(document))
    assert set(referred) <= components
    operations = [
        (path, operation) for path, methods in document["paths"].items() for operation in methods.values()
    ]
    assert len({operation["operationId"] for _, operation in operations}) == len(operations)
    for path, operation in operations:
        assert set(operation["tags"]) <= TAGS.keys()
        names = {one["name"] for one in operation.get("parameters", []) if one["in"] == "path"}
        assert names == set(re.findall(r"{(\w+)}", path))


async def test_what_all_commands_share(site: Site) -> None:
    for path, methods in (await documented(site))["paths"].items():
        for method, operation in methods.items():
            answers = operation["responses"].keys()
            assert ("403" in answers) or method == "get"
            assert ("404" in answers) or "{" not in path
            if "Commands" in operation["tags"]:
                assert {"200", "403", "404", "422", "429", "503"} <= answers
                assert operation["responses"]["429"]["headers"]["Retry-After"]["required"]


async def test_null_is_left_out_of_queries(site: Site) -> None:
    way = (await documented(site))["paths"]["/api/library/path"]["get"]["parameters"]
    found = {one["name"]: (one["required"], one["schema"].get("type")) for one in way}
    assert found == {
        "from": (True, "string"),
        "to": (True, "string"),
        "steps": (False, "integer"),
        "minutes": (False, "number"),
    }
    assert all("default" not in one["schema"] and "anyOf" not in one["schema"] for one in way)


@pytest.mark.parametrize(
    ("path", "model"),
    [
        ("/api/library/tracks?q=title&limit=2", schemas.TrackPage),
        ("/api/library/tracks/{track}", schemas.TrackDetail),
        ("/api/library/tracks/{track}/similar?limit=3", schemas.Similar),
        ("/api/library/map", schemas.MusicMap),
        ("/api/library/path?from={track}&to={other}&steps=4", schemas.Route),
        ("/api/library/arc?from={track}&minutes=1", schemas.Route),
        ("/api/session/list", schemas.SessionList),
        ("/api/session/info", schemas.SessionInfo),
        ("/session/master/explore", schemas.Explored),
        ("/session/master/journey", schemas.Journey),
        ("/health", schemas.Health),
    ],
)
async def test_answers_are_as_declared(steered: Site, path: str, model: type[BaseModel]) -> None:
    first, second, *_ = steered.studio.library.tracks
    answer = await got(steered, path.format(track=first.id, other=second.id))
    model.model_validate_json(json.dumps(answer))


async def test_sessions_and_commands_answer_as_declared(steered: Site) -> None:
    async def posted(path: str, body: object, model: type[BaseModel], status: int = 200) -> None:
        model.model_validate_json(json.dumps(await sent(steered, path, body, status)))

    track = steered.studio.library.tracks[5].id
    kitchen = {"sessionName": "kitchen"}
    await posted("/api/session/create", kitchen, schemas.Created, 201)
    await posted("/api/session/create", kitchen, schemas.Taken, 409)
    await posted("/api/session/follow", kitchen | {"followerName": "porch"}, schemas.Session, 201)
    await posted("/session/porch/next-track", {}, schemas.RefusedAnswer, 403)
    schemas.SessionList.model_validate_json(json.dumps(await got(steered, "/api/session/list")))
    schemas.SessionInfo.model_validate_json(
        json.dumps(await got(steered, "/api/session/info?sessionId=porch"))
    )
    await posted(f"{MASTER}/next-track", {}, schemas.Moved)
    await posted(f"{MASTER}/direction", {"direction": "faster"}, schemas.Steered)
    await posted(f"{MASTER}/play", {"trackId": track, "when": "next"}, schemas.Requested)
    await posted(f"{MASTER}/seek", {"positionS": 1}, schemas.Moved)
    await posted(f"{MASTER}/pause", {}, schemas.StateChanged)
    await posted(f"{MASTER}/resume", {}, schemas.StateChanged)
    await posted(f"{MASTER}/rename", {"name": "Living room"}, schemas.Renamed)
    await posted(f"{MASTER}/reset", {}, schemas.Reset)
    journey = await got(steered, f"{MASTER}/journey")
    await posted("/api/session/import?when=next", journey, schemas.Imported, 201)
    async with steered.client.delete("/api/session/kitchen") as response:
        schemas.Ended.model_validate_json(await response.text())


@pytest.mark.parametrize(
    ("path", "status"), [("/api/library/tracks/x", 404), ("/api/library/tracks?limit=0", 422)]
)
async def test_errors_are_as_declared(site: Site, path: str, status: int) -> None:
    schemas.ErrorAnswer.model_validate_json(json.dumps(await got(site, path, status)))
    with pytest.raises(ValueError, match="extra_forbidden"):
        schemas.ErrorAnswer.model_validate_json('{"error": {"code": "x", "message": "y"}, "more": 1}')


async def test_events_are_as_declared(steered: Site) -> None:
    hub = steered.session.events
    async with (
        steered.client.get("/events/master") as events,
        steered.client.get("/stream/master.mp3") as stream,
    ):
        await stream.content.readexactly(2)
        for path, body in [
            ("direction", {"direction": "faster"}),
            ("next-track", {}),
            ("pause", {}),
            ("resume", {}),
            ("rename", {"name": "Living room"}),
            ("reset", {}),
        ]:
            await sent(steered, f"{MASTER}/{path}", body)
            await steered.pass_time(10)
        lines = [(await events.content.readuntil(b"\n\n")).decode()]
    subscription = hub.subscribe(0)
    lines += (await subscription.take(0)).decode().split("\n\n")
    hub.unsubscribe(subscription)
    seen = set()
    for line in filter(None, lines):
        _, name, data = line.strip().split("\n")
        name = name.removeprefix("event: ")
        model = EVENTS[name]
        assert isinstance(model, type)
        assert issubclass(model, BaseModel)
        model.model_validate_json(data.removeprefix("data: "))
        seen.add(name)
    assert seen >= {"hello", "track-started", "next-planned", "transition", "direction-changed", "listeners"}
    assert seen >= {"skipped", "state-changed", "renamed", "journey-reset"}


async def test_the_page_of_the_document(site: Site) -> None:
    async with site.client.get("/api/docs") as response:
        assert response.status == 503
    client = site.application[CLIENT]
    assert client is not None
    (client / "docs.html").write_text("<!doctype html>")
    async with site.client.get("/api/docs") as response:
        assert (response.status, response.content_type) == (200, "text/html")
        assert "script-src" not in response.headers["Content-Security-Policy"]
        assert response.headers["Content-Security-Policy"].startswith("default-src 'self';")
