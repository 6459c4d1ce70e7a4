import { useComputed, useSignal } from '@preact/signals';
import type { Participant, Role } from '../../api';
import { paletteOfText } from '../../palette';
import type { Desk } from '../../room/desk';
import { mayDo } from '../../room/model';
import type { Radio } from '../../state/radio';
import { MoreIcon } from '../icons';
import { AskButton } from './AskButton';
import { Badge } from './Badge';
import { HeadphonesIcon, MicOffIcon } from './icons';

interface PeopleProps {
  readonly radio: Radio;
  readonly desk: Desk;
}

/** More than these are folded away: the chat needs the space. */
const FEW = 4;
const SLOW_STEPS_S: readonly number[] = [0, 5, 10, 30, 60, 300];

/** Who is here. Hosts get to what they can do about somebody behind the three dots. */
export function People({ radio, desk }: PeopleProps) {
  const room = radio.room.model.value.room;
  const people = room?.participants ?? [];
  const unfolded = useSignal<boolean | null>(null);
  const isOpen = unfolded.value ?? people.length <= FEW;
  const isHost = useComputed(() => mayDo(radio.room.model.value, 'moderate'));
  return (
    <section class="people" aria-label="People">
      <button class="people-head" type="button" aria-expanded={isOpen} data-testid="people-head" onClick={() => (unfolded.value = !isOpen)}>
        <span data-testid="people-count">{countText(people.length)}</span>
        {!isOpen && (
          <span class="people-row" aria-hidden="true">
            {people.slice(0, 8).map((one) => (
              <Disc key={one.participantId} one={one} />
            ))}
          </span>
        )}
      </button>
      {isOpen && (
        <ul class="people-list" data-testid="people">
          {people.map((one) => (
            <Person key={one.participantId} one={one} isYou={one.participantId === room?.you.participantId} desk={isHost.value ? desk : null} />
          ))}
        </ul>
      )}
      {isOpen && isHost.value && (
        <label class="slow">
          Slow mode
          <select class="field" data-testid="slow" value={room?.settings.slowS ?? 0} onChange={({ currentTarget }) => void desk.slowDown(Number(currentTarget.value))}>
            {SLOW_STEPS_S.concat(SLOW_STEPS_S.includes(room?.settings.slowS ?? 0) ? [] : [room?.settings.slowS ?? 0]).map((seconds) => (
              <option key={seconds} value={seconds}>
                {seconds === 0 ? 'off' : `a message every ${seconds < 60 ? `${seconds} s` : `${seconds / 60} min`}`}
              </option>
            ))}
          </select>
        </label>
      )}
    </section>
  );
}

interface PersonProps {
  readonly one: Participant;
  readonly isYou: boolean;
  /** Of a host; null: nothing can be done about anybody. */
  readonly desk: Desk | null;
}

function Person({ one, isYou, desk }: PersonProps) {
  const acting = useSignal(false);
  return (
    <li class="person" data-testid="person" data-participant={one.participantId}>
      <Disc one={one} />
      <span class="person-name">
        <bdi>{one.name}</bdi>
        {isYou && <small> you</small>}
      </span>
      {one.muted && (
        <span class="person-mark" title="Muted by a host" data-testid="muted">
          <MicOffIcon />
          <span class="unseen">muted</span>
        </span>
      )}
      {one.inRoom && (
        <span class="person-mark" title="In the room: hears the mix at once, and may talk" data-testid="in-room">
          <HeadphonesIcon />
          <span class="unseen">in the room</span>
        </span>
      )}
      <Badge role={one.role} />
      {desk && !isYou ? (
        <button class="tool person-more" type="button" aria-expanded={acting.value} aria-label={`What to do about ${one.name}`} data-testid="person-more" onClick={() => (acting.value = !acting.value)}>
          <MoreIcon />
        </button>
      ) : (
        <span />
      )}
      {desk && !isYou && acting.value && <Acts one={one} desk={desk} />}
    </li>
  );
}

const ROLES: readonly Role[] = ['host', 'collaborator', 'viewer'];

function Acts({ one, desk }: { one: Participant; desk: Desk }) {
  return (
    <div class="person-acts">
      <label class="person-role">
        <span class="unseen">Role of {one.name}</span>
        <select class="field" data-testid="promote" value={one.role} onChange={({ currentTarget }) => void desk.promote(one, currentTarget.value as Role)}>
          {ROLES.map((role) => (
            <option key={role} value={role}>
              {role}
            </option>
          ))}
        </select>
      </label>
      <button class="text-button" type="button" data-testid="mute-person" onClick={() => void desk.mute(one, !one.muted)}>
        {one.muted ? 'Unmute' : 'Mute'}
      </button>
      <AskButton label="Remove" testId="remove-person" onYes={() => void desk.remove(one, false)} />
      <AskButton label="Ban" testId="ban-person" onYes={() => void desk.remove(one, true)} />
    </div>
  );
}

/** A disc in a colour of one's own. Around it a ring shows how loud somebody is; `Voice` sets `--level` on it. */
export function Disc({ one }: { one: Pick<Participant, 'participantId' | 'name'> }) {
  const { hueA } = paletteOfText(one.participantId);
  return (
    <span class="disc" style={{ '--hue': hueA }} data-level-of={one.participantId} aria-hidden="true">
      {initialOf(one.name)}
    </span>
  );
}

/** What a reader takes for the first letter. */
function initialOf(name: string): string {
  const [first] = 'Segmenter' in Intl ? Array.from(new Intl.Segmenter().segment(name.trim()), ({ segment }) => segment) : Array.from(name.trim());
  return first?.toLocaleUpperCase() ?? '?';
}

function countText(count: number): string {
  return count === 1 ? 'One person is here' : `${count} people are here`;
}
