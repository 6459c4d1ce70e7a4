import { signal, type Signal } from '@preact/signals';
import type { Scope } from '../scope';
import { meterOf, SpeechGate } from './ducking';
import { Meter } from './sound';

/** How loud everybody is: the rings in the list of people, and whether anybody speaks. */
export class Levels {
  readonly isSpeaking: Signal<boolean> = signal(false);

  readonly #context: AudioContext;
  readonly #meters = new Map<string, Meter>();
  readonly #gate = new SpeechGate();

  constructor(scope: Scope, context: AudioContext) {
    this.#context = context;
    scope.own(() => {
      this.clear();
      this.#show(new Map());
    });
  }

  /** Listens to a voice from now on; null stops that. The same track again changes nothing. */
  measure(identity: string, track: MediaStreamTrack | null): void {
    const known = this.#meters.get(identity);
    if (known?.trackId === track?.id) return;
    known?.close();
    this.#meters.delete(identity);
    if (track) this.#meters.set(identity, new Meter(this.#context, track));
  }

  clear(): void {
    for (const identity of [...this.#meters.keys()]) this.measure(identity, null);
    this.isSpeaking.value = false;
  }

  /** Call some twenty times a second. */
  tick(): void {
    const levels = new Map<string, number>();
    let loudest = 0;
    for (const [identity, meter] of this.#meters) {
      const level = meter.level();
      const participantId = participantOf(identity);
      loudest = Math.max(loudest, level);
      levels.set(participantId, Math.max(level, levels.get(participantId) ?? 0));
    }
    this.isSpeaking.value = this.#gate.hear(loudest, performance.now());
    this.#show(levels);
  }

  /** Straight into the page: what moves with sound is not rendered. */
  #show(levels: ReadonlyMap<string, number>): void {
    for (const element of document.querySelectorAll<HTMLElement>('[data-level-of]')) {
      element.style.setProperty('--level', meterOf(levels.get(element.dataset.levelOf ?? '') ?? 0).toFixed(2));
    }
  }
}

/** An identity in LiveKit is a participant's id, and something that tells their connections apart. */
export function participantOf(identity: string): string {
  return identity.replace(/#[^#]*$/, '');
}
