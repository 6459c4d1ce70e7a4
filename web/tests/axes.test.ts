import { describe, expect, it } from 'vitest';
import type { Opening, Track } from '../src/api';
import { arrange, axesOf, cycled, spoken, type Axis } from '../src/state/axes';

const TRACK: Track = { id: 1, title: 'T', artist: '', album: '', durationS: 1, artUrl: null, bpm: null, key: null, genre: null, year: null };

/** Openings of a dimension; `change` is what the tracks there differ by. */
function opening(direction: string, opposite: string, dimension: string, change: number | null): Opening {
  const deltas = change === null ? {} : { [dimension]: change };
  const candidates = [{ track: TRACK, why: { moved: 1, kept: 0, deltas, relaxed: null } }];
  return { direction, label: spoken(direction), dimension, domain: 'spectral', opposite, candidates };
}

const BRIGHTER = opening('brighter', 'darker', 'brightness', 0.8);
const DARKER = opening('darker', 'brighter', 'brightness', -0.6);
const SLOWER = opening('slower', 'faster', 'tempo', -1);

function axis(name: string): Axis {
  const [found] = axesOf([opening(`${name}-up`, `${name}-down`, name, 1)]);
  if (!found) throw new Error('no axis');
  return found;
}

function names(axes: readonly Axis[]): string {
  return axes.map(({ dimension }) => dimension).join('');
}

describe('axesOf', () => {
  it('pairs opposites, less to the left, in the order of the better one', () => {
    const axes = axesOf([BRIGHTER, DARKER, SLOWER]);
    expect(axes.map(({ less, more }) => [less.direction, more.direction])).toEqual([
      ['darker', 'brighter'],
      ['slower', 'faster'],
    ]);
  });

  it('closes the end where nothing lies', () => {
    const [tempo] = axesOf([SLOWER]);
    expect(tempo?.less.opening).toBe(SLOWER);
    expect(tempo?.more).toEqual({ direction: 'faster', label: 'Faster', opening: null });
    expect(axesOf([{ ...SLOWER, candidates: [] }])[0]?.less.opening).toBeNull();
  });

  it('finds the side of a direction that is not measured by itself', () => {
    const [component] = axesOf([opening('tonal-1-up', 'tonal-1-down', 'tonal-1', null)]);
    expect(component?.more.direction).toBe('tonal-1-up');
  });
});


describe('arrange', () => {
  const [a, b, c, d] = [axis('a'), axis('b'), axis('c'), axis('d')];

  it('leaves in place what was shown', () => {
    expect(names(arrange([a, b, c], [c, d, a], null, 3))).toBe('adc');
  });

  it('lets those beyond the shown ones follow by usefulness', () => {
    expect(names(arrange([], [a, b, c, d], null, 2))).toBe('abcd');
  });

  it('keeps a held axis among the shown ones', () => {
    expect(names(arrange([a, d], [a, b, c, d], 'd-up', 2))).toBe('adbc');
  });

  it('keeps a held axis where nothing lies any more, closed', () => {
    const axes = arrange([a, d], [a, b], 'd-down', 2);
    expect(names(axes)).toBe('adb');
    expect(axes[1]?.less.opening).toBeNull();
    expect(axes[1]?.more.opening).toBeNull();
  });
});

describe('cycled', () => {
  const [brightness, tempo] = axesOf([BRIGHTER, DARKER, SLOWER]) as [Axis, Axis];

  it('goes to more, to less, and lets go', () => {
    expect(cycled(brightness, null)).toBe('brighter');
    expect(cycled(brightness, 'brighter')).toBe('darker');
    expect(cycled(brightness, 'darker')).toBeNull();
  });

  it('leaves out the end where nothing lies', () => {
    expect(cycled(tempo, 'brighter')).toBe('slower');
    expect(cycled(tempo, 'slower')).toBeNull();
  });
});
