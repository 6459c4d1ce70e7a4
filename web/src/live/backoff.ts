const FIRST_S = 0.5;
const LONGEST_S = 10;

/** Waiting times between attempts: doubling from 0.5 s to 10 s, each with up to 25 % taken off at random. */
export class Backoff {
  #attempts = 0;
  readonly #random: () => number;

  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  /** The next wait in ms. */
  nextMs(): number {
    const whole = Math.min(LONGEST_S, FIRST_S * 2 ** this.#attempts);
    this.#attempts += 1;
    return whole * (1 - 0.25 * this.#random()) * 1000;
  }

  reset(): void {
    this.#attempts = 0;
  }
}
