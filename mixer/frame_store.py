"""Packets of tracks, encoded once for all sessions: ahead of need, for whoever needs them soonest.

In steady state (one clip, constant gain, on the quantum grid) the packets of a track are the same wherever it
plays. ``want`` says what will be needed when; worker threads fetch that from disk or encode it, earliest
deadline first, a slice at a time; ``take`` gives what is at hand, also of what is just being made. Nobody
waits for the store unless by ``wait``, and then not for long: whoever comes away with nothing encodes for
itself.
"""

from __future__ import annotations

import heapq
import itertools
import logging
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from mixer.chunk import Chunk, MappedChunk, SpoiledError, pack
from mixer.disk_cache import DiskCache
from mixer.encoding import ChunkEncoder, Encoding

log = logging.getLogger(__name__)

HELD_BYTES = 256 << 20
"""Chunks at hand, in memory or mapped, take at most this much."""

_UNUSED_S = 45.0
"""A chunk that nobody has asked for so long is let go of; its file stays."""

_OVERDUE_S = 5.0
"""Work that has not begun this long after its last deadline is dropped: whoever still needs it asks again."""

_REST_S = 10.0
"""A chunk that failed is left alone for so long; after a wait in vain nobody waits for so long."""

_Key = tuple[str, int]
"""The digest of an encoding, and the number of a chunk of it."""


@dataclass(frozen=True, slots=True)
class StoreFigures:
    """What the store has done so far, and what it has to do.

    Attributes:
        queue: chunks waiting to be fetched or made, or being made.
        hits: chunks found on disk.
        misses: chunks that had to be encoded.
        evicted: files that had to go to make room.
        disk_bytes: what its files take.
        held_bytes: what is at hand, in memory or mapped.
    """

    queue: int
    hits: int
    misses: int
    evicted: int
    disk_bytes: int
    held_bytes: int


@dataclass(slots=True)
class _Held:
    """A chunk at hand."""

    chunk: Chunk
    used_at: float


@dataclass(slots=True, eq=False)
class _Job:
    """A chunk to be fetched or made by ``due``; ``running``: a thread is at it.

    Attributes:
        due: when the first who wants it needs it.
        last_due: when the last one does.
    """

    key: _Key
    due: float
    last_due: float
    encoder: ChunkEncoder
    running: bool = False


