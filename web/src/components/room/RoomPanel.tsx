import '../../styles/room.css';
import { useComputed, useSignal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { mayDo } from '../../room/model';
import { Desk } from '../../room/desk';
import { Voice } from '../../room/voice';
import { Scope } from '../../scope';
import type { Radio } from '../../state/radio';
import { CloseIcon } from '../icons';
import { Badge } from './Badge';
import { Chat } from './Chat';
import { Composer } from './Composer';
import { InviteIcon, LeaveIcon } from './icons';
import { InviteDialog } from './InviteDialog';
import { JoinForm } from './JoinForm';
import { People } from './People';
import { VoicePanel } from './VoicePanel';

export interface RoomPanelProps {
  readonly radio: Radio;
  /** Whether it is in sight; out of sight it goes on working. */
  readonly open: boolean;
  /** How often somebody has opened it: they want to write. It may also open by itself, which must not take the focus. */
  readonly openings: number;
  readonly onClose: () => void;
}

/** The right rail: who is here, what is said, and the way into the room's own sound. */
export function RoomPanel({ radio, open, openings, onClose }: RoomPanelProps) {
  const scope = useMemo(() => new Scope(), []);
  const desk = useMemo(() => new Desk(scope, radio), [scope, radio]);
  useEffect(() => () => scope.dispose(), [scope]);
  const voice = useMemo(() => new Voice(scope, radio), [scope, radio]);
  const inviting = useSignal(false);
  const hasJoinedHere = useRef(false);
  const panel = useRef<HTMLElement>(null);
  const isIn = useComputed(() => radio.room.model.value.room !== null);
  const you = radio.room.model.value.room?.you;

  useEffect(() => {
    if (!isIn.value) voice.leave();
  }, [isIn.value]);
  useEffect(() => {
    if (!open || (openings === 0 && !hasJoinedHere.current)) return;
    // Where a keyboard would come up over the chat, reading comes first.
    const wanted = matchMedia('(pointer: coarse)').matches ? '[data-testid=room-close]' : '[data-focus]';
    panel.current?.querySelector<HTMLElement>(wanted)?.focus({ preventScroll: true });
  }, [openings, isIn.value]);

  return (
    <aside
      class="room"
      ref={panel}
      hidden={!open}
      aria-label="Room"
      data-testid="room"
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || document.querySelector('dialog[open]')) return;
        event.stopPropagation();
        onClose();
      }}
    >
      <header class="room-head">
        <h2 class="room-title">Room</h2>
        {you && (
          <p title={`You are here as ${you.name}`} data-testid="you">
            <Badge role={you.role} />
          </p>
        )}
        <div class="room-tools">
          {you && (
            <>
              <button class="tool" type="button" aria-haspopup="dialog" aria-label="Invite" title="Invite others" data-testid="invite" onClick={() => (inviting.value = true)}>
                <InviteIcon />
              </button>
              <button class="tool" type="button" aria-label="Leave the room" title="Leave the room" data-testid="leave" onClick={() => void desk.leave()}>
                <LeaveIcon />
              </button>
            </>
          )}
          <button class="tool" type="button" aria-label="Close" title="Close (Esc)" data-testid="room-close" onClick={onClose}>
            <CloseIcon />
          </button>
        </div>
      </header>
      {isIn.value ? (
        <>
          <VoicePanel radio={radio} voice={voice} />
          <People radio={radio} desk={desk} />
          <Chat radio={radio} desk={desk} open={open} />
          <Composer desk={desk} slowS={mayDo(radio.room.model.value, 'moderate') ? 0 : (radio.room.model.value.room?.settings.slowS ?? 0)} />
          <InviteDialog radio={radio} desk={desk} open={inviting.value} onClose={() => (inviting.value = false)} />
        </>
      ) : (
        <Outside radio={radio} onJoin={() => (hasJoinedHere.current = true)} />
      )}
    </aside>
  );
}

/** For who has not joined. */
function Outside({ radio, onJoin }: { radio: Radio; onJoin: () => void }) {
  const { access, farewell } = radio.room.model.value;
  const asksCode = useSignal(false);
  const wantsCode = access === 'codes' || asksCode.value;
  if (farewell === 'banned') {
    return (
      <div class="room-outside">
        <p data-testid="farewell">A host has banned you from this room. The music goes on for you as for everybody.</p>
      </div>
    );
  }
  return (
    <div class="room-outside">
      <p class="room-lead" data-testid="farewell">
        {farewell === 'removed' ? 'A host has sent you out of the room. You may come back.' : 'Join to see who is here and to chat. Others see the name that you choose.'}
      </p>
      <JoinForm
        key={String(wantsCode)}
        sessionId={radio.sessionId}
        asksCode={wantsCode}
        autofocus
        button="Join"
        onJoined={(_, room) => {
          onJoin();
          radio.room.enter(room);
        }}
      />
      {!wantsCode && (
        <button class="plain-button" type="button" data-testid="have-code" onClick={() => (asksCode.value = true)}>
          I have a code
        </button>
      )}
    </div>
  );
}
