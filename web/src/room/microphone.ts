/** Why the microphone cannot be used, in words, from what `getUserMedia` or LiveKit raised. */
export function explainMicrophone(error: unknown): string {
  const name = error instanceof Error || error instanceof DOMException ? error.name : '';
  switch (name) {
    case 'SecurityError':
      return 'Browsers give a microphone to https:// pages only (and on this computer itself). You can listen and chat here.';
    case 'NotAllowedError':
      return 'The browser does not allow the microphone. You can change that beside its address bar.';
    case 'NotFoundError':
    case 'OverconstrainedError':
      return 'No microphone was found.';
    case 'NotReadableError':
      return 'The microphone cannot be used: maybe another program has it.';
    case 'PublishTrackError':
    case 'SignalRequestError':
      return 'You may not talk in this room.';
    default:
      return 'The microphone could not be switched on.';
  }
}

/** Raises what `explainMicrophone` knows where browsers hide the microphone: on http:// pages of a network. */
export function withMicrophone(): void {
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  if (!devices) throw new DOMException('The page is not secure.', 'SecurityError');
}

/** iOS: with a microphone sound goes another way. */
export function takeAudioSession(isTalking: boolean): void {
  const session = (navigator as { audioSession?: { type: string } }).audioSession;
  if (session) session.type = isTalking ? 'play-and-record' : 'playback';
}
