import { signal, type Signal } from '@preact/signals';
import type { AccessMode, Codes, RoomSnapshot } from '../api';
import { ApiError, describeSession, messageOf } from '../client';
import { keepCodes, keptCodes } from './codes';
import { hasJoined, rememberName, rememberJoined } from './joining';
import { fetchRoom, makeSession, renewCodes } from './requests';

/**
 * A room that somebody wants, or has made.
 *
 * `taken`: there is a session of that name, whose codes are not known here.
 */
export interface Making {
  /** As it was typed; empty: the server finds one. */
  readonly name: string;
  readonly state: 'wanted' | 'making' | 'made' | 'taken' | 'failed';
  readonly sessionId: string;
  /** Known for what was made in this tab. */
  readonly codes: Codes | null;
  readonly trouble: string | null;
  /** Of what is taken: whether its links need codes, and whether one may make new ones. */
  readonly access: AccessMode;
  readonly isHost: boolean;
}

const WANTED: Making = { name: '', state: 'wanted', sessionId: '', codes: null, trouble: null, access: 'open', isHost: false };

/** As many rooms as a home has, and some. */
const MOST = 12;

/** The names that a link asks for. */
export function namesOf(search: string): readonly string[] {
  const names = (new URLSearchParams(search).get('names') ?? '').split(',').map((name) => name.trim());
  return [...new Set(names.filter((name) => name !== ''))].slice(0, MOST);
}

/** One or more sessions with their rooms, made one after the other. Nothing is made before somebody says so. */
export class Makings {
  readonly all: Signal<readonly Making[]>;

  constructor(names: readonly string[]) {
    const wanted = names.map((name) => ({ ...WANTED, name }));
    this.all = signal(wanted.map((one) => withKept(one, one.name)));
  }

  /** Makes what is not made; `displayName` becomes its host. */
  async make(displayName: string): Promise<void> {
    rememberName(displayName);
    for (const [place, { state }] of this.all.peek().entries()) if (state !== 'made') await this.#makeOne(place, displayName.trim());
  }

  /** Another name for what is to be made. */
  rename(place: number, name: string): void {
    this.#change(place, { ...WANTED, name });
  }

  /** One has joined what is taken. */
  joined(place: number, { you }: RoomSnapshot): void {
    const isHost = you.role === 'host';
    this.#change(place, { isHost, trouble: isHost ? null : 'That was not the host’s code: only hosts make new links.' });
  }

  /** New codes for what is taken: the old ones are void. */
  async renew(place: number): Promise<void> {
    const one = this.all.peek()[place];
    if (!one) return;
    try {
      const codes = await renewCodes(one.sessionId);
      keepCodes(one.sessionId, codes);
      this.#change(place, { state: 'made', codes, trouble: null });
    } catch (error) {
      this.#change(place, { trouble: messageOf(error) });
    }
  }

  async #makeOne(place: number, displayName: string): Promise<void> {
    const name = this.all.peek()[place]?.name ?? '';
    this.#change(place, { state: 'making', trouble: null });
    try {
      const made = await makeSession(name.trim(), displayName);
      keepCodes(made.sessionId, made);
      rememberJoined(made.sessionId);
      this.#change(place, { state: 'made', sessionId: made.sessionId, codes: made });
    } catch (error) {
      const takenId = error instanceof ApiError && error.status === 409 ? error.sessionId : null;
      if (takenId !== null) await this.#findTaken(place, takenId);
      else this.#change(place, { state: 'failed', trouble: messageOf(error) });
    }
  }

  async #findTaken(place: number, sessionId: string): Promise<void> {
    const kept = keptCodes(sessionId);
    if (kept) {
      this.#change(place, { state: 'made', sessionId, codes: kept });
      return;
    }
    const access = await describeSession(sessionId).then(
      (view) => view.access?.mode ?? 'open',
      () => 'codes' as const,
    );
    const isHost =
      hasJoined(sessionId) &&
      (await fetchRoom(sessionId).then(
        ({ you }) => you.role === 'host',
        () => false,
      ));
    this.#change(place, { state: 'taken', sessionId, access, isHost });
  }

  #change(place: number, change: Partial<Making>): void {
    this.all.value = this.all.peek().map((one, at) => (at === place ? { ...one, ...change } : one));
  }
}

/** What was made in this tab needs no making, after a reload. */
function withKept(one: Making, sessionId: string): Making {
  const codes = keptCodes(sessionId);
  return codes ? { ...one, state: 'made', sessionId, codes } : one;
}
