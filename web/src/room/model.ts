import type { AccessMode, ChatMessage, LiveEvent, Participant, Permission, RoomSnapshot } from '../api';

/** What the page knows about the session's room: plain data, changed only by the functions below. */
export interface RoomModel {
  /** Null until the first `hello`, and with a server that has no rooms. */
  readonly access: AccessMode | null;
  /** Null: not joined. `messages` reaches back as far as somebody has scrolled. */
  readonly room: RoomSnapshot | null;
  /** Why one is not in the room any more, when it was not one's own wish. */
  readonly farewell: 'removed' | 'banned' | null;
  /** Whether there are messages before the first one; unknown ones may be there. */
  readonly hasEarlier: boolean;
}

export const UNKNOWN_ROOM: RoomModel = { access: null, room: null, farewell: null, hasEarlier: true };

/** Messages kept in a page; older ones are asked for again. */
const MOST_MESSAGES = 1000;

export function reduceRoom(model: RoomModel, event: LiveEvent): RoomModel {
  switch (event.type) {
    case 'hello':
      // Both are missing from the snapshots of a server without rooms.
      return entered({ ...model, access: (event.data.access as { mode: AccessMode } | undefined)?.mode ?? null }, event.data.room ?? null);
    case 'participant':
      return changed(model, (room) => withParticipant(room, event.data.participant));
    case 'chat':
      return heard(model, [event.data.message]);
    case 'room-settings':
      return changed(model, (room) => ({ ...room, settings: event.data.settings }));
    case 'removed':
      return { ...model, room: null, farewell: event.data.reason };
    case 'session-ended':
      return { ...model, room: null };
    default:
      return model;
  }
}

/** After a snapshot: it replaces everything but the messages that somebody has scrolled back to. */
export function entered(model: RoomModel, room: RoomSnapshot | null): RoomModel {
  if (!room) return { ...model, room };
  const known = model.room?.you.participantId === room.you.participantId ? model.room.messages : [];
  const first = room.messages[0];
  const last = known.at(-1);
  // With a gap between what is known and what came, scrolling back could not fill it.
  const isJoined = first !== undefined && last !== undefined && last.id >= first.id;
  const messages = isJoined ? merged(known, room.messages) : room.messages;
  return { ...model, room: { ...room, messages }, farewell: null, hasEarlier: isJoined ? model.hasEarlier : true };
}

/** After messages came, whether new, known or changed. */
export function heard(model: RoomModel, messages: readonly ChatMessage[]): RoomModel {
  return changed(model, (room) => {
    const all = merged(room.messages, messages);
    return { ...room, messages: all.length > MOST_MESSAGES ? all.slice(-MOST_MESSAGES) : all };
  });
}

/** After the answer to the question what came before the first message. */
export function recalled(model: RoomModel, messages: readonly ChatMessage[], more: boolean): RoomModel {
  return { ...changed(model, (room) => ({ ...room, messages: merged(messages, room.messages) })), hasEarlier: more };
}

/** By the server's order, each once; the latter of two versions counts. */
export function merged(known: readonly ChatMessage[], came: readonly ChatMessage[]): readonly ChatMessage[] {
  const byId = new Map(known.map((message) => [message.id, message]));
  // A message that was taken away stays so, whichever answer comes last.
  for (const message of came) if (byId.get(message.id)?.deleted !== true) byId.set(message.id, message);
  return [...byId.values()].sort((a, b) => a.id - b.id);
}

export function mayDo({ room }: RoomModel, what: Permission): boolean {
  return room?.you.may.includes(what) === true;
}

/** Why this page cannot steer, in words; null: it can. */
export function steeringWords(model: RoomModel): string | null {
  if (model.room) return mayDo(model, 'steer') ? null : 'You are here as a viewer: hosts and collaborators steer the music.';
  return model.access === 'codes' ? 'Join with a collaborator’s link to steer the music.' : null;
}

/** Messages of others after `seenId` that can be read. */
export function unreadAfter({ room }: RoomModel, seenId: number): number {
  if (!room) return 0;
  return room.messages.filter(({ id, participantId, deleted }) => id > seenId && !deleted && participantId !== room.you.participantId).length;
}

function changed(model: RoomModel, change: (room: RoomSnapshot) => RoomSnapshot): RoomModel {
  return model.room ? { ...model, room: change(model.room) } : model;
}

function withParticipant(room: RoomSnapshot, participant: Participant): RoomSnapshot {
  const { participantId } = participant;
  const at = room.participants.findIndex((one) => one.participantId === participantId);
  const others = room.participants.filter((one) => one.participantId !== participantId);
  const participants = participant.present ? others.toSpliced(at < 0 ? others.length : at, 0, participant) : others;
  const you = room.you.participantId === participantId ? { ...room.you, ...participant } : room.you;
  return { ...room, participants, you };
}
