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
];
/** Heartbeats come every 5 s; after three missing ones the connection is taken for dead. */
const SILENCE_MS = 15_000;

export type LinkState = 'connecting' | 'open' | 'lost';

export interface EventsOptions {
  readonly url: string;
  readonly onEvent: (event: LiveEvent) => void;
  readonly onState: (state: LinkState) => void;
}

/**
 * The session's events, for as long as the scope lives.
 *
 * A dropped connection is resumed by EventSource itself (with Last-Event-ID). A refused one, and one that has gone
 * silent, are reopened here. Coming back online or into view tries at once. Every connection starts with a `hello`.
 */
export function connectEvents(scope: Scope, options: EventsOptions): void {
  const backoff = new Backoff();
  let source: EventSource | null = null;
  let attempt = scope.child();
  let state: LinkState = 'connecting';
  let cancelWatchdog = (): void => undefined;

  const setState = (next: LinkState): void => {
    if (next === state) return;
    state = next;
    options.onState(next);
  };

  const watch = (): void => {
    cancelWatchdog();
    cancelWatchdog = attempt.timeout(() => {
      setState('lost');
      open();
    }, SILENCE_MS);
  };

  const open = (): void => {
    attempt.dispose();
    attempt = scope.child();
    const opened = new EventSource(options.url);
    source = opened;
    attempt.own(() => opened.close());
    for (const name of NAMES) {
      attempt.listen(opened, name, (event) => {
        watch();
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
      if (opened.readyState === EventSource.CLOSED) attempt.timeout(open, backoff.nextMs());
    });
    watch();
  };

  const hurry = (): void => {
    if (source?.readyState !== EventSource.OPEN && !document.hidden) open();
  };
  scope.listen(window, 'online', hurry);
  scope.listen(document, 'visibilitychange', hurry);
  open();
}
