/** What a room's page asks of the server. All of these raise `ApiError`. */

import type { ChatMessage, Codes, Made, Role, RoomSettings, RoomSnapshot } from '../api';
import { ask, post } from '../client';

/** An empty name lets the server find one. Raises an error of status 409 when a session of that name is live. */
export async function makeSession(sessionName: string, displayName: string): Promise<Made> {
  return (await ask('/api/sessions.create', post({ sessionName, displayName }))) as Made;
}

/** The code may be empty for who has joined before, and where no codes are wanted. */
export async function joinRoom(sessionId: string, code: string, displayName: string): Promise<RoomSnapshot> {
  return (await ask('/api/sessions.join', post({ sessionId, code, displayName }))) as RoomSnapshot;
}

export async function leaveRoom(sessionId: string): Promise<void> {
  await ask('/api/sessions.leave', post({ sessionId }));
}

/** Raises an error of status 401 for who has not joined. */
export async function fetchRoom(sessionId: string): Promise<RoomSnapshot> {
  return (await ask(`/api/sessions.room?${new URLSearchParams({ sessionId })}`, {})) as RoomSnapshot;
}

/** The messages before one. */
export async function earlierMessages(sessionId: string, before: number, limit: number): Promise<{ messages: ChatMessage[]; more: boolean }> {
  const query = new URLSearchParams({ sessionId, before: String(before), limit: String(limit) });
  return (await ask(`/api/sessions.messages?${query}`, {})) as { messages: ChatMessage[]; more: boolean };
}

/** The same `messageId` again is the same message. */
export async function sayInRoom(sessionId: string, text: string, messageId: string): Promise<ChatMessage> {
  return (await ask('/api/sessions.say', post({ sessionId, text, messageId }))) as ChatMessage;
}

/** Takes a message away. */
export async function eraseMessage(sessionId: string, id: number): Promise<void> {
  await ask('/api/sessions.erase', post({ sessionId, id }));
}

export async function muteParticipant(sessionId: string, participantId: string, muted: boolean): Promise<void> {
  await ask('/api/sessions.mute', post({ sessionId, participantId, muted }));
}

/** Sends somebody out; banned, they cannot come back. */
export async function removeParticipant(sessionId: string, participantId: string, ban: boolean): Promise<void> {
  await ask('/api/sessions.remove', post({ sessionId, participantId, ban }));
}

export async function promoteParticipant(sessionId: string, participantId: string, role: Role): Promise<void> {
  await ask('/api/sessions.promote', post({ sessionId, participantId, role }));
}

export async function setSlowMode(sessionId: string, slowS: RoomSettings['slowS']): Promise<void> {
  await ask('/api/sessions.settings', post({ sessionId, slowS }));
}

/** New codes; the old ones open nothing any more. */
export async function renewCodes(sessionId: string): Promise<Codes> {
  return (await ask('/api/sessions.codes', post({ sessionId }))) as Codes;
}

/** A fresh pass for the LiveKit room. */
export async function roomToken(sessionId: string): Promise<{ url: string; token: string }> {
  return (await ask('/api/sessions.token', post({ sessionId }))) as { url: string; token: string };
}
