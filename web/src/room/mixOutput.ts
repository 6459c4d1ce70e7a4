import { signal } from '@preact/signals';
import type { RemoteAudioTrack } from 'livekit-client';
import type { Scope } from '../scope';
import type { Radio } from '../state/radio';
import { Flow } from './flow';
import { MixSound } from './sound';

const WATCH_MS = 400;
/** Music may wait a moment longer than speech: a packet that comes late is better than a made-up one. */
const BUFFER_S = 0.15;

/** The mix in place of the player for as long as its packets come; the player in place of the mix otherwise. */
export class MixOutput {
  readonly #radio: Radio;
  readonly #context: AudioContext;
  readonly #isOn = signal(true);
  #current: { readonly scope: Scope; readonly sound: MixSound; readonly track: RemoteAudioTrack; readonly flow: Flow } | null = null;
  #hasTakenOver = false;

  constructor(scope: Scope, radio: Radio, context: AudioContext) {
    this.#radio = radio;
    this.#context = context;
    scope.own(() => this.drop());
  }

  get sound(): MixSound | null {
    return this.#current?.sound ?? null;
  }

  /** The mix has come. */
  play(run: Scope, track: RemoteAudioTrack): void {
    this.drop();
    const scope = run.child();
    track.setPlayoutDelay(BUFFER_S);
    this.#current = { scope, sound: new MixSound(scope, this.#context, track.mediaStreamTrack), track, flow: new Flow(performance.now()) };
    scope.interval(() => void this.#watch(track), WATCH_MS);
  }

  /** The mix has gone, if it was this one. */
  end(track: RemoteAudioTrack): void {
    if (this.#current?.track === track) this.drop();
  }

  drop(): void {
    this.#giveBack();
    const current = this.#current;
    this.#current = null;
    current?.scope.dispose();
  }

  /** Null: there is no mix. */
  async stats(): Promise<RTCInboundRtpStreamStats | null> {
    const report = await this.#current?.track.receiver?.getStats();
    let found: RTCInboundRtpStreamStats | null = null;
    report?.forEach((one: RTCInboundRtpStreamStats) => {
      if (one.type === 'inbound-rtp') found = one;
    });
    return found;
  }

  async #watch(track: RemoteAudioTrack): Promise<void> {
    const stats = await this.stats();
    const current = this.#current;
    if (current?.track !== track) return;
    const isFlowing = current.flow.see(stats?.packetsReceived ?? 0, performance.now());
    const isShown = this.#radio.substitute.peek() !== null;
    if (isFlowing && !isShown) this.#takeOver(current.sound);
    else if (!isFlowing && isShown) this.#giveBack();
  }

  #takeOver(sound: MixSound): void {
    const radio = this.#radio;
    // At first joining is the wish to hear; later, whoever has stopped the player wants silence.
    this.#isOn.value = !this.#hasTakenOver || radio.player.wanted;
    this.#hasTakenOver = true;
    radio.player.stop();
    const setGain = (gain: number): void => sound.setGain(this.#isOn.peek() ? gain : 0);
    setGain(radio.gain);
    radio.substitute.value = {
      analyser: sound.analyser,
      isOn: this.#isOn,
      setGain,
      toggle: () => {
        this.#isOn.value = !this.#isOn.peek();
        setGain(radio.gain);
        void this.#context.resume();
      },
    };
    radio.loop.wake();
  }

  #giveBack(): void {
    const radio = this.#radio;
    if (radio.substitute.peek() === null) return;
    this.#current?.sound.setGain(0);
    radio.substitute.value = null;
    if (this.#isOn.peek()) radio.player.play();
    radio.loop.wake();
  }
}
