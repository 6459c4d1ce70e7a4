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

export function rangesOf(buffered: TimeRanges): Range[] {
  return Array.from({ length: buffered.length }, (_, index) => ({
    start: buffered.start(index),
    end: buffered.end(index),
  }));
}
