import { streamUrl } from '../client';
import { Backoff } from '../live/backoff';
import { Scope } from '../scope';
import { readStream, StreamError } from './connection';
import { playPlain } from './fallback';
import { AudioGraph } from './graph';
import { LiveBuffer, pickFormat } from './mse';

export type PlayerStatus =
  | { readonly kind: 'stopped' | 'connecting' | 'buffering' | 'playing' }
  | { readonly kind: 'waiting'; readonly reason: StreamError['reason']; readonly retryAtMs: number };

export interface PlayerOptions {
  readonly sessionId: string;
  /** Read at each connection, since the server tells them in `hello`. */
  readonly timing: () => { readonly sampleRate: number; readonly burstS: number };
  /** Estimate of the live edge, for browsers that cannot tell what is heard. */
  readonly liveEdge: () => number;
  readonly onStatus: (status: PlayerStatus) => void;
}

/** A connection that held this long has earned short waiting times again. */
const STABLE_MS = 5000;
/** A Retry-After is honoured up to this, since the library may be ready any moment. */
const LONGEST_WISH_S = 10;

/**
 * Plays the session while wanted, and comes back by itself.
 *
 * `play` must be called from a user's gesture the first time. A lost connection leaves the buffered seconds playing
 * while a new one is made.
 */
export class Player {
  readonly #scope: Scope;
  readonly #audio: HTMLAudioElement;
  readonly #options: PlayerOptions;
  readonly #format = pickFormat();
  readonly #backoff = new Backoff();
  #graph: AudioGraph | null = null;
  #run: Scope | null = null;
  #attempt: Scope | null = null;
  #bufferScope: Scope | null = null;
  #buffer: LiveBuffer | null = null;
  #status: PlayerStatus = { kind: 'stopped' };
  #wakeUp = (): void => undefined;
  #plainPlaying = false;
  #gain = 1;
  /** The latest sample before which nothing need be heard, also in buffers to come. */
  #cutIn: number | null = null;

