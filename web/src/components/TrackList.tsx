import { useRef } from 'preact/hooks';
import type { Track } from '../api';
import { Thumb } from './Thumb';

export interface ListedTrack {
  readonly track: Track;
  readonly note: string;
}

interface TrackListProps {
  readonly label: string;
  readonly tracks: readonly ListedTrack[];
  readonly onPlay: (track: Track, when: 'now' | 'next') => void;
  /** Up from the first row. */
  readonly onLeave?: () => void;
}

const STEPS: Readonly<Record<string, number>> = { ArrowUp: -2, ArrowDown: 2, ArrowLeft: -1, ArrowRight: 1 };

/** Tracks, each to be played next or now. Arrow keys move among the buttons. */
export function TrackList({ label, tracks, onPlay, onLeave }: TrackListProps) {
  const list = useRef<HTMLUListElement>(null);

  const onKeyDown = (event: KeyboardEvent): void => {
    const step = STEPS[event.key];
    const buttons = [...(list.current?.querySelectorAll('button') ?? [])];
    const at = buttons.indexOf(event.target as HTMLButtonElement);
    if (step === undefined || at < 0) return;
    event.preventDefault();
    if (at + step < 0) onLeave?.();
    else buttons[at + step]?.focus();
  };

  return (
    <ul class="tracks" aria-label={label} ref={list} onKeyDown={onKeyDown}>
      {tracks.map(({ track, note }) => {
        const name = track.artist === '' ? track.title : `${track.title} by ${track.artist}`;
        return (
          <li class="track" key={track.id} data-testid="track">
            <Thumb track={track} />
            <div class="track-text">
              <p class="track-title">
                <bdi>{track.title}</bdi>
              </p>
              <p class="track-artist">
                <bdi>{track.artist}</bdi>
              </p>
            </div>
            <button class="text-button" type="button" data-testid="play-next" aria-label={`Play ${name} next`} onClick={() => onPlay(track, 'next')}>
              Next
            </button>
            <button class="text-button" type="button" data-testid="play-now" aria-label={`Play ${name} now`} onClick={() => onPlay(track, 'now')}>
              Now
            </button>
            {note !== '' && <p class="track-note">{note}</p>}
          </li>
        );
      })}
    </ul>
  );
}
