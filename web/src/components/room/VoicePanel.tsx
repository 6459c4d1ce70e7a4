import '../../styles/voice.css';
import { mayDo } from '../../room/model';
import { fetchClient, type Voice } from '../../room/voice';
import type { Radio } from '../../state/radio';
import { HeadphonesIcon, MicIcon, MicOffIcon } from './icons';

interface VoicePanelProps {
  readonly radio: Radio;
  readonly voice: Voice;
}

const preload = (): void => void fetchClient().catch(() => undefined);

/** The way into the LiveKit room, and what one can do there. */
export function VoicePanel({ radio, voice }: VoicePanelProps) {
  const model = radio.room.model.value;
  const state = voice.state.value;
  const mayTalk = mayDo(model, 'talk') && model.room?.you.muted !== true;
  if (model.room?.livekit.configured !== true) {
    return (
      <p class="voice-none" data-testid="no-webrtc">
        WebRTC is not set up on this server: the music comes by the normal player.
      </p>
    );
  }
  return (
    <section class="voice" aria-label="The room’s sound" data-testid="voice" data-state={state}>
      {state === 'off' ? (
        <>
          <button class="text-button is-main" type="button" data-testid="join-room" onPointerEnter={preload} onFocus={preload} onClick={() => voice.join()}>
            <HeadphonesIcon />
            Join room
          </button>
          <p class="voice-words">{mayTalk ? 'Hear the mix without delay, and talk.' : 'Hear the mix without delay, and who talks.'}</p>
        </>
      ) : (
        <>
          {mayTalk && <Microphone voice={voice} participantId={model.room.you.participantId} />}
          <p class="voice-words" role="status" data-testid="voice-state">
            {state === 'connecting' && 'Joining the room'}
            {state === 'in' && (radio.substitute.value ? 'In the room' : 'In the room: the mix is on its way')}
            {state === 'lost' && 'The room cannot be reached: trying again. The music goes on by the normal player.'}
          </p>
          <button class="text-button" type="button" title="The normal player goes on" data-testid="leave-room" onClick={() => voice.leave()}>
            Step out
          </button>
        </>
      )}
      {voice.isBlocked.value && state !== 'off' && (
        <button class="text-button is-main voice-wide" type="button" data-testid="unblock" onClick={() => voice.unblock()}>
          Let me hear it
        </button>
      )}
      {voice.trouble.value !== null && (
        <p class="voice-wide voice-trouble" role="alert" data-testid="voice-trouble">
          {voice.trouble.value}
        </p>
      )}
      {state !== 'off' && (
        <label class="voice-wide voice-duck">
          <input type="checkbox" checked={voice.ducks.value} data-testid="duck" onChange={({ currentTarget }) => voice.setDucks(currentTarget.checked)} />
          Quieter music while somebody speaks
        </label>
      )}
    </section>
  );
}

function Microphone({ voice, participantId }: { voice: Voice; participantId: string }) {
  const mic = voice.mic.value;
  const isOn = mic === 'on';
  return (
    <button
      class={`mic${isOn ? ' is-on' : ''}`}
      type="button"
      aria-pressed={isOn}
      aria-label="Microphone"
      aria-busy={mic === 'asking'}
      aria-disabled={voice.state.value !== 'in'}
      title={isOn ? 'You can be heard: press to be silent' : 'Talk'}
      data-testid="mic"
      onClick={() => void voice.toggleMic()}
    >
      {isOn ? <MicIcon /> : <MicOffIcon />}
      <span class="mic-level" aria-hidden="true" data-level-of={isOn ? participantId : ''} data-testid="mic-level" />
    </button>
  );
}
