import type { Radio } from '../state/radio';

/** What comes after, as soon as it is planned. */
export function NextUp({ radio }: { radio: Radio }) {
  const { playing, next } = radio.view.value;
  return (
    <div class="next">
      <p class="eyebrow">{radio.skipping.value ? 'Mixing in soon' : 'Next'}</p>
      <p class="next-title" data-testid="next-title">
        {next ? <bdi>{next.title}</bdi> : <span class="faint">{playing && 'Being chosen'}</span>}
      </p>
      <p class="next-artist">{next && <bdi>{next.artist}</bdi>}</p>
    </div>
  );
}
