import { useEffect, useState } from 'preact/hooks';
import type { Track } from '../api';
import { nearestTurn, paletteOfImage, paletteOfText, type Palette } from '../palette';

/** The cover, whose colours tint the page. Without one, a small landscape in a colour of the track's own. */
export function Cover({ track }: { track: Track }) {
  const [failedUrl, setFailedUrl] = useState<string | null>(null);
  const url = track.artUrl === failedUrl ? null : track.artUrl;

  useEffect(() => {
    if (url === null) tintPage(paletteOfText(track.artist + track.title));
  }, [url, track]);

  return (
    <div class="cover" key={url ?? track.id}>
      {url === null ? (
        <svg class="cover-art" viewBox="0 0 100 100" aria-hidden="true">
          <rect width="100" height="100" fill="var(--sky-low)" />
          <circle cx="66" cy="42" r="13" fill="var(--sun)" />
          <path d="M0 66c14-12 26-14 40-5s30 6 60-9v48H0z" fill="var(--ridge-far)" />
          <path d="M0 78c18-8 34-9 52-2s32 5 48-4v28H0z" fill="var(--ridge-mid)" />
        </svg>
      ) : (
        <img
          class="cover-art"
          src={url}
          alt=""
          decoding="async"
          onLoad={(event) => {
            const palette = paletteOfImage(event.currentTarget);
            if (palette) tintPage(palette);
          }}
          onError={() => setFailedUrl(url)}
        />
      )}
    </div>
  );
}

/** The stylesheet turns these into every colour of the page, and takes its time to get there. */
function tintPage({ hueA, hueB, chroma }: Palette): void {
  const { style } = document.documentElement;
  const turn = (name: string, hue: number): void => {
    style.setProperty(name, nearestTurn(hue, Number(style.getPropertyValue(name) || hue)).toFixed(1));
  };
  turn('--hue-a', hueA);
  turn('--hue-b', hueB);
  style.setProperty('--tint', chroma.toFixed(3));
}
