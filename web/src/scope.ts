/**
 * Who owns what: a tree of scopes.
 *
 * Everything with a lifetime (a listener, a timer, a stream, a frame callback) is registered on a scope.
 * Disposing a scope disposes what it owns, child scopes too, newest first. Disposing twice is harmless.
 */
export class Scope {
  #disposers: (() => void)[] = [];
  #disposed = false;

  isDisposed(): boolean {
    return this.#disposed;
  }

  /** Registers `dispose`; runs it at once when the scope is gone already. Returns a function that runs it early. */
  own(dispose: () => void): () => void {
    if (this.#disposed) {
      dispose();
      return () => undefined;
    }
    this.#disposers.push(dispose);
    return () => {
      const index = this.#disposers.indexOf(dispose);
      if (index < 0) return;
      this.#disposers.splice(index, 1);
      dispose();
    };
  }

  child(): Scope {
    const child = new Scope();
    const release = this.own(() => child.dispose());
    child.own(release);
    return child;
  }

  listen(target: EventTarget, type: string, handler: (event: Event) => void, options?: AddEventListenerOptions): void {
    target.addEventListener(type, handler, options);
    this.own(() => target.removeEventListener(type, handler, options));
  }

  /** Calls `run` once after `ms`. Returns a function that cancels it. */
  timeout(run: () => void, ms: number): () => void {
    const timer = setTimeout(() => {
      cancel();
      run();
    }, ms);
    const cancel = this.own(() => clearTimeout(timer));
    return cancel;
  }

  interval(run: () => void, ms: number): void {
    const timer = setInterval(run, ms);
    this.own(() => clearInterval(timer));
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    for (let dispose = this.#disposers.pop(); dispose; dispose = this.#disposers.pop()) dispose();
  }
}
