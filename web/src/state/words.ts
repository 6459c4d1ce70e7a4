import type { Reason, Track, Transition, Why } from '../api';

/** Less and more of each dimension. */
const DIMENSIONS: Readonly<Record<string, readonly [less: string, more: string]>> = {
  tempo: ['slower', 'faster'],
  onsets: ['sparser', 'busier'],
  danceability: ['less danceable', 'more danceable'],
  'key clarity': ['more atonal', 'more tonal'],
  'chord strength': ['weaker chords', 'stronger chords'],
  'chord changes': ['longer chords', 'quicker chord changes'],
  tuning: ['looser tuning', 'truer tuning'],
  brightness: ['darker', 'brighter'],
  "spectrum's width": ['narrower spectrum', 'fuller spectrum'],
  noise: ['purer', 'noisier'],
  peaks: ['flatter spectrum', 'peakier spectrum'],
  complexity: ['simpler', 'more complex'],
  bass: ['less bass', 'more bass'],
  air: ['less air', 'more air'],
  energy: ['calmer', 'more energetic'],
  'loudness range': ['steadier', 'wider dynamics'],
  punch: ['smoother', 'punchier'],
};

/** Up to this (standard deviations, root mean square) the rest sounds the same. */
const CLOSE = 0.75;
/** A difference worth a word. */
const NOTABLE = 1;

/**
 * Why a track was chosen, in plain words.
 *
 * @param from the track before it, where it is known: then tempo is told in beats.
 * @param label a direction's name to the label on its button.
 */
export function reasonWords(reason: Reason, track: Track, from: Track | null, label: (direction: string) => string): string {
  switch (reason.by) {
    case 'request':
      return 'asked for';
    case 'chance':
      return 'picked by chance';
    case 'autopilot': {
      const course = movedWords(reason, track, from, label);
      return course === '' ? 'drifting by itself' : `drifting by itself, ${course}`;
    }
    case 'direction':
      return [movedWords(reason, track, from, label), reason.why && restWords(reason.why, reason.direction, label)]
        .filter((words) => words !== null && words !== '')
        .join(', ');
  }
}

/** As `reasonWords`, and which wish had to be dropped to find the track. */
export function fullReasonWords(...[reason, ...rest]: Parameters<typeof reasonWords>): string {
  const relaxed = reason.why?.relaxed ?? '';
  const words = reasonWords(reason, ...rest);
  return relaxed === '' ? words : `${words} (${relaxed})`;
}

/** The label of the other way: "Busier, slower" -> "Sparser, faster"; null where a word is not known. */
export function oppositeLabel(label: string): string | null {
  const words = endsOf(label).map((word) => {
    const pair = Object.values(DIMENSIONS).find((either) => either.includes(word));
    return pair?.[word === pair[0] ? 1 : 0];
  });
  if (words.includes(undefined)) return null;
  const joined = words.join(', ');
  return joined.charAt(0).toUpperCase() + joined.slice(1);
}

/** How one track becomes the next: "beat-matched, 1.7 %". */
export function transitionWords({ kind, stretch, bassSwap, lengthSamples }: Transition, sampleRate: number): string {
  switch (kind) {
    case 'beatmatch': {
      const percent = Math.abs(stretch - 1) * 100;
      const parts = ['beat-matched', percent >= 0.05 ? `${percent.toFixed(1)} %` : '', bassSwap ? 'basses swapped' : ''];
      return parts.filter((part) => part !== '').join(', ');
    }
    case 'crossfade':
      return `crossfade, ${Math.round(lengthSamples / sampleRate)} s`;
    case 'gapless':
      return 'gapless';
    case 'cut':
      return 'straight cut';
    case 'skip':
      return 'skipped';
  }
}

function movedWords({ direction, why }: Reason, track: Track, from: Track | null, label: (direction: string) => string): string {
  if (direction === null) return '';
  const ends = endsOf(label(direction));
  if (ends.length > 1) return ends.join(' and ');
  const word = ends.join();
  const beats = (track.bpm ?? 0) - (from?.bpm ?? 0);
  if ((direction === 'faster' && beats >= 1) || (direction === 'slower' && beats <= -1)) {
    if (track.bpm !== null && from?.bpm != null) return `${word} by ${Math.round(Math.abs(beats))} bpm`;
  }
  const moved = why ? Math.abs(why.moved) : 0;
  return moved >= 0.05 ? `${word} by ${moved.toFixed(1)}` : word;
}

function restWords({ kept, deltas }: Why, direction: string | null, label: (direction: string) => string): string {
  if (kept <= CLOSE) return 'everything else close';
  const own = direction === null ? [] : endsOf(label(direction));
  const words = Object.entries(deltas)
    .filter(([, change]) => Math.abs(change) >= NOTABLE)
    .sort(([, a], [, b]) => Math.abs(b) - Math.abs(a))
    .map(([dimension, change]) => changeWord(dimension, change))
    .filter((word) => !own.includes(word))
    .slice(0, 2);
  return words.length > 0 ? `also ${words.join(' and ')}` : '';
}

/** What a label promises: a component's promises several things. */
function endsOf(label: string): string[] {
  return label.toLowerCase().split(', ');
}

function changeWord(dimension: string, change: number): string {
  return DIMENSIONS[dimension]?.[change < 0 ? 0 : 1] ?? `${change < 0 ? 'less' : 'more'} ${dimension}`;
}
