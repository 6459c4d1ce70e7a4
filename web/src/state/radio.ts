import { batch, computed, signal, type ReadonlySignal, type Signal } from '@preact/signals';
import { ApiError, eventsUrl, nextTrack, type LiveEvent } from '../api';
import { FrameLoop } from '../frameLoop';
import { connectEvents, type LinkState } from '../live/events';
import { Player, type PlayerStatus } from '../player/player';
import { gainOf, stepVolume } from '../player/volume';
import { readPref, writePref } from '../prefs';
import type { Scope } from '../scope';
import { describeConnection, type Connection } from './connection';
import { isOtherRun, liveEdge, progressAt, reduce, sampleRate, UNKNOWN_SESSION, viewAt, type Progress, type SessionModel, type View } from './model';

const TOAST_MS = 5000;
/** A skip counts as heard after this at the latest: in a paused session its position never comes. */
const SKIP_LIMIT_MS = 15_000;
/** The landscape takes this long to come to rest after the music stops. */
const SETTLE_MS = 4000;
const BURST_S = 3;

/** One session on one page: its events, its player, and the signals that components read. */
export class Radio {
  readonly sessionId: string;
  readonly player: Player;
  readonly loop: FrameLoop;
  readonly model: Signal<SessionModel> = signal(UNKNOWN_SESSION);
  /** What is on where the listener hears it. */
  readonly view: Signal<View> = signal({ playing: null, next: null, mixingFrom: null });
  readonly status: Signal<PlayerStatus> = signal({ kind: 'stopped' });
  readonly wanted: ReadonlySignal<boolean> = computed(() => this.status.value.kind !== 'stopped');
  readonly connection: Signal<Connection> = signal({ tone: 'busy', label: 'connecting' });
  readonly volume: Signal<number> = signal(storedVolume());
  readonly muted: Signal<boolean> = signal(readPref('muted') === 'yes');
  /** A skip is on its way to the listener's ears. */
  readonly skipping: Signal<boolean> = signal(false);
  readonly toast: Signal<string | null> = signal(null);

  readonly #scope: Scope;
  readonly #link: Signal<LinkState> = signal('connecting');
  readonly #calm = matchMedia('(prefers-reduced-motion: reduce)');
  #skipAtSample: number | null = null;
  #stoppedAtMs = -SETTLE_MS;
  #cancelToast = (): void => undefined;
  #cancelSkipLimit = (): void => undefined;

  constructor(scope: Scope, sessionId: string, audio: HTMLAudioElement) {
    this.#scope = scope;
    this.sessionId = sessionId;
    this.player = new Player(scope, audio, {
      sessionId,
      timing: () => ({ sampleRate: this.sampleRate, burstS: this.model.peek().info?.burstS ?? BURST_S }),
      liveEdge: () => liveEdge(this.model.peek(), performance.now()),
      onStatus: (status) => {
        if (status.kind === 'stopped') this.#stoppedAtMs = performance.now();
        this.status.value = status;
        this.loop.wake();
      },
    });
    this.loop = new FrameLoop(scope, () => this.#lively());
    this.loop.add(scope, (nowMs) => this.#tick(nowMs));
    this.#applyVolume();
    connectEvents(scope, {
      url: eventsUrl(sessionId),
      onEvent: (event) => this.#onEvent(event),
      onState: (link) => {
        this.#link.value = link;
        this.loop.wake();
      },
    });
  }

  get sampleRate(): number {
    return sampleRate(this.model.peek());
  }

  /** The sample being heard or, when nothing is, the estimated live edge. */
  get positionSample(): number {
    return this.player.heardSample() ?? liveEdge(this.model.peek(), performance.now());
  }

  /** Of the track in `view`, at this instant; null when nothing plays. */
  get progress(): Progress | null {
    const { playing } = this.view.peek();
    return playing && progressAt(playing, this.positionSample, this.sampleRate);
  }

  toggle(): void {
    if (this.player.wanted) this.player.stop();
    else this.player.play();
  }

  async skip(): Promise<void> {
    if (this.skipping.peek()) return;
    this.skipping.value = true;
    try {
      this.#skipAtSample = (await nextTrack(this.sessionId)).startSample;
      this.#cancelSkipLimit = this.#scope.timeout(() => this.#endSkip(), SKIP_LIMIT_MS);
    } catch (error) {
      this.#endSkip();
      this.say(error instanceof ApiError ? error.message : 'That did not work.');
    }
  }

  setVolume(volume: number): void {
    batch(() => {
      this.volume.value = volume;
      this.muted.value = false;
    });
    this.#applyVolume();
  }

  stepVolume(direction: 1 | -1): void {
    this.setVolume(stepVolume(this.volume.peek(), direction));
  }

  toggleMute(): void {
    this.muted.value = !this.muted.peek();
    this.#applyVolume();
  }

  /** Shows a short message for a few seconds. */
  say(message: string): void {
    this.#cancelToast();
    this.toast.value = message;
    this.#cancelToast = this.#scope.timeout(() => (this.toast.value = null), TOAST_MS);
  }

  #endSkip(): void {
    this.#cancelSkipLimit();
    this.#skipAtSample = null;
    this.skipping.value = false;
  }

  #applyVolume(): void {
    this.player.setGain(gainOf(this.volume.peek(), this.muted.peek()));
    writePref('volume', String(this.volume.peek()));
    writePref('muted', this.muted.peek() ? 'yes' : 'no');
  }

  #onEvent(event: LiveEvent): void {
    const before = this.model.peek();
    this.model.value = reduce(before, event, performance.now());
    if (event.type === 'hello') {
      if (isOtherRun(before, event.data)) {
        this.#endSkip();
        this.player.restart();
      } else this.player.retryNow();
    }
    if (event.type === 'session-ended') this.player.stop();
    this.loop.wake();
  }

  #tick(nowMs: number): void {
    const position = this.positionSample;
    const model = this.model.peek();
    batch(() => {
      const view = viewAt(model, position);
      const old = this.view.peek();
      if (view.playing !== old.playing || view.next !== old.next || view.mixingFrom !== old.mixingFrom) this.view.value = view;
      if (this.#skipAtSample !== null && position >= this.#skipAtSample) this.#endSkip();
      const connection = describeConnection({
        online: navigator.onLine,
        link: this.#link.peek(),
        player: this.status.peek(),
        session: model.state,
        library: model.library,
        ended: model.ended,
        nowMs,
      });
      if (connection.label !== this.connection.peek().label) this.connection.value = connection;
    });
  }

  #lively(): boolean {
    const settling = performance.now() - this.#stoppedAtMs < SETTLE_MS;
    return (this.player.wanted || settling) && !this.#calm.matches;
  }
}

function storedVolume(): number {
  const stored = Number(readPref('volume') ?? NaN);
  return stored >= 0 && stored <= 1 ? stored : 0.8;
}