  constructor(scope: Scope, audio: HTMLAudioElement, options: PlayerOptions) {
    this.#scope = scope;
    this.#audio = audio;
    this.#options = options;
    scope.listen(audio, 'playing', () => this.#report());
    scope.listen(audio, 'pause', () => this.#onPause());
    scope.listen(window, 'online', () => this.retryNow());
    scope.listen(document, 'visibilitychange', () => {
      if (document.hidden) return;
      this.#resumeGraph();
      this.retryNow();
    });
    scope.own(() => this.stop());
  }

  get status(): PlayerStatus {
    return this.#status;
  }

  /** Whether the listener wants sound, whatever the connection does. */
  get wanted(): boolean {
    return this.#run !== null;
  }

  /** For drawing; null until the first `play`. */
  get graph(): AudioGraph | null {
    return this.#graph;
  }

  play(): void {
    if (this.#run) return;
    this.#run = this.#scope.child();
    this.#backoff.reset();
    this.#graph ??= new AudioGraph(this.#scope, this.#audio, this.#gain);
    this.#resumeGraph();
    this.#report({ kind: 'connecting' });
    void this.#keepPlaying(this.#run);
  }

  stop(): void {
    if (!this.#run) return;
    this.#run.dispose();
    this.#run = null;
    this.#attempt = null;
    this.#dropBuffer();
    this.#graph?.suspend();
    this.#report({ kind: 'stopped' });
  }

  /** Amplitude, 0..1. */
  setGain(gain: number): void {
    this.#gain = gain;
    this.#graph?.setGain(gain);
  }

  /** Ends a waiting time between attempts. */
  retryNow(): void {
    this.#wakeUp();
  }

  /** Forgets buffered audio and connects anew: positions of another timeline mean nothing. */
  restart(): void {
    this.#cutIn = null;
    this.#renew();
  }

  /** A command cuts in at this sample: what is buffered before it is dropped as soon as enough of it is there. */
  skipTo(sample: number): void {
    if (this.#cutIn !== null && this.#cutIn >= sample) return;
    this.#cutIn = sample;
    this.#buffer?.skipTo(sample);
  }

  /** The timeline sample being heard; null when nothing is. */
  heardSample(): number | null {
    if (this.#buffer) return this.#buffer.heardSample();
    if (!this.#plainPlaying) return null;
    const { burstS, sampleRate } = this.#options.timing();
    return Math.round(this.#options.liveEdge() - burstS * sampleRate);
  }

  /** RMS of what sounds now, 0..1. */
  energy(): number {
    return this.wanted ? (this.#graph?.energy() ?? 0) : 0;
  }

  async #keepPlaying(run: Scope): Promise<void> {
    while (!run.isDisposed()) {
      const startedMs = performance.now();
      const failure = await this.#connectOnce(run);
      if (run.isDisposed()) return;
      const stable = performance.now() - startedMs > STABLE_MS;
      if (stable) this.#backoff.reset();
      if (stable && !failure) continue;
      const wishS = failure?.retryAfterS ?? null;
      const waitMs = wishS === null ? this.#backoff.nextMs() : Math.min(LONGEST_WISH_S, wishS) * 1000;
      this.#report({ kind: 'waiting', reason: failure?.reason ?? 'lost', retryAtMs: performance.now() + waitMs });
      await this.#sleep(run, waitMs);
      if (run.isDisposed()) return;
      this.#report({ kind: 'connecting' });
    }
  }

  /** One connection from start to end; null when it was given up on purpose. */
  async #connectOnce(run: Scope): Promise<StreamError | null> {
    const attempt = run.child();
    this.#attempt = attempt;
    try {
      await (this.#format ? this.#readInto(attempt) : this.#playPlain(attempt));
      return null;
    } catch (error) {
      return error instanceof StreamError ? error : new StreamError('lost', String(error));
    } finally {
      attempt.dispose();
      this.#plainPlaying = false;
    }
  }

  async #readInto(attempt: Scope): Promise<void> {
    const format = this.#format;
    if (!format) return;
    // Made before the answer is there, so that it counts as part of the press of play.
    this.#buffer ??= this.#makeBuffer();
    await readStream(attempt, streamUrl(this.#options.sessionId, format.extension), {
      onStart: (positionSample) => {
        if (this.#buffer && !this.#buffer.reaches(positionSample)) this.#dropBuffer();
        this.#buffer ??= this.#makeBuffer();
        this.#buffer.begin(positionSample);
        this.#report({ kind: this.#buffer.sounding ? 'playing' : 'buffering' });
      },
      onBytes: (bytes) => {
        this.#buffer?.push(bytes);
        this.#report();
      },
    });
  }

  async #playPlain(attempt: Scope): Promise<void> {
    await playPlain(attempt, this.#audio, streamUrl(this.#options.sessionId, 'mp3'), () => {
      this.#plainPlaying = true;
      this.#report({ kind: 'playing' });
    });
  }

  #makeBuffer(): LiveBuffer {
    const format = this.#format;
    if (!format) throw new TypeError('no MediaSource format');
    const scope = this.#scope.child();
    this.#bufferScope = scope;
    const buffer = new LiveBuffer(scope, this.#audio, {
      format,
      ...this.#options.timing(),
      onBroken: () => {
        if (this.#bufferScope === scope) this.#renew();
      },
      onRefused: () => {
        if (this.#bufferScope === scope) this.stop();
      },
      smoothly: (jump) => (this.#graph ? this.#graph.dip(jump) : jump()),
    });
    if (this.#cutIn !== null) buffer.skipTo(this.#cutIn);
    return buffer;
  }

  #renew(): void {
    this.#dropBuffer();
    this.#attempt?.dispose();
    this.retryNow();
  }

  #dropBuffer(): void {
    this.#buffer = null;
    const scope = this.#bufferScope;
    this.#bufferScope = null;
    scope?.dispose();
  }

  #sleep(run: Scope, ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = run.own(resolve);
      const cancel = run.timeout(done, ms);
      this.#wakeUp = () => {
        cancel();
        done();
      };
    });
  }

  #resumeGraph(): void {
    if (this.wanted) this.#graph?.resume();
  }

  /** A pause that is not ours (headphones unplugged, a call) is the listener's wish. */
  #onPause(): void {
    if (!this.#audio.paused || !this.wanted) return;
    if (this.#buffer ? this.#buffer.sounding : this.#plainPlaying) this.stop();
  }

  /** Publishes `next`, or what the buffer says while connected. */
  #report(next?: PlayerStatus): void {
    let status = next ?? this.#status;
    const connected = status.kind === 'buffering' || status.kind === 'playing';
    if (connected && this.#buffer) status = { kind: this.#buffer.sounding ? 'playing' : 'buffering' };
    if (status.kind === this.#status.kind && status.kind !== 'waiting') return;
    this.#status = status;
    this.#options.onStatus(status);
  }
}
