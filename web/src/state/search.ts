import { batch, signal, type Signal } from '@preact/signals';
import type { Track } from '../api';
import { findTracks, messageOf, similarTracks, type Found } from '../client';
import type { Scope } from '../scope';

const TYPING_MS = 160;
const LIMIT = 40;
const SIMILAR = 8;

export interface Results extends Found {
  /** What was looked for; "" for the tracks that sound like `like`. */
  readonly query: string;
  readonly like: Track | null;
}

/** The library's tracks by name while somebody types; before that, what sounds like the music that is on. */
export class Search {
  readonly query: Signal<string> = signal('');
  readonly results: Signal<Results | null> = signal(null);
  readonly busy: Signal<boolean> = signal(false);
  readonly trouble: Signal<string | null> = signal(null);

  readonly #scope: Scope;
  #like: Track | null = null;
  #asking = new AbortController();
  #cancelTyping = (): void => undefined;

  constructor(scope: Scope) {
    this.#scope = scope;
    scope.own(() => this.#asking.abort());
  }

  /** Starts anew, with the tracks that sound like `like`. */
  open(like: Track | null): void {
    this.#like = like;
    this.query.value = '';
    this.results.value = null;
    void this.#ask('');
  }

  type(text: string): void {
    this.query.value = text;
    this.#cancelTyping();
    this.#cancelTyping = this.#scope.timeout(() => void this.#ask(text.trim()), TYPING_MS);
  }

  async #ask(query: string): Promise<void> {
    this.#asking.abort();
    const { signal } = (this.#asking = new AbortController());
    const isKnown = query === this.results.peek()?.query;
    this.busy.value = !isKnown;
    if (isKnown) return;
    const like = query === '' ? this.#like : null;
    let found: Found = { total: 0, tracks: [] };
    let trouble: string | null = null;
    try {
      if (query !== '') found = await findTracks(query, LIMIT, signal);
      else if (like) found = await similarTracks(like.id, SIMILAR, signal);
    } catch (error) {
      // What is not analysed yet has nothing like it: that is no trouble.
      if (query !== '') trouble = messageOf(error);
    }
    if (signal.aborted) return;
    batch(() => {
      this.results.value = { ...found, query, like };
      this.trouble.value = trouble;
      this.busy.value = false;
    });
  }
}
