import { batch, computed, signal, type ReadonlySignal, type Signal } from '@preact/signals';
import type { LiveEvent, Track } from '../api';
import { eventsUrl, messageOf, nextTrack, seek } from '../client';
import { FrameLoop } from '../frameLoop';
import { connectEvents, type LinkState } from '../live/events';
import { Player, type PlayerStatus } from '../player/player';
import { gainOf, stepVolume } from '../player/volume';
import { readPref, writePref } from '../prefs';
import { steeringWords } from '../room/model';
import { Room } from '../room/room';
import type { Scope } from '../scope';
import { describeConnection, type Connection } from './connection';
import { isOtherRun, liveEdge, progressAt, progressOf, reduce, sampleRate, UNKNOWN_SESSION, viewAt, type Progress, type SessionModel, type View } from './model';
import { Presence } from './presence';
import { Steering } from './steering';

const TOAST_MS = 5000;
/** A skip counts as heard after this at the latest: in a paused session its position never comes. */
const SKIP_LIMIT_MS = 15_000;
/** The landscape takes this long to come to rest after the music stops, or after a push. */
const SETTLE_MS = 4000;
const BURST_S = 3;
const VIEW_KEYS = ['playing', 'next', 'then', 'mixingFrom', 'transition'] as const;

/** What is heard in place of the player: the mix in the LiveKit room. */
export interface Substitute {
  readonly analyser: AnalyserNode;
  /** Whether the listener wants sound. */
  readonly isOn: ReadonlySignal<boolean>;
  readonly toggle: () => void;
  /** Amplitude, 0..1. */
  readonly setGain: (gain: number) => void;
}

/** One session on one page: its events, its player, and the signals that components read. */
export class Radio {
  readonly sessionId: string;
  readonly player: Player;
  readonly loop: FrameLoop;
  readonly presence: Presence;
  readonly room: Room;
  readonly steering: Steering;
  readonly model: Signal<SessionModel> = signal(UNKNOWN_SESSION);
  /** What is on where the listener hears it. */
  readonly view: Signal<View> = signal({ playing: null, next: null, then: null, mixingFrom: null, transition: null });
  readonly status: Signal<PlayerStatus> = signal({ kind: 'stopped' });
  readonly substitute: Signal<Substitute | null> = signal(null);
  readonly wanted: ReadonlySignal<boolean> = computed(() => this.substitute.value?.isOn.value ?? this.status.value.kind !== 'stopped');
  readonly connection: Signal<Connection> = signal({ tone: 'busy', label: 'connecting' });
  readonly volume: Signal<number> = signal(storedVolume());
  readonly muted: Signal<boolean> = signal(readPref('muted') === 'yes');
  /** A skip is on its way to the listener's ears. */
  readonly skipping: Signal<boolean> = signal(false);
  readonly toast: Signal<string | null> = signal(null);
  /** Asks for the session at once. */
  readonly reconnect: () => void;

