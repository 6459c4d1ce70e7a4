from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drift.errors import InvalidError
from drift.sessions import Step
from drift.sessions.exchange import FORMATS, PortableJourney, PortableStep, match, portable, read
from tests.unit.fakes import FakeLibrary, track
from tests.unit.sessions.test_chooser import analysed

text = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp", "Co", "Cn"]), min_size=1, max_size=20
).map(lambda found: " ".join(found.split()) or "x")
numbers = st.floats(-1e6, 1e6).map(lambda value: float(f"{value:.6g}"))
steps = st.builds(
    PortableStep,
    id=st.from_regex(r"[0-9a-f]{32}", fullmatch=True),
    title=text,
    artist=st.just("") | text.filter(lambda name: " - " not in name),
    album=st.just("") | text,
    duration_s=st.integers(1, 4000).map(float),
    location=st.from_regex(r"[a-z]{1,8}/[a-z %é]{1,8}\.mp3", fullmatch=True).filter(
        lambda name: name == name.strip()
    ),
    direction=st.none() | st.sampled_from(["faster", "darker"]),
    features=st.dictionaries(st.sampled_from(["bpm", "energy"]), numbers),
)


@pytest.mark.parametrize("kind", FORMATS)
@given(name=text, found=st.lists(steps, min_size=1, max_size=5))
def test_what_is_written_is_read_again(kind: str, name: str, found: list[PortableStep]) -> None:
    if kind == "m3u":  # a title with a dash and no artist cannot be told from an artist
        found = [one for one in found if one.artist or " - " not in one.title] or [PortableStep(title="x")]
    if kind == "xspf":
        found = [one for one in found if all(map(str.isprintable, (one.title, one.artist, one.album)))]
        found = found or [PortableStep(title="x", location="x.mp3")]
        name = "n"
    if kind == "m3u" and not all(one.location for one in found):
        found = [PortableStep(title="x", location="x.mp3")]
    journey = PortableJourney(name, tuple(found))
    assert read(FORMATS[kind].write(journey).encode()) == journey


def test_a_session_s_journey_carries_features_directions_and_relative_paths() -> None:
    library = analysed(3)
    made = portable(
        "kitchen",
        [Step(library.tracks[0], "chance"), Step(library.tracks[1], "direction", "faster")],
        library.features_of,
        library.location_of,
    )
    assert made.name == "kitchen"
    assert made.steps[1].direction == "faster"
    assert made.steps[1].location == "music/1.wav"
    assert made.steps[1].features["bpm"] == pytest.approx(
        library.features[library.tracks[1].id]["bpm"], rel=1e-5
    )
    document = json.loads(FORMATS["json"].write(made))
    assert document["format"] == "drift-journey"
    assert document["steps"][0]["durationS"] == 4.0


def test_a_foreign_playlist_is_read() -> None:
    journey = read(
        b"\xef\xbb\xbf#EXTM3U\r\n#EXTINF:123 tvg-id=x,Ann - A Song\r\n"
        b"/home/ann/A%20Song.mp3\r\n\r\nC:\\Music\\Other.flac\r\n"
    )
    assert [(one.artist, one.title) for one in journey.steps] == [("Ann", "A Song"), ("", "Other")]
    assert journey.steps[0].duration_s == 123
    assert read("#EXTINF:1,Jos\xe9 - X\nx.mp3".encode("latin-1")).steps[0].artist == "Jos\xe9"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"   ", "empty"),
        (b"\x00\x01\x02", "not text"),
        (b"#EXTM3U\n#EXTINF:1,x\n", "without a track"),
        (b"{}", "format"),
        (b'{"format": "drift-journey", "version": 99, "steps": []}', "version"),
        (b'{"format": "drift-journey", "version": 1, "steps": [{"durationS": -1}]}', "steps.0.durationS"),
        (b'{"format": "drift-journey", "version": 1, "steps": [{"features": {"bpm": NaN}}]}', "no journey"),
        (b'{"format": "drift-journey"', "no journey"),
        (b"<html></html>", "not XSPF"),
        (b"<playlist", "no journey"),
        (b'<playlist version="1" xmlns="http://xspf.org/ns/0/"><trackList/></playlist>', "without a track"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><playlist/>', "entities"),
        (b"x.mp3\n" * 10_001, "too long"),
    ],
)
def test_what_is_no_journey_is_refused_in_words(content: bytes, says: str) -> None:
    with pytest.raises(InvalidError, match=says):
        read(content)


def test_tracks_are_found_by_audio_then_tags_then_file_then_features() -> None:
    library = analysed(6)
    tracks = library.tracks
    tracks[1] = track(1, "Ann", "Song", seconds=100)
    tracks.append(track(7, "Ann", "Song", seconds=200))
    library.features[tracks[-1].id] = library.features[tracks[1].id]
    near = {name: value * 1.0001 for name, value in library.features[tracks[4].id].items()}
    found = match(
        [
            PortableStep(id=tracks[0].id, title="whatever"),
            PortableStep(id="x", title="SONG", artist="ann", duration_s=199),
            PortableStep(title="nobody knows", location="C:\\m\\3.WAV"),
            PortableStep(title="elsewhere", features=near),
            PortableStep(title="lost"),
        ],
        tracks,
        library.index,
    )
    assert [one.how for one in found] == ["audio", "tags", "file", "features", None]
    assert [one.track and one.track.id for one in found[:4]] == [
        tracks[0].id, tracks[6].id, tracks[3].id, tracks[4].id,
    ]  # fmt: skip
    assert found[4].track is None


def test_a_journey_replays_on_another_library_without_repeats() -> None:
    here, there = analysed(40), analysed(60)
    there.tracks = [track(1000 + number, path=Path(f"/other/{number}.flac")) for number in range(60)]
    there.features = dict(zip((one.id for one in there.tracks), there.features.values(), strict=True))
    steps = [
        PortableStep(id=one.id, title="elsewhere", features=here.features[one.id]) for one in here.tracks
    ]
    found = match(steps, there.tracks, there.index)
    ids = [one.track.id for one in found if one.track]
    assert len(ids) == len(set(ids)) == 40
    assert {one.how for one in found} == {"features"}
    apart = [
        abs(here.features[one.id]["bpm"] - there.features[match_.track.id]["bpm"])
        for one, match_ in zip(here.tracks, found, strict=True)
        if match_.track
    ]
    assert sorted(apart)[len(apart) // 2] < 15


def test_an_empty_library_matches_nothing() -> None:
    library = FakeLibrary()
    found = match([PortableStep(title="x", features={"bpm": 120})], library.tracks, library.index)
    assert found[0].track is None
