import { useComputed, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Opening } from '../api';
import { CandidatesDialog } from '../components/CandidatesDialog';
import { Controls } from '../components/Controls';
import { EmptyLibrary } from '../components/EmptyLibrary';
import { Gone } from '../components/Gone';
import { HelpDialog } from '../components/HelpDialog';
import { Landscape } from '../components/Landscape';
import { NextUp } from '../components/NextUp';
import { NowPlaying } from '../components/NowPlaying';
import { ProgressLine } from '../components/ProgressLine';
import { SearchDialog } from '../components/SearchDialog';
import { SessionDialog } from '../components/SessionDialog';
import { SteeringPanel } from '../components/SteeringPanel';
import { StreamsDialog } from '../components/StreamsDialog';
import { Toast } from '../components/Toast';
import { TopBar } from '../components/TopBar';
import { VolumeControl } from '../components/VolumeControl';
import { bindKeyboard } from '../keyboard';
import { bindMediaSession } from '../mediaSession';
import { Scope } from '../scope';
import type { Radio } from '../state/radio';
import { AXES } from '../state/steering';
import { toggleTheme } from '../state/theme';

/** The radio: a sky with what is on, the horizon that the music moves, and the ground with the controls. */
export function SessionPage({ radio }: { radio: Radio }) {
  const dialog = useSignal<'help' | 'streams' | 'search' | 'session' | null>(null);
  const opening = useSignal<Opening | null>(null);
  const isEmpty = useComputed(() => {
    const { library, queue } = radio.model.value;
    return library?.tracks === 0 && library.scanning === null && queue.length === 0;
  });

  const find = (): void => {
    if (radio.may()) dialog.value = 'search';
  };
  useEffect(() => {
    const scope = new Scope();
    bindMediaSession(scope, radio);
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
      '?': () => (dialog.value = 'help'),
    });
    return () => scope.dispose();
  }, [radio]);

  const name = radio.presence.session.value?.name ?? radio.sessionId;
  useEffect(() => {
    document.title = `${name} · Drift`;
  }, [name]);

  const isWaiting = radio.presence.whereabouts.value === 'waiting';
  const isGone = radio.presence.isGone.value;
  const steers = !isEmpty.value && !isGone;
  return (
    <div class="page">
      <div class="sky">
        <TopBar
          radio={radio}
          onSession={() => (dialog.value = 'session')}
          onSearch={find}
          onStreams={() => (dialog.value = 'streams')}
          onHelp={() => (dialog.value = 'help')}
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
      <Toast message={radio.toast} />
      <HelpDialog library={radio.model.value.library} open={dialog.value === 'help'} onClose={() => (dialog.value = null)} />
      <CandidatesDialog radio={radio} opening={opening.value} onClose={() => (opening.value = null)} />
      <SessionDialog radio={radio} open={dialog.value === 'session'} onClose={() => (dialog.value = null)} />
      <SearchDialog radio={radio} open={dialog.value === 'search'} onClose={() => (dialog.value = null)} />
      <StreamsDialog radio={radio} open={dialog.value === 'streams'} onClose={() => (dialog.value = null)} />
    </div>
  );
}
