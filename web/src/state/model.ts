import type { Choice, Hello, Library, LiveEvent, Planned, Playing, SessionState, StreamInfo, Track, Transition } from '../api';

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
  /** Where the latest pause has stopped the music; clips that began before stand still from there on. */
  readonly heldAt: number | null;
  /** Started tracks by `startSample`; at most `QUEUE_LIMIT`, the oldest are dropped. */
  readonly queue: readonly Playing[];
  /** What follows the last of the queue. */
  readonly planned: Choice | null;
  /** Where listeners push the music; null: it drifts by itself. */
  readonly direction: string | null;
  /** A command of this page that the server has not answered; shown as if it had happened. */
  readonly assumed: Assumed | null;
  readonly transition: Transition | null;
  /** The live edge was at `sample` at `atMs`; it moves while the session plays. */
  readonly edge: { readonly sample: number; readonly atMs: number };
  /** The name of the session that this one follows, once known. */
  readonly followedName: string | null;
  /** Why the session ended, or null. */
  readonly ended: string | null;
}

export interface Assumed {
  readonly direction: string | null;
  /** A guess; null: not to be guessed. */
  readonly next: Choice | null;
}

export interface View {
  readonly playing: Playing | null;
  readonly next: Choice | null;
  /** What follows `next`, known as soon as that has begun at the live edge. */
  readonly then: Choice | null;
  /** Set while a transition is being heard, and for a moment after a joint without length. */
  readonly mixingFrom: Track | null;
  readonly transition: Transition | null;
}

export interface Progress {
  /** 0..1 */
  readonly fraction: number;
  readonly elapsedS: number;
  readonly remainingS: number;
}

const QUEUE_LIMIT = 8;
const SAMPLE_RATE = 48_000;
/** A joint is told of for so long. */
const JOINT_S = 6;
/** A live edge that falls back further than estimates err belongs to another timeline. */
const BACKWARDS_S = 2;

export const UNKNOWN_SESSION: SessionModel = {
  info: null,
  streams: [],
  library: null,
  listeners: 0,
  state: 'idle',
  heldAt: null,
  queue: [],
  planned: null,
  direction: null,
  assumed: null,
  transition: null,
  edge: { sample: 0, atMs: 0 },
  followedName: null,
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
      return afterPlan(model, event.data);
    case 'direction-changed':
      return { ...model, direction: event.data.held };
    case 'transition':
      return { ...model, transition: event.data };
    case 'listeners':
      return { ...model, listeners: event.data.count };
    case 'library':
      return { ...model, library: event.data };
    case 'heartbeat':
      return { ...model, state: event.data.state, edge: { sample: event.data.position, atMs: nowMs } };
    case 'session-ended':
      return { ...model, ended: event.data.reason, queue: [], planned: null, assumed: null };
    case 'state-changed':
      return { ...model, state: event.data.state, heldAt: event.data.pausedAt ?? model.heldAt, edge: { sample: liveEdge(model, nowMs), atMs: nowMs } };
    case 'renamed':
      return afterRename(model, event.data.name);
    case 'skipped':
    case 'journey-reset':
    case 'participant':
    case 'chat':
    case 'room-settings':
    case 'removed':
      return model;
  }
}

/** The model as it will be if the server does as it is told. */
export function assume(model: SessionModel, assumed: Assumed): SessionModel {
  return { ...model, assumed };
}

/** The model after the answer to the command that led to `assumed`: the truth, or null for a refusal. A later command makes it stale. */
export function settle(model: SessionModel, assumed: Assumed, truth: Assumed | null): SessionModel {
  if (model.assumed !== assumed) return model;
  if (!truth) return { ...model, assumed: null };
  return { ...model, assumed: null, direction: truth.direction, planned: truth.next };
}

/** The direction that is held, as far as anybody here knows. */
export function heldDirection({ assumed, direction }: SessionModel): string | null {
  return assumed ? assumed.direction : direction;
}

/** What is planned after the live edge's track, as far as anybody here knows. */
export function plannedNext({ assumed, planned }: SessionModel): Choice | null {
  return assumed ? assumed.next : planned;
}

/** A planned track with its reason; null for none. */
export function choiceOf({ next, by = 'chance', direction = null, why = null }: Planned): Choice | null {
  return next && { track: next, by, direction, why };
}

/**
 * Whether `hello` tells of another timeline than the model's: positions do not carry over. The server has started anew,
 * or the session (a follower's: the one it follows) has ended and was made again, be it unseen.
 */
