import type { Radio } from '../state/radio';
import { theme, toggleTheme } from '../state/theme';
import { BroadcastIcon, HelpIcon, Mark, MoonIcon, SearchIcon, SunIcon } from './icons';

interface TopBarProps {
  readonly radio: Radio;
  readonly onSearch: () => void;
  readonly onStreams: () => void;
  readonly onHelp: () => void;
}

/** Where one is, who else listens, how the connection does, and the page's own switches. */
export function TopBar({ radio, onSearch, onStreams, onHelp }: TopBarProps) {
  const { info, listeners } = radio.model.value;
  const { tone, label } = radio.connection.value;
  const name = info?.session.name ?? '';
  return (
    <header class="topbar">
      <p class="brand">
        <Mark />
        <span class="brand-name">Drift</span>
        {name !== '' && <bdi class="brand-session">{name}</bdi>}
      </p>
      <p class="presence">
        <span class={`connection connection-${tone}`} data-testid="connection">
          {label}
        </span>
        <span class="listeners" data-testid="listeners">
          {info && `${listeners} ${listeners === 1 ? 'listener' : 'listeners'}`}
        </span>
      </p>
      <div class="tools">
        {radio.steering.allowed.value && (
          <button class="tool" type="button" aria-label="Find a track" title="Find a track (/)" data-testid="search" onClick={onSearch}>
            <SearchIcon />
          </button>
        )}
        <button class="tool" type="button" aria-label="Listen elsewhere" title="Listen elsewhere" data-testid="streams" onClick={onStreams}>
          <BroadcastIcon />
        </button>
        <button
          class="tool"
          type="button"
          aria-label={theme.value === 'dark' ? 'Switch to the light theme' : 'Switch to the dark theme'}
          title="Theme (t)"
          data-testid="theme"
          onClick={toggleTheme}
        >
          {theme.value === 'dark' ? <SunIcon /> : <MoonIcon />}
        </button>
        <button class="tool" type="button" aria-label="Keyboard shortcuts" title="Help (?)" data-testid="help" onClick={onHelp}>
          <HelpIcon />
        </button>
      </div>
    </header>
  );
}
