import { signal, type Signal } from '@preact/signals';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LiveEvent, Opening, Track } from '../src/api';
import { Scope } from '../src/scope';
import { UNKNOWN_SESSION, type SessionModel } from '../src/state/model';
import { Search } from '../src/state/search';
import { Steering } from '../src/state/steering';

function track(id: string): Track {
  return { id, title: id, artist: '', album: '', durationS: 1, artUrl: null, bpm: null, key: null, genre: null, year: null };
}

function opening(direction: string, opposite: string, id: string): Opening {
  const why = { moved: 1, kept: 0, deltas: { brightness: direction === 'brighter' ? 1 : -1 }, relaxed: null };
  return { direction, label: `The ${direction}`, dimension: 'brightness', domain: 'spectral', opposite, candidates: [{ track: track(id), why }] };
}

const EXPLORED = { from: track('a'), held: null, openings: [opening('brighter', 'darker', 'b'), opening('darker', 'brighter', 'd')] };
const STARTED: LiveEvent = {
  type: 'track-started',
  data: { playing: { track: track('a'), by: 'chance', direction: null, why: null, startSample: 0, endSample: 9, sourceStartSample: 0 } },
};

/** A server whose answers wait until the test gives them. */
class Server {
  readonly asked: { path: string; body: unknown; aborted: () => boolean }[] = [];
  readonly #answers: ((response: Response) => void)[] = [];

  readonly fetch = (path: string, { body, signal }: { body?: string; signal?: AbortSignal }): Promise<Response> => {
    this.asked.push({ path, body: body === undefined ? null : JSON.parse(body), aborted: () => signal?.aborted === true });
    return new Promise((resolve, reject) => {
      this.#answers.push(resolve);
      signal?.addEventListener('abort', () => reject(new DOMException('', 'AbortError')));
    });
  };

  async answer(which: number, body: unknown, status = 200): Promise<void> {
    this.#answers[which]?.(new Response(JSON.stringify(body), { status }));
    await vi.advanceTimersByTimeAsync(0);
  }
}

let scope: Scope;
let server: Server;
let page: EventTarget & { hidden?: boolean };

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  scope = new Scope();
  server = new Server();
  page = new EventTarget();
  vi.stubGlobal('document', page);
  vi.stubGlobal('fetch', server.fetch);
});

