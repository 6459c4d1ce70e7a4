import type { Opening, Track } from '../api';
import type { Axis, Pole } from '../state/axes';
import type { Radio } from '../state/radio';
import { fullReasonWords } from '../state/words';
import { lockOf } from './lock';
import { Thumb } from './Thumb';

interface AxisRowProps {
  readonly radio: Radio;
  readonly axis: Axis;
  readonly place: number;
  readonly onCandidates: (opening: Opening) => void;
}

/** Less of something to the left, more to the right; in the middle its key, where the music is now. */
export function AxisRow({ radio, axis, place, onCandidates }: AxisRowProps) {
  const { less, more } = axis;
  return (
    <div class="axis" role="group" aria-label={`${less.label} or ${more.label.toLowerCase()}`} data-testid="axis">
      <Way radio={radio} pole={less} side="less" onCandidates={onCandidates} />
      <span class="axis-node" aria-hidden="true">
        {place < 9 && place + 1}
      </span>
      <Way radio={radio} pole={more} side="more" onCandidates={onCandidates} />
    </div>
  );
}

interface WayProps {
  readonly radio: Radio;
  readonly pole: Pole;
  readonly side: 'less' | 'more';
  readonly onCandidates: (opening: Opening) => void;
}

/** A direction to push, and the track that it leads to. */
function Way({ radio, pole: { direction, label, opening }, side, onCandidates }: WayProps) {
  const { steering } = radio;
  const isHeld = steering.held.value === direction;
  const planned = steering.planned.value;
  const candidate = opening?.candidates[0];
  // What the server has chosen for a held direction is truer than what it might have.
  const leads = isHeld && planned?.by === 'direction' ? planned : candidate;
  const track: Track | null = leads?.track ?? null;
  const why = leads?.why ?? null;
  return (
    <div class={`way way-${side}${isHeld ? ' is-held' : ''}`}>
      {track && !opening && (
        <span class="way-thumb">
          <Thumb track={track} />
        </span>
      )}
      {track && opening && (
        <button
          class="way-tracks"
          type="button"
          aria-label={`${label}: choose among ${opening.candidates.length === 1 ? 'one track' : `${opening.candidates.length} tracks`}`}
          title="Choose a track that lies there"
          data-testid={`tracks-${direction}`}
          onClick={() => radio.may() && onCandidates(opening)}
          {...lockOf(radio)}
        >
          <Thumb track={track} />
        </button>
      )}
      <button
        class="way-push"
        type="button"
        aria-pressed={isHeld}
        disabled={track === null && !isHeld}
        title={track ? fullReasonWords({ by: 'direction', direction, why }, track, steering.from.value, steering.label) : undefined}
        data-testid={`direction-${direction}`}
        onClick={() => steering.toggle(direction)}
        {...lockOf(radio)}
      >
        <span class="way-label">{label}</span>
        <span class="way-track">
          {track ? (
            <>
              <span class="unseen">leads to</span>
              <bdi>{track.title}</bdi>
              {track.artist !== '' && (
                <span class="way-artist">
                  {' · '}
                  <bdi>{track.artist}</bdi>
                </span>
              )}
            </>
          ) : isHeld ? (
            'nothing further'
          ) : (
            'nothing lies there'
          )}
        </span>
      </button>
    </div>
  );
}
