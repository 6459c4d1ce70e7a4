import { useEffect, useRef } from 'preact/hooks';
import type { SessionView } from '../api';
import { pageUrl } from '../client';
import { paletteOfImage, paletteOfText } from '../palette';
import { kindWords, stateWords } from '../state/sessions';
import { tint } from '../tint';
import { listenersText } from './TopBar';

interface SessionCardProps {
  readonly session: SessionView;
  /** Also gives the page its colours. */
  readonly leads: boolean;
  readonly onFollow: () => void;
}

const TONES: Readonly<Record<SessionView['state'], string>> = { playing: 'good', idle: 'calm', paused: 'busy', preparing: 'busy', waiting: 'busy' };

/** A session as a small landscape in the colours of what it plays. The whole card opens it. */
export function SessionCard({ session, leads, onFollow }: SessionCardProps) {
  const card = useRef<HTMLLIElement>(null);
  const { sessionId, name, nowPlaying, state, type } = session;
  const artUrl = nowPlaying?.artUrl ?? null;

  const paint = (image: HTMLImageElement | null): void => {
    const palette = (image && paletteOfImage(image)) ?? paletteOfText(nowPlaying ? nowPlaying.artist + nowPlaying.title : name);
    if (card.current) tint(card.current, palette);
    if (leads) tint(document.documentElement, palette);
  };
  useEffect(() => {
    if (artUrl === null) paint(null);
  }, [artUrl, nowPlaying?.id]);

  return (
    <li class={`card tinted card-${state}`} ref={card} data-testid="card" data-session={sessionId}>
      <Hills />
      <div class="card-art" aria-hidden="true">
        {artUrl !== null && (
          <img key={artUrl} src={artUrl} alt="" decoding="async" onLoad={(event) => paint(event.currentTarget)} onError={() => paint(null)} />
        )}
      </div>
      <div class="card-text">
        <p class="eyebrow">{kindWords(session)}</p>
        <h2 class="card-name">
          <a class="card-link" href={pageUrl(sessionId)} data-testid="open">
            <bdi>{name}</bdi>
          </a>
        </h2>
        <p class="card-now">{nowPlaying ? <bdi>{nowPlaying.title}</bdi> : <span class="faint">nothing yet</span>}</p>
        <p class="card-artist">
          <bdi>{nowPlaying?.artist}</bdi>
        </p>
        <p class="card-state">
          <span class={`connection connection-${TONES[state]}`}>{stateWords(session)}</span>
          {session.listeners > 0 && <span>{listenersText(session.listeners)}</span>}
        </p>
      </div>
      <div class="card-ways">
        <a class="text-button" href={pageUrl(sessionId)} tabIndex={-1} aria-hidden="true">
          Listen
        </a>
        {type !== 'follower' && (
          <button class="text-button" type="button" aria-label={`Follow ${name}`} title="Make a read-only page that plays the same" data-testid="follow" onClick={onFollow}>
            Follow
          </button>
        )}
      </div>
    </li>
  );
}

function Hills() {
  return (
    <svg class="card-hills" viewBox="0 0 400 100" preserveAspectRatio="none" aria-hidden="true">
      <path d="M0 52c42-26 86-30 132-12s92 24 142 2 88-22 126-8v66H0z" fill="var(--ridge-far)" />
      <path d="M0 80c52-22 96-26 150-10s104 22 158 4 66-14 92-8v34H0z" fill="var(--ridge-mid)" />
    </svg>
  );
}
