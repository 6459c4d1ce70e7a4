import { batch, signal, type Signal } from '@preact/signals';
import type { RoomSnapshot } from '../api';
import { ApiError, messageOf } from '../client';
import { readPref, writePref } from '../prefs';
import type { Scope } from '../scope';
import { joinRoom } from './requests';

/** Why somebody could not join. */
export interface JoinRefusal {
  readonly kind: 'code' | 'banned' | 'full' | 'missing' | 'waiting' | 'other';
  readonly message: string;
}

export const LONGEST_NAME = 40;

/** The name that was used last, in any session. */
export function rememberedName(): string {
  return readPref('name') ?? '';
}

export function rememberName(name: string): void {
  writePref('name', name.trim());
}

/** Whether this browser has joined the session before; the server knows for sure, and as whom. */
export function hasJoined(sessionId: string): boolean {
  return readPref(`joined.${sessionId}`) !== null;
}

export function rememberJoined(sessionId: string): void {
  writePref(`joined.${sessionId}`, 'yes');
}

/** Joining a session, and why it did not work, in words. */
export class Joining {
  readonly busy: Signal<boolean> = signal(false);
  readonly refusal: Signal<JoinRefusal | null> = signal(null);
  /** Seconds until the server listens to another attempt. */
  readonly waitS: Signal<number> = signal(0);

  readonly #scope: Scope;
  #counting = (): void => undefined;

  constructor(scope: Scope) {
    this.#scope = scope;
  }

  /** Resolves to the room, or to null with `refusal` set. */
  async join(sessionId: string, code: string, displayName: string): Promise<RoomSnapshot | null> {
    if (this.busy.peek() || this.waitS.peek() > 0) return null;
    batch(() => {
      this.busy.value = true;
      this.refusal.value = null;
    });
    try {
      rememberName(displayName);
      const room = await joinRoom(sessionId, code.trim(), displayName.trim());
      rememberJoined(sessionId);
      return room;
    } catch (error) {
      this.refusal.value = refusalOf(error, sessionId, code);
      if (error instanceof ApiError && error.status === 429) this.#countDown(Math.ceil(error.retryAfterS ?? 1));
      return null;
    } finally {
      this.busy.value = false;
    }
  }

  /** Something else is typed: the refusal is not about it. A wait is. */
  forget(): void {
    if (this.waitS.peek() === 0) this.refusal.value = null;
  }

  #countDown(seconds: number): void {
    this.#counting();
    this.waitS.value = seconds;
    if (seconds > 0) this.#counting = this.#scope.timeout(() => this.#countDown(seconds - 1), 1000);
    else this.refusal.value = null;
  }
}

export function refusalOf(error: unknown, sessionId: string, code: string): JoinRefusal {
  if (!(error instanceof ApiError)) return { kind: 'other', message: messageOf(error) };
  if (error.status === 429) return { kind: 'waiting', message: 'Too many attempts.' };
  if (error.status === 404) return { kind: 'missing', message: `There is no session called “${sessionId}”.` };
  switch (error.code) {
    case 'wrong-code':
      return { kind: 'code', message: code.trim() === '' ? 'This session wants a code. Its host has it, in the link.' : 'That code does not open this session. Its host may have made new ones: ask for the link once more.' };
    case 'banned':
      return { kind: 'banned', message: 'A host has banned you from this session.' };
    case 'full':
      return { kind: 'full', message: 'The session is full. Somebody has to leave first.' };
    default:
      return { kind: 'other', message: error.message };
  }
}
