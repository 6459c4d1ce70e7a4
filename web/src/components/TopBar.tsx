import { pageUrl } from '../client';
import type { Radio } from '../state/radio';
import { BroadcastIcon, HelpIcon, Mark, MoreIcon, PeopleIcon, SearchIcon } from './icons';
import { lockOf } from './lock';
import { ThemeButton } from './ThemeButton';

interface TopBarProps {
  readonly radio: Radio;
  readonly onSession: () => void;
  readonly onSearch: () => void;
  readonly onStreams: () => void;
  readonly onHelp: () => void;
  readonly isRoomOpen: boolean;
  readonly onRoom: () => void;
  /** Somebody is about to press one of the buttons. */
  readonly onNear: () => void;
}

/** Where one is, who else listens, how the connection does, and the page's own switches. */
export function TopBar({ radio, onSession, onSearch, onStreams, onHelp, isRoomOpen, onRoom, onNear }: TopBarProps) {
  const model = radio.model.value;
  const { tone, label } = radio.connection.value;
  const session = radio.presence.session.value;
  const followed = session?.followingSession;
  return (
    <header class="topbar">
      <div class="brand">
        <HomeLink />
        {session && (
          <button class="brand-session" type="button" aria-haspopup="dialog" title="About this session" data-testid="session" onClick={onSession}>
            <bdi data-testid="session-name">{session.name}</bdi>
            <MoreIcon />
          </button>
        )}
      </div>
      {followed && (
        <a class="badge" href={pageUrl(followed)} title={`Go to the page of ${followed}`} data-testid="following">
          [FOLLOWING: <bdi>{model.followedName ?? followed}</bdi>]
        </a>
      )}
      <p class="presence">
        <span class={`connection connection-${tone}`} data-testid="connection">
          {label}
        </span>
        <span class="listeners" data-testid="listeners">
          {model.info && listenersText(model.listeners)}
        </span>
      </p>
      <div class="tools" onPointerEnter={onNear} onFocusCapture={onNear}>
        {radio.room.model.value.access !== null && !radio.presence.isGone.value && <RoomButton radio={radio} isOpen={isRoomOpen} onPress={onRoom} />}
        {!radio.presence.isGone.value && (
          <>
            <button class="tool" type="button" aria-label="Find a track" title="Find a track (/)" data-testid="search" onClick={onSearch} {...lockOf(radio)}>
              <SearchIcon />
            </button>
            <button class="tool" type="button" aria-label="Listen elsewhere" title="Listen elsewhere" data-testid="streams" onClick={onStreams}>
              <BroadcastIcon />
            </button>
          </>
        )}
        <ThemeButton />
        <button class="tool" type="button" aria-label="Keyboard shortcuts" title="Help (?)" data-testid="help" onClick={onHelp}>
          <HelpIcon />
        </button>
      </div>
    </header>
  );
}

/** Opens the rail; tells how many are here, and what was said meanwhile. */
function RoomButton({ radio, isOpen, onPress }: { radio: Radio; isOpen: boolean; onPress: () => void }) {
  const people = radio.room.model.value.room?.participants.length ?? 0;
  const unread = radio.room.unread.value;
  const label = unread === 0 ? 'Room' : `Room, ${unread} new ${unread === 1 ? 'message' : 'messages'}`;
  return (
    <button class="tool room-button" type="button" aria-label={label} aria-expanded={isOpen} title="Room: people and chat (c)" data-testid="room-button" onClick={onPress}>
      <PeopleIcon />
      {unread > 0 ? (
        <span class="count is-unread" data-testid="unread">
          {Math.min(unread, 99)}
        </span>
      ) : (
        people > 0 && <span class="count">{people}</span>
      )}
    </button>
  );
}

export function HomeLink() {
  return (
    <a class="home-link" href="/" aria-label="Drift: all sessions" title="All sessions" data-testid="home">
      <Mark />
      <span class="brand-name">Drift</span>
    </a>
  );
}

export function listenersText(count: number): string {
  return `${count} ${count === 1 ? 'listener' : 'listeners'}`;
}
