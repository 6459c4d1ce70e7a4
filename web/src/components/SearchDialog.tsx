import { useEffect, useMemo, useRef } from 'preact/hooks';
import type { Track } from '../api';
import { Scope } from '../scope';
import type { Radio } from '../state/radio';
import { Search, type Results } from '../state/search';
import { Dialog } from './Dialog';
import { SearchIcon } from './icons';
import { TrackList } from './TrackList';

interface SearchDialogProps {
  readonly radio: Radio;
  readonly open: boolean;
  readonly onClose: () => void;
}

/** Any track of the library, by name: Enter plays the first one next, arrow keys reach the others. */
export function SearchDialog({ radio, open, onClose }: SearchDialogProps) {
  const scope = useMemo(() => new Scope(), []);
  const search = useMemo(() => new Search(scope), [scope]);
  useEffect(() => () => scope.dispose(), [scope]);
  const field = useRef<HTMLInputElement>(null);
  const body = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (open) search.open(radio.view.peek().playing?.track ?? null);
  }, [open, radio, search]);

  const results = search.results.value;
  const play = (track: Track, when: 'now' | 'next'): void => {
    onClose();
    void radio.play(track, when);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const first = results?.tracks[0];
    if (event.key === 'ArrowDown') {
      event.preventDefault();
      body.current?.querySelector<HTMLElement>('.tracks button')?.focus();
    } else if (event.key === 'Enter' && first && results.query === search.query.value.trim() && results.query !== '') {
      event.preventDefault();
      play(first, event.shiftKey ? 'now' : 'next');
    }
  };

  return (
    <Dialog title="Find a track" testId="search-dialog" open={open} onClose={onClose}>
      <div class="search" ref={body}>
        <label class={`search-field${search.busy.value ? ' is-busy' : ''}`}>
          <SearchIcon />
          <input
            ref={field}
            type="text"
            role="searchbox"
            autofocus
            data-testid="search-field"
            aria-label="Title, artist or album"
            placeholder="Title, artist, album"
            autocomplete="off"
            spellcheck={false}
            enterkeyhint="go"
            value={search.query.value}
            onInput={(event) => search.type(event.currentTarget.value)}
            onKeyDown={onKeyDown}
          />
        </label>
        <p class="search-state" role="status" data-testid="search-state">
          {search.trouble.value ?? (results && describe(results))}
        </p>
        <TrackList
          label="Tracks"
          tracks={(results?.tracks ?? []).map((track) => ({ track, note: '' }))}
          onPlay={play}
          onLeave={() => field.current?.focus()}
        />
      </div>
    </Dialog>
  );
}

function describe({ query, like, total, tracks }: Results): string {
  if (query === '') return like && tracks.length > 0 ? `Sounds like “${like.title}”` : '';
  if (total === 0) return `Nothing is called “${query}”.`;
  const count = `${total} ${total === 1 ? 'track' : 'tracks'}`;
  return total > tracks.length ? `${count}, the first ${tracks.length}` : count;
}
