import { theme, toggleTheme } from '../state/theme';
import { MoonIcon, SunIcon } from './icons';

export function ThemeButton() {
  const isDark = theme.value === 'dark';
  return (
    <button
      class="tool"
      type="button"
      aria-label={isDark ? 'Switch to the light theme' : 'Switch to the dark theme'}
      title="Theme (t)"
      data-testid="theme"
      onClick={toggleTheme}
    >
      {isDark ? <SunIcon /> : <MoonIcon />}
    </button>
  );
}
