import { describe, expect, it } from 'vitest';
import { Backoff } from '../src/live/backoff';
import { aheadS, heardSample, isJumpDue, jumpTarget, jumpWaitMs, paceFor } from '../src/player/position';
import { gainOf, stepVolume } from '../src/player/volume';
import { firstClusterMs } from '../src/player/webm';

describe('heardSample', () => {
  it('is exact to the sample', () => {
    expect(heardSample(1_000_000, 2.5, 48_000)).toBe(1_120_000);
  });
});

describe('jumpTarget', () => {
  it('stays while there is audio', () => {
    expect(jumpTarget([{ start: 0, end: 3 }], 1, 3, 9)).toBeNull();
  });

  it('tolerates the priming of an encoder before the first range', () => {
    expect(aheadS([{ start: 0.007, end: 3 }], 0)).toBe(3);
  });

  it('waits at the end of the last range', () => {
    expect(jumpTarget([{ start: 0, end: 3 }], 2.99, 3, 9)).toBeNull();
  });

  it('crosses a gap once its edge is reached', () => {
    const ranges = [
      { start: 0, end: 3 },
      { start: 5, end: 8 },
    ];
    expect(jumpTarget(ranges, 2, 3, 9)).toBeNull();
    expect(jumpTarget(ranges, 2.98, 3, 9)).toBe(5);
  });

  it('returns to the live edge when audio has piled up', () => {
    expect(jumpTarget([{ start: 0, end: 40 }], 10, 3, 9)).toBe(37);
  });
});

describe('isJumpDue', () => {
  it('jumps at once with enough in hand, with little after a moment, and never without', () => {
    expect(isJumpDue(0.7, 0)).toBe(true);
    expect(isJumpDue(0.5, 0)).toBe(false);
    expect(isJumpDue(0.5, 200)).toBe(true);
    expect(isJumpDue(0.3, 10_000)).toBe(false);
  });

  it('knows when to look again', () => {
    expect(jumpWaitMs(0.3, 0)).toBeNull();
    expect(jumpWaitMs(0.5, 150)).toBe(50);
    for (const readyMs of [0, 150, 200, 900]) expect(isJumpDue(0.5, readyMs + (jumpWaitMs(0.5, readyMs) ?? 0))).toBe(true);
  });
});

describe('paceFor', () => {
  it('goes slower when the buffer is thin, until the distance is good again', () => {
    expect(paceFor(3, 1)).toBe(1);
    expect(paceFor(0.9, 1)).toBe(0.985);
    expect(paceFor(0.5, 0.985)).toBe(0.97);
    expect(paceFor(0.7, 0.97)).toBe(0.985);
    expect(paceFor(1.5, 0.985)).toBe(0.985);
    expect(paceFor(2, 0.985)).toBe(1);
    expect(paceFor(1.5, 1)).toBe(1);
  });
});

describe('Backoff', () => {
  it('doubles from 0.5 s to 10 s and starts over after a reset', () => {
    const backoff = new Backoff(() => 0);
    expect(Array.from({ length: 7 }, () => backoff.nextMs())).toEqual([500, 1000, 2000, 4000, 8000, 10_000, 10_000]);
    backoff.reset();
    expect(backoff.nextMs()).toBe(500);
  });

  it('takes off up to a quarter', () => {
    expect(new Backoff(() => 1).nextMs()).toBe(375);
  });
});

describe('firstClusterMs', () => {
  const header = [0x1a, 0x45, 0xdf, 0xa3, 0x80];

  it('reads the timestamp of a cluster of unknown size', () => {
    const cluster = [0x1f, 0x43, 0xb6, 0x75, 0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xe7, 0x82, 0x03, 0xe8, 0xa3];
    expect(firstClusterMs(new Uint8Array([...header, ...cluster]))).toBe(1000);
  });

  it('reads the timestamp of a sized cluster', () => {
    const cluster = [0x1f, 0x43, 0xb6, 0x75, 0x44, 0x00, 0xe7, 0x83, 0x01, 0x00, 0x00];
    expect(firstClusterMs(new Uint8Array([...header, ...cluster]))).toBe(65_536);
  });

  it('waits for the rest', () => {
    expect(firstClusterMs(new Uint8Array(header))).toBeNull();
    expect(firstClusterMs(new Uint8Array([...header, 0x1f, 0x43, 0xb6, 0x75, 0x84, 0xe7, 0x82, 0x03]))).toBeNull();
  });
});

describe('volume', () => {
  it('is silent when muted and whole at the top', () => {
    expect(gainOf(1, true)).toBe(0);
    expect(gainOf(1, false)).toBe(1);
    expect(gainOf(0.5, false)).toBe(0.125);
  });

  it('steps on a grid and stops at the ends', () => {
    expect(stepVolume(0.83, 1)).toBe(0.9);
    expect(stepVolume(1, 1)).toBe(1);
    expect(stepVolume(0, -1)).toBe(0);
  });
});
