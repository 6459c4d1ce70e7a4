import { describe, expect, it } from 'vitest';
import { nearestTurn, paletteOf, paletteOfText } from '../src/palette';
import { bandEdges, bandLevels, follow } from '../src/visualizer/bands';

function filled(colours: readonly (readonly [number, number, number])[]): Uint8ClampedArray {
  return new Uint8ClampedArray(colours.flatMap((rgb) => [...rgb, 255]));
}

describe('paletteOf', () => {
  it('finds the hue of a single colour', () => {
    const { hueA, chroma } = paletteOf(filled(Array.from({ length: 16 }, () => [200, 40, 40] as const)));
    expect(Math.abs(hueA - 27)).toBeLessThan(15);
    expect(chroma).toBeCloseTo(0.125);
  });

  it('finds two colours that are apart', () => {
    const pixels = [...Array.from({ length: 10 }, () => [30, 60, 200] as const), ...Array.from({ length: 6 }, () => [230, 150, 60] as const)];
    const { hueA, hueB } = paletteOf(filled(pixels));
    expect(hueA).toBeGreaterThan(240);
    expect(hueB).toBeLessThan(100);
  });

  it('leaves grey grey', () => {
    expect(paletteOf(filled([[20, 20, 20], [128, 128, 128], [220, 220, 220]])).chroma).toBeLessThan(0.001);
  });
});

describe('hues', () => {
  it('goes the short way round', () => {
    expect(nearestTurn(10, 350)).toBe(370);
    expect(nearestTurn(350, 10)).toBe(-10);
  });

  it('gives the same text the same colour', () => {
    expect(paletteOfText('Ferns')).toEqual(paletteOfText('Ferns'));
  });
});

describe('bands', () => {
  it('puts a tone into its band', () => {
    const edges = bandEdges(40, 4096, 48_000);
    const spectrum = new Float32Array(2048).fill(-120);
    spectrum[Math.round((1000 * 4096) / 48_000)] = -30;
    const out = new Float32Array(40);
    bandLevels(spectrum, edges, out);
    const loudest = out.indexOf(Math.max(...out));
    expect(((edges[loudest] ?? 0) * 48_000) / 4096).toBeLessThanOrEqual(1012);
    expect(((edges[loudest + 1] ?? 0) * 48_000) / 4096).toBeGreaterThan(990);
    expect(out.filter((level) => level > 0)).toHaveLength(1);
  });

  it('rises faster than it falls', () => {
    const up = new Float32Array([0]);
    const down = new Float32Array([1]);
    follow(up, new Float32Array([1]), 16, 50, 400);
    follow(down, new Float32Array([0]), 16, 50, 400);
    expect(up[0]).toBeGreaterThan(1 - (down[0] ?? 0));
  });
});
