import type { Codes } from '../api';

const PREFIX = 'drift.codes.';

/** Remembers codes for as long as this tab is open: the server tells them only once. */
export function keepCodes(sessionId: string, codes: Codes): void {
  try {
    const { hostCode, collabCode, viewerCode, links } = codes;
    sessionStorage.setItem(PREFIX + sessionId, JSON.stringify({ hostCode, collabCode, viewerCode, links }));
  } catch {
    // Private windows may refuse: then they are shown once.
  }
}

/** The codes that were made in this tab; null: none. */
export function keptCodes(sessionId: string): Codes | null {
  try {
    return JSON.parse(sessionStorage.getItem(PREFIX + sessionId) ?? 'null') as Codes | null;
  } catch {
    return null;
  }
}
