import { signal, type Signal } from '@preact/signals';
import type { SessionView } from '../api';
import { listSessions, messageOf } from '../client';
import type { Scope } from '../scope';

const EVERY_MS = 4000;

/** The live sessions, asked for every few seconds while somebody looks. */
export class Sessions {
  /** Null until the first answer. */
  readonly list: Signal<readonly SessionView[] | null> = signal(null);
  readonly trouble: Signal<string | null> = signal(null);

  readonly #scope: Scope;
  #asking = new AbortController();
  #cancelNext = (): void => undefined;

  constructor(scope: Scope) {
    this.#scope = scope;
    scope.own(() => this.#asking.abort());
    scope.listen(document, 'visibilitychange', () => void this.ask());
    scope.listen(window, 'online', () => void this.ask());
    void this.ask();
  }

  /** Asks now. */
  async ask(): Promise<void> {
    this.#cancelNext();
    this.#asking.abort();
    if (document.hidden) return;
    const { signal: aborted } = (this.#asking = new AbortController());
    try {
      this.list.value = await listSessions(aborted);
      this.trouble.value = null;
    } catch (error) {
      if (aborted.aborted) return;
      this.trouble.value = messageOf(error);
    }
    this.#cancelNext = this.#scope.timeout(() => void this.ask(), EVERY_MS);
  }
}

/** What a session does, in a word or two. */
export function stateWords({ state, followingSession }: SessionView): string {
  switch (state) {
    case 'playing':
      return 'playing';
    case 'idle':
      return 'resting until somebody listens';
    case 'paused':
      return 'paused';
    case 'preparing':
      return 'getting to know the music';
    case 'waiting':
      return `waiting for ${followingSession ?? 'its session'}`;
  }
}

/** What kind of session it is, in words. */
export function kindWords({ type, followingSession }: SessionView): string {
  switch (type) {
    case 'master':
      return 'for everybody';
    case 'named':
      return 'a session of its own';
    case 'follower':
      return `following ${followingSession ?? 'another session'}`;
  }
}
