/** Where in a buffered live stream one is, and where one should be. All pure; times in seconds of the media element. */

export interface Range {
  readonly start: number;
  readonly end: number;
}

/** A range counts as holding a time from this much before its start: encoders leave a few ms of priming. */
const EDGE_S = 0.05;

/** The timeline sample heard at `currentTimeS`, when media time 0 is `baseSample`. */
export function heardSample(baseSample: number, currentTimeS: number, rate: number): number {
  return Math.round(baseSample + currentTimeS * rate);
}

/** Seconds that can be played from `timeS` without a gap. */
export function aheadS(ranges: readonly Range[], timeS: number): number {
  const range = ranges.find(({ start, end }) => timeS >= start - EDGE_S && timeS < end);
  return range ? range.end - timeS : 0;
}

/**
 * Where to jump to from `timeS`, or null to stay.
 *
 * Jumps over a gap once its edge is reached, and towards the live edge when more than `tooFarBehindS` has piled up
 * (a laptop that slept), leaving `burstS` to play.
 */
export function jumpTarget(
  ranges: readonly Range[],
  timeS: number,
  burstS: number,
  tooFarBehindS: number,
): number | null {
  const last = ranges.at(-1);
  if (!last) return null;
  if (last.end - timeS > tooFarBehindS) return Math.max(last.start, last.end - burstS);
  if (aheadS(ranges, timeS) > EDGE_S) return null;
  const following = ranges.find(({ start }) => start > timeS + EDGE_S);
  return following ? following.start : null;
}

/** From this on a jump to a command's first sample is worth waiting a moment for more. */
const JUMP_LEAST_S = 0.4;
const JUMP_AT_ONCE_S = 0.6;
const JUMP_GRACE_MS = 200;

/**
 * Whether to jump to where a command cuts in, `beyondS` of which are buffered: soon enough that the command is heard
 * within a second, and with enough in hand that nothing stutters. `readyMs`: for how long the least has been there.
 */
export function isJumpDue(beyondS: number, readyMs: number): boolean {
  return beyondS >= JUMP_AT_ONCE_S || (beyondS >= JUMP_LEAST_S && readyMs >= JUMP_GRACE_MS);
}

/** Milliseconds to wait before asking `isJumpDue` again without new audio; null: only audio helps. */
export function jumpWaitMs(beyondS: number, readyMs: number): number | null {
  return beyondS >= JUMP_LEAST_S ? Math.max(0, JUMP_GRACE_MS - readyMs) : null;
}

/** With less in hand than this a player goes slower, until it has a good distance again. */
const THIN_S = 1;
const GOOD_S = 2;
/** Nobody hears 1.5 %; it earns 15 ms a second. */
const SLOWER = 0.985;
/** With next to nothing in hand a little more is better than to stutter. */
const BARE_S = 0.6;
const SLOWEST = 0.97;

/** The playback rate with `inHandS` left to play: once thin, slow until the distance is good. */
export function paceFor(inHandS: number, rate: number): number {
  if (inHandS >= (rate < 1 ? GOOD_S : THIN_S)) return 1;
  return inHandS < BARE_S ? SLOWEST : SLOWER;
}

export function rangesOf(buffered: TimeRanges): Range[] {
  return Array.from({ length: buffered.length }, (_, index) => ({
    start: buffered.start(index),
    end: buffered.end(index),
  }));
}
