import type { Radio } from '../state/radio';
import { MutedIcon, VolumeIcon } from './icons';

/** Mute and a slider; the player makes equal steps sound equal. */
export function VolumeControl({ radio }: { radio: Radio }) {
  const muted = radio.muted.value;
  const percent = Math.round(radio.volume.value * 100);
  return (
    <div class="volume">
      <button
        class="tool"
        type="button"
        data-testid="mute"
        aria-label="Mute"
        aria-pressed={muted}
        title={muted ? 'Unmute (m)' : 'Mute (m)'}
        onClick={() => radio.toggleMute()}
      >
        {muted || percent === 0 ? <MutedIcon /> : <VolumeIcon />}
      </button>
      <input
        class={`slider${muted ? ' is-muted' : ''}`}
        type="range"
        min={0}
        max={100}
        step={1}
        value={percent}
        style={{ '--value': `${percent}%` }}
        data-testid="volume"
        aria-label="Volume"
        aria-valuetext={muted ? 'muted' : `${percent} %`}
        onInput={(event) => radio.setVolume(event.currentTarget.valueAsNumber / 100)}
      />
    </div>
  );
}
