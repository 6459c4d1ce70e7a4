import type { Explored, Planned, SessionState, SessionView, StreamInfo, Track, Transition } from './api';

/** The server refused a request, or could not be reached (`code` is then "unreachable"). */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    readonly code: string,
    message: string,
    /** The HTTP status; 0: there was no answer. */
    readonly status: number,
    /** The session that a refusal is about, where it tells. */
    readonly sessionId: string | null = null,
    /** The server's wish when to ask again, in seconds. */
    readonly retryAfterS: number | null = null,
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

export function pageUrl(sessionId: string): string {
  return `/session/${encodeURIComponent(sessionId)}`;
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

/** Goes to this many seconds into the track that is on air. */
export async function seek(sessionId: string, positionS: number): Promise<Transition> {
  const body = await ask(commandUrl(sessionId, 'seek'), post({ positionS }));
  return (body as { transition: Transition }).transition;
}

/** Stops the mix for everybody, or lets it go on. */
export async function setPaused(sessionId: string, paused: boolean): Promise<SessionState> {
  const body = await ask(commandUrl(sessionId, paused ? 'pause' : 'resume'), { method: 'POST' });
  return (body as { state: SessionState }).state;
}

/** Gives the session another name; its address stays. */
export async function rename(sessionId: string, name: string): Promise<string> {
  return ((await ask(commandUrl(sessionId, 'rename'), post({ name }))) as { name: string }).name;
}

/** Forgets the journey and begins a new one. */
export async function reset(sessionId: string): Promise<void> {
  await ask(commandUrl(sessionId, 'reset'), { method: 'POST' });
}

/** All live sessions: the master session first, then in the order of their creation. */
export async function listSessions(signal: AbortSignal | null): Promise<readonly SessionView[]> {
  return ((await ask('/api/session/list', { signal })) as { sessions: SessionView[] }).sessions;
}

export async function describeSession(sessionId: string): Promise<SessionView> {
  return (await ask(`/api/session/info?${new URLSearchParams({ sessionId })}`, {})) as SessionView;
}

/** Raises an error of status 409 when a session of that name is live, 422 when it cannot have that name. */
export async function createSession(sessionName: string): Promise<SessionView> {
  return (await ask('/api/session/create', post({ sessionName }))) as SessionView;
}

/** Makes a session that plays what another one plays. An empty name lets the server find one. */
export async function followSession(sessionName: string, followerName: string): Promise<SessionView> {
  return (await ask('/api/session/follow', post(followerName === '' ? { sessionName } : { sessionName, followerName }))) as SessionView;
}

/** Ends a session for everybody and forgets it. */
export async function deleteSession(sessionId: string): Promise<void> {
  await ask(`/api/session/${encodeURIComponent(sessionId)}`, { method: 'DELETE' });
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

export type Init = Omit<RequestInit, 'headers'> & { readonly headers?: Readonly<Record<string, string>> };

export function post(body: unknown): Init {
  return { method: 'POST', body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } };
}

export async function ask(path: string, init: Init): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(path, { ...init, headers: { Accept: 'application/json', ...init.headers } });
  } catch (error) {
    if (init.signal?.aborted === true) throw error;
    throw new ApiError('unreachable', 'The server cannot be reached.', 0);
  }
  const body: unknown = await response.json().catch(() => null);
  if (response.ok) return body;
  const refusal = body as { error?: { code?: string; message?: string }; sessionId?: string } | null;
  const { code = 'unknown', message = `The server answered ${response.status}.` } = refusal?.error ?? {};
  throw new ApiError(code, message, response.status, refusal?.sessionId ?? null, retryAfterOf(response));
}

function retryAfterOf({ headers }: Response): number | null {
  const seconds = Number(headers.get('Retry-After') ?? NaN);
  return Number.isFinite(seconds) ? seconds : null;
}
