from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import Any

import mutagen
import pytest
from mutagen import apev2, flac, id3, mp4

from drift.library.art import MAX_ART_BYTES
from drift.library.probe import probe
from drift.models import Tags, Track

JPEG = b"\xff\xd8\xff\xe0" + b"front" * 100
BACK = b"\xff\xd8\xff\xe0" + b"back" * 100
PNG = b"\x89PNG\r\n\x1a\n" + b"folder" * 100
EXPECTED = Tags(
    title="Halcyon",
    artist="Orbital, Opus III",
    album="Brown Album",
    album_artist="Orbital",
    genre="Techno",
    year="1993",
    track_number=2009,
    bpm=127.5,
    key="Am",
)


@pytest.fixture
def copy(formats: dict[str, Path], tmp_path: Path) -> Any:
    def make(kind: str) -> Path:
        path = tmp_path / formats[kind].name
        path.write_bytes(formats[kind].read_bytes())
        return path

    return make


def look(path: Path) -> Track:
    return probe(path, path.parent / "art")


def picture(data: bytes, kind: int) -> flac.Picture:
    made: Any = flac.Picture  # untyped
    block: flac.Picture = made()
    block.data, block.type, block.mime = data, kind, "image/jpeg"
    return block


def add_id3(tag: Any) -> None:
    frames: Any = id3
    for name, text in (("TIT2", " Halcyon "), ("TALB", "Brown Album"), ("TPE2", "Orbital"), ("TCON", "(18)")):
        tag.add(getattr(frames, name)(encoding=3, text=[text]))
    tag.add(frames.TPE1(encoding=3, text=["Orbital", "Opus III"]))
    for name, text in (
        ("TDRC", "1993-05-24"),
        ("TRCK", "9/11"),
        ("TPOS", "2/2"),
        ("TBPM", "127.5"),
        ("TKEY", "Am"),
    ):
        tag.add(getattr(frames, name)(encoding=0, text=[text]))
    tag.add(frames.APIC(encoding=0, mime="image/jpeg", type=4, desc="b", data=BACK))
    tag.add(frames.APIC(encoding=0, mime="image/jpeg", type=3, desc="f", data=JPEG))


COMMENTS = {
    "title": "Halcyon",
    "artist": ["Orbital", "Opus III"],
    "album": "Brown Album",
    "albumartist": "Orbital",
    "genre": "Techno",
    "date": "1993-05-24",
    "tracknumber": "9",
    "discnumber": "2",
    "bpm": "127,5",
    "initialkey": "Am",
}


def retag(path: Path) -> None:
    cover: Any = mp4.MP4Cover  # untyped
    opened: Any = mutagen.File(path)
    if path.suffix in {".mp3", ".wav", ".aiff"}:
        if opened.tags is None:
            opened.add_tags()
        add_id3(opened.tags)
    elif path.suffix == ".m4a":
        opened.update(
            {
                "\xa9nam": "Halcyon",
                "\xa9ART": ["Orbital", "Opus III"],
                "\xa9alb": "Brown Album",
                "aART": "Orbital",
                "\xa9gen": "Techno",
                "\xa9day": "1993",
                "trkn": [(9, 11)],
                "disk": [(2, 2)],
                "tmpo": [128],
                "----:com.apple.iTunes:initialkey": [b"Am"],
                "covr": [cover(JPEG)],
            }
        )
    else:
        opened.update(COMMENTS)
        if path.suffix == ".flac":
            opened.add_picture(picture(BACK, 4))
            opened.add_picture(picture(JPEG, 3))
        else:
            blocks: list[Any] = [picture(BACK, 4), picture(JPEG, 3)]
            opened["metadata_block_picture"] = [base64.b64encode(block.write()).decode() for block in blocks]
    opened.save()


@pytest.mark.parametrize("kind", ["mp3", "flac", "opus", "ogg", "m4a", "wav", "aiff"])
def test_tags_and_cover_of_every_format(kind: str, copy: Any) -> None:
    path = copy(kind)
    before = look(path)
    assert before.tags == Tags(title="a")
    assert before.art == ""
    retag(path)
    after = look(path)
    assert after.id == before.id
    assert after.audio == before.audio
    expected = EXPECTED if kind != "m4a" else Tags(**{**_as_dict(EXPECTED), "bpm": 128.0})
    assert after.tags == expected
    assert (path.parent / "art" / after.art).read_bytes() == JPEG
    assert after.art.endswith(".jpg")
    assert len(list((path.parent / "art").iterdir())) == 1


