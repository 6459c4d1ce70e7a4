import type { Opening } from '../api';
import type { Radio } from '../state/radio';
import { CandidatesDialog } from './CandidatesDialog';
import { HelpDialog } from './HelpDialog';
import { SearchDialog } from './SearchDialog';
import { SessionDialog } from './SessionDialog';
import { StreamsDialog } from './StreamsDialog';

export type DialogName = 'help' | 'streams' | 'search' | 'session';

export interface DialogsProps {
  readonly radio: Radio;
  readonly shown: DialogName | null;
  /** The direction whose tracks are to choose from. */
  readonly opening: Opening | null;
  readonly onClose: () => void;
}

/** All dialogs of a session's page: a chunk of its own, fetched while the page has nothing to do. */
export function Dialogs({ radio, shown, opening, onClose }: DialogsProps) {
  return (
    <>
      <HelpDialog library={radio.model.value.library} open={shown === 'help'} onClose={onClose} />
      <CandidatesDialog radio={radio} opening={opening} onClose={onClose} />
      <SessionDialog radio={radio} open={shown === 'session'} onClose={onClose} />
      <SearchDialog radio={radio} open={shown === 'search'} onClose={onClose} />
      <StreamsDialog radio={radio} open={shown === 'streams'} onClose={onClose} />
    </>
  );
}
