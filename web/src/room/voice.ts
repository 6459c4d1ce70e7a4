import { effect, signal, type Signal } from '@preact/signals';
import type { RemoteParticipant, RemoteTrack, RemoteTrackPublication, Room as LiveRoom } from 'livekit-client';
import { ApiError, messageOf } from '../client';
import { readPref, writePref } from '../prefs';
import type { Scope } from '../scope';
import type { Radio } from '../state/radio';
import { probe, type RoomProbe } from '../testHook';
import { Levels } from './levels';
import { explainMicrophone, takeAudioSession, withMicrophone } from './microphone';
import { MixOutput } from './mixOutput';
import { roomToken } from './requests';

/** The mix is published under this identity. */
const MIX = 'drift';
const TICK_MS = 50;
/** Waits between attempts, doubling: a server that comes back is found within seconds. */
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 4000;
/** The client's own attempts to resume, for a moment without a network; after them a fresh token is fetched. */
const RESUMES_MS: readonly number[] = [200, 600];
const CONNECT_MS = 6000;

export type VoiceState = 'off' | 'connecting' | 'in' | 'lost';
export type MicState = 'off' | 'asking' | 'on';

type Client = typeof import('livekit-client');

/** Fetches LiveKit's client; ahead of its use, so that joining is quick. */
export const fetchClient = (): Promise<Client> => import('livekit-client');

/** While one is in the room, or coming back into it. */
interface Stay {
  readonly scope: Scope;
  readonly context: AudioContext;
  readonly mix: MixOutput;
  readonly levels: Levels;
}

/**
 * The session's LiveKit room: its mix in place of the player, and the voices of who talks.
 *
 * Once joined it comes back by itself, with a fresh token each time. Whenever the mix is not there, the player is.
 */
export class Voice {
  readonly state: Signal<VoiceState> = signal('off');
  readonly mic: Signal<MicState> = signal('off');
  /** What does not work, in words. */
  readonly trouble: Signal<string | null> = signal(null);
  /** The browser wants a press of a button before anything sounds. */
  readonly isBlocked: Signal<boolean> = signal(false);
  /** Whether the mix steps back while somebody speaks. */
  readonly ducks: Signal<boolean> = signal(readPref('ducking') !== 'off');

  readonly #scope: Scope;
  readonly #radio: Radio;
  #stay: Stay | null = null;
  #room: LiveRoom | null = null;
  #wantsMic = false;

  constructor(scope: Scope, radio: Radio) {
    this.#scope = scope;
    this.#radio = radio;
    scope.own(() => this.leave());
  }