export function isOtherRun(model: SessionModel, hello: Hello): boolean {
  if (!model.info) return false;
  const { server, session } = model.info;
  return (
    server.startedAt !== hello.server.startedAt ||
    session.uid !== hello.session.uid ||
    model.ended !== null ||
    hello.position < model.edge.sample - BACKWARDS_S * hello.sampleRate
  );
}

/** Where the live edge is now, in samples. */
export function liveEdge(model: SessionModel, nowMs: number): number {
  const { sample, atMs } = model.edge;
  const moves = model.state === 'playing' || model.state === 'paused';
  return moves ? sample + ((nowMs - atMs) / 1000) * sampleRate(model) : sample;
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
  const started = queue[index + 1];
  const planned = queue[index + 2] ?? plannedNext(model);
  const from = mixingFrom(model, index, heard);
  return {
    playing,
    next: started ?? planned,
    then: started ? planned : null,
    mixingFrom: from,
    transition: from && model.transition,
  };
}

/**
 * How far into `playing` the sample `heard` is; before the start and after the end it is held at the ends, and it stands
 * still where a pause has stopped it (`heldAt`).
 */
export function progressAt(playing: Playing, heard: number, rate: number, heldAt: number | null = null): Progress {
  const length = playing.endSample - playing.startSample;
  const stops = heldAt !== null && heldAt >= playing.startSample ? heldAt : Infinity;
  const inside = Math.min(length, Math.max(0, Math.min(heard, stops) - playing.startSample));
  const total = playing.sourceStartSample + length;
  const elapsed = playing.sourceStartSample + inside;
  return progressOf(total > 0 ? elapsed / total : 0, total / rate);
}

export function progressOf(fraction: number, totalS: number): Progress {
  return { fraction, elapsedS: fraction * totalS, remainingS: (1 - fraction) * totalS };
}

function afterHello(model: SessionModel, hello: Hello, nowMs: number): SessionModel {
  const earlier = isOtherRun(model, hello) ? UNKNOWN_SESSION : model;
  return {
    info: { session: hello.session, server: hello.server, sampleRate: hello.sampleRate, burstS: hello.burstS },
    streams: hello.streams,
    library: hello.library,
    listeners: hello.listeners,
    state: hello.state,
    heldAt: hello.pausedAt ?? earlier.heldAt,
    queue: hello.nowPlaying ? enqueue(earlier.queue, hello.nowPlaying) : [],
    planned: choiceOf(hello),
    direction: hello.held,
    assumed: null,
    transition: earlier.transition,
    edge: { sample: hello.position, atMs: nowMs },
    followedName: model.followedName,
    ended: null,
  };
}

/** Followers keep their own name: it is the followed session that has another one. */
function afterRename(model: SessionModel, name: string): SessionModel {
  const { info } = model;
  if (!info) return model;
  if (info.session.type === 'follower') return { ...model, followedName: name };
  return { ...model, info: { ...info, session: { ...info.session, name } } };
}

function afterStart(model: SessionModel, playing: Playing): SessionModel {
  const begun = (choice: Choice | null): boolean => choice?.track.id === playing.track.id;
  return {
    ...model,
    queue: enqueue(model.queue, playing),
    planned: begun(model.planned) ? null : model.planned,
    assumed: begun(model.assumed?.next ?? null) ? null : model.assumed,
  };
}

function afterPlan(model: SessionModel, plan: Planned): SessionModel {
  return { ...model, planned: choiceOf(plan), assumed: model.assumed && answers(plan, model.assumed) ? null : model.assumed };
}

/** Whether a plan is what came of a command: it may be told before the command is answered. */
function answers(plan: Planned, assumed: Assumed): boolean {
  if (assumed.next?.by === 'request') return plan.next?.id === assumed.next.track.id;
  return plan.by === (assumed.direction === null ? 'autopilot' : 'direction') && (assumed.direction ?? plan.direction) === plan.direction;
}

/** Adds a start; anything known at or after it is outdated. */
function enqueue(queue: readonly Playing[], playing: Playing): Playing[] {
  const before = queue.filter((other) => other.startSample < playing.startSample);
  return [...before, playing].slice(-QUEUE_LIMIT);
}

function mixingFrom(model: SessionModel, index: number, heard: number): Track | null {
  const { queue, transition } = model;
  if (!transition) return null;
  const isJoint = transition.kind === 'cut' || transition.kind === 'gapless';
  const length = isJoint ? JOINT_S * sampleRate(model) : transition.lengthSamples;
  const sinceStart = heard - transition.startSample;
  if (sinceStart < 0 || sinceStart >= length) return null;
  if (queue[index]?.track.id !== transition.to) return null;
  const from = queue[index - 1]?.track;
  return from && from.id === transition.from && from.id !== transition.to ? from : null;
}
