/** So long without a packet, and a track has stopped. */
const STALL_MS = 1500;

/** Whether a track's packets come, by their count. */
export class Flow {
  #packets = 0;
  #latestMs: number;

  constructor(nowMs: number) {
    this.#latestMs = nowMs;
  }

  /** Takes a count; returns whether packets came lately. Fewer than before are new, too: Firefox counts anew when a microphone is added. */
  see(packets: number, nowMs: number): boolean {
    if (packets !== this.#packets) this.#latestMs = nowMs;
    this.#packets = packets;
    return packets > 0 && nowMs - this.#latestMs < STALL_MS;
  }
}
