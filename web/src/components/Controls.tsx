import type { Radio } from '../state/radio';
import { lockOf } from './lock';
import { PlayIcon, SkipIcon, StopIcon } from './icons';

/** Play or stop, and skip; a turning ring says that sound or the next track is on its way. */
export function Controls({ radio }: { radio: Radio }) {
  const wanted = radio.wanted.value;
  const kind = radio.status.value.kind;
  const waiting = wanted && kind !== 'playing' && radio.substitute.value === null;
  const skipping = radio.skipping.value;
  return (
    <div class="controls">
      <button
        class={`play${waiting ? ' is-waiting' : ''}`}
        type="button"
        data-testid="play"
        aria-label={wanted ? 'Stop' : 'Play'}
        title={wanted ? 'Stop (space)' : 'Play (space)'}
        onClick={() => radio.toggle()}
      >
        {wanted ? <StopIcon /> : <PlayIcon />}
      </button>
      <button
        class={`skip${skipping ? ' is-waiting' : ''}`}
        type="button"
        data-testid="skip"
        aria-label="Skip to the next track"
        aria-busy={skipping}
        title="Next track (n)"
        onClick={() => void radio.skip()}
        {...lockOf(radio)}
      >
        <SkipIcon />
      </button>
    </div>
  );
}
