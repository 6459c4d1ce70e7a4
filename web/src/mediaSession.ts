import { effect } from '@preact/signals';
import type { Scope } from './scope';
import type { Radio } from './state/radio';

/** Lock screens, headsets and media keys. The position is left out: live radio cannot be sought. */
export function bindMediaSession(scope: Scope, radio: Radio): void {
  if (!('mediaSession' in navigator)) return;
  const { mediaSession } = navigator;
  const actions: [MediaSessionAction, () => void][] = [
    ['play', () => radio.wanted.peek() || radio.toggle()],
    ['pause', () => radio.wanted.peek() && radio.toggle()],
    ['stop', () => radio.wanted.peek() && radio.toggle()],
  ];
  const handle = (action: MediaSessionAction, handler: (() => void) | null): void => {
    try {
      mediaSession.setActionHandler(action, handler);
    } catch {
      // Browsers refuse the actions that they do not know.
    }
  };
  for (const [action, handler] of actions) {
    handle(action, handler);
    scope.own(() => handle(action, null));
  }
  scope.own(effect(() => handle('nexttrack', radio.presence.readOnly.value === null ? () => void radio.skip() : null)));
  scope.own(() => handle('nexttrack', null));
  scope.own(
    effect(() => {
      const track = radio.view.value.playing?.track;
      mediaSession.metadata = track
        ? new MediaMetadata({
            title: track.title,
            artist: track.artist,
            album: track.album,
            artwork: track.artUrl ? [{ src: new URL(track.artUrl, location.href).href }] : [],
          })
        : null;
    }),
  );
  scope.own(
    effect(() => {
      mediaSession.playbackState = radio.wanted.value ? 'playing' : 'paused';
    }),
  );
}
