import { describe, expect, it } from 'vitest';
import { describeConnection, type ConnectionInputs } from '../src/state/connection';

const GOOD: ConnectionInputs = {
  online: true,
  link: 'open',
  player: { kind: 'playing' },
  session: 'playing',
  library: { tracks: 28, analysed: 0, problems: 0, scanning: null, demo: false },
  whereabouts: 'here',
  followed: null,
  nowMs: 0,
};

function label(change: Partial<ConnectionInputs>): string {
  return describeConnection({ ...GOOD, ...change }).label;
}

describe('describeConnection', () => {
  it('says live when all is well, listening or not', () => {
    expect(label({})).toBe('live');
    expect(label({ player: { kind: 'stopped' } })).toBe('live');
  });

  it('counts down to the next attempt', () => {
    const player = { kind: 'waiting', reason: 'lost', retryAtMs: 2400 } as const;
    expect(label({ player })).toBe('reconnecting in 3 s');
    expect(label({ player, nowMs: 2500 })).toBe('reconnecting');
  });

  it('blames the network only when something failed', () => {
    expect(label({ online: false })).toBe('live');
    expect(label({ online: false, link: 'lost' })).toBe('offline');
  });

  it('tells whether there is a session at all', () => {
    expect(label({ whereabouts: 'ended', online: false })).toBe('session ended');
    expect(label({ whereabouts: 'missing' })).toBe('no such session');
  });

  it('says what a follower waits for, unless the server itself cannot be reached', () => {
    const player = { kind: 'waiting', reason: 'lost', retryAtMs: 2400 } as const;
    expect(label({ whereabouts: 'waiting', followed: 'kitchen', link: 'lost', player })).toBe('waiting for kitchen');
    expect(label({ whereabouts: 'waiting', followed: 'kitchen', link: 'lost', online: false })).toBe('offline');
  });

  it('says plainly that the session is paused', () => {
    expect(label({ session: 'paused' })).toBe('paused');
    expect(label({ session: 'paused', link: 'lost' })).toBe('reconnecting');
  });

  it('tells how far the library is', () => {
    const scanning = { tracks: 7, analysed: 0, problems: 0, scanning: { done: 7, total: 28, etaS: null }, demo: false };
    expect(label({ session: 'preparing', library: scanning })).toBe('preparing library 7/28');
    expect(label({ session: 'preparing', library: { ...scanning, scanning: { done: 7, total: null, etaS: null } } })).toBe('preparing library 7');
  });

  it('tells an empty library from one being prepared', () => {
    expect(label({ session: 'preparing', library: { tracks: 0, analysed: 0, problems: 0, scanning: null, demo: false } })).toBe('no music yet');
  });
});