afterEach(() => {
  scope.dispose();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe('Steering', () => {
  let model: Signal<SessionModel>;
  let steering: Steering;
  let said: string[];
  let allowed: boolean;

  beforeEach(() => {
    model = signal(UNKNOWN_SESSION);
    said = [];
    allowed = true;
    steering = new Steering(scope, {
      sessionId: 'master',
      model,
      allowed: () => allowed,
      say: (message) => said.push(message),
      onCommand: () => undefined,
    });
  });

  async function explored(): Promise<void> {
    steering.onEvent(STARTED, UNKNOWN_SESSION);
    await vi.advanceTimersByTimeAsync(300);
    await server.answer(0, EXPLORED);
  }

  it('gives no command where none is allowed', async () => {
    await explored();
    const asked = server.asked.length;
    allowed = false;
    steering.cycle(0);
    steering.toggle('faster');
    expect(server.asked).toHaveLength(asked);
    expect(model.value.assumed).toBeNull();
  });

  it('asks once for a bunch of events, and never by itself', async () => {
    steering.onEvent(STARTED, UNKNOWN_SESSION);
    steering.onEvent(STARTED, UNKNOWN_SESSION);
    await vi.advanceTimersByTimeAsync(300);
    expect(server.asked.map(({ path }) => path)).toEqual(['/session/master/explore']);
    await server.answer(0, EXPLORED);
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(server.asked).toHaveLength(1);
    expect(steering.state.value).toBe('open');
    expect(steering.from.value?.id).toBe('a');
    expect(steering.label('brighter')).toBe('The brighter');
  });

  it('waits while the page is hidden', async () => {
    page.hidden = true;
    await vi.advanceTimersByTimeAsync(1);
    steering.onEvent(STARTED, UNKNOWN_SESSION);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(server.asked).toHaveLength(0);
    page.hidden = false;
    page.dispatchEvent(new Event('visibilitychange'));
    expect(server.asked).toHaveLength(1);
  });

  it('gives up the question that a newer one replaces', async () => {
    await explored();
    steering.onEvent(STARTED, UNKNOWN_SESSION);
    await vi.advanceTimersByTimeAsync(300);
    steering.onEvent(STARTED, UNKNOWN_SESSION);
    await vi.advanceTimersByTimeAsync(300);
    expect(server.asked[1]?.aborted()).toBe(true);
    expect(steering.state.value).toBe('open');
  });

  it('is closed while nothing can be explored', async () => {
    steering.onEvent(STARTED, UNKNOWN_SESSION);
    await vi.advanceTimersByTimeAsync(300);
    await server.answer(0, { error: { code: 'not-ready', message: 'Nothing is playing.' } }, 503);
    expect(steering.state.value).toBe('closed');
    expect(said).toEqual([]);
  });

  it('holds a direction at once, with the track that it should lead to, and takes the answer', async () => {
    await explored();
    steering.toggle('brighter');
    expect(steering.held.value).toBe('brighter');
    expect(steering.heading.value).toBe(1);
    expect(steering.planned.value).toMatchObject({ track: { id: 'b' }, by: 'direction', direction: 'brighter' });
    expect(server.asked[1]).toMatchObject({ path: '/session/master/direction', body: { direction: 'brighter' } });
    await server.answer(1, { held: 'brighter', next: track('c'), by: 'direction', direction: 'brighter', why: null });
    expect(steering.planned.value?.track.id).toBe('c');
    steering.toggle('brighter');
    expect(server.asked[2]?.body).toEqual({ direction: null });
    expect(steering.held.value).toBeNull();
  });

  it('goes back and says so when it is refused', async () => {
    await explored();
    steering.toggle('darker');
    await server.answer(1, { error: { code: 'invalid', message: 'There is no such direction.' } }, 422);
    expect(steering.held.value).toBeNull();
    expect(said).toEqual(['There is no such direction.']);
  });

  it('counts the last of several pushes, whatever is answered last', async () => {
    await explored();
    steering.toggle('darker');
    steering.toggle('brighter');
    await server.answer(2, { held: 'brighter', next: track('c'), by: 'direction', direction: 'brighter', why: null });
    await server.answer(1, { held: 'darker', next: track('d'), by: 'direction', direction: 'darker', why: null });
    expect(steering.held.value).toBe('brighter');
    expect(steering.planned.value?.track.id).toBe('c');
  });

  it('plays a track next and keeps the direction', async () => {
    await explored();
    steering.toggle('brighter');
    const playing = steering.play(track('z'), 'next');
    expect(steering.planned.value).toMatchObject({ track: { id: 'z' }, by: 'request' });
    await server.answer(2, { next: track('z'), by: 'request', direction: null, why: null });
    expect(await playing).toBe(true);
    expect(steering.held.value).toBe('brighter');
  });
});

describe('Search', () => {
  it('asks when the typing pauses and gives up what it asked before', async () => {
    const search = new Search(scope);
    search.type('a');
    search.type('ab');
    await vi.advanceTimersByTimeAsync(200);
    expect(server.asked.map(({ path }) => path)).toEqual(['/api/library/tracks?q=ab&limit=40']);
    search.type('abc ');
    await vi.advanceTimersByTimeAsync(200);
    expect(server.asked[0]?.aborted()).toBe(true);
    expect(search.busy.value).toBe(true);
    await server.answer(1, { total: 1, tracks: [track('x')] });
    expect(search.results.value).toMatchObject({ query: 'abc', total: 1 });
    expect(search.busy.value).toBe(false);
    search.type('abc');
    await vi.advanceTimersByTimeAsync(200);
    expect(server.asked).toHaveLength(2);
  });

  it('begins with what sounds like the music that is on', async () => {
    const search = new Search(scope);
    search.open(track('a'));
    expect(server.asked[0]?.path).toBe('/api/library/tracks/a/similar?limit=8');
    await server.answer(0, { similar: [{ track: track('n'), distance: 1 }] });
    expect(search.results.value?.tracks.map(({ id }) => id)).toEqual(['n']);
  });

  it('tells of trouble', async () => {
    const search = new Search(scope);
    search.type('a');
    await vi.advanceTimersByTimeAsync(200);
    await server.answer(0, { error: { code: 'internal', message: 'Out of order.' } }, 500);
    expect(search.trouble.value).toBe('Out of order.');
  });
});
