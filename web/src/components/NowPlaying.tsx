import type { Playing, Track } from '../api';
import { setPaused } from '../client';
import type { Radio } from '../state/radio';
import { reasonWords, transitionWords } from '../state/words';
import { Cover } from './Cover';

/** What the listener hears now, large and quiet. */
export function NowPlaying({ radio }: { radio: Radio }) {
  const { playing } = radio.view.value;
  if (!playing) return <Skeleton preparing={radio.model.value.state === 'preparing'} />;
  const { track } = playing;
  const facts = factsOf(track);
  return (
    <div class="now">
      <Cover track={track} />
      <div class="now-text" key={track.id}>
        <Eyebrow radio={radio} playing={playing} />
        <h1 class={`title title-${sizeOf(track.title)}`} data-testid="title">
          <bdi>{track.title}</bdi>
        </h1>
        <p class="artist" data-testid="artist">
          <bdi>{track.artist}</bdi>
        </p>
        {track.album !== '' && (
          <p class="album">
            <bdi>{track.album}</bdi>
          </p>
        )}
        {facts.length > 0 && (
          <ul class="facts" aria-label="About this track">
            {facts.map((fact) => (
              <li key={fact}>{fact}</li>
            ))}
          </ul>
        )}
      </div>
      <p class="unseen" aria-live="polite">
        {`Now playing: ${track.title}${track.artist === '' ? '' : ` by ${track.artist}`}`}
      </p>
    </div>
  );
}

/** How the track came: while it is mixed in, by which transition; then, where listeners sent it. */
function Eyebrow({ radio, playing }: { radio: Radio; playing: Playing }) {
  if (radio.model.value.state === 'paused') {
    return (
      <p class="eyebrow paused" data-testid="how">
        Paused for everybody
        {radio.presence.readOnly.value === null && (
          <button class="text-button" type="button" data-testid="resume" onClick={() => void radio.command(() => setPaused(radio.sessionId, false))}>
            Go on
          </button>
        )}
      </p>
    );
  }
  const { mixingFrom, transition } = radio.view.value;
  if (mixingFrom && transition) {
    return (
      <p class="eyebrow" data-testid="how">
        Out of <bdi>{mixingFrom.title}</bdi>
        <span class="how">{transitionWords(transition, radio.sampleRate)}</span>
      </p>
    );
  }
  const before = radio.model.value.queue.findLast(({ startSample }) => startSample < playing.startSample);
  const isSteered = playing.by === 'direction' || playing.by === 'request';
  return (
    <p class="eyebrow" data-testid="how">
      Now playing
      {isSteered && <span class="how">{reasonWords(playing, playing.track, before?.track ?? null, radio.steering.label)}</span>}
    </p>
  );
}

function Skeleton({ preparing }: { preparing: boolean }) {
  return (
    <div class="now now-unknown" aria-busy="true">
      <div class="cover" />
      <div class="now-text">
        <p class="eyebrow">{preparing ? 'Getting to know your music' : 'Tuning in'}</p>
        <h1 class="title" data-testid="title">
          <span class="blank" />
        </h1>
        <p class="artist" data-testid="artist">
          <span class="blank blank-short" />
        </p>
      </div>
    </div>
  );
}

function sizeOf(title: string): 'short' | 'medium' | 'long' {
  if (title.length <= 22) return 'short';
  return title.length <= 48 ? 'medium' : 'long';
}

function factsOf({ bpm, key, genre, year }: Track): string[] {
  return [bpm === null ? null : `${Math.round(bpm)} bpm`, key, genre, year].filter((fact) => fact !== null && fact !== '') as string[];
}
