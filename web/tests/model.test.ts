import { describe, expect, it } from 'vitest';
import type { Hello, Playing, Track } from '../src/api';
import { isOtherRun, liveEdge, progressAt, reduce, UNKNOWN_SESSION, viewAt, type SessionModel } from '../src/state/model';

const RATE = 48_000;

function track(id: number): Track {
  return { id, title: `T${id}`, artist: '', album: '', durationS: 100, artUrl: null, bpm: null, key: null, genre: null, year: null };
}

function playing(id: number, startS: number): Playing {
  return { track: track(id), startSample: startS * RATE, endSample: (startS + 100) * RATE, sourceStartSample: 0 };
}

function hello(change: Partial<Hello> = {}): Hello {
  return {
    session: { id: 'master', type: 'master', name: 'master' },
    server: { version: '1', startedAt: 'monday' },
    sampleRate: RATE,
    position: 10 * RATE,
    state: 'playing',
    nowPlaying: playing(1, 0),
    next: track(2),
    listeners: 3,
    library: { tracks: 9, problems: 0, scanning: null, demo: false },
    streams: [],
    burstS: 3,
    ...change,
  };
}

function opened(change: Partial<Hello> = {}): SessionModel {
  return reduce(UNKNOWN_SESSION, { type: 'hello', data: hello(change) }, 1000);
}

describe('viewAt', () => {
  it('keeps a started track as next until the heard position reaches it', () => {
    const model = reduce(opened(), { type: 'track-started', data: { playing: playing(2, 90) } }, 2000);
    expect(viewAt(model, 90 * RATE - 1)).toMatchObject({ playing: { track: { id: 1 } }, next: { id: 2 } });
    expect(viewAt(model, 90 * RATE)).toMatchObject({ playing: { track: { id: 2 } }, next: null });
  });

  it('keeps a plan that was made for after the track that starts', () => {
    let model = reduce(opened(), { type: 'next-planned', data: { next: track(3), atSample: 180 * RATE } }, 2000);
    model = reduce(model, { type: 'track-started', data: { playing: playing(2, 90) } }, 2000);
    expect(viewAt(model, 91 * RATE).next?.id).toBe(3);
  });

  it('shows the first known track when what is heard began before it', () => {
    expect(viewAt(opened({ nowPlaying: playing(1, 9) }), 8 * RATE).playing?.track.id).toBe(1);
  });

  it('shows nothing when nothing is known', () => {
    expect(viewAt(UNKNOWN_SESSION, 0)).toEqual({ playing: null, next: null, mixingFrom: null });
  });

  it('names the outgoing track exactly while the transition is heard', () => {
    let model = reduce(opened(), { type: 'track-started', data: { playing: playing(2, 90) } }, 2000);
    const transition = { kind: 'skip', from: 1, to: 2, startSample: 90 * RATE, lengthSamples: 3 * RATE } as const;
    model = reduce(model, { type: 'transition', data: transition }, 2000);
    expect(viewAt(model, 90 * RATE - 1).mixingFrom).toBeNull();
    expect(viewAt(model, 91 * RATE).mixingFrom?.id).toBe(1);
    expect(viewAt(model, 93 * RATE).mixingFrom).toBeNull();
  });
});

describe('reduce', () => {
  it('replaces outdated starts when the timeline is rewritten', () => {
    let model = reduce(opened(), { type: 'track-started', data: { playing: playing(2, 90) } }, 2000);
    model = reduce(model, { type: 'track-started', data: { playing: playing(3, 50) } }, 2000);
    expect(model.queue.map(({ track: { id } }) => id)).toEqual([1, 3]);
  });

  it('keeps what is still being heard over a reconnect', () => {
    const model = reduce(opened(), { type: 'hello', data: hello({ nowPlaying: playing(2, 90) }) }, 2000);
    expect(model.queue.map(({ track: { id } }) => id)).toEqual([1, 2]);
  });

  it('forgets the timeline of another server run', () => {
    const restarted = hello({ server: { version: '1', startedAt: 'tuesday' }, nowPlaying: playing(7, 200) });
    expect(isOtherRun(opened(), restarted)).toBe(true);
    expect(reduce(opened(), { type: 'hello', data: restarted }, 2000).queue.map(({ track: { id } }) => id)).toEqual([7]);
  });

  it('bounds the queue', () => {
    let model = opened();
    for (let id = 2; id < 30; id++) model = reduce(model, { type: 'track-started', data: { playing: playing(id, id * 100) } }, 0);
    expect(model.queue).toHaveLength(8);
    expect(model.queue.at(-1)?.track.id).toBe(29);
  });
});

describe('positions', () => {
  it('moves the live edge with time while playing, and holds it while idle', () => {
    expect(liveEdge(opened(), 3000)).toBe(12 * RATE);
    expect(liveEdge(opened({ state: 'idle' }), 3000)).toBe(10 * RATE);
  });

  it('counts from where the track was entered', () => {
    const entered = { ...playing(1, 10), sourceStartSample: 20 * RATE, endSample: 90 * RATE };
    expect(progressAt(entered, 30 * RATE, RATE)).toEqual({ fraction: 0.4, elapsedS: 40, remainingS: 60 });
  });

  it('holds at the ends', () => {
    expect(progressAt(playing(1, 10), 0, RATE).fraction).toBe(0);
    expect(progressAt(playing(1, 10), 999 * RATE, RATE)).toMatchObject({ fraction: 1, remainingS: 0 });
  });
});