class FrameStore:
    """See the module. Thread-safe; threads start with the first work.

    Args:
        directory: where packets are kept.
        limit_bytes: the most that is kept there.
        threads: how many encode; 0: as many as there are cores.
        now: monotonic seconds.
    """

    def __init__(
        self,
        directory: Path,
        limit_bytes: int,
        threads: int = 0,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._disk = DiskCache(directory, limit_bytes)
        self._most_threads = threads or os.cpu_count() or 1
        self._now = now
        self._changed = threading.Condition()
        self._changes = 0
        self._held: OrderedDict[_Key, _Held] = OrderedDict()
        self._held_bytes = 0
        self._jobs: dict[_Key, _Job] = {}
        self._queue: list[tuple[float, int, _Job]] = []
        self._order = itertools.count()
        self._failed: dict[_Key, float] = {}
        self._nobody_waits_until = 0.0
        self._threads: list[threading.Thread] = []
        self._closed = False
        self._hits = self._misses = 0

    @property
    def figures(self) -> StoreFigures:
        """For metrics."""
        disk = self._disk
        return StoreFigures(
            len(self._jobs), self._hits, self._misses, disk.evicted, disk.bytes_kept, self._held_bytes
        )

    # For sessions

    def take(self, encoding: Encoding, first: int, count: int) -> list[bytes]:
        """What is at hand of packets ``[first, first + count)``: the beginning of it, perhaps nothing."""
        taken: list[bytes] = []
        while len(taken) < count:
            number, offset = divmod(first + len(taken), encoding.per_chunk)
            key = (encoding.digest, number)
            chunk = self._at_hand(key)
            if chunk is None:
                break
            try:
                got = chunk.take(offset, min(count - len(taken), encoding.per_chunk - offset))
            except SpoiledError as error:
                self._let_go(key)
                self._disk.discard(_name(key), str(error))
                break
            taken += got
            if not got:
                break
        return taken

    def want(self, encoding: Encoding, first: int, count: int, in_s: float = 0.0) -> None:
        """Packets ``[first, first + count)`` will be needed, the first of them in ``in_s`` seconds."""
        due = self._now() + in_s
        per_chunk = encoding.per_chunk
        for number in range(first // per_chunk, (first + count - 1) // per_chunk + 1):
            later_s = encoding.seconds(max(0, number * per_chunk - first))
            self._want_chunk((encoding.digest, number), encoding, due + later_s)

    def wait(self, encoding: Encoding, first: int, count: int, patience_s: float) -> list[bytes]:
        """As :meth:`take`, after waiting until all of it is at hand, at most ``patience_s``.

        A wait in vain makes the waits of the next seconds return at once: the store is late for all.
        """
        self.want(encoding, first, count)
        deadline = self._now() + patience_s
        while True:
            changes = self._changes
            taken = self.take(encoding, first, count)
            with self._changed:
                if self._changes != changes:
                    continue
                now = self._now()
                missing = (encoding.digest, (first + len(taken)) // encoding.per_chunk)
                hopeless = self._closed or missing not in self._jobs or now < self._nobody_waits_until
                if len(taken) == count or hopeless:
                    return taken
                if now >= deadline:
                    self._nobody_waits_until = now + _REST_S
                    return taken
                self._changed.wait(deadline - now)

    def close(self) -> None:
        """Let the threads end; what they are at is given up after its slice."""
        with self._changed:
            self._closed = True
            self._tell()
        for thread in self._threads:
            thread.join(timeout=2.0)

    def _at_hand(self, key: _Key) -> Chunk | None:
        with self._changed:
            held = self._held.get(key)
            if held is None:
                job = self._jobs.get(key)
                return job.encoder.chunk if job else None
            self._touch(key, held)
            return held.chunk

    def _touch(self, key: _Key, held: _Held) -> None:
        held.used_at = self._now()
        self._held.move_to_end(key)

    def _let_go(self, key: _Key) -> None:
        with self._changed:
            held = self._held.pop(key, None)
            if held is not None:
                self._held_bytes -= held.chunk.size

    def _want_chunk(self, key: _Key, encoding: Encoding, due: float) -> None:
        with self._changed:
            held = self._held.get(key)
            if held is not None:
                self._touch(key, held)
                return
            job = self._jobs.get(key)
            if job is None:
                if self._closed or self._failed.get(key, 0.0) > self._now():
                    return
                job = self._jobs[key] = _Job(key, due, due, ChunkEncoder(encoding, key[1]))
            elif job.due <= due:
                job.last_due = max(job.last_due, due)
                return
            job.due = due
            self._enqueue(job)
            if len(self._threads) < min(self._most_threads, len(self._jobs)):
                thread = threading.Thread(target=self._work, name=f"frames-{len(self._threads)}", daemon=True)
                self._threads.append(thread)
                thread.start()

    def _enqueue(self, job: _Job) -> None:
        heapq.heappush(self._queue, (job.due, next(self._order), job))
        self._tell()

    def _tell(self) -> None:
        self._changes += 1
        self._changed.notify_all()

    # The threads

    def _work(self) -> None:
        while (job := self._next_job()) is not None:
            chunk, failed = None, False
            try:
                chunk = self._advance(job)
            except Exception as error:  # noqa: BLE001 - the live path meets it, too, and tells of it
                log.debug("chunk %s of %s: %r", job.key[1], job.key[0], error)
                failed = True
            with self._changed:
                job.running = False
                if failed:
                    self._fail(job)
                elif chunk is not None:
                    self._hold(job, chunk)
                else:
                    self._enqueue(job)

    def _next_job(self) -> _Job | None:
        """The most urgent one; None when the store is closed."""
        with self._changed:
            while not self._closed:
                if not self._queue:
                    self._changed.wait()
                    continue
                due, _, job = heapq.heappop(self._queue)
                if job.running or due != job.due or self._jobs.get(job.key) is not job:
                    continue  # it is being worked at, has been queued again for earlier, or is done
                if job.last_due < self._now() - _OVERDUE_S and not job.encoder.begun:
                    del self._jobs[job.key]
                    continue
                job.running = True
                return job
        return None

    def _advance(self, job: _Job) -> Chunk | None:
        """Fetch the chunk from disk, or encode the next slice; the chunk when it is whole."""
        encoder = job.encoder
        if not encoder.begun and (chunk := self._from_disk(_name(job.key))) is not None:
            self._hits += 1
            return chunk
        if not encoder.step():
            return None
        self._misses += 1
        encoder.close()
        mapped = self._disk.save(_name(job.key), pack(encoder.chunk.packets))
        return MappedChunk(mapped) if mapped is not None else encoder.chunk

    def _from_disk(self, name: str) -> Chunk | None:
        mapped = self._disk.load(name)
        if mapped is None:
            return None
        try:
            return MappedChunk(mapped)
        except SpoiledError as error:
            self._disk.discard(name, str(error))
            return None

    def _hold(self, job: _Job, chunk: Chunk) -> None:
        del self._jobs[job.key]
        now = self._now()
        self._held[job.key] = _Held(chunk, now)
        self._held_bytes += chunk.size
        while self._held:
            key, oldest = next(iter(self._held.items()))
            if key == job.key or (self._held_bytes <= HELD_BYTES and oldest.used_at > now - _UNUSED_S):
                break
            del self._held[key]
            self._held_bytes -= oldest.chunk.size
        self._tell()

    def _fail(self, job: _Job) -> None:
        del self._jobs[job.key]
        job.encoder.close()
        now = self._now()
        self._failed = {key: until for key, until in self._failed.items() if until > now}
        self._failed[job.key] = now + _REST_S
        self._tell()


def _name(key: _Key) -> str:
    return f"{key[0]}-{key[1]}"
