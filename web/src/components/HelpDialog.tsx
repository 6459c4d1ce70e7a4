import type { Library } from '../api';
import { Dialog } from './Dialog';

const SHORTCUTS: readonly (readonly [keys: readonly string[], does: string])[] = [
  [['space'], 'play or stop'],
  [['n'], 'mix into the next track'],
  [['1', '…', '6'], 'steer along that line: to the right, to the left, let go'],
  [['0'], 'let go of the direction'],
  [['/'], 'find a track'],
  [['c'], 'room: people and chat'],
  [['+', '−'], 'louder, quieter'],
  [['m'], 'mute'],
  [['t'], 'dark or light'],
  [['?'], 'this list'],
];

interface HelpDialogProps {
  readonly library: Library | null;
  readonly open: boolean;
  readonly onClose: () => void;
}

/** The keys, and what the radio plays from. */
export function HelpDialog({ library, open, onClose }: HelpDialogProps) {
  return (
    <Dialog title="Keyboard" testId="help-dialog" open={open} onClose={onClose}>
      <dl class="shortcuts">
        {SHORTCUTS.map(([keys, does]) => (
          <div class="shortcut" key={does}>
            <dt>
              {keys.map((key) => (
                key === '…' ? key : <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      {library && <p class="dialog-lead">{describeLibrary(library)}</p>}
      {library?.demo === true && (
        <p class="dialog-lead">
          This is Drift’s demo music. For yours: <code>make run LIBRARY=~/Music</code>
        </p>
      )}
    </Dialog>
  );
}

function describeLibrary({ tracks, analysed, problems, scanning }: Library): string {
  const parts = [`${tracks} ${tracks === 1 ? 'track' : 'tracks'} in the library`];
  if (problems > 0) parts.push(`${problems} could not be read`);
  if (analysed < tracks) parts.push(`${analysed} of them analysed`);
  if (scanning) {
    const { done, total, etaS } = scanning;
    const left = etaS === null ? '' : `, about ${Math.max(1, Math.round(etaS / 60))} min left`;
    parts.push(`scanning ${done}${total === null ? '' : ` of ${total}`}${left}`);
  }
  return `${parts.join(', ')}.`;
}
