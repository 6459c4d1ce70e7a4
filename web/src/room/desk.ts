import { computed, signal, type ReadonlySignal, type Signal } from '@preact/signals';
import type { ChatMessage, Codes, LiveEvent, Participant, Role } from '../api';
import { messageOf } from '../client';
import type { Scope } from '../scope';
import { keepCodes } from './codes';
import { heard, mayDo, recalled } from './model';
import { Outbox } from './outbox';
import * as requests from './requests';
import type { Room } from './room';

export const LONGEST_MESSAGE = 2000;
const EARLIER = 50;

/** What the desk needs of the page. */
export interface Page {
  readonly sessionId: string;
  readonly room: Room;
  readonly say: (message: string) => void;
  /** Calls with every event, until the scope's end. */
  readonly listen: (scope: Scope, onEvent: (event: LiveEvent) => void) => void;
}

/** What one can do in a room: join, write, look back, and what hosts do. Nothing here raises; what fails is said. */
export class Desk {
  readonly outbox: Outbox;
  readonly isAskingEarlier: Signal<boolean> = signal(false);
  /** The codes that this page has just made. */
  readonly codes: Signal<Codes | null> = signal(null);
  /** What cannot be written now, in words; null: write. */
  readonly silence: ReadonlySignal<string | null>;
  /** When slow mode lets one write again, by `performance.now()`. */
  readonly nextAtMs: Signal<number> = signal(0);

  readonly #page: Page;

  constructor(scope: Scope, page: Page) {
    this.#page = page;
    this.outbox = new Outbox(scope, {
      send: (text, messageId) => requests.sayInRoom(page.sessionId, text, messageId),
      onSent: (message) => this.#onSent(message),
    });
    this.silence = computed(() => {
      const model = page.room.model.value;
      if (model.room?.you.muted === true) return 'A host has muted you: you can read, not write.';
      return model.room && !mayDo(model, 'chat') ? 'You cannot write here.' : null;
    });
    page.listen(scope, (event) => this.#onEvent(event));
  }

  write(text: string): void {
    const trimmed = text.trim();
    if (trimmed !== '') this.outbox.add(trimmed);
  }

  async leave(): Promise<void> {
    await this.#try(async () => {
      await requests.leaveRoom(this.#page.sessionId);
      this.#page.room.enter(null);
    });
  }

  /** Asks for what was said before the first message that is known. */
  async askEarlier(): Promise<void> {
    const { room, hasEarlier } = this.#page.room.model.peek();
    const first = room?.messages[0];
    if (!first || !hasEarlier || this.isAskingEarlier.peek()) return;
    this.isAskingEarlier.value = true;
    await this.#try(async () => {
      const { messages, more } = await requests.earlierMessages(this.#page.sessionId, first.id, EARLIER);
      this.#page.room.model.value = recalled(this.#page.room.model.peek(), messages, more);
    });
    this.isAskingEarlier.value = false;
  }

  erase({ id }: ChatMessage): Promise<boolean> {
    return this.#try(() => requests.eraseMessage(this.#page.sessionId, id));
  }

  mute({ participantId }: Participant, muted: boolean): Promise<boolean> {
    return this.#try(() => requests.muteParticipant(this.#page.sessionId, participantId, muted));
  }

  remove({ participantId }: Participant, ban: boolean): Promise<boolean> {
    return this.#try(() => requests.removeParticipant(this.#page.sessionId, participantId, ban));
  }

  promote({ participantId }: Participant, role: Role): Promise<boolean> {
    return this.#try(() => requests.promoteParticipant(this.#page.sessionId, participantId, role));
  }

  slowDown(slowS: number): Promise<boolean> {
    return this.#try(() => requests.setSlowMode(this.#page.sessionId, slowS));
  }

  renewCodes(): Promise<boolean> {
    return this.#try(async () => {
      this.codes.value = await requests.renewCodes(this.#page.sessionId);
      keepCodes(this.#page.sessionId, this.codes.value);
    });
  }

  #onEvent(event: LiveEvent): void {
    if (event.type === 'hello') this.outbox.retryNow();
    if (event.type !== 'chat') return;
    const { message } = event.data;
    if (message.participantId === this.#page.room.model.peek().room?.you.participantId) this.outbox.forget(message.messageId);
  }

  #onSent(message: ChatMessage): void {
    const { room } = this.#page;
    room.model.value = heard(room.model.peek(), [message]);
    const model = room.model.peek();
    const slowS = mayDo(model, 'moderate') ? 0 : (model.room?.settings.slowS ?? 0);
    this.nextAtMs.value = performance.now() + slowS * 1000;
  }

  async #try(run: () => Promise<void>): Promise<boolean> {
    try {
      await run();
      return true;
    } catch (error) {
      this.#page.say(messageOf(error));
      return false;
    }
  }
}
