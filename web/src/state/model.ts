import type { Hello, Library, LiveEvent, Playing, SessionState, StreamInfo, Track, Transition } from '../api';

/**
 * What the page knows about the session: plain data, changed only by `reduce`.
 *
 * Events describe the live edge; a listener hears it seconds later. So started tracks are queued, and `viewAt`
 * answers for whatever position is being heard.
 */
export interface SessionModel {
  /** Null until the first `hello`. */
  readonly info: Pick<Hello, 'session' | 'server' | 'sampleRate' | 'burstS'> | null;
  readonly streams: readonly StreamInfo[];
  readonly library: Library | null;
  readonly listeners: number;
  readonly state: SessionState;
  /** Started tracks by `startSample`; at most `QUEUE_LIMIT`, the oldest are dropped. */
  readonly queue: readonly Playing[];
  readonly planned: Track | null;
  readonly transition: Transition | null;
  /** The live edge was at `sample` at `atMs`; it moves while the session plays. */
  readonly edge: { readonly sample: number; readonly atMs: number };
  /** Why the session ended, or null. */
  readonly ended: string | null;
}

export interface View {
  readonly playing: Playing | null;
  readonly next: Track | null;
  /** Set while a transition is being heard. */
  readonly mixingFrom: Track | null;
}

export interface Progress {
  /** 0..1 */
  readonly fraction: number;
  readonly elapsedS: number;
  readonly remainingS: number;
}

const QUEUE_LIMIT = 8;
const SAMPLE_RATE = 48_000;

export const UNKNOWN_SESSION: SessionModel = {
  info: null,
  streams: [],
  library: null,
  listeners: 0,
  state: 'idle',
  queue: [],
  planned: null,
  transition: null,
  edge: { sample: 0, atMs: 0 },
  ended: null,
};

/** The model after `event`, which arrived at `nowMs`. */
export function reduce(model: SessionModel, event: LiveEvent, nowMs: number): SessionModel {
  switch (event.type) {
    case 'hello':
      return afterHello(model, event.data, nowMs);
    case 'track-started':
      return afterStart(model, event.data.playing);
    case 'next-planned':
      return { ...model, planned: event.data.next };
    case 'transition':
      return { ...model, transition: event.data };
    case 'listeners':
      return { ...model, listeners: event.data.count };
    case 'library':
      return { ...model, library: event.data };
    case 'heartbeat':
      return { ...model, state: event.data.state, edge: { sample: event.data.position, atMs: nowMs } };
    case 'session-ended':
      return { ...model, ended: event.data.reason };
  }
}

/** Whether `hello` comes from another run of the server than the model's: positions do not carry over. */
export function isOtherRun(model: SessionModel, hello: Hello): boolean {
  return model.info !== null && model.info.server.startedAt !== hello.server.startedAt;
}

/** Where the live edge is now, in samples. */
export function liveEdge(model: SessionModel, nowMs: number): number {
  const { sample, atMs } = model.edge;
  return model.state === 'playing' ? sample + ((nowMs - atMs) / 1000) * sampleRate(model) : sample;
}

export function sampleRate(model: SessionModel): number {
  return model.info?.sampleRate ?? SAMPLE_RATE;
}

/** What is on at `heard` (a sample), and what comes after it. */
export function viewAt(model: SessionModel, heard: number): View {
  const { queue } = model;
  let index = queue.findLastIndex((playing) => playing.startSample <= heard);
  // What is heard before the first known start is unknown: show the first known track instead of nothing.
  if (index < 0 && queue.length > 0) index = 0;
  const playing = queue[index] ?? null;
  const next = queue[index + 1]?.track ?? model.planned;
  return { playing, next, mixingFrom: mixingFrom(model, index, heard) };
}

/** How far into `playing` the sample `heard` is; before the start and after the end it is held at the ends. */
export function progressAt(playing: Playing, heard: number, rate: number): Progress {
  const length = playing.endSample - playing.startSample;
  const inside = Math.min(length, Math.max(0, heard - playing.startSample));
  const total = playing.sourceStartSample + length;
  const elapsed = playing.sourceStartSample + inside;
  return {
    fraction: total > 0 ? elapsed / total : 0,
    elapsedS: elapsed / rate,
    remainingS: (total - elapsed) / rate,
  };
}

function afterHello(model: SessionModel, hello: Hello, nowMs: number): SessionModel {
  const earlier = isOtherRun(model, hello) ? UNKNOWN_SESSION : model;
  return {
    info: { session: hello.session, server: hello.server, sampleRate: hello.sampleRate, burstS: hello.burstS },
    streams: hello.streams,
    library: hello.library,
    listeners: hello.listeners,
    state: hello.state,
    queue: hello.nowPlaying ? enqueue(earlier.queue, hello.nowPlaying) : [],
    planned: hello.next,
    transition: earlier.transition,
    edge: { sample: hello.position, atMs: nowMs },
    ended: null,
  };
}

function afterStart(model: SessionModel, playing: Playing): SessionModel {
  const planned = model.planned?.id === playing.track.id ? null : model.planned;
  return { ...model, queue: enqueue(model.queue, playing), planned };
}

/** Adds a start; anything known at or after it is outdated. */
function enqueue(queue: readonly Playing[], playing: Playing): Playing[] {
  const before = queue.filter((other) => other.startSample < playing.startSample);
  return [...before, playing].slice(-QUEUE_LIMIT);
}

function mixingFrom({ queue, transition }: SessionModel, index: number, heard: number): Track | null {
  if (!transition || transition.kind === 'cut') return null;
  const sinceStart = heard - transition.startSample;
  if (sinceStart < 0 || sinceStart >= transition.lengthSamples) return null;
  if (queue[index]?.track.id !== transition.to) return null;
  const from = queue[index - 1]?.track;
  return from && from.id === transition.from ? from : null;
}
