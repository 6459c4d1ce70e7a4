import { signal } from '@preact/signals';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Hello, Identity, SessionView } from '../src/api';
import { UNKNOWN_SESSION, type SessionModel } from '../src/state/model';
import { afterAnswer, MISSING_AFTER_MS, Presence, readOnlyWords } from '../src/state/presence';
import { kindWords, stateWords } from '../src/state/sessions';

const NAMED: Identity = { id: 'kitchen', uid: 'k1', type: 'named', name: 'Kitchen', followingSession: null, allowCommands: true };
const FOLLOWER: Identity = { id: 'tv', uid: 't1', type: 'follower', name: 'tv', followingSession: 'kitchen', allowCommands: false };

function view(session: Identity, state: SessionView['state']): SessionView & { created: string } {
  const { id, ...rest } = session;
  return { sessionId: id, ...rest, state, listeners: 0, nowPlaying: null, held: null, created: '' };
}

describe('afterAnswer', () => {
  it('takes the first 404 of a page for the truth, and of one that was open only one that lasts', () => {
    expect(afterAnswer('unknown', null, 0)).toBe('missing');
    expect(afterAnswer('here', null, 0)).toBe('here');
    expect(afterAnswer('here', null, MISSING_AFTER_MS)).toBe('missing');
    expect(afterAnswer('waiting', null, MISSING_AFTER_MS)).toBe('missing');
  });

  it('remembers that the session has ended', () => {
    expect(afterAnswer('ended', null, MISSING_AFTER_MS)).toBe('ended');
  });

  it('believes a follower that waits', () => {
    expect(afterAnswer('unknown', 'waiting', 0)).toBe('waiting');
    expect(afterAnswer('here', 'playing', 0)).toBe('here');
  });
});

describe('readOnlyWords', () => {
  it('explains followers, and only them', () => {
    expect(readOnlyWords(NAMED, null)).toBeNull();
    expect(readOnlyWords(null, null)).toBeNull();
    expect(readOnlyWords(FOLLOWER, null)).toBe('You are following kitchen: only its own page can steer.');
    expect(readOnlyWords(FOLLOWER, 'The Kitchen')).toContain('following The Kitchen:');
  });
});

describe('Presence', () => {
  const model = signal<SessionModel>(UNKNOWN_SESSION);
  const answer = vi.fn<() => Response>();
  let presence: Presence;

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['performance'] });
    vi.stubGlobal('fetch', (path: string) => Promise.resolve(path.startsWith('/api/session/info') ? Response.json(view(NAMED, 'playing')) : answer()));
    model.value = UNKNOWN_SESSION;
    presence = new Presence('tv', model, () => null);
  });

  afterEach(() => {
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });

  function greet(session: Identity): void {
    const hello = { session } as Hello;
    model.value = { ...model.value, info: { ...hello } };
    presence.onEvent({ type: 'hello', data: hello });
  }

  const listed = (...sessions: SessionView[]) => () => Response.json({ sessions });
  const missing = listed(view(NAMED, 'playing'));

  it('is not gone while a server starts anew', async () => {
    greet(FOLLOWER);
    answer.mockImplementation(missing);
    await presence.onRefused();
    expect(presence.whereabouts.value).toBe('here');
    answer.mockImplementation(() => new Response('', { status: 503 }));
    vi.advanceTimersByTime(MISSING_AFTER_MS);
    await presence.onRefused();
    answer.mockImplementation(missing);
    await presence.onRefused();
    expect(presence.whereabouts.value).toBe('here');
    vi.advanceTimersByTime(MISSING_AFTER_MS);
    await presence.onRefused();
    expect(presence.whereabouts.value).toBe('missing');
    greet(NAMED);
    expect(presence.whereabouts.value).toBe('here');
  });

  it('knows who waits before any event', async () => {
    answer.mockImplementation(listed(view(FOLLOWER, 'waiting')));
    await presence.onRefused();
    expect(presence.whereabouts.value).toBe('waiting');
    expect(presence.session.value).toMatchObject({ id: 'tv', followingSession: 'kitchen' });
    expect(presence.readOnly.value).toContain('kitchen');
  });

  it('lets a follower wait, and others end', () => {
    greet(FOLLOWER);
    presence.onEvent({ type: 'session-ended', data: { reason: 'deleted' } });
    expect(presence.whereabouts.value).toBe('waiting');
    greet(NAMED);
    presence.onEvent({ type: 'session-ended', data: { reason: 'deleted' } });
    expect(presence.whereabouts.value).toBe('ended');
  });
});

describe('sessions in words', () => {
  it('says what they are and do', () => {
    expect(kindWords(view(FOLLOWER, 'waiting'))).toBe('following kitchen');
    expect(stateWords(view(FOLLOWER, 'waiting'))).toBe('waiting for kitchen');
    expect(stateWords(view(NAMED, 'paused'))).toBe('paused');
  });
});
