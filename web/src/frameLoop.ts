import type { Scope } from './scope';

/** Called with the time in ms (`performance.now()`). Must not throw and should not allocate. */
export type FrameCallback = (nowMs: number) => void;

const CALM_MS = 250;
const HIDDEN_MS = 1000;

/**
 * The page's one animation loop.
 *
 * It follows the display only while `lively()` says that something moves; otherwise it ticks four times a second,
 * and once a second in a hidden tab, so that titles keep up with what is heard and an idle page costs nothing.
 */
export class FrameLoop {
  readonly #callbacks = new Set<FrameCallback>();
  readonly #lively: () => boolean;
  #frame = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(scope: Scope, lively: () => boolean) {
    this.#lively = lively;
    scope.listen(document, 'visibilitychange', () => this.wake());
    scope.own(() => {
      this.#callbacks.clear();
      this.#cancel();
    });
    this.#schedule();
  }

  add(scope: Scope, callback: FrameCallback): void {
    this.#callbacks.add(callback);
    scope.own(() => this.#callbacks.delete(callback));
    this.wake();
  }

  /** Runs a tick now-ish, whatever the current pace. */
  wake(): void {
    this.#cancel();
    this.#timer = setTimeout(this.#tick, 0);
  }

  readonly #tick = (): void => {
    const now = performance.now();
    for (const callback of this.#callbacks) callback(now);
    this.#schedule();
  };

  #schedule(): void {
    this.#cancel();
    if (document.hidden) this.#timer = setTimeout(this.#tick, HIDDEN_MS);
    else if (this.#lively()) this.#frame = requestAnimationFrame(this.#tick);
    else this.#timer = setTimeout(this.#tick, CALM_MS);
  }

  #cancel(): void {
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#timer);
  }
}
