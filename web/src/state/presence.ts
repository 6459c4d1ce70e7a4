import { computed, signal, type ReadonlySignal, type Signal } from '@preact/signals';
import type { Identity, LiveEvent, SessionView } from '../api';
import { describeSession, listSessions } from '../client';
import type { SessionModel } from './model';

/**
 * Whether there is a session to this page.
 *
 * `waiting`: a follower whose session is gone. `missing`: there is none of this name. Whatever it is, the page goes on
 * asking, and a `hello` makes it `here`.
 */
export type Whereabouts = 'unknown' | 'here' | 'waiting' | 'missing' | 'ended';

/** A server that starts may know its sessions a little later than it answers. */
export const MISSING_AFTER_MS = 5000;

/** What to make of an answer to "where is this session?": its state, or null for "there is no such session". */
export function afterAnswer(before: Whereabouts, state: SessionView['state'] | null, missingForMs: number): Whereabouts {
  if (state === 'waiting') return 'waiting';
  if (state !== null || before === 'ended') return before;
  return before === 'unknown' || missingForMs >= MISSING_AFTER_MS ? 'missing' : before;
}

/** Why nothing can be commanded here, in words; null: it can. */
export function readOnlyWords(session: Identity | null, followedName: string | null): string | null {
  // A server of an older version does not tell: it takes commands.
  if (!session || (session.allowCommands as boolean | undefined) !== false) return null;
  return `You are following ${followedName ?? session.followingSession ?? 'another session'}: only its own page can steer.`;
}

/** Who this session is, and whether it is there: told by its events, and asked for when they are refused. */
export class Presence {
  readonly whereabouts: Signal<Whereabouts> = signal('unknown');
  /** Known before the first `hello` when a follower waits. */
  readonly session: ReadonlySignal<Identity | null>;
  readonly readOnly: ReadonlySignal<string | null>;
  /** There is nothing to hear or to command: waiting, missing or ended. */
  readonly isGone: ReadonlySignal<boolean>;

  readonly #model: Signal<SessionModel>;
  readonly #sessionId: string;
  readonly #described: Signal<Identity | null> = signal(null);
  #missingSinceMs: number | null = null;

  /** `lock`: why one's place in the room does not let one steer, in words. */
  constructor(sessionId: string, model: Signal<SessionModel>, lock: () => string | null) {
    this.#sessionId = sessionId;
    this.#model = model;
    this.session = computed(() => model.value.info?.session ?? this.#described.value);
    this.isGone = computed(() => ['waiting', 'missing', 'ended'].includes(this.whereabouts.value));
    this.readOnly = computed(() => readOnlyWords(this.session.value, model.value.followedName) ?? lock());
  }

  /** Call with each event, after the model has taken it. */
  onEvent(event: LiveEvent): void {
    if (event.type === 'hello') {
      this.#missingSinceMs = null;
      this.whereabouts.value = 'here';
      const { followingSession } = event.data.session;
      if (followingSession) void this.#askFollowedName(followingSession);
    }
    if (event.type === 'session-ended') this.whereabouts.value = this.session.peek()?.type === 'follower' ? 'waiting' : 'ended';
  }

  /** Call when the events of the session are refused. */
  async onRefused(): Promise<void> {
    let sessions: readonly SessionView[];
    try {
      sessions = await listSessions(null);
    } catch {
      this.#missingSinceMs = null;
      return;
    }
    const view = sessions.find(({ sessionId }) => sessionId === this.#sessionId);
    if (view) {
      this.#described.value = { ...view, id: view.sessionId };
      this.#missingSinceMs = null;
    } else this.#missingSinceMs ??= performance.now();
    const missingForMs = performance.now() - (this.#missingSinceMs ?? performance.now());
    this.whereabouts.value = afterAnswer(this.whereabouts.peek(), view?.state ?? null, missingForMs);
  }

  async #askFollowedName(id: string): Promise<void> {
    try {
      const { name } = await describeSession(id);
      this.#model.value = { ...this.#model.peek(), followedName: name };
    } catch {
      // Its id says enough.
    }
  }
}
