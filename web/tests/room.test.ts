import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ChatMessage, Hello, LiveEvent, Participant, RoomSnapshot } from '../src/api';
import { entered, heard, mayDo, merged, recalled, reduceRoom, steeringWords, UNKNOWN_ROOM, unreadAfter, type RoomModel } from '../src/room/model';
import { Room } from '../src/room/room';

function person(id: string, change: Partial<Participant> = {}): Participant {
  return { participantId: id, name: id.toUpperCase(), role: 'collaborator', muted: false, present: true, inRoom: false, joinedAt: '', ...change };
}

function message(id: number, change: Partial<ChatMessage> = {}): ChatMessage {
  return { id, participantId: 'bob', name: 'BOB', role: 'collaborator', text: `text ${id}`, sentAt: '2026-11-21T20:00:00Z', messageId: `m${id}`, deleted: false, ...change };
}

function snapshot(change: Partial<RoomSnapshot> = {}): RoomSnapshot {
  return {
    sessionId: 'kitchen',
    settings: { slowS: 0, duckDb: 12 },
    you: { ...person('ada'), may: ['steer', 'talk', 'chat'] },
    participants: [person('ada'), person('bob')],
    messages: [],
    livekit: { configured: false, url: '', token: '', reason: '' },
    ...change,
  };
}

function hello(room: RoomSnapshot | null, mode: 'open' | 'codes' = 'open'): LiveEvent {
  return { type: 'hello', data: { access: { mode }, room } as Hello };
}

function ids({ room }: RoomModel): number[] {
  return room?.messages.map(({ id }) => id) ?? [];
}

const JOINED = reduceRoom(UNKNOWN_ROOM, hello(snapshot({ messages: [message(5), message(6)] })));

describe('reduceRoom', () => {
  it('knows no room of a server that has none', () => {
    const model = reduceRoom(UNKNOWN_ROOM, { type: 'hello', data: {} as Hello });
    expect(model).toMatchObject({ access: null, room: null });
    expect(steeringWords(model)).toBeNull();
  });

  it('takes messages once and in the order of their ids, however they come', () => {
    let model = reduceRoom(JOINED, { type: 'chat', data: { message: message(9) } });
    model = reduceRoom(model, { type: 'chat', data: { message: message(8) } });
    model = reduceRoom(model, { type: 'chat', data: { message: message(9) } });
    expect(ids(model)).toEqual([5, 6, 8, 9]);
  });

  it('keeps a deleted message deleted, even if an older answer comes later', () => {
    let model = reduceRoom(JOINED, { type: 'chat', data: { message: message(6, { deleted: true, text: '' }) } });
    model = heard(model, [message(6)]);
    expect(model.room?.messages[1]).toMatchObject({ id: 6, deleted: true, text: '' });
  });

  it('keeps what was scrolled back to when a reconnect leaves no gap', () => {
    const back = recalled(JOINED, [message(3), message(4)], false);
    expect(ids(back)).toEqual([3, 4, 5, 6]);
    expect(back.hasEarlier).toBe(false);
    const again = reduceRoom(back, hello(snapshot({ messages: [message(6), message(7)] })));
    expect(ids(again)).toEqual([3, 4, 5, 6, 7]);
    expect(again.hasEarlier).toBe(false);
  });

  it('begins anew after a gap: what lies in it must be reachable', () => {
    const again = reduceRoom(recalled(JOINED, [message(4)], false), hello(snapshot({ messages: [message(90), message(91)] })));
    expect(ids(again)).toEqual([90, 91]);
    expect(again.hasEarlier).toBe(true);
  });

  it('knows who is there', () => {
    let model = reduceRoom(JOINED, { type: 'participant', data: { participant: person('cy') } });
    model = reduceRoom(model, { type: 'participant', data: { participant: person('bob', { muted: true, inRoom: true }) } });
    expect(model.room?.participants.map(({ participantId, muted }) => [participantId, muted])).toEqual([
      ['ada', false],
      ['bob', true],
      ['cy', false],
    ]);
    model = reduceRoom(model, { type: 'participant', data: { participant: person('bob', { present: false }) } });
    expect(model.room?.participants.map(({ participantId }) => participantId)).toEqual(['ada', 'cy']);
  });

  it('shows a change of oneself', () => {
    const model = reduceRoom(JOINED, { type: 'participant', data: { participant: person('ada', { muted: true }) } });
    expect(model.room?.you).toMatchObject({ muted: true, may: ['steer', 'talk', 'chat'] });
  });

  it('is left when a host says so, and stays so', () => {
    let model = reduceRoom(JOINED, { type: 'removed', data: { reason: 'banned' } });
    expect(model).toMatchObject({ room: null, farewell: 'banned' });
    model = reduceRoom(model, hello(null));
    expect(model.farewell).toBe('banned');
    model = reduceRoom(model, { type: 'chat', data: { message: message(7) } });
    expect(model.room).toBeNull();
    expect(entered(model, snapshot()).farewell).toBeNull();
  });

  it('ends with its session', () => {
    expect(reduceRoom(JOINED, { type: 'session-ended', data: { reason: 'deleted' } }).room).toBeNull();
  });

  it('takes new settings', () => {
    const model = reduceRoom(JOINED, { type: 'room-settings', data: { settings: { slowS: 30, duckDb: 12 } } });
    expect(model.room?.settings.slowS).toBe(30);
  });

  it('does not grow without end', () => {
    const many = Array.from({ length: 1500 }, (_, at) => message(at + 10));
    expect(ids(heard(JOINED, many))).toHaveLength(1000);
    expect(ids(heard(JOINED, many)).at(-1)).toBe(1509);
  });
});

