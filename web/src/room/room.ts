import { computed, signal, type ReadonlySignal, type Signal } from '@preact/signals';
import type { LiveEvent, RoomSnapshot } from '../api';
import { entered, reduceRoom, UNKNOWN_ROOM, unreadAfter, type RoomModel } from './model';

/** The room as the page knows it from its events. What one can do in it is the `Desk`'s, which comes with the panel. */
export class Room {
  readonly model: Signal<RoomModel> = signal(UNKNOWN_ROOM);
  /** Messages that came while the chat was out of sight. */
  readonly unread: ReadonlySignal<number>;

  /** The latest message that was seen; null: none has come yet. */
  readonly #seenId: Signal<number | null> = signal(null);
  readonly #reconnect: () => void;

  /** `reconnect` opens the events anew: who is asking shows in a cookie, which they carry once. */
  constructor(reconnect: () => void) {
    this.#reconnect = reconnect;
    this.unread = computed(() => unreadAfter(this.model.value, this.#seenId.value ?? Infinity));
  }

  onEvent(event: LiveEvent): void {
    const before = this.model.peek();
    this.model.value = reduceRoom(before, event);
    const { room } = this.model.peek();
    if (room && this.#seenId.peek() === null) this.see();
    // What a new role permits is told by a snapshot only.
    if (event.type === 'participant' && room && before.room && room.you.role !== before.room.you.role) this.#reconnect();
  }

  /** After joining, or after leaving with null. */
  enter(room: RoomSnapshot | null): void {
    this.model.value = entered(this.model.peek(), room);
    this.#seenId.value = null;
    if (room) this.see();
    this.#reconnect();
  }

  /** Everything so far was seen. */
  see(): void {
    this.#seenId.value = this.model.peek().room?.messages.at(-1)?.id ?? 0;
  }
}
