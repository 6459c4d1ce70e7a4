import type { ComponentChildren } from 'preact';

/** Line icons on a 24 px grid, in the text's colour. Decorative: the button around carries the label. */
export function Icon({ children, filled = false }: { children: ComponentChildren; filled?: boolean }) {
  return (
    <svg
      class="icon"
      viewBox="0 0 24 24"
      aria-hidden="true"
      fill={filled ? 'currentColor' : 'none'}
      stroke="currentColor"
      stroke-width={filled ? 1.2 : 1.6}
      stroke-linecap="round"
      stroke-linejoin="round"
    >
      {children}
    </svg>
  );
}

export const PlayIcon = () => (
  <Icon filled>
    <path d="M8 5.2v13.6L19 12z" />
  </Icon>
);

export const StopIcon = () => (
  <Icon filled>
    <rect x="6.5" y="6.5" width="11" height="11" rx="1.5" />
  </Icon>
);

export const SkipIcon = () => (
  <Icon>
    <path d="M6 6v12l9-6z" fill="currentColor" />
    <path d="M18.5 6v12" />
  </Icon>
);

export const VolumeIcon = () => (
  <Icon>
    <path d="M4 9.5v5h3.5L12 18.5v-13L7.5 9.5z" fill="currentColor" />
    <path d="M15.5 9a4.2 4.2 0 0 1 0 6M18 6.3a8 8 0 0 1 0 11.4" />
  </Icon>
);

export const MutedIcon = () => (
  <Icon>
    <path d="M4 9.5v5h3.5L12 18.5v-13L7.5 9.5z" fill="currentColor" />
    <path d="m16 9.5 5 5m0-5-5 5" />
  </Icon>
);

export const SunIcon = () => (
  <Icon>
    <circle cx="12" cy="12" r="4" />
    <path d="M12 3v1.5M12 19.5V21M3 12h1.5M19.5 12H21M5.6 5.6l1.1 1.1M17.3 17.3l1.1 1.1M5.6 18.4l1.1-1.1M17.3 6.7l1.1-1.1" />
  </Icon>
);

export const MoonIcon = () => (
  <Icon>
    <path d="M19.5 14.2A8 8 0 0 1 9.8 4.5a8 8 0 1 0 9.7 9.7z" />
  </Icon>
);

export const BroadcastIcon = () => (
  <Icon>
    <circle cx="12" cy="12" r="1.6" fill="currentColor" />
    <path d="M8.3 15.7a5.2 5.2 0 0 1 0-7.4M15.7 8.3a5.2 5.2 0 0 1 0 7.4M5.5 18.5a9.2 9.2 0 0 1 0-13M18.5 5.5a9.2 9.2 0 0 1 0 13" />
  </Icon>
);

export const SearchIcon = () => (
  <Icon>
    <circle cx="10.5" cy="10.5" r="6" />
    <path d="m15 15 5 5" />
  </Icon>
);

export const PauseIcon = () => (
  <Icon filled>
    <rect x="7" y="6" width="3.4" height="12" rx="1" />
    <rect x="13.6" y="6" width="3.4" height="12" rx="1" />
  </Icon>
);

export const MoreIcon = () => (
  <Icon>
    <path d="m8 10.5 4 4 4-4" />
  </Icon>
);

export const PeopleIcon = () => (
  <Icon>
    <circle cx="9" cy="8.5" r="3.2" />
    <path d="M3 19c.4-3.4 2.8-5.2 6-5.2s5.6 1.8 6 5.2" />
    <path d="M15.4 5.6a3.2 3.2 0 0 1 0 5.8M17.4 14.2c2 .6 3.3 2.2 3.6 4.8" />
  </Icon>
);

export const CloseIcon = () => (
  <Icon>
    <path d="m6.5 6.5 11 11m0-11-11 11" />
  </Icon>
);

export const HelpIcon = () => (
  <Icon>
    <path d="M9 9.2a3 3 0 1 1 4.4 2.7c-.9.5-1.4 1-1.4 2.1" />
    <path d="M12 17.6v.1" />
  </Icon>
);

/** The mark: the sun over the horizon. */
export const Mark = () => (
  <svg class="mark" viewBox="0 0 24 24" aria-hidden="true">
    <path d="M5.5 14a6.5 6.5 0 0 1 13 0z" fill="var(--sun)" />
    <path d="M2 17.2h20" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" />
    <path d="M6.5 20.4h11" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" opacity=".5" />
  </svg>
);
