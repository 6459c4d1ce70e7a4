import { keptCodes } from '../../room/codes';
import type { Desk } from '../../room/desk';
import { mayDo } from '../../room/model';
import type { Radio } from '../../state/radio';
import { Dialog } from '../Dialog';
import { AskButton } from './AskButton';
import { Links } from './Links';

interface InviteDialogProps {
  readonly radio: Radio;
  readonly desk: Desk;
  readonly open: boolean;
  readonly onClose: () => void;
}

/** The ways in for others. Codes are known where they were made; hosts can make new ones. */
export function InviteDialog({ radio, desk, open, onClose }: InviteDialogProps) {
  const { access, room } = radio.room.model.value;
  if (!room) return null;
  const codes = desk.codes.value ?? keptCodes(room.sessionId);
  const isHost = mayDo(radio.room.model.value, 'moderate');
  const plain = new URL(`/?${new URLSearchParams({ sessionId: room.sessionId })}`, location.href).href;
  return (
    <Dialog title="Invite" testId="invite-dialog" open={open} onClose={onClose}>
      {access === 'open' && !codes && (
        <>
          <p class="dialog-lead">Whoever opens this link joins as a collaborator: steers, talks and chats.</p>
          {open && <Links links={[{ role: 'collaborator', url: plain }]} />}
        </>
      )}
      {codes && open && (
        <Links
          links={(['viewer', 'collaborator', 'host'] as const).map((role) => ({ role, url: codes.links[role] }))}
        />
      )}
      {access === 'codes' && !codes && !isHost && <p class="dialog-lead">Who is invited decides the host: ask for a link.</p>}
      {isHost && (
        <div class="act">
          <p class="act-text">
            {codes ? 'These links are shown in this tab only. New ones make all old ones stop working; whoever is here stays.' : 'Links with codes were shown when they were made. New ones make all old ones stop working; whoever is here stays.'}
          </p>
          <AskButton label="Make new links" testId="renew" onYes={() => void desk.renewCodes()} />
        </div>
      )}
    </Dialog>
  );
}
