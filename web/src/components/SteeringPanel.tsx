import { useSignal } from '@preact/signals';
import type { Opening } from '../api';
import { pageUrl } from '../client';
import type { Radio } from '../state/radio';
import { AXES } from '../state/steering';
import { AxisRow } from './AxisRow';
import { CloseIcon } from './icons';
import { LOCK_NOTE_ID, lockOf } from './lock';

interface SteeringPanelProps {
  readonly radio: Radio;
  readonly onCandidates: (opening: Opening) => void;
}

/** Where the music can go from here, in pairs of directions; one of them may be held. */
export function SteeringPanel({ radio, onCandidates }: SteeringPanelProps) {
  const { steering } = radio;
  const showAll = useSignal(false);
  const axes = steering.axes.value;
  const state = steering.state.value;
  const shown = showAll.value ? axes : axes.slice(0, AXES);
  return (
    <section class="steer" aria-labelledby="steer-title" data-testid="steering" aria-busy={state === 'asking'}>
      <Head radio={radio} />
      <ReadOnlyNote radio={radio} />
      {axes.length > 0 ? (
        <div class="axes">
          {shown.map((axis, place) => (
            <AxisRow key={axis.dimension} radio={radio} axis={axis} place={place} onCandidates={onCandidates} />
          ))}
        </div>
      ) : (
        <Unknown asking={state === 'asking'} />
      )}
      {axes.length > AXES && (
        <button class="text-button steer-all" type="button" aria-expanded={showAll.value} onClick={() => (showAll.value = !showAll.value)}>
          {showAll.value ? 'Fewer ways' : `${axes.length - AXES} more ${axes.length - AXES === 1 ? 'way' : 'ways'}`}
        </button>
      )}
    </section>
  );
}

function Head({ radio }: { radio: Radio }) {
  const { steering } = radio;
  const held = steering.held.value;
  const from = steering.from.value;
  const playing = radio.view.value.playing?.track;
  // The live edge is ahead of what is heard: the ways start from the track that has begun there.
  const ahead = from && playing && from.id !== playing.id ? from : null;
  return (
    <div class="steer-head">
      <h2 class="steer-title" id="steer-title">
        {ahead ? (
          <>
            Where to after <bdi>{ahead.title}</bdi>?
          </>
        ) : (
          'Where to next?'
        )}
      </h2>
      <p class="steer-state" role="status" data-testid="held">
        {held === null ? 'drifting by itself' : <span class="unseen">{`Held: ${steering.label(held)}`}</span>}
      </p>
      {held !== null && (
        <button
          class="let-go"
          type="button"
          aria-label={`Let go of ${steering.label(held).toLowerCase()}`}
          title="Let go (0)"
          data-testid="let-go"
          onClick={() => steering.letGo()}
          {...lockOf(radio)}
        >
          <span class="let-go-of">Let go of</span>
          <b>{steering.label(held).toLowerCase()}</b>
          <CloseIcon />
        </button>
      )}
    </div>
  );
}

function ReadOnlyNote({ radio }: { radio: Radio }) {
  const why = radio.presence.readOnly.value;
  const followed = radio.presence.session.value?.followingSession;
  if (why === null) return null;
  return (
    <p class="read-only" data-testid="read-only">
      <b>Read-only.</b> <span id={LOCK_NOTE_ID}>{why}</span> {followed && <a href={pageUrl(followed)}>Go there</a>}
    </p>
  );
}

function Unknown({ asking }: { asking: boolean }) {
  if (!asking) return <p class="steer-closed">The ways open as soon as the music is known.</p>;
  return (
    <div class="axes" aria-hidden="true">
      {Array.from({ length: AXES }, (_, place) => (
        <div class="axis axis-unknown" key={place} />
      ))}
    </div>
  );
}
