"""Steering over HTTP, on a real session whose chooser steers by features."""

from __future__ import annotations

import io
import json
import random
from typing import Any

import pytest

from drift.library.features import DIRECTIONS
from drift.models import Track, TrackId
from drift.sessions import SteeringChooser
from tests.unit.http_site import Site
from tests.unit.sessions.test_chooser import RANGES

TRACKS = 40


@pytest.fixture
async def steered(site: Site, music: list[Track]) -> Site:
    """A session that plays one of three tones under many names, each with features of its own."""
    from dataclasses import replace

    dice = random.Random(3)
    library = site.studio.library
    library.tracks = [
        replace(
            music[number % 3],
            id=TrackId(f"{number:032x}"),
            tags=replace(music[0].tags, title=f"Title {number}", artist=f"Artist {number}"),
        )
        for number in range(TRACKS)
    ]
    for one in library.tracks:
        library.features[one.id] = {name: dice.uniform(*ends) for name, ends in RANGES.items()}
    site.session.program._chooser = SteeringChooser(library, 1)
    site.session.library_changed()
    return site


async def got(site: Site, path: str, status: int = 200) -> Any:
    async with site.client.get(path) as response:
        assert response.status == status, await response.text()
        return await response.json()


async def sent(site: Site, path: str, document: object, status: int = 200) -> Any:
    content = document if isinstance(document, (str, bytes)) else json.dumps(document)
    body = io.BytesIO(content.encode() if isinstance(content, str) else content)
    async with site.client.post(path, data=body) as response:
        assert response.status == status, await response.text()
        return await response.json()


def features(site: Site, track: dict[str, Any], name: str) -> float:
    return site.studio.library.features[track["id"]][name]


async def test_explore_shows_where_one_can_go_with_tracks_and_reasons(steered: Site) -> None:
    answer = await got(steered, "/session/master/explore")
    snapshot: Any = steered.session.snapshot()
    assert answer["from"]["id"] == snapshot["nowPlaying"]["track"]["id"]
    names = [opening["direction"] for opening in answer["openings"]]
    assert 6 <= len(names) == len(set(names))
    assert set(names) <= set(DIRECTIONS)
    for opening in answer["openings"]:
        assert opening["label"]
        assert DIRECTIONS[opening["direction"]].opposite == opening["opposite"]
        assert opening["candidates"]
        for candidate in opening["candidates"]:
            assert candidate["track"]["title"]
            assert candidate["why"]["moved"] > 0
            delta = candidate["why"]["deltas"].get(opening["dimension"])
            assert delta is None or delta * DIRECTIONS[opening["direction"]].sign > 0


async def test_a_direction_changes_the_next_track_at_once_and_is_told(steered: Site) -> None:
    answer = await sent(steered, "/session/master/direction", {"direction": "faster"})
    assert answer["held"] == answer["direction"] == "faster"
    assert answer["by"] == "direction"
    assert answer["why"]["moved"] > 0
    snapshot: Any = steered.session.snapshot()
    assert snapshot["next"]["id"] == answer["next"]["id"]
    assert snapshot["held"] == "faster"
    assert features(steered, answer["next"], "bpm") > features(
        steered, snapshot["nowPlaying"]["track"], "bpm"
    )
    events = await steered.studio.events()
    assert ("direction-changed", {"held": "faster"}) in events
    planned = [data for name, data in events if name == "next-planned"][-1]
    assert planned["next"]["id"] == answer["next"]["id"]
    answer = await sent(steered, "/session/master/direction", {"direction": None})
    assert answer["held"] is None
    assert answer["by"] == "autopilot"
    assert (await steered.studio.events())[-2:][0][1] == {"held": None}


async def test_the_transition_and_its_reason_are_told_beforehand(steered: Site) -> None:
    snapshot: Any = steered.session.snapshot()
    assert snapshot["transition"] is None, "the first track"
    planned = snapshot["nextTransition"]
    assert planned["kind"] == "crossfade"
    assert planned["reason"]
    assert planned["to"] == snapshot["next"]["id"]
    steered.session.attach()
    await steered.studio.play(40)
    events = await steered.studio.events()
    assert next(data for name, data in events if name == "next-planned")["transition"] == planned
    assert next(data for name, data in events if name == "transition") == planned
    steered.session.detach()


