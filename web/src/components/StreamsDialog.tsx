import { useState } from 'preact/hooks';
import type { StreamInfo } from '../api';
import { streamUrl } from '../client';
import type { Radio } from '../state/radio';
import { Dialog } from './Dialog';

const NAMES: Record<StreamInfo['format'], string> = {
  mp3: 'MP3',
  opus: 'Ogg Opus',
  webm: 'WebM',
  flac: 'FLAC',
  aac: 'AAC',
};

interface StreamsDialogProps {
  readonly radio: Radio;
  readonly open: boolean;
  readonly onClose: () => void;
}

/** Addresses of the same radio for other players. */
export function StreamsDialog({ radio, open, onClose }: StreamsDialogProps) {
  const [copied, setCopied] = useState<string | null>(null);
  const copy = async (url: string): Promise<void> => {
    try {
      await navigator.clipboard.writeText(url);
      setCopied(url);
    } catch {
      // Without HTTPS browsers deny the clipboard; the address is selectable instead.
      radio.say('Copying is not allowed here: select the address instead.');
    }
  };
  return (
    <Dialog title="Listen elsewhere" testId="streams-dialog" open={open} onClose={onClose}>
      <p class="dialog-lead">The same radio for VLC, a kitchen speaker or a car. MP3 plays everywhere.</p>
      <ul class="streams">
        {addresses(radio).map(({ name, note, url }) => (
          <li class="stream" key={name}>
            <span class="stream-name">
              {name}
              <small>{note}</small>
            </span>
            <code class="stream-url">{url}</code>
            <button class="text-button" type="button" aria-label={`Copy the ${name} address`} onClick={() => void copy(url)}>
              {copied === url ? 'Copied' : 'Copy'}
            </button>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}

function addresses(radio: Radio): { name: string; note: string; url: string }[] {
  const id = encodeURIComponent(radio.sessionId);
  const rows = radio.model.value.streams.map(({ format, bitrateKbps }) => ({
    name: NAMES[format],
    note: bitrateKbps === null ? 'lossless' : `${bitrateKbps} kbit/s`,
    url: streamUrl(radio.sessionId, format),
  }));
  rows.push({ name: 'HLS', note: 'phones, TVs', url: `/hls/${id}/index.m3u8` }, { name: 'Playlist', note: '.m3u', url: `/listen/${id}.m3u` });
  return rows.map((row) => ({ ...row, url: new URL(row.url, location.href).href }));
}
