import { signal } from '@preact/signals';
import { readPref, writePref } from '../prefs';
import type { Scope } from '../scope';

export type Theme = 'dark' | 'light';

const THEME_COLOR: Record<Theme, string> = { dark: '#101319', light: '#eef0f4' };

/** The theme shown: the system's until somebody chooses. */
export const theme = signal<Theme>('dark');

/** Applies the stored or the system's theme and follows the system while nothing is stored. */
export function initTheme(scope: Scope): void {
  const system = matchMedia('(prefers-color-scheme: light)');
  const apply = (): void => {
    const stored = readPref('theme');
    show(stored === 'dark' || stored === 'light' ? stored : system.matches ? 'light' : 'dark');
  };
  scope.listen(system, 'change', apply);
  apply();
}

export function toggleTheme(): void {
  const next = theme.value === 'dark' ? 'light' : 'dark';
  writePref('theme', next);
  show(next);
}

function show(next: Theme): void {
  theme.value = next;
  document.documentElement.dataset.theme = next;
  document.querySelector('meta[name="theme-color"]')?.setAttribute('content', THEME_COLOR[next]);
}