async def test_what_is_planned_is_what_is_played_with_its_reason(steered: Site) -> None:
    steered.session.attach()
    await steered.studio.play(5)
    answer = await sent(steered, "/session/master/direction", {"direction": "darker"})
    await steered.studio.play(40)
    started = [data for name, data in await steered.studio.events() if name == "track-started"]
    assert started[1]["playing"]["track"]["id"] == answer["next"]["id"]
    assert started[1]["playing"]["direction"] == "darker"
    journey = steered.session.journey.steps
    assert [step.track.id for step in journey] == [data["playing"]["track"]["id"] for data in started]
    assert journey[1].by == "direction"
    steered.session.detach()


@pytest.mark.parametrize(
    "body", [{"direction": "sideways"}, {"direction": 3}, {}, {"direction": "faster", "x": 1}]
)
async def test_a_direction_that_is_none_is_refused(steered: Site, body: object) -> None:
    answer = await sent(steered, "/session/master/direction", body, 422)
    assert answer["error"]["code"] == "invalid"
    if isinstance(body, dict) and body.get("direction") == "sideways":
        assert set(answer["error"]["details"]["directions"]) == set(DIRECTIONS)


@pytest.mark.parametrize("body", ["", "{", "nonsense", b"\xff\xfe", "[" * 100_000])
async def test_a_body_that_is_no_json_is_refused(steered: Site, body: str | bytes) -> None:
    await sent(steered, "/session/master/direction", body, 422 if body == "" else 400)


async def test_play_next(steered: Site) -> None:
    wanted = steered.studio.library.tracks[17]
    before: Any = steered.session.snapshot()
    answer = await sent(steered, "/session/master/play", {"trackId": wanted.id, "when": "next"})
    assert answer["next"]["id"] == wanted.id
    assert answer["by"] == "request"
    after: Any = steered.session.snapshot()
    assert after["next"]["id"] == wanted.id
    assert after["nowPlaying"] == before["nowPlaying"] | {"endSample": after["nowPlaying"]["endSample"]}


async def test_play_now_is_a_skip_to_it(steered: Site) -> None:
    steered.session.attach()
    await steered.studio.play(5)
    wanted = steered.studio.library.tracks[11]
    await sent(steered, "/session/master/play", {"trackId": wanted.id})
    await steered.studio.play(6)
    snapshot: Any = steered.session.snapshot()
    assert snapshot["nowPlaying"]["track"]["id"] == wanted.id
    steered.session.detach()


async def test_play_several_in_their_order(steered: Site) -> None:
    wanted = [one.id for one in steered.studio.library.tracks[20:25]]
    await sent(steered, "/session/master/play", {"trackIds": wanted, "when": "next"})
    steered.session.attach()
    await steered.studio.play(170)
    played = [step.track.id for step in steered.session.journey.steps]
    assert played[1:6] == wanted
    steered.session.detach()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"trackId": "f" * 32}, 404),
        ({"trackIds": [f"{1:032x}", "nonsense"]}, 404),
        ({}, 422),
        ({"trackId": "a", "trackIds": ["b"]}, 422),
        ({"trackId": f"{1:032x}", "when": "later"}, 422),
        ({"trackIds": ["x"] * 1001}, 422),
    ],
)
async def test_what_cannot_be_played_is_refused(steered: Site, body: object, status: int) -> None:
    before = steered.session.program.mixer.timeline
    await sent(steered, "/session/master/play", body, status)
    assert steered.session.program.mixer.timeline is before


@pytest.mark.parametrize("kind", ["json", "m3u", "xspf"])
async def test_a_journey_is_exported_and_imported_again(steered: Site, kind: str) -> None:
    steered.session.attach()
    await steered.studio.play(100)
    played = [step.track.id for step in steered.session.journey.steps]
    assert len(played) >= 3
    async with steered.client.get(f"/session/master/journey.{kind}") as response:
        assert response.status == 200
        content = await response.read()
    report = await sent(steered, "/api/session/import?when=next", content, 201)
    assert report["matched"]["audio"] == len(played) == report["steps"]
    assert report["missing"] == []
    now = len(steered.session.journey.steps)
    await steered.studio.play(40 * len(played))
    again = [step.track.id for step in steered.session.journey.steps][now:]
    assert again[: len(played)] == played
    steered.session.detach()


