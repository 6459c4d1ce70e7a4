"""The stage: where rooms meet LiveKit. A scene begins when somebody may come, and ends when all are gone."""

from __future__ import annotations

import asyncio

from drift.errors import DriftError, LiveKitError, StoreError
from drift.livekit import MIX, Event, LiveKit
from drift.models import Message, Participant, Role
from drift.rooms.room import Room
from drift.rooms.rooms import Rooms
from drift.rooms.scene import EXPECT_S, LOOK_S, SETTLE_S, Crew, Publishers, Scene
from drift.supervisor import Supervisor
from drift.telemetry import Metrics, logger
from mixer.clock import Clock

log = logger(__name__)

RETRY_S = 5.0
"""How often LiveKit is asked for its rooms while it does not answer."""
OVERHEARD = 100
"""Messages that may wait to be taken up from LiveKit's rooms; more are left out."""


class Stage:
    """See the module.

    Args:
        manual: whether those are let in who have a token that was made by hand.

    Attributes:
        livekit: the server.
    """

    def __init__(
        self,
        livekit: LiveKit,
        rooms: Rooms,
        publishers: Publishers,
        supervisor: Supervisor,
        *,
        clock: Clock,
        metrics: Metrics,
        manual: bool = False,
    ) -> None:
        self.livekit = livekit
        self._rooms = rooms
        self._supervisor = supervisor
        self._clock = clock
        self._metrics = metrics
        self._crew = Crew(
            livekit, publishers, supervisor, clock, metrics, rooms.known, manual, lambda: self._told
        )
        self._scenes: dict[str, Scene] = {}
        self._made: set[str] = set()
        self._unclosed: set[str] = set()
        self._foreign: set[str] = set()
        self._told = False
        self._overheard: asyncio.Queue[tuple[Scene, str, str, str]] = asyncio.Queue(OVERHEARD)

    def start(self) -> None:
        """Begin to look after LiveKit's rooms, also those that are in use since before this program began."""
        if not self.livekit.configured:
            return
        self._rooms.chat.on_message = self._tell
        self._rooms.on_permissions = self._obey
        self._rooms.on_close = self._close
        self._crew.publishers.on_chat = self._overhear
        self._supervisor.spawn(self._keep_looking(), "look-for-livekit-rooms")
        self._supervisor.spawn(self._take_up(), "take-up-livekit-chat")

    def __len__(self) -> int:
        return len(self._scenes)

    # Letting in

    async def admit(self, room: Room, participant: Participant) -> str:
        """A token for a participant; the LiveKit room is there.

        Raises:
            LiveKitError: there is none to be had now; why.
        """
        await self._open(room)
        return self.livekit.tokens.participant(
            room.livekit_name, participant.id, participant.name, participant.role, muted=participant.muted
        )

    async def admit_by_hand(self, room: Room, name: str, role: Role) -> str:
        """A token for somebody who is no participant.

        Raises:
            LiveKitError: there is none to be had now; why.
        """
        await self._open(room)
        return self.livekit.tokens.manual(room.livekit_name, name, role)

    async def _open(self, room: Room) -> None:
        if not self.livekit.configured:
            raise LiveKitError(self.livekit.trouble)
        self._unclosed.discard(room.livekit_name)
        await self.livekit.ensure_room(room.livekit_name)
        self._made.add(room.livekit_name)
        self._scene(room).expect(EXPECT_S)

    # What happens in LiveKit

    async def hear(self, event: Event) -> None:
        """LiveKit tells of something.

        Raises:
            StoreError: the database failed.
        """
        self._told = True
        scene = self._scenes.get(event.room)
        if scene is None and event.kind == "participant_joined" and event.identity != MIX:
            scene = await self._recognised(event.room)
        if scene is not None:
            scene.expect(SETTLE_S)

    def _overhear(self, name: str, identity: str, stream_id: str, text: str) -> None:
        """Somebody has written something in a LiveKit room, with another client than Drift's."""
        scene = self._scenes.get(name)
        try:
            if scene is not None:
                self._overheard.put_nowait((scene, identity, stream_id, text))
        except asyncio.QueueFull:
            self._metrics.livekit_messages.labels("unheard").inc()

    async def _take_up(self) -> None:
        """Let what was written there be said in Drift, one after another."""
        while True:
            scene, identity, stream_id, text = await self._overheard.get()
            try:
                await self._rooms.said_in_livekit(scene.room.session_id, identity, stream_id, text)
            except DriftError as error:
                self._metrics.livekit_messages.labels("refused").inc()
                log.info("livekit-message-refused", session=scene.room.session_id, reason=error.code)
            else:
                self._metrics.livekit_messages.labels("heard").inc()

    async def _keep_looking(self) -> None:
        """Find rooms that are in use: LiveKit need not tell of that, and Drift may have been away."""
        while True:
            try:
                await self._look()
            except LiveKitError:
                self._told = False
            except StoreError as error:
                log.warning("livekit-rooms-not-looked-for", reason=str(error))
            every_s = RETRY_S if self.livekit.trouble else LOOK_S
            await self._clock.sleep_until(self._clock.now() + every_s)

    async def _look(self) -> None:
        for name in list(self._unclosed):
            if name in self._unclosed:  # no token was made for it in the meantime
                await self.livekit.close_room(name)
                self._unclosed.discard(name)
        found = await self.livekit.rooms()
        self._foreign &= found.keys()
        for name, count in found.items():
            if count and name not in self._scenes and name not in self._foreign:
                scene = await self._recognised(name)
                if scene is not None:
                    scene.expect(SETTLE_S)

    async def _recognised(self, name: str) -> Scene | None:
        """The scene of a LiveKit room that is ours; None: it is not."""
        room = await self._rooms.called(name)
        if room is None:
            self._foreign.add(name)
            return None
        self._made.add(name)
        return self._scene(room)

    # Scenes

    def _scene(self, room: Room) -> Scene:
        found = self._scenes.get(room.livekit_name)
        if found is None:
            found = self._scenes[room.livekit_name] = Scene(room, self._crew)
            self._supervisor.spawn(self._play(found), f"livekit-room {room.session_id}")
            self._metrics.livekit_rooms.set(len(self))
        return found

    async def _play(self, scene: Scene) -> None:
        try:
            await scene.run()
        finally:
            scene.end()
            if self._scenes.get(scene.room.livekit_name) is scene:
                del self._scenes[scene.room.livekit_name]
            self._metrics.livekit_rooms.set(len(self))

    # What happens in Drift

    def _tell(self, room: Room, message: Message) -> None:
        scene = self._scenes.get(room.livekit_name)
        if scene is not None:
            scene.say(message)

    def _obey(self, room: Room, participant: Participant) -> None:
        """A participant may do more or less than before, or has gone."""
        scene = self._scenes.get(room.livekit_name)
        if scene is not None:
            if participant.state != "joined":
                scene.show_out(participant.id)
            scene.expect(SETTLE_S)

    def _close(self, room: Room) -> None:
        """A room's session is no longer there."""
        scene = self._scenes.pop(room.livekit_name, None)
        if scene is not None:
            scene.end()
        if room.livekit_name in self._made:
            self._made.discard(room.livekit_name)
            self._unclosed.add(room.livekit_name)
            self._supervisor.spawn(self._close_in_livekit(room.livekit_name), "close-livekit-room")

    async def _close_in_livekit(self, name: str) -> None:
        try:
            await self.livekit.close_room(name)
        except LiveKitError as error:
            log.info("livekit-room-not-closed", reason=str(error))  # tried again with the next look
        else:
            self._unclosed.discard(name)