  readonly #scope: Scope;
  readonly #listeners = new Set<(event: LiveEvent) => void>();
  readonly #link: Signal<LinkState> = signal('connecting');
  readonly #calm = matchMedia('(prefers-reduced-motion: reduce)');
  /** What ends `skipping` when it is heard: a sample, or a track. */
  #awaited: { readonly sample: number } | { readonly trackId: Track['id'] } | null = null;
  /** Where in the track somebody here has just gone, until it is heard. */
  #sought: Progress | null = null;
  #movedAtMs = -SETTLE_MS;
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
        if (status.kind === 'stopped') this.#movedAtMs = performance.now();
        this.status.value = status;
        this.loop.wake();
      },
    });
    this.room = new Room(() => this.reconnect());
    this.presence = new Presence(sessionId, this.model, () => steeringWords(this.room.model.value));
    this.steering = new Steering(scope, {
      sessionId,
      allowed: () => this.may(),
      model: this.model,
      say: (message) => this.say(message),
      onCommand: () => {
        this.#movedAtMs = performance.now();
        this.loop.wake();
      },
    });
    this.loop = new FrameLoop(scope, () => this.#lively());
    this.loop.add(scope, (nowMs) => this.#tick(nowMs));
    this.#applyVolume();
    this.reconnect = connectEvents(scope, {
      url: eventsUrl(sessionId),
      onEvent: (event) => this.#onEvent(event),
      onState: (link) => {
        this.#link.value = link;
        this.loop.wake();
      },
      onRefused: () => void this.#onRefused(),
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
    return this.#sought ?? (playing && progressAt(playing, this.positionSample, this.sampleRate, this.model.peek().heldAt));
  }

  /** Whether the session takes commands from here; says why if it does not. */
  may(): boolean {
    const why = this.presence.readOnly.peek();
    if (why !== null) this.say(why);
    return why === null;
  }

  /** Gives the session a command, if it takes any. Resolves to whether it was accepted; says why if not. */
  async command(run: () => Promise<unknown>): Promise<boolean> {
    if (!this.may()) return false;
    try {
      await run();
      return true;
    } catch (error) {
      this.say(messageOf(error));
      return false;
    }
  }

  /** For drawing; null until something has played. */
  get analyser(): AnalyserNode | null {
    return (this.substitute.peek() ?? this.player.graph)?.analyser ?? null;
  }

  /** The amplitude that the listener has set. */
  get gain(): number {
    return gainOf(this.volume.peek(), this.muted.peek());
  }

  toggle(): void {
    const substitute = this.substitute.peek();
    if (substitute) substitute.toggle();
    else if (this.player.wanted) this.player.stop();
    else this.player.play();
  }

  async skip(): Promise<void> {
    if (this.skipping.peek()) return;
    this.skipping.value = true;
    const accepted = await this.command(async () => this.#cutIn((await nextTrack(this.sessionId)).startSample));
    if (!accepted) this.#endSkip();
  }

  /** Goes elsewhere in the track that is on; `fraction` of the whole track. */
  async seek(fraction: number): Promise<void> {
    const { playing } = this.view.peek();
    if (!playing || !this.may()) return;
    if (this.model.peek().queue.at(-1)?.track.id !== playing.track.id) {
      this.say('The next track has begun already: you are about to hear it.');
      return;
    }
    const { elapsedS, remainingS } = progressAt(playing, playing.startSample, this.sampleRate);
    this.#sought = progressOf(fraction, elapsedS + remainingS);
    const positionS = this.#sought.elapsedS;
    this.loop.wake();
    const accepted = await this.command(async () => this.#cutIn((await seek(this.sessionId, positionS)).startSample));
    if (!accepted) this.#endSkip();
  }

  /** Plays a track of the library, now or after the one that is on. */
  async play(track: Track, when: 'now' | 'next'): Promise<void> {
    if (!this.may()) return;
    if (when === 'now') this.skipping.value = true;
    const accepted = await this.steering.play(track, when);
    if (when === 'next') return;
    if (accepted) this.#await({ trackId: track.id });
    else this.#endSkip();
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

  /** Calls with every event, after the page has taken it. */
  listen(scope: Scope, onEvent: (event: LiveEvent) => void): void {
    this.#listeners.add(onEvent);
    scope.own(() => this.#listeners.delete(onEvent));
  }

  /** Shows a short message for a few seconds. */
  say(message: string): void {
    this.#cancelToast();
    this.toast.value = message;
    this.#cancelToast = this.#scope.timeout(() => (this.toast.value = null), TOAST_MS);
  }

  /** A command of ours begins to be audible at this sample. */
  #cutIn(sample: number): void {
    this.#await({ sample });
    this.player.skipTo(sample);
  }

  #await(awaited: { sample: number } | { trackId: Track['id'] }): void {
    this.#cancelSkipLimit();
    this.#awaited = awaited;
    this.#cancelSkipLimit = this.#scope.timeout(() => this.#endSkip(), SKIP_LIMIT_MS);
  }

  #endSkip(): void {
    this.#cancelSkipLimit();
    this.#awaited = null;
    this.#sought = null;
    this.skipping.value = false;
  }

  #applyVolume(): void {
    this.player.setGain(this.gain);
    this.substitute.peek()?.setGain(this.gain);
    writePref('volume', String(this.volume.peek()));
    writePref('muted', this.muted.peek() ? 'yes' : 'no');
  }

  #onEvent(event: LiveEvent): void {
    const before = this.model.peek();
    this.model.value = reduce(before, event, performance.now());
    this.room.onEvent(event);
    this.presence.onEvent(event);
    this.steering.onEvent(event, before);
    if (event.type === 'hello') {
      if (isOtherRun(before, event.data)) {
        this.#endSkip();
        this.player.restart();
      } else this.player.retryNow();
    }
    if (event.type === 'skipped') this.player.skipTo(event.data.atSample);
    if (event.type === 'journey-reset') this.say('A new journey begins.');
    if (event.type === 'removed') this.say(event.data.reason === 'banned' ? 'A host has banned you from this room.' : 'A host has sent you out of this room.');
    this.#stopIfGone();
    for (const onEvent of this.#listeners) onEvent(event);
    this.loop.wake();
  }

  async #onRefused(): Promise<void> {
    await this.presence.onRefused();
    this.#stopIfGone();
    this.loop.wake();
  }

  /** A follower's player goes on trying: its session may be made again. */
  #stopIfGone(): void {
    const where = this.presence.whereabouts.peek();
    if (where === 'ended' || where === 'missing') this.player.stop();
  }

  #tick(nowMs: number): void {
    const position = this.positionSample;
    const model = this.model.peek();
    batch(() => {
      const view = viewAt(model, position);
      const old = this.view.peek();
      if (VIEW_KEYS.some((key) => view[key] !== old[key])) this.view.value = view;
      if (this.#awaited && isHeard(this.#awaited, view, position)) this.#endSkip();
      const connection = describeConnection({
        online: navigator.onLine,
        link: this.#link.peek(),
        player: this.status.peek(),
        session: model.state,
        library: model.library,
        whereabouts: this.presence.whereabouts.peek(),
        followed: model.followedName ?? this.presence.session.peek()?.followingSession ?? null,
        nowMs,
      });
      const shown = this.connection.peek();
      if (connection.label !== shown.label || connection.tone !== shown.tone) this.connection.value = connection;
    });
  }

  #lively(): boolean {
    const settling = performance.now() - this.#movedAtMs < SETTLE_MS;
    return (this.wanted.peek() || settling) && !this.#calm.matches;
  }
}

function isHeard(awaited: { readonly sample: number } | { readonly trackId: Track['id'] }, view: View, position: number): boolean {
  return 'sample' in awaited ? position >= awaited.sample : view.playing?.track.id === awaited.trackId;
}

function storedVolume(): number {
  const stored = Number(readPref('volume') ?? NaN);
  return stored >= 0 && stored <= 1 ? stored : 0.8;
}
