import { useState } from 'preact/hooks';
import type { Track } from '../api';
import { paletteOfText } from '../palette';

/** A small cover; without one, a small landscape in a colour of the track's own. */
export function Thumb({ track }: { track: Track }) {
  const [failedUrl, setFailedUrl] = useState<string | null>(null);
  const url = track.artUrl === failedUrl ? null : track.artUrl;
  if (url !== null) {
    return <img class="thumb" src={url} alt="" width={44} height={44} loading="lazy" decoding="async" onError={() => setFailedUrl(url)} />;
  }
  const { hueA, hueB } = paletteOfText(track.artist + track.title);
  return (
    <svg class="thumb" viewBox="0 0 100 100" aria-hidden="true">
      <rect width="100" height="100" fill={`oklch(0.45 0.07 ${hueA})`} />
      <circle cx="66" cy="40" r="14" fill={`oklch(0.88 0.08 ${hueB})`} />
      <path d="M0 66c14-12 26-14 40-5s30 6 60-9v48H0z" fill={`oklch(0.34 0.06 ${hueB})`} />
      <path d="M0 80c18-8 34-9 52-2s32 5 48-4v26H0z" fill={`oklch(0.24 0.04 ${hueA})`} />
    </svg>
  );
}
