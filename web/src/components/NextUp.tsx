import type { Radio } from '../state/radio';
import { fullReasonWords, reasonWords } from '../state/words';
import { Thumb } from './Thumb';

/** What comes after, and why: from the instant that somebody steers. */
export function NextUp({ radio }: { radio: Radio }) {
  const { playing, next, then } = radio.view.value;
  const { steering } = radio;
  const from = playing?.track ?? null;
  return (
    <div class="next" role="status" aria-label="Next">
      {next && <Thumb track={next.track} key={next.track.id} />}
      <div class="next-text" key={next?.track.id ?? ''}>
        <p class="eyebrow">
          <span class="next-word">{radio.skipping.value ? 'Mixing in soon' : 'Next'}</span>
          {next && (
            <span class="next-why" data-testid="next-why" title={fullReasonWords(next, next.track, from, steering.label)}>
              {reasonWords(next, next.track, from, steering.label)}
            </span>
          )}
        </p>
        <p class="next-title" data-testid="next-title">
          {next ? <bdi>{next.track.title}</bdi> : <span class="faint">{playing && 'Being chosen'}</span>}
        </p>
        <p class="next-artist">
          {next && <bdi>{next.track.artist}</bdi>}
          {then && (
            <span class="next-then" data-testid="then-title">
              {', then '}
              <bdi>{then.track.title}</bdi>
            </span>
          )}
        </p>
      </div>
    </div>
  );
}
