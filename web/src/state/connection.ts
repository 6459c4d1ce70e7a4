import type { Library, SessionState } from '../api';
import type { LinkState } from '../live/events';
import type { PlayerStatus } from '../player/player';
import type { Whereabouts } from './presence';

export interface ConnectionInputs {
  readonly online: boolean;
  readonly link: LinkState;
  readonly player: PlayerStatus;
  readonly session: SessionState;
  readonly library: Library | null;
  readonly whereabouts: Whereabouts;
  /** The name of the session that this one follows. */
  readonly followed: string | null;
  readonly nowMs: number;
}

export interface Connection {
  readonly tone: 'good' | 'busy' | 'bad';
  readonly label: string;
}

/** One honest line about the connection: the worst news first. */
export function describeConnection(inputs: ConnectionInputs): Connection {
  const { player, link, library } = inputs;
  if (inputs.whereabouts === 'ended') return { tone: 'bad', label: 'session ended' };
  if (inputs.whereabouts === 'missing') return { tone: 'bad', label: 'no such session' };
  if (!inputs.online && (link === 'lost' || player.kind === 'waiting')) return { tone: 'bad', label: 'offline' };
  if (inputs.whereabouts === 'waiting') return { tone: 'busy', label: `waiting for ${inputs.followed ?? 'its session'}` };
  if (player.kind === 'waiting' && player.reason === 'lost') {
    const seconds = Math.ceil((player.retryAtMs - inputs.nowMs) / 1000);
    return { tone: 'bad', label: seconds > 0 ? `reconnecting in ${seconds} s` : 'reconnecting' };
  }
  if (link === 'lost') return { tone: 'bad', label: 'reconnecting' };
  if (library?.tracks === 0 && library.scanning === null) return { tone: 'busy', label: 'no music yet' };
  if (inputs.session === 'preparing' || (player.kind === 'waiting' && player.reason === 'preparing')) {
    return { tone: 'busy', label: `preparing library${scanCount(library)}` };
  }
  if (link === 'connecting' || player.kind === 'connecting') return { tone: 'busy', label: 'connecting' };
  if (player.kind === 'buffering') return { tone: 'busy', label: 'buffering' };
  if (inputs.session === 'paused') return { tone: 'busy', label: 'paused' };
  return { tone: 'good', label: 'live' };
}

function scanCount(library: Library | null): string {
  if (!library?.scanning) return '';
  const { done, total } = library.scanning;
  return total === null ? ` ${done}` : ` ${done}/${total}`;
}
