import type { Radio } from '../../state/radio';

/** The way into the LiveKit room. */
export function Voice({ radio }: { radio: Radio }) {
  const configured = radio.room.model.value.room?.livekit.configured === true;
  return configured ? null : <p class="voice-none">No WebRTC on this server: you hear the music by its player.</p>;
}
