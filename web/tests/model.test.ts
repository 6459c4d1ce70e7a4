import { describe, expect, it } from 'vitest';
import type { Choice, Hello, LiveEventMap, Playing, Track, Transition } from '../src/api';
import {
  assume,
  heldDirection,
  isOtherRun,
  liveEdge,
  plannedNext,
  progressAt,
  reduce,
  settle,
  UNKNOWN_SESSION,
  viewAt,
  type Assumed,
  type SessionModel,
} from '../src/state/model';

const RATE = 48_000;

function track(id: number): Track {
  return { id, title: `T${id}`, artist: '', album: '', durationS: 100, artUrl: null, bpm: null, key: null, genre: null, year: null };
}

function playing(id: number, startS: number): Playing {
  return { track: track(id), by: 'autopilot', direction: null, why: null, startSample: startS * RATE, endSample: (startS + 100) * RATE, sourceStartSample: 0 };
}

function hello(change: Partial<Hello> = {}): Hello {
  return {
    session: { id: 'master', uid: 'm1', type: 'master', name: 'master', followingSession: null, allowCommands: true },
    server: { version: '1', startedAt: 'monday' },
    sampleRate: RATE,
    position: 10 * RATE,
    state: 'playing',
    pausedAt: null,
    nowPlaying: playing(1, 0),
    held: null,
    direction: null,
    next: track(2),
    by: 'autopilot',
    why: null,
    listeners: 3,
    library: { tracks: 9, analysed: 9, problems: 0, scanning: null, demo: false },
    streams: [],
    burstS: 3,
    access: { mode: 'open' },
    room: null,
    ...change,
  };
}

function opened(change: Partial<Hello> = {}): SessionModel {
  return reduce(UNKNOWN_SESSION, { type: 'hello', data: hello(change) }, 1000);
}

function planned(model: SessionModel, id: number, by: Choice['by'] = 'autopilot', direction: string | null = null): SessionModel {
  const data: LiveEventMap['next-planned'] = { next: track(id), by, direction, why: null, atSample: 180 * RATE };
  return reduce(model, { type: 'next-planned', data }, 2000);
}

function transition(kind: Transition['kind'], lengthS: number): Transition {
  return { kind, reason: '', stretch: 1, bassSwap: false, from: 1, to: 2, startSample: 90 * RATE, lengthSamples: lengthS * RATE };
}