describe('rights', () => {
  it('locks the steering of viewers, and of strangers where codes are wanted', () => {
    const viewer = reduceRoom(UNKNOWN_ROOM, hello(snapshot({ you: { ...person('ada', { role: 'viewer' }), may: ['chat'] } })));
    expect(steeringWords(viewer)).toContain('viewer');
    expect(mayDo(viewer, 'chat')).toBe(true);
    expect(steeringWords(JOINED)).toBeNull();
    expect(steeringWords(reduceRoom(UNKNOWN_ROOM, hello(null)))).toBeNull();
    expect(steeringWords(reduceRoom(UNKNOWN_ROOM, hello(null, 'codes')))).toContain('Join');
  });
});

describe('unreadAfter', () => {
  it('counts what others said and what can be read', () => {
    const model = heard(JOINED, [message(7), message(8, { participantId: 'ada' }), message(9, { deleted: true }), message(10)]);
    expect(unreadAfter(model, 6)).toBe(2);
    expect(unreadAfter(model, Infinity)).toBe(0);
  });
});

describe('merged', () => {
  it('prefers what came later', () => {
    expect(merged([message(1)], [message(1, { text: 'new' })])[0]?.text).toBe('new');
  });
});

describe('Room', () => {
  const reconnect = vi.fn();
  let room: Room;

  beforeEach(() => {
    reconnect.mockClear();
    room = new Room(reconnect);
  });

  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('takes the history for seen, and counts from there', () => {
    room.onEvent(hello(snapshot({ messages: [message(5)] })));
    expect(room.unread.value).toBe(0);
    room.onEvent({ type: 'chat', data: { message: message(6) } });
    expect(room.unread.value).toBe(1);
    // A reconnect tells of what was missed: that was not seen either.
    room.onEvent(hello(snapshot({ messages: [message(5), message(6), message(7)] })));
    expect(room.unread.value).toBe(2);
    room.see();
    expect(room.unread.value).toBe(0);
  });

  it('opens its events anew after joining, leaving, and in another role', () => {
    room.enter(snapshot());
    expect(reconnect).toHaveBeenCalledTimes(1);
    room.onEvent({ type: 'participant', data: { participant: person('ada', { role: 'host' }) } });
    expect(reconnect).toHaveBeenCalledTimes(2);
    room.onEvent({ type: 'participant', data: { participant: person('bob', { role: 'host' }) } });
    expect(reconnect).toHaveBeenCalledTimes(2);
    room.enter(null);
    expect(reconnect).toHaveBeenCalledTimes(3);
    expect(room.model.value.room).toBeNull();
  });
});
