import type { Explored, Planned, StreamInfo, Track, Transition } from './api';

/** The server refused a request, or could not be reached (`code` is then "unreachable"). */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** A failure in words for people. */
export function messageOf(error: unknown): string {
  return error instanceof ApiError ? error.message : 'That did not work.';
}

export function eventsUrl(sessionId: string): string {
  return `/events/${encodeURIComponent(sessionId)}`;
}

export function streamUrl(sessionId: string, format: StreamInfo['format']): string {
  return `/stream/${encodeURIComponent(sessionId)}.${format}`;
}

/*
 * All of these raise `ApiError`; an aborted one raises what `fetch` raises then.
 */

/** Mixes into the next track now. */
export async function nextTrack(sessionId: string): Promise<Transition> {
  const body = await ask(commandUrl(sessionId, 'next-track'), { method: 'POST' });
  return (body as { transition: Transition }).transition;
}

/** Holds a direction, or with null lets it go. */
export async function steer(sessionId: string, direction: string | null): Promise<Planned & { held: string | null }> {
  return (await ask(commandUrl(sessionId, 'direction'), post({ direction }))) as Planned & { held: string | null };
}

/** Plays a track now, or after the one that is on. */
export async function playTrack(sessionId: string, trackId: Track['id'], when: 'now' | 'next'): Promise<Planned> {
  return (await ask(commandUrl(sessionId, 'play'), post({ trackId, when }))) as Planned;
}

/** The directions that are open from the track at the live edge. */
export async function explore(sessionId: string, signal: AbortSignal): Promise<Explored> {
  return (await ask(commandUrl(sessionId, 'explore'), { signal })) as Explored;
}

export interface Found {
  readonly total: number;
  readonly tracks: readonly Track[];
}

/** Tracks in which all words of `query` occur. */
export async function findTracks(query: string, limit: number, signal: AbortSignal): Promise<Found> {
  return (await ask(`/api/library/tracks?${new URLSearchParams({ q: query, limit: String(limit) })}`, { signal })) as Found;
}

/** The tracks that sound most like one, the nearest first. */
export async function similarTracks(id: Track['id'], limit: number, signal: AbortSignal): Promise<Found> {
  const body = await ask(`/api/library/tracks/${encodeURIComponent(id)}/similar?limit=${limit}`, { signal });
  const tracks = (body as { similar: { track: Track }[] }).similar.map(({ track }) => track);
  return { total: tracks.length, tracks };
}

function commandUrl(sessionId: string, command: string): string {
  return `/session/${encodeURIComponent(sessionId)}/${command}`;
}

type Init = Omit<RequestInit, 'headers'> & { readonly headers?: Readonly<Record<string, string>> };

function post(body: unknown): Init {
  return { method: 'POST', body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } };
}

async function ask(path: string, init: Init): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(path, { ...init, headers: { Accept: 'application/json', ...init.headers } });
  } catch (error) {
    if (init.signal?.aborted === true) throw error;
    throw new ApiError('unreachable', 'The server cannot be reached.');
  }
  const body: unknown = await response.json().catch(() => null);
  if (response.ok) return body;
  const error = (body as { error?: { code?: string; message?: string } } | null)?.error;
  throw new ApiError(error?.code ?? 'unknown', error?.message ?? `The server answered ${response.status}.`);
}
