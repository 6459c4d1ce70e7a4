"""Whether what is near sounds alike: how many of a track's five nearest come from the same soundtrack."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.figures import Figure, Result, at_least
from benchmarks.harness.music import cache
from benchmarks.harness.process import peers_python
from benchmarks.music.real import Described, albums, described
from drift.library.features import FeatureIndex

_NEAREST = 5


def run() -> Result:
    """Soundtracks mixed. Drift's metric is taught by albums: by all but the one whose tracks are asked for.

    The peers are librosa's MFCC and bliss-audio, each both as it is and standardised, if the interpreter that
    ``DRIFT_BENCH_PEERS`` names (else this one) has them.
    """
    files = [(album, file) for album, found in albums().items() for file in found]
    tracks = described(files)
    if not tracks:
        return Result([], notes=["No soundtracks: they need apt-get and dpkg."])
    known = list(tracks.values())
    names = np.array([track.album for track in known])
    chance = np.mean([np.sum(names == name) - 1 for name in names]) / (len(names) - 1)
    peers = {name: _share(places, names) for name, places in _peers(list(tracks)).items()}
    best = max(peers, key=lambda name: peers[name], default="")
    ours = _ours(known, names)
    figures = [
        Figure("same album among the 5 nearest", ours, "", at_least(1.2, of_peer=True), peers.get(best)),
        Figure("... without other albums to learn from", _untaught(known, names)),
        *(Figure(f"... {name}", share) for name, share in peers.items()),
        Figure("... chance", float(chance)),
    ]
    note = f"{len(names)} tracks, {len(set(names))} soundtracks"
    return Result(figures, best or "librosa, bliss-audio", bool(peers), [note])


def _ours(tracks: list[Described], names: npt.NDArray[np.str_]) -> float:
    shares = [_asked(tracks, names == name, names) for name in sorted(set(names))]
    return float(np.concatenate(shares).mean())


def _untaught(tracks: list[Described], names: npt.NDArray[np.str_]) -> float:
    return float(_asked(tracks, np.ones(len(tracks), np.bool_), names).mean())


def _asked(
    tracks: list[Described], asked: npt.NDArray[np.bool_], names: npt.NDArray[np.str_]
) -> npt.NDArray[np.float64]:
    """Shares of the ``asked`` tracks, in an index that does not know their albums."""
    entries = [track.entry for track in tracks]
    index = FeatureIndex.build(
        entry if not hidden else type(entry)(entry.id, entry.values)
        for entry, hidden in zip(entries, asked, strict=True)
    )
    album_of = {track.id: name for track, name in zip(tracks, names, strict=True)}
    return np.array(
        [
            np.mean([album_of[near.id] == track.album for near in index.similar(track.id, _NEAREST)])
            for track, wanted in zip(tracks, asked, strict=True)
            if wanted
        ]
    )


def _share(places: npt.NDArray[np.float64], names: npt.NDArray[np.str_]) -> float:
    squares = ((places[:, None] - places[None]) ** 2).sum(axis=2)
    np.fill_diagonal(squares, np.inf)
    nearest = np.argsort(squares, axis=1, kind="stable")[:, :_NEAREST]
    return float((names[nearest] == names[:, None]).mean())


def _peers(files: list[Path]) -> dict[str, npt.NDArray[np.float64]]:
    """The peers' places for the files; kept in the cache, since unchanged files give unchanged places."""
    store = cache() / "peers.json"
    kept = json.loads(store.read_text()) if store.exists() else {}
    missing = [file for file in files if not kept.get(str(file))]
    if missing:
        command = [peers_python(), str(Path(__file__).with_name("peers.py"))]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as asked:
            assert asked.stdin
            assert asked.stdout
            for file in missing:
                asked.stdin.write(f"{file}\n")
                asked.stdin.flush()
                kept[str(file)] = json.loads(asked.stdout.readline())
                store.write_text(json.dumps(kept))
            asked.stdin.close()
    found = {}
    for name in set.intersection(*(set(kept[str(file)]) for file in files)):
        places = np.array([kept[str(file)][name] for file in files])
        found[name] = places
        found[f"{name}, standardised"] = (places - places.mean(axis=0)) / (places.std(axis=0) + 1e-9)
    return dict(sorted(found.items()))