def _as_dict(tags: Tags) -> dict[str, Any]:
    return {name: getattr(tags, name) for name in Tags.__slots__}


def test_ape_and_id3v1_leave_the_identity_alone(copy: Any) -> None:
    path = copy("mp3")
    before = look(path)
    tag: Any = apev2.APEv2()  # type: ignore[no-untyped-call]
    tag["Title"], tag["Year"] = "Ape", "2001"
    tag["Cover Art (Front)"] = apev2.APEValue(b"cover.jpg\0" + JPEG, apev2.BINARY)  # type: ignore[no-untyped-call]
    tag.save(path)
    after = look(path)
    assert (after.id, after.tags.title, after.tags.year) == (before.id, "Ape", "2001")
    assert after.art
    newer: Any = id3.ID3()  # type: ignore[no-untyped-call]
    newer.add(id3.TIT2(text=["Id3"]))  # type: ignore[no-untyped-call]
    newer.save(path, v1=2)
    assert (look(path).id, look(path).tags.title) == (before.id, "Id3")


def test_nonsense_is_left_out(copy: Any) -> None:
    path = copy("flac")
    opened: Any = mutagen.File(path)
    opened.update(
        {
            "title": "a\x00b\n c" + "x" * 2_000,
            "bpm": "fast",
            "date": "19",
            "tracknumber": "9" * 30,
            "key": "K" * 99,
        }
    )
    opened.save()
    tags = look(path).tags
    assert tags.title.startswith("a b cx")
    assert len(tags.title) == 500
    assert (tags.bpm, tags.year, tags.track_number, len(tags.key)) == (None, "", 0, 16)


@pytest.mark.parametrize(
    ("track", "disc", "expected"),
    [("3/12", "", 3), ("03", "1/1", 3), ("3", "1/2", 1003), ("3", "2", 2003), ("A3", "1", 0), ("0", "2", 0)],
)
def test_track_numbers(track: str, disc: str, expected: int, copy: Any) -> None:
    path = copy("flac")
    opened: Any = mutagen.File(path)
    opened.update({"tracknumber": track, "discnumber": disc})
    opened.save()
    assert look(path).tags.track_number == expected


def test_broken_tags_do_not_stop_the_music(copy: Any) -> None:
    path = copy("mp3")
    plain = look(path)
    path.write_bytes(b"ID3\x04\x00\xff" + b"\x00\x00\x01\x00" + b"\xff" * 128 + path.read_bytes())
    assert look(path).id == plain.id


def test_cover_beside_the_file(copy: Any) -> None:
    path = copy("wav")
    folder = path.parent
    (folder / "front.jpg").write_bytes(BACK)
    (folder / "Folder.PNG").write_bytes(PNG)
    (folder / "cover.jpg").write_bytes(b"not a picture")
    track = look(path)
    assert track.art.endswith(".png")
    assert (folder / "art" / track.art).read_bytes() == PNG


def test_embedded_cover_is_preferred_unless_it_is_unusable(copy: Any) -> None:
    path = copy("flac")
    (path.parent / "cover.png").write_bytes(PNG)
    opened: Any = mutagen.File(path)
    opened.add_picture(picture(JPEG[:4] + bytes(MAX_ART_BYTES), 3))
    opened.save()
    assert look(path).art.endswith(".png")
    opened.add_picture(picture(JPEG, 4))
    opened.save()
    assert look(path).art.endswith(".jpg")


def test_title_of_a_name_that_is_not_utf8(copy: Any) -> None:
    path = copy("wav")
    strange = path.with_name(os.fsdecode(b"Ros\xe9.wav"))
    path.rename(strange)
    track = look(strange)
    assert track.path == strange
    assert track.tags.title == "Ros\ufffd"


def test_latin_1_in_new_and_old_tags(copy: Any) -> None:
    frames: Any = id3
    path = copy("mp3")
    tag = frames.ID3()
    tag.add(frames.TIT2(encoding=0, text=["Déjà vu"]))
    tag.save(path, v2_version=3)
    old = b"TAG" + b"".join(
        text.encode("latin-1").ljust(30, b"\0") for text in ("ignored", "Mötley Crüe", "Ænima")
    )
    path.write_bytes(path.read_bytes() + old + b"1996" + bytes(30) + b"\xff")
    assert look(path).tags.title == "Déjà vu"
    tag.delete(path, delete_v1=False)
    tags = look(path).tags
    assert (tags.title, tags.artist, tags.album, tags.year) == ("ignored", "Mötley Crüe", "Ænima", "1996")
