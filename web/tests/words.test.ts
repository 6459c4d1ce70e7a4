import { describe, expect, it } from 'vitest';
import type { Reason, Track, Transition, Why } from '../src/api';
import { spoken } from '../src/state/axes';
import { fullReasonWords, oppositeLabel, reasonWords, transitionWords } from '../src/state/words';

const WHY: Why = { moved: 0.83, kept: 0.3, deltas: { brightness: 0.83, tempo: 0.1 }, relaxed: null };

function track(bpm: number | null): Track {
  return { id: 1, title: '', artist: '', album: '', durationS: 1, artUrl: null, bpm, key: null, genre: null, year: null };
}

function words(reason: Partial<Reason>, to: number | null = null, from: number | null = null): string {
  return reasonWords({ by: 'direction', direction: 'brighter', why: WHY, ...reason }, track(to), track(from), spoken);
}

describe('why a track comes next', () => {
  it('says how far it goes, and that the rest stays', () => {
    expect(words({})).toBe('brighter by 0.8, everything else close');
  });

  it('counts tempo in beats, where it goes the way that was asked for', () => {
    expect(words({ direction: 'faster' }, 96.2, 82)).toBe('faster by 14 bpm, everything else close');
    expect(words({ direction: 'faster' }, 80, 82)).toBe('faster by 0.8, everything else close');
    expect(words({ direction: 'faster' }, null, 82)).toBe('faster by 0.8, everything else close');
  });

  it('says what else changes much', () => {
    const deltas = { brightness: 0.83, tempo: -1.2, bass: 2.1, air: 0.2, unheardOf: 1.1 };
    expect(words({ why: { ...WHY, kept: 0.9, deltas } })).toBe('brighter by 0.8, also more bass and slower');
    expect(words({ why: { ...WHY, kept: 0.9, deltas: { unheardOf: -1.1 } } })).toBe('brighter by 0.8, also less unheardOf');
    expect(words({ why: { ...WHY, kept: 0.9, deltas: {} } })).toBe('brighter by 0.8');
  });

  it('says all that a component moves', () => {
    const both = (): string => 'Brighter, faster';
    const deltas = { brightness: 1.2, tempo: 1.1, bass: 1.3 };
    expect(reasonWords({ by: 'direction', direction: 'spectral-1-up', why: WHY }, track(null), null, both)).toBe(
      'brighter and faster, everything else close',
    );
    expect(reasonWords({ by: 'direction', direction: 'spectral-1-up', why: { ...WHY, kept: 1, deltas } }, track(null), null, both)).toBe(
      'brighter and faster, also more bass',
    );
  });

  it('says in full which wish was dropped', () => {
    const reason: Reason = { by: 'direction', direction: 'brighter', why: { ...WHY, relaxed: 'the same artist again' } };
    expect(reasonWords(reason, track(null), null, spoken)).toBe('brighter by 0.8, everything else close');
    expect(fullReasonWords(reason, track(null), null, spoken)).toBe('brighter by 0.8, everything else close (the same artist again)');
  });

  it('says who chose it', () => {
    expect(words({ by: 'request' })).toBe('asked for');
    expect(words({ by: 'chance' })).toBe('picked by chance');
    expect(words({ by: 'autopilot', direction: null })).toBe('drifting by itself');
    expect(words({ by: 'autopilot', direction: 'busier' })).toBe('drifting by itself, busier by 0.8');
  });

  it('makes do without figures', () => {
    expect(words({ why: null })).toBe('brighter');
  });
});

describe('the other way', () => {
  it('turns every word of a label', () => {
    expect(oppositeLabel('Steadier')).toBe('Wider dynamics');
    expect(oppositeLabel('Busier, slower')).toBe('Sparser, faster');
    expect(oppositeLabel('Busier, unheard of')).toBeNull();
  });
});

describe('how one track becomes the next', () => {
  const plain: Transition = { kind: 'crossfade', reason: '', stretch: 1, bassSwap: false, from: 1, to: 2, startSample: 0, lengthSamples: 384_000 };

  it.each([
    [{}, 'crossfade, 8 s'],
    [{ kind: 'beatmatch', stretch: 1.0171 }, 'beat-matched, 1.7 %'],
    [{ kind: 'beatmatch', stretch: 0.983, bassSwap: true }, 'beat-matched, 1.7 %, basses swapped'],
    [{ kind: 'beatmatch', stretch: 1 }, 'beat-matched'],
    [{ kind: 'gapless' }, 'gapless'],
    [{ kind: 'cut' }, 'straight cut'],
    [{ kind: 'skip' }, 'skipped'],
  ] satisfies [Partial<Transition>, string][])('%o: %s', (change, expected) => {
    expect(transitionWords({ ...plain, ...change }, 48_000)).toBe(expected);
  });
});