  /** Joins; call it from a press of a button, or browsers keep it silent. */
  join(): void {
    if (this.#stay) return;
    const scope = this.#scope.child();
    const context = new AudioContext({ latencyHint: 'interactive' });
    scope.own(() => void context.close());
    const stay: Stay = { scope, context, mix: new MixOutput(scope, this.#radio, context), levels: new Levels(scope, context) };
    this.#stay = stay;
    this.trouble.value = null;
    scope.interval(() => this.#tick(stay), TICK_MS);
    scope.listen(context, 'statechange', () => this.#lookWhetherBlocked());
    scope.own(effect(() => this.#muteVoices(this.#radio.muted.value)));
    probe.room = this.#probe(stay);
    this.unblock();
    void this.#remain(stay);
  }

  /** Leaves; the player goes on if sound was wanted. */
  leave(): void {
    this.#stay?.scope.dispose();
    this.#stay = null;
    this.#room = null;
    this.#wantsMic = false;
    probe.room = null;
    this.mic.value = 'off';
    this.state.value = 'off';
    this.isBlocked.value = false;
  }

  /** After a press of a button, what was blocked may sound. */
  unblock(): void {
    void this.#stay?.context.resume();
    void this.#room?.startAudio().catch(() => undefined);
  }

  setDucks(ducks: boolean): void {
    this.ducks.value = ducks;
    writePref('ducking', ducks ? 'on' : 'off');
  }

  async toggleMic(): Promise<void> {
    if (this.mic.peek() === 'asking') return;
    this.#wantsMic = this.mic.peek() === 'off';
    await this.#applyMic();
  }

  async #remain(stay: Stay): Promise<void> {
    let waitMs = FIRST_WAIT_MS;
    this.state.value = 'connecting';
    while (!stay.scope.isDisposed()) {
      const attempt = stay.scope.child();
      try {
        const { ended } = await this.#connect(stay, attempt);
        waitMs = FIRST_WAIT_MS;
        await ended;
      } catch (error) {
        if (stay.scope.isDisposed()) return;
        if (isFinal(error)) this.leave();
        this.trouble.value = error instanceof ApiError && error.status > 0 ? messageOf(error) : null;
      }
      attempt.dispose();
      if (stay.scope.isDisposed()) return;
      this.#lose(stay);
      await new Promise<void>((resolve) => stay.scope.timeout(stay.scope.own(resolve), waitMs));
      waitMs = Math.min(LONGEST_WAIT_MS, waitMs * 2);
    }
  }

  /** Connects once, or raises; `ended` resolves when the connection is lost. */
  async #connect(stay: Stay, attempt: Scope): Promise<{ readonly ended: Promise<void> }> {
    const [client, { url, token }] = await Promise.all([fetchClient(), roomToken(this.#radio.sessionId)]);
    client.setLogLevel('silent');
    const room = new client.Room({
      reconnectPolicy: { nextRetryDelayInMs: ({ retryCount }) => RESUMES_MS[retryCount] ?? null },
      audioCaptureDefaults: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
      publishDefaults: { stopMicTrackOnMute: true },
    });
    attempt.own(() => {
      room.removeAllListeners();
      void room.disconnect().catch(() => undefined);
    });
    const ended = new Promise<void>((resolve) => {
      room.once(client.RoomEvent.Disconnected, () => resolve());
      attempt.own(resolve);
    });
    this.#listen(stay, room, client);
    await room.connect(url, token, { maxRetries: 0, websocketTimeout: CONNECT_MS, peerConnectionTimeout: CONNECT_MS });
    if (attempt.isDisposed()) return { ended };
    this.#room = room;
    this.state.value = 'in';
    this.trouble.value = null;
    this.#lookWhetherBlocked();
    if (this.#wantsMic) void this.#applyMic();
    return { ended };
  }

  #listen({ scope, mix, levels }: Stay, room: LiveRoom, { RemoteAudioTrack, RoomEvent, Track }: Client): void {
    room.on(RoomEvent.TrackSubscribed, (track: RemoteTrack, _: RemoteTrackPublication, { identity }: RemoteParticipant) => {
      if (!(track instanceof RemoteAudioTrack)) return;
      if (identity === MIX) mix.play(scope, track);
      else if (track.source === Track.Source.Microphone) {
        track.attach().muted = this.#radio.muted.peek();
        levels.measure(identity, track.mediaStreamTrack);
      }
    });
    room.on(RoomEvent.TrackUnsubscribed, (track: RemoteTrack, _: RemoteTrackPublication, { identity }: RemoteParticipant) => {
      track.detach().forEach((element) => element.remove());
      if (identity === MIX && track instanceof RemoteAudioTrack) mix.end(track);
      else levels.measure(identity, null);
    });
    room.on(RoomEvent.LocalTrackUnpublished, () => {
      if (this.mic.peek() === 'on') this.mic.value = 'off';
    });
    room.on(RoomEvent.AudioPlaybackStatusChanged, () => this.#lookWhetherBlocked());
  }

  /** The room is gone for now: the player has the music. */
  #lose({ mix, levels }: Stay): void {
    this.#room = null;
    mix.drop();
    levels.clear();
    this.state.value = 'lost';
    if (this.mic.peek() === 'on') this.mic.value = 'off';
  }

  async #applyMic(): Promise<void> {
    const room = this.#room;
    if (!room) return;
    this.mic.value = 'asking';
    let trouble: string | null = null;
    try {
      if (this.#wantsMic) withMicrophone();
      takeAudioSession(this.#wantsMic);
      await room.localParticipant.setMicrophoneEnabled(this.#wantsMic);
    } catch (error) {
      this.#wantsMic = false;
      trouble = explainMicrophone(error);
    }
    if (this.#room !== room) return;
    this.trouble.value = trouble;
    this.mic.value = room.localParticipant.isMicrophoneEnabled ? 'on' : 'off';
  }

  #tick({ mix, levels }: Stay): void {
    const own = this.#room?.localParticipant;
    if (own) {
      // Muting ends its track; another one comes after.
      const [publication] = own.audioTrackPublications.values();
      levels.measure(own.identity, this.mic.peek() === 'on' ? (publication?.track?.mediaStreamTrack ?? null) : null);
    }
    levels.tick();
    const duckDb = this.#radio.room.model.peek().room?.settings.duckDb ?? 0;
    mix.sound?.duck(levels.isSpeaking.peek() && this.ducks.peek(), duckDb);
  }

  /** Muting the page mutes everybody; its volume is the music's. */
  #muteVoices(muted: boolean): void {
    for (const { identity, audioTrackPublications } of this.#room?.remoteParticipants.values() ?? []) {
      if (identity === MIX) continue;
      for (const { track } of audioTrackPublications.values()) track?.attachedElements.forEach((element) => (element.muted = muted));
    }
  }

  #lookWhetherBlocked(): void {
    this.isBlocked.value = this.#stay?.context.state === 'suspended' || this.#room?.canPlaybackAudio === false;
  }

  #probe({ mix }: Stay): RoomProbe {
    const state = (): string => this.state.peek();
    return {
      get state() {
        return state();
      },
      stats: () => mix.stats(),
      channels: () => (this.#radio.substitute.peek() ? (mix.sound?.channels() ?? null) : null),
      duckedTo: () => mix.sound?.duckedTo ?? null,
      playPlainly: () => mix.sound?.playPlainly(),
      publish: async () => {
        const own = this.#room?.localParticipant;
        if (!own) return 'not connected';
        // The client would not even ask.
        Object.assign(own, { hasPermissionsToPublish: () => true });
        return await own.setMicrophoneEnabled(true).then(() => '', String);
      },
    };
  }
}

/** What no further attempt can change. */
function isFinal(error: unknown): boolean {
  return error instanceof ApiError && [401, 403, 404].includes(error.status);
}
