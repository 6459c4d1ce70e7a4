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
        {radio.model.value.streams.map(({ format, bitrateKbps }) => {
          const absolute = new URL(streamUrl(radio.sessionId, format), location.href).href;
          return (
            <li class="stream" key={format}>
              <span class="stream-name">
                {NAMES[format]}
                <small>{bitrateKbps === null ? 'lossless' : `${bitrateKbps} kbit/s`}</small>
              </span>
              <code class="stream-url">{absolute}</code>
              <button class="text-button" type="button" aria-label={`Copy the ${NAMES[format]} address`} onClick={() => void copy(absolute)}>
                {copied === absolute ? 'Copied' : 'Copy'}
              </button>
            </li>
          );
        })}
      </ul>
    </Dialog>
  );
}
