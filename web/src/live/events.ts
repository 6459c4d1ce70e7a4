import type { LiveEvent, LiveEventMap } from '../api';
import type { Scope } from '../scope';
import { Backoff } from './backoff';

const NAMES: readonly (keyof LiveEventMap)[] = [
  'hello',
  'track-started',
  'next-planned',
  'direction-changed',
  'transition',
  'listeners',
  'library',
  'heartbeat',
  'session-ended',
  'skipped',
  'state-changed',
  'renamed',
  'journey-reset',
  'participant',
  'chat',
  'room-settings',
  'removed',
];
/** Heartbeats come every 5 s; after three missing ones the connection is taken for dead. */
const SILENCE_MS = 15_000;
/** The clock on the wall is asked, since timers stand still while a laptop sleeps. */
const WATCH_MS = 2500;
/** So long without an event is reason enough to connect anew when somebody looks. */
const STALE_MS = 7000;

export type LinkState = 'connecting' | 'open' | 'lost';

export interface EventsOptions {
  readonly url: string;
  readonly onEvent: (event: LiveEvent) => void;
  readonly onState: (state: LinkState) => void;
  /** The server answered, but not with events: the session may be gone. It is tried again all the same. */
  readonly onRefused: () => void;
}

/**
 * The session's events, for as long as the scope lives.
 *
 * A dropped connection is resumed by EventSource itself (with Last-Event-ID). A refused one, and one that has gone
 * silent, are reopened here. Coming back online or into view tries at once, as does the function that is returned.
 * Every connection starts with a `hello`.
 */
export function connectEvents(scope: Scope, options: EventsOptions): () => void {
  const backoff = new Backoff();
  let source: EventSource | null = null;
  let attempt = scope.child();
  let state: LinkState = 'connecting';
  let heardAtMs = Date.now();

  const setState = (next: LinkState): void => {
    if (next === state) return;
    state = next;
    options.onState(next);
  };

  const open = (): void => {
    attempt.dispose();
    attempt = scope.child();
    heardAtMs = Date.now();
    const opened = new EventSource(options.url);
    source = opened;
    attempt.own(() => opened.close());
    for (const name of NAMES) {
      attempt.listen(opened, name, (event) => {
        heardAtMs = Date.now();
        const data: unknown = JSON.parse((event as MessageEvent<string>).data);
        if (name === 'hello') {
          backoff.reset();
          setState('open');
        }
        options.onEvent({ type: name, data } as LiveEvent);
      });
    }
    attempt.listen(opened, 'error', () => {
      setState('lost');
      if (opened.readyState !== EventSource.CLOSED) return;
      attempt.timeout(open, backoff.nextMs());
      options.onRefused();
    });
  };

  const silentMs = (): number => Date.now() - heardAtMs;
  const hurry = (): void => {
    if (!document.hidden && (source?.readyState !== EventSource.OPEN || silentMs() > STALE_MS)) open();
  };
  scope.interval(() => {
    if (silentMs() < SILENCE_MS) return;
    setState('lost');
    open();
  }, WATCH_MS);
  scope.listen(window, 'online', hurry);
  scope.listen(document, 'visibilitychange', hurry);
  open();
  return open;
}
