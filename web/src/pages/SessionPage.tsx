import { useComputed, useSignal, useSignalEffect } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Opening } from '../api';
import { Controls } from '../components/Controls';
import type { DialogName } from '../components/Dialogs';
import { EmptyLibrary } from '../components/EmptyLibrary';
import { Landscape } from '../components/Landscape';
import { lazy, whenIdle } from '../components/lazy';
import { NextUp } from '../components/NextUp';
import { NowPlaying } from '../components/NowPlaying';
import { ProgressLine } from '../components/ProgressLine';
import { SteeringPanel } from '../components/SteeringPanel';
import { Toast } from '../components/Toast';
import { TopBar } from '../components/TopBar';
import { VolumeControl } from '../components/VolumeControl';
import { bindKeyboard } from '../keyboard';
import { readPref, writePref } from '../prefs';
import { Scope } from '../scope';
import type { Radio } from '../state/radio';
import { AXES } from '../state/steering';
import { toggleTheme } from '../state/theme';

const Dialogs = lazy(async () => (await import('../components/Dialogs')).Dialogs);
const RoomPanel = lazy(async () => (await import('../components/room/RoomPanel')).RoomPanel);
const Gone = lazy(async () => (await import('../components/Gone')).Gone);

function preload(): void {
  Dialogs.preload();
  RoomPanel.preload();
}

/** Wide enough for the rail to stand beside the sky. */
const BESIDE = matchMedia('(min-width: 76.01rem)');

/** Whether the room's rail is open. Beside the sky it is so for whoever has joined, until they close it. */
function useRail(radio: Radio) {
  const wish = useSignal<boolean | null>(null);
  const isOpen = useComputed(() => {
    const { access, room } = radio.room.model.value;
    return access !== null && (wish.value ?? (room !== null && BESIDE.matches && readPref('room') !== 'closed'));
  });
  const isNeeded = useSignal(false);
  const openings = useSignal(0);
  useSignalEffect(() => {
    if (!isOpen.value) return;
    isNeeded.value = true;
    // What has opened by itself stays: who is sent out of the room should see why.
    wish.value = true;
  });
  const set = (open: boolean): void => {
    if (radio.room.model.peek().access === null) return;
    wish.value = open;
    if (open) openings.value += 1;
    if (BESIDE.matches) writePref('room', open ? 'open' : 'closed');
    if (!open) document.querySelector<HTMLElement>('.room-button')?.focus();
  };
  return { isOpen: isOpen.value, isNeeded: isNeeded.value, openings: openings.value, toggle: () => set(!isOpen.peek()), close: () => set(false) };
}

/** The radio: a sky with what is on, the horizon that the music moves, and the ground with the controls. */
export function SessionPage({ radio }: { radio: Radio }) {
  const dialog = useSignal<DialogName | null>(null);
  const opening = useSignal<Opening | null>(null);
  /** From the first dialog on: closing one is its own affair. */
  const isNeeded = useSignal(false);
  const rail = useRail(radio);
  const isEmpty = useComputed(() => {
    const { library, queue } = radio.model.value;
    return library?.tracks === 0 && library.scanning === null && queue.length === 0;
  });

  const find = (): void => {
    if (radio.may()) dialog.value = 'search';
  };
  const close = (): void => {
    dialog.value = opening.value = null;
  };
  const missed = (): void => {
    close();
    isNeeded.value = false;
    radio.say('This could not be fetched: is the server there?');
  };
  useSignalEffect(() => {
    if (dialog.value !== null || opening.value !== null) isNeeded.value = true;
  });
  useEffect(() => {
    const scope = new Scope();
    scope.own(whenIdle(preload));
    void import('../mediaSession').then(({ bindMediaSession }) => bindMediaSession(scope, radio));
    bindKeyboard(scope, {
      ' ': () => radio.toggle(),
      n: () => void radio.skip(),
      '+': () => radio.stepVolume(1),
      '=': () => radio.stepVolume(1),
      '-': () => radio.stepVolume(-1),
      m: () => radio.toggleMute(),
      t: toggleTheme,
      '/': find,
      0: () => radio.steering.letGo(),
      ...Object.fromEntries(Array.from({ length: AXES }, (_, place) => [place + 1, () => radio.steering.cycle(place)])),
      c: rail.toggle,
      '?': () => (dialog.value = 'help'),
    });
    return () => scope.dispose();
  }, [radio]);

  const name = radio.presence.session.value?.name ?? radio.sessionId;
  const unread = radio.room.unread.value;
  useEffect(() => {
    document.title = `${unread > 0 ? `(${unread}) ` : ''}${name} · Drift`;
  }, [name, unread]);

  const isWaiting = radio.presence.whereabouts.value === 'waiting';
  const isGone = radio.presence.isGone.value;
  const steers = !isEmpty.value && !isGone;
  return (
    <div class={`page${rail.isOpen ? ' has-room' : ''}`}>
      <div class="sky">
        <TopBar
          radio={radio}
          onSession={() => (dialog.value = 'session')}
          onSearch={find}
          onStreams={() => (dialog.value = 'streams')}
          onHelp={() => (dialog.value = 'help')}
          isRoomOpen={rail.isOpen}
          onRoom={rail.toggle}
          onNear={preload}
        />
        <main class={`stage${steers ? ' stage-steered' : ''}`}>
          {isGone ? <Gone radio={radio} /> : isEmpty.value ? <EmptyLibrary /> : <NowPlaying radio={radio} />}
          {steers && <SteeringPanel radio={radio} onCandidates={(chosen) => (opening.value = chosen)} />}
        </main>
        <Landscape radio={radio} />
      </div>
      <section class="ground" aria-label="Player">
        {(!isGone || isWaiting) && (
          <>
            <ProgressLine radio={radio} />
            <div class="deck">
              <NextUp radio={radio} />
              <Controls radio={radio} />
              <VolumeControl radio={radio} />
            </div>
          </>
        )}
      </section>
      {rail.isNeeded && <RoomPanel radio={radio} open={rail.isOpen} openings={rail.openings} onClose={rail.close} onFailure={missed} />}
      <Toast message={radio.toast} />
      {isNeeded.value && <Dialogs radio={radio} shown={dialog.value} opening={opening.value} onClose={close} onFailure={missed} />}
    </div>
  );
}
