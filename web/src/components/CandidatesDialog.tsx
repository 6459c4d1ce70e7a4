import type { Opening } from '../api';
import type { Radio } from '../state/radio';
import { fullReasonWords } from '../state/words';
import { Dialog } from './Dialog';
import { TrackList } from './TrackList';

interface CandidatesDialogProps {
  readonly radio: Radio;
  /** Null: closed. */
  readonly opening: Opening | null;
  readonly onClose: () => void;
}

/** The tracks that lie in a direction, to choose one instead of letting the radio choose. */
export function CandidatesDialog({ radio, opening, onClose }: CandidatesDialogProps) {
  const { steering } = radio;
  const from = steering.from.value;
  return (
    <Dialog title={opening?.label ?? ''} testId="candidates-dialog" open={opening !== null} onClose={onClose}>
      {opening && (
        <>
          {from && (
            <p class="dialog-lead">
              Ways there from <bdi>{from.title}</bdi>, the closest first.
            </p>
          )}
          <TrackList
            label={opening.label}
            tracks={opening.candidates.map(({ track, why }) => ({
              track,
              note: fullReasonWords({ by: 'direction', direction: opening.direction, why }, track, from, steering.label),
            }))}
            onPlay={(track, when) => {
              onClose();
              void radio.play(track, when);
            }}
          />
        </>
      )}
    </Dialog>
  );
}
