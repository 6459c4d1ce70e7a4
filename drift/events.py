"""A session's events: published once, serialised once, kept for a while, delivered to whoever subscribes.

Ids ascend and never repeat, also across restarts: they start from the wall clock in milliseconds.
"""

from __future__ import annotations

import asyncio
import json
import math
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass

QUEUE = 256
"""Events that may wait for one subscriber; past that it is closed as too slow, and may come back."""


_IDS_UNWRITTEN = 1_000
"""More events than a session can have had after its last id was written."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event, ready to send.

    Attributes:
        data: a JSON document on one line.
    """

    id: int
    name: str
    data: str

    @property
    def encoded(self) -> bytes:
        """The event as server-sent-events text."""
        return f"id: {self.id}\nevent: {self.name}\ndata: {self.data}\n\n".encode()


class Subscription:
    """What one client has yet to receive.

    Args:
        missed: what it gets first; does not count towards the bound.
        drop: called when it is closed as too slow, to end whatever the client is too slow to take.
        inside: whether the client gets what is not for everybody.

    Attributes:
        closed_because: why there will be no more; None: it goes on.
        to_greet: the client is to be told anew where things stand.
        waited_since: when the oldest event taken last had come, by the event loop's clock; None: none was.
    """

    def __init__(
        self, missed: bytes = b"", drop: Callable[[], None] | None = None, *, inside: bool = False
    ) -> None:
        self._missed = missed
        self._drop = drop
        self.inside = inside
        self._waiting: deque[bytes] = deque()
        self._changed = asyncio.Event()
        self.closed_because: str | None = None
        self._oldest_at = 0.0
        self.waited_since: float | None = None
        self.to_greet = False

    def offer(self, encoded: bytes) -> bool:
        """Queue an event; False when the queue is full, and the subscription is then closed."""
        if self.closed_because is not None:
            return False
        if len(self._waiting) >= QUEUE:
            self.close("too-slow")
            if self._drop is not None:
                self._drop()
            return False
        if not self._waiting:
            self._oldest_at = asyncio.get_running_loop().time()
        self._waiting.append(encoded)
        self._changed.set()
        return True

    def greet(self) -> None:
        """Have the client told anew where things stand; whoever sends to it clears ``to_greet``."""
        self.to_greet = self.closed_because is None
        self._changed.set()

    def close(self, reason: str) -> None:
        """Let the client have what waits, then nothing more."""
        self.closed_because = reason
        self.to_greet = False
        self._changed.set()

    async def take(self, timeout_s: float | None = None) -> bytes:
        """What waits, joined; b"" when nothing came within ``timeout_s``, of which 0 lets nobody else run."""
        idle = not self._missed and not self._waiting and not self.to_greet
        if idle and self.closed_because is None and timeout_s != 0:
            self._changed.clear()
            try:
                async with asyncio.timeout(timeout_s):
                    await self._changed.wait()
            except TimeoutError:
                return b""
        self.waited_since = self._oldest_at if self._waiting else None
        taken = self._missed + b"".join(self._waiting)
        self._missed = b""
        self._waiting.clear()
        return taken


class EventHub:
    """Fan-out of one session's events, on the event loop.

    Args:
        replay: how many past events are kept for reconnecting clients.
    """

    def __init__(self, replay: int = 256) -> None:
        self._past: deque[tuple[int, bytes, bool]] = deque(maxlen=replay)
        self._subscriptions: set[Subscription] = set()
        self._closed_because: str | None = None
        self._beating: asyncio.TimerHandle | None = None
        self.last_id = time.time_ns() // 1_000_000

    def continue_after(self, last_id: int) -> None:
        """Let ids go on well after one that an earlier run of the program has used; clocks may go back."""
        self.last_id = max(self.last_id, last_id + _IDS_UNWRITTEN)

    @property
    def clients(self) -> int:
        """How many are subscribed."""
        return len(self._subscriptions)

    def publish(self, name: str, data: Mapping[str, object], *, inside: bool = False) -> Event:
        """Send an event to all, or to those inside only, and remember it."""
        self.last_id += 1
        event = Event(self.last_id, name, json.dumps(data, ensure_ascii=False, separators=(",", ":")))
        encoded = event.encoded
        self._past.append((event.id, encoded, inside))
        self._offer(encoded, inside=inside)
        return event

    def _offer(self, encoded: bytes, *, inside: bool = False) -> None:
        for subscription in list(self._subscriptions):
            if (subscription.inside or not inside) and not subscription.offer(encoded):
                self._subscriptions.discard(subscription)

    def greet(self) -> None:
        """Have every client told anew where things stand, each as befits it."""
        for subscription in self._subscriptions:
            subscription.greet()

    def beat(self, interval_s: float, heartbeat: Callable[[], bytes]) -> None:
        """While anybody is subscribed, send them what ``heartbeat`` returns, once for all at every interval.

        It is not remembered. If the heart beats already, it goes on as it does.
        """
        if self._beating is None and self._closed_because is None:
            loop = asyncio.get_running_loop()
            self._beating = loop.call_later(interval_s, self._beat, interval_s, heartbeat)

    def _beat(self, interval_s: float, heartbeat: Callable[[], bytes]) -> None:
        self._beating = None
        if self._subscriptions:
            self._offer(heartbeat())
            self.beat(interval_s, heartbeat)

    def subscribe(
        self,
        last_seen: int | None = None,
        drop: Callable[[], None] | None = None,
        *,
        inside: bool = False,
    ) -> Subscription:
        """A new subscription; it begins with the remembered events after ``last_seen``, if that is given.

        Args:
            last_seen: the id of an event.
            drop: called if the subscription is closed as too slow.
            inside: whether it gets what is for those inside only.
        """
        since = math.inf if last_seen is None else last_seen
        missed = (data for number, data, secret in self._past if number > since and (inside or not secret))
        subscription = Subscription(b"".join(missed), drop, inside=inside)
        if self._closed_because is None:
            self._subscriptions.add(subscription)
        else:
            subscription.close(self._closed_because)
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        """Forget a subscription."""
        self._subscriptions.discard(subscription)

    def close(self, reason: str) -> None:
        """Close all subscriptions, also those to come: the session has ended."""
        self._closed_because = reason
        for subscription in self._subscriptions:
            subscription.close(reason)
        self._subscriptions.clear()
        if self._beating is not None:
            self._beating.cancel()