describe('viewAt', () => {
  it('keeps a started track as next until the heard position reaches it', () => {
    const model = reduce(opened(), { type: 'track-started', data: { playing: playing(2, 90) } }, 2000);
    expect(viewAt(model, 90 * RATE - 1)).toMatchObject({ playing: { track: { id: 1 } }, next: { track: { id: 2 } }, then: null });
    expect(viewAt(model, 90 * RATE)).toMatchObject({ playing: { track: { id: 2 } }, next: null });
  });

  it('tells what follows a track that has begun but is not heard yet', () => {
    let model = reduce(opened(), { type: 'track-started', data: { playing: playing(2, 90) } }, 2000);
    model = planned(model, 3, 'direction', 'faster');
    expect(viewAt(model, 80 * RATE)).toMatchObject({ next: { track: { id: 2 } }, then: { track: { id: 3 }, direction: 'faster' } });
    expect(viewAt(model, 91 * RATE)).toMatchObject({ next: { track: { id: 3 } }, then: null });
  });

  it('keeps a plan that was made for after the track that starts', () => {
    let model = planned(opened(), 3);
    model = reduce(model, { type: 'track-started', data: { playing: playing(2, 90) } }, 2000);
    expect(viewAt(model, 91 * RATE).next?.track.id).toBe(3);
  });

  it('shows the first known track when what is heard began before it', () => {
    expect(viewAt(opened({ nowPlaying: playing(1, 9) }), 8 * RATE).playing?.track.id).toBe(1);
  });

  it('shows nothing when nothing is known', () => {
    expect(viewAt(UNKNOWN_SESSION, 0)).toEqual({ playing: null, next: null, then: null, mixingFrom: null, transition: null });
  });

  it('names the outgoing track exactly while the transition is heard', () => {
    let model = reduce(opened(), { type: 'track-started', data: { playing: playing(2, 90) } }, 2000);
    model = reduce(model, { type: 'transition', data: transition('beatmatch', 3) }, 2000);
    expect(viewAt(model, 90 * RATE - 1).mixingFrom).toBeNull();
    expect(viewAt(model, 91 * RATE)).toMatchObject({ mixingFrom: { id: 1 }, transition: { kind: 'beatmatch' } });
    expect(viewAt(model, 93 * RATE)).toMatchObject({ mixingFrom: null, transition: null });
  });

  it('tells of a joint without length for a moment', () => {
    let model = reduce(opened(), { type: 'track-started', data: { playing: playing(2, 90) } }, 2000);
    model = reduce(model, { type: 'transition', data: transition('gapless', 0) }, 2000);
    expect(viewAt(model, 92 * RATE).transition?.kind).toBe('gapless');
    expect(viewAt(model, 97 * RATE).transition).toBeNull();
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

  it('forgets the timeline of a session that was deleted and made again', () => {
    const { session } = hello();
    expect(isOtherRun(opened(), hello())).toBe(false);
    expect(isOtherRun(opened(), hello({ session: { ...session, uid: 'm2' } }))).toBe(true);
    expect(isOtherRun(reduce(opened(), { type: 'session-ended', data: { reason: 'deleted' } }, 0), hello())).toBe(true);
  });

  it('knows another timeline by a live edge that falls back, as when a followed session was made again unseen', () => {
    expect(isOtherRun(opened(), hello({ position: 9 * RATE }))).toBe(false);
    expect(isOtherRun(opened(), hello({ position: 7 * RATE }))).toBe(true);
  });

  it('shows nothing of a session that has ended, and why', () => {
    const model = reduce(opened(), { type: 'session-ended', data: { reason: 'deleted' } }, 2000);
    expect(model.ended).toBe('deleted');
    expect(viewAt(model, 10 * RATE)).toMatchObject({ playing: null, next: null });
  });

  it('gives the session its new name, and a follower that of the session it follows', () => {
    const renamed = { type: 'renamed', data: { name: 'Kitchen' } } as const;
    expect(reduce(opened(), renamed, 0).info?.session.name).toBe('Kitchen');
    const session = { ...hello().session, type: 'follower', name: 'tv', followingSession: 'kitchen' } as const;
    const follower = reduce(opened({ session }), renamed, 0);
    expect(follower.info?.session.name).toBe('tv');
    expect(follower.followedName).toBe('Kitchen');
  });

  it('bounds the queue', () => {
    let model = opened();
    for (let id = 2; id < 30; id++) model = reduce(model, { type: 'track-started', data: { playing: playing(id, id * 100) } }, 0);
    expect(model.queue).toHaveLength(8);
    expect(model.queue.at(-1)?.track.id).toBe(29);
  });
});

describe('steering', () => {
  const guess: Choice = { track: track(7), by: 'direction', direction: 'brighter', why: null };
  const pushed: Assumed = { direction: 'brighter', next: guess };

  it('shows a push at once, before the server has answered', () => {
    const model = assume(opened(), pushed);
    expect(heldDirection(model)).toBe('brighter');
    expect(viewAt(model, 10 * RATE).next).toBe(guess);
    expect(heldDirection(opened())).toBeNull();
  });

  it('takes the answer for the truth', () => {
    const truth: Assumed = { direction: 'brighter', next: { ...guess, track: track(8) } };
    const model = settle(assume(opened(), pushed), pushed, truth);
    expect(model.assumed).toBeNull();
    expect(plannedNext(model)?.track.id).toBe(8);
    expect(heldDirection(model)).toBe('brighter');
  });

  it('goes back to what was when the server refuses', () => {
    const model = settle(assume(opened(), pushed), pushed, null);
    expect(heldDirection(model)).toBeNull();
    expect(plannedNext(model)?.track.id).toBe(2);
  });

  it('ignores the answer to a push that another one has followed', () => {
    const later: Assumed = { direction: 'calmer', next: null };
    const model = assume(assume(opened(), pushed), later);
    expect(settle(model, pushed, pushed)).toBe(model);
    expect(heldDirection(settle(model, pushed, null))).toBe('calmer');
  });

  it('is corrected by the plan that comes of the push, and by no other', () => {
    const model = assume(opened(), pushed);
    expect(plannedNext(planned(model, 5, 'direction', 'calmer'))).toBe(guess);
    expect(plannedNext(planned(model, 6, 'direction', 'brighter'))?.track.id).toBe(6);
  });

  it('knows what comes of letting go, and of a request', () => {
    const letGo = assume(opened({ held: 'brighter' }), { direction: null, next: null });
    expect(viewAt(letGo, 10 * RATE).next).toBeNull();
    expect(plannedNext(planned(letGo, 6, 'autopilot', 'busier'))?.track.id).toBe(6);
    const asked = assume(opened({ held: 'brighter' }), { direction: 'brighter', next: { ...guess, by: 'request', direction: null } });
    expect(plannedNext(planned(asked, 6, 'direction', 'brighter'))?.track.id).toBe(7);
    expect(planned(asked, 7, 'request').assumed).toBeNull();
  });

  it('follows what others push', () => {
    const model = reduce(opened(), { type: 'direction-changed', data: { held: 'darker' } }, 2000);
    expect(heldDirection(model)).toBe('darker');
    expect(heldDirection(reduce(model, { type: 'hello', data: hello() }, 3000))).toBeNull();
  });

  it('forgets a guess that has begun to play', () => {
    const model = reduce(assume(opened(), pushed), { type: 'track-started', data: { playing: playing(7, 90) } }, 2000);
    expect(viewAt(model, 10 * RATE)).toMatchObject({ next: { track: { id: 7 } }, then: { track: { id: 2 } } });
  });

  it('does not take a held direction for the reason of a track that was asked for', () => {
    expect(plannedNext(opened({ held: 'darker', by: 'request' }))?.direction).toBeNull();
    expect(plannedNext(opened({ held: null, by: 'autopilot', direction: 'busier' }))?.direction).toBe('busier');
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

  it('stands where a pause has stopped the track, also for those who hear the silence after it went on', () => {
    let model = opened({ nowPlaying: playing(1, 0) });
    model = reduce(model, { type: 'state-changed', data: { state: 'paused', pausedAt: 20 * RATE } }, 2000);
    expect(model.state).toBe('paused');
    expect(progressAt(playing(1, 0), 15 * RATE, RATE, model.heldAt).elapsedS).toBe(15);
    expect(progressAt(playing(1, 0), 50 * RATE, RATE, model.heldAt).elapsedS).toBe(20);
    model = reduce(model, { type: 'state-changed', data: { state: 'playing', pausedAt: null } }, 3000);
    expect(progressAt(playing(1, 0), 50 * RATE, RATE, model.heldAt).elapsedS).toBe(20);
    const again = { ...playing(1, 60), sourceStartSample: 20 * RATE };
    expect(progressAt(again, 61 * RATE, RATE, model.heldAt).elapsedS).toBe(21);
  });

  it('is told by a snapshot where a pause has stopped the track', () => {
    expect(opened({ state: 'paused', pausedAt: 5 * RATE }).heldAt).toBe(5 * RATE);
  });

  it('holds at the ends', () => {
    expect(progressAt(playing(1, 10), 0, RATE).fraction).toBe(0);
    expect(progressAt(playing(1, 10), 999 * RATE, RATE)).toMatchObject({ fraction: 1, remainingS: 0 });
  });
});
