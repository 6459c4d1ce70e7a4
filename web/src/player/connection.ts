import type { Scope } from '../scope';

/** Audio comes about every half second; after this long without any the connection is given up. */
const STALL_MS = 4000;

/** Why a stream cannot be read (any longer). */
export class StreamError extends Error {
  override readonly name = 'StreamError';

  constructor(
    readonly reason: 'lost' | 'preparing',
    message: string,
    /** The server's wish, in seconds. */
    readonly retryAfterS: number | null = null,
  ) {
    super(message);
  }
}

export interface StreamHandlers {
  /** The body starts at this timeline sample. */
  readonly onStart: (positionSample: number) => void;
  readonly onBytes: (bytes: Uint8Array) => void;
}

/** Reads the endless body at `url` until it fails, which raises `StreamError`, or `scope` is disposed, which resolves. */
export async function readStream(scope: Scope, url: string, handlers: StreamHandlers): Promise<void> {
  const abort = new AbortController();
  scope.own(() => abort.abort());
  let cancelWatch = (): void => undefined;
  const watch = (): void => {
    cancelWatch();
    cancelWatch = scope.timeout(() => abort.abort(), STALL_MS);
  };
  try {
    watch();
    const response = await fetch(url, { signal: abort.signal, cache: 'no-store' });
    if (!response.ok || !response.body) throw refused(response);
    handlers.onStart(Number(response.headers.get('Drift-Position') ?? 0));
    const reader = response.body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) throw new StreamError('lost', 'The stream ended.');
      watch();
      handlers.onBytes(value);
    }
  } catch (error) {
    if (scope.isDisposed()) return;
    if (error instanceof StreamError) throw error;
    throw new StreamError('lost', abort.signal.aborted ? 'The stream stalled.' : 'The stream was lost.');
  } finally {
    cancelWatch();
    abort.abort();
  }
}

function refused(response: Response): StreamError {
  const retryAfter = Number(response.headers.get('Retry-After') ?? NaN);
  return new StreamError(
    response.status === 503 ? 'preparing' : 'lost',
    `The server answered ${response.status}.`,
    Number.isFinite(retryAfter) ? retryAfter : null,
  );
}
