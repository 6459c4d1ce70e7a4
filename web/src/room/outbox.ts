import { signal, type Signal } from '@preact/signals';
import type { ChatMessage } from '../api';
import { ApiError } from '../client';
import { Backoff } from '../live/backoff';
import type { Scope } from '../scope';
import { randomId } from './ids';

/** A message of one's own that the server has not confirmed. */
export interface Pending {
  readonly messageId: string;
  readonly text: string;
  readonly state: 'sending' | 'waiting' | 'failed';
  /** Why it waits or has failed, in words. */
  readonly trouble: string | null;
}

export interface OutboxOptions {
  readonly send: (text: string, messageId: string) => Promise<ChatMessage>;
  readonly onSent: (message: ChatMessage) => void;
}

/** Attempts while the server cannot be reached, about half a minute; then somebody must want it again. */
const ATTEMPTS = 6;
/** A longer wish to wait is shown instead of waited for. */
const LONGEST_WAIT_S = 30;

/**
 * Messages on their way, in the order in which they were written, one at a time.
 *
 * A message keeps its id in every attempt, so that the server takes it once, whichever answer got lost. Whoever comes
 * first confirms it: the answer, or the event that tells everybody.
 */
export class Outbox {
  readonly pending: Signal<readonly Pending[]> = signal([]);

  readonly #scope: Scope;
  readonly #options: OutboxOptions;
  #isBusy = false;
  #hurry = (): void => undefined;

  constructor(scope: Scope, options: OutboxOptions) {
    this.#scope = scope;
    this.#options = options;
    scope.listen(window, 'online', () => this.#hurry());
  }

  add(text: string): void {
    this.pending.value = [...this.pending.peek(), { messageId: randomId(), text, state: 'sending', trouble: null }];
    void this.#work();
  }

  again(messageId: string): void {
    this.#change(messageId, { state: 'sending', trouble: null });
    void this.#work();
  }

  forget(messageId: string): void {
    this.pending.value = this.pending.peek().filter((one) => one.messageId !== messageId);
  }

  /** The connection is back: what waits for it need not wait longer. */
  retryNow(): void {
    this.#hurry();
  }

  async #work(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    for (let next = this.#next(); next && !this.#scope.isDisposed(); next = this.#next()) await this.#deliver(next);
    this.#isBusy = false;
  }

  #next(): Pending | undefined {
    return this.pending.peek().find(({ state }) => state !== 'failed');
  }

  async #deliver({ messageId, text }: Pending): Promise<void> {
    const backoff = new Backoff();
    for (let attempt = 1; this.#isWanted(messageId); attempt += 1) {
      try {
        const message = await this.#options.send(text, messageId);
        this.forget(messageId);
        this.#options.onSent(message);
        return;
      } catch (error) {
        const waitMs = waitAfter(error, attempt, backoff);
        const trouble = error instanceof ApiError ? error.message : 'That did not work.';
        this.#change(messageId, { state: waitMs === null ? 'failed' : 'waiting', trouble });
        if (waitMs === null) return;
        await this.#sleep(waitMs, isRefusal(error));
        if (this.#scope.isDisposed()) return;
        this.#change(messageId, { state: 'sending', trouble: null });
      }
    }
  }

  /** Confirmed by an event or given up, it is not pending any more. */
  #isWanted(messageId: string): boolean {
    return this.pending.peek().some((one) => one.messageId === messageId);
  }

  #change(messageId: string, change: Partial<Pending>): void {
    this.pending.value = this.pending.peek().map((one) => (one.messageId === messageId ? { ...one, ...change } : one));
  }

  #sleep(ms: number, isWish: boolean): Promise<void> {
    return new Promise((resolve) => {
      const done = this.#scope.own(resolve);
      const cancel = this.#scope.timeout(done, ms);
      this.#hurry = () => {
        if (isWish) return;
        cancel();
        done();
      };
    });
  }
}

/** The server is there, and wants to wait. */
function isRefusal(error: unknown): boolean {
  return error instanceof ApiError && error.status === 429;
}

/** How long to wait before another attempt, in ms; null: it has failed. */
function waitAfter(error: unknown, attempt: number, backoff: Backoff): number | null {
  if (!(error instanceof ApiError) || attempt >= ATTEMPTS) return null;
  if (isRefusal(error)) {
    const waitS = error.retryAfterS ?? 1;
    return waitS > LONGEST_WAIT_S ? null : Math.max(0.2, waitS) * 1000;
  }
  return error.status === 0 || error.status >= 500 ? backoff.nextMs() : null;
}
