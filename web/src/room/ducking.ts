/** When the music steps back for people who speak, and by how much. All pure; levels are RMS, 0..1. */

/** Speech begins above this (-34 dBFS) and has ended when it stays below the other (-42 dBFS). */
const OPEN = 0.02;
const CLOSE = 0.008;
/** Between words nobody wants to hear the music come up. */
const HOLD_MS = 500;

/** The music is down within the first, and up again within the second. */
export const DOWN_S = 0.15;
export const UP_S = 0.6;

/** Whether somebody speaks: quick to notice, slow to forget. */
export class SpeechGate {
  #heardMs = -Infinity;
  #isOpen = false;

  /** Call some twenty times a second with the loudest level. */
  hear(level: number, nowMs: number): boolean {
    if (level >= (this.#isOpen ? CLOSE : OPEN)) {
      this.#isOpen = true;
      this.#heardMs = nowMs;
    } else if (nowMs - this.#heardMs >= HOLD_MS) this.#isOpen = false;
    return this.#isOpen;
  }
}

/** The gain of music that steps back by so many dB. */
export function duckGain(duckDb: number): number {
  return 10 ** (-Math.max(0, duckDb) / 20);
}

/** A level as part of a meter's width: from -60 dBFS to full. */
export function meterOf(level: number): number {
  return level <= 0 ? 0 : Math.min(1, Math.max(0, 1 + (20 * Math.log10(level)) / 60));
}
