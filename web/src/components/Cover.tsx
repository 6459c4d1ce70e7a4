import { useEffect, useState } from 'preact/hooks';
import type { Track } from '../api';
import { paletteOfImage, paletteOfText } from '../palette';
import { tint } from '../tint';

/** The cover, whose colours tint the page. Without one, a small landscape in a colour of the track's own. */
export function Cover({ track }: { track: Track }) {
  const [failedUrl, setFailedUrl] = useState<string | null>(null);
  const url = track.artUrl === failedUrl ? null : track.artUrl;

  useEffect(() => {
    if (url === null) tint(document.documentElement, paletteOfText(track.artist + track.title));
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
            if (palette) tint(document.documentElement, palette);
          }}
          onError={() => setFailedUrl(url)}
        />
      )}
    </div>
  );
}
