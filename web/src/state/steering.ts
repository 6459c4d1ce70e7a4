import { batch, computed, signal, type ReadonlySignal, type Signal } from '@preact/signals';
import type { Choice, LiveEvent, Opening, Planned, Track } from '../api';
import { explore, messageOf, playTrack, steer } from '../client';
import type { Scope } from '../scope';
import { arrange, axesOf, cycled, has, spoken, type Axis } from './axes';
import { assume, choiceOf, heldDirection, plannedNext, settle, type Assumed, type SessionModel } from './model';

/** So many axes are shown before "more". */
export const AXES = 6;
/** Events come in bunches. */
const SOON_MS = 250;
/** A scan tells of itself twice a second. */
const LIBRARY_MS = 4000;

export interface SteeringOptions {
  readonly sessionId: string;
  readonly model: Signal<SessionModel>;
  /** Whether the session takes commands from here; says why if it does not. */
  readonly allowed: () => boolean;
  readonly say: (message: string) => void;
  /** Called when a command is shown, before the server knows of it. */
  readonly onCommand: () => void;
}

/**
 * Where the music can go, and pushing it there.
 *
 * What is open is asked for when a track starts or the library changes, never on a timer. A command shows at once
 * (`SessionModel.assumed`) and is corrected by its answer or by events, whichever comes first.
 */
export class Steering {
  /** The most useful `AXES` first; they keep their places from track to track. */
  readonly axes: Signal<readonly Axis[]> = signal([]);
  /** The track at the live edge that the axes start from. */
  readonly from: Signal<Track | null> = signal(null);
  /** Closed: nothing is known, because nothing plays or is analysed yet. */
  readonly state: Signal<'asking' | 'open' | 'closed'> = signal('asking');
  readonly held: ReadonlySignal<string | null>;
  /** The held direction's side of its axis. */
  readonly heading: ReadonlySignal<-1 | 0 | 1>;
  /** What comes after the live edge's track. */
  readonly planned: ReadonlySignal<Choice | null>;

  readonly #scope: Scope;
  readonly #options: SteeringOptions;
  readonly #labels = new Map<string, string>();
  #asking = new AbortController();
  #dueAtMs = Infinity;
  #cancelDue = (): void => undefined;

  constructor(scope: Scope, options: SteeringOptions) {
    this.#scope = scope;
    this.#options = options;
    const { model } = options;
    this.held = computed(() => heldDirection(model.value));
    this.heading = computed(() => {
      const held = this.held.value;
      const axis = held === null ? undefined : this.axes.value.find((one) => has(one, held));
      return axis ? (axis.more.direction === held ? 1 : -1) : 0;
    });
    this.planned = computed(() => plannedNext(model.value));
    scope.own(() => this.#asking.abort());
    scope.listen(document, 'visibilitychange', () => {
      if (!document.hidden && this.#dueAtMs < performance.now()) void this.#ask();
    });
  }

  readonly label = (direction: string): string => this.#labels.get(direction) ?? spoken(direction);

  /** Call with each event, after the model has taken it. */
  onEvent(event: LiveEvent, before: SessionModel): void {
    if (event.type === 'hello' || event.type === 'track-started') this.#askWithin(SOON_MS);
    if (event.type !== 'library') return;
    const { analysed, scanning } = event.data;
    if (analysed !== before.library?.analysed || scanning === null || this.state.peek() === 'closed') this.#askWithin(LIBRARY_MS);
  }

  /** Pushes the music; what is held already is let go. */
  toggle(direction: string): void {
    void this.#steer(direction === this.held.peek() ? null : direction);
  }

  letGo(): void {
    if (this.held.peek() !== null) void this.#steer(null);
  }

  /** Steers along the axis shown at `place`: more, less, let go. */
  cycle(place: number): void {
    const axis = this.axes.peek()[place];
    if (axis) void this.#steer(cycled(axis, this.held.peek()));
  }

  /** Plays a track of the library. Resolves to whether the server will. */
  async play(track: Track, when: 'now' | 'next'): Promise<boolean> {
    const next: Choice = { track, by: 'request', direction: null, why: null };
    const assumed = { direction: this.held.peek(), next };
    return await this.#command(assumed, async () => {
      const planned = await playTrack(this.#options.sessionId, track.id, when);
      return { ...planned, held: assumed.direction };
    });
  }

  async #steer(direction: string | null): Promise<void> {
    if (!this.#options.allowed()) return;
    const opening = direction === null ? null : this.#openingOf(direction);
    const candidate = opening?.candidates[0];
    const next: Choice | null = candidate ? { track: candidate.track, by: 'direction', direction, why: candidate.why } : null;
    await this.#command({ direction, next }, () => steer(this.#options.sessionId, direction));
  }

  async #command(assumed: Assumed, run: () => Promise<Planned & { held: string | null }>): Promise<boolean> {
    const { model } = this.#options;
    model.value = assume(model.peek(), assumed);
    this.#options.onCommand();
    try {
      const answer = await run();
      model.value = settle(model.peek(), assumed, { direction: answer.held, next: choiceOf(answer) });
      return true;
    } catch (error) {
      model.value = settle(model.peek(), assumed, null);
      this.#options.say(messageOf(error));
      return false;
    }
  }

  #openingOf(direction: string): Opening | null {
    for (const { less, more } of this.axes.peek()) {
      if (less.direction === direction) return less.opening;
      if (more.direction === direction) return more.opening;
    }
    return null;
  }

  #askWithin(ms: number): void {
    const dueAtMs = performance.now() + ms;
    if (dueAtMs >= this.#dueAtMs) return;
    this.#cancelDue();
    this.#dueAtMs = dueAtMs;
    // A page that nobody sees asks when it is looked at.
    this.#cancelDue = this.#scope.timeout(() => void (document.hidden || this.#ask()), ms);
  }

  async #ask(): Promise<void> {
    this.#cancelDue();
    this.#dueAtMs = Infinity;
    this.#asking.abort();
    const asking = (this.#asking = new AbortController());
    try {
      const { from, openings } = await explore(this.#options.sessionId, asking.signal);
      if (asking.signal.aborted) return;
      for (const { direction, label } of openings) this.#labels.set(direction, label);
      batch(() => {
        this.axes.value = arrange(this.axes.peek(), axesOf(openings), this.held.peek(), AXES);
        this.from.value = from;
        this.state.value = openings.length > 0 ? 'open' : 'closed';
      });
    } catch {
      // Refused or unreachable: the next track, the next scan or the next connection asks again.
      if (!asking.signal.aborted) this.state.value = this.axes.peek().length > 0 ? 'open' : 'closed';
    }
  }
}
