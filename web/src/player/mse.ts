import type { Scope } from '../scope';
import { aheadS, heardSample, isJumpDue, jumpTarget, jumpWaitMs, paceFor, rangesOf } from './position';
import { firstClusterMs } from './webm';

/** A way to play through MediaSource that this browser has. */
export interface MseFormat {
  readonly constructor: typeof MediaSource;
  readonly mime: string;
  readonly extension: 'webm' | 'mp3';
}

export interface LiveBufferOptions {
  readonly format: MseFormat;
  readonly sampleRate: number;
  /** Seconds the server sends at once: the distance kept from the live edge. */
  readonly burstS: number;
  /** The buffer cannot be used any longer; make a new one. */
  readonly onBroken: () => void;
  /** The browser does not allow sound now. */
  readonly onRefused: () => void;
  /** Runs a jump within what sounds so that it does not click. */
  readonly smoothly: (jump: () => void) => void;
}

type Pending = { readonly kind: 'start'; readonly positionSample: number } | { readonly kind: 'bytes'; readonly bytes: Uint8Array };

const KEEP_BEHIND_S = 20;
const TRIM_BEHIND_S = 30;
const PILED_UP_S = 6;
/** A new response body may continue this buffer when it starts within this distance of what is heard. */
const REACH_S = 45;
/** After running dry, playback waits for this much, so that it does not stutter. */
const REFILL_S = 1.5;
/** WebM headers are some hundred bytes; when no cluster is seen by then, its timestamps are ignored. */
const HEADER_LIMIT_BYTES = 65_536;
/** Bound of the append queue (some 2 minutes of audio); beyond it the buffer counts as broken. */
const QUEUE_LIMIT = 256;

/** The best MediaSource format, or null where only a plain audio element will do. */
export function pickFormat(): MseFormat | null {
  const scope = globalThis as { MediaSource?: typeof MediaSource; ManagedMediaSource?: typeof MediaSource };
  const constructor = scope.ManagedMediaSource ?? scope.MediaSource;
  if (!constructor) return null;
  const webm = 'audio/webm; codecs="opus"';
  if (constructor.isTypeSupported(webm)) return { constructor, mime: webm, extension: 'webm' };
  if (constructor.isTypeSupported('audio/mpeg')) return { constructor, mime: 'audio/mpeg', extension: 'mp3' };
  return null;
}

/**
 * The endless stream inside one media element.
 *
 * Media time 0 is the first sample of the first response body; later bodies (after a reconnect) are placed by their
 * own position, so that the sample heard is always `base + currentTime * rate`, and a short outage is not heard at all.
 */
export class LiveBuffer {
  readonly #scope: Scope;
  readonly #audio: HTMLAudioElement;
  readonly #options: LiveBufferOptions;
  readonly #media: MediaSource;
  #source: SourceBuffer | null = null;
  #queue: Pending[] = [];
  #base: number | null = null;
  /** Set between a body's start and its first append. */
  #opening: { readonly positionSample: number; head: Uint8Array } | null = null;
  #holding = false;
  #started = false;
  /** Where a command cuts in, until that is heard; and since when enough of it is there. */
  #cutIn: { readonly sample: number; readyAtMs: number | null } | null = null;
  #cancelJump = (): void => undefined;