async def test_what_is_not_found_in_an_import_is_reported(steered: Site) -> None:
    document = {
        "format": "drift-journey",
        "version": 1,
        "steps": [{"id": f"{3:032x}"}, {"title": "Lost", "artist": "Nobody"}],
    }
    report = await sent(steered, "/api/session/import", document, 201)
    assert report["missing"] == [{"id": "", "title": "Lost", "artist": "Nobody"}]
    document["steps"] = [{"title": "Lost", "artist": "Nobody"}]
    answer = await sent(steered, "/api/session/import", document, 422)
    assert "None of this journey" in answer["error"]["message"]


@pytest.mark.parametrize(
    ("content", "status"), [("", 400), ("{", 422), ("<x/>", 422), (b"\0\0", 422), ("x" * (17 << 20), 413)]
)
async def test_an_import_that_is_no_journey_is_refused(
    steered: Site, content: str | bytes, status: int
) -> None:
    await sent(steered, "/api/session/import", content, status)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/session/nobody/explore", 404),
        ("/session/nobody/journey.json", 404),
        ("/session/master/journey.wav", 404),
    ],
)
async def test_what_is_not_there(steered: Site, path: str, status: int) -> None:
    await got(steered, path, status)


async def test_explore_with_nothing_to_play(site: Site) -> None:
    site.studio.library.tracks.clear()
    answer = await got(site, "/session/master/explore", 503)
    assert answer["error"]["code"] == "not-ready"


async def test_the_library_is_searched_page_by_page(steered: Site) -> None:
    answer = await got(steered, "/api/library/tracks?limit=5&offset=2")
    assert (answer["total"], len(answer["tracks"])) == (TRACKS, 5)
    answer = await got(steered, "/api/library/tracks?q=artist+17")
    assert [one["title"] for one in answer["tracks"]] == ["Title 17"]
    for query in ("limit=0", "limit=501", "limit=x", "offset=-1", "limit=%F0%9F%8E%B5"):
        assert (await got(steered, f"/api/library/tracks?{query}", 422))["error"]["code"] == "invalid"


async def test_one_track_and_what_is_like_it(steered: Site) -> None:
    one = steered.studio.library.tracks[5]
    answer = await got(steered, f"/api/library/tracks/{one.id}")
    assert answer["title"] == "Title 5"
    assert answer["features"] == {"all": steered.studio.library.features[one.id]}
    assert answer["beats"] == [24_000, 48_000]
    answer = await got(steered, f"/api/library/tracks/{one.id}/similar?limit=4")
    distances = [near["distance"] for near in answer["similar"]]
    assert len(distances) == 4
    assert distances == sorted(distances)
    assert one.id not in [near["track"]["id"] for near in answer["similar"]]
    await got(steered, f"/api/library/tracks/{'f' * 32}", 404)
    del steered.studio.library.features[one.id]
    assert (await got(steered, f"/api/library/tracks/{one.id}"))["features"] is None
    await got(steered, f"/api/library/tracks/{one.id}/similar", 404)


async def test_a_path_and_an_arc(steered: Site) -> None:
    tracks = steered.studio.library.tracks
    answer = await got(steered, f"/api/library/path?from={tracks[0].id}&to={tracks[1].id}&steps=5")
    ids = [one["id"] for one in answer["tracks"]]
    assert (ids[0], ids[-1]) == (tracks[0].id, tracks[1].id)
    assert len(ids) == len(set(ids)) == 6
    answer = await got(steered, f"/api/library/arc?from={tracks[0].id}&minutes=1")
    assert answer["tracks"][0]["id"] == tracks[0].id
    assert answer["minutes"] == pytest.approx(1, abs=0.2)
    for query in ("", f"from={tracks[0].id}", f"from={tracks[0].id}&to={tracks[1].id}&steps=0.5"):
        await got(steered, f"/api/library/path?{query}", 422)
    await got(steered, f"/api/library/path?from={tracks[0].id}&to=x", 404)
    await got(steered, f"/api/library/arc?from={tracks[0].id}&minutes=nan", 422)


async def test_the_map_is_compact(steered: Site) -> None:
    answer = await got(steered, "/api/library/map")
    assert answer["count"] == TRACKS
