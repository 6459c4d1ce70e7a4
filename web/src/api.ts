/** The server's contract: the shapes of its JSON and the commands of this page. Positions are samples on the timeline. */

export interface Track {
  readonly id: string | number;
  readonly title: string;
  readonly artist: string;
  readonly album: string;
  readonly durationS: number;
  readonly artUrl: string | null;
  readonly bpm: number | null;
  readonly key: string | null;
  readonly genre: string | null;
  readonly year: string | null;
}

/** A track on the timeline: heard from `startSample`, planned to end (fade included) at `endSample`. */
export interface Playing {
  readonly track: Track;
  readonly startSample: number;
  readonly endSample: number;
  /** Offset into the track at `startSample`. */
  readonly sourceStartSample: number;
}

export interface Transition {
  readonly kind: 'crossfade' | 'skip' | 'cut';
  readonly from: Track['id'];
  readonly to: Track['id'];
  readonly startSample: number;
  readonly lengthSamples: number;
}

export interface Library {
  readonly tracks: number;
  readonly problems: number;
  readonly scanning: { readonly done: number; readonly total: number | null } | null;
  readonly demo: boolean;
}

export interface StreamInfo {
  readonly format: 'mp3' | 'opus' | 'webm' | 'flac' | 'aac';
  readonly url: string;
  readonly mime: string;
  readonly bitrateKbps: number | null;
}

export type SessionState = 'playing' | 'idle' | 'preparing';

export interface Hello {
  readonly session: { readonly id: string; readonly type: 'master' | 'named' | 'follower'; readonly name: string };
  readonly server: { readonly version: string; readonly startedAt: string | number };
  readonly sampleRate: number;
  readonly position: number;
  readonly state: SessionState;
  readonly nowPlaying: Playing | null;
  readonly next: Track | null;
  readonly listeners: number;
  readonly library: Library;
  readonly streams: readonly StreamInfo[];
  readonly burstS: number;
}

/** Server-sent events by name. */
export interface LiveEventMap {
  hello: Hello;
  'track-started': { readonly playing: Playing };
  'next-planned': { readonly next: Track | null; readonly atSample: number };
  transition: Transition;
  listeners: { readonly count: number };
  library: Library;
  heartbeat: { readonly position: number; readonly state: SessionState };
  'session-ended': { readonly reason: string };
}

export type LiveEvent = { [N in keyof LiveEventMap]: { readonly type: N; readonly data: LiveEventMap[N] } }[keyof LiveEventMap];

/** The server refused a command, or could not be reached (`code` is then "unreachable"). */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

export function eventsUrl(sessionId: string): string {
  return `/events/${encodeURIComponent(sessionId)}`;
}

export function streamUrl(sessionId: string, format: StreamInfo['format']): string {
  return `/stream/${encodeURIComponent(sessionId)}.${format}`;
}

/** Mixes into the next track now. Raises `ApiError`. */
export async function nextTrack(sessionId: string): Promise<Transition> {
  const body = await post(`/session/${encodeURIComponent(sessionId)}/next-track`);
  return (body as { transition: Transition }).transition;
}

async function post(path: string): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(path, { method: 'POST', headers: { Accept: 'application/json' } });
  } catch {
    throw new ApiError('unreachable', 'The server cannot be reached.');
  }
  const body: unknown = await response.json().catch(() => null);
  if (response.ok) return body;
  const error = (body as { error?: { code?: string; message?: string } } | null)?.error;
  throw new ApiError(error?.code ?? 'unknown', error?.message ?? `The server answered ${response.status}.`);
}