  constructor(scope: Scope, audio: HTMLAudioElement, options: LiveBufferOptions) {
    this.#scope = scope;
    this.#audio = audio;
    this.#options = options;
    this.#media = new options.format.constructor();
    // ManagedMediaSource (Safari) refuses to work while remote playback is possible.
    audio.disableRemotePlayback = true;
    const url = URL.createObjectURL(this.#media);
    scope.own(() => {
      URL.revokeObjectURL(url);
      this.#source = null;
      this.#queue = [];
      audio.pause();
      audio.playbackRate = 1;
      audio.removeAttribute('src');
      audio.load();
    });
    scope.listen(this.#media, 'sourceopen', () => this.#onOpen(scope));
    scope.listen(audio, 'playing', () => {
      this.#started = true;
      this.#jumpWhenDue();
    });
    scope.listen(audio, 'waiting', () => this.#onDry());
    scope.listen(audio, 'error', () => options.onBroken());
    scope.listen(audio, 'timeupdate', () => this.#keepPace());
    audio.src = url;
    // Within the press of play, as Safari wants it; it starts by itself with the first data.
    this.#play();
  }

  /** Whether sound comes out, as far as the buffer can tell. */
  get sounding(): boolean {
    return this.#started && !this.#holding;
  }

  /** Whether a body that starts at this position can continue this buffer. */
  reaches(positionSample: number): boolean {
    if (this.#base === null) return true;
    const startS = (positionSample - this.#base) / this.#options.sampleRate;
    return startS >= 0 && Math.abs(startS - this.#audio.currentTime) < REACH_S;
  }

  /** What follows through `push` belongs to a new response body. */
  begin(positionSample: number): void {
    this.#base ??= positionSample;
    this.#enqueue({ kind: 'start', positionSample });
  }

  push(bytes: Uint8Array): void {
    this.#enqueue({ kind: 'bytes', bytes });
  }

  /** What lies before `sample` need not be heard: jumps there as soon as enough of what follows is buffered. */
  skipTo(sample: number): void {
    if (this.#cutIn && this.#cutIn.sample >= sample) return;
    this.#cutIn = { sample, readyAtMs: null };
    this.#jumpWhenDue();
  }

  /** The timeline sample being heard; null before the first sound. */
  heardSample(): number | null {
    if (this.#base === null || !this.#started) return null;
    return heardSample(this.#base, this.#audio.currentTime, this.#options.sampleRate);
  }

  #onOpen(scope: Scope): void {
    if (this.#source) return;
    const source = this.#media.addSourceBuffer(this.#options.format.mime);
    this.#source = source;
    scope.listen(source, 'updateend', () => this.#onAppended());
    this.#pump();
  }

  #enqueue(item: Pending): void {
    if (this.#queue.length >= QUEUE_LIMIT) this.#options.onBroken();
    else {
      this.#queue.push(item);
      this.#pump();
    }
  }

  #pump(): void {
    const source = this.#source;
    if (!source || source.updating || this.#media.readyState !== 'open') return;
    if (this.#trim(source, TRIM_BEHIND_S)) return;
    const item = this.#queue.shift();
    if (!item) return;
    if (item.kind === 'start') {
      if (this.#started || source.buffered.length > 0) source.abort();
      this.#opening = { positionSample: item.positionSample, head: new Uint8Array() };
      this.#pump();
    } else if (this.#opening) {
      this.#place(source, this.#opening, item.bytes);
    } else {
      this.#append(source, item.bytes);
    }
  }

  /** Collects a body's first bytes until its own clock is known, then lines that up with the timeline. */
  #place(source: SourceBuffer, opening: { positionSample: number; head: Uint8Array }, bytes: Uint8Array): void {
    opening.head = joined(opening.head, bytes);
    const ownClock = this.#options.format.extension === 'webm';
    const clusterMs = ownClock ? firstClusterMs(opening.head) : null;
    if (ownClock && clusterMs === null && opening.head.length < HEADER_LIMIT_BYTES) {
      this.#pump();
      return;
    }
    const startS = (opening.positionSample - (this.#base ?? 0)) / this.#options.sampleRate;
    if (clusterMs === null) source.mode = 'sequence';
    source.timestampOffset = startS - (clusterMs ?? 0) / 1000;
    this.#opening = null;
    this.#append(source, opening.head);
  }

  #append(source: SourceBuffer, bytes: Uint8Array): void {
    try {
      source.appendBuffer(bytes as BufferSource);
    } catch (error) {
      const full = error instanceof DOMException && error.name === 'QuotaExceededError';
      // Full: make room and try again after the removal; anything else is not recoverable here.
      if (full && this.#trim(source, 1)) this.#queue.unshift({ kind: 'bytes', bytes });
      else this.#options.onBroken();
    }
  }

  /** Removes what was heard long ago, if there is more than `behindS` of it. */
  #trim(source: SourceBuffer, behindS: number): boolean {
    const now = this.#audio.currentTime;
    const { buffered } = source;
    if (buffered.length === 0 || buffered.start(0) > now - behindS) return false;
    source.remove(0, now - Math.min(behindS, KEEP_BEHIND_S));
    return true;
  }

  #onAppended(): void {
    this.#follow();
    this.#pump();
  }

  /** Keeps playback where it belongs: over gaps, near the live edge, and waiting while the buffer refills. */
  #follow(): void {
    const audio = this.#audio;
    const ranges = rangesOf(audio.buffered);
    const target = jumpTarget(ranges, audio.currentTime, this.#options.burstS, this.#options.burstS + PILED_UP_S);
    if (target !== null) audio.currentTime = target;
    this.#jumpWhenDue();
    this.#keepPace();
    if (this.#holding && aheadS(ranges, target ?? audio.currentTime) >= REFILL_S) this.#goOn();
  }

  #goOn(): void {
    this.#holding = false;
    this.#play();
  }

  #jumpWhenDue(): void {
    this.#cancelJump();
    const cutIn = this.#cutIn;
    if (!cutIn || this.#base === null || !this.#started) return;
    const targetS = (cutIn.sample - this.#base) / this.#options.sampleRate;
    if (targetS <= this.#audio.currentTime) {
      this.#cutIn = null;
      return;
    }
    const beyondS = aheadS(rangesOf(this.#audio.buffered), targetS);
    const nowMs = performance.now();
    const waitMs = jumpWaitMs(beyondS, nowMs - (cutIn.readyAtMs ?? nowMs));
    if (waitMs === null) return;
    cutIn.readyAtMs ??= nowMs;
    if (isJumpDue(beyondS, nowMs - cutIn.readyAtMs)) {
      this.#cutIn = null;
      this.#options.smoothly(() => this.#jump(targetS));
    } else this.#cancelJump = this.#scope.timeout(() => this.#jumpWhenDue(), waitMs);
  }

  #jump(targetS: number): void {
    if (this.#scope.isDisposed() || this.#audio.currentTime >= targetS) return;
    this.#audio.currentTime = targetS;
    // What it waited for need not be heard any more.
    if (this.#holding) this.#goOn();
  }

  /** Lets a thin buffer grow without anybody hearing it. The browser keeps the pitch. */
  #keepPace(): void {
    if (!this.sounding) return;
    const audio = this.#audio;
    const rate = paceFor(aheadS(rangesOf(audio.buffered), audio.currentTime), audio.playbackRate);
    if (rate !== audio.playbackRate) audio.playbackRate = rate;
  }

  #play(): void {
    this.#audio.play().catch((error: unknown) => {
      // Anything else is a pause or a reload meanwhile, which is somebody's wish.
      if (error instanceof DOMException && error.name === 'NotAllowedError') this.#options.onRefused();
    });
  }

  #onDry(): void {
    if (!this.sounding || aheadS(rangesOf(this.#audio.buffered), this.#audio.currentTime) > 0.2) return;
    this.#holding = true;
    this.#audio.pause();
    this.#follow();
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const all = new Uint8Array(first.length + second.length);
  all.set(first);
  all.set(second, first.length);
  return all;
}
