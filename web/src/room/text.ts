/** Chat messages as data for drawing: text and links, days and authors, never markup. */

import type { ChatMessage } from '../api';

export interface Piece {
  readonly text: string;
  /** An http(s) address; null: plain text. */
  readonly href: string | null;
}

const LINK = /https?:\/\/[^\s<>"'`\u200b-\u200f\u202a-\u202e\u2066-\u2069]+/giu;
/** Ends a sentence, not an address. */
const TRAILING = /[.,;:!?)\]}…]+$/u;

/** A message in pieces; what is an address of the web becomes a link, whatever it looks like stays text. */
export function piecesOf(text: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const match of text.matchAll(LINK)) {
    const shown = withoutTrail(match[0]);
    const href = addressOf(shown);
    if (href === null) continue;
    if (match.index > at) pieces.push({ text: text.slice(at, match.index), href: null });
    pieces.push({ text: shown, href });
    at = match.index + shown.length;
  }
  if (at < text.length) pieces.push({ text: text.slice(at), href: null });
  return pieces;
}

/** A closing bracket belongs to an address that has opened one. */
function withoutTrail(link: string): string {
  const trail = TRAILING.exec(link)?.[0] ?? '';
  const kept = trail.startsWith(')') && link.includes('(') ? 1 : 0;
  return link.slice(0, link.length - trail.length + kept);
}

function addressOf(link: string): string | null {
  try {
    const { protocol, href, username } = new URL(link);
    // An address with a name before the host pretends to be another one.
    return (protocol === 'https:' || protocol === 'http:') && username === '' ? href : null;
  } catch {
    return null;
  }
}

export interface Group {
  /** The first message's id. */
  readonly key: number;
  readonly name: string;
  readonly participantId: string | null;
  readonly messages: readonly ChatMessage[];
}

/** After so long the same author gets a new heading. */
const PAUSE_MS = 5 * 60_000;

/** Messages one after the other of the same author, close in time, share a heading. */
export function groupsOf(messages: readonly ChatMessage[]): readonly Group[] {
  const groups: (Group & { messages: ChatMessage[] })[] = [];
  for (const message of messages) {
    const latest = groups.at(-1);
    const before = latest?.messages.at(-1);
    const isSame = latest?.participantId === message.participantId && latest.name === message.name;
    if (latest && before && isSame && Date.parse(message.sentAt) - Date.parse(before.sentAt) < PAUSE_MS) latest.messages.push(message);
    else groups.push({ key: message.id, name: message.name, participantId: message.participantId, messages: [message] });
  }
  return groups;
}

/** The time of the day; with the date unless it is today's. */
export function timeWords(sentAt: string, now: Date): string {
  const at = new Date(sentAt);
  const isToday = at.toDateString() === now.toDateString();
  const time = { hour: '2-digit', minute: '2-digit' } as const;
  return isToday ? at.toLocaleTimeString([], time) : at.toLocaleString([], { ...time, day: 'numeric', month: 'short' });
}
