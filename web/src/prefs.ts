/** Small settings kept in the browser. Works, without memory, where storage is denied. */

const PREFIX = 'drift.';

export function readPref(name: string): string | null {
  try {
    return localStorage.getItem(PREFIX + name);
  } catch {
    return null;
  }
}

export function writePref(name: string, value: string): void {
  try {
    localStorage.setItem(PREFIX + name, value);
  } catch {
    // Private windows may refuse; the setting then lasts as long as the page.
  }
}
